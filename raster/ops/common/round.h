/* From a float or a double to a pixel: to nearest, ties to even, saturated, NaN to 0 for integers. Written so that
 * loops over them become vector code on every instruction set; rounding is done by adding and taking away a number so
 * great that nothing is left behind the point, which is exact for the ranges at hand.
 */
#ifndef RASTER_OPS_COMMON_ROUND_H
#define RASTER_OPS_COMMON_ROUND_H

#include <math.h>
#include <stdint.h>

static inline int32_t rst_round_f32(float v, float low, float high)
{
    v = v > low ? v : v != v ? 0 : low;
    v = v < high ? v : high;
    return (int32_t)((v + 12582912.0f) - 12582912.0f);
}

static inline double rst_round_f64(double v, double low, double high)
{
    v = v > low ? v : v != v ? 0 : low;
    v = v < high ? v : high;
    return (v + 6755399441055744.0) - 6755399441055744.0;
}

/* Of the integers up to 16 bits a float holds each. */
#define RST_ROUND_SMALL(name, ctype, low, high)                                                                        \
    static inline ctype rst_##name##_from_f32(float v)                                                                 \
    {                                                                                                                  \
        return (ctype)rst_round_f32(v, low, high);                                                                     \
    }                                                                                                                  \
    static inline ctype rst_##name##_from_f64(double v)                                                                \
    {                                                                                                                  \
        return (ctype)(int32_t)rst_round_f64(v, low, high);                                                            \
    }

RST_ROUND_SMALL(u8, uint8_t, 0, UINT8_MAX)
RST_ROUND_SMALL(i8, int8_t, INT8_MIN, INT8_MAX)
RST_ROUND_SMALL(u16, uint16_t, 0, UINT16_MAX)
RST_ROUND_SMALL(i16, int16_t, INT16_MIN, INT16_MAX)

static inline uint32_t rst_u32_from_f64(double v)
{
    /* by way of a signed number, which every instruction set converts */
    return (uint32_t)(int32_t)(rst_round_f64(v, 0, UINT32_MAX) - 2147483648.0) ^ UINT32_C(0x80000000);
}

static inline int32_t rst_i32_from_f64(double v)
{
    return (int32_t)rst_round_f64(v, INT32_MIN, INT32_MAX);
}

static inline uint64_t rst_u64_from_f64(double v)
{
    return !(v > 0) ? 0 : v >= 18446744073709551616.0 ? UINT64_MAX : (uint64_t)rint(v);
}

static inline int64_t rst_i64_from_f64(double v)
{
    if (v != v) return 0;
    return v <= -9223372036854775808.0 ? INT64_MIN : v >= 9223372036854775808.0 ? INT64_MAX : (int64_t)rint(v);
}

static inline float rst_f32_from_f32(float v)
{
    return v;
}

static inline float rst_f32_from_f64(double v)
{
    return (float)v;
}

static inline double rst_f64_from_f64(double v)
{
    return v;
}

#endif
