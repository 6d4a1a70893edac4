/* The kernels of blend: in double, rounded once, or in whole numbers, where that comes to the same. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "raster/ops/calc/blend.h"
#include "raster/ops/common/round.h"

/* To nearest with ties to even, the low bits of the number: adding one so great leaves them at the end of the mantissa.
 */
static inline uint64_t rounded(double v)
{
    uint64_t bits;
    v += 6755399441055744.0;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

#define RST_TEMPLATE "raster/ops/calc/blend_tmpl.h"
#include "raster/ops/common/each_type.h"

static void mix(const struct rst_blend_weights *weights, const double *a, const double *b, double *to, size_t count)
{
    const double weight_a = weights->first, weight_b = weights->second;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = a[i] * weight_a + b[i] * weight_b;
}

static void mix_colors(const struct rst_blend_weights *weights, const double *a, const double *b, const double *alpha_a,
                       const double *alpha_b, double *to, size_t count)
{
    const double weight_a = weights->first, weight_b = weights->second;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        double share_a = alpha_a[i] * weight_a, share_b = alpha_b[i] * weight_b, both = share_a + share_b;
        double plain = a[i] * weight_a + b[i] * weight_b, opaque = (a[i] * share_a + b[i] * share_b) / both;
        to[i] = both != 0 ? opaque : plain;
    }
}

#define SAME_ROW(UPPER, lower, ctype) same_##lower,
const struct rst_blend_kernels RST_KERNELS(rst_blend_kernels) = {
    .same = {RST_TYPES(SAME_ROW)},
    .stepped = {stepped_u8, stepped_i8, stepped_u16, stepped_i16},
    .mix = mix,
    .mix_colors = mix_colors,
};
