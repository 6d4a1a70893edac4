/* Statistics: against sums in long double, sample by sample; and the same bytes however the work is divided. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/survey/stats.h"
#include "tests/support/layouts.h"

/* Pixels of a test: packed rows. */
struct image {
    struct rst_shape shape;
    char *samples;
    size_t pixel; /* bytes */
};

static struct image image_new(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    struct image image = {{.type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1},
                          NULL,
                          rst_type_size(type) * (size_t)bands};
    image.samples = calloc((size_t)(width * height), image.pixel);
    assert_non_null(image.samples);
    return image;
}

static size_t image_count(const struct image *image)
{
    return (size_t)(image->shape.width * image->shape.height * image->shape.bands);
}

static union rst_sample image_get(const struct image *image, size_t index)
{
    union rst_sample sample = {.u64 = 0};
    size_t size = rst_type_size(image->shape.type);
    memcpy(&sample, image->samples + index * size, size);
    return sample;
}

static void image_put(struct image *image, size_t index, union rst_sample sample)
{
    size_t size = rst_type_size(image->shape.type);
    memcpy(image->samples + index * size, &sample, size);
}

/* Noise over the whole range of integers, or among the few of small ones where `few`. */
static struct image image_noise(enum rst_type type, int64_t width, int64_t height, int32_t bands, bool few)
{
    struct image image = image_new(type, width, height, bands);
    for (size_t i = 0; i < image_count(&image); i++) {
        union rst_sample sample = layout_noise(5, type, (int64_t)i / bands, 0, (int32_t)(i % (size_t)bands));
        if (few) sample = rst_sample_from_double((double)(layout_noise(6, RST_U8, (int64_t)i, 0, 0).u8 % 10), type);
        image_put(&image, i, sample);
    }
    return image;
}

static void *sums_new(const struct image *image)
{
    void *sums = calloc(1, rst_stats_reduction.size(&rst_stats_reduction, &image->shape));
    assert_non_null(sums);
    assert_null(rst_stats_reduction.start);
    return sums;
}

static void add(const struct image *image, enum rst_isa isa, void *sums, int64_t x, int64_t y, int64_t width)
{
    const char *at = image->samples + (size_t)(y * image->shape.width + x) * image->pixel;
    const struct rst_run_of_pixels run = {at, x, y, width};
    rst_stats_reduction.row(&rst_stats_reduction, &image->shape, isa, sums, &run);
}

static const struct rst_band_stats *finished(const struct image *image, void *sums)
{
    rst_stats_reduction.finish(&rst_stats_reduction, &image->shape, sums);
    return sums;
}

static struct rst_band_stats *whole(const struct image *image, enum rst_isa isa)
{
    void *sums = sums_new(image);
    for (int64_t y = 0; y < image->shape.height; y++)
        add(image, isa, sums, 0, y, image->shape.width);
    (void)finished(image, sums);
    return sums;
}

/* ---- the reference ---- */

static long double value_of(union rst_sample sample, enum rst_type type)
{
    if (type == RST_U64) return sample.u64;
    if (type == RST_I64) return sample.i64;
    return rst_sample_to_double(sample, type);
}

static bool below(union rst_sample a, union rst_sample b, enum rst_type type)
{
    if (type == RST_U64) return a.u64 < b.u64;
    if (type == RST_I64) return a.i64 < b.i64;
    return rst_sample_to_double(a, type) < rst_sample_to_double(b, type);
}

struct expected {
    uint64_t valid, nodata, nan;
    union rst_sample min, max;
    long double sum, deviation, largest;
};

enum kind { VALID, NODATA, NOT_A_NUMBER };

static enum kind kind_of(const struct rst_shape *shape, union rst_sample sample)
{
    if (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type)) return NODATA;
    bool nan = rst_type_is_float(shape->type) && isnan(rst_sample_to_double(sample, shape->type));
    return nan ? NOT_A_NUMBER : VALID;
}

