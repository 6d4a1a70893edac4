/* One pass over a file through a mapping or through read and write calls: bench_mapread METHOD PATTERN FILE OPTION...
 *
 * What the executor does with pages follows from what this measures; tests/bench/mapread runs all of it and prints a
 * table. Every pass handles its bytes for real: it adds up all that it reads, and stores all that it writes. Threads
 * take the next piece of a common list, as the executor's threads take tiles. A reading pass that is to find the file
 * cold proves by mincore() that it does, and fails where the file is still in the page cache.
 *
 * The time is that of the pass alone: opening, mapping, reserving space and the start of threads are the same for all.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096, MIB = 1 << 20, MOST_THREADS = 64, WINDOW = 256, PIXEL = 3 };

enum method { TOUCH, POPULATE, PREAD, STORE, POPULATE_STORE, PWRITE };
static const char *const method_names[] = {"touch", "populate", "pread", "store", "populate-store", "pwrite", NULL};

/* SEQUENTIAL: the file from front to end. TILES: pieces of one MiB in random order. WINDOWS: windows of 256 x 256
 * pixels of an RGB image, in random order: 256 runs of 768 bytes, a row of the image apart. */
enum pattern { SEQUENTIAL, TILES, WINDOWS };
static const char *const pattern_names[] = {"sequential", "tiles", "windows", NULL};

enum advice { NONE, ADVISE_SEQUENTIAL, ADVISE_RANDOM, WILLNEED, LARGE };
static const char *const advice_names[] = {"none", "sequential", "random", "willneed", "large", NULL};

struct pass {
    enum method method;
    enum pattern pattern;
    enum advice advice;
    const char *path;
    size_t step;  /* bytes populated at once, and of a piece, except of windows */
    size_t ahead; /* bytes that WILLNEED runs ahead of the pass */
    size_t row;   /* bytes of a row of the image */
    size_t pieces, most_pieces;
    int threads;
    bool cold;

    int fd;
    size_t size;
    char *data;
    uint32_t *order; /* of the pieces, where it is random */
    atomic_size_t next;
    atomic_uint_fast64_t sum;
};

