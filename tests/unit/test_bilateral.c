/* bilateral against a plain double loop with exp(), for every type, border and shape, and against itself for every
 * instruction set and tile. */
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
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

struct sigmas {
    double space, range;
};

/* One pixel of an image with its border. */
struct pixel {
    double values[4];
    bool missing; /* in any band */
};

static struct pixel pixel_at(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                             int64_t x, int64_t y)
{
    struct pixel pixel = {{0}, false};

    for (int32_t b = 0; b < shape->bands; b++) {
        struct neighbour sample = neighbour_at(shape, border, pixels, x, y, b);
        pixel.values[b] = sample.value;
        pixel.missing |= sample.missing;
    }
    return pixel;
}

static double distance(const struct rst_shape *shape, const struct pixel *a, const struct pixel *b)
{
    double sum = 0;

    for (int32_t band = 0; band < shape->bands; band++)
        if (band != shape->alpha) sum += fabs(a->values[band] - b->values[band]);
    return sum;
}

/* The averages of one pixel; false where it stays as it is. *reach is the greatest magnitude around it. */
static bool average_at(const struct rst_shape *shape, const struct rst_border *border, const struct sigmas *sigmas,
                       const void *pixels, int64_t x, int64_t y, double *averages, double *reach)
{
    struct pixel centre = pixel_at(shape, border, pixels, x, y);
    int radius = (int)ceil(2 * sigmas->space);
    double total = 0;

    *reach = 0;
    memset(averages, 0, 4 * sizeof(*averages));
    if (centre.missing) return false;
    for (int dy = -radius; dy <= radius; dy++)
        for (int dx = -radius; dx <= radius; dx++) {
            struct pixel pixel = pixel_at(shape, border, pixels, x + dx, y + dy);
            double apart = distance(shape, &centre, &pixel) / sigmas->range;
            if (dx * dx + dy * dy > radius * radius || pixel.missing || !(apart < 7.4)) continue;
            double weight = exp(-(dx * dx + dy * dy) / (2 * sigmas->space * sigmas->space) - apart * apart / 2);
            if (shape->alpha >= 0) weight *= pixel.values[shape->alpha];
            if (weight == 0) continue;
            for (int32_t b = 0; b < shape->bands; b++) {
                averages[b] += weight * pixel.values[b];
                *reach = fmax(*reach, fabs(pixel.values[b]));
            }
            total += weight;
        }
    for (int32_t b = 0; b < shape->bands; b++)
        averages[b] /= total;
    return total != 0;
}

static double allowed(enum rst_type type, double reach)
{
    if (type == RST_F32) return reach * 7e-8;
    if (type == RST_F64) return reach * 1e-8;
    return rst_type_size(type) <= 2 ? 1 : 1 + reach * 1e-8;
}

static void check(const struct rst_shape *shape, struct rst_border border, const struct sigmas *sigmas,
                  enum average_fill fill, uint64_t seed)
{
    void *pixels = average_pixels(shape, fill, seed);
    struct rst_run_options options = {.threads = 1, .border = border};
    char text[100];

    snprintf(text, sizeof(text), "bilateral --sigma-space %g --sigma-range %.17g", sigmas->space, sigmas->range);
    void *result = neighbour_run(text, shape, pixels, &options, NULL);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++) {
            double averages[4], reach;
            bool kept = !average_at(shape, &border, sigmas, pixels, x, y, averages, &reach);
            for (int32_t b = 0; b < shape->bands; b++) {
                size_t at = (size_t)((y * shape->width + x) * shape->bands + b);
                double got = average_value(result, shape->type, at), source = average_value(pixels, shape->type, at);
                bool same = got == source || (got != got && source != source);
                if (kept || b == shape->alpha ? same : fabs(got - averages[b]) <= allowed(shape->type, reach)) continue;
                fail_msg("%s on %s %lldx%lldx%d border %d: %lld,%lld,%d is %.17g, not %.17g (of %.17g)", text,
                         rst_type_name(shape->type), (long long)shape->width, (long long)shape->height,
                         (int)shape->bands, (int)border.rule, (long long)x, (long long)y, (int)b, got, averages[b],
                         source);
            }
        }
    free(result);
    free(pixels);
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

/* A sigma by difference at which noise of the type is neither kept nor washed out. */
static double some_range(enum rst_type type)
{
    return rst_type_is_float(type) ? 700 : ldexp(0.3, 8 * (int)rst_type_size(type));
}

static void every_type_and_border(void **state)
{
    static const double spaces[] = {0.4, 1, 2.2};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int s = 0; s < neighbour_size_count; s++)
            for (int b = 0; b < neighbour_border_count; b++) {
                struct rst_shape shape =
                    shape_of(type, neighbour_sizes[s].width, neighbour_sizes[s].height, 1 + (s + b) % 4);
                struct sigmas sigmas = {spaces[(s + b) % 3], some_range(type) * (b + 1) / 3};
                if (shape.width > 100 && b) continue;
                check(&shape, neighbour_borders[b], &sigmas, (enum average_fill)((s + b) % 3), 40 + (uint64_t)s);
            }
}

