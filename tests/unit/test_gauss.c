/* gaussblur and sharpen against plain double loops (tests/support/average.h), for every type, border, shape and path,
 * and against themselves for every instruction set and tile; Gaussians that are cut off, that is: the wide ones are in
 * test_wide_gauss.c.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/oprun.h"

static const int64_t sizes[][2] = {{1, 1}, {13, 1}, {1, 17}, {7, 5}, {31, 23}};
static const struct rst_border borders[] = {
    {RST_REPLICATE, 0}, {RST_REFLECT, 0}, {RST_REFLECT101, 0}, {RST_WRAP, 0}, {RST_CONSTANT, 3}};

struct blur {
    double sigma;
    int radius;    /* -1: the default */
    double amount; /* of sharpening; 0: gaussblur */
};

static double clamped(double v, enum rst_type type)
{
    double low = rst_sample_to_double(rst_sample_from_double(-INFINITY, type), type);
    double high = rst_sample_to_double(rst_sample_from_double(INFINITY, type), type);

    return rst_type_is_float(type) ? v : fmin(fmax(v, low), high);
}

/* How far a sample may be from the exact one: see the details of gaussblur. */
static double allowed(enum rst_type type, int radius, double greatest, double gain)
{
    switch (type) {
    case RST_F32:
        return gain * greatest * (2.0 * (radius + 5) + 4) / 16777216;
    case RST_F64:
        return gain * greatest * 1e-13;
    case RST_U64:
    case RST_I64:
        return 1 + gain * greatest * 1e-13;
    default:
        return 1;
    }
}

static void reference(const struct rst_shape *shape, struct rst_border border, const struct blur *blur,
                      const void *pixels, struct average *average)
{
    int radius = blur->radius < 0 ? (int)ceil(3 * blur->sigma) : blur->radius;
    double *half = calloc((size_t)radius + 1, sizeof(*half)), total = 0;

    assert_non_null(half);
    for (int k = -radius; k <= radius; k++)
        total += exp(-k * (double)k / (2 * blur->sigma * blur->sigma));
    for (int k = 0; k <= radius; k++)
        half[k] = exp(-k * (double)k / (2 * blur->sigma * blur->sigma)) / total;
    *average = (struct average){.shape = *shape, .border = border, .radius = radius, .half = half, .pixels = pixels};
    average_compute(average);
    average->half = NULL;
    free(half);
}

static void text_of(const struct blur *blur, char *text, size_t size)
{
    if (blur->amount != 0)
        snprintf(text, size, "sharpen --sigma %g --amount %g", blur->sigma, blur->amount);
    else if (blur->radius >= 0)
        snprintf(text, size, "gaussblur --sigma %g --radius %d", blur->sigma, blur->radius);
    else
        snprintf(text, size, "gaussblur --sigma %g", blur->sigma);
}

static void *run(const struct rst_shape *shape, const struct blur *blur, const void *pixels,
                 struct rst_run_options *options)
{
    char text[80];
    void *result = malloc(oprun_bytes(shape));
    struct rst_error err = {0};

    assert_non_null(result);
    text_of(blur, text, sizeof(text));
    if (oprun(text, shape, pixels, options, result, NULL, &err)) fail_msg("%s: %s", text, err.message);
    return result;
}

static void compare(const struct average *average, const struct blur *blur, const void *result)
{
    const struct rst_shape *shape = &average->shape;
    size_t count = (size_t)(shape->width * shape->height * shape->bands);

    for (size_t i = 0; i < count; i++) {
        double source = average_value(average->pixels, shape->type, i), got = average_value(result, shape->type, i);
        double exact = average->result[i], gain = blur->amount != 0 ? 1 + 2 * blur->amount : 1;
        if (average->missing[i]) {
            if (got != source && !(got != got && source != source))
                fail_msg("%s: nodata sample %zu became %.17g", rst_type_name(shape->type), i, got);
            continue;
        }
        if (blur->amount != 0) exact = source + blur->amount * (source - exact);
        if (!rst_type_is_float(shape->type)) exact = rint(clamped(exact, shape->type));
        if (!(fabs(got - exact) <= allowed(shape->type, average->radius, average->greatest[i], gain)))
            fail_msg("%s %lldx%lldx%d sigma %g radius %d amount %g border %d: sample %zu is %.17g, not %.17g",
                     rst_type_name(shape->type), (long long)shape->width, (long long)shape->height, (int)shape->bands,
                     blur->sigma, blur->radius, blur->amount, (int)average->border.rule, i, got, exact);
    }
}