_Noreturn static void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("bench_mapread: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool writes(enum method method)
{
    return method >= STORE;
}

/* Bytes by eights: neither adding nor storing them may cost more than bringing them in. */
static uint64_t add_up(const char *bytes, size_t length)
{
    uint64_t sum = 0, word;

    for (size_t i = 0; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        sum += word;
    }
    return sum;
}

static void fill(char *bytes, size_t length, size_t at)
{
    for (size_t i = 0; i + sizeof(uint64_t) <= length; i += sizeof(uint64_t)) {
        const uint64_t word = (at + i) * UINT64_C(0x9e3779b97f4a7c15);
        memcpy(bytes + i, &word, sizeof word);
    }
}

static void read_fully(const struct pass *pass, char *buffer, size_t length, size_t at)
{
    while (length > 0) {
        const ssize_t got = pread(pass->fd, buffer, length, (off_t)at);
        if (got <= 0) die("%s: cannot be read: %s", pass->path, got ? strerror(errno) : "end of file");
        buffer += got;
        at += (size_t)got;
        length -= (size_t)got;
    }
}

static void write_fully(const struct pass *pass, const char *buffer, size_t length, size_t at)
{
    while (length > 0) {
        const ssize_t done = pwrite(pass->fd, buffer, length, (off_t)at);
        if (done <= 0) die("%s: cannot be written: %s", pass->path, strerror(errno));
        buffer += done;
        at += (size_t)done;
        length -= (size_t)done;
    }
}

static void advise(const struct pass *pass, size_t at, size_t length, int advice)
{
    const size_t from = at / PAGE * PAGE;

    if (madvise(pass->data + from, at + length - from, advice)) die("%s: madvise: %s", pass->path, strerror(errno));
}

/* One run of bytes of a piece. */
static void handle(struct pass *pass, size_t at, size_t length, char *buffer, uint64_t *sum)
{
    switch (pass->method) {
    case PREAD:
        read_fully(pass, buffer, length, at);
        *sum += add_up(buffer, length);
        break;
    case TOUCH:
    case POPULATE:
        *sum += add_up(pass->data + at, length);
        break;
    case PWRITE:
        fill(buffer, length, at);
        write_fully(pass, buffer, length, at);
        break;
    default:
        fill(pass->data + at, length, at);
        break;
    }
}

/* The kernel reads no more than one readahead window for each call, so a long range is told in short ones. */
static void will_need(const struct pass *pass, size_t from, size_t length)
{
    const size_t once = (size_t)128 << 10, end = from + length < pass->size ? from + length : pass->size;

    for (size_t at = from; at < end; at += once) {
        const size_t some = end - at < once ? end - at : once;
        if (pass->method == PREAD)
            (void)posix_fadvise(pass->fd, (off_t)at, (off_t)some, POSIX_FADV_WILLNEED);
        else
            advise(pass, at, some, MADV_WILLNEED);
    }
}

/* Pages before they are touched, as the method and the advice ask. */
static void prepare(const struct pass *pass, size_t at, size_t length)
{
    if (pass->method == POPULATE) advise(pass, at, length, MADV_POPULATE_READ);
    if (pass->method == POPULATE_STORE) advise(pass, at, length, MADV_POPULATE_WRITE);
}

static size_t start_of(const struct pass *pass, size_t piece)
{
    const size_t place = pass->order ? pass->order[piece] : piece;

    if (pass->pattern != WINDOWS) return place * pass->step;
    const size_t across = pass->row / ((size_t)WINDOW * PIXEL);
    return place / across * WINDOW * pass->row + place % across * WINDOW * PIXEL;
}

static void piece_needed(const struct pass *pass, size_t piece)
{
    if (piece >= pass->pieces) return;
    const size_t at = start_of(pass, piece);
    if (pass->pattern != WINDOWS) {
        will_need(pass, at, pass->step);
        return;
    }
    for (size_t y = 0; y < WINDOW; y++)
        will_need(pass, at + y * pass->row, (size_t)WINDOW * PIXEL);
}

static void handle_piece(struct pass *pass, size_t piece, char *buffer, uint64_t *sum)
{
    const size_t at = start_of(pass, piece);

    if (pass->advice == WILLNEED) piece_needed(pass, piece + pass->ahead / pass->step);
    if (pass->pattern != WINDOWS) {
        const size_t length = pass->size - at < pass->step ? pass->size - at : pass->step;
        prepare(pass, at, length);
        for (size_t done = 0; done < length; done += MIB)
            handle(pass, at + done, length - done < MIB ? length - done : MIB, buffer, sum);
        return;
    }
    for (size_t y = 0; y < WINDOW; y++)
        prepare(pass, at + y * pass->row, (size_t)WINDOW * PIXEL);
    for (size_t y = 0; y < WINDOW; y++)
        handle(pass, at + y * pass->row, (size_t)WINDOW * PIXEL, buffer, sum);
}

static void *work(void *argument)
{
    struct pass *pass = argument;
    char *buffer = aligned_alloc(PAGE, MIB);
    uint64_t sum = 0;

    if (!buffer) die("no memory");
    for (size_t piece = atomic_fetch_add(&pass->next, 1); piece < pass->pieces;
         piece = atomic_fetch_add(&pass->next, 1))
        handle_piece(pass, piece, buffer, &sum);
    atomic_fetch_add(&pass->sum, sum);
    free(buffer);
    return NULL;
}

/* The pieces, and the same random order of them every time (Fisher and Yates; xorshift). */
static void list_pieces(struct pass *pass)
{
    uint64_t state = 88172645463325252;

    if (pass->pattern == WINDOWS)
        pass->pieces = pass->size / (pass->row * WINDOW) * (pass->row / ((size_t)WINDOW * PIXEL));
    else
        pass->pieces = (pass->size + pass->step - 1) / pass->step;
    if (!pass->pieces || pass->pieces > UINT32_MAX) die("%s: %zu pieces", pass->path, pass->pieces);
    if (pass->pattern == SEQUENTIAL) return;

    pass->order = calloc(pass->pieces, sizeof *pass->order);
    if (!pass->order) die("no memory");
    for (uint32_t i = 0; i < pass->pieces; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const uint32_t j = (uint32_t)(state % (i + 1));
        pass->order[i] = pass->order[j];
        pass->order[j] = i;
    }
    if (pass->most_pieces && pass->pieces > pass->most_pieces) pass->pieces = pass->most_pieces;
}

static void make_cold(const struct pass *pass)
{
    const size_t pages = (pass->size + PAGE - 1) / PAGE;
    unsigned char *there = malloc(pages);
    size_t count = 0;

    if (!there) die("no memory");
    if (fsync(pass->fd) || posix_fadvise(pass->fd, 0, 0, POSIX_FADV_DONTNEED)) die("%s: not dropped", pass->path);
    if (mincore(pass->data, pass->size, there)) die("%s: mincore: %s", pass->path, strerror(errno));
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    if (count > pages / 100) die("%s: %zu of %zu pages stay in the page cache", pass->path, count, pages);
    free(there);
}

/* A pass for writing makes the file anew, of the length that it had. */
static void open_file(struct pass *pass)
{
    const bool make = writes(pass->method);
    struct stat status;

    pass->fd = open(pass->path, (make ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (pass->fd < 0 || fstat(pass->fd, &status)) die("%s: %s", pass->path, strerror(errno));
    pass->size = (size_t)status.st_size;
    if (pass->size < PAGE) die("%s: too short", pass->path);
    if (make) {
        int failed = ftruncate(pass->fd, 0) ? errno : 0;
        if (!failed) failed = posix_fallocate(pass->fd, 0, status.st_size);
        if (failed) die("%s: %s", pass->path, strerror(failed));
    }
    pass->data = mmap(NULL, pass->size, PROT_READ | (make ? PROT_WRITE : 0), MAP_SHARED, pass->fd, 0);
    if (pass->data == MAP_FAILED) die("%s: mmap: %s", pass->path, strerror(errno));
    if (pass->cold) make_cold(pass);
}

static void give_advice(const struct pass *pass)
{
    if (pass->advice == ADVISE_SEQUENTIAL || pass->advice == ADVISE_RANDOM) {
        const bool random = pass->advice == ADVISE_RANDOM;
        advise(pass, 0, pass->size, random ? MADV_RANDOM : MADV_SEQUENTIAL);
        (void)posix_fadvise(pass->fd, 0, 0, random ? POSIX_FADV_RANDOM : POSIX_FADV_SEQUENTIAL);
    }
    if (pass->advice == LARGE) advise(pass, 0, pass->size, MADV_HUGEPAGE);
    for (size_t i = 0; pass->advice == WILLNEED && i < pass->ahead / pass->step; i++)
        piece_needed(pass, i);
}

static double run(struct pass *pass)
{
    pthread_t threads[MOST_THREADS];
    const double start = now();

    give_advice(pass);
    for (int i = 0; i < pass->threads; i++)
        if (pthread_create(&threads[i], NULL, work, pass)) die("no thread");
    for (int i = 0; i < pass->threads; i++)
        pthread_join(threads[i], NULL);
    return now() - start;
}

static int word_of(const char *word, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(word, names[i])) return i;
    die("what is '%s'?", word);
}

static size_t number_of(const char *option, const char *text, size_t least, size_t most)
{
    char *end = NULL;
    const unsigned long long value = strtoull(text, &end, 10);

    if (end == text || *end || value < least || value > most) die("%s: a number of %zu to %zu", option, least, most);
    return (size_t)value;
}

static void read_options(struct pass *pass, int count, char **words)
{
    size_t step = 1, ahead = 8, width = 16384, threads = 1;

    for (int i = 0; i < count; i++) {
        const char *option = words[i];
        if (!strcmp(option, "--cold")) {
            pass->cold = true;
            continue;
        }
        const char *value = i + 1 < count ? words[++i] : "";
        if (!strcmp(option, "--advice"))
            pass->advice = (enum advice)word_of(value, advice_names);
        else if (!strcmp(option, "--threads"))
            threads = number_of(option, value, 1, MOST_THREADS);
        else if (!strcmp(option, "--step"))
            step = number_of(option, value, 1, 1024);
        else if (!strcmp(option, "--ahead"))
            ahead = number_of(option, value, 1, 1024);
        else if (!strcmp(option, "--width"))
            width = number_of(option, value, WINDOW, 1 << 24);
        else if (!strcmp(option, "--most"))
            pass->most_pieces = number_of(option, value, 1, UINT32_MAX);
        else
            die("no option %s", option);
    }
    pass->threads = (int)threads;
    pass->step = step * MIB;
    pass->ahead = ahead * MIB;
    pass->row = width * PIXEL;
    if (pass->cold && writes(pass->method)) die("--cold is for reading");
    if (pass->advice && writes(pass->method) != (pass->advice == LARGE))
        die("large is for writing, other advice for reading");
}

static const char usage[] =
    "bench_mapread METHOD PATTERN FILE [OPTION...]: prints GB/s of one pass over a file\n"
    "METHOD   touch populate pread, or, making the file anew: store populate-store pwrite\n"
    "PATTERN  sequential; tiles: of one step, in random order; windows: of 256 x 256 RGB pixels, in random order\n"
    "OPTION   --threads N; --step MIB: of one piece (1); --cold; --advice none|sequential|random|willneed|large;\n"
    "         --ahead MIB: of willneed (8); --width PIXELS: of the image (16384); --most N: pieces, if random\n";

int main(int argc, char **argv)
{
    struct pass pass = {.next = 0};

    if (argc < 4) {
        fputs(usage, stderr);
        return 2;
    }
    pass.method = (enum method)word_of(argv[1], method_names);
    pass.pattern = (enum pattern)word_of(argv[2], pattern_names);
    pass.path = argv[3];
    read_options(&pass, argc - 4, argv + 4);
    open_file(&pass);
    list_pieces(&pass);

    const double seconds = run(&pass);
    const size_t piece = pass.pattern == WINDOWS ? (size_t)WINDOW * WINDOW * PIXEL : pass.step;
    const double bytes = pass.pattern == SEQUENTIAL ? (double)pass.size : (double)pass.pieces * (double)piece;
    printf("%.6f\n", bytes / seconds / 1e9);

    /* The sum is what the compiler must not take for unused. */
    const bool nothing = !writes(pass.method) && atomic_load(&pass.sum) == 0;
    if (nothing) fprintf(stderr, "bench_mapread: %s: all zero\n", pass.path);
    munmap(pass.data, pass.size);
    close(pass.fd);
    free(pass.order);
    return 0;
}
