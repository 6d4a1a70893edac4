/* conv against sums made one sample at a time: over types, bands, sizes, borders and kernels; the exact rounding of
 * integer kernels; missing samples; what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/smooth/conv.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

struct kernel {
    int rows, columns;
    double divisor, bias;
    double weights[RST_CONV_TAPS];
};

static const struct kernel kernels[] = {
    {3, 3, 8, 0, {-1, -1, -1, -1, 16, -1, -1, -1, -1}}, /* sharpening, in 16 bits */
    {3, 3, 9, 0, {1, 1, 1, 1, 1, 1, 1, 1, 1}},          /* divided in float */
    {5, 5, 256, 0, {1, 4, 6, 4, 1, 4, 16, 24, 16, 4, 6, 24, 36, 24, 6, 4, 16, 24, 16, 4, 1, 4, 6, 4, 1}}, /* rank 1 */
    {1, 7, 7, 3.5, {3, 1, 0, -2, 0, 1, 4}}, /* ties by the bias */
    {5, 1, -3, 100, {1, -2, 4, -2, 1}},     /* a negative divisor */
    {3, 5, 1, 0, {0.1, 0.25, 0.3, 0.1, 0.05, -0.1, 0.7, 0.2, 0, 0.1, 0.01, 0.02, 0.03, 0.04, 0.05}}, /* in float */
    {3, 3, 1, 0, {0.0625, 0.125, 0.0625, 0.125, 0.25, 0.125, 0.0625, 0.125, 0.0625}}, /* whole multiples of 1/16 */
    {3, 3, 70001, 0.5, {70001, 1234, -5, 6, 7777, 8, 1, 0, -9999}},                   /* in 32 bits */
    {3, 3, 1, 0, {1e6, 3, 1, 0.3, -1e6, 3, 0.1, 1, 1}},                               /* in double */
    {3, 3, 1, 0, {0, 0, 0, 0, 1, 0, 0, 0, 0}},                                        /* nothing but a copy */
    {1, 1, 4, 0, {3}},
    {3, 3, 2, 7, {0}},
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

/* A kernel of side 31 x 31 drawn at random: whole weights, of rank 1 if asked for. */
static void large_kernel(struct kernel *kernel, bool rank_1, uint64_t *seed)
{
    double across[RST_CONV_SIDE];
    *kernel = (struct kernel){.rows = RST_CONV_SIDE, .columns = RST_CONV_SIDE, .divisor = 977};
    for (int i = 0; i < RST_CONV_SIDE; i++)
        across[i] = (double)(layout_random(seed) % 9) - 3;
    for (int i = 0; i < RST_CONV_SIDE; i++) {
        double down = (double)(layout_random(seed) % 7) - 2;
        for (int j = 0; j < RST_CONV_SIDE; j++)
            kernel->weights[i * RST_CONV_SIDE + j] = rank_1 ? down * across[j] : (double)(layout_random(seed) % 9) - 3;
    }
}

static char *pipeline_of(const struct kernel *kernel)
{
    size_t room = 200 + RST_CONV_TAPS * 26, at;
    char *text = malloc(room);
    assert_non_null(text);
    at = (size_t)sprintf(text, "conv --divisor %.17g --bias %.17g --kernel '", kernel->divisor, kernel->bias);
    for (int i = 0; i < kernel->rows * kernel->columns; i++)
        at += (size_t)snprintf(text + at, room - at, "%s%.17g",
                               i == 0                ? ""
                               : i % kernel->columns ? " "
                                                     : "; ",
                               kernel->weights[i]);
    snprintf(text + at, room - at, "'");
    return text;
}

/* The result before it is rounded and saturated; *reach is the sum of what was added up; *whole tells that nothing in
 * the window is missing. */
static double expected_at(const struct kernel *kernel, const struct rst_shape *shape, const struct rst_border *border,
                          const void *pixels, int64_t x, int64_t y, int32_t band, double *reach, bool *whole)
{
    double sum = 0, present = 0, total = 0, magnitude = 0;
    double centre = neighbour_at(shape, border, pixels, x, y, band).value;
    bool negative = false;
    *whole = true;
    for (int i = 0; i < kernel->rows * kernel->columns; i++)
        negative = negative || kernel->weights[i] < 0;
    for (int i = 0; i < kernel->rows; i++)
        for (int j = 0; j < kernel->columns; j++) {
            double weight = kernel->weights[i * kernel->columns + j];
            struct neighbour at =
                neighbour_at(shape, border, pixels, x + j - kernel->columns / 2, y + i - kernel->rows / 2, band);
            total += weight;
            if (at.missing && weight != 0) *whole = false;
            if (at.missing && !negative) continue;
            sum += weight == 0 ? 0 : weight * (at.missing ? centre : at.value);
            present += weight;
            magnitude += weight == 0 ? 0 : fabs(weight * (at.missing ? centre : at.value));
        }
    if (!*whole && !negative) {
        sum = present > 0 ? sum / present * total : centre * total;
        magnitude = magnitude / (present > 0 ? present : 1) * total + fabs(sum);
    }
    *reach = magnitude / fabs(kernel->divisor) + fabs(kernel->bias);
    return sum / kernel->divisor + kernel->bias;
}

