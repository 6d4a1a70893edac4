/* Files for tests: each test binary has one folder of its own, made before the first test and removed after the last
 * with all that is in it. */
#ifndef TESTS_SUPPORT_FILES_H
#define TESTS_SUPPORT_FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char files_folder[256];

static inline int files_setup(void **state)
{
    (void)state;
    snprintf(files_folder, sizeof files_folder, "%s/raster-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    return mkdtemp(files_folder) && chmod(files_folder, 0777) == 0 ? 0 : -1;
}

static inline int files_remove_one(const char *path, const struct stat *file, int kind, struct FTW *walk)
{
    (void)file, (void)kind, (void)walk;
    return remove(path);
}

static inline int files_teardown(void **state)
{
    (void)state;
    return nftw(files_folder, files_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of `name` in the folder. The eight latest results stay valid. */
static inline char *files_path(const char *name)
{
    static char paths[8][1024];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", files_folder, name);
    return path;
}

static inline unsigned char files_byte(uint64_t at)
{
    return (unsigned char)(at * 2654435761u >> 13 ^ at);
}

/* A file of `length` bytes, the i-th of them files_byte(i). Returns its path; aborts where it cannot be made. */
static inline char *files_make(const char *name, uint64_t length)
{
    char *path = files_path(name);
    FILE *file = fopen(path, "wb");
    if (!file) abort();
    for (uint64_t i = 0; i < length; i++)
        putc(files_byte(i), file);
    if (fclose(file) != 0) abort();
    return path;
}

/* The bytes of a file, to be freed by the caller; NULL where there is none. */
static inline unsigned char *files_read(const char *path, size_t *length)
{
    struct stat file;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    *length = 0;
    if (descriptor < 0) return NULL;
    if (fstat(descriptor, &file) != 0) abort();
    *length = (size_t)file.st_size;
    unsigned char *bytes = malloc(*length + 1);
    if (!bytes || read(descriptor, bytes, *length) != file.st_size) abort();
    close(descriptor);
    return bytes;
}

static inline int64_t files_length(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 ? (int64_t)file.st_size : -1;
}

/* How many names the folder has, hidden ones too. */
static inline int files_count(void)
{
    int count = 0;
    DIR *folder = opendir(files_folder);
    if (!folder) abort();
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2;
}

/* Runs `body` in a child process and returns what it returns (0 to 99), or 128 and more where a signal ended it. The
 * body must not use cmocka's assertions: they belong to the parent. */
static inline int files_in_child(int (*body)(void *), void *argument)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) abort();
    if (child == 0) {
        signal(SIGBUS, SIG_DFL); /* the test runner's handlers would go on with the next test, in the child */
        signal(SIGSEGV, SIG_DFL);
        signal(SIGFPE, SIG_DFL);
        signal(SIGILL, SIG_DFL);
        _exit(body(argument));
    }
    while (waitpid(child, &status, 0) != child)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* To be called in a child: root becomes nobody, so that the permissions of files count. */
static inline void files_drop_privileges(void)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) abort();
}

/* To be called in a child: files grow to `most` bytes and no further. */
static inline void files_limit_size(uint64_t most)
{
    struct rlimit limit = {most, most};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) abort();
}

static inline int files_tell_kernel(const char *path, const char *text)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    int done = descriptor >= 0 && write(descriptor, text, strlen(text)) == (ssize_t)strlen(text);
    if (descriptor >= 0) close(descriptor);
    return done;
}

/* Makes this process root over mounts of its own, in a user namespace where it is not root already. */
static inline int files_own_mounts(void)
{
    char users[64], groups[64];
    snprintf(users, sizeof users, "0 %d 1", (int)geteuid());
    snprintf(groups, sizeof groups, "0 %d 1", (int)getegid());
    if (unshare(CLONE_NEWNS) == 0) return 1;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && files_tell_kernel("/proc/self/setgroups", "deny") &&
           files_tell_kernel("/proc/self/uid_map", users) && files_tell_kernel("/proc/self/gid_map", groups);
}

/* To be called in a child: mounts an empty file system at `path`, seen by this child alone: "tmpfs" of 1 MiB, or
 * "ramfs", which cannot reserve space. 0 where the machine does not let its user do that. */
static inline int files_mount(const char *path, const char *kind)
{
    mkdir(path, 0777);
    return files_own_mounts() && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", path, kind, 0, kind[0] == 't' ? "size=1m" : NULL) == 0;
}

/* What a child that needs files_mount() returns where it cannot have it. */
enum { FILES_NOT_RUN = 77 };

/* In a child, where cmocka's assertions cannot be used. */
#define FILES_CHECK(condition)                                                                                         \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

#endif
