/* A reduction is a pass whose rows end in accumulators. The image is cut into parts by its shape alone; a part is one
 * unit of the pass, so that one thread adds its rows from the top; and a part is merged once all parts before it are.
 * Nothing of that depends on threads, layout or budget, and so neither does a sum of floats.
 *
 * Parts that are finished wait for those before them, each in an accumulator of its own; no thread begins a part that
 * is further ahead than there are accumulators. */
#include "raster/sweep/reduce.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/sweep/isa.h"
#include "raster/sweep/plan.h"
#include "raster/sweep/report.h"
#include "raster/sweep/settle.h"
#include "raster/sweep/survey.h"
#include "raster/sweep/threads.h"
#include "raster/sweep/work.h"

#define PART_BYTES (INT64_C(2) << 20)
#define BAND_BYTES (INT64_C(16) << 20)
#define LINE 64 /* bytes that processors fetch together: accumulators share none */

enum { LEAST_ROWS = 8, ROWS = 64 };

/* What the threads share. */
struct gathering {
    const struct rst_reduction *reduction;
    struct rst_shape shape; /* of what is looked at */
    enum rst_isa isa;
    size_t bytes, step; /* of an accumulator; from one to the next */
    int64_t room;       /* accumulators */
    char *waiting;      /* [room] of units that are not merged: unit modulo room */
    pthread_mutex_t lock;
    bool *finished;     /* [room]: waits to be merged */
    int64_t merged;     /* units */
    const void *before; /* the result of the round before */
    void *result;
};

static void start(const struct gathering *gathering, void *accumulator)
{
    const struct rst_reduction *reduction = gathering->reduction;
    memset(accumulator, 0, gathering->bytes);
    if (reduction->start)
        reduction->start(reduction, &gathering->shape, gathering->isa, accumulator, gathering->before);
}

/* Each thread goes on in its own accumulator, or every part has a fresh one. */
static enum rst_status open_part(void *user, int thread, int64_t unit, void **work, struct rst_error *err)
{
    struct gathering *gathering = user;
    bool own = gathering->reduction->any_order;
    int64_t slot = own ? thread : unit % gathering->room;
    (void)err;
    *work = gathering->waiting + (size_t)slot * gathering->step;
    if (!own || !gathering->finished[slot]) start(gathering, *work);
    if (own) gathering->finished[slot] = true;
    return RST_OK;
}

static void add_row(void *user, void *work, const struct rst_run_of_pixels *run)
{
    struct gathering *gathering = user;
    gathering->reduction->row(gathering->reduction, &gathering->shape, gathering->isa, work, run);
}

static void merge(struct gathering *gathering, int64_t slot)
{
    const void *part = gathering->waiting + (size_t)slot * gathering->step;
    gathering->reduction->merge(gathering->reduction, &gathering->shape, gathering->result, part);
    gathering->finished[slot] = false;
}

/* Merges this part if it is the next one, and those behind it that have waited for it. */
static void close_part(void *user, int64_t unit, void *work)
{
    struct gathering *gathering = user;
    (void)work;
    if (gathering->reduction->any_order) return;
    pthread_mutex_lock(&gathering->lock);
    gathering->finished[unit % gathering->room] = true;
    for (int64_t slot; gathering->finished[slot = gathering->merged % gathering->room]; gathering->merged++)
        merge(gathering, slot);
    pthread_mutex_unlock(&gathering->lock);
}

/* Parts are a MiB or two: strips of rows that stay in the cache where operations come before, in bands low enough for
 * many to fit into memory however wide the image. */
static void cut_parts(struct rst_sink *sink, const struct rst_shape *shape)
{
    int64_t pixel = (int64_t)rst_type_size(shape->type) * shape->bands;
    int64_t most = rst_max64(1, PART_BYTES / ROWS / pixel);
    if (shape->width <= most) {
        sink->tile_width = shape->width;
        sink->tile_height = rst_max64(ROWS, PART_BYTES / (shape->width * pixel));
        return;
    }
    int64_t band_rows = BAND_BYTES / pixel / shape->width;
    sink->tile_height = rst_clamp64(band_rows, LEAST_ROWS, ROWS);
    most = rst_max64(1, PART_BYTES / sink->tile_height / pixel);
    int64_t count = (shape->width - 1) / most + 1;
    sink->tile_width = (shape->width - 1) / count + 1;
}

