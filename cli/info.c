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
    ptrdiff_t row = layout->row_stride < 0 ? -layout->row_stride : layout->row_stride; /* upwards */
    return layout->band_stride < row ? "bil" : "bsq";
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

const char *info_image_kind(enum rst_image_kind kind)
{
    return kind == RST_IMAGE_OVERVIEW ? "overview" : kind == RST_IMAGE_PAGE ? "page" : "mask";
}

const char *info_intent(int srgb_intent)
{
    static const char *const names[] = {"perceptual", "relative colorimetric", "saturation", "absolute colorimetric"};
    return srgb_intent >= 1 && srgb_intent <= 4 ? names[srgb_intent - 1] : NULL;
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

void info_gdal_transform(struct rst_affine map, double numbers[6])
{
    static const int from[6] = {2, 0, 1, 5, 3, 4};
    for (int i = 0; i < 6; i++)
        numbers[i] = map.m[from[i]];
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

static void print_mapping(const struct info_image *image, const struct rst_layout *layout)
{
    const char *reason = rst_raster_unmapped(image->raster);
    if (reason != NULL) {
        printf("  mapped:       no: ");
        message_safe(stdout, reason);
        printf(image->unreadable == NULL ? ", decoded block by block when needed\n" : "\n  not readable: ");
        if (image->unreadable == NULL) return;
        message_safe(stdout, image->unreadable);
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

/* "page 0: 40 x 30, 3 bands of u8, overview" without what stands before the colon. */
static void print_shape(const struct rst_raster *raster)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    unsigned kind = rst_raster_meta(raster)->kind;
    printf(": %lld x %lld, %d band%s of %s", (long long)layout->width, (long long)layout->height, (int)layout->bands,
           layout->bands == 1 ? "" : "s", rst_type_name(layout->type));
    for (unsigned bit = 1; bit <= RST_IMAGE_MASK; bit <<= 1)
        if (kind & bit) printf(", %s", info_image_kind((enum rst_image_kind)bit));
    printf("\n");
}

void info_print(const struct info_image *image)
{
    const struct rst_layout *layout = rst_raster_layout(image->raster);
    if (image->sub_image > 0)
        printf("page %d.%d", image->page, image->sub_image);
    else
        printf("page %d", image->page);
    print_shape(image->raster);
    printf("  format:       %s\n", rst_raster_format(image->raster));
    print_layout(layout);
    print_mapping(image, layout);
    info_print_meta(image->raster);
}

void info_print_sub_image(const struct info_image *image, const char *path)
{
    printf("  sub-image %d", image->sub_image);
    if (image->raster == NULL) {
        printf(": ");
        message_safe(stdout, image->unreadable);
        printf("\n");
        return;
    }
    printf(", ");
    message_safe(stdout, path);
    printf("#%d.%d", image->page, image->sub_image);
    print_shape(image->raster);
}
