/* Rows turned round. */
#ifndef RASTER_OPS_GRID_FLIP_H
#define RASTER_OPS_GRID_FLIP_H

#include <stddef.h>

/* Copies `pixels` pixels of `size` bytes, the last one first. The rows lie apart. */
void rst_flip_row(const char *from, char *to, size_t pixels, size_t size);

#endif
