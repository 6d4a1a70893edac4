/* equalize and match: curves made of histograms. A sample becomes what has the same share of all samples below it: on
 * an even scale, or in a reference. Both count the samples of 8 and 16 bits value by value, and divide wider ones into
 * PARTS bins, whose samples then become the same. */
#include <math.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/contrast/curves.h"
#include "raster/ops/survey/counts.h"
#include "raster/ops/survey/histogram.h"

enum { PARTS = 65536 };

static const struct rst_histogram_settings settings = {.exact = true, .bins = PARTS};

/* rst_histogram_reduction is a constant of this library, but no constant of the language. */
struct equalize {
    struct rst_reduction survey;
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct equalize *equalize = state;
    (void)values;
    (void)err;
    equalize->survey = rst_histogram_reduction;
    equalize->survey.settings = &settings;
    return RST_OK;
}

static const struct rst_reduction *survey_of(const void *state)
{
    return &((const struct equalize *)state)->survey;
}

/* The samples of a band in its bins: neither nodata, NaN nor infinite. */
static uint64_t total_of(const struct rst_histogram *histogram, int32_t band)
{
    const struct rst_band_histogram *of = &histogram->band[band];
    return of->valid - of->below - of->above;
}

static double least_of(enum rst_type type)
{
    if (rst_type_is_float(type)) return 0;
    return rst_sample_to_double(rst_sample_from_double(-(double)INFINITY, type), type);
}

static double greatest_of(enum rst_type type)
{
    if (rst_type_is_float(type)) return 1;
    return rst_sample_to_double(rst_sample_from_double((double)INFINITY, type), type);
}

/* The table's place of bin i: of types with a sign the bins begin with the least value, and a table with 0. */
static int32_t place_of(const struct rst_curves *curves, int32_t i)
{
    int32_t values = rst_counts_values(curves->in);
    return values > 0 && rst_type_is_signed(curves->in) ? (i + values / 2) % values : i;
}

static void measure(struct rst_curves *curves, const struct rst_histogram *histogram, int32_t band)
{
    const struct rst_band_histogram *of = &histogram->band[band];
    curves->of[band].ruler = rst_ruler_of(of->low, of->high, curves->parts);
}

/* ---- equalize ---- */

/* On 8 bits in single precision, as OpenCV computes it: what is in the middle between two values falls the same way. */
static double share_of(enum rst_type type, uint64_t below, uint64_t all, double span)
{
    if (rst_type_size(type) == 1) return rintf((float)below * ((float)span / (float)all));
    return (double)below / (double)all * span;
}

static void equalize_band(struct rst_curves *curves, const struct rst_histogram *histogram, int32_t band)
{
    const uint64_t *counts = rst_histogram_counts(histogram, band);
    double least = least_of(curves->in), span = greatest_of(curves->in) - least;
    uint64_t total = total_of(histogram, band), below = 0, lowest = 0;
    for (int32_t i = 0; i < histogram->bins && lowest == 0; i++)
        lowest = counts[i];
    if (lowest == total) { /* one value, or none */
        curves->of[band].kept = true;
        return;
    }
    measure(curves, histogram, band);
    for (int32_t i = 0; i < histogram->bins; i++) {
        below += counts[i];
        double share = below > lowest ? share_of(curves->in, below - lowest, total - lowest, span) : 0;
        rst_curves_put(curves, band, place_of(curves, i), rst_sample_from_double(least + share, curves->in));
    }
}

/* Bands that are no alpha, or the only one. */
static bool is_colour(const struct rst_shape *shape, int32_t band)
{
    return shape->bands == 1 || band != shape->opacity;
}

static enum rst_status new_curves(struct rst_stage *stage, struct rst_curves **curves, struct rst_error *err)
{
    int32_t values = rst_counts_values(stage->in.type);
    return rst_curves_new(stage, values > 0 ? values : PARTS, curves, err);
}

static enum rst_status prepare_equalize(const void *state, struct rst_stage *stage, void **shared,
                                        struct rst_error *err)
{
    struct rst_curves *curves;
    (void)state;
    RST_TRY(new_curves(stage, &curves, err));
    for (int32_t band = 0; band < stage->in.bands; band++) {
        if (is_colour(&stage->in, band))
            equalize_band(curves, stage->survey, band);
        else
            curves->of[band].kept = true;
    }
    rst_curves_use_tables(curves, stage);
    *shared = curves;
    return RST_OK;
}

/* ---- match ---- */

static int32_t colours_of(const struct rst_shape *shape)
{
    int32_t count = 0;
    for (int32_t band = 0; band < shape->bands; band++)
        count += is_colour(shape, band);
    return count;
}

/* The band of the n-th colour. */
static int32_t colour_band(const struct rst_shape *shape, int32_t n)
{
    int32_t band = 0;
    for (; band < shape->bands; band++)
        if (is_colour(shape, band) && n-- == 0) break;
    return band;
}