static void expect_counts(const struct image *image, int32_t band, struct expected *to)
{
    enum rst_type type = image->shape.type;
    for (size_t i = (size_t)band; i < image_count(image); i += (size_t)image->shape.bands) {
        union rst_sample sample = image_get(image, i);
        enum kind kind = kind_of(&image->shape, sample);
        to->nodata += kind == NODATA;
        to->nan += kind == NOT_A_NUMBER;
        if (kind != VALID) continue;
        if (to->valid == 0 || below(sample, to->min, type)) to->min = sample;
        if (to->valid == 0 || below(to->max, sample, type)) to->max = sample;
        to->valid++;
        to->sum += value_of(sample, type);
        to->largest = fmaxl(to->largest, fabsl(value_of(sample, type)));
    }
}

static struct expected expect(const struct image *image, int32_t band)
{
    struct expected to = {0};
    expect_counts(image, band, &to);
    long double squares = 0, rest = 0, mean = to.sum / (long double)to.valid;
    for (size_t i = (size_t)band; i < image_count(image); i += (size_t)image->shape.bands) {
        union rst_sample sample = image_get(image, i);
        if (kind_of(&image->shape, sample) != VALID) continue;
        long double distance = value_of(sample, image->shape.type) - mean;
        squares += distance * distance;
        rest += distance;
    }
    squares -= rest * rest / (long double)to.valid;
    to.deviation = sqrtl(squares / (long double)to.valid);
    return to;
}

/* NaN is near NaN, infinity near infinity. */
static bool is_near(double value, long double expected, long double error)
{
    if (isnan(expected) || isnan(value)) return isnan(expected) && isnan(value);
    if (isinf(expected) || isinf(value)) return value == (double)expected;
    return fabsl(value - expected) <= error;
}

static void check_band(const struct image *image, int32_t band, const struct rst_band_stats *got)
{
    struct expected want = expect(image, band);
    enum rst_type type = image->shape.type;
    assert_int_equal(got->valid, want.valid);
    assert_int_equal(got->nodata, want.nodata);
    assert_int_equal(got->nan, want.nan);
    if (want.valid == 0) {
        assert_true(got->min.u64 == 0 && got->max.u64 == 0 && got->min_value == 0 && got->max_value == 0);
        assert_true(isnan(got->sum) && isnan(got->mean) && isnan(got->deviation));
        return;
    }
    assert_true(rst_sample_equal(got->min, want.min, type) && rst_sample_equal(got->max, want.max, type));
    assert_true(got->min_value == rst_sample_to_double(want.min, type));
    assert_true(got->max_value == rst_sample_to_double(want.max, type));
    long double unit = want.largest * DBL_EPSILON, n = (long double)want.valid;
    bool real = rst_type_is_float(type);
    if (!is_near(got->sum, want.sum, real ? 4 * n * unit : DBL_EPSILON * fabsl(want.sum) + n * unit / 1000) ||
        !is_near(got->mean, want.sum / n, real ? 4 * unit : 2 * DBL_EPSILON * fabsl(want.sum / n) + unit / 1000) ||
        !is_near(got->deviation, want.deviation, 16 * DBL_EPSILON * want.deviation + (real ? unit : unit / 1000)))
        fail_msg("%s, %lld x %lld x %d, band %d: sum %.17g mean %.17g deviation %.17g, not %.17Lg %.17Lg %.17Lg",
                 rst_type_name(type), (long long)image->shape.width, (long long)image->shape.height,
                 (int)image->shape.bands, (int)band, got->sum, got->mean, got->deviation, want.sum, want.sum / n,
                 want.deviation);
}

/* Checks the statistics with every instruction set, and frees the image. */
static void check(struct image image)
{
    size_t bytes = sizeof(struct rst_band_stats) * (size_t)image.shape.bands;
    struct rst_band_stats *base = whole(&image, RST_ISA_BASE);
    for (int32_t band = 0; band < image.shape.bands; band++)
        check_band(&image, band, &base[band]);
    for (int isa = RST_ISA_BASE + 1; isa <= (int)rst_isa_best(); isa++) {
        struct rst_band_stats *other = whole(&image, (enum rst_isa)isa);
        assert_memory_equal(other, base, bytes);
        free(other);
    }
    free(base);
    free(image.samples);
}

/* ---- tests ---- */

