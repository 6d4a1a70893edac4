/* Cast kernels, from every type to every type.
 *
 * Integer to integer saturates, and is exact up to 64 bits. Integer to float is C's conversion, rounded once. Float to
 * integer rounds to nearest with ties to even and saturates; NaN becomes 0. */
#include <stdint.h>

#include "raster/ops/common/round.h"
#include "raster/ops/point/cast.h"

/* What the cast from one type asks of the other one, by its short name. */
#define TYPE_u8 uint8_t
#define TYPE_i8 int8_t
#define TYPE_u16 uint16_t
#define TYPE_i16 int16_t
#define TYPE_u32 uint32_t
#define TYPE_i32 int32_t
#define TYPE_u64 uint64_t
#define TYPE_i64 int64_t
#define TYPE_f32 float
#define TYPE_f64 double
#define LEAST_u8 0
#define MOST_u8 UINT8_MAX
#define LEAST_i8 INT8_MIN
#define MOST_i8 INT8_MAX
#define LEAST_u16 0
#define MOST_u16 UINT16_MAX
#define LEAST_i16 INT16_MIN
#define MOST_i16 INT16_MAX
#define LEAST_u32 0
#define MOST_u32 UINT32_MAX
#define LEAST_i32 INT32_MIN
#define MOST_i32 INT32_MAX
#define LEAST_u64 0
#define MOST_u64 UINT64_MAX
#define LEAST_i64 INT64_MIN
#define MOST_i64 INT64_MAX
#define FLOAT_f32 1
#define FLOAT_f64 1

#define RST_TEMPLATE "raster/ops/point/cast_from_tmpl.h"
#include "raster/ops/common/each_type.h"

#define CAST_ROW(from)                                                                                                 \
    {                                                                                                                  \
        cast_##from##_u8, cast_##from##_i8, cast_##from##_u16, cast_##from##_i16, cast_##from##_u32,                   \
            cast_##from##_i32, cast_##from##_u64, cast_##from##_i64, cast_##from##_f32, cast_##from##_f64              \
    }
#define CAST_TABLE(UPPER, lower, ctype) CAST_ROW(lower),
const struct rst_cast_kernels RST_KERNELS(rst_cast_kernels) = {{RST_TYPES(CAST_TABLE)}};
