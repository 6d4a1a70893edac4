/* The kernels of histograms of wide samples. Private to histograms. */
#ifndef RASTER_OPS_SURVEY_HISTOGRAM_KERNELS_H
#define RASTER_OPS_SURVEY_HISTOGRAM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/survey/ruler.h"

/* Behind the bins of a band. */
enum { RST_HISTOGRAM_BELOW, RST_HISTOGRAM_ABOVE, RST_HISTOGRAM_NODATA, RST_HISTOGRAM_NAN, RST_HISTOGRAM_BESIDE };

/* What a band's samples reach over. */
struct rst_histogram_reach {
    uint64_t valid, nodata, nan;
    double low, high; /* of the finite ones; low > high where there is none */
};

/* By type; NULL for those of 8 and 16 bits. Both look at every bands-th sample of a row of `width` pixels. nodata NULL:
 * there is none, or it is NaN. */
struct rst_histogram_kernels {
    void (*reach[RST_TYPE_COUNT])(const void *samples, size_t width, size_t bands, const union rst_sample *nodata,
                                  struct rst_histogram_reach *reach);
    void (*count[RST_TYPE_COUNT])(const void *samples, size_t width, size_t bands, const union rst_sample *nodata,
                                  const struct rst_ruler *ruler, int32_t bins, uint64_t *counts);
};

RST_KERNEL_TABLES(struct rst_histogram_kernels, rst_histogram_kernels)

#endif
