/* Flush, advise, populate, reserve: no edit is ever lost, and what would be a signal is an error. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "raster/map/map.h"
#include "raster/map/map_internal.h"
#include "raster/map/space.h"
#include "tests/support/files.h"

enum { LENGTH = 50001, OFFSET = 777, PAGES = 14 };

static struct rst_map *open_map(const char *path, enum rst_mode mode, uint64_t offset, uint64_t length)
{
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_open(path, mode, offset, length, &map, NULL), RST_OK);
    return map;
}

/* How much of a mapping its page tables hold, in bytes. */
static uint64_t resident(const struct rst_map *map)
{
    uint64_t pages = map->span / rst_page_size(), first = (uintptr_t)map->base / rst_page_size(), bytes = 0, entry;
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    assert_true(pagemap >= 0);
    for (uint64_t i = 0; i < pages; i++) {
        assert_int_equal(pread(pagemap, &entry, sizeof entry, (off_t)((first + i) * sizeof entry)), sizeof entry);
        if (entry >> 63) bytes += rst_page_size();
    }
    close(pagemap);
    return bytes;
}

static void advice_never_loses_an_edit(void **state)
{
    const char *path = files_make("advice", LENGTH);
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode++) {
        struct rst_map *map = open_map(path, (enum rst_mode)mode, OFFSET, 0);
        unsigned char *bytes = rst_map_data(map);
        uint64_t length = rst_map_length(map);
        for (uint64_t from = 0; from < length; from += 4999)
            for (int advice = RST_NORMAL; advice <= RST_LARGE; advice++)
                for (uint64_t some = 0; some < 20000 && some < length - from; some += 6007) {
                    if (mode != RST_READ)
                        for (uint64_t i = 0; i < length; i += 1000)
                            bytes[i] = (unsigned char)(i / 1000 + 1);
                    assert_int_equal(rst_map_advise(map, from, some, (enum rst_advice)advice, NULL), RST_OK);
                    for (uint64_t i = 0; i < length; i += 1000)
                        assert_int_equal(bytes[i],
                                         mode == RST_READ ? files_byte(OFFSET + i) : (unsigned char)(i / 1000 + 1));
                }
        rst_map_close(&map);
    }
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_anonymous(LENGTH, &map, NULL), RST_OK);
    memset(rst_map_data(map), 9, LENGTH);
    assert_int_equal(rst_map_advise(map, 0, 0, RST_DONTNEED, NULL), RST_OK);
    for (int i = 0; i < LENGTH; i++)
        assert_int_equal(((unsigned char *)rst_map_data(map))[i], 9);
    rst_map_close(&map);
}

static void dontneed_lets_go_of_whole_pages(void **state)
{
    const size_t page = rst_page_size();
    const char *path = files_make("dontneed", PAGES * page);
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode += RST_SHARED) {
        struct rst_map *map = open_map(path, (enum rst_mode)mode, 0, 0);
        assert_int_equal(rst_map_populate(map, 0, 0, mode == RST_SHARED, NULL), RST_OK);
        assert_int_equal(resident(map), PAGES * page);
        assert_int_equal(rst_map_advise(map, 1, 2 * page, RST_DONTNEED, NULL), RST_OK);
        assert_int_equal(resident(map), (PAGES - 1) * page);
        assert_int_equal(rst_map_advise(map, page + 1, page - 1, RST_DONTNEED, NULL), RST_OK);
        assert_int_equal(resident(map), (PAGES - 1) * page);
        assert_int_equal(rst_map_advise(map, 0, 0, RST_DONTNEED, NULL), RST_OK);
        assert_int_equal(resident(map), 0);
        rst_map_close(&map);
    }
}

