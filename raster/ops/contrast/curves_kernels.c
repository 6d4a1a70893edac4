/* The kernels of curves. Samples that are computed with are doubles, in blocks that stay in the first-level cache;
 * tables are looked up sample by sample. */
#include "raster/ops/contrast/curves.h"

#include <string.h>

#include "raster/ops/common/lookup.h"
#include "raster/ops/common/round.h"

enum { BLOCK = 512 };

#define RST_TEMPLATE "raster/ops/contrast/curves_tmpl.h"
#include "raster/ops/common/each_type.h"

/* NaN is neither above nor below. */
static void line(const struct rst_curve_line *lines, double *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct rst_curve_line *of = &lines[i];
        double v = samples[i], y = (v * of->pre - of->start) * of->scale + of->to_low;
        y = v <= of->low ? of->to_low : y;
        samples[i] = v >= of->high ? of->to_high : y;
    }
}

static inline __attribute__((always_inline)) void lookup_pixels(const uint8_t *in, uint8_t *out, const uint8_t *tables,
                                                                size_t step, size_t width)
{
    for (size_t x = 0; x < width; x++, in += step, out += step)
        for (size_t i = 0; i < step; i++)
            out[i] = tables[i * 256 + in[i]];
}

#define LOOKUP(name, from_type, to_type)                                                                               \
    static void name(const struct rst_curves *curves, int32_t band, size_t step, const void *from, void *to,           \
                     size_t width)                                                                                     \
    {                                                                                                                  \
        for (size_t i = 0; i < step; i++) {                                                                            \
            const from_type *in = (const from_type *)from + i;                                                         \
            to_type *out = (to_type *)to + i;                                                                          \
            const to_type *table =                                                                                     \
                (const to_type *)(const void *)(curves->tables + ((size_t)band + i) * curves->table_bytes);            \
            for (size_t x = 0; x < width; x++)                                                                         \
                out[x * step] = table[in[x * step]];                                                                   \
        }                                                                                                              \
    }

LOOKUP(lookup_8_to_16, uint8_t, uint16_t)
LOOKUP(lookup_8_to_32, uint8_t, uint32_t)
LOOKUP(lookup_8_to_64, uint8_t, uint64_t)
LOOKUP(lookup_16_to_8, uint16_t, uint8_t)
LOOKUP(lookup_16_to_16, uint16_t, uint16_t)
LOOKUP(lookup_16_to_32, uint16_t, uint32_t)
LOOKUP(lookup_16_to_64, uint16_t, uint64_t)

static void lookup_8_to_8(const struct rst_curves *curves, int32_t band, size_t step, const void *from, void *to,
                          size_t width)
{
    const unsigned char *tables = (const unsigned char *)curves->tables + (size_t)band * 256;
    if (step == 1)
        rst_lookup_bytes(from, to, tables, width);
    else if (step == 3)
        lookup_pixels(from, to, tables, 3, width);
    else if (step == 4)
        lookup_pixels(from, to, tables, 4, width);
    else
        lookup_pixels(from, to, tables, step, width);
}

#define LOAD_ROW(UPPER, lower, ctype) load_##lower,
#define STORE_ROW(UPPER, lower, ctype) store_##lower,
#define LIMIT_ROW(UPPER, lower, ctype) limit_##lower,
#define PARTS_ROW(UPPER, lower) [RST_##UPPER] = parts_##lower,
extern const struct rst_curves_kernels RST_KERNELS(rst_curves_kernels);
const struct rst_curves_kernels RST_KERNELS(rst_curves_kernels) = {
    .load = {RST_TYPES(LOAD_ROW)},
    .store = {RST_TYPES(STORE_ROW)},
    .line = line,
    .limit = {RST_TYPES(LIMIT_ROW)},
    .parts = {PARTS_ROW(U32, u32) PARTS_ROW(I32, i32) PARTS_ROW(U64, u64) PARTS_ROW(I64, i64) PARTS_ROW(F32, f32)
                  PARTS_ROW(F64, f64)},
    .lookup = {{lookup_8_to_8, lookup_8_to_16, lookup_8_to_32, lookup_8_to_64},
               {lookup_16_to_8, lookup_16_to_16, lookup_16_to_32, lookup_16_to_64}},
};
