/* The separable weighted average in plain double loops: what gaussblur, sharpen and box are measured against. */
#ifndef TESTS_SUPPORT_AVERAGE_H
#define TESTS_SUPPORT_AVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/image/border.h"
#include "raster/image/shape.h"

/* One image of a test, packed, and what is expected of it. */
struct average {
    struct rst_shape shape;
    struct rst_border border;
    int radius;
    const double *half; /* weights 0 ... radius; need not add up to 1 */
    const void *pixels;
    double *result;   /* one per sample: not rounded, not saturated */
    double *greatest; /* the greatest magnitude in the window of each sample that is present */
    bool *whole;      /* nothing is missing in the window */
    bool *missing;    /* the sample itself is nodata */
};

/* Fills result, greatest, whole and missing, which it allocates; average_free() frees them. */
void average_compute(struct average *average);
void average_free(struct average *average);

/* Sample `at` of packed pixels as a number, and a number as the sample it becomes. */
double average_value(const void *pixels, enum rst_type type, size_t at);

/* How pixels are filled: noise over the type's range (floats in -1000 ... 1000), the least and greatest value in turn
 * at random, or all the greatest. A tenth of the samples becomes nodata where the shape has it; a quarter of the alpha
 * samples is 0. */
enum average_fill { AVERAGE_NOISE, AVERAGE_EXTREMES, AVERAGE_FLAT, AVERAGE_FILLS };

/* Packed pixels for the shape, to be freed with free(). */
void *average_pixels(const struct rst_shape *shape, enum average_fill fill, uint64_t seed);

#endif
