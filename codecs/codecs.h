/* libraster_codecs: opening and creating rasters in files, whatever their format.
 *
 * rst_open() looks at the file's content (and, for raw, at what the caller says of it) and hands back a raster over a
 * mapping of the file itself. rst_create() lays out a new file, with its space reserved, under a temporary name; pixels
 * are then written in place, and rst_commit() gives it its name.
 *
 * Formats: uncompressed TIFF and BigTIFF (strips and tiles, chunky and planar, both byte orders), raw.
 */
#ifndef CODECS_CODECS_H
#define CODECS_CODECS_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/image/raster.h"
#include "raster/sweep/pipeline.h"

RST_BEGIN

/* What a raw file holds. Text form: WxHxB:type[,bip|bil|bsq][,be|le][,offset=N], e.g.
 * "16384x16384x3:u8,bsq,offset=512". */
enum rst_interleave { RST_BIP, RST_BIL, RST_BSQ };

struct rst_raw {
    int64_t width, height;
    int32_t bands;
    enum rst_type type;
    enum rst_interleave interleave;
    bool big_endian;
    uint64_t offset; /* bytes before the first sample */
};

/* RST_E_ARGUMENT names the part of the text that is wrong. Byte order is this machine's unless told. */
RST_API RST_MUST_USE enum rst_status rst_raw_parse(const char *text, struct rst_raw *raw, struct rst_error *err);

struct rst_open_options {
    const struct rst_raw *raw; /* the file is raw, and holds this; NULL: look */
    int page;                  /* image in the file, from 0 on (pages of a TIFF) */
    bool no_lock;              /* RST_SHARED: do not take the exclusive lock */
    bool headers_only;         /* a raster without pixels will do: see rst_raster_unmapped() */
};

/* Opens a raster. RST_SHARED takes an exclusive lock on the file without waiting (RST_E_LOCKED where another holds
 * one), and is refused, like RST_PRIVATE, for a file whose blocks overlap each other or the directory (RST_E_FORMAT). A
 * file whose pixels cannot be mapped is RST_E_UNSUPPORTED with the reason, unless headers_only. options may be NULL.
 * The caller closes *out. */
RST_API RST_MUST_USE enum rst_status rst_open(const char *path, enum rst_mode mode,
                                              const struct rst_open_options *options, struct rst_raster **out,
                                              struct rst_error *err);

/* Number of images in the file: directories of a TIFF, else 1. */
RST_API RST_MUST_USE enum rst_status rst_count_pages(const char *path, const struct rst_open_options *options,
                                                     int *count, struct rst_error *err);

struct rst_create_options {
    bool overwrite;                  /* replace an existing file */
    bool sync;                       /* on commit, wait until the disk has it */
    int64_t tile_width, tile_height; /* TIFF: tiles, multiples of 16; 0: strips, or as in `like` */
    int64_t strip_rows;              /* TIFF: rows per strip; 0: chosen, or as in `like` */
    bool planar;                     /* one plane per band (TIFF planar, raw bsq) */
    const struct rst_raw *raw;       /* write raw; of it only interleave, byte order and offset count */
    const struct rst_rect *window;   /* rst_create_like(): the part of the result to make room for */
};

/* Makes a new file of the given shape, its pixels zero. The format follows the extension (.tif .tiff .btf; .raw .bin
 * .dat .img for raw), or options->raw. meta may be NULL. A TIFF is a BigTIFF where it would not fit 4 GiB. The caller
 * commits and closes. */
RST_API RST_MUST_USE enum rst_status rst_create(const char *path, const struct rst_shape *shape,
                                                const struct rst_meta *meta, const struct rst_create_options *options,
                                                struct rst_raster **out, struct rst_error *err);

/* Makes the file that the pipeline's result for `in` needs (NULL: a copy of `in`): its shape, metadata, and, where
 * options do not say otherwise, the layout of `in`. An output of a raw input that has no extension of a format is raw.
 */
RST_API RST_MUST_USE enum rst_status rst_create_like(const char *path, const struct rst_raster *in,
                                                     const struct rst_pipeline *pipeline,
                                                     const struct rst_create_options *options, struct rst_raster **out,
                                                     struct rst_error *err);

/* The table of formats, for help texts: name, extensions; index from 0, NULL at the end. */
RST_API const char *rst_format_name(int index);
RST_API const char *rst_format_extensions(int index);

RST_END

#endif
