/* bilateral: an average of neighbours that are near, and alike (Tomasi and Manduchi 1998).
 *
 * Input rows are split into planes of float or double when they are first needed, and kept as many as the window is
 * high. An output row is made block by block: for every place in the window, a block of pixels gets that neighbour's
 * weight and value added to its sums, which stay in L1 meanwhile. All pixels see their neighbours in the same order, so
 * results depend on nothing else.
 *
 * No C library's exp decides on weights by difference. In float they are powers of two by a polynomial of our own,
 * which with the rounding of the power is off by less than 1e-6 of the greatest weight of a window; in double they come
 * from a table in steps, and a short series from the nearest one, which is off by at most 2e-9 of the weight. Where a
 * weight by difference would be below 2^-40 it is 0.
 */
#include "raster/ops/smooth/bilateral.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/smooth/weights.h"

RST_KERNEL_TABLES(struct rst_bilateral_kernels, rst_bilateral_kernels);

#define MOST_SIGMA 32 /* in space: windows of up to 129 pixels */
#define FARTHEST 7.45 /* in sigmas: exp(-x^2 / 2) is 2^-40 */
#define OUTSIDE (-HUGE_VAL)
#define LOG2_E 1.4426950408889634

struct bilateral_state {
    int radius;
    double space, range;
};

/* What all tiles share. */
struct bilateral {
    int radius;
    enum rst_bilateral_path path;
    size_t size; /* bytes of one of the path's samples */
    const struct rst_bilateral_kernels *kernels;
    double scale;
    int32_t last;
    double *table; /* of DOUBLE */
    double *space; /* weights by place, or their powers, row by row; OUTSIDE beyond the disk */
};

struct ring_row {
    bool there;
    int64_t y;
    char *planes;  /* colours */
    char *factors; /* NULL where every pixel counts for 1 */
};

struct bilateral_work {
    const struct bilateral *shared;
    struct rst_tally *tally;
    int32_t colours;    /* bands that are filtered: all but alpha, which is moved behind them */
    size_t wide, pixel; /* pixels of a row got; bytes of one */
    int capacity;
    struct ring_row *ring;
    char *centres;    /* pixels of the output's columns, one row for each of the ring */
    uint8_t *missing; /* with nodata: of a row got */
    char *sums, *totals;
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct bilateral_state *bilateral = state;

    (void)err;
    bilateral->space = values[0].real;
    bilateral->range = values[1].real;
    bilateral->radius = (int)ceil(2 * bilateral->space);
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    int64_t radius = ((const struct bilateral_state *)state)->radius;

    (void)in;
    *window = (struct rst_rect){out.x - radius, out.y - radius, out.width + 2 * radius, out.height + 2 * radius};
}

/* ---- tables ---- */

static void finish(void *shared)
{
    struct bilateral *bilateral = shared;

    if (!bilateral) return;
    free(bilateral->table);
    free(bilateral->space);
    free(bilateral);
}

static double bell(double x)
{
    return x < FARTHEST ? rst_weights_exp(x * x / 2) : 0;
}

/* Which places the disk has: squares of their distances, in sigmas. Returns how many. */
static int fill_space(struct bilateral *bilateral, double sigma)
{
    int radius = bilateral->radius, count = 0;
    double *to = bilateral->space;

    for (int y = -radius; y <= radius; y++)
        for (int x = -radius; x <= radius; x++, to++) {
            bool inside = x * x + y * y <= radius * radius;
            *to = inside ? (x * x + y * y) / (sigma * sigma) : OUTSIDE;
            count += inside;
        }
    return count;
}

/* ... to weights, or in SINGLE to their powers. */
static void weigh_space(struct bilateral *bilateral)
{
    int side = 2 * bilateral->radius + 1;

    for (int i = 0; i < side * side; i++) {
        double *place = &bilateral->space[i];
        if (*place == OUTSIDE) continue;
        *place = bilateral->path == RST_BILATERAL_SINGLE ? *place * -0.5 * LOG2_E : bell(sqrt(*place));
    }
}

