/* Patchwork: pieces are there while they are in use, their memory goes round, and none is touched outside of that. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "raster/map/map.h"
#include "tests/support/files.h"

#define PIECE (UINT64_C(1) << 16)

static struct rst_map *open_patchwork(uint64_t length)
{
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_patchwork(files_folder, length, PIECE, &map, NULL), RST_OK);
    assert_int_equal(rst_map_length(map), length);
    assert_int_equal(rst_map_mode(map), RST_SHARED);
    assert_int_equal((uintptr_t)rst_map_data(map) % PIECE, 0);
    return map;
}

static int64_t space_of(const struct rst_map *map)
{
    struct stat file;
    assert_int_equal(fstat(rst_map_descriptor(map), &file), 0);
    return (int64_t)file.st_blocks * 512;
}

/* The pieces' space, and what the file system needs to find them. */
static void check_space(const struct rst_map *map, int64_t pieces)
{
    int64_t space = space_of(map);
    assert_true(space >= pieces * (int64_t)PIECE && space <= pieces * (int64_t)PIECE + 16384);
}

static void pieces_hold_what_is_stored(void **unused)
{
    (void)unused;
    struct rst_map *map = open_patchwork(100 * PIECE - 7);
    const uint64_t order[] = {99, 3, 50, 4, 0};
    unsigned char *data = rst_map_data(map);
    check_space(map, 0);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(rst_map_patch(map, order[i], NULL), RST_OK);
        memset(data + order[i] * PIECE, (int)order[i] + 1, PIECE);
    }
    check_space(map, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(data[order[i] * PIECE], order[i] + 1);
        assert_int_equal(data[order[i] * PIECE + PIECE - 1], order[i] + 1);
    }
    rst_map_close(&map);
}

/* A pass over an image of 1000 pieces, of which four are in use at a time, takes the space of four. */
static void space_goes_round(void **unused)
{
    (void)unused;
    struct rst_map *map = open_patchwork(1000 * PIECE);
    unsigned char *data = rst_map_data(map);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(rst_map_patch(map, i, NULL), RST_OK);
        data[i * PIECE + 5] = (unsigned char)i;
        if (i < 4) continue;
        assert_int_equal(data[(i - 4) * PIECE + 5], (unsigned char)(i - 4));
        rst_map_unpatch(map, i - 4);
        assert_true(space_of(map) < (int64_t)(6 * PIECE));
    }
    rst_map_close(&map);
}

static void idle_space_is_bounded_and_trimmed(void **unused)
{
    (void)unused;
    struct rst_map *map = open_patchwork(200 * PIECE);
    for (uint64_t i = 0; i < 200; i++)
        assert_int_equal(rst_map_patch(map, i, NULL), RST_OK);
    check_space(map, 200);
    for (uint64_t i = 1; i < 200; i++)
        rst_map_unpatch(map, i);
    assert_true(space_of(map) < (int64_t)(18 * PIECE));
    rst_map_trim(map);
    check_space(map, 1);
    for (uint64_t i = 1; i < 200; i++) /* and it can be had again */
        assert_int_equal(rst_map_patch(map, i, NULL), RST_OK);
    check_space(map, 200);
    rst_map_close(&map);
}

static void fewer_idle_pieces_are_kept_where_fewer_are_asked_for(void **unused)
{
    (void)unused;
    struct rst_map *map = open_patchwork(40 * PIECE);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(rst_map_patch(map, i, NULL), RST_OK);
    for (uint64_t i = 0; i < 20; i++)
        rst_map_unpatch(map, i);
    check_space(map, 20 + 16);
    rst_map_keep_idle(map, 3); /* the surplus goes at once */
    check_space(map, 20 + 3);
    rst_map_keep_idle(map, 7);
    check_space(map, 20 + 3);
    for (uint64_t i = 20; i < 40; i++)
        rst_map_unpatch(map, i);
    check_space(map, 7);
    rst_map_keep_idle(map, 0);
    check_space(map, 0);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(rst_map_patch(map, i, NULL), RST_OK);
    rst_map_unpatch(map, 5);
    check_space(map, 39);
    rst_map_close(&map);
}

