/* What an operation has to know of an image, and nothing else: its size, type, and which of its samples are special. */
#ifndef RASTER_IMAGE_SHAPE_H
#define RASTER_IMAGE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

RST_BEGIN

/* What the bands show together. */
struct rst_colors {
    int photometric;     /* enum rst_photometric of meta.h, or another code of TIFF */
    const uint16_t *map; /* of a palette: reds, then greens, then blues; borrowed from the raster; NULL: none */
    size_t map_count;    /* numbers in it: three for each entry */
};

struct rst_shape {
    enum rst_type type;
    int64_t width, height; /* 1 or more */
    int32_t bands;         /* 1 or more */
    int32_t alpha;         /* the band of unassociated alpha, or -1 */
    int32_t opacity;       /* the band of alpha of either kind, or -1 */
    bool palette;          /* samples are indices into a colour map */
    bool has_nodata;
    union rst_sample nodata; /* in `type` */
    struct rst_colors colors;
};

RST_END

#endif
