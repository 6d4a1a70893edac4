/* An input row is widened and filtered across when it is first needed, and kept in a ring of such rows; output rows are
 * made from the ring, several at a time, column block by column block: then each block of the ring is fetched from the
 * second-level cache once for all of them. What a row is does not depend on which others are made with it, as no sum is
 * carried from one sample to another. Wide Gaussians are rows of a coarse grid, finished here. */
#include "raster/ops/smooth/gauss_rows.h"

#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/nodata.h"

enum {
    BATCH = 4,  /* output rows made at once */
    PIECE = 256 /* samples done at a time, so that what is between two steps stays in L1 */
};

struct ring_row {
    bool there;
    int64_t y;
    char *sums;   /* filtered across */
    char *centre; /* the pixels themselves, for sharpening */
};

struct gauss_work {
    const struct rst_gauss_plan *shared;
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

static void *zeroed(struct rst_arena *arena, size_t bytes)
{
    void *memory = rst_arena_get(arena, bytes);

    return memory ? memset(memory, 0, bytes) : NULL;
}

/* Rows of the ring lie an odd number of cache lines apart: a power of two would map a column of them to one set. */
static bool new_ring(struct gauss_work *work, struct rst_arena *arena)
{
    const struct rst_gauss_plan *gauss = work->shared;
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

enum rst_status rst_gauss_begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                                struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    const struct rst_gauss_plan *gauss = shared;
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
    const struct rst_gauss_plan *gauss = work->shared;
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
    const struct rst_gauss_plan *gauss = work->shared;
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
    const struct rst_gauss_plan *gauss = work->shared;
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
    const struct rst_gauss_plan *gauss = work->shared;

    for (int64_t at = y - gauss->radius; at <= y + gauss->radius; at++)
        if (!rst_weighted_has(work->weighted, at)) rst_weighted_put(work->weighted, at, rst_rows_get(rows, at));
    rst_tally_collisions(work->tally, rst_weighted_mend(work->weighted, y, gauss->sharpening, to));
}

static void wide_row(struct gauss_work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y, void *to)
{
    const struct rst_gauss_plan *gauss = work->shared;
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

void rst_gauss_row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
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
