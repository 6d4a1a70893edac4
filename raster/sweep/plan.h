/* Planning: what each operation of a pipeline is given and makes, and what it needs around a window. */
#ifndef RASTER_SWEEP_PLAN_H
#define RASTER_SWEEP_PLAN_H

#include "raster/sweep/pipeline.h"

/* Asks one operation for the shape of its result. *to_source may be NULL. Checks what holds for all operations. */
enum rst_status rst_plan_step(const struct rst_op *op, const struct rst_shape *in, struct rst_shape *out,
                              struct rst_affine *to_source, struct rst_error *err);

/* The shape that `length` operations from `from` on make of `in`, one after another, and the map back to it, which may
 * be NULL. `out` may be `in`. */
enum rst_status rst_plan_steps(const struct rst_pipeline *pipeline, int from, int length, const struct rst_shape *in,
                               struct rst_shape *out, struct rst_affine *to_source, struct rst_error *err);

/* The input window of an output window: need(), or the same window. */
struct rst_rect rst_plan_need(const struct rst_op *op, const struct rst_shape *in, struct rst_rect window);

/* How far from its own pixel a result of `length` operations from `from` on, POINT and LOCAL ones, may look, all added
 * up. A border that reflects turns what lies below the last row into rows above it: there both sides count as the
 * longer one.
 */
struct rst_halo {
    int64_t left, right, up, down;
};
struct rst_halo rst_plan_halo(const struct rst_pipeline *pipeline, int from, int length, const struct rst_shape *in,
                              enum rst_border_rule rule);

#endif
