/* log: the Laplacian of a Gaussian, as the sum of two separable filters: the second derivative of a Gaussian across and
 * a Gaussian down, and the other way round. A row of input is filtered across with both when it is first needed, and
 * kept in two rings; a row of output is made from these.
 *
 * The weights of the derivative are (k^2 - m) g(k), m being the mean of k^2, scaled so that a parabola gives its second
 * derivative: so they add up to zero, and for small sigma become 1 -2 1, however few of them there are.
 *
 * In float a result is off by no more than 4 (radius + 6) 2^-24 times the sum of the derivative's magnitudes times the
 * greatest value: each of the two filters adds radius + 1 pairs twice, see gauss.c. That is taken where it is below one
 * level of 8 or 16 bits.
 *
 * Where samples may be missing, all is done in double and twice: as weights add up to zero, putting the centre's value
 * c in the place of missing neighbours comes to the filter of what is there, less c times the filter of 1 where
 * something is there and 0 where not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/edge/log.h"
#include "raster/ops/smooth/gauss.h"
#include "raster/ops/smooth/weights.h"

RST_KERNEL_TABLES(struct rst_gauss_kernels, rst_gauss_kernels);
RST_KERNEL_TABLES(struct rst_log_kernels, rst_log_kernels);

enum { PIECE = 1024 }; /* samples finished at a time; a multiple of RST_GAUSS_BLOCK */

struct log_state {
    double sigma, scale;
    int radius;
};

/* What all tiles share. */
struct shared {
    const struct rst_gauss_kernels *gauss;
    const struct rst_log_kernels *kernels;
    enum rst_gauss_path path;
    int radius;
    size_t size;               /* bytes of one of the path's samples */
    const void *blur, *derive; /* the path's weights */
    double *doubles;           /* [2 * (radius + 1)] */
    float *singles;
};

enum { BLURRED, DERIVED, BLURRED_THERE, DERIVED_THERE, SUMS };

struct ring_row {
    bool there;
    int64_t y;
    char *sums[SUMS]; /* filtered across; the last two with nodata alone */
    char *centre;     /* with nodata: the pixels themselves */
    uint8_t *mask;    /* ... and which are missing */
};

struct work {
    const struct shared *shared;
    struct rst_tally *tally;
    size_t pixel, count, padded, reach; /* of an output row; rounded up to whole blocks; samples of an input row */
    struct ring_row *ring;
    const void **window;
    char *wide, *there; /* an input row in the path's samples */
    uint8_t *mask;
    char *parts[5];
};

static enum rst_status bind(const struct rst_value *values, void *bound, struct rst_error *err)
{
    struct log_state *state = bound;
    (void)err;
    state->sigma = values[0].real;
    state->scale = values[1].real;
    state->radius = rst_weights_radius(state->sigma, (int)ceil(4 * state->sigma));
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    int64_t radius = ((const struct log_state *)state)->radius;
    (void)in;
    *window = (struct rst_rect){out.x - radius, out.y - radius, out.width + 2 * radius, out.height + 2 * radius};
}

/* Fills blur and derive, [radius + 1] each; returns the sum of the derivative's magnitudes. */
static double make_weights(const struct log_state *state, double *blur, double *derive)
{
    double mean = 0, bend = 0, others = 0, magnitude = 0;
    rst_weights_gauss(state->sigma, state->radius, blur);
    for (int k = state->radius; k > 0; k--)
        mean += 2 * (double)k * k * blur[k];
    for (int k = state->radius; k > 0; k--)
        bend += 2 * (double)k * k * ((double)k * k - mean) * blur[k];
    for (int k = state->radius; k > 0; k--) {
        derive[k] = ((double)k * k - mean) * blur[k] * 2 / bend * state->scale;
        others += 2 * derive[k];
        magnitude += 2 * fabs(derive[k]);
    }
    derive[0] = -others;
    return magnitude + fabs(others);
}

static void choose_path(struct shared *shared, const struct rst_stage *stage, double magnitude)
{
    double greatest = rst_type_size(stage->in.type) == 1 ? 256 : 65536;
    double error = 4.0 * (shared->radius + 6) / 16777216 * magnitude * greatest;
    bool narrow = rst_type_size(stage->in.type) <= 2 && !stage->in.has_nodata && error < 0.9;
    shared->path = narrow ? RST_GAUSS_SINGLE : RST_GAUSS_DOUBLE;
    shared->size = narrow ? sizeof(float) : sizeof(double);
    size_t taps = (size_t)shared->radius + 1;
    for (size_t k = 0; k < 2 * taps; k++)
        shared->singles[k] = (float)shared->doubles[k];
    shared->blur = narrow ? (const void *)shared->singles : shared->doubles;
    shared->derive = narrow ? (const void *)(shared->singles + taps) : shared->doubles + taps;
}

