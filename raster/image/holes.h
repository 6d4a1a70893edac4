/* The holes of a new file that is sparse: which pieces of it have disk space already. Private to this folder. */
#ifndef RASTER_IMAGE_HOLES_H
#define RASTER_IMAGE_HOLES_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/image/layout.h"
#include "raster/image/view.h"
#include "raster/map/map.h"

struct rst_holes;

/* Of a whole file, mapped, whose pixels are zero and have no space yet. The mapping outlives it. */
enum rst_status rst_holes_open(struct rst_map *map, const struct rst_layout *layout, struct rst_holes **out,
                               struct rst_error *err);
void rst_holes_close(struct rst_holes **holes); /* takes NULL */

/* Copies samples to their place in the mapping, as rst_copy_samples() does, once there is space for them. What is all
 * zero is left out where there is none: it is zero already. From any threads whose samples do not overlap. */
enum rst_status rst_holes_store(struct rst_holes *holes, const struct rst_view *to, const struct rst_view *from,
                                bool swap, struct rst_error *err);

/* Gives space to a range of the file, so that anyone may store to it. From any thread. */
enum rst_status rst_holes_fill(struct rst_holes *holes, uint64_t from, uint64_t length, struct rst_error *err);

#endif
