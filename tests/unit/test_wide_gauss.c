/* Wide Gaussians, which are done on a coarse grid: against plain double loops that are not cut off
 * (tests/support/average.h), against the bound that they promise, with images made to be off by as much as can be, and
 * against themselves for every instruction set, tile and border.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/smooth/coarse_weights.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static const struct rst_border borders[] = {
    {RST_REPLICATE, 0}, {RST_REFLECT, 0}, {RST_REFLECT101, 0}, {RST_WRAP, 0}, {RST_CONSTANT, 3}};

static double gauss(double sigma, double d)
{
    return exp(-d * d / (2 * sigma * sigma));
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

/* The least sigma that is wide for a type. */
static double least_sigma(enum rst_type type)
{
    size_t size = rst_type_size(type);

    return size == 1 ? 4 : size == 2 || type == RST_F32 ? 6 : 16;
}

/* How far a sample may be from the exact one: see the details of gaussblur. `part` of the samples around it count. */
static double allowed(enum rst_type type, double greatest, double part)
{
    switch (type) {
    case RST_F32:
        return greatest * 1.5e-5 / part;
    case RST_F64:
        return greatest * 2e-10 / part;
    case RST_U64:
    case RST_I64:
        return 1 + greatest * 2e-10 / part;
    default:
        return 1;
    }
}

static double clamped(double v, enum rst_type type)
{
    double low = rst_sample_to_double(rst_sample_from_double(-INFINITY, type), type);
    double high = rst_sample_to_double(rst_sample_from_double(INFINITY, type), type);

    return rst_type_is_float(type) ? v : rint(fmin(fmax(v, low), high));
}

static void reference(const struct rst_shape *shape, struct rst_border border, double sigma, const void *pixels,
                      struct average *average)
{
    int radius = (int)ceil(7.5 * sigma);
    double *half = calloc((size_t)radius + 1, sizeof(*half)), total = 0;

    assert_non_null(half);
    for (int k = -radius; k <= radius; k++)
        total += gauss(sigma, k);
    for (int k = 0; k <= radius; k++)
        half[k] = gauss(sigma, k) / total;
    *average = (struct average){.shape = *shape, .border = border, .radius = radius, .half = half, .pixels = pixels};
    average_compute(average);
    average->half = NULL;
    free(half);
}

static void compare(const struct average *average, double sigma, const void *result)
{
    const struct rst_shape *shape = &average->shape;
    size_t count = (size_t)(shape->width * shape->height * shape->bands);
    double part = shape->alpha >= 0 || shape->has_nodata ? 0.1 : 1;

    for (size_t i = 0; i < count; i++) {
        double source = average_value(average->pixels, shape->type, i), got = average_value(result, shape->type, i);
        double exact = clamped(average->result[i], shape->type);
        if (average->missing[i]) {
            if (got != source && !(got != got && source != source))
                fail_msg("%s: nodata sample %zu became %.17g", rst_type_name(shape->type), i, got);
        } else if (!(fabs(got - exact) <= allowed(shape->type, average->greatest[i], part))) {
            fail_msg("%s %lldx%lldx%d sigma %g border %d: sample %zu is %.17g, not %.17g", rst_type_name(shape->type),
                     (long long)shape->width, (long long)shape->height, (int)shape->bands, sigma,
                     (int)average->border.rule, i, got, exact);
        }
    }
}

static void check(const struct rst_shape *shape, struct rst_border border, double sigma, enum average_fill fill,
                  uint64_t seed)
{
    char text[64];
    void *pixels = average_pixels(shape, fill, seed);
    struct average average;
    struct rst_run_options options = {.threads = 1, .border = border};

    snprintf(text, sizeof(text), "gaussblur --sigma %g", sigma);
    void *result = neighbour_run(text, shape, pixels, &options, NULL);
    reference(shape, border, sigma, pixels, &average);
    compare(&average, sigma, result);
    average_free(&average);
    free(result);
    free(pixels);
}

static void every_type_and_border(void **state)
{
    static const int64_t sizes[][2] = {{1, 1}, {13, 1}, {1, 17}, {9, 11}, {31, 23}};
    static const double factors[] = {1, 1.37, 2, 2.9};
    uint64_t seed = layout_seed();

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t s = 0; s < 5; s++)
            for (size_t b = 0; b < 5; b++)
                for (size_t f = (s + b) % 2; f < 4; f += 2) {
                    struct rst_shape shape = shape_of(type, sizes[s][0], sizes[s][1], 1 + (int32_t)(s + b + f) % 5);
                    check(&shape, borders[b], least_sigma(type) * factors[f], (enum average_fill)((b + f) % 3),
                          seed + f);
                }
}

