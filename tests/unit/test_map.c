/* Opening mappings: every mode, odd offsets and lengths, and every file that must be refused. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/map/map.h"
#include "tests/support/files.h"

static void assert_pattern(const struct rst_map *map, uint64_t offset, uint64_t length)
{
    const unsigned char *bytes = rst_map_data(map);
    assert_int_equal(rst_map_length(map), length);
    assert_int_equal(rst_map_offset(map), offset);
    for (uint64_t i = 0; i < length; i++)
        assert_int_equal(bytes[i], files_byte(offset + i));
}

static void any_range_in_any_mode(void **state)
{
    static const uint64_t ranges[][2] = {{0, 0},    {0, 1},       {0, 4096},    {1, 4095}, {1, 4096}, {4095, 2},
                                         {4096, 1}, {4097, 4093}, {8191, 1809}, {9999, 1}, {123, 0},  {5000, 0}};
    const char *path = files_make("ranges", 10000);
    (void)state;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        for (int mode = RST_READ; mode <= RST_SHARED; mode++) {
            uint64_t offset = ranges[i][0], length = ranges[i][1];
            struct rst_map *map = NULL;
            assert_int_equal(rst_map_open(path, (enum rst_mode)mode, offset, length, &map, NULL), RST_OK);
            assert_pattern(map, offset, length ? length : 10000 - offset);
            assert_int_equal(rst_map_mode(map), mode);
            assert_string_equal(rst_map_path(map), path);
            assert_true(rst_map_descriptor(map) >= 0);
            assert_int_equal(fcntl(rst_map_descriptor(map), F_GETFD), FD_CLOEXEC);
            rst_map_close(&map);
            assert_null(map);
        }
}

static void private_keeps_the_file_and_shared_changes_it(void **state)
{
    const char *path = files_make("modes", 6000);
    struct rst_map *private = NULL, *shared = NULL, *reader = NULL;
    (void)state;
    assert_int_equal(rst_map_open(path, RST_PRIVATE, 0, 0, &private, NULL), RST_OK);
    assert_int_equal(rst_map_open(path, RST_SHARED, 5, 0, &shared, NULL), RST_OK);
    assert_int_equal(rst_map_open(path, RST_READ, 0, 0, &reader, NULL), RST_OK);
    unsigned char *p = rst_map_data(private), *s = rst_map_data(shared), *r = rst_map_data(reader);
    p[5] = (unsigned char)~p[5];
    assert_int_equal(r[5], files_byte(5));
    assert_int_equal(s[0], files_byte(5));
    s[0] = 77;
    assert_int_equal(r[5], 77);
    assert_int_equal(p[5], (unsigned char)~files_byte(5));
    rst_map_close(&private);
    rst_map_close(&shared);
    rst_map_close(&reader);
    size_t length;
    unsigned char *bytes = files_read(path, &length);
    assert_int_equal(bytes[5], 77);
    free(bytes);
}

static void a_range_outside_the_file_is_truncated(void **state)
{
    static const uint64_t ranges[][2] = {{0, 101},         {100, 1},        {101, 0},
                                         {1, UINT64_MAX},  {UINT64_MAX, 1}, {UINT64_MAX, 0},
                                         {50, UINT64_MAX}, {0, 1ull << 62}, {4096, 1}};
    const char *path = files_make("short", 100);
    (void)state;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        struct rst_map *map = (struct rst_map *)&map;
        struct rst_error err = {0};
        char number[32];
        assert_int_equal(rst_map_open(path, RST_READ, ranges[i][0], ranges[i][1], &map, &err), RST_E_TRUNCATED);
        assert_null(map);
        assert_int_equal(err.status, RST_E_TRUNCATED);
        assert_non_null(strstr(err.message, path));
        assert_non_null(strstr(err.message, "the file has 100"));
        snprintf(number, sizeof number, "%llu", (unsigned long long)ranges[i][ranges[i][1] ? 1 : 0]);
        assert_non_null(strstr(err.message, number));
    }
}

static void empty_ranges_are_mappings(void **state)
{
    const char *empty = files_make("empty", 0), *full = files_make("full", 4096);
    struct rst_map *map = NULL;
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode++) {
        assert_int_equal(rst_map_open(empty, (enum rst_mode)mode, 0, 0, &map, NULL), RST_OK);
        assert_int_equal(rst_map_length(map), 0);
        assert_int_equal(rst_map_flush(map, 0, 0, true, NULL), RST_OK);
        assert_int_equal(rst_map_advise(map, 0, 0, RST_DONTNEED, NULL), RST_OK);
        assert_int_equal(rst_map_populate(map, 0, 0, false, NULL), RST_OK);
        assert_int_equal(rst_map_write_back(map, true, NULL, NULL), RST_OK);
        rst_map_close(&map);
    }
    assert_int_equal(rst_map_open(full, RST_READ, 4096, 0, &map, NULL), RST_OK);
    assert_int_equal(rst_map_length(map), 0);
    rst_map_close(&map);
    assert_int_equal(rst_map_anonymous(0, &map, NULL), RST_OK);
    rst_map_close(&map);
}

static void what_is_no_file_is_refused(void **state)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_map_open(files_path("absent"), RST_READ, 0, 0, &map, &err), RST_E_NOTFOUND);
    assert_non_null(strstr(err.message, "absent"));
    assert_int_equal(rst_map_open(files_folder, RST_READ, 0, 0, &map, NULL), RST_E_UNSUPPORTED);
    assert_int_equal(rst_map_open("/dev/null", RST_SHARED, 0, 0, &map, NULL), RST_E_UNSUPPORTED);
    const char *fifo = files_path("fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(10); /* opening it would wait */
    assert_int_equal(rst_map_open(fifo, RST_READ, 0, 0, &map, NULL), RST_E_UNSUPPORTED);
    alarm(0);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(rst_map_adopt(ends[0], "a pipe", RST_READ, 0, 0, &map, NULL), RST_E_UNSUPPORTED);
    assert_int_equal(fcntl(ends[0], F_GETFD), -1);
    close(ends[1]);
}

