/* A pass: one run of a pipeline from raster to raster, as its threads share it. */
#ifndef RASTER_SWEEP_PASS_H
#define RASTER_SWEEP_PASS_H

#include <pthread.h>
#include <stdatomic.h>

#include "raster/sweep/cut.h"
#include "raster/sweep/originals.h"
#include "raster/sweep/port.h"
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
};

struct rst_pass {
    struct rst_step *steps;
    int step_count;
    struct rst_port in, out;
    bool in_place;
    int64_t out_x, out_y; /* the result's coordinates of the output raster's first pixel */
    struct rst_cut cut;
    struct rst_gate *gates; /* [band] */
    struct rst_originals originals;
    bool buffered; /* in place with a halo: originals are in use */
    struct rst_tally tally;
    const struct rst_run_options *options;

    int threads;
    atomic_int failed;
    pthread_mutex_t lock; /* guards what follows */
    int64_t next_unit;    /* not yet claimed; units are claimed in their order */
    int64_t *doing;       /* [thread] its unit, or INT64_MAX */
    int64_t units_done;   /* all units before this one are final */
    struct rst_error error;
};

/* Plans and prepares everything that is not a pixel. On failure nothing is left to close. */
enum rst_status rst_pass_open(struct rst_pass *pass, const struct rst_pipeline *pipeline, struct rst_raster *in,
                              struct rst_raster *out, const struct rst_run_options *options, int threads,
                              struct rst_error *err);
void rst_pass_close(struct rst_pass *pass);

/* The window of the input that a window of the result is made from, inside the image. */
struct rst_rect rst_pass_source(const struct rst_pass *pass, struct rst_rect target);

/* Claims the next unit below `limit` for a thread; false where there is none. */
bool rst_pass_claim(struct rst_pass *pass, int thread, int64_t limit, int64_t *unit);

/* Tells that a thread's unit is done: the low-water mark moves down. Returns it. */
int64_t rst_pass_done(struct rst_pass *pass, int thread);

/* Rows of the target that are final. */
int64_t rst_pass_rows_final(const struct rst_pass *pass);

/* Keeps the first error, and makes every thread stop. */
void rst_pass_fail(struct rst_pass *pass, const struct rst_error *error);

/* True once a thread failed or the caller's flag was raised. */
bool rst_pass_stopped(const struct rst_pass *pass);

#endif