/* A float sum of `count` products is off by 2^-24 of the range for each, and so is their total; weights by 1e-6. */
static bool single_serves(enum rst_type type, int count)
{
    double range = ldexp(1, 8 * (int)rst_type_size(type));

    return rst_type_size(type) <= 2 && !rst_type_is_float(type) && (2.0 * (count + 8) / 16777216 + 1e-6) * range < 0.4;
}

/* Weights by difference: the table, with a zero behind it, or what their powers are reckoned by. */
static bool fill_range(struct bilateral *bilateral, const struct rst_stage *stage, int32_t colours, double sigma)
{
    double most = colours * ldexp(1, 8 * (int)rst_type_size(stage->in.type));

    if (bilateral->path == RST_BILATERAL_SINGLE) {
        bilateral->last = (int32_t)fmin(ceil(FARTHEST * sigma), most);
        bilateral->scale = fmin(0.5 * LOG2_E / sigma / sigma, 1e6); /* where it is more, last is 1 */
        return true;
    }
    bilateral->last = (int32_t)(FARTHEST / RST_BILATERAL_STEP);
    bilateral->scale = 1 / (RST_BILATERAL_STEP * sigma);
    bilateral->table = calloc((size_t)bilateral->last + 2, sizeof(*bilateral->table));
    for (int32_t i = 0; bilateral->table && i < bilateral->last; i++)
        bilateral->table[i] = bell(i * RST_BILATERAL_STEP);
    return bilateral->table;
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct bilateral_state *state = bound;
    size_t side = 2 * (size_t)state->radius + 1;
    struct bilateral *bilateral = calloc(1, sizeof(*bilateral));

    if (bilateral) {
        bilateral->radius = state->radius;
        bilateral->kernels = rst_bilateral_kernels_of(stage->isa);
        bilateral->space = calloc(side * side, sizeof(*bilateral->space));
    }
    if (bilateral && bilateral->space) {
        int count = fill_space(bilateral, state->space);
        bool single = single_serves(stage->in.type, count);
        bilateral->path = single ? RST_BILATERAL_SINGLE : RST_BILATERAL_DOUBLE;
        bilateral->size = single ? sizeof(float) : sizeof(double);
        weigh_space(bilateral);
        stage->hold = 1; /* every row is split at once */
        *shared = bilateral;
        if (fill_range(bilateral, stage, stage->bands - (stage->in.alpha >= 0), state->range)) return RST_OK;
    }
    finish(bilateral);
    return rst_fail(err, RST_E_NOMEM, "bilateral: no memory for its tables");
}

/* ---- rows ---- */

static bool new_ring(struct bilateral_work *work, const struct rst_stage *stage, size_t centre_bytes,
                     struct rst_arena *arena)
{
    size_t plane = work->wide * work->shared->size;
    bool weighted = stage->in.has_nodata || stage->in.alpha >= 0;

    work->ring = rst_arena_get(arena, (size_t)work->capacity * sizeof(*work->ring));
    work->centres = rst_arena_get(arena, (size_t)work->capacity * centre_bytes);
    if (!work->ring || !work->centres) return false;
    for (int i = 0; i < work->capacity; i++) {
        struct ring_row *row = &work->ring[i];
        *row = (struct ring_row){.planes = rst_arena_get(arena, (size_t)work->colours * plane)};
        row->factors = weighted ? rst_arena_get(arena, plane) : NULL;
        if (!row->planes || (weighted && !row->factors)) return false;
    }
    return true;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    const struct bilateral *bilateral = shared;
    struct bilateral_work *work = rst_arena_get(arena, sizeof(*work));

    if (!work) return RST_E_NOMEM;
    *work = (struct bilateral_work){.shared = bilateral, .tally = tally};
    work->colours = stage->bands - (stage->in.alpha >= 0);
    work->wide = (size_t)tile->in.width;
    work->pixel = rst_type_size(stage->in.type) * (size_t)stage->bands;
    work->capacity = 2 * bilateral->radius + 1;
    work->missing = rst_arena_get(arena, work->wide * (size_t)stage->bands);
    work->sums = rst_arena_get(arena, (size_t)work->colours * RST_BILATERAL_BLOCK * bilateral->size);
    work->totals = rst_arena_get(arena, RST_BILATERAL_BLOCK * bilateral->size);
    if (!work->missing || !work->sums || !work->totals ||
        !new_ring(work, stage, (size_t)tile->out.width * work->pixel, arena))
        return RST_E_NOMEM;
    *made = work;
    return RST_OK;
}

