/* What a format is, to the rest of libraster_codecs: one row of the table in table.c.
 *
 * A codec finds its way in a file that is already mapped and locked (a source), or lays out a new one and leaves its
 * making to rst_new_file(). It knows nothing of other codecs.
 */
#ifndef CODECS_CODEC_H
#define CODECS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/codecs.h"

#define RST_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) /* this machine */

/* A file that is about to be opened: mapped whole, locked where the mode asks for it, its content not yet trusted. */
struct rst_source {
    const char *path;
    enum rst_mode mode;
    const struct rst_open_options *options; /* never NULL */
    struct rst_map *map; /* owned by the source: rst_raster_new() takes it through rst_source_raster() */
    unsigned char head[16];
    size_t head_size; /* less than 16 in a file that is shorter */
};

struct rst_codec {
    const char *name;       /* also rst_raster_format() of its rasters */
    const char *extensions; /* lower case, with a space between them */

    bool (*probe)(const struct rst_source *source);
    enum rst_status (*open)(struct rst_source *source, struct rst_raster **out, struct rst_error *err);
    enum rst_status (*count_pages)(const struct rst_source *source, int *count, struct rst_error *err); /* NULL: 1 */

    /* Shape and options are checked for what holds in every format; meta and options are never NULL. */
    enum rst_status (*create)(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err);
};

extern const struct rst_codec rst_codec_raw;
extern const struct rst_codec rst_codec_tiff;

/* Rows of the table from 0 on; NULL at the end. */
const struct rst_codec *rst_codec_at(int index);
/* By the extension of a path, in any case of letters; NULL where no format has it. */
const struct rst_codec *rst_codec_of_path(const char *path);
const struct rst_codec *rst_codec_of_name(const char *name);

/* The raster of a source, which gives up its mapping; with `unmapped` (the reason) it is closed and the raster has no
 * pixels. Refuses unmapped pixels unless options->headers_only. For a mode that writes, blocks that share bytes with
 * each other or with a reserved range are refused. The layout stays the caller's, and may be merged. */
struct rst_source_parts {
    const char *format;
    struct rst_layout *layout;
    const struct rst_meta *meta;
    const char *unmapped;
    const uint64_t (*reserved)[2]; /* first byte and length */
    size_t reserved_count;
    bool merge; /* strips that lie end to end may become one block */
};
enum rst_status rst_source_raster(struct rst_source *source, const struct rst_source_parts *parts,
                                  struct rst_raster **out, struct rst_error *err);

/* A new file of `length` zero bytes behind `head`, with its space reserved, mapped, under its temporary name. */
struct rst_new_file {
    const char *format;
    const struct rst_layout *layout;
    const struct rst_meta *meta;
    const void *head;
    size_t head_size;
    uint64_t length; /* of the whole file */
};
enum rst_status rst_new_file(const char *path, const struct rst_new_file *file,
                             const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err);

/* How the samples of a layout follow each other, as raw formats name it. */
enum rst_interleave rst_interleave_of(const struct rst_layout *layout);

#endif
