/* Histograms. Samples of 8 and 16 bits are counted value by value, and put into bins in the end where bins were asked
 * for. Wider ones go into their bin at once, which has to be known: where no range is given, the first round looks for
 * the least and the greatest sample, and the second one counts.
 *
 * All that is merged are counts, minima and maxima, so that order does not matter, and threads have one accumulator
 * each. It holds the result, the counts of all bands, and behind them what was counted value by value. */
#include "raster/ops/survey/histogram.h"

#include <math.h>
#include <string.h>

#include "raster/ops/survey/counts.h"
#include "raster/ops/survey/histogram_kernels.h"

enum { BINS = 256 };

static const struct rst_histogram_settings defaults = {.exact = true};

/* How an accumulator is laid out, and what is to be done. */
struct plan {
    const struct rst_histogram_settings *settings;
    bool narrow; /* counted value by value */
    int32_t bins;
    size_t stride;        /* of counts, from band to band: bins, and of wide types RST_HISTOGRAM_BESIDE more */
    size_t counts, exact; /* where they begin */
    size_t reach;         /* of wide types: what the bands reach over */
    size_t bytes;
};

static struct plan plan_of(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    struct plan plan = {.settings = reduction->settings ? reduction->settings : &defaults};
    size_t bands = (size_t)shape->bands;
    int32_t values = rst_counts_values(shape->type);
    plan.narrow = values > 0;
    plan.bins = plan.narrow && plan.settings->exact ? values : plan.settings->bins > 0 ? plan.settings->bins : BINS;
    if (plan.settings->range_only) plan.bins = 1;
    plan.stride = (size_t)plan.bins + RST_HISTOGRAM_BESIDE;
    plan.counts = sizeof(struct rst_histogram) + bands * sizeof(struct rst_band_histogram);
    plan.exact = plan.reach = plan.counts + bands * plan.stride * sizeof(uint64_t);
    plan.bytes = plan.narrow ? plan.exact + rst_counts_bytes(shape)
                             : plan.reach + bands * sizeof(struct rst_histogram_reach) + sizeof(uint64_t);
    return plan;
}

static uint64_t *counts_of(const struct plan *plan, void *accumulator, int32_t band)
{
    return (uint64_t *)(void *)((char *)accumulator + plan->counts) + (size_t)band * plan->stride;
}

static struct rst_counts *exact_of(const struct plan *plan, const void *accumulator)
{
    return (struct rst_counts *)(void *)((char *)accumulator + plan->exact);
}

static struct rst_histogram_reach *reach_of(const struct plan *plan, const void *accumulator, int32_t band)
{
    return (struct rst_histogram_reach *)(void *)((char *)accumulator + plan->reach) + band;
}

/* Of wide types: whether the range is still looked for. It is kept behind all else, where no caller looks. */
static bool *searches(const struct plan *plan, const void *accumulator)
{
    return (bool *)accumulator + plan->bytes - sizeof(uint64_t);
}

const uint64_t *rst_histogram_counts(const struct rst_histogram *histogram, int32_t band)
{
    const uint64_t *counts = (const uint64_t *)(const void *)(histogram->band + histogram->bands);
    return counts + (size_t)band * ((size_t)histogram->bins + RST_HISTOGRAM_BESIDE);
}

static size_t histogram_size(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    return plan_of(reduction, shape).bytes;
}

static void histogram_start(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                            void *accumulator, const void *before)
{
    struct plan plan = plan_of(reduction, shape);
    struct rst_histogram *histogram = accumulator;
    (void)isa;
    histogram->bands = shape->bands;
    histogram->bins = plan.bins;
    if (plan.narrow) return;
    *searches(&plan, accumulator) = !before && !plan.settings->has_range;
    for (int32_t band = 0; band < shape->bands; band++) {
        if (before)
            histogram->band[band] = ((const struct rst_histogram *)before)->band[band];
        else if (plan.settings->has_range)
            histogram->band[band] = (struct rst_band_histogram){.low = plan.settings->low, .high = plan.settings->high};
        *reach_of(&plan, accumulator, band) = (struct rst_histogram_reach){.low = INFINITY, .high = -INFINITY};
    }
}

