/* Filtering rows of a PNG, and what each filter would make of them.
 *
 * All of it is done on unsigned bytes, so that the compiler makes vector code with as many lanes as a register has
 * bytes; that is why Paeth's predictor, which is defined on signed sums, is put in other words here. Costs are reckoned
 * in blocks that stay in the innermost cache; making sizes and adding them up are two loops, as neither compiler makes
 * good vector code of the two in one.
 */
#include "codecs/png/forward.h"

enum { BLOCK = 2048 };

typedef unsigned char byte;

static inline byte smaller(byte a, byte b)
{
    return a < b ? a : b;
}

static inline byte distance(byte a, byte b)
{
    return (byte)((a > b ? a : b) - smaller(a, b));
}

/* The neighbour nearest to left + above - corner; of equals the first one of left, above, corner. Where both others lie
 * on the same side of the corner, it is the farthest of the three; else the two distances take from each other. */
static inline byte paeth(byte left, byte above, byte corner)
{
    byte to_left = distance(above, corner), to_above = distance(left, corner);
    byte same_side = (byte)((above > corner) == (left > corner) ? 255 : 0);
    byte to_corner = (byte)(distance(to_left, to_above) | same_side);
    byte other = to_above <= to_corner ? above : corner;
    return to_left <= smaller(to_above, to_corner) ? left : other;
}

/* Half of the sum, rounded down. */
static inline byte average(byte a, byte b)
{
    return (byte)((a & b) + ((a ^ b) >> 1));
}

/* What the filter makes of the i-th byte. `filter` is a constant wherever this is used. */
static inline byte filtered(enum rst_png_filter filter, const byte *row, const byte *above, size_t step, size_t i)
{
    const byte *left = row - step, *corner = above - step;
    switch (filter) {
    case RST_PNG_FILTER_SUB:
        return (byte)(row[i] - left[i]);
    case RST_PNG_FILTER_UP:
        return (byte)(row[i] - above[i]);
    case RST_PNG_FILTER_AVERAGE:
        return (byte)(row[i] - average(left[i], above[i]));
    case RST_PNG_FILTER_PAETH:
        return (byte)(row[i] - paeth(left[i], above[i], corner[i]));
    default:
        return row[i];
    }
}

static inline byte size_of(byte value)
{
    return smaller(value, (byte)-value);
}

static inline uint64_t block_cost(enum rst_png_filter filter, const byte *row, const byte *above, size_t step,
                                  size_t size)
{
    byte sizes[BLOCK];
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sizes[i] = size_of(filtered(filter, row, above, step, i));
    for (size_t i = 0; i < size; i++)
        sum += sizes[i];
    return sum;
}

void rst_png_forward_cost(const struct rst_png_piece *piece, uint64_t cost[RST_PNG_FILTERS])
{
    for (size_t at = 0; at < piece->size; at += BLOCK) {
        const byte *row = piece->row + at, *above = piece->above + at;
        size_t step = piece->step, size = piece->size - at < BLOCK ? piece->size - at : BLOCK;
        cost[RST_PNG_FILTER_NONE] += block_cost(RST_PNG_FILTER_NONE, row, above, step, size);
        cost[RST_PNG_FILTER_SUB] += block_cost(RST_PNG_FILTER_SUB, row, above, step, size);
        cost[RST_PNG_FILTER_UP] += block_cost(RST_PNG_FILTER_UP, row, above, step, size);
        cost[RST_PNG_FILTER_AVERAGE] += block_cost(RST_PNG_FILTER_AVERAGE, row, above, step, size);
        cost[RST_PNG_FILTER_PAETH] += block_cost(RST_PNG_FILTER_PAETH, row, above, step, size);
    }
}

static inline void filter_all(enum rst_png_filter filter, const struct rst_png_piece *piece, byte *restrict to)
{
    const byte *restrict row = piece->row, *restrict above = piece->above;
    size_t step = piece->step, size = piece->size;
    for (size_t i = 0; i < size; i++)
        to[i] = filtered(filter, row, above, step, i);
}

void rst_png_forward(enum rst_png_filter filter, const struct rst_png_piece *piece, unsigned char *to)
{
    switch (filter) {
    case RST_PNG_FILTER_SUB:
        filter_all(RST_PNG_FILTER_SUB, piece, to);
        break;
    case RST_PNG_FILTER_UP:
        filter_all(RST_PNG_FILTER_UP, piece, to);
        break;
    case RST_PNG_FILTER_AVERAGE:
        filter_all(RST_PNG_FILTER_AVERAGE, piece, to);
        break;
    case RST_PNG_FILTER_PAETH:
        filter_all(RST_PNG_FILTER_PAETH, piece, to);
        break;
    default:
        filter_all(RST_PNG_FILTER_NONE, piece, to);
        break;
    }
}
