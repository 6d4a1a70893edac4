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
    const void *zeros;      /* a row of them, while the tile's source is blank; else NULL */
    bool rehearse;          /* nothing is loaded or stored */
    struct rst_meter meter;
    struct rst_error error;
};

enum rst_status rst_worker_open(struct rst_worker *worker, struct rst_pass *pass, int index);
void rst_worker_close(struct rst_worker *worker);

/* Computes a unit of the pass, and stores it, or gives it to the sink. */
enum rst_status rst_tile_run(struct rst_worker *worker, int64_t unit);

/* The memory of its own that a thread takes for any unit of the pass, as it is cut. */
enum rst_status rst_tile_measure(struct rst_pass *pass, uint64_t *bytes, struct rst_error *err);

#endif
