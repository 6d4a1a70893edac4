/* The executor's part in rasters over scratch: which cells must be there, which are not needed again, which are
 * finished. On rasters whose pixels are mapped as they are, all of it does nothing. Private to the library.
 */
#ifndef RASTER_IMAGE_HOLD_H
#define RASTER_IMAGE_HOLD_H

#include "raster/image/pages.h"
#include "raster/image/raster.h"

/* True where cells are decoded on need. */
bool rst_raster_is_lazy(const struct rst_raster *raster);
/* True where finished cells are encoded. */
bool rst_raster_is_coded(const struct rst_raster *raster);

/* True of a new file whose space is reserved as windows are written: there is no bare view of it, and its pages must
 * not be populated to be stored to. */
bool rst_raster_is_sparse_output(const struct rst_raster *raster);

/* Sees to it that a window (clipped to the image) of all bands is decoded, and keeps it so until rst_raster_unhold() of
 * the same window. Cells nobody decodes yet are decoded by the caller; for the others it waits. From any thread. */
enum rst_status rst_raster_hold(const struct rst_raster *raster, struct rst_rect window, struct rst_error *err);
void rst_raster_unhold(const struct rst_raster *raster, struct rst_rect window);

/* A stream that nobody decodes: its next cell above `row`, at most, is decoded ahead. *did: whether there was
 * something to do. */
enum rst_status rst_raster_decode_ahead(const struct rst_raster *raster, int64_t row, bool *did, struct rst_error *err);

/* Of the whole image, only `window` and `other` will be needed from here on: cells that touch neither count as not
 * decoded, and their scratch is given back once nobody holds them. rst_raster_keep_all() takes that back. */
void rst_raster_keep(const struct rst_raster *raster, struct rst_rect window, struct rst_rect other);
void rst_raster_keep_all(const struct rst_raster *raster);

/* rst_raster_read_bands() and rst_raster_write() of a window that is held, or has room, already. */
enum rst_status rst_raster_read_held(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                     const struct rst_view *to, struct rst_error *err);
enum rst_status rst_raster_write_held(struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                      const struct rst_view *from, struct rst_error *err);

/* The view of the whole image where it is one block, whether or not its cells are decoded. RST_E_UNSUPPORTED for a
 * sparse output. */
enum rst_status rst_raster_bare_view(const struct rst_raster *raster, struct rst_view *view, struct rst_error *err);

/* rst_raster_scratch() with no space behind it: for reckoning what a run will cost. */
enum rst_status rst_raster_scratch_rehearsed(const struct rst_shape *shape, const char *directory,
                                             struct rst_raster **out, struct rst_error *err);

/* Sees to it that a window of a raster that is encoded has space. */
enum rst_status rst_raster_room(struct rst_raster *raster, struct rst_rect window, struct rst_error *err);

/* Rows 0 ... rows - 1 of a raster that is encoded will not change any more, and of the rows from there to partly_rows
 * the columns left of partly_columns. */
void rst_raster_finish(struct rst_raster *raster, int64_t rows, int64_t partly_rows, int64_t partly_columns);

/* Bounds what coders and scratch hold beside the cells that are needed: at most `ring` cells are encoded, or wait to be
 * written, at a time (at least as many as there are threads, or some of them wait), and at most so many pieces of
 * scratch lie idle. 0: the defaults, 64 and 16, which are the most. */
void rst_raster_bound(struct rst_raster *raster, int ring, uint32_t idle_pieces);

/* Bytes of scratch in use, now and at most so far; idle pieces do not count. */
void rst_raster_scratch_use(const struct rst_raster *raster, uint64_t *now, uint64_t *most);

/* The cells of a raster in scratch, and what one takes there; false where there are none. */
struct rst_held_cells {
    int64_t width, height, columns;
    int32_t planes;
    int64_t context; /* rows above a cell that its encoder looks at */
    bool stream;
    uint64_t bytes;
};
bool rst_raster_cells(const struct rst_raster *raster, struct rst_held_cells *cells);

/* Bytes of samples that were decoded so far. */
uint64_t rst_raster_decoded(const struct rst_raster *raster);

/* Cells of a raster that is encoded, from the first whose scratch was not given back to the last that a window of the
 * image touches. */
int64_t rst_raster_open_cells(const struct rst_raster *raster, struct rst_rect window);

/* Encodes the next cell that is finished, if there is one: *did. From several threads at once. */
enum rst_status rst_raster_encode_next(struct rst_raster *raster, bool *did, struct rst_error *err);

/* True once every cell was taken by a thread (maybe still at it). */
bool rst_raster_all_taken(const struct rst_raster *raster);

#endif
