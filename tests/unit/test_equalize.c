/* equalize and match against the definition in plain loops: every type, alpha, nodata, NaN and infinities, flat bands,
 * references of other sizes and types; in place and cut into tiles. */
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
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

enum { PARTS = 65536 };

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static bool counts(const struct rst_shape *shape, union rst_sample sample)
{
    if (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type)) return false;
    return isfinite(rst_sample_to_double(sample, shape->type));
}

/* A band's samples in bins: of 8 and 16 bits the values, else PARTS between the least and the greatest. */
struct bins {
    double low, high, scale;
    int32_t count;
    uint64_t *counts, total;
};

static int32_t bin_of(const struct bins *bins, double v)
{
    if (v <= bins->low) return 0;
    if (v >= bins->high) return bins->count - 1;
    return (int32_t)fmin((v - bins->low) * bins->scale, bins->count - 1);
}

static struct bins count_band(const struct rst_shape *shape, const void *pixels, int32_t band)
{
    struct bins bins = {.low = INFINITY, .high = -INFINITY, .count = PARTS};
    size_t all = (size_t)(shape->width * shape->height * shape->bands), size = rst_type_size(shape->type);
    for (size_t i = (size_t)band; i < all; i += (size_t)shape->bands) {
        union rst_sample sample = neighbour_sample(shape, pixels, i);
        if (!counts(shape, sample)) continue;
        bins.low = fmin(bins.low, rst_sample_to_double(sample, shape->type));
        bins.high = fmax(bins.high, rst_sample_to_double(sample, shape->type));
    }
    if (size <= 2) {
        bins.count = size == 1 ? 256 : PARTS;
        bins.low = rst_type_is_signed(shape->type) ? -bins.count / 2 : 0;
        bins.high = bins.low + bins.count;
    }
    if (!(bins.low <= bins.high)) bins.low = bins.high = 0;
    bins.scale = bins.high > bins.low ? bins.count / (bins.high - bins.low) : 0;
    bins.counts = calloc((size_t)bins.count, sizeof *bins.counts);
    for (size_t i = (size_t)band; i < all; i += (size_t)shape->bands) {
        union rst_sample sample = neighbour_sample(shape, pixels, i);
        if (!counts(shape, sample)) continue;
        bins.counts[bin_of(&bins, rst_sample_to_double(sample, shape->type))]++;
        bins.total++;
    }
    return bins;
}

/* What equalize makes of each bin. NULL: the band stays. */
static union rst_sample *equalized(const struct bins *bins, enum rst_type type)
{
    union rst_sample low = rst_sample_from_double(-INFINITY, type), high = rst_sample_from_double(INFINITY, type);
    double least = rst_type_is_float(type) ? 0 : rst_sample_to_double(low, type);
    double span = rst_type_is_float(type) ? 1 : rst_sample_to_double(high, type) - least;
    uint64_t first = 0, below = 0;
    for (int32_t i = 0; i < bins->count && first == 0; i++)
        first = bins->counts[i];
    if (first == bins->total) return NULL;
    union rst_sample *map = calloc(PARTS, sizeof *map);
    for (int32_t i = 0; i < bins->count; i++) {
        below += bins->counts[i];
        uint64_t share = below > first ? below - first : 0;
        double y = (double)share / (double)(bins->total - first) * span;
        if (rst_type_size(type) == 1) y = rintf((float)share * (255.0f / (float)(bins->total - first)));
        map[i] = rst_sample_from_double(least + y, type);
    }
    return map;
}

static union rst_sample *matched(const struct bins *bins, enum rst_type type, const struct bins *reference,
                                 enum rst_type from)
{
    uint64_t below = 0;
    if (bins->total == 0 || reference->total == 0) return NULL;
    union rst_sample *map = calloc(PARTS, sizeof *map);
    uint64_t others = reference->counts[0];
    int32_t r = 0;
    for (int32_t i = 0; i < bins->count; i++) {
        below += bins->counts[i];
        while (others == 0 || (long double)others * bins->total < (long double)below * reference->total)
            others += reference->counts[++r];
        double part = (r + 0.5) / reference->count;
        double y = rst_type_size(from) <= 2 ? reference->low + r : reference->low * (1 - part) + reference->high * part;
        map[i] = rst_sample_from_double(y, type);
    }
    return map;
}

