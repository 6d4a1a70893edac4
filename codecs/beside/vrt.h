/* GDAL's VRT as a sidecar. */
#ifndef CODECS_BESIDE_VRT_H
#define CODECS_BESIDE_VRT_H

#include "codecs/codec.h"

/* Attaches NAME.vrt, through which GDAL opens the samples of a new raster at `path` as they lie. RST_E_ARGUMENT where a
 * VRT cannot say how they do: blocks, encoded pixels, rows of 2 GiB and more. */
enum rst_status rst_vrt_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_error *err);

#endif
