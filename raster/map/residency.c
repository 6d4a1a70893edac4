/* Which pages of a mapping are in memory, on the disk, or promised a place on it.
 *
 * Two things must never happen here: letting go of a page that holds the only copy of an edit (MADV_DONTNEED on a
 * private mapping does that, so it is only used where the file has every byte), and a signal where an error can be had
 * instead (MADV_POPULATE_* answers EFAULT where a touch is SIGBUS).
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

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

enum rounding { INWARD, OUTWARD };

/* The pages that lie wholly in a range (INWARD), or that hold any of its bytes. A mapping's own end counts as a page's
 * end: nobody else looks at the rest of that page through this mapping. */
static struct rst_pages pages_of(const struct rst_map *map, uint64_t from, uint64_t length, enum rounding rounding)
{
    struct rst_pages pages = {map->base, 0};
    size_t page = rst_page_size();
    size_t start = (size_t)(map->data - map->base) + (size_t)from, end = start + (size_t)length;

    if (length == 0) return pages;
    if (rounding == OUTWARD || from + length == map->length) end += (0 - end) & (page - 1);
    if (rounding == INWARD && from > 0) start += (0 - start) & (page - 1);
    start &= ~(page - 1);
    end &= ~(page - 1);
    if (start < end) pages = (struct rst_pages){map->base + start, end - start};
    return pages;
}

enum rst_status rst_map_flush(struct rst_map *map, uint64_t from, uint64_t length, bool sync, struct rst_error *err)
{
    RST_TRY(rst_map_range(map, from, &length, err));
    if (map->mode != RST_SHARED || map->descriptor < 0) return RST_OK;

    if (!sync) {
        /* msync(MS_ASYNC) does nothing on Linux. A file system without write-behind has nothing to start. */
        if (length > 0 &&
            sync_file_range(map->descriptor, (off_t)(map->offset + from), (off_t)length, SYNC_FILE_RANGE_WRITE) != 0 &&
            errno != ENOSYS && errno != ESPIPE && errno != EINVAL)
            return rst_fail_errno(err, errno, "%s: writing bytes %" PRIu64 " to %" PRIu64, map->path,
                                  map->offset + from, map->offset + from + length);
        return RST_OK;
    }
    struct rst_pages pages = pages_of(map, from, length, OUTWARD);
    if (pages.bytes > 0 && msync(pages.start, pages.bytes, MS_SYNC) != 0)
        return rst_fail_errno(err, errno, "%s: writing bytes %" PRIu64 " to %" PRIu64, map->path, map->offset + from,
                              map->offset + from + length);
    if (fdatasync(map->descriptor) != 0) return rst_fail_errno(err, errno, "%s: syncing to the disk", map->path);
    return RST_OK;
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
    struct rst_pages pages = pages_of(map, from, length, advice == RST_DONTNEED ? INWARD : OUTWARD);
    /* EINVAL: pages that the host has locked into memory, or a kernel without MADV_PAGEOUT or large pages. It is
     * advice: things stay as they are. */
    if (pages.bytes > 0 && madvise(pages.start, pages.bytes, how) != 0 && errno != EINVAL)
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
    struct rst_pages pages = pages_of(map, from, length, OUTWARD);
    if (pages.bytes == 0) return RST_OK;

    do
        result = madvise(pages.start, pages.bytes, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
    while (result != 0 && errno == EINTR);
    if (result == 0) return RST_OK;
    if (errno == EINVAL) return rst_map_check_length(map, from, length, err);
    return explain(map, from, length, write, errno, err);
}

enum rst_status rst_map_reserve(struct rst_map *map, uint64_t from, uint64_t length, struct rst_error *err)
{
    RST_TRY(rst_map_range(map, from, &length, err));
    if (map->mode == RST_READ) return rst_fail(err, RST_E_READONLY, "%s: mapped for reading only", map->path);
    if (map->mode == RST_PRIVATE || map->descriptor < 0) return RST_OK; /* no store reaches the disk */
    RST_TRY(rst_map_check_length(map, from, length, err));              /* or the file would grow again */
    return rst_space_reserve(map->descriptor, map->path, map->offset + from, length, err);
}
