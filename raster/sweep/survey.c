/* Surveys come before the pass that needs them, in the order of the pipeline: each runs all operations before its own
 * once more. None of them stores anything, so that in place they see the image as it was. */
#include "raster/sweep/survey.h"

#include <stdlib.h>

#include "raster/sweep/reduce.h"
#include "raster/sweep/report.h"

static const struct rst_reduction *survey_of(const struct rst_op *op)
{
    const struct rst_op_class *kind = rst_op_kind(op);
    return kind->surveys ? kind->surveys(rst_op_state(op)) : kind->survey;
}

/* Rows of one pass to rows of all of them. */
static void on_progress(void *user, int64_t done, int64_t total)
{
    struct rst_surveys *surveys = user;
    int64_t here = total > 0 ? (int64_t)((double)done / (double)total * (double)surveys->rows) : 0;
    surveys->asked->progress(surveys->asked->user, surveys->pass * surveys->rows + here,
                             surveys->passes * surveys->rows);
}

enum rst_status rst_surveys_open(struct rst_surveys *surveys, const struct rst_pipeline *pipeline, int64_t rows,
                                 int more, const struct rst_run_options *options, struct rst_error *err)
{
    int length = rst_pipeline_length(pipeline);
    *surveys =
        (struct rst_surveys){.length = length, .passes = 1 + more, .asked = options, .rows = rows, .options = *options};
    surveys->results = calloc((size_t)length + 1, sizeof *surveys->results);
    if (!surveys->results) return rst_fail(err, RST_E_NOMEM, "no memory for the surveys of %d operations", length);
    enum rst_status status = rst_others_open(&surveys->others, pipeline, options, err);
    if (status != RST_OK) {
        rst_surveys_close(surveys);
        return status;
    }
    surveys->passes += rst_others_passes(pipeline);
    for (int i = 0; i < length; i++)
        surveys->passes += survey_of(rst_pipeline_op(pipeline, i)) != NULL;
    if (surveys->passes > 1 && options->progress) {
        surveys->options.progress = on_progress;
        surveys->options.user = surveys;
    }
    return RST_OK;
}

void rst_surveys_close(struct rst_surveys *surveys)
{
    for (int i = 0; surveys->results && i < surveys->length; i++)
        free(surveys->results[i]);
    free(surveys->results);
    surveys->results = NULL;
    rst_others_close(&surveys->others);
}

/* The survey of operation i, over what those from `from` on make of `in`. */
static struct rst_reduce before(const struct rst_surveys *surveys, const struct rst_pipeline *pipeline, int from, int i,
                                struct rst_raster *in, const struct rst_run_options *options)
{
    return (struct rst_reduce){.reduction = survey_of(rst_pipeline_op(pipeline, i)),
                               .pipeline = pipeline,
                               .from = from,
                               .length = i - from,
                               .surveys = surveys->results,
                               .in = in,
                               .options = options,
                               .others = &surveys->others};
}

enum rst_status rst_surveys_run(struct rst_surveys *surveys, const struct rst_pipeline *pipeline, int from, int to,
                                struct rst_raster *in, struct rst_error *err)
{
    struct rst_report report;
    struct rst_run_options options = surveys->options;
    options.window = NULL;
    options.report = &report;
    if (from == 0) {
        RST_TRY(rst_others_survey(&surveys->others, pipeline, &options, false, err));
        rst_report_add(&surveys->report, &surveys->others.report);
        surveys->pass += rst_others_passes(pipeline);
    }
    for (int i = from; i < to; i++) {
        const struct rst_reduce reduce = before(surveys, pipeline, from, i, in, &options);
        if (!reduce.reduction) continue;
        RST_TRY(rst_reduce_run(&reduce, &surveys->results[i], err));
        rst_report_add(&surveys->report, &report);
        surveys->pass++;
    }
    return RST_OK;
}

enum rst_status rst_surveys_rehearse(struct rst_surveys *surveys, const struct rst_pipeline *pipeline, int from, int to,
                                     struct rst_raster *in, struct rst_error *err)
{
    struct rst_cost cost;
    struct rst_run_options options = surveys->options;
    options.window = NULL;
    options.report = NULL;
    if (from == 0) {
        RST_TRY(rst_others_survey(&surveys->others, pipeline, &options, true, err));
        rst_cost_add(&surveys->cost, &surveys->others.cost);
    }
    for (int i = from; i < to; i++) {
        const struct rst_reduce reduce = before(surveys, pipeline, from, i, in, &options);
        if (!reduce.reduction) continue;
        RST_TRY(rst_reduce_cost_of(&reduce, &cost, err));
        RST_TRY(rst_reduce_nothing(&reduce, &surveys->results[i], err));
        rst_cost_add(&surveys->cost, &cost);
    }
    return RST_OK;
}
