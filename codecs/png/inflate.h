/* Inflating what a PNG holds deflated, piece by piece: zlib streams, their checksum checked. */
#ifndef CODECS_PNG_INFLATE_H
#define CODECS_PNG_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/bytes.h"

/* The caller sets where bytes come from and go to; a run moves the pointers on and lessens the sizes. */
struct rst_png_inflate {
    const unsigned char *in;
    size_t in_size;
    unsigned char *out;
    size_t out_size;
    bool ended; /* all of the stream came out, and its checksum is right */
    void *state;
};

/* A zeroed struct is opened; false where there is no memory. Close takes one that is not open. */
bool rst_png_inflate_open(struct rst_png_inflate *stream);
void rst_png_inflate_close(struct rst_png_inflate *stream);

/* Runs until input or room is used up, or the stream ends. NULL, or what is wrong with the stream: a literal. */
const char *rst_png_inflate_run(struct rst_png_inflate *stream);

/* A whole stream, appended to `to`. NULL, or what is wrong: a literal. *beyond: it would be more than `most` bytes. */
const char *rst_png_inflate_all(const void *from, size_t size, size_t most, struct rst_bytes *to, bool *beyond);

/* The CRC of a chunk, continued from that of the bytes before; 0 to begin with. */
uint32_t rst_png_crc(uint32_t crc, const void *bytes, size_t size);

#endif
