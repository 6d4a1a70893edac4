/* What `info` tells of one image of a file, in words and for programs. */
#ifndef CLI_INFO_H
#define CLI_INFO_H

#include "cli/json.h"
#include "raster/raster.h"

/* Words for what a layout and its metadata mean. */
const char *info_kind(const struct rst_layout *layout);       /* "strips", "tiles" or "whole" */
const char *info_interleave(const struct rst_layout *layout); /* "bip", "bil" or "bsq" */
const char *info_byte_order(const struct rst_layout *layout); /* "little" or "big"; NULL for single bytes */
const char *info_photometric(int code);                       /* "RGB" ...; NULL where it has no name */
const char *info_extra_sample(uint16_t code);                 /* "unassociated alpha" ... */
const char *info_image_kind(enum rst_image_kind kind);        /* "overview" ... */
const char *info_intent(int srgb_intent);                     /* "perceptual" ...; NULL where there is none */
const char *info_resolution_unit(int code);                   /* "inch" ...; NULL where there is none */
/* The six numbers of a geotransform in GDAL's order, which is that of `edit --transform`. */
void info_gdal_transform(struct rst_affine map, double numbers[6]);
bool info_is_one_block(const struct rst_layout *layout);
uint64_t info_first_byte(const struct rst_layout *layout); /* RST_NO_BLOCK where nothing is stored */

/* An image of a file, and where it is found there. */
struct info_image {
    const struct rst_raster *raster; /* NULL: it cannot be opened at all */
    const char *unreadable;          /* why its pixels cannot be read, or it cannot be opened; NULL: they can */
    int page;
    int sub_image; /* from 1 on; 0: the page itself */
};

void info_print(const struct info_image *image);
void info_print_meta(const struct rst_raster *raster);                       /* what info_print() ends with */
void info_print_sub_image(const struct info_image *image, const char *path); /* one line */

/* Opens an object, all of the image in it, that the caller closes. */
void info_open_json(struct json *json, const struct info_image *image);
void info_print_json_meta(struct json *json, const struct rst_raster *raster);     /* a part of it */
void info_print_json_sub_image(struct json *json, const struct info_image *image); /* size and type alone */

#endif
