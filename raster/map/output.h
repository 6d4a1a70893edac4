/* An output file that appears whole or not at all: written under a temporary name beside its target, renamed into
 * place when it is complete, removed when it is given up. */
#ifndef RASTER_MAP_OUTPUT_H
#define RASTER_MAP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"

RST_BEGIN

struct rst_output;

struct rst_output_options {
    bool overwrite; /* replace an existing file; otherwise it is RST_E_EXISTS */
    bool rehearse;  /* make no file: all checks are made, but what is opened is a nameless file in memory, as long as it
                       is told to be without taking up the space; it is never published */
    bool sync;      /* fsync the file before its new name appears, the folder after (always where a file is replaced) */
};

/* Opens a temporary file beside `path` for reading and writing. A target that is a symlink is followed: the file it
 * names is replaced and the link stays. Owned by the caller until rst_output_publish() or rst_output_discard(). */
RST_API RST_MUST_USE enum rst_status rst_output_open(const char *path, const struct rst_output_options *options,
                                                     struct rst_output **out, struct rst_error *err);

/* Makes the file `length` bytes long with its space reserved. RST_E_NOSPACE names what was asked for and what is free.
 * In a rehearsal no space is taken. */
RST_API RST_MUST_USE enum rst_status rst_output_reserve(struct rst_output *output, uint64_t length,
                                                        struct rst_error *err);

/* The same without its space: what is not written is a hole, and reads as zeros. */
RST_API RST_MUST_USE enum rst_status rst_output_set_length(struct rst_output *output, uint64_t length,
                                                           struct rst_error *err);

RST_API int rst_output_descriptor(const struct rst_output *output);   /* borrowed */
RST_API const char *rst_output_path(const struct rst_output *output); /* the target as the caller named it */
RST_API bool rst_output_is_rehearsal(const struct rst_output *output);

/* Bytes free in the file system of the target's folder; UINT64_MAX where it does not say. */
RST_API uint64_t rst_output_free(const struct rst_output *output);

/* Gives the file its name (with the mode of the file that it replaces, else 0666 less the umask), and frees *output and
 * sets it to NULL. On failure nothing is published and the caller still owns it; the one exception is a folder that
 * cannot be synced, when the file is in place and *output is NULL. A file that appeared at `path` meanwhile is not
 * replaced unless `overwrite`. RST_E_UNSUPPORTED in a rehearsal. */
RST_API RST_MUST_USE enum rst_status rst_output_publish(struct rst_output **output, struct rst_error *err);

/* Removes the temporary file, frees, sets *output to NULL. Takes NULL. */
RST_API void rst_output_discard(struct rst_output **output);

RST_END

#endif
