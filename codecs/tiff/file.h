/* libtiff over a file that is open already: one directory of it, read through pread(), nothing printed, nothing
 * global. */
#ifndef CODECS_TIFF_FILE_H
#define CODECS_TIFF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tiffio.h>

#include "codecs/tiff/chain.h"
#include "raster/base/status.h"

/* What libtiff complained of first. */
struct rst_tiff_log {
    char message[160];
};

/* Ranges of the file: first byte and length. */
struct rst_tiff_ranges {
    uint64_t (*list)[2]; /* owned */
    size_t count, capacity;
    bool incomplete; /* memory ran out */
};

void rst_tiff_ranges_add(struct rst_tiff_ranges *ranges, uint64_t from, uint64_t length);
void rst_tiff_ranges_clear(struct rst_tiff_ranges *ranges);

struct rst_tiff_file {
    TIFF *handle;
    const char *path; /* for messages; the caller's */
    int descriptor;   /* the caller's */
    uint64_t length, at;
    uint64_t read, tag_bytes; /* bytes that libtiff has read; those of them that it read for the directory */
    uint64_t block_memory;    /* what decoding a block takes; 0: none will be decoded */
    unsigned char header[16]; /* what libtiff sees at the file's start: see rst_tiff_file_open() */
    size_t header_size;
    int error; /* errno of a read that failed, else 0 */
    struct rst_tiff_log log;
    struct rst_tiff_ranges *touched; /* gets all that is read; may be NULL */
};

/* Reads the directory at `offset`. Of the chain the header counts alone. The caller closes, on success. */
enum rst_status rst_tiff_file_open(struct rst_tiff_file *file, const struct rst_tiff_chain *chain, uint64_t offset,
                                   struct rst_error *err);
void rst_tiff_file_close(struct rst_tiff_file *file);

/* Fails with the read error, or with what libtiff complained of. */
enum rst_status rst_tiff_file_fail(const struct rst_tiff_file *file, const char *what, struct rst_error *err);

/* The callbacks of a libtiff handle, and opening one with its complaints kept in `log`. max_alloc bounds each piece of
 * memory that libtiff takes. NULL where it fails. */
struct rst_tiff_calls {
    TIFFReadWriteProc read, write;
    TIFFSeekProc seek;
    TIFFSizeProc size;
};
TIFF *rst_tiff_handle_open(const char *path, const char *mode, void *client, const struct rst_tiff_calls *calls,
                           int64_t max_alloc, struct rst_tiff_log *log);

#endif
