/* The pages of a pass: brought in before they are touched, let go of behind it. */
#ifndef RASTER_SWEEP_RESIDENT_H
#define RASTER_SWEEP_RESIDENT_H

#include "raster/sweep/tile.h"

/* Before the first unit, and after the last. */
void rst_resident_begin(struct rst_pass *pass);
void rst_resident_end(struct rst_pass *pass);

/* Sees to it that the pages of a unit are there, together with whoever else came to its band. */
enum rst_status rst_resident_bring(struct rst_worker *worker, int64_t unit);

/* The same for a row of a band whose originals are about to be loaded; and after that. */
enum rst_status rst_resident_bring_row(struct rst_worker *worker, struct rst_rect row, bool stored);
enum rst_status rst_resident_leave_row(struct rst_worker *worker, struct rst_rect row);

/* After a unit; and for the bands that have become final. */
enum rst_status rst_resident_leave(struct rst_worker *worker, int64_t unit);
enum rst_status rst_resident_advance(struct rst_worker *worker);

#endif
