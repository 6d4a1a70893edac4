/* The kernels of the bilateral filter, in two arithmetics: SINGLE, whose weights are powers of two, computed on the
 * way, and DOUBLE, with a table of some weights, and a series between them. Rows are split into planes, one per band.
 */
#ifndef RASTER_OPS_SMOOTH_BILATERAL_H
#define RASTER_OPS_SMOOTH_BILATERAL_H

#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

enum rst_bilateral_path { RST_BILATERAL_SINGLE, RST_BILATERAL_DOUBLE, RST_BILATERAL_PATHS };

/* Pixels done at a time, so that their sums stay in L1. */
#define RST_BILATERAL_BLOCK ((size_t)256)

/* From one entry of DOUBLE's table to the next, in sigmas. */
#define RST_BILATERAL_STEP (1.0 / 256)

/* One neighbour of a block of pixels. Planes lie `plane` samples apart, those of sums RST_BILATERAL_BLOCK. */
struct rst_bilateral_tap {
    const void *centre, *neighbour;
    const void *factors; /* what each neighbour counts for; NULL: 1 */
    size_t plane, count;
    int32_t bands;
    double weight;       /* by its place; in SINGLE the power of two that it is */
    const double *table; /* weights by difference; not in SINGLE */
    double scale;        /* difference to place in the table; in SINGLE its square to the power */
    int32_t last;        /* place in the table, or difference, where weights are 0 */
};

struct rst_bilateral_kernels {
    /* Every `bands`th sample to a plane, and back. */
    void (*split[RST_BILATERAL_PATHS][RST_TYPE_COUNT])(void *to, const void *from, size_t pixels, int32_t bands);
    void (*join[RST_BILATERAL_PATHS][RST_TYPE_COUNT])(void *to, const void *from, size_t pixels, int32_t bands);
    /* sums += weight * neighbour, of each plane, and totals += weight. */
    void (*add[RST_BILATERAL_PATHS])(const struct rst_bilateral_tap *tap, void *sums, void *totals);
    /* sums / totals, or the centre where nothing counted. */
    void (*divide[RST_BILATERAL_PATHS])(void *sums, const void *totals, const void *centre, size_t count);
};

#endif
