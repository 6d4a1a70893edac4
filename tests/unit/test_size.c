/* Checked arithmetic: the exact result, or false and the output left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/base/size.h"

static const uint64_t edges[] = {
    0, 1, 2, 3, 4095, 4096, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 63, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};
enum { EDGES = sizeof edges / sizeof edges[0] };

static void products_and_sums_are_exact_or_refused(void **state)
{
    (void)state;
    for (int i = 0; i < EDGES; i++)
        for (int j = 0; j < EDGES; j++) {
            unsigned __int128 product = (unsigned __int128)edges[i] * edges[j],
                              sum = (unsigned __int128)edges[i] + edges[j];
            uint64_t out = 77;
            assert_int_equal(rst_mul(edges[i], edges[j], &out), product <= UINT64_MAX);
            assert_true(out == (product <= UINT64_MAX ? (uint64_t)product : 77));
            out = 77;
            assert_int_equal(rst_add(edges[i], edges[j], &out), sum <= UINT64_MAX);
            assert_true(out == (sum <= UINT64_MAX ? (uint64_t)sum : 77));
            for (int k = 0; k < EDGES; k++) {
                unsigned __int128 both = product + edges[k];
                bool fits = product <= UINT64_MAX && both <= UINT64_MAX;
                out = 77;
                assert_int_equal(rst_mul_add(edges[i], edges[j], edges[k], &out), fits);
                assert_true(out == (fits ? (uint64_t)both : 77));
            }
        }
}

static void alignment_rounds_up_to_the_unit(void **state)
{
    uint64_t out = 77;
    (void)state;
    assert_true(rst_align_up(0, 4096, &out) && out == 0);
    assert_true(rst_align_up(1, 4096, &out) && out == 4096);
    assert_true(rst_align_up(4096, 4096, &out) && out == 4096);
    assert_true(rst_align_up(4097, 4096, &out) && out == 8192);
    assert_true(rst_align_up(5, 1, &out) && out == 5);
    assert_true(rst_align_up(UINT64_MAX - 4095, 4096, &out) && out == UINT64_MAX - 4095);
    out = 77;
    assert_false(rst_align_up(UINT64_MAX - 4094, 4096, &out));
    assert_false(rst_align_up(UINT64_MAX, 2, &out));
    assert_true(out == 77);
}

static void signed_helpers(void **state)
{
    (void)state;
    assert_true(rst_min64(-1, 1) == -1 && rst_min64(INT64_MAX, INT64_MIN) == INT64_MIN);
    assert_true(rst_max64(-1, 1) == 1 && rst_max64(INT64_MAX, INT64_MIN) == INT64_MAX);
    assert_true(rst_clamp64(-5, 0, 9) == 0 && rst_clamp64(5, 0, 9) == 5 && rst_clamp64(50, 0, 9) == 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_and_sums_are_exact_or_refused),
        cmocka_unit_test(alignment_rounds_up_to_the_unit),
        cmocka_unit_test(signed_helpers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
