/* The kernels of the point operations. They are bound by memory where the compiler vectorises them, which it does for
 * all but `power` (a call of pow() per sample), `lookup` (loads by index) and, before AVX-512, rounding to 64-bit
 * integers. Arithmetic is in double, and rounds once. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "raster/ops/common/lookup.h"
#include "raster/ops/common/round.h"
#include "raster/ops/point/point.h"

#define RST_TEMPLATE "raster/ops/point/point_tmpl.h"
#include "raster/ops/common/each_type.h"

/* The sign bit of a float, all bits of an integer, none of the opacity band: a pattern that repeats, and is made of
 * whole pixels. */
static void flip_bits(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const unsigned char *in = from, *pattern = point->table;
    unsigned char *out = to;
    const size_t bytes = count * point->unit;
    for (size_t start = 0; start < bytes; start += point->table_bytes) {
        size_t some = bytes - start < point->table_bytes ? bytes - start : point->table_bytes;
        RST_ROW_LOOP
        for (size_t i = 0; i < some; i++)
            out[start + i] = in[start + i] ^ pattern[i];
    }
}

static void lookup_8(const struct rst_point *point, const void *from, void *to, size_t count)
{
    rst_lookup_bytes(from, to, point->table, count);
}

static void lookup_16(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const uint16_t *in = from, *table = point->table;
    uint16_t *out = to;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = table[in[i]];
}

#define LINEAR_ROW(UPPER, lower, ctype) linear_##lower,
#define POWER_ROW(UPPER, lower, ctype) power_##lower,
#define CLAMP_ROW(UPPER, lower, ctype) clamp_##lower,
#define THRESHOLD_ROW(UPPER, lower, ctype) threshold_##lower,
const struct rst_point_kernels RST_KERNELS(rst_point_kernels) = {
    .linear = {RST_TYPES(LINEAR_ROW)},
    .power = {RST_TYPES(POWER_ROW)},
    .clamp = {RST_TYPES(CLAMP_ROW)},
    .threshold = {RST_TYPES(THRESHOLD_ROW)},
    .lookup = {[RST_U8] = lookup_8, [RST_I8] = lookup_8, [RST_U16] = lookup_16, [RST_I16] = lookup_16},
    .flip_bits = flip_bits,
};
