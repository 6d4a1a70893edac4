/* Compressed TIFFs: what libtiff reads of them is what was put in, and the same bytes come out for any number of
 * threads. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "tests/support/tiffcode.h"

/* ---- What libtiff reads ---- */

/* Strips, then tiles. */
static const struct tiffs_form forms[] = {
    {.width = 37, .height = 45, .strip_rows = 8},
    {.width = 37, .height = 16, .strip_rows = 8},
    {.width = 37, .height = 29, .strip_rows = 29},
    {.width = 37, .height = 29, .tile_width = 32, .tile_height = 16},
    {.width = 32, .height = 32, .tile_width = 16, .tile_height = 16},
};

enum { FORMS = sizeof forms / sizeof forms[0], STRIP_FORMS = 3 };

static struct rst_create_options options_for(const struct tiffs_form *form, enum rst_compression compression)
{
    return (struct rst_create_options){.tile_width = form->tile_width,
                                       .tile_height = form->tile_height,
                                       .strip_rows = form->tile_width ? 0 : form->strip_rows,
                                       .planar = form->planar,
                                       .compression = compression};
}

static void assert_predictor(TIFF *tiff, const struct rst_create_options *options, enum rst_type type)
{
    bool has_one = options->compression == RST_COMPRESSION_LZW || options->compression == RST_COMPRESSION_DEFLATE ||
                   options->compression == RST_COMPRESSION_ZSTD || options->compression == RST_COMPRESSION_LZMA;
    int want = rst_type_is_float(type) ? PREDICTOR_FLOATINGPOINT : PREDICTOR_HORIZONTAL;
    uint16_t predictor = PREDICTOR_NONE;
    if (!has_one) return;
    TIFFGetField(tiff, TIFFTAG_PREDICTOR, &predictor);
    assert_int_equal(predictor, options->predictor == RST_PREDICTOR_NONE ? PREDICTOR_NONE : want);
}

static void check_exact(const struct tiffs_form *form, const struct rst_create_options *options)
{
    char *path = files_path("exact.tif");
    struct rst_shape shape = shape_of(form->type, form->width, form->height, form->bands);
    uint16_t scheme = 0;
    make(path, &shape, NULL, options, paint_noise, 1);
    TIFF *tiff = open_tiff(path);
    assert_int_equal(TIFFIsByteSwapped(tiff) != 0, options->byte_order == RST_ORDER_BIG);
    assert_true(TIFFGetField(tiff, TIFFTAG_COMPRESSION, &scheme));
    assert_int_equal(scheme, rst_tiff_coding_scheme(options->compression));
    assert_predictor(tiff, options, form->type);
    tiffs_assert_page(tiff, form, seed);
    TIFFClose(tiff);
}

/* Strips and tiles of 1 and 3 bands, chunky and planar, in both byte orders; forms of either kind take turns. */
static void check_forms(enum rst_type type, enum rst_compression compression, enum rst_predictor predictor)
{
    static int turn;
    bool swaps = compression != RST_COMPRESSION_LERC || rst_type_size(type) == 1;
    turn++;
    for (int i = 0; i < (swaps ? 12 : 6); i++) {
        int other = turn + i / 2;
        struct tiffs_form form =
            i % 2 ? forms[STRIP_FORMS + other % (FORMS - STRIP_FORMS)] : forms[other % STRIP_FORMS];
        int kind = i / 2 % 3;
        form.type = type;
        form.bands = kind == 0 ? 1 : 3;
        form.planar = kind == 2;
        struct rst_create_options options = options_for(&form, compression);
        options.predictor = predictor;
        options.byte_order = i >= 6 ? RST_ORDER_BIG : RST_ORDER_LITTLE;
        check_exact(&form, &options);
    }
}

static void check_predictors(enum rst_compression compression)
{
    if (!is_there(compression)) skip();
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        check_forms((enum rst_type)type, compression, RST_PREDICTOR_AUTO);
        check_forms((enum rst_type)type, compression, RST_PREDICTOR_NONE);
    }
    check_forms(RST_I16, compression, RST_PREDICTOR_HORIZONTAL);
    check_forms(RST_F32, compression, RST_PREDICTOR_FLOAT);
}

