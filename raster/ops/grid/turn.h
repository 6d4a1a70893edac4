/* The kernel of the operations that turn: rows of the input become columns of the result. */
#ifndef RASTER_OPS_GRID_TURN_H
#define RASTER_OPS_GRID_TURN_H

#include <stddef.h>

/* Rows of input that the kernel takes at a time, at most. */
#define RST_TURN_ROWS 16

/* A few rows that become as many columns. */
struct rst_turn_strip {
    const char *rows[RST_TURN_ROWS]; /* packed pixels, from the first column on that counts; no alignment is assumed */
    size_t count;                    /* of the rows; row i becomes column i */
    size_t columns;                  /* of a row that count; column j becomes row j */
    size_t pixel;                    /* bytes */
    char *to;                        /* row 0, column 0 of the result */
    ptrdiff_t stride;                /* from there to row 1: below 0 where the first column becomes the last row */
};

struct rst_turn_kernels {
    /* Writes count x columns pixels, and no byte beside them. */
    void (*turn)(const struct rst_turn_strip *strip);
};

#endif
