/* cast: another type for the same values. The nodata value is converted as the samples are, so that it still marks the
 * same ones; where it does not fit it saturates, and valid samples that meet it there are counted as collisions. */
#include "raster/ops/point/cast.h"

#include "raster/ops/common/classes.h"

struct cast {
    enum rst_type type;
};

static const struct rst_param params[] = {
    {.name = "type", .kind = RST_PARAM_TYPE, .summary = "the type of the result"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct cast *)state)->type = values[0].type;
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct cast *cast = state;
    (void)to_source;
    (void)err;
    out->type = cast->type;
    out->nodata = (union rst_sample){.u64 = 0};
    rst_cast_kernels_of(RST_ISA_BASE)->cast[in->type][cast->type](NULL, &in->nodata, &out->nodata, 1);
    if (cast->type != in->type) out->palette = false;
    return RST_OK;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct cast *cast = state;
    struct rst_point *point;
    RST_TRY(rst_point_new(stage, 0, &point, err));
    point->kernel = rst_cast_kernels_of(stage->isa)->cast[stage->in.type][cast->type];
    *shared = point;
    return RST_OK;
}

const struct rst_op_class rst_cast_class = {
    .name = "cast",
    .summary = "convert to another sample type",
    .details =
        "Values are kept, not stretched. What does not fit saturates: 300 becomes 255 in u8. A float becomes the "
        "nearest integer, ties going to the even one, and NaN becomes 0. Integers of up to 64 bits are "
        "converted to each other exactly, and to floats with one rounding.\n\n"
        "The nodata value is converted likewise. Another type ends the use of a colour map.",
    .example = "cast photo.tif out.tif --type u16",
    .params = params,
    .param_count = 1,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct cast),
    .bind = bind,
    .plan = plan,
    .prepare = prepare,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
