/* A leg ends behind an operation that settles: a pass makes its rows, in a raster of their own, and when all of them
 * are there the operation goes over that raster in its own way. The legs behind it see nothing but the settled image;
 * so their surveys do, and windows, which are cut out in the last leg alone.
 *
 * In place nothing is changed before the last leg, which stores from scratch into the image. Scratch is let go of as
 * soon as the next leg is through. */
#include "raster/sweep/settle.h"

#include <string.h>

#include "raster/image/hold.h"
#include "raster/image/pages.h"
#include "raster/sweep/plan.h"
#include "raster/sweep/report.h"
#include "raster/sweep/work.h"

/* What settling may hold for each thread, beside the pages of the image. */
#define THREAD_BYTES (UINT64_C(4) << 20)

static bool settles(const struct rst_pipeline *pipeline, int index)
{
    return rst_op_kind(rst_pipeline_op(pipeline, index))->settle != NULL;
}

/* The first operation behind the leg that begins with `from`; -1 where that is the last one. */
static int leg_end(const struct rst_pipeline *pipeline, int from, bool direct)
{
    int length = rst_pipeline_length(pipeline) - direct;
    for (int i = from; i < length; i++)
        if (settles(pipeline, i)) return i + 1;
    return -1;
}

/* Whether an operation can settle in there: see its class. */
static bool can_hold(const struct rst_raster *raster)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    ptrdiff_t size = (ptrdiff_t)rst_type_size(layout->type);
    struct rst_view view;
    struct rst_error ignored = {0};
    if (rst_raster_is_lazy(raster) || rst_raster_is_coded(raster) || rst_raster_is_sparse_output(raster)) return false;
    if (rst_raster_mode(raster) != RST_SHARED || rst_raster_view(raster, &view, &ignored)) return false;
    if (view.pixel_stride != size * view.bands || (view.bands > 1 && view.band_stride != size)) return false;
    return (uintptr_t)view.data % (size_t)size == 0 && view.row_stride % size == 0;
}

bool rst_legs_direct(const struct rst_pipeline *pipeline, const struct rst_raster *in, const struct rst_raster *out,
                     const struct rst_run_options *options)
{
    int length = rst_pipeline_length(pipeline);
    return length > 0 && settles(pipeline, length - 1) && in != out && !options->window && can_hold(out);
}

int rst_legs_passes(const struct rst_pipeline *pipeline, bool direct)
{
    int count = 0;
    for (int i = 0; i < rst_pipeline_length(pipeline); i++)
        count += settles(pipeline, i) ? 2 : 0;
    return count - direct;
}

/* What may be held beside the pages of the input, as far as they stay. */
static uint64_t room_of(const struct rst_pass *pass)
{
    const struct rst_budget *budget = &pass->budget;
    struct rst_rect all = {0, 0, pass->end.in.width, pass->end.in.height};
    uint64_t most = rst_raster_footprint(pass->out.raster, all) + (uint64_t)pass->threads * THREAD_BYTES;
    uint64_t held = budget->others;
    if (rst_raster_mode(pass->in.raster) == RST_PRIVATE)
        held += rst_raster_footprint(pass->in.raster, rst_pass_source(pass, pass->cut.target));
    uint64_t room = budget->limit > held ? budget->limit - held : 1;
    return most < room ? most : room;
}

/* Of that, what is not pages. */
static uint64_t buffers_of(const struct rst_pass *pass)
{
    uint64_t bytes = (uint64_t)pass->threads * THREAD_BYTES, room = room_of(pass);
    return bytes < room ? bytes : room;
}

enum rst_status rst_settle_pass(struct rst_pass *pass, struct rst_report *report, struct rst_error *err)
{
    const struct rst_step *last = pass->step_count > 0 ? &pass->steps[pass->step_count - 1] : NULL;
    if (!last || !last->kind->settle) return RST_OK;
    struct rst_clock clock = rst_clock_start();
    struct rst_report mine = {.passes = 1, .buffer_bytes = buffers_of(pass)};
    struct rst_run_options options = *pass->options;
    options.threads = pass->threads;
    options.max_memory = room_of(pass);
    options.window = NULL;
    options.report = &mine;
    if (pass->budget.limit < UINT64_MAX && !pass->budget.bounded) /* what is settled needs the room now */
        RST_TRY(rst_raster_release(pass->in.raster, rst_pass_source(pass, pass->cut.target), err));
    enum rst_status status = last->kind->settle(last->shared, &last->stage, pass->out.raster, &options, err);
    if (!report) return status;
    if (status != RST_OK) report->rows_done = 0;
    mine.seconds = mine.kernel_seconds = rst_seconds_now() - clock.seconds;
    struct rst_usage now = rst_memory_usage();
    mine.minor_faults = now.minor_faults - clock.usage.minor_faults;
    mine.major_faults = now.major_faults - clock.usage.major_faults;
    rst_report_add(report, &mine);
    report->collisions += mine.collisions;
    return status;
}

void rst_settle_cost(const struct rst_pass *pass, struct rst_cost *cost)
{
    const struct rst_step *last = pass->step_count > 0 ? &pass->steps[pass->step_count - 1] : NULL;
    if (!last || !last->kind->settle) return;
    uint64_t room = room_of(pass), buffers = buffers_of(pass);
    const struct rst_cost mine = {
        .passes = 1, .buffer_bytes = buffers, .page_bytes = room - buffers, .peak_bytes = room + pass->budget.others};
    rst_cost_add(cost, &mine);
}

