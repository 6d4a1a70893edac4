/* gaussblur and sharpen.
 *
 * An input row is widened and filtered across when it is first needed, and kept in a ring of such rows; output rows are
 * made from the ring, several at a time, column block by column block: then each block of the ring is fetched from L2
 * once for all of them. What a row is does not depend on which others are made with it, as no sum is carried from one
 * sample to another.
 *
 * Which arithmetic serves is decided by the error bound. With n = radius + 1 taps to a side, centre included, and a
 * pixel's range of 2 * h around its middle (h = 127.5 for u8), the unrounded results lie at most this far from the
 * exact sum:
 *
 *     FIXED   2 * (n / 128 + h * d), d = sum of |fixed weight - weight|: each product is rounded to half of 2^-6, and
 *             the weights add up to exactly 1, so what the first pass adds passes the second unchanged
 *     SINGLE  2 * (n + 4) * 2^-24 of the greatest value: weight, product and pair round once, then n sums
 *
 * Below 1 (after sharpening, times its amount) a rounded result is at most one level from the rounded exact one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/classes.h"
#include "raster/ops/gauss.h"
#include "raster/ops/isa.h"
#include "raster/ops/weighted.h"
#include "raster/ops/weights.h"

RST_KERNEL_TABLES(struct rst_gauss_kernels, rst_gauss_kernels);

enum {
    BATCH = 4,         /* output rows made at once */
    PIECE = 256,       /* samples done at a time, so that what is between two steps stays in L1 */
    FLOAT_RADIUS = 32, /* f32 pixels are summed in float up to here */
    MOST_RADIUS = 4096
};

struct gauss_state {
    int radius;
    bool sharpens;
    double sigma, amount;
};

/* What all tiles share. */
struct gauss {
    enum rst_gauss_path path;
    int radius;
    const double *amount; /* of sharpening, in the state; else NULL */
    size_t size;          /* bytes of one of the path's samples */
    const void *half;     /* the path's weights */
    const struct rst_gauss_kernels *kernels;
    struct rst_weighted_plan weighted;
    int16_t *fixed;
    float *singles;
    double *doubles;
};

struct ring_row {
    bool there;
    int64_t y;
    char *sums;   /* filtered across */
    char *centre; /* the pixels themselves, for sharpening */
};

struct gauss_work {
    const struct gauss *shared;
    struct rst_tally *tally;
    size_t pixel_size, count, padded; /* samples of an output row; rounded up to whole blocks */
    int capacity;
    struct ring_row *ring;
    const void **window; /* the ring's rows in order, for one batch */
    char *wide, *sums;
    struct rst_weighted *weighted; /* NULL unless samples count differently */
    int64_t first;                 /* output rows first ... first + made - 1 are in `rows` */
    int made;
    char *rows;
};

static enum rst_status bind(double sigma, const struct rst_value *radius, struct gauss_state *state)
{
    int wanted = (int)ceil(3 * sigma);

    if (radius && radius->given) wanted = (int)radius->integer;
    state->sigma = sigma;
    state->radius = rst_weights_radius(sigma, wanted);
    return RST_OK;
}

static enum rst_status gaussblur_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    return bind(values[0].real, &values[1], state);
}

static enum rst_status sharpen_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct gauss_state *sharpen = state;

    (void)err;
    sharpen->sharpens = true;
    sharpen->amount = values[1].real;
    return bind(values[0].real, NULL, sharpen);
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    int64_t radius = ((const struct gauss_state *)state)->radius;

    (void)in;
    *window = (struct rst_rect){out.x - radius, out.y - radius, out.width + 2 * radius, out.height + 2 * radius};
}

/* Whether the bound of SINGLE is below one level, or good enough for floats. */
static bool single_serves(enum rst_type type, int radius, double gain)
{
    double step = 2.0 * (radius + 5) / 16777216; /* 2^24 */

    switch (type) {
    case RST_U8:
    case RST_I8:
        return gain * step * 256 < 0.9;
    case RST_U16:
        return gain * step * 65536 < 0.9;
    case RST_I16:
        return gain * step * 32768 < 0.9;
    case RST_F32:
        return radius <= FLOAT_RADIUS;
    default:
        return false;
    }
}

