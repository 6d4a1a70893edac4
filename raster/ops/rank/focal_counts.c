/* Mode and entropy: how often each value of a window occurs. A histogram walks along the row, one column of samples
 * entering and one leaving, so that the cost grows with the window's height and not with its area.
 *
 * Samples of 8 and 16 bits are their own numbers. Those of wider types are numbered anew for every piece of a row: what
 * the piece's windows hold is sorted, and equal ones get one number.
 *
 * Entropy is kept as a sum of whole numbers, terms c log2 c with 40 places behind the point, which do not depend on
 * where a walk began; rounding them is off by less than 2^-40 bits. */
#include <string.h>

#include "raster/ops/common/keys.h"
#include "raster/ops/rank/focal.h"

enum { LEAST_PIECE = 64 };

/* A sample to be sorted. */
struct item {
    uint64_t key;
    uint32_t place;
};

struct rst_focal_counts {
    struct rst_focal_counter counter;
    const void **rows;
    const uint8_t **gaps; /* NULL without nodata */
    uint32_t *modes;
    double *entropies;

    /* Of wide types; pieces are of one band. */
    size_t piece, piece_wide; /* pixels of a piece, and with its margins */
    struct item *items[2];
    uint32_t *numbers;        /* [height][piece_wide] */
    uint8_t *missing;         /* the same */
    const void **number_rows; /* [height] */
    const uint8_t **gap_rows; /* [height] */
    uint64_t *keys;           /* by number */
};

static bool counter_get(struct rst_focal_counter *counter, const struct rst_focal_tile *tile, size_t values)
{
    size_t buckets = (values + RST_FOCAL_BUCKET - 1) / RST_FOCAL_BUCKET, room = buckets * RST_FOCAL_BUCKET;
    *counter = (struct rst_focal_counter){
        .buckets = buckets, .terms = tile->focal->terms, .logarithm = tile->focal->logarithm, .stale = true};
    counter->counts = rst_arena_get(tile->arena, room * sizeof *counter->counts);
    counter->most = rst_arena_get(tile->arena, buckets * sizeof *counter->most);
    if (!counter->counts || !counter->most) return false;
    memset(counter->counts, 0, room * sizeof *counter->counts);
    memset(counter->most, 0, buckets * sizeof *counter->most);
    return true;
}

static bool pieces_get(struct rst_focal_counts *counts, const struct rst_focal_tile *tile)
{
    const struct rst_focal *focal = tile->focal;
    size_t width = (size_t)focal->width, height = (size_t)focal->height, pixels = tile->count / tile->step;
    struct rst_arena *arena = tile->arena;
    counts->piece = width > LEAST_PIECE ? width : LEAST_PIECE;
    if (counts->piece > pixels) counts->piece = pixels;
    counts->piece_wide = counts->piece + width - 1;
    size_t samples = height * counts->piece_wide;
    counts->items[0] = rst_arena_get(arena, samples * sizeof(struct item));
    counts->items[1] = rst_arena_get(arena, samples * sizeof(struct item));
    counts->numbers = rst_arena_get(arena, samples * sizeof *counts->numbers);
    counts->missing = rst_arena_get(arena, samples);
    counts->keys = rst_arena_get(arena, samples * sizeof *counts->keys);
    counts->number_rows = rst_arena_get(arena, height * sizeof *counts->number_rows);
    counts->gap_rows = rst_arena_get(arena, height * sizeof *counts->gap_rows);
    if (!counts->items[0] || !counts->items[1] || !counts->numbers || !counts->missing || !counts->keys ||
        !counts->number_rows || !counts->gap_rows)
        return false;
    for (size_t i = 0; i < height; i++) {
        counts->number_rows[i] = counts->numbers + i * counts->piece_wide;
        counts->gap_rows[i] = counts->missing + i * counts->piece_wide;
    }
    return counter_get(&counts->counter, tile, samples);
}

struct rst_focal_counts *rst_focal_counts_new(const struct rst_focal_tile *tile)
{
    size_t height = (size_t)tile->focal->height, pixels = tile->count / tile->step;
    struct rst_focal_counts *counts = rst_arena_get(tile->arena, sizeof *counts);
    if (!counts) return NULL;
    *counts = (struct rst_focal_counts){0};
    counts->rows = rst_arena_get(tile->arena, height * sizeof *counts->rows);
    counts->gaps = tile->gaps ? rst_arena_get(tile->arena, height * sizeof *counts->gaps) : NULL;
    if (!counts->rows || (tile->gaps && !counts->gaps)) return NULL;
    if (tile->focal->stat == RST_FOCAL_MODE)
        counts->modes = rst_arena_get(tile->arena, pixels * sizeof *counts->modes);
    else
        counts->entropies = rst_arena_get(tile->arena, pixels * sizeof *counts->entropies);
    if (!counts->modes && !counts->entropies) return NULL;
    bool all =
        tile->size > 2 ? pieces_get(counts, tile) : counter_get(&counts->counter, tile, (size_t)1 << 8 * tile->size);
    return all ? counts : NULL;
}

/* ---- numbering ---- */

