/* Letting go of pages: out of the mapping, and out of the page cache.
 *
 * A long pass over a large file stays small by this: it releases what it is done with, and drops what it has written.
 * Invariant: only pages of which a file has, or will be given, every byte are let go of. So private copies, anonymous
 * memory and pieces of a patchwork are never touched here. All rounding is outward: a page that two ranges share would
 * else stay behind for ever.
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

bool rst_map_next_part(const struct rst_map *map, uint64_t *from, uint64_t end, struct rst_part *part)
{
    if (*from >= end || map->descriptor < 0 || map->patches) return false;
    if (map->mode == RST_PRIVATE) return rst_overlay_next_part(map, from, end, part);
    *part = (struct rst_part){*from, end - *from, map->descriptor};
    *from = end;
    return true;
}

enum rst_status rst_map_release(struct rst_map *map, uint64_t from, uint64_t length, struct rst_error *err)
{
    struct rst_part part;

    RST_TRY(rst_map_range(map, from, &length, err));
    for (uint64_t end = from + length; rst_map_next_part(map, &from, end, &part);) {
        struct rst_pages pages = rst_map_pages(map, part.from, part.length, RST_OUTWARD);
        /* EINVAL: the host has locked the pages into memory, and wants them to stay. */
        if (madvise(pages.start, pages.bytes, MADV_DONTNEED) != 0 && errno != EINVAL)
            return rst_fail_errno(err, errno, "%s: letting go of bytes %" PRIu64 " to %" PRIu64, map->path,
                                  map->offset + part.from, map->offset + part.from + part.length);
    }
    return RST_OK;
}

/* The page cache is kept in blocks of up to this many bytes, and lets go of none but whole ones: one that began before
 * the range goes with it if nobody maps it. One that ends behind it goes with the range that follows. */
enum { FOLIO_MOST = 2 << 20 };

/* A file system that does not offer the call has nothing to wait for, or keeps its pages: no error. */
static bool is_unknown(int error)
{
    return error == ENOSYS || error == ESPIPE || error == EINVAL;
}

enum rst_status rst_file_write_out(int descriptor, const char *path, uint64_t from, uint64_t bytes, bool finish,
                                   struct rst_error *err)
{
    const unsigned int wait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    unsigned int how = finish ? wait : SYNC_FILE_RANGE_WRITE;
    uint64_t lead = from % FOLIO_MOST;
    int error = sync_file_range(descriptor, (off_t)from, (off_t)bytes, how) != 0 ? errno : 0;

    if (finish && (error == 0 || is_unknown(error)))
        error = posix_fadvise(descriptor, (off_t)(from - lead), (off_t)(bytes + lead), POSIX_FADV_DONTNEED);
    if (error == 0 || is_unknown(error)) return RST_OK;
    return rst_fail_errno(err, error, "%s: writing bytes %" PRIu64 " to %" PRIu64, path, from, from + bytes);
}

enum rst_status rst_map_drop(struct rst_map *map, uint64_t from, uint64_t length, struct rst_error *err)
{
    struct rst_part part;

    RST_TRY(rst_map_range(map, from, &length, err));
    for (uint64_t end = from + length; rst_map_next_part(map, &from, end, &part);) {
        struct rst_pages pages = rst_map_pages(map, part.from, part.length, RST_OUTWARD);
        uint64_t start = map->offset - (uint64_t)(map->data - map->base) + (uint64_t)(pages.start - map->base);
        if (map->mode == RST_READ) {
            (void)posix_fadvise(part.descriptor, (off_t)start, (off_t)pages.bytes, POSIX_FADV_DONTNEED);
            continue;
        }
        RST_TRY(rst_file_write_out(part.descriptor, map->path, start, pages.bytes, true, err));
    }
    return RST_OK;
}

/* The seek moves the descriptor's place in the file, which nobody uses: all else goes by pread, pwrite and mappings. */
bool rst_map_is_hole(const struct rst_map *map, uint64_t from, uint64_t length)
{
    uint64_t start = map->offset + from;
    struct stat file;

    if (map->descriptor < 0 || map->patches || map->mode == RST_PRIVATE) return false;
    if (rst_map_range(map, from, &length, NULL) != RST_OK || length == 0) return false;
    off_t data = lseek(map->descriptor, (off_t)start, SEEK_DATA);
    if (data >= 0) return (uint64_t)data >= start + length;
    /* ENXIO: no data from there on; or no file any more, which is not the same as zeros. */
    return errno == ENXIO && fstat(map->descriptor, &file) == 0 && (uint64_t)file.st_size >= start + length;
}
