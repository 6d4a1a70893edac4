/* Which pages of a mapping are in memory, on the disk, or promised a place on it.
 *
 * Two things must never happen here: letting go of a page that holds the only copy of an edit (MADV_DONTNEED on a
 * private mapping does that, so it is only used where the file has every byte), and a signal where an error can be had
 * instead (MADV_POPULATE_* answers EFAULT where a touch is SIGBUS).
 *
 * What lies in the page cache already can be read without fail: asking for that costs a few nanoseconds a page,
 * bringing in what is there a third of the time of a kernel that is bound by memory.
 */
#define _GNU_SOURCE 1
#include "raster/map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "raster/map/map_internal.h"
#include "raster/map/space.h"

#define AHEAD_BYTES ((size_t)128 << 10)

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

static enum rst_status finish_writing(const struct rst_map *map, const struct rst_part *part, struct rst_error *err)
{
    struct rst_pages pages = rst_map_pages(map, part->from, part->length, RST_OUTWARD);

    if (pages.bytes > 0 && msync(pages.start, pages.bytes, MS_SYNC) != 0)
        return rst_fail_errno(err, errno, "%s: writing bytes %" PRIu64 " to %" PRIu64, map->path,
                              map->offset + part->from, map->offset + part->from + part->length);
    if (fdatasync(part->descriptor) != 0) return rst_fail_errno(err, errno, "%s: syncing to the disk", map->path);
    return RST_OK;
}

enum rst_status rst_map_flush(struct rst_map *map, uint64_t from, uint64_t length, bool sync, struct rst_error *err)
{
    struct rst_part part;

    RST_TRY(rst_map_range(map, from, &length, err));
    if (map->mode == RST_READ) return RST_OK;
    for (uint64_t end = from + length; rst_map_next_part(map, &from, end, &part);)
        /* msync(MS_ASYNC) does nothing on Linux. */
        RST_TRY(sync
                    ? finish_writing(map, &part, err)
                    : rst_file_write_out(part.descriptor, map->path, map->offset + part.from, part.length, false, err));
    return RST_OK;
}

/* What read() and write() do on their own follows the same advice, which is then for the file as a whole. */
static void advise_file(const struct rst_map *map, enum rst_advice advice)
{
    static const int advices[] = {POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM};
    if (map->descriptor >= 0 && advice <= RST_RANDOM) (void)posix_fadvise(map->descriptor, 0, 0, advices[advice]);
}

/* The kernel reads no more than its own measure of readahead for one call, which may be 128 KiB. */
static int will_need(struct rst_pages pages)
{
    for (size_t at = 0; at < pages.bytes; at += AHEAD_BYTES) {
        size_t bytes = pages.bytes - at < AHEAD_BYTES ? pages.bytes - at : AHEAD_BYTES;
        if (madvise(pages.start + at, bytes, MADV_WILLNEED) != 0) return -1;
    }
    return 0;
}

enum rst_status rst_map_advise(struct rst_map *map, uint64_t from, uint64_t length, enum rst_advice advice,
                               struct rst_error *err)
{
    static const int advices[] = {
        [RST_NORMAL] = MADV_NORMAL,     [RST_SEQUENTIAL] = MADV_SEQUENTIAL, [RST_RANDOM] = MADV_RANDOM,
        [RST_WILLNEED] = MADV_WILLNEED, [RST_DONTNEED] = MADV_DONTNEED,     [RST_LARGE] = MADV_HUGEPAGE,
    };
    bool only_copy = map->mode == RST_PRIVATE || map->descriptor < 0;
    int how = advice == RST_DONTNEED && only_copy ? MADV_PAGEOUT : advices[advice];

    RST_TRY(rst_map_range(map, from, &length, err));
    struct rst_pages pages = rst_map_pages(map, from, length, advice == RST_DONTNEED ? RST_INWARD : RST_OUTWARD);
    /* EINVAL: pages that the host has locked into memory, or a kernel without MADV_PAGEOUT or large pages. It is
     * advice: things stay as they are. */
    if (pages.bytes == 0) return RST_OK;
    advise_file(map, advice);
    if ((advice == RST_WILLNEED ? will_need(pages) : madvise(pages.start, pages.bytes, how)) != 0 && errno != EINVAL)
        return rst_fail_errno(err, errno, "%s: advising on bytes %" PRIu64 " to %" PRIu64, map->path,
                              map->offset + from, map->offset + from + length);
    return RST_OK;
}

