/* From counts to tables: what exceeds the limit is cut off and given back to all bins alike, and the sums from the
 * least sample on are the table (Zuiderveld 1994). On 8 and 16 bits in the very steps that OpenCV takes: whole counts,
 * what does not go round given to every so many bins, and single precision. In bins of wide types in double, with a
 * table of what lies below a bin's start, between 0 and 1.
 *
 * A tile without any sample takes the table of its whole band, and where that has none either, samples stay. */
#include "raster/ops/contrast/clahe_tables.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"

/* Where tables are made. */
struct maker {
    const void *counts;
    const struct rst_shape *shape;
    const struct rst_clahe_grid *grid;
    double clip;
    uint64_t *bins, *all; /* of the tile, of the band */
};

static void clip_counts(uint64_t *bins, uint64_t count, uint64_t limit)
{
    uint64_t clipped = 0;
    assert(count > 0);
    for (uint64_t i = 0; i < count; i++) {
        if (bins[i] <= limit) continue;
        clipped += bins[i] - limit;
        bins[i] = limit;
    }
    uint64_t each = clipped / count, left = clipped % count;
    for (uint64_t i = 0; i < count; i++)
        bins[i] += each;
    if (left == 0) return;
    for (uint64_t i = 0, step = count / left; i < count && left > 0; i += step, left--)
        bins[i]++;
}

static float table_value(uint64_t sum, float scale, uint64_t count)
{
    float value = rintf((float)sum * scale);
    return value < (float)(count - 1) ? value : (float)(count - 1);
}

/* to[] by the bit pattern of a sample; results are counted from the type's least value. */
static void make_narrow(const struct maker *maker, uint64_t total, void *to)
{
    uint64_t count = (uint64_t)maker->grid->bins, sum = 0;
    uint64_t turn = rst_type_is_signed(maker->shape->type) ? count / 2 : 0;
    float scale = (float)(count - 1) / (float)total;
    if (total > 0 && maker->clip > 0) {
        double limit = maker->clip * (double)total / (double)count;
        clip_counts(maker->bins, count, limit < 1 ? 1 : limit >= (double)total ? total : (uint64_t)limit);
    }
    for (uint64_t i = 0; i < count; i++) {
        sum += maker->bins[i];
        uint64_t value = total > 0 ? (uint64_t)table_value(sum, scale, count) : i;
        if (count == 256)
            ((uint8_t *)to)[i ^ turn] = (uint8_t)value;
        else
            ((uint16_t *)to)[i ^ turn] = (uint16_t)value;
    }
}

static void make_wide(const struct maker *maker, uint64_t total, double *to)
{
    const int32_t count = maker->grid->bins;
    double limit = maker->clip > 0 ? maker->clip * (double)total / count : (double)total, clipped = 0, sum = 0;
    for (int32_t i = 0; i < count; i++)
        clipped += fmax((double)maker->bins[i] - limit, 0);
    to[0] = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += fmin((double)maker->bins[i], limit) + clipped / count;
        to[i + 1] = total > 0 ? fmin(sum / (double)total, 1) : (double)(i + 1) / count;
    }
    to[count] = 1;
}

static void make_table(const struct maker *maker, int32_t band, int64_t tile, uint64_t all, void *to)
{
    size_t bytes = (size_t)maker->grid->bins * sizeof *maker->bins;
    memset(maker->bins, 0, bytes);
    uint64_t total = rst_clahe_add_tile(maker->counts, maker->shape, maker->grid, tile, band, maker->bins);
    if (total == 0) {
        memcpy(maker->bins, maker->all, bytes);
        total = all;
    }
    if (rst_type_size(maker->shape->type) <= 2)
        make_narrow(maker, total, to);
    else
        make_wide(maker, total, to);
}

/* Tables of a band's tiles, one after another. */
static void make_band(const struct maker *maker, int32_t band, size_t step, char *to)
{
    uint64_t all = 0;
    int64_t tiles = maker->grid->columns * maker->grid->rows;
    memset(maker->all, 0, (size_t)maker->grid->bins * sizeof *maker->all);
    for (int64_t tile = 0; tile < tiles; tile++)
        all += rst_clahe_add_tile(maker->counts, maker->shape, maker->grid, tile, band, maker->all);
    for (int64_t tile = 0; tile < tiles; tile++)
        make_table(maker, band, tile, all, to + (size_t)tile * step);
}

