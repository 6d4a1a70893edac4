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
    const char *notes;      /* one line for lists: what pixels it takes, what is not read; NULL: nothing to tell */

    bool (*probe)(const struct rst_source *source);
    enum rst_status (*open)(struct rst_source *source, struct rst_raster **out, struct rst_error *err);
    enum rst_status (*count_pages)(const struct rst_source *source, int *count, struct rst_error *err); /* NULL: 1 */

    /* What a file of this shape could keep of the metadata, as enum rst_meta_field. NULL: nothing. */
    unsigned (*keeps)(const struct rst_shape *shape, const struct rst_meta *meta);

    /* Bits 1 << enum rst_compression that this build reads or writes. NULL: none but RST_COMPRESSION_NONE. */
    unsigned (*compressions)(bool written);

    /* Changes metadata in the file, and no pixel. The file is as before where it fails. NULL: it cannot. */
    enum rst_status (*edit)(const char *path, int page, const struct rst_edit *edit, struct rst_error *err);

    /* Shape and options are checked for what holds in every format; meta and options are never NULL. */
    enum rst_status (*create)(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err);
};

extern const struct rst_codec rst_codec_envi;
extern const struct rst_codec rst_codec_esri;
extern const struct rst_codec rst_codec_npy;
extern const struct rst_codec rst_codec_pfm;
extern const struct rst_codec rst_codec_png;
extern const struct rst_codec rst_codec_pnm;
extern const struct rst_codec rst_codec_raw;
extern const struct rst_codec rst_codec_tiff;

/* Rows of the table from 0 on; NULL at the end. */
const struct rst_codec *rst_codec_at(int index);
/* By the extension of a path, in any case of letters; NULL where no format has it. */
const struct rst_codec *rst_codec_of_path(const char *path);
const struct rst_codec *rst_codec_of_name(const char *name);

/* The raster of a source, which gives up its mapping. With `unmapped` (the reason) pixels come from the decoder: the
 * layout has no offsets, and its blocks are laid end to end in scratch; for headers_only there is neither. Without a
 * decoder it has no pixels, and is refused unless headers_only. Compressed pixels are refused for a mode that writes.
 * Takes the decoder's state, on failure too. For a mode that writes, blocks that share bytes with each other or with a
 * reserved range are refused. The layout stays the caller's, and may be merged. */
struct rst_source_parts {
    const char *format;
    struct rst_layout *layout;
    const struct rst_meta *meta;
    const char *unmapped;
    struct rst_decoder decoder;
    const uint64_t (*reserved)[2]; /* first byte and length */
    size_t reserved_count;
    bool merge; /* strips that lie end to end may become one block */
};
enum rst_status rst_source_raster(struct rst_source *source, const struct rst_source_parts *parts,
                                  struct rst_raster **out, struct rst_error *err);

/* rst_source_raster() of what is not mapped as it is. */
enum rst_status rst_coded_raster(struct rst_source *source, const struct rst_source_parts *parts,
                                 struct rst_raster **out, struct rst_error *err);

/* A new file of `length` zero bytes behind `head`, with its space reserved (unless the options say sparse), mapped,
 * under its temporary name. */
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

/* A new file that is encoded: the layout has no offsets, its blocks are laid end to end in scratch. Takes the encoder's
 * state, on failure too; calls its begin(). */
struct rst_coded_file {
    const char *format;
    const char *how;                 /* "deflate": for rst_raster_unmapped(), as "compressed (deflate)" */
    const struct rst_layout *layout; /* offsets NULL */
    const struct rst_meta *meta;
    struct rst_encoder encoder;
};
enum rst_status rst_new_coded_file(const char *path, const struct rst_coded_file *file,
                                   const struct rst_create_options *options, struct rst_raster **out,
                                   struct rst_error *err);

/* A small file beside the raster (a header, a world file), published and discarded with it. It replaces an older one,
 * whatever the options say of that. */
enum rst_status rst_attach_file(struct rst_raster *raster, const char *path, const void *bytes, size_t size,
                                const struct rst_create_options *options, struct rst_error *err);

/* How the samples of a layout follow each other, as raw formats name it. */
enum rst_interleave rst_interleave_of(const struct rst_layout *layout);

#endif