static void compare(const struct kernel *kernel, const struct rst_shape *shape, const struct rst_border *border,
                    const void *pixels, const void *result)
{
    size_t at = 0;
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, at++) {
                double reach, got = rst_sample_to_double(neighbour_sample(shape, result, at), shape->type);
                bool whole;
                if (neighbour_at(shape, border, pixels, x, y, band).missing) {
                    assert_true(rst_sample_equal(neighbour_sample(shape, result, at), shape->nodata, shape->type));
                    continue;
                }
                double expected = expected_at(kernel, shape, border, pixels, x, y, band, &reach, &whole);
                double saturated = neighbour_saturated(shape->type, expected);
                if (!(fabs(got - saturated) <= neighbour_tolerance(shape->type, saturated, reach)))
                    fail_msg("%s, %dx%dx%d, kernel %dx%d, border %d: %.17g instead of %.17g at %d, %d, band %d",
                             rst_type_name(shape->type), (int)shape->width, (int)shape->height, (int)shape->bands,
                             kernel->rows, kernel->columns, (int)border->rule, got, expected, (int)x, (int)y,
                             (int)band);
            }
}

static void check(const struct kernel *kernel, const struct rst_shape *shape, const struct rst_border *border,
                  enum average_fill fill, uint64_t seed)
{
    struct rst_run_options options = {.threads = 1, .border = *border};
    char *pipeline = pipeline_of(kernel);
    void *pixels = average_pixels(shape, fill, seed);
    void *result = neighbour_run_each(pipeline, shape, pixels, &options, NULL);
    compare(kernel, shape, border, pixels, result);
    free(result);
    free(pixels);
    free(pipeline);
}

/* All types, bands, sizes and borders, each with a few of the kernels in turn. */
static void test_reference(void **state)
{
    (void)state;
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 1; bands <= 4; bands++)
            for (int size = 0; size < neighbour_size_count; size++)
                for (int border = 0; border < neighbour_border_count; border++) {
                    struct rst_shape shape = {.type = type,
                                              .width = neighbour_sizes[size].width,
                                              .height = neighbour_sizes[size].height,
                                              .bands = bands,
                                              .alpha = -1,
                                              .opacity = -1};
                    check(&kernels[turn % KERNELS], &shape, &neighbour_borders[border],
                          (enum average_fill)(turn / KERNELS % AVERAGE_FILLS), seed + turn);
                    turn++;
                }
}

/* Every kernel on every type, on an image wider than a block of sums. */
static void test_kernels(void **state)
{
    (void)state;
    uint64_t seed = layout_seed();
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int i = 0; i < KERNELS; i++) {
            struct rst_shape shape = {.type = type, .width = 353, .height = 7, .bands = 3, .alpha = -1, .opacity = -1};
            check(&kernels[i], &shape, &neighbour_borders[i % neighbour_border_count],
                  (enum average_fill)(i % AVERAGE_FILLS), seed++);
        }
}

static void test_large(void **state)
{
    (void)state;
    uint64_t seed = layout_seed();
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int rank_1 = 0; rank_1 < 2; rank_1++) {
            struct kernel kernel;
            struct rst_shape shape = {.type = type, .width = 23, .height = 11, .bands = 2, .alpha = -1, .opacity = -1};
            large_kernel(&kernel, rank_1, &seed);
            check(&kernel, &shape, &neighbour_borders[type % 5], (enum average_fill)(type % AVERAGE_FILLS), seed++);
        }
}

