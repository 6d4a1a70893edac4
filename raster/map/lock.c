/* Locks on ranges of a mapping's file.
 *
 * Open-file-description locks, because the classic ones belong to the process: two mappings in one program would not
 * see each other, and closing any descriptor of the file would drop them all.
 */
#define _GNU_SOURCE 1
#include "raster/map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "raster/map/map_internal.h"

/* A caller's range as the kernel wants it. l_len 0 means "to infinity" to the kernel: that is what (0, 0) asks for, and
 * what an empty range at the mapping's end must not become. */
static enum rst_status describe(const struct rst_map *map, short type, uint64_t from, uint64_t length,
                                struct flock *range, struct rst_error *err)
{
    if (map->descriptor < 0) return rst_fail(err, RST_E_UNSUPPORTED, "%s: there is no file to lock", map->path);
    memset(range, 0, sizeof *range);
    range->l_type = type;
    range->l_whence = SEEK_SET;
    if (from == 0 && length == 0) return RST_OK;
    RST_TRY(rst_map_range(map, from, &length, err));
    if (length == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: the range at byte %" PRIu64 " is empty", map->path, from);
    range->l_start = (off_t)(map->offset + from);
    range->l_len = (off_t)length;
    return RST_OK;
}

enum rst_status rst_map_lock(struct rst_map *map, enum rst_lock kind, uint64_t from, uint64_t length, bool wait,
                             struct rst_error *err)
{
    struct flock range;
    int result;

    RST_TRY(describe(map, kind == RST_LOCK_EXCLUSIVE ? F_WRLCK : F_RDLCK, from, length, &range, err));
    if (kind == RST_LOCK_EXCLUSIVE && !map->writable)
        return rst_fail(err, RST_E_READONLY, "%s: an exclusive lock needs a file opened for writing", map->path);
    do
        result = fcntl(map->descriptor, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
    while (result != 0 && errno == EINTR);
    if (result == 0) return RST_OK;
    if (errno == EAGAIN || errno == EACCES)
        return rst_fail(err, RST_E_LOCKED, "%s: another process or mapping holds a lock on it; wait for it to finish",
                        map->path);
    return rst_fail_errno(err, errno, "%s: locking", map->path);
}

enum rst_status rst_map_unlock(struct rst_map *map, uint64_t from, uint64_t length, struct rst_error *err)
{
    struct flock range;

    RST_TRY(describe(map, F_UNLCK, from, length, &range, err));
    if (fcntl(map->descriptor, F_OFD_SETLK, &range) != 0) return rst_fail_errno(err, errno, "%s: unlocking", map->path);
    return RST_OK;
}