static int open_read_only_file(void *path)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    files_drop_privileges();
    FILES_CHECK(rst_map_open(path, RST_SHARED, 0, 0, &map, &err) == RST_E_READONLY);
    FILES_CHECK(strstr(err.message, "for writing") != NULL);
    FILES_CHECK(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL) == RST_OK);
    ((unsigned char *)rst_map_data(map))[0] ^= 1;
    uint64_t bytes = 77;
    err = (struct rst_error){0};
    FILES_CHECK(rst_map_write_back(map, false, &bytes, &err) == RST_E_READONLY);
    FILES_CHECK(bytes == 0 && strstr(err.message, path) != NULL);
    FILES_CHECK(rst_map_lock(map, RST_LOCK_EXCLUSIVE, 0, 0, false, NULL) == RST_E_READONLY);
    FILES_CHECK(rst_map_lock(map, RST_LOCK_SHARED, 0, 0, false, NULL) == RST_OK);
    rst_map_close(&map);
    return 0;
}

static void a_read_only_file_may_be_private(void **state)
{
    char *path = files_make("readonly", 100);
    (void)state;
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(files_in_child(open_read_only_file, path), 0);
}

static void adopt_owns_the_descriptor(void **state)
{
    const char *path = files_make("adopted", 5000);
    struct rst_map *map = NULL;
    (void)state;
    int descriptor = open(path, O_RDWR);
    assert_int_equal(rst_map_adopt(descriptor, "a name", RST_SHARED, 10, 20, &map, NULL), RST_OK);
    assert_int_equal(rst_map_descriptor(map), descriptor);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    assert_string_equal(rst_map_path(map), "a name");
    assert_pattern(map, 10, 20);
    rst_map_close(&map);
    assert_int_equal(fcntl(descriptor, F_GETFD), -1);

    static const struct {
        int flags;
        enum rst_mode mode;
        uint64_t offset;
        enum rst_status status;
    } wrong[] = {{O_RDWR, RST_READ, 6000, RST_E_TRUNCATED},
                 {O_RDONLY, RST_SHARED, 0, RST_E_READONLY},
                 {O_WRONLY, RST_READ, 0, RST_E_ARGUMENT}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        descriptor = open(path, wrong[i].flags);
        assert_int_equal(rst_map_adopt(descriptor, path, wrong[i].mode, wrong[i].offset, 0, &map, NULL),
                         wrong[i].status);
        assert_null(map);
        assert_int_equal(fcntl(descriptor, F_GETFD), -1);
    }
    assert_int_equal(rst_map_adopt(-1, path, RST_READ, 0, 0, &map, NULL), RST_E_IO);
}

