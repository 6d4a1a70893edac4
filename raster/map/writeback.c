/* A private mapping's edits, written back to its file.
 *
 * The kernel knows which pages were copied on write: in /proc/self/pagemap, a page that is present or swapped out and
 * not file-mapped (bit 61 clear) is private. Where that file cannot be read (a program that is not dumpable, a sandbox
 * without /proc) the mapping is compared with the file instead, which costs reading all of it. So it is with what was
 * moved to scratch, where no private pages are: its windows are let go of one by one, and what they put into the file
 * is written out behind them, for memory is short where there is an overlay.
 *
 * Invariants: nothing is written outside the mapping's range, nor past the file's end; the private copies, and the
 * scratch, are dropped only after every byte is in the file, so that a failed call can be repeated.
 */
#define _GNU_SOURCE 1
#include "raster/map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "raster/map/map_internal.h"

#define PAGE_PRESENT (UINT64_C(1) << 63)
#define PAGE_SWAPPED (UINT64_C(1) << 62)
#define PAGE_OF_FILE (UINT64_C(1) << 61) /* or shared anonymous memory, which a private mapping has none of */

enum { WINDOW_PAGES = 512, WRITE_MOST = 1 << 30 };

/* One write-back. Pages are looked at in windows; what was found in one is written before the next. */
struct writer {
    struct rst_map *map;
    int file;                   /* writable; the map's own descriptor or a reopened one */
    int pagemap;                /* -1: compare */
    unsigned char *original;    /* a window of the file, to compare with; made when first needed */
    bool changed[WINDOW_PAGES]; /* of the window's pages */
    bool overlaid;              /* the window lies in scratch */
    uint64_t entries[WINDOW_PAGES];
    uint64_t bytes;          /* written so far */
    struct rst_pages behind; /* of the last window in scratch: being written to the disk */
};

/* The part of pages [first, first + count) that lies in the mapping's own range. */
static struct rst_pages own_bytes(const struct rst_map *map, size_t first, size_t count)
{
    unsigned char *start = map->base + first * rst_page_size(), *end = start + count * rst_page_size();

    if (start < map->data) start = map->data;
    if (end > map->data + map->length) end = map->data + map->length;
    return (struct rst_pages){start, start < end ? (size_t)(end - start) : 0};
}

static off_t place_in_file(const struct rst_map *map, const unsigned char *byte)
{
    return (off_t)(map->offset + (uint64_t)(byte - map->data));
}

/* How many pages the window from page `first` on has: windows end where the overlay's pieces do, and may be shorter. */
static size_t window_at(const struct rst_map *map, size_t first, size_t pages)
{
    size_t page = rst_page_size();
    uint64_t start = (uint64_t)place_in_file(map, map->base) / page + first, most = WINDOW_PAGES;

    if (RST_OVERLAY_PIECE / page < most) most = RST_OVERLAY_PIECE / page;
    most -= start % most;
    return most < pages - first ? (size_t)most : pages - first;
}

static bool find_in_pagemap(struct writer *w, size_t first, size_t count)
{
    uint64_t page = (uintptr_t)w->map->base / rst_page_size() + first;
    size_t size = count * sizeof w->entries[0];
    ssize_t got;

    do
        got = pread(w->pagemap, w->entries, size, (off_t)(page * sizeof w->entries[0]));
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)size) return false;
    for (size_t i = 0; i < count; i++)
        w->changed[i] = (w->entries[i] & (PAGE_PRESENT | PAGE_SWAPPED)) && !(w->entries[i] & PAGE_OF_FILE);
    return true;
}

static enum rst_status read_original(struct writer *w, struct rst_pages range, struct rst_error *err)
{
    size_t done = 0;

    if (!w->original) w->original = malloc(WINDOW_PAGES * rst_page_size());
    if (!w->original) return rst_fail(err, RST_E_NOMEM, "%s: no memory to find its edits", w->map->path);
    while (done < range.bytes) {
        off_t at = place_in_file(w->map, range.start + done);
        ssize_t got = pread(w->file, w->original + done, range.bytes - done, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return rst_fail_errno(err, errno, "%s: reading at byte %jd", w->map->path, (intmax_t)at);
        if (got == 0)
            return rst_fail(err, RST_E_TRUNCATED, "%s: the file ends at byte %jd, inside the mapping", w->map->path,
                            (intmax_t)at);
        done += (size_t)got;
    }
    return RST_OK;
}

static enum rst_status find_by_comparing(struct writer *w, size_t first, size_t count, struct rst_error *err)
{
    struct rst_pages window = own_bytes(w->map, first, count);

