/* clamp: samples and two levels that the user gave. A level is rounded to the image's type and saturated, which comes
 * to the same as clamping in double and rounding then, rounding being monotone. */
#include "raster/ops/common/classes.h"
#include "raster/ops/point/level.h"
#include "raster/ops/point/point.h"

struct clamp {
    bool has_min, has_max;
    struct rst_level min, max;
};

static const struct rst_param clamp_params[] = {
    {.name = "min", .kind = RST_PARAM_REAL, .preset = "", .summary = "samples below it become it"},
    {.name = "max", .kind = RST_PARAM_REAL, .preset = "", .summary = "samples above it become it"},
};

static enum rst_status bind_clamp(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct clamp *clamp = state;
    if (!values[0].given && !values[1].given) return rst_fail(err, RST_E_ARGUMENT, "clamp needs --min, --max or both");
    if (values[0].given && values[1].given && values[0].real > values[1].real)
        return rst_fail(err, RST_E_ARGUMENT, "clamp --min %.15g is above --max %.15g", values[0].real, values[1].real);
    *clamp = (struct clamp){values[0].given, values[1].given, rst_level_of(&values[0]), rst_level_of(&values[1])};
    return RST_OK;
}

static enum rst_status prepare_clamp(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct clamp *clamp = state;
    enum rst_type type = stage->in.type;
    struct rst_point *point;
    RST_TRY(rst_point_new(stage, 0, &point, err));
    point->kernel = rst_point_kernels_of(stage->isa)->clamp[type];
    point->low = clamp->has_min ? clamp->min.nearest[type] : rst_level_extreme(type, -1);
    point->high = clamp->has_max ? clamp->max.nearest[type] : rst_level_extreme(type, 1);
    *shared = point;
    return RST_OK;
}

const struct rst_op_class rst_clamp_class = {
    .name = "clamp",
    .summary = "limit samples to a range",
    .details = "Samples below min become min, samples above max become max; one of both may be left out. Limits are "
               "rounded to the image's type. NaN stays NaN. Exact for all types.\n\n"
               "All bands are treated alike, alpha too. Nodata samples stay nodata.",
    .example = "clamp height.tif out.tif --min 0 --max 1",
    .params = clamp_params,
    .param_count = 2,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct clamp),
    .bind = bind_clamp,
    .prepare = prepare_clamp,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
