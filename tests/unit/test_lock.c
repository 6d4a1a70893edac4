/* Locks, between processes and between mappings of one process. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "raster/map/map.h"
#include "tests/support/files.h"

static struct rst_map *open_map(const char *path, enum rst_mode mode, uint64_t offset, uint64_t length)
{
    struct rst_map *map = NULL;
    assert_int_equal(rst_map_open(path, mode, offset, length, &map, NULL), RST_OK);
    return map;
}

static enum rst_status try_lock(struct rst_map *map, enum rst_lock kind, uint64_t from, uint64_t length)
{
    return rst_map_lock(map, kind, from, length, false, NULL);
}

static void two_mappings_of_one_process(void **state)
{
    const char *path = files_make("one", 10000);
    struct rst_map *a = open_map(path, RST_SHARED, 0, 0), *b = open_map(path, RST_SHARED, 5000, 1000);
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 0, 0), RST_OK);
    assert_int_equal(rst_map_lock(b, RST_LOCK_SHARED, 0, 0, false, &err), RST_E_LOCKED);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(try_lock(a, RST_LOCK_SHARED, 0, 0), RST_OK); /* one's own lock changes its kind */
    assert_int_equal(try_lock(b, RST_LOCK_SHARED, 0, 0), RST_OK);
    assert_int_equal(try_lock(b, RST_LOCK_EXCLUSIVE, 0, 0), RST_E_LOCKED);
    assert_int_equal(rst_map_unlock(a, 0, 0, NULL), RST_OK);
    assert_int_equal(try_lock(b, RST_LOCK_EXCLUSIVE, 0, 0), RST_OK);
    assert_int_equal(try_lock(a, RST_LOCK_SHARED, 0, 1), RST_E_LOCKED);
    rst_map_close(&b);
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 0, 0), RST_OK);
    rst_map_close(&a);
}

/* Ranges count from each mapping's own start: byte 5100 of the file is byte 100 of b. */
static void ranges_are_of_the_mapping(void **state)
{
    const char *path = files_make("ranges", 10000);
    struct rst_map *a = open_map(path, RST_SHARED, 0, 0), *b = open_map(path, RST_SHARED, 5000, 1000);
    (void)state;
    assert_int_equal(try_lock(b, RST_LOCK_EXCLUSIVE, 100, 50), RST_OK);
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 5000, 100), RST_OK);
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 5150, 10), RST_OK);
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 5149, 1), RST_E_LOCKED);
    assert_int_equal(try_lock(a, RST_LOCK_SHARED, 5100, 1), RST_E_LOCKED);
    assert_int_equal(try_lock(a, RST_LOCK_SHARED, 100, 0), RST_E_LOCKED);
    assert_int_equal(rst_map_unlock(b, 100, 50, NULL), RST_OK);
    assert_int_equal(rst_map_unlock(a, 0, 0, NULL), RST_OK);

    assert_int_equal(try_lock(b, RST_LOCK_EXCLUSIVE, 100, 0), RST_OK); /* to the mapping's end, not the file's */
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 6000, 0), RST_OK);
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 5999, 1), RST_E_LOCKED);
    assert_int_equal(try_lock(b, RST_LOCK_SHARED, 1000, 0), RST_E_ARGUMENT);
    rst_map_close(&a);
    rst_map_close(&b);
}

static void whole_means_a_growing_file_too(void **state)
{
    const char *path = files_make("growing", 100);
    struct rst_map *a = open_map(path, RST_SHARED, 0, 0);
    (void)state;
    assert_int_equal(try_lock(a, RST_LOCK_EXCLUSIVE, 0, 0), RST_OK);
    assert_int_equal(truncate(path, 200), 0);
    struct rst_map *b = open_map(path, RST_SHARED, 150, 10);
    assert_int_equal(try_lock(b, RST_LOCK_SHARED, 5, 1), RST_E_LOCKED);
    rst_map_close(&a);
    rst_map_close(&b);
}

