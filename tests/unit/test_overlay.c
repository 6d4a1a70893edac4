/* The overlay: a private mapping whose edits are in scratch shows, keeps and writes back just what it would without. */
#define _GNU_SOURCE 1
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#include "raster/map/map.h"
#include "raster/map/map_internal.h"
#include "raster/map/memory.h"
#include "raster/map/memory_internal.h"
#include "tests/support/files.h"

#define PIECE RST_OVERLAY_PIECE
#define MIB (UINT64_C(1) << 20)

enum { LENGTH = 9 * 1000 * 1000 + 17 }; /* 4.3 pieces */

static struct rst_map *open_private(const char *path, uint64_t offset, uint64_t length)
{
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_open(path, RST_PRIVATE, offset, length, &map, NULL), RST_OK);
    return map;
}

/* A file of many bytes, made faster than files_make() does. */
static const char *make_large(const char *name, uint64_t length)
{
    const char *path = files_path(name);
    unsigned char *bytes = malloc(MIB);
    int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0 && bytes);
    for (uint64_t at = 0; at < length; at += MIB) {
        size_t some = (size_t)(length - at < MIB ? length - at : MIB);
        for (size_t i = 0; i < some; i++)
            bytes[i] = files_byte(at + i);
        assert_int_equal(write(descriptor, bytes, some), (ssize_t)some);
    }
    close(descriptor);
    free(bytes);
    return path;
}

static void assert_file(const char *path, const unsigned char *expected, size_t length)
{
    size_t found;
    unsigned char *bytes = files_read(path, &found);
    assert_int_equal(found, length);
    assert_true(memcmp(bytes, expected, length) == 0);
    free(bytes);
}

/* How many mappings the kernel has made of the addresses of one of ours. */
static int parts_of(const struct rst_map *map)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *line = NULL;
    size_t room = 0;
    uintptr_t from, to;
    int parts = 0;
    assert_non_null(maps);
    while (getline(&line, &room, maps) > 0)
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2 && to > (uintptr_t)map->base &&
            from < (uintptr_t)map->base + map->span)
            parts++;
    free(line);
    (void)fclose(maps);
    return parts;
}

static void edit(unsigned char *bytes, uint64_t length, uint64_t step, unsigned char by)
{
    for (uint64_t i = 0; i < length; i += step)
        bytes[i] = (unsigned char)(bytes[i] + by);
}

/* Mappings and overlaid ranges of all sorts: edits before, edits after, everything let go of in between. */
static void it_shows_keeps_and_writes_back_what_a_private_mapping_would(void **state)
{
    static const uint64_t mapped[][2] = {{0, 0}, {777, 6000000}, {2 * 1024 * 1024 - 1, 2}, {5000001, 3000}};
    static const uint64_t moved[][2] = {{0, 0}, {3000000, 10}, {2097151, 2}, {1, 2500}};
    (void)state;
    for (size_t m = 0; m < sizeof mapped / sizeof mapped[0]; m++)
        for (size_t r = 0; r < sizeof moved / sizeof moved[0]; r++) {
            const char *path = make_large("sorts", LENGTH);
            size_t size;
            unsigned char *before = files_read(path, &size), *expected = files_read(path, &size);
            struct rst_map *map = open_private(path, mapped[m][0], mapped[m][1]);
            unsigned char *bytes = rst_map_data(map), *own = expected + mapped[m][0];
            uint64_t length = rst_map_length(map), from = moved[r][0] % length, written = 77;
            uint64_t some = moved[r][1] < length - from ? moved[r][1] : 0;
            edit(bytes, length, 30011, 1);
            edit(own, length, 30011, 1);
            assert_int_equal(rst_map_overlay(map, from, some, files_folder, NULL), RST_OK);
            assert_ptr_equal(rst_map_data(map), bytes);
            assert_memory_equal(bytes, own, length);
            edit(bytes, length, 10007, 3);
            edit(own, length, 10007, 3);
            assert_int_equal(rst_map_flush(map, 0, 0, r % 2, NULL), RST_OK);
            assert_int_equal(rst_map_release(map, 0, 0, NULL), RST_OK);
            assert_int_equal(rst_map_drop(map, 0, 0, NULL), RST_OK);
            assert_int_equal(rst_map_advise(map, 0, 0, RST_DONTNEED, NULL), RST_OK);
            assert_int_equal(rst_map_populate(map, 0, 0, false, NULL), RST_OK);
            assert_memory_equal(bytes, own, length);
            assert_file(path, before, LENGTH);
            assert_int_equal(
                rst_map_write_back_by(map, m % 2 ? "/proc/self/pagemap" : "/nonexistent", r % 2, &written, NULL),
                RST_OK);
            assert_true(written > 0 && written <= (length / 10007 + 1 + length / 30011 + 1) * rst_page_size());
            assert_file(path, expected, LENGTH);
            assert_memory_equal(bytes, own, length);
            rst_map_close(&map);
            free(before);
            free(expected);
        }
    assert_int_equal(files_count(), 1);
}