static void check(const struct rst_shape *shape, struct rst_border border, const struct blur *blur,
                  enum average_fill fill, uint64_t seed)
{
    void *pixels = average_pixels(shape, fill, seed);
    struct average average;
    struct rst_run_options options = {.threads = 1, .border = border};
    void *result = run(shape, blur, pixels, &options);

    reference(shape, border, blur, pixels, &average);
    compare(&average, blur, result);
    average_free(&average);
    free(result);
    free(pixels);
}

static struct rst_shape shape_of(enum rst_type type, const int64_t size[2], int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = size[0], .height = size[1], .bands = bands, .alpha = -1, .opacity = -1};
}

static void every_type_and_border(void **state)
{
    static const struct blur blurs[] = {{0.5, -1, 0}, {2, -1, 0}, {1.7, 3, 0}, {4, 12, 0}, {1.5, -1, 0.7}};
    uint64_t seed = layout_seed();

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
            for (size_t b = 0; b < 5; b++)
                for (size_t i = 0; i < sizeof(blurs) / sizeof(*blurs); i++) {
                    struct rst_shape shape = shape_of(type, sizes[s], 1 + (int32_t)(s + b + i) % 4);
                    check(&shape, borders[b], &blurs[i], (enum average_fill)((b + i) % AVERAGE_FILLS), seed + i);
                }
}

/* Every path of every type: fixed, float and double. */
static void wide_kernels(void **state)
{
    static const struct blur blurs[] = {{8, 24, 0}, {15, 45, 0}, {17, 51, 0}, {40, 120, 0}, {3.9, -1, 3}, {2, -1, 50}};
    static const int64_t size[2] = {61, 37};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof(blurs) / sizeof(*blurs); i++)
            for (int fill = 0; fill < AVERAGE_FILLS; fill++) {
                struct rst_shape shape = shape_of(type, size, 1);
                check(&shape, borders[1], &blurs[i], (enum average_fill)fill, 77);
            }
}

/* Rows longer than the pieces that they are done in. */
static void long_rows(void **state)
{
    static const struct blur blur = {2, -1, 0}, sharp = {2, -1, 1};
    static const int64_t size[2] = {1031, 7};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = shape_of(type, size, 3);
        check(&shape, borders[0], &blur, AVERAGE_NOISE, 5);
        check(&shape, borders[3], &sharp, AVERAGE_EXTREMES, 6);
    }
}

static void radius_nil_changes_nothing(void **state)
{
    static const struct blur blur = {3, 0, 0};
    static const int64_t size[2] = {37, 9};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = shape_of(type, size, 2);
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 9), *result = run(&shape, &blur, pixels, NULL);
        size_t bytes = oprun_bytes(&shape);
        if (type != RST_U64 && type != RST_I64)
            assert_memory_equal(pixels, result, bytes); /* these go through double */
        free(pixels);
        free(result);
    }
}

static void flat_stays_flat(void **state)
{
    static const double sigmas[] = {0.4, 0.6, 0.8, 1, 1.5, 2, 2.7, 4, 5.5, 8, 11, 14, 17};
    static const int64_t size[2] = {67, 41};

    (void)state;
    for (int value = 0; value < 256; value += 5)
        for (size_t i = 0; i < sizeof(sigmas) / sizeof(*sigmas); i++) {
            struct rst_shape shape = shape_of(RST_U8, size, 1);
            struct blur blur = {sigmas[i], -1, 0};
            size_t bytes = oprun_bytes(&shape);
            char *pixels = malloc(bytes), *result;
            memset(pixels, value, bytes);
            result = run(&shape, &blur, pixels, NULL);
            assert_memory_equal(pixels, result, bytes);
            free(pixels);
            free(result);
        }
}

static void set_nodata(struct rst_shape *shape, enum rst_type type, int turn)
{
    shape->has_nodata = true;
    shape->nodata = rst_sample_from_double(turn == 0 ? 0 : turn == 1 ? INFINITY : NAN, type);
}

