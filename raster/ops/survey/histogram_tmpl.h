/* Histograms of wide samples, for one pixel type: 8- and 16-bit types are counted value by value elsewhere.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, TOP. */
#if BITS > 16

#if IS_FLOAT
#define LOWEST ((T)-INFINITY)
#define HIGHEST ((T)INFINITY)
#define IS_FINITE(v) ((v) > LOWEST && (v) < HIGHEST)
#define IS_NAN(v) ((v) != (v))
#else
#define LOWEST ((T)(IS_SIGNED ? -TOP - 1 : 0))
#define HIGHEST ((T)TOP)
#define IS_FINITE(v) true
#define IS_NAN(v) false
#endif

/* Lanes that know nothing of each other: the order in which minima are found makes no difference, but the compiler may
 * not know of floats. */
static inline __attribute__((always_inline)) void
RST_NAME(reach_of)(const T *samples, size_t width, size_t step, bool gaps, T nodata, struct rst_histogram_reach *reach)
{
    T low[LANES], high[LANES];
    uint32_t valid = 0, missing = 0;
    for (size_t i = 0; i < LANES; i++) {
        low[i] = HIGHEST;
        high[i] = LOWEST;
    }
    for (size_t x = 0; x < width; x += LANES) {
        size_t some = width - x < LANES ? width - x : LANES;
        for (size_t i = 0; i < some; i++) {
            T v = samples[(x + i) * step];
            bool gap = gaps & (v == nodata), counts = !IS_NAN(v) & !gap, finite = counts & IS_FINITE(v);
            T least = finite ? v : HIGHEST, greatest = finite ? v : LOWEST;
            low[i] = least < low[i] ? least : low[i];
            high[i] = greatest > high[i] ? greatest : high[i];
            valid += counts;
            missing += gap;
        }
    }
    reach->valid += valid;
    reach->nodata += missing;
    reach->nan += width - valid - missing;
    for (size_t i = 0; i < LANES && valid > 0; i++) {
        if (!(low[i] <= high[i]) || !IS_FINITE(low[i])) continue;
        reach->low = (double)low[i] < reach->low ? (double)low[i] : reach->low;
        reach->high = (double)high[i] > reach->high ? (double)high[i] : reach->high;
    }
}

static void RST_NAME(reach)(const void *samples, size_t width, size_t bands, const union rst_sample *nodata,
                            struct rst_histogram_reach *reach)
{
    if (bands == 1 && !nodata)
        RST_NAME(reach_of)(samples, width, 1, false, 0, reach);
    else if (bands == 1)
        RST_NAME(reach_of)(samples, width, 1, true, nodata->NAME, reach);
    else
        RST_NAME(reach_of)(samples, width, bands, nodata != NULL, nodata ? nodata->NAME : 0, reach);
}

/* The place of some samples, of which there are at most BLOCK. */
static inline __attribute__((always_inline)) void RST_NAME(place)(const T *restrict samples, size_t count, size_t step,
                                                                  bool gaps, T nodata, const struct rst_ruler *ruler,
                                                                  int32_t bins, int32_t *restrict places)
{
    const double low = ruler->low, high = ruler->high, pre = ruler->pre, start = ruler->start, scale = ruler->scale;
    for (size_t i = 0; i < count; i++) {
        T sample = samples[i * step];
        double v = (double)sample, inside = v < low ? low : v;
        inside = inside <= high ? inside : high; /* of NaN too: what cannot become an integer is kept out of there */
        int32_t place = (int32_t)((inside * pre - start) * scale);
        place = place < bins ? place : bins - 1;
        place = v < low ? bins + RST_HISTOGRAM_BELOW : place;
        place = v > high ? bins + RST_HISTOGRAM_ABOVE : place;
        place = IS_NAN(sample) ? bins + RST_HISTOGRAM_NAN : place;
        places[i] = (gaps & (sample == nodata)) ? bins + RST_HISTOGRAM_NODATA : place;
    }
}

static void RST_NAME(count)(const void *samples, size_t width, size_t bands, const union rst_sample *nodata,
                            const struct rst_ruler *ruler, int32_t bins, uint64_t *counts)
{
    const T *from = samples;
    int32_t places[BLOCK];
    for (size_t x = 0; x < width; x += BLOCK, from += BLOCK * bands) {
        size_t some = width - x < BLOCK ? width - x : BLOCK;
        if (bands == 1 && !nodata)
            RST_NAME(place)(from, some, 1, false, 0, ruler, bins, places);
        else if (bands == 1)
            RST_NAME(place)(from, some, 1, true, nodata->NAME, ruler, bins, places);
        else
            RST_NAME(place)(from, some, bands, nodata != NULL, nodata ? nodata->NAME : 0, ruler, bins, places);
        for (size_t i = 0; i < some; i++)
            counts[places[i]]++;
    }
}

#undef LOWEST
#undef HIGHEST
#undef IS_FINITE
#undef IS_NAN
#endif