/* Rows of more than a block, tables from one step to all differences, and windows that go through double. */
static void sigmas_great_and_small(void **state)
{
    static const struct sigmas list[] = {{1, 0.01}, {1, 1}, {2, 1e9}, {6, 40}};

    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < 4; i++) {
            struct rst_shape shape = shape_of(type, i == 3 ? 11 : 531, i == 3 ? 7 : 2, 3);
            check(&shape, neighbour_borders[0], &list[i], AVERAGE_NOISE, 4);
        }
}

static void what_is_missing_is_left_out(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int turn = 0; turn < 3; turn++) {
            struct rst_shape shape = shape_of(type, 23, 17, 1 + turn);
            struct sigmas sigmas = {1.5, some_range(type)};
            shape.has_nodata = true;
            shape.nodata = rst_sample_from_double(turn == 0 ? 0 : turn == 1 ? INFINITY : NAN, type);
            check(&shape, neighbour_borders[turn], &sigmas, AVERAGE_NOISE, 9);
            if (turn == 0) continue;
            shape.alpha = shape.opacity = turn == 1 ? 1 : 0;
            check(&shape, neighbour_borders[turn], &sigmas, AVERAGE_NOISE, 10);
            shape.has_nodata = false;
            check(&shape, neighbour_borders[turn], &sigmas, AVERAGE_NOISE, 11);
        }
}

static void what_is_not_finite_stays_alone(void **state)
{
    (void)state;
    for (int type = RST_F32; type <= RST_F64; type++) {
        struct rst_shape shape = shape_of(type, 21, 15, 1);
        struct rst_run_options options = {.threads = 1};
        char *pixels = average_pixels(&shape, AVERAGE_NOISE, 7);
        const double evil[] = {NAN, INFINITY, -INFINITY};
        for (int e = 0; e < 3; e++) {
            union rst_sample bad = rst_sample_from_double(evil[e], type);
            memcpy(pixels + rst_type_size(type) * (size_t)(7 * 21 + 5 * e + 4), bad.bytes, rst_type_size(type));
        }
        void *result =
            neighbour_run_each("bilateral --sigma-space 2 --sigma-range 500", &shape, pixels, &options, NULL);
        for (size_t i = 0; i < 21 * 15; i++) {
            double source = average_value(pixels, type, i), got = average_value(result, type, i);
            if (isfinite(source))
                assert_true(isfinite(got));
            else
                assert_true(source == got || (source != source && got != got));
        }
        free(result);
        free(pixels);
    }
}

static void flat_stays_flat(void **state)
{
    (void)state;
    for (int value = 0; value < 256; value += 3)
        for (int type = RST_U8; type <= RST_I64; type++) {
            struct rst_shape shape = shape_of(type, 13, 9, 2);
            struct rst_run_options options = {.threads = 1};
            char *pixels = malloc(oprun_bytes(&shape));
            memset(pixels, rst_type_size(type) == 8 ? 0 : value,
                   oprun_bytes(&shape)); /* doubles do not hold all of 64 bits */
            void *result =
                neighbour_run("bilateral --sigma-space 1.2 --sigma-range 20", &shape, pixels, &options, NULL);
            assert_memory_equal(pixels, result, oprun_bytes(&shape));
            free(result);
            free(pixels);
        }
}

static void everything_gives_the_same_bytes(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int special = 0; special < 3; special++) {
            struct rst_shape shape = shape_of(type, 97, 31, 3);
            char text[100];
            if (special == 1) shape.has_nodata = true;
            if (special == 2) shape.alpha = shape.opacity = 2;
            shape.nodata = rst_sample_from_double(INFINITY, type);
            snprintf(text, sizeof(text), "bilateral --sigma-space %d --sigma-range %.17g", special ? 2 : 3,
                     some_range(type));
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 50);
            struct rst_run_options options = {.threads = 1};
            void *expected = neighbour_run_each(text, &shape, pixels, &options, NULL);
            options = (struct rst_run_options){.threads = 2, .tile_width = 19, .tile_height = 11};
            void *result = neighbour_run(text, &shape, pixels, &options, NULL);
            assert_memory_equal(expected, result, oprun_bytes(&shape));
            free(result);
            free(pixels);
            free(expected);
        }
}

static void parameters_are_checked(void **state)
{
    static const char *const wrong[] = {"bilateral", "bilateral --sigma-space 2",
                                        "bilateral --sigma-space 33 --sigma-range 5",
                                        "bilateral --sigma-space 2 --sigma-range 0"};
    (void)state;
    oprun_refuses(wrong, sizeof wrong / sizeof *wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_border),
        cmocka_unit_test(sigmas_great_and_small),
        cmocka_unit_test(what_is_missing_is_left_out),
        cmocka_unit_test(what_is_not_finite_stays_alone),
        cmocka_unit_test(flat_stays_flat),
        cmocka_unit_test(everything_gives_the_same_bytes),
        cmocka_unit_test(parameters_are_checked),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
