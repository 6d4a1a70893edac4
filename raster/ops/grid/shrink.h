/* The kernels of the box average.
 *
 * Rows of the input are added up column by column as they come; when a row of boxes is complete, its columns are added
 * up in turn, from left to right, and divided. Every sum has one order, whatever the tile.
 */
#ifndef RASTER_OPS_GRID_SHRINK_H
#define RASTER_OPS_GRID_SHRINK_H

#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

enum { RST_SHRINK_SUM_BYTES = 8, RST_SHRINK_CELL_BYTES = 32 };

/* A row of boxes. The last may be narrower than the others: what lies beyond the image counts for nothing. */
struct rst_shrink_boxes {
    size_t bands;
    size_t factor;           /* columns of a box */
    size_t columns;          /* of input */
    int64_t rows;            /* of input that were added */
    union rst_sample nodata; /* for what has no present sample */
};

struct rst_shrink_kernels {
    /* sums[i] += row[i]. Sums have RST_SHRINK_SUM_BYTES at most, and start as zero bytes. */
    void (*add[RST_TYPE_COUNT])(const void *row, size_t n, void *sums);

    /* The same where mask[i] is 0; else missing[i] is counted up. */
    void (*add_present[RST_TYPE_COUNT])(const void *row, const uint8_t *mask, size_t n, void *sums, uint32_t *missing);

    /* The averages of the boxes; nodata where all was missing. Returns how many those are. missing may be NULL. */
    int64_t (*average[RST_TYPE_COUNT])(const struct rst_shrink_boxes *boxes, const void *sums, const uint32_t *missing,
                                       void *to);

    /* The averages of `pixels` boxes of 2 x 2, rounded as above, of 8 and 16 bits; NULL for other types. line is room
     * for RST_SHRINK_LINE pixels of the input. */
    void (*halve[RST_TYPE_COUNT])(const void *above, const void *below, size_t bands, size_t pixels, void *line,
                                  void *to);

    /* With alpha in band `alpha`: adds a row to its boxes' cells, one of RST_SHRINK_CELL_BYTES for each sample of the
     * result, which start as zero bytes. mask may be NULL. */
    void (*add_opaque[RST_TYPE_COUNT])(const struct rst_shrink_boxes *boxes, size_t alpha, const void *row,
                                       const uint8_t *mask, void *cells);

    /* The averages that n cells hold; nodata where all was missing. Returns how many those are. */
    int64_t (*average_opaque[RST_TYPE_COUNT])(const struct rst_shrink_boxes *boxes, const void *cells, size_t n,
                                              void *to);
};

/* Pixels of input that `halve` takes at a time; even. */
#define RST_SHRINK_LINE 1024

#endif
