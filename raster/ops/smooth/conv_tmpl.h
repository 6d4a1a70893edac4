/* The convolution kernels of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, FROM_DOUBLE. Types of 8 and 16 bits have integer and float sums.
 *
 * An integer sum v is divided exactly, ties to even, in one of three ways (conv_plan.c chooses, and shows why each is
 * exact). Before a division in float v is clamped as an integer to what does not saturate, so that the quotient needs
 * no clamping, and adding 1.5 * 2^23 (1.5 * 2^52) leaves no bit for a fraction: the addition rounds.
 */
#define FINISH(acc) RST_PASTE(finish, RST_PASTE(NAME, acc))

#if BITS == 8
static void FINISH(u16)(const struct rst_conv_finish *finish, const uint16_t *restrict sums, size_t n, T *restrict to)
{
    if (finish->division == RST_CONV_SHIFT) {
        const int shift = finish->shift;
        const int16_t half = (int16_t)finish->half, odd = (int16_t)finish->odd;
        const int16_t low = (int16_t)finish->lowest, high = (int16_t)finish->highest;
        for (size_t i = 0; i < n; i++) {
            int16_t v = (int16_t)sums[i];
            v = (int16_t)(v + half + ((v >> shift) & odd));
            v = (int16_t)(v >> shift);
            v = v < low ? low : v;
            to[i] = (T)(v > high ? high : v);
        }
        return;
    }
    const int32_t base = finish->base, least = finish->least, most = finish->most;
    const float divisor = (float)finish->divisor;
    for (size_t i = 0; i < n; i++) {
        int32_t v = (int32_t)sums[i] + base;
        v = v < least ? least : v;
        v = v > most ? most : v;
        to[i] = (T)conv_round_float((float)v / divisor);
    }
}
#define ACC uint16_t
#define WIDE uint32_t
#define ACC_NAME u16
#include "raster/ops/smooth/conv_mode_tmpl.h"
#endif

#if BITS <= 16
static void FINISH(u32)(const struct rst_conv_finish *finish, const uint32_t *restrict sums, size_t n, T *restrict to)
{
    const int32_t least = finish->least, most = finish->most;
    const int shift = finish->shift;
    const int32_t half = finish->half, odd = finish->odd, low = finish->lowest, high = finish->highest;
    const double divisor = finish->divisor;
    switch (finish->division) {
    case RST_CONV_SHIFT:
        for (size_t i = 0; i < n; i++) {
            int32_t v = (int32_t)sums[i];
            v = (v + half + ((v >> shift) & odd)) >> shift;
            v = v < low ? low : v;
            to[i] = (T)(v > high ? high : v);
        }
        return;
    case RST_CONV_IN_FLOAT:
        for (size_t i = 0; i < n; i++) {
            int32_t v = (int32_t)sums[i];
            v = v < least ? least : v;
            v = v > most ? most : v;
            to[i] = (T)conv_round_float((float)v / (float)divisor);
        }
        return;
    case RST_CONV_IN_DOUBLE:
        for (size_t i = 0; i < n; i++)
            to[i] = FROM_DOUBLE((int32_t)sums[i] / divisor);
        return;
    }
}
#define ACC uint32_t
#define WIDE uint32_t
#define ACC_NAME u32
#include "raster/ops/smooth/conv_mode_tmpl.h"

/* The weights were divided, and the bias is the start. */
static void FINISH(f32)(const struct rst_conv_finish *finish, const float *restrict sums, size_t n, T *restrict to)
{
    const float low = (float)finish->lowest, high = (float)finish->highest;
    for (size_t i = 0; i < n; i++) {
        float v = sums[i] > low ? sums[i] : low;
        to[i] = (T)conv_round_float(v < high ? v : high);
    }
}
#define ACC float
#define WIDE float
#define ACC_NAME f32
#include "raster/ops/smooth/conv_mode_tmpl.h"
#endif

static void FINISH(f64)(const struct rst_conv_finish *finish, const double *restrict sums, size_t n, T *restrict to)
{
    const double divisor = finish->divisor, bias = finish->bias;
    for (size_t i = 0; i < n; i++)
        to[i] = FROM_DOUBLE(sums[i] / divisor + bias);
}
#define ACC double
#define WIDE double
#define ACC_NAME f64
#include "raster/ops/smooth/conv_mode_tmpl.h"

#undef FINISH
