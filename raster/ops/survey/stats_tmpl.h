/* Statistics of a row, for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, TOP. */
#define LANES (MOST_BYTES / sizeof(T))
#if IS_FLOAT
#define HIGHEST ((T)INFINITY)
#define LOWEST ((T)-INFINITY)
#else
#define HIGHEST ((T)TOP)
#define LOWEST ((T)(IS_SIGNED ? -TOP - 1 : 0))
#endif

/* Widens a band's range by that of some valid samples of it. */
static void RST_NAME(extend)(struct rst_stats_sums *sums, T min, T max)
{
    bool first = sums->valid == 0;
    sums->min.NAME = first || min < sums->min.NAME ? min : sums->min.NAME;
    sums->max.NAME = first || max > sums->max.NAME ? max : sums->max.NAME;
}

#if IS_FLOAT
#include "raster/ops/survey/stats_float_tmpl.h"
#else
#include "raster/ops/survey/stats_int_tmpl.h"
#endif

static void RST_NAME(row)(const void *samples, int64_t width, int32_t bands, const union rst_sample *nodata,
                          struct rst_stats_sums *sums)
{
    const T *from = samples;
    size_t all = (size_t)bands, some;
    for (size_t first = 0; first < all; first += some) {
        some = all - first < LANES ? all - first : LANES;
        struct stripe stripe = stripe_of(width, some, all, sizeof(T));
        if (nodata)
            RST_NAME(stripe)(from + first, &stripe, true, nodata->NAME, sums + first);
        else
            RST_NAME(stripe)(from + first, &stripe, false, 0, sums + first);
    }
}

#undef LANES
#undef HIGHEST
#undef LOWEST
