/* scale against the line in double: every type into every other, ranges given, found, and by percentiles, for each band
 * and for all; alpha, nodata, NaN and infinities. */
#define _GNU_SOURCE 1
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/raster.h"
#include "tests/support/average.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

struct line {
    double low, high, to_low, to_high;
};

static double end_of(enum rst_type type, double sign)
{
    if (rst_type_is_float(type)) return sign > 0;
    return rst_sample_to_double(rst_sample_from_double(sign * (double)INFINITY, type), type);
}

static union rst_sample expected_of(const struct line *line, double v, enum rst_type type)
{
    if (v <= line->low) return rst_sample_from_double(line->to_low, type);
    if (v >= line->high) return rst_sample_from_double(line->to_high, type);
    double scale = (line->to_high - line->to_low) / (line->high - line->low);
    return rst_sample_from_double((v - line->low) * scale + line->to_low, type);
}

/* Lines of all bands; NULL where a band stays. */
static void check(const char *pipeline, const struct rst_shape *shape, const void *pixels, const struct line *lines)
{
    struct rst_run_options options = {.threads = 2, .tile_height = 3};
    struct rst_shape to;
    void *result = neighbour_run_each(pipeline, shape, pixels, &options, &to);
    for (size_t i = 0; i < (size_t)(shape->width * shape->height * shape->bands); i++) {
        union rst_sample sample = neighbour_sample(shape, pixels, i), got = neighbour_sample(&to, result, i);
        int32_t band = (int32_t)(i % (size_t)shape->bands);
        double v = rst_sample_to_double(sample, shape->type);
        union rst_sample expected = expected_of(&lines[band], v, to.type);
        if (shape->bands > 1 && band == shape->opacity && to.type == shape->type) expected = sample;
        if (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type))
            expected = to.type == shape->type ? sample : to.nodata;
        if (!rst_sample_equal(got, expected, to.type))
            fail_msg("%s of %s, band %d: %.17g became %.17g, not %.17g", pipeline, rst_type_name(shape->type),
                     (int)band, v, rst_sample_to_double(got, to.type), rst_sample_to_double(expected, to.type));
    }
    free(result);
}

/* From the least to the greatest finite sample of bands first ... end - 1 without alpha. */
static void find_range(const struct rst_shape *shape, const void *pixels, int32_t first, int32_t end, struct line *line)
{
    line->low = INFINITY;
    line->high = -INFINITY;
    for (size_t i = 0; i < (size_t)(shape->width * shape->height * shape->bands); i++) {
        union rst_sample sample = neighbour_sample(shape, pixels, i);
        int32_t band = (int32_t)(i % (size_t)shape->bands);
        double v = rst_sample_to_double(sample, shape->type);
        if (band < first || band >= end || (shape->bands > 1 && end > first + 1 && band == shape->opacity)) continue;
        if (!isfinite(v) || (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type))) continue;
        line->low = fmin(line->low, v);
        line->high = fmax(line->high, v);
    }
}

static void set_lines(const struct rst_shape *shape, const void *pixels, bool joint, enum rst_type to,
                      struct line *lines)
{
    for (int32_t band = 0; band < shape->bands; band++) {
        find_range(shape, pixels, joint ? 0 : band, joint ? shape->bands : band + 1, &lines[band]);
        lines[band].to_low = end_of(to, -1);
        lines[band].to_high = end_of(to, 1);
        if (shape->bands > 1 && band == shape->opacity)
            lines[band] = (struct line){0, end_of(shape->type, 1), 0, end_of(to, 1)};
    }
}

static void every_pair(void **state)
{
    (void)state;
    for (int from = 0; from < RST_TYPE_COUNT; from++)
        for (int to = 0; to < RST_TYPE_COUNT; to++) {
            struct rst_shape shape = shape_of((enum rst_type)from, 67, 7, 1 + (from + to) % 4);
            char pipeline[80];
            struct line lines[4];
            bool joint = to % 2;
            if (shape.bands > 2) shape.alpha = shape.opacity = shape.bands - 1;
            shape.has_nodata = (from + to) % 3 == 0;
            shape.nodata = rst_sample_from_double(11, shape.type);
            void *pixels =
                average_pixels(&shape, (enum average_fill)((from + 2 * to) % 2), (uint64_t)from * 10 + (uint64_t)to);
            set_lines(&shape, pixels, joint, (enum rst_type)to, lines);
            snprintf(pipeline, sizeof pipeline, "scale --joint %s --type %s", joint ? "yes" : "no",
                     rst_type_name((enum rst_type)to));
            check(pipeline, &shape, pixels, lines);
            free(pixels);
        }
}

static void ranges_given(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = shape_of((enum rst_type)type, 67, 7, 2);
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 5);
        struct line lines[2] = {{10.5, 99, 3, 90}, {10.5, 99, 3, 90}};
        check("scale --src-min 10.5 --src-max 99 --dst-min 3 --dst-max 90", &shape, pixels, lines);
        lines[0].to_low = lines[1].to_low = 100; /* bright to dark */
        check("scale --src-min 10.5 --src-max 99 --dst-min 100 --dst-max 90", &shape, pixels, lines);
        set_lines(&shape, pixels, false, shape.type, lines);
        lines[0].low = lines[1].low = 10.5;
        check("scale --src-min 10.5", &shape, pixels, lines);
        free(pixels);
    }
}

