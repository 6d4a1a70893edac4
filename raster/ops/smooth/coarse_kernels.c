/* The kernels of wide Gaussians for one instruction set. */
#include "raster/ops/smooth/coarse.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "raster/ops/common/isa.h"

/* Every second pixel, and pixels in turn: of words, as many to a pixel as a constant says, so that copies are moves. */
#define WORD uint32_t
#define WORD_NAME words
#include "raster/ops/smooth/coarse_move_tmpl.h"
#undef WORD
#undef WORD_NAME
#define WORD uint16_t
#define WORD_NAME halves
#include "raster/ops/smooth/coarse_move_tmpl.h"
#undef WORD
#undef WORD_NAME

#define SUM float
#define SUM_NAME single
#include "raster/ops/smooth/coarse_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/coarse_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME

#define SUM double
#define SUM_NAME double
#include "raster/ops/smooth/coarse_sum_tmpl.h"
#define RST_TEMPLATE "raster/ops/smooth/coarse_tmpl.h"
#include "raster/ops/common/each_type.h"
#undef SUM
#undef SUM_NAME

/* Sixteen times a pixel of 8 bits: no sum is lost. */
static void narrow_down(uint16_t *restrict to, const uint8_t *const *rows, size_t count, uint8_t bias)
{
    const uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3], *e = rows[4];

    for (size_t i = 0; i < count; i++) {
        uint16_t far = (uint16_t)((uint16_t)(a[i] ^ bias) + (uint16_t)(e[i] ^ bias));
        uint16_t near = (uint16_t)((uint16_t)(b[i] ^ bias) + (uint16_t)(d[i] ^ bias));
        to[i] = (uint16_t)(far + 4 * near + 6 * (uint16_t)(c[i] ^ bias));
    }
}

/* Sixteen times that: 255 * 256 is the greatest. */
static void narrow_across(uint16_t *restrict to, const uint16_t *from, size_t count, size_t step)
{
    const uint16_t *a = from, *b = a + step, *c = b + step, *d = c + step, *e = d + step;

    for (size_t i = 0; i < count; i++)
        to[i] = (uint16_t)((uint16_t)(a[i] + e[i]) + 4 * (uint16_t)(b[i] + d[i]) + 6 * c[i]);
}

static void narrow_pick(float *restrict to, const uint16_t *from, size_t pixels, size_t step, uint16_t *room)
{
    size_t count = pixels * step;
    uint16_t *picked = room;

    narrow_across(room, from, (2 * pixels - 1) * step, step);
    pick_halves(picked, room, pixels, step);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)picked[i] * (1.0f / 256);
}

static void narrow_round(uint16_t *restrict to, const float *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (uint16_t)(int32_t)(from[i] * 32.0f + 0.5f);
}

static void narrow_weave(uint16_t *to, const uint16_t *first, const uint16_t *second, size_t pixels, size_t step)
{
    weave_halves(to, first, second, pixels, step);
}

static void narrow_even(uint8_t *restrict to, const uint16_t *const *rows, size_t count, uint8_t bias)
{
    const uint16_t *a = rows[0], *b = rows[1], *c = rows[2];

    for (size_t i = 0; i < count; i++)
        to[i] = (uint8_t)(((uint16_t)(a[i] + 6 * b[i] + c[i] + 128) >> 8) ^ bias);
}

static void narrow_odd(uint8_t *restrict to, const uint16_t *const *rows, size_t count, uint8_t bias)
{
    const uint16_t *a = rows[0], *b = rows[1];

    for (size_t i = 0; i < count; i++)
        to[i] = (uint8_t)(((uint16_t)(a[i] + b[i] + 32) >> 6) ^ bias);
}

#define SINGLE_FACTOR(UPPER, lower, ctype) [RST_##UPPER] = factor_##lower##_single,
#define DOUBLE_FACTOR(UPPER, lower, ctype) [RST_##UPPER] = factor_##lower##_double,
#define SINGLE_PRESENT(UPPER, lower, ctype) [RST_##UPPER] = present_##lower##_single,
#define DOUBLE_PRESENT(UPPER, lower, ctype) [RST_##UPPER] = present_##lower##_double,
#define SINGLE_DIVIDE(UPPER, lower, ctype) [RST_##UPPER] = divide_##lower##_single,
#define DOUBLE_DIVIDE(UPPER, lower, ctype) [RST_##UPPER] = divide_##lower##_double,

extern const struct rst_coarse_kernels RST_KERNELS(rst_coarse_kernels);
const struct rst_coarse_kernels RST_KERNELS(rst_coarse_kernels) = {
    .pairs = {[RST_GAUSS_SINGLE] = pairs_single, [RST_GAUSS_DOUBLE] = pairs_double},
    .pick = {[RST_GAUSS_SINGLE] = pick_single, [RST_GAUSS_DOUBLE] = pick_double},
    .weave = {[RST_GAUSS_SINGLE] = weave_single, [RST_GAUSS_DOUBLE] = weave_double},
    .factor = {[RST_GAUSS_SINGLE] = {RST_TYPES(SINGLE_FACTOR)}, [RST_GAUSS_DOUBLE] = {RST_TYPES(DOUBLE_FACTOR)}},
    .present = {[RST_GAUSS_SINGLE] = {RST_TYPES(SINGLE_PRESENT)}, [RST_GAUSS_DOUBLE] = {RST_TYPES(DOUBLE_PRESENT)}},
    .divide = {[RST_GAUSS_SINGLE] = {RST_TYPES(SINGLE_DIVIDE)}, [RST_GAUSS_DOUBLE] = {RST_TYPES(DOUBLE_DIVIDE)}},
    .narrow_down = narrow_down,
    .narrow_pick = narrow_pick,
    .narrow_round = narrow_round,
    .narrow_weave = narrow_weave,
    .narrow_even = narrow_even,
    .narrow_odd = narrow_odd,
};
