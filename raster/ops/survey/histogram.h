/* Histograms of an image: the reduction that `rasterctl hist` prints, and that operations may ask for as a survey. */
#ifndef RASTER_OPS_SURVEY_HISTOGRAM_H
#define RASTER_OPS_SURVEY_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/type.h"
#include "raster/sweep/reduction.h"

RST_BEGIN

enum { RST_HISTOGRAM_MOST_BINS = 1 << 20 };

/* What is counted. Make a reduction of one's own of it, which must not outlive the settings:
 *
 *     struct rst_reduction mine = rst_histogram_reduction;
 *     mine.settings = &settings;
 */
struct rst_histogram_settings {
    bool exact;       /* samples of 8 and 16 bits are counted value by value, and what follows is for the others */
    int32_t bins;     /* of equal width, 1 to RST_HISTOGRAM_MOST_BINS; 0: 256 */
    bool has_range;   /* bins lie between low and high, both finite and low < high; else ... */
    double low, high; /* ... between the least and the greatest finite sample of each band, which are found first: that
                         takes wide types and floats one more pass over the image */
    bool one_range;   /* ... of all bands together */
    bool range_only;  /* no more than that is wanted: there is one bin, whose count means nothing */
};

/* Of one band. Nodata and NaN are counted, and left out of all bins. */
struct rst_band_histogram {
    uint64_t valid, nodata, nan; /* number of samples; together those of the image */
    uint64_t below, above;       /* valid samples outside of the range; infinite ones too */
    double low, high;            /* the range, cut into equal bins; both 0 where none was given and nothing is valid */
};

/* Bin k of n holds the samples from low + k w up to, but without, low + (k + 1) w, where w is (high - low) / n; the
 * last one holds `high` too. Where low == high all samples are in bin 0. Which bin a sample next to an edge falls into
 * is computed in double, as floor((v - low) * (n / (high - low))): a sample may lie within a few roundings of it on the
 * other side. 64-bit integers beyond 2^53 are rounded first.
 *
 * Counted value by value there are 256 or 65536 bins, low is the type's least value, high one more than its greatest.
 */
struct rst_histogram {
    int32_t bands, bins;
    struct rst_band_histogram band[]; /* [bands] */
};

/* The counts of a band [bins]. */
RST_API const uint64_t *rst_histogram_counts(const struct rst_histogram *histogram, int32_t band);

/* The result is a struct rst_histogram, as large as `malloc`ed. settings NULL: exact, else 256 bins. */
RST_API extern const struct rst_reduction rst_histogram_reduction;

RST_END

#endif
