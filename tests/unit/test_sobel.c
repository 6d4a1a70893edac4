/* sobel against gradients made one sample at a time. On 8 and 16 bits the result must be the very one: a root of whole
 * numbers is never a tie. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/edge/sobel.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static double expected_at(const struct rst_shape *shape, const struct rst_border *border, const void *pixels, int64_t x,
                          int64_t y, int32_t band, double *reach)
{
    static const double weights[3][3] = {{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}};
    double gx = 0, gy = 0;
    *reach = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            struct neighbour near = neighbour_at(shape, border, pixels, x + j - 1, y + i - 1, band);
            if (near.missing) near = neighbour_at(shape, border, pixels, x, y, band);
            gx += weights[i][j] * near.value;
            gy += weights[j][i] * near.value;
            *reach += 4 * fabs(near.value);
        }
    return hypot(gx, gy);
}

static void check(const struct rst_shape *shape, const struct rst_border *border, const void *pixels)
{
    struct rst_run_options options = {.threads = 1, .border = *border};
    void *result = neighbour_run_each("sobel", shape, pixels, &options, NULL);
    bool narrow = rst_type_size(shape->type) <= 2;
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands); at++) {
        int32_t band = (int32_t)(at % (size_t)shape->bands);
        int64_t pixel = (int64_t)at / shape->bands, x = pixel % shape->width, y = pixel / shape->width;
        double reach, expected = expected_at(shape, border, pixels, x, y, band, &reach);
        double got = rst_sample_to_double(neighbour_sample(shape, result, at), shape->type);
        if (neighbour_at(shape, border, pixels, x, y, band).missing) {
            assert_true(rst_sample_equal(neighbour_sample(shape, result, at), shape->nodata, shape->type));
            continue;
        }
        double saturated = neighbour_saturated(shape->type, narrow ? rint(expected) : expected);
        if (!(fabs(got - saturated) <= (narrow ? 0 : neighbour_tolerance(shape->type, saturated, reach))))
            fail_msg("%s, %dx%dx%d, border %d: %.17g instead of %.17g at %d, %d, band %d", rst_type_name(shape->type),
                     (int)shape->width, (int)shape->height, (int)shape->bands, (int)border->rule, got, expected, (int)x,
                     (int)y, (int)band);
    }
    free(result);
}

/* All types, bands, sizes and borders; with nodata, NaN among floats, if asked for. */
static void each(bool has_nodata)
{
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int32_t bands = 1; bands <= 4; bands++)
            for (int size = 0; size < neighbour_size_count; size++)
                for (int border = 0; border < neighbour_border_count; border++, turn++) {
                    struct rst_shape shape = {.type = type,
                                              .width = neighbour_sizes[size].width,
                                              .height = neighbour_sizes[size].height,
                                              .bands = bands,
                                              .alpha = -1,
                                              .opacity = -1,
                                              .has_nodata = has_nodata,
                                              .nodata =
                                                  rst_sample_from_double(rst_type_is_float(type) ? NAN : 77, type)};
                    void *pixels = average_pixels(&shape, (enum average_fill)(turn % AVERAGE_FILLS), seed + turn);
                    check(&shape, &neighbour_borders[border], pixels);
                    free(pixels);
                }
}

static void test_reference(void **state)
{
    (void)state;
    each(false);
}

static void test_nodata(void **state)
{
    (void)state;
    each(true);
}

/* Gradients drawn at random over the whole range of 16 bits. */
static void test_roots(void **state)
{
    (void)state;
    struct rst_shape shape = {.type = RST_U16, .width = 3, .height = 3, .bands = 1, .alpha = -1, .opacity = -1};
    struct rst_border border = {RST_REPLICATE, 0};
    uint64_t seed = layout_seed();
    for (int i = 0; i < 300; i++) {
        uint16_t pixels[9] = {0};
        for (int k = 0; k < 9; k++)
            pixels[k] = (uint16_t)(layout_random(&seed) % (i % 3 ? 65536 : 20000));
        check(&shape, &border, pixels);
    }
}

/* Groups of 3 x 3 pixels side by side; the middle one of group i has the gradients 2 * i along x and `down` along y. */
static void check_group(int down, enum rst_isa isa)
{
    enum { GROUPS = 256, WIDTH = 768 };
    struct rst_run_options options = {.threads = 1, .isa = isa};
    struct rst_shape shape = {.type = RST_U8, .width = WIDTH, .height = 3, .bands = 1, .alpha = -1, .opacity = -1};
    uint8_t pixels[3][WIDTH] = {{0}};
    for (size_t i = 0; i < GROUPS; i++) {
        pixels[1][3 * i + 2] = (uint8_t)i;
        pixels[2][3 * i + 1] = (uint8_t)(down / 2);
    }
    uint8_t *result = neighbour_run("sobel", &shape, pixels, &options, NULL);
    for (size_t i = 0; i < GROUPS; i++)
        assert_int_equal(result[WIDTH + 3 * i + 1], (int)fmin(255, rint(hypot(2 * (double)i, down))));
    free(result);
}

static void test_root_net(void **state)
{
    (void)state;
    for (enum rst_isa isa = RST_ISA_BASE; isa <= rst_isa_best(); isa++)
        for (int down = 0; down < 256; down += 2)
            check_group(down, isa);
}

static void test_collisions(void **state)
{
    (void)state;
    uint8_t pixels[5] = {7, 7, 7, 0, 9}; /* flat: the gradient is 0, as nodata is; beside the hole it is flat too */
    uint8_t expected[5] = {0, 0, 0, 0, 0};
    struct rst_shape shape = {
        .type = RST_U8, .width = 5, .height = 1, .bands = 1, .alpha = -1, .opacity = -1, .has_nodata = true};
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    uint8_t *result = neighbour_run("sobel", &shape, pixels, &options, NULL);
    assert_memory_equal(result, expected, sizeof expected);
    assert_int_equal(report.collisions, 4);
    free(result);
}

static void test_promise(void **state)
{
    (void)state;
    for (int holes = 0; holes < 2; holes++) {
        struct rst_shape shape = {
            .type = RST_U8, .width = 131, .height = 40, .bands = 3, .alpha = -1, .opacity = -1, .has_nodata = holes};
        struct rst_run_options whole = {.threads = 1, .border.rule = RST_REFLECT}, tiles = whole;
        struct rst_error err = {0};
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
        void *expected = neighbour_run("sobel", &shape, pixels, &whole, NULL);
        tiles.threads = 3;
        tiles.tile_width = 11;
        tiles.tile_height = 5;
        assert_int_equal(oprun_in_place("sobel", &shape, pixels, &tiles, &err), RST_OK);
        assert_memory_equal(expected, pixels, oprun_bytes(&shape));
        free(expected);
        free(pixels);
    }
}

static void test_palette(void **state)
{
    (void)state;
    struct rst_shape shape = {
        .type = RST_U8, .width = 4, .height = 4, .bands = 1, .alpha = -1, .opacity = -1, .palette = true};
    uint8_t pixels[16] = {0};
    struct rst_error err = {0};
    assert_int_equal(oprun("sobel", &shape, pixels, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "colour map"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_nodata),     cmocka_unit_test(test_roots),
        cmocka_unit_test(test_root_net),  cmocka_unit_test(test_collisions), cmocka_unit_test(test_promise),
        cmocka_unit_test(test_palette),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
