/* The buffer of originals that makes in-place work the same as out-of-place work. */
#ifndef RASTER_SWEEP_ORIGINALS_H
#define RASTER_SWEEP_ORIGINALS_H

#include "raster/sweep/plan.h"
#include "raster/sweep/port.h"

/* While band [from, to) of the window's rows is overwritten, rows [first, last) of the image are held as they
 * were, and so are the window's first rows where the border wraps around to them. */
struct rst_originals {
    struct rst_port *port;
    struct rst_halo halo;
    struct rst_rect window; /* what is overwritten in the course of the run */
    int64_t x, width;       /* the columns held */
    int64_t first, last;    /* rows held now: row y in slot y modulo `capacity` */
    int64_t capacity;
    int64_t saved;  /* rows window.y ... window.y + saved - 1 are kept for good */
    int32_t groups; /* bands taken one at a time, or 1 */
    size_t row_bytes;
    char *ring, *kept; /* [group][row] */
};

/* The bytes that it will take for bands of `band_height` rows. */
uint64_t rst_originals_bytes(const struct rst_port *port, struct rst_halo halo, int64_t width, int64_t band_height,
                             int32_t groups, bool wrap);

/* port, halo, window, x, width and groups are set by the caller. */
enum rst_status rst_originals_open(struct rst_originals *originals, int64_t band_height, bool wrap,
                                   struct rst_error *err);
uint64_t rst_originals_held(const struct rst_originals *originals); /* bytes; 0 where it is not open */
void rst_originals_close(struct rst_originals *originals);

/* The rows to be loaded before band [from, to) may be overwritten; then, by any thread, each row once; then advance. */
void rst_originals_missing(const struct rst_originals *originals, int64_t to, int64_t *first, int64_t *last);
enum rst_status rst_originals_load(struct rst_originals *originals, int64_t y, struct rst_error *err);
void rst_originals_advance(struct rst_originals *originals, int64_t from, int64_t to);

/* The held pixel (x, y), or NULL where the raster still has it. */
const void *rst_originals_at(const struct rst_originals *originals, int32_t group, int64_t x, int64_t y);

#endif
