/* What the memory cgroups leave to this process.
 *
 * A process is in one cgroup of each hierarchy: /proc/self/cgroup tells its path there, /proc/self/mountinfo where the
 * hierarchy can be looked at, and which part of it: in a container often only the process's own part is mounted. Limits
 * hold for all that is below them, so every level from the process's own up to the mount's top is asked, and the least
 * answer counts. Levels that are not there, or say nothing, have no limit. Version 1 and 2 may both be mounted, and the
 * memory controller is in one of them: both are asked.
 *
 * Page cache counts towards a cgroup's use, and is given up when there is need: what is clean and not mapped is as good
 * as free. Dirty pages and mapped ones are not to be had at once.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/map/memory_internal.h"

enum version { V1, V2, VERSIONS };

/* How a version's files and the fields of its memory.stat are called. */
struct names {
    const char *limits[2]; /* NULL: no second one */
    const char *usage;
    const char *cache[2], *busy[3];
};

static const struct names versions[VERSIONS] = {
    [V1] = {{"memory.limit_in_bytes", NULL},
            "memory.usage_in_bytes",
            {"total_inactive_file", "total_active_file"},
            {"total_dirty", "total_writeback", "total_mapped_file"}},
    [V2] = {{"memory.max", "memory.high"},
            "memory.current",
            {"inactive_file", "active_file"},
            {"file_dirty", "file_writeback", "file_mapped"}},
};

/* Version 1 has no word for "no limit", but the largest number of pages. */
static const uint64_t unlimited = UINT64_C(1) << 60;

static bool ask(const char *folder, const char *name, const char *key, uint64_t *number)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length > 0 && (size_t)length < sizeof path && rst_memory_field(path, key, number);
}

/* The page cache that one cgroup, with all below it, can give up at once. */
static uint64_t reclaimable(const char *folder, const struct names *names)
{
    uint64_t cache = 0, number;

    for (int i = 0; i < 2; i++)
        if (ask(folder, "memory.stat", names->cache[i], &number) && number < unlimited) cache += number;
    for (int i = 0; i < 3; i++)
        if (ask(folder, "memory.stat", names->busy[i], &number)) cache -= number < cache ? number : cache;
    return cache;
}

static uint64_t spare_of_one(const char *folder, const struct names *names)
{
    uint64_t limit = UINT64_MAX, number, used = 0;

    for (int i = 0; i < 2; i++)
        if (names->limits[i] && ask(folder, names->limits[i], "", &number) && number < limit) limit = number;
    if (limit >= unlimited) return UINT64_MAX;
    (void)ask(folder, names->usage, "", &used); /* where it is not told, the limit itself is the most there can be */
    uint64_t left = used < limit ? limit - used : 0, cache = reclaimable(folder, names);
    return cache < limit - left ? left + cache : limit;
}

/* From the folder (mount point and path) up to the mount point. */
static uint64_t spare_up_to(const char *mount, const char *path, const struct names *names)
{
    char folder[PATH_MAX];
    int top = snprintf(folder, sizeof folder, "%s", mount), length = 0;
    uint64_t least = UINT64_MAX;

    if (top > 0 && top < PATH_MAX) length = snprintf(folder + top, sizeof folder - (size_t)top, "%s", path);
    if (top <= 0 || top >= PATH_MAX || length < 0 || length >= PATH_MAX - top) return UINT64_MAX;
    for (;;) {
        uint64_t spare = spare_of_one(folder, names);
        if (spare < least) least = spare;
        char *slash = strrchr(folder + top, '/');
        if (!slash) return least;
        *slash = '\0';
    }
}

