/* blend against doubles, sample by sample: the result must be the very one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static void *run_blend(const char *pipeline, const struct rst_shape *shape, const void *pixels,
                       const struct rst_shape *second, const void *beside, struct rst_run_options *options)
{
    struct rst_raster *other = oprun_raster(second, beside);
    options->others = &other;
    options->other_count = 1;
    void *result = neighbour_run_each(pipeline, shape, pixels, options, NULL);
    rst_close(&other);
    return result;
}

struct place {
    const struct rst_shape *shape;
    const void *pixels;
    size_t pixel;
};

static union rst_sample sample_at(const struct place *place, int32_t band)
{
    int32_t found = place->shape->bands == 1 ? 0 : band;
    return neighbour_sample(place->shape, place->pixels, place->pixel * (size_t)place->shape->bands + (size_t)found);
}

static double value_at(const struct place *place, int32_t band)
{
    return rst_sample_to_double(sample_at(place, band), place->shape->type);
}

static bool is_missing(const struct place *place, int32_t band)
{
    return place->shape->has_nodata &&
           rst_sample_equal(sample_at(place, band), place->shape->nodata, place->shape->type);
}

static union rst_sample expected_at(const struct place *first, const struct place *second, int32_t band, double opacity,
                                    bool alpha)
{
    const struct rst_shape *shape = first->shape;
    double share_a = 1 - opacity, share_b = opacity;
    if (is_missing(first, band) || is_missing(second, band)) return sample_at(first, band);
    double value = value_at(first, band) * share_a + value_at(second, band) * share_b;
    if (alpha && band != shape->alpha) {
        share_a *= value_at(first, shape->alpha);
        share_b *= value_at(second, shape->alpha);
        if (share_a + share_b != 0)
            value = (value_at(first, band) * share_a + value_at(second, band) * share_b) / (share_a + share_b);
    }
    return rst_sample_from_double(isnan(value) ? (double)NAN : value, shape->type);
}

static void check(const struct rst_shape *shape, const void *pixels, const struct rst_shape *beside, const void *others,
                  const char *opacity, bool alpha)
{
    char pipeline[60];
    struct rst_run_options options = {.threads = 1};
    if (shape->alpha >= 0 && !alpha && beside->alpha == shape->alpha) options.alpha = RST_ALPHA_IGNORE;
    snprintf(pipeline, sizeof pipeline, "blend --alpha %s", opacity);
    void *result = run_blend(pipeline, shape, pixels, beside, others, &options);
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands); at++) {
        const struct place first = {shape, pixels, at / (size_t)shape->bands};
        const struct place second = {beside, others, at / (size_t)shape->bands};
        int32_t band = (int32_t)(at % (size_t)shape->bands);
        union rst_sample expected = expected_at(&first, &second, band, strtod(opacity, NULL), alpha);
        union rst_sample got = neighbour_sample(shape, result, at);
        if (memcmp(got.bytes, expected.bytes, rst_type_size(shape->type)) != 0)
            fail_msg("%s of %s x %d and %s x %d, alpha %d: %.17g instead of %.17g at pixel %zu, band %d", pipeline,
                     rst_type_name(shape->type), (int)shape->bands, rst_type_name(beside->type), (int)beside->bands,
                     alpha, rst_sample_to_double(got, shape->type), rst_sample_to_double(expected, shape->type),
                     first.pixel, (int)band);
    }
    free(result);
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int32_t bands)
{
    return (struct rst_shape){.type = type, .width = width, .height = 2, .bands = bands, .alpha = -1, .opacity = -1};
}

/* Of two images of some types. */
static void try_types(enum rst_type type, enum rst_type other, unsigned turn, uint64_t seed)
{
    static const char *const opacities[] = {"0.3", "0.5", "0", "1", "0.123456789", "0.75"};
    static const int64_t widths[] = {1, 37, 600, 5};
    int32_t bands = 1 + (int32_t)(turn % 4);
    struct rst_shape shape = shape_of(type, widths[turn % 3], bands), beside = shape;
    beside.type = other;
    if (turn % 5 == 4) beside.bands = 1;
    bool alpha = bands > 1 && turn % 2;
    if (alpha) shape.alpha = shape.opacity = beside.alpha = beside.opacity = bands - 1;
    if (beside.bands < bands) beside.alpha = beside.opacity = -1;
    shape.has_nodata = turn % 3 == 1;
    beside.has_nodata = turn % 7 > 3;
    shape.nodata = rst_sample_from_double(rst_type_is_float(type) ? (double)NAN : 50, type);
    beside.nodata = rst_sample_from_double(60, other);
    void *pixels = average_pixels(&shape, (enum average_fill)(turn % AVERAGE_FILLS), seed);
    void *others = average_pixels(&beside, (enum average_fill)(turn / 3 % AVERAGE_FILLS), seed + 100);
    check(&shape, pixels, &beside, others, opacities[turn % 6], alpha && beside.alpha >= 0 && turn % 11 != 0);
    free(others);
    free(pixels);
}

