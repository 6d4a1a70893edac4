/* The threads of a pass at work. */
#ifndef RASTER_SWEEP_WORK_H
#define RASTER_SWEEP_WORK_H

#include "raster/sweep/pass.h"

/* Runs an opened pass to its end, or until it fails or is cancelled. Returns the number of threads. */
int rst_work(struct rst_pass *pass);

/* How many threads have something to do at one time, at most. */
int64_t rst_work_most(const struct rst_pass *pass);

/* True where the pass came to its end: every unit is final, and what is encoded was taken by a thread. */
bool rst_work_complete(const struct rst_pass *pass);

/* What is to be said of a pass that did not come to its end, and of which nobody will see what it has stored. */
enum rst_status rst_work_cut_short(const struct rst_pass *pass, struct rst_error *err);

#endif
