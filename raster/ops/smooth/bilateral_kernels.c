/* The kernels of the bilateral filter for one instruction set. */
#include "raster/ops/smooth/bilateral.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

/* 2^x for x of -120 to 120, but for 1e-7 of it: x is n + f, f being within 1/2 of 0, and 2^f a polynomial that is 1 at
 * 0. Adding 1.5 * 2^23 rounds, and the low bits are n. */
static inline float power_of_two(float x)
{
    float shifted = x + 0x1.8p23f, f = x - (shifted - 0x1.8p23f), square = f * f;
    float low = 0x1.ebf9bcp-3f + f * 0x1.c6b752p-5f, high = 0x1.3cea88p-7f + f * 0x1.5bba14p-10f;
    float power = (1 + f * 0x1.62e42ap-1f) + square * (low + square * high);
    uint32_t bits, n;
    memcpy(&bits, &power, sizeof bits);
    memcpy(&n, &shifted, sizeof n);
    bits += n << 23;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static inline float distance_single(float a, float b)
{
    return fabsf(a - b);
}

static inline double distance_double(double a, double b)
{
    return fabs(a - b);
}

static inline float weight_single(const struct rst_bilateral_tap *tap, float apart)
{
    float weight = power_of_two((float)tap->weight - apart * apart * (float)tap->scale);
    return apart < (float)tap->last ? weight : 0;
}

static void weigh_single(float *restrict weights, const float *restrict apart, const struct rst_bilateral_tap *tap)
{
    for (size_t i = 0; i < tap->count; i++)
        weights[i] = weight_single(tap, apart[i]);
}

/* exp(-(x + d)^2 / 2) is exp(-x^2 / 2), of the table, times exp(-t) with t = d (x + d / 2), which is at most 0.015:
 * four terms of its series. What is not a number is as far as can be. */
static void weigh_double(double *restrict weights, const double *restrict apart, const struct rst_bilateral_tap *tap)
{
    const double *table = tap->table, space = tap->weight, scale = tap->scale, most = tap->last;

    for (size_t i = 0; i < tap->count; i++) {
        double at = apart[i] * scale;
        at = at < most ? at : most;
        int32_t place = (int32_t)(at + 0.5);
        double x = place * RST_BILATERAL_STEP, d = at * RST_BILATERAL_STEP - x, t = d * (x + d * 0.5);
        weights[i] = space * table[place] * (1 - t * (1 - t * (0.5 - t * (1.0 / 6))));
    }
}

#define SUM float
#define SUM_NAME single
#define SUM_TYPE f32
#define SUM_BITS 32
#include "raster/ops/smooth/bilateral_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/bilateral_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME
#undef SUM_TYPE
#undef SUM_BITS

/* Gray and colours of which each pixel counts for as much as any other, without a stop on the way: the same sums. */
static void add_gray(const struct rst_bilateral_tap *tap, void *made, void *total)
{
    const float *centre = tap->centre, *n = tap->neighbour;
    float *restrict sums = made, *restrict totals = total;
    for (size_t i = 0; i < tap->count; i++) {
        float weight = weight_single(tap, distance_single(centre[i], n[i]));
        totals[i] += weight;
        sums[i] += weight * n[i];
    }
}

static void add_colours(const struct rst_bilateral_tap *tap, void *made, void *total)
{
    const float *c0 = tap->centre, *c1 = c0 + tap->plane, *c2 = c1 + tap->plane;
    const float *n0 = tap->neighbour, *n1 = n0 + tap->plane, *n2 = n1 + tap->plane;
    float *restrict sums = made, *restrict totals = total;
    float *s0 = sums, *s1 = s0 + RST_BILATERAL_BLOCK, *s2 = s1 + RST_BILATERAL_BLOCK;
    RST_ROW_LOOP
    for (size_t i = 0; i < tap->count; i++) {
        float apart = distance_single(c0[i], n0[i]) + distance_single(c1[i], n1[i]) + distance_single(c2[i], n2[i]);
        float weight = weight_single(tap, apart);
        totals[i] += weight;
        s0[i] += weight * n0[i];
        s1[i] += weight * n1[i];
        s2[i] += weight * n2[i];
    }
}

static void add_of_single(const struct rst_bilateral_tap *tap, void *sums, void *totals)
{
    if (tap->factors || (tap->bands != 1 && tap->bands != 3))
        add_single(tap, sums, totals);
    else if (tap->bands == 1)
        add_gray(tap, sums, totals);
    else
        add_colours(tap, sums, totals);
}

#define SUM double
#define SUM_NAME double
#define SUM_TYPE f64
#define SUM_BITS 64
#include "raster/ops/smooth/bilateral_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/bilateral_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME
#undef SUM_TYPE
#undef SUM_BITS

#define SINGLE_ROW(what)                                                                                               \
    {                                                                                                                  \
        [RST_U8] = what##_u8_single, [RST_I8] = what##_i8_single, [RST_U16] = what##_u16_single,                       \
        [RST_I16] = what##_i16_single                                                                                  \
    }
#define SPLIT_DOUBLE(UPPER, lower, ctype) [RST_##UPPER] = split_##lower##_double,
#define JOIN_DOUBLE(UPPER, lower, ctype) [RST_##UPPER] = join_##lower##_double,

extern const struct rst_bilateral_kernels RST_KERNELS(rst_bilateral_kernels);
const struct rst_bilateral_kernels RST_KERNELS(rst_bilateral_kernels) = {
    .split = {SINGLE_ROW(split), {RST_TYPES(SPLIT_DOUBLE)}},
    .join = {SINGLE_ROW(join), {RST_TYPES(JOIN_DOUBLE)}},
    .add = {add_of_single, add_double},
    .divide = {divide_single, divide_double},
};
