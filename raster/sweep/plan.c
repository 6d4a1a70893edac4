/* What a pipeline makes of an image before a single pixel is touched: shapes, the map back to the source, metadata,
 * and whether it may run in place. Every operation sees the result of the one before it, exactly as if that had been
 * written to a file and opened again. */
#include "raster/sweep/plan.h"

#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/items.h"

static bool same_size(const struct rst_shape *a, const struct rst_shape *b)
{
    return a->type == b->type && a->width == b->width && a->height == b->height && a->bands == b->bands;
}

/* What an operation that says nothing of colours makes of them. */
static void fit_colors(const struct rst_shape *in, struct rst_shape *out)
{
    bool told = out->colors.photometric != in->colors.photometric;
    if (!told && in->palette && !out->palette)
        out->colors.photometric = RST_PHOTOMETRIC_BLACK_IS_ZERO;
    else if (!told && !out->palette && out->bands != in->bands)
        out->colors.photometric = RST_PHOTOMETRIC_UNKNOWN;
    if (out->palette) return;
    out->colors.map = NULL;
    out->colors.map_count = 0;
}

enum rst_status rst_plan_step(const struct rst_op *op, const struct rst_shape *in, struct rst_shape *out,
                              struct rst_affine *to_source, struct rst_error *err)
{
    const struct rst_op_class *kind = rst_op_kind(op);
    struct rst_affine map = RST_AFFINE_IDENTITY;
    if ((kind->flags & (RST_OP_AVERAGES | RST_OP_LEVELS)) && in->palette)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s takes samples for levels, and these are indices into a colour map: palette expands them",
                        kind->name);
    *out = *in;
    if (kind->plan) RST_TRY(kind->plan(rst_op_state(op), in, out, &map, err));
    fit_colors(in, out);
    if (out->width < 1 || out->height < 1 || out->bands < 1)
        return rst_fail(err, RST_E_ARGUMENT, "%s leaves no pixel of %lld x %lld", kind->name, (long long)in->width,
                        (long long)in->height);
    if ((kind->flags & RST_OP_POINT) &&
        (out->width != in->width || out->height != in->height || out->bands != in->bands))
        return rst_fail(err, RST_E_ARGUMENT, "%s is a point operation, and changes the size of the image", kind->name);
    if (to_source) *to_source = map;
    return RST_OK;
}

struct rst_rect rst_plan_need(const struct rst_op *op, const struct rst_shape *in, struct rst_rect window)
{
    const struct rst_op_class *kind = rst_op_kind(op);
    struct rst_rect need = window;
    if (kind->need) kind->need(rst_op_state(op), in, window, &need);
    return need;
}

struct rst_halo rst_plan_halo(const struct rst_pipeline *pipeline, int from, int length, const struct rst_shape *in,
                              enum rst_border_rule rule)
{
    bool mirror = rule == RST_REFLECT || rule == RST_REFLECT101;
    struct rst_halo halo = {0};
    struct rst_shape shape = *in;
    for (int i = 0; i < length; i++) {
        const struct rst_rect pixel = {0, 0, 1, 1};
        const struct rst_op *op = rst_pipeline_op(pipeline, from + i);
        struct rst_shape next;
        struct rst_rect need = rst_plan_need(op, &shape, pixel);
        if (rst_plan_step(op, &shape, &next, NULL, NULL) == RST_OK) shape = next; /* it was planned before */
        int64_t left = -need.x, right = need.x + need.width - 1, up = -need.y, down = need.y + need.height - 1;
        int64_t wide = rst_max64(left, right), high = rst_max64(up, down);
        halo.left += mirror ? wide : left;
        halo.right += mirror ? wide : right;
        halo.up += mirror ? high : up;
        halo.down += mirror ? high : down;
    }
    return halo;
}

enum rst_status rst_plan_steps(const struct rst_pipeline *pipeline, int from, int length, const struct rst_shape *in,
                               struct rst_shape *out, struct rst_affine *to_source, struct rst_error *err)
{
    struct rst_shape shape = *in;
    if (to_source) *to_source = RST_AFFINE_IDENTITY;
    for (int i = from; i < from + length; i++) {
        struct rst_shape next;
        struct rst_affine map;
        RST_TRY(rst_plan_step(rst_pipeline_op(pipeline, i), &shape, &next, &map, err));
        if (to_source) *to_source = rst_affine_compose(*to_source, map);
        shape = next;
    }
    *out = shape;
    return RST_OK;
}

