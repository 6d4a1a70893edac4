/* Borders in runs: neighbouring coordinates outside an image map to neighbours inside it, so a border is filled by a
 * few strided copies. Private to this folder. */
#ifndef RASTER_IMAGE_RUN_H
#define RASTER_IMAGE_RUN_H

#include <stdint.h>

#include "raster/image/border.h"

/* Coordinates at, at + 1 ... at + length - 1 are filled from source, source + step ... (step -1, 0 or 1); source is -1
 * where a constant goes. */
struct rst_run {
    int64_t source, length;
    int step;
};

/* The run that starts at `at`, cut to `limit` (1 or more) coordinates. */
struct rst_run rst_border_run(int64_t at, int64_t size, int64_t limit, enum rst_border_rule rule);

#endif
