/* What a PNG says of its samples, and what they are to a raster. */
#ifndef CODECS_PNG_FORM_H
#define CODECS_PNG_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

enum rst_png_color {
    RST_PNG_GRAY = 0,
    RST_PNG_RGB = 2,
    RST_PNG_PALETTE = 3,
    RST_PNG_GRAY_ALPHA = 4,
    RST_PNG_RGB_ALPHA = 6
};

struct rst_png_form {
    uint32_t width, height;
    unsigned depth; /* bits of a sample */
    enum rst_png_color color;
    bool interlaced;
    bool transparent;              /* tRNS: a colour, or some of the palette's */
    uint16_t key[3];               /* that colour; one sample where gray */
    unsigned char palette[256][4]; /* with alpha; black and opaque where the file says nothing */
};

/* Samples of a pixel in the file. */
unsigned rst_png_channels(const struct rst_png_form *form);

/* Bands and type of the raster. Gray of less than 8 bits fills the range of 8; what is transparent gets a band of
 * alpha, also where that takes a palette's colours for its indices. */
int32_t rst_png_bands(const struct rst_png_form *form);
enum rst_type rst_png_type(const struct rst_png_form *form);
bool rst_png_is_indexed(const struct rst_png_form *form);

/* Bytes of a row of so many pixels in the file, without its filter, and of a pixel as filters see it: 1 to 8. */
uint64_t rst_png_row_size(const struct rst_png_form *form, uint64_t width);
unsigned rst_png_step(const struct rst_png_form *form);

/* The pixels are in the file as they are in the raster. */
bool rst_png_is_plain(const struct rst_png_form *form);

/* Makes packed pixels of the raster from a row of the file, not one that is plain. `to` is aligned for its type. */
void rst_png_unpack(const struct rst_png_form *form, const unsigned char *row, size_t width, void *to);

#endif
