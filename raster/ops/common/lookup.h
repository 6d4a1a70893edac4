/* Looking bytes up in a table, for kernel files. */
#ifndef RASTER_OPS_COMMON_LOOKUP_H
#define RASTER_OPS_COMMON_LOOKUP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>

#define RST_LOOKUP_INLINE static inline __attribute__((always_inline))

/* 32 bytes that are looked up: their low four bits, and each of the others at the top. */
struct rst_lookup {
    const unsigned char *table;
    __m256i low, bit4, bit5, bit6, bit7;
};

RST_LOOKUP_INLINE __m256i rst_lookup_16(const struct rst_lookup *lookup, int from)
{
    __m128i values = _mm_loadu_si128((const __m128i_u *)(lookup->table + from));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(values), lookup->low);
}

RST_LOOKUP_INLINE __m256i rst_lookup_32(const struct rst_lookup *lookup, int from)
{
    return _mm256_blendv_epi8(rst_lookup_16(lookup, from), rst_lookup_16(lookup, from + 16), lookup->bit4);
}

RST_LOOKUP_INLINE __m256i rst_lookup_64(const struct rst_lookup *lookup, int from)
{
    return _mm256_blendv_epi8(rst_lookup_32(lookup, from), rst_lookup_32(lookup, from + 32), lookup->bit5);
}

RST_LOOKUP_INLINE __m256i rst_lookup_128(const struct rst_lookup *lookup, int from)
{
    return _mm256_blendv_epi8(rst_lookup_64(lookup, from), rst_lookup_64(lookup, from + 64), lookup->bit6);
}

/* A shuffle looks the low bits up in a row of 16; the high ones choose between all rows, two and two. */
static inline size_t rst_lookup_vectors(const unsigned char *in, unsigned char *out, const unsigned char *table,
                                        size_t count)
{
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i_u *)(in + i));
        const struct rst_lookup lookup = {.table = table,
                                          .low = _mm256_and_si256(bytes, _mm256_set1_epi8(15)),
                                          .bit4 = _mm256_slli_epi16(bytes, 3),
                                          .bit5 = _mm256_slli_epi16(bytes, 2),
                                          .bit6 = _mm256_slli_epi16(bytes, 1),
                                          .bit7 = bytes};
        __m256i found = _mm256_blendv_epi8(rst_lookup_128(&lookup, 0), rst_lookup_128(&lookup, 128), lookup.bit7);
        _mm256_storeu_si256((__m256i_u *)(out + i), found);
    }
    return i;
}

#undef RST_LOOKUP_INLINE
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
