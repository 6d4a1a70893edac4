/* shrink: the average of each box of factor x factor pixels.
 *
 * Rows of input are used up as they come, one by one: what a tile holds is one row of sums, whatever the factor. Boxes
 * of 2 x 2 of 8 and 16 bits, the step of a pyramid, have a kernel of their own. The boxes at the right and lower edge
 * are cut off at the image: no border rule comes in. */
#include "raster/ops/grid/shrink.h"

#include <stdbool.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"

RST_KERNEL_TABLES(struct rst_shrink_kernels, rst_shrink_kernels);

/* Sums of columns of 16-bit samples fit 32 bits up to here, totals of boxes of 32-bit ones 64. */
#define FACTOR_MAX 32768

struct shrink_state {
    int64_t factor;
};

struct shrink_work {
    const struct rst_shrink_kernels *kernels;
    struct rst_tally *tally;
    struct rst_shrink_boxes boxes;
    bool halves;
    size_t samples;  /* of an input row */
    void *sums;      /* one per input sample; with alpha, a cell per output sample */
    size_t sum_size; /* bytes of one */
    size_t sum_count;
    void *line;        /* for halving */
    uint8_t *mask;     /* with nodata: what is missing in a row */
    uint32_t *missing; /* with nodata and without alpha: what is missing, by column */
};

static const struct rst_param params[] = {
    {.name = "factor",
     .kind = RST_PARAM_INT,
     .min = 1,
     .max = FACTOR_MAX,
     .unit = "pixels",
     .summary = "side of the boxes that become one pixel"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct shrink_state *)state)->factor = values[0].integer;
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    int64_t factor = ((const struct shrink_state *)state)->factor;
    (void)err;
    out->width = (in->width - 1) / factor + 1;
    out->height = (in->height - 1) / factor + 1;
    to_source->m[0] = to_source->m[4] = (double)factor;
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    int64_t factor = ((const struct shrink_state *)state)->factor;
    window->x = out.x * factor;
    window->y = out.y * factor;
    window->width = rst_min64((out.x + out.width) * factor, in->width) - window->x;
    window->height = rst_min64((out.y + out.height) * factor, in->height) - window->y;
}

/* Whether rows are halved, for which two must be held. */
static bool halves(const struct shrink_state *state, const struct rst_stage *stage)
{
    return state->factor == 2 && stage->in.alpha < 0 && rst_type_size(stage->in.type) <= 2;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    (void)err;
    stage->hold = halves(state, stage) ? 2 : 1;
    *shared = (void *)state;
    return RST_OK;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **out)
{
    size_t size = rst_type_size(stage->in.type), bands = (size_t)stage->bands;
    bool alpha = stage->in.alpha >= 0;
    struct shrink_work *work = rst_arena_get(arena, sizeof *work);
    if (!work) return RST_E_NOMEM;
    *work = (struct shrink_work){.kernels = rst_shrink_kernels_of(stage->isa), .tally = tally};
    work->boxes.bands = bands;
    work->boxes.factor = (size_t)((const struct shrink_state *)shared)->factor;
    work->boxes.columns = (size_t)tile->in.width;
    work->boxes.nodata = stage->out.nodata;
    work->halves = halves(shared, stage);
    work->samples = (size_t)tile->in.width * bands;
    work->sum_size = alpha ? RST_SHRINK_CELL_BYTES : size <= 2 ? sizeof(uint32_t) : RST_SHRINK_SUM_BYTES;
    work->sum_count = alpha ? (size_t)tile->out.width * bands : work->samples;
    work->sums = rst_arena_get(arena, work->sum_count * work->sum_size);
    if (!work->sums) return RST_E_NOMEM;
    if (work->halves && !(work->line = rst_arena_get(arena, RST_SHRINK_LINE * bands * size))) return RST_E_NOMEM;
    if (stage->in.has_nodata && !(work->mask = rst_arena_get(arena, work->samples))) return RST_E_NOMEM;
    if (stage->in.has_nodata && !alpha) {
        work->missing = rst_arena_get(arena, work->samples * sizeof *work->missing);
        if (!work->missing) return RST_E_NOMEM;
    }
    *out = work;
    return RST_OK;
}

