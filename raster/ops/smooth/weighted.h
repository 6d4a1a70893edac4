/* The slow, careful form of a separable average: samples that are missing (nodata) count for nothing, and where the
 * image has unassociated alpha a colour counts as much as it is opaque. All in double:
 *
 *     result = sum of w * m * v / sum of w * m,   m = 0 for a missing sample, else alpha, or 1 without alpha
 *
 * for alpha itself, and where all of the window is transparent, m is 1 for what is not missing. An operation computes
 * rows its own fast way as if all samples counted, and then has those that it got wrong computed anew here, sample by
 * sample: what a sample becomes depends on its own window alone.
 */
#ifndef RASTER_OPS_SMOOTH_WEIGHTED_H
#define RASTER_OPS_SMOOTH_WEIGHTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/smooth/gauss.h"
#include "raster/sweep/op.h"

struct rst_weighted_kernels {
    /* sums[i] += weight * values[i] and totals[i] += weight, where missing[i] is 0. */
    void (*add_present[RST_TYPE_COUNT])(double *sums, double *totals, const void *values, const uint8_t *missing,
                                        double weight, size_t count);
    /* sums[i] += weight * factors[i] * values[i] and totals[i] += weight * factors[i]. */
    void (*add_opaque[RST_TYPE_COUNT])(double *sums, double *totals, const void *values, const void *factors,
                                       double weight, size_t count);
    /* What each sample counts for: see above. */
    void (*factors[RST_TYPE_COUNT])(void *factors, const void *values, const uint8_t *missing, size_t pixels,
                                    int32_t bands, int32_t alpha);
};

/* What all tiles share; to be filled in by the operation's prepare. */
struct rst_weighted_plan {
    const struct rst_gauss_kernels *gauss;
    const struct rst_weighted_kernels *kernels;
    const double *half; /* weights of the centre and of the neighbours at 1 ... radius */
    int radius;
};

const struct rst_weighted_kernels *rst_weighted_kernels_for(enum rst_isa isa);

/* Whether a stage needs any of this. */
static inline bool rst_weighted_needed(const struct rst_stage *stage)
{
    return stage->in.has_nodata || stage->in.alpha >= 0;
}

/* The input rows around the output row at hand, with what is missing in them. */
struct rst_weighted;

/* Keeps the last 2 * radius + 1 + `extra` rows of a tile. NULL: no memory. */
struct rst_weighted *rst_weighted_new(const struct rst_weighted_plan *plan, const struct rst_stage *stage,
                                      const struct rst_tile *tile, int extra, struct rst_arena *arena);

bool rst_weighted_has(const struct rst_weighted *weighted, int64_t y);

/* Copies a row got from rst_rows_get(). */
void rst_weighted_put(struct rst_weighted *weighted, int64_t y, const void *row);

/* The samples of row y right below the output's: out.width pixels of it. */
const void *rst_weighted_centre(const struct rst_weighted *weighted, int64_t y);

/* Given an output row computed as if all samples counted, computes anew what is not so, leaves nodata samples as they
 * were, and returns how many valid results equal nodata. Rows y - radius ... y + radius must be there. With
 * `sharpening` the result is that instead. */
int64_t rst_weighted_mend(struct rst_weighted *weighted, int64_t y, const struct rst_gauss_sharpening *sharpening,
                          void *to);

#endif
