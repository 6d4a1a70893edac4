/* Picks the nodata kernels of a stage's type and instruction set. */
#include "raster/ops/common/nodata.h"

#include "raster/ops/common/nodata_kernels.h"

int64_t rst_nodata_mask(const struct rst_stage *stage, const void *row, size_t count, uint8_t *mask)
{
    return rst_nodata_kernels_of(stage->isa)->mark[stage->in.type](row, count, stage->in.nodata, mask);
}

int64_t rst_nodata_restore(const struct rst_stage *stage, void *row, size_t count, const uint8_t *mask,
                           const void *original)
{
    return rst_nodata_kernels_of(stage->isa)->restore[stage->out.type](row, count, stage->out.nodata, mask, original);
}
