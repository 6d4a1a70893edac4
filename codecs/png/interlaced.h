/* The pixels of interlaced PNGs. */
#ifndef CODECS_PNG_INTERLACED_H
#define CODECS_PNG_INTERLACED_H

#include "codecs/png/chunk.h"
#include "codecs/png/form.h"
#include "raster/image/view.h"

/* Decodes all of the image; pixels of a row are packed, rows lie where the view tells. */
enum rst_status rst_png_read_interlaced(const struct rst_png_file *file, const struct rst_png_form *form,
                                        const struct rst_view *to, struct rst_error *err);

/* Bytes of all rows as the file has them, with their filters; false where they are beyond counting. */
bool rst_png_interlaced_size(const struct rst_png_form *form, uint64_t *size);

#endif
