/* Making a PNG: what it can hold, and what not. */
#include <inttypes.h>

#include "codecs/png/deflate.h"
#include "codecs/png/encode.h"

static enum rst_status check_samples(const char *path, const struct rst_shape *shape, struct rst_error *err)
{
    if (shape->type != RST_U8 && shape->type != RST_U16)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: samples are %s: a PNG holds u8 and u16; --type u8 or --type u16 converts them", path,
                        rst_type_name(shape->type));
    if (shape->bands > 4)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: %" PRId32 " bands: a PNG holds gray or RGB, with or without alpha; --bands picks some",
                        path, shape->bands);
    if (shape->width > INT32_MAX || shape->height > INT32_MAX)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: %" PRId64 "x%" PRId64 " pixels: a PNG has %" PRId32 " at most per side", path,
                        shape->width, shape->height, INT32_MAX);
    return RST_OK;
}

static enum rst_status check_alpha(const char *path, const struct rst_shape *shape, struct rst_error *err)
{
    bool even = shape->bands % 2 == 0;
    if (shape->opacity >= 0 && shape->alpha < 0)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: band %" PRId32 " is associated alpha (colours are multiplied by it); a PNG holds "
                        "unassociated alpha",
                        path, shape->opacity);
    if (even && shape->alpha != shape->bands - 1)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: %" PRId32 " bands, and the last one is not unassociated alpha: a PNG holds gray or RGB, "
                        "with or without alpha; --bands picks some",
                        path, shape->bands);
    if (!even && shape->alpha >= 0)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: %" PRId32 " bands, with alpha among them: a PNG holds alpha beside 1 or 3 bands of colour",
                        path, shape->bands);
    return RST_OK;
}

enum rst_status rst_png_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                               const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    ptrdiff_t sample = (ptrdiff_t)rst_type_size(shape->type), pixel = sample * shape->bands;
    RST_TRY(check_samples(path, shape, err));
    RST_TRY(check_alpha(path, shape, err));
    if (options->level < 0 || options->level > RST_PNG_LEVEL_MOST)
        return rst_fail(err, RST_E_ARGUMENT, "%s: level %d: those of a PNG are 1 to %d", path, options->level,
                        RST_PNG_LEVEL_MOST);
    struct rst_layout layout = {.type = shape->type,
                                .bands = shape->bands,
                                .width = shape->width,
                                .height = shape->height,
                                .block_width = shape->width,
                                .block_height = shape->height,
                                .planes = 1,
                                .pixel_stride = pixel,
                                .row_stride = pixel * shape->width,
                                .band_stride = sample};
    struct rst_coded_file file = {.format = rst_codec_png.name, .how = "deflate", .layout = &layout, .meta = meta};
    RST_TRY(rst_png_encoder(path, shape, meta, options->level, &file.encoder, err));
    return rst_new_coded_file(path, &file, options, out, err);
}
