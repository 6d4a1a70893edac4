/* The kernels of the Gaussian, which works a row at a time in three arithmetics:
 *
 *     FIXED   u8 and i8, as i16 with 6 bits behind the point, weights in units of 1/32768
 *     SINGLE  float
 *     DOUBLE  double
 *
 * A row of pixels is widened, filtered across, kept with its neighbours in a ring, filtered down, and finished into
 * pixels. Which arithmetic a type and radius get follows from the error bound alone (gauss.c), never from the machine.
 */
#ifndef RASTER_OPS_SMOOTH_GAUSS_H
#define RASTER_OPS_SMOOTH_GAUSS_H

#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

enum rst_gauss_path { RST_GAUSS_FIXED, RST_GAUSS_SINGLE, RST_GAUSS_DOUBLE, RST_GAUSS_PATHS };

/* `across` and `down` take rows whose number of samples is a multiple of this, and may read as many beyond their end.
 */
#define RST_GAUSS_BLOCK 128

/* Bits behind the point of a sample in FIXED. */
#define RST_GAUSS_POINT 6

/* v + amount * (v - blurred), where v and blurred are more than the threshold apart. */
struct rst_gauss_sharpening {
    double amount, threshold;
};

struct rst_gauss_kernels {
    /* Pixels to the path's own samples; NULL where the path does not serve the type. */
    void (*widen[RST_GAUSS_PATHS][RST_TYPE_COUNT])(void *to, const void *from, size_t count);

    /* to[i] = sum of half[|k|] * from[i + (radius + k) * step], k = -radius ... radius. `half` has the path's type. */
    void (*across[RST_GAUSS_PATHS])(void *to, const void *from, size_t count, size_t step, const void *half,
                                    int radius);

    /* to[i] = sum of half[|k|] * rows[radius + k][at + i]. */
    void (*down[RST_GAUSS_PATHS])(void *to, const void *const *rows, size_t at, size_t count, const void *half,
                                  int radius);

    /* The path's samples to pixels. */
    void (*finish[RST_GAUSS_PATHS][RST_TYPE_COUNT])(void *to, const void *from, size_t count);

    /* The same of the centre, sharpened. */
    void (*sharpen[RST_GAUSS_PATHS][RST_TYPE_COUNT])(void *to, const void *from, const void *centre, size_t count,
                                                     const struct rst_gauss_sharpening *how);
};

#endif
