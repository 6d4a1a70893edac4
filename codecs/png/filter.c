/* Undoing PNG's filters, five ways to tell a byte from its neighbours (PNG specification, section 9).
 *
 * Up is as parallel as anything. In the others each pixel needs the one before it, and what counts is the length of
 * that chain: with SSE2 a pixel of 3 to 8 bytes lies in one register, a byte in 16 bits, so that sums need no care. The
 * Paeth predictor is told from 3c - (a + b), compared with the smaller and the larger of a and b: where it is not above
 * the smaller, b and a lie on the side of c that favours the larger, and so on; six operations instead of the ten of
 * three distances and their least.
 */
#include "codecs/png/filter.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FILTER_NONE, FILTER_SUB, FILTER_UP, FILTER_AVERAGE, FILTER_PAETH };

static void up(const unsigned char *restrict from, const unsigned char *restrict above, unsigned char *restrict to,
               size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(from[i] + above[i]);
}

static void sub(const unsigned char *restrict from, unsigned char *restrict to, size_t size, unsigned step)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(from[i] + (i < step ? 0 : to[i - step]));
}

static void average(const unsigned char *restrict from, const unsigned char *restrict above, unsigned char *restrict to,
                    size_t size, unsigned step)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(from[i] + ((above[i] + (i < step ? 0 : to[i - step])) >> 1));
}

/* Of left, above, and above left. */
static inline int predict(int a, int b, int c)
{
    int low = a < b ? a : b, high = a < b ? b : a, threshold = 3 * c - (a + b);
    int inner = high <= threshold ? low : c;
    return threshold <= low ? high : inner;
}

static void paeth(const unsigned char *restrict from, const unsigned char *restrict above, unsigned char *restrict to,
                  size_t size, unsigned step)
{
    for (size_t i = 0; i < size && i < step; i++)
        to[i] = (unsigned char)(from[i] + above[i]);
    for (size_t i = step; i < size; i++)
        to[i] = (unsigned char)(from[i] + predict(to[i - step], above[i], above[i - step]));
}

#ifdef __SSE2__

/* A pixel, a byte in 16 bits. For one of 3 or 6 bytes, bytes behind it come along. */
static inline __m128i load(const unsigned char *from, unsigned step)
{
    __m128i bytes;
    if (step <= 4) {
        int32_t word;
        memcpy(&word, from, sizeof word);
        bytes = _mm_cvtsi32_si128(word);
    } else {
        bytes = _mm_loadl_epi64((const __m128i *)from);
    }
    return _mm_unpacklo_epi8(bytes, _mm_setzero_si128());
}

/* `room`: of 3 or 6 bytes, some behind the pixel may be written as well. */
static inline void store(unsigned char *to, __m128i pixel, unsigned step, bool room)
{
    __m128i bytes = _mm_packus_epi16(pixel, pixel);
    if (step <= 4) {
        int32_t word = _mm_cvtsi128_si32(bytes);
        memcpy(to, &word, room ? 4 : step);
    } else {
        unsigned char all[8];
        _mm_storel_epi64((__m128i *)(room ? to : all), bytes);
        if (!room) memcpy(to, all, step);
    }
}

static inline __m128i predict_pixel(__m128i a, __m128i b, __m128i c, __m128i three_c_less_b)
{
    __m128i threshold = _mm_sub_epi16(three_c_less_b, a);
    __m128i low = _mm_min_epi16(a, b), high = _mm_max_epi16(a, b);
    __m128i not_low = _mm_cmpgt_epi16(high, threshold), not_high = _mm_cmpgt_epi16(threshold, low);
    return _mm_or_si128(
        _mm_andnot_si128(not_high, high),
        _mm_or_si128(_mm_andnot_si128(not_low, low), _mm_and_si128(_mm_and_si128(not_low, not_high), c)));
}

/* The three filters that have a chain. Inlined for each filter and size of a pixel. */
static inline __attribute__((always_inline)) void chain(unsigned filter, const unsigned char *from,
                                                        const unsigned char *above, unsigned char *to, size_t size,
                                                        unsigned step)
{
    __m128i a = _mm_setzero_si128(), c = a;
    for (size_t i = 0; i < size; i += step) {
        __m128i predicted = a;
        if (filter != FILTER_SUB) {
            __m128i b = load(above + i, step);
            if (filter == FILTER_AVERAGE)
                predicted = _mm_srli_epi16(_mm_add_epi16(a, b), 1);
            else
                predicted = predict_pixel(a, b, c, _mm_sub_epi16(_mm_add_epi16(c, _mm_add_epi16(c, c)), b));
            c = b;
        }
        a = _mm_add_epi8(load(from + i, step), predicted); /* the high bytes are zero in both */
        store(to + i, a, step, i + 8 <= size);
    }
}

/* false where there is none for this size of a pixel. */
static inline __attribute__((always_inline)) bool chain_of(unsigned filter, const unsigned char *from,
                                                           const unsigned char *above, unsigned char *to, size_t size,
                                                           unsigned step)
{
    switch (step) {
    case 3:
        chain(filter, from, above, to, size, 3);
        return true;
    case 4:
        chain(filter, from, above, to, size, 4);
        return true;
    case 6:
        chain(filter, from, above, to, size, 6);
        return true;
    case 8:
        chain(filter, from, above, to, size, 8);
        return true;
    default:
        return false;
    }
}

static bool unfilter_pixels(unsigned filter, const unsigned char *from, const unsigned char *above, unsigned char *to,
                            size_t size, unsigned step)
{
    switch (filter) {
    case FILTER_SUB:
        return chain_of(FILTER_SUB, from, above, to, size, step);
    case FILTER_AVERAGE:
        return chain_of(FILTER_AVERAGE, from, above, to, size, step);
    case FILTER_PAETH:
        return chain_of(FILTER_PAETH, from, above, to, size, step);
    default:
        return false;
    }
}

#else

static bool unfilter_pixels(unsigned filter, const unsigned char *from, const unsigned char *above, unsigned char *to,
                            size_t size, unsigned step)
{
    (void)filter, (void)from, (void)above, (void)to, (void)size, (void)step;
    return false;
}

#endif

bool rst_png_unfilter(unsigned filter, const unsigned char *from, const unsigned char *above, unsigned char *to,
                      size_t size, unsigned step)
{
    if (unfilter_pixels(filter, from, above, to, size, step)) return true;
    switch (filter) {
    case FILTER_NONE:
        memcpy(to, from, size);
        return true;
    case FILTER_SUB:
        sub(from, to, size, step);
        return true;
    case FILTER_UP:
        up(from, above, to, size);
        return true;
    case FILTER_AVERAGE:
        average(from, above, to, size, step);
        return true;
    case FILTER_PAETH:
        paeth(from, above, to, size, step);
        return true;
    default:
        return false;
    }
}
