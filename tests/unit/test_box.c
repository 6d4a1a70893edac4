/* box against plain double loops (tests/support/average.h), which for integers of up to 32 bits it must meet exactly,
 * and against itself for every instruction set and tile.
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

static struct rst_shape shape_of(enum rst_type type, const int64_t size[2], int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = size[0], .height = size[1], .bands = bands, .alpha = -1, .opacity = -1};
}

static void *run(const struct rst_shape *shape, int radius, const void *pixels, struct rst_run_options *options)
{
    char text[40];
    void *result = malloc(oprun_bytes(shape));
    struct rst_error err = {0};

    assert_non_null(result);
    snprintf(text, sizeof(text), "box --radius %d", radius);
    if (oprun(text, shape, pixels, options, result, NULL, &err)) fail_msg("%s: %s", text, err.message);
    return result;
}

static void reference(const struct rst_shape *shape, struct rst_border border, int radius, const void *pixels,
                      struct average *average)
{
    double *ones = calloc((size_t)radius + 1, sizeof(*ones));

    assert_non_null(ones);
    for (int k = 0; k <= radius; k++)
        ones[k] = 1;
    *average = (struct average){.shape = *shape, .border = border, .radius = radius, .half = ones, .pixels = pixels};
    average_compute(average);
    average->half = NULL;
    free(ones);
}

/* Sums of integers below 2^53 are exact in the reference too, and so is the rounding of the one division. */
static double allowed(const struct rst_shape *shape, double greatest)
{
    switch (shape->type) {
    case RST_F32:
        return greatest * 0x1p-24;
    case RST_F64:
        return greatest * 1e-13;
    case RST_U64:
    case RST_I64:
        return 1 + greatest * 1e-13;
    case RST_U32:
    case RST_I32:
        return shape->alpha >= 0 ? 1 : 0;
    default:
        return 0;
    }
}

static void compare(const struct average *average, const void *result)
{
    const struct rst_shape *shape = &average->shape;
    size_t count = (size_t)(shape->width * shape->height * shape->bands);

    for (size_t i = 0; i < count; i++) {
        double source = average_value(average->pixels, shape->type, i), got = average_value(result, shape->type, i);
        double exact = average->result[i];
        if (average->missing[i]) {
            if (got != source && !(got != got && source != source))
                fail_msg("%s: nodata sample %zu became %.17g", rst_type_name(shape->type), i, got);
            continue;
        }
        if (!rst_type_is_float(shape->type)) exact = rint(exact);
        if (!(fabs(got - exact) <= allowed(shape, average->greatest[i])))
            fail_msg("%s %lldx%lldx%d radius %d border %d: sample %zu is %.17g, not %.17g", rst_type_name(shape->type),
                     (long long)shape->width, (long long)shape->height, (int)shape->bands, average->radius,
                     (int)average->border.rule, i, got, exact);
    }
}

static void check(const struct rst_shape *shape, struct rst_border border, int radius, enum average_fill fill,
                  uint64_t seed)
{
    void *pixels = average_pixels(shape, fill, seed);
    struct average average;
    struct rst_run_options options = {.threads = 1, .border = border};
    void *result = run(shape, radius, pixels, &options);

    reference(shape, border, radius, pixels, &average);
    compare(&average, result);
    average_free(&average);
    free(result);
    free(pixels);
}

static void every_type_and_border(void **state)
{
    static const int radii[] = {0, 1, 2, 5, 7, 8, 26};
    uint64_t seed = layout_seed();

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
            for (size_t b = 0; b < 5; b++)
                for (size_t i = 0; i < sizeof(radii) / sizeof(*radii); i++) {
                    struct rst_shape shape = shape_of(type, sizes[s], 1 + (int32_t)(s + b + i) % 4);
                    check(&shape, borders[b], radii[i], (enum average_fill)((b + i) % AVERAGE_FILLS), seed + i);
                }
}

/* Sums of every width, and all ways to divide them. */
static void wide_windows(void **state)
{
    static const int radii[] = {63, 64, 130, 370};
    static const int64_t size[2] = {23, 11};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof(radii) / sizeof(*radii); i++)
            for (int fill = 0; fill < AVERAGE_FILLS; fill++) {
                struct rst_shape shape = shape_of(type, size, 1);
                check(&shape, borders[3], radii[i], (enum average_fill)fill, 77);
            }
}

/* Beyond 32-bit sums of bytes. */
static void widest_window(void **state)
{
    static const int64_t size[2] = {3, 2};
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_U32};

    (void)state;
    for (size_t t = 0; t < 3; t++) {
        struct rst_shape shape = shape_of(types[t], size, 1);
        check(&shape, borders[1], 2500, AVERAGE_NOISE, 11);
    }
}

static void long_rows(void **state)
{
    static const int64_t size[2] = {1031, 7};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int radius = 5; radius < 60; radius += 45) {
            struct rst_shape shape = shape_of(type, size, 3);
            check(&shape, borders[0], radius, AVERAGE_NOISE, 5);
        }
}

