/* What a raster is inside. Private to this folder. */
#ifndef RASTER_IMAGE_HANDLE_H
#define RASTER_IMAGE_HANDLE_H

#include "raster/image/raster.h"

struct rst_raster {
    char *path;
    const char *format;
    char *unmapped;           /* NULL where map is not */
    struct rst_layout layout; /* `swapped` is false for samples of one byte */
    int64_t columns, rows;    /* of the grid */
    bool sparse;              /* some blocks are not stored */
    struct rst_meta meta;
    struct rst_map *map;
    struct rst_output *output;
};

/* RST_E_UNSUPPORTED, with the reason, where the pixels are not mapped. */
enum rst_status rst_raster_need_map(const struct rst_raster *raster, struct rst_error *err);

#endif
