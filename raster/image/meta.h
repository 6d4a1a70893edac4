/* What a raster says of itself beside its pixels: nodata, colours, resolution, geo-referencing. Codes are TIFF's, since
 * the formats that carry these fields borrowed them from there. A zeroed struct is "nothing known". */
#ifndef RASTER_IMAGE_META_H
#define RASTER_IMAGE_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/base/type.h"
#include "raster/image/affine.h"

RST_BEGIN

enum rst_photometric {
    RST_PHOTOMETRIC_UNKNOWN = 0,
    RST_PHOTOMETRIC_WHITE_IS_ZERO = -1, /* TIFF's 0, which here is "nothing known" */
    RST_PHOTOMETRIC_BLACK_IS_ZERO = 1,
    RST_PHOTOMETRIC_RGB = 2,
    RST_PHOTOMETRIC_PALETTE = 3
    /* others (CMYK 5, YCbCr 6, CIELab 8 ...) are carried as their number */
};

enum rst_extra_sample { RST_EXTRA_UNSPECIFIED = 0, RST_EXTRA_ASSOCIATED_ALPHA = 1, RST_EXTRA_UNASSOCIATED_ALPHA = 2 };

/* GeoTIFF 1.1 (OGC 19-008) fields as they stand in a file. Every array is owned; NULL with a count of 0 is absent. */
struct rst_geo {
    double *pixel_scale; /* 33550: 3 numbers */
    size_t pixel_scale_count;
    double *tiepoints; /* 33922: six numbers each: I J K X Y Z */
    size_t tiepoint_numbers;
    double *matrix; /* 34264: 4 x 4, row by row */
    size_t matrix_count;
    uint16_t *keys; /* 34735, header included */
    size_t key_count;
    double *key_doubles; /* 34736 */
    size_t key_double_count;
    char *key_ascii; /* 34737 */
    double *rpc;     /* 50844: 92 numbers */
    size_t rpc_count;
    char *wkt; /* the coordinate system as text (ENVI, .prj, .aux.xml), where the file had it so; else NULL */
};

/* A piece of text, as GDAL's metadata items and PNG's text chunks have it: UTF-8, all owned. Well-known keys are
 * TIFF's tag names: Software, DateTime, Artist, Copyright, DocumentName, HostComputer, Make, Model. */
struct rst_item {
    char *key, *value;
    char *domain; /* GDAL's; NULL: the default one */
    char *role;   /* GDAL's: "scale", "offset", "unittype" ...; NULL: none */
    int32_t band; /* from 0 on; -1: of the whole image */
};

/* What an image of a file is to the others: bits, as TIFF's NewSubfileType has them. */
enum rst_image_kind { RST_IMAGE_OVERVIEW = 1, RST_IMAGE_PAGE = 2, RST_IMAGE_MASK = 4 };

/* Kinds of metadata, as bits: what a format can keep, what an image has. */
enum rst_meta_field {
    RST_META_NODATA = 1 << 0,
    RST_META_TRANSFORM = 1 << 1, /* a geotransform */
    RST_META_TIEPOINTS = 1 << 2, /* tie points that are more than a geotransform */
    RST_META_CRS = 1 << 3,
    RST_META_RPC = 1 << 4,
    RST_META_COLORS = 1 << 5, /* a photometric interpretation that the number of bands does not tell */
    RST_META_ALPHA = 1 << 6,
    RST_META_COLOR_MAP = 1 << 7,
    RST_META_ICC = 1 << 8,
    RST_META_GAMMA = 1 << 9, /* gamma, chromaticities, sRGB intent */
    RST_META_RESOLUTION = 1 << 10,
    RST_META_ORIENTATION = 1 << 11,
    RST_META_TEXT = 1 << 12, /* description and items */
    RST_META_BAND_NAMES = 1 << 13,
    RST_META_XMP = 1 << 14,
    RST_META_EXIF = 1 << 15,
    RST_META_BITS = 1 << 16, /* significant bits of a sample */
    RST_META_BACKGROUND = 1 << 17,
    RST_META_FIELDS = 18
};

struct rst_meta {
    bool has_nodata;
    union rst_sample nodata; /* in the raster's type */
    int photometric;         /* enum rst_photometric or another code of TIFF */
    uint16_t *extra_samples; /* enum rst_extra_sample for the last bands; owned */
    size_t extra_sample_count;
    uint16_t *color_map;               /* reds, then greens, then blues; owned */
    size_t color_map_count;            /* 3 * 2^bits */
    int orientation;                   /* 1 ... 8; 0 unknown */
    double resolution_x, resolution_y; /* pixels per unit; 0 unknown */
    int resolution_unit;               /* 1 none, 2 inch, 3 centimetre; 0 unknown */
    void *icc;                         /* profile, owned */
    size_t icc_size;
    char *description;                /* 270; owned */
    struct rst_item *items;           /* owned */
    size_t item_count, item_capacity; /* for rst_meta_set(), which makes room; 0: none to spare */
    char **band_names;                /* NULL for a band without; all owned */
    size_t band_name_count;
    void *xmp; /* an XMP packet, as it is; owned */
    size_t xmp_size;
    void *exif; /* an EXIF block: a TIFF header and its directories, without "Exif\0\0"; owned */
    size_t exif_size;
    double gamma;                /* of the file, as PNG has it: 0.45455; 0 unknown */
    double chromaticities[8];    /* x and y of white, red, green, blue; all 0: unknown */
    int srgb_intent;             /* 1 + the rendering intent of an sRGB image; 0 unknown */
    uint8_t significant_bits[4]; /* of the first bands: how many of a sample's bits count; 0 unknown */
    uint16_t background[3];      /* a sample per colour band, in the raster's range; of a palette: the index */
    bool has_background;
    unsigned kind;  /* enum rst_image_kind */
    int sub_images; /* images inside this one (SubIFDs of a TIFF) */
    int overviews;  /* smaller versions of the image in the same file, known where it is opened for writing */
    struct rst_geo geo;
};

