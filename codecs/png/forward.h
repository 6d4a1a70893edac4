/* The filters of PNG's rows, applied: the other way round than png_filter.h. */
#ifndef CODECS_PNG_FORWARD_H
#define CODECS_PNG_FORWARD_H

#include <stddef.h>
#include <stdint.h>

enum rst_png_filter {
    RST_PNG_FILTER_NONE,
    RST_PNG_FILTER_SUB,
    RST_PNG_FILTER_UP,
    RST_PNG_FILTER_AVERAGE,
    RST_PNG_FILTER_PAETH,
    RST_PNG_FILTERS
};

/* A piece of a row: `size` bytes of it, and the bytes above them. The `step` bytes of the pixel before the piece stand
 * before either; where the row begins they are zeros. */
struct rst_png_piece {
    const unsigned char *row, *above;
    size_t size;
    size_t step; /* bytes of a pixel */
};

/* Adds up, for every filter, how far the filtered bytes are from zero, taken as signed numbers. */
void rst_png_forward_cost(const struct rst_png_piece *piece, uint64_t cost[RST_PNG_FILTERS]);

/* `to` gets the filtered bytes, and may not overlap the piece. */
void rst_png_forward(enum rst_png_filter filter, const struct rst_png_piece *piece, unsigned char *to);

#endif