/* A row longer than any block of samples, and sigmas to the end of the promise. */
static void long_rows_and_great_sigmas(void **state)
{
    static const double sigmas[] = {47, 90.5, 256};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = shape_of(type, 1031, 3, 3), small = shape_of(type, 23, 17, 1);
        check(&shape, borders[0], least_sigma(type), AVERAGE_EXTREMES, 5);
        for (size_t i = 0; i < 3; i++)
            check(&small, borders[(i + (size_t)type) % 5], sigmas[i], AVERAGE_NOISE, 6);
    }
}

static void nodata_counts_for_nothing(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int turn = 0; turn < 3; turn++)
            for (int32_t bands = 1; bands < 4; bands++) {
                struct rst_shape shape = shape_of(type, 29, 21, bands);
                shape.has_nodata = true;
                shape.nodata = rst_sample_from_double(turn == 0 ? 0 : turn == 1 ? INFINITY : NAN, type);
                check(&shape, borders[(turn + bands) % 5], least_sigma(type) * (1 + 0.4 * turn), AVERAGE_NOISE, 100);
            }
}

static void alpha_weighs_colours(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 2; bands < 5; bands++) {
            struct rst_shape shape = shape_of(type, 31, 19, bands);
            shape.alpha = shape.opacity = bands - 1;
            check(&shape, borders[bands], least_sigma(type) * 1.3, AVERAGE_NOISE, 200);
            shape.has_nodata = true;
            shape.nodata = rst_sample_from_double(rst_type_is_float(type) ? NAN : INFINITY, type);
            check(&shape, borders[bands], least_sigma(type) * 1.3, AVERAGE_NOISE, 300);
        }
}

/* Where nothing is opaque as far as the Gaussian goes, colours are left alone. */
static void transparency_keeps_its_colours(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 19, 11, 4);
    unsigned char *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
    struct rst_run_options options = {.threads = 1};

    (void)state;
    shape.alpha = shape.opacity = 3;
    for (int i = 0; i < 19 * 11; i++)
        pixels[4 * i + 3] = 0;
    unsigned char *result = neighbour_run("gaussblur --sigma 5", &shape, pixels, &options, NULL);
    assert_memory_equal(pixels, result, 19 * 11 * 4);
    free(pixels);
    free(result);
}

static void flat_stays_flat(void **state)
{
    static const double sigmas[] = {4, 5.5, 8, 11, 14, 17, 40};
    struct rst_run_options options = {.threads = 1};
    char text[64];

    (void)state;
    for (int value = 0; value < 256; value += 15)
        for (size_t i = 0; i < sizeof(sigmas) / sizeof(*sigmas); i++)
            for (int type = RST_U8; type <= RST_I16; type++) {
                struct rst_shape shape = shape_of(type, 37, 23, 1);
                size_t bytes = oprun_bytes(&shape);
                char *pixels = malloc(bytes);
                memset(pixels, value, bytes);
                snprintf(text, sizeof(text), "gaussblur --sigma %g", sigmas[i]);
                char *result = neighbour_run(text, &shape, pixels, &options, NULL);
                assert_memory_equal(pixels, result, bytes);
                free(pixels);
                free(result);
            }
}

/* ---- the bound ---- */

/* How much each pixel -reach ... reach around one at `phase` of the grid weighs, computed anew from the definition. */
static double *weights_at(const struct rst_coarse_grid *grid, int phase, int reach)
{
    int step = 1 << grid->levels, wide = grid->order * (step - 1) / 2;
    double *spline = calloc(2 * (size_t)wide + 1, sizeof(*spline)), *row = calloc(2 * (size_t)reach + 1, sizeof(*row));

    assert_true(spline && row);
    spline[0] = 1;
    for (int pass = 0, length = 1; pass < grid->order; pass++, length += step - 1) /* as a box, so many times */
        for (int i = length + step - 2; i >= 0; i--) {
            double sum = 0;
            for (int k = i - step + 1 < 0 ? 0 : i - step + 1; k <= i && k < length; k++)
                sum += spline[k];
            spline[i] = sum / step;
        }
    for (int point = -grid->order; point <= grid->order; point++) {
        int apart = phase - point * step;
        if (abs(apart) > wide) continue;
        for (int n = -grid->radius; n <= grid->radius; n++) {
            double weight = spline[wide + apart] * step * grid->half[abs(n)];
            int middle = reach - phase + (point + n) * step;
            for (int i = -wide; i <= wide; i++)
                row[middle + i] += weight * spline[wide + i];
        }
    }
    free(spline);
    return row;
}

