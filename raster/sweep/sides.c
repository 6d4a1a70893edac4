/* A side is read in the place where its operation stands: for a tile of that operation's output, the same tile. So
 * units need of a side what they need of the input without the halo that comes before. Pages are brought in and let go
 * of by the unit; there are few operations with sides, mostly point operations, whose units are whole rows. */
#include "raster/sweep/sides.h"

#include <stdlib.h>

#include "raster/image/hold.h"
#include "raster/image/pages.h"

static enum rst_status add_sides(struct rst_pass *pass, const struct rst_pass_parts *parts, int step,
                                 struct rst_error *err)
{
    const struct rst_stage *stage = &pass->steps[step].stage;
    int before = rst_pipeline_others(parts->pipeline, parts->from + step);
    if (pass->steps[step].kind->other_survey) return RST_OK;
    for (int i = 0; i < stage->other_count; i++) {
        struct rst_raster *raster = parts->options->others[before + i];
        const struct rst_shape *shape = &stage->others[i].shape;
        if (shape->width != stage->in.width || shape->height != stage->in.height)
            return rst_fail(err, RST_E_ARGUMENT, "%s is %lld x %lld, and %s reads it beside an image of %lld x %lld",
                            rst_raster_path(raster), (long long)shape->width, (long long)shape->height,
                            pass->steps[step].kind->name, (long long)stage->in.width, (long long)stage->in.height);
        struct rst_side *side = &pass->sides[pass->side_count++];
        rst_port_open(&side->port, raster, shape->bands);
        side->step = step;
    }
    return RST_OK;
}

enum rst_status rst_sides_open(struct rst_pass *pass, const struct rst_pass_parts *parts, struct rst_error *err)
{
    pass->sides = calloc((size_t)parts->options->other_count + 1, sizeof *pass->sides);
    if (!pass->sides)
        return rst_fail(err, RST_E_NOMEM, "no memory for a list of %d rasters", parts->options->other_count);
    for (int i = 0; i < pass->step_count; i++)
        RST_TRY(add_sides(pass, parts, i, err));
    return RST_OK;
}

enum rst_status rst_sides_bring(struct rst_worker *worker, struct rst_rect target)
{
    struct rst_pass *pass = worker->pass;
    for (int i = 0; i < pass->side_count; i++) {
        const struct rst_side *side = &pass->sides[i];
        struct rst_rect rect = rst_pass_after(pass, side->step, target);
        enum rst_status status = rst_raster_hold(side->port.raster, rect, &worker->error);
        if (status == RST_OK && rect.width > 0 && !rst_raster_is_lazy(side->port.raster))
            status = rst_raster_populate(side->port.raster, rect, false, &worker->error);
        if (status == RST_OK) continue;
        for (; i >= 0; i--)
            rst_raster_unhold(pass->sides[i].port.raster, rst_pass_after(pass, pass->sides[i].step, target));
        return status;
    }
    return RST_OK;
}

enum rst_status rst_sides_leave(struct rst_worker *worker, struct rst_rect target)
{
    struct rst_pass *pass = worker->pass;
    enum rst_status status = RST_OK;
    for (int i = 0; i < pass->side_count; i++) {
        const struct rst_side *side = &pass->sides[i];
        struct rst_rect rect = rst_pass_after(pass, side->step, target);
        rst_raster_unhold(side->port.raster, rect);
        bool stays = !pass->budget.bounded || rst_raster_is_lazy(side->port.raster) ||
                     rst_raster_mode(side->port.raster) == RST_PRIVATE;
        if (status == RST_OK && rect.width > 0 && !stays)
            status = rst_raster_release(side->port.raster, rect, &worker->error);
    }
    return status;
}

void rst_sides_keep(struct rst_pass *pass, struct rst_rect below, struct rst_rect rest)
{
    if (pass->budget.forgets) below = rest = (struct rst_rect){0};
    for (int i = 0; i < pass->side_count; i++) {
        const struct rst_side *side = &pass->sides[i];
        if (!rst_raster_is_lazy(side->port.raster)) continue;
        rst_raster_keep(side->port.raster, rst_pass_after(pass, side->step, below),
                        rst_pass_after(pass, side->step, rest));
    }
}

void rst_sides_keep_all(struct rst_pass *pass)
{
    for (int i = 0; i < pass->side_count; i++)
        rst_raster_keep_all(pass->sides[i].port.raster);
}

enum rst_status rst_sides_link(struct rst_worker *worker, struct rst_link *link, int step)
{
    struct rst_pass *pass = worker->pass;
    int count = 0;
    for (int i = 0; i < pass->side_count; i++)
        count += pass->sides[i].step == step;
    if (count == 0) return RST_OK;
    struct rst_side_row *rows = rst_arena_get(&worker->arena, (size_t)count * sizeof *rows);
    link->rows.sides = rows;
    for (int i = 0; rows && i < pass->side_count; i++) {
        const struct rst_side *side = &pass->sides[i];
        if (side->step != step) continue;
        *rows = (struct rst_side_row){.port = &side->port, .x = link->tile.out.x, .width = link->tile.out.width};
        rows->line = rst_arena_get(&worker->arena, (size_t)rows->width * side->port.pixel);
        if (!rows->line) break;
        rows++;
        count--;
    }
    return count == 0 ? RST_OK : rst_fail(&worker->error, RST_E_NOMEM, "no memory for rows of a further raster");
}
