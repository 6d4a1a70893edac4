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
#include "raster/ops/common/classes.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/smooth/coarse.h"
#include "raster/ops/smooth/gauss.h"
#include "raster/ops/smooth/weighted.h"
#include "raster/ops/smooth/weights.h"

RST_KERNEL_TABLES(struct rst_gauss_kernels, rst_gauss_kernels);

enum {
    BATCH = 4,         /* output rows made at once */
    PIECE = 256,       /* samples done at a time, so that what is between two steps stays in L1 */
    FLOAT_RADIUS = 32, /* f32 pixels are summed in float up to here */
    MOST_RADIUS = 4096
};

struct gauss_state {
    int radius;
    bool cut_off; /* at a radius that was given */
    bool sharpens;
    double sigma;
    struct rst_gauss_sharpening sharpening;
};

/* What all tiles share. */
struct gauss {
    enum rst_gauss_path path;
    int radius;
    const struct rst_gauss_sharpening *sharpening; /* in the state; else NULL */
    size_t size;                                   /* bytes of one of the path's samples */
    const void *half;                              /* the path's weights */
    const struct rst_gauss_kernels *kernels;
    struct rst_weighted_plan weighted;
    int16_t *fixed;
    float *singles;
    double *doubles;
    bool wide; /* done on a coarse grid: what follows counts, and of the above kernels and sharpening alone */
    struct rst_coarse_plan coarse;
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
    struct rst_coarse *coarse;     /* wide Gaussians use this alone, and `missing` */
    uint8_t *missing;
    int64_t first; /* output rows first ... first + made - 1 are in `rows` */
    int made;
    char *rows;
};

static enum rst_status bind(double sigma, const struct rst_value *radius, struct gauss_state *state)
{
    int wanted = (int)ceil(3 * sigma);

    state->cut_off = radius && radius->given;
    if (state->cut_off) wanted = (int)radius->integer;
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
    sharpen->sharpening = (struct rst_gauss_sharpening){values[1].real, 0};
    return bind(values[0].real, NULL, sharpen);
}

static enum rst_status unsharp_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct gauss_state *unsharp = state;

    (void)err;
    unsharp->sharpens = true;
    unsharp->sharpening = (struct rst_gauss_sharpening){values[1].real, values[2].real};
    return bind(values[0].real, NULL, unsharp);
}

/* By how much an error of the blurred image is made greater. */
static double gain_of(const struct gauss_state *state)
{
    return state->sharpens ? 1 + fabs(state->sharpening.amount) : 1;
}

/* Whether the Gaussian is wide enough for a coarse grid. */
static bool is_wide(const struct gauss_state *state, enum rst_type type, struct rst_coarse_grid *grid)
{
    return !state->cut_off && rst_coarse_grid_for(type, state->sigma, gain_of(state), grid);
}

