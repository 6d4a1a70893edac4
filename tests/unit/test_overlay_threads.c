/* The overlay under several threads: moved by all at once, stored to by each, let go of by anybody. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/map/map.h"
#include "tests/support/files.h"

enum { LENGTH = 9 * 1000 * 1000 + 17 }; /* 4.3 pieces */
enum { THREADS = 4, ROUNDS = 200 };

struct share {
    struct rst_map *map;
    pthread_barrier_t *meet;
    int number, wrong;
    uint64_t seed;
};

static uint64_t choose(struct share *share, uint64_t *some)
{
    uint64_t length = rst_map_length(share->map);
    share->seed = share->seed * 6364136223846793005u + 1442695040888963407u;
    uint64_t from = (share->seed >> 20) % length;
    *some = 1 + (share->seed >> 40) % 100000;
    if (*some > length - from) *some = length - from;
    return from;
}

/* First all move what overlaps, and look at it meanwhile; then each stores to bytes of its own between the others', in
 * pieces that all share, and lets go of what anybody may be at. */
static void *work(void *user)
{
    struct share *share = user;
    struct rst_map *map = share->map;
    unsigned char *bytes = rst_map_data(map);
    uint64_t length = rst_map_length(map);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t some, from = choose(share, &some);
        if (round < 20) share->wrong += rst_map_overlay(map, from, some, files_folder, NULL) != RST_OK;
        for (uint64_t i = from; i < from + some; i += 501)
            share->wrong += bytes[i] != files_byte(i + 5);
    }
    pthread_barrier_wait(share->meet);
    share->wrong += rst_map_overlay(map, 0, 0, files_folder, NULL) != RST_OK;
    pthread_barrier_wait(share->meet);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t some, from = choose(share, &some);
        share->wrong += rst_map_release(map, from, some, NULL) != RST_OK;
        if (round % 16 == 0) share->wrong += rst_map_flush(map, from, some, false, NULL) != RST_OK;
        if (round % 64 == 0) share->wrong += rst_map_drop(map, from, some, NULL) != RST_OK;
        for (uint64_t i = from - from % THREADS + (uint64_t)share->number; i < from + some && i < length; i += THREADS)
            bytes[i] = (unsigned char)~files_byte(i + 5);
    }
    for (uint64_t i = (uint64_t)share->number; i < length; i += THREADS)
        bytes[i] = (unsigned char)~files_byte(i + 5);
    return NULL;
}

static void threads_move_and_store_side_by_side(void **state)
{
    const char *path = files_make("threads", LENGTH);
    struct rst_map *map = NULL;
    struct share shares[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t meet;
    size_t length;
    (void)state;
    assert_int_equal(rst_map_open(path, RST_PRIVATE, 5, 0, &map, NULL), RST_OK);
    pthread_barrier_init(&meet, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        shares[i] = (struct share){map, &meet, i, 0, (uint64_t)i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &shares[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(shares[i].wrong, 0);
    }
    pthread_barrier_destroy(&meet);
    assert_int_equal(rst_map_write_back(map, false, NULL, NULL), RST_OK);
    rst_map_close(&map);
    unsigned char *after = files_read(path, &length);
    for (size_t i = 0; i < length; i++)
        if (after[i] != (i < 5 ? files_byte(i) : (unsigned char)~files_byte(i))) fail();
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_move_and_store_side_by_side),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