static int touch_unpatched(void *user)
{
    struct rst_map *map = user;
    ((volatile unsigned char *)rst_map_data(map))[7 * PIECE] = 1;
    return 0;
}

static void what_is_not_in_use_cannot_be_touched(void **unused)
{
    (void)unused;
    struct rst_map *map = open_patchwork(10 * PIECE);
    assert_true(files_in_child(touch_unpatched, map) != 0);
    assert_int_equal(rst_map_patch(map, 7, NULL), RST_OK);
    assert_int_equal(files_in_child(touch_unpatched, map), 0);
    rst_map_unpatch(map, 7);
    assert_true(files_in_child(touch_unpatched, map) != 0);
    rst_map_close(&map);
}

static int fill_small_disk(void *folder)
{
    struct rst_map *map = NULL;
    struct rst_error err = {0};
    if (!files_mount(folder, "tmpfs")) return FILES_NOT_RUN;
    FILES_CHECK(rst_map_patchwork(folder, 100 * PIECE, PIECE, &map, NULL) == RST_OK);
    uint64_t done = 0;
    enum rst_status status = RST_OK;
    while (done < 100 && status == RST_OK) {
        status = rst_map_patch(map, done, &err);
        done += status == RST_OK;
    }
    FILES_CHECK(status == RST_E_NOSPACE && done > 4 && done <= 16);
    FILES_CHECK(strstr(err.message, "65536 bytes"));
    rst_map_unpatch(map, 0);
    FILES_CHECK(rst_map_patch(map, 99, NULL) == RST_OK);
    ((unsigned char *)rst_map_data(map))[99 * PIECE] = 1;
    FILES_CHECK(rst_map_patch(map, 98, NULL) == RST_E_NOSPACE);
    rst_map_close(&map);
    return 0;
}

static void a_full_disk_is_an_error(void **unused)
{
    (void)unused;
    int result = files_in_child(fill_small_disk, files_path("small"));
    if (result == FILES_NOT_RUN) skip();
    assert_int_equal(result, 0);
}

struct share {
    struct rst_map *map;
    uint64_t from;
    int wrong;
};

static void *use_every_fourth(void *user)
{
    struct share *share = user;
    unsigned char *data = rst_map_data(share->map);
    for (int turn = 0; turn < 3; turn++)
        for (uint64_t i = share->from; i < 400; i += 4) {
            if (rst_map_patch(share->map, i, NULL)) share->wrong++;
            memset(data + i * PIECE, (int)(i + share->from), PIECE);
            for (uint64_t at = 0; at < PIECE; at += 4096)
                share->wrong += data[i * PIECE + at] != (unsigned char)(i + share->from);
            rst_map_unpatch(share->map, i);
        }
    return NULL;
}

static void threads_have_pieces_of_their_own(void **unused)
{
    (void)unused;
    struct rst_map *map = open_patchwork(400 * PIECE);
    struct share shares[4];
    pthread_t threads[4];
    for (uint64_t i = 0; i < 4; i++) {
        shares[i] = (struct share){map, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, use_every_fourth, &shares[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(shares[i].wrong, 0);
    }
    assert_true(space_of(map) < (int64_t)(17 * PIECE));
    rst_map_close(&map);
}

static void odd_pieces_are_refused(void **unused)
{
    (void)unused;
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_patchwork(files_folder, 1000, 12288, &map, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_map_patchwork(files_folder, 1000, 512, &map, NULL), RST_E_ARGUMENT);
    assert_null(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_hold_what_is_stored),
        cmocka_unit_test(space_goes_round),
        cmocka_unit_test(idle_space_is_bounded_and_trimmed),
        cmocka_unit_test(fewer_idle_pieces_are_kept_where_fewer_are_asked_for),
        cmocka_unit_test(what_is_not_in_use_cannot_be_touched),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(threads_have_pieces_of_their_own),
        cmocka_unit_test(odd_pieces_are_refused),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
