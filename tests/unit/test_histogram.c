/* Histograms against plain loops: every type, any bands, with nodata, NaN and infinities, bins of every kind, the same
 * whatever the threads, the layout and the instruction set. */
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

static struct rst_histogram *histogram_of(struct rst_raster *raster, const struct rst_histogram_settings *settings,
                                          const struct rst_run_options *options)
{
    struct rst_error err = {0};
    struct rst_reduction reduction = rst_histogram_reduction;
    void *result = NULL;
    reduction.settings = settings;
    if (rst_reduce(&reduction, NULL, raster, options, &result, &err)) fail_msg("%s", err.message);
    return result;
}

/* What a plain loop finds. */
struct plain {
    uint64_t valid, nodata, nan, below, above;
    uint64_t *counts;
    double low, high;
};

static bool is_nodata(const struct rst_shape *shape, union rst_sample sample)
{
    return shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type);
}

static void find_range(const struct rst_shape *shape, const void *pixels, int32_t first, int32_t end,
                       struct plain *plain)
{
    size_t count = (size_t)(shape->width * shape->height * shape->bands);
    plain->low = INFINITY;
    plain->high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        union rst_sample sample = neighbour_sample(shape, pixels, i);
        double v = rst_sample_to_double(sample, shape->type);
        int32_t band = (int32_t)(i % (size_t)shape->bands);
        if (band < first || band >= end || is_nodata(shape, sample) || !isfinite(v)) continue;
        plain->low = fmin(plain->low, v);
        plain->high = fmax(plain->high, v);
    }
    if (plain->low > plain->high) plain->low = plain->high = 0;
}

static void count(const struct rst_shape *shape, const void *pixels, int32_t band, int32_t bins, struct plain *plain)
{
    size_t samples = (size_t)(shape->width * shape->height * shape->bands);
    plain->counts = calloc((size_t)bins, sizeof *plain->counts);
    for (size_t i = (size_t)band; i < samples; i += (size_t)shape->bands) {
        union rst_sample sample = neighbour_sample(shape, pixels, i);
        double v = rst_sample_to_double(sample, shape->type), scale = bins / (plain->high - plain->low);
        if (is_nodata(shape, sample)) {
            plain->nodata++;
            continue;
        }
        if (isnan(v)) {
            plain->nan++;
            continue;
        }
        plain->valid++;
        if (v < plain->low)
            plain->below++;
        else if (v > plain->high)
            plain->above++;
        else if (plain->low == plain->high)
            plain->counts[0]++;
        else
            plain->counts[(size_t)fmin(floor((v - plain->low) * scale), bins - 1)]++;
    }
}

static void compare(const struct rst_histogram *histogram, int32_t band, const struct plain *plain)
{
    const struct rst_band_histogram *of = &histogram->band[band];
    assert_int_equal(of->valid, plain->valid);
    assert_int_equal(of->nodata, plain->nodata);
    assert_int_equal(of->nan, plain->nan);
    assert_int_equal(of->below, plain->below);
    assert_int_equal(of->above, plain->above);
    assert_true(of->low == plain->low && of->high == plain->high);
    assert_memory_equal(rst_histogram_counts(histogram, band), plain->counts,
                        (size_t)histogram->bins * sizeof *plain->counts);
}

/* The range and the bins that the settings mean for a band. */
static int32_t expected_bins(const struct rst_shape *shape, const struct rst_histogram_settings *settings,
                             const void *pixels, int32_t band, struct plain *plain)
{
    int32_t values = rst_type_size(shape->type) == 1 ? 256 : 65536;
    if (rst_type_size(shape->type) <= 2 && settings->exact) {
        plain->low = rst_type_is_signed(shape->type) ? -values / 2 : 0;
        plain->high = plain->low + values;
        return values;
    }
    plain->low = settings->low;
    plain->high = settings->high;
    if (!settings->has_range)
        find_range(shape, pixels, settings->one_range ? 0 : band, settings->one_range ? shape->bands : band + 1, plain);
    return settings->bins > 0 ? settings->bins : 256;
}

static void check(const struct rst_shape *shape, const void *pixels, const struct rst_histogram_settings *settings)
{
    struct rst_raster *raster = oprun_raster(shape, pixels);
    for (enum rst_isa isa = RST_ISA_BASE; isa <= rst_isa_best(); isa++) {
        struct rst_run_options options = {.threads = 1 + (int)isa, .isa = isa};
        struct rst_histogram *histogram = histogram_of(raster, settings, &options);
        assert_int_equal(histogram->bands, shape->bands);
        for (int32_t band = 0; band < shape->bands; band++) {
            struct plain plain = {0};
            int32_t bins = expected_bins(shape, settings, pixels, band, &plain);
            assert_int_equal(histogram->bins, bins);
            count(shape, pixels, band, bins, &plain);
            compare(histogram, band, &plain);
            free(plain.counts);
        }
        free(histogram);
    }
    rst_close(&raster);
}

static void set_sample(const struct rst_shape *shape, void *pixels, size_t i, double value)
{
    union rst_sample sample = rst_sample_from_double(value, shape->type);
    memcpy((char *)pixels + i * rst_type_size(shape->type), &sample, rst_type_size(shape->type));
}

