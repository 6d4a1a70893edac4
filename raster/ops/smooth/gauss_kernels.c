/* The kernels of the Gaussian for one instruction set. See gauss.h for the three arithmetics.
 *
 * FIXED folds the taps in pairs: two u8 samples of 6 further bits add up to less than 32768, and their product with a
 * weight of 15 bits, rounded, is again such a sample. That is x86's pmulhrsw, of which vector code makes 16 or 32 at a
 * time; the compiler does not find it where it would have to keep sums in registers over all taps, hence the
 * intrinsics. The plain form below them gives the same bytes.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __SSSE3__
#include <immintrin.h>
#endif

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"
#include "raster/ops/smooth/gauss.h"

#if defined(__AVX512BW__)
#define VECTOR_BYTES 64
typedef __m512i words;
#define WORDS_LOAD(p) _mm512_loadu_si512(p)
#define WORDS_STORE(p, v) _mm512_storeu_si512(p, v)
#define WORDS_ALL(w) _mm512_set1_epi16(w)
#define WORDS_ADD(a, b) _mm512_add_epi16(a, b)
#define WORDS_MUL(a, b) _mm512_mulhrs_epi16(a, b)
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
typedef __m256i words;
#define WORDS_LOAD(p) _mm256_loadu_si256((const __m256i_u *)(p))
#define WORDS_STORE(p, v) _mm256_storeu_si256((__m256i_u *)(p), v)
#define WORDS_ALL(w) _mm256_set1_epi16(w)
#define WORDS_ADD(a, b) _mm256_add_epi16(a, b)
#define WORDS_MUL(a, b) _mm256_mulhrs_epi16(a, b)
#else
#define VECTOR_BYTES 16
#endif

typedef float floats __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef double doubles __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));

#ifdef WORDS_ALL

#define WORDS ((size_t)VECTOR_BYTES / 2) /* per vector */

static void across_fixed(void *to, const void *from, size_t count, size_t step, const void *weights, int radius)
{
    const int16_t *half = weights, *centre = (const int16_t *)from + (size_t)radius * step;

    for (size_t i = 0; i < count; i += 4 * WORDS) {
        const int16_t *left = centre + i, *right = left;
        int16_t *out = (int16_t *)to + i;
        words w = WORDS_ALL(half[0]);
        words a = WORDS_MUL(WORDS_LOAD(left), w), b = WORDS_MUL(WORDS_LOAD(left + WORDS), w);
        words c = WORDS_MUL(WORDS_LOAD(left + 2 * WORDS), w), d = WORDS_MUL(WORDS_LOAD(left + 3 * WORDS), w);
        for (int k = 1; k <= radius; k++) {
            left -= step;
            right += step;
            w = WORDS_ALL(half[k]);
            a = WORDS_ADD(a, WORDS_MUL(WORDS_ADD(WORDS_LOAD(left), WORDS_LOAD(right)), w));
            b = WORDS_ADD(b, WORDS_MUL(WORDS_ADD(WORDS_LOAD(left + WORDS), WORDS_LOAD(right + WORDS)), w));
            c = WORDS_ADD(c, WORDS_MUL(WORDS_ADD(WORDS_LOAD(left + 2 * WORDS), WORDS_LOAD(right + 2 * WORDS)), w));
            d = WORDS_ADD(d, WORDS_MUL(WORDS_ADD(WORDS_LOAD(left + 3 * WORDS), WORDS_LOAD(right + 3 * WORDS)), w));
        }
        WORDS_STORE(out, a);
        WORDS_STORE(out + WORDS, b);
        WORDS_STORE(out + 2 * WORDS, c);
        WORDS_STORE(out + 3 * WORDS, d);
    }
}

static void down_fixed(void *to, const void *const *rows, size_t at, size_t count, const void *weights, int radius)
{
    const int16_t *half = weights;

    for (size_t i = 0; i < count; i += 4 * WORDS) {
        const int16_t *up = (const int16_t *)rows[radius] + at + i, *low;
        int16_t *out = (int16_t *)to + i;
        words w = WORDS_ALL(half[0]);
        words a = WORDS_MUL(WORDS_LOAD(up), w), b = WORDS_MUL(WORDS_LOAD(up + WORDS), w);
        words c = WORDS_MUL(WORDS_LOAD(up + 2 * WORDS), w), d = WORDS_MUL(WORDS_LOAD(up + 3 * WORDS), w);
        for (int k = 1; k <= radius; k++) {
            up = (const int16_t *)rows[radius - k] + at + i;
            low = (const int16_t *)rows[radius + k] + at + i;
            w = WORDS_ALL(half[k]);
            a = WORDS_ADD(a, WORDS_MUL(WORDS_ADD(WORDS_LOAD(up), WORDS_LOAD(low)), w));
            b = WORDS_ADD(b, WORDS_MUL(WORDS_ADD(WORDS_LOAD(up + WORDS), WORDS_LOAD(low + WORDS)), w));
            c = WORDS_ADD(c, WORDS_MUL(WORDS_ADD(WORDS_LOAD(up + 2 * WORDS), WORDS_LOAD(low + 2 * WORDS)), w));
            d = WORDS_ADD(d, WORDS_MUL(WORDS_ADD(WORDS_LOAD(up + 3 * WORDS), WORDS_LOAD(low + 3 * WORDS)), w));
        }
        WORDS_STORE(out, a);
        WORDS_STORE(out + WORDS, b);
        WORDS_STORE(out + 2 * WORDS, c);
        WORDS_STORE(out + 3 * WORDS, d);
    }
}

#else

/* a * w / 32768, rounded half up. */
static inline int16_t scaled(int a, int w)
{
    return (int16_t)((a * w + 16384) >> 15);
}