static void choose_path(struct gauss *gauss, enum rst_type type)
{
    double error = 0, gain = gauss->amount ? 1 + fabs(*gauss->amount) : 1;
    bool narrow = type == RST_U8 || type == RST_I8;

    if (narrow && gauss->radius < 64 && rst_weights_fixed(gauss->doubles, gauss->radius, gauss->fixed, &error) &&
        gain * 2 * ((gauss->radius + 1) / 128.0 + 128 * error) < 0.9) {
        gauss->path = RST_GAUSS_FIXED;
        gauss->half = gauss->fixed;
        gauss->size = sizeof(int16_t);
    } else if (single_serves(type, gauss->radius, gain)) {
        gauss->path = RST_GAUSS_SINGLE;
        gauss->half = gauss->singles;
        gauss->size = sizeof(float);
    } else {
        gauss->path = RST_GAUSS_DOUBLE;
        gauss->half = gauss->doubles;
        gauss->size = sizeof(double);
    }
}

static void finish(void *shared)
{
    struct gauss *gauss = shared;

    if (!gauss) return;
    free(gauss->fixed);
    free(gauss->singles);
    free(gauss->doubles);
    free(gauss);
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct gauss_state *state = bound;
    size_t taps = (size_t)state->radius + 1;
    struct gauss *gauss = calloc(1, sizeof(*gauss));

    if (gauss) {
        gauss->fixed = calloc(taps, sizeof(*gauss->fixed));
        gauss->singles = calloc(taps, sizeof(*gauss->singles));
        gauss->doubles = calloc(taps, sizeof(*gauss->doubles));
    }
    if (!gauss || !gauss->fixed || !gauss->singles || !gauss->doubles) {
        finish(gauss);
        return rst_fail(err, RST_E_NOMEM, "gaussblur: no memory for %zu weights", taps);
    }
    gauss->radius = state->radius;
    gauss->amount = state->sharpens ? &state->amount : NULL;
    gauss->kernels = rst_gauss_kernels_of(stage->isa);
    rst_weights_gauss(state->sigma, state->radius, gauss->doubles);
    for (size_t k = 0; k < taps; k++)
        gauss->singles[k] = (float)gauss->doubles[k];
    choose_path(gauss, stage->in.type);
    gauss->weighted =
        (struct rst_weighted_plan){gauss->kernels, rst_weighted_kernels_for(stage->isa), gauss->doubles, state->radius};
    stage->hold = 1; /* every row is copied in some form at once */
    *shared = gauss;
    return RST_OK;
}

static void *zeroed(struct rst_arena *arena, size_t bytes)
{
    void *memory = rst_arena_get(arena, bytes);

    return memory ? memset(memory, 0, bytes) : NULL;
}

