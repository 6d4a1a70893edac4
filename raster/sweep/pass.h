/* A pass: one run of a pipeline from raster to raster, as its threads share it. */
#ifndef RASTER_SWEEP_PASS_H
#define RASTER_SWEEP_PASS_H

#include <pthread.h>
#include <stdatomic.h>

#include "raster/sweep/budget.h"
#include "raster/sweep/cut.h"
#include "raster/sweep/originals.h"
#include "raster/sweep/others.h"
#include "raster/sweep/port.h"
#include "raster/sweep/reduction.h"
#include "raster/sweep/rows.h"
#include "raster/sweep/run.h"

struct rst_tally {
    atomic_llong collisions;
};

/* An operation of the pipeline, ready to run. */
struct rst_step {
    const struct rst_op *op;
    const struct rst_op_class *kind;
    struct rst_stage stage;
    void *shared;
    bool prepared;
};

/* A band of rows: its pages are populated in parts by whoever comes first, its units counted as they are done. */
struct rst_gate {
    atomic_llong next_part, parts_done;
    atomic_int foreseen; /* threads that came by: the first sees to the reading ahead */
};

/* Where rows go that are not stored: a reduction. Called by any thread, for the units in any order; the rows of a unit
 * come from the top, all by one thread. */
struct rst_sink {
    void *user;
    enum rst_status (*open)(void *user, int thread, int64_t unit, void **work, struct rst_error *err);
    void (*row)(void *user, void *work, const struct rst_run_of_pixels *run);
    void (*close)(void *user, int64_t unit, void *work); /* after the last row; not where the run has failed */
    int64_t ahead;                                       /* how far a unit may be ahead of the first that is not done */
    int64_t tile_width, tile_height;
    uint64_t bytes; /* that it holds */
};

/* What a pass is made of. */
struct rst_pass_parts {
    const struct rst_pipeline *pipeline;
    int from, length; /* which of its operations are run: so many from this one on */
    void *const
        *surveys; /* [length] what each operation's survey has found, NULL for those that have none; NULL: none has */
    const struct rst_others *others; /* what operations know of further rasters; NULL: there are none */
    struct rst_raster *in, *out;     /* out may be in; NULL with a sink */
    const struct rst_sink *sink;
    const struct rst_run_options *options;
    bool placed;   /* out is the image that the run changes in place, and in is not: the window stays where it is */
    bool rehearse; /* plan alone: the pass is not run */
};

struct rst_pass {
    struct rst_step *steps;
    int step_count;
    struct rst_port in, out; /* out.raster: NULL with a sink */
    struct rst_side *sides;  /* [side_count] */
    int side_count;
    const struct rst_sink *sink;
    bool in_place, turned, rehearse;
    bool placed;          /* see struct rst_pass_parts */
    bool later;           /* passes over scratch, and other operations have come before */
    int64_t out_x, out_y; /* the result's coordinates of the output raster's first pixel */
    struct rst_cut cut;
    struct rst_budget budget;
    struct rst_gate *gates; /* [band], and one for the input where it is turned */
    struct rst_stage end;   /* what the sink is given, as if it were an operation */
    struct rst_originals originals;
    bool buffered; /* in place with a halo: originals are in use */
    struct rst_tally tally;
    const struct rst_run_options *options;

    int threads;
    atomic_int failed;
    pthread_mutex_t lock;    /* guards what follows */
    pthread_cond_t released; /* a band was, or a unit done */
    int64_t next_unit;       /* not yet claimed; units are claimed in their order */
    int64_t *doing;          /* [thread] its unit, or INT64_MAX */
    int64_t units_done;      /* all units before this one are final */
    int64_t bands_left;      /* bands whose pages were let go of, where that is done: all before this one */
    int64_t bands_dropped;   /* ... and which are written, too */
    bool leaving;            /* a thread is letting go of a band */
    uint64_t decoded_before; /* bytes of the input, by earlier passes */
    uint64_t arenas;         /* bytes, of the threads that have ended */
    struct rst_meter meter;  /* of the threads that have ended */
    struct rst_error error;
};

/* Plans and prepares everything that is not a pixel. On failure nothing is left to close. */
enum rst_status rst_pass_open(struct rst_pass *pass, const struct rst_pass_parts *parts, struct rst_error *err);
void rst_pass_close(struct rst_pass *pass);

/* The window of the input that a window of the result is made from, inside the image; and that of what `step` makes. Of
 * no width where the target has no pixel, or all of it lies beyond a constant border. */
struct rst_rect rst_pass_source(const struct rst_pass *pass, struct rst_rect target);
struct rst_rect rst_pass_after(const struct rst_pass *pass, int step, struct rst_rect target);

/* A window of the result, in the output raster. */
struct rst_rect rst_pass_output(const struct rst_pass *pass, struct rst_rect target);

/* Claims the next unit below `limit` for a thread. RST_CLAIM_NONE: there is none; RST_CLAIM_LATER: it has to wait for
 * what is done before it. */
enum rst_claim { RST_CLAIM_NONE, RST_CLAIM_LATER, RST_CLAIM_UNIT };
enum rst_claim rst_pass_claim(struct rst_pass *pass, int thread, int64_t limit, int64_t *unit);

/* Waits a moment, until something is done. */
void rst_pass_wait(struct rst_pass *pass);

/* Tells that a thread's unit is done: the low-water mark moves down. Returns it. */
int64_t rst_pass_done(struct rst_pass *pass, int thread);

/* Rows of the target that are final. */
int64_t rst_pass_rows_final(const struct rst_pass *pass);

/* Keeps the first error, and makes every thread stop. */
void rst_pass_fail(struct rst_pass *pass, const struct rst_error *error);

/* True once a thread failed or the caller's flag was raised. */
bool rst_pass_stopped(const struct rst_pass *pass);

#endif
