/* EXIF in a TIFF: the directories of tags 34665 (EXIF) and 34853 (GPS), as one block that can go elsewhere, and back.
 */
#ifndef CODECS_TIFF_EXIF_H
#define CODECS_TIFF_EXIF_H

#include <tiffio.h>

#include "raster/image/meta.h"

/* Makes meta->exif of what the current directory points to. EXIF that cannot be read is as none. */
enum rst_status rst_tiff_exif_read(TIFF *handle, struct rst_meta *meta, struct rst_error *err);

/* Appends the block's directories to the file that is written, a BigTIFF or not, and sets the tags that point to them.
 */
bool rst_tiff_exif_write(TIFF *handle, bool big, const struct rst_meta *meta);

/* Whether the block has directories that can be written. */
bool rst_tiff_exif_keeps(const struct rst_meta *meta);

/* An upper bound of the bytes that the directories take. */
uint64_t rst_tiff_exif_bytes(const struct rst_meta *meta);

#endif
