/* rotate and transpose: rows of the result are columns of the input.
 *
 * Taken pixel by pixel, each would touch another row of the input, and most likely another page. So the executor cuts
 * the result into blocks about as wide as high, and a block is turned as a whole when its first row is asked for: its
 * input rows are got once each, from top to bottom, RST_TURN_ROWS at a time, and put as columns into a buffer, from
 * which rows are copied. A block too large for the buffer is turned in groups of rows, as many as fit, or a few where
 * they are very wide, so that memory is bounded whatever tiles a caller asks for; its input rows are then got anew for
 * each group.
 *
 * A half turn needs none of this: it is rows taken from the other end, each turned round. */
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/grid/flip.h"
#include "raster/ops/grid/turn.h"

RST_KERNEL_TABLES(struct rst_turn_kernels, rst_turn_kernels);

/* More than the executor's own blocks have, so that their input rows are got once. */
#define GROUP_BYTES (INT64_C(4) << 20)
#define LEAST_GROUP 16
#define CACHE_LINE 64

enum turn { QUARTER, HALF, THREE_QUARTERS, TRANSPOSE };

struct turn_state {
    enum turn turn;
};

struct turn_work {
    const struct rst_turn_kernels *kernels;
    enum turn turn;
    size_t pixel;  /* bytes */
    size_t stride; /* bytes between rows of the group */
    char *group;   /* rows first ... first + rows - 1 of the result; before the first is asked for, none */
    int64_t first, rows, most_rows;
    struct rst_turn_strip strip;
};

static const struct rst_param rotate_params[] = {
    {.name = "angle",
     .kind = RST_PARAM_CHOICE,
     .choices = "90|180|270",
     .unit = "degrees",
     .summary = "how far to turn, clockwise"},
};

static enum rst_status bind_rotate(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct turn_state *)state)->turn = (enum turn)values[0].integer;
    return RST_OK;
}

static enum rst_status bind_transpose(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)values;
    (void)err;
    ((struct turn_state *)state)->turn = TRANSPOSE;
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    enum turn turn = ((const struct turn_state *)state)->turn;
    double width = (double)in->width, height = (double)in->height;
    (void)err;
    if (turn == HALF) {
        *to_source = (struct rst_affine){{-1, 0, width, 0, -1, height}};
        return RST_OK;
    }
    out->width = in->height;
    out->height = in->width;
    if (turn == QUARTER)
        *to_source = (struct rst_affine){{0, 1, 0, -1, 0, height}};
    else if (turn == THREE_QUARTERS)
        *to_source = (struct rst_affine){{0, -1, width, 1, 0, 0}};
    else
        *to_source = (struct rst_affine){{0, 1, 0, 1, 0, 0}};
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    enum turn turn = ((const struct turn_state *)state)->turn;
    *window = turn == HALF ? out : (struct rst_rect){out.y, out.x, out.height, out.width};
    if (turn == HALF || turn == THREE_QUARTERS) window->x = in->width - window->x - window->width;
    if (turn == HALF || turn == QUARTER) window->y = in->height - window->y - window->height;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    (void)err;
    stage->hold = ((const struct turn_state *)state)->turn == HALF ? 1 : RST_TURN_ROWS;
    *shared = (void *)state;
    return RST_OK;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **out)
{
    struct turn_work *work = rst_arena_get(arena, sizeof *work);
    (void)tally;
    if (!work) return RST_E_NOMEM;
    *work = (struct turn_work){.kernels = rst_turn_kernels_of(stage->isa),
                               .turn = ((const struct turn_state *)shared)->turn,
                               .pixel = rst_type_size(stage->in.type) * (size_t)stage->bands};
    *out = work;
    if (work->turn == HALF) return RST_OK;
    /* An odd number of cache lines: rows that lie a power of two apart would throw each other out of the cache. */
    size_t lines = ((size_t)tile->out.width * work->pixel + CACHE_LINE - 1) / CACHE_LINE;
    work->stride = (lines | 1) * CACHE_LINE;
    work->most_rows = rst_max64(GROUP_BYTES / (int64_t)work->stride, LEAST_GROUP);
    work->most_rows = rst_min64(work->most_rows, tile->out.height);
    work->group = rst_arena_get(arena, (size_t)work->most_rows * work->stride);
    return work->group ? RST_OK : RST_E_NOMEM;
}

