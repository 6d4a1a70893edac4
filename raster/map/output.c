/* Output files that appear whole or not at all.
 *
 * The file is written as ".<name>.<random>.tmp" in its target's folder, so that the last step is a rename within one
 * file system. The folder is held open: all names are relative to it, and a host that changes its working directory
 * meanwhile changes nothing. Invariant: until the rename, the target is untouched; after it, the temporary name is
 * gone.
 *
 * A rehearsal looks at the target and its folder in the same way, but opens a file in memory that nobody can name. Its
 * length is only told, so that it may be mapped: its pages come into being where they are touched.
 */
#define _GNU_SOURCE 1
#include "raster/map/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "raster/map/map.h"
#include "raster/map/output_internal.h"
#include "raster/map/space.h"

enum { LINKS_MOST = 40, TRIES_MOST = 100, RANDOM_DIGITS = 10 };

struct rst_output {
    int descriptor;
    int folder; /* of the target */
    bool overwrite;
    bool rehearsal; /* there is no temporary name */
    bool sync;
    char *path;   /* as the caller named it */
    char *target; /* with symlinks followed */
    char temporary[NAME_MAX + 1];
};

static enum rst_status out_of_memory(const char *path, struct rst_error *err)
{
    rst_fail(err, RST_E_NOMEM, "%s: no memory to open it", path);
    return RST_E_NOMEM;
}

/* Where the last component of a path begins. */
static char *name_in(char *path)
{
    char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What a symlink found at `path` points to: relative targets start at the link's folder. */
static char *resolve(char *path, const char *target)
{
    size_t folder = *target == '/' ? 0 : (size_t)(name_in(path) - path), size = strlen(target) + 1;
    char *joined = malloc(folder + size);

    if (!joined) return NULL;
    memcpy(joined, path, folder);
    memcpy(joined + folder, target, size);
    return joined;
}

/* Follows `path` to the name that shall hold the file, whether it exists or not: a dangling link counts too. */
static enum rst_status follow_links(const char *path, char **target, struct rst_error *err)
{
    char *at = strdup(path);

    for (int links = 0; at; links++) {
        char link[PATH_MAX];
        ssize_t length = readlink(at, link, sizeof link - 1);
        if (length < 0) {
            *target = at;
            return RST_OK;
        }
        if (links == LINKS_MOST) {
            free(at);
            return rst_fail_errno(err, ELOOP, "%s: following its links", path);
        }
        link[length] = '\0';
        char *next = resolve(at, link);
        free(at);
        at = next;
    }
    return out_of_memory(path, err);
}

static enum rst_status check_kind(const char *path, mode_t mode, struct rst_error *err)
{
    if (S_ISREG(mode)) return RST_OK;
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: is %s and cannot be replaced by a file; choose another name", path,
                    S_ISDIR(mode) ? "a folder" : "a device, pipe or socket");
}

static enum rst_status refuse_existing(const char *path, struct rst_error *err)
{
    return rst_fail(err, RST_E_EXISTS, "%s: exists already; choose another name or allow overwriting", path);
}

static enum rst_status check_target(const struct rst_output *output, struct rst_error *err)
{
    const char *name = name_in(output->target);
    struct stat file;

    if (stat(output->path, &file) == 0) {
        RST_TRY(check_kind(output->path, file.st_mode, err));
        if (!output->overwrite) return refuse_existing(output->path, err);
    } else if (errno != ENOENT) {
        return rst_fail_errno(err, errno, "%s: cannot be created", output->path);
    }
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: names no file", output->path);
    return RST_OK;
}

/* Opened for reading where that may be, for fsync(); a folder that may be entered only is enough for the rest. */
static enum rst_status open_folder(struct rst_output *output, struct rst_error *err)
{
    char *name = name_in(output->target);
    char *folder = name == output->target ? strdup(".") : strndup(output->target, (size_t)(name - output->target));

    if (!folder) return out_of_memory(output->path, err);
    output->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (output->folder < 0 && errno == EACCES) output->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    free(folder);
    if (output->folder < 0) return rst_fail_errno(err, error, "%s: its folder cannot be opened", output->path);
    return RST_OK;
}