static void nodata_counts_for_nothing(void **state)
{
    static const struct blur blurs[] = {{2, -1, 0}, {1, -1, 0.8}, {20, 60, 0}};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
            for (size_t i = 0; i < sizeof(blurs) / sizeof(*blurs); i++)
                for (int turn = 0; turn < 3; turn++) {
                    struct rst_shape shape = shape_of(type, sizes[s], 1 + (int32_t)s % 3);
                    set_nodata(&shape, type, turn);
                    check(&shape, borders[(s + i) % 5], &blurs[i], AVERAGE_NOISE, 100 + s);
                }
}

/* Where nothing is missing in the window, a sample is to the bit what it is in an image without nodata. */
static void nodata_leaves_whole_windows_alone(void **state)
{
    static const struct blur blurs[] = {{2, -1, 0}, {1, -1, 0.8}};
    static const int64_t size[2] = {97, 61};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t b = 0; b < 2; b++) {
            struct rst_shape shape = shape_of(type, size, 2), plain = shape;
            shape.has_nodata = true;
            shape.nodata = rst_sample_from_double(77, type);
            void *pixels = average_pixels(&plain, AVERAGE_NOISE, 3), *with, *without;
            size_t bytes = rst_type_size(type), count = (size_t)(97 * 61 * 2), compared = 0;
            for (size_t i = 0; i < count; i += 2351)
                memcpy((char *)pixels + i * bytes, shape.nodata.bytes, bytes);
            struct average average;
            reference(&shape, borders[0], &blurs[b], pixels, &average);
            with = run(&shape, &blurs[b], pixels, NULL);
            without = run(&plain, &blurs[b], pixels, NULL);
            for (size_t i = 0; i < count; i++)
                if (average.whole[i]) {
                    assert_memory_equal((char *)with + i * bytes, (char *)without + i * bytes, bytes);
                    compared++;
                }
            assert_true(compared > count / 3 && compared < count);
            compare(&average, &blurs[b], with);
            average_free(&average);
            free(pixels);
            free(with);
            free(without);
        }
}

static void alpha_weighs_colours(void **state)
{
    static const struct blur blurs[] = {{2, -1, 0}, {0.8, -1, 0.5}, {9, 27, 0}};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
            for (size_t i = 0; i < sizeof(blurs) / sizeof(*blurs); i++) {
                struct rst_shape shape = shape_of(type, sizes[s], 2 + (int32_t)s % 3);
                shape.alpha = shape.opacity = shape.bands - 1;
                check(&shape, borders[s], &blurs[i], AVERAGE_NOISE, 200 + s);
                set_nodata(&shape, type, rst_type_is_float(type) ? 2 : 1);
                check(&shape, borders[s], &blurs[i], AVERAGE_NOISE, 300 + s);
            }
}

static void nothing_but_transparency_is_a_plain_average(void **state)
{
    static const int64_t size[2] = {19, 11};
    struct rst_shape shape = shape_of(RST_U8, size, 4), plain = shape;
    struct blur blur = {1, -1, 0};
    unsigned char *pixels = average_pixels(&shape, AVERAGE_NOISE, 8), *with, *without;

    (void)state;
    shape.alpha = shape.opacity = 3;
    for (int i = 0; i < 19 * 11; i++)
        pixels[4 * i + 3] = 0;
    with = run(&shape, &blur, pixels, NULL);
    without = run(&plain, &blur, pixels, NULL);
    for (int i = 0; i < 19 * 11 * 4; i++)
        assert_in_range(with[i] - without[i] + 1, 0, 2);
    free(pixels);
    free(with);
    free(without);
}

