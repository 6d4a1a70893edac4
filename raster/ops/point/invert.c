/* invert: ~x of an integer, -x of a float, both of which are the exclusive or with a pattern of bits. The pattern is
 * repeated to a few KiB of whole pixels, with nothing set where the opacity is, so one loop over bytes serves every
 * type and every place of the opacity band. */
#include <string.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/point/point.h"

#define PATTERN_BYTES 6144

static void make_pattern(unsigned char *pattern, size_t samples, const struct rst_stage *stage)
{
    size_t size = rst_type_size(stage->in.type);
    union rst_sample flipped = {.u64 = UINT64_MAX}; /* integers */
    if (stage->in.type == RST_F32) flipped.u32 = UINT32_C(1) << 31;
    if (stage->in.type == RST_F64) flipped.u64 = UINT64_C(1) << 63;
    for (size_t i = 0; i < samples; i++) {
        bool kept = stage->bands == stage->in.bands && (int32_t)(i % (size_t)stage->bands) == stage->in.opacity;
        memset(pattern + i * size, 0, size);
        if (!kept) memcpy(pattern + i * size, flipped.bytes, size);
    }
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    size_t size = rst_type_size(stage->in.type), pixel = size * (size_t)stage->bands;
    size_t pixels = pixel < PATTERN_BYTES ? PATTERN_BYTES / pixel : 1;
    struct rst_point *point;
    (void)state;
    RST_TRY(rst_point_new(stage, pixels * pixel, &point, err));
    make_pattern(point->table, pixels * (size_t)stage->bands, stage);
    point->kernel = rst_point_kernels_of(stage->isa)->flip_bits;
    point->kept_band = stage->in.opacity;
    *shared = point;
    return RST_OK;
}

const struct rst_op_class rst_invert_class = {
    .name = "invert",
    .summary = "turn dark to bright and bright to dark",
    .details = "An integer sample x becomes ~x (for unsigned types the greatest value minus x), a float becomes -x, so "
               "that inverting twice gives back every bit, unless a result equals nodata.\n\n"
               "The alpha band stays as it is, unless alpha is ignored. Nodata samples stay nodata.",
    .example = "invert photo.tif out.tif",
    .flags = RST_OP_POINT,
    .prepare = prepare,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
