/* The kernels that make one gray sample of red, green and blue. */
#ifndef RASTER_OPS_COLOUR_GRAY_H
#define RASTER_OPS_COLOUR_GRAY_H

#include "raster/ops/colour/pixel.h"

struct rst_gray_kernels {
    /* Of the first three samples of each pixel, with pixels->weights; those behind are copied. */
    rst_pixel_kernel *gray[RST_TYPE_COUNT];
};

RST_KERNEL_TABLES(struct rst_gray_kernels, rst_gray_kernels)

#endif
