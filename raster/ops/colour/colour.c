/* Colours told in other numbers: hue, saturation and value, and CIE L*a*b*, from sRGB and back. What is computed is in
 * the kernels; here it is said what the bands of the result are. */
#include "raster/ops/colour/colour.h"

#include "raster/image/meta.h"
#include "raster/ops/common/classes.h"

enum { CIELAB = 8, ICCLAB = 9 }; /* TIFF's photometric interpretations */

static enum rst_status prepare(enum rst_conversion which, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct rst_colour_kernels *kernels = rst_colour_kernels_of(stage->isa);
    bool table = which == RST_RGB_TO_LAB && kernels->expand_all[stage->in.type];
    struct rst_pixels *pixels;
    RST_TRY(rst_pixels_new(stage, table ? 256 * sizeof(float) : 0, &pixels, err));
    if (table) kernels->expand_all[stage->in.type](pixels->table);
    pixels->kernel = kernels->convert[which][stage->in.type];
    *shared = pixels;
    return RST_OK;
}

static enum rst_status plan_to_hsv(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                   struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)to_source;
    out->colors.photometric = RST_PHOTOMETRIC_BLACK_IS_ZERO; /* no format knows of hues */
    return rst_pixels_need_rgb("rgb2hsv", in, err);
}

static enum rst_status plan_from_hsv(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                     struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)to_source;
    out->colors.photometric = RST_PHOTOMETRIC_RGB;
    return rst_pixels_need_colors("hsv2rgb", in, err);
}

/* ICC's encoding has a code in TIFF, and so have CIE's own numbers. */
static enum rst_status plan_to_lab(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                   struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)to_source;
    bool icc = in->type == RST_U8 || in->type == RST_U16;
    out->colors.photometric = icc ? ICCLAB : rst_type_is_float(in->type) ? CIELAB : RST_PHOTOMETRIC_BLACK_IS_ZERO;
    return rst_pixels_need_rgb("rgb2lab", in, err);
}

static enum rst_status plan_from_lab(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                     struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)to_source;
    bool bytes = in->type == RST_U8 || in->type == RST_U16;
    RST_TRY(rst_pixels_need_colors("lab2rgb", in, err));
    if (bytes && in->colors.photometric == CIELAB)
        return rst_fail(err, RST_E_ARGUMENT,
                        "lab2rgb: the image says that its a* and b* have a sign, as TIFF's CIELab, and takes them as "
                        "%s, which has none; wanted is the encoding of ICCLab",
                        rst_type_name(in->type));
    out->colors.photometric = RST_PHOTOMETRIC_RGB;
    return RST_OK;
}

static enum rst_status prepare_to_hsv(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    (void)state;
    return prepare(RST_RGB_TO_HSV, stage, shared, err);
}

static enum rst_status prepare_from_hsv(const void *state, struct rst_stage *stage, void **shared,
                                        struct rst_error *err)
{
    (void)state;
    return prepare(RST_HSV_TO_RGB, stage, shared, err);
}

static enum rst_status prepare_to_lab(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    (void)state;
    return prepare(RST_RGB_TO_LAB, stage, shared, err);
}

static enum rst_status prepare_from_lab(const void *state, struct rst_stage *stage, void **shared,
                                        struct rst_error *err)
{
    (void)state;
    return prepare(RST_LAB_TO_RGB, stage, shared, err);
}

#define MISSING                                                                                                        \
    "Bands behind the third, alpha among them, stay as they are. Where one of the three samples is missing (nodata), " \
    "all three are. NaN among them makes all three NaN. Palette images are refused."

static const char *const hsv_names[] = {"hue", "saturation", "value"}, *const lab_names[] = {"L*", "a*", "b*"};

const struct rst_op_class rst_rgb2hsv_class = {
    .name = "rgb2hsv",
    .summary = "turn red, green and blue into hue, saturation and value",
    .details =
        "The hexcone of A. R. Smith, Color Gamut Transform Pairs, 1978. Value is the greatest of the three; saturation "
        "the distance to the least, divided by value; hue says where between red, yellow, green, cyan, blue and "
        "magenta. Hue and saturation of gray are 0.\n\n"
        "Floats: colours, saturation and value of 0 to 1, hue in degrees, 0 up to but not with 360. Integers: 0 to the "
        "type's greatest value are 0 to 1, and hue has as many steps as that value and one (u8: 256), once around, so "
        "that it wraps as the type does.\n\n"
        "Integers of 8 and 16 bits are rounded exactly, ties to even; wider ones and floats are computed in "
        "double.\n\n" MISSING
        "\n\nNo format has a code for hues: the bands of the result are named, and said to be gray and two more.",
    .example = "rgb2hsv photo.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .plan = plan_to_hsv,
    .prepare = prepare_to_hsv,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
    .source_band = rst_pixels_source_band,
    .names = hsv_names,
};

const struct rst_op_class rst_hsv2rgb_class = {
    .name = "hsv2rgb",
    .summary = "turn hue, saturation and value into red, green and blue",
    .details =
        "The inverse of rgb2hsv, with the same ranges; any hue is taken modulo the circle. Of u8 it gives back the "
        "colours that rgb2hsv was given to within 4 levels, of u16 to within 4, of f32 to within 1e-6.\n\n"
        "Integers of 8 and 16 bits are rounded exactly, ties to even; wider ones and floats are computed in "
        "double.\n\n" MISSING,
    .example = "hsv2rgb photo.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .plan = plan_from_hsv,
    .prepare = prepare_from_hsv,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
    .source_band = rst_pixels_source_band,
};

#define LAB_RANGES                                                                                                     \
    "Floats: L* of 0 to 100, a* and b* as they are. u8 as ICC has it: L* * 2.55, a* + 128, b* + 128; u16, u32 and "    \
    "u64 the same with more digits: times 256, 2^24 and 2^56. i8, i16, i32 and i64: 0 to 100 are 0 to the greatest "   \
    "value, a* and b* have their sign, and 128 of them are that value and one.\n\n"

const struct rst_op_class rst_rgb2lab_class = {
    .name = "rgb2lab",
    .summary = "turn sRGB into CIE L*a*b*",
    .details =
        "Samples are encoded with the curve of sRGB, and become linear first (as srgb2linear makes them). The matrix "
        "is that of IEC 61966-2-1, the white that of D65, as the sum of the matrix's rows, so that gray has no a* and "
        "b*; then CIE 15's cube root, and its line below (6/29)^3.\n\n" LAB_RANGES
        "Computed in double, and rounded once; of 8 bits in float, which is within 0.502 of a level of the exact "
        "number.\n\n" MISSING,
    .example = "rgb2lab photo.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .plan = plan_to_lab,
    .prepare = prepare_to_lab,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
    .source_band = rst_pixels_source_band,
    .names = lab_names,
};

const struct rst_op_class rst_lab2rgb_class = {
    .name = "lab2rgb",
    .summary = "turn CIE L*a*b* into sRGB",
    .details = "The inverse of rgb2lab, encoded with the curve of sRGB again. Colours that sRGB does not have saturate "
               "on integers, and lie outside of 0 to 1 on floats.\n\n" LAB_RANGES
               "Computed in double, and rounded once; of 8 bits in float, which is within 0.502 of a level of the "
               "exact number.\n\n" MISSING,
    .example = "lab2rgb photo.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS | RST_OP_COLORS,
    .plan = plan_from_lab,
    .prepare = prepare_from_lab,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
    .source_band = rst_pixels_source_band,
};