static void set_nodata(struct rst_shape *shape, enum rst_type type, int turn)
{
    shape->has_nodata = true;
    shape->nodata = rst_sample_from_double(turn == 0 ? 0 : turn == 1 ? INFINITY : NAN, type);
}

static void nodata_counts_for_nothing(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
            for (int radius = 1; radius < 40; radius *= 6)
                for (int turn = 0; turn < 3; turn++) {
                    struct rst_shape shape = shape_of(type, sizes[s], 1 + (int32_t)s % 3);
                    set_nodata(&shape, type, turn);
                    check(&shape, borders[(s + (size_t)turn) % 5], radius, AVERAGE_NOISE, 100 + s);
                }
}

static void alpha_weighs_colours(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
            for (int radius = 1; radius < 40; radius *= 6) {
                struct rst_shape shape = shape_of(type, sizes[s], 2 + (int32_t)s % 3);
                shape.alpha = shape.opacity = shape.bands - 1;
                check(&shape, borders[s], radius, AVERAGE_NOISE, 200 + s);
                set_nodata(&shape, type, rst_type_is_float(type) ? 2 : 1);
                check(&shape, borders[s], radius, AVERAGE_NOISE, 300 + s);
            }
}

/* What is not finite stays within its window, in both directions, on whatever side of a block it lies. */
static void not_finite_stays_in_its_window(void **state)
{
    static const int64_t size[2] = {41, 37};
    static const double evil[] = {NAN, INFINITY};

    (void)state;
    for (int type = RST_F32; type <= RST_F64; type++)
        for (int at = 8; at < 30; at++) {
            struct rst_shape shape = shape_of(type, size, 1);
            char *pixels = average_pixels(&shape, AVERAGE_NOISE, 4), *result;
            union rst_sample bad = rst_sample_from_double(evil[at % 2], type);
            memcpy(pixels + rst_type_size(type) * ((size_t)at * 42 + 2), bad.bytes, rst_type_size(type));
            result = run(&shape, 3, pixels, NULL);
            for (int y = 0; y < 37; y++)
                for (int x = 0; x < 41; x++) {
                    bool near = abs(x - at - 2) <= 3 && abs(y - at) <= 3;
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
    static const int64_t size[2] = {211, 83};
    static const int radii[] = {1, 5, 30};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int r = 0; r < 3; r++)
            for (int special = 0; special < 3; special++) {
                struct rst_shape shape = shape_of(type, size, 3);
                if (special == 1) set_nodata(&shape, type, 1);
                if (special == 2) shape.alpha = shape.opacity = 2;
                void *pixels = average_pixels(&shape, AVERAGE_NOISE, 50);
                struct rst_run_options first = {.threads = 1, .isa = RST_ISA_BASE};
                void *expected = run(&shape, radii[r], pixels, &first);
                for (int isa = RST_ISA_BASE; isa < RST_ISA_COUNT; isa++) {
                    struct rst_run_options options = {
                        .threads = 2, .isa = isa, .tile_width = isa == RST_ISA_BASE ? 19 : 64, .tile_height = 29};
                    void *result = run(&shape, radii[r], pixels, &options);
                    assert_memory_equal(expected, result, oprun_bytes(&shape));
                    free(result);
                }
                free(pixels);
                free(expected);
            }
}

/* Under reflecting borders a second box asks the first for rows in falling order; one by one they are the same. */
static void steps_are_the_same_as_a_pipeline(void **state)
{
    static const int64_t size[2] = {53, 47};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int b = 0; b < 5; b++) {
            struct rst_shape shape = shape_of(type, size, 2);
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 12), *fused = malloc(oprun_bytes(&shape));
            struct rst_run_options options = {.threads = 1, .border = borders[b], .tile_height = 13};
            struct rst_error err = {0};
            void *first = run(&shape, 6, pixels, &options), *second = run(&shape, 9, first, &options);
            if (oprun("box --radius 6 ! box --radius 9", &shape, pixels, &options, fused, NULL, &err))
                fail_msg("%s", err.message);
            assert_memory_equal(second, fused, oprun_bytes(&shape));
            free(pixels);
            free(first);
            free(second);
            free(fused);
        }
}

static void parameters_are_checked(void **state)
{
    static const char *const wrong[] = {"box", "box --radius -1", "box --radius 5000", "box --radius 1.5"};
    (void)state;
    oprun_refuses(wrong, sizeof wrong / sizeof *wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_border),
        cmocka_unit_test(wide_windows),
        cmocka_unit_test(widest_window),
        cmocka_unit_test(long_rows),
        cmocka_unit_test(nodata_counts_for_nothing),
        cmocka_unit_test(alpha_weighs_colours),
        cmocka_unit_test(not_finite_stays_in_its_window),
        cmocka_unit_test(everything_gives_the_same_bytes),
        cmocka_unit_test(steps_are_the_same_as_a_pipeline),
        cmocka_unit_test(parameters_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
