/* Threads that live for one call, the arena of one thread, and the choice of instruction set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/sweep/arena.h"
#include "raster/sweep/isa.h"
#include "raster/sweep/threads.h"

struct roll {
    atomic_int seen[16];
    atomic_int counts_differ;
    int expected;
};

static void call(void *user, int index, int count)
{
    struct roll *roll = user;
    atomic_fetch_add(&roll->seen[index], 1);
    if (count != roll->expected) atomic_store(&roll->counts_differ, 1);
}

static void test_threads(void **state)
{
    (void)state;
    assert_true(rst_threads_available() >= 1);
    for (int count = 1; count <= 16; count++) {
        struct roll roll = {.expected = count};
        rst_threads_run(count, call, &roll);
        for (int i = 0; i < 16; i++)
            assert_int_equal(atomic_load(&roll.seen[i]), i < count);
        assert_int_equal(atomic_load(&roll.counts_differ), 0);
    }
}

static void test_arena(void **state)
{
    struct rst_arena arena = {0};
    unsigned char *pieces[40];
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 40; i++) {
            size_t size = 1 + (size_t)i * (size_t)i * 997;
            pieces[i] = rst_arena_get(&arena, size);
            assert_non_null(pieces[i]);
            assert_int_equal((uintptr_t)pieces[i] % 64, 0);
            memset(pieces[i], i, size);
        }
        for (int i = 0; i < 40; i++) {
            assert_int_equal(pieces[i][0], i);
            assert_int_equal(pieces[i][(size_t)i * (size_t)i * 997], i);
        }
        unsigned char *first = pieces[0];
        rst_arena_reset(&arena);
        assert_ptr_equal(rst_arena_get(&arena, 1), first);
        rst_arena_reset(&arena);
    }
    assert_null(rst_arena_get(&arena, SIZE_MAX - 10));
    rst_arena_clear(&arena);
}

static void test_isa(void **state)
{
    enum rst_isa isa;
    struct rst_error err = {0};
    (void)state;
    unsetenv("RASTER_ISA");
    enum rst_isa best = rst_isa_best();
    assert_true(best >= RST_ISA_BASE && best < RST_ISA_COUNT);
    assert_int_equal(rst_isa_choose(RST_ISA_AUTO, &isa, NULL), RST_OK);
    assert_int_equal(isa, best);
    assert_int_equal(rst_isa_choose(RST_ISA_BASE, &isa, NULL), RST_OK);
    assert_int_equal(isa, RST_ISA_BASE);
    setenv("RASTER_ISA", "base", 1);
    assert_int_equal(rst_isa_best(), RST_ISA_BASE);
    assert_int_equal(rst_isa_choose(RST_ISA_V4, &isa, NULL), RST_OK);
    assert_int_equal(isa, RST_ISA_BASE);
    setenv("RASTER_ISA", "sse9", 1);
    assert_int_equal(rst_isa_choose(RST_ISA_AUTO, &isa, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "sse9"));
    unsetenv("RASTER_ISA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads), cmocka_unit_test(test_arena),
                                       cmocka_unit_test(test_isa)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
