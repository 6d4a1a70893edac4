/* Opening and closing mappings, and what they say of themselves.
 *
 * The kernel maps whole pages from page boundaries; callers want any byte range. So `base` and `span` are what was
 * mapped, `data` and `length` what was asked for, and data - base is the offset's remainder. Invariant: when a mapping
 * is made, every byte of [offset, offset + length) lies in the file, so that only a later truncation can make a touch
 * fail.
 */
#define _GNU_SOURCE 1
#include "raster/map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "raster/base/size.h"
#include "raster/map/map_internal.h"

static bool is_refusal(int error)
{
    return error == EACCES || error == EROFS || error == EPERM || error == ETXTBSY;
}

static int open_retrying(const char *path, int flags)
{
    int descriptor;

    do
        descriptor = open(path, flags | O_CLOEXEC | O_NOCTTY);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

/* -1 with the error stored. Opening a fifo would wait for its other end, so the kind of file is looked at first (and
 * again by rst_map_adopt(), of what was really opened). */
static enum rst_status open_file(const char *path, enum rst_mode mode, int *descriptor, struct rst_error *err)
{
    struct stat file;

    if (stat(path, &file) != 0) return rst_fail_errno(err, errno, "%s: cannot be opened", path);
    if (!S_ISREG(file.st_mode))
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: %s cannot be mapped; a regular file is needed", path,
                        S_ISDIR(file.st_mode) ? "a folder" : "a device, pipe or socket");

    *descriptor = open_retrying(path, mode == RST_READ ? O_RDONLY : O_RDWR);
    if (*descriptor < 0 && mode == RST_SHARED && is_refusal(errno))
        return rst_fail(err, RST_E_READONLY, "%s: cannot be opened for writing: %m", path);
    if (*descriptor < 0 && mode == RST_PRIVATE && is_refusal(errno)) *descriptor = open_retrying(path, O_RDONLY);
    if (*descriptor < 0) return rst_fail_errno(err, errno, "%s: cannot be opened", path);
    return RST_OK;
}

enum rst_status rst_map_open(const char *path, enum rst_mode mode, uint64_t offset, uint64_t length,
                             struct rst_map **out, struct rst_error *err)
{
    int descriptor = -1;

    *out = NULL;
    RST_TRY(open_file(path, mode, &descriptor, err));
    return rst_map_adopt(descriptor, path, mode, offset, length, out, err);
}

static struct rst_map *new_map(const char *path, enum rst_mode mode)
{
    size_t size = strlen(path) + 1;
    struct rst_map *map = calloc(1, sizeof *map + size);

    if (!map) return NULL;
    memcpy(map->path, path, size);
    map->mode = mode;
    map->descriptor = -1;
    map->owner = geteuid();
    return map;
}

/* Looks at what the descriptor is open for, and keeps it from leaking into programs that the host starts. */
static enum rst_status check_descriptor(struct rst_map *map, struct rst_error *err)
{
    int flags = fcntl(map->descriptor, F_GETFL);

    if (flags < 0 || fcntl(map->descriptor, F_SETFD, FD_CLOEXEC) != 0)
        return rst_fail_errno(err, errno, "%s: descriptor %d", map->path, map->descriptor);
    map->writable = (flags & O_ACCMODE) == O_RDWR;
    if ((flags & O_ACCMODE) == O_WRONLY)
        return rst_fail(err, RST_E_ARGUMENT, "%s: descriptor %d is open for writing only", map->path, map->descriptor);
    if (map->mode == RST_SHARED && !map->writable)
        return rst_fail(err, RST_E_READONLY, "%s: descriptor %d is open for reading only", map->path, map->descriptor);
    return RST_OK;
}

/* The length that is meant, proven against the file's; and whose it is. */
static enum rst_status measure(struct rst_map *map, uint64_t *length, struct rst_error *err)
{
    struct stat file;
    uint64_t size, end;

    if (fstat(map->descriptor, &file) != 0) return rst_fail_errno(err, errno, "%s: reading the file's size", map->path);
    if (!S_ISREG(file.st_mode))
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: only a regular file can be mapped", map->path);
    map->owner = file.st_uid;
    size = (uint64_t)file.st_size;
    if (map->offset > size)
        return rst_fail(err, RST_E_TRUNCATED, "%s: the data start at byte %" PRIu64 ", the file has %" PRIu64,
                        map->path, map->offset, size);
    if (*length == 0) *length = size - map->offset;
    if (!rst_add(map->offset, *length, &end) || end > size)
        return rst_fail(err, RST_E_TRUNCATED,
                        "%s: %" PRIu64 " bytes are needed from byte %" PRIu64 " on, the file has %" PRIu64, map->path,
                        *length, map->offset, size);
    return RST_OK;
}

