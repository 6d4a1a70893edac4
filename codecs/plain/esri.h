/* ESRI's header as a sidecar. */
#ifndef CODECS_PLAIN_ESRI_H
#define CODECS_PLAIN_ESRI_H

#include "codecs/codec.h"

/* Attaches NAME.hdr, which says of a new raster at `path` where its samples lie and where on the earth it is, and,
 * where it has a geotransform, a world file and .prj. RST_E_ARGUMENT where such a header cannot say it: tiles, rows
 * upwards. */
enum rst_status rst_esri_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                               const struct rst_create_options *options, struct rst_error *err);

/* What these files keep. */
unsigned rst_esri_keeps(const struct rst_meta *meta);

#endif
