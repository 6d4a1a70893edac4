/* One reduction, over what the first operations of a pipeline make of a raster. */
#ifndef RASTER_SWEEP_REDUCE_H
#define RASTER_SWEEP_REDUCE_H

#include "raster/sweep/pass.h"
#include "raster/sweep/reduction.h"

struct rst_reduce {
    const struct rst_reduction *reduction;
    const struct rst_pipeline *pipeline;
    int from, length;     /* which of its operations come before: so many from this one on */
    void *const *surveys; /* what theirs have found; see struct rst_pass_parts */
    struct rst_raster *in;
    const struct rst_run_options *options;
    const struct rst_others *others; /* see struct rst_pass_parts */
};

/* *result is malloc()ed, and the caller's to free. */
enum rst_status rst_reduce_run(const struct rst_reduce *reduce, void **result, struct rst_error *err);

/* What that will cost. */
enum rst_status rst_reduce_cost_of(const struct rst_reduce *reduce, struct rst_cost *cost, struct rst_error *err);

/* The result for an image of no pixel. */
enum rst_status rst_reduce_nothing(const struct rst_reduce *reduce, void **result, struct rst_error *err);

#endif
