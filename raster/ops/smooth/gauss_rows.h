/* How Gaussians make rows: gaussblur, sharpen and unsharp. */
#ifndef RASTER_OPS_SMOOTH_GAUSS_ROWS_H
#define RASTER_OPS_SMOOTH_GAUSS_ROWS_H

#include <stdbool.h>

#include "raster/ops/smooth/coarse.h"
#include "raster/ops/smooth/gauss.h"
#include "raster/ops/smooth/weighted.h"

/* What all tiles share; to be filled in by the operation's prepare. */
struct rst_gauss_plan {
    enum rst_gauss_path path;
    int radius;
    const struct rst_gauss_sharpening *sharpening; /* not owned; NULL where there is none */
    size_t size;                                   /* bytes of one of the path's samples */
    const void *half;                              /* the path's weights */
    const struct rst_gauss_kernels *kernels;
    struct rst_weighted_plan weighted;
    int16_t *fixed;
    float *singles;
    double *doubles;
    bool wide; /* done on a coarse grid: what follows counts, and of the above kernels and sharpening alone */
    struct rst_coarse_plan coarse;
};

/* begin and row of an operation whose `shared` is a plan. */
RST_MUST_USE enum rst_status rst_gauss_begin(const void *shared, const struct rst_stage *stage,
                                             const struct rst_tile *tile, struct rst_arena *arena,
                                             struct rst_tally *tally, void **made);
void rst_gauss_row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                   int64_t y, void *to);

#endif
