/* Writing private edits back: exactly the edited pages, nothing outside the mapping, nothing past the file's end; the
 * same whether the kernel's page map can be read or pages are compared. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/map/map.h"
#include "raster/map/map_internal.h"
#include "tests/support/files.h"

static const char *const ways[] = {"/proc/self/pagemap", "/nonexistent"};
enum { WAYS = 2, LENGTH = 50001 };

static struct rst_map *open_private(const char *path, uint64_t offset, uint64_t length)
{
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_open(path, RST_PRIVATE, offset, length, &map, NULL), RST_OK);
    return map;
}

static void assert_file(const char *path, const unsigned char *expected, size_t length)
{
    size_t found;
    unsigned char *bytes = files_read(path, &found);
    assert_int_equal(found, length);
    assert_memory_equal(bytes, expected, length);
    free(bytes);
}

static void edits_reach_the_file_and_nothing_else_does(void **state)
{
    static const uint64_t ranges[][2] = {{0, LENGTH}, {0, 0},    {777, 20000}, {4096, 8192}, {4095, 2},
                                         {8191, 1},   {5, 4000}, {12288, 0},   {49153, 848}, {100, 45000}};
    static const uint64_t edits[] = {0, 1, 4094, 4095, 4096, 8191, 9000, 19222, 19999, 44999, 50000};
    (void)state;
    for (int way = 0; way < WAYS; way++)
        for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
            const char *path = files_make("edits", LENGTH);
            size_t length;
            unsigned char *expected = files_read(path, &length);
            struct rst_map *map = open_private(path, ranges[r][0], ranges[r][1]);
            unsigned char *bytes = rst_map_data(map);
            uint64_t edited = 0, written = 77;
            for (size_t e = 0; e < sizeof edits / sizeof edits[0]; e++) {
                if (edits[e] >= rst_map_length(map)) continue;
                bytes[edits[e]] ^= 0xFF;
                expected[ranges[r][0] + edits[e]] ^= 0xFF;
                edited++;
            }
            assert_int_equal(rst_map_write_back_by(map, ways[way], r % 2, &written, NULL), RST_OK);
            assert_true(written >= edited && written <= edited * rst_page_size() && written <= rst_map_length(map));
            assert_file(path, expected, LENGTH);
            assert_memory_equal(bytes, expected + ranges[r][0], rst_map_length(map));
            assert_int_equal(rst_map_write_back_by(map, ways[way], false, &written, NULL), RST_OK);
            assert_int_equal(written, 0);
            rst_map_close(&map);
            free(expected);
        }
}

/* Stores through the mapping into the page around a range that is not page aligned stay private. */
static void bytes_around_the_range_are_never_written(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        const char *path = files_make("around", LENGTH);
        size_t length;
        unsigned char *expected = files_read(path, &length);
        struct rst_map *map = open_private(path, 5000, 3000);
        memset(map->base, 1, map->span);
        memset(expected + 5000, 1, 3000);
        uint64_t written;
        assert_int_equal(rst_map_write_back_by(map, ways[way], false, &written, NULL), RST_OK);
        assert_int_equal(written, 3000);
        assert_file(path, expected, LENGTH);
        rst_map_close(&map);
        free(expected);
    }
}

static void only_edited_pages_are_written(void **state)
{
    const size_t page = rst_page_size();
    const uint64_t pages = 5000;
    const char *path = files_make("pages", 0);
    (void)state;
    assert_int_equal(truncate(path, (off_t)(pages * page)), 0);
    for (int way = 0; way < WAYS; way++) {
        struct rst_map *map = open_private(path, 0, 0);
        unsigned char *bytes = rst_map_data(map);
        uint64_t written = 0, edited = 0, sum = 0;
        for (uint64_t i = 0; i < pages; i++)
            sum += bytes[i * page + 1];
        for (uint64_t i = 0; i<pages; i += i % 1024> 1000 ? 1 : 97, edited++)
            bytes[i * page] = (unsigned char)(i + 1 + way) | 1;
        assert_int_equal(sum, 0);
        assert_int_equal(rst_map_write_back_by(map, ways[way], false, &written, NULL), RST_OK);
        assert_true(written <= edited * page && (way > 0 || written == edited * page));
        for (uint64_t i = 0; i<pages; i += i % 1024> 1000 ? 1 : 97)
            assert_int_equal(bytes[i * page], (unsigned char)(i + 1 + way) | 1);
        rst_map_close(&map);
    }
}

/* What somebody else writes to a page that was not edited is kept; that is why the page map is asked first. */
static void pages_edited_by_others_are_kept(void **state)
{
    const char *path = files_make("others", LENGTH);
    struct rst_map *map = open_private(path, 0, 0);
    unsigned char *bytes = rst_map_data(map), other = 200;
    (void)state;
    for (int i = 0; i < LENGTH; i++)
        assert_int_equal(bytes[i], files_byte((uint64_t)i));
    bytes[0] = 100;
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(descriptor, &other, 1, 20000), 1);
    close(descriptor);
    assert_int_equal(rst_map_write_back(map, false, NULL, NULL), RST_OK);
    rst_map_close(&map);
    size_t length;
    unsigned char *after = files_read(path, &length);
    assert_int_equal(after[0], 100);
    assert_int_equal(after[20000], 200);
    free(after);
}