static void after_writing_back_the_file_is_mapped_again(void **state)
{
    const char *path = make_large("again", LENGTH);
    struct rst_map *map = open_private(path, 100, 0);
    unsigned char *bytes = rst_map_data(map), other = 200;
    uint64_t written;
    struct stat scratch;
    int number = dup(0); /* what the scratch file will have */
    (void)state;
    close(number);
    for (int round = 1; round < 4; round++) {
        assert_int_equal(rst_map_overlay(map, 0, (uint64_t)round * PIECE, files_folder, NULL), RST_OK);
        assert_int_equal(parts_of(map), 2);
        bytes[5] = (unsigned char)round;
        bytes[5000000] = (unsigned char)round;
        assert_int_equal(rst_map_write_back(map, false, &written, NULL), RST_OK);
        assert_true(written <= 2 * rst_page_size());
        assert_int_equal(parts_of(map), 1);
        assert_int_equal(fstat(number, &scratch), 0);
        assert_true(scratch.st_nlink == 0 && (uint64_t)scratch.st_blocks * 512 < PIECE / 2); /* space is given back */
        int descriptor = open(path, O_RDWR | O_CLOEXEC);
        unsigned char found[2];
        assert_true(pread(descriptor, found, 1, 105) == 1 && pread(descriptor, found + 1, 1, 5000100) == 1);
        assert_true(found[0] == round && found[1] == round);
        other = (unsigned char)(200 + round); /* what others write is seen, as it was before */
        assert_int_equal(pwrite(descriptor, &other, 1, 105), 1);
        assert_int_equal(bytes[5], other);
        close(descriptor);
        assert_int_equal(rst_map_write_back(map, false, &written, NULL), RST_OK);
        assert_int_equal(written, 0);
    }
    rst_map_close(&map);
}

static void bytes_around_the_mapping_are_never_written(void **state)
{
    const char *path = make_large("around", LENGTH);
    size_t size;
    unsigned char *expected = files_read(path, &size);
    struct rst_map *map = open_private(path, PIECE - 5000, 10000);
    uint64_t written;
    (void)state;
    assert_int_equal(rst_map_overlay(map, 0, 0, files_folder, NULL), RST_OK);
    memset(map->base, 1, map->span);
    memset(expected + PIECE - 5000, 1, 10000);
    assert_int_equal(rst_map_write_back(map, false, &written, NULL), RST_OK);
    assert_int_equal(written, 10000);
    assert_file(path, expected, LENGTH);
    rst_map_close(&map);
    free(expected);
}

static void neighbours_become_one_mapping(void **state)
{
    static const uint64_t order[] = {3, 0, 7, 5, 1, 6, 2, 4};
    const char *path = make_large("merge", 8 * PIECE - 9);
    struct rst_map *map = open_private(path, 0, 0);
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        uint64_t from = order[i] * PIECE, some = order[i] == 7 ? 0 : 1 + i * 1000;
        assert_int_equal(rst_map_overlay(map, from, some, files_folder, NULL), RST_OK);
        assert_int_equal(rst_map_overlay(map, from, some, files_folder, NULL), RST_OK); /* twice is once */
        if (i == 2) assert_int_equal(parts_of(map), 5);
    }
    assert_int_equal(parts_of(map), 1);
    unsigned char *bytes = rst_map_data(map);
    for (uint64_t i = 0; i < rst_map_length(map); i++)
        if (bytes[i] != files_byte(i)) fail();
    rst_map_close(&map);
}

static uint64_t pages_of_files(void)
{
    struct rst_resident now = rst_memory_resident();
    return now.file + now.shared;
}

/* A sanitizer that looked on would take memory of its own, for every page. */
__attribute__((no_sanitize_thread, no_sanitize_address)) static void store_to_all(unsigned char *bytes, uint64_t length)
{
    for (uint64_t i = 0; i < length; i += 500)
        bytes[i] = 7;
}

