/* Operations that settle split a pipeline into legs. Each leg runs as a pipeline of its own, with its surveys, from
 * what the leg before it has left; all but the last end in scratch, where their last operation settles. */
#ifndef RASTER_SWEEP_SETTLE_H
#define RASTER_SWEEP_SETTLE_H

#include "raster/sweep/pass.h"
#include "raster/sweep/survey.h"

struct rst_legs {
    const struct rst_pipeline *pipeline;
    int from;                   /* the first operation of the last leg */
    struct rst_raster *at;      /* what the last leg reads: the run's input, or scratch */
    struct rst_raster *scratch; /* owned; NULL: nothing has come before the last leg */
};

/* Whether a run's last operation may settle in `out` itself, which saves the scratch. */
bool rst_legs_direct(const struct rst_pipeline *pipeline, const struct rst_raster *in, const struct rst_raster *out,
                     const struct rst_run_options *options);

/* How many passes settling adds. */
int rst_legs_passes(const struct rst_pipeline *pipeline, bool direct);

/* Runs all legs but the last, and the surveys of all; reports go to surveys->report. To be closed, on failure too. */
enum rst_status rst_legs_run(struct rst_legs *legs, struct rst_surveys *surveys, const struct rst_pipeline *pipeline,
                             struct rst_raster *in, bool direct, struct rst_error *err);

/* Reckons what that will cost, in surveys->cost. */
enum rst_status rst_legs_rehearse(struct rst_legs *legs, struct rst_surveys *surveys,
                                  const struct rst_pipeline *pipeline, struct rst_raster *in, bool direct,
                                  struct rst_error *err);
void rst_legs_close(struct rst_legs *legs);

/* Bytes of the scratch that the last leg reads. */
uint64_t rst_legs_bytes(const struct rst_legs *legs);

/* After a pass that came to its end: its last operation settles what it has stored, if it is one that does. What that
 * took is added to the report. */
enum rst_status rst_settle_pass(struct rst_pass *pass, struct rst_report *report, struct rst_error *err);

/* Adds what that will cost. */
void rst_settle_cost(const struct rst_pass *pass, struct rst_cost *cost);

#endif