static void fill_random(char digits[RANDOM_DIGITS + 1])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567"; /* one case, for file systems that fold it */
    uint64_t bits;

    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        bits = ((uint64_t)now.tv_nsec << 32) ^ ((uint64_t)now.tv_sec << 20) ^ (uint64_t)getpid();
    }
    for (int i = 0; i < RANDOM_DIGITS; i++, bits >>= 5)
        digits[i] = alphabet[bits & 31];
    digits[RANDOM_DIGITS] = '\0';
}

/* The mode is left to the umask; asking for the umask would change it for all threads. */
static enum rst_status create_temporary(struct rst_output *output, struct rst_error *err)
{
    const char *name = name_in(output->target);
    size_t kept = strlen(name), most = NAME_MAX - strlen(".") - strlen(".") - RANDOM_DIGITS - strlen(".tmp");
    char digits[RANDOM_DIGITS + 1];

    if (kept > most)
        for (kept = most; kept > 0 && ((unsigned char)name[kept] & 0xC0) == 0x80;)
            kept--; /* whole UTF-8 characters */
    for (int i = 0; i < TRIES_MOST; i++) {
        fill_random(digits);
        snprintf(output->temporary, sizeof output->temporary, ".%.*s.%s.tmp", (int)kept, name, digits);
        output->descriptor = openat(output->folder, output->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->descriptor >= 0) return RST_OK;
        if (errno != EEXIST && errno != EINTR) break;
    }
    return rst_fail_errno(err, errno, "%s: no file can be created in its folder", output->path);
}

/* A file without a name: in memory or, where the kernel has no such file, in scratch. */
static enum rst_status open_nameless(struct rst_output *output, struct rst_error *err)
{
    struct rst_map *scratch;

    output->descriptor = memfd_create("rehearsal", MFD_CLOEXEC);
    if (output->descriptor >= 0) return RST_OK;
    RST_TRY(rst_map_scratch(NULL, 0, true, &scratch, err));
    output->descriptor = fcntl(rst_map_descriptor(scratch), F_DUPFD_CLOEXEC, 0);
    int error = errno;
    rst_map_close(&scratch);
    if (output->descriptor < 0) return rst_fail_errno(err, error, "%s: no descriptor to rehearse it", output->path);
    return RST_OK;
}

/* Fails where create_temporary() would. */
static enum rst_status rehearse(struct rst_output *output, struct rst_error *err)
{
    if (faccessat(output->folder, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return rst_fail_errno(err, errno, "%s: no file can be created in its folder", output->path);
    return open_nameless(output, err);
}

enum rst_status rst_output_open(const char *path, const struct rst_output_options *options, struct rst_output **out,
                                struct rst_error *err)
{
    struct rst_output *output = calloc(1, sizeof *output);
    enum rst_status status;

    *out = NULL;
    if (!output) return out_of_memory(path, err);
    output->descriptor = output->folder = -1;
    output->overwrite = options && options->overwrite;
    output->rehearsal = options && options->rehearse;
    output->sync = options && options->sync;
    output->path = strdup(path);
    status = output->path ? follow_links(path, &output->target, err) : out_of_memory(path, err);
    if (status == RST_OK) status = check_target(output, err);
    if (status == RST_OK) status = open_folder(output, err);
    if (status == RST_OK) status = output->rehearsal ? rehearse(output, err) : create_temporary(output, err);
    if (status != RST_OK) {
        rst_output_discard(&output);
        return status;
    }
    *out = output;
    return RST_OK;
}

enum rst_status rst_output_reserve(struct rst_output *output, uint64_t length, struct rst_error *err)
{
    struct stat file;

    if (output->rehearsal) return rst_output_set_length(output, length, err);
    if (fstat(output->descriptor, &file) != 0)
        return rst_fail_errno(err, errno, "%s: reading the file's size", output->path);
    if ((uint64_t)file.st_size > length && ftruncate(output->descriptor, (off_t)length) != 0)
        return rst_fail_errno(err, errno, "%s: making it %ju bytes long", output->path, (uintmax_t)length);
    return rst_space_reserve(output->descriptor, output->path, 0, length, err);
}

enum rst_status rst_output_set_length(struct rst_output *output, uint64_t length, struct rst_error *err)
{
    if (length > INT64_MAX)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %ju bytes are more than a file can have", output->path,
                        (uintmax_t)length);
    if (ftruncate(output->descriptor, (off_t)length) != 0)
        return rst_fail_errno(err, errno, "%s: making it %ju bytes long", output->path, (uintmax_t)length);
    return RST_OK;
}

int rst_output_descriptor(const struct rst_output *output)
{
    return output->descriptor;
}

const char *rst_output_path(const struct rst_output *output)
{
    return output->path;
}

bool rst_output_is_rehearsal(const struct rst_output *output)
{
    return output->rehearsal;
}

uint64_t rst_output_free(const struct rst_output *output)
{
    return rst_space_free(output->folder);
}

/* Looks at what stands at the target now; a replaced file's mode is taken over. */
static enum rst_status meet_target(struct rst_output *output, bool *replaces, struct rst_error *err)
{
    struct stat file;

