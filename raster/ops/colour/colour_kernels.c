/* The kernels of colours. A row is taken in blocks: the three samples of its pixels go to three planes of numbers, the
 * arithmetic runs over those, and what comes out is rounded and put back. Numbers are floats for samples of 8 bits, and
 * doubles for all others; see colour_math_tmpl.h for what is computed. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "raster/ops/colour/colour.h"
#include "raster/ops/common/round.h"

enum { BLOCK = 256 }; /* pixels */

/* Shares of the white of D65, of linear sRGB: the matrix of IEC 61966-2-1, each row over its sum, so that gray has
 * a* = b* = 0; and its inverse. */
#define XR (4124.0 / 9505)
#define XG (3576.0 / 9505)
#define XB (1805.0 / 9505)
#define YR 0.2126
#define YG 0.7152
#define YB 0.0722
#define ZR (193.0 / 10890)
#define ZG (1192.0 / 10890)
#define ZB (9505.0 / 10890)
#define RX 3.0802145161927106
#define RY (-1.5372079722103187)
#define RZ (-0.5430065439823919)
#define GX (-0.920968644350218)
#define GY 1.875756060885241
#define GZ 0.04521258346497684
#define BX 0.05295246948345784
#define BY (-0.2040210505984867)
#define BZ 1.1510685811150287

static inline float square_root_f(float x)
{
    return sqrtf(x);
}

static inline double square_root_d(double x)
{
    return sqrt(x);
}

#define F float
#define WORD uint32_t
#define MATH(name) name##_f
#define IS_TAME 1
#define CUBE_GUESS(i) ((uint32_t)(int32_t)((float)(int32_t)(i)*0.33333333f) + UINT32_C(709951477))
#define FIFTH_GUESS(i) ((uint32_t)(int32_t)((float)(int32_t)(i)*0.2f) + UINT32_C(851974572))
#define HUGE_CUBE 0x1p100f
#define HUGE_POWER 0x1p60f
#include "raster/ops/colour/colour_math_tmpl.h"

/* Of the upper half alone, whose products fit. */
#define F double
#define WORD uint64_t
#define MATH(name) name##_d
#define IS_TAME 0
#define CUBE_GUESS(i) ((((i) >> 32) * UINT64_C(0x55555556) >> 32) + 715093332) << 32
#define FIFTH_GUESS(i) ((((i) >> 32) * UINT64_C(0x33333334) >> 32) + 858116098) << 32
#define HUGE_CUBE 0x1p1000
#define HUGE_POWER 0x1p500
#include "raster/ops/colour/colour_math_tmpl.h"

/* To nearest, ties to even, of no more than a few thousand: saturated as an integer, which vector code does at once. */
static inline int32_t saturated(float v, int32_t low, int32_t high)
{
    const float moved = v + 12582912.0f; /* its last bits are the number */
    int32_t bits, number;
    memcpy(&bits, &moved, sizeof bits);
    number = bits - 0x4b400000;
    number = number < low ? low : number;
    return number > high ? high : number;
}

#define RST_TEMPLATE "raster/ops/colour/colour_tmpl.h"
#include "raster/ops/common/each_type.h"

#define TO_HSV_ROW(UPPER, lower, ctype) rgb_to_hsv_##lower,
#define FROM_HSV_ROW(UPPER, lower, ctype) hsv_to_rgb_##lower,
#define TO_LAB_ROW(UPPER, lower, ctype) rgb_to_lab_##lower,
#define FROM_LAB_ROW(UPPER, lower, ctype) lab_to_rgb_##lower,
#define EXPAND_ROW(UPPER, lower, ctype) expand_##lower,
#define COMPRESS_ROW(UPPER, lower, ctype) compress_##lower,
extern const struct rst_colour_kernels RST_KERNELS(rst_colour_kernels);
const struct rst_colour_kernels RST_KERNELS(rst_colour_kernels) = {
    .convert = {[RST_RGB_TO_HSV] = {RST_TYPES(TO_HSV_ROW)},
                [RST_HSV_TO_RGB] = {RST_TYPES(FROM_HSV_ROW)},
                [RST_RGB_TO_LAB] = {RST_TYPES(TO_LAB_ROW)},
                [RST_LAB_TO_RGB] = {RST_TYPES(FROM_LAB_ROW)}},
    .expand = {RST_TYPES(EXPAND_ROW)},
    .compress = {RST_TYPES(COMPRESS_ROW)},
    .expand_all = {[RST_U8] = expand_all_u8, [RST_I8] = expand_all_i8},
};
