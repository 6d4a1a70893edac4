/* The chunks of a PNG: where each one is, and what it holds. */
#ifndef CODECS_PNG_CHUNK_H
#define CODECS_PNG_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/bytes.h"
#include "raster/base/status.h"

enum {
    RST_PNG_SIGNATURE = 8,
    RST_PNG_AROUND = 12, /* bytes of a chunk beside its data: length and type before them, the CRC behind */
    RST_PNG_BEFORE = 8
};

extern const unsigned char rst_png_signature[RST_PNG_SIGNATURE];

/* An open file; path and descriptor are the caller's. */
struct rst_png_file {
    const char *path;
    int descriptor;
    uint64_t length;
};

struct rst_png_chunk {
    uint64_t at;     /* of its first byte, in the file */
    uint32_t length; /* of its data */
    char type[5];
};

/* From chunk to chunk. Start with the file alone set. */
struct rst_png_walk {
    const struct rst_png_file *file;
    uint64_t next, window_at;
    size_t window_size;
    unsigned char window[4096];
};

/* RST_E_TRUNCATED where the chunk does not lie in the file, RST_E_FORMAT where its type is none. */
enum rst_status rst_png_walk_next(struct rst_png_walk *walk, struct rst_png_chunk *chunk, struct rst_error *err);

bool rst_png_chunk_is(const struct rst_png_chunk *chunk, const char *type);

/* A decoder need not know it. */
bool rst_png_chunk_is_ancillary(const struct rst_png_chunk *chunk);

/* Fails with the file's name, the chunk and its place before the text. */
enum rst_status rst_png_chunk_fail(const struct rst_png_file *file, const struct rst_png_chunk *chunk,
                                   enum rst_status status, struct rst_error *err, const char *format, ...)
    RST_PRINTF(5, 6);

/* Replaces `data` by the chunk: its data with the RST_PNG_AROUND bytes around them. */
enum rst_status rst_png_chunk_read(const struct rst_png_file *file, const struct rst_png_chunk *chunk,
                                   struct rst_bytes *data, struct rst_error *err);

/* All of the bytes, or an error. */
enum rst_status rst_png_read_at(const struct rst_png_file *file, uint64_t at, void *to, size_t size,
                                struct rst_error *err);

static inline uint32_t rst_png_get32(const unsigned char *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static inline uint16_t rst_png_get16(const unsigned char *from)
{
    return (uint16_t)(from[0] << 8 | from[1]);
}

#endif
