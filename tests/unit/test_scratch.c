/* Scratch: where it is made, that it is zero, has its space, and leaves nothing behind. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/map/map.h"
#include "raster/map/map_internal.h"
#include "tests/support/files.h"

/* The folder that a mapping's unlinked file is in, as the kernel tells it. */
static void assert_made_in(const struct rst_map *map, const char *folder)
{
    char link[64], where[1024] = "", real[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", rst_map_descriptor(map));
    assert_true(readlink(link, where, sizeof where - 1) > 0);
    assert_non_null(realpath(folder, real));
    assert_int_equal(strncmp(where, real, strlen(real)), 0);
    assert_int_equal(where[strlen(real)], '/');
}

static void scratch_is_zeroed_and_reserved(void **state)
{
    static const uint64_t lengths[] = {1, 4095, 4096, 4097, 1000003};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct rst_map *map = NULL;
        struct stat file;
        assert_int_equal(rst_map_scratch(files_folder, lengths[i], false, &map, NULL), RST_OK);
        assert_int_equal(rst_map_length(map), lengths[i]);
        assert_int_equal(rst_map_mode(map), RST_SHARED);
        assert_string_equal(rst_map_path(map), "(scratch)");
        unsigned char *bytes = rst_map_data(map);
        for (uint64_t j = 0; j < lengths[i]; j++)
            assert_int_equal(bytes[j], 0);
        memset(bytes, 1, lengths[i]);
        assert_int_equal(fstat(rst_map_descriptor(map), &file), 0);
        assert_int_equal(file.st_nlink, 0);
        assert_int_equal(file.st_size, lengths[i]);
        assert_true((uint64_t)file.st_blocks * 512 >= lengths[i]);
        assert_int_equal(files_count(), 0);
        rst_map_close(&map);
    }
}

static void sparse_scratch_takes_no_space(void **state)
{
    struct rst_map *map = NULL;
    struct stat file;
    (void)state;
    assert_int_equal(rst_map_scratch(files_folder, 1ull << 36, true, &map, NULL), RST_OK);
    ((unsigned char *)rst_map_data(map))[(1ull << 36) - 1] = 7;
    assert_int_equal(fstat(rst_map_descriptor(map), &file), 0);
    assert_true(file.st_blocks < 2048);
    rst_map_close(&map);
}

static void the_folder_is_chosen_in_order(void **state)
{
    struct rst_map *map = NULL;
    char before[1024] = "";
    const char *a = files_path("a"), *b = files_path("b"), *c = files_path("c");
    (void)state;
    if (getenv("TMPDIR")) snprintf(before, sizeof before, "%s", getenv("TMPDIR"));
    assert_int_equal(mkdir(a, 0700) | mkdir(b, 0700) | mkdir(c, 0700), 0);
    setenv("RASTER_TMPDIR", b, 1);
    setenv("TMPDIR", c, 1);

    assert_int_equal(rst_map_scratch(a, 10, false, &map, NULL), RST_OK);
    assert_made_in(map, a);
    rst_map_close(&map);
    assert_int_equal(rst_map_scratch(NULL, 10, false, &map, NULL), RST_OK);
    assert_made_in(map, b);
    rst_map_close(&map);
    setenv("RASTER_TMPDIR", "", 1);
    assert_int_equal(rst_map_scratch("", 10, false, &map, NULL), RST_OK);
    assert_made_in(map, c);
    rst_map_close(&map);
    unsetenv("RASTER_TMPDIR");
    assert_int_equal(rst_map_scratch(NULL, 10, false, &map, NULL), RST_OK);
    assert_made_in(map, c);
    rst_map_close(&map);
    unsetenv("TMPDIR");
    assert_int_equal(rst_map_scratch(NULL, 10, false, &map, NULL), RST_OK);
    assert_made_in(map, "/tmp");
    rst_map_close(&map);
    if (*before) setenv("TMPDIR", before, 1);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    const char *path = files_path("absent");
    (void)state;
    assert_int_equal(rst_map_scratch(path, 10, false, &map, &err), RST_E_NOTFOUND);
    assert_non_null(strstr(err.message, path));
    assert_null(map);
    assert_int_equal(rst_map_scratch(files_folder, UINT64_MAX, true, &map, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_map_scratch(files_folder, UINT64_MAX, false, &map, NULL), RST_E_ARGUMENT);
}

static void both_ways_leave_no_name(void **state)
{
    int before = files_count();
    struct rst_map *map = NULL;
    (void)state;
    int descriptor = rst_scratch_unlinked(files_folder);
    assert_true(descriptor >= 0);
    assert_int_equal(files_count(), before);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    assert_int_equal(ftruncate(descriptor, 5000), 0);
    assert_int_equal(rst_map_adopt(descriptor, "x", RST_SHARED, 0, 0, &map, NULL), RST_OK);
    assert_int_equal(((unsigned char *)rst_map_data(map))[4999], 0);
    rst_map_close(&map);
    assert_int_equal(rst_scratch_unlinked(files_path("absent")), -1);
}

static int scratch_on_a_full_disk(void *folder)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    if (!files_mount(folder, "tmpfs")) return FILES_NOT_RUN;
    FILES_CHECK(rst_map_scratch(folder, 2000003, false, &map, &err) == RST_E_NOSPACE);
    FILES_CHECK(map == NULL);
    FILES_CHECK(strstr(err.message, "2000003") && strstr(err.message, "1048576") && strstr(err.message, folder));
    FILES_CHECK(rst_map_scratch(folder, 1048576, false, &map, NULL) == RST_OK);
    FILES_CHECK(rst_map_scratch(folder, 4096, false, &map, NULL) == RST_E_NOSPACE);
    return 0;
}

static void a_full_disk_is_an_error_at_once(void **state)
{
    (void)state;
    int result = files_in_child(scratch_on_a_full_disk, files_path("tiny"));
    if (result == FILES_NOT_RUN) {
        print_message("NOT RUN: this user cannot mount a small file system\n");
        skip();
    }
    assert_int_equal(result, 0);
}

static int scratch_beyond_the_limit(void *folder)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    files_limit_size(1 << 20);
    FILES_CHECK(rst_map_scratch(folder, (1 << 20) + 1, false, &map, &err) == RST_E_IO);
    FILES_CHECK(strstr(err.message, "1048577") != NULL);
    FILES_CHECK(rst_map_scratch(folder, (1 << 20) + 1, true, &map, NULL) == RST_E_IO);
    FILES_CHECK(rst_map_scratch(folder, 1 << 20, false, &map, NULL) == RST_OK);
    return 0;
}

static void a_size_limit_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(files_in_child(scratch_beyond_the_limit, files_folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scratch_is_zeroed_and_reserved), cmocka_unit_test(sparse_scratch_takes_no_space),
        cmocka_unit_test(the_folder_is_chosen_in_order),  cmocka_unit_test(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(both_ways_leave_no_name),        cmocka_unit_test(a_full_disk_is_an_error_at_once),
        cmocka_unit_test(a_size_limit_is_an_error),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