static void a_reader_takes_shared_locks_only(void **state)
{
    const char *path = files_make("reader", 100);
    struct rst_map *map = open_map(path, RST_READ, 0, 0);
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_map_lock(map, RST_LOCK_EXCLUSIVE, 0, 0, false, &err), RST_E_READONLY);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(try_lock(map, RST_LOCK_SHARED, 0, 0), RST_OK);
    rst_map_close(&map);
}

static void nothing_else_is_locked(struct rst_map *map)
{
    struct rst_map *other = open_map(rst_map_path(map), RST_SHARED, 0, 0);
    assert_int_equal(try_lock(other, RST_LOCK_EXCLUSIVE, 0, 0), RST_OK);
    rst_map_close(&other);
}

static void unlocking_twice_is_fine(void **state)
{
    struct rst_map *map = open_map(files_make("twice", 100), RST_SHARED, 0, 0);
    (void)state;
    assert_int_equal(try_lock(map, RST_LOCK_EXCLUSIVE, 10, 10), RST_OK);
    assert_int_equal(rst_map_unlock(map, 10, 10, NULL), RST_OK);
    assert_int_equal(rst_map_unlock(map, 0, 0, NULL), RST_OK);
    nothing_else_is_locked(map);
    rst_map_close(&map);
}

struct meeting {
    const char *path;
    int to_child[2], to_parent[2];
};

static void tell(int pipe_end)
{
    if (write(pipe_end, "x", 1) != 1) abort();
}

static int hear(int pipe_end)
{
    char c;
    return read(pipe_end, &c, 1) == 1;
}

/* Holds the lock until told, then stores a byte and ends without unlocking. */
static int hold_lock(void *argument)
{
    struct meeting *m = argument;
    struct rst_map *map = NULL;
    FILES_CHECK(rst_map_open(m->path, RST_SHARED, 0, 0, &map, NULL) == RST_OK);
    FILES_CHECK(rst_map_lock(map, RST_LOCK_EXCLUSIVE, 0, 0, false, NULL) == RST_OK);
    tell(m->to_parent[1]);
    FILES_CHECK(hear(m->to_child[0]));
    nanosleep(&(struct timespec){0, 50000000}, NULL);
    ((unsigned char *)rst_map_data(map))[0] = 99;
    return 0;
}

static void on_alarm(int number)
{
    (void)number;
}

/* The parent waits for the child's lock, through signals, and then sees what the child stored under it. */
static void waiting_ends_when_the_other_process_does(void **state)
{
    struct meeting m = {.path = files_make("two", 100)};
    struct sigaction action = {.sa_handler = on_alarm}, before;
    int status;
    (void)state;
    assert_int_equal(pipe(m.to_child) | pipe(m.to_parent), 0);
    struct rst_map *map = open_map(m.path, RST_SHARED, 0, 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(hold_lock(&m));
    assert_true(hear(m.to_parent[0]));
    assert_int_equal(try_lock(map, RST_LOCK_SHARED, 0, 0), RST_E_LOCKED);
    assert_int_equal(try_lock(map, RST_LOCK_EXCLUSIVE, 50, 1), RST_E_LOCKED);
    sigaction(SIGALRM, &action, &before);
    ualarm(5000, 5000);
    tell(m.to_child[1]);
    assert_int_equal(rst_map_lock(map, RST_LOCK_EXCLUSIVE, 0, 0, true, NULL), RST_OK);
    ualarm(0, 0);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(((unsigned char *)rst_map_data(map))[0], 99);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    rst_map_close(&map);
    for (int i = 0; i < 2; i++)
        close(m.to_child[i]), close(m.to_parent[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_mappings_of_one_process),    cmocka_unit_test(ranges_are_of_the_mapping),
        cmocka_unit_test(whole_means_a_growing_file_too), cmocka_unit_test(a_reader_takes_shared_locks_only),
        cmocka_unit_test(unlocking_twice_is_fine),        cmocka_unit_test(waiting_ends_when_the_other_process_does),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
