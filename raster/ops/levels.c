/* clamp and threshold: comparing samples with a level that the user gave.
 *
 * The level is turned into the image's type once, and samples are compared in that type. For clamp it is rounded and
 * saturated, which comes to the same as clamping in double and rounding then, rounding being monotone. For threshold it
 * becomes the greatest sample that is not above it: x > level and x > that are then the same. Both are exact for 64-bit
 * integers, since a level's text is read in every type before it goes through a double. */
#include <math.h>

#include "raster/ops/classes.h"
#include "raster/ops/point.h"

struct level {
    double real;
    union rst_sample nearest[RST_TYPE_COUNT]; /* exact where the text is a sample of the type */
    bool exact[RST_TYPE_COUNT];
};

struct clamp {
    bool has_min, has_max;
    struct level min, max;
};

struct threshold {
    bool has_above;
    struct level value, above, below;
};

static struct level level_of(const struct rst_value *value)
{
    struct level level = {.real = value->real};
    for (int i = 0; value->given && i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i;
        level.exact[i] = !rst_type_is_float(type) && rst_sample_parse(value->text, type, &level.nearest[i]);
        if (!level.exact[i]) level.nearest[i] = rst_sample_from_double(value->real, type);
    }
    return level;
}

/* The least and the greatest sample; infinite for floats. */
static union rst_sample extreme(enum rst_type type, double sign)
{
    return rst_sample_from_double(sign * (double)INFINITY, type);
}

/* The greatest sample that is not above the level; false where all are. */
static bool at_or_below(const struct level *level, enum rst_type type, union rst_sample *limit)
{
    *limit = level->nearest[type];
    if (level->exact[type]) return true;
    if (type == RST_F32 && (double)limit->f32 > level->real) limit->f32 = nextafterf(limit->f32, -INFINITY);
    if (rst_type_is_float(type)) return true;
    *limit = rst_sample_from_double(floor(level->real), type);
    return level->real >= rst_sample_to_double(extreme(type, -1), type);
}

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
    *clamp = (struct clamp){values[0].given, values[1].given, level_of(&values[0]), level_of(&values[1])};
    return RST_OK;
}

static enum rst_status prepare_clamp(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct clamp *clamp = state;
    enum rst_type type = stage->in.type;
    struct rst_point *point;
    RST_TRY(rst_point_new(stage, 0, &point, err));
    point->kernel = rst_point_kernels_of(stage->isa)->clamp[type];
    point->low = clamp->has_min ? clamp->min.nearest[type] : extreme(type, -1);
    point->high = clamp->has_max ? clamp->max.nearest[type] : extreme(type, 1);
    *shared = point;
    return RST_OK;
}

static const struct rst_param threshold_params[] = {
    {.name = "value", .kind = RST_PARAM_REAL, .summary = "the level that samples are compared with"},
    {.name = "above",
     .kind = RST_PARAM_REAL,
     .preset = "",
     .summary = "what samples above the level become; the type's greatest value, 1 for floats, if not given"},
    {.name = "below", .kind = RST_PARAM_REAL, .preset = "0", .summary = "what all other samples become"},
};

static enum rst_status bind_threshold(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    *(struct threshold *)state =
        (struct threshold){values[1].given, level_of(&values[0]), level_of(&values[1]), level_of(&values[2])};
    return RST_OK;
}

static enum rst_status prepare_threshold(const void *state, struct rst_stage *stage, void **shared,
                                         struct rst_error *err)
{
    const struct threshold *threshold = state;
    enum rst_type type = stage->in.type;
    struct rst_point *point;
    RST_TRY(rst_point_new(stage, 0, &point, err));
    point->kernel = rst_point_kernels_of(stage->isa)->threshold[type];
    point->high = threshold->has_above      ? threshold->above.nearest[type]
                  : rst_type_is_float(type) ? rst_sample_from_double(1, type)
                                            : extreme(type, 1);
    point->low = threshold->below.nearest[type];
    if (!at_or_below(&threshold->value, type, &point->limit)) point->low = point->high;
    *shared = point;
    return RST_OK;
}

const struct rst_op_class rst_clamp_class = {
    .name = "clamp",
    .summary = "limit samples to a range",
    .details = "Samples below min become min, samples above max become max; one of both may be left out. Limits are "
               "rounded to the image's type. NaN stays NaN. Exact for all types.\n\n"
               "All bands are treated alike, alpha too. Nodata samples stay nodata.",
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

const struct rst_op_class rst_threshold_class = {
    .name = "threshold",
    .summary = "make two values of all",
    .details = "Samples greater than value become above, all others below, NaN among them; both are rounded to the "
               "image's type. The comparison is exact for all types.\n\n"
               "All bands are treated alike, alpha too. Nodata samples stay nodata.",
    .params = threshold_params,
    .param_count = 3,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct threshold),
    .bind = bind_threshold,
    .prepare = prepare_threshold,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