static void finish(void *made)
{
    struct shared *shared = made;
    if (!shared) return;
    free(shared->doubles);
    free(shared->singles);
    free(shared);
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **made, struct rst_error *err)
{
    const struct log_state *state = bound;
    size_t taps = (size_t)state->radius + 1;
    struct shared *shared = calloc(1, sizeof *shared);
    if (shared) {
        shared->doubles = calloc(2 * taps, sizeof *shared->doubles);
        shared->singles = calloc(2 * taps, sizeof *shared->singles);
    }
    if (!shared || !shared->doubles || !shared->singles) {
        finish(shared);
        return rst_fail(err, RST_E_NOMEM, "log: no memory for %zu weights", 2 * taps);
    }
    shared->gauss = rst_gauss_kernels_of(stage->isa);
    shared->kernels = rst_log_kernels_of(stage->isa);
    shared->radius = state->radius;
    choose_path(shared, stage, make_weights(state, shared->doubles, shared->doubles + taps));
    stage->hold = 1; /* every row is copied in some form at once */
    *made = shared;
    return RST_OK;
}

static void *zeroed(struct rst_arena *arena, size_t bytes)
{
    void *memory = rst_arena_get(arena, bytes);
    return memory ? memset(memory, 0, bytes) : NULL;
}

static bool new_ring(struct work *work, bool missing, struct rst_arena *arena)
{
    int rows = 2 * work->shared->radius + 1;
    size_t stride = (work->padded * work->shared->size + 63) / 64 * 64 | 64;
    work->ring = zeroed(arena, (size_t)rows * sizeof *work->ring);
    for (int i = 0; work->ring && i < rows; i++) {
        struct ring_row *row = &work->ring[i];
        for (int k = 0; k < (missing ? SUMS : DERIVED + 1); k++)
            if (!(row->sums[k] = rst_arena_get(arena, stride))) return false;
        if (!missing) continue;
        row->centre = rst_arena_get(arena, work->count * work->pixel);
        row->mask = rst_arena_get(arena, work->count);
        if (!row->centre || !row->mask) return false;
    }
    return work->ring;
}

static enum rst_status begin(const void *made, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **out)
{
    const struct shared *shared = made;
    struct work *work = zeroed(arena, sizeof *work);
    bool missing = stage->in.has_nodata;
    if (!work) return RST_E_NOMEM;
    work->shared = shared;
    work->tally = tally;
    work->pixel = rst_type_size(stage->in.type);
    work->count = (size_t)tile->out.width * (size_t)stage->bands;
    work->padded = (work->count + RST_GAUSS_BLOCK - 1) / RST_GAUSS_BLOCK * RST_GAUSS_BLOCK;
    work->reach = (size_t)tile->in.width * (size_t)stage->bands;
    size_t wide = (work->reach + (size_t)2 * RST_GAUSS_BLOCK) * shared->size;
    work->wide = zeroed(arena, wide);
    work->there = missing ? zeroed(arena, wide) : work->wide;
    work->mask = missing ? rst_arena_get(arena, work->reach) : (uint8_t *)work->wide;
    work->window = rst_arena_get(arena, (size_t)(2 * shared->radius + 1) * sizeof *work->window);
    for (int i = 0; i < 5; i++)
        if (!(work->parts[i] = rst_arena_get(arena, PIECE * shared->size))) return RST_E_NOMEM;
    if (!work->wide || !work->there || !work->mask || !work->window || !new_ring(work, missing, arena))
        return RST_E_NOMEM;
    *out = work;
    return RST_OK;
}

static struct ring_row *row_at(const struct work *work, int64_t y)
{
    int64_t rows = 2 * work->shared->radius + 1, slot = y % rows;
    return &work->ring[slot < 0 ? slot + rows : slot];
}

