/* focal against windows gathered one by one. What is exact must be so; what goes through double is held to the
 * roundings of as many additions. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

enum stat { MEAN, SUM, LEAST, GREATEST, RANGE, DEVIATION, VARIANCE, MODE, ENTROPY, STATS };

static const char *const names[STATS] = {"mean", "sum", "min", "max", "range", "stddev", "variance", "mode", "entropy"};

/* What a window holds, missing samples left out. */
struct window {
    union rst_sample *samples;
    double *values;
    size_t count;
};

static void gather(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                   const int64_t at[2], int32_t band, const int size[2], struct window *window)
{
    window->count = 0;
    for (int64_t y = at[1] - size[1] / 2; y <= at[1] + size[1] / 2; y++)
        for (int64_t x = at[0] - size[0] / 2; x <= at[0] + size[0] / 2; x++) {
            int64_t column = rst_border_index(x, shape->width, border->rule);
            int64_t row = rst_border_index(y, shape->height, border->rule);
            union rst_sample sample = rst_sample_from_double(border->value, shape->type);
            if (column >= 0 && row >= 0)
                sample = neighbour_sample(shape, pixels, (size_t)((row * shape->width + column) * shape->bands + band));
            if (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type)) continue;
            window->samples[window->count] = sample;
            window->values[window->count++] = rst_sample_to_double(sample, shape->type);
        }
}

static bool less(union rst_sample a, union rst_sample b, enum rst_type type)
{
    if (type == RST_U64) return a.u64 < b.u64;
    if (type == RST_I64) return a.i64 < b.i64;
    return rst_sample_to_double(a, type) < rst_sample_to_double(b, type);
}

static bool is_nan(union rst_sample sample, enum rst_type type)
{
    return isnan(rst_sample_to_double(sample, type));
}

/* The least or the greatest number; NaN where there is none. */
static union rst_sample extreme_of(const struct window *window, enum rst_type type, bool greatest)
{
    union rst_sample best = window->samples[0];
    for (size_t i = 1; i < window->count; i++) {
        union rst_sample sample = window->samples[i];
        if (is_nan(sample, type)) continue;
        if (is_nan(best, type) || (greatest ? less(best, sample, type) : less(sample, best, type))) best = sample;
    }
    return best;
}

/* -1, 0, 1; NaN is the greatest of all. */
static int compared(union rst_sample a, union rst_sample b, enum rst_type type)
{
    if (rst_sample_equal(a, b, type)) return 0;
    if (is_nan(a, type) || is_nan(b, type)) return is_nan(a, type) ? 1 : -1;
    return less(a, b, type) ? -1 : 1;
}

static enum rst_type sorted_type;

static int by_value(const void *a, const void *b)
{
    return compared(*(const union rst_sample *)a, *(const union rst_sample *)b, sorted_type);
}

/* Sorts the window; equal values then follow one another: from `at` on this many. */
static void sort_window(const struct window *window, enum rst_type type)
{
    sorted_type = type;
    qsort(window->samples, window->count, sizeof *window->samples, by_value);
}

static size_t run_at(const struct window *window, enum rst_type type, size_t at)
{
    size_t end = at;
    while (end < window->count && rst_sample_equal(window->samples[at], window->samples[end], type))
        end++;
    return end - at;
}

static union rst_sample mode_of(const struct window *window, enum rst_type type)
{
    union rst_sample mode = {.u64 = 0};
    sort_window(window, type);
    for (size_t at = 0, most = 0, run; at < window->count; at += run) {
        run = run_at(window, type, at);
        if (run <= most) continue;
        most = run;
        mode = window->samples[at];
    }
    return mode;
}

static double entropy_of(const struct window *window, enum rst_type type)
{
    double entropy = 0, n = (double)window->count;
    sort_window(window, type);
    for (size_t at = 0, run; at < window->count; at += run) {
        run = run_at(window, type, at);
        entropy -= (double)run / n * log2((double)run / n);
    }
    return fmax(entropy, 0);
}

/* Extended precision serves for the sums: there is some room below a double. */
static double number_of(const struct window *window, enum stat stat, double *reach)
{
    long double sum = 0, squares = 0, n = (long double)window->count;
    *reach = 0;
    for (size_t i = 0; i < window->count; i++) {
        sum += (long double)window->values[i];
        *reach += fabs(window->values[i]);
    }
    if (stat == SUM) return (double)sum;
    if (stat == MEAN) return (double)(sum / n);
    for (size_t i = 0; i < window->count; i++) {
        long double apart = (long double)window->values[i] - sum / n;
        squares += apart * apart;
    }
    *reach = (double)(squares / n);
    return (double)(stat == VARIANCE ? squares / n : sqrtl(squares / n));
}