/* Integer kernels on 8 and 16 bits: the quotient of whole numbers, ties to even, to the last level. */
static void exact(const struct kernel *kernel, enum rst_type type, enum average_fill fill, uint64_t seed)
{
    struct rst_shape shape = {.type = type, .width = 67, .height = 9, .bands = 1, .alpha = -1, .opacity = -1};
    struct rst_run_options options = {.threads = 1};
    char *pipeline = pipeline_of(kernel);
    void *pixels = average_pixels(&shape, fill, seed);
    void *result = neighbour_run_each(pipeline, &shape, pixels, &options, NULL);
    for (int64_t at = 0; at < shape.width * shape.height; at++) {
        int64_t divisor = (int64_t)kernel->divisor, sum = (int64_t)(kernel->bias * kernel->divisor);
        for (int i = 0; i < kernel->rows * kernel->columns; i++) {
            struct neighbour near = neighbour_at(&shape, &options.border, pixels,
                                                 at % shape.width + i % kernel->columns - kernel->columns / 2,
                                                 at / shape.width + i / kernel->columns - kernel->rows / 2, 0);
            sum += (int64_t)kernel->weights[i] * (int64_t)near.value;
        }
        if (divisor < 0) divisor = -divisor, sum = -sum;
        int64_t floor = sum / divisor - (sum % divisor < 0), twice = 2 * (sum - floor * divisor);
        int64_t rounded = floor + (twice > divisor || (twice == divisor && floor % 2));
        double expected = neighbour_saturated(type, (double)rounded);
        double got = rst_sample_to_double(neighbour_sample(&shape, result, (size_t)at), type);
        if (got != expected)
            fail_msg("%s: %s gives %g instead of %g for %lld / %lld", pipeline, rst_type_name(type), got, expected,
                     (long long)sum, (long long)divisor);
    }
    free(result);
    free(pixels);
    free(pipeline);
}

static void test_exact(void **state)
{
    (void)state;
    static const int divisors[] = {1,   2,   3,   4,    6,    7,     8,     9,     16, 64,
                                   255, 256, 257, 1000, 4096, 65535, 65536, 70000, -5, -8};
    uint64_t seed = layout_seed();
    for (enum rst_type type = RST_U8; type <= RST_I16; type++)
        for (int i = 0; i < 60; i++) {
            struct kernel kernel = {.rows = 1 + 2 * (i % 3), .columns = 3};
            int64_t reach = i % 4 == 3 ? 1000 : 20;
            kernel.divisor = divisors[layout_random(&seed) % (sizeof divisors / sizeof *divisors)];
            kernel.bias = (double)(layout_random(&seed) % 41) - 20;
            if (fmod(kernel.divisor, 2) == 0) kernel.bias += 0.5;
            for (int tap = 0; tap < kernel.rows * kernel.columns; tap++)
                kernel.weights[tap] = (double)((int64_t)(layout_random(&seed) % (uint64_t)(2 * reach)) - reach);
            exact(&kernel, type, (enum average_fill)(i % AVERAGE_FILLS), seed);
        }
}

/* What the plan chooses: the narrow sums that the speed rests on, and two passes for kernels of rank 1. */
static void test_plan(void **state)
{
    (void)state;
    static const struct {
        int kernel;
        enum rst_type type;
        enum rst_conv_sum sum;
        bool two_passes;
    } rows[] = {
        {0, RST_U8, RST_CONV_SUM_U16, false},  {0, RST_U16, RST_CONV_SUM_U32, false},
        {1, RST_I8, RST_CONV_SUM_U16, false},  {2, RST_U8, RST_CONV_SUM_U16, true},
        {2, RST_I16, RST_CONV_SUM_U32, true},  {2, RST_F32, RST_CONV_SUM_F64, true},
        {5, RST_U8, RST_CONV_SUM_F32, false},  {6, RST_U8, RST_CONV_SUM_U16, false},
        {7, RST_U8, RST_CONV_SUM_U32, false},  {8, RST_U8, RST_CONV_SUM_F64, false},
        {9, RST_U64, RST_CONV_SUM_F64, false},
    };
    struct rst_conv_plan *plan = malloc(sizeof *plan);
    assert_non_null(plan);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct kernel *kernel = &kernels[rows[i].kernel];
        struct rst_conv_state conv = {
            .rows = kernel->rows, .columns = kernel->columns, .divisor = kernel->divisor, .bias = kernel->bias};
        memcpy(conv.weights, kernel->weights, sizeof conv.weights);
        rst_conv_plan_make(&conv, rows[i].type, plan);
        if (plan->sum != rows[i].sum || plan->two_passes != rows[i].two_passes)
            fail_msg("row %d: sum %d, two passes %d", (int)i, (int)plan->sum, (int)plan->two_passes);
    }
    free(plan);
}

static union rst_sample nodata_of(enum rst_type type)
{
    return rst_sample_from_double(rst_type_is_float(type) ? NAN : 3, type);
}

/* Missing samples stay; their neighbours follow the rule; all others have the bytes that they have without any. */
static void test_nodata(void **state)
{
    (void)state;
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int i = 0; i < KERNELS; i++)
            for (int size = 3; size < neighbour_size_count; size++, turn++) {
                struct rst_shape shape = {.type = type,
                                          .width = neighbour_sizes[size].width,
                                          .height = neighbour_sizes[size].height,
                                          .bands = 1 + (int32_t)turn % 3,
                                          .alpha = -1,
                                          .opacity = -1,
                                          .has_nodata = true,
                                          .nodata = nodata_of(type)};
                check(&kernels[i], &shape, &neighbour_borders[turn % 5], AVERAGE_NOISE, seed + turn);
            }
}

