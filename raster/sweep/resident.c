/* Pages come by the band: the first threads that get there bring them in in parts, the others take parts too, and wait
 * only for the last of them. Where pages are let go of by the unit, they come by the unit as well.
 *
 * They go when all units of a band are final, one thread at a time seeing to it. What is stored goes in two steps: its
 * writing is started at once, and waited for some bands later, when it leaves the page cache. Pages that the next band
 * needs too stay. Letting go of too much does no harm: what is touched again comes back. */
#include "raster/sweep/resident.h"

#include <sched.h>

#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/image/pages.h"

#define PART_BYTES (INT64_C(1) << 20)

/* One of `parts` equal parts of a range of rows. */
static struct rst_rect part_of(struct rst_rect rect, int64_t part, int64_t parts)
{
    int64_t from = rect.height * part / parts, to = rect.height * (part + 1) / parts;
    return (struct rst_rect){rect.x, rect.y + from, rect.width, to - from};
}

/* The input has pages that are its own. */
static bool reads_pages(const struct rst_pass *pass)
{
    return !pass->in_place && !pass->in.by_call && !rst_raster_is_lazy(pass->in.raster);
}

/* It is advice: where it is not taken, nothing is lost. */
static void advise(struct rst_pass *pass, enum rst_advice advice)
{
    struct rst_map *map = rst_raster_map(pass->in.raster);
    bool own = pass->budget.tiny && !rst_raster_is_lazy(pass->in.raster);
    enum rst_status advised = own ? rst_map_advise(map, 0, 0, advice, NULL) : RST_OK;
    (void)advised;
}

void rst_resident_begin(struct rst_pass *pass)
{
    advise(pass, RST_RANDOM);
}

void rst_resident_end(struct rst_pass *pass)
{
    advise(pass, RST_NORMAL);
}

/* Where the kernel reads nothing ahead, the pass does: by the band, and the next one, as long as bands are what is let
 * go of. */
static enum rst_status foresee_band(struct rst_worker *worker, int64_t index)
{
    struct rst_pass *pass = worker->pass;
    bool by_band = !pass->budget.by_unit || (pass->in.by_call && !pass->turned);
    if (!pass->budget.tiny || !by_band || rst_raster_is_lazy(pass->in.raster)) return RST_OK;
    if (atomic_fetch_add(&pass->gates[index].foreseen, 1) > 0) return RST_OK;
    for (int64_t i = index == 0 ? 0 : index + 1; i <= index + 1 && i < pass->cut.band_count; i++) {
        struct rst_rect source = rst_pass_source(pass, rst_cut_band(&pass->cut, i));
        if (source.width <= 0 || (pass->in.holes && rst_raster_is_blank(pass->in.raster, source))) continue;
        RST_TRY(rst_raster_foresee(pass->in.raster, source, &worker->error));
    }
    return RST_OK;
}

static enum rst_status bring_source(struct rst_pass *pass, struct rst_rect source, struct rst_error *err)
{
    if (source.width <= 0 || source.height <= 0) return RST_OK;
    if (pass->in.holes && rst_raster_is_blank(pass->in.raster, source)) return RST_OK;
    if (pass->budget.tiny) RST_TRY(rst_raster_foresee(pass->in.raster, source, err));
    return rst_raster_populate(pass->in.raster, source, false, err);
}

static enum rst_status bring_target(struct rst_pass *pass, struct rst_rect target, struct rst_error *err)
{
    struct rst_rect window = rst_pass_output(pass, target);
    if (!pass->out.raster || pass->out.by_call) return RST_OK;
    if (pass->budget.bounded) RST_TRY(rst_raster_overlay(pass->out.raster, window, pass->options->scratch_dir, err));
    return rst_raster_populate(pass->out.raster, window, true, err);
}

/* One of some parts of what a band needs of the input. Tiles are brought in whole, side by side, where their pages
 * stay: the bands below need the rest of them, and the disk is read in one go. */
static struct rst_rect source_part(const struct rst_pass *pass, struct rst_rect source, int64_t part, int64_t parts)
{
    const struct rst_layout *layout = rst_raster_layout(pass->in.raster);
    int64_t width = layout->block_width, height = layout->block_height;
    if (pass->budget.bounded || width >= layout->width || source.width <= 0) return part_of(source, part, parts);
    int64_t first = source.x / width, columns = (source.x + source.width - 1) / width + 1 - first;
    int64_t from = first + columns * part / parts, to = first + columns * (part + 1) / parts;
    struct rst_rect all = rst_pass_source(pass, pass->cut.target); /* beyond it nothing is needed */
    int64_t left = rst_max64(from * width, all.x), right = rst_min64(to * width, all.x + all.width);
    int64_t top = rst_max64(source.y / height * height, all.y);
    int64_t bottom = rst_min64(((source.y + source.height - 1) / height + 1) * height, all.y + all.height);
    return (struct rst_rect){left, top, right - left, bottom - top};
}

