/* What is kept of a band while its samples are added up, and the kernels that add. Private to statistics. */
#ifndef RASTER_OPS_SURVEY_STATS_SUMS_H
#define RASTER_OPS_SURVEY_STATS_SUMS_H

#include "raster/ops/common/isa.h"
#include "raster/ops/survey/wide.h"

/* A sum of doubles and what was rounded off it: as good as twice the precision. */
struct rst_stats_sum {
    double value, rest;
};

/* Zeroes are a band of no sample. */
struct rst_stats_sums {
    uint64_t valid, nodata, nan;
    union rst_sample min, max;      /* of the valid samples, if there is one */
    struct rst_wide sum, squares;   /* of integers: of all samples that are not NaN, nodata included */
    struct rst_stats_sum real;      /* of floats: of the valid samples */
    struct rst_stats_sum deviation; /* of floats: of the squared distances from their mean */
};

/* Adds floats whose number, sum and squared distances from their own mean are known. */
void rst_stats_add_reals(struct rst_stats_sums *to, uint64_t valid, double sum, double deviation);

struct rst_stats_kernels {
    /* Adds `width` pixels, all bands side by side, to sums[bands]. */
    void (*row[RST_TYPE_COUNT])(const void *samples, int64_t width, int32_t bands, const union rst_sample *nodata,
                                struct rst_stats_sums *sums);
};

RST_KERNEL_TABLES(struct rst_stats_kernels, rst_stats_kernels)

#endif
