/* Runs a command and watches how much of memory it holds: bench_resident REPORT COMMAND [WORD...].
 *
 * Resident is what the process has mapped of anonymous memory, of files and of shared memory, as /proc tells it, about
 * once in a millisecond. What grew and went between two looks is in the kernel's own high-water mark, which is told
 * beside it, though not of which kind it was. Both are counted in batches: they may be some 100 KiB off per processor.
 *
 * REPORT gets one line of six numbers: the exit status (128 and the signal where one ended it), the peak that was seen,
 * in KiB, its anonymous, file and shared parts, and the kernel's mark. The exit status is the command's.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct resident {
    long anonymous, file, shared; /* KiB */
};

static long sum(const struct resident *r)
{
    return r->anonymous + r->file + r->shared;
}

static long number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at ? strtol(at + strlen(key), NULL, 10) : 0;
}

static struct resident look(const char *path)
{
    struct resident now = {0, 0, 0};
    char text[4096];
    FILE *file = fopen(path, "re");

    if (!file) return now;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    now.anonymous = number_after(text, "RssAnon:");
    now.file = number_after(text, "RssFile:");
    now.shared = number_after(text, "RssShmem:");
    return now;
}

/* The command's own output goes where ours would. */
static pid_t start(char **command)
{
    const pid_t child = fork();

    if (child) return child;
    execvp(command[0], command);
    fprintf(stderr, "bench_resident: %s: %s\n", command[0], strerror(errno));
    _exit(127);
}

int main(int argc, char **argv)
{
    const struct timespec pause = {0, 1000000};
    struct resident peak = {0, 0, 0};
    struct rusage usage;
    char path[64];
    int status = 0;

    if (argc < 3) {
        fprintf(stderr, "bench_resident REPORT COMMAND [WORD...]\n");
        return 2;
    }
    const pid_t child = start(argv + 2);
    if (child < 0) {
        perror("bench_resident: fork");
        return 1;
    }
    snprintf(path, sizeof path, "/proc/%ld/status", (long)child);
    while (wait4(child, &status, WNOHANG, &usage) == 0) {
        const struct resident now = look(path);
        if (sum(&now) > sum(&peak)) peak = now;
        nanosleep(&pause, NULL);
    }
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

    FILE *report = fopen(argv[1], "we");
    if (!report) {
        perror(argv[1]);
        return 1;
    }
    fprintf(report, "%d %ld %ld %ld %ld %ld\n", status, sum(&peak), peak.anonymous, peak.file, peak.shared,
            usage.ru_maxrss);
    if (fclose(report)) {
        perror(argv[1]);
        return 1;
    }
    return status;
}
