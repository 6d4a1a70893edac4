/* A run of the library as commands make it: with a progress bar, a report and the budget of the process. */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "cli/budget.h"
#include "cli/others.h"
#include "cli/progress.h"
#include "cli/report.h"

/* What is to be done: a pipeline from `in` to `out` or, where there are reductions, these of `in`, one
 * after another. */
struct sweep_job {
    const struct rst_pipeline *pipeline; /* may be NULL for a reduction */
    const struct rst_reduction *const *reductions;
    int reduction_count;
    struct rst_raster *in, *out;
    const struct others *others; /* NULL: none */
    void **results;              /* [reduction_count] */
};

struct sweep {
    struct sweep_job job;
    const struct options *options;
    struct report *report;
    struct budget budget;
    struct progress progress;
    struct rst_run_options run; /* points to the rest: a sweep stays where it is */
    int done;                   /* reductions */
};

/* Gets everything ready: all files are to be open by then. The report's `run` is for the library to fill in. `job` is
 * NULL for who needs the budget and the progress bar alone. */
RST_MUST_USE enum rst_status sweep_start(struct sweep *sweep, const struct sweep_job *job,
                                         const struct options *options, struct report *report, struct rst_error *err);

/* Does the job, with the progress bar. A budget that is too small is refused before anything is done. */
RST_MUST_USE enum rst_status sweep_run(struct sweep *sweep, struct rst_error *err);

/* What sweep_run() would cost; the same refusals. */
RST_MUST_USE enum rst_status sweep_cost(struct sweep *sweep, struct rst_cost *cost, struct rst_error *err);

#endif
