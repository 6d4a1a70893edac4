/* The kernels of hysteresis, within one part of an image: what is weak and beside something strong becomes strong.
 *
 * A part is a rectangle of samples in memory, bands side by side, no more than 65535 wide or high. It has neighbours in
 * the eight directions, numbered 0 ... 8 row by row as the cells of a square of which 4 is the part itself; some are
 * not there, at the rim of the image.
 */
#ifndef RASTER_OPS_EDGE_FLOOD_H
#define RASTER_OPS_EDGE_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

#define RST_FLOOD_SIDE 65535

struct rst_flood {
    char *data; /* the part's first sample */
    ptrdiff_t row_stride;
    int32_t width, height; /* samples */
    int32_t step;          /* samples from pixel to pixel */
    unsigned there;        /* bits: neighbours inside the image */
    unsigned touched;      /* bits, set here: neighbours in which something weak lies beside something strong of ours */
    uint32_t *stack;       /* [width * height] */
    size_t depth;
};

struct rst_flood_kernels {
    /* From everything strong in the part on. To be called once, before grow(). */
    void (*start[RST_TYPE_COUNT])(struct rst_flood *flood);

    /* From what is strong in the neighbours `from` (bits) on. */
    void (*grow[RST_TYPE_COUNT])(struct rst_flood *flood, unsigned from);

    /* What is still weak becomes 0, and what is missing `nodata`; strong samples stay. Returns how many of those that
     * are not missing are equal to nodata, where `counts`. */
    int64_t (*clear[RST_TYPE_COUNT])(void *row, size_t n, union rst_sample nodata, bool counts);
};

#endif
