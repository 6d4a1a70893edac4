/* rst_run(): the threads of a pass.
 *
 * Out of place, and for point operations in place, threads claim units in raster order. The first threads that come to
 * a band of rows populate its pages in parts; the others take parts too, and wait only for the last of them.
 *
 * In place with a halo all threads work on one band together: load the originals, meet, compute and store, meet, go on.
 *
 * A run that is cut short stops between units; units are claimed in order and finished once claimed, so what is
 * changed is a beginning of the image. */
#include "raster/sweep/run.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "raster/base/size.h"
#include "raster/image/items.h"
#include "raster/image/hold.h"
#include "raster/sweep/held.h"
#include "raster/sweep/pass.h"
#include "raster/sweep/threads.h"
#include "raster/sweep/tile.h"

#define PART_BYTES (INT64_C(1) << 20)

struct run {
    struct rst_pass pass;
    pthread_barrier_t meeting;
    atomic_int gathered; /* threads that have told the barrier's size */
    atomic_int halt;     /* decided by one thread, between two meetings */
};

/* One of `parts` equal parts of a range of rows. */
static struct rst_rect part_of(struct rst_rect rect, int64_t part, int64_t parts)
{
    int64_t from = rect.height * part / parts, to = rect.height * (part + 1) / parts;
    return (struct rst_rect){rect.x, rect.y + from, rect.width, to - from};
}

static enum rst_status populate_part(struct rst_pass *pass, struct rst_rect band, int64_t part, int64_t parts,
                                     struct rst_error *err)
{
    struct rst_rect to = part_of(band, part, parts);
    to.x -= pass->out_x;
    to.y -= pass->out_y;
    RST_TRY(rst_port_populate(&pass->out, to, true, err));
    if (pass->in_place || rst_raster_is_lazy(pass->in.raster)) return RST_OK;
    return rst_port_populate(&pass->in, part_of(rst_pass_source(pass, band), part, parts), false, err);
}

/* Sees to it that the band's pages are there, together with whoever else came to it. */
static enum rst_status populate_band(struct rst_pass *pass, int64_t index, struct rst_error *err)
{
    struct rst_gate *gate = &pass->gates[index];
    struct rst_rect band = rst_cut_band(&pass->cut, index);
    int64_t bytes = band.width * band.height * (int64_t)pass->out.pixel * pass->cut.groups;
    int64_t parts = rst_clamp64(bytes / PART_BYTES, 1, band.height);
    if (pass->cut.block_height > 0) parts = rst_min64(parts, (band.height - 1) / pass->cut.block_height + 1);
    while (atomic_load(&gate->parts_done) < parts) {
        int64_t part = atomic_load(&gate->next_part) < parts ? atomic_fetch_add(&gate->next_part, 1) : parts;
        if (part < parts) {
            RST_TRY(populate_part(pass, band, part, parts, err));
            atomic_fetch_add(&gate->parts_done, 1);
            continue;
        }
        if (rst_pass_stopped(pass)) return RST_OK;
        sched_yield();
    }
    return RST_OK;
}

/* Tells that a unit is done, and thread 0 tells the caller. */
static void unit_done(struct rst_worker *worker)
{
    struct rst_pass *pass = worker->pass;
    const struct rst_run_options *options = pass->options;
    rst_held_advance(pass, rst_pass_done(pass, worker->index));
    if (worker->index != 0 || !options->progress) return;
    pthread_mutex_lock(&pass->lock);
    int64_t rows = rst_pass_rows_final(pass);
    pthread_mutex_unlock(&pass->lock);
    options->progress(options->user, rows, pass->cut.target.height);
}

static enum rst_status do_unit(struct rst_worker *worker, int64_t unit)
{
    struct rst_pass *pass = worker->pass;
    int32_t group;
    struct rst_rect target = rst_cut_unit(&pass->cut, unit, &group), source = {0};
    if (rst_raster_is_lazy(pass->in.raster)) {
        source = rst_pass_source(pass, target);
        RST_TRY(rst_raster_hold(pass->in.raster, source, &worker->error));
    }
    enum rst_status status = rst_tile_run(worker, target, group);
    rst_raster_unhold(pass->in.raster, source);
    if (status == RST_OK) unit_done(worker);
    return status;
}

