/* Everything that is decided before the first pixel: which instruction set, whether bands of samples are taken together
 * or one at a time, how the result is cut, what must be held when it overwrites its own source. */
#include "raster/sweep/pass.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/sweep/isa.h"
#include "raster/sweep/sides.h"
#include "raster/sweep/threads.h"

enum { MOMENT = 2000000 }; /* ns that a thread waits before it looks again */

void rst_tally_collisions(struct rst_tally *tally, int64_t count)
{
    if (tally && count) atomic_fetch_add_explicit(&tally->collisions, count, memory_order_relaxed);
}

void rst_pass_fail(struct rst_pass *pass, const struct rst_error *error)
{
    pthread_mutex_lock(&pass->lock);
    if (!pass->error.status) pass->error = *error;
    pthread_mutex_unlock(&pass->lock);
    atomic_store(&pass->failed, 1);
}

bool rst_pass_stopped(const struct rst_pass *pass)
{
    const volatile int *cancel = pass->options->cancel;
    return atomic_load_explicit(&pass->failed, memory_order_relaxed) ||
           (cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED));
}

/* Whether a unit may be begun: the bands in work have their pages, and a sink takes units in about their order. Called
 * with the lock. */
static bool may_begin(const struct rst_pass *pass, int64_t unit)
{
    int32_t group;
    if (pass->sink && unit - pass->units_done >= pass->sink->ahead) return false;
    if (unit - pass->units_done >= pass->budget.lead) return false;
    if (pass->budget.open < INT64_MAX) {
        struct rst_rect target = rst_pass_output(pass, rst_cut_unit(&pass->cut, unit, &group));
        if (rst_raster_open_cells(pass->out.raster, target) > pass->budget.open) return false;
    }
    return unit / pass->cut.band_units - pass->bands_left < pass->budget.flight;
}

enum rst_claim rst_pass_claim(struct rst_pass *pass, int thread, int64_t limit, int64_t *unit)
{
    enum rst_claim claim = RST_CLAIM_NONE;
    pthread_mutex_lock(&pass->lock);
    if (pass->next_unit < limit) claim = may_begin(pass, pass->next_unit) ? RST_CLAIM_UNIT : RST_CLAIM_LATER;
    if (claim == RST_CLAIM_UNIT) {
        *unit = pass->next_unit++;
        pass->doing[thread] = *unit;
    }
    pthread_mutex_unlock(&pass->lock);
    return claim;
}

void rst_pass_wait(struct rst_pass *pass)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += MOMENT;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&pass->lock);
    pthread_cond_timedwait(&pass->released, &pass->lock, &until);
    pthread_mutex_unlock(&pass->lock);
}

int64_t rst_pass_done(struct rst_pass *pass, int thread)
{
    pthread_mutex_lock(&pass->lock);
    int64_t low = pass->next_unit;
    pass->doing[thread] = INT64_MAX;
    for (int i = 0; i < pass->threads; i++)
        low = rst_min64(low, pass->doing[i]);
    pass->units_done = low;
    pthread_cond_broadcast(&pass->released);
    pthread_mutex_unlock(&pass->lock);
    return low;
}

int64_t rst_pass_rows_final(const struct rst_pass *pass)
{
    int64_t bands = pass->units_done / pass->cut.band_units;
    return rst_min64(bands * pass->cut.band_height, pass->cut.target.height);
}

struct rst_rect rst_pass_output(const struct rst_pass *pass, struct rst_rect target)
{
    return (struct rst_rect){target.x - pass->out_x, target.y - pass->out_y, target.width, target.height};
}

struct rst_rect rst_pass_source(const struct rst_pass *pass, struct rst_rect target)
{
    return rst_pass_after(pass, -1, target);
}

struct rst_rect rst_pass_after(const struct rst_pass *pass, int step, struct rst_rect target)
{
    if (target.width <= 0 || target.height <= 0) return (struct rst_rect){0};
    for (int i = pass->step_count - 1; i > step; i--) {
        const struct rst_stage *stage = &pass->steps[i].stage;
        target = rst_plan_need(pass->steps[i].op, &stage->in, target);
        target = rst_rows_inner(target, stage->in.width, stage->in.height, stage->border.rule);
        if (target.width == 0) return target;
    }
    return target;
}

/* Bands of samples are taken one at a time where the output has them apart, and no operation needs them together. */
static bool bands_apart(const struct rst_pass *pass, const struct rst_layout *out)
{
    if (out->bands == 1 || (out->planes == 1 && out->pixel_stride != (ptrdiff_t)rst_type_size(out->type))) return false;
    for (int i = 0; i < pass->step_count; i++) {
        const struct rst_step *step = &pass->steps[i];
        bool averages = (step->kind->flags & RST_OP_AVERAGES) && step->stage.in.alpha >= 0;
        if (averages || (step->kind->flags & RST_OP_ALL_BANDS) || step->stage.in.bands != step->stage.out.bands)
            return false;
    }
    return true;
}

