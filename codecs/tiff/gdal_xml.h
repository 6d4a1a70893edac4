/* The XML in which GDAL's TIFFs keep metadata (tag 42112), to items and names of bands, and back. */
#ifndef CODECS_TIFF_GDAL_XML_H
#define CODECS_TIFF_GDAL_XML_H

#include "raster/base/bytes.h"
#include "raster/image/meta.h"

/* A text that is not of the expected form is kept as it is, as an item of this key and domain, and is written back so
 * where it is all there is to be written. */
#define RST_GDAL_XML_KEY "GDAL_METADATA"
#define RST_GDAL_XML_DOMAIN "xml:GDAL_METADATA"

/* Adds the items and names of a text to meta. */
enum rst_status rst_gdal_xml_read(const char *text, struct rst_meta *meta, struct rst_error *err);

/* Makes the text, with a final NUL that counts, of the names of the first `bands` bands and of all items but the
 * `skip_count` that `skip` points to (NULL: no item). *text is empty where there are none. The caller clears it. */
enum rst_status rst_gdal_xml_write(const struct rst_meta *meta, int32_t bands, const struct rst_item *const *skip,
                                   size_t skip_count, struct rst_bytes *text, struct rst_error *err);

#endif
