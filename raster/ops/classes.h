/* The classes of the library's own operations, each defined in the file of its family; table.c lists them. */
#ifndef RASTER_OPS_CLASSES_H
#define RASTER_OPS_CLASSES_H

#include "raster/sweep/op.h"

/* A sample from the same sample. */

/* A sample from its neighbourhood. */

/* A sample from the histogram, or a statistic, of what is around it. */

/* Other bands. */

/* A sample from those of several images. */

/* Colours from the colours of the same pixel. */

/* Another grid of pixels. */

#endif
