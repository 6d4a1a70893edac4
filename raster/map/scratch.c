/* Scratch: a shared mapping of a file that has no name.
 *
 * It is a file, not memory, so that the kernel can write its pages out when memory is short; it is unlinked from the
 * start, so that nothing is left behind however the program ends.
 */
#define _GNU_SOURCE 1
#include "raster/map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "raster/map/map_internal.h"
#include "raster/map/space.h"

/* An empty variable counts as unset; a program that runs with another's rights does not listen to the environment. */
const char *rst_scratch_folder(const char *directory)
{
    const char *names[] = {"RASTER_TMPDIR", "TMPDIR"};

    if (directory && *directory) return directory;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = secure_getenv(names[i]);
        if (value && *value) return value;
    }
    return "/tmp";
}

int rst_scratch_tmpfile(const char *directory)
{
    return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int rst_scratch_unlinked(const char *directory)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/.raster-XXXXXX", directory);
    int descriptor;

    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor >= 0) unlink(path);
    return descriptor;
}

/* Sets the file's length; the space is there afterwards unless `sparse`. */
static enum rst_status make_room(int descriptor, const char *directory, uint64_t length, bool sparse,
                                 struct rst_error *err)
{
    char name[PATH_MAX + 32];

    snprintf(name, sizeof name, "scratch file in %s", directory);
    if (!sparse) return rst_space_reserve(descriptor, name, 0, length, err);
    if (length > INT64_MAX)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %" PRIu64 " bytes are more than a file can have", name, length);
    if (ftruncate(descriptor, (off_t)length) != 0)
        return rst_fail_errno(err, errno, "%s: making it %" PRIu64 " bytes long", name, length);
    return RST_OK;
}

enum rst_status rst_scratch_open(const char *directory, int *descriptor, struct rst_error *err)
{
    directory = rst_scratch_folder(directory);
    *descriptor = rst_scratch_tmpfile(directory);
    if (*descriptor < 0) *descriptor = rst_scratch_unlinked(directory);
    if (*descriptor < 0) return rst_fail_errno(err, errno, "%s: no scratch file can be made there", directory);
    return RST_OK;
}

enum rst_status rst_map_scratch(const char *directory, uint64_t length, bool sparse, struct rst_map **out,
                                struct rst_error *err)
{
    enum rst_status status;
    int descriptor;

    *out = NULL;
    RST_TRY(rst_scratch_open(directory, &descriptor, err));
    status = make_room(descriptor, rst_scratch_folder(directory), length, sparse, err);
    if (status != RST_OK) {
        close(descriptor);
        return status;
    }
    RST_TRY(rst_map_adopt(descriptor, "(scratch)", RST_SHARED, 0, length, out, err));
    (*out)->sparse = sparse;
    return RST_OK;
}