static void every_type_and_number_of_bands(void **state)
{
    static const int64_t widths[] = {1, 2, 7, 63, 64, 65, 127, 250, 1000, 4099, 33000};
    static const int32_t bands[] = {1, 2, 3, 4, 5, 7, 130};
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            for (size_t b = 0; b < sizeof bands / sizeof *bands; b++)
                if (widths[w] * bands[b] < 70000)
                    check(image_noise((enum rst_type)type, widths[w], widths[w] > 1000 ? 1 : 3, bands[b], false));
}

static void more_bands_than_lanes(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 511; bands < 1100; bands += 256)
            check(image_noise((enum rst_type)type, 300, 1, bands, false));
}

static void nodata_is_left_out(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 1; bands <= 5; bands++)
            for (int value = 0; value < 10; value += 3) {
                struct image image = image_noise((enum rst_type)type, 517, 3, bands, true);
                image.shape.has_nodata = true;
                image.shape.nodata = rst_sample_from_double(value, (enum rst_type)type);
                check(image);
            }
}

static const double specials[] = {NAN, INFINITY, -INFINITY, -0.0, 0, 1e100, -1e-100};

/* Each alone, among numbers, and with another one. */
static void special_floats(void **state)
{
    static const size_t count = sizeof specials / sizeof *specials;
    (void)state;
    for (int type = RST_F32; type <= RST_F64; type++)
        for (size_t s = 0; s < count * count; s++)
            for (int nodata = 0; nodata < 3; nodata++) {
                struct image image = image_noise((enum rst_type)type, 301, 2, 2, true);
                for (size_t i = s; i < image_count(&image); i += 61)
                    image_put(&image, i,
                              rst_sample_from_double(specials[i % 2 ? s % count : s / count], (enum rst_type)type));
                image.shape.has_nodata = nodata > 0;
                image.shape.nodata = rst_sample_from_double(nodata == 1 ? NAN : 7, (enum rst_type)type);
                check(image);
            }
}

static struct image image_of_one(enum rst_type type, union rst_sample sample)
{
    struct image image = image_new(type, 70001, 1, 3);
    for (size_t i = 0; i < image_count(&image); i++)
        image_put(&image, i, sample);
    return image;
}

/* Lanes are at their fullest where all samples are extreme; the deviation is 0 to the last bit for integers. */
static void constant_images(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        const double values[] = {-INFINITY, INFINITY, 0, 1, 100};
        for (size_t v = rst_type_is_float((enum rst_type)type) ? 2 : 0; v < 5; v++) {
            struct image image =
                image_of_one((enum rst_type)type, rst_sample_from_double(values[v], (enum rst_type)type));
            struct rst_band_stats *stats = whole(&image, rst_isa_best());
            for (int band = 0; band < 3; band++) {
                assert_true(stats[band].deviation == 0);
                assert_true(stats[band].mean == stats[band].min_value);
            }
            free(stats);
            check(image);
        }
    }
}

static void nothing_valid(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int value = 0; value < 2; value++) {
            union rst_sample sample = rst_sample_from_double(value ? NAN : 9, (enum rst_type)type);
            struct image image = image_of_one((enum rst_type)type, sample);
            image.shape.has_nodata = true;
            image.shape.nodata = sample;
            check(image);
        }
    struct image image = image_of_one(RST_F32, (union rst_sample){.f32 = NAN});
    check(image);
}

/* Far from zero a sum of squares less a square of sums has nothing left. */
static void small_deviations_far_from_zero(void **state)
{
    (void)state;
    struct image image = image_new(RST_U64, 10000, 1, 1);
    for (size_t i = 0; i < 10000; i++)
        image_put(&image, i, (union rst_sample){.u64 = UINT64_MAX - i % 2});
    struct rst_band_stats *stats = whole(&image, rst_isa_best());
    assert_true(stats->deviation == 0.5);
    assert_true(stats->max.u64 == UINT64_MAX && stats->min.u64 == UINT64_MAX - 1);
    free(stats);
    check(image);
    image = image_new(RST_F64, 10000, 7, 1);
    for (size_t i = 0; i < image_count(&image); i++)
        image_put(&image, i, (union rst_sample){.f64 = 1e9 + (double)(i % 3) / 1024});
    stats = whole(&image, rst_isa_best());
    assert_true(fabs(stats->deviation - sqrt(2.0 / 3) / 1024) < 1e-7);
    free(stats);
    check(image);
}

