/* The kernels of the box average. Columns of the window are summed first, then the column sums across; integers of up
 * to 32 bits exactly, in unsigned integers wide enough for the sum of a whole window:
 *
 *     WORD    uint16_t
 *     LONG    uint32_t
 *     QUAD    uint64_t
 *
 * Signed pixels are summed with their sign bit flipped, which adds a constant. Floats and 64-bit integers go through
 * double, in blocks that start at absolute coordinates.
 */
#ifndef RASTER_OPS_SMOOTH_BOX_H
#define RASTER_OPS_SMOOTH_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

enum rst_box_sum { RST_BOX_WORD, RST_BOX_LONG, RST_BOX_QUAD, RST_BOX_SUMS };

/* How a sum is divided by the number of samples, which is odd: no sum lies halfway between two results. */
struct rst_box_divisor {
    uint64_t samples;
    uint16_t factor; /* WORD: mean = (sum + samples / 2) * factor >> 16 >> shift */
    int shift;
    double inverse;
    bool by_float;   /* LONG: the nearest integer to sum * inverse in float is the mean; otherwise in double */
    bool by_integer; /* QUAD: not even in double: (sum + samples / 2) / samples */
};

struct rst_box_kernels {
    /* columns[i] += enters[i], and -= leaves[i]. NULL where the sums do not serve the type. */
    void (*enter[RST_BOX_SUMS][RST_TYPE_COUNT])(void *columns, const void *enters, size_t count);
    void (*shift[RST_BOX_SUMS][RST_TYPE_COUNT])(void *columns, const void *enters, const void *leaves, size_t count);

    /* to[i] = columns[i] + columns[i + step] + ... + columns[i + 2 * radius * step]. The first by doubling, with room
     * for 2 * (count + 2 * radius * step) sums in `scratch`; the second by a running sum per band. In LONG and QUAD, as
     * is `finish`. */
    void (*across_short[RST_BOX_SUMS])(void *to, const void *columns, size_t count, size_t step, int radius,
                                       void *scratch);
    void (*across_long[RST_BOX_SUMS])(void *to, const void *columns, size_t count, size_t step, int radius,
                                      void *scratch);

    /* Pixels from column sums at once, in WORD, for a radius from 1 to 7; room for count + 2 * radius * step sums. */
    void (*mean_short[RST_TYPE_COUNT])(void *to, const void *columns, size_t count, size_t step, int radius,
                                       void *scratch, const struct rst_box_divisor *divisor);

    void (*finish[RST_BOX_SUMS][RST_TYPE_COUNT])(void *to, const void *sums, size_t count,
                                                 const struct rst_box_divisor *divisor);

    /* The same window sums of doubles, by blocks of `samples` pixels (van Herk 1992, Gil and Werman 1993): `phase` is
     * the place of the first pixel in its block, `scratch` has room for 2 * (count + (samples - 1) * step). */
    void (*across_blocks)(double *to, const double *from, size_t count, size_t step, size_t samples, size_t phase,
                          double *scratch);
    void (*add)(double *to, const double *from, size_t count);
    void (*mean[RST_TYPE_COUNT])(void *to, const double *first, const double *second, size_t count, double samples);
};

#endif
