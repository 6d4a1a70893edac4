/* Creating TIFFs: read back with libtiff alone; where pixels go; classic or BigTIFF; layouts taken over from an input.
 */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "codecs/tiff/create.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static struct rst_raster *create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                 const struct rst_create_options *options)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_create(path, shape, meta, options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    return raster;
}

static struct rst_raster *create_like(const char *path, const struct rst_raster *in,
                                      const struct rst_create_options *options)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_create_like(path, in, NULL, options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    return raster;
}

static void commit(struct rst_raster **raster)
{
    struct rst_error err = {0};
    if (rst_commit(*raster, &err) != RST_OK) fail_msg("%s", err.message);
    rst_close(raster);
}

/* Blocks lie end to end, the first one on a page of its own. */
static void assert_placed(TIFF *tiff, const struct tiffs_form *form)
{
    uint64_t at = TIFFGetStrileOffset(tiff, 0);
    assert_true(at >= 4096 && at % 4096 == 0);
    assert_true(TIFFCurrentDirOffset(tiff) < at);
    for (uint32_t i = 0; i < tiffs_block_count(form); i++) {
        struct tiffs_block block = tiffs_block_at(form, i);
        assert_int_equal(TIFFGetStrileOffset(tiff, i), at);
        assert_int_equal(TIFFGetStrileByteCount(tiff, i), tiffs_block_size(form, &block));
        at += tiffs_block_size(form, &block);
    }
    assert_int_equal(at, TIFFGetSizeProc(tiff)(TIFFClientdata(tiff)));
}

static void check_form(struct tiffs_form form)
{
    struct rst_create_options options = {.overwrite = true,
                                         .tile_width = form.tile_width,
                                         .tile_height = form.tile_height,
                                         .strip_rows = form.tile_width ? 0 : form.strip_rows,
                                         .planar = form.planar};
    struct rst_shape shape = shape_of(form.type, form.width, form.height, form.bands);
    char *path = files_path("form.tif");
    struct rst_raster *raster = create(path, &shape, NULL, &options);
    tiffs_fill_raster(raster, seed);
    tiffs_assert_raster(raster, seed);
    commit(&raster);
    TIFF *tiff = TIFFOpen(path, "rmc");
    assert_non_null(tiff);
    assert_false(TIFFIsByteSwapped(tiff));
    assert_false(TIFFIsBigTIFF(tiff));
    assert_placed(tiff, &form);
    tiffs_assert_page(tiff, &form, seed);
    TIFFClose(tiff);
}

static void libtiff_reads_every_form(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (uint16_t bands = 1; bands <= 5; bands++)
            for (int planar = 0; planar < 2; planar++) {
                struct tiffs_form form = {.type = (enum rst_type)type,
                                          .width = 37,
                                          .height = 29,
                                          .bands = bands,
                                          .planar = planar,
                                          .strip_rows = 8};
                check_form(form);
                form.strip_rows = 29;
                check_form(form);
                form.tile_width = 32;
                form.tile_height = 16;
                check_form(form);
            }
}

static void in_either_byte_order(void **state)
{
    (void)state;
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_F32, RST_U64};
    for (int i = 0; i < 16; i++) {
        struct tiffs_form form = {
            .type = types[i / 4], .width = 37, .height = 29, .bands = 3, .planar = i / 2 % 2, .strip_rows = 8};
        struct rst_shape shape = shape_of(form.type, form.width, form.height, form.bands);
        struct rst_create_options options = {.overwrite = true,
                                             .strip_rows = 8,
                                             .planar = form.planar,
                                             .byte_order = i % 2 ? RST_ORDER_BIG : RST_ORDER_LITTLE};
        char *path = files_path("order.tif");
        struct rst_raster *raster = create(path, &shape, NULL, &options);
        tiffs_fill_raster(raster, seed);
        tiffs_assert_raster(raster, seed);
        commit(&raster);
        TIFF *tiff = TIFFOpen(path, "rmc");
        assert_non_null(tiff);
        assert_int_equal(TIFFIsBigEndian(tiff) != 0, i % 2);
        tiffs_assert_page(tiff, &form, seed);
        TIFFClose(tiff);
    }
}

static void a_new_image_is_zero_and_writable_in_place(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U16, 300, 200, 2);
    char *path = files_path("zero.tif");
    struct rst_raster *raster = create(path, &shape, NULL, NULL);
    struct rst_view view;
    assert_int_equal(rst_raster_view(raster, &view, NULL), RST_OK);
    for (int64_t y = 0; y < 200; y++)
        for (int64_t x = 0; x < 600; x++)
            assert_int_equal(((uint16_t *)rst_view_at(&view, 0, y, 0))[x], 0);
    commit(&raster);
    assert_int_equal(rst_open(path, RST_SHARED, NULL, &raster, NULL), RST_OK);
    rst_close(&raster);
}