/* The shape of what is looked at: of the whole, or of its window. */
static enum rst_status shape_of(const struct rst_reduce *reduce, struct rst_shape *shape, struct rst_error *err)
{
    const struct rst_rect *window = reduce->options->window;
    *shape = rst_raster_shape(reduce->in);
    if (reduce->options->alpha == RST_ALPHA_IGNORE) shape->alpha = shape->opacity = -1;
    RST_TRY(rst_plan_steps(reduce->pipeline, reduce->from, reduce->length, shape, shape, NULL, err));
    if (!window) return RST_OK;
    const struct rst_shape whole = *shape;
    return rst_pipeline_plan(NULL, &whole, window, shape, NULL, err);
}

static enum rst_status no_memory(const struct gathering *gathering, struct rst_error *err)
{
    return rst_fail(err, RST_E_NOMEM, "no memory for %lld accumulators of %s, %zu bytes each",
                    (long long)gathering->room, gathering->reduction->name, gathering->bytes);
}

static enum rst_status make_result(struct gathering *gathering, struct rst_error *err)
{
    gathering->result = malloc((size_t)rst_max64(1, (int64_t)gathering->bytes));
    if (!gathering->result) return no_memory(gathering, err);
    start(gathering, gathering->result);
    return RST_OK;
}

/* Everything but memory. */
static enum rst_status plan(const struct rst_reduce *reduce, struct gathering *gathering, struct rst_sink *sink,
                            struct rst_error *err)
{
    int threads = reduce->options->threads > 0 ? reduce->options->threads : rst_threads_available();
    uint64_t step, total;
    *gathering = (struct gathering){.reduction = reduce->reduction, .room = 2 * (int64_t)threads + 2};
    if (reduce->reduction->any_order) gathering->room = threads;
    if (!rst_raster_map(reduce->in))
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: opened without its pixels: %s", rst_raster_path(reduce->in),
                        rst_raster_unmapped(reduce->in));
    RST_TRY(shape_of(reduce, &gathering->shape, err));
    RST_TRY(rst_isa_choose(reduce->options->isa, &gathering->isa, err));
    gathering->bytes = reduce->reduction->size(reduce->reduction, &gathering->shape);
    if (!rst_align_up(gathering->bytes, LINE, &step) || !rst_mul(step, (uint64_t)gathering->room + 2, &total) ||
        total > PTRDIFF_MAX)
        return no_memory(gathering, err);
    gathering->step = (size_t)step;
    *sink = (struct rst_sink){.user = gathering,
                              .open = open_part,
                              .row = add_row,
                              .close = close_part,
                              .ahead = reduce->reduction->any_order ? INT64_MAX : gathering->room,
                              .bytes = total};
    cut_parts(sink, &gathering->shape);
    return RST_OK;
}

static struct rst_pass_parts pass_parts(const struct rst_reduce *reduce, const struct rst_sink *sink)
{
    return (struct rst_pass_parts){.pipeline = reduce->pipeline,
                                   .from = reduce->from,
                                   .length = reduce->length,
                                   .surveys = reduce->surveys,
                                   .others = reduce->others,
                                   .in = reduce->in,
                                   .sink = sink,
                                   .options = reduce->options};
}

static enum rst_status run_pass(const struct rst_reduce *reduce, const struct rst_sink *sink, struct rst_error *err)
{
    struct rst_clock clock = rst_clock_start();
    struct rst_report *report = reduce->options->report;
    const struct rst_pass_parts parts = pass_parts(reduce, sink);
    struct rst_pass pass;
    RST_TRY(rst_pass_open(&pass, &parts, err));
    int threads = rst_work(&pass);
    if (report) rst_report_fill(report, &pass, threads, clock);
    enum rst_status status = rst_work_complete(&pass) ? RST_OK : rst_work_cut_short(&pass, err);
    rst_pass_close(&pass);
    return status;
}