enum rst_status rst_map_attach(struct rst_map *map, uint64_t length, struct rst_error *err)
{
    static const struct {
        int protection, flags;
    } kinds[] = {
        [RST_READ] = {PROT_READ, MAP_SHARED},
        /* Without NORESERVE a private mapping larger than memory and swap is refused, edited or not. */
        [RST_PRIVATE] = {PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE},
        [RST_SHARED] = {PROT_READ | PROT_WRITE, MAP_SHARED},
    };
    int flags = map->descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : kinds[map->mode].flags;
    uint64_t lead = map->offset % rst_page_size(), span;
    void *base;

    if (length == 0) {
        map->base = map->data = NULL;
        map->span = 0;
        map->length = 0;
        return RST_OK;
    }
    if (!rst_align_up(length + lead, rst_page_size(), &span) || span > PTRDIFF_MAX)
        return rst_fail(err, RST_E_NOMEM, "%s: %" PRIu64 " bytes are more than can be mapped", map->path, length);
    base = mmap(NULL, (size_t)span, kinds[map->mode].protection, flags, map->descriptor, (off_t)(map->offset - lead));
    if (base == MAP_FAILED)
        return rst_fail_errno(err, errno, "%s: mapping %" PRIu64 " bytes from byte %" PRIu64 " on", map->path, length,
                              map->offset);
    map->base = base;
    map->span = (size_t)span;
    map->data = map->base + lead;
    map->length = length;
    return RST_OK;
}

enum rst_status rst_map_adopt(int descriptor, const char *path, enum rst_mode mode, uint64_t offset, uint64_t length,
                              struct rst_map **out, struct rst_error *err)
{
    struct rst_map *map = new_map(path, mode);
    enum rst_status status;

    *out = NULL;
    if (!map) {
        close(descriptor);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory to open it", path);
    }
    map->descriptor = descriptor;
    map->offset = offset;
    status = check_descriptor(map, err);
    if (status == RST_OK) status = measure(map, &length, err);
    if (status == RST_OK) status = rst_map_attach(map, length, err);
    if (status != RST_OK) {
        rst_map_close(&map);
        return status;
    }
    *out = map;
    return RST_OK;
}

enum rst_status rst_map_anonymous(uint64_t length, struct rst_map **out, struct rst_error *err)
{
    struct rst_map *map = new_map("(anonymous)", RST_SHARED);
    enum rst_status status;

    *out = NULL;
    if (!map) return rst_fail(err, RST_E_NOMEM, "no memory for a mapping of %" PRIu64 " bytes", length);
    status = rst_map_attach(map, length, err);
    if (status != RST_OK) {
        rst_map_close(&map);
        return status;
    }
    *out = map;
    return RST_OK;
}

void rst_map_close(struct rst_map **map)
{
    if (!*map) return;
    if ((*map)->base) munmap((*map)->base, (*map)->span);
    if ((*map)->descriptor >= 0) close((*map)->descriptor);
    rst_patches_free((*map)->patches);
    rst_overlay_free((*map)->overlay);
    free(*map);
    *map = NULL;
}

void *rst_map_data(const struct rst_map *map)
{
    return map->data;
}

uint64_t rst_map_length(const struct rst_map *map)
{
    return map->length;
}

uint64_t rst_map_offset(const struct rst_map *map)
{
    return map->offset;
}

enum rst_mode rst_map_mode(const struct rst_map *map)
{
    return map->mode;
}

const char *rst_map_path(const struct rst_map *map)
{
    return map->path;
}

int rst_map_descriptor(const struct rst_map *map)
{
    return map->descriptor;
}

enum rst_status rst_map_range(const struct rst_map *map, uint64_t from, uint64_t *length, struct rst_error *err)
{
    if (from > map->length || *length > map->length - from)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: bytes %" PRIu64 " to %" PRIu64 " are asked for, the mapping has %" PRIu64, map->path, from,
                        from + *length, map->length);
    if (*length == 0) *length = map->length - from;
    return RST_OK;
}

struct rst_pages rst_map_pages(const struct rst_map *map, uint64_t from, uint64_t length, enum rst_rounding rounding)
{
    struct rst_pages pages = {map->base, 0};
    size_t page = rst_page_size();
    size_t start = (size_t)(map->data - map->base) + (size_t)from, end = start + (size_t)length;

    if (length == 0) return pages;
    if (rounding == RST_OUTWARD || from + length == map->length) end += (0 - end) & (page - 1);
    if (rounding == RST_INWARD && from > 0) start += (0 - start) & (page - 1);
    start &= ~(page - 1);
    end &= ~(page - 1);
    if (start < end) pages = (struct rst_pages){map->base + start, end - start};
    return pages;
}