static void strips_are_of_a_readers_size(void **state)
{
    (void)state;
    static const struct {
        int64_t width, height;
        int32_t bands;
        int64_t rows;
    } cases[] = {{1, 1, 1, 1}, {1000, 1000, 1, 262}, {1 << 20, 3, 3, 1}, {100000, 4, 1, 2}, {16, 16, 4, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rst_shape shape = shape_of(RST_U8, cases[i].width, cases[i].height, cases[i].bands);
        struct rst_raster *raster = create(files_path("strips.tif"), &shape, NULL, NULL);
        assert_int_equal(rst_raster_layout(raster)->strip_rows, cases[i].rows);
        rst_close(&raster);
    }
}

static struct rst_tiff_sheet lay_out(const struct rst_shape *shape, const struct rst_create_options *options)
{
    static const struct rst_meta nothing;
    struct rst_tiff_sheet sheet;
    struct rst_error err = {0};
    if (rst_tiff_lay_out("sheet.tif", shape, &nothing, options, &sheet, &err) != RST_OK) fail_msg("%s", err.message);
    return sheet;
}

static bool is_big(int64_t width, int64_t height, int64_t tile)
{
    struct rst_create_options options = {.tile_width = tile, .tile_height = tile};
    struct rst_shape shape = shape_of(RST_U8, width, height, 1);
    struct rst_tiff_sheet sheet = lay_out(&shape, &options);
    bool big = sheet.big;
    assert_int_equal(sheet.head[2], big ? 43 : 42);
    rst_tiff_sheet_clear(&sheet);
    return big;
}

static void big_where_it_must_be(void **state)
{
    (void)state;
    assert_false(is_big(16384, 16384, 0));
    assert_false(is_big(65536, 65000, 0));
    assert_false(is_big(65536, 65000, 256));
    assert_true(is_big(65536, 65535, 0));
    assert_true(is_big(65536, 65536, 0));
    assert_true(is_big(100000, 100000, 256));
    assert_true(is_big(1, 1 << 20, 1 << 14)); /* small image, huge tiles */
    struct rst_shape shape = shape_of(RST_F64, 40000, 40000, 3);
    struct rst_tiff_sheet sheet = lay_out(&shape, &(struct rst_create_options){.planar = true});
    assert_true(sheet.big);
    rst_tiff_sheet_clear(&sheet);
}

/* A directory of many tiles far beyond 4 GiB, in a sparse file, as libtiff reads it. */
static void many_tiles_beyond_4_gib(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 100000, 100000, 3);
    struct rst_tiff_sheet sheet = lay_out(&shape, &(struct rst_create_options){.tile_width = 256, .tile_height = 256});
    char *path = files_path("sheet.tif");
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(descriptor, sheet.head, sheet.head_size), sheet.head_size);
    assert_int_equal(ftruncate(descriptor, (off_t)sheet.length), 0);
    close(descriptor);
    TIFF *tiff = TIFFOpen(path, "rm");
    assert_int_equal(TIFFNumberOfTiles(tiff), 391 * 391);
    uint64_t last = TIFFGetStrileOffset(tiff, 391 * 391 - 1);
    assert_int_equal(last, sheet.layout.offsets[391 * 391 - 1]);
    assert_int_equal(last + UINT64_C(256) * 256 * 3, sheet.length);
    TIFFClose(tiff);
    struct rst_raster *raster = NULL;
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    unsigned char pixel[3] = {1, 1, 1};
    struct rst_view view = rst_view_packed(pixel, RST_U8, 1, 1, 3);
    assert_int_equal(rst_raster_read(raster, 99999, 99999, NULL, &view, NULL), RST_OK);
    assert_int_equal(pixel[0] + pixel[1] + pixel[2], 0);
    rst_close(&raster);
    rst_tiff_sheet_clear(&sheet);
    assert_int_equal(unlink(path), 0);
}

static void assert_refused(const char *path, const struct rst_shape *shape, const struct rst_create_options *options,
                           enum rst_status status, const char *words)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    int before = files_count();
    assert_int_equal(rst_create(path, shape, NULL, options, &raster, &err), status);
    assert_null(raster);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    assert_int_equal(files_count(), before);
}

