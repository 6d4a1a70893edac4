/* Everything that is decided before the first pixel: which instruction set, whether bands of samples are taken together
 * or one at a time, how the result is cut, what must be held when it overwrites its own source. */
#include "raster/sweep/pass.h"

#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/sweep/isa.h"

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

bool rst_pass_claim(struct rst_pass *pass, int thread, int64_t limit, int64_t *unit)
{
    pthread_mutex_lock(&pass->lock);
    bool claimed = pass->next_unit < limit;
    if (claimed) {
        *unit = pass->next_unit++;
        pass->doing[thread] = *unit;
    }
    pthread_mutex_unlock(&pass->lock);
    return claimed;
}

int64_t rst_pass_done(struct rst_pass *pass, int thread)
{
    pthread_mutex_lock(&pass->lock);
    int64_t low = pass->next_unit;
    pass->doing[thread] = INT64_MAX;
    for (int i = 0; i < pass->threads; i++)
        low = rst_min64(low, pass->doing[i]);
    pass->units_done = low;
    pthread_mutex_unlock(&pass->lock);
    return low;
}

int64_t rst_pass_rows_final(const struct rst_pass *pass)
{
    int64_t bands = pass->units_done / pass->cut.band_units;
    return rst_min64(bands * pass->cut.band_height, pass->cut.target.height);
}