/* Rows of the ring lie an odd number of cache lines apart: a power of two would map a column of them to one set. */
static bool new_ring(struct gauss_work *work, struct rst_arena *arena)
{
    const struct gauss *gauss = work->shared;
    size_t stride = (work->padded * gauss->size + 63) / 64 * 64 | 64;
    char *sums = rst_arena_get(arena, stride * (size_t)work->capacity);

    work->ring = zeroed(arena, (size_t)work->capacity * sizeof(*work->ring));
    if (!sums || !work->ring) return false;
    for (int i = 0; i < work->capacity; i++) {
        work->ring[i].sums = sums + stride * (size_t)i;
        if (!gauss->amount) continue;
        work->ring[i].centre = rst_arena_get(arena, work->count * work->pixel_size);
        if (!work->ring[i].centre) return false;
    }
    return true;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    const struct gauss *gauss = shared;
    struct gauss_work *work = zeroed(arena, sizeof(*work));
    size_t bands = (size_t)stage->bands;

    if (!work) return RST_E_NOMEM;
    work->shared = gauss;
    work->tally = tally;
    work->pixel_size = rst_type_size(stage->in.type);
    work->count = (size_t)tile->out.width * bands;
    work->padded = (work->count + RST_GAUSS_BLOCK - 1) / RST_GAUSS_BLOCK * RST_GAUSS_BLOCK;
    work->capacity = 2 * gauss->radius + BATCH;
    *made = work;
    if (rst_weighted_needed(stage)) {
        work->weighted = rst_weighted_new(&gauss->weighted, stage, tile, BATCH - 1, arena);
        if (!work->weighted) return RST_E_NOMEM;
        if (stage->in.alpha >= 0) return RST_OK; /* where every sample is a weighted one */
    }
    work->window = rst_arena_get(arena, (size_t)work->capacity * sizeof(*work->window));
    work->wide = zeroed(arena, ((size_t)tile->in.width * bands + (size_t)2 * RST_GAUSS_BLOCK) * gauss->size);
    work->sums = rst_arena_get(arena, (size_t)PIECE * gauss->size);
    work->rows = rst_arena_get(arena, work->count * work->pixel_size * BATCH);
    if (!work->window || !work->wide || !work->sums || !work->rows || !new_ring(work, arena)) return RST_E_NOMEM;
    return RST_OK;
}

static struct ring_row *row_at(const struct gauss_work *work, int64_t y)
{
    int64_t slot = y % work->capacity;

    return &work->ring[slot < 0 ? slot + work->capacity : slot];
}

/* Widens and filters a row, piece after piece, so that what is widened is still in L1 when it is filtered. */
static void filter_across(struct gauss_work *work, const struct rst_stage *stage, const void *from, char *to)
{
    const struct gauss *gauss = work->shared;
    size_t step = (size_t)stage->bands, margin = 2 * (size_t)gauss->radius * step, done = 0;

    for (size_t at = 0; at < work->padded; at += PIECE) {
        size_t piece = work->padded - at < PIECE ? work->padded - at : PIECE;
        size_t reach = at + piece + margin, wide = work->count + margin;
        if (reach > wide) reach = wide;
        if (reach > done) {
            gauss->kernels->widen[gauss->path][stage->in.type](
                work->wide + done * gauss->size, (const char *)from + done * work->pixel_size, reach - done);
            done = reach;
        }
        gauss->kernels->across[gauss->path](to + at * gauss->size, work->wide + at * gauss->size, piece, step,
                                            gauss->half, gauss->radius);
    }
}

static void get_row(struct gauss_work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y)
{
    struct ring_row *row = row_at(work, y);

    if (row->there && row->y == y) return;
    const char *from = rst_rows_get(rows, y);
    if (work->weighted) rst_weighted_put(work->weighted, y, from);
    if (row->centre)
        memcpy(row->centre, from + (size_t)work->shared->radius * (size_t)stage->bands * work->pixel_size,
               work->count * work->pixel_size);
    filter_across(work, stage, from, row->sums);
    row->there = true;
    row->y = y;
}

static void finish_piece(struct gauss_work *work, enum rst_type type, int64_t y, size_t at, size_t count, void *to)
{
    const struct gauss *gauss = work->shared;
    char *out = (char *)to + at * work->pixel_size;

    if (gauss->amount)
        gauss->kernels->sharpen[gauss->path][type](out, work->sums, row_at(work, y)->centre + at * work->pixel_size,
                                                   count, *gauss->amount);
    else
        gauss->kernels->finish[gauss->path][type](out, work->sums, count);
}

