/* Chunks of scratch, each with a count of its users.
 *
 * Cells of an image may be as small as a row and share pages, so space is not kept for each of them but by the chunk of
 * a fixed size: few system calls, and large pages where the system has them. The first user of a chunk gets it scratch,
 * the last one takes that away. Both take time, so they are done without the lock, while others who want that chunk
 * wait.
 */
#include "raster/image/chunks.h"

#include <inttypes.h>
#include <stdlib.h>

#include "raster/base/size.h"
#include "raster/image/raster.h"

enum chunk_state { CHUNK_EMPTY, CHUNK_BUSY, CHUNK_THERE };

struct rst_chunk {
    uint32_t users;
    enum chunk_state state;
};

enum rst_status rst_chunks_open(struct rst_chunks *chunks, struct rst_map *map, struct rst_error *err)
{
    uint64_t count = rst_map_length(map) / RST_SCRATCH_PIECE + 1;
    *chunks = (struct rst_chunks){.map = map, .count = count};
    chunks->list = count <= SIZE_MAX / sizeof *chunks->list ? calloc((size_t)count, sizeof *chunks->list) : NULL;
    if (!chunks->list) return rst_fail(err, RST_E_NOMEM, "no memory for %" PRIu64 " chunks of scratch", count);
    pthread_mutex_init(&chunks->lock, NULL);
    pthread_cond_init(&chunks->changed, NULL);
    return RST_OK;
}

void rst_chunks_close(struct rst_chunks *chunks)
{
    if (!chunks->list) return;
    pthread_cond_destroy(&chunks->changed);
    pthread_mutex_destroy(&chunks->lock);
    free(chunks->list);
    *chunks = (struct rst_chunks){0};
}

/* Called with the lock, which is let go of while a chunk is reserved. */
static enum rst_status use_chunk(struct rst_chunks *chunks, uint64_t index, struct rst_error *err)
{
    struct rst_chunk *chunk = &chunks->list[index];
    while (chunk->state == CHUNK_BUSY)
        pthread_cond_wait(&chunks->changed, &chunks->lock);
    if (chunk->state == CHUNK_EMPTY) {
        chunk->state = CHUNK_BUSY;
        pthread_mutex_unlock(&chunks->lock);
        enum rst_status status = rst_map_patch(chunks->map, index, err);
        pthread_mutex_lock(&chunks->lock);
        chunk->state = status == RST_OK ? CHUNK_THERE : CHUNK_EMPTY;
        chunks->there += status == RST_OK;
        if (chunks->there > chunks->most) chunks->most = chunks->there;
        pthread_cond_broadcast(&chunks->changed);
        if (status != RST_OK) return status;
    }
    chunk->users++;
    return RST_OK;
}

/* Called with the lock, as above. */
static void drop_chunk(struct rst_chunks *chunks, uint64_t index)
{
    struct rst_chunk *chunk = &chunks->list[index];
    if (--chunk->users > 0) return;
    chunk->state = CHUNK_BUSY;
    pthread_mutex_unlock(&chunks->lock);
    rst_map_unpatch(chunks->map, index);
    pthread_mutex_lock(&chunks->lock);
    chunks->there--;
    chunk->state = CHUNK_EMPTY;
    pthread_cond_broadcast(&chunks->changed);
}

enum rst_status rst_chunks_use(struct rst_chunks *chunks, uint64_t from, uint64_t length, struct rst_error *err)
{
    if (length == 0) return RST_OK;
    uint64_t first = from / RST_SCRATCH_PIECE, last = (from + length - 1) / RST_SCRATCH_PIECE;
    enum rst_status status = RST_OK;
    pthread_mutex_lock(&chunks->lock);
    for (uint64_t index = first; index <= last && status == RST_OK; index++) {
        status = use_chunk(chunks, index, err);
        if (status == RST_OK) continue;
        while (index-- > first)
            drop_chunk(chunks, index);
        break;
    }
    pthread_mutex_unlock(&chunks->lock);
    return status;
}

void rst_chunks_drop(struct rst_chunks *chunks, uint64_t from, uint64_t length)
{
    if (length == 0) return;
    pthread_mutex_lock(&chunks->lock);
    for (uint64_t index = from / RST_SCRATCH_PIECE; index <= (from + length - 1) / RST_SCRATCH_PIECE; index++)
        drop_chunk(chunks, index);
    pthread_mutex_unlock(&chunks->lock);
}

void rst_chunks_measure(struct rst_chunks *chunks, uint64_t *now, uint64_t *most)
{
    pthread_mutex_lock(&chunks->lock);
    *now = chunks->there * RST_SCRATCH_PIECE;
    *most = chunks->most * RST_SCRATCH_PIECE;
    pthread_mutex_unlock(&chunks->lock);
}
