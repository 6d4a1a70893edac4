/* Percentiles against sorting: every type, any bands, with nodata, NaN and infinities, many at once; the order
 * statistics exactly, and the line between them. */
#define _GNU_SOURCE 1
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/raster.h"
#include "tests/support/average.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static struct rst_percentiles *percentiles_of(struct rst_raster *raster, const struct rst_percentile_settings *settings,
                                              const struct rst_run_options *options)
{
    struct rst_error err = {0};
    struct rst_reduction reduction = rst_percentile_reduction;
    void *result = NULL;
    reduction.settings = settings;
    if (rst_reduce(&reduction, NULL, raster, options, &result, &err)) fail_msg("%s", err.message);
    return result;
}

static enum rst_type sorted_type;

static int by_value(const void *a, const void *b)
{
    union rst_sample x = *(const union rst_sample *)a, y = *(const union rst_sample *)b;
    switch (sorted_type) {
#define ORDER(UPPER, lower, ctype)                                                                                     \
    case RST_##UPPER:                                                                                                  \
        return (x.lower > y.lower) - (x.lower < y.lower);
        RST_TYPES(ORDER)
#undef ORDER
    default:
        return 0;
    }
}

/* The valid samples of bands first ... end - 1 but `without`, in order. */
static union rst_sample *sorted(const struct rst_shape *shape, const void *pixels, int32_t first, int32_t end,
                                int32_t without, size_t *count)
{
    size_t all = (size_t)(shape->width * shape->height * shape->bands);
    union rst_sample *samples = malloc((all + 1) * sizeof *samples);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        union rst_sample sample = neighbour_sample(shape, pixels, i);
        int32_t band = (int32_t)(i % (size_t)shape->bands);
        if (band < first || band >= end || band == without) continue;
        if (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type)) continue;
        if (isnan(rst_sample_to_double(sample, shape->type))) continue;
        samples[(*count)++] = sample;
    }
    sorted_type = shape->type;
    qsort(samples, *count, sizeof *samples, by_value);
    return samples;
}

static void compare(const struct rst_percentile *got, double percent, const union rst_sample *samples, size_t count,
                    enum rst_type type)
{
    if (count == 0) {
        assert_true(isnan(got->value));
        return;
    }
    double place = percent / 100 * (double)(count - 1), part = place - floor(place);
    size_t low = (size_t)place, high = part > 0 ? low + 1 : low;
    assert_true(rst_sample_equal(got->low, samples[low], type));
    assert_true(rst_sample_equal(got->high, samples[high], type));
    long double a = rst_sample_to_double(samples[low], type), b = rst_sample_to_double(samples[high], type);
    double expected = a == b ? (double)a : (double)(a + (b - a) * part);
    if (isnan(expected))
        assert_true(isnan(got->value));
    else if (isinf(expected))
        assert_true(got->value == expected);
    else
        assert_true(fabs(got->value - expected) <= 4e-16 * fmax(fabs((double)a), fabs((double)b)) + 0x1p-1073);
    if (part == 0) assert_true(got->value == (double)a);
}

static void check(const struct rst_shape *shape, void *pixels, const struct rst_percentile_settings *settings)
{
    struct rst_raster *raster = oprun_raster(shape, pixels);
    for (enum rst_isa isa = RST_ISA_BASE; isa <= rst_isa_best(); isa++) {
        struct rst_run_options options = {.threads = 1 + (int)isa, .isa = isa};
        struct rst_percentiles *percentiles = percentiles_of(raster, settings, &options);
        assert_int_equal(percentiles->bands, settings->joint ? 1 : shape->bands);
        assert_int_equal(percentiles->count, settings->count);
        for (int32_t band = 0; band < percentiles->bands; band++) {
            size_t count;
            int32_t end = settings->joint ? shape->bands : band + 1;
            int32_t without = settings->joint && shape->bands > 1 ? shape->opacity : -1;
            union rst_sample *samples = sorted(shape, pixels, band, end, without, &count);
            assert_int_equal(rst_percentiles_valid(percentiles, band), count);
            for (int32_t i = 0; i < settings->count; i++)
                compare(&rst_percentiles_of(percentiles, band)[i], settings->percents[i], samples, count, shape->type);
            free(samples);
        }
        free(percentiles);
    }
    rst_close(&raster);
}

static const double few[] = {50, 2, 98, 0, 100, 33.3}, halves[] = {50};
static double many[RST_PERCENTILE_MOST];

static void every_type(void **state)
{
    static const int32_t bands[] = {1, 3, 4, 7};
    (void)state;
    for (int i = 0; i < RST_PERCENTILE_MOST; i++)
        many[i] = 100.0 * i / (RST_PERCENTILE_MOST - 1);
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t b = 0; b < 4; b++)
            for (int fill = 0; fill < AVERAGE_FILLS; fill++) {
                struct rst_shape shape = shape_of((enum rst_type)type, 97, 11 + fill, bands[b]);
                shape.opacity = shape.alpha = bands[b] == 4 ? 3 : b == 2 ? 0 : -1;
                shape.has_nodata = (type + fill) % 2;
                shape.nodata = rst_sample_from_double(7, shape.type);
                void *pixels = average_pixels(&shape, (enum average_fill)fill, (uint64_t)type + 9);
                check(&shape, pixels, &(struct rst_percentile_settings){6, few, .joint = (fill + b) % 2});
                if (b == 1 && fill == 0)
                    check(&shape, pixels, &(struct rst_percentile_settings){RST_PERCENTILE_MOST, many, false});
                free(pixels);
            }
}

