/* How the pixels of a new TIFF are compressed: what was asked for, checked, and as libtiff's tags. */
#ifndef CODECS_TIFF_CODING_H
#define CODECS_TIFF_CODING_H

#include <stdbool.h>
#include <stdint.h>
#include <tiffio.h>

#include "codecs/codecs.h"

struct rst_tiff_coding {
    enum rst_compression compression; /* NONE, or one of those behind it */
    enum rst_predictor predictor;     /* NONE, HORIZONTAL or FLOAT */
    int level;                        /* 0: libtiff's own */
    int quality;                      /* 0: lossless */
    double max_error;
    bool as_ycbcr; /* RGB becomes YCbCr, where 2 x 2 pixels share a colour */
    bool swapped;  /* the file has the other byte order than this machine */
};

/* What the options ask for, or why it cannot be had for an image of this shape. `meta` are fitted to a TIFF. */
enum rst_status rst_tiff_coding_choose(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                       const struct rst_create_options *options, struct rst_tiff_coding *coding,
                                       struct rst_error *err);

/* Whether tiles or strips of this size can be compressed, which is said where they cannot. */
enum rst_status rst_tiff_coding_check_block(const char *path, const struct rst_tiff_coding *coding,
                                            const struct rst_layout *layout, struct rst_error *err);

/* The number that TIFF has for a compression. */
unsigned rst_tiff_coding_scheme(enum rst_compression compression);

/* Rows of a strip are a multiple of this, unless it is the only one. */
int64_t rst_tiff_coding_row_unit(enum rst_compression compression);

/* An upper bound of what a block of so many bytes and rows becomes. */
uint64_t rst_tiff_coding_most(const struct rst_tiff_coding *coding, uint64_t bytes, uint64_t rows);

/* Sets the tags that stand in the file, after those of geometry and metadata; false where libtiff refuses one. */
bool rst_tiff_coding_set(TIFF *handle, const struct rst_tiff_coding *coding);

/* Sets what only encoding depends on, after them. */
bool rst_tiff_coding_tune(TIFF *handle, const struct rst_tiff_coding *coding);

#endif
