/* rst_run(): what is checked before, and told where it is cut short. The work itself is done by the threads of a pass;
 * passes that the operations' surveys take come first. */
#include "raster/sweep/run.h"

#include <string.h>

#include "raster/base/size.h"
#include "raster/sweep/report.h"
#include "raster/sweep/settle.h"
#include "raster/sweep/work.h"

/* What is to be said when the run did not come to its end. */
static enum rst_status cut_short(const struct rst_pass *pass, struct rst_error *err)
{
    const char *path = rst_raster_path(pass->out.raster);
    enum rst_status status = pass->error.status ? pass->error.status : RST_E_CANCELLED;
    const char *why = pass->error.status ? pass->error.message : "cancelled";
    bool edits = pass->in_place || pass->placed;
    if (!edits && status == RST_E_CANCELLED) return rst_fail(err, status, "%s: cancelled", path);
    if (!edits) return rst_fail(err, status, "%s", why);
    int64_t y = pass->cut.target.y, done = y + rst_pass_rows_final(pass);
    int64_t claimed = pass->next_unit;
    int64_t partly =
        y + rst_min64(rst_max64(claimed + pass->cut.band_units - 1, 0) / pass->cut.band_units * pass->cut.band_height,
                      pass->cut.target.height);
    if (pass->buffered)
        partly = pass->error.status ? rst_min64(done + pass->cut.band_height, y + pass->cut.target.height) : done;
    if (partly > done && done == y)
        return rst_fail(err, status, "%s: rows %lld to %lld are changed in part, the others are not: %.150s", path,
                        (long long)y, (long long)partly - 1, why);
    if (partly > done)
        return rst_fail(err, status, "%s: rows %lld to %lld are changed, rows %lld to %lld in part: %.150s", path,
                        (long long)y, (long long)done - 1, (long long)done, (long long)partly - 1, why);
    if (done == y) return rst_fail(err, status, "%s: nothing is changed: %.150s", path, why);
    return rst_fail(err, status, "%s: rows %lld to %lld are changed, the others are not: %.150s", path, (long long)y,
                    (long long)done - 1, why);
}

static enum rst_status check_place(const struct rst_pipeline *pipeline, const struct rst_raster *in,
                                   const struct rst_raster *out, const struct rst_run_options *options,
                                   struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(in), result;
    const struct rst_layout *have = rst_raster_layout(out);
    if (!rst_raster_map(in) || !rst_raster_map(out)) {
        const struct rst_raster *which = rst_raster_map(in) ? out : in;
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: opened without its pixels: %s", rst_raster_path(which),
                        rst_raster_unmapped(which));
    }
    if (rst_raster_mode(out) == RST_READ)
        return rst_fail(err, RST_E_READONLY, "%s: opened read-only, and nothing can be written to it",
                        rst_raster_path(out));
    RST_TRY(rst_others_check(pipeline, out, options, err));
    RST_TRY(rst_pipeline_plan(pipeline, &shape, options->window, &result, NULL, err));
    if (in == out) return rst_pipeline_in_place(pipeline, &shape, err);
    if (rst_raster_same_file(in, out))
        return rst_fail(err, RST_E_ARGUMENT, "%s and %s are the same file: run in place instead", rst_raster_path(in),
                        rst_raster_path(out));
    if (have->type == result.type && have->width == result.width && have->height == result.height &&
        have->bands == result.bands)
        return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "%s is %lld x %lld x %d of %s, but the result is %lld x %lld x %d of %s",
                    rst_raster_path(out), (long long)have->width, (long long)have->height, (int)have->bands,
                    rst_type_name(have->type), (long long)result.width, (long long)result.height, (int)result.bands,
                    rst_type_name(result.type));
}

static const struct rst_run_options defaults;

/* Surveys, and legs before the last one: before anything is stored in `out`, so that no row is changed where one fails.
 */
static enum rst_status run_before(struct rst_legs *legs, struct rst_surveys *surveys,
                                  const struct rst_pipeline *pipeline, struct rst_raster *in,
                                  const struct rst_raster *out, bool direct, struct rst_error *err)
{
    struct rst_error why = {0};
    enum rst_status status = rst_legs_run(legs, surveys, pipeline, in, direct, &why);
    const char *reason = status == RST_E_CANCELLED ? "cancelled" : why.message;
    if (status != RST_OK && in == out)
        return rst_fail(err, status, "%s: nothing is changed: %.150s", rst_raster_path(in), reason);
    return status != RST_OK ? rst_fail(err, status, "%s", why.message) : RST_OK;
}

