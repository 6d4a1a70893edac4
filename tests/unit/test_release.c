/* Release, drop, holes: pages go and no byte does; zeros are told from data without looking at them. */
#define _GNU_SOURCE 1
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
#include "tests/support/files.h"

enum { LENGTH = 50001, OFFSET = 777, PAGES = 14 };
#define LARGE (UINT64_C(64) << 20)

static struct rst_map *open_map(const char *path, enum rst_mode mode, uint64_t offset, uint64_t length)
{
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_open(path, mode, offset, length, &map, NULL), RST_OK);
    return map;
}

/* The pages of a mapping that its page tables hold, from page `first` on, as bits. */
static uint64_t present(const struct rst_map *map)
{
    uint64_t first = (uintptr_t)map->base / rst_page_size(), bits = 0, entry;
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    assert_true(pagemap >= 0);
    for (uint64_t i = 0; i < map->span / rst_page_size(); i++) {
        assert_int_equal(pread(pagemap, &entry, sizeof entry, (off_t)((first + i) * sizeof entry)), sizeof entry);
        bits |= (entry >> 63) << i;
    }
    close(pagemap);
    return bits;
}

/* Every mode, every kind of range, after stores everywhere: the bytes are what they were. */
static void no_edit_is_lost(void **state)
{
    const char *path = files_make("lossless", LENGTH);
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode++) {
        struct rst_map *map = open_map(path, (enum rst_mode)mode, OFFSET, 0);
        unsigned char *bytes = rst_map_data(map);
        uint64_t length = rst_map_length(map);
        for (uint64_t from = 0; from < length; from += 4999)
            for (uint64_t some = 0; some < 20000 && some < length - from; some += 6007) {
                for (uint64_t i = 0; mode != RST_READ && i < length; i += 500)
                    bytes[i] = (unsigned char)(i / 500 + from + some);
                assert_int_equal(rst_map_release(map, from, some, NULL), RST_OK);
                assert_int_equal(rst_map_drop(map, from, some, NULL), RST_OK);
                for (uint64_t i = 0; i < length; i += 500)
                    assert_int_equal(bytes[i], mode == RST_READ ? files_byte(OFFSET + i)
                                                                : (unsigned char)(i / 500 + from + some));
            }
        rst_map_close(&map);
    }
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_anonymous(LENGTH, &map, NULL), RST_OK);
    memset(rst_map_data(map), 9, LENGTH);
    assert_int_equal(rst_map_release(map, 0, 0, NULL), RST_OK);
    assert_int_equal(rst_map_drop(map, 0, 0, NULL), RST_OK);
    for (int i = 0; i < LENGTH; i++)
        assert_int_equal(((unsigned char *)rst_map_data(map))[i], 9);
    rst_map_close(&map);
}

static void a_patchwork_is_left_alone(void **state)
{
    struct rst_map *map = NULL;
    const size_t piece = 65536;
    (void)state;
    assert_int_equal(rst_map_patchwork(files_folder, 10 * piece, piece, &map, NULL), RST_OK);
    unsigned char *bytes = rst_map_data(map);
    assert_int_equal(rst_map_patch(map, 3, NULL), RST_OK);
    memset(bytes + 3 * piece, 5, piece);
    assert_int_equal(rst_map_release(map, 0, 0, NULL), RST_OK);
    assert_int_equal(rst_map_drop(map, 0, 0, NULL), RST_OK);
    assert_false(rst_map_is_hole(map, 0, piece));
    for (size_t i = 0; i < piece; i++)
        assert_int_equal(bytes[3 * piece + i], 5);
    rst_map_close(&map);
}