static void test_nodata_far_away(void **state)
{
    (void)state;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int i = 0; i < KERNELS; i++) {
            const struct kernel *kernel = &kernels[i];
            struct rst_shape shape = {.type = type, .width = 61, .height = 19, .bands = 2, .alpha = -1, .opacity = -1};
            struct rst_shape holes = shape;
            struct rst_run_options options = {.threads = 1};
            size_t size = rst_type_size(type), count = (size_t)(shape.width * shape.height * shape.bands);
            char *pipeline = pipeline_of(kernel);
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 5);
            char *plain = neighbour_run(pipeline, &shape, pixels, &options, NULL);
            holes.has_nodata = true;
            holes.nodata = nodata_of(type);
            for (size_t at = 0; at < count; at += 97)
                memcpy((char *)pixels + at * size, &holes.nodata, size);
            char *result = neighbour_run_each(pipeline, &holes, pixels, &options, NULL);
            for (size_t at = 0; at < count; at++) {
                int64_t x = (int64_t)(at / 2) % shape.width, y = (int64_t)(at / 2) / shape.width;
                double reach;
                bool whole;
                expected_at(kernel, &holes, &options.border, pixels, x, y, (int32_t)(at % 2), &reach, &whole);
                if (whole && !neighbour_at(&holes, &options.border, pixels, x, y, (int32_t)(at % 2)).missing)
                    assert_memory_equal(plain + at * size, result + at * size, size);
            }
            free(result);
            free(plain);
            free(pixels);
            free(pipeline);
        }
}

static void test_collisions(void **state)
{
    (void)state;
    uint8_t pixels[6] = {9, 9, 0, 20, 20, 20};
    uint8_t expected[6] = {0, 0, 0, 11, 11, 11}; /* 9 - 9 is 0, as nodata is; the third was nodata before */
    struct rst_shape shape = {
        .type = RST_U8, .width = 6, .height = 1, .bands = 1, .alpha = -1, .opacity = -1, .has_nodata = true};
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    uint8_t *result = neighbour_run("conv --kernel 1 --bias -9", &shape, pixels, &options, NULL);
    assert_memory_equal(result, expected, sizeof expected);
    assert_int_equal(report.collisions, 2);
    free(result);
}

/* Tiles, threads and doing it in place change nothing. */
static void test_promise(void **state)
{
    (void)state;
    for (int i = 0; i < KERNELS; i++) {
        struct rst_shape shape = {
            .type = RST_U8, .width = 131, .height = 40, .bands = 3, .alpha = -1, .opacity = -1, .has_nodata = i % 2};
        struct rst_run_options whole = {.threads = 1, .border.rule = RST_WRAP}, tiles = whole;
        struct rst_error err = {0};
        char *pipeline = pipeline_of(&kernels[i]);
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
        void *expected = neighbour_run(pipeline, &shape, pixels, &whole, NULL);
        tiles.threads = 3;
        tiles.tile_width = 11;
        tiles.tile_height = 5;
        void *cut = neighbour_run(pipeline, &shape, pixels, &tiles, NULL);
        assert_memory_equal(expected, cut, oprun_bytes(&shape));
        assert_int_equal(oprun_in_place(pipeline, &shape, pixels, &tiles, &err), RST_OK);
        assert_memory_equal(expected, pixels, oprun_bytes(&shape));
        free(cut);
        free(expected);
        free(pixels);
        free(pipeline);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"conv --kernel '1 2'", "conv --kernel '1;2'", "conv",
                                        "conv --kernel '1 2 1' --divisor 0", "conv --kernel '1 2 3; 4 5'"};
    struct rst_shape shape = {.type = RST_U8, .width = 4, .height = 4, .bands = 1, .alpha = -1, .opacity = -1};
    uint8_t pixels[16] = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct rst_error err = {0};
        assert_int_equal(oprun(wrong[i], &shape, pixels, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
        assert_non_null(strstr(err.message, "conv"));
    }
    struct kernel wide = {.rows = 1, .columns = 33, .divisor = 1};
    struct rst_error err = {0};
    char *pipeline = pipeline_of(&wide);
    assert_int_equal(oprun(pipeline, &shape, pixels, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "33"));
    free(pipeline);

    shape.palette = true;
    err = (struct rst_error){0};
    assert_int_equal(oprun("conv --kernel 1", &shape, pixels, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "colour map"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),  cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_large),      cmocka_unit_test(test_exact),
        cmocka_unit_test(test_plan),       cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_collisions), cmocka_unit_test(test_nodata_far_away),
        cmocka_unit_test(test_promise),    cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
