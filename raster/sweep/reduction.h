/* A reduction: what looks at every pixel of an image and makes a result of its own: statistics, a histogram.
 *
 * The image is cut into parts by its shape alone. Each part is looked at by one thread, row by row from the top, into
 * an accumulator of its own, and accumulators are merged in the order of the parts. So a result in floating point does
 * not depend on threads, tiles, layout or budget.
 *
 * An operation that has to have seen its whole input before it can start (a threshold after Otsu, a stretch between
 * percentiles) names a reduction as its class's `survey`: it is run over what the operation would see, with everything
 * that stands before it in the pipeline, and the result is in the operation's stage when it prepares.
 */
#ifndef RASTER_SWEEP_REDUCTION_H
#define RASTER_SWEEP_REDUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/image/shape.h"
#include "raster/sweep/op.h"
#include "raster/sweep/pipeline.h"
#include "raster/sweep/run.h"

RST_BEGIN

/* Some pixels of a row, and where they are: in the image, or in the window of it that is looked at. */
struct rst_run_of_pixels {
    const void *samples; /* all bands side by side, aligned for their type */
    int64_t x, y, width;
};

/* An accumulator is flat memory: it has no pointers, is zeroed before start(), and is freed without notice. It is the
 * result, too, once finish() has been called. Every callback gets the reduction itself first: its `settings` are the
 * caller's. */
struct rst_reduction {
    const char *name;
    const void *settings; /* borrowed: which percentiles, how many bins ...; may be NULL */

    /* What is merged is counts, or else does not depend on the order: threads then have one accumulator each, for all
     * of their parts. For large accumulators. */
    bool any_order;

    /* Bytes of an accumulator for images of this shape. */
    size_t (*size)(const struct rst_reduction *reduction, const struct rst_shape *shape);

    /* Makes it that of no pixel at all. `before` is the finished accumulator of the round before, NULL in the first
     * one. NULL: zeroes are. */
    void (*start)(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                  void *accumulator, const void *before);

    void (*row)(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                void *accumulator, const struct rst_run_of_pixels *run);

    /* Adds what `more` has seen, which comes after what `accumulator` has. */
    void (*merge)(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                  const void *more);

    /* Once in a round, after the last part: from sums to the result. NULL: nothing to do. */
    void (*finish)(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator);

    /* Whether a finished round has to be followed by another one over the same pixels: exact percentiles of wide types
     * narrow down the range that they lie in. NULL: never. An image of no pixel takes one round. `rounds` is the most
     * there can be for the shape, for progress and cost; NULL: 1. */
    bool (*again)(const struct rst_reduction *reduction, const struct rst_shape *shape, const void *accumulator);
    int (*rounds)(const struct rst_reduction *reduction, const struct rst_shape *shape);
};

/* Runs the reduction over what the pipeline (NULL: nothing) makes of `in`, or of its part in options->window. *result
 * is malloc()ed, and the caller's to free. Of the options all count but those that cut tiles. */
RST_API RST_MUST_USE enum rst_status rst_reduce(const struct rst_reduction *reduction,
                                                const struct rst_pipeline *pipeline, struct rst_raster *in,
                                                const struct rst_run_options *options, void **result,
                                                struct rst_error *err);

/* What that would cost; nothing is run. */
RST_API RST_MUST_USE enum rst_status rst_reduce_cost(const struct rst_reduction *reduction,
                                                     const struct rst_pipeline *pipeline, struct rst_raster *in,
                                                     const struct rst_run_options *options, struct rst_cost *cost,
                                                     struct rst_error *err);

RST_END

#endif
