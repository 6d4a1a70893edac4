/* libraster_codecs: opening and creating rasters in files, whatever their format.
 *
 * rst_open() looks at the file's content (and, for raw, at what the caller says of it) and hands back a raster over a
 * mapping of the file itself or, where its pixels are compressed, over scratch into which they are decoded block by
 * block as they are needed. rst_create() lays out a new file, with its space reserved, under a temporary name; pixels
 * are then written in place, or, where they will be compressed, into scratch from which finished blocks are encoded.
 * rst_commit() gives the file its name.
 *
 * Formats: TIFF, PNG, ENVI, ESRI, NPY, PNM and PFM, raw. What each keeps of the metadata is told in codecs/README.md.
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
    int sub_image;             /* 0: the page itself; else its sub-image, from 1 on (SubIFDs of a TIFF) */
    const char *scratch_dir;   /* where compressed images are decoded to; NULL: $RASTER_TMPDIR, $TMPDIR, /tmp */
    bool no_lock;              /* RST_SHARED: do not take the exclusive lock */
    bool headers_only;         /* a raster without pixels will do: see rst_raster_unmapped() */
    bool rehearse;             /* nothing will be stored: holes of a RST_SHARED file do not get their space */
};

/* Opens a raster. RST_SHARED takes an exclusive lock on the file without waiting (RST_E_LOCKED where another holds
 * one), and is refused, like RST_PRIVATE, for a file whose blocks overlap each other or the directory (RST_E_FORMAT),
 * and for compressed pixels (RST_E_UNSUPPORTED). Pixels that cannot be decoded either are RST_E_UNSUPPORTED with the
 * reason, unless headers_only. What stands beside the file (a header, a world file, .aux.xml) is read with it. options
 * may be NULL. The caller closes *out. */
RST_API RST_MUST_USE enum rst_status rst_open(const char *path, enum rst_mode mode,
                                              const struct rst_open_options *options, struct rst_raster **out,
                                              struct rst_error *err);

/* Number of images in the file: directories of a TIFF, else 1. */
RST_API RST_MUST_USE enum rst_status rst_count_pages(const char *path, const struct rst_open_options *options,
                                                     int *count, struct rst_error *err);

enum rst_compression {
    RST_COMPRESSION_DEFAULT, /* the format's: none for TIFF, deflate for PNG */
    RST_COMPRESSION_NONE,
    RST_COMPRESSION_PACKBITS,
    RST_COMPRESSION_LZW,
    RST_COMPRESSION_DEFLATE,
    RST_COMPRESSION_ZSTD,
    RST_COMPRESSION_LZMA,
    RST_COMPRESSION_JPEG,
    RST_COMPRESSION_WEBP,
    RST_COMPRESSION_LERC,
    RST_COMPRESSION_COUNT
};

/* "deflate" and so on; NULL for what is none. Parsing takes the same words, and "same" is for the caller to handle. */
RST_API const char *rst_compression_name(enum rst_compression compression);
RST_API bool rst_compression_parse(const char *name, enum rst_compression *compression);

enum rst_predictor { RST_PREDICTOR_AUTO, RST_PREDICTOR_NONE, RST_PREDICTOR_HORIZONTAL, RST_PREDICTOR_FLOAT };
enum rst_byte_order { RST_ORDER_NATIVE, RST_ORDER_LITTLE, RST_ORDER_BIG };
enum rst_big_tiff { RST_BIG_TIFF_AUTO, RST_BIG_TIFF_NEVER, RST_BIG_TIFF_ALWAYS };
enum rst_sidecar {
    RST_SIDECAR_NONE,
    RST_SIDECAR_AUX,   /* GDAL's OUT.aux.xml, where something would be lost without */
    RST_SIDECAR_VRT,   /* OUT.vrt beside a raw file: GDAL opens the pixels through it */
    RST_SIDECAR_WORLD, /* a world file (.tfw .pgw ...), and .prj with the coordinate system */
    RST_SIDECAR_ENVI,  /* beside raw: OUT.hdr of ENVI */
    RST_SIDECAR_ESRI   /* beside raw: OUT.hdr of ESRI, and .blw */
};

