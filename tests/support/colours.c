/* Every sample of a result is looked at: those that are made against their definition, those that ride along against
 * the input, and those that are missing against nodata. */
#include "tests/support/colours.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

enum { MOST = 8 }; /* bands */

static long double number(union rst_sample sample, enum rst_type type)
{
    if (type == RST_U64) return (long double)sample.u64;
    if (type == RST_I64) return (long double)sample.i64;
    return (long double)rst_sample_to_double(sample, type);
}

static long double least(enum rst_type type)
{
    return rst_type_is_signed(type) ? -ldexpl(1, (int)(8 * rst_type_size(type)) - 1) : 0;
}

long double colour_full(enum rst_type type)
{
    if (rst_type_is_float(type)) return 1;
    return ldexpl(1, (int)(8 * rst_type_size(type)) - rst_type_is_signed(type)) - 1;
}

/* ---- images ---- */

static union rst_sample trouble(uint64_t draw, enum rst_type type)
{
    static const double odd[] = {0,       -0.0,  1,        0.5,  NAN,  INFINITY, -INFINITY, 1e30,   -1e30,
                                 -1,      2,     0.04045,  0.04, 0.05, 1e-30,    0.0031308, 0.0031, 0.0032,
                                 0.00885, 0.009, 0.999999, -0.3, 3e38, 100,      -100,      360};
    union rst_sample sample = {.u64 = 0};
    if (rst_type_is_float(type)) return rst_sample_from_double(odd[draw % (sizeof odd / sizeof *odd)], type);
    if (draw % 3 == 1) sample = rst_sample_from_double((double)least(type), type);
    if (draw % 3 == 2) sample = rst_sample_from_double(INFINITY, type);
    return sample;
}

static union rst_sample draw_sample(const struct rst_shape *shape, int fill, uint64_t *random)
{
    const enum rst_type type = shape->type;
    const double full = (double)colour_full(type);
    uint64_t draw = layout_random(random);
    union rst_sample sample = {.u64 = draw};
    switch (fill) {
    case 0:
        return rst_type_is_float(type) ? rst_sample_from_double((double)(draw >> 12) * 0x1p-50 - 2, type) : sample;
    case 3:
        return rst_type_is_float(type) ? sample : rst_sample_from_double((double)least(type), type);
    case 4:
        return rst_type_is_float(type) ? rst_sample_from_double(1, type) : rst_sample_from_double(INFINITY, type);
    case 5:
        return trouble(draw, type);
    default:
        return rst_sample_from_double((double)(draw >> 11) * 0x1p-53 * full, type);
    }
}

void *colour_pixels(const struct rst_shape *shape, int fill, uint64_t *random)
{
    const size_t size = rst_type_size(shape->type), count = oprun_bytes(shape) / size;
    char *pixels = malloc(count * size);
    union rst_sample sample = {.u64 = 0};
    assert_non_null(pixels);
    for (size_t i = 0; i < count; i++) {
        bool gray = fill == 2 && i % (size_t)shape->bands != 0 && i % (size_t)shape->bands < 3;
        if (!gray) sample = draw_sample(shape, fill, random);
        if (fill == 3 && rst_type_is_float(shape->type)) sample = (union rst_sample){.u64 = 0};
        bool missing = shape->has_nodata && layout_random(random) % 8 == 0;
        memcpy(pixels + i * size, missing ? shape->nodata.bytes : sample.bytes, size);
    }
    return pixels;
}

/* ---- the comparison ---- */

/* How far a rounded sample may be from what was rounded. */
static long double half_step(enum rst_type type, long double value)
{
    if (!rst_type_is_float(type)) return 0.5L;
    return fabsl(value) * (type == RST_F32 ? 0x1p-24L : 0x1p-53L) + (type == RST_F32 ? 0x1p-150L : 0x1p-1075L);
}

static bool is_right(union rst_sample got, const struct colour_sample *want, enum rst_type type)
{
    long double have = number(got, type), value = want->value;
    if (want->open) return true;
    if (rst_type_is_float(type) && isnan(value)) return isnan(have);
    if (type == RST_F32 && fabsl(value) > 3.4e38L) value = copysignl(INFINITY, value);
    if (isinf(value) && rst_type_is_float(type)) return have == value;
    if (want->circle != 0) {
        long double off = fabsl(have - value);
        if (want->exact) {
            long double nearest = rintl(value);
            return have == (nearest == want->circle ? 0 : nearest);
        }
        if (!(have >= 0 && have < want->circle)) return false;
        return fminl(off, want->circle - off) <= half_step(type, value) + want->slack;
    }
    if (!rst_type_is_float(type)) value = fminl(fmaxl(value, least(type)), colour_full(type));
    if (want->exact) return have == rintl(value);
    return fabsl(have - value) <= half_step(type, value) + want->slack;
}

