/* What operations on the colours of a pixel are measured against: their definition, one pixel at a time, in long
 * double. */
#ifndef TESTS_SUPPORT_COLOURS_H
#define TESTS_SUPPORT_COLOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/image/shape.h"

/* A sample as it should be, not yet rounded or saturated. */
struct colour_sample {
    long double value;
    long double slack;  /* by how much what is rounded may be off */
    long double circle; /* not 0: a hue, and this is once around */
    bool open;          /* it is not said what comes of infinite numbers */
    bool exact;         /* of integers: the nearest one, ties to even, is wanted */
};

struct colour_case {
    const char *text;
    int32_t colors, made; /* how many samples a definition takes, the first of a pixel, and makes; 0: all */
    bool single;          /* samples are missing by themselves, not where any that is taken is */
    bool alpha;           /* ... and where alpha is; it changes its kind */
    void (*define)(const struct colour_case *self, const struct rst_shape *shape, const long double *in,
                   struct colour_sample *out);
};

enum { COLOUR_FILLS = 6 };

/* Packed pixels: noise, numbers of 0 to 1 (or to the greatest sample), grays, all least, all greatest, what is likely
 * to be trouble. Some are nodata where the shape has it. To be freed. */
void *colour_pixels(const struct rst_shape *shape, int fill, uint64_t *random);

/* The greatest sample of an integer type; 1 for floats. */
long double colour_full(enum rst_type type);

/* Runs it with every instruction set, in tiles, on threads and in place, where that can be: the same bytes, and each of
 * them as defined. Ends the test where not. */
void colour_check(const struct colour_case *self, const struct rst_shape *shape, const void *pixels);

/* All types, fills, band counts from `bands` on, with and without alpha (always with it, if `alpha`) and nodata, and
 * odd sizes. */
void colour_check_all(const struct colour_case *self, int32_t bands, bool alpha);

#endif
