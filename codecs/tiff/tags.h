/* Tags of GeoTIFF and GDAL, and the texts of TIFF that are items here. */
#ifndef CODECS_TIFF_TAGS_H
#define CODECS_TIFF_TAGS_H

#include <stdint.h>

#include "raster/image/meta.h"

enum rst_tiff_tag {
    RST_TAG_DESCRIPTION = 270,
    RST_TAG_PIXEL_SCALE = 33550,
    RST_TAG_TIEPOINTS = 33922,
    RST_TAG_MATRIX = 34264,
    RST_TAG_EXIF = 34665,
    RST_TAG_KEYS = 34735,
    RST_TAG_KEY_DOUBLES = 34736,
    RST_TAG_KEY_ASCII = 34737,
    RST_TAG_GPS = 34853,
    RST_TAG_INTEROPERABILITY = 40965, /* in EXIF's directory */
    RST_TAG_GDAL_METADATA = 42112,
    RST_TAG_GDAL_NODATA = 42113,
    RST_TAG_RPC = 50844
};

enum { RST_TIFF_TEXTS = 8 };

/* Key and tag of the index-th text. */
struct rst_tiff_text {
    const char *key;
    uint16_t tag;
};
extern const struct rst_tiff_text rst_tiff_texts[RST_TIFF_TEXTS];

/* The items that tags of their own hold, in the order of the table: the first that has the key, and nothing beside its
 * value; NULL where there is none. */
void rst_tiff_text_items(const struct rst_meta *meta, const struct rst_item *items[RST_TIFF_TEXTS]);

#endif
