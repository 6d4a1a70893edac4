/* Rasters: what is handed out of them, and what commit and close do to their files. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "raster/image/raster.h"
#include "tests/support/layouts.h"

static char directory[] = "/tmp/raster-test-XXXXXX";
static char path[64];

static int make_directory(void **unused)
{
    (void)unused;
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/image", directory);
    return 0;
}

static int remove_directory(void **unused)
{
    (void)unused;
    unlink(path);
    return rmdir(directory); /* fails where something was left behind */
}

enum { SAMPLES = 37 * 29 * 3 };

static const struct rst_shape shape = {
    .type = RST_U8, .width = 37, .height = 29, .bands = 3, .alpha = -1, .opacity = -1};

static char *read_file(const char *name, size_t *length)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    *length = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void store(struct rst_raster *raster, int64_t x, int64_t y, uint8_t value)
{
    uint8_t data[3] = {value, value, value};
    struct rst_view view = rst_view_packed(data, RST_U8, 1, 1, 3);
    assert_int_equal(rst_raster_write(raster, x, y, 0, &view, NULL), RST_OK);
}

static void private_edits_wait_for_commit(void **unused)
{
    (void)unused;
    struct rst_raster *raster = layout_make_at(path, LAYOUT_TILES_16, RST_PRIVATE, &shape, 1);
    size_t length;
    char *before = read_file(path, &length), *after;
    uint8_t value = (uint8_t)(layout_sample(raster, 20, 20, 1).u8 + 1);
    store(raster, 20, 20, value);
    assert_int_equal(layout_sample(raster, 20, 20, 1).u8, value);
    after = read_file(path, &length);
    assert_memory_equal(after, before, length);
    free(after);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    after = read_file(path, &length);
    assert_memory_not_equal(after, before, length);
    free(after);
    assert_int_equal(layout_sample(raster, 20, 20, 1).u8, value);

    char *committed = read_file(path, &length);
    store(raster, 0, 0, (uint8_t)~layout_sample(raster, 0, 0, 0).u8);
    rst_close(&raster); /* discards */
    assert_null(raster);
    after = read_file(path, &length);
    assert_memory_equal(after, committed, length);
    free(after), free(committed), free(before);
}

static void shared_edits_are_in_the_file(void **unused)
{
    (void)unused;
    struct rst_raster *raster = layout_make_at(path, LAYOUT_BIP, RST_SHARED, &shape, 1);
    store(raster, 3, 0, 250);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    size_t length;
    char *bytes = read_file(path, &length);
    assert_int_equal((uint8_t)bytes[rst_raster_layout(raster)->offsets[0] + 9], 250);
    free(bytes);
    rst_close(&raster);
}

