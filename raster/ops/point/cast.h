/* The table of kernels that cast_kernels.c defines for each instruction set: [type of the input][type of the output].
 */
#ifndef RASTER_OPS_POINT_CAST_H
#define RASTER_OPS_POINT_CAST_H

#include "raster/ops/point/point.h"

struct rst_cast_kernels {
    rst_point_kernel *cast[RST_TYPE_COUNT][RST_TYPE_COUNT];
};

RST_KERNEL_TABLES(struct rst_cast_kernels, rst_cast_kernels)

#endif