/* Adds up rows y ... y + boxes.rows - 1; true where they have missing samples. */
static bool add_rows(struct shrink_work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y)
{
    enum rst_type type = stage->in.type;
    bool holes = false;
    memset(work->sums, 0, work->sum_count * work->sum_size);
    if (work->missing) memset(work->missing, 0, work->samples * sizeof *work->missing);
    for (int64_t end = y + work->boxes.rows; y < end; y++) {
        const void *row = rst_rows_get(rows, y);
        bool some = work->mask && rst_nodata_mask(stage, row, work->samples, work->mask);
        holes = holes || some;
        if (stage->in.alpha >= 0)
            work->kernels->add_opaque[type](&work->boxes, (size_t)stage->in.alpha, row, some ? work->mask : NULL,
                                            work->sums);
        else if (some)
            work->kernels->add_present[type](row, work->mask, work->samples, work->sums, work->missing);
        else
            work->kernels->add[type](row, work->samples, work->sums);
    }
    return holes;
}

/* Boxes of 2 x 2 of rows y and y + 1; false, and nothing done, where they have missing samples. */
static bool halve_rows(struct shrink_work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y,
                       void *to)
{
    const struct rst_shrink_kernels *kernels = work->kernels;
    enum rst_type type = stage->in.type;
    size_t size = rst_type_size(type), bands = work->boxes.bands, pixels = work->boxes.columns / 2;
    const void *above = rst_rows_get(rows, y), *below = rst_rows_get(rows, y + 1);
    if (work->mask && (rst_nodata_mask(stage, above, work->samples, work->mask) ||
                       rst_nodata_mask(stage, below, work->samples, work->mask)))
        return false;
    kernels->halve[type](above, below, bands, pixels, work->line, to);
    if (work->boxes.columns % 2) {
        struct rst_shrink_boxes last = work->boxes;
        size_t done = 2 * pixels * bands * size;
        last.columns = 1;
        memset(work->sums, 0, bands * work->sum_size);
        kernels->add[type]((const char *)above + done, bands, work->sums);
        kernels->add[type]((const char *)below + done, bands, work->sums);
        kernels->average[type](&last, work->sums, NULL, (char *)to + pixels * bands * size);
    }
    return true;
}

static void row(void *working, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct shrink_work *work = working;
    size_t samples = (size_t)tile->out.width * work->boxes.bands;
    int64_t first = y * (int64_t)work->boxes.factor, empty = 0;
    work->boxes.rows = rst_min64(first + (int64_t)work->boxes.factor, stage->in.height) - first;
    if (!work->halves || work->boxes.rows != 2 || !halve_rows(work, rows, stage, first, to)) {
        bool holes = add_rows(work, rows, stage, first);
        empty =
            stage->in.alpha >= 0
                ? work->kernels->average_opaque[stage->in.type](&work->boxes, work->sums, samples, to)
                : work->kernels->average[stage->in.type](&work->boxes, work->sums, holes ? work->missing : NULL, to);
    }
    if (stage->in.has_nodata)
        rst_tally_collisions(work->tally, rst_nodata_mask(stage, to, samples, work->mask) - empty);
}

const struct rst_op_class rst_shrink_class = {
    .name = "shrink",
    .summary = "average boxes of pixels: an image smaller by a whole factor",
    .details =
        "Each pixel is the average of a box of factor x factor pixels. Sizes are rounded up; the boxes at the right "
        "and the lower edge average the pixels that there are.\n\n"
        "Exact on integers up to 32 bits, rounded to nearest, ties to even. Floats and 64-bit integers are summed in "
        "double, where integers beyond 2^53 lose their last bits.\n\n"
        "Nodata: a box averages its samples that are not missing; where all are, the result is missing.\n\n"
        "Alpha: colours are averaged in proportion to their alpha (negative ones count as 0), and alpha itself "
        "plainly. Where a box is transparent throughout, its colours are averaged plainly too.",
    .example = "shrink photo.tif out.tif --factor 2",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .flags = RST_OP_AVERAGES,
    .state_size = sizeof(struct shrink_state),
    .bind = bind,
    .plan = plan,
    .need = need,
    .prepare = prepare,
    .begin = begin,
    .row = row,
};
