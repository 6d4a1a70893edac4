/* Unpacking samples, row by row.
 *
 * Bits are taken out of words of 64 bits that start at the byte of a sample's first bit: that is why a few bytes behind
 * the block are read. A short float has fewer bits of exponent and mantissa than an f32: moved to its place in one, it
 * is the same number but for the power of two by which the biases differ, which a multiplication makes up for, and
 * exactly, as it does for numbers that the short form has as denormal ones.
 */
#include "codecs/tiff/samples.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"

static uint64_t bits_of_row(const struct rst_tiff_samples *samples, int64_t width)
{
    return (uint64_t)width * samples->bands * samples->bits; /* 2^32 x 2^16 x 2^5 at most */
}

bool rst_tiff_samples_size(const struct rst_tiff_samples *samples, int64_t width, int64_t rows, uint64_t *bytes)
{
    if (samples->packing != RST_TIFF_CLUSTERS)
        return rst_mul(bits_of_row(samples, width) / 8 + (bits_of_row(samples, width) % 8 != 0), (uint64_t)rows, bytes);
    uint64_t across = ((uint64_t)width - 1) / samples->across + 1, down = ((uint64_t)rows - 1) / samples->down + 1;
    return rst_mul(across, down, bytes) && rst_mul(*bytes, (uint64_t)samples->across * samples->down + 2, bytes);
}

/* The tables of the conversion are made by libtiff, behind the struct itself: 256 entries for each of six tables, three
 * times that for the one that clamps. */
enum rst_status rst_tiff_samples_colors(struct rst_tiff_samples *samples, TIFF *handle, const char *path,
                                        struct rst_error *err)
{
    enum { ENTRIES = 16 * 256, LIMIT = 1 << 24 };
    float *luma = NULL, *range = NULL;
    TIFFGetFieldDefaulted(handle, TIFFTAG_YCBCRCOEFFICIENTS, &luma);
    TIFFGetFieldDefaulted(handle, TIFFTAG_REFERENCEBLACKWHITE, &range);
    bool usable = luma && range;
    for (int i = 0; usable && i < 6; i++)
        usable = isfinite(range[i]) && fabsf(range[i]) < LIMIT && (i >= 3 || (isfinite(luma[i]) && luma[i] != 0));
    if (!usable) return rst_fail(err, RST_E_FORMAT, "%s: its YCbCr colours are made by no usable rule", path);
    samples->colors = calloc(1, sizeof *samples->colors + ENTRIES * sizeof(int32_t));
    if (!samples->colors) return rst_fail(err, RST_E_NOMEM, "%s: no memory to convert its colours", path);
    if (TIFFYCbCrToRGBInit(samples->colors, luma, range) == 0) return RST_OK;
    return rst_fail(err, RST_E_FORMAT, "%s: its YCbCr colours cannot be converted", path);
}

void rst_tiff_samples_clear(struct rst_tiff_samples *samples)
{
    free(samples->colors);
    samples->colors = NULL;
}

static uint64_t word_at(const unsigned char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The next number of `bits` bits after the first `at` ones. */
static uint32_t bits_at(const unsigned char *from, uint64_t at, unsigned bits, bool is_signed)
{
    uint64_t word = word_at(from + at / 8) << at % 8;
    return is_signed ? (uint32_t)((int64_t)word >> (64 - bits)) : (uint32_t)(word >> (64 - bits));
}

static void unpack_bits(const struct rst_tiff_samples *samples, const unsigned char *from, uint64_t count, void *to,
                        size_t size)
{
    unsigned bits = samples->bits;
    bool is_signed = samples->is_signed;
    uint8_t *bytes = to;
    uint16_t *shorts = to;
    uint32_t *longs = to;
    if (size == 1)
        for (uint64_t i = 0; i < count; i++)
            bytes[i] = (uint8_t)bits_at(from, i * bits, bits, is_signed);
    else if (size == 2)
        for (uint64_t i = 0; i < count; i++)
            shorts[i] = (uint16_t)bits_at(from, i * bits, bits, is_signed);
    else
        for (uint64_t i = 0; i < count; i++)
            longs[i] = bits_at(from, i * bits, bits, is_signed);
}

static uint32_t triple_at(const unsigned char *from)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16;
#else
    return from[2] | (uint32_t)from[1] << 8 | (uint32_t)from[0] << 16;
#endif
}