static void roam(void *user, int index, int count)
{
    struct rst_pass *pass = &((struct run *)user)->pass;
    struct rst_worker worker;
    int64_t unit;
    bool did = false;
    (void)count;
    enum rst_status status = rst_worker_open(&worker, pass, index);
    while (!status && !rst_pass_stopped(pass)) {
        status = rst_held_work(&worker, &did);
        if (status || did) continue;
        if (!rst_pass_claim(pass, index, pass->cut.units, &unit)) break;
        status = populate_band(pass, unit / pass->cut.band_units, &worker.error);
        if (!status) status = do_unit(&worker, unit);
    }
    if (!status) status = rst_held_drain(&worker);
    if (status) rst_pass_fail(pass, &worker.error);
    rst_worker_close(&worker);
}

/* Rows beyond the window are only read; those inside will be overwritten, too. */
static enum rst_status load_original(struct rst_pass *pass, int64_t y, struct rst_error *err)
{
    struct rst_rect window = pass->cut.target, row = {pass->originals.x, y, pass->originals.width, 1};
    bool inside = y >= window.y && y < window.y + window.height;
    RST_TRY(rst_port_populate(&pass->in, row, inside, err));
    return rst_originals_load(&pass->originals, y, err);
}

static enum rst_status load_originals(struct rst_worker *worker, int64_t band, int64_t from, int64_t to)
{
    struct rst_gate *gate = &worker->pass->gates[band];
    for (;;) {
        int64_t y = from + atomic_fetch_add(&gate->next_part, 1);
        if (y >= to) return RST_OK;
        RST_TRY(load_original(worker->pass, y, &worker->error));
    }
}

static enum rst_status do_band(struct rst_worker *worker, int64_t band)
{
    struct rst_pass *pass = worker->pass;
    int64_t unit;
    while (rst_pass_claim(pass, worker->index, (band + 1) * pass->cut.band_units, &unit))
        RST_TRY(do_unit(worker, unit));
    return RST_OK;
}

/* All threads meet; one of them decides whether the run goes on, and all learn the same answer. */
static bool meet(struct run *run)
{
    /* NOLINTNEXTLINE(bugprone-posix-return): the constant is negative */
    if (pthread_barrier_wait(&run->meeting) == PTHREAD_BARRIER_SERIAL_THREAD)
        atomic_store(&run->halt, rst_pass_stopped(&run->pass));
    pthread_barrier_wait(&run->meeting);
    return !atomic_load(&run->halt);
}

