/* The threads of a pass.
 *
 * Out of place, and for point operations in place, threads claim units in raster order, and wait for one another only
 * for the pages of a band, or where the budget has no room for a further band.
 *
 * In place with a halo all threads work on one band together: load the originals, meet, compute and store, meet, go on.
 *
 * A run that is cut short stops at the next row; in place between units, which are claimed in order and finished once
 * claimed, so that what is changed is a beginning of the image. */
#include "raster/sweep/work.h"

#include <sched.h>

#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/sweep/held.h"
#include "raster/sweep/resident.h"
#include "raster/sweep/sides.h"
#include "raster/sweep/threads.h"

struct work {
    struct rst_pass *pass;
    pthread_barrier_t meeting;
    atomic_int gathered; /* thread 0 has made the barrier */
    atomic_int halt;     /* decided by one thread, between two meetings */
};

/* Tells that a unit is done, and thread 0 tells the caller. */
static enum rst_status unit_done(struct rst_worker *worker, int64_t unit)
{
    struct rst_pass *pass = worker->pass;
    const struct rst_run_options *options = pass->options;
    RST_TRY(rst_resident_leave(worker, unit));
    rst_held_advance(pass, rst_pass_done(pass, worker->index));
    if (!pass->buffered) RST_TRY(rst_resident_advance(worker));
    if (worker->index != 0 || !options->progress) return RST_OK;
    pthread_mutex_lock(&pass->lock);
    int64_t rows = rst_pass_rows_final(pass);
    pthread_mutex_unlock(&pass->lock);
    options->progress(options->user, rows, pass->cut.target.height);
    return RST_OK;
}

static void count_bytes(struct rst_worker *worker, struct rst_rect source, struct rst_rect target)
{
    struct rst_pass *pass = worker->pass;
    worker->meter.read += (uint64_t)(source.width * source.height) * pass->in.pixel;
    for (int i = 0; i < pass->side_count; i++) {
        struct rst_rect rect = rst_pass_after(pass, pass->sides[i].step, target);
        worker->meter.read += (uint64_t)(rect.width * rect.height) * pass->sides[i].port.pixel;
    }
    if (pass->out.raster) worker->meter.written += (uint64_t)(target.width * target.height) * pass->out.pixel;
}

static enum rst_status do_unit(struct rst_worker *worker, int64_t unit)
{
    struct rst_pass *pass = worker->pass;
    int32_t group;
    struct rst_rect target = rst_cut_unit(&pass->cut, unit, &group), source = rst_pass_source(pass, target);
    RST_TRY(rst_raster_hold(pass->in.raster, source, &worker->error));
    enum rst_status status = rst_sides_bring(worker, target);
    rst_meter_charge(&worker->meter, &worker->meter.decode);
    if (status == RST_OK) {
        status = rst_tile_run(worker, unit);
        rst_meter_charge(&worker->meter, &worker->meter.kernel);
        enum rst_status left = rst_sides_leave(worker, target);
        if (status == RST_OK) status = left;
    }
    count_bytes(worker, source, target);
    rst_raster_unhold(pass->in.raster, source);
    if (status == RST_OK) status = unit_done(worker, unit);
    return status;
}

/* Work on scratch, if there is some: *did. */
static enum rst_status code(struct rst_worker *worker, bool *did)
{
    struct rst_meter *meter = &worker->meter;
    RST_TRY(rst_held_decode(worker, did));
    if (*did) rst_meter_charge(meter, &meter->decode);
    if (*did) return RST_OK;
    RST_TRY(rst_held_encode(worker, did));
    if (*did) rst_meter_charge(meter, &meter->encode);
    return RST_OK;
}

/* One turn of a roaming thread; *more: there may be another. */
static enum rst_status take_turn(struct rst_worker *worker, bool *more)
{
    struct rst_pass *pass = worker->pass;
    bool did = false;
    int64_t unit;
    RST_TRY(code(worker, &did));
    if (did) return RST_OK;
    switch (rst_pass_claim(pass, worker->index, pass->cut.units, &unit)) {
    case RST_CLAIM_NONE:
        *more = false;
        return RST_OK;
    case RST_CLAIM_LATER:
        rst_pass_wait(pass);
        rst_meter_charge(&worker->meter, &worker->meter.wait);
        return rst_resident_advance(worker);
    case RST_CLAIM_UNIT:
        break;
    }
    RST_TRY(rst_resident_bring(worker, unit));
    return do_unit(worker, unit);
}

static void roam(void *user, int index, int count)
{
    struct rst_pass *pass = ((struct work *)user)->pass;
    struct rst_worker worker;
    bool more = true;
    (void)count;
    enum rst_status status = rst_worker_open(&worker, pass, index);
    while (!status && more && !rst_pass_stopped(pass))
        status = take_turn(&worker, &more);
    if (!status) status = rst_held_drain(&worker);
    rst_meter_charge(&worker.meter, &worker.meter.encode);
    if (status) rst_pass_fail(pass, &worker.error);
    rst_worker_close(&worker);
}