static void packbits_is_exact(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        check_forms((enum rst_type)type, RST_COMPRESSION_PACKBITS, RST_PREDICTOR_AUTO);
}

static void lzw_is_exact(void **state)
{
    (void)state;
    check_predictors(RST_COMPRESSION_LZW);
}

static void deflate_is_exact(void **state)
{
    (void)state;
    check_predictors(RST_COMPRESSION_DEFLATE);
}

static void zstd_is_exact(void **state)
{
    (void)state;
    check_predictors(RST_COMPRESSION_ZSTD);
}

static void lzma_is_exact(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_LZMA)) skip();
    check_forms(RST_U16, RST_COMPRESSION_LZMA, RST_PREDICTOR_AUTO);
    check_forms(RST_F32, RST_COMPRESSION_LZMA, RST_PREDICTOR_AUTO);
    check_forms(RST_U8, RST_COMPRESSION_LZMA, RST_PREDICTOR_NONE);
}

static void lerc_is_exact_unless_told(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_LERC)) skip();
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        if (type != RST_U64 && type != RST_I64)
            check_forms((enum rst_type)type, RST_COMPRESSION_LERC, RST_PREDICTOR_AUTO);
}

static void webp_is_exact_unless_told(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_WEBP)) skip();
    for (int i = 0; i < FORMS; i++) {
        struct tiffs_form form = forms[i];
        form.type = RST_U8;
        form.bands = 3;
        struct rst_create_options options = options_for(&form, RST_COMPRESSION_WEBP);
        check_exact(&form, &options);
    }
}

/* An image of alpha that is 0 or 255 alone, with colours below it. */
static void paint_cutout(const struct rst_view *to, int64_t x0, int64_t y0, int32_t band0)
{
    paint_noise(to, x0, y0, band0);
    for (int64_t y = 0; y < to->height; y++)
        for (int64_t x = 0; x < to->width; x++)
            *(unsigned char *)rst_view_at(to, x, y, to->bands - 1) = (x0 + x + y0 + y) % 3 ? 255 : 0;
}

static void assert_cutout(const char *path, int64_t width, int64_t height)
{
    unsigned char have[4 * 64], want[4 * 64];
    struct rst_view view = rst_view_packed(want, RST_U8, width, 1, 4);
    TIFF *tiff = open_tiff(path);
    for (int64_t y = 0; y < height; y++) {
        paint_cutout(&view, 0, y, 0);
        assert_int_equal(TIFFReadScanline(tiff, have, (uint32_t)y, 0), 1);
        assert_memory_equal(have, want, 4 * (size_t)width);
    }
    TIFFClose(tiff);
}

static void colours_below_alpha_stay(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_LERC)) skip();
    struct rst_shape shape = shape_of(RST_U8, 40, 30, 4);
    uint16_t alpha = RST_EXTRA_UNASSOCIATED_ALPHA;
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_RGB, .extra_samples = &alpha, .extra_sample_count = 1};
    struct rst_create_options options = {.compression = RST_COMPRESSION_LERC, .strip_rows = 8};
    char *path = files_path("alpha.tif");
    make(path, &shape, &meta, &options, paint_cutout, 1);
    assert_cutout(path, shape.width, shape.height);
}

static void lossless_webp_keeps_colours_below_alpha_or_fails(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_WEBP)) skip();
    struct rst_shape shape = shape_of(RST_U8, 40, 30, 4);
    struct rst_create_options options = {.compression = RST_COMPRESSION_WEBP, .strip_rows = 8};
    struct job job;
    char *path = files_path("webp.tif");
    start_job(&job, path, &shape, NULL, &options, paint_cutout);
    run_threads(&job, 1);
    if (job.status == RST_OK) {
        write_file(&job, path);
        assert_cutout(path, shape.width, shape.height);
    } else {
        assert_int_equal(job.status, RST_E_UNSUPPORTED);
        assert_non_null(strstr(job.err.message, "pixel 0,0: lossless webp"));
    }
    end_job(&job);
}

/* ---- Bytes ---- */

