/* palette: the colours that indices stand for. Once per run the colour map becomes a table of pixels in the image's
 * type, one for every index there can be; a row is one load and one store per pixel.
 *
 * Entries of colour maps have 16 bits. Those of bytes are written times 257 by some programs, and times 256 by others:
 * the upper byte is right for both. A few write the bytes themselves, which shows by no entry being greater than 255.
 */
#include <stdlib.h>
#include <string.h>

#include "raster/image/meta.h"
#include "raster/ops/colour/pixel.h"
#include "raster/ops/common/classes.h"

struct palette {
    bool alpha;
};

static const struct rst_param params[] = {
    {.name = "into",
     .kind = RST_PARAM_CHOICE,
     .choices = "rgb|rgba",
     .preset = "rgb",
     .summary = "the bands of the result; alpha is transparent where the index is nodata"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct palette *)state)->alpha = values[0].integer == 1;
    return RST_OK;
}

static enum rst_status check(const struct rst_shape *in, struct rst_error *err)
{
    if (!in->palette)
        return rst_fail(err, RST_E_ARGUMENT, "palette expands a colour map, and the image's samples are no indices");
    if (in->type != RST_U8 && in->type != RST_U16)
        return rst_fail(err, RST_E_ARGUMENT, "palette takes indices of u8 and u16, and these are %s",
                        rst_type_name(in->type));
    if (!in->colors.map || in->colors.map_count < 3)
        return rst_fail(err, RST_E_ARGUMENT, "palette: the image says that it has a colour map, and there is none");
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    bool alpha = ((const struct palette *)state)->alpha;
    (void)to_source;
    RST_TRY(check(in, err));
    if (alpha && in->bands > 1)
        return rst_fail(err, RST_E_ARGUMENT,
                        "palette --into rgba is for indices alone, and the image has %d bands: rgb keeps the others",
                        (int)in->bands);
    out->bands = in->bands + (alpha ? 3 : 2);
    out->alpha = in->alpha < 0 ? -1 : in->alpha + 2;
    out->opacity = in->opacity < 0 ? -1 : in->opacity + 2;
    if (alpha) {
        out->alpha = out->opacity = 3;
        out->has_nodata = false;
    }
    out->palette = false;
    out->colors.photometric = RST_PHOTOMETRIC_RGB;
    return RST_OK;
}

static int32_t source_band(const void *state, const struct rst_shape *in, int32_t band)
{
    (void)in;
    return band < 3 || ((const struct palette *)state)->alpha ? -1 : band - 2;
}

/* `size` is that of a sample, a constant. The table has four samples to a pixel; the fourth is stored and then
 * overwritten, but for the last pixel of a row. */
static inline void expand(const struct rst_pixels *pixels, const char *from, char *to, size_t count, size_t size)
{
    const char *table = pixels->table;
    const size_t in = pixels->bands * size, out = pixels->out_bands * size;
    for (size_t i = 0; i < count; i++, from += in, to += out) {
        uint16_t index = *(const uint8_t *)from;
        if (size == 2) memcpy(&index, from, sizeof index);
        const char *colors = table + 4 * size * index;
        if (out == 4 * size || i + 1 < count)
            memcpy(to, colors, 4 * size);
        else
            memcpy(to, colors, 3 * size);
        if (in > size) memcpy(to + 3 * size, from + size, in - size);
    }
}

static void expand_8(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
    expand(pixels, from, to, count, 1);
}

static void expand_16(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
    expand(pixels, from, to, count, 2);
}

static bool is_of_bytes(const struct rst_colors *colors)
{
    for (size_t i = 0; i < colors->map_count; i++)
        if (colors->map[i] > UINT8_MAX) return false;
    return true;
}

/* Entry `index` of the map, of 16 bits; black beyond its end. */
static void fill_entry(const struct rst_shape *in, bool bytes, size_t index, uint16_t pixel[4])
{
    const struct rst_colors *colors = &in->colors;
    size_t entries = colors->map_count / 3, nodata = in->type == RST_U8 ? in->nodata.u8 : in->nodata.u16;
    for (size_t b = 0; b < 3; b++) {
        uint16_t value = index < entries ? colors->map[b * entries + index] : 0;
        pixel[b] = (uint16_t)(bytes ? value * 257 : value);
    }
    pixel[3] = in->has_nodata && index == nodata ? 0 : UINT16_MAX;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct rst_shape *in = &stage->in;
    const size_t size = rst_type_size(in->type), indices = size == 1 ? 256 : 65536;
    const bool bytes = is_of_bytes(&in->colors);
    struct rst_pixels *pixels;
    (void)state;
    RST_TRY(rst_pixels_new(stage, 4 * size * indices, &pixels, err));
    for (size_t i = 0; i < indices; i++) {
        uint16_t pixel[4];
        fill_entry(in, bytes, i, pixel);
        for (size_t b = 0; b < 4; b++)
            if (size == 1)
                ((uint8_t *)pixels->table)[4 * i + b] = (uint8_t)(pixel[b] >> 8);
            else
                ((uint16_t *)pixels->table)[4 * i + b] = pixel[b];
    }
    pixels->colors = 1;
    pixels->kernel = size == 1 ? expand_8 : expand_16;
    *shared = pixels;
    return RST_OK;
}

const struct rst_op_class rst_palette_class = {
    .name = "palette",
    .summary = "expand a colour map into bands of colour",
    .details =
        "Each index becomes the red, green and blue of its entry, in the type of the indices. Maps have 16 bits: u8 "
        "takes the upper 8 of them, u16 all; a map without an entry above 255 is taken for one of bytes, as libtiff "
        "does. Indices beyond the end of a map are black.\n\n"
        "The result is RGB and has no colour map. Bands behind the indices, alpha among them, stay as they are. Images "
        "without a colour map are refused.\n\n"
        "Nodata: --into rgb keeps the value, and where the index is it, all three samples are; colours that happen to "
        "have it are counted. --into rgba has no nodata: alpha is 0 there, and opaque elsewhere.",
    .example = "palette palette.tif out.tif",
    .params = params,
    .param_count = 1,
    .flags = RST_OP_LOCAL | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .state_size = sizeof(struct palette),
    .bind = bind,
    .plan = plan,
    .prepare = prepare,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
    .source_band = source_band,
};
