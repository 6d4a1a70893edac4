/* The sides of a pass: the further rasters that its operations read row by row. */
#ifndef RASTER_SWEEP_SIDES_H
#define RASTER_SWEEP_SIDES_H

#include "raster/sweep/tile.h"

/* Makes pass->sides for the steps, which are planned. Refuses rasters that are not as large as what they are read
 * beside. */
enum rst_status rst_sides_open(struct rst_pass *pass, const struct rst_pass_parts *parts, struct rst_error *err);

/* Before a unit: pages are brought in, or cells decoded. After it: they are let go of. */
enum rst_status rst_sides_bring(struct rst_worker *worker, struct rst_rect target);
enum rst_status rst_sides_leave(struct rst_worker *worker, struct rst_rect target);

/* Of cells in scratch those stay that `rest` and `below`, windows of the result, need; all after the pass. */
void rst_sides_keep(struct rst_pass *pass, struct rst_rect below, struct rst_rect rest);
void rst_sides_keep_all(struct rst_pass *pass);

/* Makes the rows of a link's sides ready for its tile. */
enum rst_status rst_sides_link(struct rst_worker *worker, struct rst_link *link, int step);

#endif
