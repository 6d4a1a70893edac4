/* The careful average: down over the rows of the window first, straight from the pixels, then across, for the runs of
 * samples that need it and no others.
 *
 * Down first, because then nothing has to be kept between output rows but the pixels themselves: a run costs what it
 * would cost with a ring of filtered rows, and an image with a hole or two pays for the holes alone. All sums run in
 * one order, from the top of the window to its foot, so a sample is the same in whatever run it lies.
 *
 * A sample is `hit` in a row where that row has something missing within the window's width of it.
 */
#include "raster/ops/smooth/weighted.h"

#include <assert.h>
#include <string.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"

RST_KERNEL_TABLES(struct rst_weighted_kernels, rst_weighted_kernels);

/* What one row of the input is, in a ring of them. */
struct row {
    bool there, holes; /* holds row y; has missing samples */
    int64_t y;
    char *values;     /* of all columns got */
    char *factors;    /* as many; NULL without alpha */
    uint8_t *missing; /* as many; NULL without nodata */
    uint8_t *hits;    /* one per sample of the output */
};

struct rst_weighted {
    const struct rst_weighted_plan *plan;
    const struct rst_stage *stage;
    enum rst_type type;
    size_t size;   /* bytes of a sample */
    size_t count;  /* samples of an output row */
    size_t margin; /* samples of the window on either side of one */
    int capacity;
    struct row *ring;
    uint8_t *hits;    /* of the whole window */
    uint8_t *present; /* zeroes, as many as a row got has samples */
    double *sums, *totals, *average, *weight;
    char *pixels; /* a run, finished */
};

const struct rst_weighted_kernels *rst_weighted_kernels_for(enum rst_isa isa)
{
    return rst_weighted_kernels_of(isa);
}

static struct row *row_at(const struct rst_weighted *weighted, int64_t y)
{
    int64_t slot = y % weighted->capacity;

    return &weighted->ring[slot < 0 ? slot + weighted->capacity : slot];
}

static void *zeroed(struct rst_arena *arena, size_t bytes)
{
    void *memory = rst_arena_get(arena, bytes);

    return memory ? memset(memory, 0, bytes) : NULL;
}

/* Rows of doubles are read in whole blocks by the kernels. */
static double *double_row(struct rst_arena *arena, size_t count)
{
    return zeroed(arena, (count + (size_t)2 * RST_GAUSS_BLOCK) * sizeof(double));
}

static bool new_ring(struct rst_weighted *weighted, size_t wide, struct rst_arena *arena)
{
    weighted->ring = zeroed(arena, (size_t)weighted->capacity * sizeof(*weighted->ring));
    if (!weighted->ring) return false;
    for (int i = 0; i < weighted->capacity; i++) {
        struct row *row = &weighted->ring[i];
        row->values = rst_arena_get(arena, wide * weighted->size);
        if (!row->values) return false;
        if (weighted->stage->in.alpha >= 0 && !(row->factors = rst_arena_get(arena, wide * weighted->size)))
            return false;
        if (!weighted->stage->in.has_nodata) continue;
        row->missing = rst_arena_get(arena, wide);
        row->hits = rst_arena_get(arena, weighted->count);
        if (!row->missing || !row->hits) return false;
    }
    return true;
}

