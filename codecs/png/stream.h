/* The samples of a PNG as they come out of its IDAT chunks, filters and all: one run of bytes. */
#ifndef CODECS_PNG_STREAM_H
#define CODECS_PNG_STREAM_H

#include "codecs/png/chunk.h"

struct rst_png_stream;

enum { RST_PNG_SLACK = 16 }; /* bytes that may be read, whatever they are, behind those that are asked for */

/* `file` and its path stay the caller's, and must outlive the stream. `idat` is the place of the first IDAT chunk; no
 * piece that is taken is longer than `most`. */
enum rst_status rst_png_stream_open(const struct rst_png_file *file, uint64_t idat, size_t most,
                                    struct rst_png_stream **out, struct rst_error *err);
void rst_png_stream_close(struct rst_png_stream **stream);

/* An upper estimate of the memory that an open stream takes. */
uint64_t rst_png_stream_bytes(uint64_t most);

/* The next `size` bytes; valid until the next call. Fails where the chunks do not hold as many, or are damaged. */
enum rst_status rst_png_stream_take(struct rst_png_stream *stream, size_t size, const unsigned char **bytes,
                                    struct rst_error *err);

/* To be called after the last piece: checks what has not been read yet, the checksum of the samples and the CRCs of the
 * last chunks. More samples than were asked for are no error. */
enum rst_status rst_png_stream_finish(struct rst_png_stream *stream, struct rst_error *err);

#endif
