/* The kernels that multiply colours with their alpha, and divide them by it. */
#ifndef RASTER_OPS_COLOUR_ALPHA_H
#define RASTER_OPS_COLOUR_ALPHA_H

#include "raster/ops/colour/pixel.h"

struct rst_alpha_kernels {
    /* All samples of a pixel but that of band pixels->alpha, which is copied. */
    rst_pixel_kernel *premultiply[RST_TYPE_COUNT], *unpremultiply[RST_TYPE_COUNT];
};

RST_KERNEL_TABLES(struct rst_alpha_kernels, rst_alpha_kernels)

#endif
