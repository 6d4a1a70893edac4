/* premultiply and unpremultiply: alpha that stands beside colours, and alpha that they are multiplied with. Formats
 * know both, as unassociated and associated alpha, and the result says which it is. */
#include "raster/ops/colour/alpha.h"

#include "raster/ops/common/classes.h"

static enum rst_status need_alpha(const char *name, const struct rst_shape *in, struct rst_error *err)
{
    RST_TRY(rst_pixels_need_no_palette(name, in, err));
    if (in->opacity < 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s wants alpha, and the image declares no band of it%s", name,
                        in->bands == 2 || in->bands == 4 ? " (or it is ignored)" : "");
    if (in->bands < 2)
        return rst_fail(err, RST_E_ARGUMENT, "%s wants colours beside alpha, and the image has alpha alone", name);
    return RST_OK;
}

static enum rst_status plan_premultiply(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                        struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)to_source;
    RST_TRY(need_alpha("premultiply", in, err));
    if (in->alpha < 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "premultiply: the image says that its alpha is associated: its colours are multiplied already");
    out->opacity = in->alpha;
    out->alpha = -1;
    return RST_OK;
}

static enum rst_status plan_unpremultiply(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                          struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)to_source;
    RST_TRY(need_alpha("unpremultiply", in, err));
    if (in->alpha >= 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "unpremultiply: the image says that its alpha is unassociated: its colours are not multiplied "
                        "with it");
    out->alpha = in->opacity;
    return RST_OK;
}

static enum rst_status prepare(struct rst_stage *stage, int32_t band, rst_pixel_kernel *const *kernels, void **shared,
                               struct rst_error *err)
{
    struct rst_pixels *pixels;
    RST_TRY(rst_pixels_new(stage, 0, &pixels, err));
    pixels->kernel = kernels[stage->in.type];
    pixels->alpha = band;
    *shared = pixels;
    return RST_OK;
}

static enum rst_status prepare_premultiply(const void *state, struct rst_stage *stage, void **shared,
                                           struct rst_error *err)
{
    (void)state;
    return prepare(stage, stage->in.alpha, rst_alpha_kernels_of(stage->isa)->premultiply, shared, err);
}

static enum rst_status prepare_unpremultiply(const void *state, struct rst_stage *stage, void **shared,
                                             struct rst_error *err)
{
    (void)state;
    return prepare(stage, stage->in.opacity, rst_alpha_kernels_of(stage->isa)->unpremultiply, shared, err);
}

#define NODATA                                                                                                         \
    "\n\nAll other bands are colours, as they are where averages are weighted with alpha. Nodata samples stay "        \
    "nodata; "                                                                                                         \
    "where alpha is missing, all samples of the pixel are. In place it runs only as a part of a pipeline that leaves " \
    "alpha as it was: the file would go on telling of the other kind."

const struct rst_op_class rst_premultiply_class = {
    .name = "premultiply",
    .summary = "multiply colours with alpha",
    .details = "c * a / full, where full is the greatest value of an integer type and 1 for floats; a negative alpha "
               "counts as 0. The result says that its alpha is associated. Images without unassociated alpha are "
               "refused.\n\n"
               "Exact on all integer types: rounded to nearest. Floats are rounded once." NODATA,
    .example = "premultiply rgba.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS,
    .plan = plan_premultiply,
    .prepare = prepare_premultiply,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
};

const struct rst_op_class rst_unpremultiply_class = {
    .name = "unpremultiply",
    .summary = "divide colours by the alpha that they are multiplied with",
    .details = "c * full / a, where full is the greatest value of an integer type and 1 for floats, and 0 where alpha "
               "is 0 or less. The result says that its alpha is unassociated. Images without associated alpha are "
               "refused.\n\n"
               "Exact on all integer types: rounded to nearest, ties to even, saturated. Floats are rounded "
               "once." NODATA,
    .example = "pipeline rgba.tif out.tif premultiply ! gaussblur --sigma 2 ! unpremultiply",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS,
    .plan = plan_unpremultiply,
    .prepare = prepare_unpremultiply,
    .finish = rst_pixels_finish,
    .begin = rst_pixels_begin,
    .row = rst_pixels_row,
};