static void alpha_comes_first(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 1; bands < 4; bands++) {
            struct rst_shape shape = shape_of((enum rst_type)type, 60, 7, bands);
            shape.alpha = shape.opacity = 0;
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 2);
            check(&shape, pixels, &(struct rst_percentile_settings){6, few, .joint = true});
            free(pixels);
        }
}

static void set_sample(const struct rst_shape *shape, void *pixels, size_t i, double value)
{
    union rst_sample sample = rst_sample_from_double(value, shape->type);
    memcpy((char *)pixels + i * rst_type_size(shape->type), &sample, rst_type_size(shape->type));
}

static void odd_floats(void **state)
{
    (void)state;
    for (enum rst_type type = RST_F32; type <= RST_F64; type++)
        for (int nodata = 0; nodata < 3; nodata++) {
            struct rst_shape shape = shape_of(type, 61, 5, 2);
            shape.has_nodata = nodata > 0;
            shape.nodata = rst_sample_from_double(nodata > 1 ? NAN : 0, type);
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 4);
            for (size_t i = 0; i < 600; i += 11) {
                set_sample(&shape, pixels, i, i % 3 ? INFINITY : -INFINITY);
                set_sample(&shape, pixels, i + 5, i % 2 ? NAN : -0.0);
            }
            check(&shape, pixels, &(struct rst_percentile_settings){6, few, false});
            check(&shape, pixels, &(struct rst_percentile_settings){6, few, true});
            for (size_t i = 0; i < 610; i++) /* nothing in a band; then nothing at all */
                set_sample(&shape, pixels, i, i % 2 ? NAN : (double)i);
            check(&shape, pixels, &(struct rst_percentile_settings){6, few, false});
            for (size_t i = 0; i < 610; i++)
                set_sample(&shape, pixels, i, NAN);
            check(&shape, pixels, &(struct rst_percentile_settings){6, few, false});
            free(pixels);
        }
}

/* One sample; two that differ in their last bit only, and so part in the last round alone; two that part in the first
 * one. */
static void few_samples(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = shape_of((enum rst_type)type, 2, 1, 1);
        size_t size = rst_type_size(shape.type);
        unsigned char pixels[16] = {0};
        check(&shape, pixels, &(struct rst_percentile_settings){1, halves, false});
        pixels[0] = 1; /* in the memory of a little-endian machine the lowest byte */
        check(&shape, pixels, &(struct rst_percentile_settings){1, halves, false});
        check(&shape, pixels, &(struct rst_percentile_settings){6, few, false});
        pixels[size - 1] = 0x3f;
        check(&shape, pixels, &(struct rst_percentile_settings){6, few, false});
        shape.width = 1;
        check(&shape, pixels, &(struct rst_percentile_settings){6, few, false});
    }
}

static void passes_of(enum rst_type type, int32_t bands, int32_t count, const double *percents, int passes, int most)
{
    struct rst_shape shape = shape_of(type, 1000, 1000, bands);
    struct rst_raster *raster = layout_make(LAYOUT_BIL, RST_READ, &shape, 17);
    const struct rst_percentile_settings settings = {count, percents, false};
    struct rst_reduction reduction = rst_percentile_reduction;
    struct rst_report report;
    struct rst_cost cost;
    struct rst_run_options options = {.threads = 2, .report = &report};
    reduction.settings = &settings;
    free(percentiles_of(raster, &settings, &options));
    assert_int_equal(rst_reduce_cost(&reduction, NULL, raster, &options, &cost, NULL), RST_OK);
    assert_int_equal(report.passes, passes);
    assert_int_equal(cost.passes, most);
    assert_int_equal(cost.buffer_bytes, report.buffer_bytes);
    assert_true(cost.buffer_bytes < (uint64_t)(4 * bands) * ((65537 * 8 * 4) + 100000) + (1 << 20));
    rst_close(&raster);
}

static void rounds_are_few(void **state)
{
    static const double three[] = {2, 50, 98}, ends[] = {100};
    (void)state;
    passes_of(RST_U8, 3, 3, three, 1, 1);
    passes_of(RST_I16, 3, 3, three, 1, 1);
    passes_of(RST_F32, 1, 3, three, 2, 3);
    passes_of(RST_I32, 3, 1, halves, 2, 3);
    passes_of(RST_F64, 3, 3, three, 5, 5); /* neighbours of a place begin alike for 32 bits only */
    passes_of(RST_I64, 1, 1, ends, 4, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),  cmocka_unit_test(alpha_comes_first), cmocka_unit_test(odd_floats),
        cmocka_unit_test(few_samples), cmocka_unit_test(rounds_are_few),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
