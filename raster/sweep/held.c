/* Scratch must not grow with the image, nor any thread wait where there is work. So the low-water mark is told to the
 * rasters unit by unit: a row of tiles is given back, or encoded, from the left on while its right end is still being
 * worked on. A thread that is free prefers the work that others may come to wait for: first the stream that only one
 * thread can decode, two bands ahead at most, and no further than the budget goes; then encoding, which sets scratch
 * free; then the next unit. */
#include "raster/sweep/held.h"

#include <time.h>

#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/sweep/sides.h"

void rst_held_begin(struct rst_pass *pass)
{
    /* Where the image is turned, every band needs some of every row: what is decoded for a unit is given back with it,
     * and decoded again for the next that needs it. */
    if (pass->budget.forgets)
        rst_raster_keep(pass->in.raster, (struct rst_rect){0}, (struct rst_rect){0});
    else if (rst_raster_is_lazy(pass->in.raster))
        rst_raster_keep(pass->in.raster, rst_pass_source(pass, pass->cut.target), (struct rst_rect){0});
    rst_sides_keep(pass, pass->cut.target, (struct rst_rect){0});
}

void rst_held_end(struct rst_pass *pass)
{
    rst_raster_keep_all(pass->in.raster);
    rst_sides_keep_all(pass);
}

/* What is left of the band that a unit is in, from that unit on; and what lies below the band. */
static void split_rest(const struct rst_cut *cut, int64_t unit, struct rst_rect *rest, struct rst_rect *below)
{
    struct rst_rect target = cut->target;
    *rest = *below = (struct rst_rect){target.x, target.y + target.height, 0, 0};
    if (unit >= cut->units) return;
    struct rst_rect band = rst_cut_band(cut, unit / cut->band_units);
    int64_t x = cut->groups > 1 ? 0 : unit % cut->band_units * cut->tile_width;
    *rest = (struct rst_rect){band.x + x, band.y, band.width - x, band.height};
    below->y = band.y + band.height;
    below->width = target.width;
    below->height = target.y + target.height - below->y;
}

void rst_held_advance(struct rst_pass *pass, int64_t low)
{
    bool lazy = rst_raster_is_lazy(pass->in.raster) && !pass->budget.forgets;
    bool coded = pass->out.raster && rst_raster_is_coded(pass->out.raster) && !pass->in_place;
    struct rst_rect rest, below;
    if (!lazy && !coded && pass->side_count == 0) return;
    split_rest(&pass->cut, low, &rest, &below);
    if (lazy) rst_raster_keep(pass->in.raster, rst_pass_source(pass, below), rst_pass_source(pass, rest));
    rst_sides_keep(pass, below, rest);
    if (!coded) return;
    int64_t rows = rest.height > 0 ? rest.y : below.y;
    rst_raster_finish(pass->out.raster, rows - pass->out_y, rows + rest.height - pass->out_y, rest.x - pass->out_x);
}

/* The row of the input that a stream may be decoded up to. */
static int64_t row_ahead(struct rst_pass *pass)
{
    pthread_mutex_lock(&pass->lock);
    int64_t band = rst_min64(pass->next_unit / pass->cut.band_units + RST_BANDS_AHEAD, pass->cut.band_count - 1);
    if (pass->budget.flight < INT64_MAX) band = rst_min64(band, pass->bands_left + pass->budget.flight - 1);
    pthread_mutex_unlock(&pass->lock);
    struct rst_rect source = rst_pass_source(pass, rst_cut_band(&pass->cut, band));
    return source.y + source.height;
}

enum rst_status rst_held_decode(struct rst_worker *worker, bool *did)
{
    struct rst_pass *pass = worker->pass;
    *did = false;
    if (!rst_raster_is_lazy(pass->in.raster)) return RST_OK;
    return rst_raster_decode_ahead(pass->in.raster, row_ahead(pass), did, &worker->error);
}

enum rst_status rst_held_encode(struct rst_worker *worker, bool *did)
{
    struct rst_pass *pass = worker->pass;
    *did = false;
    if (pass->in_place || !pass->out.raster) return RST_OK;
    return rst_raster_encode_next(pass->out.raster, did, &worker->error);
}

enum rst_status rst_held_drain(struct rst_worker *worker)
{
    struct rst_pass *pass = worker->pass;
    const struct timespec moment = {.tv_nsec = 100000};
    bool did;
    if (pass->in_place || !pass->out.raster) return RST_OK;
    while (!rst_raster_all_taken(pass->out.raster) && !rst_pass_stopped(pass)) {
        RST_TRY(rst_raster_encode_next(pass->out.raster, &did, &worker->error));
        if (!did) nanosleep(&moment, NULL); /* others are at the last units */
    }
    return RST_OK;
}
