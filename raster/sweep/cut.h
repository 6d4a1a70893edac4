/* How the output of a pass is cut: bands of rows, and in each band tiles, for all bands of samples at once or one at a
 * time. */
#ifndef RASTER_SWEEP_CUT_H
#define RASTER_SWEEP_CUT_H

#include "raster/image/raster.h"
#include "raster/sweep/plan.h"

struct rst_cut {
    struct rst_rect target; /* what is computed, in coordinates of the pipeline's result */
    int64_t band_height, band_count;
    int64_t tile_width, tile_count; /* tiles beside each other in a band */
    int32_t groups;                 /* bands of samples taken one at a time, or 1 */
    int64_t band_units, units;      /* tile_count * groups; in all */
    int64_t block_height;           /* of the output's blocks; 0 where rows are whole */
};

struct rst_cut_request {
    struct rst_rect target;
    struct rst_halo halo; /* of a local pipeline; else zero */
    bool pointwise;       /* no operation looks beside its own sample */
    bool buffered;        /* in place, with a halo: the height of a band is held in memory */
    bool held;            /* bands of the input or output lie in scratch while they are worked on */
    bool turned;          /* rows of the output are columns of the input */
    bool small;           /* pages are let go of unit by unit: no unit may be much more than a MiB */
    int64_t most_rows;    /* a band may have; 0: as many as it likes. Blocks of the output are not cut for it */
    int32_t groups, threads;
    size_t pixel;                      /* bytes of a pixel of a row, in its widest type */
    int64_t block_width, block_height; /* of the output's blocks; 0 where rows are whole */
    int64_t tile_width, tile_height;   /* asked for by the caller; 0: chosen */
};

struct rst_cut rst_cut_make(const struct rst_cut_request *request);

/* Unit number to the part of the result, and its group. Units are ordered by band, then group, then tile. */
struct rst_rect rst_cut_unit(const struct rst_cut *cut, int64_t unit, int32_t *group);
struct rst_rect rst_cut_band(const struct rst_cut *cut, int64_t band);

#endif
