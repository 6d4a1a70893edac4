/* Windows for reading two rasters beside each other.
 *
 * They start as whole rows that fill a buffer, rounded to whole tiles where there are some. While they cost too much
 * they are halved: rows down to those of a tile, then columns down to those of a tile, so that tiles are read once;
 * then, where tiles are larger than the memory, parts of them. Mapped pages count with what really becomes resident; of
 * compressed rasters as many blocks are kept decoded as two windows need, or two bands, where a block is as wide as the
 * image. */
#include "cli/windows.h"

enum { BUFFER_BYTES = 4 << 20, LEAST_BYTES = 4096 };

/* Both rasters, and the size of windows that is tried. */
struct fit {
    const struct rst_raster *rasters[2];
    const struct rst_layout *layout;
    int64_t pixel;                   /* bytes */
    int64_t tile_width, tile_height; /* of the larger tiles of both; the image's width and 1 where there are none */
    int64_t width, height;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool is_decoded(const struct rst_raster *raster)
{
    return rst_raster_unmapped(raster) != NULL;
}

/* What a raster's tiles are as far as they matter here: rows that lie in the file one after another have none. */
static void add_tiles(struct fit *fit, const struct rst_layout *layout)
{
    bool columns = layout->block_width < layout->width, rows = layout->block_height < layout->height;
    if (columns && (fit->tile_width == layout->width || layout->block_width > fit->tile_width))
        fit->tile_width = layout->block_width;
    if ((columns || rows) && layout->block_height > fit->tile_height) fit->tile_height = layout->block_height;
    fit->tile_height = least(fit->tile_height, layout->height);
}

/* A side of about `wanted`, in whole tiles, and at least one. */
static int64_t whole_tiles(int64_t wanted, int64_t tile, int64_t most)
{
    return least(wanted < tile ? tile : wanted / tile * tile, most);
}

static void start(struct fit *fit, struct rst_raster *const rasters[2])
{
    const struct rst_layout *layout = rst_raster_layout(rasters[0]);
    *fit = (struct fit){.rasters = {rasters[0], rasters[1]},
                        .layout = layout,
                        .pixel = (int64_t)rst_type_size(layout->type) * layout->bands,
                        .tile_width = layout->width,
                        .tile_height = 1};
    add_tiles(fit, layout);
    add_tiles(fit, rst_raster_layout(rasters[1]));
    int64_t pixels = BUFFER_BYTES / fit->pixel > 0 ? BUFFER_BYTES / fit->pixel : 1;
    fit->width = layout->width;
    if (pixels / fit->tile_height < fit->width)
        fit->width = whole_tiles(pixels / fit->tile_height, fit->tile_width, layout->width);
    if (pixels < fit->width) fit->width = pixels;
    int64_t rows = pixels / fit->width;
    fit->height = least(rows < fit->tile_height ? rows : rows / fit->tile_height * fit->tile_height, layout->height);
}

static bool shrink(struct fit *fit)
{
    int64_t columns = LEAST_BYTES / fit->pixel > 0 ? LEAST_BYTES / fit->pixel : 1;
    if (fit->height > fit->tile_height)
        fit->height = whole_tiles(fit->height / 2, fit->tile_height, fit->layout->height);
    else if (fit->width > fit->tile_width)
        fit->width = whole_tiles(fit->width / 2, fit->tile_width, fit->layout->width);
    else if (fit->height > 1)
        fit->height /= 2;
    else if (fit->width > columns)
        fit->width = fit->width / 2 > columns ? fit->width / 2 : columns;
    else
        return false;
    return true;
}

static int64_t band_rows(const struct fit *fit)
{
    return fit->height > fit->tile_height ? fit->height : fit->tile_height;
}

/* The most that a window of that size, anywhere in its grid, makes resident. */
static uint64_t window_bytes(const struct rst_raster *raster, int64_t width, int64_t height)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    uint64_t most = 0;
    for (int64_t y = 0; y < layout->height; y += height)
        for (int64_t x = 0; x < layout->width; x += width) {
            uint64_t bytes = rst_raster_footprint(raster, (struct rst_rect){x, y, width, height});
            if (bytes > most) most = bytes;
        }
    return most;
}

