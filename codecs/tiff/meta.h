/* The tags of a TIFF that are metadata, as a struct rst_meta, and back. */
#ifndef CODECS_TIFF_META_H
#define CODECS_TIFF_META_H

#include <stdbool.h>
#include <tiffio.h>

#include "raster/base/status.h"
#include "raster/image/meta.h"
#include "raster/image/shape.h"

/* Of the directory that the handle is at; *meta is overwritten, and the caller's on success and on failure. A tag that
 * is broken counts as absent. */
enum rst_status rst_tiff_meta_read(TIFF *handle, enum rst_type type, struct rst_meta *meta, struct rst_error *err);

/* Metadata as a TIFF of that shape can carry them: photometric and extra samples are always set to what will be
 * written, a colour map is kept where it goes with the samples. `from` and the shape may be of different images. */
enum rst_status rst_tiff_meta_fit(const struct rst_shape *shape, const struct rst_meta *from, struct rst_meta *to,
                                  struct rst_error *err);

/* Sets the tags of metadata that were fitted to `type`, of a BigTIFF or not; false where libtiff refuses one. The
 * number of bands is set already, and no block is written yet. */
bool rst_tiff_meta_write(TIFF *handle, bool big, enum rst_type type, const struct rst_meta *meta);

/* Resolutions are fractions of 32-bit numbers. */
bool rst_tiff_resolution_fits(double resolution);

/* What a TIFF of that shape keeps of the metadata, as enum rst_meta_field. */
unsigned rst_tiff_keeps(const struct rst_shape *shape, const struct rst_meta *meta);

/* An upper bound of the bytes that they take. */
uint64_t rst_tiff_meta_bytes(const struct rst_meta *meta);

#endif
