/* Working memory of one thread: handed out piece by piece, taken back all at once. */
#ifndef RASTER_SWEEP_ARENA_H
#define RASTER_SWEEP_ARENA_H

#include <stddef.h>

#include "raster/sweep/op.h"

struct rst_chunk;

/* A zeroed struct is an empty arena. */
struct rst_arena {
    struct rst_chunk *first, *current;
};

void rst_arena_reset(struct rst_arena *arena); /* everything handed out is invalid; the memory is kept for reuse */
void rst_arena_clear(struct rst_arena *arena); /* frees the memory */

#endif