/* The value that stands for a bin: itself, or its middle. */
static double value_of(const struct rst_histogram *histogram, enum rst_type type, int32_t band, int32_t bin)
{
    const struct rst_band_histogram *of = &histogram->band[band];
    if (rst_counts_values(type) > 0) return of->low + bin;
    double part = (bin + 0.5) / histogram->bins;
    return of->low * (1 - part) + of->high * part;
}

/* Shares are quotients, rounded once: equal ones of images of different size compare equal. */
static void match_band(struct rst_curves *curves, const struct rst_histogram *histogram, int32_t band,
                       const struct rst_histogram *reference, enum rst_type type, int32_t from)
{
    const uint64_t *counts = rst_histogram_counts(histogram, band), *others = rst_histogram_counts(reference, from);
    uint64_t total = total_of(histogram, band), other_total = total_of(reference, from), below = 0, others_below = 0;
    int32_t bin = -1;
    if (total == 0 || other_total == 0) {
        curves->of[band].kept = true;
        return;
    }
    measure(curves, histogram, band);
    for (int32_t i = 0; i < histogram->bins; i++) {
        below += counts[i];
        double share = (double)below / (double)total;
        while (others_below == 0 || (double)others_below / (double)other_total < share)
            others_below += others[++bin];
        double value = value_of(reference, type, from, bin);
        rst_curves_put(curves, band, place_of(curves, i), rst_sample_from_double(value, curves->in));
    }
}

static enum rst_status prepare_match(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct rst_other *reference = &stage->others[0];
    int32_t colours = colours_of(&stage->in), others = colours_of(&reference->shape), n = 0;
    struct rst_curves *curves;
    (void)state;
    if (others != 1 && others != colours)
        return rst_fail(err, RST_E_ARGUMENT,
                        "match: the image has %d band%s beside alpha, and the reference %d: it must have as many, or 1",
                        (int)colours, colours == 1 ? "" : "s", (int)others);
    RST_TRY(new_curves(stage, &curves, err));
    for (int32_t band = 0; band < stage->in.bands; band++) {
        if (is_colour(&stage->in, band))
            match_band(curves, stage->survey, band, reference->survey, reference->shape.type,
                       colour_band(&reference->shape, others == 1 ? 0 : n++));
        else
            curves->of[band].kept = true;
    }
    rst_curves_use_tables(curves, stage);
    *shared = curves;
    return RST_OK;
}

static int one_other(const void *state)
{
    (void)state;
    return 1;
}

const struct rst_op_class rst_equalize_class = {
    .name = "equalize",
    .summary = "spread samples so that all levels occur about equally often",
    .details =
        "A sample becomes the share of all samples that are not greater, those of the least value left out, on a scale "
        "from the type's least to its greatest value, or from 0 to 1 for floats. Each band has a histogram of its own, "
        "of the whole image, which is looked at once before. A band of a single value stays as it is.\n\n"
        "Samples of 8 and 16 bits are counted value by value; on u8 the result is that of OpenCV's equalizeHist, to "
        "the byte. Of wider types and floats the range from the least to the greatest finite sample is divided into "
        "65536 parts, and samples in the same part become the same; that takes one more look at the image. Infinite "
        "samples become what the ends of the range become, NaN stays NaN.\n\n"
        "The alpha band stays as it is, unless alpha is ignored. Nodata samples stay nodata, and do not count. "
        "Palette images are refused.",
    .example = "equalize photo.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_LEVELS,
    .state_size = sizeof(struct equalize),
    .bind = bind,
    .prepare = prepare_equalize,
    .finish = rst_curves_finish,
    .begin = rst_curves_begin,
    .row = rst_curves_row,
    .surveys = survey_of,
};

const struct rst_op_class rst_match_class = {
    .name = "match",
    .summary = "give an image the histogram of another one",
    .details =
        "A sample becomes the least value of the reference that at least the same share of its samples does not exceed "
        "(Gonzalez and Woods, Digital Image Processing, 'histogram specification'). Each band is matched with that of "
        "the same number, alpha not counted, or with the only one of the reference; the reference may have any size, "
        "and any type: what does not fit the image's type is rounded and saturated. Both are looked at once before.\n\n"
        "Samples of 8 and 16 bits are counted value by value. Of wider types and floats the range from the least to "
        "the greatest finite sample is divided into 65536 parts, of which the middle stands for all samples in it; "
        "that takes one more look. Infinite samples become what the ends of the range become, NaN stays NaN.\n\n"
        "The alpha band stays as it is, unless alpha is ignored. Nodata samples stay nodata, and do not count, in the "
        "reference too. Palette images are refused.",
    .example = "match photo.tif rgba.tif out.tif",
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS | RST_OP_LEVELS,
    .state_size = sizeof(struct equalize),
    .bind = bind,
    .prepare = prepare_match,
    .finish = rst_curves_finish,
    .begin = rst_curves_begin,
    .row = rst_curves_row,
    .surveys = survey_of,
    .others = one_other,
    .other_survey = survey_of,
};
