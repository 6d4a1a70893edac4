/* Sorting networks for windows of any small size: made once per run, worked off on rows of keys.
 *
 * After Adams (2021), columns of the window are sorted once for all windows that they belong to, and sorted columns,
 * pairs, fours ... of columns are merged, each for all places along the row at once. Output rows are made some at a
 * time: what all their windows have in common is sorted once, then, by halves, each half adds the rows that only its
 * windows have. Of every sorted list only those ranks are made that the wanted one may still come from. */
#ifndef RASTER_OPS_RANK_RANK_NETWORK_H
#define RASTER_OPS_RANK_RANK_NETWORK_H

#include "raster/ops/rank/rank.h"

struct rst_rank_network {
    struct rst_rank_step *steps;
    size_t step_count;
    int rows;       /* of output, made at once from rows + height - 1 of input */
    size_t samples; /* at most, in a block */
    size_t memory;  /* bytes that a block needs */
    double cost;    /* row operations for a row of output */
};

/* What is asked of a network. */
struct rst_rank_order {
    int width, height;
    int64_t index;     /* of the wanted sample among width * height, 0 for the least */
    int rows;          /* a power of two */
    size_t bands, key; /* samples from a pixel to the next; bytes of a key */
};

/* RST_E_NOMEM; steps is to be freed. */
RST_MUST_USE enum rst_status rst_rank_network_make(const struct rst_rank_order *order, struct rst_rank_network *network,
                                                   struct rst_error *err);

#endif