static void pages_that_are_shared_with_neighbours_go(void **state)
{
    const size_t page = rst_page_size();
    const char *path = files_make("outward", PAGES * page - 5);
    (void)state;
    for (int mode = RST_READ; mode <= RST_SHARED; mode += RST_SHARED) {
        struct rst_map *map = open_map(path, (enum rst_mode)mode, 0, 0);
        uint64_t all = (1U << PAGES) - 1;
        assert_int_equal(rst_map_populate(map, 0, 0, mode == RST_SHARED, NULL), RST_OK);
        assert_int_equal(present(map), all);
        assert_int_equal(rst_map_release(map, 2 * page + 1, 1, NULL), RST_OK);
        assert_int_equal(present(map), all & ~(UINT64_C(1) << 2));
        assert_int_equal(rst_map_release(map, 4 * page - 1, page, NULL), RST_OK);
        assert_int_equal(present(map), all & ~(UINT64_C(7) << 2));
        assert_int_equal(rst_map_release(map, rst_map_length(map) - 1, 1, NULL), RST_OK);
        assert_int_equal(present(map), all & ~(UINT64_C(7) << 2) & ~(UINT64_C(1) << (PAGES - 1)));
        assert_int_equal(rst_map_release(map, 0, 0, NULL), RST_OK);
        assert_int_equal(present(map), 0);
        rst_map_close(&map);
    }
    struct rst_map *map = open_map(path, RST_PRIVATE, 0, 0); /* and stay where they are the only copy */
    assert_int_equal(rst_map_populate(map, 0, 0, true, NULL), RST_OK);
    assert_int_equal(rst_map_release(map, 0, 0, NULL), RST_OK);
    assert_int_equal(present(map), (1U << PAGES) - 1);
    rst_map_close(&map);
}

static void what_is_released_is_not_resident(void **state)
{
    struct rst_map *map = NULL;
    (void)state;
    assert_int_equal(rst_map_scratch(files_folder, LARGE, false, &map, NULL), RST_OK);
    struct rst_resident before = rst_memory_resident();
    memset(rst_map_data(map), 3, LARGE);
    struct rst_resident full = rst_memory_resident();
    assert_true(full.file + full.shared >= before.file + before.shared + LARGE - LARGE / 8);
    assert_int_equal(rst_map_release(map, 0, LARGE / 2, NULL), RST_OK);
    struct rst_resident half = rst_memory_resident();
    assert_true(half.file + half.shared <= before.file + before.shared + LARGE / 2 + LARGE / 8);
    assert_int_equal(rst_map_release(map, LARGE / 2, 0, NULL), RST_OK);
    struct rst_resident none = rst_memory_resident();
    assert_true(none.file + none.shared <= before.file + before.shared + LARGE / 8);
    assert_true(none.anonymous <= before.anonymous + LARGE / 8);
    unsigned char *bytes = rst_map_data(map);
    for (uint64_t i = 0; i < LARGE; i += 1000)
        assert_int_equal(bytes[i], 3);
    rst_map_close(&map);
}

/* How much of a range the page cache has. */
static uint64_t cached(const struct rst_map *map, uint64_t from, uint64_t length)
{
    const size_t page = rst_page_size();
    static unsigned char there[LARGE / 4096];
    uint64_t bytes = 0;
    assert_int_equal(mincore(map->base + from, length, there), 0);
    for (uint64_t i = 0; i < length / page; i++)
        bytes += there[i] & 1 ? page : 0;
    return bytes;
}

static void what_is_dropped_is_not_cached(void **state)
{
    struct rst_map *map = NULL;
    struct statfs fs;
    (void)state;
    assert_int_equal(rst_map_scratch(files_folder, LARGE, false, &map, NULL), RST_OK);
    assert_int_equal(fstatfs(rst_map_descriptor(map), &fs), 0);
    if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) {
        rst_map_close(&map);
        print_message("NOT RUN: the folder for tests is in memory\n");
        skip();
    }
    unsigned char *bytes = rst_map_data(map);
    for (uint64_t i = 0; i < LARGE; i++)
        bytes[i] = files_byte(i);
    assert_int_equal(rst_map_flush(map, 0, LARGE / 2, false, NULL), RST_OK);
    assert_int_equal(rst_map_release(map, 0, LARGE / 2, NULL), RST_OK);
    assert_int_equal(rst_map_drop(map, 0, LARGE / 2, NULL), RST_OK);
    assert_true(cached(map, 0, LARGE / 2) <= LARGE / 16); /* large pages across the border stay */
    assert_true(cached(map, LARGE / 2, LARGE / 2) >= LARGE / 2 - LARGE / 16);
    for (uint64_t i = 0; i < LARGE; i++)
        if (bytes[i] != files_byte(i)) fail();
    rst_map_close(&map);

    /* Band by band, of no length that a page cache of large pages would like: nothing of them stays between. */
    const uint64_t band = 1300000;
    assert_int_equal(rst_map_scratch(files_folder, LARGE, false, &map, NULL), RST_OK);
    for (uint64_t at = 0; at + band <= LARGE; at += band) {
        assert_int_equal(rst_map_populate(map, at, band, true, NULL), RST_OK);
        assert_int_equal(rst_map_flush(map, at, band, false, NULL), RST_OK);
        assert_int_equal(rst_map_release(map, at, band, NULL), RST_OK);
        if (at >= band) assert_int_equal(rst_map_drop(map, at - band, band, NULL), RST_OK);
    }
    assert_true(cached(map, 0, LARGE) <= LARGE / 4);
    rst_map_close(&map);
}

