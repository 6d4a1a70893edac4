/* The kernels of reclassify: a binary search for types that have too many samples for a table, and tables for the
 * others. */
#include "raster/ops/point/reclassify.h"

#define RST_TEMPLATE "raster/ops/point/reclassify_tmpl.h"
#include "raster/ops/common/each_type.h"

#define PUT(bits)                                                                                                      \
    static void put_##bits(void *restrict to, const uint32_t *restrict places, const void *restrict results,           \
                           const uint8_t *restrict kept, size_t n)                                                     \
    {                                                                                                                  \
        uint##bits##_t *restrict out = to;                                                                             \
        const uint##bits##_t *restrict all = results;                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            uint##bits##_t result = all[places[i]], sample = out[i];                                                   \
            out[i] = kept[places[i]] ? sample : result;                                                                \
        }                                                                                                              \
    }

PUT(8)
PUT(16)
PUT(32)
PUT(64)

#define LOOKUP(from_bits, to_bits)                                                                                     \
    static void lookup_##from_bits##_##to_bits(const struct rst_point *point, const void *from, void *to,              \
                                               size_t count)                                                           \
    {                                                                                                                  \
        const uint##from_bits##_t *in = from;                                                                          \
        const uint##to_bits##_t *table = point->table;                                                                 \
        uint##to_bits##_t *out = to;                                                                                   \
        RST_ROW_LOOP                                                                                                   \
        for (size_t i = 0; i < count; i++)                                                                             \
            out[i] = table[in[i]];                                                                                     \
    }

LOOKUP(8, 16)
LOOKUP(8, 32)
LOOKUP(8, 64)
LOOKUP(16, 8)
LOOKUP(16, 32)
LOOKUP(16, 64)

#define FIND_ROW(UPPER, lower, ctype) find_##lower,
const struct rst_reclassify_kernels RST_KERNELS(rst_reclassify_kernels) = {
    .find = {RST_TYPES(FIND_ROW)},
    .put = {put_8, put_16, put_32, put_64},
    .lookup = {{NULL, lookup_8_16, lookup_8_32, lookup_8_64}, {lookup_16_8, NULL, lookup_16_32, lookup_16_64}},
};
