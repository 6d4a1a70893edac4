/* threshold: samples and a level that the user gave, or that is found in the histogram of each band. A level becomes
 * the greatest sample that is not above it: x > level and x > that are then the same. */
#include <math.h>
#include <string.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/contrast/curves.h"
#include "raster/ops/contrast/split.h"
#include "raster/ops/point/level.h"
#include "raster/ops/survey/counts.h"
#include "raster/ops/survey/histogram.h"

enum finding { GIVEN, OTSU, TRIANGLE };

struct threshold {
    enum finding finding;
    bool has_above;
    struct rst_level value, above, below;
};

static const struct rst_param params[] = {
    {.name = "value",
     .kind = RST_PARAM_TEXT,
     .summary = "the level that samples are compared with: a number, otsu or triangle"},
    {.name = "above",
     .kind = RST_PARAM_REAL,
     .preset = "",
     .summary = "what samples above the level become; the type's greatest value, 1 for floats, if not given"},
    {.name = "below", .kind = RST_PARAM_REAL, .preset = "0", .summary = "what all other samples become"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct threshold *threshold = state;
    struct rst_value value = values[0];
    union rst_sample sample = {.f64 = 0};
    *threshold = (struct threshold){
        .has_above = values[1].given, .above = rst_level_of(&values[1]), .below = rst_level_of(&values[2])};
    if (strcmp(value.text, "otsu") == 0)
        threshold->finding = OTSU;
    else if (strcmp(value.text, "triangle") == 0)
        threshold->finding = TRIANGLE;
    else if (!rst_sample_parse(value.text, RST_F64, &sample) || !isfinite(sample.f64))
        return rst_fail(err, RST_E_ARGUMENT, "threshold --value: '%.60s' is not a number, otsu or triangle",
                        value.text);
    value.real = sample.f64;
    threshold->value = rst_level_of(&value);
    return RST_OK;
}

static const struct rst_reduction *surveys(const void *state)
{
    return ((const struct threshold *)state)->finding == GIVEN ? NULL : &rst_histogram_reduction;
}

/* The greatest sample below a number; false where there is none. */
static bool below_of(double edge, enum rst_type type, union rst_sample *limit)
{
    struct rst_level level = {.real = rst_type_is_float(type) ? edge : ceil(edge) - 1};
    level.nearest[type] = rst_sample_from_double(level.real, type);
    if (!rst_level_at_or_below(&level, type, limit)) return false;
    if (type == RST_F32 && (double)limit->f32 >= edge) limit->f32 = nextafterf(limit->f32, -INFINITY);
    if (type == RST_F64) limit->f64 = nextafter(edge, -INFINITY);
    return true;
}

/* The level that a band's histogram tells. */
static bool find_level(const struct threshold *threshold, enum rst_type type, const struct rst_histogram *histogram,
                       int32_t band, union rst_sample *limit)
{
    const uint64_t *counts = rst_histogram_counts(histogram, band);
    const struct rst_band_histogram *of = &histogram->band[band];
    int32_t bins = histogram->bins;
    int32_t last = threshold->finding == OTSU ? rst_split_otsu(counts, bins) : rst_split_triangle(counts, bins);
    double edge = of->low + (of->high - of->low) / bins * (last + 1);
    if (!isfinite(of->high - of->low)) edge = of->low + (of->high / bins - of->low / bins) * (last + 1);
    return last >= 0 && below_of(edge, type, limit);
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct threshold *threshold = state;
    enum rst_type type = stage->in.type;
    struct rst_curves *curves;
    RST_TRY(rst_curves_new(stage, 0, &curves, err));
    const union rst_sample white =
        rst_type_is_float(type) ? rst_sample_from_double(1, type) : rst_level_extreme(type, 1);
    curves->above = threshold->has_above ? threshold->above.nearest[type] : white;
    for (int32_t band = 0; band < stage->in.bands; band++) {
        struct rst_curve *curve = &curves->of[band];
        bool parted = threshold->finding == GIVEN ? rst_level_at_or_below(&threshold->value, type, &curve->limit)
                                                  : find_level(threshold, type, stage->survey, band, &curve->limit);
        curve->below = parted ? threshold->below.nearest[type] : curves->above;
    }
    enum rst_status status = rst_curves_use_limits(curves, stage, err);
    if (status != RST_OK)
        rst_curves_finish(curves);
    else
        *shared = curves;
    return status;
}

const struct rst_op_class rst_threshold_class = {
    .name = "threshold",
    .summary = "make two values of all",
    .details =
        "Samples greater than value become above, all others below, NaN among them; both are rounded to the image's "
        "type. The comparison is exact for all types.\n\n"
        "With --value otsu (Otsu 1979) the level of a band is that which divides its histogram into two parts with the "
        "greatest variance between them; with --value triangle (Zack, Rogers and Latt 1977) it is where the histogram "
        "lies farthest below the line from its highest point to its farther end. The histogram is that of the whole "
        "image, which is looked at once before, without nodata and NaN. Samples of 8 and 16 bits are counted value by "
        "value, and on u8 the levels are those of OpenCV; wider types and floats are put into 256 equal bins from the "
        "least to the greatest finite sample, and those from the upper edge of a bin on are above it: that takes one "
        "more look at the image.\n\n"
        "All bands are treated alike, alpha too. Nodata samples stay nodata.",
    .example = "threshold gray.tif out.tif --value otsu",
    .params = params,
    .param_count = 3,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct threshold),
    .bind = bind,
    .prepare = prepare,
    .finish = rst_curves_finish,
    .begin = rst_curves_begin,
    .row = rst_curves_row,
    .surveys = surveys,
};
