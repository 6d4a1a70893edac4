/* New TIFF files: their layout, chosen before a file exists. */
#ifndef CODECS_TIFF_CREATE_H
#define CODECS_TIFF_CREATE_H

#include "codecs/codecs.h"
#include "codecs/tiff/sheet.h"

enum rst_status rst_tiff_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                const struct rst_create_options *options, struct rst_raster **out,
                                struct rst_error *err);

/* Lays out a TIFF; `path` is for messages. Where its pixels are not compressed
 * its directory is made, and the offsets are set. The caller clears the sheet,
 * on success. */
enum rst_status rst_tiff_lay_out(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                 const struct rst_create_options *options, struct rst_tiff_sheet *sheet,
                                 struct rst_error *err);

#endif
