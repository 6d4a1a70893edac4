/* Counting bytes and words. What limits it is that a count is loaded, and stored a few cycles later: bytes that lie
 * side by side go to different arrays. Bytes are taken from a word two by two, the word being shifted where it stands;
 * the compiler would rather copy it for each of them, which takes a quarter longer. The instruction set makes no
 * difference; the file is built like all kernels so that there is one place to look for them. */
#include "raster/ops/survey/counts.h"

#include <string.h>

/* The first two bytes of a word that was loaded, and the word without them. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FIRST(word) ((word) >> 56)
#define SECOND(word) ((word) >> 48 & 255)
#define REST(word) ((word) << 16)
#else
#define FIRST(word) ((word)&255)
#define SECOND(word) ((word) >> 8 & 255)
#define REST(word) ((word) >> 16)
#endif

/* `lanes` is a number that the compiler knows, and 8 or 12: of 24 bytes each third goes to the same array of 12 twice,
 * half of them apart. */
static inline __attribute__((always_inline)) size_t count_laps(const uint8_t *samples, size_t count, size_t lap,
                                                               size_t lanes, uint32_t *to)
{
    size_t at = 0;
    for (; at + lap <= count; at += lap) {
#pragma GCC unroll 3
        for (size_t i = 0; i < lap; i += 8) {
            uint64_t word;
            memcpy(&word, samples + at + i, sizeof word);
#pragma GCC unroll 4
            for (size_t k = i; k < i + 8; k += 2) {
                to[k % lanes * RST_COUNTS_BYTES + FIRST(word)]++;
                to[(k + 1) % lanes * RST_COUNTS_BYTES + SECOND(word)]++;
                word = REST(word);
                __asm__("" : "+r"(word));
            }
        }
    }
    return at;
}

static void count_bytes(const uint8_t *samples, size_t width, size_t bands, uint32_t *lanes)
{
    size_t count = width * bands, all = rst_counts_lanes(bands), at = 0;
    if (all == 8) at = count_laps(samples, count, 8, 8, lanes);
    if (all == 12) at = count_laps(samples, count, 24, 12, lanes);
    for (size_t lane = 0; at < count; at++, lane = lane + 1 < all ? lane + 1 : 0)
        lanes[lane * RST_COUNTS_BYTES + samples[at]]++;
}

static inline __attribute__((always_inline)) void count_pixels(const uint16_t *samples, size_t width, size_t bands,
                                                               uint64_t *counts)
{
    for (size_t x = 0; x < width; x++, samples += bands)
        for (size_t band = 0; band < bands; band++)
            counts[band * 65536 + samples[band]]++;
}

static void count_words(const uint16_t *samples, size_t width, size_t bands, uint64_t *counts)
{
    if (bands == 1)
        count_pixels(samples, width, 1, counts);
    else if (bands == 3)
        count_pixels(samples, width, 3, counts);
    else
        count_pixels(samples, width, bands, counts);
}

extern const struct rst_counts_kernels RST_KERNELS(rst_counts_kernels);
const struct rst_counts_kernels RST_KERNELS(rst_counts_kernels) = {.bytes = count_bytes, .words = count_words};