/* How far a result in double may be off. */
static double tolerance(const struct rst_shape *shape, enum stat stat, const struct window *window, double expected,
                        double reach)
{
    bool whole = !rst_type_is_float(shape->type) && rst_type_size(shape->type) <= (stat == SUM || stat == MEAN ? 4 : 2);
    double greatest = 0;
    if (stat == ENTROPY) return 1e-11;
    if (whole) return fabs(expected) * 4 * DBL_EPSILON;
    if (stat == SUM || stat == MEAN) return reach * 4 * DBL_EPSILON;
    for (size_t i = 0; i < window->count; i++)
        greatest = fmax(greatest, fabs(window->values[i]));
    double squares = reach * 64 * DBL_EPSILON + greatest * greatest * 64 * DBL_EPSILON * DBL_EPSILON;
    return stat == VARIANCE ? squares
           : expected > 0   ? squares / expected + fabs(expected) * 4 * DBL_EPSILON
                            : sqrt(squares);
}

/* A sample where the result is one, in the image's type. */
static bool sample_expected(const struct rst_shape *shape, enum stat stat, const struct window *window,
                            union rst_sample *sample)
{
    if (stat == MODE)
        *sample = mode_of(window, shape->type);
    else if (stat == LEAST || stat == GREATEST)
        *sample = extreme_of(window, shape->type, stat == GREATEST);
    return stat == MODE || stat == LEAST || stat == GREATEST;
}

static double range_of(const struct rst_shape *shape, const struct window *window)
{
    union rst_sample low = extreme_of(window, shape->type, false), high = extreme_of(window, shape->type, true);
    if (!rst_type_is_float(shape->type) && rst_type_size(shape->type) == 8) return (double)(high.u64 - low.u64);
    return rst_sample_to_double(high, shape->type) - rst_sample_to_double(low, shape->type);
}

/* Whether a result of type `to` is what `expected`, which may be off by `apart`, is rounded to. */
static bool is_right(union rst_sample got, enum rst_type to, double expected, double apart)
{
    if (isnan(expected) || isinf(expected)) return rst_sample_equal(got, rst_sample_from_double(expected, to), to);
    double value = rst_sample_to_double(got, to);
    double low = rst_sample_to_double(rst_sample_from_double(expected - apart, to), to);
    double high = rst_sample_to_double(rst_sample_from_double(expected + apart, to), to);
    return value >= low && value <= high;
}

static void check_pixel(const struct rst_shape *shape, enum stat stat, const struct window *window, enum rst_type to,
                        union rst_sample got, const char *line)
{
    union rst_sample wanted;
    double reach = 0, expected = 0, apart = 0;
    if (sample_expected(shape, stat, window, &wanted)) {
        if (to == shape->type) {
            if (rst_sample_equal(got, wanted, to)) return;
        }
        expected = rst_sample_to_double(wanted, shape->type);
        if (to != shape->type && is_right(got, to, expected, 0)) return;
    } else {
        expected = stat == ENTROPY ? entropy_of(window, shape->type)
                   : stat == RANGE ? range_of(shape, window)
                                   : number_of(window, stat, &reach);
        apart = stat == RANGE ? 0 : tolerance(shape, stat, window, expected, reach);
        if (is_right(got, to, expected, apart)) return;
    }
    fail_msg("%s on %s, %dx%dx%d: %.17g instead of %.17g, or %g off that", line, rst_type_name(shape->type),
             (int)shape->width, (int)shape->height, (int)shape->bands, rst_sample_to_double(got, to), expected, apart);
}

static void check(const struct rst_shape *shape, const struct rst_border *border, const void *pixels, enum stat stat,
                  const int size[2], enum rst_type to)
{
    char line[80];
    struct rst_run_options options = {.threads = 1, .border = *border};
    struct rst_shape out;
    size_t room = (size_t)size[0] * (size_t)size[1];
    struct window window = {calloc(room, sizeof *window.samples), calloc(room, sizeof *window.values), 0};
    assert_non_null(window.samples);
    assert_non_null(window.values);
    snprintf(line, sizeof line, "focal --stat %s --size %dx%d%s%s", names[stat], size[0], size[1],
             to == shape->type ? "" : " --type ", to == shape->type ? "" : rst_type_name(to));
    void *result = neighbour_run_each(line, shape, pixels, &options, &out);
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands); at++) {
        int64_t pixel = (int64_t)at / shape->bands, place[2] = {pixel % shape->width, pixel / shape->width};
        union rst_sample got = neighbour_sample(&out, result, at);
        if (shape->has_nodata && rst_sample_equal(neighbour_sample(shape, pixels, at), shape->nodata, shape->type)) {
            assert_true(rst_sample_equal(got, out.nodata, to));
            continue;
        }
        gather(shape, border, pixels, place, (int32_t)(at % (size_t)shape->bands), size, &window);
        check_pixel(shape, stat, &window, to, got, line);
    }
    free(result);
    free(window.samples);
    free(window.values);
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

