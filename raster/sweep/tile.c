/* The chain of operations for one tile. Walking backwards, each operation says which window of its input it needs; the
 * border rule says which part of that lies in the image; that part is the tile of the operation before. Then every
 * operation gets its working memory, and the rows of the last one are pulled, each straight into the mapping where that
 * is possible. */
#include "raster/sweep/tile.h"

#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/pages.h"
#include "raster/sweep/sides.h"

enum rst_status rst_worker_open(struct rst_worker *worker, struct rst_pass *pass, int index)
{
    *worker = (struct rst_worker){.pass = pass, .index = index, .meter.since = rst_seconds_now()};
    worker->links = calloc((size_t)pass->step_count + 1, sizeof *worker->links);
    bool reserved = rst_arena_reserve(&worker->arena, (size_t)pass->budget.arena);
    if (worker->links && reserved) return RST_OK;
    return rst_fail(&worker->error, RST_E_NOMEM, "no memory for a thread's pipeline, %llu bytes",
                    (unsigned long long)pass->budget.arena);
}

void rst_worker_close(struct rst_worker *worker)
{
    struct rst_pass *pass = worker->pass;
    pthread_mutex_lock(&pass->lock);
    rst_meter_add(&pass->meter, &worker->meter);
    pass->arenas += rst_arena_bytes(&worker->arena);
    pthread_mutex_unlock(&pass->lock);
    rst_arena_clear(&worker->arena);
    free(worker->links);
}

static struct rst_source source_of(struct rst_worker *worker)
{
    struct rst_pass *pass = worker->pass;
    return (struct rst_source){&pass->in, pass->buffered ? &pass->originals : NULL, worker->zeros};
}

/* Links the operations from the last to the first that has anything to compute; returns the index of that one. */
static enum rst_status link_steps(struct rst_worker *worker, struct rst_rect target, int32_t group, int *first)
{
    struct rst_pass *pass = worker->pass;
    for (int i = pass->step_count - 1; i >= 0; i--) {
        struct rst_step *step = &pass->steps[i];
        struct rst_link *link = &worker->links[i];
        *link = (struct rst_link){.kind = step->kind, .shared = step->shared, .stage = &step->stage};
        link->tile = (struct rst_tile){target, rst_plan_need(step->op, &step->stage.in, target), group};
        link->rows.source = source_of(worker);
        link->rows.producer = i > 0 ? link - 1 : NULL;
        link->rows.err = &worker->error;
        RST_TRY(rst_rows_open(&link->rows, &step->stage, &link->tile, &worker->arena));
        RST_TRY(rst_sides_link(worker, link, i));
        *first = i;
        target = link->rows.inner;
        if (target.width == 0) break; /* all of it lies beyond a constant border */
    }
    return RST_OK;
}

static enum rst_status begin_steps(struct rst_worker *worker, int first)
{
    int count = worker->pass->step_count;
    for (int i = first; i < count; i++) {
        struct rst_link *link = &worker->links[i];
        struct rst_tally *tally = i == count - 1 ? &worker->pass->tally : NULL;
        link->work = link->shared;
        if (!link->kind->begin) continue;
        if (link->kind->begin(link->shared, link->stage, &link->tile, &worker->arena, tally, &link->work))
            return rst_fail(&worker->error, RST_E_NOMEM, "no memory for %s on a tile of %lld x %lld pixels",
                            link->kind->name, (long long)link->tile.out.width, (long long)link->tile.out.height);
    }
    return RST_OK;
}

/* Makes one row of the result at `to`. */
static enum rst_status make_row(struct rst_worker *worker, struct rst_rect target, int32_t group, int64_t y, void *to)
{
    int count = worker->pass->step_count;
    if (count == 0) {
        struct rst_source source = source_of(worker);
        return rst_source_load(&source, group, target.x, y, target.width, to, &worker->error);
    }
    struct rst_link *last = &worker->links[count - 1];
    last->kind->row(last->work, &last->rows, last->stage, &last->tile, y, to);
    return worker->error.status;
}

/* A unit may take a second: whoever wants to stop does not wait for its end, unless it would be left half changed. */
static enum rst_status check_stopped(struct rst_worker *worker)
{
    const struct rst_pass *pass = worker->pass;
    return !pass->in_place && rst_pass_stopped(pass) ? rst_fail(&worker->error, RST_E_CANCELLED, "cancelled") : RST_OK;
}

