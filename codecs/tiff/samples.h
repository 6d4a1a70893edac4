/* Samples that a TIFF does not hold as our types do: packed bits, triples of bytes, short floats, colours that share
 * their hue with their neighbours. */
#ifndef CODECS_TIFF_SAMPLES_H
#define CODECS_TIFF_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>
#include <tiffio.h>

#include "raster/base/status.h"
#include "raster/image/view.h"

/* How the samples of a decompressed block lie in it. */
enum rst_tiff_packing {
    RST_TIFF_UNKNOWN, /* we have no type for them */
    RST_TIFF_WHOLE,   /* as a type of ours */
    RST_TIFF_BITS,    /* integers of 1 to 31 bits, highest bit first; each row starts at a byte */
    RST_TIFF_TRIPLES, /* integers of three bytes, in this machine's order */
    RST_TIFF_HALVES,  /* floats of two bytes */
    RST_TIFF_FLOATS24,
    RST_TIFF_CLUSTERS /* YCbCr: the Ys of across x down pixels, then one Cb and one Cr for them */
};

struct rst_tiff_samples {
    enum rst_tiff_packing packing;
    uint16_t bits, bands; /* of a sample; in a pixel of the block */
    bool is_signed;
    uint16_t across, down;  /* pixels of a cluster, else 1 */
    TIFFYCbCrToRGB *colors; /* for clusters; owned; else NULL */
};

/* Bytes behind a block that rst_tiff_samples_unpack() may read. */
enum { RST_TIFF_SLACK = 8 };

/* Bytes of a decompressed block; false where they are too many to count. */
bool rst_tiff_samples_size(const struct rst_tiff_samples *samples, int64_t width, int64_t rows, uint64_t *bytes);

/* Readies the conversion of clusters, from what the handle's directory says of its colours. */
enum rst_status rst_tiff_samples_colors(struct rst_tiff_samples *samples, TIFF *handle, const char *path,
                                        struct rst_error *err);
void rst_tiff_samples_clear(struct rst_tiff_samples *samples);

/* Makes packed pixels of our type out of a block that is `width` pixels wide; `to` may be smaller than it. RGB out of
 * clusters. Not for RST_TIFF_WHOLE. */
void rst_tiff_samples_unpack(const struct rst_tiff_samples *samples, const unsigned char *from, int64_t width,
                             const struct rst_view *to);

#endif