    RST_TRY(read_original(w, window, err));
    for (size_t i = 0; i < count; i++) {
        struct rst_pages page = own_bytes(w->map, first + i, 1);
        w->changed[i] =
            page.bytes > 0 && memcmp(page.start, w->original + (page.start - window.start), page.bytes) != 0;
    }
    return RST_OK;
}

static enum rst_status find(struct writer *w, size_t first, size_t count, struct rst_error *err)
{
    if (w->overlaid) {
        struct rst_pages range = own_bytes(w->map, first, count); /* the disk that scratch is on can fail, too */
        RST_TRY(rst_map_populate(w->map, (uint64_t)(range.start - w->map->data), range.bytes, false, err));
    } else if (w->pagemap >= 0) {
        if (find_in_pagemap(w, first, count)) return RST_OK;
        close(w->pagemap);
        w->pagemap = -1;
    }
    return find_by_comparing(w, first, count, err);
}

static enum rst_status write_range(struct writer *w, struct rst_pages range, struct rst_error *err)
{
    while (range.bytes > 0) {
        off_t at = place_in_file(w->map, range.start);
        size_t size = range.bytes < WRITE_MOST ? range.bytes : WRITE_MOST;
        ssize_t put = pwrite(w->file, range.start, size, at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0)
            return rst_fail_errno(err, put < 0 ? errno : EIO,
                                  "%s: writing at byte %jd, %" PRIu64 " bytes are written back", w->map->path,
                                  (intmax_t)at, w->bytes);
        range.start += put;
        range.bytes -= (size_t)put;
        w->bytes += (uint64_t)put;
    }
    return RST_OK;
}

/* Neighbouring changed pages go out in one write, within a window. */
static enum rst_status write_window(struct writer *w, size_t first, size_t count, struct rst_error *err)
{
    RST_TRY(find(w, first, count, err));
    for (size_t i = 0, run; i < count; i += run) {
        for (run = 1; i + run < count && w->changed[i + run] == w->changed[i]; run++)
            continue;
        if (w->changed[i]) RST_TRY(write_range(w, own_bytes(w->map, first + i, run), err));
    }
    return RST_OK;
}

/* Whether a window lies in scratch, all of it or nothing: it ends where a piece does. */
static bool is_overlaid(const struct rst_map *map, size_t first, size_t count)
{
    struct rst_pages range = own_bytes(map, first, count);
    uint64_t from = (uint64_t)(range.start - map->data);
    struct rst_part part;

    return range.bytes > 0 && rst_overlay_next_part(map, &from, from + range.bytes, &part);
}

static enum rst_status finish_behind(struct writer *w, struct rst_error *err)
{
    struct rst_pages range = w->behind;

    w->behind.bytes = 0;
    if (range.bytes == 0) return RST_OK;
    return rst_file_write_out(w->file, w->map->path, (uint64_t)place_in_file(w->map, range.start), range.bytes, true,
                              err);
}

/* Memory stays within two windows, of scratch and of the file. */
static enum rst_status let_go(struct writer *w, size_t first, size_t count, struct rst_error *err)
{
    struct rst_pages range = own_bytes(w->map, first, count);

    RST_TRY(finish_behind(w, err));
    RST_TRY(rst_map_release(w->map, (uint64_t)(range.start - w->map->data), range.bytes, err));
    w->behind = range;
    return rst_file_write_out(w->file, w->map->path, (uint64_t)place_in_file(w->map, range.start), range.bytes, false,
                              err);
}

static enum rst_status write_all(struct writer *w, bool sync, struct rst_error *err)
{
    struct rst_map *map = w->map;
    size_t pages = map->span / rst_page_size();

    RST_TRY(rst_map_check_length(map, 0, map->length, err));
    for (size_t first = 0, count; first < pages; first += count) {
        count = window_at(map, first, pages);
        w->overlaid = is_overlaid(map, first, count);
        RST_TRY(write_window(w, first, count, err));
        if (w->overlaid) RST_TRY(let_go(w, first, count, err));
    }
    RST_TRY(finish_behind(w, err));
    if (sync && fdatasync(w->file) != 0) return rst_fail_errno(err, errno, "%s: syncing to the disk", map->path);
    /* Refused only for memory that the host has locked; the copies that stay are the same as the file then. */
    madvise(map->base, map->span, MADV_DONTNEED);
    rst_overlay_undo(map);
    return RST_OK;
}

/* The file may have become writable since it was opened, so a read-only descriptor is opened once more. */
static enum rst_status open_writable(const struct rst_map *map, int *file, struct rst_error *err)
{
    char link[32];

    *file = map->descriptor;
    if (map->writable) return RST_OK;
    snprintf(link, sizeof link, "/proc/self/fd/%d", map->descriptor);
    *file = open(link, O_RDWR | O_CLOEXEC);
    if (*file < 0) return rst_fail(err, RST_E_READONLY, "%s: the edits cannot be written back: %m", map->path);
    return RST_OK;
}

enum rst_status rst_map_write_back_by(struct rst_map *map, const char *pagemap, bool sync, uint64_t *bytes,
                                      struct rst_error *err)
{
    enum rst_status status;
    struct writer *w;
    int file;

    if (bytes) *bytes = 0;
    if (map->mode != RST_PRIVATE || map->length == 0) return RST_OK;
    RST_TRY(open_writable(map, &file, err));
    w = calloc(1, sizeof *w);
    if (w) {
        w->map = map;
        w->file = file;
        w->pagemap = open(pagemap, O_RDONLY | O_CLOEXEC);
        /* Where there is an overlay nothing is read but what is compared: the kernel's own reading ahead may be more
         * than there is memory. */
        if (map->overlay) (void)posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
        status = write_all(w, sync, err);
        if (map->overlay) (void)posix_fadvise(file, 0, 0, POSIX_FADV_NORMAL);
        if (bytes) *bytes = w->bytes;
        if (w->pagemap >= 0) close(w->pagemap);
        free(w->original);
        free(w);
    } else {
        status = rst_fail(err, RST_E_NOMEM, "%s: no memory to write its edits back", map->path);
    }
    if (file != map->descriptor) close(file);
    return status;
}

enum rst_status rst_map_write_back(struct rst_map *map, bool sync, uint64_t *bytes, struct rst_error *err)
{
    return rst_map_write_back_by(map, "/proc/self/pagemap", sync, bytes, err);
}