/* A raw image of `shape`, bands interleaved by pixel, over a new output. */
static struct rst_raster *make_output(bool overwrite)
{
    uint64_t offset = 0;
    struct rst_raster_parts parts = {.path = path, .format = "raw"};
    struct rst_view packed = rst_view_packed(NULL, shape.type, shape.width, shape.height, shape.bands);
    parts.layout = (struct rst_layout){.type = shape.type,
                                       .width = shape.width,
                                       .height = shape.height,
                                       .bands = shape.bands,
                                       .block_width = shape.width,
                                       .block_height = shape.height,
                                       .planes = 1,
                                       .pixel_stride = packed.pixel_stride,
                                       .row_stride = packed.row_stride,
                                       .band_stride = packed.band_stride,
                                       .offsets = &offset};
    struct rst_output_options options = {.overwrite = overwrite};
    struct rst_raster *raster;
    assert_int_equal(rst_output_open(path, &options, &parts.output, NULL), RST_OK);
    assert_int_equal(rst_output_reserve(parts.output, SAMPLES, NULL), RST_OK);
    int descriptor = fcntl(rst_output_descriptor(parts.output), F_DUPFD_CLOEXEC, 0);
    assert_int_equal(rst_map_adopt(descriptor, path, RST_SHARED, 0, 0, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    assert_null(parts.map);
    assert_null(parts.output);
    return raster;
}

static void an_output_appears_on_commit(void **unused)
{
    (void)unused;
    unlink(path);
    struct rst_raster *raster = make_output(false);
    assert_true(rst_raster_is_output(raster));
    store(raster, 36, 28, 99);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    assert_false(rst_raster_is_output(raster));
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(layout_sample(raster, 36, 28, 2).u8, 99); /* still readable, and still writable */
    store(raster, 0, 0, 7);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    size_t length;
    char *bytes = read_file(path, &length);
    assert_int_equal(length, SAMPLES);
    assert_int_equal(bytes[length - 1], 99);
    assert_int_equal(bytes[0], 7);
    free(bytes);
}

static void an_output_not_committed_leaves_nothing(void **unused)
{
    (void)unused;
    unlink(path);
    struct rst_raster *raster = make_output(false);
    store(raster, 1, 1, 1);
    rst_close(&raster);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(mkdir(directory, 0700), 0);
}

static void the_same_file_is_found(void **unused)
{
    (void)unused;
    struct rst_raster *a = layout_make_at(path, LAYOUT_BIP, RST_READ, &shape, 1);
    struct rst_raster *other = layout_make(LAYOUT_BIP, RST_READ, &shape, 1);
    struct rst_raster_parts parts = {.path = path, .format = "test", .layout = *rst_raster_layout(a)};
    struct rst_raster *b, *unmapped, *output = make_output(true);
    assert_int_equal(rst_map_open(path, RST_READ, 0, 0, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &b, NULL), RST_OK);
    parts.unmapped = "compressed (test)";
    assert_int_equal(rst_raster_new(&parts, &unmapped, NULL), RST_OK);
    assert_true(rst_raster_same_file(a, a));
    assert_true(rst_raster_same_file(a, b));
    assert_true(rst_raster_same_file(unmapped, a));
    assert_false(rst_raster_same_file(a, other));
    assert_false(rst_raster_same_file(a, output)); /* not yet published: a file of its own */
    rst_close(&a), rst_close(&b), rst_close(&other), rst_close(&unmapped), rst_close(&output);
    rst_close(&a);
    rst_close(NULL);
}

static void unmapped_pixels_say_why(void **unused)
{
    (void)unused;
    struct rst_layout layout = {.type = RST_U16, .width = 8, .height = 9, .bands = 1, .planes = 1};
    struct rst_raster_parts parts = {
        .path = "a.tif", .format = "TIFF", .layout = layout, .unmapped = "compressed (LZW)"};
    struct rst_raster *raster;
    struct rst_view view;
    struct rst_error err = {0};
    uint16_t sample = 0;
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    assert_string_equal(rst_raster_unmapped(raster), "compressed (LZW)");
    assert_string_equal(rst_raster_path(raster), "a.tif");
    assert_string_equal(rst_raster_format(raster), "TIFF");
    assert_int_equal(rst_raster_mode(raster), RST_READ);
    assert_null(rst_raster_map(raster));
    assert_int_equal(rst_raster_shape(raster).height, 9);
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_UNKNOWN);
    assert_int_equal(rst_raster_view(raster, &view, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "a.tif"));
    assert_non_null(strstr(err.message, "compressed (LZW)"));
    assert_int_equal(rst_raster_block(raster, 0, 0, 0, &view, NULL, NULL), RST_E_UNSUPPORTED);
    view = rst_view_packed(&sample, RST_U16, 1, 1, 1);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_E_UNSUPPORTED);
    assert_int_equal(rst_raster_write(raster, 0, 0, 0, &view, NULL), RST_E_UNSUPPORTED);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
}

