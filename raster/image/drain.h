/* Pixels that are encoded when they are finished. Private to this folder; what the executor sees of it is in hold.h. */
#ifndef RASTER_IMAGE_DRAIN_H
#define RASTER_IMAGE_DRAIN_H

#include "raster/image/chunks.h"
#include "raster/image/coder.h"
#include "raster/image/crew.h"
#include "raster/image/grid.h"

struct rst_packet;

struct rst_drain {
    struct rst_encoder encoder;
    struct rst_grid grid;
    struct rst_chunks chunks;
    struct rst_crew crew;
    unsigned char *roomy;       /* by rst_grid_index(): the cell's space is reserved */
    uint64_t ring;              /* cells that may be encoded or waiting at one time */
    struct rst_packet *packets; /* encoded cells that wait for those before them, a ring */
    struct rst_bytes *spares;   /* memory for packets */
    int spare_count;
    int64_t final_rows;       /* rows that will not change */
    int64_t partly_rows;      /* and rows that will not change left of ... */
    int64_t partly_columns;   /* ... this column */
    uint64_t taken, appended; /* cells, in their order; those from `taken` on wait for a thread */
    uint64_t dropped;         /* cells whose scratch was given back */
    bool appending, finished;
    pthread_mutex_t lock; /* guards all from `roomy` on */
    pthread_cond_t changed;
};

/* Takes the encoder's state, on failure too. */
enum rst_status rst_drain_open(const struct rst_encoder *encoder, const struct rst_layout *layout, struct rst_map *map,
                               const char *path, struct rst_drain **out, struct rst_error *err);
void rst_drain_close(struct rst_drain **drain); /* takes NULL */

/* Reserves what a window will be stored into. RST_E_READONLY where a part of it is encoded already. */
enum rst_status rst_drain_room(struct rst_drain *drain, struct rst_rect window, const char *path,
                               struct rst_error *err);
/* RST_E_UNSUPPORTED where a part of the window is encoded already: it cannot be read any more. */
enum rst_status rst_drain_check(struct rst_drain *drain, struct rst_rect window, const char *path,
                                struct rst_error *err);

/* As rst_raster_finish() and the others of hold.h. */
void rst_drain_finish(struct rst_drain *drain, int64_t rows, int64_t partly_rows, int64_t partly_columns);
enum rst_status rst_drain_encode_next(struct rst_drain *drain, bool *did, struct rst_error *err);
bool rst_drain_all_taken(struct rst_drain *drain);
void rst_drain_set_ring(struct rst_drain *drain, int ring);
uint64_t rst_drain_coder_bytes(const struct rst_drain *drain, int threads, int ring);

/* As rst_raster_footprint(), with what the encoder will look at above the window. */
int64_t rst_drain_open_cells(struct rst_drain *drain, struct rst_rect window);
uint64_t rst_drain_footprint(const struct rst_drain *drain, struct rst_rect window);

/* Encodes what is left, and completes the file. */
enum rst_status rst_drain_complete(struct rst_drain *drain, struct rst_error *err);

#endif
