/* What a pass does for rasters that lie in scratch: inputs that are decoded on need, outputs that are encoded when
 * finished. For all others it does nothing. */
#ifndef RASTER_SWEEP_HELD_H
#define RASTER_SWEEP_HELD_H

#include "raster/sweep/tile.h"

/* How many bands a stream is decoded ahead of the units, at most. */
enum { RST_BANDS_AHEAD = 2 };

/* Before the first unit, and after the last: what of the input is wanted. */
void rst_held_begin(struct rst_pass *pass);
void rst_held_end(struct rst_pass *pass);

/* All units before `low` are final: lets go of what was needed for them alone, and hands what they made on. */
void rst_held_advance(struct rst_pass *pass, int64_t low);

/* Work that is better done before the next unit: decoding a stream ahead of it; encoding what is finished behind it.
 * *did: whether there was some. */
enum rst_status rst_held_decode(struct rst_worker *worker, bool *did);
enum rst_status rst_held_encode(struct rst_worker *worker, bool *did);

/* After the last unit: encodes what is left, with the other threads. */
enum rst_status rst_held_drain(struct rst_worker *worker);

#endif