static void need(const void *bound, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct gauss_state *state = bound;
    struct rst_coarse_grid grid;
    int64_t radius = is_wide(state, in->type, &grid) ? rst_coarse_reach(&grid) : state->radius;

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

static void choose_path(struct gauss *gauss, enum rst_type type, double gain)
{
    double error = 0;
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

static enum rst_status prepare_wide(const struct gauss_state *state, const struct rst_coarse_grid *grid,
                                    struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct gauss *gauss = calloc(1, sizeof(*gauss));

    if (!gauss) return rst_fail(err, RST_E_NOMEM, "gaussblur: no memory for %zu bytes of tables", sizeof(*gauss));
    *shared = gauss;
    gauss->wide = true;
    gauss->sharpening = state->sharpens ? &state->sharpening : NULL;
    gauss->kernels = rst_gauss_kernels_of(stage->isa);
    enum rst_status status =
        rst_coarse_prepare(grid, state->sigma, gain_of(state), state->sharpens, stage, &gauss->coarse, err);
    if (status) finish(gauss);
    return status;
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct gauss_state *state = bound;
    struct rst_coarse_grid grid;
    size_t taps = (size_t)state->radius + 1;

    if (is_wide(state, stage->in.type, &grid)) return prepare_wide(state, &grid, stage, shared, err);
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
    gauss->sharpening = state->sharpens ? &state->sharpening : NULL;
    gauss->kernels = rst_gauss_kernels_of(stage->isa);
    rst_weights_gauss(state->sigma, state->radius, gauss->doubles);
    for (size_t k = 0; k < taps; k++)
        gauss->singles[k] = (float)gauss->doubles[k];
    choose_path(gauss, stage->in.type, gain_of(state));
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
        if (!gauss->sharpening) continue;
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
    if (gauss->wide) {
        work->coarse = rst_coarse_new(&gauss->coarse, stage, tile, arena);
        work->missing = stage->in.has_nodata ? rst_arena_get(arena, work->count) : NULL;
        return work->coarse && (work->missing || !stage->in.has_nodata) ? RST_OK : RST_E_NOMEM;
    }
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

    if (gauss->sharpening)
        gauss->kernels->sharpen[gauss->path][type](out, work->sums, row_at(work, y)->centre + at * work->pixel_size,
                                                   count, gauss->sharpening);
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
        rst_tally_collisions(work->tally, rst_weighted_mend(work->weighted, y + i, gauss->sharpening,
                                                            i ? work->rows + (size_t)i * row_bytes : to));
    work->first = y;
    work->made = count;
}

static void alpha_row(struct gauss_work *work, struct rst_rows *rows, int64_t y, void *to)
{
    const struct gauss *gauss = work->shared;

    for (int64_t at = y - gauss->radius; at <= y + gauss->radius; at++)
        if (!rst_weighted_has(work->weighted, at)) rst_weighted_put(work->weighted, at, rst_rows_get(rows, at));
    rst_tally_collisions(work->tally, rst_weighted_mend(work->weighted, y, gauss->sharpening, to));
}

static void wide_row(struct gauss_work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y, void *to)
{
    const struct gauss *gauss = work->shared;
    const struct rst_coarse_plan *plan = &gauss->coarse;

    if (plan->narrow) {
        rst_coarse_pixels(work->coarse, rows, y, to);
        return;
    }
    const void *averages = rst_coarse_averages(work->coarse, rows, y);
    const void *centre = gauss->sharpening || work->missing ? rst_coarse_centre(work->coarse, rows, y) : NULL;
    if (gauss->sharpening)
        gauss->kernels->sharpen[plan->path][stage->in.type](to, averages, centre, work->count, gauss->sharpening);
    else
        gauss->kernels->finish[plan->path][stage->in.type](to, averages, work->count);
    if (!work->missing) return;
    (void)rst_nodata_mask(stage, centre, work->count, work->missing);
    rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, work->count, work->missing, centre));
}

static void row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct gauss_work *work = made;

    if (work->coarse) {
        wide_row(work, rows, stage, y, to);
    } else if (stage->in.alpha >= 0) {
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
    {"radius", RST_PARAM_INT, 0, MOST_RADIUS, "", NULL, "pixels", "where the Gaussian is cut off"},
};

static const struct rst_param sharpen_params[] = {
    {"sigma", RST_PARAM_REAL, 0.05, 1365, "1", NULL, "pixels", "standard deviation of the Gaussian"},
    {"amount", RST_PARAM_REAL, 0, 100, "1", NULL, NULL, "how much of the difference to the blurred image is added"},
};

static const struct rst_param unsharp_params[] = {
    {"sigma", RST_PARAM_REAL, 0.05, 1365, "1", NULL, "pixels", "standard deviation of the Gaussian"},
    {"amount", RST_PARAM_REAL, 0, 100, "1", NULL, NULL, "how much of the difference to the blurred image is added"},
    {"threshold", RST_PARAM_REAL, 0, 1e100, "0", NULL, "levels",
     "samples that differ no more than this are left alone"},
};