static void get_row(struct work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y)
{
    const struct shared *shared = work->shared;
    struct ring_row *row = row_at(work, y);
    size_t step = (size_t)stage->bands, margin = (size_t)shared->radius * step;
    if (row->there && row->y == y) return;
    const char *from = rst_rows_get(rows, y);
    shared->gauss->widen[shared->path][stage->in.type](work->wide, from, work->reach);
    if (row->mask) {
        rst_nodata_mask(stage, from, work->reach, work->mask);
        shared->kernels->blank((double *)(void *)work->wide, (double *)(void *)work->there, work->mask, work->reach);
        memcpy(row->centre, from + margin * work->pixel, work->count * work->pixel);
        memcpy(row->mask, work->mask + margin, work->count);
    }
    for (int k = 0; k < SUMS && row->sums[k]; k++)
        shared->gauss->across[shared->path](row->sums[k], k < BLURRED_THERE ? work->wide : work->there, work->padded,
                                            step, k % 2 == BLURRED ? shared->blur : shared->derive, shared->radius);
    row->there = true;
    row->y = y;
}

/* Filters one of the rings down, into parts[part]. */
static void filter_down(struct work *work, int64_t y, int which, int part, size_t at, size_t count)
{
    const struct shared *shared = work->shared;
    for (int i = 0; i <= 2 * shared->radius; i++)
        work->window[i] = row_at(work, y - shared->radius + i)->sums[which];
    shared->gauss->down[shared->path](work->parts[part], work->window, at, count,
                                      which % 2 == BLURRED ? shared->derive : shared->blur, shared->radius);
}

static void row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct work *work = made;
    const struct shared *shared = work->shared;
    enum rst_type type = stage->in.type;
    const struct ring_row *centre = row_at(work, y);
    (void)tile;
    for (int64_t i = y - shared->radius; i <= y + shared->radius; i++)
        get_row(work, rows, stage, i);
    for (size_t at = 0; at < work->count; at += PIECE) {
        size_t piece = work->padded - at < PIECE ? work->padded - at : PIECE;
        size_t count = work->count - at < PIECE ? work->count - at : PIECE;
        for (int k = 0; k < SUMS && centre->sums[k]; k++)
            filter_down(work, y, k, k, at, piece);
        if (centre->mask) {
            shared->gauss->widen[shared->path][type](work->parts[4], centre->centre + at * work->pixel, count);
            shared->kernels->fill((double *)(void *)work->parts[0], (double *)(void *)work->parts[1],
                                  (double *)(void *)work->parts[2], (double *)(void *)work->parts[3],
                                  (double *)(void *)work->parts[4], count);
            memset(work->parts[1], 0, count * shared->size);
        }
        shared->kernels->join[shared->path](work->parts[0], work->parts[1], count, !rst_type_is_signed(type));
        shared->gauss->finish[shared->path][type]((char *)to + at * work->pixel, work->parts[0], count);
    }
    if (centre->mask)
        rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, work->count, centre->mask, centre->centre));
}

static const struct rst_param params[] = {
    {"sigma", RST_PARAM_REAL, 0.3, 32, NULL, NULL, "pixels", "standard deviation of the Gaussian"},
    {"scale", RST_PARAM_REAL, 0, 1e6, "1", NULL, NULL,
     "the result is multiplied by it; sigma squared makes those of several sigmas comparable"},
};

const struct rst_op_class rst_log_class = {
    .name = "log",
    .summary = "take the Laplacian of a Gaussian",
    .details =
        "The second derivatives along rows and columns of the image blurred with a Gaussian, added up (D. Marr, E. "
        "Hildreth, Theory of edge detection, 1980): the sum of two separable filters, g''(x) g(y) + g(x) g''(y), cut "
        "off at 4 sigma, rounded up. The weights of g'' are (k^2 - m) g(k), which add up to zero, scaled so that a "
        "parabola gives its second derivative; for small sigma all of it becomes laplacian with 4 neighbours. Types "
        "with a sign hold the result, types without hold its magnitude (cast to one with a sign first to keep it); "
        "both are rounded and saturated. Time grows with sigma.\n\n"
        "8 and 16 bits are summed in float while 4 (radius + 6) / 2^24 of what all weights' magnitudes could make of "
        "the greatest value is below one level, all else in double: they come out within 1 of the sum in double. "
        "64-bit integers go through double.\n\n"
        "Nodata: a missing sample stays missing, and the centre's value takes the place of a missing neighbour. Alpha "
        "is filtered like any other band; palette images are refused.",
    .example = "log height.tif out.tif --sigma 2",
    .params = params,
    .param_count = 2,
    .flags = RST_OP_LOCAL | RST_OP_LEVELS,
    .state_size = sizeof(struct log_state),
    .bind = bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};
