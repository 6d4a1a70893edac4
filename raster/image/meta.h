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
    char *gdal_metadata; /* 42112, XML; owned */
    char *description;   /* 270; owned */
    int overviews;       /* smaller versions of the image in the same file, known where it is opened for writing */
    struct rst_geo geo;
};

/* A deep copy. On failure (RST_E_NOMEM) *to is empty. */
RST_API RST_MUST_USE enum rst_status rst_meta_copy(struct rst_meta *to, const struct rst_meta *from,
                                                   struct rst_error *err);
/* Frees what it owns and zeroes it. Takes NULL. */
RST_API void rst_meta_clear(struct rst_meta *meta);

/* The band that holds unassociated alpha, or with `associated` also associated alpha; -1 where there is none. */
RST_API int32_t rst_meta_alpha(const struct rst_meta *meta, int32_t bands, bool associated);

/* Removes the STATISTICS_* items from gdal_metadata, which speak of values that were changed. */
RST_API void rst_meta_drop_statistics(struct rst_meta *meta);

/* Keeps geo-referencing true for an image whose pixel coordinates map to the old ones by `to_source`. Tie points, pixel
 * scale, matrix and RPC are rewritten, with regard to RasterPixelIsPoint; where scale and one tie point cannot say it
 * (a flip), a matrix takes their place. RPC under a map that mixes axes is dropped. RST_E_ARGUMENT, nothing changed,
 * where the map cannot be inverted. */
RST_API RST_MUST_USE enum rst_status rst_geo_apply(struct rst_geo *geo, struct rst_affine to_source,
                                                   struct rst_error *err);

/* rst_geo_apply(), and the resolution with it. */
RST_API RST_MUST_USE enum rst_status rst_meta_apply(struct rst_meta *meta, struct rst_affine to_source,
                                                    struct rst_error *err);

/* The affine map from area pixel coordinates to model coordinates, as GDAL's geotransform would have it: X = m[0] x +
 * m[1] y + m[2], Y = m[3] x + m[4] y + m[5]. false where the file has none (none at all, or tie points without
 * a scale). Where both say it, scale and the first tie point count, not the matrix. */
RST_API bool rst_geo_transform(const struct rst_geo *geo, struct rst_affine *out);

/* The EPSG code of the projected, else the geographic system among the keys; 0 where they have none. */
RST_API int rst_geo_epsg(const struct rst_geo *geo);

RST_END

#endif
