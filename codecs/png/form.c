/* From the samples of a PNG to those of a raster: packed bits to bytes, big-endian to this machine's order, a
 * transparent colour to a band of alpha.
 */
#include "codecs/png/form.h"

#include <string.h>

#include "codecs/png/chunk.h"

unsigned rst_png_channels(const struct rst_png_form *form)
{
    switch (form->color) {
    case RST_PNG_RGB:
        return 3;
    case RST_PNG_GRAY_ALPHA:
        return 2;
    case RST_PNG_RGB_ALPHA:
        return 4;
    default:
        return 1;
    }
}

int32_t rst_png_bands(const struct rst_png_form *form)
{
    if (form->color == RST_PNG_PALETTE) return form->transparent ? 4 : 1;
    return (int32_t)rst_png_channels(form) + form->transparent;
}

enum rst_type rst_png_type(const struct rst_png_form *form)
{
    return form->depth == 16 ? RST_U16 : RST_U8;
}

bool rst_png_is_indexed(const struct rst_png_form *form)
{
    return form->color == RST_PNG_PALETTE && !form->transparent;
}

uint64_t rst_png_row_size(const struct rst_png_form *form, uint64_t width)
{
    return (width * rst_png_channels(form) * form->depth + 7) / 8;
}

unsigned rst_png_step(const struct rst_png_form *form)
{
    return (rst_png_channels(form) * form->depth + 7) / 8;
}

bool rst_png_is_plain(const struct rst_png_form *form)
{
    return form->depth == 8 && !form->transparent;
}

/* Samples of less than 8 bits, the first one in the highest bits of its byte, times `scale`. */
static void unpack_bits(const unsigned char *row, unsigned depth, unsigned scale, size_t count, unsigned char *to)
{
    unsigned mask = (1u << depth) - 1;
    size_t each = 8 / depth, i = 0;
    for (; i + each <= count; row++)
        for (unsigned shift = 8; shift > 0; i++) {
            shift -= depth;
            to[i] = (unsigned char)((*row >> shift & mask) * scale);
        }
    for (unsigned shift = 8; i < count; i++) {
        shift -= depth;
        to[i] = (unsigned char)((*row >> shift & mask) * scale);
    }
}

static void unpack_shorts(const unsigned char *row, size_t count, uint16_t *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = rst_png_get16(row + 2 * i);
}

/* Appends alpha to every pixel. `to` may begin where `from` does: pixels, which grow, are made from the last one on. */
static void add_alpha_bytes(const struct rst_png_form *form, unsigned channels, unsigned scale,
                            const unsigned char *from, size_t width, unsigned char *to)
{
    unsigned mask = (1u << form->depth) - 1;
    unsigned char key[3];
    for (unsigned i = 0; i < 3; i++)
        key[i] = (unsigned char)((form->key[i] & mask) * scale);
    for (size_t i = width; i-- > 0;) {
        unsigned char pixel[4];
        memcpy(pixel, from + i * channels, channels);
        pixel[channels] = memcmp(pixel, key, channels) == 0 ? 0 : 255;
        memcpy(to + i * (channels + 1), pixel, channels + 1);
    }
}

static void add_alpha_shorts(const struct rst_png_form *form, unsigned channels, const unsigned char *row, size_t width,
                             uint16_t *to)
{
    for (size_t i = 0; i < width; i++, to += channels + 1) {
        unpack_shorts(row + i * channels * 2, channels, to);
        to[channels] = memcmp(to, form->key, channels * sizeof *to) == 0 ? 0 : UINT16_MAX;
    }
}

/* Likewise: colours and alpha take the place of an index. */
static void look_up(const struct rst_png_form *form, const unsigned char *from, size_t width, unsigned char *to)
{
    for (size_t i = width; i-- > 0;)
        memcpy(to + 4 * i, form->palette[from[i]], 4);
}

void rst_png_unpack(const struct rst_png_form *form, const unsigned char *row, size_t width, void *to)
{
    unsigned channels = rst_png_channels(form), scale = 1;
    if (form->depth == 16) {
        if (form->transparent)
            add_alpha_shorts(form, channels, row, width, to);
        else
            unpack_shorts(row, width * channels, to);
        return;
    }
    if (form->depth < 8) {
        if (form->color == RST_PNG_GRAY) scale = 255 / ((1u << form->depth) - 1);
        unpack_bits(row, form->depth, scale, width, to);
        row = to;
    }
    if (form->transparent && form->color == RST_PNG_PALETTE)
        look_up(form, row, width, to);
    else if (form->transparent)
        add_alpha_bytes(form, channels, scale, row, width, to);
}
