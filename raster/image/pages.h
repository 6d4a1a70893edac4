/* The pages behind a window of a raster: bringing them in before it is worked on, letting go of them after.
 *
 * A program that walks a large raster by itself keeps its memory in bounds with these; the executor does it for every
 * run that has a budget. Windows are clipped to the image, and take all bands. From any thread.
 *
 * On a raster in scratch, which is decoded or encoded, write_out has nothing to do; populate reserves the room for what
 * will be stored; and release gives back the decoded blocks whose last row lies in the window and that nobody holds:
 * they will be decoded again when they are needed.
 */
#ifndef RASTER_IMAGE_PAGES_H
#define RASTER_IMAGE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/image/raster.h"
#include "raster/image/view.h"

RST_BEGIN

/* Brings the pages of a window into memory, to be read (as rst_map_ensure) or (write) stored to, in few system calls.
 * An unreadable disk, a full one and a file that was cut off are errors here, and signals later. */
RST_API RST_MUST_USE enum rst_status rst_raster_populate(const struct rst_raster *raster, struct rst_rect window,
                                                         bool write, struct rst_error *err);

/* Starts reading a window from the disk, and returns at once. */
RST_API RST_MUST_USE enum rst_status rst_raster_foresee(const struct rst_raster *raster, struct rst_rect window,
                                                        struct rst_error *err);

/* Moves what a RST_PRIVATE raster has in a window to scratch in `directory` (NULL: $RASTER_TMPDIR, $TMPDIR, /tmp),
 * where edits take no memory; see rst_map_overlay(). Nothing to do on others. Before the first store to the window. */
RST_API RST_MUST_USE enum rst_status rst_raster_overlay(const struct rst_raster *raster, struct rst_rect window,
                                                        const char *directory, struct rst_error *err);

/* Lets go of a window: its pages do not count as resident any more. Nothing is lost, and touching them brings them
 * back. With edits in memory alone (RST_PRIVATE) there is nothing to do. */
RST_API RST_MUST_USE enum rst_status rst_raster_release(const struct rst_raster *raster, struct rst_rect window,
                                                        struct rst_error *err);

/* Starts the writing of what was stored in a window to the disk; with `finish`, waits for it, and lets go of it in the
 * page cache (release it first); of a raster that is only read, too. */
RST_API RST_MUST_USE enum rst_status rst_raster_write_out(const struct rst_raster *raster, struct rst_rect window,
                                                          bool finish, struct rst_error *err);

/* The most bytes that a window can make resident: its pages, and what comes with them. For a raster in scratch: the
 * pieces of scratch that its blocks lie in. */
RST_API uint64_t rst_raster_footprint(const struct rst_raster *raster, struct rst_rect window);

/* An upper estimate of the memory that decoding or encoding takes beside scratch, with so many threads, and with so
 * many blocks encoded or waiting to be written at a time (0: the default). 0 for a raster that is mapped. */
RST_API uint64_t rst_raster_coder_bytes(const struct rst_raster *raster, int threads, int ring);

/* True where the raster's file has holes, so that it is worth while to ask whether a window is blank. */
RST_API bool rst_raster_has_holes(const struct rst_raster *raster);

/* True where a window reads as zeros because its file has nothing there: all its pages lie in holes. */
RST_API bool rst_raster_is_blank(const struct rst_raster *raster, struct rst_rect window);

RST_END

#endif
