/* Resizing: bytes stay, new ones are zero and have their space, failure changes nothing. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/map/map.h"
#include "raster/map/map_internal.h"
#include "tests/support/files.h"

static void through_many_lengths(const char *path, uint64_t offset)
{
    static const uint64_t lengths[] = {1,     100, 4096, 4097, 0,    8192,    1,     0,     0,
                                       70001, 3,   8191, 8192, 8193, 3000000, 12289, 12288, 12287};
    struct rst_map *map = NULL;
    uint64_t length = files_length(path) - (int64_t)offset;
    assert_int_equal(rst_map_open(path, RST_SHARED, offset, 0, &map, NULL), RST_OK);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(rst_map_resize(map, lengths[i], NULL), RST_OK);
        assert_int_equal(rst_map_length(map), lengths[i]);
        assert_int_equal(rst_map_offset(map), offset);
        assert_int_equal(files_length(path), offset + lengths[i]);
        unsigned char *bytes = rst_map_data(map);
        for (uint64_t j = 0; j < lengths[i]; j++) {
            assert_int_equal(bytes[j], j < length ? files_byte(offset + j) : 0);
            bytes[j] = files_byte(offset + j);
        }
        length = lengths[i];
    }
    rst_map_close(&map);
    size_t whole;
    unsigned char *bytes = files_read(path, &whole);
    assert_int_equal(whole, offset + length);
    for (uint64_t j = 0; j < whole; j++)
        assert_int_equal(bytes[j], files_byte(j));
    free(bytes);
}

static void bytes_stay_through_many_lengths(void **state)
{
    (void)state;
    through_many_lengths(files_make("plain", 10000), 0);
    through_many_lengths(files_make("odd", 10000), 4999);
    through_many_lengths(files_make("aligned", 10000), 8192);
    through_many_lengths(files_make("empty", 0), 0);
    through_many_lengths(files_make("end", 777), 777);
}

static void growing_reserves_space(void **state)
{
    struct rst_map *map = NULL;
    struct stat file;
    (void)state;
    for (int sparse = 0; sparse <= 1; sparse++) {
        assert_int_equal(rst_map_scratch(files_folder, 0, sparse, &map, NULL), RST_OK);
        assert_int_equal(rst_map_resize(map, 10000001, NULL), RST_OK);
        assert_int_equal(fstat(rst_map_descriptor(map), &file), 0);
        assert_int_equal(file.st_size, 10000001);
        assert_int_equal(file.st_blocks * 512 >= 10000001, !sparse);
        ((unsigned char *)rst_map_data(map))[10000000] = 1;
        rst_map_close(&map);
    }
}

/* Advice on a part splits the kernel's mapping in pieces, which it does not move as one. */
static void a_mapping_split_by_advice_is_resized(void **state)
{
    const char *path = files_make("split", 100000);
    struct rst_map *map = NULL;
    (void)state;
    assert_int_equal(rst_map_open(path, RST_SHARED, 3, 0, &map, NULL), RST_OK);
    assert_int_equal(rst_map_advise(map, 20000, 30000, RST_RANDOM, NULL), RST_OK);
    ((unsigned char *)rst_map_data(map))[30000] = 99;
    assert_int_equal(rst_map_resize(map, 64 << 20, NULL), RST_OK);
    unsigned char *bytes = rst_map_data(map);
    assert_int_equal(bytes[30000], 99);
    assert_int_equal(bytes[90000], files_byte(90003));
    bytes[(64 << 20) - 1] = 1;
    assert_int_equal(rst_map_advise(map, 20000, 30000, RST_SEQUENTIAL, NULL), RST_OK);
    assert_int_equal(rst_map_resize(map, 30001, NULL), RST_OK);
    assert_int_equal(((unsigned char *)rst_map_data(map))[30000], 99);
    rst_map_close(&map);
    assert_int_equal(files_length(path), 30004);
}

static void only_what_ends_with_its_file_is_resized(void **state)
{
    const char *path = files_make("inner", 10000);
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_map_open(path, RST_SHARED, 0, 5000, &map, NULL), RST_OK);
    assert_int_equal(rst_map_resize(map, 6000, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "5000"));
    assert_non_null(strstr(err.message, "10000"));
    rst_map_close(&map);
    assert_int_equal(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL), RST_OK);
    assert_int_equal(rst_map_resize(map, 6000, NULL), RST_E_UNSUPPORTED);
    rst_map_close(&map);
    assert_int_equal(files_length(path), 10000);
}

static int grow_beyond_the_limit(void *path)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    FILES_CHECK(rst_map_open(path, RST_SHARED, 1, 0, &map, NULL) == RST_OK);
    unsigned char *before = rst_map_data(map);
    files_limit_size(100000);
    FILES_CHECK(rst_map_resize(map, 100001, &err) == RST_E_IO);
    FILES_CHECK(strstr(err.message, path) != NULL);
    FILES_CHECK(rst_map_resize(map, UINT64_MAX, NULL) == RST_E_ARGUMENT);
    FILES_CHECK(rst_map_resize(map, INT64_MAX, NULL) == RST_E_ARGUMENT);
    FILES_CHECK(rst_map_data(map) == before && rst_map_length(map) == 9999 && files_length(path) == 10000);
    for (uint64_t i = 0; i < 9999; i++)
        FILES_CHECK(before[i] == files_byte(i + 1));
    FILES_CHECK(rst_map_resize(map, 99999, NULL) == RST_OK);
    rst_map_close(&map);
    return 0;
}

/* The file can grow, the address space cannot. */
static int grow_beyond_the_addresses(void *unused)
{
    struct rlimit limit, none;
    struct stat file;
    (void)unused;
    FILES_CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
    none = (struct rlimit){1 << 20, limit.rlim_max};
    for (int sparse = 0; sparse <= 1; sparse++) {
        struct rst_map *map = NULL;
        struct rst_error err = {0};
        FILES_CHECK(rst_map_scratch(files_folder, 10000, sparse, &map, NULL) == RST_OK);
        unsigned char *bytes = rst_map_data(map);
        bytes[9999] = 5;
        FILES_CHECK(setrlimit(RLIMIT_AS, &none) == 0);
        enum rst_status status = rst_map_resize(map, 64 << 20, &err);
        FILES_CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        FILES_CHECK(status == RST_E_NOMEM && strstr(err.message, "67108864"));
        FILES_CHECK(fstat(rst_map_descriptor(map), &file) == 0 && file.st_size == 10000);
        FILES_CHECK(rst_map_data(map) == bytes && rst_map_length(map) == 10000 && bytes[9999] == 5);
        FILES_CHECK(rst_map_resize(map, 20000, NULL) == RST_OK);
        rst_map_close(&map);
    }
    return 0;
}

static void failure_leaves_all_as_before(void **state)
{
    (void)state;
    assert_int_equal(files_in_child(grow_beyond_the_limit, files_make("limit", 10000)), 0);
    assert_int_equal(files_in_child(grow_beyond_the_addresses, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_stay_through_many_lengths),
        cmocka_unit_test(growing_reserves_space),
        cmocka_unit_test(a_mapping_split_by_advice_is_resized),
        cmocka_unit_test(only_what_ends_with_its_file_is_resized),
        cmocka_unit_test(failure_leaves_all_as_before),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
