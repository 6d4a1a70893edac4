/* gaussblur, sharpen and unsharp: how they are done. Rows are made by gauss_rows.c.
 *
 * Which arithmetic serves is decided by the error bound. With n = radius + 1 taps to a side, centre included, and a
 * pixel's range of 2 * h around its middle (h = 127.5 for u8), the unrounded results lie at most this far from the
 * exact sum:
 *
 *     FIXED   2 * (n / 128 + h * d), d = sum of |fixed weight - weight|: each product is rounded to half of 2^-6, and
 *             the weights add up to exactly 1, so what the first pass adds passes the second unchanged
 *     SINGLE  2 * (n + 4) * 2^-24 of the greatest value: weight, product and pair round once, then n sums
 *
 * Below 1 (after sharpening, times its amount) a rounded result is at most one level from the rounded exact one.
 */
#include <math.h>
#include <stdlib.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/smooth/gauss_rows.h"
#include "raster/ops/smooth/weights.h"

RST_KERNEL_TABLES(struct rst_gauss_kernels, rst_gauss_kernels);

enum {
    FLOAT_RADIUS = 32, /* f32 pixels are summed in float up to here */
    MOST_RADIUS = 4096
};

struct gauss_state {
    int radius;
    bool cut_off; /* at a radius that was given */
    bool sharpens;
    double sigma;
    struct rst_gauss_sharpening sharpening;
};

static enum rst_status bind(double sigma, const struct rst_value *radius, struct gauss_state *state)
{
    int wanted = (int)ceil(3 * sigma);

    state->cut_off = radius && radius->given;
    if (state->cut_off) wanted = (int)radius->integer;
    state->sigma = sigma;
    state->radius = rst_weights_radius(sigma, wanted);
    return RST_OK;
}

static enum rst_status gaussblur_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    return bind(values[0].real, &values[1], state);
}

static enum rst_status sharpen_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct gauss_state *sharpen = state;

    (void)err;
    sharpen->sharpens = true;
    sharpen->sharpening = (struct rst_gauss_sharpening){values[1].real, 0};
    return bind(values[0].real, NULL, sharpen);
}

static enum rst_status unsharp_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct gauss_state *unsharp = state;

    (void)err;
    unsharp->sharpens = true;
    unsharp->sharpening = (struct rst_gauss_sharpening){values[1].real, values[2].real};
    return bind(values[0].real, NULL, unsharp);
}

/* By how much an error of the blurred image is made greater. */
static double gain_of(const struct gauss_state *state)
{
    return state->sharpens ? 1 + fabs(state->sharpening.amount) : 1;
}

/* Whether the Gaussian is wide enough for a coarse grid. */
static bool is_wide(const struct gauss_state *state, enum rst_type type, struct rst_coarse_grid *grid)
{
    return !state->cut_off && rst_coarse_grid_for(type, state->sigma, gain_of(state), grid);
}

static void need(const void *bound, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct gauss_state *state = bound;
    struct rst_coarse_grid grid;
    int64_t radius = is_wide(state, in->type, &grid) ? rst_coarse_reach(&grid) : state->radius;

    *window = (struct rst_rect){out.x - radius, out.y - radius, out.width + 2 * radius, out.height + 2 * radius};
}

/* Whether the bound of SINGLE is below one level, or good enough for floats. */
static bool single_serves(enum rst_type type, int radius, double gain)
{
    double step = 2.0 * (radius + 5) / 16777216; /* 2^24 */

    switch (type) {
    case RST_U8:
    case RST_I8:
        return gain * step * 256 < 0.9;
    case RST_U16:
        return gain * step * 65536 < 0.9;
    case RST_I16:
        return gain * step * 32768 < 0.9;
    case RST_F32:
        return radius <= FLOAT_RADIUS;
    default:
        return false;
    }
}