static void finish(const struct gathering *gathering)
{
    const struct rst_reduction *reduction = gathering->reduction;
    if (reduction->finish) reduction->finish(reduction, &gathering->shape, gathering->result);
}

/* One look at all pixels. What the round before found is no longer needed after it. */
static enum rst_status run_round(const struct rst_reduce *reduce, struct gathering *gathering,
                                 const struct rst_sink *sink, struct rst_error *err)
{
    void *before = gathering->result;
    gathering->before = before;
    gathering->result = NULL;
    gathering->merged = 0;
    enum rst_status status = make_result(gathering, err);
    if (status == RST_OK) status = run_pass(reduce, sink, err);
    if (status == RST_OK)
        for (int64_t slot = 0; slot < gathering->room; slot++)
            if (gathering->finished[slot]) merge(gathering, slot);
    free(before);
    if (status == RST_OK) finish(gathering);
    return status;
}

/* The rounds of a reduction, which tell their progress and what they took as if they were one pass. */
struct rounds {
    const struct rst_run_options *asked;
    int64_t round, most;
    struct rst_run_options options; /* with the progress of all of them */
    struct rst_report report;       /* of the rounds before */
};

static void on_progress(void *user, int64_t done, int64_t total)
{
    struct rounds *rounds = user;
    rounds->asked->progress(rounds->asked->user, rounds->round * total + done, rounds->most * total);
}

static int rounds_of(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    return reduction->rounds ? reduction->rounds(reduction, shape) : 1;
}

static enum rst_status run_rounds(const struct rst_reduce *reduce, struct gathering *gathering,
                                  const struct rst_sink *sink, struct rst_error *err)
{
    const struct rst_reduction *reduction = reduce->reduction;
    struct rst_report *report = reduce->options->report;
    struct rounds rounds = {.asked = reduce->options, .options = *reduce->options};
    struct rst_reduce round = *reduce;
    rounds.most = rounds_of(reduction, &gathering->shape);
    round.options = &rounds.options;
    if (rounds.most > 1 && rounds.options.progress) {
        rounds.options.progress = on_progress;
        rounds.options.user = &rounds;
    }
    enum rst_status status = run_round(&round, gathering, sink, err);
    while (status == RST_OK && reduction->again && reduction->again(reduction, &gathering->shape, gathering->result)) {
        assert(rounds.round + 1 < rounds.most);
        rounds.round++;
        if (report) rst_report_add(&rounds.report, report);
        status = run_round(&round, gathering, sink, err);
    }
    if (report) rst_report_add(report, &rounds.report);
    int64_t rows = rounds.most * gathering->shape.height;
    if (status == RST_OK && rounds.round + 1 < rounds.most && rounds.asked->progress) /* fewer than there could be */
        rounds.asked->progress(rounds.asked->user, rows, rows);
    return status;
}

static enum rst_status gather(const struct rst_reduce *reduce, struct gathering *gathering, const struct rst_sink *sink,
                              struct rst_error *err)
{
    gathering->waiting = aligned_alloc(LINE, rst_max64(LINE, gathering->room * (int64_t)gathering->step));
    gathering->finished = calloc((size_t)gathering->room, sizeof *gathering->finished);
    if (!gathering->waiting || !gathering->finished) return no_memory(gathering, err);
    return run_rounds(reduce, gathering, sink, err);
}

enum rst_status rst_reduce_run(const struct rst_reduce *reduce, void **result, struct rst_error *err)
{
    struct gathering gathering;
    struct rst_sink sink;
    *result = NULL;
    RST_TRY(plan(reduce, &gathering, &sink, err));
    if (reduce->options->report) *reduce->options->report = (struct rst_report){.rows_total = gathering.shape.height};
    pthread_mutex_init(&gathering.lock, NULL);
    enum rst_status status = gather(reduce, &gathering, &sink, err);
    pthread_mutex_destroy(&gathering.lock);
    free(gathering.waiting);
    free(gathering.finished);
    if (status != RST_OK) {
        free(gathering.result);
        return status;
    }
    *result = gathering.result;
    return RST_OK;
}

