/* Cells against blocks: a tile of a TIFF is a block of its own, a strip is some rows of the one block that the whole
 * image is. Either way a cell's bytes are one run of the scratch, which is what is reserved and given back.
 */
#include "raster/image/grid.h"

#include <inttypes.h>

#include "raster/base/size.h"
#include "raster/image/raster.h"

static int64_t divide_up(int64_t a, int64_t b)
{
    return (a - 1) / b + 1;
}

enum rst_status rst_grid_make(struct rst_grid *grid, const struct rst_layout *layout, struct rst_cells cells,
                              const char *path, struct rst_error *err)
{
    bool sized = cells.width > 0 && cells.height > 0 && (cells.planes == 1 || cells.planes == layout->bands);
    bool blocks = sized && cells.width == layout->block_width && cells.height == layout->block_height &&
                  cells.planes == layout->planes;
    bool rows = sized && cells.width == layout->width && layout->block_width == layout->width &&
                layout->block_height == layout->height && layout->planes == 1 &&
                (layout->bands == 1 || (cells.planes > 1) == (layout->band_stride >= layout->row_stride));
    if (!blocks && !rows)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: cells of %" PRId64 "x%" PRId64 " pixels in %" PRId32 " planes do not go with blocks of "
                        "%" PRId64 "x%" PRId64,
                        path, cells.width, cells.height, cells.planes, layout->block_width, layout->block_height);
    *grid = (struct rst_grid){.layout = layout,
                              .cells = cells,
                              .columns = divide_up(layout->width, cells.width),
                              .rows = divide_up(layout->height, cells.height)};
    if (rst_mul((uint64_t)grid->columns, (uint64_t)grid->rows, &grid->count) &&
        rst_mul(grid->count, (uint64_t)cells.planes, &grid->count) && grid->count < UINT32_MAX)
        return RST_OK;
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: %" PRId64 "x%" PRId64 " cells in %" PRId32 " planes are too many",
                    path, grid->columns, grid->rows, cells.planes);
}

uint64_t rst_grid_index(const struct rst_grid *grid, struct rst_cell cell)
{
    return (uint64_t)((cell.row * grid->cells.planes + cell.plane) * grid->columns + cell.column);
}

struct rst_cell rst_grid_cell(const struct rst_grid *grid, uint64_t index)
{
    int64_t line = (int64_t)index / grid->columns;
    return (struct rst_cell){.column = (int64_t)index % grid->columns,
                             .row = line / grid->cells.planes,
                             .plane = (int32_t)(line % grid->cells.planes)};
}

struct rst_rect rst_grid_rect(const struct rst_grid *grid, struct rst_cell cell)
{
    int64_t x = cell.column * grid->cells.width, y = cell.row * grid->cells.height;
    return (struct rst_rect){x, y, rst_min64(grid->cells.width, grid->layout->width - x),
                             rst_min64(grid->cells.height, grid->layout->height - y)};
}

struct rst_grid_span rst_grid_span(const struct rst_grid *grid, struct rst_rect window)
{
    int64_t left = rst_max64(window.x, 0), right = rst_min64(window.x + window.width, grid->layout->width);
    int64_t top = rst_max64(window.y, 0), bottom = rst_min64(window.y + window.height, grid->layout->height);
    if (left >= right || top >= bottom) return (struct rst_grid_span){0};
    return (struct rst_grid_span){left / grid->cells.width, (right - 1) / grid->cells.width + 1,
                                  top / grid->cells.height, (bottom - 1) / grid->cells.height + 1};
}

/* Byte of the cell's first sample. */
static uint64_t start_of(const struct rst_grid *grid, struct rst_cell cell)
{
    const struct rst_layout *layout = grid->layout;
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    int64_t y = cell.row * grid->cells.height, row = y / layout->block_height;
    int64_t column = cell.column * grid->cells.width / layout->block_width;
    int64_t plane = layout->planes > 1 ? cell.plane : 0, band = layout->planes > 1 ? 0 : cell.plane;
    return layout->offsets[(plane * rows + row) * columns + column] +
           (uint64_t)((y - row * layout->block_height) * layout->row_stride + band * layout->band_stride);
}

struct rst_view rst_grid_view(const struct rst_grid *grid, void *data, struct rst_cell cell)
{
    const struct rst_layout *layout = grid->layout;
    struct rst_rect rect = rst_grid_rect(grid, cell);
    return (struct rst_view){.data = (char *)data + start_of(grid, cell),
                             .type = layout->type,
                             .width = rect.width,
                             .height = rect.height,
                             .bands = grid->cells.planes > 1 ? 1 : layout->bands,
                             .pixel_stride = layout->pixel_stride,
                             .row_stride = layout->row_stride,
                             .band_stride = layout->band_stride};
}

void rst_grid_bytes(const struct rst_grid *grid, struct rst_cell cell, uint64_t *from, uint64_t *length)
{
    struct rst_rect rect = rst_grid_rect(grid, cell);
    int64_t rows = grid->layout->tail ? grid->cells.height : rect.height;
    *from = start_of(grid, cell);
    *length = (uint64_t)(rows * grid->layout->row_stride);
}

void rst_grid_pieces(const struct rst_grid *grid, struct rst_cell cell, uint64_t *first, uint64_t *end)
{
    uint64_t from, length;
    rst_grid_bytes(grid, cell, &from, &length);
    *first = from / RST_SCRATCH_PIECE;
    *end = length > 0 ? (from + length - 1) / RST_SCRATCH_PIECE + 1 : *first;
}

/* Cells are visited in the order in which they lie in scratch, so that one can only share a piece with the one before.
 */
uint64_t rst_grid_footprint(const struct rst_grid *grid, struct rst_rect window)
{
    struct rst_grid_span span = rst_grid_span(grid, window);
    uint64_t pieces = 0, counted = 0, first, end;
    struct rst_cell cell;
    for (cell.plane = 0; cell.plane < grid->cells.planes; cell.plane++)
        for (cell.row = span.first_row; cell.row < span.end_row; cell.row++)
            for (cell.column = span.first_column; cell.column < span.end_column; cell.column++) {
                rst_grid_pieces(grid, cell, &first, &end);
                if (first < counted && counted <= end) first = counted;
                pieces += end - first;
                counted = end;
            }
    return pieces * RST_SCRATCH_PIECE;
}
