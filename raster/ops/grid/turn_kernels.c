/* The kernel of the operations that turn, by the size of a pixel: bytes are moved, whatever they mean.
 *
 * Rows of input are often a multiple of a large power of two of bytes apart, so that all pixels of a column fall into
 * the same set of the first-level cache, which holds 8 lines. That is why, but for the smallest pixels, no more than 8
 * rows are walked side by side; the distance of the rows of the result is chosen by the caller. */
#include "raster/ops/grid/turn.h"

#include <stdint.h>
#include <string.h>

#include "raster/ops/common/isa.h"

/* Rows [i, rows) and columns [j, columns), pixel by pixel. `pixel` is a constant wherever the call is worth it. */
static inline void turn_pixels(const struct rst_turn_strip *strip, size_t i, size_t rows, size_t j, size_t columns,
                               size_t pixel)
{
    for (; j < columns; j++) {
        char *to = strip->to + (ptrdiff_t)j * strip->stride;
        for (size_t row = i; row < rows; row++)
            memcpy(to + row * pixel, strip->rows[row] + j * pixel, pixel);
    }
}

#define T uint8_t
#define NAME 1
#define SIDE 16
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#include "raster/ops/grid/turn_tmpl.h"

#define T uint16_t
#define NAME 2
#define SIDE 8
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#include "raster/ops/grid/turn_tmpl.h"

#define T uint32_t
#define NAME 4
#define SIDE 4
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#include "raster/ops/grid/turn_tmpl.h"

#define T uint64_t
#define NAME 8
#define SIDE 2
#define LOW 0, 2
#define HIGH 1, 3
#include "raster/ops/grid/turn_tmpl.h"

/* `rows` rows at a time. A pixel is moved with some bytes of the next one, `move` bytes together, which then comes over
 * them: one load and one store, where its own size would take several. `rows` and `move` are constants, and move is
 * less than two pixels. The last pixels, beside which nothing may be read or written, are moved as they are. */
static inline __attribute__((always_inline)) void turn_over(const struct rst_turn_strip *strip, size_t rows,
                                                            size_t pixel, size_t move)
{
    size_t last = strip->columns - 1, i = 0;
    ptrdiff_t stride = strip->stride;
    for (; i + rows <= strip->count; i += rows) {
        const char *from[RST_TURN_ROWS]; /* in registers */
        char *to = strip->to + i * pixel;
        for (size_t row = 0; row < rows; row++)
            from[row] = strip->rows[i + row];
        for (size_t j = 0; j < last; j++, to += stride) {
            for (size_t row = 0; row + 1 < rows; row++)
                memcpy(to + row * pixel, from[row] + j * pixel, move);
            memcpy(to + (rows - 1) * pixel, from[rows - 1] + j * pixel, pixel);
        }
    }
    turn_pixels(strip, 0, i, last, strip->columns, pixel);
    turn_pixels(strip, i, strip->count, 0, strip->columns, pixel);
}

/* Sizes that few images have. */
static void turn_uncommon(const struct rst_turn_strip *strip, size_t pixel)
{
    if (pixel <= 8)
        turn_over(strip, 8, pixel, 8);
    else if (pixel <= 16)
        turn_over(strip, 4, pixel, 16);
    else if (pixel <= 32)
        turn_over(strip, 4, pixel, 32);
    else
        turn_pixels(strip, 0, strip->count, 0, strip->columns, pixel);
}

static void turn_strip(const struct rst_turn_strip *strip)
{
    switch (strip->pixel) {
    case 1:
        turn_1(strip);
        break;
    case 2:
        turn_2(strip);
        break;
    case 3:
        turn_over(strip, 8, 3, 4);
        break;
    case 4:
        turn_4(strip);
        break;
    case 6:
        turn_over(strip, 8, 6, 8);
        break;
    case 8:
        turn_8(strip);
        break;
    case 12:
        turn_over(strip, 4, 12, 16);
        break;
    case 16:
        turn_over(strip, 4, 16, 16);
        break;
    default:
        turn_uncommon(strip, strip->pixel);
        break;
    }
}

extern const struct rst_turn_kernels RST_KERNELS(rst_turn_kernels);
const struct rst_turn_kernels RST_KERNELS(rst_turn_kernels) = {.turn = turn_strip};
