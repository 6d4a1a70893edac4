/* Hysteresis over a whole image, whatever its size: weak samples that hang together with strong ones become strong. */
#ifndef RASTER_OPS_EDGE_HYSTERESIS_H
#define RASTER_OPS_EDGE_HYSTERESIS_H

#include "raster/sweep/op.h"
#include "raster/sweep/run.h"

/* The settle of an operation whose rows hold the marks of canny.h, as pixels. Samples hang together where they touch,
 * by corners too, in the same band. */
enum rst_status rst_hysteresis_settle(const void *shared, const struct rst_stage *stage, struct rst_raster *image,
                                      const struct rst_run_options *options, struct rst_error *err);

#endif
