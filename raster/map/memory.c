/* Memory as /proc tells it.
 *
 * Nothing is kept between calls: what is free changes while we look. A file that is missing, or that says what we do
 * not understand, counts as if it had said nothing: a machine without /proc still works, without knowing.
 */
#define _GNU_SOURCE 1
#include "raster/map/memory.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "raster/map/memory_internal.h"

/* A whole number that fits, and nothing else before the next blank. */
static bool parse_number(const char *text, uint64_t *number)
{
    char *end;

    while (*text == ' ' || *text == '\t')
        text++;
    if (!isdigit((unsigned char)*text)) return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || (*end && !isspace((unsigned char)*end))) return false;
    *number = value;
    return true;
}

bool rst_memory_field(const char *path, const char *key, uint64_t *number)
{
    size_t length = strlen(key);
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    bool found = false;

    if (!file) return false;
    while (!found && getline(&line, &room, file) > 0)
        if (strncmp(line, key, length) == 0 && (length == 0 || isspace((unsigned char)line[length])))
            found = parse_number(line + length, number);
    free(line);
    (void)fclose(file); /* it was read only */
    return found;
}

static const char *join(char path[PATH_MAX], const char *root, const char *name)
{
    int length = snprintf(path, PATH_MAX, "%s%s", root, name);
    return length > 0 && length < PATH_MAX ? path : "";
}

static uint64_t kibibytes(const char *path, const char *key)
{
    uint64_t number;
    return rst_memory_field(path, key, &number) && number <= UINT64_MAX / 1024 ? number * 1024 : 0;
}

struct rst_resident rst_memory_resident_under(const char *root)
{
    char path[PATH_MAX];
    const char *status = join(path, root, "/proc/self/status");

    return (struct rst_resident){
        .anonymous = kibibytes(status, "RssAnon:"),
        .file = kibibytes(status, "RssFile:"),
        .shared = kibibytes(status, "RssShmem:"),
    };
}

struct rst_resident rst_memory_resident(void)
{
    return rst_memory_resident_under("");
}

uint64_t rst_memory_spare_under(const char *root)
{
    char path[PATH_MAX];
    uint64_t spare = rst_cgroup_spare(root), number;

    if (rst_memory_field(join(path, root, "/proc/meminfo"), "MemAvailable:", &number) && number <= UINT64_MAX / 1024 &&
        number * 1024 < spare)
        spare = number * 1024;
    return spare;
}

uint64_t rst_memory_spare(void)
{
    return rst_memory_spare_under("");
}

struct rst_usage rst_memory_usage_under(const char *root)
{
    char path[PATH_MAX];
    const char *io = join(path, root, "/proc/self/io");
    struct rst_usage usage = {0};
    struct rusage counted;

    if (getrusage(RUSAGE_SELF, &counted) == 0) {
        usage.minor_faults = counted.ru_minflt;
        usage.major_faults = counted.ru_majflt;
    }
    (void)rst_memory_field(io, "read_bytes:", &usage.disk_read); /* 0 where it may not be read */
    (void)rst_memory_field(io, "write_bytes:", &usage.disk_written);
    return usage;
}

struct rst_usage rst_memory_usage(void)
{
    return rst_memory_usage_under("");
}
