/* Working memory of one thread: handed out piece by piece, taken back all at once. */
#ifndef RASTER_SWEEP_ARENA_H
#define RASTER_SWEEP_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "raster/sweep/op.h"

struct rst_chunk;

/* A zeroed struct is an empty arena. */
struct rst_arena {
    struct rst_chunk *first, *current;
    size_t used, most; /* bytes handed out since the last reset; the most that it came to */
};

void rst_arena_reset(struct rst_arena *arena); /* everything handed out is invalid; the memory is kept for reuse */
void rst_arena_clear(struct rst_arena *arena); /* frees the memory */
size_t rst_arena_bytes(const struct rst_arena *arena); /* that it has of the system */

/* Gives an empty arena its memory: as long as `most` stays below, it takes no more. False where there is none. */
bool rst_arena_reserve(struct rst_arena *arena, size_t bytes);

#endif
