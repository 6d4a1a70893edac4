/* scale: a line from a range of samples to a range of results. Where the user gives no range, a survey finds one for
 * each band. On 8 and 16 bits the line is computed once for every value there is, and looked up. */
#include <float.h>
#include <math.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/contrast/curves.h"
#include "raster/ops/point/cast.h"
#include "raster/ops/survey/counts.h"
#include "raster/ops/survey/histogram.h"
#include "raster/ops/survey/percentile.h"

enum { SRC_MIN, SRC_MAX, DST_MIN, DST_MAX, PERCENT, JOINT, TYPE };

/* What the user gave, or did not. */
struct number {
    bool given;
    double real;
};

/* A state never moves: the survey's settings may point into it. */
struct scale {
    struct number src[2], dst[2]; /* least and greatest */
    bool joint, changes_type;
    enum rst_type type;
    enum { KNOWN, REACH, PERCENTILES } finding;
    double percents[2];
    struct rst_percentile_settings percentiles;
    struct rst_reduction survey;
};

static const struct rst_param params[] = {
    [SRC_MIN] = {.name = "src-min",
                 .kind = RST_PARAM_REAL,
                 .preset = "",
                 .summary = "the sample that becomes dst-min; the least there is, if not given"},
    [SRC_MAX] = {.name = "src-max",
                 .kind = RST_PARAM_REAL,
                 .preset = "",
                 .summary = "the sample that becomes dst-max; the greatest there is, if not given"},
    [DST_MIN] = {.name = "dst-min",
                 .kind = RST_PARAM_REAL,
                 .preset = "",
                 .summary = "the least result; the type's least value, 0 for floats, if not given"},
    [DST_MAX] = {.name = "dst-max",
                 .kind = RST_PARAM_REAL,
                 .preset = "",
                 .summary = "the greatest result; the type's greatest value, 1 for floats, if not given"},
    [PERCENT] = {.name = "percent",
                 .kind = RST_PARAM_NUMBERS,
                 .min = 0,
                 .max = 100,
                 .preset = "",
                 .summary = "two percentiles in place of the least and the greatest sample, as in 2,98"},
    [JOINT] = {.name = "joint",
               .kind = RST_PARAM_CHOICE,
               .choices = "no|yes",
               .preset = "no",
               .summary = "find one range for all bands together and not one for each"},
    [TYPE] = {.name = "type", .kind = RST_PARAM_TYPE, .preset = "", .summary = "the type of the result"},
};

static const struct rst_histogram_settings reach_settings = {.range_only = true};

static enum rst_status bind_percents(const struct rst_value *value, struct scale *scale, struct rst_error *err)
{
    if ((int64_t)value->rows * value->columns != 2 || !(value->numbers[0] < value->numbers[1]))
        return rst_fail(err, RST_E_ARGUMENT, "scale --percent takes two percentiles, the lower one first, as in 2,98");
    scale->finding = PERCENTILES;
    scale->percents[0] = value->numbers[0];
    scale->percents[1] = value->numbers[1];
    scale->percentiles =
        (struct rst_percentile_settings){.count = 2, .percents = scale->percents, .joint = scale->joint};
    scale->survey = rst_percentile_reduction;
    scale->survey.settings = &scale->percentiles;
    return RST_OK;
}

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct scale *scale = state;
    for (int i = 0; i < 2; i++) {
        scale->src[i] = (struct number){values[SRC_MIN + i].given, values[SRC_MIN + i].real};
        scale->dst[i] = (struct number){values[DST_MIN + i].given, values[DST_MIN + i].real};
    }
    bool known = scale->src[0].given && scale->src[1].given;
    if (known && !(scale->src[0].real < scale->src[1].real))
        return rst_fail(err, RST_E_ARGUMENT, "scale --src-min %.15g is not below --src-max %.15g", scale->src[0].real,
                        scale->src[1].real);
    if (known && values[PERCENT].given)
        return rst_fail(err, RST_E_ARGUMENT, "scale --percent finds what --src-min and --src-max already tell");
    scale->joint = values[JOINT].integer == 1;
    scale->changes_type = values[TYPE].given;
    scale->type = values[TYPE].type;
    if (values[PERCENT].given) return bind_percents(&values[PERCENT], scale, err);
    if (known) return RST_OK;
    scale->finding = REACH;
    scale->survey = rst_histogram_reduction;
    scale->survey.settings = &reach_settings;
    return RST_OK;
}

static const struct rst_reduction *surveys(const void *state)
{
    const struct scale *scale = state;
    return scale->finding == KNOWN ? NULL : &scale->survey;
}

static double end_of(enum rst_type type, bool high)
{
    if (rst_type_is_float(type)) return high;
    return rst_sample_to_double(rst_sample_from_double(high ? (double)INFINITY : -(double)INFINITY, type), type);
}

