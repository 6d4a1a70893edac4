/* Counting bytes and words. What limits it is that a count that was just stored is loaded again a few cycles later at
 * the earliest: bytes that lie side by side go to different arrays, and eight are loaded at a time. The instruction set
 * makes no difference; the file is built like all kernels so that there is one place to look for them. */
#include "raster/ops/survey/counts.h"

#include <string.h>

/* Where byte i of 8 is in a word that was loaded. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SHIFT(i) (56 - (i) % 8 * 8)
#else
#define SHIFT(i) ((i) % 8 * 8)
#endif

/* `lanes` is a number that the compiler knows, and 8 or 12: of 24 bytes each third goes to the same array of 12 twice,
 * half of them apart. */
static inline __attribute__((always_inline)) size_t count_laps(const uint8_t *samples, size_t count, size_t lap,
                                                               size_t lanes, uint32_t *to)
{
    size_t at = 0;
    for (; at + lap <= count; at += lap) {
        uint64_t words[3];
        memcpy(words, samples + at, lap);
#pragma GCC unroll 24
        for (size_t i = 0; i < lap; i++)
            to[i % lanes * RST_COUNTS_BYTES + (words[i / 8] >> SHIFT(i) & 255)]++;
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
