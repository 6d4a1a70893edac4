/* shrink against averages made one sample at a time: exact where the docs say so, cut off at the edges, with missing
 * samples and with alpha. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

/* A box of one band: what it holds, in the widest numbers that there are. */
struct box {
    long double sum, weighted, opacity;
    int64_t count;
    double reach;
};

static struct box box_of(const struct rst_shape *shape, const void *pixels, int64_t factor, int64_t x, int64_t y,
                         int32_t band)
{
    const struct rst_border none = {RST_REPLICATE, 0};
    struct box box = {0};
    for (int64_t v = y * factor; v < (y + 1) * factor && v < shape->height; v++)
        for (int64_t u = x * factor; u < (x + 1) * factor && u < shape->width; u++) {
            struct neighbour at = neighbour_at(shape, &none, pixels, u, v, band);
            double opacity = 0;
            if (at.missing) continue;
            if (shape->alpha >= 0 && shape->alpha != band) {
                struct neighbour alpha = neighbour_at(shape, &none, pixels, u, v, shape->alpha);
                opacity = alpha.missing ? 0 : fmax(alpha.value, 0);
            }
            box.sum += (long double)at.value;
            box.weighted += (long double)at.value * (long double)opacity;
            box.opacity += (long double)opacity;
            box.count++;
            box.reach += fabs(at.value);
        }
    return box;
}

static void compare(const struct rst_shape *shape, const void *pixels, int64_t factor, const struct rst_shape *out,
                    const void *result)
{
    bool exact = rst_type_size(shape->type) <= 2 || (rst_type_size(shape->type) == 4 && shape->type != RST_F32);
    for (size_t at = 0; at < (size_t)(out->width * out->height * out->bands); at++) {
        int32_t band = (int32_t)(at % (size_t)out->bands);
        int64_t pixel = (int64_t)at / out->bands, x = pixel % out->width, y = pixel / out->width;
        struct box box = box_of(shape, pixels, factor, x, y, band);
        union rst_sample sample = neighbour_sample(out, result, at);
        if (!box.count) {
            assert_true(rst_sample_equal(sample, shape->nodata, shape->type));
            continue;
        }
        long double mean = box.opacity > 0 ? box.weighted / box.opacity : box.sum / (long double)box.count;
        double expected = exact ? (double)rintl(mean) : (double)mean, got = rst_sample_to_double(sample, out->type);
        double allowed = exact ? 0 : neighbour_tolerance(out->type, expected, box.reach);
        if (exact && rst_type_size(shape->type) == 4 && shape->alpha >= 0) allowed = 1; /* these go through double */
        if (!(fabs(got - expected) <= allowed))
            fail_msg("%s, %dx%dx%d by %d: %.17g instead of %.17g at %d, %d, band %d", rst_type_name(shape->type),
                     (int)shape->width, (int)shape->height, (int)shape->bands, (int)factor, got, expected, (int)x,
                     (int)y, (int)band);
    }
}

static void check(const struct rst_shape *shape, int64_t factor, enum average_fill fill, uint64_t seed)
{
    char pipeline[60];
    struct rst_run_options options = {.threads = 1, .border = {RST_CONSTANT, 99}}; /* must not matter */
    struct rst_shape out;
    void *pixels = average_pixels(shape, fill, seed);
    snprintf(pipeline, sizeof pipeline, "shrink --factor %d", (int)factor);
    void *result = neighbour_run_each(pipeline, shape, pixels, &options, &out);
    assert_int_equal(out.width, (shape->width + factor - 1) / factor);
    assert_int_equal(out.height, (shape->height + factor - 1) / factor);
    assert_int_equal(out.bands, shape->bands);
    compare(shape, pixels, factor, &out, result);
    free(result);
    free(pixels);
}

static const int64_t factors[] = {1, 2, 3, 4, 5, 8, 16, 300};
enum { FACTORS = sizeof factors / sizeof *factors };

/* All types, bands, sizes and factors; alpha is the last band or -1. */
static void each(bool has_nodata, bool alpha)
{
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = alpha ? 2 : 1; bands <= 5; bands++)
            for (int size = 0; size < neighbour_size_count; size++)
                for (int i = 0; i < FACTORS; i++, turn++) {
                    struct rst_shape shape = {.type = type,
                                              .width = neighbour_sizes[size].width,
                                              .height = neighbour_sizes[size].height,
                                              .bands = bands,
                                              .alpha = alpha ? bands - 1 : -1,
                                              .opacity = alpha ? bands - 1 : -1,
                                              .has_nodata = has_nodata,
                                              .nodata =
                                                  rst_sample_from_double(rst_type_is_float(type) ? NAN : 5, type)};
                    if (turn % 3 && factors[i] != 2) continue;
                    check(&shape, factors[i], (enum average_fill)(turn % AVERAGE_FILLS), seed + turn);
                }
}

static void test_reference(void **state)
{
    (void)state;
    each(false, false);
}

static void test_nodata(void **state)
{
    (void)state;
    each(true, false);
}

static void test_alpha(void **state)
{
    (void)state;
    each(false, true);
}

static void test_alpha_and_nodata(void **state)
{
    (void)state;
    each(true, true);
}

