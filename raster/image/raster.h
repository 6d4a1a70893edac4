/* A raster: pixels of one type, in a mapping, found by a layout, with what the file says of them.
 *
 * Reading, and writing disjoint windows, may be done from several threads at once; commit and close need the caller to
 * keep others away. A raster belongs to the process that opened it.
 */
#ifndef RASTER_IMAGE_RASTER_H
#define RASTER_IMAGE_RASTER_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/image/border.h"
#include "raster/image/coder.h"
#include "raster/image/layout.h"
#include "raster/image/meta.h"
#include "raster/image/shape.h"
#include "raster/image/view.h"
#include "raster/map/map.h"
#include "raster/map/output.h"

RST_BEGIN

struct rst_raster;

/* What a raster is made of, for those who add a format. */
struct rst_raster_parts {
    const char *path;            /* for messages and rst_raster_path(); copied */
    const char *format;          /* "TIFF", "raw" ...: a literal that outlives the raster */
    struct rst_layout layout;    /* copied */
    const struct rst_meta *meta; /* copied; NULL: nothing known */
    struct rst_map *map;         /* of the whole file, or a patchwork where there is a coder; NULL: no pixels */
    struct rst_output *output;   /* where the file is new and not yet published; else NULL */
    const char *unmapped;        /* why pixels are not mapped as they are: "compressed (LZW)"; copied; else NULL */
    struct rst_decoder decoder;  /* fills `map`, which is a patchwork */
    struct rst_map *file;        /* the file that it reads, for its descriptor */
    struct rst_encoder encoder;  /* reads `map`, which is a patchwork, and makes the output */
    bool sparse;                 /* the output is mapped, and its pixels get space only as they are stored */
};

/* Decoders and encoders need `map` to be a patchwork of pieces of this size. */
#define RST_SCRATCH_PIECE (UINT64_C(2) << 20)

/* Takes map, output, file and the coders' states, on failure too, and proves the layout against the mapping's length.
 */
RST_API RST_MUST_USE enum rst_status rst_raster_new(struct rst_raster_parts *parts, struct rst_raster **out,
                                                    struct rst_error *err);

/* In-memory raster over zeroed scratch or anonymous memory: packed, RST_SHARED. Owned by the caller. */
RST_API RST_MUST_USE enum rst_status rst_raster_scratch(const struct rst_shape *shape, const char *directory,
                                                        struct rst_raster **out, struct rst_error *err);

/* A further new file that goes with an output, a header or a sidecar: published after it, discarded with it. Taken on
 * failure too. */
RST_API RST_MUST_USE enum rst_status rst_raster_attach(struct rst_raster *raster, struct rst_output *output,
                                                       struct rst_error *err);

/* Encodes what is not yet encoded, publishes a new output under its name, or writes a PRIVATE raster's edits back to
 * its file, or, for a SHARED one, flushes its pages to the disk. An output stays readable through the raster
 * afterwards, unless it is encoded. */
RST_API RST_MUST_USE enum rst_status rst_commit(struct rst_raster *raster, struct rst_error *err);

/* Frees all, discards what was not committed (an output's file is removed), sets *raster to NULL. Takes NULL. */
RST_API void rst_close(struct rst_raster **raster);

RST_API const char *rst_raster_path(const struct rst_raster *raster);
RST_API const char *rst_raster_format(const struct rst_raster *raster);
RST_API enum rst_mode rst_raster_mode(const struct rst_raster *raster);
RST_API const struct rst_layout *rst_raster_layout(const struct rst_raster *raster); /* borrowed */
RST_API const struct rst_meta *rst_raster_meta(const struct rst_raster *raster);     /* borrowed */
RST_API struct rst_map *rst_raster_map(const struct rst_raster *raster);             /* borrowed; NULL if unmapped */
RST_API bool rst_raster_is_output(const struct rst_raster *raster);                  /* new, and not yet published */

/* Bytes free in the file system that a new output will be in; UINT64_MAX where it does not say, and for all others. */
RST_API uint64_t rst_raster_space_free(const struct rst_raster *raster);