static void refuses_what_it_cannot_make(void **state)
{
    (void)state;
    char *path = files_path("refused.tif");
    struct rst_shape shape = shape_of(RST_U8, 100, 100, 1);
    struct rst_create_options options = {.tile_width = 256};
    assert_refused(path, &shape, &options, RST_E_ARGUMENT, "both sides");
    options.tile_height = 100;
    assert_refused(path, &shape, &options, RST_E_ARGUMENT, "multiples of 16");
    options.tile_height = 256;
    options.strip_rows = 1;
    assert_refused(path, &shape, &options, RST_E_ARGUMENT, "not both");
    options = (struct rst_create_options){.strip_rows = -1};
    assert_refused(path, &shape, &options, RST_E_ARGUMENT, "negative");
    shape = shape_of(RST_U8, INT64_C(1) << 32, 1, 1);
    assert_refused(path, &shape, NULL, RST_E_ARGUMENT, "4294967295");
    shape = shape_of(RST_U8, 1, UINT32_MAX - 100, 1);
    options = (struct rst_create_options){.tile_width = 16, .tile_height = 16384};
    assert_refused(path, &shape, &options, RST_E_ARGUMENT, "4294967295");
    shape = shape_of(RST_F64, UINT32_MAX, UINT32_MAX, 65535);
    assert_refused(path, &shape, NULL, RST_E_ARGUMENT, "refused.tif");
    shape = shape_of(RST_U8, 100, 100, 0);
    assert_refused(path, &shape, NULL, RST_E_ARGUMENT, "0 bands");
    assert_refused(files_path("no/folder.tif"), &(struct rst_shape){.width = 1, .height = 1, .bands = 1}, NULL,
                   RST_E_NOTFOUND, "folder.tif");
}

static void existing_files_are_kept(void **state)
{
    (void)state;
    char *path = files_make("kept.tif", 77);
    struct rst_shape shape = shape_of(RST_U8, 10, 10, 1);
    struct rst_create_options options = {.overwrite = true};
    assert_refused(path, &shape, NULL, RST_E_EXISTS, path);
    struct rst_raster *raster = create(path, &shape, NULL, &options);
    assert_int_equal(files_length(path), 77);
    rst_close(&raster);
    assert_int_equal(files_length(path), 77);
    raster = create(path, &shape, NULL, &options);
    commit(&raster);
    assert_int_not_equal(files_length(path), 77);
}

/* ---- rst_create_like() ---- */

/* Opens a file of the form, creates another like it, and expects that one to have the form `want`. */
static void check_like(struct tiffs_form form, const struct rst_create_options *options, struct tiffs_form want)
{
    char *from = files_path("from.tif"), *to = files_path("to.tif");
    struct rst_create_options replace = options ? *options : (struct rst_create_options){0};
    struct rst_raster *in = NULL;
    replace.overwrite = true;
    form.mode = "wb";
    tiffs_write(from, &form, seed);
    assert_int_equal(rst_open(from, RST_READ, NULL, &in, NULL), RST_OK);
    struct rst_raster *out = create_like(to, in, &replace);
    tiffs_fill_raster(out, seed);
    commit(&out);
    rst_close(&in);
    TIFF *tiff = TIFFOpen(to, "rmc");
    assert_placed(tiff, &want);
    tiffs_assert_page(tiff, &want, seed);
    TIFFClose(tiff);
}

static void the_inputs_layout_is_taken_over(void **state)
{
    (void)state;
    struct tiffs_form strips = {.type = RST_I16, .width = 50, .height = 60, .bands = 3, .strip_rows = 7};
    struct tiffs_form tiles = strips, planar = strips, planar_tiles, big_tiles = strips;
    tiles.tile_width = 16;
    tiles.tile_height = 32;
    planar.planar = true;
    planar_tiles = tiles;
    planar_tiles.planar = true;
    big_tiles.tile_width = big_tiles.tile_height = 64;
    check_like(strips, NULL, strips);
    check_like(tiles, NULL, tiles);
    check_like(planar, NULL, planar);
    check_like(planar_tiles, NULL, planar_tiles);
    check_like(big_tiles, NULL, big_tiles);
    check_like(strips, &(struct rst_create_options){.tile_width = 16, .tile_height = 32}, tiles);
    check_like(tiles, &(struct rst_create_options){.strip_rows = 7}, strips);
    check_like(tiles, &(struct rst_create_options){.planar = true}, planar_tiles);
    check_like(planar, &(struct rst_create_options){.tile_width = 16, .tile_height = 32}, planar_tiles);
}