static void compare(const struct rst_shape *shape, const void *pixels, const void *result, int32_t band,
                    const struct bins *bins, const union rst_sample *map)
{
    size_t all = (size_t)(shape->width * shape->height * shape->bands), size = rst_type_size(shape->type);
    for (size_t i = (size_t)band; i < all; i += (size_t)shape->bands) {
        union rst_sample sample = neighbour_sample(shape, pixels, i), got = neighbour_sample(shape, result, i);
        double v = rst_sample_to_double(sample, shape->type);
        bool stays = !map || isnan(v) || (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type));
        union rst_sample expected = stays ? sample : map[bin_of(bins, v)];
        if (memcmp(&got, &expected, size) != 0)
            fail_msg("%s, band %d: %.17g became %.17g, not %.17g", rst_type_name(shape->type), (int)band, v,
                     rst_sample_to_double(got, shape->type), rst_sample_to_double(expected, shape->type));
    }
}

static void check_equalize(const struct rst_shape *shape, const void *pixels)
{
    struct rst_run_options options = {.threads = 2, .tile_height = 3};
    void *result = neighbour_run_each("equalize", shape, pixels, &options, NULL);
    for (int32_t band = 0; band < shape->bands; band++) {
        struct bins bins = count_band(shape, pixels, band);
        bool alpha = shape->bands > 1 && band == shape->opacity;
        union rst_sample *map = alpha ? NULL : equalized(&bins, shape->type);
        compare(shape, pixels, result, band, &bins, map);
        free(map);
        free(bins.counts);
    }
    free(result);
}

static void check_match(const struct rst_shape *shape, const void *pixels, const struct rst_shape *other, void *others)
{
    struct rst_raster *reference = oprun_raster(other, others);
    struct rst_run_options options = {.threads = 2, .others = &reference, .other_count = 1};
    void *result = neighbour_run_each("match", shape, pixels, &options, NULL);
    int32_t from = other->opacity == 0 && other->bands > 1 ? 1 : 0;
    bool one = other->bands - (other->opacity >= 0 && other->bands > 1) == 1;
    for (int32_t band = 0; band < shape->bands; band++) {
        struct bins bins = count_band(shape, pixels, band), of = count_band(other, others, from);
        bool alpha = shape->bands > 1 && band == shape->opacity;
        union rst_sample *map = alpha ? NULL : matched(&bins, shape->type, &of, other->type);
        compare(shape, pixels, result, band, &bins, map);
        if (!alpha && !one) from += from + 1 == other->opacity ? 2 : 1;
        if (from >= other->bands) from = 0;
        free(map);
        free(bins.counts);
        free(of.counts);
    }
    rst_close(&reference);
    free(result);
}

static void every_type(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 1; bands < 6; bands++) {
            struct rst_shape shape = shape_of((enum rst_type)type, 83, 9, bands);
            if (bands == 4) shape.alpha = shape.opacity = 3;
            if (bands == 2) shape.alpha = shape.opacity = 0;
            shape.has_nodata = (type + bands) % 2;
            shape.nodata = rst_sample_from_double(9, shape.type);
            int fill = bands == 5 ? AVERAGE_FLAT : bands == 3 ? AVERAGE_EXTREMES : AVERAGE_NOISE;
            void *pixels = average_pixels(&shape, (enum average_fill)fill, (uint64_t)type + (uint64_t)bands);
            check_equalize(&shape, pixels);
            free(pixels);
        }
}

static void odd_floats(void **state)
{
    (void)state;
    for (enum rst_type type = RST_F32; type <= RST_F64; type++) {
        struct rst_shape shape = shape_of(type, 50, 6, 2);
        unsigned char *pixels = average_pixels(&shape, AVERAGE_NOISE, 5);
        for (size_t i = 0; i < 600; i += 7) {
            double value = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
            union rst_sample sample = rst_sample_from_double(value, type);
            memcpy(pixels + i * rst_type_size(type), &sample, rst_type_size(type));
        }
        check_equalize(&shape, pixels);
        check_match(&shape, pixels, &shape, pixels);
        free(pixels);
    }
}

/* What cv::equalizeHist of OpenCV 4.6 makes of it. */
static void known_values(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 8, 1, 1);
    const uint8_t pixels[8] = {50, 50, 60, 60, 60, 70, 200, 255};
    const uint8_t expected[8] = {0, 0, 128, 128, 128, 170, 212, 255};
    (void)state;
    uint8_t *result = neighbour_run_each("equalize", &shape, pixels, &(struct rst_run_options){0}, NULL);
    assert_memory_equal(result, expected, 8);
    free(result);
}

