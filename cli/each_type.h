/* Includes the template that TEMPLATE names once for each pixel type. What it finds defined:
 *
 *     T            the C type: uint8_t ... double
 *     NAME(x)      the function x for this type: x_u8 ... x_f64
 *     IS_FLOAT     0 or 1
 *
 * All of them, and TEMPLATE, end here. There is no include guard: a file may have several templates.
 */
#define IS_FLOAT 0
#define T uint8_t
#define NAME(x) x##_u8
#include TEMPLATE
#undef T
#undef NAME
#define T int8_t
#define NAME(x) x##_i8
#include TEMPLATE
#undef T
#undef NAME
#define T uint16_t
#define NAME(x) x##_u16
#include TEMPLATE
#undef T
#undef NAME
#define T int16_t
#define NAME(x) x##_i16
#include TEMPLATE
#undef T
#undef NAME
#define T uint32_t
#define NAME(x) x##_u32
#include TEMPLATE
#undef T
#undef NAME
#define T int32_t
#define NAME(x) x##_i32
#include TEMPLATE
#undef T
#undef NAME
#define T uint64_t
#define NAME(x) x##_u64
#include TEMPLATE
#undef T
#undef NAME
#define T int64_t
#define NAME(x) x##_i64
#include TEMPLATE
#undef T
#undef NAME
#undef IS_FLOAT
#define IS_FLOAT 1
#define T float
#define NAME(x) x##_f32
#include TEMPLATE
#undef T
#undef NAME
#define T double
#define NAME(x) x##_f64
#include TEMPLATE
#undef T
#undef NAME
#undef IS_FLOAT
#undef TEMPLATE