/* A deep copy. On failure (RST_E_NOMEM) *to is empty. */
RST_API RST_MUST_USE enum rst_status rst_meta_copy(struct rst_meta *to, const struct rst_meta *from,
                                                   struct rst_error *err);
/* Frees what it owns and zeroes it. Takes NULL. */
RST_API void rst_meta_clear(struct rst_meta *meta);

/* The metadata's fields that say something, as enum rst_meta_field. */
RST_API unsigned rst_meta_fields(const struct rst_meta *meta, int32_t bands);

/* Names the fields of a mask, "ICC profile, tie points", in `text` of `size` bytes, which it returns. */
RST_API const char *rst_meta_fields_text(unsigned fields, char *text, size_t size);

/* The value of an item, borrowed; NULL where there is none. band -1: of the whole image; domain NULL: the default. */
RST_API const char *rst_meta_get(const struct rst_meta *meta, const char *key, int32_t band, const char *domain);

/* Adds an item or replaces its value; a value of NULL removes it. */
RST_API RST_MUST_USE enum rst_status rst_meta_set(struct rst_meta *meta, const char *key, int32_t band,
                                                  const char *domain, const char *value, struct rst_error *err);

/* Names a band (NULL: not any more). */
RST_API RST_MUST_USE enum rst_status rst_meta_name_band(struct rst_meta *meta, int32_t band, const char *name,
                                                        struct rst_error *err);

/* Makes the metadata of an image of `bands` bands those of one whose band i is its band list[i], `count` of them, each
 * from 0 on: names, items, alpha and other single bands' data go with the bands; colours, profile and colour map stay
 * where they are still true. */
RST_API RST_MUST_USE enum rst_status rst_meta_pick_bands(struct rst_meta *meta, int32_t bands, const int32_t *list,
                                                         int32_t count, struct rst_error *err);

/* The same where bands are made anew: list[i] is -1 for those, of which nothing is known any more, and `photometric` is
 * what the bands show together now. The profile and the colour map, which speak of other colours, go. */
RST_API RST_MUST_USE enum rst_status rst_meta_make_bands(struct rst_meta *meta, int32_t bands, const int32_t *list,
                                                         int32_t count, int photometric, struct rst_error *err);

/* What a band shows: "gray", "red", "green", "blue", "alpha", "palette", "cyan" ..., "undefined". A literal. */
RST_API const char *rst_meta_band_color(const struct rst_meta *meta, int32_t bands, int32_t band);

/* The band that holds unassociated alpha, or with `associated` also associated alpha; -1 where there is none. */
RST_API int32_t rst_meta_alpha(const struct rst_meta *meta, int32_t bands, bool associated);

/* Removes the items STATISTICS_* of image and bands, which speak of values that were changed. */
RST_API void rst_meta_drop_statistics(struct rst_meta *meta);

/* Keeps geo-referencing true for an image whose pixel coordinates map to the old ones by `to_source`. Tie points, pixel
 * scale, matrix and RPC are rewritten, with regard to RasterPixelIsPoint; where scale and one tie point cannot say it
 * (a flip, a quarter turn), a matrix takes their place. RPC under a map that mixes axes is dropped. RST_E_ARGUMENT,
 * nothing changed, where the map cannot be inverted. */
RST_API RST_MUST_USE enum rst_status rst_geo_apply(struct rst_geo *geo, struct rst_affine to_source,
                                                   struct rst_error *err);

/* rst_geo_apply(), and the resolution with it. */
RST_API RST_MUST_USE enum rst_status rst_meta_apply(struct rst_meta *meta, struct rst_affine to_source,
                                                    struct rst_error *err);

/* The affine map from area pixel coordinates to model coordinates, as GDAL's geotransform would have it: X = m[0] x +
 * m[1] y + m[2], Y = m[3] x + m[4] y + m[5]. false where the file has none (none at all, or tie points without
 * a scale). Where both say it, scale and the first tie point count, not the matrix. */
RST_API bool rst_geo_transform(const struct rst_geo *geo, struct rst_affine *out);

/* Whether tie points and matrix speak of the centres of pixels (RasterPixelIsPoint), not of their corners. */
RST_API bool rst_geo_is_point(const struct rst_geo *geo);

/* Replaces geotransform, tie points and matrix by this map; scale and one tie point where they can say it.
 * RST_E_ARGUMENT, nothing changed, where it cannot be inverted. */
RST_API RST_MUST_USE enum rst_status rst_geo_set_transform(struct rst_geo *geo, struct rst_affine map,
                                                           struct rst_error *err);

/* Replaces the coordinate system by an EPSG code; 0: none any more. RasterPixelIsPoint stays. Whether the code is one
 * of degrees is looked up; a code that is not known is taken for a projected system. RST_E_ARGUMENT, nothing changed,
 * for a number that is none (1024 to 32766 are) and for a system of heights. */
RST_API RST_MUST_USE enum rst_status rst_geo_set_epsg(struct rst_geo *geo, int code, struct rst_error *err);

/* The EPSG code of the projected, else the geographic system among the keys, else the one that the text names; 0 where
 * there is none. */
RST_API int rst_geo_epsg(const struct rst_geo *geo);

RST_END

#endif