static enum rst_status plan_steps(struct rst_pass *pass, const struct rst_pass_parts *parts, struct rst_shape *shape,
                                  struct rst_error *err)
{
    enum rst_isa isa;
    RST_TRY(rst_isa_choose(pass->options->isa, &isa, err));
    if (pass->options->alpha == RST_ALPHA_IGNORE) shape->alpha = shape->opacity = -1;
    for (int i = 0; i < pass->step_count; i++) {
        struct rst_step *step = &pass->steps[i];
        step->op = rst_pipeline_op(parts->pipeline, parts->from + i);
        step->kind = rst_op_kind(step->op);
        step->stage = (struct rst_stage){.in = *shape, .border = pass->options->border, .isa = isa};
        if (parts->surveys) step->stage.survey = parts->surveys[parts->from + i];
        rst_others_give(parts->others, parts->pipeline, parts->from + i, &step->stage);
        struct rst_affine to_source;
        RST_TRY(rst_plan_step(step->op, shape, &step->stage.out, &to_source, err));
        /* Half a turn leaves rows rows. */
        bool upright = to_source.m[0] != 0;
        pass->turned = pass->turned || ((step->kind->flags & RST_OP_TURNS) && !upright);
        *shape = step->stage.out;
    }
    pass->end = (struct rst_stage){.in = *shape, .out = *shape, .isa = isa, .bands = shape->bands, .hold = 1};
    return RST_OK;
}

static enum rst_status prepare_steps(struct rst_pass *pass, int32_t groups, struct rst_error *err)
{
    for (int i = 0; i < pass->step_count; i++) {
        struct rst_step *step = &pass->steps[i];
        struct rst_stage *stage = &step->stage;
        const struct rst_rect pixel = {stage->out.width / 2, stage->out.height / 2, 1, 1};
        stage->bands = groups > 1 ? 1 : stage->in.bands;
        stage->hold = (int32_t)rst_plan_need(step->op, &stage->in, pixel).height;
        step->shared = (void *)rst_op_state(step->op);
        if (step->kind->prepare) RST_TRY(step->kind->prepare(rst_op_state(step->op), stage, &step->shared, err));
        step->prepared = true;
    }
    return RST_OK;
}

/* Whether all steps have one of these flags. */
static bool all_have(const struct rst_pass *pass, unsigned flags)
{
    for (int i = 0; i < pass->step_count; i++)
        if (!(pass->steps[i].kind->flags & flags)) return false;
    return true;
}

/* The widest pixel that any row of the pass has. */
static size_t widest_pixel(const struct rst_pass *pass)
{
    size_t widest = pass->in.pixel > pass->out.pixel ? pass->in.pixel : pass->out.pixel; /* 0: no output */
    for (int i = 0; i < pass->step_count; i++) {
        const struct rst_stage *stage = &pass->steps[i].stage;
        size_t pixel = rst_type_size(stage->out.type) * (size_t)(stage->bands == 1 ? 1 : stage->out.bands);
        if (pixel > widest) widest = pixel;
    }
    return widest;
}

static enum rst_status hold_originals(struct rst_pass *pass, struct rst_halo halo, struct rst_error *err)
{
    struct rst_rect source = rst_pass_source(pass, pass->cut.target);
    pass->originals = (struct rst_originals){.port = &pass->in,
                                             .halo = halo,
                                             .window = pass->cut.target,
                                             .x = source.x,
                                             .width = source.width,
                                             .groups = pass->cut.groups};
    return rst_originals_open(&pass->originals, pass->cut.band_height, pass->options->border.rule == RST_WRAP, err);
}

/* What the way of cutting depends on. */
static struct rst_cut_request request_of(struct rst_pass *pass, const struct rst_pass_parts *parts, int32_t groups)
{
    const struct rst_shape shape = rst_raster_shape(parts->in);
    struct rst_cut_request request = {.target = {0, 0, pass->end.in.width, pass->end.in.height},
                                      .pointwise = all_have(pass, RST_OP_POINT),
                                      .turned = pass->turned,
                                      .groups = groups,
                                      .threads = pass->threads,
                                      .pixel = widest_pixel(pass),
                                      .tile_width = pass->options->tile_width,
                                      .tile_height = pass->options->tile_height,
                                      .held = rst_raster_is_lazy(parts->in)};
    if (pass->options->window) request.target = *pass->options->window;
    if (all_have(pass, RST_OP_POINT | RST_OP_LOCAL))
        request.halo = rst_plan_halo(parts->pipeline, parts->from, parts->length, &shape, pass->options->border.rule);
    request.buffered = pass->in_place && !request.pointwise;
    if (pass->sink) {
        request.tile_width = pass->sink->tile_width;
        request.tile_height = pass->sink->tile_height;
        return request;
    }
    const struct rst_layout *out = rst_raster_layout(parts->out);
    request.held = request.held || rst_raster_is_coded(parts->out);
    if (out->block_width < out->width && !pass->options->window) {
        request.block_width = out->block_width;
        request.block_height = out->block_height;
    }
    return request;
}