struct rst_weighted *rst_weighted_new(const struct rst_weighted_plan *plan, const struct rst_stage *stage,
                                      const struct rst_tile *tile, int extra, struct rst_arena *arena)
{
    struct rst_weighted *weighted = zeroed(arena, sizeof(*weighted));
    size_t bands = (size_t)stage->bands, wide = (size_t)tile->in.width * bands;

    if (!weighted) return NULL;
    weighted->plan = plan;
    weighted->stage = stage;
    weighted->type = stage->in.type;
    weighted->size = rst_type_size(stage->in.type);
    weighted->count = (size_t)tile->out.width * bands;
    weighted->margin = (size_t)plan->radius * bands;
    weighted->capacity = 2 * plan->radius + 1 + extra;
    weighted->hits = zeroed(arena, weighted->count);
    weighted->present = zeroed(arena, wide);
    weighted->sums = double_row(arena, wide);
    weighted->totals = double_row(arena, wide);
    weighted->average = double_row(arena, weighted->count);
    weighted->weight = double_row(arena, weighted->count);
    weighted->pixels = rst_arena_get(arena, weighted->count * weighted->size);
    if (!weighted->hits || !weighted->present || !weighted->sums || !weighted->totals || !weighted->average ||
        !weighted->weight || !weighted->pixels || !new_ring(weighted, wide, arena))
        return NULL;
    return weighted;
}

bool rst_weighted_has(const struct rst_weighted *weighted, int64_t y)
{
    const struct row *row = row_at(weighted, y);

    return row->there && row->y == y;
}

const void *rst_weighted_centre(const struct rst_weighted *weighted, int64_t y)
{
    assert(rst_weighted_has(weighted, y));
    return row_at(weighted, y)->values + weighted->margin * weighted->size;
}

/* Marks the samples that have something missing within the window's width: `left` counts how much longer the last
 * missing sample of the band will be seen. */
static void mark_hits(const struct rst_weighted *weighted, struct row *row)
{
    size_t bands = (size_t)weighted->stage->bands;

    for (size_t b = 0; b < bands; b++) {
        size_t reach = 2 * (size_t)weighted->plan->radius + 1, left = 0;
        for (size_t i = b; i < weighted->count + 2 * weighted->margin; i += bands) {
            left = row->missing[i] ? reach : left - (left > 0);
            if (i >= 2 * weighted->margin) row->hits[i - 2 * weighted->margin] = left > 0;
        }
    }
}

void rst_weighted_put(struct rst_weighted *weighted, int64_t y, const void *values)
{
    struct row *row = row_at(weighted, y);
    const struct rst_stage *stage = weighted->stage;
    size_t wide = weighted->count + 2 * weighted->margin;

    row->there = true;
    row->y = y;
    memcpy(row->values, values, wide * weighted->size);
    if (stage->in.has_nodata) {
        row->holes = rst_nodata_mask(stage, values, wide, row->missing) > 0;
        if (row->holes) mark_hits(weighted, row);
    }
    if (row->factors)
        weighted->plan->kernels->factors[weighted->type](row->factors, values,
                                                         row->missing ? row->missing : weighted->present,
                                                         wide / (size_t)stage->bands, stage->bands, stage->in.alpha);
}

/* weighted->average of samples first ... end - 1. */
static void average(struct rst_weighted *weighted, int64_t y, size_t first, size_t end, bool opaque)
{
    const struct rst_weighted_plan *plan = weighted->plan;
    size_t count = end - first, wide = count + 2 * weighted->margin, step = (size_t)weighted->stage->bands;
    double *sums = weighted->sums, *totals = weighted->totals;

    memset(sums, 0, wide * sizeof(*sums));
    memset(totals, 0, wide * sizeof(*totals));
    for (int k = -plan->radius; k <= plan->radius; k++) {
        const struct row *row = row_at(weighted, y + k);
        const char *values = row->values + first * weighted->size;
        double weight = plan->half[k < 0 ? -k : k];
        assert(row->there && row->y == y + k);
        if (opaque)
            plan->kernels->add_opaque[weighted->type](sums, totals, values, row->factors + first * weighted->size,
                                                      weight, wide);
        else
            plan->kernels->add_present[weighted->type](
                sums, totals, values, row->missing ? row->missing + first : weighted->present, weight, wide);
    }
    plan->gauss->across[RST_GAUSS_DOUBLE](weighted->average + first, sums, count, step, plan->half, plan->radius);
    plan->gauss->across[RST_GAUSS_DOUBLE](weighted->weight + first, totals, count, step, plan->half, plan->radius);
    for (size_t i = first; i < end; i++)
        weighted->average[i] /= weighted->weight[i];
}

