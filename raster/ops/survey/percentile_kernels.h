/* The kernels of percentiles of wide samples. Private to percentiles.
 *
 * A key is an unsigned number as wide as the sample, in the order of the samples. */
#ifndef RASTER_OPS_SURVEY_PERCENTILE_KERNELS_H
#define RASTER_OPS_SURVEY_PERCENTILE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"

/* Keys that begin with one of the prefixes of `known` bits are counted by their next `bits` bits: those of prefix i in
 * counts[i << bits] and on. */
struct rst_percentile_search {
    int known, bits;
    int32_t count;
    const uint64_t *prefixes; /* [count] all different; one of no bits in the first round */
};

/* By type; NULL for those of 8 and 16 bits. All look at every bands-th sample of a row of `width` pixels; NaN and
 * nodata (NULL: there is none, or it is NaN) are left out. */
struct rst_percentile_kernels {
    void (*count[RST_TYPE_COUNT])(const void *samples, size_t width, size_t bands, const union rst_sample *nodata,
                                  const struct rst_percentile_search *search, uint64_t *counts);
};

RST_KERNEL_TABLES(struct rst_percentile_kernels, rst_percentile_kernels)

#endif
