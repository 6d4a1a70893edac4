/* The kernels of convolution, once per pixel type and kind of sum. A row is done in blocks of RST_CONV_BLOCK samples,
 * whose sums stay in L1 from the first tap to the rounding. */
#include "raster/ops/smooth/conv.h"

#include <string.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

#define RST_CONV_BLOCK ((size_t)512)

/* |v| is at most 2^16: adding 1.5 * 2^23 rounds, and the low bits are the integer. */
static inline uint32_t conv_round_float(float v)
{
    v += 12582912.0f;
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* Sums of sums, for the second of two passes. */
#define SUM(name) RST_PASTE(name, RST_PASTE(sums, ACC_NAME))
#define SRC uint16_t
#define ACC uint16_t
#define WIDE uint32_t
#define ACC_NAME u16
#include "raster/ops/smooth/conv_sum_tmpl.h"
#undef SRC
#undef ACC
#undef ACC_NAME
#define SRC uint32_t
#define ACC uint32_t
#define ACC_NAME u32
#include "raster/ops/smooth/conv_sum_tmpl.h"
#undef SRC
#undef ACC
#undef WIDE
#undef ACC_NAME
#define SRC float
#define ACC float
#define WIDE float
#define ACC_NAME f32
#include "raster/ops/smooth/conv_sum_tmpl.h"
#undef SRC
#undef ACC
#undef WIDE
#undef ACC_NAME
#define SRC double
#define ACC double
#define WIDE double
#define ACC_NAME f64
#include "raster/ops/smooth/conv_sum_tmpl.h"
#undef SRC
#undef ACC
#undef WIDE
#undef ACC_NAME
#undef SUM

#define RST_TEMPLATE "raster/ops/smooth/conv_tmpl.h"
#include "raster/ops/common/each_type.h"

#define U16_ROW(pass)                                                                                                  \
    {                                                                                                                  \
        [RST_U8] = pass##_u8_u16, [RST_I8] = pass##_i8_u16                                                             \
    }
#define NARROW_ROW(pass, acc)                                                                                          \
    {                                                                                                                  \
        [RST_U8] = pass##_u8_##acc, [RST_I8] = pass##_i8_##acc, [RST_U16] = pass##_u16_##acc,                          \
        [RST_I16] = pass##_i16_##acc                                                                                   \
    }
#define EVERY_ENTRY_DIRECT(UPPER, lower, ctype) [RST_##UPPER] = direct_##lower##_f64,
#define EVERY_ENTRY_DOWN(UPPER, lower, ctype) [RST_##UPPER] = down_##lower##_f64,
#define EVERY_ENTRY_ACROSS(UPPER, lower, ctype) [RST_##UPPER] = across_##lower##_f64,

extern const struct rst_conv_kernels RST_KERNELS(rst_conv_kernels);
const struct rst_conv_kernels RST_KERNELS(rst_conv_kernels) = {
    .direct = {[RST_CONV_SUM_U16] = U16_ROW(direct),
               [RST_CONV_SUM_U32] = NARROW_ROW(direct, u32),
               [RST_CONV_SUM_F32] = NARROW_ROW(direct, f32),
               [RST_CONV_SUM_F64] = {RST_TYPES(EVERY_ENTRY_DIRECT)}},
    .down = {[RST_CONV_SUM_U16] = U16_ROW(down),
             [RST_CONV_SUM_U32] = NARROW_ROW(down, u32),
             [RST_CONV_SUM_F32] = NARROW_ROW(down, f32),
             [RST_CONV_SUM_F64] = {RST_TYPES(EVERY_ENTRY_DOWN)}},
    .across = {[RST_CONV_SUM_U16] = U16_ROW(across),
               [RST_CONV_SUM_U32] = NARROW_ROW(across, u32),
               [RST_CONV_SUM_F32] = NARROW_ROW(across, f32),
               [RST_CONV_SUM_F64] = {RST_TYPES(EVERY_ENTRY_ACROSS)}},
};
