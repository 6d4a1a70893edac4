/* Running a pipeline over a raster. */
#ifndef RASTER_SWEEP_RUN_H
#define RASTER_SWEEP_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/image/border.h"
#include "raster/image/raster.h"
#include "raster/sweep/pipeline.h"

RST_BEGIN

struct rst_report {
    double seconds;
    int64_t pixels;    /* of the output, written */
    int64_t rows_done; /* first row not yet final: everything above it is */
    int64_t rows_total;
    int64_t collisions; /* valid results that came out equal to nodata */
    bool in_place;
    int threads;
    char warning[256]; /* "" or one line: a palette treated as indices ... */
};

/* A zeroed struct is the default of everything. */
struct rst_run_options {
    int threads;                   /* 0: as many as the process may run on */
    uint64_t max_memory;           /* bytes of working buffers; 0: the default. A run that cannot do with it fails */
    struct rst_border border;      /* for every operation of the pipeline */
    const struct rst_rect *window; /* run on this part of the result only, with its true neighbours; NULL: all */
    enum rst_alpha alpha;

    /* Called between tiles, in the thread that called rst_run(), with the rows that are final. */
    void (*progress)(void *user, int64_t rows_done, int64_t rows_total);
    void *user;
    const volatile int *cancel; /* looked at before every tile; set it to non-zero from any thread or signal handler */

    int64_t tile_width, tile_height; /* of the units of work; 0: chosen. The result does not depend on them */
    enum rst_isa isa;                /* no better than this one; RST_ISA_AUTO (0): the best there is */
    struct rst_report *report;       /* filled in on success and on failure; NULL: none */
};

/* Runs the pipeline over `in` and writes `out`, which has the shape that rst_pipeline_plan() tells. in == out runs in
 * place: the raster must be RST_SHARED or RST_PRIVATE, and with a window only the window changes. `in` and `out` being
 * different handles of one file is refused (RST_E_ARGUMENT). Threads live for this call only. Cancelled or failed,
 * `out` is to be thrown away; in place, report->rows_done rows (of the window) from the top are changed, and the
 * message says so. An output that is compressed is compressed by this run, as its rows become final, and takes no
 * second one.
 *
 * The bytes written are the same in place or not, for any number of threads, tile size, layout and instruction set. */
RST_API RST_MUST_USE enum rst_status rst_run(const struct rst_pipeline *pipeline, struct rst_raster *in,
                                             struct rst_raster *out, const struct rst_run_options *options,
                                             struct rst_error *err);

/* The best instruction set of this machine that this build has kernels for, capped by the environment variable
 * RASTER_ISA ("base", "v3", "v4"). */
RST_API enum rst_isa rst_isa_best(void);
RST_API const char *rst_isa_name(enum rst_isa isa);

RST_END

#endif
