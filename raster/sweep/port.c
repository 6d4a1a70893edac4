/* Kernels read and write the mapping itself where its rows are packed and aligned; everything else (tiles, planes that
 * are wanted side by side, foreign byte order, odd offsets) is copied row by row, a few KiB at a time, which stay in
 * the first-level cache.
 *
 * Pages are populated before they are touched: one system call per run of bytes, across tiles that lie side by side.
 * Where a window takes at least half of every row, whole rows are populated in one call; a narrower window is populated
 * row by row, so that a window of a huge raster does not pull in the rest. */
#include "raster/sweep/port.h"

#include "raster/base/size.h"
#include "raster/image/hold.h"

void rst_port_open(struct rst_port *port, struct rst_raster *raster, int32_t bands)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    ptrdiff_t size = (ptrdiff_t)rst_type_size(layout->type);
    *port = (struct rst_port){.raster = raster, .bands = bands, .pixel = (size_t)(size * bands)};
    if (rst_raster_bare_view(raster, &port->view, NULL)) return;
    port->direct = port->view.pixel_stride == size * bands && (bands == 1 || port->view.band_stride == size);
}

void *rst_port_at(const struct rst_port *port, int32_t band, int64_t x, int64_t y)
{
    if (!port->direct) return NULL;
    void *at = rst_view_at(&port->view, x, y, band);
    return (uintptr_t)at % rst_type_size(port->view.type) == 0 ? at : NULL;
}

static struct rst_view row_view(const struct rst_port *port, int64_t width, void *data)
{
    return rst_view_packed(data, rst_raster_layout(port->raster)->type, width, 1, port->bands);
}

enum rst_status rst_port_load(const struct rst_port *port, int32_t band, int64_t x, int64_t y, int64_t width, void *to,
                              struct rst_error *err)
{
    struct rst_view row = row_view(port, width, to);
    return rst_raster_read_held(port->raster, x, y, band, &row, err);
}

enum rst_status rst_port_store(const struct rst_port *port, int32_t band, int64_t x, int64_t y, int64_t width,
                               const void *from, struct rst_error *err)
{
    struct rst_view row = row_view(port, width, (void *)from);
    return rst_raster_write_held(port->raster, x, y, band, &row, err);
}

/* How far before the first of `count` places the lowest one lies: below 0 where a stride goes backwards. */
static int64_t lowest(int64_t count, ptrdiff_t stride)
{
    return stride < 0 ? (count - 1) * stride : 0;
}

/* Bytes to be populated, gathered while they follow each other: tiles mostly lie side by side. */
struct gather {
    struct rst_map *map;
    bool write;
    uint64_t from, to;
};

static enum rst_status populate_gathered(struct gather *gather, struct rst_error *err)
{
    uint64_t from = gather->from, length = gather->to - from;
    gather->from = gather->to = 0;
    return length > 0 ? rst_map_populate(gather->map, from, length, gather->write, err) : RST_OK;
}

static enum rst_status gather_bytes(struct gather *gather, uint64_t from, uint64_t length, struct rst_error *err)
{
    if (gather->to != from) {
        RST_TRY(populate_gathered(gather, err));
        gather->from = from;
    }
    gather->to = from + length;
    return RST_OK;
}

/* A window of one block, in bytes of the mapping from the block's first sample on. */
static enum rst_status gather_block(struct gather *gather, const struct rst_layout *layout, uint64_t first,
                                    struct rst_rect part, struct rst_error *err)
{
    int64_t in_block = layout->planes == 1 ? layout->bands : 1;
    int64_t sample = (int64_t)rst_type_size(layout->type);
    int64_t row_step = layout->row_stride < 0 ? -layout->row_stride : layout->row_stride;
    int64_t band_step = layout->band_stride < 0 ? -layout->band_stride : layout->band_stride;
    int64_t pixel_step = layout->pixel_stride < 0 ? -layout->pixel_stride : layout->pixel_stride;
    bool apart = band_step > row_step; /* bands one after another, each a whole image */
    int64_t runs = apart ? in_block : 1;
    int64_t row_bytes = (part.width - 1) * pixel_step + sample;
    if (!apart) row_bytes += (in_block - 1) * band_step;
    bool whole = row_bytes >= row_step / 2;
    int64_t start = part.y * layout->row_stride + lowest(part.height, layout->row_stride) +
                    part.x * layout->pixel_stride + lowest(part.width, layout->pixel_stride) +
                    (apart ? 0 : lowest(in_block, layout->band_stride));
    for (int64_t run = 0; run < runs; run++) {
        uint64_t at = first + (uint64_t)(start + run * layout->band_stride);
        if (whole) {
            uint64_t bytes = (uint64_t)((part.height - 1) * row_step + row_bytes);
            RST_TRY(gather_bytes(gather, at, bytes, err));
            continue;
        }
        for (int64_t y = 0; y < part.height; y++)
            RST_TRY(gather_bytes(gather, at + (uint64_t)(y * row_step), (uint64_t)row_bytes, err));
    }
    return RST_OK;
}

static struct rst_rect clip(struct rst_rect window, struct rst_rect to)
{
    int64_t x = rst_max64(window.x, to.x), y = rst_max64(window.y, to.y);
    int64_t right = rst_min64(window.x + window.width, to.x + to.width);
    int64_t lower = rst_min64(window.y + window.height, to.y + to.height);
    return (struct rst_rect){x, y, right - x, lower - y};
}

enum rst_status rst_port_populate(const struct rst_port *port, struct rst_rect window, bool write,
                                  struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(port->raster);
    struct gather gather = {.map = rst_raster_map(port->raster), .write = write};
    if (rst_raster_is_coded(port->raster)) return rst_raster_room(port->raster, window, err);
    window = clip(window, (struct rst_rect){0, 0, layout->width, layout->height});
    if (window.width <= 0 || window.height <= 0) return RST_OK;
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    int64_t first_row = window.y / layout->block_height,
            last_row = (window.y + window.height - 1) / layout->block_height;
    int64_t first_column = window.x / layout->block_width;
    int64_t last_column = (window.x + window.width - 1) / layout->block_width;
    for (int64_t plane = 0; plane < layout->planes; plane++)
        for (int64_t row = first_row; row <= last_row; row++)
            for (int64_t column = first_column; column <= last_column; column++) {
                uint64_t offset = layout->offsets[(plane * rows + row) * columns + column];
                if (offset == RST_NO_BLOCK) continue;
                struct rst_rect block = {column * layout->block_width, row * layout->block_height, layout->block_width,
                                         layout->block_height};
                struct rst_rect part = clip(window, block);
                part.x -= block.x;
                part.y -= block.y;
                RST_TRY(gather_block(&gather, layout, offset, part, err));
            }
    return populate_gathered(&gather, err);
}
