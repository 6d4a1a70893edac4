/* Walking a PNG: a length, a type, the data, a CRC, again and again.
 *
 * Only the twelve bytes around the data are read, so that a file is walked at the cost of its number of chunks. Where
 * chunks are short, several are read at once. Every chunk is proven to lie in the file before anything is made of it.
 */
#include "codecs/png/chunk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codecs/range.h"
#include "raster/base/size.h"

const unsigned char rst_png_signature[RST_PNG_SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

enum rst_status rst_png_read_at(const struct rst_png_file *file, uint64_t at, void *to, size_t size,
                                struct rst_error *err)
{
    size_t got;
    int error = rst_range_read(file->descriptor, at, to, size, &got);
    if (error) return rst_fail_errno(err, error, "%s: reading %zu bytes at byte %" PRIu64, file->path, size, at);
    if (got == size) return RST_OK;
    return rst_fail(err, RST_E_TRUNCATED, "%s: it ends at byte %" PRIu64 ", while it is read", file->path, at + got);
}

bool rst_png_chunk_is(const struct rst_png_chunk *chunk, const char *type)
{
    return memcmp(chunk->type, type, 4) == 0;
}

bool rst_png_chunk_is_ancillary(const struct rst_png_chunk *chunk)
{
    return (chunk->type[0] & 0x20) != 0;
}

enum rst_status rst_png_chunk_fail(const struct rst_png_file *file, const struct rst_png_chunk *chunk,
                                   enum rst_status status, struct rst_error *err, const char *format, ...)
{
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return rst_fail(err, status, "%s: %s at byte %" PRIu64 ": %s", file->path, chunk->type, chunk->at, text);
}

/* The bytes of the file from `at` on, RST_PNG_BEFORE of them at least. */
static enum rst_status look(struct rst_png_walk *walk, uint64_t at, const unsigned char **bytes, struct rst_error *err)
{
    enum { CLOSE = 512 };
    bool there = at >= walk->window_at && at + RST_PNG_BEFORE <= walk->window_at + walk->window_size;
    if (!there) {
        size_t want = at < walk->window_at + walk->window_size + CLOSE ? sizeof walk->window : RST_PNG_BEFORE;
        if (want > walk->file->length - at) want = (size_t)(walk->file->length - at);
        walk->window_size = 0;
        RST_TRY(rst_png_read_at(walk->file, at, walk->window, want, err));
        walk->window_at = at;
        walk->window_size = want;
    }
    *bytes = walk->window + (at - walk->window_at);
    return RST_OK;
}

static bool is_type(const char *type)
{
    for (int i = 0; i < 4; i++)
        if (!((type[i] >= 'A' && type[i] <= 'Z') || (type[i] >= 'a' && type[i] <= 'z'))) return false;
    return true;
}

enum rst_status rst_png_walk_next(struct rst_png_walk *walk, struct rst_png_chunk *chunk, struct rst_error *err)
{
    const struct rst_png_file *file = walk->file;
    const unsigned char *bytes;
    if (walk->next == 0) walk->next = RST_PNG_SIGNATURE;
    uint64_t at = walk->next, length = file->length, left = length > at ? length - at : 0;
    if (left < RST_PNG_AROUND)
        return rst_fail(err, RST_E_TRUNCATED, "%s: it ends at byte %" PRIu64 ", before its IEND chunk", file->path,
                        length);
    RST_TRY(look(walk, at, &bytes, err));
    *chunk = (struct rst_png_chunk){.at = at, .length = rst_png_get32(bytes)};
    memcpy(chunk->type, bytes + 4, 4);
    if (!is_type(chunk->type))
        return rst_fail(err, RST_E_FORMAT, "%s: no chunk begins at byte %" PRIu64 ": its type is 0x%08" PRIx32,
                        file->path, at, rst_png_get32(bytes + 4));
    if (chunk->length > INT32_MAX)
        return rst_png_chunk_fail(file, chunk, RST_E_FORMAT, err, "its length is %" PRIu32, chunk->length);
    if (chunk->length > left - RST_PNG_AROUND)
        return rst_png_chunk_fail(file, chunk, RST_E_TRUNCATED, err,
                                  "%" PRIu32 " bytes long, and the file ends at byte %" PRIu64, chunk->length, length);
    walk->next = at + RST_PNG_AROUND + chunk->length;
    return RST_OK;
}

enum rst_status rst_png_chunk_read(const struct rst_png_file *file, const struct rst_png_chunk *chunk,
                                   struct rst_bytes *data, struct rst_error *err)
{
    size_t size = (size_t)chunk->length + RST_PNG_AROUND;
    data->size = 0;
    void *room = rst_bytes_room(data, size);
    if (!room) return rst_png_chunk_fail(file, chunk, RST_E_NOMEM, err, "no memory for it");
    RST_TRY(rst_png_read_at(file, chunk->at, room, size, err));
    data->size = size;
    return RST_OK;
}