/* Bytes that the raster's file has, or will have once it is committed; 0 where that is not known: what is encoded is
 * as long as it gets, and a raster may have been opened for its headers alone. */
RST_API uint64_t rst_raster_file_bytes(const struct rst_raster *raster);

/* Why the pixels are not mapped as they are, or NULL where they are. Such a raster lies in scratch and is decoded or
 * encoded on the way, unless it has no pixels at all (rst_raster_map() is NULL: it was opened for its headers); then
 * block, view, read and write are RST_E_UNSUPPORTED. */
RST_API const char *rst_raster_unmapped(const struct rst_raster *raster);

/* What of the metadata the new file does not keep, in words; NULL where it keeps all. The format sets it (copied). */
RST_API const char *rst_raster_lost(const struct rst_raster *raster);
RST_API RST_MUST_USE enum rst_status rst_raster_set_lost(struct rst_raster *raster, const char *lost,
                                                         struct rst_error *err);

/* Size, type, nodata, alpha and palette as operations see them. */
RST_API struct rst_shape rst_raster_shape(const struct rst_raster *raster);

/* Replaces the nodata value (NULL: none) for this handle; the file is not changed. */
RST_API void rst_raster_set_nodata(struct rst_raster *raster, const union rst_sample *nodata);

/* How many bytes of memory a compressed raster may take for decoded blocks that nobody holds any more, in case they are
 * read again: beyond that, those that were read longest ago are given back. Blocks of rst_raster_block() and
 * rst_raster_view() are held, and do not count. A run sees to its input itself. The default is 256 MiB, or less where
 * the system has less than 1 GiB to spare. Nothing to do on other rasters. */
RST_API void rst_raster_set_cache(struct rst_raster *raster, uint64_t bytes);

/* True where both are handles of one file (device and inode), so that writing one changes the other. */
RST_API bool rst_raster_same_file(const struct rst_raster *a, const struct rst_raster *b);

/* The view of one block, clipped to the image; *origin (may be NULL) gets its place in the image. plane is 0 where
 * blocks hold all bands. A compressed block is decoded, and stays so until the raster is closed; so with
 * rst_raster_view(). Stores need SHARED or PRIVATE. RST_E_UNSUPPORTED for samples in foreign byte order, and for a
 * block not stored. */
RST_API RST_MUST_USE enum rst_status rst_raster_block(const struct rst_raster *raster, int32_t plane, int64_t column,
                                                      int64_t row, struct rst_view *view, struct rst_rect *origin,
                                                      struct rst_error *err);

/* The view of the whole image, where it is one block; otherwise RST_E_UNSUPPORTED. */
RST_API RST_MUST_USE enum rst_status rst_raster_view(const struct rst_raster *raster, struct rst_view *view,
                                                     struct rst_error *err);

/* Copies the window whose upper left pixel is (x, y) and whose size is that of `to` into `to`, which has the raster's
 * type and its number of bands, in this machine's byte order. The window may reach out of the image in any direction:
 * `border` (NULL: replicate) says what is seen there. */
RST_API RST_MUST_USE enum rst_status rst_raster_read(const struct rst_raster *raster, int64_t x, int64_t y,
                                                     const struct rst_border *border, const struct rst_view *to,
                                                     struct rst_error *err);

/* The same for some bands: `to` has `count` bands, from `band` on. */
RST_API RST_MUST_USE enum rst_status rst_raster_read_bands(const struct rst_raster *raster, int64_t x, int64_t y,
                                                           int32_t band, const struct rst_border *border,
                                                           const struct rst_view *to, struct rst_error *err);

/* Copies `from` into the image at (x, y), bands band ... band + from->bands - 1. The window must lie inside the image
 * (RST_E_ARGUMENT), the raster must not be READ (RST_E_READONLY). */
RST_API RST_MUST_USE enum rst_status rst_raster_write(struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                                      const struct rst_view *from, struct rst_error *err);

RST_END

#endif