static void percentiles(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = shape_of((enum rst_type)type, 101, 1, 2); /* 101 samples: percentile p is the p-th */
        struct line lines[2];
        size_t size = rst_type_size(shape.type);
        char pixels[202 * 8];
        for (int i = 0; i < 101; i++) {
            int at = i * 37 % 101; /* all of 0 ... 100, in some order */
            union rst_sample first = rst_sample_from_double(at, shape.type);
            union rst_sample second = rst_sample_from_double(at == 100 ? 127 : at / 2, shape.type);
            memcpy(pixels + (size_t)(2 * i) * size, &first, size);
            memcpy(pixels + (size_t)(2 * i + 1) * size, &second, size);
        }
        lines[0] = (struct line){2, 98, 0, 50};
        lines[1] = (struct line){1, 49, 0, 50};
        check("scale --percent 2,98 --dst-min 0 --dst-max 50", &shape, pixels, lines);
        lines[0] = lines[1] = (struct line){0, 127, 0, 50};
        check("scale --percent 0,100 --joint yes --dst-min 0 --dst-max 50", &shape, pixels, lines);
    }
}

static void odd_floats(void **state)
{
    (void)state;
    for (enum rst_type type = RST_F32; type <= RST_F64; type++) {
        struct rst_shape shape = shape_of(type, 7, 1, 1);
        const double values[7] = {-INFINITY, -2, 0, 2, INFINITY, NAN, -0.0};
        const double expected[7] = {0, 0, 0.5, 1, 1, NAN, 0.5};
        float floats[7];
        double doubles[7];
        for (int i = 0; i < 7; i++) {
            floats[i] = (float)values[i];
            doubles[i] = values[i];
        }
        const void *pixels = type == RST_F32 ? (const void *)floats : doubles;
        void *result = neighbour_run_each("scale", &shape, pixels, &(struct rst_run_options){0}, NULL);
        for (size_t i = 0; i < 7; i++) {
            double got = rst_sample_to_double(neighbour_sample(&shape, result, i), type);
            assert_true(got == expected[i] || (isnan(got) && isnan(expected[i])));
        }
        free(result);
    }
}

/* A flat band, one with nothing in it, and the widest range of doubles. */
static void nothing_to_stretch(void **state)
{
    struct rst_shape shape = shape_of(RST_F64, 2, 1, 3);
    const double pixels[6] = {5, NAN, -1.7e308, 5, NAN, 1.7e308};
    double *result =
        neighbour_run_each("scale --dst-min 3 --dst-max 4", &shape, pixels, &(struct rst_run_options){0}, NULL);
    (void)state;
    assert_true(result[0] == 3 && result[3] == 3);
    assert_true(isnan(result[1]) && isnan(result[4]));
    assert_true(result[2] == 3 && result[5] == 4);
    free(result);
}

static void expect_refused(const char *pipeline, const char *words)
{
    struct rst_shape shape = shape_of(RST_F64, 2, 1, 1);
    double pixels[2] = {1, 2};
    struct rst_error err = {0};
    assert_int_equal(oprun(pipeline, &shape, pixels, NULL, pixels, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

static void refused(void **state)
{
    (void)state;
    expect_refused("scale --src-min 5 --src-max 5", "--src-min 5 is not below --src-max 5");
    expect_refused("scale --src-min 5 --src-max 6 --percent 2,98", "already tell");
    expect_refused("scale --percent 2", "takes two percentiles");
    expect_refused("scale --percent 98,2", "the lower one first");
    expect_refused("scale --percent 2,101", "out of range");
    expect_refused("scale --dst-min -1.7e308 --dst-max 1.7e308", "farther than a number goes");
}

static void in_place(void **state)
{
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_F32, RST_U64};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct rst_shape shape = shape_of(types[i], 131, 40, 3);
        struct rst_run_options whole = {.threads = 1}, tiles = {.threads = 3, .tile_width = 11, .tile_height = 5};
        struct rst_error err = {0};
        shape.alpha = shape.opacity = 2;
        shape.has_nodata = i % 2;
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
        void *expected = neighbour_run("scale --percent 10,95", &shape, pixels, &whole, NULL);
        assert_int_equal(oprun_in_place("scale --percent 10,95", &shape, pixels, &tiles, &err), RST_OK);
        assert_memory_equal(expected, pixels, oprun_bytes(&shape));
        free(expected);
        free(pixels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair), cmocka_unit_test(ranges_given),       cmocka_unit_test(percentiles),
        cmocka_unit_test(odd_floats), cmocka_unit_test(nothing_to_stretch), cmocka_unit_test(refused),
        cmocka_unit_test(in_place),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