/* What it is for: stores to 64 MiB are 64 MiB of anonymous memory without an overlay. */
static void stores_do_not_grow_anonymous_memory(void **state)
{
    const uint64_t length = 64 * MIB, little = 8 * MIB;
    const char *path = make_large("anonymous", length);
    (void)state;
    for (int overlaid = 0; overlaid <= 1; overlaid++) {
        struct rst_map *map = open_private(path, 0, 0);
        unsigned char *bytes = rst_map_data(map);
        uint64_t anonymous = rst_memory_resident().anonymous, files = pages_of_files(), most = 0;
        for (uint64_t at = 0; at < length; at += 4 * MIB) {
            if (overlaid) assert_int_equal(rst_map_overlay(map, at, 4 * MIB, files_folder, NULL), RST_OK);
            store_to_all(bytes + at, 4 * MIB);
            if (pages_of_files() > most) most = pages_of_files();
            assert_int_equal(rst_map_flush(map, at, 4 * MIB, false, NULL), RST_OK);
            assert_int_equal(rst_map_release(map, at, 4 * MIB, NULL), RST_OK);
        }
        uint64_t grown = rst_memory_resident().anonymous - anonymous;
        if (!overlaid) {
            assert_true(grown >= length - little);
        } else {
            assert_true(grown <= little || grown > UINT64_MAX / 2);
            assert_true(most <= files + 4 * MIB + little);
            assert_true(pages_of_files() <= files + little);
        }
        for (uint64_t i = 0; i < length; i += 4 * MIB)
            assert_int_equal(bytes[i], 7);
        rst_map_close(&map);
    }
}

/* The most that this process ever had resident. */
static uint64_t peak(void)
{
    uint64_t kibibytes = 0;
    return rst_memory_field("/proc/self/status", "VmHWM:", &kibibytes) ? kibibytes * 1024 : UINT64_MAX;
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WATCHED 0 /* resident memory is the sanitizer's */
#else
#define WATCHED 1
#endif

/* A child starts with no peak but what it has. */
static int move_much_at_once(void *path)
{
    const uint64_t length = 64 * MIB, little = 12 * MIB;
    struct rst_map *map = NULL;
    FILES_CHECK(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL) == RST_OK);
    uint64_t before = peak();
    FILES_CHECK(rst_map_overlay(map, 0, 0, files_folder, NULL) == RST_OK);
    FILES_CHECK(!WATCHED || peak() <= before + little);
    for (uint64_t at = 0; at < length; at += PIECE) {
        store_to_all((unsigned char *)rst_map_data(map) + at, PIECE);
        FILES_CHECK(rst_map_release(map, at, PIECE, NULL) == RST_OK);
    }
    FILES_CHECK(rst_map_write_back(map, false, NULL, NULL) == RST_OK);
    FILES_CHECK(!WATCHED || peak() <= before + little);
    rst_map_close(&map);
    return 0;
}

static void a_long_range_passes_through_memory(void **state)
{
    const uint64_t length = 64 * MIB;
    const char *path = make_large("through", length);
    static unsigned char there[64 * 256];
    struct statfs fs;
    uint64_t cached = 0;
    (void)state;
    assert_int_equal(files_in_child(move_much_at_once, (void *)path), 0);

    struct rst_map *map = open_private(path, 0, 0); /* edits that were there leave memory */
    uint64_t anonymous = rst_memory_resident().anonymous;
    store_to_all(rst_map_data(map), length);
    assert_int_equal(rst_map_overlay(map, 0, 0, files_folder, NULL), RST_OK);
    assert_true(rst_memory_resident().anonymous <= anonymous + length / 8);
    assert_int_equal(mincore(map->base, map->span, there), 0);
    for (uint64_t i = 0; i < length / rst_page_size(); i++)
        cached += there[i] & 1 ? rst_page_size() : 0;
    assert_int_equal(statfs(files_folder, &fs), 0);
    if (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC) assert_true(cached <= length / 2);
    rst_map_close(&map);
}

static void nothing_is_left_behind(void **state)
{
    const char *path = make_large("behind", LENGTH);
    int files = files_count(), next = dup(0);
    (void)state;
    close(next);
    struct rst_map *map = open_private(path, 0, 0);
    assert_int_equal(rst_map_overlay(map, 0, 0, files_folder, NULL), RST_OK);
    assert_int_equal(files_count(), files);
    rst_map_close(&map);
    int after = dup(0);
    close(after);
    assert_int_equal(after, next);
    assert_int_equal(files_count(), files);
}

static void other_modes_need_none(void **state)
{
    const char *path = make_large("modes", LENGTH);
    struct rst_map *map = NULL;
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode += RST_SHARED) {
        assert_int_equal(rst_map_open(path, (enum rst_mode)mode, 0, 0, &map, NULL), RST_OK);
        assert_int_equal(rst_map_overlay(map, 0, 0, "/nonexistent", NULL), RST_OK);
        assert_int_equal(parts_of(map), 1);
        rst_map_close(&map);
    }
    map = open_private(files_make("empty", 0), 0, 0);
    assert_int_equal(rst_map_overlay(map, 0, 0, "/nonexistent", NULL), RST_OK);
    rst_map_close(&map);
}