/* Few values, so that they occur again. */
static void make_few(const struct rst_shape *shape, void *pixels, uint64_t seed)
{
    size_t size = rst_type_size(shape->type);
    for (size_t at = 0; at < oprun_bytes(shape) / size; at++) {
        union rst_sample sample = rst_sample_from_double((double)(layout_random(&seed) % 5) * 13 - 20, shape->type);
        if (layout_random(&seed) % 9 == 0) continue;
        memcpy((char *)pixels + at * size, sample.bytes, size);
    }
}

static void each(bool has_nodata)
{
    static const int sizes[][2] = {{3, 3}, {5, 1}, {1, 7}, {9, 5}, {1, 1}, {13, 15}};
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (enum stat stat = 0; stat < STATS; stat++)
            for (int size = 0; size < neighbour_size_count; size++, turn++) {
                struct rst_shape shape =
                    shape_of(type, neighbour_sizes[size].width, neighbour_sizes[size].height, 1 + (int32_t)turn % 4);
                shape.has_nodata = has_nodata;
                shape.nodata = rst_sample_from_double(rst_type_is_float(type) && turn % 2 ? (double)NAN : 77, type);
                void *pixels = average_pixels(&shape, (enum average_fill)(turn / 2 % AVERAGE_FILLS), seed + turn);
                if (stat == MODE || stat == ENTROPY) make_few(&shape, pixels, seed + turn);
                check(&shape, &neighbour_borders[turn % (unsigned)neighbour_border_count], pixels, stat,
                      sizes[turn / 3 % 6],
                      turn % 3 == 0   ? RST_F32
                      : turn % 3 == 1 ? RST_F64
                                      : type);
                free(pixels);
            }
}

static void test_reference(void **state)
{
    (void)state;
    each(false);
}

static void test_nodata(void **state)
{
    (void)state;
    each(true);
}

/* Windows wider and higher than the image, and the largest. */
static void test_large(void **state)
{
    (void)state;
    static const int sizes[][2] = {{61, 3}, {3, 61}, {255, 255}};
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (enum stat stat = 0; stat < STATS; stat++)
            for (int size = 0; size < 3; size++) {
                bool counts = stat == MODE || stat == ENTROPY;
                struct rst_shape shape = shape_of(type, size == 2 ? 2 : 33, size == 2 ? 2 : 5, 1);
                shape.has_nodata = (type + stat) % 2;
                void *pixels = average_pixels(&shape, stat % 2 ? AVERAGE_EXTREMES : AVERAGE_NOISE, 3);
                if (counts) make_few(&shape, pixels, 5);
                check(&shape, &neighbour_borders[stat % 5], pixels, stat, sizes[size], RST_F64);
                free(pixels);
            }
}

static void test_specials(void **state)
{
    (void)state;
    static const double specials[] = {0, -0.0, 1, 2.5, (double)NAN, (double)INFINITY, 2.5, -(double)INFINITY, 3, 1e200};
    static const int size[2] = {3, 3};
    const struct rst_border border = {RST_REPLICATE, 0};
    uint64_t seed = 4;
    for (enum stat stat = 0; stat < STATS; stat++)
        for (int turn = 0; turn < 6; turn++) {
            double pixels[70];
            struct rst_shape shape = shape_of(RST_F64, 10, 7, 1);
            shape.has_nodata = turn % 2;
            shape.nodata.f64 = 3;
            for (int i = 0; i < 70; i++)
                pixels[i] = specials[layout_random(&seed) % (turn < 4 ? 10 : 4)];
            if (turn < 4) /* squares of 1e200 are beyond doubles, but not beyond extended precision */
                for (int i = 0; i < 70; i++)
                    pixels[i] = pixels[i] == 1e200 && stat >= DEVIATION ? 7 : pixels[i];
            check(&shape, &border, pixels, stat, size, RST_F64);
        }
}