/* Makes output rows y ... y + count - 1: the first into `to`, the others into work->rows. */
static void make_batch(struct gauss_work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y,
                       int count, void *to)
{
    const struct gauss *gauss = work->shared;
    size_t row_bytes = work->count * work->pixel_size;

    for (int i = 0; i < count + 2 * gauss->radius; i++)
        get_row(work, rows, stage, y - gauss->radius + i);
    for (int i = 0; i < count + 2 * gauss->radius; i++)
        work->window[i] = row_at(work, y - gauss->radius + i)->sums;
    for (size_t at = 0; at < work->count; at += PIECE) {
        size_t piece = work->padded - at < PIECE ? work->padded - at : PIECE;
        size_t pixels = work->count - at < PIECE ? work->count - at : PIECE;
        for (int i = 0; i < count; i++) {
            gauss->kernels->down[gauss->path](work->sums, work->window + i, at, piece, gauss->half, gauss->radius);
            finish_piece(work, stage->in.type, y + i, at, pixels, i ? work->rows + (size_t)i * row_bytes : to);
        }
    }
    for (int i = 0; work->weighted && i < count; i++)
        rst_tally_collisions(work->tally, rst_weighted_mend(work->weighted, y + i, gauss->amount,
                                                            i ? work->rows + (size_t)i * row_bytes : to));
    work->first = y;
    work->made = count;
}

static void alpha_row(struct gauss_work *work, struct rst_rows *rows, int64_t y, void *to)
{
    const struct gauss *gauss = work->shared;

    for (int64_t at = y - gauss->radius; at <= y + gauss->radius; at++)
        if (!rst_weighted_has(work->weighted, at)) rst_weighted_put(work->weighted, at, rst_rows_get(rows, at));
    rst_tally_collisions(work->tally, rst_weighted_mend(work->weighted, y, gauss->amount, to));
}

static void row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct gauss_work *work = made;

    if (stage->in.alpha >= 0) {
        alpha_row(work, rows, y, to);
    } else if (y > work->first && y < work->first + work->made) {
        size_t bytes = work->count * work->pixel_size;
        memcpy(to, work->rows + (size_t)(y - work->first) * bytes, bytes);
    } else {
        make_batch(work, rows, stage, y, (int)rst_min64(BATCH, tile->out.y + tile->out.height - y), to);
    }
}

static const struct rst_param gaussblur_params[] = {
    {"sigma", RST_PARAM_REAL, 0.05, 1365, NULL, NULL, "pixels", "standard deviation of the Gaussian"},
    {"radius", RST_PARAM_INT, 0, MOST_RADIUS, "", NULL, "pixels", "where the Gaussian is cut off; 3 sigma, rounded up"},
};

static const struct rst_param sharpen_params[] = {
    {"sigma", RST_PARAM_REAL, 0.05, 1365, "1", NULL, "pixels", "standard deviation of the Gaussian"},
    {"amount", RST_PARAM_REAL, 0, 100, "1", NULL, NULL, "how much of the difference to the blurred image is added"},
};

#define HOW_EXACT                                                                                                      \
    "u8 and i8 are summed in 16-bit fixed point while radius and strength allow, u16, i16 and f32 (to radius 32) in "  \
    "float, all else in double, and 64-bit integers go through double. u8, i8, u16 and i16 come out within 1 of the "  \
    "sum in double, f32 within 2 (radius + 5) / 2^24 of the greatest magnitude in the window.\n\n"                     \
    "Missing samples count for nothing and the other weights grow to fill their place; with unassociated alpha "       \
    "colours count as much as they are opaque."

const struct rst_op_class rst_gaussblur_class = {
    .name = "gaussblur",
    .summary = "blur with a Gaussian",
    .details =
        "Each sample becomes the average of its neighbours, weighted by exp(-d^2 / (2 sigma^2)) at distance d in "
        "each direction, cut off at the radius (and where the weight is below 2^-64 of the centre's).\n\n" HOW_EXACT,
    .params = gaussblur_params,
    .param_count = 2,
    .flags = RST_OP_LOCAL | RST_OP_AVERAGES,
    .state_size = sizeof(struct gauss_state),
    .bind = gaussblur_bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};

const struct rst_op_class rst_sharpen_class = {
    .name = "sharpen",
    .summary = "sharpen by unsharp masking",
    .details = "v + amount * (v - blurred), blurred being what gaussblur with this sigma gives before it is "
               "rounded.\n\n" HOW_EXACT,
    .params = sharpen_params,
    .param_count = 2,
    .flags = RST_OP_LOCAL | RST_OP_AVERAGES,
    .state_size = sizeof(struct gauss_state),
    .bind = sharpen_bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};
