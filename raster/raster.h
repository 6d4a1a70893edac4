/* libraster: image and tile processing on memory-mapped raster files. Read this first.
 *
 *     file -> map -> raster (a grid of blocks) -> view (a strided window) -> kernel -> view -> raster -> map -> file
 *
 * From the ground up:
 *
 *     raster/base/status.h           what a function returns, and the message that goes with it
 *     raster/base/type.h             the ten pixel types, and one sample
 *     raster/map/map.h               a file, or scratch, as bytes in memory; flush, advise, populate, resize, lock
 *     raster/map/output.h            a new file that appears whole or not at all
 *     raster/image/view.h            a strided window: crop, flip, rotate, pick bands without copying
 *     raster/image/raster.h          an image in a mapping: blocks, windows, borders, commit and close
 *     raster/image/meta.h            nodata, colours, geo-referencing
 *     raster/sweep/op.h              what an operation is; write your own
 *     raster/sweep/pipeline.h        operations one after another
 *     raster/sweep/run.h             running them: threads, in place or not, borders, windows, progress
 *     raster/sweep/reduction.h       what makes a result of its own of an image; write your own
 *     raster/ops/ops.h               the operations that come with the library
 *     raster/ops/survey/stats.h      statistics
 *     raster/ops/survey/histogram.h  histograms
 *     raster/ops/survey/percentile.h percentiles
 *
 * Files are opened and created by libraster_codecs (codecs/codecs.h). The rules that hold everywhere:
 *
 * - A function that can fail returns `enum rst_status`, 0 being success, and takes `struct rst_error *` last (or NULL).
 * - What an open or create function hands out, the matching close or free function ends; it takes the address of the
 *   pointer and sets it to NULL. NULL is fine.
 * - Nothing global exists: no initialisation, no thread that outlives a call, no signal handler, no output.
 */
#ifndef RASTER_RASTER_H
#define RASTER_RASTER_H

#include "raster/base/spelling.h"
#include "raster/base/status.h"
#include "raster/base/type.h"
#include "raster/image/affine.h"
#include "raster/image/border.h"
#include "raster/image/layout.h"
#include "raster/image/meta.h"
#include "raster/image/pages.h"
#include "raster/image/raster.h"
#include "raster/image/shape.h"
#include "raster/image/view.h"
#include "raster/map/map.h"
#include "raster/map/memory.h"
#include "raster/map/output.h"
#include "raster/ops/ops.h"
#include "raster/ops/survey/histogram.h"
#include "raster/ops/survey/percentile.h"
#include "raster/ops/survey/stats.h"
#include "raster/sweep/op.h"
#include "raster/sweep/pipeline.h"
#include "raster/sweep/reduction.h"
#include "raster/sweep/run.h"

#endif
