/* Operations that only move pixels: crop and flip, against looking every sample up, and the map back to the source that
 * geo-referencing follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"
#include "tests/support/layouts.h"
#include "tests/support/oprun.h"

static uint64_t seed;

static void *noise(const struct rst_shape *shape)
{
    size_t size = rst_type_size(shape->type);
    char *pixels = malloc(oprun_bytes(shape)), *to = pixels;
    assert_non_null(pixels);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, to += size)
                memcpy(to, layout_noise(seed, shape->type, x, y, band).bytes, size);
    return pixels;
}

/* Where pixel (x, y) of the result comes from. */
struct source {
    int64_t left, top; /* of what is cropped */
    bool mirror_x, mirror_y;
};

static void *moved(const struct rst_shape *in, const char *pixels, const struct rst_shape *out, struct source source)
{
    size_t pixel = rst_type_size(in->type) * (size_t)in->bands;
    char *result = malloc(oprun_bytes(out)), *to = result;
    assert_non_null(result);
    for (int64_t y = 0; y < out->height; y++)
        for (int64_t x = 0; x < out->width; x++, to += pixel) {
            int64_t column = source.left + (source.mirror_x ? out->width - 1 - x : x);
            int64_t row = source.top + (source.mirror_y ? out->height - 1 - y : y);
            memcpy(to, pixels + (size_t)(row * in->width + column) * pixel, pixel);
        }
    return result;
}

/* The text gives what `source` says of an image of width x height, whole, in tiles on threads, and in a window. */
static void check(const char *text, const struct rst_shape *in, struct source source, int64_t width, int64_t height)
{
    char *pixels = noise(in);
    struct rst_shape out = *in, found;
    struct rst_error err = {0};
    out.width = width;
    out.height = height;
    char *want = moved(in, pixels, &out, source), *got = calloc(1, oprun_bytes(&out));
    assert_non_null(got);
    struct rst_run_options tiles = {.threads = 3, .tile_width = 3, .tile_height = 2};
    struct rst_run_options *options[] = {NULL, &tiles};
    for (int i = 0; i < 2; i++) {
        memset(got, 0, oprun_bytes(&out));
        if (oprun(text, in, pixels, options[i], got, &found, &err)) fail_msg("%s: %s", text, err.message);
        assert_int_equal(found.width, width);
        assert_int_equal(found.height, height);
        assert_int_equal(found.type, in->type);
        assert_int_equal(found.bands, in->bands);
        if (memcmp(got, want, oprun_bytes(&out)) != 0)
            fail_msg("%s on %d x %d x %d %s", text, (int)in->width, (int)in->height, (int)in->bands,
                     rst_type_name(in->type));
    }
    const struct rst_rect window = {width / 3, height / 2, width - width / 3, height - height / 2};
    struct rst_run_options part = {.threads = 1, .window = &window};
    size_t pixel = rst_type_size(in->type) * (size_t)in->bands;
    if (oprun(text, in, pixels, &part, got, NULL, &err)) fail_msg("%s: %s", text, err.message);
    for (int64_t y = 0; y < window.height; y++)
        assert_memory_equal(got + (size_t)(y * window.width) * pixel,
                            want + (size_t)((y + window.y) * width + window.x) * pixel, (size_t)window.width * pixel);
    free(got);
    free(want);
    free(pixels);
}

static const int64_t sides[][2] = {{1, 1}, {1, 7}, {7, 1}, {2, 2}, {31, 17}, {67, 5}};
static const int32_t band_counts[] = {1, 2, 3, 4, 5};

#define EVERY_IMAGE(in)                                                                                                \
    for (int type = 0; type < RST_TYPE_COUNT; type++)                                                                  \
        for (size_t side = 0; side < sizeof sides / sizeof *sides; side++)                                             \
            for (size_t b = 0; b < sizeof band_counts / sizeof *band_counts; b++)                                      \
                for (struct rst_shape in = {(enum rst_type)type,                                                       \
                                            sides[side][0],                                                            \
                                            sides[side][1],                                                            \
                                            band_counts[b],                                                            \
                                            -1,                                                                        \
                                            -1,                                                                        \
                                            false,                                                                     \
                                            false,                                                                     \
                                            {0},                                                                       \
                                            {0}},                                                                      \
                                      *once = &in;                                                                     \
                     once; once = NULL)

static void test_flip(void **state)
{
    (void)state;
    EVERY_IMAGE(in)
    {
        check("flip --axis h", &in, (struct source){0, 0, true, false}, in.width, in.height);
        check("flip --axis v", &in, (struct source){0, 0, false, true}, in.width, in.height);
    }
}

static void test_crop(void **state)
{
    (void)state;
    EVERY_IMAGE(in)
    {
        int64_t left = in.width / 3, top = in.height / 2, width = in.width - left, height = in.height - top;
        char text[100];
        if (width > 2) width--;
        snprintf(text, sizeof text, "crop --rect %d,%d,%d,%d", (int)left, (int)top, (int)width, (int)height);
        check(text, &in, (struct source){left, top, false, false}, width, height);
    }
}

static void test_chains(void **state)
{
    const struct rst_shape in = {RST_U16, 41, 23, 3, -1, -1, false, false, {0}, {0}};
    (void)state;
    check("flip --axis h ! flip --axis v", &in, (struct source){0, 0, true, true}, 41, 23);
    check("flip --axis h ! flip --axis h", &in, (struct source){0, 0, false, false}, 41, 23);
    check("crop --rect 3,4,30,10 ! crop --rect 5,6,20,4", &in, (struct source){8, 10, false, false}, 20, 4);
    check("flip --axis h ! crop --rect 3,4,30,10", &in, (struct source){8, 4, true, false}, 30, 10);
    check("crop --rect 3,4,30,10 ! flip --axis v", &in, (struct source){3, 4, false, true}, 30, 10);
    check("crop --rect 0,0,41,23", &in, (struct source){0, 0, false, false}, 41, 23);
}

