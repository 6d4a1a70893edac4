/* What a raster is inside. Private to this folder. */
#ifndef RASTER_IMAGE_HANDLE_H
#define RASTER_IMAGE_HANDLE_H

#include "raster/image/raster.h"

struct rst_raster {
    char *path;
    const char *format;
    char *unmapped;           /* NULL where pixels are mapped as they are */
    struct rst_layout layout; /* `swapped` is false for samples of one byte */
    int64_t columns, rows;    /* of the grid */
    bool sparse;              /* some blocks are not stored */
    struct rst_meta meta;
    struct rst_map *map;
    struct rst_output *output;
    struct rst_map *file;         /* what the decoder reads; NULL where map is the file */
    struct rst_lazy *lazy;        /* where cells are decoded on need */
    struct rst_drain *drain;      /* where cells are encoded when finished */
    struct rst_holes *holes;      /* of a new file that is sparse */
    struct rst_output **attached; /* published after `output` */
    int attached_count;
    char *lost;
};

/* RST_E_UNSUPPORTED, with the reason, where there are no pixels. */
enum rst_status rst_raster_need_map(const struct rst_raster *raster, struct rst_error *err);

#endif