static enum rst_status bring_part(struct rst_pass *pass, struct rst_rect band, int64_t part, int64_t parts,
                                  struct rst_error *err)
{
    RST_TRY(bring_target(pass, part_of(band, part, parts), err));
    if (!reads_pages(pass) || pass->turned) return RST_OK;
    return bring_source(pass, source_part(pass, rst_pass_source(pass, band), part, parts), err);
}

/* Goes through a gate: takes part after part until all are done. `source`: of the whole input, else of a band. */
static enum rst_status pass_gate(struct rst_worker *worker, struct rst_gate *gate, struct rst_rect rect, int64_t parts,
                                 bool source)
{
    struct rst_pass *pass = worker->pass;
    while (atomic_load(&gate->parts_done) < parts) {
        int64_t part = atomic_load(&gate->next_part) < parts ? atomic_fetch_add(&gate->next_part, 1) : parts;
        if (part < parts) {
            if (source)
                RST_TRY(bring_source(pass, part_of(rect, part, parts), &worker->error));
            else
                RST_TRY(bring_part(pass, rect, part, parts, &worker->error));
            atomic_fetch_add(&gate->parts_done, 1);
            continue;
        }
        if (rst_pass_stopped(pass)) return RST_OK;
        sched_yield();
    }
    return RST_OK;
}

static enum rst_status bring_band(struct rst_worker *worker, int64_t index)
{
    struct rst_pass *pass = worker->pass;
    struct rst_rect band = rst_cut_band(&pass->cut, index);
    size_t pixel = pass->out.raster ? pass->out.pixel : pass->in.pixel;
    int64_t bytes = band.width * band.height * (int64_t)pixel * pass->cut.groups;
    int64_t parts = rst_clamp64(bytes / PART_BYTES, 1, band.height);
    if (pass->cut.block_height > 0) parts = rst_min64(parts, (band.height - 1) / pass->cut.block_height + 1);
    if (pass->turned && reads_pages(pass)) {
        /* Every band needs some of every row: all of the input comes with the first. */
        struct rst_rect all = rst_pass_source(pass, pass->cut.target);
        int64_t pieces = rst_clamp64(all.width * all.height * (int64_t)pass->in.pixel / PART_BYTES, 1, all.height);
        RST_TRY(pass_gate(worker, &pass->gates[pass->cut.band_count], all, pieces, true));
    }
    return pass_gate(worker, &pass->gates[index], band, parts, false);
}

enum rst_status rst_resident_bring(struct rst_worker *worker, int64_t unit)
{
    struct rst_pass *pass = worker->pass;
    enum rst_status status = foresee_band(worker, unit / pass->cut.band_units);
    int32_t group;
    if (status != RST_OK) return status;
    if (pass->budget.by_unit) {
        struct rst_rect target = rst_cut_unit(&pass->cut, unit, &group);
        status = bring_target(pass, target, &worker->error);
        if (status == RST_OK && reads_pages(pass))
            status = bring_source(pass, rst_pass_source(pass, target), &worker->error);
    } else if (!pass->buffered) {
        status = bring_band(worker, unit / pass->cut.band_units);
    }
    rst_meter_charge(&worker->meter, &worker->meter.io);
    return status;
}

enum rst_status rst_resident_bring_row(struct rst_worker *worker, struct rst_rect row, bool stored)
{
    struct rst_pass *pass = worker->pass;
    if (pass->in.by_call) return RST_OK;
    if (stored && pass->budget.bounded)
        RST_TRY(rst_raster_overlay(pass->in.raster, row, pass->options->scratch_dir, &worker->error));
    return rst_raster_populate(pass->in.raster, row, stored && !pass->budget.by_unit, &worker->error);
}

enum rst_status rst_resident_leave_row(struct rst_worker *worker, struct rst_rect row)
{
    struct rst_pass *pass = worker->pass;
    if (!pass->budget.by_unit || pass->in.by_call) return RST_OK;
    return rst_raster_release(pass->in.raster, row, &worker->error);
}