/* The numbers of the four tiles around a place. */
static void tiles_at(const struct rst_clahe_grid *grid, int64_t column, int64_t row, size_t tiles[4])
{
    int64_t left = rst_max64(column - 1, 0), right = rst_min64(column, grid->columns - 1);
    int64_t above = rst_max64(row - 1, 0) * grid->columns, below = rst_min64(row, grid->rows - 1) * grid->columns;
    tiles[0] = (size_t)(above + left);
    tiles[1] = (size_t)(above + right);
    tiles[2] = (size_t)(below + left);
    tiles[3] = (size_t)(below + right);
}

static void join_four(const struct rst_clahe_grid *grid, const uint8_t *single, uint32_t *to)
{
    for (int64_t row = 0; row <= grid->rows; row++)
        for (int64_t column = 0; column <= grid->columns; column++, to += 256) {
            size_t tiles[4];
            tiles_at(grid, column, row, tiles);
            for (size_t i = 0; i < 256; i++)
                to[i] = (uint32_t)single[tiles[0] * 256 + i] | (uint32_t)single[tiles[1] * 256 + i] << 8 |
                        (uint32_t)single[tiles[2] * 256 + i] << 16 | (uint32_t)single[tiles[3] * 256 + i] << 24;
        }
}

void rst_clahe_tables_clear(struct rst_clahe_tables *tables)
{
    free(tables->scales);
    free(tables->memory);
    *tables = (struct rst_clahe_tables){0};
}

static enum rst_status make_all(struct maker *maker, struct rst_clahe_tables *tables, struct rst_error *err)
{
    const struct rst_shape *shape = maker->shape;
    size_t tiles = (size_t)(tables->grid.columns * tables->grid.rows), bytes = tables->tables * tables->step;
    bool joined = rst_type_size(shape->type) == 1;
    uint8_t *single = joined ? malloc(tiles * 256) : NULL;
    tables->memory = malloc((size_t)shape->bands * bytes);
    tables->scales = calloc((size_t)shape->bands, sizeof *tables->scales);
    maker->bins = calloc(2 * (size_t)tables->grid.bins, sizeof *maker->bins);
    enum rst_status status = RST_OK;
    if (!tables->memory || !tables->scales || !maker->bins || (joined && !single)) {
        status = RST_E_NOMEM;
        rst_fail(err, status, "clahe: no memory for the tables of %zu tiles, %zu bytes", tiles,
                 (size_t)shape->bands * bytes);
    } else {
        maker->all = maker->bins + tables->grid.bins;
    }
    for (int32_t band = 0; status == RST_OK && band < shape->bands; band++) {
        char *to = tables->memory + (size_t)band * bytes;
        tables->scales[band] = rst_clahe_scale_of(&rst_clahe_ranges(maker->counts)[band]);
        make_band(maker, band, joined ? 256 : tables->step, joined ? (char *)single : to);
        if (joined) join_four(&tables->grid, single, (uint32_t *)(void *)to);
    }
    free(single);
    free(maker->bins);
    return status;
}

enum rst_status rst_clahe_tables_make(const void *counts, const struct rst_shape *shape,
                                      const struct rst_clahe_settings *settings, struct rst_clahe_tables *tables,
                                      struct rst_error *err)
{
    *tables = (struct rst_clahe_tables){0};
    struct maker maker = {counts, shape, &tables->grid, settings->clip, NULL, NULL};
    (void)rst_clahe_grid_of(settings, shape, &tables->grid);
    const struct rst_clahe_grid *grid = &tables->grid;
    tables->tables = (size_t)(grid->columns * grid->rows);
    tables->step = rst_type_size(shape->type) == 2 ? 65536 * sizeof(uint16_t) : (RST_CLAHE_BINS + 1) * sizeof(double);
    if (rst_type_size(shape->type) == 1) {
        tables->tables = (size_t)((grid->columns + 1) * (grid->rows + 1));
        tables->step = 256 * sizeof(uint32_t);
    }
    enum rst_status status = make_all(&maker, tables, err);
    if (status) rst_clahe_tables_clear(tables);
    return status;
}

void rst_clahe_tables_at(const struct rst_clahe_tables *tables, int32_t band, int64_t column, int64_t row,
                         const void *found[4])
{
    const char *first = tables->memory + (size_t)band * tables->tables * tables->step;
    size_t tiles[4];
    tiles_at(&tables->grid, column, row, tiles);
    if (tables->step == 256 * sizeof(uint32_t)) {
        found[0] = first + (size_t)(row * (tables->grid.columns + 1) + column) * tables->step;
        return;
    }
    for (int k = 0; k < 4; k++)
        found[k] = first + tiles[k] * tables->step;
}