static void private_copies_are_dropped(void **state)
{
    const char *path = files_make("dropped", LENGTH);
    struct rst_map *map = open_private(path, 0, 0);
    unsigned char *bytes = rst_map_data(map), other = 200;
    (void)state;
    bytes[0] = 100;
    assert_int_equal(rst_map_write_back(map, false, NULL, NULL), RST_OK);
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(descriptor, &other, 1, 0), 1);
    close(descriptor);
    assert_int_equal(bytes[0], 200);
    rst_map_close(&map);
}

static void a_truncated_file_is_left_alone(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        const char *path = files_make("cut", LENGTH);
        size_t length;
        struct rst_map *map = open_private(path, 0, 0);
        struct rst_error err = {0};
        uint64_t written = 77;
        memset(rst_map_data(map), 7, LENGTH);
        assert_int_equal(truncate(path, LENGTH - 1), 0);
        unsigned char *expected = files_read(path, &length);
        assert_int_equal(rst_map_write_back_by(map, ways[way], false, &written, &err), RST_E_TRUNCATED);
        assert_int_equal(written, 0);
        assert_non_null(strstr(err.message, path));
        assert_non_null(strstr(err.message, "50001"));
        assert_non_null(strstr(err.message, "50000"));
        assert_file(path, expected, LENGTH - 1);
        free(expected);
        rst_map_close(&map);
    }
}

static void a_read_only_descriptor_is_reopened(void **state)
{
    const char *path = files_make("reopened", 100);
    struct rst_map *map = NULL;
    uint64_t written = 0;
    (void)state;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(rst_map_adopt(descriptor, path, RST_PRIVATE, 10, 0, &map, NULL), RST_OK);
    ((unsigned char *)rst_map_data(map))[0] = 255;
    assert_int_equal(unlink(path), 0);
    int before = dup(descriptor);
    assert_int_equal(rst_map_write_back(map, true, &written, NULL), RST_OK);
    int after = dup(descriptor);
    assert_int_equal(after, before + 1); /* no descriptor is left open */
    close(before);
    close(after);
    assert_int_equal(written, 90);
    unsigned char byte = 0;
    assert_int_equal(pread(descriptor, &byte, 1, 10), 1);
    assert_int_equal(byte, 255);
    rst_map_close(&map);
}

static void other_modes_have_nothing_to_write(void **state)
{
    const char *path = files_make("modes", 100);
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode += RST_SHARED) {
        struct rst_map *map = NULL;
        uint64_t written = 77;
        assert_int_equal(rst_map_open(path, (enum rst_mode)mode, 0, 0, &map, NULL), RST_OK);
        assert_int_equal(rst_map_write_back(map, true, &written, NULL), RST_OK);
        assert_int_equal(written, 0);
        rst_map_close(&map);
    }
}

/* A write that fails half-way: the edits stay, and the call can be repeated. */
static int fail_half_way(void *path)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    uint64_t written = 0;
    FILES_CHECK(rst_map_open(path, RST_PRIVATE, 0, 0, &map, NULL) == RST_OK);
    unsigned char *bytes = rst_map_data(map);
    memset(bytes, 7, LENGTH);
    files_limit_size(20000);
    FILES_CHECK(rst_map_write_back(map, true, &written, &err) == RST_E_IO);
    FILES_CHECK(written == 20000 && strstr(err.message, "20000") && strstr(err.message, path));
    for (int i = 0; i < LENGTH; i++)
        FILES_CHECK(bytes[i] == 7);
    rst_map_close(&map);
    return 0;
}

static void a_failed_write_keeps_the_edits(void **state)
{
    char *path = files_make("half", LENGTH);
    (void)state;
    assert_int_equal(files_in_child(fail_half_way, path), 0);
    size_t length;
    unsigned char *bytes = files_read(path, &length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(bytes[i], i < 20000 ? 7 : files_byte(i));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_reach_the_file_and_nothing_else_does),
        cmocka_unit_test(bytes_around_the_range_are_never_written),
        cmocka_unit_test(only_edited_pages_are_written),
        cmocka_unit_test(pages_edited_by_others_are_kept),
        cmocka_unit_test(private_copies_are_dropped),
        cmocka_unit_test(a_truncated_file_is_left_alone),
        cmocka_unit_test(a_read_only_descriptor_is_reopened),
        cmocka_unit_test(other_modes_have_nothing_to_write),
        cmocka_unit_test(a_failed_write_keeps_the_edits),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