/* Nodata and alpha are pixels like others here. */
static void test_marks_move_along(void **state)
{
    const struct rst_shape in = {RST_U8, 9, 4, 2, 1, 1, false, true, {.u8 = 7}, {0}};
    struct rst_shape out;
    (void)state;
    check("flip --axis h ! crop --rect 1,1,5,3", &in, (struct source){3, 1, true, false}, 5, 3);
    assert_int_equal(oprun("flip --axis h", &in, NULL, NULL, NULL, &out, NULL), RST_OK);
    assert_true(out.has_nodata);
    assert_int_equal(out.nodata.u8, 7);
    assert_int_equal(out.alpha, 1);
    assert_int_equal(out.opacity, 1);
}

static void check_map(const char *text, const double (*want)[6])
{
    const struct rst_shape in = {RST_U8, 100, 50, 1, -1, -1, false, false, {0}, {0}};
    struct rst_pipeline *pipeline = NULL;
    struct rst_affine map = RST_AFFINE_IDENTITY;
    struct rst_error err = {0};
    if (rst_pipeline_parse(text, &pipeline, &err) || rst_pipeline_plan(pipeline, &in, NULL, NULL, &map, &err))
        fail_msg("%s: %s", text, err.message);
    for (int i = 0; i < 6; i++)
        if (map.m[i] != (*want)[i]) fail_msg("%s: m[%d] is %g, not %g", text, i, map.m[i], (*want)[i]);
    rst_pipeline_free(&pipeline);
}

static void test_maps(void **state)
{
    (void)state;
    check_map("crop --rect 10,20,30,25", &(const double[6]){1, 0, 10, 0, 1, 20});
    check_map("flip --axis h", &(const double[6]){-1, 0, 100, 0, 1, 0});
    check_map("flip --axis v", &(const double[6]){1, 0, 0, 0, -1, 50});
    check_map("flip --axis v ! flip --axis v", &(const double[6]){1, 0, 0, 0, 1, 0});
    check_map("flip --axis h ! crop --rect 10,20,30,25", &(const double[6]){-1, 0, 90, 0, 1, 20});
    check_map("crop --rect 10,20,30,25 ! flip --axis h", &(const double[6]){-1, 0, 40, 0, 1, 20});
    check_map("crop --rect 10,20,30,25 ! invert ! flip --axis v", &(const double[6]){1, 0, 10, 0, -1, 45});
}

/* A raster with a tie point and a scale, flipped and cut: the corner pixel stays where it is on the ground. */
static void test_geotransform(void **state)
{
    double scale[] = {10, 10, 0}, tie[] = {0, 0, 0, 500000, 4600000, 0};
    const struct rst_shape in = {RST_U8, 100, 50, 1, -1, -1, false, false, {0}, {0}};
    struct rst_meta meta = {
        .geo = {.pixel_scale = scale, .pixel_scale_count = 3, .tiepoints = tie, .tiepoint_numbers = 6}};
    struct rst_meta out = {0};
    struct rst_pipeline *pipeline = NULL;
    struct rst_affine ground;
    (void)state;
    assert_int_equal(rst_pipeline_parse("flip --axis h ! crop --rect 10,20,30,25", &pipeline, NULL), RST_OK);
    assert_int_equal(rst_pipeline_meta(pipeline, &in, &meta, NULL, &out, NULL), RST_OK);
    assert_true(rst_geo_transform(&out.geo, &ground));
    assert_true(ground.m[0] == -10 && ground.m[1] == 0 && ground.m[2] == 500900);
    assert_true(ground.m[3] == 0 && ground.m[4] == -10 && ground.m[5] == 4599800);
    rst_meta_clear(&out);
    rst_pipeline_free(&pipeline);
}

static void refused(const char *text, const char *words)
{
    const struct rst_shape in = {RST_U8, 100, 50, 1, -1, -1, false, false, {0}, {0}};
    struct rst_error err = {0};
    assert_int_equal(oprun(text, &in, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s: '%s' lacks '%s'", text, err.message, words);
}

static void test_refusals(void **state)
{
    const struct rst_shape in = {RST_U8, 4, 4, 1, -1, -1, false, false, {0}, {0}};
    uint8_t pixels[16] = {1, 2, 3};
    struct rst_error err = {0};
    (void)state;
    refused("crop --rect 90,0,11,50", "crop --rect 90,0,11,50 reaches out of the image, 100 x 50");
    refused("crop --rect -1,0,10,10", "reaches out");
    refused("crop --rect 0,41,10,10", "reaches out");
    refused("crop --rect 1000,0,1,1", "reaches out");
    refused("crop", "crop needs --rect");
    refused("flip --axis x", "h|v");
    assert_int_equal(oprun_in_place("flip --axis h", &in, pixels, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "flip"));
    err = (struct rst_error){0};
    assert_int_equal(oprun_in_place("crop --rect 0,0,2,2", &in, pixels, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "crop"));
    assert_int_equal(pixels[2], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flip),     cmocka_unit_test(test_crop),
        cmocka_unit_test(test_chains),   cmocka_unit_test(test_marks_move_along),
        cmocka_unit_test(test_maps),     cmocka_unit_test(test_geotransform),
        cmocka_unit_test(test_refusals),
    };
    seed = layout_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
