/* A pipeline: operations run one after another in ONE pass over the image, with no intermediate image stored. */
#ifndef RASTER_SWEEP_PIPELINE_H
#define RASTER_SWEEP_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/image/affine.h"
#include "raster/image/meta.h"
#include "raster/image/shape.h"
#include "raster/sweep/op.h"

RST_BEGIN

struct rst_pipeline;

/* An empty pipeline, and NULL wherever a pipeline is only read, copies its input. Owned by the caller; not to be
 * changed while it runs. */
RST_API RST_MUST_USE enum rst_status rst_pipeline_new(struct rst_pipeline **out, struct rst_error *err);
RST_API void rst_pipeline_free(struct rst_pipeline **pipeline);

/* Appends *op and takes it over (also on failure): *op becomes NULL. Where its class has an operation to go before it,
 * that one is appended first. */
RST_API RST_MUST_USE enum rst_status rst_pipeline_append(struct rst_pipeline *pipeline, struct rst_op **op,
                                                         struct rst_error *err);
RST_API int rst_pipeline_length(const struct rst_pipeline *pipeline);
RST_API const struct rst_op *rst_pipeline_op(const struct rst_pipeline *pipeline, int index);

/* How many further rasters the first `length` operations read (-1: all of them). */
RST_API int rst_pipeline_others(const struct rst_pipeline *pipeline, int length);

/* The shape of the result (of its part in `window`, unless NULL), and the map from its pixels to the input's. Any of
 * the two outputs may be NULL. RST_E_ARGUMENT where an operation refuses its input, or the window does not lie in the
 * result. */
RST_API RST_MUST_USE enum rst_status rst_pipeline_plan(const struct rst_pipeline *pipeline, const struct rst_shape *in,
                                                       const struct rst_rect *window, struct rst_shape *out,
                                                       struct rst_affine *to_source, struct rst_error *err);

/* The metadata of the result, from those of the input: geo-referencing moved along, nodata in the new type, statistics
 * dropped where values change. *out must be zeroed or cleared by the caller, who owns it afterwards. */
RST_API RST_MUST_USE enum rst_status rst_pipeline_meta(const struct rst_pipeline *pipeline, const struct rst_shape *in,
                                                       const struct rst_meta *meta, const struct rst_rect *window,
                                                       struct rst_meta *out, struct rst_error *err);

/* RST_OK where the pipeline can run in place on such an image; otherwise RST_E_ARGUMENT with the operation and the
 * reason. */
RST_API RST_MUST_USE enum rst_status rst_pipeline_in_place(const struct rst_pipeline *pipeline,
                                                           const struct rst_shape *in, struct rst_error *err);

RST_END

#endif
