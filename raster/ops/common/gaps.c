/* A ring of masks by row number, so that rows may be asked for in any order and are looked through once in the usual
 * one. */
#include "raster/ops/common/gaps.h"

#include "raster/ops/common/nodata.h"

enum rst_status rst_gaps_begin(struct rst_gaps *gaps, int32_t rows, const struct rst_stage *stage,
                               const struct rst_tile *tile, struct rst_arena *arena)
{
    gaps->rows = rows;
    gaps->samples = (size_t)tile->in.width * (size_t)stage->bands;
    gaps->ring = rst_arena_get(arena, (size_t)rows * sizeof *gaps->ring);
    if (!gaps->ring) return RST_E_NOMEM;
    for (int32_t i = 0; i < rows; i++) {
        gaps->ring[i].y = INT64_MIN;
        gaps->ring[i].mask = rst_arena_get(arena, gaps->samples);
        if (!gaps->ring[i].mask) return RST_E_NOMEM;
    }
    return RST_OK;
}

const struct rst_gap_row *rst_gaps_of(struct rst_gaps *gaps, const struct rst_stage *stage, int64_t y,
                                      const void *samples)
{
    struct rst_gap_row *row = &gaps->ring[(y % gaps->rows + gaps->rows) % gaps->rows];
    if (row->y != y) {
        row->count = rst_nodata_mask(stage, samples, gaps->samples, row->mask);
        row->y = y;
    }
    return row;
}