static int slot_of(const struct bilateral_work *work, int64_t y)
{
    int64_t slot = y % work->capacity;

    return (int)(slot < 0 ? slot + work->capacity : slot);
}

/* The band that plane `colour` is. */
static int32_t band_of(const struct rst_stage *stage, int32_t colour)
{
    return colour + (stage->in.alpha >= 0 && colour >= stage->in.alpha);
}

static void set_factor(const struct bilateral_work *work, char *factors, size_t pixel, double value)
{
    if (work->shared->path == RST_BILATERAL_SINGLE)
        ((float *)(void *)factors)[pixel] = (float)value;
    else
        ((double *)(void *)factors)[pixel] = value;
}

/* What each pixel counts for: its alpha, or 1; and nothing where any of its bands is missing. */
static void fill_factors(struct bilateral_work *work, const struct rst_stage *stage, const char *from, char *factors)
{
    const struct bilateral *bilateral = work->shared;
    size_t bands = (size_t)stage->bands;

    if (stage->in.alpha >= 0)
        bilateral->kernels->split[bilateral->path][stage->in.type](
            factors, from + (size_t)stage->in.alpha * rst_type_size(stage->in.type), work->wide, stage->bands);
    else
        for (size_t i = 0; i < work->wide; i++)
            set_factor(work, factors, i, 1);
    if (!stage->in.has_nodata || rst_nodata_mask(stage, from, work->wide * bands, work->missing) == 0) return;
    for (size_t i = 0; i < work->wide; i++)
        if (memchr(work->missing + i * bands, 1, bands)) set_factor(work, factors, i, 0);
}

static void get_row(struct bilateral_work *work, struct rst_rows *rows, const struct rst_stage *stage,
                    const struct rst_tile *tile, int64_t y)
{
    const struct bilateral *bilateral = work->shared;
    int slot = slot_of(work, y);
    struct ring_row *row = &work->ring[slot];
    size_t size = rst_type_size(stage->in.type), count = (size_t)tile->out.width;

    if (row->there && row->y == y) return;
    const char *from = rst_rows_get(rows, y);
    memcpy(work->centres + (size_t)slot * count * work->pixel, from + (size_t)bilateral->radius * work->pixel,
           count * work->pixel);
    for (int32_t c = 0; c < work->colours; c++)
        bilateral->kernels->split[bilateral->path][stage->in.type](
            row->planes + (size_t)c * work->wide * bilateral->size, from + (size_t)band_of(stage, c) * size, work->wide,
            stage->bands);
    if (row->factors) fill_factors(work, stage, from, row->factors);
    row->there = true;
    row->y = y;
}

/* The averages of `count` pixels of row y, from column `at` on, into work->sums. */
static void add_block(struct bilateral_work *work, int64_t y, size_t at, size_t count)
{
    const struct bilateral *bilateral = work->shared;
    const int radius = bilateral->radius, side = 2 * radius + 1;
    const size_t size = bilateral->size;
    const char *centre = work->ring[slot_of(work, y)].planes + (at + (size_t)radius) * size;
    struct rst_bilateral_tap tap = {.centre = centre,
                                    .plane = work->wide,
                                    .count = count,
                                    .bands = work->colours,
                                    .table = bilateral->table,
                                    .scale = bilateral->scale,
                                    .last = bilateral->last};

    memset(work->sums, 0, (size_t)work->colours * RST_BILATERAL_BLOCK * size);
    memset(work->totals, 0, RST_BILATERAL_BLOCK * size);
    for (int i = 0; i < side * side; i++) {
        const struct ring_row *row = &work->ring[slot_of(work, y - radius + i / side)];
        size_t column = (at + (size_t)(i % side)) * size;
        tap.weight = bilateral->space[i];
        if (tap.weight == OUTSIDE) continue;
        tap.neighbour = row->planes + column;
        tap.factors = row->factors ? row->factors + column : NULL;
        bilateral->kernels->add[bilateral->path](&tap, work->sums, work->totals);
    }
    for (int32_t c = 0; c < work->colours; c++)
        bilateral->kernels->divide[bilateral->path](work->sums + (size_t)c * RST_BILATERAL_BLOCK * size, work->totals,
                                                    centre + (size_t)c * work->wide * size, count);
}

