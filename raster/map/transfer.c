/* Bytes of a mapping's file by system call. A mapping is faster where whole rows are walked; a call is, where a range
 * is a few KiB and the next one lies elsewhere: it needs no page brought in, and none let go of. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "raster/map/map_internal.h"

static enum rst_status check(const struct rst_map *map, uint64_t from, uint64_t *length, struct rst_error *err)
{
    if (map->descriptor < 0 || map->patches || map->mode == RST_PRIVATE)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: its file does not have what the mapping shows", map->path);
    return rst_map_range(map, from, length, err);
}

enum rst_status rst_map_read(const struct rst_map *map, uint64_t from, uint64_t length, void *to, struct rst_error *err)
{
    char *at = to;
    RST_TRY(check(map, from, &length, err));
    while (length > 0) {
        ssize_t got = pread(map->descriptor, at, length, (off_t)(map->offset + from));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return rst_fail_errno(err, errno, "%s: reading %" PRIu64 " bytes from byte %" PRIu64 " on", map->path,
                                  length, map->offset + from);
        if (got == 0)
            return rst_fail(err, RST_E_TRUNCATED, "%s: ends at byte %" PRIu64 ", %" PRIu64 " more are mapped",
                            map->path, map->offset + from, length);
        at += got;
        from += (uint64_t)got;
        length -= (uint64_t)got;
    }
    return RST_OK;
}

enum rst_status rst_map_write(const struct rst_map *map, uint64_t from, uint64_t length, const void *bytes,
                              struct rst_error *err)
{
    const char *at = bytes;
    RST_TRY(check(map, from, &length, err));
    if (map->mode == RST_READ) return rst_fail(err, RST_E_READONLY, "%s: mapped for reading only", map->path);
    while (length > 0) {
        ssize_t put = pwrite(map->descriptor, at, length, (off_t)(map->offset + from));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            return rst_fail_errno(err, errno, "%s: writing %" PRIu64 " bytes from byte %" PRIu64 " on", map->path,
                                  length, map->offset + from);
        at += put;
        from += (uint64_t)put;
        length -= (uint64_t)put;
    }
    return RST_OK;
}
