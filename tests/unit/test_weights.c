/* Gaussian weights: against exp() of the C library, and the sums of the fixed ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "raster/ops/smooth/weights.h"

static const double sigmas[] = {0.05, 0.3, 0.5, 0.84, 1, 1.3333, 2, 3.7, 8, 13, 20.5, 100, 1365};

static void weights_are_exp(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof(sigmas) / sizeof(*sigmas); s++) {
        int radius = rst_weights_radius(sigmas[s], 4096);
        double *half = calloc((size_t)radius + 1, sizeof(*half)), total = 0, sum = 0;
        assert_non_null(half);
        rst_weights_gauss(sigmas[s], radius, half);
        for (int k = -radius; k <= radius; k++) {
            total += exp(-k * (double)k / (2 * sigmas[s] * sigmas[s]));
            sum += half[abs(k)];
        }
        assert_true(fabs(sum - 1) < 1e-14);
        for (int k = 0; k <= radius; k++) {
            double expected = exp(-k * (double)k / (2 * sigmas[s] * sigmas[s])) / total;
            assert_true(fabs(half[k] - expected) <= 1e-13 * expected);
        }
        free(half);
    }
}

static void radius_ends_where_nothing_is_seen(void **state)
{
    (void)state;
    assert_int_equal(rst_weights_radius(2, 6), 6);
    assert_int_equal(rst_weights_radius(2, 0), 0);
    for (size_t s = 0; s < sizeof(sigmas) / sizeof(*sigmas); s++) {
        int radius = rst_weights_radius(sigmas[s], 1000000);
        double end = (radius + 1) / sigmas[s], last = radius / sigmas[s];
        assert_true(exp(-end * end / 2) < 0x1p-64);
        assert_true(exp(-last * last / 2) > 0x0.fffp-64);
    }
}

static void fixed_weights_add_up(void **state)
{
    (void)state;
    for (int i = 1; i < 4000; i++) {
        double sigma = i * 0.005;
        int radius = (int)ceil(3 * sigma), total = 0;
        double half[64], error = -1, bound = 0;
        int16_t fixed[64];
        rst_weights_gauss(sigma, radius, half);
        if (!rst_weights_fixed(half, radius, fixed, &error)) {
            assert_true(half[0] * RST_WEIGHTS_ONE > RST_WEIGHTS_MOST - 1);
            continue;
        }
        for (int k = -radius; k <= radius; k++) {
            double off = fabs((double)fixed[abs(k)] / RST_WEIGHTS_ONE - half[abs(k)]);
            total += fixed[abs(k)];
            bound += off;
            assert_in_range(fixed[abs(k)], 0, RST_WEIGHTS_MOST);
            assert_true(off < 2.0 / RST_WEIGHTS_ONE);
        }
        assert_int_equal(total, RST_WEIGHTS_ONE);
        assert_true(fabs(error - bound) < 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_exp),
        cmocka_unit_test(radius_ends_where_nothing_is_seen),
        cmocka_unit_test(fixed_weights_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
