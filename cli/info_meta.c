/* What one image says beside its pixels, in words: a line per thing that the file says, nothing for what it does not
 * say. All text that comes from the file is shown with control characters masked. */
#include <stdio.h>
#include <string.h>

#include "cli/info.h"
#include "cli/message.h"

static void print_text(const char *title, const char *text)
{
    printf("%s", title);
    message_safe(stdout, text);
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
    if (meta->xmp_size > 0) printf("  XMP:          %zu bytes\n", meta->xmp_size);
    if (meta->exif_size > 0) printf("  EXIF:         %zu bytes\n", meta->exif_size);
}

static void print_display(const struct rst_meta *meta)
{
    char text[32];
    const char *intent = info_intent(meta->srgb_intent);
    if (meta->gamma != 0) printf("  gamma:        %s\n", json_format_real(meta->gamma, text, sizeof text));
    if (intent != NULL) printf("  sRGB:         %s\n", intent);
    if (meta->chromaticities[0] != 0) {
        printf("  white point:  %s", json_format_real(meta->chromaticities[0], text, sizeof text));
        printf(", %s\n  primaries:   ", json_format_real(meta->chromaticities[1], text, sizeof text));
        for (int i = 2; i < 8; i++)
            printf("%s %s", i > 2 && i % 2 == 0 ? ";" : "",
                   json_format_real(meta->chromaticities[i], text, sizeof text));
        printf("\n");
    }
}

/* What is said of the values that samples have. */
static void print_values(const struct rst_meta *meta, int32_t bands)
{
    if (meta->significant_bits[0] != 0) {
        printf("  bits that count:");
        for (int i = 0; i < 4 && i < bands; i++)
            printf(" %d", meta->significant_bits[i]);
        printf("\n");
    }
    if (!meta->has_background) return;
    printf("  background:   %d", meta->background[0]);
    for (int i = 1; i < 3 && bands >= 3; i++)
        printf(" %d", meta->background[i]);
    printf("\n");
}

static void print_bands(const struct rst_meta *meta, int32_t bands)
{
    for (int32_t i = 0; i < bands && (size_t)i < meta->band_name_count; i++) {
        if (meta->band_names[i] == NULL) continue;
        int used = printf("  band %d:", (int)i + 1);
        printf("%*s", used < 16 ? 16 - used : 1, "");
        message_safe(stdout, meta->band_names[i]);
        printf(" (%s)\n", rst_meta_band_color(meta, bands, i));
    }
}

static void print_items(const struct rst_meta *meta)
{
    if (meta->description != NULL) print_text("  description:  ", meta->description);
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        printf("  item:         ");
        if (item->band >= 0) printf("band %d, ", (int)item->band + 1);
        if (item->domain != NULL) {
            message_safe(stdout, item->domain);
            printf(", ");
        }
        message_safe(stdout, item->key);
        print_text(" = ", item->value);
    }
}

static void print_geo(const struct rst_geo *geo)
{
    struct rst_affine map;
    double numbers[6];
    char text[32];
    if (rst_geo_transform(geo, &map)) {
        info_gdal_transform(map, numbers);
        printf("  geotransform: ");
        for (int i = 0; i < 6; i++)
            printf("%s%s", i > 0 ? "," : "", json_format_real(numbers[i], text, sizeof text));
        printf("\n");
    }
    if (rst_geo_epsg(geo) != 0)
        printf("  system:       EPSG:%d\n", rst_geo_epsg(geo));
    else if (geo->wkt != NULL && *geo->wkt != '\0')
        print_text("  system:       ", geo->wkt);
    else if (geo->key_count > 4)
        printf("  system:       %zu GeoTIFF keys without an EPSG code\n", geo->key_count / 4 - 1);
    if (geo->tiepoint_numbers > 6) printf("  tie points:   %zu\n", geo->tiepoint_numbers / 6);
    if (geo->rpc_count > 0) printf("  RPC:          yes\n");
}

void info_print_meta(const struct rst_raster *raster)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    const struct rst_meta *meta = rst_raster_meta(raster);
    print_colours(raster, meta);
    print_bands(meta, layout->bands);
    print_rest(meta, layout->type);
    print_display(meta);
    print_values(meta, layout->bands);
    print_items(meta);
    print_geo(&meta->geo);
}
