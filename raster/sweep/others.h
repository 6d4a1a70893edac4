/* The further rasters of a run: which operation reads which, and the surveys of those that are only surveyed. */
#ifndef RASTER_SWEEP_OTHERS_H
#define RASTER_SWEEP_OTHERS_H

#include "raster/sweep/op.h"
#include "raster/sweep/pipeline.h"
#include "raster/sweep/run.h"

struct rst_others {
    int count;
    struct rst_other *list; /* [count] in the order of the run's */
    struct rst_report report;
    struct rst_cost cost;
};

/* Checks that a run has as many further rasters as its operations read, with pixels, and none in the file of `out`,
 * which may be NULL. */
enum rst_status rst_others_check(const struct rst_pipeline *pipeline, const struct rst_raster *out,
                                 const struct rst_run_options *options, struct rst_error *err);

/* What operations learn of them before anything is run. End with rst_others_close(). */
enum rst_status rst_others_open(struct rst_others *others, const struct rst_pipeline *pipeline,
                                const struct rst_run_options *options, struct rst_error *err);
void rst_others_close(struct rst_others *others);

/* How many passes their surveys take. */
int rst_others_passes(const struct rst_pipeline *pipeline);

/* Runs their surveys, or reckons what they will cost, the results being those of images of no pixel. */
enum rst_status rst_others_survey(struct rst_others *others, const struct rst_pipeline *pipeline,
                                  const struct rst_run_options *options, bool rehearse, struct rst_error *err);

/* What one operation is given: its own. */
void rst_others_give(const struct rst_others *others, const struct rst_pipeline *pipeline, int op,
                     struct rst_stage *stage);

#endif
