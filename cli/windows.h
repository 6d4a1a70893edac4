/* Reading two rasters beside each other, window by window, in a memory that is bounded. */
#ifndef CLI_WINDOWS_H
#define CLI_WINDOWS_H

#include "raster/raster.h"

/* Finds windows with which both rasters, which have one shape, can be read in `limit` bytes (0: what the system can
 * spare), and what that costs: tile_width and tile_height are those of the windows. They are walked through in bands of
 * windows_band() rows: in a band from left to right, at one place from top to bottom. `row_bytes` are those that the
 * caller needs for each row of a band. RST_E_ARGUMENT, with the bytes that are needed, where the smallest windows are
 * still too much. */
RST_MUST_USE enum rst_status windows_plan(struct rst_raster *const rasters[2], size_t row_bytes, uint64_t limit,
                                          struct rst_cost *cost, struct rst_error *err);

int64_t windows_band(struct rst_raster *const rasters[2], const struct rst_cost *cost);

/* Before the first window: decoded blocks are kept as the plan says, and no longer. */
void windows_begin(struct rst_raster *const rasters[2], const struct rst_cost *cost);

/* After a window was read from one of them, and before the other's is: lets go of it, where cost->bounded. */
RST_MUST_USE enum rst_status windows_release(const struct rst_raster *raster, const struct rst_cost *cost,
                                             struct rst_rect window, struct rst_error *err);

#endif