static void unpack_triples(bool is_signed, const unsigned char *from, uint64_t count, uint32_t *to)
{
    uint32_t sign = is_signed ? 0x800000 : 0;
    for (uint64_t i = 0; i < count; i++)
        to[i] = (triple_at(from + 3 * i) ^ sign) - sign;
}

/* A float of 1 sign bit, `exponent` and `mantissa` bits. */
static float short_float(uint32_t raw, unsigned exponent, unsigned mantissa)
{
    enum { MANTISSA = 23, BIAS = 127, SPECIAL = 0xff << MANTISSA };
    uint32_t magnitude = raw & ((1u << (exponent + mantissa)) - 1), most = (1u << exponent) - 1;
    uint32_t bits = magnitude << (MANTISSA - mantissa), scale_bits;
    float value, scale;
    scale_bits = (uint32_t)(2 * BIAS - (int)(most >> 1)) << MANTISSA;
    memcpy(&value, &bits, sizeof value);
    memcpy(&scale, &scale_bits, sizeof scale);
    value *= scale;
    memcpy(&bits, &value, sizeof bits);
    if (magnitude >> mantissa == most) bits |= SPECIAL;
    bits |= raw >> (exponent + mantissa) << 31;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void unpack_halves(const unsigned char *from, uint64_t count, float *to)
{
    for (uint64_t i = 0; i < count; i++) {
        uint16_t raw;
        memcpy(&raw, from + 2 * i, sizeof raw);
        to[i] = short_float(raw, 5, 10);
    }
}

static void unpack_floats24(const unsigned char *from, uint64_t count, float *to)
{
    for (uint64_t i = 0; i < count; i++)
        to[i] = short_float(triple_at(from + 3 * i), 7, 16);
}

static void unpack_cluster(const struct rst_tiff_samples *samples, const unsigned char *from, int64_t left, int64_t top,
                           const struct rst_view *to)
{
    const unsigned char *hue = from + (size_t)samples->across * samples->down;
    for (int64_t y = top; y < top + samples->down; y++)
        for (int64_t x = left; x < left + samples->across; x++, from++) {
            uint32_t red, green, blue;
            if (x >= to->width || y >= to->height) continue;
            unsigned char *pixel = rst_view_at(to, x, y, 0);
            TIFFYCbCrtoRGB(samples->colors, *from, hue[0], hue[1], &red, &green, &blue);
            pixel[0] = (unsigned char)red;
            pixel[to->band_stride] = (unsigned char)green;
            pixel[2 * to->band_stride] = (unsigned char)blue;
        }
}

static void unpack_clusters(const struct rst_tiff_samples *samples, const unsigned char *from, int64_t width,
                            const struct rst_view *to)
{
    int64_t size = (int64_t)samples->across * samples->down + 2, row = ((width - 1) / samples->across + 1) * size;
    for (int64_t y = 0; y < to->height; y += samples->down, from += row)
        for (int64_t x = 0, i = 0; x < to->width; x += samples->across, i++)
            unpack_cluster(samples, from + i * size, x, y, to);
}

void rst_tiff_samples_unpack(const struct rst_tiff_samples *samples, const unsigned char *from, int64_t width,
                             const struct rst_view *to)
{
    if (samples->packing == RST_TIFF_CLUSTERS) {
        unpack_clusters(samples, from, width, to);
        return;
    }
    uint64_t bits = bits_of_row(samples, width), count = (uint64_t)to->width * samples->bands;
    size_t size = rst_type_size(to->type);
    assert(to->bands == samples->bands && to->pixel_stride == (ptrdiff_t)(size * samples->bands));
    uint64_t row_bytes = bits / 8 + (bits % 8 != 0);
    for (int64_t y = 0; y < to->height; y++, from += row_bytes) {
        void *row = rst_view_at(to, 0, y, 0);
        if (samples->packing == RST_TIFF_BITS) unpack_bits(samples, from, count, row, size);
        if (samples->packing == RST_TIFF_TRIPLES) unpack_triples(samples->is_signed, from, count, row);
        if (samples->packing == RST_TIFF_HALVES) unpack_halves(from, count, row);
        if (samples->packing == RST_TIFF_FLOATS24) unpack_floats24(from, count, row);
    }
}
