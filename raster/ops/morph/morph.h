/* The kernels that are morphology's own: a difference of two images. */
#ifndef RASTER_OPS_MORPH_MORPH_H
#define RASTER_OPS_MORPH_MORPH_H

#include <stddef.h>

#include "raster/ops/common/isa.h"

/* to[i] = a[i] - b[i], saturated in integers. `to` may be one of both. */
typedef void rst_morph_subtract(void *to, const void *a, const void *b, size_t count);

struct rst_morph_kernels {
    rst_morph_subtract *subtract[RST_TYPE_COUNT];
};

RST_KERNEL_TABLES(struct rst_morph_kernels, rst_morph_kernels)

#endif