enum rst_status rst_resident_leave(struct rst_worker *worker, int64_t unit)
{
    struct rst_pass *pass = worker->pass;
    int32_t group;
    if (!pass->budget.by_unit) return RST_OK;
    struct rst_rect target = rst_cut_unit(&pass->cut, unit, &group);
    if (reads_pages(pass)) RST_TRY(rst_raster_release(pass->in.raster, rst_pass_source(pass, target), &worker->error));
    if (!pass->out.raster || pass->out.by_call) return RST_OK;
    RST_TRY(rst_raster_release(pass->out.raster, rst_pass_output(pass, target), &worker->error));
    return rst_raster_write_out(pass->out.raster, rst_pass_output(pass, target), false, &worker->error);
}

/* What a band has of the input and the one after it does not need. */
static struct rst_rect spent_source(const struct rst_pass *pass, int64_t index)
{
    struct rst_rect source = rst_pass_source(pass, rst_cut_band(&pass->cut, index));
    if (index + 1 >= pass->cut.band_count || source.height <= 0) return source;
    struct rst_rect next = rst_pass_source(pass, rst_cut_band(&pass->cut, index + 1));
    int64_t end = source.y + source.height;
    if (next.height <= 0 || next.y >= end || next.y + next.height <= source.y) return source;
    if (next.y > source.y) {
        source.height = next.y - source.y;
    } else if (next.y + next.height < end) { /* upwards */
        source.y = next.y + next.height;
        source.height = end - source.y;
    }
    return source;
}

/* Lets go of the pages of a band, and starts writing what was stored in it. */
static enum rst_status leave_band(struct rst_worker *worker, int64_t index)
{
    struct rst_pass *pass = worker->pass;
    struct rst_rect target = rst_pass_output(pass, rst_cut_band(&pass->cut, index));
    if (!pass->budget.by_unit && reads_pages(pass))
        RST_TRY(rst_raster_release(pass->in.raster, spent_source(pass, index), &worker->error));
    if (pass->budget.scarce && !pass->in_place && !pass->turned)
        RST_TRY(rst_raster_write_out(pass->in.raster, spent_source(pass, index), true, &worker->error));
    if (!pass->out.raster) return RST_OK;
    if (!pass->budget.by_unit) RST_TRY(rst_raster_release(pass->out.raster, target, &worker->error));
    return rst_raster_write_out(pass->out.raster, target, false, &worker->error);
}

/* Where more of the output than granted is waiting to be written, waits for the older half of it: the disk is asked for
 * much at a time. */
static enum rst_status drop_bands(struct rst_worker *worker)
{
    struct rst_pass *pass = worker->pass;
    struct rst_rect band = rst_cut_band(&pass->cut, pass->bands_dropped);
    int64_t waiting = pass->bands_left - pass->bands_dropped, count = (waiting + 1) / 2;
    if (!pass->out.raster) return RST_OK;
    uint64_t bytes = (uint64_t)(band.width * pass->cut.band_height * pass->cut.groups) * pass->out.pixel;
    if ((uint64_t)waiting * bytes <= pass->budget.dirty) return RST_OK;
    band.height = count * pass->cut.band_height;
    pass->bands_dropped += count;
    return rst_raster_write_out(pass->out.raster, rst_pass_output(pass, band), true, &worker->error);
}

/* Bands whose units are all final. Called with the lock. */
static int64_t bands_final(const struct rst_pass *pass)
{
    if (pass->units_done >= pass->cut.units) return pass->cut.band_count;
    return pass->units_done / pass->cut.band_units;
}

enum rst_status rst_resident_advance(struct rst_worker *worker)
{
    struct rst_pass *pass = worker->pass;
    enum rst_status status = RST_OK;
    if (!pass->budget.bounded) return RST_OK;
    pthread_mutex_lock(&pass->lock);
    while (!pass->leaving && pass->bands_left < bands_final(pass) && status == RST_OK) {
        int64_t index = pass->bands_left;
        pass->leaving = true;
        pthread_mutex_unlock(&pass->lock);
        status = leave_band(worker, index);
        if (status == RST_OK) status = drop_bands(worker);
        pthread_mutex_lock(&pass->lock);
        pass->bands_left = index + 1;
        pass->leaving = false;
        pthread_cond_broadcast(&pass->released);
    }
    pthread_mutex_unlock(&pass->lock);
    rst_meter_charge(&worker->meter, &worker->meter.io);
    return status;
}
