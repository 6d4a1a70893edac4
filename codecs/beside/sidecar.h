/* Sidecars: which file goes beside a new raster. */
#ifndef CODECS_BESIDE_SIDECAR_H
#define CODECS_BESIDE_SIDECAR_H

#include "codecs/codec.h"

/* Adds to the metadata of the raster at `path` what stands beside it and is not known yet: from PATH.aux.xml, a world
 * file, a .prj. A broken one is RST_E_FORMAT. */
enum rst_status rst_sidecar_read(const char *path, const struct rst_layout *layout, struct rst_meta *meta,
                                 struct rst_error *err);

/* Attaches the sidecar that options->sidecar names to a new raster at `path`, which itself does not keep `lost` of its
 * metadata; takes from *lost what the sidecar keeps. RST_SIDECAR_AUX is written only where it keeps something.
 * RST_E_ARGUMENT where that sidecar cannot describe the raster, RST_E_EXISTS where it would replace another's and the
 * options do not allow overwriting. */
enum rst_status rst_sidecar_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                                  const struct rst_create_options *options, unsigned *lost, struct rst_error *err);

#endif
