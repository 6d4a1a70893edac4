/* Free space, and who shares it. */
#include "cli/disk.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

uint64_t disk_free(const char *folder)
{
    struct statvfs system;
    if (statvfs(folder, &system) != 0) return UINT64_MAX;
    return (uint64_t)system.f_bavail * system.f_frsize;
}

bool disk_is_shared(const char *folder, const char *file)
{
    struct stat a, b;
    char *path = realpath(file, NULL); /* a link is written to where it leads */
    if (path == NULL) path = strdup(file);
    bool shared = path != NULL && stat(folder, &a) == 0 && stat(dirname(path), &b) == 0 && a.st_dev == b.st_dev;
    free(path);
    return shared;
}
