/* canny: edges after Canny. Rows of gradients are kept for the three rows around the one that is made; which of their
 * samples may be edges is told by these alone, and is what the rows of output say. Which of them are is told by the
 * whole image, and comes after: see hysteresis.c.
 *
 * The Gaussian is gaussblur itself, which goes before. */
#include "raster/ops/edge/canny.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/common/gaps.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/edge/hysteresis.h"

RST_KERNEL_TABLES(struct rst_canny_kernels, rst_canny_kernels);

struct canny_state {
    char sigma[40]; /* "" where nothing is blurred */
    bool taxi;
    double low, high;
};

struct canny_work {
    const struct rst_canny_kernels *kernels;
    enum rst_canny_form form;
    struct rst_canny_limits limits;
    size_t step, samples;         /* of a pixel; of a row of gradients, which has a pixel more at either end */
    size_t magnitude;             /* bytes */
    struct rst_canny_row ring[3]; /* by row number modulo 3 */
    struct rst_canny_row nothing; /* beyond the image */
    uint8_t *marks;
    struct rst_gaps gaps; /* with nodata */
};

static enum rst_status bind(const struct rst_value *values, void *bound, struct rst_error *err)
{
    struct canny_state *state = bound;
    state->low = values[1].real;
    state->high = values[2].real;
    state->taxi = values[3].integer == 0;
    if (values[0].real > 0 &&
        snprintf(state->sigma, sizeof state->sigma, "%s", values[0].text) >= (int)sizeof state->sigma)
        return rst_fail(err, RST_E_ARGUMENT, "canny --sigma '%.60s' has more digits than it can use", values[0].text);
    if (state->low > state->high)
        return rst_fail(err, RST_E_ARGUMENT, "canny --low %g is above --high %g", state->low, state->high);
    return RST_OK;
}

static enum rst_status before(const void *bound, struct rst_op **out, struct rst_error *err)
{
    const struct canny_state *state = bound;
    const char *const params[][2] = {{"sigma", state->sigma}};
    *out = NULL;
    return *state->sigma ? rst_op_new(&rst_gaussblur_class, params, 1, out, err) : RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    (void)state, (void)in;
    *window = (struct rst_rect){out.x - 2, out.y - 2, out.width + 4, out.height + 4};
}

/* Limits as magnitudes are: squares, and whole numbers of 32 bits where these are. */
static struct rst_canny_limits limits_of(const struct canny_state *state, enum rst_canny_form form)
{
    struct rst_canny_limits limits = {state->taxi, state->low, state->high};
    if (!state->taxi) {
        limits.low *= limits.low;
        limits.high *= limits.high;
    }
    if (form == RST_CANNY_BYTES) {
        limits.low = fmin(floor(limits.low), INT32_MAX);
        limits.high = fmin(floor(limits.high), INT32_MAX);
    }
    return limits;
}

static bool new_row(struct rst_canny_row *row, size_t samples, size_t slope, size_t size, struct rst_arena *arena)
{
    row->y = INT64_MIN;
    row->right = rst_arena_get(arena, samples * slope);
    row->down = rst_arena_get(arena, samples * slope);
    row->size = rst_arena_get(arena, samples * size);
    return row->right && row->down && row->size;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **out)
{
    static const size_t slopes[] = {sizeof(int16_t), sizeof(int32_t), sizeof(double)};
    static const size_t sizes[] = {sizeof(int32_t), sizeof(double), sizeof(double)};
    struct canny_work *work = rst_arena_get(arena, sizeof *work);
    (void)tally;
    if (!work) return RST_E_NOMEM;
    work->kernels = rst_canny_kernels_of(stage->isa);
    work->form = rst_canny_form_of(stage->in.type);
    work->limits = limits_of(shared, work->form);
    work->step = (size_t)stage->bands;
    work->samples = (size_t)(tile->out.width + 2) * work->step;
    work->magnitude = sizes[work->form];
    work->marks = rst_arena_get(arena, work->samples);
    work->nothing.size = rst_arena_get(arena, work->samples * work->magnitude);
    if (!work->marks || !work->nothing.size) return RST_E_NOMEM;
    memset(work->nothing.size, 0, work->samples * work->magnitude);
    for (int i = 0; i < 3; i++)
        if (!new_row(&work->ring[i], work->samples, slopes[work->form], work->magnitude, arena)) return RST_E_NOMEM;
    if (stage->in.has_nodata) RST_TRY(rst_gaps_begin(&work->gaps, 3, stage, tile, arena));
    *out = work;
    return RST_OK;
}

