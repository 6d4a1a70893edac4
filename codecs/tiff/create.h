/* New TIFF files: where everything goes, reckoned before a file exists. */
#ifndef CODECS_TIFF_CREATE_H
#define CODECS_TIFF_CREATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/codecs.h"

enum rst_status rst_tiff_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                const struct rst_create_options *options, struct rst_raster **out,
                                struct rst_error *err);

/* A TIFF to be: `head` is its header and directory, pixels come after it. */
struct rst_tiff_sheet {
    struct rst_layout layout; /* offsets as the directory lists them; blocks not merged */
    struct rst_meta meta;     /* as the directory has them */
    bool big;
    unsigned char *head; /* owned, like what layout and meta own */
    size_t head_size;
    uint64_t length; /* of the whole file */
};

/* Lays out a TIFF; `path` is for messages. The caller clears the sheet, on success. */
enum rst_status rst_tiff_lay_out(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                 const struct rst_create_options *options, struct rst_tiff_sheet *sheet,
                                 struct rst_error *err);
void rst_tiff_sheet_clear(struct rst_tiff_sheet *sheet);

#endif
