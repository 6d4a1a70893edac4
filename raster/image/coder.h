/* Coders: how pixels get out of, and into, a file that does not hold them as they are.
 *
 * Such a raster lies in scratch, and its image is cut into cells: the tiles or strips of a TIFF, bands of rows of a
 * PNG. A cell is decoded when it is first needed, and encoded when it is finished. A codec says how one cell is coded;
 * this folder decides when, by which thread, and sees to it that no two threads work on one cell.
 *
 * Cells come in the order of the file: row of cells by row of cells; in a row plane by plane; in a plane from left to
 * right.
 */
#ifndef RASTER_IMAGE_CODER_H
#define RASTER_IMAGE_CODER_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/bytes.h"
#include "raster/base/status.h"
#include "raster/image/view.h"

RST_BEGIN

/* Cells of equal size; those of the last column and row may reach beyond the image. planes is 1, or the number of
 * bands where each has cells of its own. */
struct rst_cells {
    int64_t width, height;
    int32_t planes;
};

struct rst_cell {
    int64_t column, row;
    int32_t plane;
};

/* Decoding. `state` is what the codec knows of the file, shared by all threads and not changed by them; a worker is
 * what one thread at a time needs beside it: a libtiff handle, a stream, buffers. Workers are kept for later cells, by
 * any thread. NULL for start and stop: no worker. */
struct rst_decoder_class {
    enum rst_status (*start)(void *state, void **worker, struct rst_error *err);
    void (*stop)(void *worker);

    /* Fills `to`: the cell's samples in scratch, its part inside the image, all bands or those of one plane, zeroed or
     * with older content. Where the layout stores blocks whole (`tail`), the padding behind each row and the rows below
     * may be written too. The error names the file and the cell. */
    enum rst_status (*decode)(void *state, void *worker, struct rst_cell cell, const struct rst_view *to,
                              struct rst_error *err);

    /* A stream: cells are decoded by one thread at a time, with one worker, in their order. A cell nobody needs is
     * passed over: decode() gets `to` NULL. For a cell before the last one the worker is stopped and a new one
     * started. */
    bool stream;

    void (*close)(void *state); /* frees it; after all workers */

    /* Bytes of memory that a worker, and decode() at work, take at most. NULL: nothing to speak of. */
    uint64_t (*worker_bytes)(const void *state);
};

struct rst_decoder {
    const struct rst_decoder_class *kind; /* NULL: there is none */
    void *state;
    struct rst_cells cells;
};

/* Encoding. The same of state and workers. */
struct rst_encoder_class {
    /* Called once, before any cell: the new file, empty, open for reading and writing; not the encoder's to close. */
    enum rst_status (*begin)(void *state, int descriptor, struct rst_error *err);

    enum rst_status (*start)(void *state, void **worker, struct rst_error *err);
    void (*stop)(void *worker);

    /* Appends to `out` what the file is to hold of the cell, whatever the other cells are. From several threads at
     * once. `from` is the cell's part inside the image; where the layout stores blocks whole, the padding may be
     * changed. Up to `context` rows above the cell, where the image has them, are still there to be read (at negative
     * rows of `from`), and are not changed any more. */
    enum rst_status (*encode)(void *state, void *worker, struct rst_cell cell, const struct rst_view *from,
                              struct rst_bytes *out, struct rst_error *err);
    int64_t context;

    /* Puts the bytes of a cell into the file. Cells come in their order, by one thread at a time. */
    enum rst_status (*append)(void *state, struct rst_cell cell, const void *bytes, size_t size, struct rst_error *err);

    /* Called once, after the last cell: the file is complete after it. */
    enum rst_status (*finish)(void *state, struct rst_error *err);

    void (*close)(void *state); /* frees it; after all workers, whether the file was finished or not */

    /* Bytes of memory that a worker, and encode() at work, take at most. NULL: nothing to speak of. */
    uint64_t (*worker_bytes)(const void *state);

    /* Bytes that encode() makes of a cell at most. NULL: not more than the cell has in scratch. */
    uint64_t (*most)(const void *state);
};

struct rst_encoder {
    const struct rst_encoder_class *kind; /* NULL: there is none */
    void *state;
    struct rst_cells cells;
};

RST_END

#endif