static void test_reference(void **state)
{
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    (void)state;
    for (int round = 0; round < 8; round++)
        for (int type = 0; type < RST_TYPE_COUNT; type++)
            for (int other = 0; other < RST_TYPE_COUNT; other += type == other || round < 2 ? 1 : 3, turn++)
                try_types((enum rst_type)type, (enum rst_type)other, turn, seed + turn);
}

/* Every pair of bytes. */
static void test_bytes(void **state)
{
    static const char *const opacities[] = {"0.5", "0.3", "0.1", "0.999", "0.00001", "0.25", "1"};
    uint8_t pixels[65536], others[65536];
    struct rst_shape shape = {.type = RST_U8, .width = 256, .height = 256, .bands = 1, .alpha = -1, .opacity = -1};
    (void)state;
    for (size_t i = 0; i < sizeof pixels; i++) {
        pixels[i] = (uint8_t)(i >> 8);
        others[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof opacities / sizeof *opacities; i++)
        check(&shape, pixels, &shape, others, opacities[i], false);
}

static void test_floats(void **state)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1e38f, -1e38f, 3};
    float pixels[128], others[128];
    struct rst_shape shape = shape_of(RST_F32, 64, 1);
    (void)state;
    for (size_t i = 0; i < 128; i++) {
        pixels[i] = odd[i / 8 % 8];
        others[i] = odd[i % 8];
    }
    check(&shape, pixels, &shape, others, "0.5", false);
    check(&shape, pixels, &shape, others, "0", false);
}

static void test_collisions(void **state)
{
    uint8_t pixels[4] = {10, 20, 30, 40}, others[4] = {30, 20, 10, 99};
    static const uint8_t expected[4] = {20, 20, 20, 40}; /* 20 is nodata: once it was, twice it came out, once not */
    struct rst_shape shape = shape_of(RST_U8, 2, 1), beside = shape;
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    (void)state;
    shape.has_nodata = beside.has_nodata = true;
    shape.nodata.u8 = 20;
    beside.nodata.u8 = 99;
    uint8_t *result = run_blend("blend --alpha 0.5", &shape, pixels, &beside, others, &options);
    assert_memory_equal(result, expected, 4);
    assert_int_equal(report.collisions, 2);
    free(result);
}

/* The same bytes for any threads and tiles, in place too. */
static void test_promise(void **state)
{
    (void)state;
    for (int turn = 0; turn < 8; turn++) {
        struct rst_shape shape = {.type = RST_U8,
                                  .width = 1031,
                                  .height = 20,
                                  .bands = 4,
                                  .alpha = -1,
                                  .opacity = -1,
                                  .has_nodata = turn & 1};
        if (turn & 2) shape.alpha = shape.opacity = 3;
        struct rst_shape beside = shape;
        if (turn & 4) beside.type = RST_U16;
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8), *others = average_pixels(&beside, AVERAGE_NOISE, 9);
        struct rst_run_options whole = {.threads = 1};
        void *expected = run_blend("blend --alpha 0.3", &shape, pixels, &beside, others, &whole);
        struct rst_raster *other = oprun_raster(&beside, others);
        struct rst_run_options tiles = {
            .threads = 3, .tile_width = 11, .tile_height = 5, .others = &other, .other_count = 1};
        assert_int_equal(oprun_in_place("blend --alpha 0.3", &shape, pixels, &tiles, NULL), RST_OK);
        assert_memory_equal(expected, pixels, oprun_bytes(&shape));
        rst_close(&other);
        free(expected);
        free(others);
        free(pixels);
    }
}

static void test_refused(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 2, 3), two = shape_of(RST_U8, 2, 2), one = shape_of(RST_U8, 2, 1);
    (void)state;
    oprun_refuses_beside("blend --alpha 0.5", &shape, &two, "the second image has 2 bands and the first 3");
    oprun_refuses_beside("blend --alpha 1.5", &shape, &shape, "out of range");
    oprun_refuses_beside("blend", &shape, &shape, "blend needs --alpha");
    one.palette = true;
    oprun_refuses_beside("blend --alpha 0.5", &one, &shape, "colour map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),  cmocka_unit_test(test_bytes),   cmocka_unit_test(test_floats),
        cmocka_unit_test(test_collisions), cmocka_unit_test(test_promise), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
