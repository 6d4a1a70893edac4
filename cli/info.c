/* One image in words: a line per thing that the file says, nothing for what it does not say. All text that comes from
 * the file is shown with control characters masked. */
#include "cli/info.h"

#include <stdio.h>
#include <string.h>

#include "cli/message.h"

const char *info_kind(const struct rst_layout *layout)
{
    if (layout->strip_rows > 0) return "strips";
    bool grid = layout->block_width < layout->width || layout->block_height < layout->height;
    return layout->tail || grid ? "tiles" : "whole";
}

const char *info_interleave(const struct rst_layout *layout)
{
    if (layout->planes > 1) return "bsq";
    if (layout->bands == 1 || layout->band_stride < layout->pixel_stride) return "bip";
    return layout->band_stride < layout->row_stride ? "bil" : "bsq";
}

const char *info_byte_order(const struct rst_layout *layout)
{
    bool machine_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    if (rst_type_size(layout->type) == 1) return NULL;
    return machine_is_big != layout->swapped ? "big" : "little";
}

const char *info_photometric(int code)
{
    static const char *const names[] = {NULL, "black is zero", "RGB",    "palette", "mask", "separated", "YCbCr",
                                        NULL, "CIELab",        "ICCLab", "ITULab"};
    if (code == RST_PHOTOMETRIC_WHITE_IS_ZERO) return "white is zero";
    return code >= 0 && code < (int)(sizeof names / sizeof *names) ? names[code] : NULL;
}

const char *info_extra_sample(uint16_t code)
{
    return code == RST_EXTRA_ASSOCIATED_ALPHA     ? "associated alpha"
           : code == RST_EXTRA_UNASSOCIATED_ALPHA ? "unassociated alpha"
                                                  : "unspecified";
}

const char *info_resolution_unit(int code)
{
    return code == 2 ? "inch" : code == 3 ? "centimetre" : NULL;
}

bool info_is_one_block(const struct rst_layout *layout)
{
    return layout->planes == 1 && layout->block_width >= layout->width && layout->block_height >= layout->height;
}

uint64_t info_first_byte(const struct rst_layout *layout)
{
    return layout->offsets != NULL ? layout->offsets[0] : RST_NO_BLOCK;
}

static void print_layout(const struct rst_layout *layout)
{
    const char *kind = info_kind(layout), *order = info_byte_order(layout);
    printf("  layout:       ");
    if (strcmp(kind, "strips") == 0)
        printf("strips of %lld rows", (long long)layout->strip_rows);
    else if (strcmp(kind, "tiles") == 0)
        printf("tiles of %lld x %lld", (long long)layout->block_width, (long long)layout->block_height);
    else
        printf("one piece");
    const char *interleave = info_interleave(layout);
    if (layout->bands > 1 && strcmp(interleave, "bsq") == 0)
        printf(", band after band");
    else if (layout->bands > 1)
        printf(", bands interleaved by %s", strcmp(interleave, "bip") == 0 ? "pixel" : "line");
    printf("\n");
    if (order != NULL) printf("  byte order:   %s endian%s\n", order, layout->swapped ? ", not this machine's" : "");
}

static void print_mapping(const struct rst_raster *raster, const struct rst_layout *layout)
{
    const char *reason = rst_raster_unmapped(raster);
    if (reason != NULL) {
        printf("  mapped:       no: ");
        message_safe(stdout, reason);
        printf("\n");
        return;
    }
    int64_t blocks = rst_layout_columns(layout) * rst_layout_rows(layout) * layout->planes;
    printf("  mapped:       yes, ");
    if (info_is_one_block(layout))
        printf("as one block");
    else
        printf("as %lld blocks of %lld x %lld", (long long)blocks, (long long)layout->block_width,
               (long long)layout->block_height);
    uint64_t first = info_first_byte(layout);
    if (first != RST_NO_BLOCK) printf(", from byte %llu on", (unsigned long long)first);
    printf("\n");
}

static void print_colours(const struct rst_raster *raster, const struct rst_meta *meta)
{
    const char *name = info_photometric(meta->photometric);
    if (name != NULL && strcmp(rst_raster_format(raster), "raw") != 0) printf("  photometric:  %s\n", name);
    if (name == NULL && meta->photometric > 0) printf("  photometric:  %d\n", meta->photometric);
    if (meta->extra_sample_count > 0) {
        printf("  extra bands:  ");
        for (size_t i = 0; i < meta->extra_sample_count; i++)
            printf("%s%s", i > 0 ? ", " : "", info_extra_sample(meta->extra_samples[i]));
        printf("\n");
    }
    if (meta->color_map_count > 0) printf("  colour map:   %zu entries\n", meta->color_map_count / 3);
}

static void print_rest(const struct rst_meta *meta, enum rst_type type)
{
    char text[32], other[32];
    const char *unit = info_resolution_unit(meta->resolution_unit);
    if (meta->has_nodata) printf("  nodata:       %s\n", rst_sample_format(meta->nodata, type, text, sizeof text));
    if (meta->orientation > 1) printf("  orientation:  %d\n", meta->orientation);
    if (meta->resolution_x > 0 && meta->resolution_y > 0)
        printf("  resolution:   %s x %s%s%s\n", json_format_real(meta->resolution_x, text, sizeof text),
               json_format_real(meta->resolution_y, other, sizeof other), unit != NULL ? " per " : "",
               unit != NULL ? unit : "");
    if (meta->icc_size > 0) printf("  ICC profile:  %zu bytes\n", meta->icc_size);
    if (meta->description != NULL) {
        printf("  description:  ");
        message_safe(stdout, meta->description);
        printf("\n");
    }
    if (meta->gdal_metadata != NULL) printf("  GDAL XML:     %zu bytes\n", strlen(meta->gdal_metadata));
}

static void print_geo(const struct rst_geo *geo)
{
    struct rst_affine map;
    char text[32];
    if (rst_geo_transform(geo, &map)) {
        printf("  geotransform:");
        for (int i = 0; i < 6; i++)
            printf(" %s", json_format_real(map.m[i], text, sizeof text));
        printf("\n");
    }
    if (rst_geo_epsg(geo) != 0)
        printf("  system:       EPSG:%d\n", rst_geo_epsg(geo));
    else if (geo->key_count > 0)
        printf("  system:       %zu GeoTIFF keys without an EPSG code\n", geo->key_count / 4 - 1);
    if (geo->tiepoint_numbers > 6) printf("  tie points:   %zu\n", geo->tiepoint_numbers / 6);
    if (geo->rpc_count > 0) printf("  RPC:          yes\n");
}

void info_print(const struct rst_raster *raster, int page)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    const struct rst_meta *meta = rst_raster_meta(raster);
    printf("page %d: %lld x %lld, %d band%s of %s\n", page, (long long)layout->width, (long long)layout->height,
           (int)layout->bands, layout->bands == 1 ? "" : "s", rst_type_name(layout->type));
    print_layout(layout);
    print_mapping(raster, layout);
    print_colours(raster, meta);
    print_rest(meta, layout->type);
    print_geo(&meta->geo);
}
