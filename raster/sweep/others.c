/* A run's further rasters are one list; each operation of the pipeline takes as many of it as it says, in order. An
 * operation either reads their rows or has a reduction run over them; the latter is done before the pass, over the
 * raster as it is, since no operation stands before it. */
#include "raster/sweep/others.h"

#include <stdlib.h>

#include "raster/sweep/reduce.h"
#include "raster/sweep/report.h"

static int read_by(const struct rst_op *op)
{
    const struct rst_op_class *kind = rst_op_kind(op);
    return kind->others ? kind->others(rst_op_state(op)) : 0;
}

static const struct rst_reduction *survey_of(const struct rst_op *op)
{
    const struct rst_op_class *kind = rst_op_kind(op);
    return kind->other_survey ? kind->other_survey(rst_op_state(op)) : NULL;
}

int rst_pipeline_others(const struct rst_pipeline *pipeline, int length)
{
    int count = 0;
    if (length < 0) length = rst_pipeline_length(pipeline);
    for (int i = 0; i < length; i++)
        count += read_by(rst_pipeline_op(pipeline, i));
    return count;
}

enum rst_status rst_others_check(const struct rst_pipeline *pipeline, const struct rst_raster *out,
                                 const struct rst_run_options *options, struct rst_error *err)
{
    int wanted = rst_pipeline_others(pipeline, -1);
    if (options->other_count != wanted)
        return rst_fail(err, RST_E_ARGUMENT, "the operations read %d further raster%s beside their input, %d %s given",
                        wanted, wanted == 1 ? "" : "s", options->other_count,
                        options->other_count == 1 ? "was" : "were");
    for (int i = 0; i < wanted; i++) {
        const struct rst_raster *other = options->others[i];
        if (!rst_raster_map(other))
            return rst_fail(err, RST_E_UNSUPPORTED, "%s: opened without its pixels: %s", rst_raster_path(other),
                            rst_raster_unmapped(other));
        if (out && (other == out || rst_raster_same_file(other, out)))
            return rst_fail(err, RST_E_ARGUMENT, "%s is read beside the input, and cannot be written by the same run",
                            rst_raster_path(other));
    }
    return RST_OK;
}

enum rst_status rst_others_open(struct rst_others *others, const struct rst_pipeline *pipeline,
                                const struct rst_run_options *options, struct rst_error *err)
{
    *others = (struct rst_others){0};
    RST_TRY(rst_others_check(pipeline, NULL, options, err));
    others->list = calloc((size_t)options->other_count + 1, sizeof *others->list);
    if (!others->list) return rst_fail(err, RST_E_NOMEM, "no memory for a list of %d rasters", options->other_count);
    others->count = options->other_count;
    for (int i = 0; i < others->count; i++)
        others->list[i].shape = rst_raster_shape(options->others[i]);
    return RST_OK;
}

void rst_others_close(struct rst_others *others)
{
    for (int i = 0; i < others->count; i++)
        free((void *)(uintptr_t)others->list[i].survey);
    free(others->list);
    *others = (struct rst_others){0};
}

int rst_others_passes(const struct rst_pipeline *pipeline)
{
    int passes = 0;
    for (int i = 0; i < rst_pipeline_length(pipeline); i++)
        if (survey_of(rst_pipeline_op(pipeline, i))) passes += read_by(rst_pipeline_op(pipeline, i));
    return passes;
}

static enum rst_status survey_one(struct rst_others *others, int index, const struct rst_reduction *reduction,
                                  const struct rst_run_options *options, bool rehearse, struct rst_error *err)
{
    const struct rst_reduce reduce = {
        .reduction = reduction, .in = options->others[index], .options = options, .others = others};
    void *result = NULL;
    if (rehearse) {
        struct rst_cost cost;
        RST_TRY(rst_reduce_cost_of(&reduce, &cost, err));
        RST_TRY(rst_reduce_nothing(&reduce, &result, err));
        rst_cost_add(&others->cost, &cost);
    } else {
        RST_TRY(rst_reduce_run(&reduce, &result, err));
        rst_report_add(&others->report, options->report);
    }
    others->list[index].survey = result;
    return RST_OK;
}

enum rst_status rst_others_survey(struct rst_others *others, const struct rst_pipeline *pipeline,
                                  const struct rst_run_options *options, bool rehearse, struct rst_error *err)
{
    struct rst_report report = {0};
    struct rst_run_options mine = *options;
    mine.window = NULL;
    mine.report = &report;
    for (int i = 0, at = 0; i < rst_pipeline_length(pipeline); i++) {
        const struct rst_op *op = rst_pipeline_op(pipeline, i);
        const struct rst_reduction *reduction = survey_of(op);
        for (int end = at + read_by(op); at < end; at++)
            if (reduction) RST_TRY(survey_one(others, at, reduction, &mine, rehearse, err));
    }
    return RST_OK;
}

void rst_others_give(const struct rst_others *others, const struct rst_pipeline *pipeline, int op,
                     struct rst_stage *stage)
{
    int before = rst_pipeline_others(pipeline, op), count = read_by(rst_pipeline_op(pipeline, op));
    stage->others = others && count > 0 ? others->list + before : NULL;
    stage->other_count = others ? count : 0;
}