static void references(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int turn = 0; turn < 6; turn++) {
            struct rst_shape shape = shape_of((enum rst_type)type, 83, 9, turn % 2 ? 4 : 3);
            struct rst_shape other = shape_of((enum rst_type)((type + turn) % RST_TYPE_COUNT), 40 + turn, 11, 3);
            if (turn % 2) shape.alpha = shape.opacity = 3;
            if (turn == 2) other.bands = 1;
            if (turn == 4) {
                other.bands = 4;
                other.alpha = other.opacity = 1;
            }
            other.has_nodata = turn == 5;
            other.nodata = rst_sample_from_double(9, other.type);
            void *pixels = average_pixels(&shape, turn % 3 ? AVERAGE_NOISE : AVERAGE_EXTREMES, 3);
            void *others = average_pixels(&other, AVERAGE_NOISE, 4);
            check_match(&shape, pixels, &other, others);
            free(pixels);
            free(others);
        }
}

/* A match with itself changes nothing where values are counted one by one. */
static void with_itself(void **state)
{
    (void)state;
    for (int type = 0; type <= RST_I16; type++) {
        struct rst_shape shape = shape_of((enum rst_type)type, 61, 7, 3);
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
        struct rst_raster *reference = oprun_raster(&shape, pixels);
        struct rst_run_options options = {.others = &reference, .other_count = 1};
        void *result = neighbour_run_each("match", &shape, pixels, &options, NULL);
        assert_memory_equal(result, pixels, oprun_bytes(&shape));
        free(result);
        free(pixels);
        rst_close(&reference);
    }
}

static void refused(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 6, 6, 3), other = shape_of(RST_U8, 6, 6, 2);
    uint8_t pixels[108] = {0};
    struct rst_error err = {0};
    struct rst_raster *reference = oprun_raster(&other, pixels);
    struct rst_run_options options = {.others = &reference, .other_count = 1};
    (void)state;
    assert_int_equal(oprun("match", &shape, pixels, &options, pixels, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "3 bands beside alpha, and the reference 2"));
    shape.bands = 1;
    shape.palette = true;
    err = (struct rst_error){0};
    assert_int_equal(oprun("match", &shape, pixels, &options, pixels, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "match takes samples for levels, and these are indices into a colour map"));
    err = (struct rst_error){0};
    assert_int_equal(oprun("equalize", &shape, pixels, NULL, pixels, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "palette expands them"));
    rst_close(&reference);
}

static void in_place(void **state)
{
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_F32};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct rst_shape shape = shape_of(types[i], 131, 40, 3);
        struct rst_run_options whole = {.threads = 1}, tiles = {.threads = 3, .tile_width = 11, .tile_height = 5};
        struct rst_error err = {0};
        shape.alpha = shape.opacity = 2;
        shape.has_nodata = i == 1;
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
        void *expected = neighbour_run("equalize", &shape, pixels, &whole, NULL);
        assert_int_equal(oprun_in_place("equalize", &shape, pixels, &tiles, &err), RST_OK);
        assert_memory_equal(expected, pixels, oprun_bytes(&shape));
        free(expected);
        free(pixels);
    }
}

/* Planar rasters are run band by band. */
static void band_by_band(void **state)
{
    static const char *const steps[] = {"equalize", "threshold --value otsu", "scale --percent 5,90"};
    (void)state;
    for (int type = RST_U8; type <= RST_F32; type += 4)
        for (int step = 0; step < 3; step++) {
            struct rst_shape shape = shape_of((enum rst_type)type, 90, 50, 3);
            struct rst_pipeline *pipeline = NULL;
            struct rst_error err = {0};
            shape.alpha = shape.opacity = 1;
            assert_int_equal(rst_pipeline_parse(steps[step], &pipeline, &err), RST_OK);
            void *expected = NULL;
            for (int kind = 0; kind < LAYOUT_KINDS; kind++) {
                struct rst_raster *in = layout_make((enum layout_kind)kind, RST_READ, &shape, 7);
                struct rst_raster *out = layout_make((enum layout_kind)kind, RST_SHARED, &shape, 8);
                if (rst_run(pipeline, in, out, &(struct rst_run_options){.threads = 2}, &err))
                    fail_msg("%s", err.message);
                void *pixels = layout_pixels(out);
                if (expected) assert_memory_equal(pixels, expected, oprun_bytes(&shape));
                free(expected);
                expected = pixels;
                rst_close(&in);
                rst_close(&out);
            }
            free(expected);
            rst_pipeline_free(&pipeline);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type), cmocka_unit_test(odd_floats),   cmocka_unit_test(known_values),
        cmocka_unit_test(references), cmocka_unit_test(with_itself),  cmocka_unit_test(refused),
        cmocka_unit_test(in_place),   cmocka_unit_test(band_by_band),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