static void populate_takes_partial_last_pages(void **state)
{
    static const uint64_t lengths[] = {1, 4095, 4096, 4097, LENGTH};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const char *path = files_make("partial", lengths[i]);
        for (int mode = RST_READ; mode <= RST_SHARED; mode++)
            for (int write = 0; write <= (mode != RST_READ); write++) {
                struct rst_map *map = open_map(path, (enum rst_mode)mode, 0, 0);
                assert_int_equal(rst_map_populate(map, 0, 0, write, NULL), RST_OK);
                assert_int_equal(resident(map), map->span);
                assert_int_equal(rst_map_populate(map, lengths[i] - 1, 1, write, NULL), RST_OK);
                rst_map_close(&map);
            }
    }
}

/* In the cache, out of it, and where the kernel may not be asked: of somebody else's file. */
static void ensure_brings_in_what_is_not_cached(void **state)
{
    const size_t page = rst_page_size();
    const char *path = files_make("ensured", PAGES * page);
    (void)state;
    for (int round = 0; round < 3; round++) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(file >= 0);
        if (round > 0) {
            assert_int_equal(fsync(file), 0);
            assert_int_equal(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
        }
        if (round == 2 && geteuid() == 0) assert_int_equal(chown(path, 1, 1), 0);
        assert_int_equal(close(file), 0);
        struct rst_map *map = open_map(path, RST_READ, 0, 0);
        assert_int_equal(rst_map_ensure(map, 1, 0, NULL), RST_OK);
        unsigned char there[PAGES] = {0};
        assert_int_equal(mincore(map->base, map->span, there), 0);
        for (size_t i = 0; i < PAGES; i++)
            assert_true(there[i] & 1);
        assert_int_equal(rst_map_ensure(map, 0, PAGES * page + 1, NULL), RST_E_ARGUMENT);
        rst_map_close(&map);
    }
}

static void ensure_of_a_truncated_file_is_an_error(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        const char *path = files_make("lost", LENGTH);
        if (!own && geteuid() == 0) assert_int_equal(chown(path, 1, 1), 0);
        struct rst_map *map = open_map(path, RST_READ, OFFSET, 0);
        assert_int_equal(rst_map_ensure(map, 0, 0, NULL), RST_OK);
        assert_int_equal(truncate(path, 9999), 0);
        assert_int_equal(rst_map_ensure(map, 0, 0, NULL), RST_E_TRUNCATED);
        assert_int_equal(rst_map_ensure(map, 0, 9000, NULL), RST_OK);
        assert_int_equal(rst_map_ensure(map, 20000, 1, NULL), RST_E_TRUNCATED);
        rst_map_close(&map);
    }
}

static void populate_of_a_truncated_file_is_an_error(void **state)
{
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode++)
        for (int write = 0; write <= (mode != RST_READ); write++) {
            const char *path = files_make("cut", LENGTH);
            struct rst_map *map = open_map(path, (enum rst_mode)mode, OFFSET, 0);
            struct rst_error err = {0};
            assert_int_equal(truncate(path, 9999), 0);
            assert_int_equal(rst_map_populate(map, 0, 0, write, &err), RST_E_TRUNCATED);
            assert_non_null(strstr(err.message, path));
            assert_non_null(strstr(err.message, "50001"));
            assert_non_null(strstr(err.message, "9999"));
            assert_int_equal(rst_map_populate(map, 0, 9000, write, NULL), RST_OK);
            assert_int_equal(rst_map_populate(map, 20000, 1, write, NULL), RST_E_TRUNCATED);
            assert_int_equal(rst_map_check_length(map, 0, 9999 - OFFSET, NULL), RST_OK);
            assert_int_equal(rst_map_check_length(map, 0, 9999 - OFFSET + 1, NULL), RST_E_TRUNCATED);
            rst_map_close(&map);
        }
}

