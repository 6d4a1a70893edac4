/* The kernels of the box average for one instruction set.
 *
 * Dividing by multiplying: the sums are integers and the number of samples n is odd, so sum / n is at least 1 / (2n)
 * away from where rounding turns. Multiplying by the rounded inverse is off by at most mean * 2^-23 in float and
 * mean * 2^-52 in double; box.c takes the cheapest that stays below 1 / (2n).
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"
#include "raster/ops/smooth/box.h"

#define SUM uint16_t
#define SUM_NAME word
#define SUM_BITS 16
#include "raster/ops/smooth/box_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/box_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME
#undef SUM_BITS

#define SUM uint32_t
#define SUM_NAME long
#define SUM_BITS 32
#include "raster/ops/smooth/box_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/box_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME
#undef SUM_BITS

#define SUM uint64_t
#define SUM_NAME quad
#define SUM_BITS 64
#include "raster/ops/smooth/box_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/box_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME
#undef SUM_BITS

/* Of a block, the sums from each pixel to the block's end and from its beginning to each pixel: a window of a block's
 * length is the end of one block and the beginning of the next. Nothing outside the window goes into its sum. */
static void across_blocks(double *to, const double *from, size_t count, size_t step, size_t samples, size_t phase,
                          double *scratch)
{
    size_t reach = (samples - 1) * step, wide = count + reach, pixels = wide / step;
    double *to_end = scratch, *from_start = scratch + wide;

    for (size_t p = 0, place = phase; p < pixels; p++) {
        for (size_t i = p * step; i < (p + 1) * step; i++)
            from_start[i] = place && p ? from_start[i - step] + from[i] : from[i];
        place = place + 1 == samples ? 0 : place + 1;
    }
    for (size_t p = pixels, place = (phase + pixels) % samples; p-- > 0;) {
        for (size_t i = p * step; i < (p + 1) * step; i++)
            to_end[i] = place && p + 1 < pixels ? to_end[i + step] + from[i] : from[i];
        place = place ? place - 1 : samples - 1;
    }
    for (size_t p = 0, place = phase; p < count / step; p++) {
        for (size_t i = p * step; i < (p + 1) * step; i++)
            to[i] = place ? to_end[i] + from_start[i + reach] : to_end[i];
        place = place + 1 == samples ? 0 : place + 1;
    }
}

static void add(double *restrict to, const double *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

#define MEAN(name, ctype)                                                                                              \
    static void mean_##name(void *restrict to, const double *restrict first, const double *restrict second,            \
                            size_t count, double samples)                                                              \
    {                                                                                                                  \
        ctype *restrict pixels = to;                                                                                   \
        if (second)                                                                                                    \
            for (size_t i = 0; i < count; i++)                                                                         \
                pixels[i] = rst_##name##_from_f64((first[i] + second[i]) / samples);                                   \
        else                                                                                                           \
            for (size_t i = 0; i < count; i++)                                                                         \
                pixels[i] = rst_##name##_from_f64(first[i] / samples);                                                 \
    }

MEAN(u64, uint64_t)
MEAN(i64, int64_t)
MEAN(f32, float)
MEAN(f64, double)

#define WORD_ROW(what)                                                                                                 \
    {                                                                                                                  \
        [RST_U8] = what##_u8_word, [RST_I8] = what##_i8_word                                                           \
    }
#define LONG_ROW(what)                                                                                                 \
    {                                                                                                                  \
        [RST_U8] = what##_u8_long, [RST_I8] = what##_i8_long, [RST_U16] = what##_u16_long, [RST_I16] = what##_i16_long \
    }
#define QUAD_ROW(what)                                                                                                 \
    {                                                                                                                  \
        [RST_U8] = what##_u8_quad, [RST_I8] = what##_i8_quad, [RST_U16] = what##_u16_quad,                             \
        [RST_I16] = what##_i16_quad, [RST_U32] = what##_u32_quad, [RST_I32] = what##_i32_quad                          \
    }
#define TABLE(what)                                                                                                    \
    {                                                                                                                  \
        [RST_BOX_WORD] = WORD_ROW(what), [RST_BOX_LONG] = LONG_ROW(what), [RST_BOX_QUAD] = QUAD_ROW(what)              \
    }

extern const struct rst_box_kernels RST_KERNELS(rst_box_kernels);
const struct rst_box_kernels RST_KERNELS(rst_box_kernels) = {
    .enter = TABLE(enter),
    .shift = TABLE(shift),
    .across_short = {[RST_BOX_LONG] = across_short_long, [RST_BOX_QUAD] = across_short_quad},
    .across_long = {[RST_BOX_LONG] = across_long_long, [RST_BOX_QUAD] = across_long_quad},
    .mean_short = {[RST_U8] = mean_short_u8_word, [RST_I8] = mean_short_i8_word},
    .finish = {[RST_BOX_LONG] = LONG_ROW(finish), [RST_BOX_QUAD] = QUAD_ROW(finish)},
    .across_blocks = across_blocks,
    .add = add,
    .mean = {[RST_U64] = mean_u64, [RST_I64] = mean_i64, [RST_F32] = mean_f32, [RST_F64] = mean_f64},
};