/* What decoded blocks of a raster may take that no window needs at the moment. */
static uint64_t cache_bytes(const struct fit *fit, const struct rst_raster *raster)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    bool wide = layout->block_width >= layout->width;
    return window_bytes(raster, wide ? layout->width : fit->width, band_rows(fit));
}

static uint32_t idle_pieces(const struct rst_cost *cost)
{
    return cost->bounded ? 1 : 16;
}

static uint64_t page_bytes(const struct fit *fit, const struct rst_raster *raster, const struct rst_cost *cost)
{
    if (is_decoded(raster)) return 2 * cache_bytes(fit, raster) + idle_pieces(cost) * RST_SCRATCH_PIECE;
    struct rst_rect all = {0, 0, fit->layout->width, fit->layout->height};
    return cost->bounded ? window_bytes(raster, fit->width, fit->height) : rst_raster_footprint(raster, all);
}

static void tell_cost(const struct fit *fit, size_t row_bytes, struct rst_cost *cost)
{
    const struct rst_layout *layout = fit->layout;
    int64_t rows = band_rows(fit), bands = (layout->height - 1) / rows + 1;
    int64_t last = layout->height - (bands - 1) * rows; /* rows of the last band */
    cost->threads = cost->passes = 1;
    cost->tile_width = fit->width;
    cost->tile_height = fit->height;
    cost->tiles = ((layout->width - 1) / fit->width + 1) *
                  ((bands - 1) * ((rows - 1) / fit->height + 1) + (last - 1) / fit->height + 1);
    cost->buffer_bytes = 2 * (uint64_t)(fit->width * fit->height * fit->pixel) + (uint64_t)rows * (uint64_t)row_bytes;
    cost->page_bytes = cost->scratch_bytes = 0;
    uint64_t window = 0; /* of mapped pages that are let go of: one raster's at a time */
    for (int i = 0; i < 2; i++) {
        uint64_t bytes = page_bytes(fit, fit->rasters[i], cost);
        if (is_decoded(fit->rasters[i]))
            cost->scratch_bytes += bytes;
        else if (cost->bounded)
            window = bytes > window ? bytes : window;
        else
            cost->page_bytes += bytes;
    }
    cost->page_bytes += window + cost->scratch_bytes;
    cost->peak_bytes = cost->buffer_bytes + cost->page_bytes + rst_raster_coder_bytes(fit->rasters[0], 1, 0) +
                       rst_raster_coder_bytes(fit->rasters[1], 1, 0);
}

enum rst_status windows_plan(struct rst_raster *const rasters[2], size_t row_bytes, uint64_t limit,
                             struct rst_cost *cost, struct rst_error *err)
{
    struct fit fit;
    start(&fit, rasters);
    *cost = (struct rst_cost){.limit = limit != 0 ? limit : rst_memory_spare()};
    tell_cost(&fit, row_bytes, cost);
    while (cost->peak_bytes > cost->limit) {
        if (cost->bounded && !shrink(&fit))
            return rst_fail(err, RST_E_ARGUMENT,
                            "%s and %s: comparing them needs %llu bytes of memory, and may have %llu",
                            rst_raster_path(rasters[0]), rst_raster_path(rasters[1]),
                            (unsigned long long)cost->peak_bytes, (unsigned long long)cost->limit);
        cost->bounded = true;
        tell_cost(&fit, row_bytes, cost);
    }
    return RST_OK;
}

int64_t windows_band(struct rst_raster *const rasters[2], const struct rst_cost *cost)
{
    struct fit fit;
    start(&fit, rasters);
    return cost->tile_height > fit.tile_height ? cost->tile_height : fit.tile_height;
}

void windows_begin(struct rst_raster *const rasters[2], const struct rst_cost *cost)
{
    struct fit fit;
    start(&fit, rasters);
    fit.width = cost->tile_width;
    fit.height = cost->tile_height;
    for (int i = 0; i < 2; i++) {
        if (!is_decoded(rasters[i])) continue;
        rst_raster_set_cache(rasters[i], cache_bytes(&fit, rasters[i]));
        rst_map_keep_idle(rst_raster_map(rasters[i]), idle_pieces(cost));
    }
}

enum rst_status windows_release(const struct rst_raster *raster, const struct rst_cost *cost, struct rst_rect window,
                                struct rst_error *err)
{
    if (!cost->bounded || is_decoded(raster)) return RST_OK;
    return rst_raster_release(raster, window, err);
}
