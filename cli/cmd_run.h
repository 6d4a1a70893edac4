/* What all commands that run a pipeline share. */
#ifndef CLI_CMD_RUN_H
#define CLI_CMD_RUN_H

#include "cli/input.h"
#include "cli/options.h"
#include "cli/others.h"
#include "cli/report.h"

/* Runs with progress bar (`others` may be NULL), and fills in report->run; with --dry-run, prints what that would cost
 * instead. */
RST_MUST_USE enum rst_status run_sweep(const struct rst_pipeline *pipeline, struct rst_raster *in,
                                       struct rst_raster *out, const struct others *others,
                                       const struct options *options, struct report *report, struct rst_error *err);

/* Reduces an image `count` times with one progress bar, and fills in report->run; results[count] are the caller's to
 * free, on failure too. With --dry-run, prints what that would cost instead: they are NULL. */
RST_MUST_USE enum rst_status run_reductions(const struct rst_reduction *const *reductions, int count,
                                            struct rst_raster *in, const struct options *options, struct report *report,
                                            void **results, struct rst_error *err);

/* Notes what `out` does not keep in the report, and publishes it, unless the user has interrupted meanwhile. With
 * --dry-run there is nothing to do. */
RST_MUST_USE enum rst_status run_commit(struct rst_raster *out, const struct options *options, struct report *report,
                                        struct rst_error *err);

/* From the first file to the last, or with --in-place in the first; those between, or behind, are what the operations
 * read beside it. */
RST_MUST_USE enum rst_status run_files(const struct rst_pipeline *pipeline, const char *const *files, int count,
                                       const struct options *options, struct rst_error *err);

#endif
