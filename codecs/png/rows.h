/* The rows of a band of a PNG as the bytes that are to be deflated: of every row the number of its filter, then its
 * filtered samples, most significant byte first. */
#ifndef CODECS_PNG_ROWS_H
#define CODECS_PNG_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/png/forward.h"
#include "raster/image/view.h"

enum {
    RST_PNG_STEP = 8,               /* bytes of the largest pixel */
    RST_PNG_PIECE = 16 << 10,       /* bytes of a row that are looked at together */
    RST_PNG_TAKE = RST_PNG_STEP + 1 /* the least room to take bytes into */
};

/* The rows of a band: u8 or u16, 1 to 4 bands. Row -1 is there, unless the first one is the first of the image. */
struct rst_png_band {
    struct rst_view view;
    bool first;
};

/* Bytes that the band comes to. */
uint64_t rst_png_band_bytes(const struct rst_png_band *band);

/* A walk over a band. */
struct rst_png_rows {
    const struct rst_png_band *band;
    bool filter; /* every row gets the filter that makes it smallest, by the sum of sizes; else none */
    int64_t y, x;
    bool begun; /* the filter of row y is chosen, its number taken */
    enum rst_png_filter chosen;
    unsigned char row[RST_PNG_STEP + RST_PNG_PIECE], above[RST_PNG_STEP + RST_PNG_PIECE];
};

/* Starts at the row's first byte for pixel 0, else at that pixel. */
void rst_png_rows_start(struct rst_png_rows *rows, const struct rst_png_band *band, bool filter, int64_t y, int64_t x);

/* The next bytes, as many as there are and as fit in whole pixels: 0 after the last one. `most` is RST_PNG_TAKE at
 * least. */
size_t rst_png_rows_take(struct rst_png_rows *rows, unsigned char *to, size_t most);

#endif
