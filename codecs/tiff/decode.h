/* Decoding the tiles and strips of a TIFF. */
#ifndef CODECS_TIFF_DECODE_H
#define CODECS_TIFF_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "codecs/tiff/chain.h"
#include "codecs/tiff/image.h"
#include "codecs/tiff/file.h"
#include "codecs/tiff/samples.h"
#include "raster/image/coder.h"
#include "raster/image/meta.h"

/* A decoder for the directory at `offset`, which the file is open at. It borrows the descriptor and keeps a copy of all
 * else. Cells are tiles, or strips; of one strip that is not compressed, bands of its rows. The places of blocks are
 * checked when they are decoded. On success *decoder owns its state. */
enum rst_status rst_tiff_decoder_make(const struct rst_tiff_file *file, const struct rst_tiff_chain *chain,
                                      uint64_t offset, const struct rst_tiff_image *image,
                                      const struct rst_tiff_samples *samples, const struct rst_meta *meta,
                                      struct rst_decoder *decoder, struct rst_error *err);

/* Compressions that this libtiff reads and writes, as bits 1 << enum rst_compression. */
unsigned rst_tiff_compressions(bool written);

#endif
