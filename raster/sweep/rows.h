/* Where a tile's input rows come from: the raster, the originals, or the operation before. */
#ifndef RASTER_SWEEP_ROWS_H
#define RASTER_SWEEP_ROWS_H

#include "raster/sweep/arena.h"
#include "raster/sweep/op.h"
#include "raster/sweep/originals.h"
#include "raster/sweep/port.h"

/* What the first operation of a pipeline reads. */
struct rst_source {
    const struct rst_port *port;
    const struct rst_originals *originals; /* NULL out of place, and for point operations */
    const void *zeros;                     /* every row of the tile's source, where it is blank; else NULL */
};

/* A further raster, read row by row where its operation stands. */
struct rst_side {
    struct rst_port port;
    int step;
};

/* Rows of it for one tile. */
struct rst_side_row {
    const struct rst_port *port;
    int64_t x, width;
    void *line; /* where rows are not handed out as they lie in the mapping */
};

struct rst_rows {
    struct rst_rect window; /* the columns of every row handed out, and the rows that may be asked for */
    struct rst_rect inner;  /* the columns and rows inside the image that they are made from; may be empty */
    int64_t width, height;  /* of the image */
    enum rst_border_rule rule;
    size_t pixel;   /* bytes */
    bool adjoining; /* inner columns are the window's part inside the image */
    int32_t hold;
    size_t slot_bytes;
    char *slots;    /* [hold] rows handed out */
    int64_t *tags;  /* which row each slot has */
    char *line;     /* an inner row, where it has to be rearranged */
    char *constant; /* the row beyond a constant border */
    int32_t band;

    struct rst_source source;   /* where there is no link */
    struct rst_link *producer;  /* the operation before, or NULL */
    struct rst_side_row *sides; /* of the operation whose input this is, in its order */
    struct rst_error *err;      /* what loading a row said: looked at after each row of output */
};

/* One operation at work on one tile. */
struct rst_link {
    const struct rst_op_class *kind;
    void *shared, *work;
    struct rst_stage *stage;
    struct rst_tile tile;
    struct rst_rows rows;
};

/* The columns and rows of an image of width x height that a window touches under a border rule; empty where there are
 * none. */
struct rst_rect rst_rows_inner(struct rst_rect window, int64_t width, int64_t height, enum rst_border_rule rule);

/* Makes the rows for tile->in of the stage; `source` or `producer` is set by the caller, and err. */
enum rst_status rst_rows_open(struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                              struct rst_arena *arena);

/* One row of a source, in the raster or among the originals, or NULL where it must be loaded. */
const void *rst_source_at(const struct rst_source *source, int32_t band, int64_t x, int64_t y);
enum rst_status rst_source_load(const struct rst_source *source, int32_t band, int64_t x, int64_t y, int64_t width,
                                void *to, struct rst_error *err);

#endif
