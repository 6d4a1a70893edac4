/* crop: a window of the image becomes the image. Rows are copied; nothing is computed. */
#include <string.h>

#include "raster/ops/common/classes.h"

struct crop {
    struct rst_rect rect;
};

static const struct rst_param params[] = {
    {.name = "rect",
     .kind = RST_PARAM_RECT,
     .unit = "pixels",
     .summary = "the window X,Y,W,H that is kept: its left upper corner, width and height"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct crop *)state)->rect = values[0].rect;
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    struct rst_rect rect = ((const struct crop *)state)->rect;
    if (rect.x < 0 || rect.y < 0 || rect.width > in->width - rect.x || rect.height > in->height - rect.y)
        return rst_fail(err, RST_E_ARGUMENT, "crop --rect %lld,%lld,%lld,%lld reaches out of the image, %lld x %lld",
                        (long long)rect.x, (long long)rect.y, (long long)rect.width, (long long)rect.height,
                        (long long)in->width, (long long)in->height);
    out->width = rect.width;
    out->height = rect.height;
    *to_source = (struct rst_affine){{1, 0, (double)rect.x, 0, 1, (double)rect.y}};
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    struct rst_rect rect = ((const struct crop *)state)->rect;
    (void)in;
    *window = (struct rst_rect){out.x + rect.x, out.y + rect.y, out.width, out.height};
}

static void row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    const struct crop *crop = work;
    size_t pixel = rst_type_size(stage->in.type) * (size_t)stage->bands;
    memcpy(to, rst_rows_get(rows, y + crop->rect.y), (size_t)tile->out.width * pixel);
}

const struct rst_op_class rst_crop_class = {
    .name = "crop",
    .summary = "cut out a window",
    .details = "The window must lie in the image. Geo-referencing moves along.",
    .example = "crop photo.tif out.tif --rect 10,5,20,20",
    .params = params,
    .param_count = 1,
    .state_size = sizeof(struct crop),
    .bind = bind,
    .plan = plan,
    .need = need,
    .row = row,
};