static void choose_path(struct rst_gauss_plan *gauss, enum rst_type type, double gain)
{
    double error = 0;
    bool narrow = type == RST_U8 || type == RST_I8;

    if (narrow && gauss->radius < 64 && rst_weights_fixed(gauss->doubles, gauss->radius, gauss->fixed, &error) &&
        gain * 2 * ((gauss->radius + 1) / 128.0 + 128 * error) < 0.9) {
        gauss->path = RST_GAUSS_FIXED;
        gauss->half = gauss->fixed;
        gauss->size = sizeof(int16_t);
    } else if (single_serves(type, gauss->radius, gain)) {
        gauss->path = RST_GAUSS_SINGLE;
        gauss->half = gauss->singles;
        gauss->size = sizeof(float);
    } else {
        gauss->path = RST_GAUSS_DOUBLE;
        gauss->half = gauss->doubles;
        gauss->size = sizeof(double);
    }
}

static void finish(void *shared)
{
    struct rst_gauss_plan *gauss = shared;

    if (!gauss) return;
    free(gauss->fixed);
    free(gauss->singles);
    free(gauss->doubles);
    free(gauss);
}

static enum rst_status prepare_wide(const struct gauss_state *state, const struct rst_coarse_grid *grid,
                                    struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct rst_gauss_plan *gauss = calloc(1, sizeof(*gauss));

    if (!gauss) return rst_fail(err, RST_E_NOMEM, "gaussblur: no memory for %zu bytes of tables", sizeof(*gauss));
    *shared = gauss;
    gauss->wide = true;
    gauss->sharpening = state->sharpens ? &state->sharpening : NULL;
    gauss->kernels = rst_gauss_kernels_of(stage->isa);
    enum rst_status status =
        rst_coarse_prepare(grid, state->sigma, gain_of(state), state->sharpens, stage, &gauss->coarse, err);
    if (status) finish(gauss);
    return status;
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct gauss_state *state = bound;
    struct rst_coarse_grid grid;
    size_t taps = (size_t)state->radius + 1;

    if (is_wide(state, stage->in.type, &grid)) return prepare_wide(state, &grid, stage, shared, err);
    struct rst_gauss_plan *gauss = calloc(1, sizeof(*gauss));
    if (gauss) {
        gauss->fixed = calloc(taps, sizeof(*gauss->fixed));
        gauss->singles = calloc(taps, sizeof(*gauss->singles));
        gauss->doubles = calloc(taps, sizeof(*gauss->doubles));
    }
    if (!gauss || !gauss->fixed || !gauss->singles || !gauss->doubles) {
        finish(gauss);
        return rst_fail(err, RST_E_NOMEM, "gaussblur: no memory for %zu weights", taps);
    }
    gauss->radius = state->radius;
    gauss->sharpening = state->sharpens ? &state->sharpening : NULL;
    gauss->kernels = rst_gauss_kernels_of(stage->isa);
    rst_weights_gauss(state->sigma, state->radius, gauss->doubles);
    for (size_t k = 0; k < taps; k++)
        gauss->singles[k] = (float)gauss->doubles[k];
    choose_path(gauss, stage->in.type, gain_of(state));
    gauss->weighted =
        (struct rst_weighted_plan){gauss->kernels, rst_weighted_kernels_for(stage->isa), gauss->doubles, state->radius};
    stage->hold = 1; /* every row is copied in some form at once */
    *shared = gauss;
    return RST_OK;
}

static const struct rst_param gaussblur_params[] = {
    {"sigma", RST_PARAM_REAL, 0.05, 1365, NULL, NULL, "pixels", "standard deviation of the Gaussian"},
    {"radius", RST_PARAM_INT, 0, MOST_RADIUS, "", NULL, "pixels", "where the Gaussian is cut off"},
};

static const struct rst_param sharpen_params[] = {
    {"sigma", RST_PARAM_REAL, 0.05, 1365, "1", NULL, "pixels", "standard deviation of the Gaussian"},
    {"amount", RST_PARAM_REAL, 0, 100, "1", NULL, NULL, "how much of the difference to the blurred image is added"},
};

static const struct rst_param unsharp_params[] = {
    {"sigma", RST_PARAM_REAL, 0.05, 1365, "1", NULL, "pixels", "standard deviation of the Gaussian"},
    {"amount", RST_PARAM_REAL, 0, 100, "1", NULL, NULL, "how much of the difference to the blurred image is added"},
    {"threshold", RST_PARAM_REAL, 0, 1e100, "0", NULL, "levels",
     "samples that differ no more than this are left alone"},
};