static void ranges_are_checked(void **state)
{
    struct rst_map *map = open_map(files_make("ranges", 10000), RST_SHARED, 0, 0);
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_map_release(map, 1, 10000, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "10001"));
    assert_int_equal(rst_map_drop(map, 10001, 0, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_map_release(map, 10000, 0, NULL), RST_OK); /* nothing */
    assert_int_equal(rst_map_drop(map, 10000, 0, NULL), RST_OK);
    assert_false(rst_map_is_hole(map, 1, 10000));
    assert_false(rst_map_is_hole(map, UINT64_MAX, 2));
    rst_map_close(&map);
}

/* Data at 2 MiB, and up to the end from 10 MiB + 5 on; 20 MiB + 5 bytes long. */
static const char *make_sparse(const char *name)
{
    const char *path = files_path(name);
    int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(pwrite(descriptor, "data", 4, 2 << 20), 4);
    assert_int_equal(pwrite(descriptor, "data", 4, 10 << 20), 4);
    assert_int_equal(ftruncate(descriptor, (20 << 20) + 5), 0);
    close(descriptor);
    return path;
}

static void holes_are_told_from_data(void **state)
{
    const char *path = make_sparse("sparse");
    const uint64_t mib = 1 << 20;
    (void)state;
    struct rst_map *map = open_map(path, RST_READ, 0, 0);
    if (!rst_map_is_hole(map, 0, mib)) {
        rst_map_close(&map);
        print_message("NOT RUN: the folder for tests has no holes in files\n");
        skip();
    }
    assert_true(rst_map_is_hole(map, 0, 2 * mib));
    assert_true(rst_map_is_hole(map, 17, mib));
    assert_false(rst_map_is_hole(map, 0, 2 * mib + 1));
    assert_false(rst_map_is_hole(map, 2 * mib, 1));
    assert_true(rst_map_is_hole(map, 3 * mib, 7 * mib));
    assert_false(rst_map_is_hole(map, 3 * mib, 0));
    assert_true(rst_map_is_hole(map, 11 * mib, 0)); /* to the end, in the middle of a page */
    assert_true(rst_map_is_hole(map, 20 * mib + 4, 1));
    assert_false(rst_map_is_hole(map, 20 * mib + 5, 0));
    assert_int_equal(truncate(path, 15 << 20), 0);
    assert_false(rst_map_is_hole(map, 16 * mib, mib)); /* not zeros: nothing */
    assert_false(rst_map_is_hole(map, 11 * mib, 0));
    assert_true(rst_map_is_hole(map, 11 * mib, 4 * mib));
    rst_map_close(&map);

    map = open_map(path, RST_SHARED, 100, 0);
    assert_true(rst_map_is_hole(map, 4 * mib - 100, mib));
    ((unsigned char *)rst_map_data(map))[5 * mib - 101] = 1; /* what was stored is data before it is on the disk */
    assert_false(rst_map_is_hole(map, 4 * mib - 100, mib));
    assert_true(rst_map_is_hole(map, 5 * mib - 100, mib));
    rst_map_close(&map);

    map = open_map(path, RST_PRIVATE, 0, 0); /* which may have edits that the file does not know of */
    assert_false(rst_map_is_hole(map, 0, mib));
    rst_map_close(&map);
    assert_int_equal(rst_map_anonymous(mib, &map, NULL), RST_OK);
    assert_false(rst_map_is_hole(map, 0, 0));
    rst_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_edit_is_lost),
        cmocka_unit_test(a_patchwork_is_left_alone),
        cmocka_unit_test(pages_that_are_shared_with_neighbours_go),
        cmocka_unit_test(what_is_released_is_not_resident),
        cmocka_unit_test(what_is_dropped_is_not_cached),
        cmocka_unit_test(ranges_are_checked),
        cmocka_unit_test(holes_are_told_from_data),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
