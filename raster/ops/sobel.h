/* The kernels of the Sobel operator. */
#ifndef RASTER_OPS_SOBEL_H
#define RASTER_OPS_SOBEL_H

#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

struct rst_sobel_kernels {
    /* n magnitudes. Sample i has its left upper neighbour at rows[0][i], its own pixel's row is rows[1], and
     * neighbouring pixels are `step` samples apart. */
    void (*magnitude[RST_TYPE_COUNT])(const void *const rows[3], size_t step, size_t n, void *to);

    /* Of these, the ones that are there themselves but have a missing neighbour: computed again, with the centre's
     * value in its place. masks are 1 where the sample of the row is missing. */
    void (*patch[RST_TYPE_COUNT])(const void *const rows[3], const uint8_t *const masks[3], size_t step, size_t n,
                                  void *to);
};

#endif
