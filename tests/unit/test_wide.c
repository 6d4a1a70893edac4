/* Whole numbers of 256 bits: identities that hold for all numbers, and rounding to doubles at its edges. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/ops/survey/wide.h"
#include "tests/support/layouts.h"

static struct rst_wide shifted(uint64_t value, int limb)
{
    struct rst_wide wide = {{0}};
    rst_wide_add_shifted(&wide, value, limb);
    return wide;
}

static struct rst_wide plus(struct rst_wide a, struct rst_wide b)
{
    rst_wide_add(&a, b);
    return a;
}

static void assert_same(struct rst_wide a, struct rst_wide b)
{
    assert_memory_equal(&a, &b, sizeof a);
}

static void small_numbers(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t a = (int64_t)layout_random(&random) >> 33, b = (int64_t)layout_random(&random) >> 33;
        assert_same(plus(rst_wide_of(a), rst_wide_of(b)), rst_wide_of(a + b));
        assert_same(rst_wide_multiply(rst_wide_of(a), rst_wide_of(b)), rst_wide_of(a * b));
        assert_same(rst_wide_negated(rst_wide_of(a)), rst_wide_of(-a));
        assert_int_equal(rst_wide_is_negative(&(struct rst_wide){{0}}), 0);
        struct rst_wide wide = rst_wide_of(a);
        assert_int_equal(rst_wide_is_negative(&wide), a < 0);
        assert_true(rst_wide_to_double(wide) == (double)a);
    }
}

/* (a + b)^2 = a^2 + 2ab + b^2, and so on through all limbs. */
static void wide_numbers(void **state)
{
    uint64_t random = 2;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct rst_wide a = shifted(layout_random(&random), i % 3), b = shifted(layout_random(&random), i / 3 % 3);
        if (i & 1) b = rst_wide_negated(b);
        struct rst_wide ab = rst_wide_multiply(a, b), sum = plus(a, b);
        struct rst_wide right = plus(plus(rst_wide_multiply(a, a), plus(ab, ab)), rst_wide_multiply(b, b));
        assert_same(rst_wide_multiply(sum, sum), right);
        assert_same(plus(ab, rst_wide_negated(ab)), rst_wide_of(0));
    }
    assert_same(plus(shifted(UINT64_MAX, 0), rst_wide_of(1)), shifted(1, 2));
    assert_same(plus(shifted(UINT64_MAX, 6), shifted(1, 6)), rst_wide_of(0));
}

static void doubles_are_nearest(void **state)
{
    (void)state;
    for (int limb = 0; limb < 6; limb++)
        for (int bit = 0; bit < 10; bit++) {
            double unit = ldexp(1, 32 * limb + bit);
            uint64_t even = (UINT64_C(1) << 53) << bit, half = UINT64_C(1) << bit;
            struct rst_wide above = plus(shifted(even, limb), shifted(half, limb));
            assert_true(rst_wide_to_double(above) == 0x1p53 * unit); /* a tie, to even */
            assert_true(rst_wide_to_double(plus(above, rst_wide_of(-1))) == 0x1p53 * unit);
            assert_true(rst_wide_to_double(plus(above, rst_wide_of(1))) == (0x1p53 + 2) * unit || limb + bit == 0);
            above = plus(above, shifted(2 * half, limb)); /* 2^53 + 3: a tie, up to even */
            assert_true(rst_wide_to_double(above) == (0x1p53 + 4) * unit);
            assert_true(rst_wide_to_double(rst_wide_negated(above)) == -(0x1p53 + 4) * unit);
        }
    assert_true(rst_wide_to_double(rst_wide_of(0)) == 0);
    assert_true(rst_wide_to_double(shifted(UINT64_MAX, 0)) == 0x1p64);
    assert_true(rst_wide_to_double(rst_wide_of(INT64_MIN)) == -0x1p63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_numbers),
        cmocka_unit_test(wide_numbers),
        cmocka_unit_test(doubles_are_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