/* Rows beyond the window are only read; those inside will be overwritten, too. */
static enum rst_status load_original(struct rst_worker *worker, int64_t y)
{
    struct rst_pass *pass = worker->pass;
    struct rst_rect window = pass->cut.target, row = {pass->originals.x, y, pass->originals.width, 1};
    bool inside = y >= window.y && y < window.y + window.height;
    RST_TRY(rst_resident_bring_row(worker, row, inside));
    RST_TRY(rst_originals_load(&pass->originals, y, &worker->error));
    return rst_resident_leave_row(worker, row);
}

static enum rst_status load_originals(struct rst_worker *worker, int64_t band, int64_t from, int64_t to)
{
    struct rst_gate *gate = &worker->pass->gates[band];
    for (;;) {
        int64_t y = from + atomic_fetch_add(&gate->next_part, 1);
        if (y >= to) return RST_OK;
        RST_TRY(load_original(worker, y));
    }
}

static enum rst_status do_band(struct rst_worker *worker, int64_t band)
{
    struct rst_pass *pass = worker->pass;
    int64_t unit;
    while (rst_pass_claim(pass, worker->index, (band + 1) * pass->cut.band_units, &unit) == RST_CLAIM_UNIT) {
        RST_TRY(rst_resident_bring(worker, unit));
        RST_TRY(do_unit(worker, unit));
    }
    return RST_OK;
}

/* All threads meet; one of them decides whether the run goes on, and all learn the same answer. */
static bool meet(struct work *work)
{
    /* NOLINTNEXTLINE(bugprone-posix-return): the constant is negative */
    if (pthread_barrier_wait(&work->meeting) == PTHREAD_BARRIER_SERIAL_THREAD)
        atomic_store(&work->halt, rst_pass_stopped(work->pass));
    pthread_barrier_wait(&work->meeting);
    return !atomic_load(&work->halt);
}

static void march(void *user, int index, int count)
{
    struct work *work = user;
    struct rst_pass *pass = work->pass;
    struct rst_worker worker;
    if (index == 0) {
        pthread_barrier_init(&work->meeting, NULL, (unsigned)count);
        atomic_store(&work->gathered, 1);
    }
    while (!atomic_load(&work->gathered))
        sched_yield();
    if (rst_worker_open(&worker, pass, index)) rst_pass_fail(pass, &worker.error);
    for (int64_t band = 0; band < pass->cut.band_count; band++) {
        struct rst_rect rows = rst_cut_band(&pass->cut, band);
        int64_t from, to;
        rst_originals_missing(&pass->originals, rows.y + rows.height, &from, &to);
        if (!meet(work)) break;
        if (load_originals(&worker, band, from, to)) rst_pass_fail(pass, &worker.error);
        rst_meter_charge(&worker.meter, &worker.meter.io);
        if (!meet(work)) break;
        rst_meter_charge(&worker.meter, &worker.meter.wait);
        if (index == 0) rst_originals_advance(&pass->originals, rows.y, rows.y + rows.height);
        pthread_barrier_wait(&work->meeting);
        if (do_band(&worker, band)) rst_pass_fail(pass, &worker.error);
        pthread_barrier_wait(&work->meeting);
        if (index == 0 && rst_resident_advance(&worker)) rst_pass_fail(pass, &worker.error);
        rst_meter_charge(&worker.meter, &worker.meter.wait);
    }
    rst_worker_close(&worker);
}

int64_t rst_work_most(const struct rst_pass *pass)
{
    return pass->buffered ? pass->cut.band_units : pass->cut.units;
}

int rst_work(struct rst_pass *pass)
{
    struct work work = {.pass = pass};
    int threads = (int)rst_min64(pass->threads, rst_work_most(pass));
    rst_held_begin(pass);
    rst_resident_begin(pass);
    rst_threads_run(threads, pass->buffered ? march : roam, &work);
    rst_resident_end(pass);
    rst_held_end(pass);
    /* The calling thread, which tells of the progress, may not have come to the last unit, or to any. */
    if (pass->options->progress && !rst_pass_stopped(pass))
        pass->options->progress(pass->options->user, rst_pass_rows_final(pass), pass->cut.target.height);
    if (pass->buffered) pthread_barrier_destroy(&work.meeting);
    return threads;
}

bool rst_work_complete(const struct rst_pass *pass)
{
    bool encoded = pass->in_place || !pass->out.raster || rst_raster_all_taken(pass->out.raster);
    return pass->units_done == pass->cut.units && encoded && !pass->error.status;
}

enum rst_status rst_work_cut_short(const struct rst_pass *pass, struct rst_error *err)
{
    if (pass->error.status) return rst_fail(err, pass->error.status, "%s", pass->error.message);
    return rst_fail(err, RST_E_CANCELLED, "%s: cancelled", rst_raster_path(pass->in.raster));
}
