/* Writing PNGs: bands of rows, each deflated by the thread that has it. */
#ifndef CODECS_PNG_ENCODE_H
#define CODECS_PNG_ENCODE_H

#include "codecs/codec.h"

/* An encoder for an image whose shape and metadata a PNG can hold; level 1 ... 9, 0: chosen. path is for messages. The
 * caller closes it, or hands it on. */
enum rst_status rst_png_encoder(const char *path, const struct rst_shape *shape, const struct rst_meta *meta, int level,
                                struct rst_encoder *encoder, struct rst_error *err);

/* Refuses what a PNG cannot hold. */
enum rst_status rst_png_create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                               const struct rst_create_options *options, struct rst_raster **out,
                               struct rst_error *err);

#endif