static bool same(union rst_sample a, union rst_sample b, enum rst_type type)
{
    return rst_sample_equal(a, b, type);
}

static void wrong(const struct colour_case *self, const struct rst_shape *shape, size_t pixel, int32_t band,
                  union rst_sample got, long double want)
{
    char text[40];
    fail_msg("%s on %s of %d bands, pixel %zu, band %d: %s instead of %.21Lg", self->text, rst_type_name(shape->type),
             (int)shape->bands, pixel, (int)band, rst_sample_format(got, shape->type, text, sizeof text), want);
}

static void check_pixel(const struct colour_case *self, const struct rst_shape *in, const void *pixels,
                        const struct rst_shape *out, const void *result, size_t pixel)
{
    const int32_t colors = self->colors ? self->colors : in->bands, made = self->made ? self->made : in->bands;
    long double numbers[MOST];
    struct colour_sample want[MOST] = {{0}};
    bool missing[MOST] = {false}, any = false;
    for (int32_t b = 0; b < in->bands; b++) {
        union rst_sample sample = neighbour_sample(in, pixels, pixel * (size_t)in->bands + (size_t)b);
        numbers[b] = number(sample, in->type);
        missing[b] = in->has_nodata && rst_sample_equal(sample, in->nodata, in->type);
        any = any || (b < colors && missing[b]);
    }
    self->define(self, in, numbers, want);
    for (int32_t b = 0; b < out->bands; b++) {
        union rst_sample got = neighbour_sample(out, result, pixel * (size_t)out->bands + (size_t)b);
        bool gone = self->single ? missing[b] || (self->alpha && missing[in->opacity]) : any;
        if (b >= made) {
            size_t from = pixel * (size_t)in->bands + (size_t)(b - made + colors);
            if (!same(got, neighbour_sample(in, pixels, from), out->type)) wrong(self, in, pixel, b, got, numbers[b]);
        } else if (gone) {
            if (!same(got, in->nodata, in->type)) wrong(self, in, pixel, b, got, number(in->nodata, in->type));
        } else if (!is_right(got, &want[b], out->type)) {
            wrong(self, in, pixel, b, got, want[b].value);
        }
    }
}

static void check_in_place(const struct colour_case *self, const struct rst_shape *shape, const void *pixels,
                           const void *result)
{
    struct rst_error err = {0};
    struct rst_run_options options = {.threads = 3, .tile_width = 19, .tile_height = 2};
    void *changed = malloc(oprun_bytes(shape));
    assert_non_null(changed);
    memcpy(changed, pixels, oprun_bytes(shape));
    if (oprun_in_place(self->text, shape, changed, &options, &err))
        fail_msg("%s in place: %s", self->text, err.message);
    assert_memory_equal(changed, result, oprun_bytes(shape));
    free(changed);
}

void colour_check(const struct colour_case *self, const struct rst_shape *shape, const void *pixels)
{
    struct rst_run_options options = {.threads = 1}, tiles = {.threads = 2, .tile_width = 7, .tile_height = 3};
    struct rst_shape out;
    void *result = neighbour_run_each(self->text, shape, pixels, &options, &out);
    void *again = neighbour_run(self->text, shape, pixels, &tiles, NULL);
    assert_int_equal(out.type, shape->type);
    assert_memory_equal(again, result, oprun_bytes(&out));
    for (size_t i = 0; i < (size_t)(shape->width * shape->height); i++)
        check_pixel(self, shape, pixels, &out, result, i);
    if (out.bands == shape->bands && !self->alpha) check_in_place(self, shape, pixels, result);
    free(again);
    free(result);
}

void colour_check_all(const struct colour_case *self, int32_t bands, bool alpha)
{
    static const int64_t widths[] = {1, 7, 67, 301}, heights[] = {3, 1, 2, 5};
    uint64_t random = layout_seed();
    int turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t more = 0; more < 3; more++)
            for (int fill = 0; fill < COLOUR_FILLS; fill++, turn++)
                for (int nodata = 0; nodata < 2; nodata++) {
                    struct rst_shape shape = {.type = type,
                                              .width = widths[turn % 4],
                                              .height = heights[turn / 4 % 4],
                                              .bands = bands + more,
                                              .alpha = -1,
                                              .opacity = -1,
                                              .has_nodata = nodata};
                    if (alpha || more == 1) shape.alpha = shape.opacity = bands + more - 1;
                    shape.nodata = rst_sample_from_double(rst_type_is_float(type) && turn % 2 ? NAN : 7, type);
                    void *pixels = colour_pixels(&shape, fill, &random);
                    colour_check(self, &shape, pixels);
                    free(pixels);
                }
}
