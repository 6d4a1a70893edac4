/* How a finished output can be given a name that nobody has. Private to this folder (and to its tests). */
#ifndef RASTER_MAP_OUTPUT_INTERNAL_H
#define RASTER_MAP_OUTPUT_INTERNAL_H

#include "raster/map/output.h"

/* From the best to the last resort; where a file system does not know one, the next is tried. */
enum rst_placing {
    RST_PLACE_RENAME, /* renameat2 with RENAME_NOREPLACE */
    RST_PLACE_LINK,   /* a second hard link, then the first one's removal */
    RST_PLACE_LOOK    /* look, then rename: not safe against a file that appears in between */
};

/* The last step of rst_output_publish(), beginning with `first`: 0, or the error; EEXIST where the name is taken and
 * may not be replaced. */
int rst_output_place(const struct rst_output *output, enum rst_placing first);

#endif
