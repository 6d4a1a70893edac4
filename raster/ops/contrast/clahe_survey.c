/* Counting samples by the tiles of a grid. All of it is counts, and ranges, so that threads may add up parts in any
 * order.
 *
 * An accumulator is one block of memory: which round it is of, the range of every band, and for each tile its arrays of
 * counts. Samples of 8 and 16 bits are counted by their bit patterns, and put in order when a tile is read; those of
 * wider types in bins of their band's range, which a round before has found. */
#include <math.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/border.h"
#include "raster/ops/contrast/clahe.h"
#include "raster/ops/survey/counts.h"

enum round { SEEK_RANGE, COUNT };

struct header {
    int64_t round; /* enum round */
};

static bool is_wide(enum rst_type type)
{
    return rst_type_size(type) > 2;
}

/* ---- the grid ---- */

static int64_t tile_side(int64_t side, int64_t tiles, bool whole)
{
    return whole ? side / tiles : (side + tiles - side % tiles) / tiles;
}

bool rst_clahe_grid_of(const struct rst_clahe_settings *settings, const struct rst_shape *shape,
                       struct rst_clahe_grid *grid)
{
    bool whole = shape->width % settings->columns == 0 && shape->height % settings->rows == 0;
    uint64_t pixels;
    *grid = (struct rst_clahe_grid){settings->columns,
                                    settings->rows,
                                    tile_side(shape->width, settings->columns, whole),
                                    tile_side(shape->height, settings->rows, whole),
                                    is_wide(shape->type) ? RST_CLAHE_BINS : 1 << 8 * rst_type_size(shape->type),
                                    (size_t)shape->bands};
    if (rst_type_size(shape->type) == 1) grid->arrays = rst_counts_lanes((size_t)shape->bands);
    return rst_mul((uint64_t)grid->tile_width, (uint64_t)grid->tile_height, &pixels) && pixels <= UINT32_MAX;
}

struct rst_clahe_scale rst_clahe_scale_of(const struct rst_clahe_range *range)
{
    /* zero has no sign: which one came first is chance */
    struct rst_clahe_scale scale = {range->low + 0.0, range->high + 0.0, range->low * 0.5, 0, true};
    if (!(range->low < range->high)) return scale;
    scale.scale = RST_CLAHE_BINS / (range->high * 0.5 - range->low * 0.5);
    scale.flat = !isfinite(scale.scale);
    return scale;
}

/* ---- the accumulator ---- */

static size_t head_bytes(const struct rst_shape *shape)
{
    return sizeof(struct header) + (size_t)shape->bands * sizeof(struct rst_clahe_range);
}

size_t rst_clahe_counts_bytes(const struct rst_shape *shape, const struct rst_clahe_grid *grid)
{
    uint64_t bytes;
    if (!rst_mul((uint64_t)grid->columns * (uint64_t)grid->rows, grid->arrays, &bytes) ||
        !rst_mul_add(bytes, (uint64_t)grid->bins * sizeof(uint32_t), head_bytes(shape), &bytes) || bytes > SIZE_MAX)
        return SIZE_MAX;
    return (size_t)bytes;
}

const struct rst_clahe_range *rst_clahe_ranges(const void *counts)
{
    return (const struct rst_clahe_range *)((const struct header *)counts + 1);
}

static uint32_t *arrays_of(const void *counts, const struct rst_shape *shape, const struct rst_clahe_grid *grid,
                           int64_t tile)
{
    return (uint32_t *)((uintptr_t)counts + head_bytes(shape)) + (size_t)tile * grid->arrays * (size_t)grid->bins;
}

uint64_t rst_clahe_add_tile(const void *counts, const struct rst_shape *shape, const struct rst_clahe_grid *grid,
                            int64_t tile, int32_t band, uint64_t *bins)
{
    bool narrow = !is_wide(shape->type);
    size_t count = (size_t)grid->bins, turn = narrow && rst_type_is_signed(shape->type) ? count / 2 : 0;
    size_t nodata = rst_type_size(shape->type) == 1 ? shape->nodata.u8 : shape->nodata.u16;
    uint64_t sum = 0;
    for (size_t array = (size_t)band; array < grid->arrays; array += (size_t)shape->bands) {
        const uint32_t *from = arrays_of(counts, shape, grid, tile) + array * count;
        for (size_t i = 0; i < count; i++) {
            uint32_t some = narrow && shape->has_nodata && (i ^ turn) == nodata ? 0 : from[i ^ turn];
            bins[i] += some;
            sum += some;
        }
    }
    return sum;
}

/* ---- the reduction ---- */

static struct rst_clahe_grid grid_for(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    struct rst_clahe_grid grid;
    (void)rst_clahe_grid_of(reduction->settings, shape, &grid);
    return grid;
}

static size_t counts_size(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    struct rst_clahe_grid grid = grid_for(reduction, shape);
    return rst_clahe_counts_bytes(shape, &grid);
}

static void counts_start(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                         void *accumulator, const void *before)
{
    struct header *header = accumulator;
    struct rst_clahe_range *ranges = (struct rst_clahe_range *)(header + 1);
    (void)reduction, (void)isa;
    header->round = before || !is_wide(shape->type) ? COUNT : SEEK_RANGE;
    for (int32_t band = 0; band < shape->bands; band++)
        ranges[band] =
            before ? rst_clahe_ranges(before)[band] : (struct rst_clahe_range){(double)INFINITY, -(double)INFINITY};
}