/* What is not finite stays within its window, and is not lost there. */
static void not_finite_stays_in_its_window(void **state)
{
    static const int64_t size[2] = {41, 37};
    static const double evil[] = {NAN, INFINITY};

    (void)state;
    for (int type = RST_F32; type <= RST_F64; type++)
        for (int e = 0; e < 2; e++)
            for (int sigma = 1; sigma < 20; sigma *= 12) {
                struct rst_shape shape = shape_of(type, size, 1);
                struct blur blur = {sigma, 5, 0};
                char *pixels = average_pixels(&shape, AVERAGE_NOISE, 4), *result;
                union rst_sample bad = rst_sample_from_double(evil[e], type);
                memcpy(pixels + rst_type_size(type) * (20 * 41 + 17), bad.bytes, rst_type_size(type));
                result = run(&shape, &blur, pixels, NULL);
                for (int y = 0; y < 37; y++)
                    for (int x = 0; x < 41; x++) {
                        bool near = abs(x - 17) <= 5 && abs(y - 20) <= 5;
                        double got = average_value(result, type, (size_t)y * 41 + (size_t)x);
                        assert_int_equal(isfinite(got) != 0, !near);
                    }
                free(pixels);
                free(result);
            }
}

/* The same bytes from every instruction set, in tiles of any size, by any number of threads. */
static void everything_gives_the_same_bytes(void **state)
{
    static const struct blur blurs[] = {{2, -1, 0}, {8, 24, 0}, {1, -1, 2.5}, {20, 60, 0}};
    static const int64_t size[2] = {211, 83};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t b = 0; b < sizeof(blurs) / sizeof(*blurs); b++)
            for (int special = 0; special < 3; special++) {
                struct rst_shape shape = shape_of(type, size, 3);
                if (special == 1) set_nodata(&shape, type, 1);
                if (special == 2) shape.alpha = shape.opacity = 2;
                if (special && b == 3) continue;
                void *pixels = average_pixels(&shape, AVERAGE_NOISE, 50);
                struct rst_run_options first = {.threads = 1, .isa = RST_ISA_BASE};
                void *expected = run(&shape, &blurs[b], pixels, &first);
                for (int isa = RST_ISA_BASE; isa < RST_ISA_COUNT; isa++) {
                    struct rst_run_options options = {
                        .threads = 2, .isa = isa, .tile_width = isa == RST_ISA_BASE ? 19 : 64, .tile_height = 29};
                    void *result = run(&shape, &blurs[b], pixels, &options);
                    assert_memory_equal(expected, result, oprun_bytes(&shape));
                    free(result);
                }
                free(pixels);
                free(expected);
            }
}

static void collisions_are_counted(void **state)
{
    static const int64_t size[2] = {32, 32};
    struct rst_shape shape = shape_of(RST_U8, size, 1);
    struct blur blur = {1, -1, 0};
    unsigned char *pixels = malloc(oprun_bytes(&shape)), *result;
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    int64_t expected = 0;

    (void)state;
    set_nodata(&shape, RST_U8, 0);
    for (int i = 0; i < 32 * 32; i++)
        pixels[i] = i % 32 < 16 ? 100 : 140;
    shape.nodata.u8 = 120;
    pixels[77] = 120;
    result = run(&shape, &blur, pixels, &options);
    for (int i = 0; i < 32 * 32; i++)
        expected += result[i] == 120 && i != 77;
    assert_int_equal(report.collisions, expected);
    free(pixels);
    free(result);
}

static void parameters_are_checked(void **state)
{
    static const char *const wrong[] = {"gaussblur",
                                        "gaussblur --sigma 0",
                                        "gaussblur --sigma -1",
                                        "gaussblur --sigma 1 --radius -1",
                                        "gaussblur --sigma 1 --radius 5000",
                                        "sharpen --sigma 1 --amount x",
                                        "sharpen --sigma 1 --radius 2"};
    (void)state;
    oprun_refuses(wrong, sizeof wrong / sizeof *wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_border),
        cmocka_unit_test(wide_kernels),
        cmocka_unit_test(long_rows),
        cmocka_unit_test(radius_nil_changes_nothing),
        cmocka_unit_test(flat_stays_flat),
        cmocka_unit_test(nodata_counts_for_nothing),
        cmocka_unit_test(nodata_leaves_whole_windows_alone),
        cmocka_unit_test(alpha_weighs_colours),
        cmocka_unit_test(nothing_but_transparency_is_a_plain_average),
        cmocka_unit_test(not_finite_stays_in_its_window),
        cmocka_unit_test(everything_gives_the_same_bytes),
        cmocka_unit_test(collisions_are_counted),
        cmocka_unit_test(parameters_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
