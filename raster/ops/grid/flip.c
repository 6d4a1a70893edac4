/* flip: the image mirrored. A vertical flip copies rows from the other end of the image; a horizontal one turns every
 * row round, pixel by pixel, with a loop for each of the common pixel sizes that the compiler can make moves of. */
#include "raster/ops/grid/flip.h"

#include <string.h>

#include "raster/ops/common/classes.h"

enum axis { HORIZONTAL, VERTICAL };

struct flip {
    enum axis axis;
};

static const struct rst_param params[] = {
    {.name = "axis",
     .kind = RST_PARAM_CHOICE,
     .choices = "h|v",
     .summary = "h: left becomes right; v: top becomes bottom"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct flip *)state)->axis = values[0].integer == 0 ? HORIZONTAL : VERTICAL;
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct flip *flip = state;
    (void)out;
    (void)err;
    if (flip->axis == HORIZONTAL)
        *to_source = (struct rst_affine){{-1, 0, (double)in->width, 0, 1, 0}};
    else
        *to_source = (struct rst_affine){{1, 0, 0, 0, -1, (double)in->height}};
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct flip *flip = state;
    *window = out;
    if (flip->axis == HORIZONTAL)
        window->x = in->width - out.x - out.width;
    else
        window->y = in->height - out.y - out.height;
}

/* `size` is a constant wherever the call is worth it. */
static inline void turn(const char *from, char *to, size_t pixels, size_t size)
{
    for (size_t i = 0; i < pixels; i++)
        memcpy(to + i * size, from + (pixels - 1 - i) * size, size);
}

void rst_flip_row(const char *from, char *to, size_t pixels, size_t size)
{
    switch (size) {
    case 1:
        turn(from, to, pixels, 1);
        break;
    case 2:
        turn(from, to, pixels, 2);
        break;
    case 3:
        turn(from, to, pixels, 3);
        break;
    case 4:
        turn(from, to, pixels, 4);
        break;
    case 6:
        turn(from, to, pixels, 6);
        break;
    case 8:
        turn(from, to, pixels, 8);
        break;
    case 12:
        turn(from, to, pixels, 12);
        break;
    default:
        turn(from, to, pixels, size);
        break;
    }
}

static void row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    const struct flip *flip = work;
    size_t pixel = rst_type_size(stage->in.type) * (size_t)stage->bands, pixels = (size_t)tile->out.width;
    if (flip->axis == VERTICAL)
        memcpy(to, rst_rows_get(rows, stage->in.height - 1 - y), pixels * pixel);
    else
        rst_flip_row(rst_rows_get(rows, y), to, pixels, pixel);
}

const struct rst_op_class rst_flip_class = {
    .name = "flip",
    .summary = "mirror the image",
    .details = "Geo-referencing is mirrored with it, so that every pixel stays where it is on the ground.",
    .example = "flip photo.tif out.tif --axis h",
    .params = params,
    .param_count = 1,
    .state_size = sizeof(struct flip),
    .bind = bind,
    .plan = plan,
    .need = need,
    .row = row,
};