/* What one row of samples is counted with. */
struct counter {
    const struct rst_shape *shape;
    struct rst_clahe_grid grid;
    enum rst_isa isa;
    void *accumulator;
    const union rst_sample *nodata; /* of wide types; NULL: none, or NaN */
};

/* Pixels that lie in one tile. */
static void count_in_tile(const struct counter *counter, int64_t tile, const char *samples, int64_t width)
{
    const struct rst_shape *shape = counter->shape;
    const struct rst_clahe_kernels *kernels = rst_clahe_kernels_of(counter->isa);
    size_t step = (size_t)shape->bands, size = rst_type_size(shape->type);
    uint32_t *counts = arrays_of(counter->accumulator, shape, &counter->grid, tile);
    if (size == 1)
        rst_counts_kernels_of(counter->isa)->bytes((const uint8_t *)samples, (size_t)width, step, counts);
    else if (size == 2)
        kernels->words((const uint16_t *)(const void *)samples, (size_t)width, step, counts);
    for (size_t band = 0; size > 2 && band < step; band++) {
        struct rst_clahe_scale scale = rst_clahe_scale_of(&rst_clahe_ranges(counter->accumulator)[band]);
        if (!scale.flat)
            kernels->bins[shape->type](samples + band * size, (size_t)width, step, counter->nodata, &scale,
                                       counts + band * (size_t)counter->grid.bins);
    }
}

/* A run of pixels in a row of tiles; its first column is x of the image with its mirrored edge. */
static void count_in_row(const struct counter *counter, int64_t tile_row, int64_t x, const char *samples, int64_t width)
{
    const struct rst_clahe_grid *grid = &counter->grid;
    size_t pixel = (size_t)counter->shape->bands * rst_type_size(counter->shape->type);
    for (int64_t end, last = x + width; x < last; samples += (size_t)(end - x) * pixel, x = end) {
        int64_t column = x / grid->tile_width;
        end = rst_min64(last, (column + 1) * grid->tile_width);
        count_in_tile(counter, tile_row * grid->columns + column, samples, end - x);
    }
}

static void count_row(const struct counter *counter, int64_t y, const struct rst_run_of_pixels *run)
{
    const struct rst_shape *shape = counter->shape;
    const struct rst_clahe_grid *grid = &counter->grid;
    size_t pixel = (size_t)shape->bands * rst_type_size(shape->type);
    count_in_row(counter, y / grid->tile_height, run->x, run->samples, run->width);
    for (int64_t x = shape->width; x < grid->columns * grid->tile_width; x++) {
        int64_t inside = rst_border_index(x, shape->width, RST_REFLECT101) - run->x;
        if (inside >= 0 && inside < run->width)
            count_in_row(counter, y / grid->tile_height, x, (const char *)run->samples + (size_t)inside * pixel, 1);
    }
}

static void counts_row(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                       void *accumulator, const struct rst_run_of_pixels *run)
{
    struct header *header = accumulator;
    struct counter counter = {shape, grid_for(reduction, shape), isa, accumulator, NULL};
    size_t size = rst_type_size(shape->type);
    if (shape->has_nodata && !isnan(rst_sample_to_double(shape->nodata, shape->type))) counter.nodata = &shape->nodata;
    if (header->round == SEEK_RANGE) {
        struct rst_clahe_range *ranges = (struct rst_clahe_range *)(header + 1);
        for (size_t band = 0; band < (size_t)shape->bands; band++)
            rst_clahe_kernels_of(isa)->range[shape->type]((const char *)run->samples + band * size, (size_t)run->width,
                                                          (size_t)shape->bands, counter.nodata, &ranges[band]);
        return;
    }
    count_row(&counter, run->y, run);
    for (int64_t y = shape->height; y < counter.grid.rows * counter.grid.tile_height; y++)
        if (rst_border_index(y, shape->height, RST_REFLECT101) == run->y) count_row(&counter, y, run);
}

static void counts_merge(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                         const void *more)
{
    struct rst_clahe_grid grid = grid_for(reduction, shape);
    struct rst_clahe_range *ranges = (struct rst_clahe_range *)((struct header *)accumulator + 1);
    const struct rst_clahe_range *others = rst_clahe_ranges(more);
    for (int32_t band = 0; band < shape->bands; band++) {
        ranges[band].low = fmin(ranges[band].low, others[band].low);
        ranges[band].high = fmax(ranges[band].high, others[band].high);
    }
    uint32_t *to = arrays_of(accumulator, shape, &grid, 0);
    const uint32_t *from = arrays_of(more, shape, &grid, 0);
    size_t count = (rst_clahe_counts_bytes(shape, &grid) - head_bytes(shape)) / sizeof *to;
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static bool counts_again(const struct rst_reduction *reduction, const struct rst_shape *shape, const void *accumulator)
{
    (void)reduction, (void)shape;
    return ((const struct header *)accumulator)->round == SEEK_RANGE;
}

static int counts_rounds(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    (void)reduction;
    return is_wide(shape->type) ? 2 : 1;
}

const struct rst_reduction rst_clahe_reduction = {
    .name = "clahe",
    .any_order = true,
    .size = counts_size,
    .start = counts_start,
    .row = counts_row,
    .merge = counts_merge,
    .again = counts_again,
    .rounds = counts_rounds,
};
