/* Histograms of wide samples. Where a sample goes is computed for a block of them at once, which is vector code; then
 * they are counted one by one. */
#include "raster/ops/survey/histogram_kernels.h"

#include <math.h>
#include <stdbool.h>

enum { LANES = 32, BLOCK = 512 };

#define RST_TEMPLATE "raster/ops/survey/histogram_tmpl.h"
#include "raster/ops/common/each_type.h"

#define WIDE(X) X(U32, u32) X(I32, i32) X(U64, u64) X(I64, i64) X(F32, f32) X(F64, f64)
#define REACH_ROW(UPPER, lower) [RST_##UPPER] = reach_##lower,
#define COUNT_ROW(UPPER, lower) [RST_##UPPER] = count_##lower,

extern const struct rst_histogram_kernels RST_KERNELS(rst_histogram_kernels);
const struct rst_histogram_kernels RST_KERNELS(rst_histogram_kernels) = {
    .reach = {WIDE(REACH_ROW)},
    .count = {WIDE(COUNT_ROW)},
};