    *replaces = false;
    if (fstatat(output->folder, name_in(output->target), &file, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return RST_OK;
        return rst_fail_errno(err, errno, "%s: looking at the file to replace", output->path);
    }
    if (!output->overwrite) return refuse_existing(output->path, err);
    RST_TRY(check_kind(output->path, file.st_mode, err));
    *replaces = true;
    if (fchmod(output->descriptor, file.st_mode & 0777) != 0)
        return rst_fail_errno(err, errno, "%s: giving it the mode %o", output->path, file.st_mode & 0777);
    return RST_OK;
}

/* Where writing is put off until a file is closed (NFS), closing a second descriptor brings its errors out. */
static enum rst_status settle_file(const struct rst_output *output, bool sync, struct rst_error *err)
{
    int second = fcntl(output->descriptor, F_DUPFD_CLOEXEC, 0);

    if (second < 0 || (close(second) != 0 && errno != EINTR))
        return rst_fail_errno(err, errno, "%s: writing the file", output->path);
    if (sync && fsync(output->descriptor) != 0)
        return rst_fail_errno(err, errno, "%s: syncing to the disk", output->path);
    return RST_OK;
}

static int place_new(const struct rst_output *output, enum rst_placing first)
{
    const char *name = name_in(output->target);
    struct stat file;

    if (first <= RST_PLACE_RENAME) {
        if (renameat2(output->folder, output->temporary, output->folder, name, RENAME_NOREPLACE) == 0) return 0;
        if (errno != EINVAL && errno != ENOSYS) return errno;
    }
    if (first <= RST_PLACE_LINK) {
        if (linkat(output->folder, output->temporary, output->folder, name, 0) == 0) {
            unlinkat(output->folder, output->temporary, 0);
            return 0;
        }
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return errno;
    }
    if (fstatat(output->folder, name, &file, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
    if (errno != ENOENT) return errno;
    return renameat(output->folder, output->temporary, output->folder, name) == 0 ? 0 : errno;
}

int rst_output_place(const struct rst_output *output, enum rst_placing first)
{
    if (!output->overwrite) return place_new(output, first);
    if (renameat(output->folder, output->temporary, output->folder, name_in(output->target)) == 0) return 0;
    return errno;
}

static void free_output(struct rst_output **output)
{
    if ((*output)->descriptor >= 0) close((*output)->descriptor);
    if ((*output)->folder >= 0) close((*output)->folder);
    free((*output)->path);
    free((*output)->target);
    free(*output);
    *output = NULL;
}

enum rst_status rst_output_publish(struct rst_output **output, struct rst_error *err)
{
    struct rst_output *o = *output;
    enum rst_status status = RST_OK;
    bool replaces;
    int error;

    if (o->rehearsal)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: it was only rehearsed, and cannot be published", o->path);
    RST_TRY(meet_target(o, &replaces, err));
    bool sync = o->sync || replaces;
    RST_TRY(settle_file(o, sync, err));
    error = rst_output_place(o, RST_PLACE_RENAME);
    if (error == EEXIST) return refuse_existing(o->path, err);
    if (error) return rst_fail_errno(err, error, "%s: renaming the finished file into place", o->path);

    /* EBADF, EINVAL: a folder that may not be read, or a file system that cannot sync one. */
    if (sync && fsync(o->folder) != 0 && errno != EBADF && errno != EINVAL)
        status = rst_fail_errno(err, errno, "%s: is in place, but its folder could not be synced", o->path);
    free_output(output);
    return status;
}

void rst_output_discard(struct rst_output **output)
{
    if (!*output) return;
    if ((*output)->descriptor >= 0 && !(*output)->rehearsal) unlinkat((*output)->folder, (*output)->temporary, 0);
    free_output(output);
}