struct rst_rect rst_pass_source(const struct rst_pass *pass, struct rst_rect target)
{
    for (int i = pass->step_count - 1; i >= 0; i--) {
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

static enum rst_status plan_steps(struct rst_pass *pass, const struct rst_pipeline *pipeline, struct rst_shape shape,
                                  struct rst_error *err)
{
    enum rst_isa isa;
    RST_TRY(rst_isa_choose(pass->options->isa, &isa, err));
    if (pass->options->alpha == RST_ALPHA_IGNORE) shape.alpha = shape.opacity = -1;
    for (int i = 0; i < pass->step_count; i++) {
        struct rst_step *step = &pass->steps[i];
        step->op = rst_pipeline_op(pipeline, i);
        step->kind = rst_op_kind(step->op);
        step->stage = (struct rst_stage){.in = shape, .border = pass->options->border, .isa = isa};
        RST_TRY(rst_plan_step(step->op, &shape, &step->stage.out, NULL, err));
        shape = step->stage.out;
    }
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

static bool pointwise(const struct rst_pass *pass)
{
    for (int i = 0; i < pass->step_count; i++)
        if (!(pass->steps[i].kind->flags & RST_OP_POINT)) return false;
    return true;
}

static bool local(const struct rst_pass *pass)
{
    for (int i = 0; i < pass->step_count; i++)
        if (!(pass->steps[i].kind->flags & (RST_OP_POINT | RST_OP_LOCAL))) return false;
    return true;
}

/* The widest pixel that any row of the pass has. */
static size_t widest_pixel(const struct rst_pass *pass)
{
    size_t widest = pass->in.pixel > pass->out.pixel ? pass->in.pixel : pass->out.pixel;
    for (int i = 0; i < pass->step_count; i++) {
        const struct rst_stage *stage = &pass->steps[i].stage;
        size_t pixel = rst_type_size(stage->out.type) * (size_t)(stage->bands == 1 ? 1 : stage->out.bands);
        if (pixel > widest) widest = pixel;
    }
    return widest;
}

static enum rst_status hold_originals(struct rst_pass *pass, struct rst_halo halo, struct rst_error *err)
{
    bool wrap = pass->options->border.rule == RST_WRAP;
    struct rst_rect source = rst_pass_source(pass, pass->cut.target);
    uint64_t bytes = rst_originals_bytes(&pass->in, halo, source.width, pass->cut.band_height, pass->cut.groups, wrap);
    if (pass->options->max_memory && bytes > pass->options->max_memory)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: in place, %lld rows of originals take %llu bytes, more than the %llu that were granted",
                        rst_raster_path(pass->in.raster), (long long)pass->cut.band_height + halo.up + halo.down,
                        (unsigned long long)bytes, (unsigned long long)pass->options->max_memory);
    pass->originals = (struct rst_originals){.port = &pass->in,
                                             .halo = halo,
                                             .window = pass->cut.target,
                                             .x = source.x,
                                             .width = source.width,
                                             .groups = pass->cut.groups};
    return rst_originals_open(&pass->originals, pass->cut.band_height, wrap, err);
}

static enum rst_status cut_pass(struct rst_pass *pass, const struct rst_pipeline *pipeline, int32_t groups, int threads,
                                struct rst_error *err)
{
    const struct rst_layout *out = rst_raster_layout(pass->out.raster);
    const struct rst_shape shape = rst_raster_shape(pass->in.raster);
    struct rst_rect target = {0, 0, out->width, out->height};
    if (pass->options->window) target = *pass->options->window;
    pass->out_x = pass->in_place ? 0 : target.x;
    pass->out_y = pass->in_place ? 0 : target.y;
    bool point = pointwise(pass);
    struct rst_halo halo = {0};
    if (local(pass)) halo = rst_plan_halo(pipeline, &shape, pass->options->border.rule);
    pass->buffered = pass->in_place && !point;
    struct rst_cut_request request = {.target = target,
                                      .halo = halo,
                                      .pointwise = point,
                                      .buffered = pass->buffered,
                                      .groups = groups,
                                      .threads = threads,
                                      .pixel = widest_pixel(pass),
                                      .tile_width = pass->options->tile_width,
                                      .tile_height = pass->options->tile_height,
                                      .max_memory = pass->options->max_memory,
                                      .held =
                                          rst_raster_is_lazy(pass->in.raster) || rst_raster_is_coded(pass->out.raster)};
    bool tiled = out->block_width < out->width;
    if (tiled && !pass->options->window) {
        request.block_width = out->block_width;
        request.block_height = out->block_height;
    }
    pass->cut = rst_cut_make(&request);
    pass->gates = calloc((size_t)pass->cut.band_count, sizeof *pass->gates);
    if (!pass->gates)
        return rst_fail(err, RST_E_NOMEM, "no memory for %lld bands of rows", (long long)pass->cut.band_count);
    return pass->buffered ? hold_originals(pass, halo, err) : RST_OK;
}

static enum rst_status open_steps(struct rst_pass *pass, const struct rst_pipeline *pipeline, struct rst_raster *in,
                                  struct rst_raster *out, int threads, struct rst_error *err)
{
    const struct rst_layout *layout = rst_raster_layout(out);
    RST_TRY(plan_steps(pass, pipeline, rst_raster_shape(in), err));
    int32_t groups = bands_apart(pass, layout) ? layout->bands : 1;
    RST_TRY(prepare_steps(pass, groups, err));
    rst_port_open(&pass->in, in, groups > 1 ? 1 : rst_raster_layout(in)->bands);
    rst_port_open(&pass->out, out, groups > 1 ? 1 : layout->bands);
    return cut_pass(pass, pipeline, groups, threads, err);
}

enum rst_status rst_pass_open(struct rst_pass *pass, const struct rst_pipeline *pipeline, struct rst_raster *in,
                              struct rst_raster *out, const struct rst_run_options *options, int threads,
                              struct rst_error *err)
{
    int count = rst_pipeline_length(pipeline);
    memset(pass, 0, sizeof *pass);
    pass->options = options;
    pass->in_place = in == out;
    pass->step_count = count;
    pass->steps = calloc((size_t)(count ? count : 1), sizeof *pass->steps);
    if (!pass->steps) return rst_fail(err, RST_E_NOMEM, "no memory for a pipeline of %d operations", count);
    pthread_mutex_init(&pass->lock, NULL);
    pass->threads = threads;
    pass->doing = malloc((size_t)threads * sizeof *pass->doing);
    if (!pass->doing) {
        rst_pass_close(pass);
        return rst_fail(err, RST_E_NOMEM, "no memory for %d threads", threads);
    }
    for (int i = 0; i < threads; i++)
        pass->doing[i] = INT64_MAX;
    enum rst_status status = open_steps(pass, pipeline, in, out, threads, err);
    if (status) rst_pass_close(pass);
    return status;
}

void rst_pass_close(struct rst_pass *pass)
{
    for (int i = 0; i < pass->step_count; i++)
        if (pass->steps[i].prepared && pass->steps[i].kind->finish) pass->steps[i].kind->finish(pass->steps[i].shared);
    rst_originals_close(&pass->originals);
    free(pass->steps);
    free(pass->gates);
    free(pass->doing);
    pthread_mutex_destroy(&pass->lock);
}
