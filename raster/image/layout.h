/* A layout: where in its file every sample of a raster lies.
 *
 * A raster is a grid of equal blocks, each found by the file offset of its first sample. A raw file, or a TIFF whose
 * strips lie end to end, is a grid of one block; a tiled TIFF has many. With planes == 1 a block holds all bands, with
 * planes == bands it holds one. Blocks of the last column and row may reach beyond the image; `tail` says whether their
 * padding is stored.
 */
#ifndef RASTER_IMAGE_LAYOUT_H
#define RASTER_IMAGE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/base/type.h"

RST_BEGIN

#define RST_MAX_SIDE (INT64_C(1) << 40)
#define RST_MAX_BANDS 65535
#define RST_NO_BLOCK                                                                                                   \
    UINT64_MAX /* a block that is not stored (sparse TIFF): reads as nodata, else 0; cannot be written */

struct rst_layout {
    enum rst_type type;
    int32_t bands;
    int64_t width, height;
    int64_t block_width, block_height; /* pixels */
    int32_t planes;                    /* 1, or bands */
    bool tail;    /* blocks at the right and lower edge are stored whole (TIFF tiles are, strips are not) */
    bool swapped; /* samples are in the other byte order than this machine's */
    ptrdiff_t pixel_stride, row_stride, band_stride; /* inside a block, in bytes; negative where rows go upwards */
    int64_t strip_rows; /* rows per strip as the format told, 0 where it has none; for output "like" this one */
    uint64_t *offsets;  /* of the sample at column 0, row 0, band 0: [plane][block row][block column]; owned */
};

/* Number of block columns and rows of the grid. */
RST_API int64_t rst_layout_columns(const struct rst_layout *layout);
RST_API int64_t rst_layout_rows(const struct rst_layout *layout);

/* Deep copy and free; clear zeroes. */
RST_API RST_MUST_USE enum rst_status rst_layout_copy(struct rst_layout *to, const struct rst_layout *from,
                                                     struct rst_error *err);
RST_API void rst_layout_clear(struct rst_layout *layout);

/* Checks sides, bands, strides and the number of blocks, and every block's range against [0, file_length): `path` is
 * for the message, which names the block and both numbers (RST_E_TRUNCATED), or what is wrong (RST_E_FORMAT). Samples
 * of a block may not overlap. Where offsets is NULL (pixels that cannot be mapped) only sides, bands and type count. */
RST_API RST_MUST_USE enum rst_status rst_layout_check(const struct rst_layout *layout, uint64_t file_length,
                                                      const char *path, struct rst_error *err);

/* RST_E_FORMAT, with both places, where two blocks share bytes, or a block shares bytes with one of `count` reserved
 * ranges (pairs of first byte and length): such a file may be read, not written. */
RST_API RST_MUST_USE enum rst_status rst_layout_check_disjoint(const struct rst_layout *layout,
                                                               const uint64_t (*reserved)[2], size_t count,
                                                               const char *path, struct rst_error *err);

/* Gives a layout without offsets some: its blocks end to end, in a file (or scratch) of *length bytes. The caller
 * clears the layout, on failure too. RST_E_UNSUPPORTED where no file is that long; `path` is for the message. */
RST_API RST_MUST_USE enum rst_status rst_layout_place(struct rst_layout *layout, const char *path, uint64_t *length,
                                                      struct rst_error *err);

/* Makes one block of a column of chunky strips that lie end to end, and one planar block of planes of such strips a
 * fixed distance apart. Leaves any other layout as it is. */
RST_API void rst_layout_merge(struct rst_layout *layout);

RST_END

#endif