static enum rst_status run_pass(const struct rst_pass_parts *parts, struct rst_surveys *surveys,
                                struct rst_report *report, struct rst_error *err)
{
    struct rst_clock clock = rst_clock_start();
    struct rst_pass pass;
    RST_TRY(rst_pass_open(&pass, parts, err));
    int threads = rst_work(&pass);
    if (report) rst_report_fill(report, &pass, threads, clock);
    enum rst_status status = rst_work_complete(&pass) ? RST_OK : cut_short(&pass, err);
    if (surveys->passes > 1) surveys->pass++;
    if (status == RST_OK) status = rst_settle_pass(&pass, report, err);
    rst_pass_close(&pass);
    return status;
}

/* The last leg, which ends in `out`. */
static struct rst_pass_parts last_leg(const struct rst_legs *legs, const struct rst_surveys *surveys,
                                      const struct rst_raster *in, struct rst_raster *out,
                                      const struct rst_run_options *options)
{
    return (struct rst_pass_parts){.pipeline = legs->pipeline,
                                   .from = legs->from,
                                   .length = surveys->length - legs->from,
                                   .surveys = surveys->results,
                                   .others = &surveys->others,
                                   .in = legs->at,
                                   .out = out,
                                   .placed = in == out && legs->at != out,
                                   .options = options};
}

/* What came before the last pass counts too. */
static void complete(struct rst_report *report, const struct rst_report *before)
{
    rst_report_add(report, before);
    report->collisions += before->collisions;
    if (!*report->warning) memcpy(report->warning, before->warning, sizeof report->warning);
}

enum rst_status rst_run(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                        const struct rst_run_options *options, struct rst_error *err)
{
    struct rst_surveys surveys;
    struct rst_legs legs = {0};
    struct rst_cost cost;
    if (!options) options = &defaults;
    int64_t rows = options->window ? options->window->height : rst_raster_layout(out)->height;
    if (options->report) *options->report = (struct rst_report){.rows_total = rows};
    RST_TRY(check_place(pipeline, in, out, options, err));
    if (in == out && rst_pipeline_length(pipeline) == 0) return RST_OK;
    bool direct = rst_legs_direct(pipeline, in, out, options);
    RST_TRY(rst_surveys_open(&surveys, pipeline, rows, rst_legs_passes(pipeline, direct), options, err));
    enum rst_status status = RST_OK;
    if (surveys.passes > 1) status = rst_run_cost(pipeline, in, out, options, &cost, err); /* is it possible at all? */
    if (status == RST_OK) status = run_before(&legs, &surveys, pipeline, in, out, direct, err);
    const struct rst_pass_parts parts = last_leg(&legs, &surveys, in, out, &surveys.options);
    if (status == RST_OK) status = run_pass(&parts, &surveys, options->report, err);
    if (options->report) complete(options->report, &surveys.report);
    rst_legs_close(&legs);
    rst_surveys_close(&surveys);
    return status;
}

static enum rst_status rehearse(const struct rst_pass_parts *parts, struct rst_cost *cost, struct rst_error *err)
{
    struct rst_pass pass;
    RST_TRY(rst_pass_open(&pass, parts, err));
    rst_cost_fill(cost, &pass);
    rst_settle_cost(&pass, cost);
    rst_pass_close(&pass);
    return RST_OK;
}

enum rst_status rst_run_cost(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                             const struct rst_run_options *options, struct rst_cost *cost, struct rst_error *err)
{
    struct rst_surveys surveys;
    struct rst_legs legs = {0};
    if (!options) options = &defaults;
    *cost = (struct rst_cost){.in_place = in == out};
    RST_TRY(check_place(pipeline, in, out, options, err));
    if (in == out && rst_pipeline_length(pipeline) == 0) return RST_OK;
    bool direct = rst_legs_direct(pipeline, in, out, options);
    RST_TRY(rst_surveys_open(&surveys, pipeline, 1, rst_legs_passes(pipeline, direct), options, err));
    enum rst_status status = rst_legs_rehearse(&legs, &surveys, pipeline, in, direct, err);
    struct rst_pass_parts parts = last_leg(&legs, &surveys, in, out, options);
    parts.rehearse = true;
    if (status == RST_OK) status = rehearse(&parts, cost, err);
    cost->scratch_bytes += rst_legs_bytes(&legs);
    if (status == RST_OK) rst_cost_add(cost, &surveys.cost);
    rst_legs_close(&legs);
    rst_surveys_close(&surveys);
    return status;
}
