/* Written without a look at the library's kernels: every sample is looked up by its coordinates and the border rule. */
#include "tests/support/average.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/layouts.h"

double average_value(const void *pixels, enum rst_type type, size_t at)
{
    union rst_sample sample;

    memcpy(sample.bytes, (const char *)pixels + at * rst_type_size(type), rst_type_size(type));
    return rst_sample_to_double(sample, type);
}

/* One sample of the image with its border. */
struct seen {
    double value, factor; /* 0 where missing */
    bool present;
};

static struct seen see(const struct average *average, int64_t x, int64_t y, int32_t band)
{
    const struct rst_shape *shape = &average->shape;
    size_t size = rst_type_size(shape->type);
    union rst_sample sample = rst_sample_from_double(average->border.value, shape->type), alpha = sample;
    struct seen seen = {0};

    x = rst_border_index(x, shape->width, average->border.rule);
    y = rst_border_index(y, shape->height, average->border.rule);
    if (x >= 0 && y >= 0) {
        size_t at = (size_t)((y * shape->width + x) * shape->bands);
        const char *pixel = (const char *)average->pixels + at * size;
        memcpy(sample.bytes, pixel + (size_t)band * size, size);
        if (shape->alpha >= 0) memcpy(alpha.bytes, pixel + (size_t)shape->alpha * size, size);
    }
    seen.present = !shape->has_nodata || !rst_sample_equal(sample, shape->nodata, shape->type);
    if (!seen.present) return seen;
    seen.value = rst_sample_to_double(sample, shape->type);
    seen.factor = 1;
    if (shape->alpha >= 0 && band != shape->alpha)
        seen.factor = shape->has_nodata && rst_sample_equal(alpha, shape->nodata, shape->type)
                          ? 0
                          : rst_sample_to_double(alpha, shape->type);
    return seen;
}

static double weight_of(const struct average *average, int64_t k)
{
    return average->half[k < 0 ? -k : k];
}

/* Sums of a window's row. */
struct sums {
    double opaque, factors, plain, weights, greatest;
    bool hole;
};

static struct sums sum_across(const struct average *average, int64_t x, int64_t y, int32_t band)
{
    struct sums sums = {0};

    for (int64_t k = -average->radius; k <= average->radius; k++) {
        struct seen seen = see(average, x + k, y, band);
        double weight = weight_of(average, k);
        sums.hole |= !seen.present;
        if (!seen.present) continue;
        if (seen.factor != 0) sums.opaque += weight * seen.factor * seen.value;
        sums.factors += weight * seen.factor;
        sums.plain += weight * seen.value;
        sums.weights += weight;
        sums.greatest = fmax(sums.greatest, fabs(seen.value));
    }
    return sums;
}

/* `rows` are the sums of the image's rows in one column, and then those of a row beyond it. */
static void finish_sample(struct average *average, int64_t y, size_t at, const struct sums *rows)
{
    struct sums total = {0};

    for (int64_t k = -average->radius; k <= average->radius; k++) {
        int64_t inside = rst_border_index(y + k, average->shape.height, average->border.rule);
        const struct sums *row = &rows[inside < 0 ? average->shape.height : inside];
        double weight = weight_of(average, k);
        total.opaque += weight * row->opaque;
        total.factors += weight * row->factors;
        total.plain += weight * row->plain;
        total.weights += weight * row->weights;
        total.greatest = fmax(total.greatest, row->greatest);
        total.hole |= row->hole;
    }
    average->result[at] = total.factors != 0 ? total.opaque / total.factors : total.plain / total.weights;
    average->greatest[at] = total.greatest;
    average->whole[at] = !total.hole;
}

void average_compute(struct average *average)
{
    const struct rst_shape *shape = &average->shape;
    size_t count = (size_t)(shape->width * shape->height * shape->bands);
    struct sums *column = calloc((size_t)shape->height + 1, sizeof(*column));

    average->result = calloc(count, sizeof(double));
    average->greatest = calloc(count, sizeof(double));
    average->whole = calloc(count, sizeof(bool));
    average->missing = calloc(count, sizeof(bool));
    if (!column || !average->result || !average->greatest || !average->whole || !average->missing) abort();
    for (int32_t band = 0; band < shape->bands; band++)
        for (int64_t x = 0; x < shape->width; x++) {
            for (int64_t y = 0; y <= shape->height; y++)
                column[y] = sum_across(average, x, y, band);
            for (int64_t y = 0; y < shape->height; y++) {
                size_t at = (size_t)((y * shape->width + x) * shape->bands + band);
                finish_sample(average, y, at, column);
                average->missing[at] = !see(average, x, y, band).present;
            }
        }
    free(column);
}

void average_free(struct average *average)
{
    free(average->result);
    free(average->greatest);
    free(average->whole);
    free(average->missing);
}

static union rst_sample extreme(enum rst_type type, bool greatest)
{
    if (rst_type_is_float(type)) return rst_sample_from_double(greatest ? 1e30 : -1e30, type);
    return rst_sample_from_double(greatest ? INFINITY : -INFINITY, type);
}

void *average_pixels(const struct rst_shape *shape, enum average_fill fill, uint64_t seed)
{
    size_t size = rst_type_size(shape->type), at = 0;
    char *pixels = malloc((size_t)(shape->width * shape->height * shape->bands) * size);

    if (!pixels) abort();
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, at++) {
                union rst_sample sample = layout_noise(seed, shape->type, x, y, band);
                uint64_t luck = layout_noise(seed + 1, RST_U64, x, y, band).u64 >> 20;
                if (fill == AVERAGE_EXTREMES) sample = extreme(shape->type, luck & 1);
                if (fill == AVERAGE_FLAT) sample = extreme(shape->type, true);
                if (band == shape->alpha && rst_type_is_signed(shape->type))
                    sample = rst_sample_from_double((double)(luck >> 1 & 63), shape->type);
                if (band == shape->alpha && (luck >> 8) % 4 == 0) sample = (union rst_sample){0};
                if (shape->has_nodata && (luck >> 16) % 10 == 0) sample = shape->nodata;
                memcpy(pixels + at * size, sample.bytes, size);
            }
    return pixels;
}
