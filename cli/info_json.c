/* One image for programs. The keys are a promise: they are always there, null where the file does not say, and none is
 * renamed. */
#include "cli/info.h"

#include <string.h>

static void print_layout(struct json *json, const struct rst_layout *layout)
{
    uint64_t first = info_first_byte(layout);
    json_open(json, "layout", '{');
    json_text(json, "kind", info_kind(layout));
    json_text(json, "interleave", info_interleave(layout));
    if (layout->strip_rows > 0)
        json_integer(json, "strip_rows", layout->strip_rows);
    else
        json_null(json, "strip_rows");
    json_integer(json, "block_width", layout->block_width);
    json_integer(json, "block_height", layout->block_height);
    json_integer(json, "block_columns", rst_layout_columns(layout));
    json_integer(json, "block_rows", rst_layout_rows(layout));
    json_integer(json, "planes", layout->planes);
    json_bool(json, "one_block", info_is_one_block(layout));
    if (first != RST_NO_BLOCK)
        json_integer(json, "first_byte", (int64_t)first);
    else
        json_null(json, "first_byte");
    json_close(json, '}');
}

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
    bool has_map = rst_geo_transform(geo, &map);
    int epsg = rst_geo_epsg(geo);
    if (!has_map && epsg == 0 && geo->key_count == 0 && geo->tiepoint_numbers == 0 && geo->rpc_count == 0) {
        json_null(json, "geo");
        return;
    }
    json_open(json, "geo", '{');
    if (has_map)
        json_reals(json, "transform", map.m, 6);
    else
        json_null(json, "transform");
    if (epsg != 0)
        json_integer(json, "epsg", epsg);
    else
        json_null(json, "epsg");
    json_integer(json, "keys", geo->key_count >= 4 ? (int64_t)(geo->key_count / 4 - 1) : 0);
    json_reals(json, "pixel_scale", geo->pixel_scale, geo->pixel_scale_count);
    json_reals(json, "tie_points", geo->tiepoints, geo->tiepoint_numbers);
    json_reals(json, "matrix", geo->matrix, geo->matrix_count);
    json_bool(json, "rpc", geo->rpc_count > 0);
    json_close(json, '}');
}

void info_print_json(struct json *json, const struct rst_raster *raster, int page)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    const struct rst_meta *meta = rst_raster_meta(raster);
    json_open(json, NULL, '{');
    json_integer(json, "page", page);
    json_text(json, "format", rst_raster_format(raster));
    json_integer(json, "width", layout->width);
    json_integer(json, "height", layout->height);
    json_integer(json, "bands", layout->bands);
    json_text(json, "type", rst_type_name(layout->type));
    json_text(json, "byte_order", info_byte_order(layout));
    json_bool(json, "mapped", rst_raster_unmapped(raster) == NULL);
    json_text(json, "unmapped_reason", rst_raster_unmapped(raster));
    print_layout(json, layout);
    if (meta->has_nodata)
        json_sample(json, "nodata", meta->nodata, layout->type);
    else
        json_null(json, "nodata");
    print_colours(json, meta, layout->bands);
    if (meta->orientation > 0)
        json_integer(json, "orientation", meta->orientation);
    else
        json_null(json, "orientation");
    print_resolution(json, meta);
    json_integer(json, "icc_bytes", (int64_t)meta->icc_size);
    json_text(json, "description", meta->description);
    json_text(json, "gdal_metadata", meta->gdal_metadata);
    print_geo(json, &meta->geo);
    json_close(json, '}');
}
