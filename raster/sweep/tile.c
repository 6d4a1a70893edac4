/* The chain of operations for one tile. Walking backwards, each operation says which window of its input it needs; the
 * border rule says which part of that lies in the image; that part is the tile of the operation before. Then every
 * operation gets its working memory, and the rows of the last one are pulled, each straight into the mapping where that
 * is possible. */
#include "raster/sweep/tile.h"

#include <stdlib.h>
#include <string.h>

enum rst_status rst_worker_open(struct rst_worker *worker, struct rst_pass *pass, int index)
{
    *worker = (struct rst_worker){.pass = pass, .index = index};
    worker->links = calloc((size_t)(pass->step_count ? pass->step_count : 1), sizeof *worker->links);
    return worker->links ? RST_OK : rst_fail(&worker->error, RST_E_NOMEM, "no memory for a thread's pipeline");
}

void rst_worker_close(struct rst_worker *worker)
{
    rst_arena_clear(&worker->arena);
    free(worker->links);
}

static struct rst_source source_of(struct rst_pass *pass)
{
    return (struct rst_source){&pass->in, pass->buffered ? &pass->originals : NULL};
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
        link->rows.source = source_of(pass);
        link->rows.producer = i > 0 ? link - 1 : NULL;
        link->rows.err = &worker->error;
        RST_TRY(rst_rows_open(&link->rows, &step->stage, &link->tile, &worker->arena));
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
        struct rst_source source = source_of(worker->pass);
        return rst_source_load(&source, group, target.x, y, target.width, to, &worker->error);
    }
    struct rst_link *last = &worker->links[count - 1];
    last->kind->row(last->work, &last->rows, last->stage, &last->tile, y, to);
    return worker->error.status;
}

enum rst_status rst_tile_run(struct rst_worker *worker, struct rst_rect target, int32_t group)
{
    struct rst_pass *pass = worker->pass;
    int first = 0;
    rst_arena_reset(&worker->arena);
    RST_TRY(link_steps(worker, target, group, &first));
    RST_TRY(begin_steps(worker, first));
    void *line = rst_arena_get(&worker->arena, (size_t)target.width * pass->out.pixel);
    if (!line)
        return rst_fail(&worker->error, RST_E_NOMEM, "no memory for a row of %lld pixels", (long long)target.width);
    for (int64_t y = target.y; y < target.y + target.height; y++) {
        int64_t out_x = target.x - pass->out_x, out_y = y - pass->out_y;
        void *direct = rst_port_at(&pass->out, group, out_x, out_y);
        RST_TRY(make_row(worker, target, group, y, direct ? direct : line));
        if (!direct) RST_TRY(rst_port_store(&pass->out, group, out_x, out_y, target.width, line, &worker->error));
    }
    return RST_OK;
}