static void a_mapping_for_reading_is_not_stored_to(void **state)
{
    struct rst_map *map = open_map(files_make("reader", 100), RST_READ, 0, 0);
    (void)state;
    assert_int_equal(rst_map_populate(map, 0, 0, true, NULL), RST_E_READONLY);
    assert_int_equal(rst_map_reserve(map, 0, 0, NULL), RST_E_READONLY);
    assert_int_equal(rst_map_resize(map, 200, NULL), RST_E_READONLY);
    rst_map_close(&map);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

static void populate_goes_on_after_a_signal(void **state)
{
    struct sigaction action = {.sa_handler = count_alarm}, before;
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    struct rst_map *map = NULL;
    (void)state;
    assert_int_equal(rst_map_anonymous(64 << 20, &map, NULL), RST_OK);
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    enum rst_status status = rst_map_populate(map, 0, 0, true, NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(status, RST_OK);
    assert_int_equal(resident(map), 64 << 20);
    rst_map_close(&map);
}

static void flush_of_every_mode(void **state)
{
    const char *path = files_make("flush", LENGTH);
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode++) {
        struct rst_map *map = open_map(path, (enum rst_mode)mode, OFFSET, 0);
        if (mode != RST_READ) memset(rst_map_data(map), mode, rst_map_length(map));
        for (int sync = 0; sync <= 1; sync++) {
            assert_int_equal(rst_map_flush(map, 0, 0, sync, NULL), RST_OK);
            assert_int_equal(rst_map_flush(map, 5, 9001, sync, NULL), RST_OK);
            assert_int_equal(rst_map_flush(map, rst_map_length(map) - 1, 1, sync, NULL), RST_OK);
        }
        rst_map_close(&map);
    }
}

static void reserve_fills_holes_and_keeps_bytes(void **state)
{
    const char *path = files_make("holes", 10000);
    struct stat file;
    (void)state;
    assert_int_equal(truncate(path, 1000003), 0);
    struct rst_map *map = open_map(path, RST_SHARED, 1, 0);
    assert_int_equal(rst_map_reserve(map, 5, 500000, NULL), RST_OK);
    assert_int_equal(rst_map_reserve(map, 0, 0, NULL), RST_OK);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_size, 1000003);
    assert_true(file.st_blocks * 512 >= 1000003);
    unsigned char *bytes = rst_map_data(map);
    for (uint64_t i = 0; i < 1000002; i++)
        assert_int_equal(bytes[i], i + 1 < 10000 ? files_byte(i + 1) : 0);
    rst_map_close(&map);

    map = open_map(path, RST_PRIVATE, 0, 0);
    assert_int_equal(rst_map_reserve(map, 0, 0, NULL), RST_OK);
    rst_map_close(&map);
}

static void reserve_does_not_grow_a_truncated_file(void **state)
{
    const char *path = files_make("cut2", LENGTH);
    struct rst_map *map = open_map(path, RST_SHARED, 0, 0);
    (void)state;
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(rst_map_reserve(map, 0, 0, NULL), RST_E_TRUNCATED);
    assert_int_equal(files_length(path), 100);
    rst_map_close(&map);
}

static void a_hopeless_request_takes_nothing(void **state)
{
    const char *path = files_make("hopeless", 1000);
    struct rst_error err = {0};
    struct stat file;
    (void)state;
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    assert_true(descriptor >= 0);
    uint64_t wanted = (uint64_t)1 << 60;
    assert_int_equal(rst_space_reserve(descriptor, path, 0, wanted, &err), RST_E_NOSPACE);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "1152921504606846976"));
    assert_int_equal(fstat(descriptor, &file), 0);
    assert_int_equal(file.st_size, 1000);
    assert_true(file.st_blocks * 512 < 65536);
    assert_int_equal(rst_space_reserve(descriptor, path, INT64_MAX, 1, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_space_reserve(descriptor, path, UINT64_MAX, 1, NULL), RST_E_ARGUMENT);
    close(descriptor);
}