/* Turns `count` rows of input, from row `from` of the tile's on, into columns of the group. */
static void turn_rows(struct turn_work *work, struct rst_rows *rows, const struct rst_tile *tile, int64_t from,
                      int64_t count)
{
    int64_t column = work->first - tile->out.y, to = from;
    if (work->turn == THREE_QUARTERS) column = tile->out.height - column - work->rows;
    if (work->turn == QUARTER) to = tile->out.width - from - count;
    struct rst_turn_strip *strip = &work->strip;
    for (int64_t i = 0; i < count; i++) {
        const char *row = rst_rows_get(rows, tile->in.y + from + i);
        strip->rows[work->turn == QUARTER ? count - 1 - i : i] = row + (size_t)column * work->pixel;
    }
    strip->count = (size_t)count;
    strip->columns = (size_t)work->rows;
    strip->pixel = work->pixel;
    strip->to = work->group + (size_t)to * work->pixel;
    strip->stride = (ptrdiff_t)work->stride;
    if (work->turn == THREE_QUARTERS) {
        strip->to += (size_t)(work->rows - 1) * work->stride;
        strip->stride = -strip->stride;
    }
    work->kernels->turn(strip);
}

static void turn_group(struct turn_work *work, struct rst_rows *rows, const struct rst_tile *tile, int64_t y)
{
    int64_t at = y - tile->out.y;
    at -= at % work->most_rows;
    work->first = tile->out.y + at;
    work->rows = rst_min64(work->most_rows, tile->out.height - at);
    for (int64_t from = 0; from < tile->in.height; from += RST_TURN_ROWS)
        turn_rows(work, rows, tile, from, rst_min64(RST_TURN_ROWS, tile->in.height - from));
}

static void row(void *state, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct turn_work *work = state;
    size_t pixels = (size_t)tile->out.width;
    if (work->turn == HALF) {
        rst_flip_row(rst_rows_get(rows, stage->in.height - 1 - y), to, pixels, work->pixel);
        return;
    }
    if (y < work->first || y >= work->first + work->rows) turn_group(work, rows, tile, y);
    memcpy(to, work->group + (size_t)(y - work->first) * work->stride, pixels * work->pixel);
}

const struct rst_op_class rst_rotate_class = {
    .name = "rotate",
    .summary = "turn the image by quarter turns",
    .details = "Geo-referencing is turned with it, so that every pixel stays where it is on the ground; resolutions "
               "along x and y change places. A tag that says how a viewer should turn the image stays as it is.",
    .example = "rotate photo.tif out.tif --angle 90",
    .params = rotate_params,
    .param_count = 1,
    .flags = RST_OP_TURNS,
    .state_size = sizeof(struct turn_state),
    .bind = bind_rotate,
    .plan = plan,
    .need = need,
    .prepare = prepare,
    .begin = begin,
    .row = row,
};

const struct rst_op_class rst_transpose_class = {
    .name = "transpose",
    .summary = "swap rows and columns",
    .details = "The image is mirrored at the diagonal through its left upper corner, which stays where it is.\n\n"
               "Geo-referencing goes along, so that every pixel stays where it is on the ground; resolutions along x "
               "and y change places.",
    .example = "transpose photo.tif out.tif",
    .flags = RST_OP_TURNS,
    .state_size = sizeof(struct turn_state),
    .bind = bind_transpose,
    .plan = plan,
    .need = need,
    .prepare = prepare,
    .begin = begin,
    .row = row,
};
