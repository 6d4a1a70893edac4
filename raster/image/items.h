/* Items of text, for those who fill a struct rst_meta from a file. */
#ifndef RASTER_IMAGE_ITEMS_H
#define RASTER_IMAGE_ITEMS_H

#include <stdbool.h>

#include "raster/image/meta.h"

RST_BEGIN

/* Appends a copy of an item, without a look at those that are there: what a reader of many items needs. */
RST_API RST_MUST_USE enum rst_status rst_meta_append(struct rst_meta *meta, const struct rst_item *item,
                                                     struct rst_error *err);

/* Replaces a text by a copy of another (NULL: none). On failure it is as before. */
RST_API RST_MUST_USE enum rst_status rst_meta_set_text(char **text, const char *value, struct rst_error *err);

/* Whether it is of the default domain, which has no name. */
RST_API bool rst_item_is_plain(const struct rst_item *item);

/* Whether it is one of the STATISTICS_* that GDAL stores: they speak of values. */
RST_API bool rst_item_is_statistics(const struct rst_item *item);

RST_API bool rst_meta_has_statistics(const struct rst_meta *meta);

/* Removes the items that speak of one band. */
RST_API void rst_meta_drop_band_items(struct rst_meta *meta);

/* Frees all items, or all band names. */
RST_API void rst_meta_clear_items(struct rst_meta *meta);
RST_API void rst_meta_clear_band_names(struct rst_meta *meta);

RST_END

#endif
