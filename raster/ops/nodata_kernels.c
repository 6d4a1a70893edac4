/* Nodata kernels: passes over a row without a branch per sample. Counts are kept in 32 bits over stretches, where a
 * vector holds more of them than of 64. */
#include "raster/ops/nodata_kernels.h"

#define STRETCH ((size_t)1 << 16)

#define SAMPLE uint8_t
#define MEMBER u8
#define IS_NAN(v) false
#define NAME(x) x##_u8
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE int8_t
#define MEMBER i8
#define IS_NAN(v) false
#define NAME(x) x##_i8
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE uint16_t
#define MEMBER u16
#define IS_NAN(v) false
#define NAME(x) x##_u16
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE int16_t
#define MEMBER i16
#define IS_NAN(v) false
#define NAME(x) x##_i16
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE uint32_t
#define MEMBER u32
#define IS_NAN(v) false
#define NAME(x) x##_u32
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE int32_t
#define MEMBER i32
#define IS_NAN(v) false
#define NAME(x) x##_i32
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE uint64_t
#define MEMBER u64
#define IS_NAN(v) false
#define NAME(x) x##_u64
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE int64_t
#define MEMBER i64
#define IS_NAN(v) false
#define NAME(x) x##_i64
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE float
#define MEMBER f32
#define IS_NAN(v) ((v) != (v))
#define NAME(x) x##_f32
#include "raster/ops/nodata_tmpl.h"

#define SAMPLE double
#define MEMBER f64
#define IS_NAN(v) ((v) != (v))
#define NAME(x) x##_f64
#include "raster/ops/nodata_tmpl.h"

#define MARK_ROW(UPPER, lower, ctype) mark_##lower,
#define RESTORE_ROW(UPPER, lower, ctype) restore_##lower,
const struct rst_nodata_kernels RST_KERNELS(rst_nodata_kernels) = {
    .mark = {RST_TYPES(MARK_ROW)},
    .restore = {RST_TYPES(RESTORE_ROW)},
};
