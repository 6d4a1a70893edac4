/* Exact sums over a window: columns of it move down with the output, a row entering and a row leaving, and are added up
 * across. Whole numbers, so that it does not matter where a tile starts. A missing sample counts as a zero, and once as
 * missing. The kernels are those of box. */
#include <string.h>

#include "raster/ops/rank/focal.h"
#include "raster/ops/smooth/box.h"

RST_KERNEL_TABLES(struct rst_box_kernels, rst_box_kernels)

enum { SHORT_RADIUS = 24 }; /* up to here doubling beats a running sum across */

enum { SUM, SQUARES, MISSING, SUMS };

struct rst_focal_sums {
    uint64_t *columns[SUMS], *windows[SUMS]; /* NULL: not asked for */
    uint64_t *scratch;
    char *enters, *leaves; /* rows without what is missing */
    bool started;
    int64_t y;
};

bool rst_focal_is_exact(enum rst_focal_stat stat, enum rst_type type)
{
    if (rst_type_is_float(type)) return false;
    return rst_type_size(type) <= (stat == RST_FOCAL_SUM || stat == RST_FOCAL_MEAN ? 4 : 2);
}

struct rst_focal_sums *rst_focal_sums_new(const struct rst_focal_tile *tile)
{
    enum rst_focal_stat stat = tile->focal->stat;
    struct rst_focal_sums *sums = rst_arena_get(tile->arena, sizeof *sums);
    if (!sums) return NULL;
    *sums = (struct rst_focal_sums){0};
    const bool wanted[SUMS] = {true, stat == RST_FOCAL_VARIANCE || stat == RST_FOCAL_DEVIATION, tile->gaps};
    for (int i = 0; i < SUMS; i++) {
        if (!wanted[i]) continue;
        sums->columns[i] = rst_arena_get(tile->arena, tile->wide * sizeof(uint64_t));
        sums->windows[i] = rst_arena_get(tile->arena, tile->count * sizeof(uint64_t));
        if (!sums->columns[i] || !sums->windows[i]) return NULL;
    }
    sums->scratch = rst_arena_get(tile->arena, 2 * tile->wide * sizeof(uint64_t));
    sums->enters = rst_arena_get(tile->arena, tile->wide * tile->size);
    sums->leaves = rst_arena_get(tile->arena, tile->wide * tile->size);
    return sums->scratch && sums->enters && sums->leaves ? sums : NULL;
}

/* A row of input, and what is missing in it. */
struct line {
    const void *samples;
    const uint8_t *missing;
};

static struct line get_line(const struct rst_focal_tile *tile, struct rst_rows *rows, int64_t y, void *blanked)
{
    enum rst_type type = tile->stage->in.type;
    struct line line = {rst_rows_get(rows, y), NULL};
    if (!tile->gaps) return line;
    const struct rst_gap_row *gaps = rst_gaps_of(tile->gaps, tile->stage, y, line.samples);
    line.missing = gaps->mask;
    if (gaps->count == 0) return line;
    tile->focal->kernels->blank[type](blanked, line.samples, gaps->mask, tile->wide);
    line.samples = blanked;
    return line;
}

static void move_columns(struct rst_focal_sums *sums, const struct rst_focal_tile *tile, const struct line *enters,
                         const struct line *leaves)
{
    const struct rst_box_kernels *box = rst_box_kernels_of(tile->stage->isa);
    enum rst_type type = tile->stage->in.type;
    size_t wide = tile->wide;
    if (leaves)
        box->shift[RST_BOX_QUAD][type](sums->columns[SUM], enters->samples, leaves->samples, wide);
    else
        box->enter[RST_BOX_QUAD][type](sums->columns[SUM], enters->samples, wide);
    if (sums->columns[SQUARES])
        tile->focal->kernels->squares[type](sums->columns[SQUARES], enters->samples, leaves ? leaves->samples : NULL,
                                            wide);
    if (!enters->missing) return;
    if (leaves)
        box->shift[RST_BOX_QUAD][RST_U8](sums->columns[MISSING], enters->missing, leaves->missing, wide);
    else
        box->enter[RST_BOX_QUAD][RST_U8](sums->columns[MISSING], enters->missing, wide);
}

static void start_columns(struct rst_focal_sums *sums, const struct rst_focal_tile *tile, struct rst_rows *rows,
                          int64_t y)
{
    int64_t radius = tile->focal->height / 2;
    for (int i = 0; i < SUMS; i++)
        if (sums->columns[i]) memset(sums->columns[i], 0, tile->wide * sizeof(uint64_t));
    for (int64_t at = y - radius; at <= y + radius; at++) {
        struct line enters = get_line(tile, rows, at, sums->enters);
        move_columns(sums, tile, &enters, NULL);
    }
}

/* To the window of row y; the row that leaves is got first, since it is about to be forgotten. */
static void find_columns(struct rst_focal_sums *sums, const struct rst_focal_tile *tile, struct rst_rows *rows,
                         int64_t y)
{
    int64_t radius = tile->focal->height / 2;
    if (sums->started && (y == sums->y + 1 || y == sums->y - 1)) {
        int64_t down = y - sums->y;
        struct line leaves = get_line(tile, rows, y - down * (radius + 1), sums->leaves);
        struct line enters = get_line(tile, rows, y + down * radius, sums->enters);
        move_columns(sums, tile, &enters, &leaves);
    } else if (!sums->started || y != sums->y) {
        start_columns(sums, tile, rows, y);
    }
    sums->started = true;
    sums->y = y;
}

void rst_focal_sums_row(struct rst_focal_sums *sums, const struct rst_focal_tile *tile, struct rst_rows *rows,
                        int64_t y, double *to)
{
    const struct rst_focal *focal = tile->focal;
    const struct rst_box_kernels *box = rst_box_kernels_of(tile->stage->isa);
    enum rst_type type = tile->stage->in.type;
    int radius = focal->width / 2;
    find_columns(sums, tile, rows, y);
    for (int i = 0; i < SUMS; i++)
        if (sums->columns[i])
            (radius > SHORT_RADIUS ? box->across_long : box->across_short)[RST_BOX_QUAD](
                sums->windows[i], sums->columns[i], tile->count, tile->step, radius, sums->scratch);
    int64_t offset = rst_type_is_signed(type) ? -(INT64_C(1) << (8 * rst_type_size(type) - 1)) : 0;
    focal->kernels->finish(to, sums->windows[SUM], sums->windows[SQUARES], sums->windows[MISSING], tile->count,
                           (uint64_t)focal->width * (uint64_t)focal->height, offset, focal->stat);
}