#define HOW_EXACT                                                                                                      \
    "Narrow Gaussians are summed as they stand: u8 and i8 in 16-bit fixed point while radius and strength allow, "     \
    "u16, i16 and f32 (to radius 32) in float, all else in double, and 64-bit integers go through double. u8, i8, "    \
    "u16 and i16 come out within 1 of the sum in double, f32 within 2 (radius + 5) / 2^24 of the greatest magnitude "  \
    "in the window.\n\n"                                                                                               \
    "Wide ones, of sigma 4 and more for 8 bits, 6 for 16 bits and f32, and 16 for all other types, are not cut off, "  \
    "and are done on a grid of every 2nd, 4th ... 512th pixel, at a cost that does not grow with sigma: B-splines of " \
    "order 4, 6 or 8 take the image there and back (Unser, Aldroubi and Eden 1993), with a kernel between them that "  \
    "is fitted so that all together are the Gaussian. What that is off by, for any image, in parts of the range of "   \
    "the samples around: 9e-4 for 8 bits, 5e-6 for 16 bits and f32, 1e-10 for the others; u8, i8, u16 and i16 come "   \
    "out within 1, f32 within 1.5e-5 of the greatest magnitude. What is not finite is seen up to 8.5 sigma away.\n\n"

#define WHAT_IS_MISSING                                                                                                \
    "Missing samples count for nothing and the other weights grow to fill their place; with unassociated alpha "       \
    "colours count as much as they are opaque. Narrow Gaussians do so sample by sample, which takes longer the wider " \
    "they are; for wide ones it takes a few times as long as without. Colours that have nothing opaque around them "   \
    "become their plain average, with wide Gaussians stay what they are. A missing sample stays missing."

#define GAUSS_FLAGS RST_OP_LOCAL | RST_OP_AVERAGES

const struct rst_op_class rst_gaussblur_class = {
    .name = "gaussblur",
    .summary = "blur with a Gaussian",
    .details = "Each sample becomes the average of its neighbours, weighted by exp(-d^2 / (2 sigma^2)) at distance d "
               "in each direction. Where a radius is given the Gaussian is cut off there, and summed as it stands at a "
               "cost that grows with the radius; otherwise narrow ones are cut off at 3 sigma, rounded up (and where "
               "the weight is below 2^-64 of the centre's).\n\n" HOW_EXACT WHAT_IS_MISSING,
    .example = "gaussblur photo.tif out.tif --sigma 2",
    .params = gaussblur_params,
    .param_count = 2,
    .flags = GAUSS_FLAGS,
    .state_size = sizeof(struct gauss_state),
    .bind = gaussblur_bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = rst_gauss_begin,
    .row = rst_gauss_row,
};

const struct rst_op_class rst_sharpen_class = {
    .name = "sharpen",
    .summary = "sharpen by unsharp masking, everywhere alike",
    .details = "v + amount * (v - blurred), blurred being what gaussblur with this sigma gives before it is rounded: "
               "unsharp with a threshold of 0.\n\n" HOW_EXACT WHAT_IS_MISSING,
    .example = "sharpen photo.tif out.tif --sigma 1 --amount 0.5",
    .params = sharpen_params,
    .param_count = 2,
    .flags = GAUSS_FLAGS,
    .state_size = sizeof(struct gauss_state),
    .bind = sharpen_bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = rst_gauss_begin,
    .row = rst_gauss_row,
};

const struct rst_op_class rst_unsharp_class = {
    .name = "unsharp",
    .summary = "sharpen by unsharp masking, where contrast is above a threshold",
    .details = "v + amount * (v - blurred) where v and blurred are more than the threshold apart, else v; blurred is "
               "what gaussblur with this sigma gives before it is rounded. So noise below the threshold is not "
               "sharpened with the image. With a threshold of 0 it is the same as sharpen. The threshold is in the "
               "samples' own unit: levels of integers. A difference so close to it that blurred's error decides (see "
               "below) may fall on either side, always the same one.\n\n" HOW_EXACT WHAT_IS_MISSING,
    .example = "unsharp photo.tif out.tif --sigma 1.5 --amount 0.8 --threshold 3",
    .params = unsharp_params,
    .param_count = 3,
    .flags = GAUSS_FLAGS,
    .state_size = sizeof(struct gauss_state),
    .bind = unsharp_bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = rst_gauss_begin,
    .row = rst_gauss_row,
};