static void the_same_bytes_for_any_number_of_threads(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 5};
    for (int compression = RST_COMPRESSION_PACKBITS; compression < RST_COMPRESSION_COUNT; compression++) {
        if (!is_there((enum rst_compression)compression)) continue;
        for (int i = 0; i < 4; i++) {
            struct rst_shape shape = shape_of(RST_U8, 200, 170, 3);
            struct rst_create_options options = {.compression = (enum rst_compression)compression, .strip_rows = 16};
            if (i % 2)
                options = (struct rst_create_options){
                    .compression = options.compression, .tile_width = 48, .tile_height = 32};
            unsigned char *first = NULL;
            size_t length = 0;
            for (int k = 0; k < 3; k++) {
                size_t have;
                make(files_path("bytes.tif"), &shape, NULL, &options, i < 2 ? paint_slope : paint_noise, threads[k]);
                unsigned char *bytes = files_read(files_path("bytes.tif"), &have);
                if (k == 0) {
                    first = bytes;
                    length = have;
                    continue;
                }
                assert_int_equal(have, length);
                assert_memory_equal(bytes, first, length);
                free(bytes);
            }
            free(first);
        }
    }
}

/* One worker, for blocks that compress well and badly in turn, against a new worker for each. */
static void paint_changing(const struct rst_view *to, int64_t x, int64_t y, int32_t band)
{
    if ((y / 16 + x / 48) % 2)
        paint_noise(to, x, y, band);
    else
        for (int64_t row = 0; row < to->height; row++)
            memset(rst_view_at(to, 0, row, 0), 7, (size_t)(to->width * to->pixel_stride));
}

static void workers_keep_nothing_of_earlier_blocks(void **state)
{
    (void)state;
    for (int compression = RST_COMPRESSION_PACKBITS; compression < RST_COMPRESSION_COUNT; compression++) {
        if (!is_there((enum rst_compression)compression)) continue;
        struct rst_shape shape = shape_of(RST_U8, 190, 250, 3);
        struct rst_create_options options = {
            .compression = (enum rst_compression)compression, .tile_width = 48, .tile_height = 16};
        struct job one, each;
        start_job(&one, "one.tif", &shape, NULL, &options, paint_changing);
        start_job(&each, "each.tif", &shape, NULL, &options, paint_changing);
        run_threads(&one, 1);
        assert_int_equal(one.status, RST_OK);
        for (int64_t i = 0; i < cell_count(&each.layout); i++) {
            void *worker = NULL;
            assert_int_equal(each.encoder.kind->start(each.encoder.state, &worker, NULL), RST_OK);
            assert_int_equal(encode_cell(&each, worker, i, NULL), RST_OK);
            each.encoder.kind->stop(worker);
            assert_int_equal(each.bytes[i].size, one.bytes[i].size);
            assert_memory_equal(each.bytes[i].data, one.bytes[i].data, one.bytes[i].size);
        }
        end_job(&one);
        end_job(&each);
    }
}

static void padding_repeats_the_edge(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U16, 37, 21, 2);
    struct rst_create_options options = {.compression = RST_COMPRESSION_LZW, .tile_width = 32, .tile_height = 16};
    uint16_t tile[16][32][2];
    make(files_path("padding.tif"), &shape, NULL, &options, paint_noise, 1);
    TIFF *tiff = open_tiff(files_path("padding.tif"));
    assert_int_equal(TIFFReadEncodedTile(tiff, 3, tile, sizeof tile), sizeof tile);
    for (int64_t y = 0; y < 16; y++)
        for (int64_t x = 0; x < 32; x++)
            for (int32_t band = 0; band < 2; band++)
                assert_int_equal(tile[y][x][band],
                                 layout_noise(seed, RST_U16, rst_min64(32 + x, 36), rst_min64(16 + y, 20), band).u16);
    TIFFClose(tiff);
}

/* ---- Through the door ---- */

