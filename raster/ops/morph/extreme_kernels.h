/* The table of kernels that extreme_kernels.c defines for each instruction set.
 *
 * Integers are compared as they are. Floats become keys first, signed integers of their size in the same order, among
 * which NaN is the one that never wins; i32 kernels serve f32, and i64 kernels f64. */
#ifndef RASTER_OPS_MORPH_EXTREME_KERNELS_H
#define RASTER_OPS_MORPH_EXTREME_KERNELS_H

#include "raster/ops/common/isa.h"
#include "raster/ops/morph/extreme.h"

enum { RST_EXTREME_KINDS = RST_GREATEST + 1, RST_EXTREME_ROWS = 4 };

/* to[i] = the extreme of all from[k][i]. `to` may be one of `from`, or lies apart from all of them. */
typedef void rst_extreme_of(void *to, const void *const *from, size_t count);

/* A row of samples as keys, what is missing being the one that never wins; nodata NULL: nothing is missing. */
typedef void rst_extreme_admit(void *keys, const void *from, size_t count, const union rst_sample *nodata);

/* Keys as samples again; may be in place. */
typedef void rst_extreme_release(void *to, const void *keys, size_t count);

struct rst_extreme_kernels {
    rst_extreme_of *of[RST_EXTREME_KINDS][RST_TYPE_COUNT][RST_EXTREME_ROWS + 1]; /* [k]: of k rows, from 2 on */
    rst_extreme_admit *admit[RST_EXTREME_KINDS][RST_TYPE_COUNT];
    rst_extreme_release *release[RST_EXTREME_KINDS][RST_TYPE_COUNT]; /* NULL for integers, whose keys they are */
};

RST_KERNEL_TABLES(struct rst_extreme_kernels, rst_extreme_kernels)

#endif
