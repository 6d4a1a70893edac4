/* Pixels that are decoded on need. Private to this folder; what the executor sees of it is in hold.h. */
#ifndef RASTER_IMAGE_LAZY_H
#define RASTER_IMAGE_LAZY_H

#include "raster/image/chunks.h"
#include "raster/image/coder.h"
#include "raster/image/crew.h"
#include "raster/image/grid.h"
#include "raster/image/shelf.h"

struct rst_lazy_cell;

struct rst_lazy {
    struct rst_decoder decoder;
    struct rst_grid grid;
    struct rst_chunks chunks;
    struct rst_crew crew;
    struct rst_lazy_cell *list; /* by rst_grid_index() */
    struct rst_rect kept[2];    /* what will be needed: cells that touch neither are not kept */
    bool swept;                 /* a pass says what is kept: the cache has no limit meanwhile */
    struct rst_shelf shelf;     /* of decoded cells */
    uint64_t cache;             /* bytes that decoded cells which nobody holds may keep from others */
    bool cache_told;            /* ... the caller said so */
    uint64_t decoded;           /* bytes of samples, so far */
    bool streaming;             /* a thread is decoding the stream */
    uint64_t next;              /* of a stream: the cell that comes next */
    void *reader;               /* of a stream: its one worker, while nobody is at it */
    pthread_mutex_t lock;       /* guards the cells' states and all above from `kept` on */
    pthread_cond_t changed;
};

/* Takes the decoder's state, on failure too. `map` is sparse scratch, and the layout lies in it. */
enum rst_status rst_lazy_open(const struct rst_decoder *decoder, const struct rst_layout *layout, struct rst_map *map,
                              const char *path, struct rst_lazy **out, struct rst_error *err);
void rst_lazy_close(struct rst_lazy **lazy); /* takes NULL */

/* As rst_raster_hold() and the others of hold.h. */
enum rst_status rst_lazy_hold(struct rst_lazy *lazy, struct rst_rect window, struct rst_error *err);
void rst_lazy_unhold(struct rst_lazy *lazy, struct rst_rect window);
void rst_lazy_keep(struct rst_lazy *lazy, struct rst_rect window, struct rst_rect other);
void rst_lazy_keep_all(struct rst_lazy *lazy);
enum rst_status rst_lazy_decode_ahead(struct rst_lazy *lazy, int64_t row, bool *did, struct rst_error *err);
uint64_t rst_lazy_coder_bytes(const struct rst_lazy *lazy, int threads);

/* As rst_raster_release() and others of the public headers. */
void rst_lazy_release(struct rst_lazy *lazy, struct rst_rect window);
void rst_lazy_set_cache(struct rst_lazy *lazy, uint64_t bytes);
uint64_t rst_lazy_footprint(const struct rst_lazy *lazy, struct rst_rect window);

#endif