static void formats_follow_extension_then_input(void **state)
{
    (void)state;
    struct tiffs_form form = {
        .type = RST_U16, .width = 20, .height = 10, .bands = 3, .strip_rows = 4, .planar = true, .mode = "wb"};
    struct rst_raster *in = NULL, *out;
    tiffs_write(files_path("in.tif"), &form, seed);
    assert_int_equal(rst_open(files_path("in.tif"), RST_READ, NULL, &in, NULL), RST_OK);
    out = create_like(files_path("out.raw"), in, NULL);
    assert_string_equal(rst_raster_format(out), "raw");
    assert_int_equal(rst_raster_layout(out)->band_stride, 20 * 10 * 2);
    assert_false(rst_raster_layout(out)->swapped); /* whatever the TIFF's order was */
    tiffs_fill_raster(out, seed);
    commit(&out);
    struct rst_error refused = {0};
    assert_int_equal(rst_create_like(files_path("out.gif"), in, NULL, NULL, &out, &refused), RST_E_ARGUMENT);
    assert_non_null(strstr(refused.message, "out.gif"));
    out = create_like(files_path("out.tiff"), in, NULL);
    assert_string_equal(rst_raster_format(out), "TIFF");
    assert_false(rst_raster_layout(out)->swapped);
    rst_close(&out);
    rst_close(&in);

    struct rst_raw raw;
    assert_int_equal(rst_raw_parse("20x10x3:u16,bsq", &raw, NULL), RST_OK);
    struct rst_open_options options = {.raw = &raw};
    assert_int_equal(rst_open(files_path("out.raw"), RST_READ, &options, &in, NULL), RST_OK);
    tiffs_assert_raster(in, seed);
    out = create_like(files_path("out.other"), in, NULL);
    assert_string_equal(rst_raster_format(out), "raw");
    rst_close(&out);
    out = create_like(files_path("planar.tif"), in, NULL);
    assert_string_equal(rst_raster_format(out), "TIFF");
    commit(&out);
    rst_close(&in);
    TIFF *tiff = TIFFOpen(files_path("planar.tif"), "rm");
    uint16_t planar;
    assert_true(TIFFGetField(tiff, TIFFTAG_PLANARCONFIG, &planar) && planar == PLANARCONFIG_SEPARATE);
    TIFFClose(tiff);
}

static void a_window_moves_the_geotransform(void **state)
{
    (void)state;
    double scale[3] = {2, 2, 0}, tie[6] = {0, 0, 0, 1000, 5000, 0};
    struct rst_meta meta = {
        .geo = {.pixel_scale = scale, .pixel_scale_count = 3, .tiepoints = tie, .tiepoint_numbers = 6}};
    struct rst_shape shape = shape_of(RST_U8, 100, 80, 1);
    struct rst_raster *in = create(files_path("geo.tif"), &shape, &meta, NULL), *out = NULL;
    struct rst_rect window = {10, 20, 30, 40};
    struct rst_create_options options = {.window = &window};
    out = create_like(files_path("part.tif"), in, &options);
    commit(&out);
    assert_int_equal(rst_open(files_path("part.tif"), RST_READ, NULL, &out, NULL), RST_OK);
    struct rst_affine map;
    assert_int_equal(rst_raster_layout(out)->width, 30);
    assert_int_equal(rst_raster_layout(out)->height, 40);
    assert_true(rst_geo_transform(&rst_raster_meta(out)->geo, &map));
    assert_true(map.m[2] == 1020 && map.m[5] == 4960 && map.m[0] == 2 && map.m[4] == -2);
    rst_close(&out);
    struct rst_error err = {0};
    window.width = 91;
    assert_int_equal(rst_create_like(files_path("out.tif"), in, NULL, &options, &out, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "10,20,91,40"));
    rst_close(&in);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libtiff_reads_every_form),
        cmocka_unit_test(in_either_byte_order),
        cmocka_unit_test(a_new_image_is_zero_and_writable_in_place),
        cmocka_unit_test(strips_are_of_a_readers_size),
        cmocka_unit_test(big_where_it_must_be),
        cmocka_unit_test(many_tiles_beyond_4_gib),
        cmocka_unit_test(refuses_what_it_cannot_make),
        cmocka_unit_test(existing_files_are_kept),
        cmocka_unit_test(the_inputs_layout_is_taken_over),
        cmocka_unit_test(formats_follow_extension_then_input),
        cmocka_unit_test(a_window_moves_the_geotransform),
    };
    return cmocka_run_group_tests_name("tiff_create", tests, files_setup, files_teardown);
}