/* Beside a hole a single sample deviates by nothing, however large. */
static void test_lonely(void **state)
{
    (void)state;
    const double pixels[3] = {3, 1e200, 3};
    struct rst_shape shape = shape_of(RST_F64, 3, 1, 1);
    struct rst_run_options options = {.threads = 1};
    shape.has_nodata = true;
    shape.nodata.f64 = 3;
    double *result = neighbour_run_each("focal --stat variance", &shape, pixels, &options, NULL);
    assert_true(result[0] == 3 && result[1] == 0 && result[2] == 3);
    free(result);
}

/* 64-bit integers that doubles cannot tell apart. */
static void test_exact(void **state)
{
    (void)state;
    const uint64_t pixels[5] = {9007199254740993, 9007199254740992, 9007199254740993, UINT64_MAX, UINT64_MAX - 1};
    const uint64_t modes[5] = {9007199254740993, 9007199254740993, 9007199254740992, 9007199254740993, UINT64_MAX - 1};
    const uint64_t ranges[5] = {1, 1, UINT64_MAX - 9007199254740992, UINT64_MAX - 9007199254740993, 1};
    struct rst_shape shape = shape_of(RST_U64, 5, 1, 1);
    struct rst_run_options options = {.threads = 1};
    uint64_t *mode = neighbour_run_each("focal --stat mode --size 3x1", &shape, pixels, &options, NULL);
    uint64_t *range = neighbour_run_each("focal --stat range --size 3x1", &shape, pixels, &options, NULL);
    assert_memory_equal(mode, modes, sizeof modes);
    assert_memory_equal(range, ranges, sizeof ranges);
    free(mode);
    free(range);
}

static void test_promise(void **state)
{
    (void)state;
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_I32, RST_F32, RST_F64};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (enum stat stat = 0; stat < STATS; stat++)
            for (int holes = 0; holes < 2; holes++) {
                char line[100];
                struct rst_shape shape = shape_of(types[i], 131, 40, 3);
                struct rst_run_options whole = {.threads = 1, .border.rule = RST_REFLECT}, tiles = whole;
                struct rst_error err = {0};
                shape.has_nodata = holes;
                snprintf(line, sizeof line, "focal --stat %s --size 7x5 ! focal --stat %s --size 3", names[stat],
                         names[stat]);
                void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
                void *expected = neighbour_run(line, &shape, pixels, &whole, NULL);
                tiles.threads = 3;
                tiles.tile_width = 11;
                tiles.tile_height = 5;
                assert_int_equal(oprun_in_place(line, &shape, pixels, &tiles, &err), RST_OK);
                if (memcmp(expected, pixels, oprun_bytes(&shape)) != 0)
                    fail_msg("%s on %s", line, rst_type_name(types[i]));
                free(expected);
                free(pixels);
            }
}

static void test_collisions(void **state)
{
    (void)state;
    const uint8_t pixels[5] = {7, 7, 7, 0, 9};
    struct rst_shape shape = shape_of(RST_U8, 5, 1, 1), out;
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    shape.has_nodata = true;
    uint8_t *result = neighbour_run("focal --stat range --size 3x1", &shape, pixels, &options, &out);
    const uint8_t expected[5] = {0, 0, 0, 0, 0};
    assert_memory_equal(result, expected, 5);
    assert_int_equal(report.collisions, 4);
    free(result);
}

static void refused(const struct rst_shape *shape, const char *line, const char *part)
{
    struct rst_error err = {0};
    assert_int_equal(oprun(line, shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, part)) fail_msg("%s: '%s', not '%s'", line, err.message, part);
}

static void test_errors(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 4, 4, 1);
    struct rst_error err = {0};
    refused(&shape, "focal --stat mean --size 4x3", "4x3: both sides must be odd");
    refused(&shape, "focal --stat mean --size 3x2", "3x2: both sides must be odd");
    refused(&shape, "focal --stat mean --size 257", "out of range");
    refused(&shape, "focal --stat median", "one of mean|sum|min");
    refused(&shape, "focal", "needs --stat");
    shape.palette = true;
    refused(&shape, "focal --stat mean", "colour map");
    refused(&shape, "focal --stat entropy --type f32", "colour map");
    assert_int_equal(oprun("focal --stat mode", &shape, NULL, NULL, NULL, NULL, &err), RST_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_nodata),     cmocka_unit_test(test_large),
        cmocka_unit_test(test_specials),  cmocka_unit_test(test_lonely),     cmocka_unit_test(test_exact),
        cmocka_unit_test(test_promise),   cmocka_unit_test(test_collisions), cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
