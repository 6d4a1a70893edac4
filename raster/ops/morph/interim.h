/* The image between two steps of one operation. It is never held whole: its rows are made on demand, and the border
 * rule is applied to them just as if it were an image of its own, between two operations of a pipeline.
 *
 * For operations whose steps keep the size, and whose windows reach as far to the left as to the right, and as far up
 * as down. Belongs to one tile. */
#ifndef RASTER_OPS_MORPH_INTERIM_H
#define RASTER_OPS_MORPH_INTERIM_H

#include <stddef.h>
#include <stdint.h>

#include "raster/sweep/op.h"

/* Computes row y of interim->made, to `to`. */
typedef void rst_interim_make(void *user, int64_t y, void *to);

struct rst_interim {
    struct rst_rect window; /* what the second step needs; reaches beyond the image */
    struct rst_rect made;   /* what the first step has to compute: the part of it inside the image. With a wrapping
                               border all of it, for an image without end that repeats stays one */
    rst_interim_make *make; /* for the caller to set */
    void *user;

    const struct rst_stage *stage;
    size_t pixel, row_bytes;
    int64_t slots;
    char *ring;    /* [slots] rows of the window, by row number */
    int64_t *tags; /* [slots] */
    char *constant;
};

/* The window reaches `down` rows beyond what the second step makes of it; `hold` rows handed out last stay valid.
 * RST_E_NOMEM. */
RST_MUST_USE enum rst_status rst_interim_begin(struct rst_interim *interim, const struct rst_stage *stage,
                                               struct rst_rect window, int32_t down, int32_t hold,
                                               struct rst_arena *arena);

/* Row y of the window; an rst_extreme_source, among others. */
const void *rst_interim_row(void *interim, int64_t y);

#endif