/* One pair of taps over a row of sums; on its own, or the compiler would mix the loops and give up on vectors. */
__attribute__((noinline)) static void add_pair(int16_t *restrict sums, const int16_t *restrict a,
                                               const int16_t *restrict b, size_t count, int16_t w)
{
    for (size_t i = 0; i < count; i++)
        sums[i] = (int16_t)(sums[i] + scaled((int16_t)(a[i] + b[i]), w));
}

__attribute__((noinline)) static void start(int16_t *restrict sums, const int16_t *restrict a, size_t count, int16_t w)
{
    for (size_t i = 0; i < count; i++)
        sums[i] = scaled(a[i], w);
}

static void across_fixed(void *to, const void *from, size_t count, size_t step, const void *weights, int radius)
{
    const int16_t *half = weights, *centre = (const int16_t *)from + (size_t)radius * step;

    start(to, centre, count, half[0]);
    for (int k = 1; k <= radius; k++)
        add_pair(to, centre - (size_t)k * step, centre + (size_t)k * step, count, half[k]);
}

static void down_fixed(void *to, const void *const *rows, size_t at, size_t count, const void *weights, int radius)
{
    const int16_t *half = weights;

    start(to, (const int16_t *)rows[radius] + at, count, half[0]);
    for (int k = 1; k <= radius; k++)
        add_pair(to, (const int16_t *)rows[radius - k] + at, (const int16_t *)rows[radius + k] + at, count, half[k]);
}

#endif

/* Pixels of 8 bits from and to FIXED. */
#define FIXED_PIXELS(name, ctype, low, high)                                                                           \
    static void widen_##name##_fixed(void *to, const void *from, size_t count)                                         \
    {                                                                                                                  \
        const ctype *restrict pixels = from;                                                                           \
        int16_t *restrict sums = to;                                                                                   \
        for (size_t i = 0; i < count; i++)                                                                             \
            sums[i] = (int16_t)(pixels[i] * (1 << RST_GAUSS_POINT));                                                   \
    }                                                                                                                  \
    static void finish_##name##_fixed(void *to, const void *from, size_t count)                                        \
    {                                                                                                                  \
        const int16_t *restrict sums = from;                                                                           \
        ctype *restrict pixels = to;                                                                                   \
        for (size_t i = 0; i < count; i++) {                                                                           \
            int16_t v = (int16_t)((int16_t)(sums[i] + (1 << (RST_GAUSS_POINT - 1))) >> RST_GAUSS_POINT);               \
            pixels[i] = (ctype)(v < low ? low : v > high ? high : v);                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    static void sharpen_##name##_fixed(void *to, const void *from, const void *centre, size_t count,                   \
                                       const struct rst_gauss_sharpening *how)                                         \
    {                                                                                                                  \
        const int16_t *restrict sums = from;                                                                           \
        const ctype *restrict middle = centre;                                                                         \
        ctype *restrict pixels = to;                                                                                   \
        const float strength = (float)how->amount, threshold = (float)how->threshold;                                  \
        for (size_t i = 0; i < count; i++) {                                                                           \
            float v = (float)middle[i], apart = v - (float)sums[i] * (1.0f / (1 << RST_GAUSS_POINT));                  \
            apart = (apart < 0 ? -apart : apart) <= threshold ? 0 : apart;                                             \
            pixels[i] = rst_##name##_from_f32(v + strength * apart);                                                   \
        }                                                                                                              \
    }

FIXED_PIXELS(u8, uint8_t, 0, UINT8_MAX)
FIXED_PIXELS(i8, int8_t, INT8_MIN, INT8_MAX)

#define SUM float
#define SUM_NAME single
#define SUM_TYPE f32
#define SUM_BITS 32
#define VECTOR floats
#include "raster/ops/smooth/gauss_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/gauss_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME
#undef SUM_TYPE
#undef SUM_BITS
#undef VECTOR

#define SUM double
#define SUM_NAME double
#define SUM_TYPE f64
#define SUM_BITS 64
#define VECTOR doubles
#include "raster/ops/smooth/gauss_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/gauss_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME
#undef SUM_TYPE
#undef SUM_BITS
#undef VECTOR

#define FIXED_ROW(what)                                                                                                \
    {                                                                                                                  \
        [RST_U8] = what##_u8_fixed, [RST_I8] = what##_i8_fixed                                                         \
    }
#define SINGLE_ROW(what)                                                                                               \
    {                                                                                                                  \
        [RST_U8] = what##_u8_single, [RST_I8] = what##_i8_single, [RST_U16] = what##_u16_single,                       \
        [RST_I16] = what##_i16_single, [RST_F32] = what##_f32_single                                                   \
    }
#define DOUBLE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = DOUBLE_NAME(lower),
#define TABLE(what)                                                                                                    \
    {                                                                                                                  \
        [RST_GAUSS_FIXED] = FIXED_ROW(what), [RST_GAUSS_SINGLE] = SINGLE_ROW(what), [RST_GAUSS_DOUBLE] = {             \
            RST_TYPES(DOUBLE_ENTRY)                                                                                    \
        }                                                                                                              \
    }

extern const struct rst_gauss_kernels RST_KERNELS(rst_gauss_kernels);
const struct rst_gauss_kernels RST_KERNELS(rst_gauss_kernels) = {
#define DOUBLE_NAME(lower) widen_##lower##_double
    .widen = TABLE(widen),
#undef DOUBLE_NAME
    .across = {across_fixed, across_single, across_double},
    .down = {down_fixed, down_single, down_double},
#define DOUBLE_NAME(lower) finish_##lower##_double
    .finish = TABLE(finish),
#undef DOUBLE_NAME
#define DOUBLE_NAME(lower) sharpen_##lower##_double
    .sharpen = TABLE(sharpen),
#undef DOUBLE_NAME
};
