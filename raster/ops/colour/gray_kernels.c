/* The kernels of gray. Weights are whole ten-thousandths, so that on integers the sum is a whole number, and what is
 * left is one division, rounded to nearest with ties to even.
 *
 * Bytes: the sum of three products fits the 24 bits of a float. It is multiplied by the float next to a ten-thousandth,
 * which is 2.53e-8 of it too small, less than the 2^-25 = 2.98e-8 that would move a tie k + 1/2 to another float: ties
 * stay ties, and what is none is at least a ten-thousandth away from one.
 *
 * Packed red, green and blue bytes are taken apart by the shuffle of AVX2 (of pairs of bytes into words, as its product
 * of words wants them): the compiler's own way with three bytes takes several times as long. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "raster/ops/colour/gray.h"
#include "raster/ops/common/round.h"

static const float ten_thousandth = 1e-4f;

#ifdef __AVX2__
/* Four pixels in the low 12 bytes of each half, to words: red and green of each, and blue and nothing. */
static inline __m256i sums_of(__m256i halves, __m256i red_green, __m256i blue)
{
    const __m256i first = _mm256_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1, 0, -1, 1, -1, 3, -1,
                                           4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
    const __m256i last = _mm256_setr_epi8(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1, 2, -1, -1, -1, 5,
                                          -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1);
    __m256i a = _mm256_madd_epi16(_mm256_shuffle_epi8(halves, first), red_green);
    __m256i b = _mm256_madd_epi16(_mm256_shuffle_epi8(halves, last), blue);
    return _mm256_add_epi32(a, b);
}

static inline __m256i rounded(__m256i sums)
{
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(ten_thousandth)));
}

static inline __m256i eight_pixels(const uint8_t *from, __m256i red_green, __m256i blue)
{
    __m128i low = _mm_loadu_si128((const __m128i_u *)from), high = _mm_loadu_si128((const __m128i_u *)(from + 12));
    return rounded(sums_of(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1), red_green, blue));
}

/* As many pixels as can be taken 32 at a time without a look beyond the row. */
static size_t gray_packed(const int32_t *weights, const uint8_t *from, uint8_t *to, size_t count)
{
    const __m256i red_green = _mm256_set1_epi32((int32_t)((uint32_t)weights[0] | (uint32_t)weights[1] << 16));
    const __m256i blue = _mm256_set1_epi32(weights[2]), order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    size_t i = 0;
    for (; i + 34 <= count; i += 32) {
        const uint8_t *at = from + 3 * i;
        __m256i a = eight_pixels(at, red_green, blue), b = eight_pixels(at + 24, red_green, blue);
        __m256i c = eight_pixels(at + 48, red_green, blue), d = eight_pixels(at + 72, red_green, blue);
        __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        _mm256_storeu_si256((__m256i_u *)(to + i), _mm256_permutevar8x32_epi32(bytes, order));
    }
    return i;
}
#else
static size_t gray_packed(const int32_t *weights, const uint8_t *from, uint8_t *to, size_t count)
{
    (void)weights, (void)from, (void)to, (void)count;
    return 0;
}
#endif

/* To nearest, ties to even. */
static inline __int128 divided(__int128 sum)
{
    const __int128 whole = sum / 10000;
    const int rest = (int)(sum % 10000), over = rest < 0 ? -rest : rest;
    if (over < 5000 || (over == 5000 && whole % 2 == 0)) return whole;
    return rest < 0 ? whole - 1 : whole + 1;
}

#define RST_TEMPLATE "raster/ops/colour/gray_tmpl.h"
#include "raster/ops/common/each_type.h"

#define GRAY_ROW(UPPER, lower, ctype) gray_##lower,
extern const struct rst_gray_kernels RST_KERNELS(rst_gray_kernels);
const struct rst_gray_kernels RST_KERNELS(rst_gray_kernels) = {.gray = {RST_TYPES(GRAY_ROW)}};
