/* What decoded cells cost is the pieces of scratch that they lie in: a cell read here and another there keep a piece
 * each. So pieces are counted, and of them those are idle in which nobody holds a cell. The cells that nobody holds
 * stand in a list, in the order in which they were let go of: who must make room gives back the oldest, until enough
 * pieces are empty.
 */
#include "raster/image/shelf.h"

#include <inttypes.h>
#include <stdlib.h>

#include "raster/image/raster.h"

struct rst_shelf_cell {
    uint32_t older, newer; /* while nobody holds it: its neighbours in the list, or RST_SHELF_NONE */
};

struct rst_shelf_piece {
    uint32_t there, held; /* decoded cells in it; those of them that somebody holds */
};

enum rst_status rst_shelf_open(struct rst_shelf *shelf, const struct rst_grid *grid, uint64_t length, const char *path,
                               struct rst_error *err)
{
    uint64_t pieces = length / RST_SCRATCH_PIECE + 1;
    *shelf = (struct rst_shelf){.grid = grid, .oldest = RST_SHELF_NONE, .newest = RST_SHELF_NONE};
    shelf->cells = calloc((size_t)grid->count, sizeof *shelf->cells);
    shelf->pieces = calloc((size_t)pieces, sizeof *shelf->pieces);
    if (shelf->cells && shelf->pieces) return RST_OK;
    return rst_fail(err, RST_E_NOMEM, "%s: no memory for %" PRIu64 " cells", path, grid->count);
}

void rst_shelf_close(struct rst_shelf *shelf)
{
    free(shelf->cells);
    free(shelf->pieces);
    *shelf = (struct rst_shelf){0};
}

static bool is_idle(const struct rst_shelf_piece *piece)
{
    return piece->there > 0 && piece->held == 0;
}

/* Counts a cell in or out of its pieces. */
static void count(struct rst_shelf *shelf, uint64_t index, int there, int held)
{
    uint64_t first, end;
    rst_grid_pieces(shelf->grid, rst_grid_cell(shelf->grid, index), &first, &end);
    for (; first < end; first++) {
        struct rst_shelf_piece *piece = &shelf->pieces[first];
        shelf->there -= piece->there > 0;
        shelf->idle -= is_idle(piece);
        piece->there += (uint32_t)there;
        piece->held += (uint32_t)held;
        shelf->there += piece->there > 0;
        shelf->idle += is_idle(piece);
    }
}

static void append(struct rst_shelf *shelf, uint64_t index)
{
    shelf->cells[index] = (struct rst_shelf_cell){.older = shelf->newest, .newer = RST_SHELF_NONE};
    if (shelf->newest == RST_SHELF_NONE)
        shelf->oldest = (uint32_t)index;
    else
        shelf->cells[shelf->newest].newer = (uint32_t)index;
    shelf->newest = (uint32_t)index;
}

static void take_out(struct rst_shelf *shelf, uint64_t index)
{
    struct rst_shelf_cell cell = shelf->cells[index];
    if (cell.older == RST_SHELF_NONE)
        shelf->oldest = cell.newer;
    else
        shelf->cells[cell.older].newer = cell.newer;
    if (cell.newer == RST_SHELF_NONE)
        shelf->newest = cell.older;
    else
        shelf->cells[cell.newer].older = cell.older;
}

void rst_shelf_add(struct rst_shelf *shelf, uint64_t index, bool held)
{
    count(shelf, index, 1, held);
    if (!held) append(shelf, index);
}

void rst_shelf_hold(struct rst_shelf *shelf, uint64_t index)
{
    take_out(shelf, index);
    count(shelf, index, 0, 1);
}

void rst_shelf_unhold(struct rst_shelf *shelf, uint64_t index)
{
    count(shelf, index, 0, -1);
    append(shelf, index);
}

void rst_shelf_remove(struct rst_shelf *shelf, uint64_t index)
{
    take_out(shelf, index);
    count(shelf, index, -1, 0);
}
