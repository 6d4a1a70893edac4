/* Statistics: what is kept while samples are added up, and what is made of it in the end.
 *
 * Integers are added up exactly, so that neither order nor grouping matters; the variance is n * (sum of squares) less
 * the square of the sum, over n^2, all of it in whole numbers up to the last division. Floats come in blocks whose sum
 * and squared distances from their own mean are known, and are joined by the formula of Chan, Golub and LeVeque, with
 * what is rounded off carried along (Neumaier 1974). */
#include "raster/ops/survey/stats.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "raster/ops/survey/stats_sums.h"

/* The accumulator: results of all bands, then sums of all bands. */
static struct rst_stats_sums *sums_of(const struct rst_shape *shape, const void *accumulator)
{
    return (struct rst_stats_sums *)((struct rst_band_stats *)accumulator + shape->bands);
}

static size_t stats_size(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    (void)reduction;
    return (size_t)shape->bands * (sizeof(struct rst_band_stats) + sizeof(struct rst_stats_sums));
}

static void stats_row(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                      void *accumulator, const struct rst_run_of_pixels *run)
{
    (void)reduction;
    bool missing = shape->has_nodata &&
                   !(rst_type_is_float(shape->type) && isnan(rst_sample_to_double(shape->nodata, shape->type)));
    rst_stats_kernels_of(isa)->row[shape->type](run->samples, run->width, shape->bands, missing ? &shape->nodata : NULL,
                                                sums_of(shape, accumulator));
}

/* Beyond the range of a double there is nothing to carry. */
static void sum_add(struct rst_stats_sum *sum, double value)
{
    double total = sum->value + value, back = total - sum->value;
    if (isfinite(total)) sum->rest += (sum->value - (total - back)) + (value - back);
    sum->value = total;
}

static double sum_total(const struct rst_stats_sum *sum)
{
    return isfinite(sum->value) ? sum->value + sum->rest : sum->value;
}

void rst_stats_add_reals(struct rst_stats_sums *to, uint64_t valid, double sum, double deviation)
{
    if (valid == 0) return;
    if (to->valid > 0) {
        double a = (double)to->valid, b = (double)valid;
        double between = sum / b - sum_total(&to->real) / a;
        sum_add(&to->deviation, between * between * (a / (a + b) * b));
    }
    to->valid += valid;
    sum_add(&to->real, sum);
    sum_add(&to->deviation, deviation);
}

static void join_range(enum rst_type type, struct rst_stats_sums *to, const struct rst_stats_sums *from)
{
    bool first = to->valid == 0;
    switch (type) {
#define JOIN(UPPER, lower, ctype)                                                                                      \
    case RST_##UPPER:                                                                                                  \
        to->min.lower = first || from->min.lower < to->min.lower ? from->min.lower : to->min.lower;                    \
        to->max.lower = first || from->max.lower > to->max.lower ? from->max.lower : to->max.lower;                    \
        break;
        RST_TYPES(JOIN)
#undef JOIN
    case RST_TYPE_COUNT:
        break;
    }
}

static void stats_merge(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                        const void *more)
{
    (void)reduction;
    for (int32_t band = 0; band < shape->bands; band++) {
        struct rst_stats_sums *to = sums_of(shape, accumulator) + band;
        const struct rst_stats_sums *from = sums_of(shape, more) + band;
        if (from->valid > 0) join_range(shape->type, to, from);
        to->nodata += from->nodata;
        to->nan += from->nan;
        if (rst_type_is_float(shape->type)) {
            rst_stats_add_reals(to, from->valid, sum_total(&from->real), sum_total(&from->deviation));
            continue;
        }
        to->valid += from->valid;
        rst_wide_add(&to->sum, from->sum);
        rst_wide_add(&to->squares, from->squares);
    }
}

static struct rst_wide wide_sample(union rst_sample sample, enum rst_type type)
{
    struct rst_wide wide = {{0}};
    switch (type) {
    case RST_U64:
        rst_wide_add_shifted(&wide, sample.u64, 0);
        return wide;
    case RST_I64:
        return rst_wide_of(sample.i64);
    default:
        return rst_wide_of((int64_t)rst_sample_to_double(sample, type));
    }
}

static void finish_integers(const struct rst_shape *shape, const struct rst_stats_sums *sums,
                            struct rst_band_stats *stats)
{
    struct rst_wide sum = sums->sum, squares = sums->squares, count = rst_wide_of((int64_t)sums->valid);
    if (sums->nodata > 0) {
        struct rst_wide nodata = wide_sample(shape->nodata, shape->type);
        struct rst_wide all = rst_wide_multiply(rst_wide_of((int64_t)sums->nodata), nodata);
        rst_wide_add(&sum, rst_wide_negated(all));
        rst_wide_add(&squares, rst_wide_negated(rst_wide_multiply(all, nodata)));
    }
    struct rst_wide variance = rst_wide_multiply(count, squares);
    rst_wide_add(&variance, rst_wide_negated(rst_wide_multiply(sum, sum)));
    stats->sum = rst_wide_to_double(sum);
    stats->mean = stats->sum / (double)sums->valid;
    stats->deviation = sqrt(rst_wide_to_double(variance)) / (double)sums->valid;
}

static void finish_reals(const struct rst_stats_sums *sums, struct rst_band_stats *stats)
{
    stats->sum = sum_total(&sums->real);
    stats->mean = stats->sum / (double)sums->valid;
    stats->deviation = sqrt(sum_total(&sums->deviation) / (double)sums->valid);
}

static void finish_range(enum rst_type type, struct rst_band_stats *stats)
{
    if (type == RST_F32) { /* -0 + 0 is 0 */
        stats->min.f32 += 0;
        stats->max.f32 += 0;
    } else if (type == RST_F64) {
        stats->min.f64 += 0;
        stats->max.f64 += 0;
    }
    stats->min_value = rst_sample_to_double(stats->min, type);
    stats->max_value = rst_sample_to_double(stats->max, type);
}

static void finish_band(const struct rst_shape *shape, const struct rst_stats_sums *sums, struct rst_band_stats *stats)
{
    bool missing = shape->has_nodata && isnan(rst_sample_to_double(shape->nodata, shape->type));
    *stats = (struct rst_band_stats){.valid = sums->valid,
                                     .nodata = sums->nodata + (missing ? sums->nan : 0),
                                     .nan = missing ? 0 : sums->nan,
                                     .min = sums->min,
                                     .max = sums->max,
                                     .sum = NAN,
                                     .mean = NAN,
                                     .deviation = NAN};
    if (sums->valid == 0) return;
    finish_range(shape->type, stats);
    if (rst_type_is_float(shape->type))
        finish_reals(sums, stats);
    else
        finish_integers(shape, sums, stats);
    if (isnan(stats->sum)) stats->sum = stats->mean = NAN; /* always the same NaN */
    if (isnan(stats->deviation)) stats->deviation = NAN;
}

static void stats_finish(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator)
{
    (void)reduction;
    struct rst_band_stats *stats = accumulator;
    for (int32_t band = 0; band < shape->bands; band++)
        finish_band(shape, sums_of(shape, accumulator) + band, &stats[band]);
}

const struct rst_reduction rst_stats_reduction = {
    .name = "stats", .size = stats_size, .row = stats_row, .merge = stats_merge, .finish = stats_finish};