static void the_grid_is_as_near_as_it_says(void **state)
{
    (void)state;
    for (int order = 4; order <= 8; order += 2)
        for (int i = 0; i < 29; i++) {
            double sigma = i < 27 ? 4 * pow(1.09, i) : 41 * pow(2.3, i - 26);
            struct rst_coarse_grid grid;
            if (!rst_coarse_choose(sigma, order, &grid)) continue;
            assert_true(rst_coarse_fit(sigma, &grid));
            int reach = (int)(9.5 * sigma), step = 1 << grid.levels;
            double total = 0;
            for (int k = -reach; k <= reach; k++)
                total += gauss(sigma, k);
            for (int phase = 0; phase<step; phase += step> 16 ? 5 : 1) {
                double *row = weights_at(&grid, phase, reach), off = 0, sum = 0;
                for (int k = -reach; k <= reach; k++) {
                    off += fabs(row[reach + k] - gauss(sigma, k) / total);
                    sum += row[reach + k];
                    if (abs(k) > rst_coarse_reach(&grid)) assert_true(row[reach + k] == 0);
                }
                if (!(fabs(sum - 1) < 1e-12)) fail_msg("sigma %g: weights add up to %.17g", sigma, sum);
                if (!(off < grid.error)) fail_msg("order %d sigma %g phase %d: off by %g", order, sigma, phase, off);
                free(row);
            }
        }
}

/* An image of black and white that is off by as much as any can be, at its middle: white where the weight is too great.
 * What is off there is close to the bound, and within it. */
static void the_worst_image_is_within_a_level(void **state)
{
    static const double sigmas[] = {4, 8, 9.7, 16};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (int phase = 0; phase < 4; phase++) {
            struct rst_coarse_grid grid;
            assert_true(rst_coarse_choose(sigmas[i], 4, &grid) && rst_coarse_fit(sigmas[i], &grid));
            int reach = (int)(5.6 * sigmas[i]) / 16 * 16 + 16, side = 2 * reach + 1 + phase;
            double *row = weights_at(&grid, phase % (1 << grid.levels), 10 * reach), total = 0, exact = 0, form = 0;
            unsigned char *pixels = calloc((size_t)side * (size_t)side, 1);
            struct rst_shape shape = shape_of(RST_U8, side, side, 1);
            struct rst_run_options options = {.threads = 1};
            char text[64];
            for (int k = -10 * reach; k <= 10 * reach; k++)
                total += gauss(sigmas[i], k);
            for (int y = -reach; y <= reach; y++)
                for (int x = -reach; x <= reach; x++) {
                    double a = row[10 * reach + x] * row[10 * reach + y];
                    double b = gauss(sigmas[i], x) / total * gauss(sigmas[i], y) / total;
                    if (a > b) pixels[(y + reach + phase) * side + x + reach + phase] = 255;
                    if (a > b) exact += b * 255;
                    if (a > b) form += a * 255;
                }
            options.border = (struct rst_border){RST_CONSTANT, 0};
            snprintf(text, sizeof(text), "gaussblur --sigma %g", sigmas[i]);
            unsigned char *result = neighbour_run(text, &shape, pixels, &options, NULL);
            double got = result[(reach + phase) * side + reach + phase];
            if (!(form - exact < grid.error * 255)) fail_msg("sigma %g: off by %g", sigmas[i], form - exact);
            if (!(fabs(got - form) < 0.55)) fail_msg("sigma %g: %g, not %g", sigmas[i], got, form);
            if (!(fabs(got - rint(exact)) <= 1)) fail_msg("sigma %g: %g, not %g", sigmas[i], got, exact);
            free(result);
            free(pixels);
            free(row);
        }
}

/* ---- the same bytes ---- */

