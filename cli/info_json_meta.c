/* What one image says beside its pixels, for programs. The keys are a promise, as all of `info --json` is. */
#include "cli/info.h"

static void print_colours(struct json *json, const struct rst_meta *meta, int32_t bands)
{
    if (meta->photometric == RST_PHOTOMETRIC_UNKNOWN)
        json_null(json, "photometric");
    else
        json_integer(json, "photometric", meta->photometric == RST_PHOTOMETRIC_WHITE_IS_ZERO ? 0 : meta->photometric);
    json_text(json, "photometric_name", info_photometric(meta->photometric));
    json_open(json, "extra_samples", '[');
    for (size_t i = 0; i < meta->extra_sample_count; i++)
        json_text(json, NULL, info_extra_sample(meta->extra_samples[i]));
    json_close(json, ']');
    int32_t alpha = rst_meta_alpha(meta, bands, true);
    if (alpha >= 0)
        json_integer(json, "alpha_band", alpha);
    else
        json_null(json, "alpha_band");
    json_integer(json, "colour_map_entries", (int64_t)(meta->color_map_count / 3));
}

/* One value per band. */
static void print_bands(struct json *json, const struct rst_meta *meta, int32_t bands)
{
    json_open(json, "band_colours", '[');
    for (int32_t i = 0; i < bands; i++)
        json_text(json, NULL, rst_meta_band_color(meta, bands, i));
    json_close(json, ']');
    json_open(json, "band_names", '[');
    for (int32_t i = 0; i < bands && meta->band_name_count > 0; i++)
        json_text(json, NULL, (size_t)i < meta->band_name_count ? meta->band_names[i] : NULL);
    json_close(json, ']');
    json_open(json, "significant_bits", '[');
    for (int i = 0; i < 4 && i < bands && meta->significant_bits[0] != 0; i++)
        json_integer(json, NULL, meta->significant_bits[i]);
    json_close(json, ']');
    json_open(json, "background", '[');
    for (int i = 0; meta->has_background && i < (bands >= 3 ? 3 : 1); i++)
        json_integer(json, NULL, meta->background[i]);
    json_close(json, ']');
}

static void print_items(struct json *json, const struct rst_meta *meta)
{
    json_open(json, "items", '[');
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        json_open(json, NULL, '{');
        json_text(json, "key", item->key);
        json_text(json, "value", item->value);
        json_text(json, "domain", item->domain);
        json_text(json, "role", item->role);
        if (item->band >= 0)
            json_integer(json, "band", item->band + 1);
        else
            json_null(json, "band");
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_display(struct json *json, const struct rst_meta *meta)
{
    if (meta->gamma != 0)
        json_real(json, "gamma", meta->gamma);
    else
        json_null(json, "gamma");
    json_text(json, "srgb_intent", info_intent(meta->srgb_intent));
    json_reals(json, "chromaticities", meta->chromaticities, meta->chromaticities[0] != 0 ? 8 : 0);
}

static void print_resolution(struct json *json, const struct rst_meta *meta)
{
    if (!(meta->resolution_x > 0) && !(meta->resolution_y > 0)) {
        json_null(json, "resolution");
        return;
    }
    json_open(json, "resolution", '{');
    json_real(json, "x", meta->resolution_x);
    json_real(json, "y", meta->resolution_y);
    json_text(json, "unit", info_resolution_unit(meta->resolution_unit));
    json_close(json, '}');
}

static void print_geo(struct json *json, const struct rst_geo *geo)
{
    struct rst_affine map;
    double numbers[6] = {0};
    bool has_map = rst_geo_transform(geo, &map);
    int epsg = rst_geo_epsg(geo);
    if (!has_map && epsg == 0 && geo->key_count == 0 && geo->tiepoint_numbers == 0 && geo->rpc_count == 0 &&
        geo->wkt == NULL) {
        json_null(json, "geo");
        return;
    }
    json_open(json, "geo", '{');
    if (has_map) {
        info_gdal_transform(map, numbers);
        json_reals(json, "transform", map.m, 6);
        json_reals(json, "geotransform", numbers, 6);
    } else {
        json_null(json, "transform");
        json_null(json, "geotransform");
    }
    if (epsg != 0)
        json_integer(json, "epsg", epsg);
    else
        json_null(json, "epsg");
    json_integer(json, "keys", geo->key_count >= 4 ? (int64_t)(geo->key_count / 4 - 1) : 0);
    json_reals(json, "pixel_scale", geo->pixel_scale, geo->pixel_scale_count);
    json_reals(json, "tie_points", geo->tiepoints, geo->tiepoint_numbers);
    json_reals(json, "matrix", geo->matrix, geo->matrix_count);
    json_bool(json, "rpc", geo->rpc_count > 0);
    json_text(json, "wkt", geo->wkt);
    json_close(json, '}');
}

void info_print_json_meta(struct json *json, const struct rst_raster *raster)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    const struct rst_meta *meta = rst_raster_meta(raster);
    if (meta->has_nodata)
        json_sample(json, "nodata", meta->nodata, layout->type);
    else
        json_null(json, "nodata");
    print_colours(json, meta, layout->bands);
    print_bands(json, meta, layout->bands);
    if (meta->orientation > 0)
        json_integer(json, "orientation", meta->orientation);
    else
        json_null(json, "orientation");
    print_resolution(json, meta);
    print_display(json, meta);
    json_integer(json, "icc_bytes", (int64_t)meta->icc_size);
    json_integer(json, "xmp_bytes", (int64_t)meta->xmp_size);
    json_integer(json, "exif_bytes", (int64_t)meta->exif_size);
    json_text(json, "description", meta->description);
    print_items(json, meta);
    print_geo(json, &meta->geo);
}
