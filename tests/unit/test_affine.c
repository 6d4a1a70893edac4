/* Affine maps against points put through them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raster/image/affine.h"

struct point {
    double x, y;
};

static struct point put(struct rst_affine map, struct point p)
{
    return (struct point){map.m[0] * p.x + map.m[1] * p.y + map.m[2], map.m[3] * p.x + map.m[4] * p.y + map.m[5]};
}

static void assert_near(struct point a, struct point b)
{
    assert_true(fabs(a.x - b.x) < 1e-9 && fabs(a.y - b.y) < 1e-9);
}

static const struct rst_affine shrink = {{4, 0, 0, 0, 4, 0}}, crop = {{1, 0, 17, 0, 1, -3}},
                               flip = {{-1, 0, 640, 0, 1, 0}}, skew = {{2, 0.5, 3, -1, 1.25, 7}};

static void composing_is_one_after_the_other(void **unused)
{
    (void)unused;
    const struct rst_affine maps[] = {shrink, crop, flip, skew};
    const struct point p = {12.5, -8.25};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            assert_near(put(rst_affine_compose(maps[i], maps[j]), p), put(maps[i], put(maps[j], p)));
}

static void inverse_takes_back(void **unused)
{
    (void)unused;
    const struct rst_affine maps[] = {shrink, crop, flip, skew, RST_AFFINE_IDENTITY};
    const struct point p = {-3.75, 99};
    for (int i = 0; i < 5; i++) {
        struct rst_affine back;
        assert_true(rst_affine_invert(maps[i], &back));
        assert_near(put(back, put(maps[i], p)), p);
        assert_near(put(maps[i], put(back, p)), p);
    }
    struct rst_affine back;
    assert_true(rst_affine_invert(shrink, &back));
    assert_true(rst_affine_is_identity(rst_affine_compose(back, shrink)));
}

static void flat_maps_have_no_inverse(void **unused)
{
    (void)unused;
    static const struct rst_affine flat[] = {{{0, 0, 0, 0, 0, 0}},        {{1, 2, 0, 2, 4, 0}},
                                             {{1, 0, 0, 0, 0, 5}},        {{NAN, 0, 0, 0, 1, 0}},
                                             {{INFINITY, 0, 0, 0, 1, 0}}, {{1, 0, INFINITY, 0, 1, 0}}};
    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++) {
        struct rst_affine out = skew;
        assert_false(rst_affine_invert(flat[i], &out));
        assert_memory_equal(&out, &skew, sizeof out);
    }
}

static void identity_is_exact(void **unused)
{
    (void)unused;
    assert_true(rst_affine_is_identity(RST_AFFINE_IDENTITY));
    for (int i = 0; i < 6; i++) {
        struct rst_affine near = RST_AFFINE_IDENTITY;
        near.m[i] += 1e-12;
        assert_false(rst_affine_is_identity(near));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(composing_is_one_after_the_other),
        cmocka_unit_test(inverse_takes_back),
        cmocka_unit_test(flat_maps_have_no_inverse),
        cmocka_unit_test(identity_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