/* The run's averages as pixels, in weighted->pixels from its beginning. */
static void finish(struct rst_weighted *weighted, int64_t y, size_t first, size_t end,
                   const struct rst_gauss_sharpening *sharpening)
{
    const struct rst_gauss_kernels *gauss = weighted->plan->gauss;
    const char *centre = (const char *)rst_weighted_centre(weighted, y) + first * weighted->size;

    if (sharpening)
        gauss->sharpen[RST_GAUSS_DOUBLE][weighted->type](weighted->pixels, weighted->average + first, centre,
                                                         end - first, sharpening);
    else
        gauss->finish[RST_GAUSS_DOUBLE][weighted->type](weighted->pixels, weighted->average + first, end - first);
}

/* Copies the finished samples of the run that are hit. */
static void deliver(const struct rst_weighted *weighted, size_t first, size_t end, char *to)
{
    size_t size = weighted->size;

    for (size_t i = first; i < end; i++)
        if (weighted->hits[i]) memcpy(to + i * size, weighted->pixels + (i - first) * size, size);
}

/* The end of the run that starts at `first`: gaps as short as the window are cheaper to compute than to leave. */
static size_t run_end(const struct rst_weighted *weighted, size_t first)
{
    size_t end = first + 1, longest = 2 * weighted->margin + 16;

    for (size_t i = end; i < weighted->count && i - end <= longest; i++)
        if (weighted->hits[i]) end = i + 1;
    return end;
}

/* Computes every sample that is hit. */
static void mend_hits(struct rst_weighted *weighted, int64_t y, const struct rst_gauss_sharpening *sharpening, char *to)
{
    for (size_t i = 0; i < weighted->count; i++) {
        if (!weighted->hits[i]) continue;
        size_t end = run_end(weighted, i);
        average(weighted, y, i, end, false);
        finish(weighted, y, i, end, sharpening);
        deliver(weighted, i, end, to);
        i = end;
    }
}

/* Gathers where the window has holes. */
static bool find_hits(struct rst_weighted *weighted, int64_t y)
{
    bool any = false;

    for (int k = -weighted->plan->radius; k <= weighted->plan->radius; k++) {
        const struct row *row = row_at(weighted, y + k);
        assert(row->there && row->y == y + k);
        if (!row->holes) continue;
        if (!any) memset(weighted->hits, 0, weighted->count);
        any = true;
        for (size_t i = 0; i < weighted->count; i++)
            weighted->hits[i] |= row->hits[i];
    }
    return any;
}

/* With alpha every sample is computed here; those in full transparency get the plain average instead. */
static void mend_alpha(struct rst_weighted *weighted, int64_t y, const struct rst_gauss_sharpening *sharpening,
                       char *to)
{
    bool clear = false;

    average(weighted, y, 0, weighted->count, true);
    for (size_t i = 0; i < weighted->count; i++) {
        weighted->hits[i] = weighted->weight[i] == 0;
        clear |= weighted->hits[i];
    }
    finish(weighted, y, 0, weighted->count, sharpening);
    memcpy(to, weighted->pixels, weighted->count * weighted->size);
    if (clear) mend_hits(weighted, y, sharpening, to);
}

int64_t rst_weighted_mend(struct rst_weighted *weighted, int64_t y, const struct rst_gauss_sharpening *sharpening,
                          void *to)
{
    const struct row *row = row_at(weighted, y);

    if (weighted->stage->in.alpha >= 0)
        mend_alpha(weighted, y, sharpening, to);
    else if (find_hits(weighted, y))
        mend_hits(weighted, y, sharpening, to);
    if (!weighted->stage->in.has_nodata) return 0;
    return rst_nodata_restore(weighted->stage, to, weighted->count, row->missing + weighted->margin,
                              rst_weighted_centre(weighted, y));
}