/* Rows into the output. */
static enum rst_status store_rows(struct rst_worker *worker, struct rst_rect target, int32_t group)
{
    struct rst_pass *pass = worker->pass;
    void *line = rst_arena_get(&worker->arena, (size_t)target.width * pass->out.pixel);
    if (!line)
        return rst_fail(&worker->error, RST_E_NOMEM, "no memory for a row of %lld pixels", (long long)target.width);
    if (worker->rehearse) return RST_OK;
    for (int64_t y = target.y; y < target.y + target.height; y++) {
        int64_t out_x = target.x - pass->out_x, out_y = y - pass->out_y;
        RST_TRY(check_stopped(worker));
        void *direct = rst_port_at(&pass->out, group, out_x, out_y);
        RST_TRY(make_row(worker, target, group, y, direct ? direct : line));
        if (!direct) RST_TRY(rst_port_store(&pass->out, group, out_x, out_y, target.width, line, &worker->error));
    }
    return RST_OK;
}

/* Rows into the sink; those that lie in the mapping as they are wanted are not copied. */
static enum rst_status sink_rows(struct rst_worker *worker, struct rst_rect target, int64_t unit)
{
    struct rst_pass *pass = worker->pass;
    struct rst_rows *rows = &worker->links[pass->step_count].rows;
    const struct rst_tile tile = {target, target, 0};
    void *work = NULL;
    *rows = (struct rst_rows){.source = source_of(worker), .err = &worker->error};
    rows->producer = pass->step_count > 0 ? &worker->links[pass->step_count - 1] : NULL;
    RST_TRY(rst_rows_open(rows, &pass->end, &tile, &worker->arena));
    if (worker->rehearse) return RST_OK;
    RST_TRY(pass->sink->open(pass->sink->user, worker->index, unit, &work, &worker->error));
    for (int64_t y = target.y; y < target.y + target.height; y++) {
        RST_TRY(check_stopped(worker));
        const void *row = rst_rows_get(rows, y);
        RST_TRY(worker->error.status);
        const struct rst_run_of_pixels run = {row, target.x - pass->out_x, y - pass->out_y, target.width};
        pass->sink->row(pass->sink->user, work, &run);
    }
    pass->sink->close(pass->sink->user, unit, work);
    return RST_OK;
}

/* Where the source of a tile is a hole of its file, no page of it is touched. */
static enum rst_status look_for_blank(struct rst_worker *worker, struct rst_rect target)
{
    struct rst_pass *pass = worker->pass;
    worker->zeros = NULL;
    if (!pass->in.holes || pass->in_place) return RST_OK;
    struct rst_rect source = rst_pass_source(pass, target);
    if (source.width <= 0 || !rst_raster_is_blank(pass->in.raster, source)) {
        if (!worker->rehearse) return RST_OK;
    }
    size_t bytes = (size_t)rst_max64(source.width, 1) * pass->in.pixel;
    char *zeros = rst_arena_get(&worker->arena, bytes);
    if (!zeros) return rst_fail(&worker->error, RST_E_NOMEM, "no memory for a row of %zu bytes", bytes);
    if (!worker->rehearse) memset(zeros, 0, bytes);
    worker->zeros = zeros;
    return RST_OK;
}

enum rst_status rst_tile_run(struct rst_worker *worker, int64_t unit)
{
    struct rst_pass *pass = worker->pass;
    int first = 0;
    int32_t group;
    struct rst_rect target = rst_cut_unit(&pass->cut, unit, &group);
    rst_arena_reset(&worker->arena);
    RST_TRY(look_for_blank(worker, target));
    RST_TRY(link_steps(worker, target, group, &first));
    RST_TRY(begin_steps(worker, first));
    return pass->sink ? sink_rows(worker, target, unit) : store_rows(worker, target, group);
}

/* Units at the edges, beside them, and in the middle: in all directions. */
static int samples_of(int64_t count, int64_t places[5])
{
    const int64_t wanted[5] = {0, 1, count / 2, count - 2, count - 1};
    int found = 0;
    for (int i = 0; i < 5; i++)
        if (wanted[i] >= 0 && wanted[i] < count && (found == 0 || wanted[i] > places[found - 1]))
            places[found++] = wanted[i];
    return found;
}

enum rst_status rst_tile_measure(struct rst_pass *pass, uint64_t *bytes, struct rst_error *err)
{
    struct rst_worker worker = {.pass = pass, .rehearse = true};
    int64_t bands[5], tiles[5];
    int band_count = samples_of(pass->cut.band_count, bands), tile_count = samples_of(pass->cut.tile_count, tiles);
    enum rst_status status = RST_OK;
    worker.links = calloc((size_t)pass->step_count + 1, sizeof *worker.links);
    if (!worker.links) return rst_fail(err, RST_E_NOMEM, "no memory for a pipeline");
    for (int i = 0; i < band_count; i++)
        for (int j = 0; j < tile_count && status == RST_OK; j++)
            status = rst_tile_run(&worker, bands[i] * pass->cut.band_units + tiles[j]);
    *bytes = worker.arena.most;
    if (status != RST_OK && err) *err = worker.error;
    rst_arena_clear(&worker.arena);
    free(worker.links);
    return status;
}