enum rst_status rst_map_check_length(const struct rst_map *map, uint64_t from, uint64_t length, struct rst_error *err)
{
    struct stat file;
    uint64_t end = map->offset + from + length;

    if (map->descriptor < 0) return RST_OK;
    if (fstat(map->descriptor, &file) != 0) return rst_fail_errno(err, errno, "%s: reading the file's size", map->path);
    if ((uint64_t)file.st_size < end)
        return rst_fail(err, RST_E_TRUNCATED, "%s: bytes up to %" PRIu64 " are mapped, the file now has %jd", map->path,
                        end, (intmax_t)file.st_size);
    return RST_OK;
}

/* Why the kernel could not bring a range in. It does not say more than EFAULT for a page past the file's end, a hole
 * on a full disk, and a block that cannot be read. */
static enum rst_status explain(const struct rst_map *map, uint64_t from, uint64_t length, bool write, int error,
                               struct rst_error *err)
{
    uint64_t free_bytes;

    RST_TRY(rst_map_check_length(map, from, length, err));
    if (error == EFAULT && write && map->descriptor >= 0) {
        free_bytes = rst_space_free(map->descriptor);
        if (free_bytes < length)
            return rst_fail(err, RST_E_NOSPACE,
                            "%s: no space to store bytes %" PRIu64 " to %" PRIu64 ", %" PRIu64 " are free", map->path,
                            map->offset + from, map->offset + from + length, free_bytes);
    }
    return rst_fail_errno(err, error == EFAULT ? EIO : error, "%s: bytes %" PRIu64 " to %" PRIu64 " cannot be %s",
                          map->path, map->offset + from, map->offset + from + length, write ? "stored to" : "read");
}

enum rst_status rst_map_populate(struct rst_map *map, uint64_t from, uint64_t length, bool write, struct rst_error *err)
{
    int result;

    RST_TRY(rst_map_range(map, from, &length, err));
    if (write && map->mode == RST_READ) return rst_fail(err, RST_E_READONLY, "%s: mapped for reading only", map->path);
    struct rst_pages pages = rst_map_pages(map, from, length, RST_OUTWARD);
    if (pages.bytes == 0) return RST_OK;
    if (map->overlay) {
        /* Scratch over a file that was cut off has the bytes that the file has lost. It is not read ahead. */
        RST_TRY(rst_map_check_length(map, from, length, err));
        (void)will_need(pages);
    }

    do
        result = madvise(pages.start, pages.bytes, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
    while (result != 0 && errno == EINTR);
    if (result == 0) return RST_OK;
    if (errno == EINVAL) return rst_map_check_length(map, from, length, err);
    return explain(map, from, length, write, errno, err);
}

/* Whether all pages are in the page cache. Of a file that is neither the caller's own nor one that he may write to the
 * kernel says so of every page, and is not asked. */
static bool is_cached(const struct rst_map *map, struct rst_pages pages)
{
    unsigned char there[512], all = 1;
    const size_t page = rst_page_size(), most = sizeof there * page;

    if (map->patches || map->overlay || (!map->writable && map->owner != geteuid())) return false;
    for (size_t at = 0; at < pages.bytes && all; at += most) {
        size_t bytes = pages.bytes - at < most ? pages.bytes - at : most;
        if (mincore(pages.start + at, bytes, there) != 0) return false;
        const size_t count = (bytes + page - 1) / page;
        for (size_t i = 0; i < count; i++)
            all &= there[i];
    }
    return all & 1;
}

enum rst_status rst_map_ensure(struct rst_map *map, uint64_t from, uint64_t length, struct rst_error *err)
{
    RST_TRY(rst_map_range(map, from, &length, err));
    if (is_cached(map, rst_map_pages(map, from, length, RST_OUTWARD))) return RST_OK;
    return rst_map_populate(map, from, length, false, err);
}

enum rst_status rst_map_reserve(struct rst_map *map, uint64_t from, uint64_t length, struct rst_error *err)
{
    RST_TRY(rst_map_range(map, from, &length, err));
    if (map->mode == RST_READ) return rst_fail(err, RST_E_READONLY, "%s: mapped for reading only", map->path);
    if (map->mode == RST_PRIVATE || map->descriptor < 0) return RST_OK; /* no store reaches the disk */
    RST_TRY(rst_map_check_length(map, from, length, err));              /* or the file would grow again */
    return rst_space_reserve(map->descriptor, map->path, map->offset + from, length, err);
}
