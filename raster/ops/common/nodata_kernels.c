/* Nodata kernels: passes over a row without a branch per sample. Counts are kept in 32 bits over stretches, where a
 * vector holds more of them than of 64. */
#include "raster/ops/common/nodata_kernels.h"

#define STRETCH ((size_t)1 << 16)

#define RST_TEMPLATE "raster/ops/common/nodata_tmpl.h"
#include "raster/ops/common/each_type.h"

#define MARK_ROW(UPPER, lower, ctype) mark_##lower,
#define RESTORE_ROW(UPPER, lower, ctype) restore_##lower,
const struct rst_nodata_kernels RST_KERNELS(rst_nodata_kernels) = {
    .mark = {RST_TYPES(MARK_ROW)},
    .restore = {RST_TYPES(RESTORE_ROW)},
};
