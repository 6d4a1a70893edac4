/* What a pass has cost, and what it will: told in the same words, so that one can be held against the other. */
#include "raster/sweep/report.h"

#include <stdio.h>

#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/image/items.h"
#include "raster/sweep/work.h"

struct rst_clock rst_clock_start(void)
{
    return (struct rst_clock){rst_seconds_now(), rst_memory_usage()};
}

/* One line of what the user ought to know, though all went well. */
static void tell_warning(struct rst_report *report, const struct rst_pass *pass)
{
    bool edits = pass->in_place || pass->placed;
    const struct rst_meta *meta = rst_raster_meta(edits ? pass->out.raster : pass->in.raster);
    const char *path = rst_raster_path(edits ? pass->out.raster : pass->in.raster);
    bool statistics = rst_meta_has_statistics(meta);
    char stale[120] = "";
    if (edits && meta->overviews > 0)
        snprintf(stale, sizeof stale, "its %d overview%s%s now stale", meta->overviews, meta->overviews == 1 ? "" : "s",
                 statistics             ? " and its stored statistics are"
                 : meta->overviews == 1 ? " is"
                                        : " are");
    else if (edits && statistics)
        snprintf(stale, sizeof stale, "its stored statistics are now stale");
    const char *palette = pass->step_count && pass->steps[0].stage.in.palette && !pass->later
                              ? "a palette image: its indices were processed as numbers"
                              : "";
    if (*palette || *stale)
        snprintf(report->warning, sizeof report->warning, "%.72s: %s%s%s", path, palette,
                 *palette && *stale ? "; " : "", stale);
}

/* Differences of what the process has cost. */
static void tell_faults(struct rst_report *report, struct rst_usage before)
{
    struct rst_usage now = rst_memory_usage();
    report->minor_faults = now.minor_faults - before.minor_faults;
    report->major_faults = now.major_faults - before.major_faults;
}

static void tell_meter(struct rst_report *report, const struct rst_pass *pass)
{
    const struct rst_meter *meter = &pass->meter;
    report->bytes_read = meter->read;
    report->bytes_written = meter->written;
    report->bytes_decoded = rst_raster_decoded(pass->in.raster) - pass->decoded_before;
    report->io_seconds = meter->io;
    report->decode_seconds = meter->decode;
    report->encode_seconds = meter->encode;
    report->kernel_seconds = meter->kernel;
    report->wait_seconds = meter->wait;
}

void rst_report_fill(struct rst_report *report, const struct rst_pass *pass, int threads, struct rst_clock since)
{
    int64_t rows = rst_pass_rows_final(pass);
    report->seconds = rst_seconds_now() - since.seconds;
    report->pixels = rows * pass->cut.target.width;
    report->rows_done = rows;
    report->rows_total = pass->cut.target.height;
    report->collisions = atomic_load(&((struct rst_pass *)pass)->tally.collisions);
    report->in_place = pass->in_place || pass->placed;
    report->threads = threads;
    report->passes = 1;
    report->tiles = pass->cut.units;
    report->tile_width = pass->cut.tile_width;
    report->tile_height = pass->cut.band_height;
    report->buffer_bytes = pass->arenas + rst_originals_held(&pass->originals) + (pass->sink ? pass->sink->bytes : 0);
    tell_faults(report, since.usage);
    tell_meter(report, pass);
    tell_warning(report, pass);
}

void rst_cost_fill(struct rst_cost *cost, const struct rst_pass *pass)
{
    const struct rst_budget *budget = &pass->budget;
    *cost = (struct rst_cost){.in_place = pass->in_place || pass->placed,
                              .threads = (int)rst_min64(pass->threads, rst_work_most(pass)),
                              .passes = 1,
                              .tiles = pass->cut.units,
                              .tile_width = pass->cut.tile_width,
                              .tile_height = pass->cut.band_height,
                              .bounded = budget->bounded,
                              .limit = budget->limit,
                              .buffer_bytes = budget->buffers,
                              .page_bytes = budget->pages,
                              .peak_bytes = budget->buffers + budget->pages + budget->others,
                              .scratch_bytes = budget->scratch};
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void rst_report_add(struct rst_report *to, const struct rst_report *more)
{
    to->seconds += more->seconds;
    to->passes += more->passes;
    to->buffer_bytes = most(to->buffer_bytes, more->buffer_bytes);
    to->bytes_read += more->bytes_read;
    to->bytes_written += more->bytes_written;
    to->bytes_decoded += more->bytes_decoded;
    to->minor_faults += more->minor_faults;
    to->major_faults += more->major_faults;
    to->io_seconds += more->io_seconds;
    to->decode_seconds += more->decode_seconds;
    to->encode_seconds += more->encode_seconds;
    to->kernel_seconds += more->kernel_seconds;
    to->wait_seconds += more->wait_seconds;
}

void rst_cost_add(struct rst_cost *to, const struct rst_cost *more)
{
    to->passes += more->passes;
    to->bounded |= more->bounded;
    to->buffer_bytes = most(to->buffer_bytes, more->buffer_bytes);
    to->page_bytes = most(to->page_bytes, more->page_bytes);
    to->peak_bytes = most(to->peak_bytes, more->peak_bytes);
    to->scratch_bytes = most(to->scratch_bytes, more->scratch_bytes);
}
