/* ENVI's header as a sidecar. */
#ifndef CODECS_PLAIN_ENVI_H
#define CODECS_PLAIN_ENVI_H

#include "codecs/codec.h"

/* Attaches NAME.hdr, which says of a new raster at `path` where its samples lie, and what `meta` knows. RST_E_ARGUMENT
 * where ENVI cannot say it: tiles, rows upwards, i8. */
enum rst_status rst_envi_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                               const struct rst_create_options *options, struct rst_error *err);

/* What such a header keeps. */
unsigned rst_envi_keeps(const struct rst_meta *meta);

#endif
