/* A new length for a shared mapping and its file.
 *
 * Growing reserves first and moves the mapping second, so that each step can still be undone; shrinking cuts the file
 * first, after which unmapping the tail is a matter of tidiness only. Invariant: on failure file and mapping are as
 * before.
 */
#define _GNU_SOURCE 1
#include "raster/map/map.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "raster/base/size.h"
#include "raster/map/map_internal.h"
#include "raster/map/space.h"

static enum rst_status check(const struct rst_map *map, uint64_t length, struct rst_error *err)
{
    struct stat file;
    uint64_t end;

    if (map->mode == RST_READ) return rst_fail(err, RST_E_READONLY, "%s: mapped for reading only", map->path);
    if (map->mode == RST_PRIVATE || map->descriptor < 0)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: only a shared mapping of a file can be resized", map->path);
    if (!rst_add(map->offset, length, &end) || end > INT64_MAX)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %" PRIu64 " bytes are more than a file can have", map->path, length);
    if (fstat(map->descriptor, &file) != 0) return rst_fail_errno(err, errno, "%s: reading the file's size", map->path);
    if ((uint64_t)file.st_size != map->offset + map->length)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: the mapping ends at byte %" PRIu64 ", the file at %jd; it is not resized", map->path,
                        map->offset + map->length, (intmax_t)file.st_size);
    return RST_OK;
}

static enum rst_status set_file_length(const struct rst_map *map, uint64_t length, struct rst_error *err)
{
    if (ftruncate(map->descriptor, (off_t)(map->offset + length)) == 0) return RST_OK;
    return rst_fail_errno(err, errno, "%s: making it %" PRIu64 " bytes long", map->path, map->offset + length);
}

static enum rst_status shrink(struct rst_map *map, uint64_t length, struct rst_error *err)
{
    size_t page = rst_page_size(), lead = (size_t)(map->data - map->base), span = 0;

    RST_TRY(set_file_length(map, length, err));
    if (length > 0) span = (lead + (size_t)length + page - 1) & ~(page - 1);
    /* A tail that cannot be unmapped (the host is out of mappings) stays until the mapping is closed. */
    if (span < map->span && munmap(map->base + span, map->span - span) == 0) map->span = span;
    if (map->span == 0) map->base = map->data = NULL;
    map->length = length;
    return RST_OK;
}

/* mremap keeps what is in memory. It refuses a range that differing advice has split, and then, and from nothing, a
 * second mapping takes the first one's place: the pages are the file's, nothing is lost. */
static enum rst_status stretch(struct rst_map *map, uint64_t length, struct rst_error *err)
{
    uint64_t lead = map->offset % rst_page_size(), span;
    struct rst_map old = *map;
    void *moved = MAP_FAILED;

    if (!rst_align_up(lead + length, rst_page_size(), &span) || span > PTRDIFF_MAX)
        return rst_fail(err, RST_E_NOMEM, "%s: %" PRIu64 " bytes are more than can be mapped", map->path, length);
    if (map->base) moved = mremap(map->base, map->span, (size_t)span, MREMAP_MAYMOVE);
    if (moved != MAP_FAILED) {
        map->base = moved;
        map->span = (size_t)span;
        map->data = map->base + lead;
        map->length = length;
        return RST_OK;
    }
    RST_TRY(rst_map_attach(map, length, err));
    if (old.base) munmap(old.base, old.span);
    return RST_OK;
}

static enum rst_status grow(struct rst_map *map, uint64_t length, struct rst_error *err)
{
    uint64_t before = map->length;
    enum rst_status status;

    if (map->sparse)
        RST_TRY(set_file_length(map, length, err));
    else
        RST_TRY(rst_space_reserve(map->descriptor, map->path, map->offset + before, length - before, err));
    status = stretch(map, length, err);
    if (status != RST_OK) (void)set_file_length(map, before, err); /* the first message wins */
    return status;
}

enum rst_status rst_map_resize(struct rst_map *map, uint64_t length, struct rst_error *err)
{
    RST_TRY(check(map, length, err));
    if (length == map->length) return RST_OK;
    return length < map->length ? shrink(map, length, err) : grow(map, length, err);
}
