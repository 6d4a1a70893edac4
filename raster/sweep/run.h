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

    int passes; /* over the input: 1, and one for each round of each survey */
    int64_t tiles, tile_width, tile_height;
    uint64_t buffer_bytes;                             /* of our own, all threads */
    uint64_t bytes_read, bytes_written, bytes_decoded; /* samples out of mapped pages or scratch, into them, unpacked */
    int64_t minor_faults, major_faults;                /* of the process, meanwhile */
    double io_seconds;     /* threads waited for pages to come in, or to be written; summed over threads */
    double decode_seconds; /* they unpacked, or waited for one who did */
    double encode_seconds;
    double kernel_seconds; /* they computed */
    double wait_seconds;   /* they waited for each other, or for room in the budget */
};

/* What a run will cost, told before it. */
struct rst_cost {
    bool in_place;
    int threads;
    int passes; /* over the input: 1, and one for each round of each survey, as many as there can be */
    int64_t tiles, tile_width, tile_height;
    bool bounded;           /* pages are let go of behind the pass: all of it would not fit into the limit */
    uint64_t limit;         /* options->max_memory, or what the system can spare */
    uint64_t buffer_bytes;  /* of our own, all threads: just what the report tells afterwards */
    uint64_t page_bytes;    /* of mapped files and scratch, at most at one time */
    uint64_t peak_bytes;    /* at most resident beside what the process holds now: both of them, and what threads and
                               codecs take */
    uint64_t scratch_bytes; /* on the disk, at most at one time */
};

/* A zeroed struct is the default of everything. */
struct rst_run_options {
    int threads;              /* 0: as many as the process may run on */
    uint64_t max_memory;      /* bytes that the run may hold resident: buffers, and pages of files that are mapped.
                                 0: what the system can spare now. A run that cannot do with it is refused, and told
                                 what it needs (RST_E_ARGUMENT) */
    const char *scratch_dir;  /* for edits of a RST_PRIVATE raster that would outgrow max_memory; NULL: $RASTER_TMPDIR,
                                 $TMPDIR, /tmp */
    struct rst_border border; /* for every operation of the pipeline */
    const struct rst_rect *window; /* run on this part of the result only, with its true neighbours; NULL: all */
    enum rst_alpha alpha;

    /* What the pipeline's operations read beside `in`: as many as all of them say, in their order. Borrowed. They may
     * be `in` itself, and no file of theirs may be written by this run (RST_E_ARGUMENT). */
    struct rst_raster *const *others;
    int other_count;

    /* Called between tiles, in the thread that called rst_run(), with the rows that are final; where surveys come
     * before, they count as rows too. */
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

/* What rst_run() with the same arguments would cost; nothing is run, written or created. For a file that is not to be
 * made, `out` may come from rst_create_like() with `rehearse`. Refuses what rst_run() would refuse before it starts. */
RST_API RST_MUST_USE enum rst_status rst_run_cost(const struct rst_pipeline *pipeline, struct rst_raster *in,
                                                  struct rst_raster *out, const struct rst_run_options *options,
                                                  struct rst_cost *cost, struct rst_error *err);

/* Adds a run that came before or after another: what was spent is added up, of what was held the most counts. All else
 * stays what it is. */
RST_API void rst_report_add(struct rst_report *to, const struct rst_report *more);
RST_API void rst_cost_add(struct rst_cost *to, const struct rst_cost *more);

/* The best instruction set of this machine that this build has kernels for, capped by the environment variable
 * RASTER_ISA ("base", "v3", "v4"). */
RST_API enum rst_isa rst_isa_best(void);
RST_API const char *rst_isa_name(enum rst_isa isa);

RST_END

#endif
