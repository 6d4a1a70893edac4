/* Looking bytes up in a table, for kernel files. */
#ifndef RASTER_OPS_COMMON_LOOKUP_H
#define RASTER_OPS_COMMON_LOOKUP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>

/* One of two, sample by sample, by the bits of `by` that `up` moves to the top. */
static inline __m256i rst_lookup_select(__m256i without, __m256i with, __m256i by, int up)
{
    return _mm256_blendv_epi8(without, with, _mm256_slli_epi16(by, up));
}

/* 16 shuffles look the low four bits up in all rows of 16; the high ones choose between them, two and two. */
static inline size_t rst_lookup_vectors(const unsigned char *in, unsigned char *out, const unsigned char *table,
                                        size_t count)
{
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i_u *)(in + i)), found[16];
        __m256i low = _mm256_and_si256(bytes, _mm256_set1_epi8(15));
#pragma GCC unroll 16
        for (size_t row = 0; row < 16; row++) {
            __m256i values = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)(table + 16 * row)));
            found[row] = _mm256_shuffle_epi8(values, low);
        }
#pragma GCC unroll 4
        for (int bit = 0; bit < 4; bit++)
#pragma GCC unroll 8
            for (int row = 0; row < 8 >> bit; row++)
                found[row] = rst_lookup_select(found[2 * row], found[2 * row + 1], bytes, 3 - bit);
        _mm256_storeu_si256((__m256i_u *)(out + i), found[0]);
    }
    return i;
}
#else
static inline size_t rst_lookup_vectors(const unsigned char *in, unsigned char *out, const unsigned char *table,
                                        size_t count)
{
    (void)in, (void)out, (void)table, (void)count;
    return 0;
}
#endif

/* Without vectors eight samples to a load and a store: what limits it is the number of memory operations. `out` may be
 * `in`. */
static inline void rst_lookup_bytes(const unsigned char *in, unsigned char *out, const unsigned char *table,
                                    size_t count)
{
    size_t i = rst_lookup_vectors(in, out, table, count);
    for (; i + 8 <= count; i += 8) {
        uint64_t word, result = 0;
        memcpy(&word, in + i, sizeof word);
        for (int shift = 0; shift < 64; shift += 8)
            result |= (uint64_t)table[word >> shift & 255] << shift;
        memcpy(out + i, &result, sizeof result);
    }
    for (; i < count; i++)
        out[i] = table[in[i]];
}

#endif
