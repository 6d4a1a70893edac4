/* The kernels of the Laplacian of a Gaussian beside those of the Gaussian itself, whose sums across and down it uses,
 * in two of their arithmetics: SINGLE and DOUBLE. */
#ifndef RASTER_OPS_EDGE_LOG_H
#define RASTER_OPS_EDGE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/smooth/gauss.h"

struct rst_log_kernels {
    /* a[i] += b[i]; then its magnitude, if asked for. */
    void (*join[RST_GAUSS_PATHS])(void *a, const void *b, size_t count, bool magnitude);

    /* to[i] = 0 where mask[i] is 1, and there[i] = 1 where it is not, else 0. */
    void (*blank)(double *to, double *there, const uint8_t *mask, size_t count);

    /* a[i] += b[i] - centre[i] * (weight[i] + more[i]). */
    void (*fill)(double *a, const double *b, const double *weight, const double *more, const double *centre,
                 size_t count);
};

#endif
