/* What the counts of clahe's survey come to: tables for its tiles. */
#ifndef RASTER_OPS_CONTRAST_CLAHE_TABLES_H
#define RASTER_OPS_CONTRAST_CLAHE_TABLES_H

#include "raster/ops/contrast/clahe.h"

struct rst_clahe_tables {
    struct rst_clahe_grid grid;
    struct rst_clahe_scale *scales; /* [bands] */
    size_t step;                    /* bytes from one table to the next */
    size_t tables;                  /* of a band */
    char *memory;

    /* A band's tables: of bytes one for each place between tiles, (columns + 1) * (rows + 1) of them, of 256 words that
     * hold the results of the tiles left and right above it, then left and right below it; else one for each tile. */
};

RST_MUST_USE enum rst_status rst_clahe_tables_make(const void *counts, const struct rst_shape *shape,
                                                   const struct rst_clahe_settings *settings,
                                                   struct rst_clahe_tables *tables, struct rst_error *err);
void rst_clahe_tables_clear(struct rst_clahe_tables *tables);

/* The tables between row - 1 and row, and column - 1 and column, of tiles; those beyond an edge are the edge's. */
void rst_clahe_tables_at(const struct rst_clahe_tables *tables, int32_t band, int64_t column, int64_t row,
                         const void *found[4]);

#endif
