/* Missing samples, a row at a time: which samples of a row are nodata, and putting them back after a kernel has run
 * over the whole row without looking. Two passes over a row in cache cost less than a branch in every kernel.
 *
 * All functions take packed samples, and use the kernels of stage->isa.
 */
#ifndef RASTER_OPS_COMMON_NODATA_H
#define RASTER_OPS_COMMON_NODATA_H

#include <stddef.h>
#include <stdint.h>

#include "raster/sweep/op.h"

/* Sets mask[i] to 1 where sample i of `row`, in the type of stage->in, equals stage->in.nodata (NaN equals NaN, 0.0
 * equals -0.0), else to 0. Returns how many there are. To be called only where stage->in.has_nodata. */
int64_t rst_nodata_mask(const struct rst_stage *stage, const void *row, size_t count, uint8_t *mask);

/* Where mask[i] is 1, sample i of `row`, in the type of stage->out, becomes sample i of `original`, so that it keeps
 * its bits; or stage->out.nodata where `original` is NULL. Returns how many of the other samples equal
 * stage->out.nodata: collisions, for rst_tally_collisions(). */
int64_t rst_nodata_restore(const struct rst_stage *stage, void *row, size_t count, const uint8_t *mask,
                           const void *original);

#endif
