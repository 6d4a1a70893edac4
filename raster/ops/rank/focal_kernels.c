/* The kernels of focal statistics. */
#include "raster/ops/rank/focal.h"

#include <math.h>

/* Which of two NaN a sum has, and its sign, is up to the instructions. */
static inline double one_nan(double value)
{
    return value == value ? value : (double)NAN;
}

#define RST_TEMPLATE "raster/ops/rank/focal_tmpl.h"
#include "raster/ops/common/each_type.h"

/* ---- a histogram that is walked along a row ---- */

static inline void count_mode(struct rst_focal_counter *counter, uint32_t value)
{
    uint16_t count = ++counter->counts[value], best = counter->counts[counter->mode];
    uint16_t *most = &counter->most[value / RST_FOCAL_BUCKET];
    counter->total++;
    if (count > *most) *most = count;
    if (count > best || (count == best && value < counter->mode)) counter->mode = value;
}

static inline void uncount_mode(struct rst_focal_counter *counter, uint32_t value)
{
    counter->counts[value]--;
    counter->total--;
    counter->stale |= value == counter->mode;
}

static inline void count_spread(struct rst_focal_counter *counter, uint32_t value)
{
    uint16_t before = counter->counts[value]++;
    counter->total++;
    counter->spread += counter->terms[before + 1] - counter->terms[before];
}

static inline void uncount_spread(struct rst_focal_counter *counter, uint32_t value)
{
    uint16_t before = counter->counts[value]--;
    counter->total--;
    counter->spread -= counter->terms[before] - counter->terms[before - 1];
}

static uint16_t greatest_of(const uint16_t *values, size_t count)
{
    uint16_t greatest = 0;
    for (size_t i = 0; i < count; i++)
        greatest = values[i] > greatest ? values[i] : greatest;
    return greatest;
}

static size_t first_of(const uint16_t *values, uint16_t value)
{
    size_t at = 0;
    while (values[at] != value)
        at++;
    return at;
}

/* The first bucket of those with the greatest bound is looked through, and where that was too much, corrected, until
 * one is right: each correction takes back what some count has raised. */
static uint32_t mode_of(struct rst_focal_counter *counter)
{
    if (counter->total == 0) return 0;
    if (!counter->stale) return counter->mode;
    for (;;) {
        uint16_t bound = greatest_of(counter->most, counter->buckets);
        size_t bucket = first_of(counter->most, bound);
        const uint16_t *counts = counter->counts + bucket * RST_FOCAL_BUCKET;
        counter->most[bucket] = greatest_of(counts, RST_FOCAL_BUCKET);
        if (counter->most[bucket] < bound) continue;
        counter->mode = (uint32_t)(bucket * RST_FOCAL_BUCKET + first_of(counts, bound));
        counter->stale = false;
        return counter->mode;
    }
}

static double entropy_of(const struct rst_focal_counter *counter)
{
    if (counter->total == 0) return 0;
    double entropy = counter->logarithm[counter->total] -
                     (double)counter->spread / (double)(INT64_C(1) << RST_FOCAL_PLACES) / counter->total;
    return entropy > 0 ? entropy : 0;
}

#define ID uint8_t
#define ID_NAME 8
#include "raster/ops/rank/focal_walk_tmpl.h"
#undef ID
#undef ID_NAME

#define ID uint16_t
#define ID_NAME 16
#include "raster/ops/rank/focal_walk_tmpl.h"
#undef ID
#undef ID_NAME

#define ID uint32_t
#define ID_NAME 32
#include "raster/ops/rank/focal_walk_tmpl.h"
#undef ID
#undef ID_NAME

/* ---- whole sums ---- */