/* Halving lines longer than what the kernel takes at a time. */
static void test_long_lines(void **state)
{
    (void)state;
    for (enum rst_type type = RST_U8; type <= RST_I16; type++)
        for (int32_t bands = 1; bands <= 4; bands++) {
            struct rst_shape shape = {
                .type = type, .width = 4099, .height = 5, .bands = bands, .alpha = -1, .opacity = -1};
            check(&shape, 2, AVERAGE_NOISE, 3);
        }
}

/* Alpha is treated as any band if the run says so. */
static void test_alpha_ignored(void **state)
{
    (void)state;
    uint8_t pixels[] = {10, 0, 20, 255};
    struct rst_shape shape = {.type = RST_U8, .width = 2, .height = 1, .bands = 2, .alpha = 1, .opacity = 1};
    struct rst_run_options options = {.threads = 1};
    uint8_t *result = neighbour_run("shrink --factor 2", &shape, pixels, &options, NULL);
    assert_int_equal(result[0], 20);
    assert_int_equal(result[1], 128); /* 127.5 */
    free(result);
    options.alpha = RST_ALPHA_IGNORE;
    result = neighbour_run("shrink --factor 2", &shape, pixels, &options, NULL);
    assert_int_equal(result[0], 15);
    assert_int_equal(result[1], 128);
    free(result);
}

static void test_collisions(void **state)
{
    (void)state;
    uint8_t pixels[] = {1, 3, 2, 2, 2, 7, 9, 9}; /* averages 2 (of 1 and 3), missing, 7 (the 2 is missing), 9 */
    uint8_t expected[] = {2, 2, 7, 9};
    struct rst_shape shape = {.type = RST_U8,
                              .width = 8,
                              .height = 1,
                              .bands = 1,
                              .alpha = -1,
                              .opacity = -1,
                              .has_nodata = true,
                              .nodata.u8 = 2};
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    uint8_t *result = neighbour_run("shrink --factor 2", &shape, pixels, &options, NULL);
    assert_memory_equal(result, expected, sizeof expected);
    assert_int_equal(report.collisions, 1);
    free(result);
}

/* Where the pixels of the result lie in the input. */
static void test_origin(void **state)
{
    (void)state;
    struct rst_shape shape = {.type = RST_U8, .width = 10, .height = 7, .bands = 1, .alpha = -1, .opacity = -1}, out;
    struct rst_pipeline *pipeline = NULL;
    struct rst_affine map;
    assert_int_equal(rst_pipeline_parse("shrink --factor 3", &pipeline, NULL), RST_OK);
    assert_int_equal(rst_pipeline_plan(pipeline, &shape, NULL, &out, &map, NULL), RST_OK);
    assert_int_equal(out.width, 4);
    assert_int_equal(out.height, 3);
    assert_true(map.m[0] == 3 && map.m[1] == 0 && map.m[2] == 0 && map.m[3] == 0 && map.m[4] == 3 && map.m[5] == 0);
    assert_int_equal(rst_pipeline_in_place(pipeline, &shape, NULL), RST_E_ARGUMENT);
    rst_pipeline_free(&pipeline);
}

/* Tiles and threads change nothing, nor does a window. */
static void test_promise(void **state)
{
    (void)state;
    for (int holes = 0; holes < 2; holes++)
        for (int factor = 2; factor <= 5; factor++) {
            struct rst_shape shape = {.type = holes ? RST_F32 : RST_U8,
                                      .width = 131,
                                      .height = 40,
                                      .bands = 3,
                                      .alpha = -1,
                                      .opacity = -1,
                                      .has_nodata = holes,
                                      .nodata.f32 = NAN},
                             out;
            struct rst_run_options whole = {.threads = 1}, tiles = {.threads = 3, .tile_width = 5, .tile_height = 3};
            char pipeline[60];
            snprintf(pipeline, sizeof pipeline, "shrink --factor %d", factor);
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
            char *expected = neighbour_run(pipeline, &shape, pixels, &whole, &out);
            void *cut = neighbour_run(pipeline, &shape, pixels, &tiles, NULL);
            assert_memory_equal(expected, cut, oprun_bytes(&out));
            tiles.window = &(struct rst_rect){3, 2, 9, 5};
            char *part = neighbour_run(pipeline, &shape, pixels, &tiles, NULL);
            size_t pixel = 3 * rst_type_size(shape.type);
            for (size_t y = 0; y < 5; y++)
                assert_memory_equal(part + y * 9 * pixel, expected + ((y + 2) * (size_t)out.width + 3) * pixel,
                                    9 * pixel);
            free(part);
            free(cut);
            free(expected);
            free(pixels);
        }
}

static void test_refused(void **state)
{
    (void)state;
    struct rst_shape shape = {
        .type = RST_U8, .width = 4, .height = 4, .bands = 1, .alpha = -1, .opacity = -1, .palette = true};
    uint8_t pixels[16] = {0}, result[16];
    struct rst_error err = {0};
    assert_int_equal(oprun("shrink --factor 0", &shape, pixels, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    err = (struct rst_error){0};
    assert_int_equal(oprun("shrink --factor 2", &shape, pixels, NULL, result, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "colour map"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),  cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_alpha),      cmocka_unit_test(test_alpha_and_nodata),
        cmocka_unit_test(test_long_lines), cmocka_unit_test(test_alpha_ignored),
        cmocka_unit_test(test_collisions), cmocka_unit_test(test_origin),
        cmocka_unit_test(test_promise),    cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
