/* Patchwork by the chunk: a piece is there while anything in it is in use. Private to this folder. From any thread. */
#ifndef RASTER_IMAGE_CHUNKS_H
#define RASTER_IMAGE_CHUNKS_H

#include <pthread.h>
#include <stdint.h>

#include "raster/map/map.h"

struct rst_chunk;

struct rst_chunks {
    struct rst_map *map; /* a patchwork of RST_SCRATCH_PIECE; the owner's */
    struct rst_chunk *list;
    uint64_t count;
    uint64_t there, most; /* chunks in use, now and at most so far */
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

enum rst_status rst_chunks_open(struct rst_chunks *chunks, struct rst_map *map, struct rst_error *err);
void rst_chunks_close(struct rst_chunks *chunks); /* takes a zeroed struct */

/* Counts a user of a range of the scratch, whose space is there and whose pages are in memory afterwards. */
enum rst_status rst_chunks_use(struct rst_chunks *chunks, uint64_t from, uint64_t length, struct rst_error *err);

/* Bytes in use, now and at most so far. */
void rst_chunks_measure(struct rst_chunks *chunks, uint64_t *now, uint64_t *most);

/* One user less of the same range. Chunks without users are given back. */
void rst_chunks_drop(struct rst_chunks *chunks, uint64_t from, uint64_t length);

#endif
