/* The table of kernels that nodata_kernels.c defines for each instruction set, by type. */
#ifndef RASTER_OPS_COMMON_NODATA_KERNELS_H
#define RASTER_OPS_COMMON_NODATA_KERNELS_H

#include "raster/ops/common/isa.h"

struct rst_nodata_kernels {
    int64_t (*mark[RST_TYPE_COUNT])(const void *row, size_t count, union rst_sample nodata, uint8_t *mask);
    int64_t (*restore[RST_TYPE_COUNT])(void *row, size_t count, union rst_sample nodata, const uint8_t *mask,
                                       const void *original);
};

RST_KERNEL_TABLES(struct rst_nodata_kernels, rst_nodata_kernels)

#endif
