/* A TIFF to be: what its directory says, and the bytes of it. */
#ifndef CODECS_TIFF_SHEET_H
#define CODECS_TIFF_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tiffio.h>

#include "codecs/tiff/coding.h"
#include "raster/base/bytes.h"
#include "raster/image/layout.h"
#include "raster/image/meta.h"

#define RST_TIFF_CLASSIC_MOST UINT64_C(0xffff0000) /* bytes of a classic TIFF, whose offsets have 32 bits */

struct rst_tiff_sheet {
    struct rst_layout layout; /* blocks and their offsets as the directory lists them; strips not merged */
    uint64_t *sizes;          /* of compressed blocks, in the order of the offsets; NULL: reckoned; owned */
    struct rst_meta meta;     /* as the directory has them, but for the colours of coding.as_ycbcr */
    struct rst_tiff_coding coding;
    struct rst_bytes tables; /* what the blocks of a JPEG share */
    bool big;
    unsigned char *head; /* header and directory of a file that starts with them; owned */
    size_t head_size;
    uint64_t length; /* of such a file */
};

void rst_tiff_sheet_clear(struct rst_tiff_sheet *sheet);

/* Bytes of the samples of a block in this row of blocks: strips of the last row may be shorter. */
uint64_t rst_tiff_block_bytes(const struct rst_layout *layout, int64_t row);

/* An upper bound of the bytes of a directory of `count` blocks. */
uint64_t rst_tiff_directory_most(const struct rst_tiff_sheet *sheet, uint64_t count);

/* How libtiff is to open a new file of this kind: "w8b". `swapped`: not in this machine's byte order. */
const char *rst_tiff_write_mode(bool big, bool swapped);

/* Sets type and number of samples, compression, and the size of the image and of its blocks. */
bool rst_tiff_set_geometry(TIFF *handle, const struct rst_layout *layout, enum rst_compression compression);

/* Header and directory, as bytes. */
struct rst_tiff_directory {
    unsigned char header[16]; /* where the directory stands behind the pixels */
    size_t header_size;
    unsigned char *bytes; /* from `at` on; owned by the caller */
    size_t size;
};

/* Makes the directory that stands at `at`, which is even; with 0 it comes right after the header, which is part of its
 * bytes. `path` is for messages. */
enum rst_status rst_tiff_sheet_write(const struct rst_tiff_sheet *sheet, const char *path, uint64_t at,
                                     struct rst_tiff_directory *directory, struct rst_error *err);

#endif
