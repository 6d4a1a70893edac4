/* The grid of cells over an image, and where each cell lies in scratch. Private to this folder. */
#ifndef RASTER_IMAGE_GRID_H
#define RASTER_IMAGE_GRID_H

#include "raster/image/coder.h"
#include "raster/image/layout.h"

struct rst_grid {
    const struct rst_layout *layout; /* the raster's */
    struct rst_cells cells;
    int64_t columns, rows;
    uint64_t count; /* in all planes */
};

/* Columns and rows of cells: from first, up to but not with end. */
struct rst_grid_span {
    int64_t first_column, end_column, first_row, end_row;
};

/* RST_E_ARGUMENT where cells do not go with the blocks of the layout: each cell must lie in one block, and be whole
 * rows of it. */
enum rst_status rst_grid_make(struct rst_grid *grid, const struct rst_layout *layout, struct rst_cells cells,
                              const char *path, struct rst_error *err);

uint64_t rst_grid_index(const struct rst_grid *grid, struct rst_cell cell);
struct rst_cell rst_grid_cell(const struct rst_grid *grid, uint64_t index);
struct rst_rect rst_grid_rect(const struct rst_grid *grid, struct rst_cell cell); /* clipped to the image */

/* The cells that a window touches, which is clipped to the image; nothing where it lies outside. */
struct rst_grid_span rst_grid_span(const struct rst_grid *grid, struct rst_rect window);

/* The cell's samples in scratch that starts at `data`, and the bytes that they take there, padding included. */
struct rst_view rst_grid_view(const struct rst_grid *grid, void *data, struct rst_cell cell);
void rst_grid_bytes(const struct rst_grid *grid, struct rst_cell cell, uint64_t *from, uint64_t *length);

/* The pieces of scratch (RST_SCRATCH_PIECE) that a cell lies in: from *first, up to but not with *end. */
void rst_grid_pieces(const struct rst_grid *grid, struct rst_cell cell, uint64_t *first, uint64_t *end);

/* The bytes of all pieces that the cells touching a window lie in. */
uint64_t rst_grid_footprint(const struct rst_grid *grid, struct rst_rect window);

#endif
