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

static void print_kind(struct json *json, unsigned kind)
{
    json_open(json, "kind", '[');
    for (unsigned bit = 1; bit <= RST_IMAGE_MASK; bit <<= 1)
        if (kind & bit) json_text(json, NULL, info_image_kind((enum rst_image_kind)bit));
    json_close(json, ']');
}

/* Where the image is, and its size. */
static void print_place(struct json *json, const struct info_image *image)
{
    json_integer(json, "page", image->page);
    if (image->sub_image > 0)
        json_integer(json, "sub_image", image->sub_image);
    else
        json_null(json, "sub_image");
    if (image->raster == NULL) {
        json_text(json, "error", image->unreadable);
        return;
    }
    const struct rst_layout *layout = rst_raster_layout(image->raster);
    json_text(json, "format", rst_raster_format(image->raster));
    json_integer(json, "width", layout->width);
    json_integer(json, "height", layout->height);
    json_integer(json, "bands", layout->bands);
    json_text(json, "type", rst_type_name(layout->type));
    print_kind(json, rst_raster_meta(image->raster)->kind);
}

void info_print_json_sub_image(struct json *json, const struct info_image *image)
{
    json_open(json, NULL, '{');
    print_place(json, image);
    json_close(json, '}');
}

void info_open_json(struct json *json, const struct info_image *image)
{
    json_open(json, NULL, '{');
    print_place(json, image);
    if (image->raster == NULL) return;
    const struct rst_layout *layout = rst_raster_layout(image->raster);
    const char *unmapped = rst_raster_unmapped(image->raster);
    json_text(json, "byte_order", info_byte_order(layout));
    json_bool(json, "mapped", unmapped == NULL);
    json_text(json, "unmapped_reason", unmapped);
    json_bool(json, "readable", image->unreadable == NULL);
    json_text(json, "unreadable_reason", image->unreadable);
    print_layout(json, layout);
    info_print_json_meta(json, image->raster);
}
