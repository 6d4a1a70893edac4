/* The kernels that turn colours into others. */
#ifndef RASTER_OPS_COLOUR_COLOUR_H
#define RASTER_OPS_COLOUR_COLOUR_H

#include "raster/ops/colour/pixel.h"
#include "raster/ops/point/point.h"

enum rst_conversion { RST_RGB_TO_HSV, RST_HSV_TO_RGB, RST_RGB_TO_LAB, RST_LAB_TO_RGB, RST_CONVERSIONS };

struct rst_colour_kernels {
    /* Of the first three samples of each pixel; those behind are copied. RST_RGB_TO_LAB of 8 bits wants a table. */
    rst_pixel_kernel *convert[RST_CONVERSIONS][RST_TYPE_COUNT];

    /* The sRGB curve of single samples, and its inverse: from encoded to linear, from linear to encoded. */
    rst_point_kernel *expand[RST_TYPE_COUNT], *compress[RST_TYPE_COUNT];

    /* Bytes to floats: what `expand` makes of each of the 256 samples, of 1 for the greatest one. */
    void (*expand_all[RST_TYPE_COUNT])(float *table); /* NULL for types of more than 8 bits */
};

RST_KERNEL_TABLES(struct rst_colour_kernels, rst_colour_kernels)

#endif
