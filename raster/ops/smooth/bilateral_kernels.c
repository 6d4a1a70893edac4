/* The kernels of the bilateral filter for one instruction set. */
#include "raster/ops/smooth/bilateral.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

static inline float distance_single(float a, float b)
{
    return fabsf(a - b);
}

static inline double distance_double(double a, double b)
{
    return fabs(a - b);
}

/* Differences are whole numbers. */
static void weigh_single(float *restrict weights, const float *restrict apart, const struct rst_bilateral_tap *tap)
{
    const float *table = tap->table, space = (float)tap->weight, most = (float)tap->last;

    for (size_t i = 0; i < tap->count; i++) {
        float at = apart[i] < most ? apart[i] : most;
        weights[i] = space * table[(int32_t)at];
    }
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
    .add = {add_single, add_double},
    .divide = {divide_single, divide_double},
};