enum rst_status rst_pipeline_plan(const struct rst_pipeline *pipeline, const struct rst_shape *in,
                                  const struct rst_rect *window, struct rst_shape *out, struct rst_affine *to_source,
                                  struct rst_error *err)
{
    struct rst_shape shape = *in;
    struct rst_affine map;
    RST_TRY(rst_plan_steps(pipeline, 0, rst_pipeline_length(pipeline), in, &shape, &map, err));
    if (window) {
        if (window->x < 0 || window->y < 0 || window->width < 1 || window->height < 1 ||
            window->width > shape.width - window->x || window->height > shape.height - window->y)
            return rst_fail(err, RST_E_ARGUMENT,
                            "window %lld,%lld,%lld,%lld does not lie in the result, which is %lld x %lld",
                            (long long)window->x, (long long)window->y, (long long)window->width,
                            (long long)window->height, (long long)shape.width, (long long)shape.height);
        shape.width = window->width;
        shape.height = window->height;
        map = rst_affine_compose(map, (struct rst_affine){{1, 0, (double)window->x, 0, 1, (double)window->y}});
    }
    if (out) *out = shape;
    if (to_source) *to_source = map;
    return RST_OK;
}

/* What is said of single bands goes with them, where the operation tells which they are. */
static enum rst_status fit_bands(struct rst_meta *meta, const struct rst_op *op, const struct rst_shape *in,
                                 const struct rst_shape *out, struct rst_error *err)
{
    const struct rst_op_class *kind = rst_op_kind(op);
    if (!kind->source_band) {
        if (out->bands == in->bands) return RST_OK;
        free(meta->extra_samples);
        meta->extra_samples = NULL;
        meta->extra_sample_count = 0;
        meta->photometric = RST_PHOTOMETRIC_UNKNOWN;
        memset(meta->significant_bits, 0, sizeof meta->significant_bits);
        memset(meta->background, 0, sizeof meta->background);
        meta->has_background = false;
        rst_meta_clear_band_names(meta);
        rst_meta_drop_band_items(meta);
        return RST_OK;
    }
    int32_t *list = calloc((size_t)out->bands, sizeof *list);
    if (!list) return rst_fail(err, RST_E_NOMEM, "no memory for a list of %d bands", (int)out->bands);
    bool made = false;
    for (int32_t i = 0; i < out->bands; i++) {
        list[i] = kind->source_band(rst_op_state(op), in, i);
        made = made || list[i] < 0;
    }
    enum rst_status status = RST_OK;
    if (made)
        status = rst_meta_make_bands(meta, in->bands, list, out->bands, out->colors.photometric, err);
    else
        status = rst_meta_pick_bands(meta, in->bands, list, out->bands, err);
    for (int32_t i = 0; kind->names && i < out->bands && status == RST_OK; i++)
        if (list[i] < 0) status = rst_meta_name_band(meta, i, kind->names[i], err);
    free(list);
    return status;
}

/* Where the operation makes alpha, or another kind of it, the kind is told. */
static void fit_alpha(struct rst_meta *meta, const struct rst_shape *in, const struct rst_shape *out)
{
    if (out->opacity < 0 || (in->opacity >= 0 && (in->alpha >= 0) == (out->alpha >= 0))) return;
    size_t left = (size_t)(out->bands - out->opacity);
    if (!meta->extra_samples || left > meta->extra_sample_count) return;
    meta->extra_samples[meta->extra_sample_count - left] =
        out->alpha >= 0 ? RST_EXTRA_UNASSOCIATED_ALPHA : RST_EXTRA_ASSOCIATED_ALPHA;
}

/* What tells of the colours that the samples stood for. */
static void drop_profile(struct rst_meta *meta)
{
    free(meta->icc);
    meta->icc = NULL;
    meta->icc_size = 0;
    meta->gamma = 0;
    meta->srgb_intent = 0;
    memset(meta->chromaticities, 0, sizeof meta->chromaticities);
    memset(meta->background, 0, sizeof meta->background);
    meta->has_background = false;
}

/* Drops what one operation makes untrue. */
static enum rst_status fit_step(struct rst_meta *meta, const struct rst_op *op, const struct rst_shape *in,
                                const struct rst_shape *out, struct rst_error *err)
{
    RST_TRY(fit_bands(meta, op, in, out, err));
    fit_alpha(meta, in, out);
    if (rst_op_kind(op)->flags & RST_OP_COLORS) drop_profile(meta);
    if (out->type != in->type) { /* they are in the range of the old samples */
        memset(meta->significant_bits, 0, sizeof meta->significant_bits);
        memset(meta->background, 0, sizeof meta->background);
        meta->has_background = false;
    }
    if (in->palette && !out->palette) {
        free(meta->color_map);
        meta->color_map = NULL;
        meta->color_map_count = 0;
        if (meta->photometric == RST_PHOTOMETRIC_PALETTE) meta->photometric = RST_PHOTOMETRIC_BLACK_IS_ZERO;
    }
    return RST_OK;
}

