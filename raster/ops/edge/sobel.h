/* The kernels of the operators of 3 x 3 samples: the magnitude of the gradient after Sobel, Scharr and Prewitt, and the
 * Laplacian. */
#ifndef RASTER_OPS_EDGE_SOBEL_H
#define RASTER_OPS_EDGE_SOBEL_H

#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

enum rst_sobel_operator { RST_SOBEL, RST_SCHARR, RST_PREWITT, RST_LAPLACIAN_4, RST_LAPLACIAN_8, RST_SOBEL_OPERATORS };

struct rst_sobel_kernels {
    /* n results. Sample i has its left upper neighbour at rows[0][i], its own pixel's row is rows[1], and neighbouring
     * pixels are `step` samples apart. */
    void (*compute[RST_SOBEL_OPERATORS][RST_TYPE_COUNT])(const void *const rows[3], size_t step, size_t n, void *to);

    /* Of these, the ones that are there themselves but have a missing neighbour: computed again, with the centre's
     * value in its place. masks are 1 where the sample of the row is missing. */
    void (*patch[RST_SOBEL_OPERATORS][RST_TYPE_COUNT])(const void *const rows[3], const uint8_t *const masks[3],
                                                       size_t step, size_t n, void *to);
};

#endif
