/* The kernels of blend, which blend_kernels.c defines for each instruction set. */
#ifndef RASTER_OPS_CALC_BLEND_H
#define RASTER_OPS_CALC_BLEND_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"

/* How much of either image there is in the result: 1 together. */
struct rst_blend_weights {
    double first, second;
    int32_t steps; /* the second, in steps of 1 / RST_BLEND_STEPS, for `stepped` */
};

#define RST_BLEND_SHIFT 15
#define RST_BLEND_STEPS (1 << RST_BLEND_SHIFT)

typedef void rst_blend_kernel(const struct rst_blend_weights *weights, const void *a, const void *b, void *to,
                              size_t count);

struct rst_blend_kernels {
    /* Two rows of one type; `to` may be `a`. */
    rst_blend_kernel *same[RST_TYPE_COUNT];

    /* The same numbers in whole arithmetic, where the weights are whole steps; NULL above 16 bits. */
    rst_blend_kernel *stepped[RST_TYPE_COUNT];

    /* Blocks of doubles; `to` may be `a`. */
    void (*mix)(const struct rst_blend_weights *weights, const double *a, const double *b, double *to, size_t count);

    /* The same for colours, which alpha weighs besides; where there is none in both, it is left out. */
    void (*mix_colors)(const struct rst_blend_weights *weights, const double *a, const double *b, const double *alpha_a,
                       const double *alpha_b, double *to, size_t count);
};

RST_KERNEL_TABLES(struct rst_blend_kernels, rst_blend_kernels)

#endif
