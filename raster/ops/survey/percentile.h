/* Percentiles of an image, exact for all types: the reduction behind `rasterctl stats --percentiles`, which operations
 * may ask for as a survey. */
#ifndef RASTER_OPS_SURVEY_PERCENTILE_H
#define RASTER_OPS_SURVEY_PERCENTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/type.h"
#include "raster/sweep/reduction.h"

RST_BEGIN

enum { RST_PERCENTILE_MOST = 256 };

/* What is looked for. Make a reduction of one's own of it, as with histograms (raster/ops/survey/histogram.h). */
struct rst_percentile_settings {
    int32_t count;          /* 1 to RST_PERCENTILE_MOST */
    const double *percents; /* [count] 0 to 100, in any order; borrowed */
    bool joint;             /* of the samples of all bands together, but for one of alpha */
};

/* Of n valid samples in ascending order, x[0] to x[n - 1], percentile p is at the place h = p / 100 * (n - 1) (computed
 * in double): x[h] where that is a whole number, else on the line between its two neighbours, as numpy's default method
 * "linear" has it (definition 7 of Hyndman and Fan, 1996). Both neighbours are samples of the image, found exactly;
 * the line between them is computed in double. NaN and nodata are left out; infinities are valid; 0 has no sign. */
struct rst_percentile {
    union rst_sample low, high; /* the neighbours, in the image's type; the same where h is a whole number */
    double value;               /* NaN where there is no valid sample, and between -inf and inf */
};

struct rst_percentiles {
    int32_t bands; /* 1 where `joint` */
    int32_t count;
};

/* Number of valid samples of a band, and its percentiles [count] in the order of the settings. */
RST_API uint64_t rst_percentiles_valid(const struct rst_percentiles *percentiles, int32_t band);
RST_API const struct rst_percentile *rst_percentiles_of(const struct rst_percentiles *percentiles, int32_t band);

/* The result is a struct rst_percentiles. Of 8- and 16-bit types it takes one pass over the image; of wider ones two
 * for 32 bits and four for 64, and one or a few more where many percentiles are wanted at once, or the two neighbours
 * of one begin differently: each pass counts by the next bits of the samples, and the following ones look only at those
 * that begin as a wanted one does. An accumulator takes half a MiB to 2 MiB per band, however large the image. */
RST_API extern const struct rst_reduction rst_percentile_reduction;

RST_END

#endif
