/* Counting wide samples by some of their bits, in blocks that stay in the first-level cache. */
#include "raster/ops/survey/percentile_kernels.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCK = 512 };

#define RST_TEMPLATE "raster/ops/survey/percentile_tmpl.h"
#include "raster/ops/common/each_type.h"

#define COUNT_ROW(UPPER, lower) [RST_##UPPER] = count_##lower,

extern const struct rst_percentile_kernels RST_KERNELS(rst_percentile_kernels);
const struct rst_percentile_kernels RST_KERNELS(rst_percentile_kernels) = {
    .count = {COUNT_ROW(U32, u32) COUNT_ROW(I32, i32) COUNT_ROW(U64, u64) COUNT_ROW(I64, i64) COUNT_ROW(F32, f32)
                  COUNT_ROW(F64, f64)},
};
