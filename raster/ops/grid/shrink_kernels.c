/* The kernels of the box average, once per pixel type. */
#include "raster/ops/grid/shrink.h"

#include <string.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

#define SHRINK_BLOCK ((size_t)256)

/* To nearest, ties to even. count is positive. */
static inline int64_t shrink_divide(int64_t total, int64_t count)
{
    int64_t quotient = total / count, rest = total % count;
    if (rest < 0) {
        quotient--;
        rest += count;
    }
    int64_t other = count - rest;
    return quotient + (rest > other || (rest == other && (quotient & 1)));
}

/* Copies every other pixel. Pixels of 3 and 6 bytes are copied with a few bytes of the next one, which then comes over
 * them: twice as fast as copying them byte by byte. */
static void shrink_keep_even(const void *line, size_t pixels, size_t bytes, void *target)
{
    const unsigned char *from = line;
    unsigned char *restrict to = target;
    size_t x = 0;
    switch (bytes) {
    case 1:
        for (; x < pixels; x++)
            to[x] = from[2 * x];
        return;
    case 3:
        for (; x + 1 < pixels; x++)
            memcpy(to + 3 * x, from + 6 * x, 4);
        break;
    case 6:
        for (; x + 1 < pixels; x++)
            memcpy(to + 6 * x, from + 12 * x, 8);
        break;
    case 2:
        for (; x < pixels; x++)
            memcpy(to + 2 * x, from + 4 * x, 2);
        return;
    case 4:
        for (; x < pixels; x++)
            memcpy(to + 4 * x, from + 8 * x, 4);
        return;
    default:
        break;
    }
    for (; x < pixels; x++)
        memcpy(to + x * bytes, from + 2 * x * bytes, bytes);
}

#define RST_TEMPLATE "raster/ops/grid/shrink_tmpl.h"
#include "raster/ops/common/each_type.h"

#define ADD_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = add_##lower,
#define ADD_PRESENT_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = add_present_##lower,
#define AVERAGE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = average_##lower,
#define ADD_OPAQUE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = add_opaque_##lower,
#define AVERAGE_OPAQUE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = average_opaque_##lower,

extern const struct rst_shrink_kernels RST_KERNELS(rst_shrink_kernels);
const struct rst_shrink_kernels RST_KERNELS(rst_shrink_kernels) = {
    .add = {RST_TYPES(ADD_ENTRY)},
    .add_present = {RST_TYPES(ADD_PRESENT_ENTRY)},
    .average = {RST_TYPES(AVERAGE_ENTRY)},
    .halve = {[RST_U8] = halve_u8, [RST_I8] = halve_i8, [RST_U16] = halve_u16, [RST_I16] = halve_i16},
    .add_opaque = {RST_TYPES(ADD_OPAQUE_ENTRY)},
    .average_opaque = {RST_TYPES(AVERAGE_OPAQUE_ENTRY)},
};
