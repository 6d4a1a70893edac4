/* One tile: the pipeline is walked backwards to find what is needed, then its rows are pulled through. */
#ifndef RASTER_SWEEP_TILE_H
#define RASTER_SWEEP_TILE_H

#include "raster/sweep/arena.h"
#include "raster/sweep/pass.h"

/* What one thread owns during a pass. */
struct rst_worker {
    struct rst_pass *pass;
    int index; /* of the thread */
    struct rst_arena arena;
    struct rst_link *links; /* [step_count] */
    struct rst_error error;
};

enum rst_status rst_worker_open(struct rst_worker *worker, struct rst_pass *pass, int index);
void rst_worker_close(struct rst_worker *worker);

/* Computes `target` of the result, of one group of bands, and stores it. */
enum rst_status rst_tile_run(struct rst_worker *worker, struct rst_rect target, int32_t group);

#endif
