/* World files and .prj: geo-referencing that stands beside a raster. */
#ifndef CODECS_TEXT_WORLD_H
#define CODECS_TEXT_WORLD_H

#include "codecs/codec.h"

/* Fills in what `geo` does not know of the raster at `path`: the geotransform from a world file (for a.tif: a.tfw,
 * a.tifw, a.wld), and the coordinate system from a.prj, where there is a geotransform. RST_E_FORMAT, with file and
 * line, for a world file that does not hold six numbers. Without such files nothing changes. */
enum rst_status rst_world_read(const char *path, struct rst_geo *geo, struct rst_error *err);

/* Attaches a world file, and a .prj where the coordinate system is known as text, to a new raster. RST_E_ARGUMENT where
 * `geo` has no geotransform. */
enum rst_status rst_world_write(struct rst_raster *raster, const char *path, const struct rst_geo *geo,
                                const struct rst_create_options *options, struct rst_error *err);

#endif
