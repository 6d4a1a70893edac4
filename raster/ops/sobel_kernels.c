/* The kernels of the Sobel operator, once per pixel type.
 *
 * Rounding to nearest needs no care for ties: the root of a whole number s is never n + 1/2. Nor can the root be
 * rounded across it on the way: next to (n + 1/2)^2 = n^2 + n + 1/4 the nearest whole s are 1/4 below and 3/4 above, so
 * that the true root is at least 1 / (8 n + 8) away from n + 1/2. For n < 2^8 that is over 2^-11, where a float below
 * 2^8 is off by 2^-17 at most; for n < 2^16 it is over 2^-19, where a double is off by 2^-38. */
#include "raster/ops/sobel.h"

#include <math.h>
#include <string.h>

#include "raster/ops/isa.h"
#include "raster/ops/round.h"

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
static inline double sobel_magnitude(double a0, double a1, double a2, double h0, double h2, double b0, double b1,
                                     double b2)
{
    double x = (a2 - a0) + 2 * (h2 - h0) + (b2 - b0);
    double y = (b0 - a0) + 2 * (b1 - a1) + (b2 - a2);
    return sqrt(x * x + y * y);
}

#define RST_TEMPLATE "raster/ops/sobel_tmpl.h"
#include "raster/ops/each_type.h"

#define MAGNITUDE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = magnitude_##lower,
#define PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = patch_##lower,

extern const struct rst_sobel_kernels RST_KERNELS(rst_sobel_kernels);
const struct rst_sobel_kernels RST_KERNELS(rst_sobel_kernels) = {
    .magnitude = {RST_TYPES(MAGNITUDE_ENTRY)},
    .patch = {RST_TYPES(PATCH_ENTRY)},
};