static const struct rst_histogram_settings kinds[] = {
    {.exact = true},
    {.bins = 10},
    {.exact = true, .bins = 1000, .one_range = true},
    {.bins = 7, .has_range = true, .low = -20.5, .high = 90},
    {.bins = 1, .one_range = true},
};

static void every_type(void **state)
{
    static const int32_t bands[] = {1, 2, 3, 4, 5, 11};
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t b = 0; b < sizeof bands / sizeof *bands; b++)
            for (int fill = 0; fill < AVERAGE_FILLS; fill++)
                for (int holes = 0; holes < 2; holes++) {
                    struct rst_shape shape = shape_of((enum rst_type)type, 137, 9, bands[b]);
                    shape.has_nodata = holes;
                    shape.nodata = rst_sample_from_double(holes ? 7 : 0, shape.type);
                    void *pixels = average_pixels(&shape, (enum average_fill)fill, (uint64_t)type + 3);
                    size_t kind = (b + (size_t)fill + (size_t)type) % 5;
                    check(&shape, pixels, &kinds[kind]);
                    check(&shape, pixels, &kinds[(kind + 2) % 5]);
                    free(pixels);
                }
}

static void odd_floats(void **state)
{
    (void)state;
    for (enum rst_type type = RST_F32; type <= RST_F64; type++)
        for (int nan = 0; nan < 2; nan++)
            for (size_t kind = 0; kind < 5; kind++) {
                struct rst_shape shape = shape_of(type, 61, 5, 2);
                shape.has_nodata = true;
                shape.nodata = rst_sample_from_double(nan ? NAN : 0, type);
                void *pixels = average_pixels(&shape, AVERAGE_NOISE, 4);
                for (size_t i = 0; i < 600; i += 11) {
                    set_sample(&shape, pixels, i, i % 3 ? INFINITY : -INFINITY);
                    set_sample(&shape, pixels, i + 5, i % 2 ? NAN : -0.0);
                }
                check(&shape, pixels, &kinds[kind]);
                for (size_t i = 0; i < 610; i++) /* nothing, or nothing finite, in a band */
                    set_sample(&shape, pixels, i, i % 2 ? NAN : INFINITY);
                check(&shape, pixels, &kinds[kind]);
                free(pixels);
            }
}

/* Ranges whose width, or its inverse, is no double. */
static void extreme_ranges(void **state)
{
    const double values[][2] = {{-0x1.fp1023, 0x1.fp1023}, {0, 0x1p-1074}, {1, 1 + 0x1p-52}, {-0x1p-1060, 0x1p-1060}};
    struct rst_shape shape = shape_of(RST_F64, 2, 1, 1);
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct rst_raster *raster = oprun_raster(&shape, values[i]);
        struct rst_histogram *histogram = histogram_of(raster, &(struct rst_histogram_settings){.bins = 4}, NULL);
        assert_int_equal(rst_histogram_counts(histogram, 0)[0], 1);
        assert_int_equal(rst_histogram_counts(histogram, 0)[3], 1);
        free(histogram);
        rst_close(&raster);
    }
}

static void whatever_the_layout(void **state)
{
    static const struct {
        enum rst_type type;
        int64_t width, height;
        int32_t bands;
    } images[] = {{RST_U8, 700, 900, 3}, {RST_I16, 300, 400, 2}, {RST_F32, 300, 300, 3}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rst_shape shape = shape_of(images[i].type, images[i].width, images[i].height, images[i].bands);
        struct rst_histogram *expected = NULL;
        for (int kind = 0; kind < LAYOUT_KINDS; kind++) {
            struct rst_raster *raster = layout_make((enum layout_kind)kind, RST_READ, &shape, 17);
            struct rst_run_options options = {.threads = 1 + kind % 4};
            struct rst_histogram *histogram = histogram_of(raster, NULL, &options);
            size_t bytes = sizeof *histogram + (size_t)shape.bands * sizeof *histogram->band;
            if (!expected) {
                expected = histogram;
                rst_close(&raster);
                continue;
            }
            assert_memory_equal(histogram, expected, bytes);
            for (int32_t band = 0; band < shape.bands; band++)
                assert_memory_equal(rst_histogram_counts(histogram, band), rst_histogram_counts(expected, band),
                                    (size_t)histogram->bins * sizeof(uint64_t));
            free(histogram);
            rst_close(&raster);
        }
        free(expected);
    }
}

static void rounds_are_counted(void **state)
{
    struct rst_shape shape = shape_of(RST_F32, 100, 100, 1);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_READ, &shape, 17);
    struct rst_report report;
    struct rst_cost cost;
    struct rst_run_options options = {.threads = 1, .report = &report};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct rst_reduction reduction = rst_histogram_reduction;
        reduction.settings = &kinds[i];
        free(histogram_of(raster, &kinds[i], &options));
        assert_int_equal(report.passes, kinds[i].has_range ? 1 : 2);
        assert_int_equal(rst_reduce_cost(&reduction, NULL, raster, &options, &cost, NULL), RST_OK);
        assert_int_equal(cost.passes, report.passes);
        assert_int_equal(cost.buffer_bytes, report.buffer_bytes);
    }
    rst_close(&raster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),          cmocka_unit_test(odd_floats),         cmocka_unit_test(extreme_ranges),
        cmocka_unit_test(whatever_the_layout), cmocka_unit_test(rounds_are_counted),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