enum rst_status rst_reduce_cost_of(const struct rst_reduce *reduce, struct rst_cost *cost, struct rst_error *err)
{
    struct gathering gathering;
    struct rst_sink sink;
    struct rst_pass pass;
    RST_TRY(plan(reduce, &gathering, &sink, err));
    struct rst_pass_parts parts = pass_parts(reduce, &sink);
    parts.rehearse = true;
    RST_TRY(rst_pass_open(&pass, &parts, err));
    rst_cost_fill(cost, &pass);
    cost->passes = rounds_of(reduce->reduction, &gathering.shape);
    rst_pass_close(&pass);
    return RST_OK;
}

enum rst_status rst_reduce_nothing(const struct rst_reduce *reduce, void **result, struct rst_error *err)
{
    struct gathering gathering;
    struct rst_sink sink;
    RST_TRY(plan(reduce, &gathering, &sink, err));
    RST_TRY(make_result(&gathering, err));
    finish(&gathering);
    *result = gathering.result;
    return RST_OK;
}

static const struct rst_run_options defaults;

/* What is looked at, once all that settles has. */
static struct rst_reduce last_of(const struct rst_reduction *reduction, const struct rst_surveys *surveys,
                                 const struct rst_legs *legs)
{
    return (struct rst_reduce){.reduction = reduction,
                               .pipeline = legs->pipeline,
                               .from = legs->from,
                               .length = surveys->length - legs->from,
                               .surveys = surveys->results,
                               .in = legs->at,
                               .options = &surveys->options,
                               .others = &surveys->others};
}

enum rst_status rst_reduce(const struct rst_reduction *reduction, const struct rst_pipeline *pipeline,
                           struct rst_raster *in, const struct rst_run_options *options, void **result,
                           struct rst_error *err)
{
    struct rst_surveys surveys;
    struct rst_legs legs;
    int64_t rows = rst_raster_layout(in)->height;
    *result = NULL;
    if (!options) options = &defaults;
    if (options->report) *options->report = (struct rst_report){.rows_total = rows};
    RST_TRY(rst_surveys_open(&surveys, pipeline, rows, rst_legs_passes(pipeline, false), options, err));
    enum rst_status status = rst_legs_run(&legs, &surveys, pipeline, in, false, err);
    const struct rst_reduce reduce = last_of(reduction, &surveys, &legs);
    if (status == RST_OK) status = rst_reduce_run(&reduce, result, err);
    if (options->report) rst_report_add(options->report, &surveys.report);
    rst_legs_close(&legs);
    rst_surveys_close(&surveys);
    return status;
}

enum rst_status rst_reduce_cost(const struct rst_reduction *reduction, const struct rst_pipeline *pipeline,
                                struct rst_raster *in, const struct rst_run_options *options, struct rst_cost *cost,
                                struct rst_error *err)
{
    struct rst_surveys surveys;
    struct rst_legs legs;
    *cost = (struct rst_cost){0};
    if (!options) options = &defaults;
    RST_TRY(rst_surveys_open(&surveys, pipeline, 1, rst_legs_passes(pipeline, false), options, err));
    enum rst_status status = rst_legs_rehearse(&legs, &surveys, pipeline, in, false, err);
    const struct rst_reduce reduce = last_of(reduction, &surveys, &legs);
    if (status == RST_OK) status = rst_reduce_cost_of(&reduce, cost, err);
    cost->scratch_bytes += rst_legs_bytes(&legs);
    if (status == RST_OK) rst_cost_add(cost, &surveys.cost);
    rst_legs_close(&legs);
    rst_surveys_close(&surveys);
    return status;
}
