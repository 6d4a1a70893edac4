/* The kernels of contrast-limited adaptive equalisation.
 *
 * Of bytes the four tables that a sample is looked up in are one, of words of four bytes, so that one load has them
 * all; the loads stand in a loop of their own, and the arithmetic is vector code. */
#include "raster/ops/contrast/clahe.h"

#include <math.h>
#include <string.h>

#include "raster/ops/common/round.h"

static void count_words(const uint16_t *samples, size_t width, size_t bands, uint32_t *counts)
{
    for (size_t x = 0; x < width; x++, samples += bands)
        for (size_t band = 0; band < bands; band++)
            counts[band * 65536 + samples[band]]++;
}

/* Single precision, in this order, is what OpenCV computes. */
static inline float mixed(float a, float b, float c, float d, float right, float below)
{
    float left = 1.0f - right, above = 1.0f - below;
    return (a * left + b * right) * above + (c * left + d * right) * below;
}

/* Adding 1.5 * 2^23 rounds, and the low bits are the integer. */
static inline uint32_t rounded(float value)
{
    float sum = value + 0x1.8p23f;
    uint32_t bits;
    memcpy(&bits, &sum, sizeof bits);
    return bits;
}

static void mix_bytes_of(const uint32_t *restrict four, const float *restrict right, float below, uint32_t turn,
                         size_t count, uint8_t *restrict to)
{
    for (size_t i = 0; i < count; i++) {
        int32_t word = (int32_t)four[i];
        to[i] = (uint8_t)(turn ^ rounded(mixed((float)(word & 255), (float)(word >> 8 & 255), (float)(word >> 16 & 255),
                                               (float)(word >> 24 & 255), right[i], below)));
    }
}

static void mix_bytes(const struct rst_clahe_part *part)
{
    const uint32_t *table = part->tables[0];
    uint32_t four[RST_CLAHE_BLOCK];
    uint8_t results[RST_CLAHE_BLOCK];
    const size_t step = part->step;
    for (size_t at = 0; at < part->count; at += RST_CLAHE_BLOCK) {
        size_t some = part->count - at < RST_CLAHE_BLOCK ? part->count - at : RST_CLAHE_BLOCK;
        const uint8_t *in = (const uint8_t *)part->from + at * step;
        uint8_t *out = (uint8_t *)part->to + at * step;
        for (size_t i = 0; i < some; i++)
            four[i] = table[in[i * step]];
        mix_bytes_of(four, part->right + at, part->below, part->turn, some, step == 1 ? out : results);
        for (size_t i = 0; step > 1 && i < some; i++)
            out[i * step] = results[i];
    }
}

static void mix_words_of(uint16_t of[4][RST_CLAHE_BLOCK], const float *restrict right, float below, uint32_t turn,
                         size_t count, uint16_t *restrict to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (uint16_t)(turn ^ rounded(mixed((float)of[0][i], (float)of[1][i], (float)of[2][i], (float)of[3][i],
                                                right[i], below)));
}

static void mix_words(const struct rst_clahe_part *part)
{
    uint16_t of[4][RST_CLAHE_BLOCK], results[RST_CLAHE_BLOCK];
    for (size_t at = 0; at < part->count; at += RST_CLAHE_BLOCK) {
        size_t some = part->count - at < RST_CLAHE_BLOCK ? part->count - at : RST_CLAHE_BLOCK;
        const uint16_t *in = (const uint16_t *)part->from + at * part->step;
        uint16_t *out = (uint16_t *)part->to + at * part->step;
        for (size_t k = 0; k < 4; k++) {
            const uint16_t *table = part->tables[k];
            for (size_t i = 0; i < some; i++)
                of[k][i] = table[in[i * part->step]];
        }
        mix_words_of(of, part->right + at, part->below, part->turn, some, results);
        for (size_t i = 0; i < some; i++)
            out[i * part->step] = results[i];
    }
}

/* The bin of a place between 0 and RST_CLAHE_BINS, both included. Nodata may lie anywhere: what comes of it is thrown
 * away. */
static inline uint32_t bin_of(double place)
{
    return place >= RST_CLAHE_BINS ? RST_CLAHE_BINS - 1 : place > 0 ? (uint32_t)place : 0;
}

#define RST_TEMPLATE "raster/ops/contrast/clahe_tmpl.h"
#include "raster/ops/common/each_type.h"

#define RANGE_ROW(UPPER, lower, ctype) range_##lower,
#define BINS_ROW(UPPER, lower, ctype) bins_##lower,
#define MIX_ROW(UPPER, lower, ctype) mix_##lower,
const struct rst_clahe_kernels RST_KERNELS(rst_clahe_kernels) = {
    .words = count_words,
    .range = {RST_TYPES(RANGE_ROW)},
    .bins = {RST_TYPES(BINS_ROW)},
    .mix_bytes = mix_bytes,
    .mix_words = mix_words,
    .mix = {RST_TYPES(MIX_ROW)},
};