static enum rst_status cut_pass(struct rst_pass *pass, const struct rst_pass_parts *parts, int32_t groups,
                                struct rst_error *err)
{
    struct rst_cut_request request = request_of(pass, parts, groups);
    pass->out_x = pass->in_place || pass->placed ? 0 : request.target.x;
    pass->out_y = pass->in_place || pass->placed ? 0 : request.target.y;
    pass->buffered = request.buffered;
    RST_TRY(rst_budget_settle(pass, &request, err));
    pass->gates = calloc((size_t)pass->cut.band_count + 1, sizeof *pass->gates);
    if (!pass->gates)
        return rst_fail(err, RST_E_NOMEM, "no memory for %lld bands of rows", (long long)pass->cut.band_count);
    return pass->buffered && !parts->rehearse ? hold_originals(pass, request.halo, err) : RST_OK;
}

static enum rst_status open_steps(struct rst_pass *pass, const struct rst_pass_parts *parts, struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(parts->in);
    const struct rst_layout *layout = parts->sink ? NULL : rst_raster_layout(parts->out);
    RST_TRY(plan_steps(pass, parts, &shape, err));
    RST_TRY(rst_sides_open(pass, parts, err));
    int32_t groups = layout && bands_apart(pass, layout) ? layout->bands : 1;
    RST_TRY(prepare_steps(pass, groups, err));
    rst_port_open(&pass->in, parts->in, groups > 1 ? 1 : rst_raster_layout(parts->in)->bands);
    if (layout) rst_port_open(&pass->out, parts->out, groups > 1 ? 1 : layout->bands);
    return cut_pass(pass, parts, groups, err);
}

static enum rst_status set_threads(struct rst_pass *pass, struct rst_error *err)
{
    int asked = pass->options->threads;
    if (asked < 0 || asked > 1024)
        return rst_fail(err, RST_E_ARGUMENT, "%d threads were asked for: 0 (all processors) to 1024 are possible",
                        asked);
    pass->threads = asked ? asked : rst_threads_available();
    pass->doing = malloc((size_t)pass->threads * sizeof *pass->doing);
    if (!pass->doing) return rst_fail(err, RST_E_NOMEM, "no memory for %d threads", pass->threads);
    for (int i = 0; i < pass->threads; i++)
        pass->doing[i] = INT64_MAX;
    return RST_OK;
}

enum rst_status rst_pass_open(struct rst_pass *pass, const struct rst_pass_parts *parts, struct rst_error *err)
{
    memset(pass, 0, sizeof *pass);
    pass->options = parts->options;
    pass->sink = parts->sink;
    pass->rehearse = parts->rehearse;
    pass->in_place = parts->in == parts->out;
    pass->placed = parts->placed;
    pass->later = parts->from > 0;
    pass->step_count = parts->length;
    pass->decoded_before = rst_raster_decoded(parts->in);
    pthread_mutex_init(&pass->lock, NULL);
    pthread_cond_init(&pass->released, NULL);
    pass->steps = calloc((size_t)parts->length + 1, sizeof *pass->steps);
    if (!pass->steps) {
        rst_pass_close(pass);
        return rst_fail(err, RST_E_NOMEM, "no memory for a pipeline of %d operations", parts->length);
    }
    enum rst_status status = set_threads(pass, err);
    if (status == RST_OK) status = open_steps(pass, parts, err);
    if (status) rst_pass_close(pass);
    return status;
}

void rst_pass_close(struct rst_pass *pass)
{
    for (int i = 0; pass->steps && i < pass->step_count; i++)
        if (pass->steps[i].prepared && pass->steps[i].kind->finish) pass->steps[i].kind->finish(pass->steps[i].shared);
    rst_originals_close(&pass->originals);
    free(pass->steps);
    free(pass->sides);
    free(pass->gates);
    free(pass->doing);
    pthread_cond_destroy(&pass->released);
    pthread_mutex_destroy(&pass->lock);
}