static void anonymous_memory_is_zero(void **state)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_map_anonymous(10001, &map, NULL), RST_OK);
    unsigned char *bytes = rst_map_data(map);
    for (int i = 0; i < 10001; i++)
        assert_int_equal(bytes[i], 0);
    memset(bytes, 7, 10001);
    assert_int_equal(rst_map_descriptor(map), -1);
    assert_int_equal(rst_map_mode(map), RST_SHARED);
    assert_string_equal(rst_map_path(map), "(anonymous)");
    assert_int_equal(rst_map_flush(map, 0, 0, true, NULL), RST_OK);
    assert_int_equal(rst_map_populate(map, 1, 5000, true, NULL), RST_OK);
    assert_int_equal(rst_map_reserve(map, 0, 0, NULL), RST_OK);
    assert_int_equal(rst_map_resize(map, 20000, NULL), RST_E_UNSUPPORTED);
    assert_int_equal(rst_map_lock(map, RST_LOCK_SHARED, 0, 0, false, NULL), RST_E_UNSUPPORTED);
    rst_map_close(&map);
    assert_int_equal(rst_map_anonymous(UINT64_MAX - 5, &map, &err), RST_E_NOMEM);
    assert_non_null(strstr(err.message, "18446744073709551610"));
    assert_int_equal(rst_map_anonymous(1ull << 62, &map, NULL), RST_E_NOMEM);
    assert_null(map);
    rst_map_close(&map);
}

static void a_private_mapping_may_be_larger_than_memory(void **state)
{
    const char *path = files_make("huge", 0);
    struct rst_map *map = NULL;
    (void)state;
    assert_int_equal(truncate(path, (off_t)4 << 40), 0);
    assert_int_equal(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL), RST_OK);
    ((unsigned char *)rst_map_data(map))[((uint64_t)4 << 40) - 1] = 1;
    rst_map_close(&map);
}

static void ranges_of_calls_are_checked(void **state)
{
    static const uint64_t wrong[][2] = {{101, 0},        {0, 101},        {100, 1},
                                        {1, UINT64_MAX}, {UINT64_MAX, 0}, {UINT64_MAX, 1}};
    const char *path = files_make("checked", 200);
    struct rst_map *map = NULL;
    (void)state;
    assert_int_equal(rst_map_open(path, RST_SHARED, 0, 100, &map, NULL), RST_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint64_t from = wrong[i][0], length = wrong[i][1];
        assert_int_equal(rst_map_flush(map, from, length, false, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_map_advise(map, from, length, RST_NORMAL, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_map_populate(map, from, length, false, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_map_reserve(map, from, length, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_map_lock(map, RST_LOCK_SHARED, from, length, false, NULL), RST_E_ARGUMENT);
        assert_int_equal(rst_map_unlock(map, from, length, NULL), RST_E_ARGUMENT);
    }
    assert_int_equal(rst_map_flush(map, 100, 0, false, NULL), RST_OK);
    rst_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_range_in_any_mode),
        cmocka_unit_test(private_keeps_the_file_and_shared_changes_it),
        cmocka_unit_test(a_range_outside_the_file_is_truncated),
        cmocka_unit_test(empty_ranges_are_mappings),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_read_only_file_may_be_private),
        cmocka_unit_test(adopt_owns_the_descriptor),
        cmocka_unit_test(anonymous_memory_is_zero),
        cmocka_unit_test(a_private_mapping_may_be_larger_than_memory),
        cmocka_unit_test(ranges_of_calls_are_checked),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