static void march(void *user, int index, int count)
{
    struct run *run = user;
    struct rst_pass *pass = &run->pass;
    struct rst_worker worker;
    if (index == 0) {
        pthread_barrier_init(&run->meeting, NULL, (unsigned)count);
        atomic_store(&run->gathered, 1);
    }
    while (!atomic_load(&run->gathered))
        sched_yield();
    if (rst_worker_open(&worker, pass, index)) rst_pass_fail(pass, &worker.error);
    for (int64_t band = 0; band < pass->cut.band_count; band++) {
        struct rst_rect rows = rst_cut_band(&pass->cut, band);
        int64_t from, to;
        rst_originals_missing(&pass->originals, rows.y + rows.height, &from, &to);
        if (!meet(run)) break;
        if (load_originals(&worker, band, from, to)) rst_pass_fail(pass, &worker.error);
        if (!meet(run)) break;
        if (index == 0) rst_originals_advance(&pass->originals, rows.y, rows.y + rows.height);
        pthread_barrier_wait(&run->meeting);
        if (do_band(&worker, band)) rst_pass_fail(pass, &worker.error);
        pthread_barrier_wait(&run->meeting);
    }
    rst_worker_close(&worker);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* One line of what the user ought to know, though all went well. */
static void tell_warning(struct rst_report *report, const struct rst_pass *pass)
{
    const struct rst_meta *meta = rst_raster_meta(pass->in.raster);
    const char *path = rst_raster_path(pass->in.raster);
    bool statistics = rst_meta_has_statistics(meta);
    char stale[120] = "";
    if (pass->in_place && meta->overviews > 0)
        snprintf(stale, sizeof stale, "its %d overview%s%s now stale", meta->overviews, meta->overviews == 1 ? "" : "s",
                 statistics             ? " and its stored statistics are"
                 : meta->overviews == 1 ? " is"
                                        : " are");
    else if (pass->in_place && statistics)
        snprintf(stale, sizeof stale, "its stored statistics are now stale");
    const char *palette = pass->step_count && pass->steps[0].stage.in.palette
                              ? "a palette image: its indices were processed as numbers"
                              : "";
    if (*palette || *stale)
        snprintf(report->warning, sizeof report->warning, "%.72s: %s%s%s", path, palette,
                 *palette && *stale ? "; " : "", stale);
}

static void fill_report(struct rst_report *report, const struct rst_pass *pass, int threads, double seconds)
{
    int64_t rows = rst_pass_rows_final(pass);
    report->seconds = seconds;
    report->pixels = rows * pass->cut.target.width;
    report->rows_done = rows;
    report->rows_total = pass->cut.target.height;
    report->collisions = atomic_load(&((struct rst_pass *)pass)->tally.collisions);
    report->in_place = pass->in_place;
    report->threads = threads;
    tell_warning(report, pass);
}

/* What is to be said when the run did not come to its end. */
static enum rst_status cut_short(const struct rst_pass *pass, struct rst_error *err)
{
    const char *path = rst_raster_path(pass->out.raster);
    enum rst_status status = pass->error.status ? pass->error.status : RST_E_CANCELLED;
    const char *why = pass->error.status ? pass->error.message : "cancelled";
    if (!pass->in_place)
        return rst_fail(err, status, pass->error.status ? "%s" : "%s: %s", pass->error.status ? why : path, why);
    int64_t y = pass->cut.target.y, done = y + rst_pass_rows_final(pass);
    int64_t claimed = pass->next_unit;
    int64_t partly =
        y + rst_min64(rst_max64(claimed + pass->cut.band_units - 1, 0) / pass->cut.band_units * pass->cut.band_height,
                      pass->cut.target.height);
    if (pass->buffered)
        partly = pass->error.status ? rst_min64(done + pass->cut.band_height, y + pass->cut.target.height) : done;
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

enum rst_status rst_run(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                        const struct rst_run_options *options, struct rst_error *err)
{
    static const struct rst_run_options defaults;
    double start = seconds_now();
    struct run run = {0};
    if (!options) options = &defaults;
    if (options->report) *options->report = (struct rst_report){.rows_total = rst_raster_layout(out)->height};
    if (options->threads < 0 || options->threads > 1024)
        return rst_fail(err, RST_E_ARGUMENT, "%d threads were asked for: 0 (all processors) to 1024 are possible",
                        options->threads);
    RST_TRY(check_place(pipeline, in, out, options, err));
    if (in == out && rst_pipeline_length(pipeline) == 0) return RST_OK;
    int threads = options->threads ? options->threads : rst_threads_available();
    struct rst_pass *pass = &run.pass;
    RST_TRY(rst_pass_open(pass, pipeline, in, out, options, threads, err));
    threads = (int)rst_min64(threads, pass->buffered ? pass->cut.band_units : pass->cut.units);
    rst_held_begin(pass);
    rst_threads_run(threads, pass->buffered ? march : roam, &run);
    rst_held_end(pass);
    if (pass->buffered) pthread_barrier_destroy(&run.meeting);
    bool encoded = in == out || rst_raster_all_taken(out);
    bool complete = pass->units_done == pass->cut.units && encoded && !pass->error.status;
    if (options->report) fill_report(options->report, pass, threads, seconds_now() - start);
    enum rst_status status = complete ? RST_OK : cut_short(pass, err);
    rst_pass_close(pass);
    return status;
}