/* True where `word` is one of the comma separated words that start at `list` and end with the string. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
        if (strncmp(list, word, length) == 0 && (list[length] == ',' || list[length] == '\0')) return true;
    return false;
}

/* Reads the process's path in the hierarchy of a version from its lines "number:controllers:path". */
static bool find_path(const char *root, enum version version, char path[PATH_MAX])
{
    char name[PATH_MAX], *line = NULL;
    size_t room = 0;
    bool found = false;
    int length = snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *file = length < PATH_MAX ? fopen(name, "re") : NULL;

    while (file && !found && getline(&line, &room, file) > 0) {
        char *controllers = strchr(line, ':');
        char *where = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!where) continue;
        *where++ = '\0';
        where[strcspn(where, "\n")] = '\0';
        bool ours = version == V2 ? controllers[1] == '\0' : has_word(controllers + 1, "memory");
        if (!ours || where[0] != '/' || strlen(where) >= PATH_MAX) continue;
        memcpy(path, where, strlen(where) + 1);
        found = true;
    }
    free(line);
    if (file) (void)fclose(file); /* it was read only */
    return found;
}

/* Blanks and the like stand as three octal digits in mountinfo; decoded in place. */
static void unescape(char *text)
{
    char *to = text;

    for (; *text; text++) {
        unsigned int byte;
        if (text[0] == '\\' && sscanf(text + 1, "%3o", &byte) == 1 && strspn(text + 1, "01234567") >= 3) {
            *to++ = (char)byte;
            text += 3;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

struct mount {
    char *top;   /* the path, in the hierarchy, of what is mounted */
    char *point; /* where it is mounted */
};

/* One line of mountinfo: number, parent, device, top, point, options ... "-", kind, source, options. */
static bool parse_mount(char *line, enum version version, struct mount *mount)
{
    char *rest = strstr(line, " - "), *next = NULL, *field;

    if (!rest) return false;
    *rest = '\0';
    rest += 3;
    field = strtok_r(line, " ", &next);
    for (int i = 0; field && i < 3; i++)
        field = strtok_r(NULL, " ", &next);
    mount->top = field;
    mount->point = field ? strtok_r(NULL, " ", &next) : NULL;
    if (!mount->point) return false;
    unescape(mount->top);
    unescape(mount->point);

    char *kind = strtok_r(rest, " \n", &next), *source = strtok_r(NULL, " \n", &next);
    char *options = source ? strtok_r(NULL, " \n", &next) : NULL;
    if (!kind || !options) return false;
    return version == V2 ? strcmp(kind, "cgroup2") == 0 : strcmp(kind, "cgroup") == 0 && has_word(options, "memory");
}

/* What of `path` comes below the top of what is mounted: "" for the top itself; NULL where the path is elsewhere. Seen
 * from within a cgroup namespace, a top above its own is "/..", as often as it is levels: our own level has no name in
 * such a mount, but its top is above us. */
static const char *below(const char *top, const char *path)
{
    size_t length = strlen(top);

    if (strcmp(path, "/") == 0) path = "";
    if (strcmp(top, "/") == 0) return strncmp(path, "/..", 3) == 0 ? NULL : path;
    if (strncmp(path, top, length) == 0 && (path[length] == '/' || path[length] == '\0')) return path + length;
    for (; strncmp(top, "/..", 3) == 0; top += 3)
        continue;
    return *top == '\0' ? "" : NULL;
}

static uint64_t spare_of_version(const char *root, enum version version)
{
    char name[PATH_MAX], path[PATH_MAX], *line = NULL;
    size_t room = 0;
    uint64_t least = UINT64_MAX;
    struct mount mount;
    int length = snprintf(name, sizeof name, "%s/proc/self/mountinfo", root);

    if (length >= PATH_MAX || !find_path(root, version, path)) return least;
    FILE *file = fopen(name, "re");
    while (file && getline(&line, &room, file) > 0) {
        const char *rest = parse_mount(line, version, &mount) ? below(mount.top, path) : NULL;
        length = rest ? snprintf(name, sizeof name, "%s%s", root, mount.point) : -1;
        if (length < 0 || length >= PATH_MAX) continue;
        uint64_t spare = spare_up_to(name, rest, &versions[version]);
        if (spare < least) least = spare;
    }
    free(line);
    if (file) (void)fclose(file); /* it was read only */
    return least;
}

uint64_t rst_cgroup_spare(const char *root)
{
    uint64_t first = spare_of_version(root, V1), second = spare_of_version(root, V2);
    return first < second ? first : second;
}