uint64_t rst_legs_bytes(const struct rst_legs *legs)
{
    return legs->scratch ? rst_map_length(rst_raster_map(legs->scratch)) : 0;
}

/* The shape that the operations of a leg make. */
static enum rst_status shape_of(const struct rst_legs *legs, int end, const struct rst_run_options *options,
                                struct rst_shape *shape, struct rst_error *err)
{
    *shape = rst_raster_shape(legs->at);
    if (options->alpha == RST_ALPHA_IGNORE) shape->alpha = shape->opacity = -1;
    return rst_plan_steps(legs->pipeline, legs->from, end - legs->from, shape, shape, NULL, err);
}

static struct rst_pass_parts parts_of(const struct rst_legs *legs, int end, const struct rst_surveys *surveys,
                                      struct rst_raster *out, const struct rst_run_options *options)
{
    return (struct rst_pass_parts){.pipeline = legs->pipeline,
                                   .from = legs->from,
                                   .length = end - legs->from,
                                   .surveys = surveys->results,
                                   .others = &surveys->others,
                                   .in = legs->at,
                                   .out = out,
                                   .options = options};
}

/* What the next leg reads is what this one has made. */
static void step_over(struct rst_legs *legs, int end, struct rst_raster *made)
{
    rst_close(&legs->scratch);
    legs->scratch = legs->at = made;
    legs->from = end;
}

static enum rst_status run_pass(const struct rst_pass_parts *parts, struct rst_surveys *surveys, struct rst_error *err)
{
    struct rst_clock clock = rst_clock_start();
    struct rst_report report = {0};
    struct rst_pass pass;
    RST_TRY(rst_pass_open(&pass, parts, err));
    int threads = rst_work(&pass);
    rst_report_fill(&report, &pass, threads, clock);
    enum rst_status status = rst_work_complete(&pass) ? RST_OK : rst_work_cut_short(&pass, err);
    surveys->pass++;
    if (status == RST_OK) status = rst_settle_pass(&pass, &report, err);
    surveys->pass++;
    rst_report_add(&surveys->report, &report);
    surveys->report.collisions += report.collisions;
    if (*report.warning) memcpy(surveys->report.warning, report.warning, sizeof report.warning);
    rst_pass_close(&pass);
    return status;
}

static enum rst_status run_leg(struct rst_legs *legs, int end, struct rst_surveys *surveys, struct rst_error *err)
{
    struct rst_run_options options = surveys->options;
    struct rst_raster *made = NULL;
    struct rst_shape shape;
    options.window = NULL;
    RST_TRY(rst_surveys_run(surveys, legs->pipeline, legs->from, end, legs->at, err));
    RST_TRY(shape_of(legs, end, &options, &shape, err));
    RST_TRY(rst_raster_scratch(&shape, options.scratch_dir, &made, err));
    const struct rst_pass_parts parts = parts_of(legs, end, surveys, made, &options);
    enum rst_status status = run_pass(&parts, surveys, err);
    step_over(legs, end, made);
    return status;
}

static enum rst_status rehearse_leg(struct rst_legs *legs, int end, struct rst_surveys *surveys, struct rst_error *err)
{
    struct rst_run_options options = surveys->options;
    struct rst_raster *made = NULL;
    struct rst_shape shape;
    struct rst_pass pass;
    struct rst_cost cost;
    options.window = NULL;
    RST_TRY(rst_surveys_rehearse(surveys, legs->pipeline, legs->from, end, legs->at, err));
    RST_TRY(shape_of(legs, end, &options, &shape, err));
    RST_TRY(rst_raster_scratch_rehearsed(&shape, options.scratch_dir, &made, err));
    struct rst_pass_parts parts = parts_of(legs, end, surveys, made, &options);
    parts.rehearse = true;
    enum rst_status status = rst_pass_open(&pass, &parts, err);
    if (status == RST_OK) {
        rst_cost_fill(&cost, &pass);
        cost.scratch_bytes += rst_map_length(rst_raster_map(made)) + rst_legs_bytes(legs);
        rst_settle_cost(&pass, &cost);
        rst_cost_add(&surveys->cost, &cost);
        rst_pass_close(&pass);
    }
    step_over(legs, end, made);
    return status;
}

enum rst_status rst_legs_run(struct rst_legs *legs, struct rst_surveys *surveys, const struct rst_pipeline *pipeline,
                             struct rst_raster *in, bool direct, struct rst_error *err)
{
    *legs = (struct rst_legs){.pipeline = pipeline, .at = in};
    for (int end; (end = leg_end(pipeline, legs->from, direct)) >= 0;)
        RST_TRY(run_leg(legs, end, surveys, err));
    return rst_surveys_run(surveys, pipeline, legs->from, surveys->length, legs->at, err);
}

enum rst_status rst_legs_rehearse(struct rst_legs *legs, struct rst_surveys *surveys,
                                  const struct rst_pipeline *pipeline, struct rst_raster *in, bool direct,
                                  struct rst_error *err)
{
    *legs = (struct rst_legs){.pipeline = pipeline, .at = in};
    for (int end; (end = leg_end(pipeline, legs->from, direct)) >= 0;)
        RST_TRY(rehearse_leg(legs, end, surveys, err));
    return rst_surveys_rehearse(surveys, pipeline, legs->from, surveys->length, legs->at, err);
}

void rst_legs_close(struct rst_legs *legs)
{
    rst_close(&legs->scratch);
}