static double target_of(const struct scale *scale, enum rst_type type, bool high)
{
    return scale->dst[high].given ? scale->dst[high].real : end_of(type, high);
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct scale *scale = state;
    (void)to_source;
    if (scale->changes_type && scale->type != in->type) {
        out->type = scale->type;
        out->palette = false;
        out->nodata = (union rst_sample){.u64 = 0};
        rst_cast_kernels_of(RST_ISA_BASE)->cast[in->type][out->type](NULL, &in->nodata, &out->nodata, 1);
    }
    double low = target_of(scale, out->type, false), high = target_of(scale, out->type, true);
    if (isfinite(high - low)) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "scale: from --dst-min %.15g to --dst-max %.15g is farther than a number goes",
                    low, high);
}

/* What the survey says of a band; of one that has no valid sample, 0 to 0. */
static void find_range(const struct scale *scale, const void *survey, int32_t band, double range[2])
{
    if (scale->finding == REACH) {
        const struct rst_histogram *histogram = survey;
        range[0] = histogram->band[band].low;
        range[1] = histogram->band[band].high;
        return;
    }
    const struct rst_percentiles *percentiles = survey;
    const struct rst_percentile *of = rst_percentiles_of(percentiles, percentiles->bands > 1 ? band : 0);
    for (int i = 0; i < 2; i++)
        range[i] = isnan(of[i].value) ? 0 : fmin(fmax(of[i].value, -DBL_MAX), DBL_MAX);
}

static bool has_samples(const struct scale *scale, const void *survey, int32_t band)
{
    if (scale->finding == REACH) return ((const struct rst_histogram *)survey)->band[band].valid > 0;
    return true;
}

/* One range that holds those of all bands but alpha. */
static void join_ranges(const struct scale *scale, const struct rst_stage *stage, double range[2])
{
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (int32_t band = 0; band < stage->in.bands; band++) {
        double of[2];
        bool alone = stage->in.bands == 1;
        if ((!alone && band == stage->in.opacity) || !has_samples(scale, stage->survey, band)) continue;
        find_range(scale, stage->survey, band, of);
        range[0] = fmin(range[0], of[0]);
        range[1] = fmax(range[1], of[1]);
    }
    if (!(range[0] <= range[1])) range[0] = range[1] = 0;
}

static void set_curve(const struct scale *scale, const struct rst_stage *stage, int32_t band, struct rst_curve *curve)
{
    enum rst_type in = stage->in.type, out = stage->out.type;
    double range[2] = {0, 0};
    if (stage->in.bands > 1 && band == stage->in.opacity) { /* from no opacity to all of it */
        *curve = (struct rst_curve){.kept = in == out, .high = end_of(in, true), .to_high = end_of(out, true)};
        return;
    }
    if (scale->finding != KNOWN && scale->joint)
        join_ranges(scale, stage, range);
    else if (scale->finding != KNOWN)
        find_range(scale, stage->survey, band, range);
    for (int i = 0; i < 2; i++)
        if (scale->src[i].given) range[i] = scale->src[i].real;
    if (range[1] < range[0]) range[scale->src[0].given ? 1 : 0] = range[scale->src[0].given ? 0 : 1];
    *curve = (struct rst_curve){.low = range[0],
                                .high = range[1],
                                .to_low = target_of(scale, out, false),
                                .to_high = target_of(scale, out, true)};
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct rst_curves *curves;
    RST_TRY(rst_curves_new(stage, rst_counts_values(stage->in.type), &curves, err));
    for (int32_t band = 0; band < stage->in.bands; band++)
        set_curve(state, stage, band, &curves->of[band]);
    enum rst_status status = rst_curves_use_lines(curves, stage, err);
    if (status != RST_OK)
        rst_curves_finish(curves);
    else
        *shared = curves;
    return status;
}

const struct rst_op_class rst_scale_class = {
    .name = "scale",
    .summary = "stretch a range of samples to another one",
    .details =
        "A line takes src-min to dst-min and src-max to dst-max; samples beyond them become dst-min and dst-max. It is "
        "computed in double, rounded to nearest (ties to even) and saturated; 64-bit integers go through double, and "
        "those beyond 2^53 are rounded before. NaN stays NaN, and becomes 0 in integers. dst-min above dst-max turns "
        "bright to dark. Where src-min and src-max fall together all samples become dst-min.\n\n"
        "What is not given of the source's range is found by a look at the whole image before, without nodata and NaN: "
        "the least and the greatest finite sample, or the two percentiles of --percent, which are exact (see 'stats "
        "--percentiles'); for each band, or with --joint yes for all together.\n\n"
        "With --type the result has another type, and the nodata value is converted as by cast. An alpha band is left "
        "alone, or with another type goes from its full range to the other's; unless alpha is ignored. Nodata samples "
        "stay nodata.",
    .example = "scale height.tif out.tif --percent 2,98 --type u8",
    .params = params,
    .param_count = 7,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct scale),
    .bind = bind,
    .plan = plan,
    .prepare = prepare,
    .finish = rst_curves_finish,
    .begin = rst_curves_begin,
    .row = rst_curves_row,
    .surveys = surveys,
};
