/* Rehearsed rasters: as the real ones in all that they say of themselves, and no file. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>

#include "codecs/codecs.h"
#include "raster/raster.h"
#include "tests/support/files.h"

static const struct kind {
    const char *name;
    struct rst_create_options options;
    enum rst_type type;
    bool coded;
} kinds[] = {
    {"a.tif", {.tile_width = 64, .tile_height = 64}, RST_U16, false},
    {"b.tif", {.strip_rows = 9, .planar = true, .sidecar = RST_SIDECAR_AUX}, RST_U8, false},
    {"c.tif", {.compression = RST_COMPRESSION_DEFLATE, .tile_width = 96, .tile_height = 48}, RST_U8, true},
    {"d.tif", {.compression = RST_COMPRESSION_LZW, .sidecar = RST_SIDECAR_WORLD}, RST_U16, true},
    {"e.png", {.sidecar = RST_SIDECAR_AUX}, RST_U8, true},
    {"f.npy", {.byte_order = RST_ORDER_BIG}, RST_F64, false},
    {"g.ppm", {0}, RST_U16, false},
    {"h.pfm", {0}, RST_F32, false},
    {"i.img", {.format = "ENVI"}, RST_F32, false},
    {"j.bil", {0}, RST_I16, false},
    {"k.raw", {.format = "raw", .sidecar = RST_SIDECAR_VRT}, RST_U8, false},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct rst_shape shape_of(const struct kind *kind, int64_t side)
{
    return (struct rst_shape){
        .type = kind->type, .width = side, .height = side, .bands = 3, .alpha = -1, .opacity = -1};
}

static struct rst_raster *create(const struct kind *kind, int64_t side, bool rehearse, const char *path)
{
    static char words[] = "words that some format has no place for";
    char *names[] = {words, words, words};
    double scale[] = {2, 2, 0}, places[] = {0, 0, 0, 500, 900, 0};
    const struct rst_meta meta = {
        .photometric = RST_PHOTOMETRIC_UNKNOWN,
        .band_names = names,
        .band_name_count = 3,
        .geo = {.pixel_scale = scale, .pixel_scale_count = 3, .tiepoints = places, .tiepoint_numbers = 6}};
    struct rst_create_options options = kind->options;
    const struct rst_shape shape = shape_of(kind, side);
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    options.rehearse = rehearse;
    if (rst_create(path, &shape, &meta, &options, &raster, &err)) fail_msg("%s: %s", kind->name, err.message);
    return raster;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void every_format_can_be_rehearsed(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        const char *path = files_path(kind->name);
        struct rst_error err = {0};
        print_message("%s\n", kind->name);
        struct rst_raster *rehearsed = create(kind, 100, true, path);
        assert_int_equal(files_count(), 0);
        struct rst_raster *real = create(kind, 100, false, path);
        const struct rst_layout *a = rst_raster_layout(rehearsed), *b = rst_raster_layout(real);
        assert_true(rst_raster_is_output(rehearsed));
        assert_string_equal(rst_raster_format(rehearsed), rst_raster_format(real));
        assert_true(same_text(rst_raster_unmapped(rehearsed), rst_raster_unmapped(real)));
        assert_true(same_text(rst_raster_lost(rehearsed), rst_raster_lost(real)));
        assert_int_equal(a->block_width, b->block_width);
        assert_int_equal(a->block_height, b->block_height);
        assert_int_equal(a->planes, b->planes);
        assert_int_equal(a->offsets[0], b->offsets[0]);
        assert_int_equal(rst_raster_file_bytes(rehearsed), rst_raster_file_bytes(real));
        assert_true(rst_raster_space_free(rehearsed) > 0);

        assert_int_equal(rst_commit(rehearsed, &err), RST_E_UNSUPPORTED);
        assert_non_null(strstr(err.message, "rehearsed"));
        rst_close(&rehearsed);
        assert_int_equal(rst_commit(real, NULL), RST_OK);
        assert_int_equal(rst_raster_file_bytes(real), kind->coded ? 0 : files_length(path));
        assert_int_equal(rst_raster_space_free(real), UINT64_MAX);
        rst_close(&real);
        assert_int_equal(files_teardown(NULL) | files_setup(NULL), 0);
    }
}

/* 30 to 120 GB each. */
static void large_ones_take_no_space(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        if (kind->type == RST_F64) continue; /* as F32 */
        struct rst_raster *raster = create(kind, 100000, true, files_path(kind->name));
        uint64_t samples = UINT64_C(30000000000) * rst_type_size(kind->type);
        uint64_t bytes = rst_raster_file_bytes(raster);
        assert_true(kind->coded ? bytes == 0 : bytes >= samples && bytes < samples + samples / 100);
        assert_true(rst_map_length(rst_raster_map(raster)) >= samples);
        assert_int_equal(files_count(), 0);
        rst_close(&raster);
    }
}

static void what_stands_there_is_looked_at(void **state)
{
    const struct rst_shape shape = {.type = RST_U8, .width = 9, .height = 9, .bands = 1, .alpha = -1, .opacity = -1};
    struct rst_create_options options = {.rehearse = true, .format = "ENVI"};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    (void)state;
    files_make("there.img", 10);
    assert_int_equal(rst_create(files_path("there.img"), &shape, NULL, &options, &raster, NULL), RST_E_EXISTS);
    files_make("new.hdr", 10);
    assert_int_equal(rst_create(files_path("new.img"), &shape, NULL, &options, &raster, &err), RST_E_EXISTS);
    assert_non_null(strstr(err.message, "new.hdr"));
    assert_null(raster);
    options.overwrite = true;
    assert_int_equal(rst_create(files_path("there.img"), &shape, NULL, &options, &raster, NULL), RST_OK);
    rst_close(&raster);
    assert_int_equal(files_length(files_path("there.img")), 10);
    assert_int_equal(files_count(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_format_can_be_rehearsed, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(large_ones_take_no_space, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(what_stands_there_is_looked_at, files_setup, files_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
