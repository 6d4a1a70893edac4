/* Which samples are missing in the input rows of a window operation, looked up once per row and kept for as many rows
 * as a window has. Belongs to one tile. */
#ifndef RASTER_OPS_COMMON_GAPS_H
#define RASTER_OPS_COMMON_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/sweep/op.h"

/* One row of input. */
struct rst_gap_row {
    int64_t y;
    int64_t count; /* of missing samples */
    uint8_t *mask; /* 1 where a sample is missing, else 0 */
};

struct rst_gaps {
    int32_t rows;
    size_t samples;           /* in a row */
    struct rst_gap_row *ring; /* by row number modulo `rows` */
};

/* Room for that many rows as wide as tile->in. RST_E_NOMEM. */
RST_MUST_USE enum rst_status rst_gaps_begin(struct rst_gaps *gaps, int32_t rows, const struct rst_stage *stage,
                                            const struct rst_tile *tile, struct rst_arena *arena);

/* What is missing in row y, whose samples are given. Valid until row y + rows or y - rows is asked for. */
const struct rst_gap_row *rst_gaps_of(struct rst_gaps *gaps, const struct rst_stage *stage, int64_t y,
                                      const void *samples);

#endif