static enum rst_status fit_meta(struct rst_meta *meta, const struct rst_pipeline *pipeline, const struct rst_shape *in,
                                struct rst_error *err)
{
    struct rst_shape shape = *in;
    for (int i = 0; i < rst_pipeline_length(pipeline); i++) {
        struct rst_shape next;
        RST_TRY(rst_plan_step(rst_pipeline_op(pipeline, i), &shape, &next, NULL, err));
        RST_TRY(fit_step(meta, rst_pipeline_op(pipeline, i), &shape, &next, err));
        shape = next;
    }
    meta->has_nodata = shape.has_nodata;
    meta->nodata = shape.nodata;
    return RST_OK;
}

enum rst_status rst_pipeline_meta(const struct rst_pipeline *pipeline, const struct rst_shape *in,
                                  const struct rst_meta *meta, const struct rst_rect *window, struct rst_meta *out,
                                  struct rst_error *err)
{
    struct rst_affine to_source;
    RST_TRY(rst_pipeline_plan(pipeline, in, window, NULL, &to_source, err));
    RST_TRY(rst_meta_copy(out, meta, err));
    out->overviews = 0;
    if (rst_pipeline_length(pipeline) > 0 || window) rst_meta_drop_statistics(out);
    enum rst_status status = fit_meta(out, pipeline, in, err);
    if (status == RST_OK && !rst_affine_is_identity(to_source)) status = rst_meta_apply(out, to_source, err);
    if (status) rst_meta_clear(out);
    return status;
}

static enum rst_status step_in_place(const struct rst_op *op, const struct rst_shape *in, struct rst_shape *result,
                                     struct rst_error *err)
{
    const struct rst_op_class *kind = rst_op_kind(op);
    struct rst_shape out = *in;
    RST_TRY(rst_plan_step(op, in, &out, NULL, err));
    *result = out;
    if (out.type != in->type)
        return rst_fail(err, RST_E_ARGUMENT, "%s cannot run in place: it makes %s of %s", kind->name,
                        rst_type_name(out.type), rst_type_name(in->type));
    if (!same_size(&out, in))
        return rst_fail(err, RST_E_ARGUMENT, "%s cannot run in place: it makes %lld x %lld x %d of %lld x %lld x %d",
                        kind->name, (long long)out.width, (long long)out.height, (int)out.bands, (long long)in->width,
                        (long long)in->height, (int)in->bands);
    if (!(kind->flags & (RST_OP_POINT | RST_OP_LOCAL)))
        return rst_fail(
            err, RST_E_ARGUMENT,
            "%s cannot run in place: it needs pixels from elsewhere than around its own; write to a new file",
            kind->name);
    return RST_OK;
}

/* In place a file keeps its metadata: they must not tell a lie of its new samples. */
static enum rst_status same_meaning(const struct rst_shape *in, const struct rst_shape *out, struct rst_error *err)
{
    if (in->opacity >= 0 && out->opacity >= 0 && (in->alpha >= 0) != (out->alpha >= 0))
        return rst_fail(
            err, RST_E_ARGUMENT,
            "this cannot run in place: the file would go on saying that its alpha is %s; write to a new file",
            in->alpha >= 0 ? "unassociated" : "associated (premultiplied)");
    if (in->colors.photometric <= RST_PHOTOMETRIC_BLACK_IS_ZERO || in->colors.photometric == out->colors.photometric)
        return RST_OK;
    return rst_fail(
        err, RST_E_ARGUMENT,
        "this cannot run in place: the file would go on telling of the colours that its bands showed before; "
        "write to a new file");
}

enum rst_status rst_pipeline_in_place(const struct rst_pipeline *pipeline, const struct rst_shape *in,
                                      struct rst_error *err)
{
    struct rst_shape shape = *in, next;
    for (int i = 0; i < rst_pipeline_length(pipeline); i++, shape = next)
        RST_TRY(step_in_place(rst_pipeline_op(pipeline, i), &shape, &next, err));
    return same_meaning(in, &shape, err);
}