/* n * squares - sum^2 is a whole number below 2^64 for samples of up to 16 bits. */
static void finish(double *restrict to, const uint64_t *restrict sums, const uint64_t *restrict squares,
                   const uint64_t *restrict missing, size_t count, uint64_t samples, int64_t offset,
                   enum rst_focal_stat stat)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t n = samples - (missing ? missing[i] : 0);
        double number = (double)(int64_t)n;
        if (stat == RST_FOCAL_SUM || stat == RST_FOCAL_MEAN) {
            double sum = (double)((int64_t)sums[i] + (int64_t)n * offset);
            to[i] = stat == RST_FOCAL_SUM ? sum : sum / number;
            continue;
        }
        double spread = (double)(n * squares[i] - sums[i] * sums[i]);
        to[i] = stat == RST_FOCAL_VARIANCE ? spread / (number * number) : sqrt(spread) / number;
    }
}

/* ---- sums in double ---- */

static void add_rows(double *to, const double *a, const double *b, size_t count)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = a[i] + b[i];
}

static void add(const struct rst_focal_lanes *to, const struct rst_focal_lanes *a, const struct rst_focal_lanes *b,
                size_t shift, size_t count)
{
    add_rows(to->lane[0], a->lane[0], b->lane[0] + shift, count);
}

static void add_counted(const struct rst_focal_lanes *to, const struct rst_focal_lanes *a,
                        const struct rst_focal_lanes *b, size_t shift, size_t count)
{
    add_rows(to->lane[0], a->lane[0], b->lane[0] + shift, count);
    add_rows(to->lane[1], a->lane[1], b->lane[1] + shift, count);
}

/* Chan, Golub and LeVeque 1983. */
static void chan_rows(double *n, double *mean, double *squares, const double *n_a, const double *mean_a,
                      const double *squares_a, const double *n_b, const double *mean_b, const double *squares_b,
                      size_t count)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        double all = n_a[i] + n_b[i], apart = mean_b[i] - mean_a[i], share = n_b[i] / (all > 0 ? all : 1);
        double within = squares_a[i] + squares_b[i] + apart * (n_a[i] * share) * apart;
        mean[i] = mean_a[i] + apart * share;
        squares[i] = within;
        n[i] = all;
    }
}

static void chan(const struct rst_focal_lanes *to, const struct rst_focal_lanes *a, const struct rst_focal_lanes *b,
                 size_t shift, size_t count)
{
    chan_rows(to->lane[0], to->lane[1], to->lane[2], a->lane[0], a->lane[1], a->lane[2], b->lane[0] + shift,
              b->lane[1] + shift, b->lane[2] + shift, count);
}

/* Beside infinity nothing has a distance, whatever the order in which it came. */
static inline bool finite_mean(double mean)
{
    return mean - mean == 0;
}

static void finish_lanes(double *restrict to, const struct rst_focal_lanes *from, size_t count, double samples,
                         enum rst_focal_stat stat)
{
    const double *first = from->lane[0], *second = from->lane[1], *third = from->lane[2];
    if (stat == RST_FOCAL_SUM)
        for (size_t i = 0; i < count; i++)
            to[i] = one_nan(first[i]);
    else if (stat == RST_FOCAL_MEAN)
        for (size_t i = 0; i < count; i++)
            to[i] = one_nan(first[i] / (second ? second[i] : samples));
    else if (stat == RST_FOCAL_VARIANCE)
        for (size_t i = 0; i < count; i++)
            to[i] = finite_mean(second[i]) ? one_nan(third[i] / first[i]) : (double)NAN;
    else
        for (size_t i = 0; i < count; i++)
            to[i] = finite_mean(second[i]) ? one_nan(sqrt(third[i] / first[i])) : (double)NAN;
}

#define BLANK_ROW(UPPER, lower, ctype) blank_##lower,
#define RANGE_ROW(UPPER, lower, ctype) range_##lower,
const struct rst_focal_kernels RST_KERNELS(rst_focal_kernels) = {
    .squares = {[RST_U8] = squares_u8, [RST_I8] = squares_i8, [RST_U16] = squares_u16, [RST_I16] = squares_i16},
    .blank = {RST_TYPES(BLANK_ROW)},
    .range = {RST_TYPES(RANGE_ROW)},
    .walk = {walk_8, walk_16, walk_32},
    .finish = finish,
    .add = add,
    .add_counted = add_counted,
    .chan = chan,
    .finish_lanes = finish_lanes,
};
