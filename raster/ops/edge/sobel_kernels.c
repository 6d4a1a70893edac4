/* The kernels of the operators of 3 x 3 samples, once per operator and pixel type.
 *
 * Rounding a magnitude to nearest needs no care for ties: the root of a whole number s is never n + 1/2. Nor can the
 * root be rounded across it on the way: next to (n + 1/2)^2 = n^2 + n + 1/4 the nearest whole s are 1/4 below and 3/4
 * above, so that the true root is at least 1 / (8 n + 8) away from n + 1/2. For n < 2^8 that is over 2^-11, where a
 * float below 2^8 is off by 2^-17 at most; for n < 2^16 it is over 2^-19, where a double is off by 2^-38. */
#include "raster/ops/edge/sobel.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

#define SOBEL_BLOCK ((size_t)1024)

/* Adding 1.5 * 2^23 rounds, and the low bits are the integer. */
static void sobel_roots(const uint16_t *restrict squares, size_t n, uint8_t *restrict to)
{
    for (size_t i = 0; i < n; i++) {
        float root = sqrtf((float)(int32_t)squares[i]) + 0x1.8p23f;
        uint32_t bits;
        memcpy(&bits, &root, sizeof bits);
        to[i] = (uint8_t)bits;
    }
}

/* a: the row above, b: the row below, h: the pixel's own. */
static inline double sobel_magnitude(double side, double centre, double a0, double a1, double a2, double h0, double h2,
                                     double b0, double b1, double b2)
{
    double x = side * (a2 - a0) + centre * (h2 - h0) + side * (b2 - b0);
    double y = side * (b0 - a0) + centre * (b1 - a1) + side * (b2 - a2);
    return sqrt(x * x + y * y);
}

/* Differences first: of neighbours that are alike they are exact. */
static inline double laplacian_sum_4(double up, double left, double centre, double right, double down)
{
    return ((up - centre) + (down - centre)) + ((left - centre) + (right - centre));
}

static inline double laplacian_sum_8(double a0, double a1, double a2, double h0, double h1, double h2, double b0,
                                     double b1, double b2)
{
    return (((a0 - h1) + (b2 - h1)) + ((a2 - h1) + (b0 - h1))) + laplacian_sum_4(a1, h0, h1, h2, b1);
}

#define RST_TEMPLATE "raster/ops/edge/laplacian_tmpl.h"
#include "raster/ops/common/each_type.h"

#define OPERATOR sobel
#define SIDE 1
#define CENTRE 2
#define RST_TEMPLATE "raster/ops/edge/sobel_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef OPERATOR
#undef SIDE
#undef CENTRE

#define OPERATOR scharr
#define SIDE 3
#define CENTRE 10
#define RST_TEMPLATE "raster/ops/edge/sobel_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef OPERATOR
#undef SIDE
#undef CENTRE

#define OPERATOR prewitt
#define SIDE 1
#define CENTRE 1
#define RST_TEMPLATE "raster/ops/edge/sobel_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef OPERATOR
#undef SIDE
#undef CENTRE

#define SOBEL_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = sobel_compute_##lower,
#define SCHARR_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = scharr_compute_##lower,
#define PREWITT_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = prewitt_compute_##lower,
#define LAPLACIAN_4_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = laplacian_4_##lower,
#define LAPLACIAN_8_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = laplacian_8_##lower,
#define SOBEL_PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = sobel_patch_##lower,
#define SCHARR_PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = scharr_patch_##lower,
#define PREWITT_PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = prewitt_patch_##lower,
#define LAPLACIAN_4_PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = laplacian_4_patch_##lower,
#define LAPLACIAN_8_PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = laplacian_8_patch_##lower,

extern const struct rst_sobel_kernels RST_KERNELS(rst_sobel_kernels);
const struct rst_sobel_kernels RST_KERNELS(rst_sobel_kernels) = {
    .compute =
        {
            [RST_SOBEL] = {RST_TYPES(SOBEL_ENTRY)},
            [RST_SCHARR] = {RST_TYPES(SCHARR_ENTRY)},
            [RST_PREWITT] = {RST_TYPES(PREWITT_ENTRY)},
            [RST_LAPLACIAN_4] = {RST_TYPES(LAPLACIAN_4_ENTRY)},
            [RST_LAPLACIAN_8] = {RST_TYPES(LAPLACIAN_8_ENTRY)},
        },
    .patch =
        {
            [RST_SOBEL] = {RST_TYPES(SOBEL_PATCH_ENTRY)},
            [RST_SCHARR] = {RST_TYPES(SCHARR_PATCH_ENTRY)},
            [RST_PREWITT] = {RST_TYPES(PREWITT_PATCH_ENTRY)},
            [RST_LAPLACIAN_4] = {RST_TYPES(LAPLACIAN_4_PATCH_ENTRY)},
            [RST_LAPLACIAN_8] = {RST_TYPES(LAPLACIAN_8_PATCH_ENTRY)},
        },
};