static void patch(struct canny_work *work, const struct rst_stage *stage, const void *const samples[3],
                  const struct rst_canny_row *row)
{
    const uint8_t *masks[3];
    int64_t missing = 0;
    for (int i = 0; i < 3; i++) {
        const struct rst_gap_row *gaps = rst_gaps_of(&work->gaps, stage, row->y - 1 + i, samples[i]);
        masks[i] = gaps->mask;
        missing += gaps->count;
    }
    if (missing)
        work->kernels->patch[stage->in.type](samples, masks, work->step, work->samples, work->limits.taxi, row);
}

/* Beyond the image there are no edges. */
static const struct rst_canny_row *gradients_at(struct canny_work *work, struct rst_rows *rows,
                                                const struct rst_stage *stage, const struct rst_tile *tile, int64_t y)
{
    if (y < 0 || y >= stage->in.height) return &work->nothing;
    struct rst_canny_row *row = &work->ring[y % 3];
    if (row->y == y) return row;
    const void *samples[3];
    for (int i = 0; i < 3; i++)
        samples[i] = rst_rows_get(rows, y - 1 + i);
    work->kernels->gradients[stage->in.type](samples, work->step, work->samples, work->limits.taxi, row);
    row->y = y;
    if (stage->in.has_nodata) patch(work, stage, samples, row);
    size_t pixel = work->step * work->magnitude;
    if (tile->out.x == 0) memset(row->size, 0, pixel);
    if (tile->out.x + tile->out.width == stage->in.width)
        memset((char *)row->size + work->samples * work->magnitude - pixel, 0, pixel);
    return row;
}

static void row(void *working, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct canny_work *work = working;
    size_t n = (size_t)tile->out.width * work->step;
    const struct rst_canny_row *around[3];
    for (int i = 0; i < 3; i++)
        around[i] = gradients_at(work, rows, stage, tile, y - 1 + i);
    bool direct = stage->in.type == RST_U8;
    uint8_t *marks = direct ? to : work->marks;
    work->kernels->marks[work->form](around[0], around[1], around[2], work->step, n, &work->limits, marks);
    if (stage->in.has_nodata) {
        const struct rst_gap_row *gaps = rst_gaps_of(&work->gaps, stage, y, rst_rows_get(rows, y));
        for (size_t i = 0; gaps->count && i < n; i++)
            if (gaps->mask[i + 2 * work->step]) marks[i] = RST_CANNY_MISSING;
    }
    if (!direct) work->kernels->spread[stage->in.type](marks, n, to);
}

static const struct rst_param params[] = {
    {"sigma", RST_PARAM_REAL, 0, 1365, "1.4", NULL, "pixels", "standard deviation of the Gaussian before; 0: none"},
    {"low", RST_PARAM_REAL, 0, 1e150, NULL, NULL, NULL, "gradient above which a pixel goes on an edge"},
    {"high", RST_PARAM_REAL, 0, 1e150, NULL, NULL, NULL, "gradient above which a pixel begins an edge"},
    {"norm", RST_PARAM_CHOICE, 0, 0, "l2", "l1|l2", NULL, "|gx| + |gy|, or the root of gx^2 + gy^2"},
};

const struct rst_op_class rst_canny_class = {
    .name = "canny",
    .summary = "find edges, after Canny",
    .details =
        "J. Canny, A computational approach to edge detection, 1986: the image is blurred as by gaussblur with this "
        "sigma; gradients are those of sobel, in its units (a step by s gives 4 s along it); a pixel may be an edge "
        "where its gradient is greater than that of the two neighbours along it, in the nearest of four directions; "
        "and of these those are edges that are above high, or above low and connected with one above high, over the "
        "whole image, by corners too. Edges get the greatest value of an integer type, 1 of a float, all else 0. Each "
        "band is looked at by itself.\n\n"
        "Exact on 8 and 16 bits, given the blurred image; all other types are computed in double. Beyond the image "
        "there are no gradients; the border rule counts for the samples that they are made from. A gradient that is "
        "not a number is no edge.\n\n"
        "The last part takes another pass over the result, in scratch where that is not a plain file.\n\n"
        "Nodata: a missing sample stays missing, and the centre's value takes the place of a missing neighbour. Alpha "
        "weighs the other bands while blurring, and is then looked at like any other band; palette images are refused.",
    .example = "canny gray.tif out.tif --sigma 1.4 --low 50 --high 150",
    .params = params,
    .param_count = 4,
    .flags = RST_OP_LOCAL | RST_OP_LEVELS,
    .state_size = sizeof(struct canny_state),
    .bind = bind,
    .before = before,
    .need = need,
    .begin = begin,
    .row = row,
    .settle = rst_hysteresis_settle,
};
