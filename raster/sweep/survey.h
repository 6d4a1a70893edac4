/* The surveys of a pipeline: what its operations have to know of their whole input before they can start. */
#ifndef RASTER_SWEEP_SURVEY_H
#define RASTER_SWEEP_SURVEY_H

#include "raster/sweep/pass.h"

struct rst_surveys {
    int length;               /* of the pipeline */
    int passes;               /* surveys, what settling takes, and the pass that all are for */
    void **results;           /* [length] NULL for operations that have none */
    struct rst_others others; /* the further rasters, and what is known of them */
    struct rst_report report; /* of all passes but the last together */
    struct rst_cost cost;     /* the most that one of them takes */

    /* For the caller's progress, which is told of all passes as if they were one. */
    const struct rst_run_options *asked;
    int64_t pass, rows;             /* which pass, and the rows that each counts for */
    struct rst_run_options options; /* for the pass that the surveys are for: use these */
};

/* Counts the surveys of a pipeline, for a pass whose result has `rows` rows, and which takes `more` passes before it.
 * End with rst_surveys_close(). */
enum rst_status rst_surveys_open(struct rst_surveys *surveys, const struct rst_pipeline *pipeline, int64_t rows,
                                 int more, const struct rst_run_options *options, struct rst_error *err);
void rst_surveys_close(struct rst_surveys *surveys);

/* Runs those of the operations from ... to - 1, each over what those before it make of `in`, with the results of the
 * surveys before it. */
enum rst_status rst_surveys_run(struct rst_surveys *surveys, const struct rst_pipeline *pipeline, int from, int to,
                                struct rst_raster *in, struct rst_error *err);

/* Reckons what they will cost; results are those of an image of no pixel. */
enum rst_status rst_surveys_rehearse(struct rst_surveys *surveys, const struct rst_pipeline *pipeline, int from, int to,
                                     struct rst_raster *in, struct rst_error *err);

#endif
