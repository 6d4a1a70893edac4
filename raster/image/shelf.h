/* Decoded cells, and which of them would be missed least. Private to this folder; the owner's lock guards it. */
#ifndef RASTER_IMAGE_SHELF_H
#define RASTER_IMAGE_SHELF_H

#include "raster/image/grid.h"

struct rst_shelf_cell;
struct rst_shelf_piece;

struct rst_shelf {
    const struct rst_grid *grid;    /* the owner's */
    struct rst_shelf_cell *cells;   /* by rst_grid_index() */
    struct rst_shelf_piece *pieces; /* of scratch */
    uint32_t oldest, newest;        /* of the cells that nobody holds, by when they were let go of */
    uint64_t there;                 /* pieces with decoded cells */
    uint64_t idle;                  /* those of them with cells that nobody holds alone */
};

#define RST_SHELF_NONE UINT32_MAX

/* For cells in scratch of `length` bytes. */
enum rst_status rst_shelf_open(struct rst_shelf *shelf, const struct rst_grid *grid, uint64_t length, const char *path,
                               struct rst_error *err);
void rst_shelf_close(struct rst_shelf *shelf); /* takes a zeroed struct */

/* A cell is decoded: somebody holds it already, or nobody does. */
void rst_shelf_add(struct rst_shelf *shelf, uint64_t index, bool held);

/* Somebody holds a decoded cell that nobody held; nobody holds it any more. */
void rst_shelf_hold(struct rst_shelf *shelf, uint64_t index);
void rst_shelf_unhold(struct rst_shelf *shelf, uint64_t index);

/* A cell that nobody holds is given back. */
void rst_shelf_remove(struct rst_shelf *shelf, uint64_t index);

#endif