struct rst_create_options {
    bool overwrite;                  /* replace an existing file */
    bool sync;                       /* on commit, wait until the disk has it */
    int64_t tile_width, tile_height; /* TIFF: tiles, multiples of 16; 0: strips, or as in `like` */
    int64_t strip_rows;              /* TIFF: rows per strip (JPEG rounds up to 16); 0: chosen, or as in `like` */
    bool planar;                     /* one plane per band (TIFF planar, raw bsq) */
    const struct rst_raw *raw;       /* write raw; of it only interleave, byte order and offset count */
    const struct rst_rect *window;   /* rst_create_like(): the part of the result to make room for */
    const char *format;              /* name of a format; NULL: by the extension */
    const char *scratch_dir;         /* where compressed images grow; NULL: $RASTER_TMPDIR, $TMPDIR, /tmp */
    enum rst_compression compression;
    int level;                      /* of deflate 1-12, zstd 1-22, lzma 1-9; 0: the codec's own */
    int quality;                    /* of JPEG and lossy WebP, 1-100; 0: 75, WebP lossless */
    double max_error;               /* of LERC, in units of the samples; 0: lossless */
    enum rst_predictor predictor;   /* for LZW, deflate, zstd and lzma */
    enum rst_byte_order byte_order; /* TIFF, NPY, PFM, raw */
    enum rst_big_tiff big_tiff;
    enum rst_sidecar sidecar;
    bool sparse; /* reserve space for what is stored alone: parts that are zero stay holes of the file. A raster that is
                    mapped; others are refused */
    bool rehearse; /* make no file: the raster is for rst_run_cost() alone, takes no space, and cannot be committed */
    bool chunky;   /* not planar, where `in` of rst_create_like() is */
};

/* Makes a new file of the given shape, its pixels zero. The format is options->format, raw with options->raw, or else
 * follows the extension. meta may be NULL; what of it is kept nowhere is told by rst_raster_lost(). A TIFF is a BigTIFF
 * where it might not fit 4 GiB. An option that does not go with the format is refused (RST_E_ARGUMENT). The caller
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

/* Changes to what a file says of its pixels. NULL and zero: leave it. Keys are those of items of the whole image,
 * "Description", and "band.N.name" (bands counted from 1); taking off "STATISTICS" takes off all STATISTICS_*, those
 * of bands too. */
struct rst_edit {
    const char *nodata;       /* a number, or "none" */
    int epsg;                 /* code; -1: remove the coordinate system */
    const double *transform;  /* six numbers, as rst_geo_transform() has them */
    const char *const *set;   /* pairs: key, value */
    size_t set_count;         /* of pairs */
    const char *const *unset; /* keys */
    size_t unset_count;
    bool rehearse; /* make all checks, and no change */
};

/* Changes metadata of a file where it lies, and no pixel; RST_E_UNSUPPORTED where its format cannot. The file is as it
 * was where it fails. Takes an exclusive lock. */
RST_API RST_MUST_USE enum rst_status rst_edit(const char *path, int page, const struct rst_edit *edit,
                                              struct rst_error *err);

/* Compressions of a format that this build writes (`written`) or reads, as bits 1 << enum rst_compression; uncompressed
 * pixels are RST_COMPRESSION_NONE. 0 for what is not written, and for a name that is no format's. */
RST_API unsigned rst_format_compressions(const char *format, bool written);

/* The table of formats, for help texts: index from 0, name and extensions are NULL at the end. */
RST_API const char *rst_format_name(int index);
RST_API const char *rst_format_extensions(int index);
/* What pixels it takes and what is not read, in one line; NULL where there is nothing to tell. */
RST_API const char *rst_format_notes(int index);
/* Whether rst_edit() knows it. */
RST_API bool rst_format_edits(int index);

RST_END

#endif