static void short_files_are_refused(void **unused)
{
    (void)unused;
    uint64_t offset = 100;
    struct rst_raster_parts parts = {.path = path, .format = "raw"};
    parts.layout = (struct rst_layout){.type = RST_U8,
                                       .width = 10,
                                       .height = 10,
                                       .bands = 1,
                                       .block_width = 10,
                                       .block_height = 10,
                                       .planes = 1,
                                       .pixel_stride = 1,
                                       .row_stride = 10,
                                       .offsets = &offset};
    struct rst_raster *raster;
    struct rst_error err = {0};
    assert_int_equal(rst_map_anonymous(199, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, &err), RST_E_TRUNCATED);
    assert_null(raster);
    assert_null(parts.map); /* taken, and closed */
    assert_non_null(strstr(err.message, "100"));
    assert_non_null(strstr(err.message, "199"));
    assert_int_equal(rst_map_anonymous(200, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    rst_close(&raster);
}

static void blocks_are_clipped_views(void **unused)
{
    (void)unused;
    static const enum layout_kind kinds[] = {LAYOUT_TILES_16, LAYOUT_PLANAR_TILES, LAYOUT_STRIPS_GAPS, LAYOUT_ODD};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct rst_raster *raster = layout_make(kinds[k], RST_READ, &shape, 4);
        const struct rst_layout *layout = rst_raster_layout(raster);
        int64_t covered = 0;
        for (int32_t plane = 0; plane < layout->planes; plane++)
            for (int64_t row = 0; row < rst_layout_rows(layout); row++)
                for (int64_t column = 0; column < rst_layout_columns(layout); column++) {
                    struct rst_view view;
                    struct rst_rect at;
                    assert_int_equal(rst_raster_block(raster, plane, column, row, &view, &at, NULL), RST_OK);
                    assert_int_equal(view.width, at.width);
                    assert_int_equal(view.height, at.height);
                    covered += at.width * at.height * view.bands;
                    for (int64_t y = 0; y < at.height; y++)
                        for (int64_t x = 0; x < at.width; x++)
                            for (int32_t band = 0; band < view.bands; band++)
                                assert_int_equal(*(uint8_t *)rst_view_at(&view, x, y, band),
                                                 layout_sample(raster, at.x + x, at.y + y, plane + band).u8);
                }
        assert_int_equal(covered, SAMPLES);
        struct rst_view view;
        int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
        assert_int_equal(rst_raster_block(raster, -1, 0, 0, &view, NULL, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_raster_block(raster, layout->planes, 0, 0, &view, NULL, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_raster_block(raster, 0, columns, 0, &view, NULL, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_raster_block(raster, 0, 0, rows, &view, NULL, NULL), RST_E_ARGUMENT);
        rst_close(&raster);
    }
}

static void the_whole_is_seen_where_it_is_one_block(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < LAYOUT_KINDS; kind++) {
        struct rst_shape wide = shape;
        wide.type = RST_U16;
        struct rst_raster *raster = layout_make((enum layout_kind)kind, RST_READ, &wide, 4);
        const struct rst_layout *layout = rst_raster_layout(raster);
        struct rst_view view;
        bool whole = kind == LAYOUT_STRIPS || kind == LAYOUT_BIP || kind == LAYOUT_BIL || kind == LAYOUT_BSQ ||
                     kind == LAYOUT_ODD || kind == LAYOUT_TILES_64X32; /* of which the image fills one in part */
        assert_int_equal(layout->swapped, kind == LAYOUT_SWAPPED_BIP || kind == LAYOUT_SWAPPED_TILES);
        assert_int_equal(rst_raster_view(raster, &view, NULL), whole ? RST_OK : RST_E_UNSUPPORTED);
        for (int64_t y = 0; whole && y < 29; y++) {
            uint16_t sample;
            memcpy(&sample, rst_view_at(&view, y, y, 2), 2);
            assert_int_equal(sample, layout_sample(raster, y, y, 2).u16);
        }
        rst_close(&raster);
    }
}

static void bytes_have_no_order(void **unused)
{
    (void)unused;
    struct rst_raster *raster = layout_make(LAYOUT_SWAPPED_BIP, RST_READ, &shape, 4);
    struct rst_view view;
    assert_false(rst_raster_layout(raster)->swapped);
    assert_int_equal(rst_raster_view(raster, &view, NULL), RST_OK);
    rst_close(&raster);
}

static void shape_tells_what_metadata_say(void **unused)
{
    (void)unused;
    struct rst_shape special = shape;
    special.bands = 4;
    special.alpha = special.opacity = 3;
    special.has_nodata = true;
    special.nodata.u8 = 200;
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_READ, &special, 4), *scratch;
    struct rst_shape seen = rst_raster_shape(raster);
    assert_int_equal(seen.alpha, 3);
    assert_int_equal(seen.opacity, 3);
    assert_false(seen.palette);
    assert_true(seen.has_nodata);
    assert_int_equal(seen.nodata.u8, 200);
    rst_raster_set_nodata(raster, &(union rst_sample){.u8 = 9});
    assert_int_equal(rst_raster_shape(raster).nodata.u8, 9);
    rst_raster_set_nodata(raster, NULL);
    assert_false(rst_raster_shape(raster).has_nodata);
    rst_close(&raster);

    special.alpha = -1;
    special.opacity = 2;
    special.palette = true;
    assert_int_equal(rst_raster_scratch(&special, NULL, &scratch, NULL), RST_OK);
    seen = rst_raster_shape(scratch);
    assert_int_equal(seen.alpha, -1);
    assert_int_equal(seen.opacity, 2);
    assert_true(seen.palette && seen.has_nodata);
    assert_int_equal(seen.nodata.u8, 200);
    rst_close(&scratch);
}

static void scratch_is_zeroed_and_writable(void **unused)
{
    (void)unused;
    struct rst_shape wide = shape;
    wide.type = RST_F64;
    struct rst_raster *raster;
    struct rst_view view;
    assert_int_equal(rst_raster_scratch(&wide, directory, &raster, NULL), RST_OK);
    assert_int_equal(rst_raster_mode(raster), RST_SHARED);
    assert_int_equal(rst_raster_view(raster, &view, NULL), RST_OK);
    assert_int_equal(view.pixel_stride, 24);
    assert_int_equal(view.row_stride, 37 * 24);
    assert_int_equal(view.band_stride, 8);
    for (int64_t i = 0; i < SAMPLES; i++)
        assert_true(((double *)view.data)[i] == 0);
    ((double *)view.data)[SAMPLES - 1] = 4.5;
    assert_true(layout_sample(raster, 36, 28, 2).f64 == 4.5);
    rst_close(&raster);

    wide.width = wide.height = RST_MAX_SIDE;
    assert_int_equal(rst_raster_scratch(&wide, directory, &raster, NULL), RST_E_ARGUMENT);
    assert_null(raster);
    wide.width = 0;
    assert_int_equal(rst_raster_scratch(&wide, directory, &raster, NULL), RST_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_edits_wait_for_commit),
        cmocka_unit_test(shared_edits_are_in_the_file),
        cmocka_unit_test(an_output_appears_on_commit),
        cmocka_unit_test(an_output_not_committed_leaves_nothing),
        cmocka_unit_test(the_same_file_is_found),
        cmocka_unit_test(unmapped_pixels_say_why),
        cmocka_unit_test(short_files_are_refused),
        cmocka_unit_test(blocks_are_clipped_views),
        cmocka_unit_test(the_whole_is_seen_where_it_is_one_block),
        cmocka_unit_test(bytes_have_no_order),
        cmocka_unit_test(shape_tells_what_metadata_say),
        cmocka_unit_test(scratch_is_zeroed_and_writable),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
