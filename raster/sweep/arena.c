/* A chain of chunks, each somewhat larger than what was asked for. Tiles of one run ask for the same pieces again and
 * again, so after the first tile no memory is asked of the system; where the executor has found out beforehand what
 * they come to, there is one chunk of just that. Untouched pages of a chunk cost nothing. */
#include "raster/sweep/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define ALIGNMENT 64
#define LEAST_CHUNK ((size_t)256 << 10)

struct rst_chunk {
    struct rst_chunk *next;
    size_t size, used;
    char *data;
};

static void *take(struct rst_chunk *chunk, size_t bytes)
{
    if (!chunk || chunk->size - chunk->used < bytes) return NULL;
    void *piece = chunk->data + chunk->used;
    chunk->used += bytes;
    return piece;
}

static struct rst_chunk *chunk_new(size_t bytes, size_t size)
{
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct rst_chunk *chunk = malloc(sizeof *chunk);
    char *data = chunk && size >= bytes ? aligned_alloc(ALIGNMENT, size) : NULL;
    if (!data) {
        free(chunk);
        return NULL;
    }
    *chunk = (struct rst_chunk){.size = size, .data = data};
    return chunk;
}

void *rst_arena_get(struct rst_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2) return NULL;
    bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    arena->used += bytes;
    if (arena->used > arena->most) arena->most = arena->used;
    while (arena->current) {
        void *piece = take(arena->current, bytes);
        if (piece) return piece;
        if (!arena->current->next) break;
        arena->current = arena->current->next;
        arena->current->used = 0;
    }
    struct rst_chunk *chunk = chunk_new(bytes, bytes < LEAST_CHUNK / 2 ? LEAST_CHUNK : bytes + bytes / 4);
    if (!chunk) return NULL;
    if (arena->current)
        arena->current->next = chunk;
    else
        arena->first = chunk;
    arena->current = chunk;
    return take(chunk, bytes);
}

void rst_arena_reset(struct rst_arena *arena)
{
    arena->current = arena->first;
    arena->used = 0;
    if (arena->first) arena->first->used = 0;
}

bool rst_arena_reserve(struct rst_arena *arena, size_t bytes)
{
    arena->first = arena->current = chunk_new(bytes, bytes);
    return arena->first != NULL;
}

void rst_arena_clear(struct rst_arena *arena)
{
    for (struct rst_chunk *chunk = arena->first, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk->data);
        free(chunk);
    }
    *arena = (struct rst_arena){0};
}

size_t rst_arena_bytes(const struct rst_arena *arena)
{
    size_t bytes = 0;
    for (const struct rst_chunk *chunk = arena->first; chunk; chunk = chunk->next)
        bytes += chunk->size;
    return bytes;
}