/* Pixels with anything missing become what they were. */
static void keep_missing(struct bilateral_work *work, const struct rst_stage *stage, const char *centre, size_t pixels,
                         char *to)
{
    size_t bands = (size_t)stage->bands;

    if (rst_nodata_mask(stage, centre, pixels * bands, work->missing) > 0)
        for (size_t i = 0; i < pixels; i++)
            if (memchr(work->missing + i * bands, 1, bands)) memset(work->missing + i * bands, 1, bands);
    rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, pixels * bands, work->missing, centre));
}

static void row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct bilateral_work *work = made;
    const struct bilateral *bilateral = work->shared;
    size_t pixels = (size_t)tile->out.width, size = rst_type_size(stage->in.type);
    char *out = to;

    for (int64_t at = y - bilateral->radius; at <= y + bilateral->radius; at++)
        get_row(work, rows, stage, tile, at);
    const char *centre = work->centres + (size_t)slot_of(work, y) * pixels * work->pixel;
    memcpy(out, centre, pixels * work->pixel); /* alpha stays */
    for (size_t at = 0; at < pixels; at += RST_BILATERAL_BLOCK) {
        size_t count = pixels - at < RST_BILATERAL_BLOCK ? pixels - at : RST_BILATERAL_BLOCK;
        add_block(work, y, at, count);
        for (int32_t c = 0; c < work->colours; c++)
            bilateral->kernels->join[bilateral->path][stage->in.type](
                out + at * work->pixel + (size_t)band_of(stage, c) * size,
                work->sums + (size_t)c * RST_BILATERAL_BLOCK * bilateral->size, count, stage->bands);
    }
    if (stage->in.has_nodata) keep_missing(work, stage, centre, pixels, out);
}

static const struct rst_param params[] = {
    {"sigma-space", RST_PARAM_REAL, 0.1, MOST_SIGMA, NULL, NULL, "pixels", "standard deviation by distance"},
    {"sigma-range", RST_PARAM_REAL, 1e-30, 1e30, NULL, NULL, "levels", "standard deviation by difference of colour"},
};

const struct rst_op_class rst_bilateral_class = {
    .name = "bilateral",
    .summary = "smooth what is alike, and leave edges",
    .details =
        "Each pixel becomes the average of those around it, weighted by exp(-d^2 / (2 space^2)) at distance d and by "
        "exp(-c^2 / (2 range^2)) at a difference c (Tomasi and Manduchi 1998). The window is a disk whose radius is 2 "
        "sigma-space, rounded up; the cost grows with its area, which is why sigma-space ends at 32. The difference of "
        "two pixels is the sum of the magnitudes of the differences of all their bands but alpha, so one weight goes "
        "for all bands, and no edge is smoothed in one band that is seen in another. For each band on its own, take "
        "bands apart first. Weights by difference below 2^-40 are 0.\n\n"
        "8- and 16-bit pixels come out within 1 of the sum in double; all others are summed in double, with weights "
        "that are right to 2e-9 of themselves, so that averages are off by at most 4e-9 of the range of the samples in "
        "the window. A neighbour that is not finite does not count; a pixel that is not finite stays as it is.\n\n"
        "A pixel of which any band is missing is left as it is, and does not count for others. With unassociated alpha "
        "neighbours count as much as they are opaque; alpha itself stays as it is.",
    .example = "bilateral photo.tif out.tif --sigma-space 2 --sigma-range 30",
    .params = params,
    .param_count = 2,
    .flags = RST_OP_LOCAL | RST_OP_AVERAGES | RST_OP_ALL_BANDS,
    .state_size = sizeof(struct bilateral_state),
    .bind = bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};
