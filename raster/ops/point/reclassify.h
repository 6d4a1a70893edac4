/* The tables of reclassify, and their kernels. */
#ifndef RASTER_OPS_POINT_RECLASSIFY_H
#define RASTER_OPS_POINT_RECLASSIFY_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/point/cast.h"

enum { RST_CLASS_BLOCK = 512 }; /* samples done at a time */

struct rst_reclassify_kernels {
    /* places[i] is the last of the ascending `starts` that is not above sample i, the first where all are; `count`, a
     * power of two, for NaN. At most RST_CLASS_BLOCK samples. */
    void (*find[RST_TYPE_COUNT])(const void *starts, size_t count, const void *samples, uint32_t *places, size_t n);

    /* to[i] becomes results[places[i]] unless kept[places[i]]. By the logarithm of a sample's bytes. */
    void (*put[4])(void *to, const uint32_t *places, const void *results, const uint8_t *kept, size_t n);

    /* Tables indexed by samples of 8 and of 16 bits, of results by the logarithm of their bytes. point->table is it. */
    rst_point_kernel *lookup[2][4];
};

RST_KERNEL_TABLES(struct rst_reclassify_kernels, rst_reclassify_kernels)

#endif
