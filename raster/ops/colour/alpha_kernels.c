/* The kernels of alpha: exact on integers, in whole numbers; floats are rounded once. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "raster/ops/colour/alpha.h"

/* Red, green, blue and alpha of a byte each as one word: the quotient of whole numbers below 2^16 is a float whose
 * rounding moves it neither to a tie nor away from one. */
static inline uint32_t quotient(uint32_t word, int shift, float alpha)
{
    const float moved = (float)(int32_t)(word >> shift & 255) * 255.0f / alpha + 12582912.0f;
    int32_t bits, number;
    memcpy(&bits, &moved, sizeof bits);
    number = bits - 0x4b400000;
    return (uint32_t)(number > 255 ? 255 : number) << shift;
}

static void divide_words(const uint8_t *from, uint8_t *to, size_t count)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, from + 4 * i, sizeof word);
        const uint32_t alpha = word >> 24;
        const float divisor = (float)(int32_t)(alpha ? alpha : 1);
        const uint32_t made = quotient(word, 0, divisor) | quotient(word, 8, divisor) | quotient(word, 16, divisor);
        word = (word & UINT32_C(0xff000000)) | (alpha ? made : 0);
        memcpy(to + 4 * i, &word, sizeof word);
    }
}

#define RST_TEMPLATE "raster/ops/colour/alpha_tmpl.h"
#include "raster/ops/common/each_type.h"

#define PREMULTIPLY_ROW(UPPER, lower, ctype) premultiply_##lower,
#define UNPREMULTIPLY_ROW(UPPER, lower, ctype) unpremultiply_##lower,
extern const struct rst_alpha_kernels RST_KERNELS(rst_alpha_kernels);
const struct rst_alpha_kernels RST_KERNELS(rst_alpha_kernels) = {
    .premultiply = {RST_TYPES(PREMULTIPLY_ROW)},
    .unpremultiply = {RST_TYPES(UNPREMULTIPLY_ROW)},
};
