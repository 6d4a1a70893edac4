/* Statistics of integers. Lanes are as narrow as the sums of MOST_LAPS laps allow; then they are folded. Nodata is
 * added up with the rest, to be taken away again at the very end: the sums are exact.
 *
 * Parameters, from stats_tmpl.h: T, NAME, BITS, IS_SIGNED, LANES, HIGHEST, LOWEST. */
#if BITS <= 16
#include "raster/ops/survey/stats_short_tmpl.h"
#else
#include "raster/ops/survey/stats_long_tmpl.h"
#endif

static inline void RST_NAME(range)(struct RST_NAME(lanes) *restrict to, const T *restrict from, size_t count, bool gaps,
                                   T nodata)
{
    for (size_t i = 0; i < count; i++) {
        T value = from[i], low = value, high = value;
        if (gaps) {
            to->nodata[i] = (NODATA)(to->nodata[i] + (value == nodata));
            low = value == nodata ? HIGHEST : value;
            high = value == nodata ? LOWEST : value;
        }
        to->min[i] = low < to->min[i] ? low : to->min[i];
        to->max[i] = high > to->max[i] ? high : to->max[i];
    }
}

static void RST_NAME(start)(struct RST_NAME(lanes) * lanes, size_t count)
{
    memset(lanes, 0, sizeof *lanes);
    for (size_t i = 0; i < count; i++) {
        lanes->min[i] = HIGHEST;
        lanes->max[i] = LOWEST;
    }
}

/* `samples`: of this band, that the lanes have seen. */
static void RST_NAME(fold)(const struct RST_NAME(lanes) * lanes, size_t count, size_t bands, size_t band,
                           uint64_t samples, struct rst_stats_sums *sums)
{
    T min = HIGHEST, max = LOWEST;
    uint64_t nodata = 0;
    for (size_t i = band; i < count; i += bands) {
        min = lanes->min[i] < min ? lanes->min[i] : min;
        max = lanes->max[i] > max ? lanes->max[i] : max;
        nodata += lanes->nodata[i];
    }
    if (nodata < samples) RST_NAME(extend)(sums, min, max);
    sums->valid += samples - nodata;
    sums->nodata += nodata;
    RST_NAME(fold_sums)(lanes, count, bands, band, sums);
}

static inline __attribute__((always_inline)) void RST_NAME(stripe)(const T *from, const struct stripe *stripe,
                                                                   bool gaps, T nodata, struct rst_stats_sums *sums)
{
    struct RST_NAME(lanes) lanes;
    size_t laps = stripe->laps + (stripe->rest > 0);
    for (size_t at = 0, end; at < laps; at = end) {
        uint64_t samples = 0;
        end = laps - at < MOST_LAPS ? laps : at + MOST_LAPS;
        RST_NAME(start)(&lanes, stripe->lanes);
        for (size_t lap = at; lap < end; lap++, from += stripe->stride) {
            size_t count = lap < stripe->laps ? stripe->lanes : stripe->rest;
            RST_NAME(add)(&lanes, from, count);
            RST_NAME(range)(&lanes, from, count, gaps, nodata);
            samples += count;
        }
        for (size_t band = 0; band < stripe->bands; band++)
            RST_NAME(fold)(&lanes, stripe->lanes, stripe->bands, band, samples / stripe->bands, &sums[band]);
    }
}

#undef MOST_LAPS
#undef NODATA
