/* libtiff's window on a file.
 *
 * libtiff always walks the chain of directories from the header on. To open page n at once, it is shown a header whose
 * first directory is that of page n; everything else is the file as it is. It never maps the file, never sees a
 * descriptor, and its complaints end in the handle's log: neither its global handlers nor its tag extender are touched,
 * which belong to the host program.
 *
 * What libtiff reads while it reads a directory is the directory and the values of its tags. That is how the bytes that
 * pixels may not share are known: they are noted as they are read.
 */
#include "codecs/tiff/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/range.h"
#include "raster/base/size.h"

void rst_tiff_ranges_add(struct rst_tiff_ranges *ranges, uint64_t from, uint64_t length)
{
    if (length == 0) return;
    if (ranges->count > 0) {
        uint64_t *last = ranges->list[ranges->count - 1];
        if (from >= last[0] && from - last[0] <= last[1]) {
            last[1] = from - last[0] + length > last[1] ? from - last[0] + length : last[1];
            return;
        }
    }
    if (ranges->count == ranges->capacity) {
        size_t grown = ranges->capacity ? 2 * ranges->capacity : 16;
        uint64_t(*list)[2] = realloc(ranges->list, grown * sizeof *list);
        if (!list) {
            ranges->incomplete = true;
            return;
        }
        ranges->list = list;
        ranges->capacity = grown;
    }
    ranges->list[ranges->count][0] = from;
    ranges->list[ranges->count][1] = length;
    ranges->count++;
}

void rst_tiff_ranges_clear(struct rst_tiff_ranges *ranges)
{
    free(ranges->list);
    *ranges = (struct rst_tiff_ranges){0};
}

/* Puts the header that is shown over the one that was read. */
static void show_header(const struct rst_tiff_file *file, char *to, uint64_t from, size_t size)
{
    if (from >= file->header_size) return;
    size_t shown = file->header_size - (size_t)from;
    memcpy(to, file->header + from, shown < size ? shown : size);
}

static tmsize_t read_file(thandle_t client, void *to, tmsize_t size)
{
    struct rst_tiff_file *file = client;
    size_t wanted = size > 0 && file->at < file->length ? (size_t)size : 0, done;
    uint64_t from = file->at;
    int error = rst_range_read(file->descriptor, from, to, wanted, &done);
    if (file->error == 0) file->error = error;
    file->at += done;
    file->read += done;
    show_header(file, to, from, done);
    if (file->touched) rst_tiff_ranges_add(file->touched, from, done);
    return (tmsize_t)done;
}

static tmsize_t write_nothing(thandle_t client, void *from, tmsize_t size)
{
    (void)client, (void)from, (void)size;
    return 0;
}

static toff_t seek_file(thandle_t client, toff_t offset, int whence)
{
    struct rst_tiff_file *file = client;
    uint64_t base = whence == SEEK_CUR ? file->at : whence == SEEK_END ? file->length : 0, at;
    if (!rst_add(base, offset, &at) || at > INT64_MAX) return (toff_t)-1;
    file->at = at;
    return at;
}

static toff_t file_size(thandle_t client)
{
    const struct rst_tiff_file *file = client;
    return file->length;
}

static int close_nothing(thandle_t client)
{
    (void)client;
    return 0;
}

static int map_nothing(thandle_t client, void **base, toff_t *size)
{
    (void)client, (void)base, (void)size;
    return 0;
}

static void unmap_nothing(thandle_t client, void *base, toff_t size)
{
    (void)client, (void)base, (void)size;
}

/* Non-zero: dealt with, the global handler is not called. */
static int keep_message(TIFF *handle, void *user, const char *module, const char *format, va_list values)
{
    struct rst_tiff_log *log = user;
    (void)handle, (void)module;
    if (!log->message[0]) vsnprintf(log->message, sizeof log->message, format, values);
    return 1;
}

static int drop_message(TIFF *handle, void *user, const char *module, const char *format, va_list values)
{
    (void)handle, (void)user, (void)module, (void)format, (void)values;
    return 1;
}

TIFF *rst_tiff_handle_open(const char *path, const char *mode, void *client, const struct rst_tiff_calls *calls,
                           int64_t max_alloc, struct rst_tiff_log *log)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_message, log);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_message, log);
    if (max_alloc > 0) TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)max_alloc);
    TIFF *handle = TIFFClientOpenExt(path, mode, client, calls->read, calls->write, calls->seek, close_nothing,
                                     calls->size, map_nothing, unmap_nothing, options);
    TIFFOpenOptionsFree(options);
    return handle;
}

/* A file may make libtiff take no more memory than it could fill itself: arrays of 16-bit numbers are widened to 64
 * bits; and arrays of up to a million missing offsets are filled up with zeros. What a codec needs comes on top. */
static int64_t memory_for(const struct rst_tiff_file *file)
{
    enum { MISSING_OFFSETS = 16 << 20 };
    uint64_t bytes;
    if (!rst_mul_add(file->length, 8, MISSING_OFFSETS, &bytes) || !rst_add(bytes, file->block_memory, &bytes) ||
        bytes > INT64_MAX)
        return INT64_MAX;
    return (int64_t)bytes;
}

enum rst_status rst_tiff_file_fail(const struct rst_tiff_file *file, const char *what, struct rst_error *err)
{
    if (file->error) return rst_fail_errno(err, file->error, "%s: %s", file->path, what);
    enum rst_status status =
        strstr(file->log.message, "different values per sample") ? RST_E_UNSUPPORTED : RST_E_FORMAT;
    return rst_fail(err, status, "%s: %s: %s", file->path, what,
                    file->log.message[0] ? file->log.message : "libtiff refuses it");
}

enum rst_status rst_tiff_file_open(struct rst_tiff_file *file, const struct rst_tiff_chain *chain, uint64_t offset,
                                   struct rst_error *err)
{
    static const struct rst_tiff_calls calls = {read_file, write_nothing, seek_file, file_size};
    file->at = 0;
    file->read = 0;
    file->error = 0;
    file->log.message[0] = '\0';
    file->header_size = chain->header_size;
    rst_tiff_chain_header(chain, offset, file->header);
    /* m: no mapping; c: a big strip is not shown as many small ones; D: no offsets before they are asked for. */
    file->handle = rst_tiff_handle_open(file->path, "rmcD", file, &calls, memory_for(file), &file->log);
    file->tag_bytes = file->read;
    return file->handle ? RST_OK : rst_tiff_file_fail(file, "its directory cannot be read", err);
}

void rst_tiff_file_close(struct rst_tiff_file *file)
{
    if (file->handle) TIFFClose(file->handle);
    file->handle = NULL;
}