static void beyond_the_range_of_a_double(void **state)
{
    (void)state;
    struct image image = image_new(RST_F64, 3, 2, 1);
    for (size_t i = 0; i < 6; i++)
        image_put(&image, i, (union rst_sample){.f64 = i % 2 ? DBL_MAX : DBL_MAX / 2});
    struct rst_band_stats *stats = whole(&image, RST_ISA_BASE);
    assert_true(isinf(stats->sum) && isinf(stats->mean) && !isfinite(stats->deviation));
    assert_true(stats->max_value == DBL_MAX && stats->min_value == DBL_MAX / 2);
    free(stats);
    free(image.samples);
}

static void zero_has_no_sign(void **state)
{
    (void)state;
    struct image image = image_of_one(RST_F64, (union rst_sample){.f64 = -0.0});
    struct rst_band_stats *stats = whole(&image, RST_ISA_BASE);
    assert_false(signbit(stats->min.f64) || signbit(stats->max_value) || signbit(stats->min_value));
    free(stats);
    check(image);
}

/* What the part from sample `at` on has seen, merged to what the part before has. */
static void *split(const struct image *image, int64_t at)
{
    void *sums = sums_new(image), *more = sums_new(image);
    int64_t width = image->shape.width;
    for (int64_t y = 0; y < image->shape.height; y++) {
        int64_t here = at - y * width < 0 ? 0 : at - y * width > width ? width : at - y * width;
        if (here > 0) add(image, RST_ISA_BASE, sums, 0, y, here);
        if (here < width) add(image, rst_isa_best(), more, here, y, width - here);
    }
    rst_stats_reduction.merge(&rst_stats_reduction, &image->shape, sums, more);
    free(more);
    (void)finished(image, sums);
    return sums;
}

static void check_split(const struct image *image, const struct rst_band_stats *all, int64_t at)
{
    size_t bytes = sizeof *all * (size_t)image->shape.bands;
    struct rst_band_stats *got = split(image, at);
    if (!rst_type_is_float(image->shape.type)) assert_memory_equal(got, all, bytes);
    for (int32_t band = 0; band < image->shape.bands; band++)
        check_band(image, band, &got[band]);
    free(got);
}

static void splits_change_nothing(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int kind = 0; kind < 3; kind++) {
            struct image image = image_noise((enum rst_type)type, 37, 2, 2, kind > 0);
            image.shape.has_nodata = kind == 2;
            image.shape.nodata = rst_sample_from_double(4, (enum rst_type)type);
            struct rst_band_stats *all = whole(&image, RST_ISA_BASE);
            for (int64_t at = 0; at <= image.shape.width * image.shape.height; at++)
                check_split(&image, all, at);
            free(all);
            free(image.samples);
        }
}

/* A part of nothing but nodata leaves no trace but its count. */
static void empty_parts(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int first = 0; first < 2; first++) {
            struct image image = image_new((enum rst_type)type, 100, 2, 1);
            for (size_t i = 0; i < 200; i++) {
                bool missing = (i < 100) == (first == 1);
                image_put(&image, i, rst_sample_from_double(missing ? 100 : 5, (enum rst_type)type));
            }
            image.shape.has_nodata = true;
            image.shape.nodata = rst_sample_from_double(100, (enum rst_type)type);
            struct rst_band_stats *got = split(&image, 100);
            check_band(&image, 0, got);
            assert_true(got->deviation == 0 && got->min_value == 5 && got->max_value == 5);
            free(got);
            free(image.samples);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_number_of_bands),
        cmocka_unit_test(more_bands_than_lanes),
        cmocka_unit_test(nodata_is_left_out),
        cmocka_unit_test(special_floats),
        cmocka_unit_test(constant_images),
        cmocka_unit_test(nothing_valid),
        cmocka_unit_test(small_deviations_far_from_zero),
        cmocka_unit_test(beyond_the_range_of_a_double),
        cmocka_unit_test(zero_has_no_sign),
        cmocka_unit_test(splits_change_nothing),
        cmocka_unit_test(empty_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