static void what_cannot_be_is_an_error(void **state)
{
    const char *path = make_large("errors", LENGTH);
    struct rst_map *map = open_private(path, 100, 0);
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_map_overlay(map, LENGTH, 1, files_folder, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_map_overlay(map, 0, 0, "/nonexistent", &err), RST_E_NOTFOUND);
    assert_non_null(strstr(err.message, "/nonexistent"));
    assert_int_equal(rst_map_overlay(map, 0, PIECE, files_folder, NULL), RST_OK);
    unsigned char *bytes = rst_map_data(map);
    bytes[0] = 99;

    assert_int_equal(truncate(path, 1000000), 0);
    err = (struct rst_error){0};
    assert_int_equal(rst_map_overlay(map, 4000000, 0, files_folder, &err), RST_E_TRUNCATED);
    assert_non_null(strstr(err.message, "1000000"));
    for (int write = 0; write <= 1; write++) { /* although the scratch has all of it */
        assert_int_equal(rst_map_populate(map, 0, 0, write, NULL), RST_E_TRUNCATED);
        assert_int_equal(rst_map_populate(map, 1000000, 5, write, NULL), RST_E_TRUNCATED);
        assert_int_equal(rst_map_populate(map, 0, 900000, write, NULL), RST_OK);
    }
    assert_int_equal(bytes[0], 99);
    assert_int_equal(bytes[1999999], files_byte(2000099)); /* moved before: no signal */
    assert_int_equal(rst_map_write_back(map, false, NULL, NULL), RST_E_TRUNCATED);
    assert_int_equal(bytes[0], 99);
    rst_map_close(&map);
}

static int move_where_there_is_no_space(void *path)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    FILES_CHECK(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL) == RST_OK);
    unsigned char *bytes = rst_map_data(map);
    bytes[1] = 77;
    if (!files_mount(files_path("small"), "tmpfs")) return FILES_NOT_RUN;
    FILES_CHECK(rst_map_overlay(map, 0, 0, files_path("small"), &err) == RST_E_NOSPACE);
    FILES_CHECK(strstr(err.message, "2097152") && strstr(err.message, "free"));
    for (uint64_t i = 0; i < LENGTH; i++)
        FILES_CHECK(bytes[i] == (i == 1 ? 77 : files_byte(i)));
    FILES_CHECK(rst_map_write_back(map, false, NULL, NULL) == RST_OK);
    rst_map_close(&map);
    return 0;
}

static void a_full_disk_changes_nothing(void **state)
{
    const char *path = make_large("full", LENGTH);
    (void)state;
    int result = files_in_child(move_where_there_is_no_space, (void *)path);
    if (result == FILES_NOT_RUN) {
        print_message("NOT RUN: this user cannot mount a small file system\n");
        skip();
    }
    assert_int_equal(result, 0);
}

static int fail_to_write_back(void *path)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    struct rlimit before, limit;
    uint64_t written;
    FILES_CHECK(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL) == RST_OK);
    FILES_CHECK(rst_map_overlay(map, 0, 3 * PIECE, files_folder, NULL) == RST_OK);
    unsigned char *bytes = rst_map_data(map);
    memset(bytes, 7, LENGTH);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 5000000;
    FILES_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    FILES_CHECK(rst_map_write_back(map, false, &written, &err) == RST_E_IO);
    FILES_CHECK(written == 5000000 && strstr(err.message, "5000000"));
    for (int i = 0; i < LENGTH; i++)
        FILES_CHECK(bytes[i] == 7);
    FILES_CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    FILES_CHECK(rst_map_write_back(map, false, &written, NULL) == RST_OK);
    FILES_CHECK(written >= LENGTH - 5000000);
    rst_map_close(&map);
    return 0;
}

static void a_failed_write_keeps_the_edits(void **state)
{
    const char *path = make_large("half", LENGTH);
    size_t length;
    (void)state;
    assert_int_equal(files_in_child(fail_to_write_back, (void *)path), 0);
    unsigned char *bytes = files_read(path, &length);
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 7) fail();
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shows_keeps_and_writes_back_what_a_private_mapping_would),
        cmocka_unit_test(after_writing_back_the_file_is_mapped_again),
        cmocka_unit_test(bytes_around_the_mapping_are_never_written),
        cmocka_unit_test(neighbours_become_one_mapping),
        cmocka_unit_test(stores_do_not_grow_anonymous_memory),
        cmocka_unit_test(a_long_range_passes_through_memory),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(other_modes_need_none),
        cmocka_unit_test(what_cannot_be_is_an_error),
        cmocka_unit_test(a_full_disk_changes_nothing),
        cmocka_unit_test(a_failed_write_keeps_the_edits),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