static void everything_gives_the_same_bytes(void **state)
{
    static const int64_t tiles[][2] = {{19, 29}, {64, 16}};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int special = 0; special < 3; special++)
            for (int s = 0; s < 3; s++) {
                struct rst_shape shape = shape_of(type, 97, 53, 3);
                char text[64];
                if (special == 1) shape.has_nodata = true;
                if (special == 2) shape.alpha = shape.opacity = 2;
                if (special) shape.nodata = rst_sample_from_double(INFINITY, type);
                snprintf(text, sizeof(text), s == 2 ? "unsharp --sigma %g" : "gaussblur --sigma %g",
                         least_sigma(type) * (1 + 1.4 * s));
                void *pixels = average_pixels(&shape, AVERAGE_NOISE, 50);
                struct rst_run_options options = {.threads = 1, .border = borders[(type + special) % 5]};
                void *expected = neighbour_run_each(text, &shape, pixels, &options, NULL);
                for (int t = 0; t < 2; t++) {
                    options.threads = 1 + t % 2;
                    options.tile_width = tiles[t][0];
                    options.tile_height = tiles[t][1];
                    void *result = neighbour_run(text, &shape, pixels, &options, NULL);
                    if (memcmp(expected, result, oprun_bytes(&shape)) != 0)
                        fail_msg("%s on %s: other bytes in tiles %d", text, rst_type_name(type), t);
                    free(result);
                }
                free(pixels);
                free(expected);
            }
}

/* In place, behind another type and before another operation: the halo follows the type that the Gaussian meets. */
static void fused_is_one_by_one(void **state)
{
    static const char *const first = "cast --type f64", *const second = "gaussblur --sigma 17";
    struct rst_shape shape = shape_of(RST_U8, 61, 47, 2), middle, last;
    void *pixels = average_pixels(&shape, AVERAGE_NOISE, 3);
    struct rst_run_options options = {.threads = 2, .tile_width = 16, .tile_height = 9};
    struct rst_error err = {0};

    (void)state;
    void *one = neighbour_run(first, &shape, pixels, &options, &middle);
    void *two = neighbour_run(second, &middle, one, &options, &last);
    void *both = neighbour_run("cast --type f64 ! gaussblur --sigma 17", &shape, pixels, &options, NULL);
    assert_memory_equal(two, both, oprun_bytes(&last));
    free(one);
    free(two);
    free(both);
    one = neighbour_run("cast --type f64 ! gaussblur --sigma 17 ! cast --type u8", &shape, pixels, &options, NULL);
    two = malloc(oprun_bytes(&shape));
    memcpy(two, pixels, oprun_bytes(&shape));
    options.tile_width = 0;
    options.tile_height = 5;
    if (oprun_in_place("cast --type f64 ! gaussblur --sigma 17 ! cast --type u8", &shape, two, &options, &err) ==
        RST_OK)
        assert_memory_equal(one, two, oprun_bytes(&shape));
    free(one);
    free(two);
    one = neighbour_run("gaussblur --sigma 8", &shape, pixels, &options, NULL);
    assert_int_equal(oprun_in_place("gaussblur --sigma 8", &shape, pixels, &options, &err), RST_OK);
    assert_memory_equal(one, pixels, oprun_bytes(&shape));
    free(one);
    free(pixels);
}

/* What is not finite is seen in every direction, and no further than is said. */
static void not_finite_stays_around(void **state)
{
    static const double evil[] = {NAN, INFINITY};

    (void)state;
    for (int type = RST_F32; type <= RST_F64; type++)
        for (int e = 0; e < 2; e++) {
            double sigma = least_sigma(type), reach = 8.5 * sigma;
            int side = 2 * (int)reach + 21, middle = side / 2;
            struct rst_shape shape = shape_of(type, side, side, 1);
            struct rst_run_options options = {.threads = 1};
            char *pixels = average_pixels(&shape, AVERAGE_NOISE, 4), text[64];
            union rst_sample bad = rst_sample_from_double(evil[e], type);
            memcpy(pixels + rst_type_size(type) * (size_t)(middle * side + middle), bad.bytes, rst_type_size(type));
            snprintf(text, sizeof(text), "gaussblur --sigma %g", sigma);
            void *result = neighbour_run(text, &shape, pixels, &options, NULL);
            for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++) {
                    double away = fmax(abs(x - middle), abs(y - middle));
                    bool finite = isfinite(average_value(result, type, (size_t)(y * side + x))) != 0;
                    if (away <= 3 * sigma) assert_false(finite);
                    if (away > reach) assert_true(finite);
                }
            free(pixels);
            free(result);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_border),           cmocka_unit_test(long_rows_and_great_sigmas),
        cmocka_unit_test(nodata_counts_for_nothing),       cmocka_unit_test(alpha_weighs_colours),
        cmocka_unit_test(transparency_keeps_its_colours),  cmocka_unit_test(flat_stays_flat),
        cmocka_unit_test(the_grid_is_as_near_as_it_says),  cmocka_unit_test(the_worst_image_is_within_a_level),
        cmocka_unit_test(everything_gives_the_same_bytes), cmocka_unit_test(fused_is_one_by_one),
        cmocka_unit_test(not_finite_stays_around),
    };

    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
