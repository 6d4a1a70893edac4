/* The kernels of the box average, once per pixel type. */
#include "raster/ops/grid/shrink.h"

#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

#define SHRINK_BLOCK ((size_t)256)

/* To nearest, ties to even. count is positive. */
static inline int64_t shrink_divide(int64_t total, int64_t count)
{
    int64_t quotient = total / count, rest = total % count;
    if (rest < 0) {
        quotient--;
        rest += count;
    }
    int64_t other = count - rest;
    return quotient + (rest > other || (rest == other && (quotient & 1)));
}

/* Halving bytes by the shuffle of AVX2, which puts those that are averaged side by side, and its sums of pairs. Returns
 * how many pixels of the result are made; the others are too near the rows' end. */
#ifdef __AVX2__
/* The order of a shuffle, the same for both halves of a vector. */
#define shrink_order(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

static inline __m256i shrink_pairs(const uint8_t *low, const uint8_t *high, __m256i order)
{
    __m256i bytes = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i_u *)low));
    bytes = _mm256_inserti128_si256(bytes, _mm_loadu_si128((const __m128i_u *)high), 1);
    return _mm256_maddubs_epi16(_mm256_shuffle_epi8(bytes, order), _mm256_set1_epi8(1));
}

/* A quarter of the sums, to nearest, ties to even. */
static inline __m256i shrink_quarters(__m256i a, __m256i b)
{
    const __m256i one = _mm256_set1_epi16(1);
    __m256i sums = _mm256_add_epi16(a, b), odd = _mm256_and_si256(_mm256_srli_epi16(sums, 2), one);
    return _mm256_srli_epi16(_mm256_add_epi16(_mm256_add_epi16(sums, one), odd), 2);
}

/* Pixels of 1, 2 or 4 bytes: 64 bytes of both rows at a time. */
static size_t shrink_halve_even(const uint8_t *above, const uint8_t *below, size_t bands, size_t pixels, uint8_t *to)
{
    const __m256i order = bands == 1   ? shrink_order(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
                          : bands == 2 ? shrink_order(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15)
                                       : shrink_order(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    const size_t bytes = pixels * bands;
    size_t at = 0;
    for (; at + 32 <= bytes; at += 32) {
        const uint8_t *a = above + 2 * at, *b = below + 2 * at;
        __m256i left = shrink_quarters(shrink_pairs(a, a + 32, order), shrink_pairs(b, b + 32, order));
        __m256i right = shrink_quarters(shrink_pairs(a + 16, a + 48, order), shrink_pairs(b + 16, b + 48, order));
        _mm256_storeu_si256((__m256i_u *)(to + at), _mm256_packus_epi16(left, right));
    }
    return at / bands;
}

/* Pixels of 3 bytes: 16 of both rows at a time, 4 in each half of a vector. The last 4 bytes that are stored with each
 * half are those of the next, which come over them. */
static size_t shrink_halve_packed(const uint8_t *above, const uint8_t *below, size_t pixels, uint8_t *to)
{
    const __m256i order = shrink_order(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1);
    const __m256i close = shrink_order(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, -1, -1, -1, -1);
    size_t x = 0;
    for (; x + 10 <= pixels; x += 8) {
        const uint8_t *a = above + 6 * x, *b = below + 6 * x;
        __m256i even = shrink_quarters(shrink_pairs(a, a + 24, order), shrink_pairs(b, b + 24, order));
        __m256i odd = shrink_quarters(shrink_pairs(a + 12, a + 36, order), shrink_pairs(b + 12, b + 36, order));
        __m256i bytes = _mm256_shuffle_epi8(_mm256_packus_epi16(even, odd), close);
        _mm_storeu_si128((__m128i_u *)(to + 3 * x), _mm256_castsi256_si128(bytes));
        _mm_storeu_si128((__m128i_u *)(to + 3 * x + 12), _mm256_extracti128_si256(bytes, 1));
    }
    return x;
}

static size_t shrink_halve_bytes(const uint8_t *above, const uint8_t *below, size_t bands, size_t pixels, uint8_t *to)
{
    if (bands == 3) return shrink_halve_packed(above, below, pixels, to);
    return bands == 1 || bands == 2 || bands == 4 ? shrink_halve_even(above, below, bands, pixels, to) : 0;
}
#else
static size_t shrink_halve_bytes(const uint8_t *above, const uint8_t *below, size_t bands, size_t pixels, uint8_t *to)
{
    (void)above, (void)below, (void)bands, (void)pixels, (void)to;
    return 0;
}
#endif

/* Copies every other pixel. Pixels of 3 and 6 bytes are copied with a few bytes of the next one, which then comes over
 * them: twice as fast as copying them byte by byte. */
static void shrink_keep_even(const void *line, size_t pixels, size_t bytes, void *target)
{
    const unsigned char *from = line;
    unsigned char *restrict to = target;
    size_t x = 0;
    switch (bytes) {
    case 1:
        for (; x < pixels; x++)
            to[x] = from[2 * x];
        return;
    case 3:
        for (; x + 1 < pixels; x++)
            memcpy(to + 3 * x, from + 6 * x, 4);
        break;
    case 6:
        for (; x + 1 < pixels; x++)
            memcpy(to + 6 * x, from + 12 * x, 8);
        break;
    case 2:
        for (; x < pixels; x++)
            memcpy(to + 2 * x, from + 4 * x, 2);
        return;
    case 4:
        for (; x < pixels; x++)
            memcpy(to + 4 * x, from + 8 * x, 4);
        return;
    default:
        break;
    }
    for (; x < pixels; x++)
        memcpy(to + x * bytes, from + 2 * x * bytes, bytes);
}

#define RST_TEMPLATE "raster/ops/grid/shrink_tmpl.h"
#include "raster/ops/common/each_type.h"

#define ADD_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = add_##lower,
#define ADD_PRESENT_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = add_present_##lower,
#define AVERAGE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = average_##lower,
#define ADD_OPAQUE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = add_opaque_##lower,
#define AVERAGE_OPAQUE_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = average_opaque_##lower,

extern const struct rst_shrink_kernels RST_KERNELS(rst_shrink_kernels);
const struct rst_shrink_kernels RST_KERNELS(rst_shrink_kernels) = {
    .add = {RST_TYPES(ADD_ENTRY)},
    .add_present = {RST_TYPES(ADD_PRESENT_ENTRY)},
    .average = {RST_TYPES(AVERAGE_ENTRY)},
    .halve = {[RST_U8] = halve_u8, [RST_I8] = halve_i8, [RST_U16] = halve_u16, [RST_I16] = halve_i16},
    .add_opaque = {RST_TYPES(ADD_OPAQUE_ENTRY)},
    .average_opaque = {RST_TYPES(AVERAGE_OPAQUE_ENTRY)},
};