/* A NaN is counted as such, and turned into nodata in the end. */
static const union rst_sample *nodata_of(const struct rst_shape *shape)
{
    if (!shape->has_nodata || isnan(rst_sample_to_double(shape->nodata, shape->type))) return NULL;
    return &shape->nodata;
}

static void histogram_row(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                          void *accumulator, const struct rst_run_of_pixels *run)
{
    const struct rst_histogram_kernels *kernels = rst_histogram_kernels_of(isa);
    const struct plan plan = plan_of(reduction, shape);
    const struct rst_histogram *histogram = accumulator;
    size_t bands = (size_t)shape->bands, size = rst_type_size(shape->type);
    if (plan.narrow) {
        rst_counts_row(exact_of(&plan, accumulator), shape, isa, run->samples, run->width);
        return;
    }
    for (int32_t band = 0; band < shape->bands; band++) {
        const char *samples = (const char *)run->samples + (size_t)band * size;
        const struct rst_band_histogram *of = &histogram->band[band];
        if (*searches(&plan, accumulator)) {
            kernels->reach[shape->type](samples, (size_t)run->width, bands, nodata_of(shape),
                                        reach_of(&plan, accumulator, band));
            continue;
        }
        const struct rst_ruler ruler = rst_ruler_of(of->low, of->high, plan.bins);
        kernels->count[shape->type](samples, (size_t)run->width, bands, nodata_of(shape), &ruler, plan.bins,
                                    counts_of(&plan, accumulator, band));
    }
}

static void histogram_merge(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                            const void *more)
{
    struct plan plan = plan_of(reduction, shape);
    if (plan.narrow) {
        rst_counts_merge(exact_of(&plan, accumulator), shape, exact_of(&plan, more));
        return;
    }
    uint64_t *counts = counts_of(&plan, accumulator, 0);
    const uint64_t *others = counts_of(&plan, (void *)more, 0);
    for (size_t i = 0; i < (size_t)shape->bands * plan.stride; i++)
        counts[i] += others[i];
    for (int32_t band = 0; band < shape->bands; band++) {
        struct rst_histogram_reach *to = reach_of(&plan, accumulator, band), *from = reach_of(&plan, more, band);
        to->valid += from->valid;
        to->nodata += from->nodata;
        to->nan += from->nan;
        to->low = fmin(to->low, from->low);
        to->high = fmax(to->high, from->high);
    }
}

/* Of bands that have found no range, and of all together where one was asked for. */
static void settle_ranges(const struct plan *plan, const struct rst_shape *shape, struct rst_histogram *histogram)
{
    double low = INFINITY, high = -INFINITY;
    if (plan->settings->has_range) return;
    for (int32_t band = 0; band < shape->bands; band++) {
        low = fmin(low, histogram->band[band].low);
        high = fmax(high, histogram->band[band].high);
    }
    for (int32_t band = 0; band < shape->bands; band++) {
        struct rst_band_histogram *of = &histogram->band[band];
        if (plan->settings->one_range) *of = (struct rst_band_histogram){.low = low, .high = high};
        if (!(of->low <= of->high)) of->low = of->high = 0;
    }
}

/* ---- counted value by value ---- */

static double least_of(enum rst_type type, int32_t values)
{
    return rst_type_is_signed(type) ? -(values / 2) : 0;
}

static void find_range(const struct rst_shape *shape, const uint64_t *exact, struct rst_band_histogram *of)
{
    int32_t values = rst_counts_values(shape->type), first = 0, last = values - 1;
    while (first < values && exact[first] == 0)
        first++;
    while (last > first && exact[last] == 0)
        last--;
    of->low = first < values ? least_of(shape->type, values) + first : INFINITY;
    of->high = first < values ? least_of(shape->type, values) + last : -INFINITY;
}

static void put_into_bins(const struct plan *plan, const struct rst_shape *shape, const uint64_t *exact,
                          struct rst_band_histogram *of, uint64_t *counts)
{
    int32_t values = rst_counts_values(shape->type);
    const struct rst_ruler ruler = rst_ruler_of(of->low, of->high, plan->bins);
    for (int32_t i = 0; i < values; i++) {
        double v = least_of(shape->type, values) + i;
        of->valid += exact[i];
        if (v < of->low)
            of->below += exact[i];
        else if (v > of->high)
            of->above += exact[i];
        else
            counts[rst_ruler_part(&ruler, v, plan->bins)] += exact[i];
    }
}

