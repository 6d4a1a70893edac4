/* gray: one band of red, green and blue. */
#include "raster/ops/colour/gray.h"

#include <string.h>

#include "raster/image/meta.h"
#include "raster/ops/common/classes.h"

enum standard { REC_709, REC_601 };

struct gray {
    enum standard standard;
};

static const int32_t weights[][3] = {[REC_709] = {2126, 7152, 722}, [REC_601] = {2990, 5870, 1140}};

static const struct rst_param params[] = {
    {.name = "standard",
     .kind = RST_PARAM_CHOICE,
     .choices = "709|601",
     .preset = "709",
     .summary = "the ITU recommendation whose weights are taken: BT.709 (sRGB, HDTV) or BT.601"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct gray *)state)->standard = values[0].integer == 0 ? REC_709 : REC_601;
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)to_source;
    RST_TRY(rst_pixels_need_rgb("gray", in, err));
    out->bands = in->bands - 2;
    out->alpha = in->alpha < 0 ? -1 : in->alpha - 2;
    out->opacity = in->opacity < 0 ? -1 : in->opacity - 2;
    out->colors.photometric = RST_PHOTOMETRIC_BLACK_IS_ZERO;
    return RST_OK;
}

static int32_t source_band(const void *state, const struct rst_shape *in, int32_t band)
{
    (void)state, (void)in;
    return band == 0 ? -1 : band + 2;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct rst_pixels *pixels;
    RST_TRY(rst_pixels_new(stage, 0, &pixels, err));
    pixels->out_colors = 1;
    pixels->kernel = rst_gray_kernels_of(stage->isa)->gray[stage->in.type];
    memcpy(pixels->weights, weights[((const struct gray *)state)->standard], sizeof pixels->weights);
    *shared = pixels;
    return RST_OK;
}

const struct rst_op_class rst_gray_class = {
    .name = "gray",
    .summary = "make one band of red, green and blue",
    .details =
        "A sum of the three samples as they are: 0.2126 R + 0.7152 G + 0.0722 B (BT.709) or 0.299 R + 0.587 G + 0.114 "
        "B (BT.601). On samples that are encoded for a screen this is luma, as image programs have it; for luminance "
        "make them linear first: srgb2linear ! gray ! linear2srgb.\n\n"
        "Exact on all integer types: rounded to nearest, ties to even. Floats are added up in double.\n\n"
        "Bands behind the third, alpha among them, stay as they are. Where one of the three samples is missing "
        "(nodata), gray is. NaN makes NaN. Palette images are refused.",
    .example = "gray photo.tif out.tif --standard 601",
    .params = params,
    .param_count = 1,
    .flags = RST_OP_LOCAL | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .state_size = sizeof(struct gray),
    .bind = bind,
    .plan = plan,
    .prepare = prepare,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
    .source_band = source_band,
};
