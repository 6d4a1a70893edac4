/* Sums and squared deviations in double. A running sum would depend on where it began, and would keep a NaN for ever.
 *
 * Across, sums of 1, 2, 4 ... neighbours are each made from the one before, and those that the binary form of the
 * window's width calls for are put end to end. Down, rows are cut into blocks as high as the window, at multiples of
 * that height in the image's own coordinates; a window is the end of one block and the beginning of the next (van Herk
 * 1992; Gil and Werman 1993). So what is added up, and in which order, is told by the place in the image alone. */
#include <string.h>

#include "raster/ops/rank/focal.h"

struct rst_focal_reals {
    int lanes;
    rst_focal_join *join;
    struct rst_focal_lanes *block;            /* [height] of rows across; from `place` on, up to the block's end */
    struct rst_focal_lanes beginning, total;  /* of the next block, up to the window's last row; of the window */
    struct rst_focal_lanes single, levels[2]; /* of input rows */
    bool started;
    int64_t y;
};

static bool lanes_get(struct rst_arena *arena, int lanes, size_t count, struct rst_focal_lanes *out)
{
    *out = (struct rst_focal_lanes){{NULL}};
    for (int i = 0; i < lanes; i++) {
        out->lane[i] = rst_arena_get(arena, count * sizeof(double));
        if (!out->lane[i]) return false;
    }
    return true;
}

struct rst_focal_reals *rst_focal_reals_new(const struct rst_focal_tile *tile)
{
    const struct rst_focal *focal = tile->focal;
    bool sum = focal->stat == RST_FOCAL_SUM || focal->stat == RST_FOCAL_MEAN;
    struct rst_focal_reals *reals = rst_arena_get(tile->arena, sizeof *reals);
    if (!reals) return NULL;
    *reals = (struct rst_focal_reals){.lanes = !sum ? 3 : tile->gaps ? 2 : 1};
    reals->join = !sum ? focal->kernels->chan : tile->gaps ? focal->kernels->add_counted : focal->kernels->add;
    reals->block = rst_arena_get(tile->arena, (size_t)focal->height * sizeof *reals->block);
    if (!reals->block) return NULL;
    for (int32_t i = 0; i < focal->height; i++)
        if (!lanes_get(tile->arena, reals->lanes, tile->count, &reals->block[i])) return NULL;
    bool all = lanes_get(tile->arena, reals->lanes, tile->count, &reals->beginning) &&
               lanes_get(tile->arena, reals->lanes, tile->count, &reals->total) &&
               lanes_get(tile->arena, reals->lanes, tile->wide, &reals->single) &&
               lanes_get(tile->arena, reals->lanes, tile->wide, &reals->levels[0]) &&
               lanes_get(tile->arena, reals->lanes, tile->wide, &reals->levels[1]);
    return all ? reals : NULL;
}

static void lanes_copy(const struct rst_focal_reals *reals, const struct rst_focal_lanes *to,
                       const struct rst_focal_lanes *from, size_t count)
{
    for (int i = 0; i < reals->lanes; i++)
        memcpy(to->lane[i], from->lane[i], count * sizeof(double));
}

/* Each sample of row y by itself. */
static void widen(struct rst_focal_reals *reals, const struct rst_focal_tile *tile, struct rst_rows *rows, int64_t y)
{
    const void *samples = rst_rows_get(rows, y);
    const uint8_t *missing = NULL;
    bool deviates = reals->lanes == 3;
    double *values = reals->single.lane[deviates ? 1 : 0],
           *number = deviates ? reals->single.lane[0] : reals->single.lane[1];
    rst_cast_kernels_of(tile->stage->isa)->cast[tile->stage->in.type][RST_F64](NULL, samples, values, tile->wide);
    if (tile->gaps) missing = rst_gaps_of(tile->gaps, tile->stage, y, samples)->mask;
    if (missing) tile->focal->kernels->blank[RST_F64](values, values, missing, tile->wide);
    for (size_t i = 0; number && i < tile->wide; i++)
        number[i] = missing ? 1 - missing[i] : 1;
    if (deviates) memset(reals->single.lane[2], 0, tile->wide * sizeof(double));
}

static const struct rst_focal_lanes *row_across(struct rst_focal_reals *reals, const struct rst_focal_tile *tile,
                                                struct rst_rows *rows, int64_t y)
{
    size_t samples = (size_t)tile->focal->width, taken = 1, length = tile->wide, step = tile->step;
    int64_t height = tile->focal->height;
    const struct rst_focal_lanes *to = &reals->block[(y % height + height) % height], *level = &reals->single;
    struct rst_focal_lanes *next = &reals->levels[0];
    widen(reals, tile, rows, y);
    lanes_copy(reals, to, level, tile->count);
    for (size_t width = 1; 2 * width <= samples; width *= 2) {
        length -= width * step;
        reals->join(next, level, level, width * step, length);
        level = next;
        next = &reals->levels[next == &reals->levels[0]];
        if (!(samples & (2 * width))) continue;
        reals->join(to, to, level, taken * step, tile->count);
        taken += 2 * width;
    }
    return to;
}

/* Adds up the rows of a block from its last to `place`. */
static void add_from_end(struct rst_focal_reals *reals, const struct rst_focal_tile *tile, int64_t place)
{
    for (int64_t i = tile->focal->height - 2; i >= place; i--)
        reals->join(&reals->block[i], &reals->block[i], &reals->block[i + 1], 0, tile->count);
}

/* Adds rows from `at` to `last` to the beginning of their block. */
static void add_to_beginning(struct rst_focal_reals *reals, const struct rst_focal_tile *tile, struct rst_rows *rows,
                             int64_t at, int64_t last)
{
    for (; at <= last; at++) {
        const struct rst_focal_lanes *row = row_across(reals, tile, rows, at);
        if (at % tile->focal->height == 0)
            lanes_copy(reals, &reals->beginning, row, tile->count);
        else
            reals->join(&reals->beginning, &reals->beginning, row, 0, tile->count);
    }
}

/* The window's first row has `place` in its block, whose rows from there on are added up; the last row of the window
 * takes the place in the memory of one that has left it. */
void rst_focal_reals_row(struct rst_focal_reals *reals, const struct rst_focal_tile *tile, struct rst_rows *rows,
                         int64_t y, double *to)
{
    const struct rst_focal *focal = tile->focal;
    int64_t height = focal->height, first = y - height / 2, last = y + height / 2;
    int64_t place = (first % height + height) % height;
    bool next = reals->started && y == reals->y + 1;
    if (next) {
        add_to_beginning(reals, tile, rows, last, last);
        if (place == 0) add_from_end(reals, tile, 0);
    } else if (!reals->started || y != reals->y) {
        for (int64_t at = first; at < first + height - place; at++)
            (void)row_across(reals, tile, rows, at);
        add_from_end(reals, tile, place);
        add_to_beginning(reals, tile, rows, first + height - place, last);
    }
    reals->started = true;
    reals->y = y;
    const struct rst_focal_lanes *total = &reals->block[place];
    if (place > 0) {
        reals->join(&reals->total, total, &reals->beginning, 0, tile->count);
        total = &reals->total;
    }
    focal->kernels->finish_lanes(to, total, tile->count, (double)focal->width * focal->height, focal->stat);
}
