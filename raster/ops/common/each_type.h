/* Includes the template that RST_TEMPLATE names once for each pixel type, in the order of RST_TYPES:
 *
 *     #define RST_TEMPLATE "raster/ops/edge/sobel_tmpl.h"
 *     #include "raster/ops/common/each_type.h"
 *
 * What a template finds defined:
 *
 *     T            the C type: uint8_t ... double
 *     NAME         its short name, u8 ... f64; a member of union rst_sample, and what RST_NAME() puts behind a name
 *     BITS         8, 16, 32 or 64, of floats too
 *     IS_FLOAT     0 or 1
 *     IS_SIGNED    0 or 1; floats are signed
 *     TOP          the greatest value of an integer type; of a float 1, which is white
 *     FROM_DOUBLE  the function of round.h that makes a T of a double
 *
 * All of them, and RST_TEMPLATE, end here; what a template defines besides, it undefines itself. FROM_DOUBLE wants
 * round.h included before. There is no include guard: a file may have several templates.
 */
#include "raster/ops/common/isa.h"

#define FROM_DOUBLE RST_PASTE(RST_PASTE(rst, NAME), from_f64)

#define IS_FLOAT 0

#define BITS 8
#define T uint8_t
#define NAME u8
#define IS_SIGNED 0
#define TOP UINT8_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP

#define T int8_t
#define NAME i8
#define IS_SIGNED 1
#define TOP INT8_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP
#undef BITS

#define BITS 16
#define T uint16_t
#define NAME u16
#define IS_SIGNED 0
#define TOP UINT16_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP

#define T int16_t
#define NAME i16
#define IS_SIGNED 1
#define TOP INT16_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP
#undef BITS

#define BITS 32
#define T uint32_t
#define NAME u32
#define IS_SIGNED 0
#define TOP UINT32_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP

#define T int32_t
#define NAME i32
#define IS_SIGNED 1
#define TOP INT32_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP
#undef BITS

#define BITS 64
#define T uint64_t
#define NAME u64
#define IS_SIGNED 0
#define TOP UINT64_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP

#define T int64_t
#define NAME i64
#define IS_SIGNED 1
#define TOP INT64_MAX
#include RST_TEMPLATE
#undef T
#undef NAME
#undef IS_SIGNED
#undef TOP
#undef BITS

#undef IS_FLOAT
#define IS_FLOAT 1

#define IS_SIGNED 1
#define TOP 1
#define T float
#define NAME f32
#define BITS 32
#include RST_TEMPLATE
#undef T
#undef NAME
#undef BITS

#define T double
#define NAME f64
#define BITS 64
#include RST_TEMPLATE
#undef T
#undef NAME
#undef BITS

#undef IS_SIGNED
#undef TOP
#undef IS_FLOAT
#undef FROM_DOUBLE
#undef RST_TEMPLATE