/* Ascending, from a to whichever of both arrays is returned. */
static struct item *sort(struct item *a, struct item *b, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            size_t middle = start + run < count ? start + run : count;
            size_t end = start + 2 * run < count ? start + 2 * run : count, left = start, right = middle;
            for (size_t i = start; i < end; i++)
                b[i] = right == end || (left < middle && a[left].key <= a[right].key) ? a[left++] : a[right++];
        }
        struct item *swapped = a;
        a = b;
        b = swapped;
    }
    return a;
}

/* Numbers the samples of a band that the windows of pixels from `first` on hold. */
static void number_piece(struct rst_focal_counts *counts, const struct rst_focal_tile *tile, size_t band, size_t first,
                         size_t wide)
{
    enum rst_type type = tile->stage->in.type;
    size_t height = (size_t)tile->focal->height, count = 0;
    for (size_t i = 0; i < height; i++)
        for (size_t x = 0; x < wide; x++, count++) {
            size_t at = (first + x) * tile->step + band, place = i * counts->piece_wide + x;
            union rst_sample sample = {.u64 = 0};
            memcpy(sample.bytes, (const char *)counts->rows[i] + at * tile->size, tile->size);
            counts->items[0][count] = (struct item){rst_key_of(sample, type), (uint32_t)place};
            counts->missing[place] = counts->gaps ? counts->gaps[i][at] : 0;
        }
    const struct item *sorted = sort(counts->items[0], counts->items[1], count);
    uint32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && sorted[i].key != sorted[i - 1].key) number++;
        counts->numbers[sorted[i].place] = number;
        counts->keys[number] = sorted[i].key;
    }
}

/* ---- results ---- */

static void put_mode(const struct rst_focal_tile *tile, union rst_sample sample, size_t at, void *to)
{
    memcpy((char *)to + at * tile->size, sample.bytes, tile->size);
}

static void walk_pieces(struct rst_focal_counts *counts, const struct rst_focal_tile *tile, size_t band, void *to)
{
    enum rst_type type = tile->stage->in.type;
    size_t pixels = tile->count / tile->step, width = (size_t)tile->focal->width;
    for (size_t first = 0; first < pixels; first += counts->piece) {
        size_t some = pixels - first < counts->piece ? pixels - first : counts->piece;
        number_piece(counts, tile, band, first, some + width - 1);
        const struct rst_focal_walk walk = {.counter = &counts->counter,
                                            .rows = counts->number_rows,
                                            .gaps = counts->gaps ? counts->gap_rows : NULL,
                                            .step = 1,
                                            .count = some,
                                            .width = width,
                                            .height = (size_t)tile->focal->height,
                                            .modes = counts->modes,
                                            .entropies = counts->entropies};
        tile->focal->kernels->walk[2](&walk);
        for (size_t i = 0; i < some; i++) {
            size_t at = (first + i) * tile->step + band;
            if (counts->entropies)
                ((double *)to)[at] = counts->entropies[i];
            else
                put_mode(tile, rst_key_sample(counts->keys[counts->modes[i]], type), at, to);
        }
    }
}

static void walk_band(struct rst_focal_counts *counts, const struct rst_focal_tile *tile, size_t band, void *to)
{
    enum rst_type type = tile->stage->in.type;
    size_t pixels = tile->count / tile->step, height = (size_t)tile->focal->height;
    for (size_t i = 0; i < height; i++) {
        counts->rows[i] = (const char *)counts->rows[i] + (band > 0) * tile->size;
        if (counts->gaps) counts->gaps[i] += band > 0;
    }
    const struct rst_focal_walk walk = {.counter = &counts->counter,
                                        .rows = counts->rows,
                                        .gaps = counts->gaps,
                                        .step = tile->step,
                                        .count = pixels,
                                        .width = (size_t)tile->focal->width,
                                        .height = height,
                                        .turn = rst_type_is_signed(type) ? UINT32_C(1) << (8 * tile->size - 1) : 0,
                                        .modes = counts->modes,
                                        .entropies = counts->entropies};
    tile->focal->kernels->walk[tile->size - 1](&walk);
    for (size_t i = 0; i < pixels; i++) {
        size_t at = i * tile->step + band;
        if (counts->entropies)
            ((double *)to)[at] = counts->entropies[i];
        else
            put_mode(tile, rst_key_sample(counts->modes[i], type), at, to);
    }
}

void rst_focal_counts_row(struct rst_focal_counts *counts, const struct rst_focal_tile *tile, struct rst_rows *rows,
                          int64_t y, void *to)
{
    int32_t height = tile->focal->height;
    for (int32_t i = 0; i < height; i++) {
        int64_t at = y - height / 2 + i;
        counts->rows[i] = rst_rows_get(rows, at);
        if (counts->gaps) counts->gaps[i] = rst_gaps_of(tile->gaps, tile->stage, at, counts->rows[i])->mask;
    }
    for (size_t band = 0; band < tile->step; band++)
        if (tile->size > 2)
            walk_pieces(counts, tile, band, to);
        else
            walk_band(counts, tile, band, to);
}
