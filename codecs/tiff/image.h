/* What a directory of a TIFF says of its pixels, and what they are once they are decoded. */
#ifndef CODECS_TIFF_IMAGE_H
#define CODECS_TIFF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/tiff/file.h"
#include "codecs/tiff/samples.h"
#include "raster/base/type.h"

/* The fields that geometry depends on. */
struct rst_tiff_image {
    uint32_t width, height, depth;
    uint32_t block_width, block_height;
    uint16_t bands, bits, format, compression, photometric, planar, fill_order;
    uint16_t subsampling[2];
    bool tiled;
    bool to_rgb; /* decoding turns YCbCr into RGB */
};

enum { RST_TIFF_REASON_SIZE = 96 };

/* Reads them, and asks libtiff for samples that we have types for: of JPEG for RGB, of SGILog for floats. */
enum rst_status rst_tiff_image_read(const struct rst_tiff_file *file, struct rst_tiff_image *image,
                                    struct rst_error *err);
bool rst_tiff_image_same(const struct rst_tiff_image *a, const struct rst_tiff_image *b);

/* The type that holds a sample. */
enum rst_type rst_tiff_image_type(const struct rst_tiff_image *image);

/* True where each band has blocks of its own. */
bool rst_tiff_image_is_planar(const struct rst_tiff_image *image);

/* Why the pixels cannot be mapped as they are, in RST_TIFF_REASON_SIZE bytes, and how their samples come out of
 * libtiff: RST_TIFF_UNKNOWN where they cannot be decoded either. false where they can be mapped. */
bool rst_tiff_image_unmapped(const struct rst_tiff_image *image, char *reason, struct rst_tiff_samples *samples);

/* Where the tiles or strips are. In a file they are counted plane by plane, row by row, from left to right. */
struct rst_tiff_blocks {
    uint64_t columns, rows, planes, count;
    uint64_t *offsets; /* RST_NO_BLOCK where one is not stored; owned */
    uint64_t *bytes;   /* owned; NULL where they were not asked for */
};

/* Their number is checked against the file's length before memory is taken for them, where they are is not. Old-style
 * JPEG need not say where they are: both lists are NULL. */
enum rst_status rst_tiff_blocks_read(const struct rst_tiff_file *file, const struct rst_tiff_image *image,
                                     bool with_bytes, struct rst_tiff_blocks *blocks, struct rst_error *err);
void rst_tiff_blocks_clear(struct rst_tiff_blocks *blocks);

/* Makes libtiff read the lists of blocks, for file->touched. */
void rst_tiff_blocks_touch(const struct rst_tiff_file *file);

#endif