#define HOW_EXACT                                                                                                      \
    "Narrow Gaussians are summed as they stand: u8 and i8 in 16-bit fixed point while radius and strength allow, "     \
    "u16, i16 and f32 (to radius 32) in float, all else in double, and 64-bit integers go through double. u8, i8, "    \
    "u16 and i16 come out within 1 of the sum in double, f32 within 2 (radius + 5) / 2^24 of the greatest magnitude "  \
    "in the window.\n\n"                                                                                               \
    "Wide ones, of sigma 4 and more for 8 bits, 6 for 16 bits and f32, and 16 for all other types, are not cut off, "  \
    "and are done on a grid of every 2nd, 4th ... 512th pixel, at a cost that does not grow with sigma: B-splines of " \
    "order 4, 6 or 8 take the image there and back (Unser, Aldroubi and Eden 1993), with a kernel between them that "  \
    "is fitted so that all together are the Gaussian. What that is off by, for any image, in parts of the range of "   \
    "the samples around: 9e-4 for 8 bits, 5e-6 for 16 bits and f32, 1e-10 for the others; u8, i8, u16 and i16 come "   \
    "out within 1, f32 within 1.5e-5 of the greatest magnitude. What is not finite is seen up to 8.5 sigma away.\n\n"

#define WHAT_IS_MISSING                                                                                                \
    "Missing samples count for nothing and the other weights grow to fill their place; with unassociated alpha "       \
    "colours count as much as they are opaque. Narrow Gaussians do so sample by sample, which takes longer the wider " \
    "they are; for wide ones it takes a few times as long as without. Colours that have nothing opaque around them "   \
    "become their plain average, with wide Gaussians stay what they are. A missing sample stays missing."

#define GAUSS_FLAGS RST_OP_LOCAL | RST_OP_AVERAGES

const struct rst_op_class rst_gaussblur_class = {
    .name = "gaussblur",
    .summary = "blur with a Gaussian",
    .details = "Each sample becomes the average of its neighbours, weighted by exp(-d^2 / (2 sigma^2)) at distance d "
               "in each direction. Where a radius is given the Gaussian is cut off there, and summed as it stands at a "
               "cost that grows with the radius; otherwise narrow ones are cut off at 3 sigma, rounded up (and where "
               "the weight is below 2^-64 of the centre's).\n\n" HOW_EXACT WHAT_IS_MISSING,
    .example = "gaussblur photo.tif out.tif --sigma 2",
    .params = gaussblur_params,
    .param_count = 2,
    .flags = GAUSS_FLAGS,
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
    .summary = "sharpen by unsharp masking, everywhere alike",
    .details = "v + amount * (v - blurred), blurred being what gaussblur with this sigma gives before it is rounded: "
               "unsharp with a threshold of 0.\n\n" HOW_EXACT WHAT_IS_MISSING,
    .example = "sharpen photo.tif out.tif --sigma 1 --amount 0.5",
    .params = sharpen_params,
    .param_count = 2,
    .flags = GAUSS_FLAGS,
    .state_size = sizeof(struct gauss_state),
    .bind = sharpen_bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};

const struct rst_op_class rst_unsharp_class = {
    .name = "unsharp",
    .summary = "sharpen by unsharp masking, where contrast is above a threshold",
    .details = "v + amount * (v - blurred) where v and blurred are more than the threshold apart, else v; blurred is "
               "what gaussblur with this sigma gives before it is rounded. So noise below the threshold is not "
               "sharpened with the image. With a threshold of 0 it is the same as sharpen. The threshold is in the "
               "samples' own unit: levels of integers. A difference so close to it that blurred's error decides (see "
               "below) may fall on either side, always the same one.\n\n" HOW_EXACT WHAT_IS_MISSING,
    .example = "unsharp photo.tif out.tif --sigma 1.5 --amount 0.8 --threshold 3",
    .params = unsharp_params,
    .param_count = 3,
    .flags = GAUSS_FLAGS,
    .state_size = sizeof(struct gauss_state),
    .bind = unsharp_bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};