/* Where space is reserved by writing, a failure comes after the file has grown. */
static int reserve_by_writing(void *folder)
{
    struct rst_error err = {0};
    struct stat file;
    char path[1024];
    if (!files_mount(folder, "ramfs")) return FILES_NOT_RUN;
    snprintf(path, sizeof path, "%s/file", (char *)folder);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    FILES_CHECK(descriptor >= 0 && ftruncate(descriptor, 1000) == 0);
    files_limit_size(100000);
    FILES_CHECK(rst_space_reserve(descriptor, path, 500, 200000, &err) == RST_E_IO);
    FILES_CHECK(strstr(err.message, path) && strstr(err.message, "200000"));
    FILES_CHECK(fstat(descriptor, &file) == 0 && file.st_size == 1000);
    FILES_CHECK(rst_space_reserve(descriptor, path, 500, 90000, NULL) == RST_OK);
    FILES_CHECK(fstat(descriptor, &file) == 0 && file.st_size == 90500);
    return 0;
}

static void what_a_failed_reservation_grew_is_cut_back(void **state)
{
    (void)state;
    int result = files_in_child(reserve_by_writing, files_path("ram"));
    if (result == FILES_NOT_RUN) {
        print_message("NOT RUN: this user cannot mount a file system\n");
        skip();
    }
    assert_int_equal(result, 0);
}

/* A sparse file on a file system of 1 MiB: every way to meet the full disk. */
static int store_on_a_full_disk(void *folder)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    char path[1024];
    if (!files_mount(folder, "tmpfs")) return FILES_NOT_RUN;
    snprintf(path, sizeof path, "%s/sparse", (char *)folder);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    FILES_CHECK(descriptor >= 0 && ftruncate(descriptor, 4 << 20) == 0);
    close(descriptor);

    FILES_CHECK(rst_map_open(path, RST_SHARED, 0, 0, &map, NULL) == RST_OK);
    FILES_CHECK(rst_map_reserve(map, 0, 0, &err) == RST_E_NOSPACE);
    FILES_CHECK(strstr(err.message, "4194304") && strstr(err.message, "free"));
    FILES_CHECK(files_length(path) == 4 << 20);
    err = (struct rst_error){0};
    FILES_CHECK(rst_map_populate(map, 0, 0, true, &err) == RST_E_NOSPACE);
    FILES_CHECK(strstr(err.message, path) != NULL);
    FILES_CHECK(rst_map_resize(map, 8 << 20, NULL) == RST_E_NOSPACE);
    FILES_CHECK(rst_map_length(map) == 4 << 20 && files_length(path) == 4 << 20);
    rst_map_close(&map);
    FILES_CHECK(truncate(path, 0) == 0 && truncate(path, 4 << 20) == 0);

    /* On this file system even a private store into a hole needs space. */
    FILES_CHECK(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL) == RST_OK);
    FILES_CHECK(rst_map_populate(map, 0, 0, true, NULL) == RST_E_NOSPACE);
    rst_map_close(&map);
    return 0;
}

static void a_full_disk_is_never_a_signal(void **state)
{
    (void)state;
    int result = files_in_child(store_on_a_full_disk, files_path("tiny"));
    if (result == FILES_NOT_RUN) {
        print_message("NOT RUN: this user cannot mount a small file system\n");
        skip();
    }
    assert_int_equal(result, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(advice_never_loses_an_edit),
        cmocka_unit_test(dontneed_lets_go_of_whole_pages),
        cmocka_unit_test(populate_takes_partial_last_pages),
        cmocka_unit_test(ensure_brings_in_what_is_not_cached),
        cmocka_unit_test(ensure_of_a_truncated_file_is_an_error),
        cmocka_unit_test(populate_of_a_truncated_file_is_an_error),
        cmocka_unit_test(a_mapping_for_reading_is_not_stored_to),
        cmocka_unit_test(populate_goes_on_after_a_signal),
        cmocka_unit_test(flush_of_every_mode),
        cmocka_unit_test(reserve_fills_holes_and_keeps_bytes),
        cmocka_unit_test(reserve_does_not_grow_a_truncated_file),
        cmocka_unit_test(a_hopeless_request_takes_nothing),
        cmocka_unit_test(what_a_failed_reservation_grew_is_cut_back),
        cmocka_unit_test(a_full_disk_is_never_a_signal),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
