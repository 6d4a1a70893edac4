/* Decoding the pixels of a PNG, cell by cell. */
#ifndef CODECS_PNG_DECODE_H
#define CODECS_PNG_DECODE_H

#include "codecs/png/chunk.h"
#include "codecs/png/form.h"
#include "raster/image/coder.h"

/* A decoder of the file, whose path is copied and whose descriptor is borrowed. `idat` is the place of the first IDAT
 * chunk. Cells are bands of rows; an interlaced image is one. The state is the caller's to close. */
enum rst_status rst_png_decoder(const struct rst_png_file *file, const struct rst_png_form *form, uint64_t idat,
                                struct rst_decoder *decoder, struct rst_error *err);

/* Bytes of all rows as the file has them, with their filters; false where they are beyond counting. */
bool rst_png_inflated_size(const struct rst_png_form *form, uint64_t *size);

#endif