static void rasters_are_encoded_on_commit(void **state)
{
    (void)state;
    for (int i = 0; i < FORMS * 3; i++) {
        struct tiffs_form form = forms[i % FORMS];
        form.type = RST_U16;
        form.bands = i / FORMS == 0 ? 1 : 3;
        form.planar = i / FORMS == 2;
        struct rst_shape shape = shape_of(form.type, form.width, form.height, form.bands);
        struct rst_create_options options = options_for(&form, RST_COMPRESSION_DEFLATE);
        options.overwrite = true;
        struct rst_raster *raster = NULL;
        struct rst_error err = {0};
        char *path = files_path("door.tif");
        if (rst_create(path, &shape, NULL, &options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
        assert_string_equal(rst_raster_unmapped(raster), "compressed (deflate)");
        assert_int_equal(rst_raster_meta(raster)->photometric,
                         form.bands == 3 ? RST_PHOTOMETRIC_RGB : RST_PHOTOMETRIC_BLACK_IS_ZERO);
        tiffs_fill_raster(raster, seed);
        if (rst_commit(raster, &err) != RST_OK) fail_msg("%s", err.message);
        rst_close(&raster);
        TIFF *tiff = open_tiff(path);
        tiffs_assert_page(tiff, &form, seed);
        TIFFClose(tiff);
        if (rst_open(path, RST_READ, NULL, &raster, &err) != RST_OK) fail_msg("%s", err.message);
        tiffs_assert_raster(raster, seed);
        rst_close(&raster);
    }
}

static void jpeg_of_colours_opens_as_rgb(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_JPEG)) skip();
    struct rst_shape shape = shape_of(RST_U8, 100, 70, 3);
    struct rst_create_options options = {.compression = RST_COMPRESSION_JPEG, .tile_width = 64, .tile_height = 32};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    unsigned char row[300];
    double sum = 0;
    make(files_path("rgb.tif"), &shape, NULL, &options, paint_slope, 1);
    if (rst_open(files_path("rgb.tif"), RST_READ, NULL, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_RGB);
    for (int64_t y = 0; y < 70; y++) {
        struct rst_view view = rst_view_packed(row, RST_U8, 100, 1, 3);
        assert_int_equal(rst_raster_read(raster, 0, y, NULL, &view, NULL), RST_OK);
        for (int64_t x = 0; x < 100; x++)
            for (int32_t band = 0; band < 3; band++)
                sum += fabs(row[3 * x + band] - (100 + slope(x, y, band) / 2));
    }
    rst_close(&raster);
    assert_true(sum / 100 / 70 / 3 < 2);
}

static void what_is_never_written_is_zero(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 100, 80, 1);
    struct rst_create_options options = {.compression = RST_COMPRESSION_LZW, .tile_width = 32, .tile_height = 32};
    struct rst_raster *raster = NULL;
    unsigned char tile[32 * 32];
    assert_int_equal(rst_create(files_path("zero.tif"), &shape, NULL, &options, &raster, NULL), RST_OK);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    TIFF *tiff = open_tiff(files_path("zero.tif"));
    for (uint32_t i = 0; i < TIFFNumberOfTiles(tiff); i++) {
        assert_int_equal(TIFFReadEncodedTile(tiff, i, tile, sizeof tile), sizeof tile);
        for (size_t k = 0; k < sizeof tile; k++)
            assert_int_equal(tile[k], 0);
    }
    TIFFClose(tiff);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packbits_is_exact),
        cmocka_unit_test(lzw_is_exact),
        cmocka_unit_test(deflate_is_exact),
        cmocka_unit_test(zstd_is_exact),
        cmocka_unit_test(lzma_is_exact),
        cmocka_unit_test(lerc_is_exact_unless_told),
        cmocka_unit_test(webp_is_exact_unless_told),
        cmocka_unit_test(colours_below_alpha_stay),
        cmocka_unit_test(lossless_webp_keeps_colours_below_alpha_or_fails),
        cmocka_unit_test(the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(workers_keep_nothing_of_earlier_blocks),
        cmocka_unit_test(padding_repeats_the_edge),
        cmocka_unit_test(rasters_are_encoded_on_commit),
        cmocka_unit_test(jpeg_of_colours_opens_as_rgb),
        cmocka_unit_test(what_is_never_written_is_zero),
    };
    return cmocka_run_group_tests_name("tiff_encode", tests, files_setup, files_teardown);
}