static void finish_narrow(const struct plan *plan, const struct rst_shape *shape, struct rst_histogram *histogram)
{
    struct rst_counts *exact = exact_of(plan, histogram);
    int32_t values = rst_counts_values(shape->type);
    double least = least_of(shape->type, values);
    rst_counts_finish(exact, shape);
    for (int32_t band = 0; band < shape->bands; band++) {
        struct rst_band_histogram *of = &histogram->band[band];
        if (plan->settings->has_range)
            *of = (struct rst_band_histogram){.low = plan->settings->low, .high = plan->settings->high};
        else
            find_range(shape, rst_counts_of(exact, shape, band), of);
    }
    settle_ranges(plan, shape, histogram);
    for (int32_t band = 0; band < shape->bands; band++) {
        struct rst_band_histogram *of = &histogram->band[band];
        if (plan->settings->exact && !plan->settings->range_only)
            *of = (struct rst_band_histogram){.low = least, .high = least + values};
        put_into_bins(plan, shape, rst_counts_of(exact, shape, band), of, counts_of(plan, histogram, band));
        of->nodata = rst_counts_nodata(exact, band);
    }
}

/* ---- the others ---- */

static void finish_search(const struct plan *plan, const struct rst_shape *shape, struct rst_histogram *histogram)
{
    for (int32_t band = 0; band < shape->bands; band++) {
        const struct rst_histogram_reach *reach = reach_of(plan, histogram, band);
        histogram->band[band] = (struct rst_band_histogram){.low = reach->low, .high = reach->high};
    }
    settle_ranges(plan, shape, histogram);
    for (int32_t band = 0; band < shape->bands; band++) {
        const struct rst_histogram_reach *reach = reach_of(plan, histogram, band);
        histogram->band[band].valid = reach->valid;
        histogram->band[band].nodata = reach->nodata;
        histogram->band[band].nan = reach->nan;
    }
}

static void finish_count(const struct plan *plan, const struct rst_shape *shape, struct rst_histogram *histogram)
{
    for (int32_t band = 0; band < shape->bands; band++) {
        struct rst_band_histogram *of = &histogram->band[band];
        const uint64_t *counts = counts_of(plan, histogram, band), *beside = counts + plan->bins;
        of->below = beside[RST_HISTOGRAM_BELOW];
        of->above = beside[RST_HISTOGRAM_ABOVE];
        of->nodata = beside[RST_HISTOGRAM_NODATA];
        of->nan = beside[RST_HISTOGRAM_NAN];
        of->valid = of->below + of->above;
        for (int32_t i = 0; i < plan->bins; i++)
            of->valid += counts[i];
    }
}

static void histogram_finish(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator)
{
    const struct plan plan = plan_of(reduction, shape);
    struct rst_histogram *histogram = accumulator;
    if (plan.narrow)
        finish_narrow(&plan, shape, histogram);
    else if (*searches(&plan, accumulator))
        finish_search(&plan, shape, histogram);
    else
        finish_count(&plan, shape, histogram);
    if (!shape->has_nodata || nodata_of(shape)) return;
    for (int32_t band = 0; band < shape->bands; band++) {
        histogram->band[band].nodata += histogram->band[band].nan;
        histogram->band[band].nan = 0;
    }
}

static bool histogram_again(const struct rst_reduction *reduction, const struct rst_shape *shape,
                            const void *accumulator)
{
    const struct plan plan = plan_of(reduction, shape);
    const struct rst_histogram *histogram = accumulator;
    bool any = false;
    for (int32_t band = 0; band < shape->bands; band++)
        any |= histogram->band[band].valid > 0;
    return !plan.narrow && *searches(&plan, accumulator) && !plan.settings->range_only && any;
}

static int histogram_rounds(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    const struct plan plan = plan_of(reduction, shape);
    return plan.narrow || plan.settings->has_range || plan.settings->range_only ? 1 : 2;
}

const struct rst_reduction rst_histogram_reduction = {.name = "histogram",
                                                      .any_order = true,
                                                      .size = histogram_size,
                                                      .start = histogram_start,
                                                      .row = histogram_row,
                                                      .merge = histogram_merge,
                                                      .finish = histogram_finish,
                                                      .again = histogram_again,
                                                      .rounds = histogram_rounds};
