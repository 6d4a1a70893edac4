/* Statistics of an image: the reduction that `rasterctl stats` prints, and that operations may ask for as a survey. */
#ifndef RASTER_OPS_SURVEY_STATS_H
#define RASTER_OPS_SURVEY_STATS_H

#include <stdint.h>

#include "raster/base/type.h"
#include "raster/sweep/reduction.h"

RST_BEGIN

/* Of one band. Samples that are nodata (NaN too, where nodata is NaN), and all other NaN, are counted and left out of
 * everything else; infinities are valid: they make the sum and the mean infinite, or NaN where both are there, and the
 * deviation NaN.
 *
 * Of integers min, max and the counts are exact, and sum is the exact one rounded once; mean and deviation are made of
 * exact sums and within 2 units in the last place. Of floats sum, mean and deviation are computed in double precision
 * over parts of rows, the deviation from each part's own mean (Chan, Golub and LeVeque 1983): it is no further off than
 * a few roundings of itself and of the largest sample, however large the mean. What lies beyond the range of a double,
 * of sums or of squares, is infinite or NaN.
 *
 * Where there is no valid sample, min and max are 0, and sum, mean and deviation NaN. */
struct rst_band_stats {
    uint64_t valid, nodata, nan; /* number of samples; together those of the image */
    union rst_sample min, max;   /* in the image's type; zero has no sign */
    double min_value, max_value; /* the same as doubles: 64-bit integers beyond 2^53 are rounded */
    double sum, mean;
    double deviation; /* standard deviation of the population: divided by the number of samples, not by one less */
};

/* The result is a struct rst_band_stats [bands of the image]. */
RST_API extern const struct rst_reduction rst_stats_reduction;

RST_END

#endif
