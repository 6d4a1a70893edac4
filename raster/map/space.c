/* Reserving disk space.
 *
 * posix_fallocate does the work (glibc writes into the blocks where the file system has no call for it). A request that
 * cannot succeed is refused before it starts: ext4 would fill the disk to the last block, at the cost of everybody
 * else, before it fails. What a failed call has grown is cut back.
 */
#define _GNU_SOURCE 1
#include "raster/map/space.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "raster/base/size.h"

static uint64_t blocks_to_bytes(uint64_t blocks, uint64_t unit)
{
    uint64_t bytes;
    return rst_mul(blocks, unit, &bytes) ? bytes : UINT64_MAX;
}

uint64_t rst_space_free(int descriptor)
{
    struct statvfs fs;

    if (fstatvfs(descriptor, &fs) != 0 || fs.f_blocks == 0) return UINT64_MAX;
    return blocks_to_bytes(fs.f_bavail, fs.f_frsize);
}

/* True where even root, and with all that the file has already counted in, could not have `length` bytes. */
static bool is_hopeless(int descriptor, const struct stat *file, uint64_t length)
{
    struct statvfs fs;
    uint64_t held = blocks_to_bytes((uint64_t)file->st_blocks, 512);

    if (length <= held || fstatvfs(descriptor, &fs) != 0 || fs.f_blocks == 0) return false;
    return length - held > blocks_to_bytes(fs.f_bfree, fs.f_frsize);
}

/* Where neither the file system nor libc can reserve, growing the file is all that can be done; rst_map_populate()
 * still reports the disk that fills up later. */
static int reserve(int descriptor, off_t offset, off_t length, off_t size)
{
    int error;

    do
        error = posix_fallocate(descriptor, offset, length);
    while (error == EINTR);
    if (error != EOPNOTSUPP && error != ENOSYS && error != EINVAL) return error;
    if (offset + length <= size) return 0;
    return ftruncate(descriptor, offset + length) == 0 ? 0 : errno;
}

enum rst_status rst_space_reserve(int descriptor, const char *path, uint64_t offset, uint64_t length,
                                  struct rst_error *err)
{
    struct stat file;
    uint64_t end;
    int error = ENOSPC;

    if (length == 0) return RST_OK;
    if (!rst_add(offset, length, &end) || end > INT64_MAX)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRIu64 " bytes from offset %" PRIu64 " are more than a file can have", path, length,
                        offset);
    if (fstat(descriptor, &file) != 0) return rst_fail_errno(err, errno, "%s: reading the file's size", path);

    if (!is_hopeless(descriptor, &file, length)) {
        error = reserve(descriptor, (off_t)offset, (off_t)length, file.st_size);
        if (error == 0) return RST_OK;
        if ((uint64_t)file.st_size < end && ftruncate(descriptor, file.st_size) != 0)
            return rst_fail_errno(err, errno,
                                  "%s: no space for %" PRIu64 " bytes, and the file cannot be cut back to %jd", path,
                                  length, (intmax_t)file.st_size);
    }
    return rst_fail_errno(err, error, "%s: reserving %" PRIu64 " bytes from offset %" PRIu64 ", %" PRIu64 " are free",
                          path, length, offset, rst_space_free(descriptor));
}
