/* What a PNG says of itself beside its pixels, as a struct rst_meta, and back. */
#ifndef CODECS_PNG_META_H
#define CODECS_PNG_META_H

#include "codecs/png/chunk.h"
#include "codecs/png/form.h"
#include "codecs/png/libpng.h"
#include "raster/image/meta.h"
#include "raster/image/shape.h"

/* Reading. Zeroed at the start. */
struct rst_png_meta_reader {
    struct rst_png_lib lib; /* IHDR, PLTE and tRNS can be asked of it once they were read */
    const struct rst_png_file *file;
    struct rst_meta *meta;
    struct rst_png_chunk chunk; /* the last one */
    struct rst_bytes data;      /* all bytes of it; owned */
    size_t taken;               /* bytes of metadata so far */
    unsigned seen;              /* types that there may be one chunk of, as bits */
    struct rst_error *err;
};

/* `meta` is empty at the start, and is the caller's on success and on failure. To be closed after a failure, too. */
enum rst_status rst_png_meta_open(struct rst_png_meta_reader *reader, const struct rst_png_file *file,
                                  struct rst_meta *meta, struct rst_error *err);
void rst_png_meta_close(struct rst_png_meta_reader *reader);

/* Takes a chunk, of any type but IDAT and IEND; IHDR first. One that may be missing, is damaged, or breaks the rules of
 * its type, counts as absent. Fails where one that may not is so, where memory, or the file's bytes, cannot be had, and
 * where there is more than anybody should want to keep. */
enum rst_status rst_png_meta_read(struct rst_png_meta_reader *reader, const struct rst_png_chunk *chunk,
                                  struct rst_error *err);

/* After the last chunk: what the samples mean. */
enum rst_status rst_png_meta_end(struct rst_png_meta_reader *reader, const struct rst_png_form *form,
                                 struct rst_error *err);

/* Writing: appends what stands before the first IDAT chunk, from the signature on, for an image of this shape. What a
 * PNG cannot say is left out: see rst_png_keeps(). `path` is for messages. */
enum rst_status rst_png_meta_write(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                   struct rst_bytes *to, struct rst_error *err);

/* Colours of the palette that goes with the image: 0 where it has none. */
int rst_png_palette_count(const struct rst_shape *shape, const struct rst_meta *meta);

/* The metadata of an image of this shape that a PNG keeps, as enum rst_meta_field. */
unsigned rst_png_keeps(const struct rst_shape *shape, const struct rst_meta *meta);

#endif
