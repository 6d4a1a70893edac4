/* Levels that are found: Otsu's and the triangle's, against their definitions and against what OpenCV finds. */
#define _GNU_SOURCE 1
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/raster.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

/* Two humps: of a third of the samples around `dark`, of the rest around `bright`. */
static void *humps(const struct rst_shape *shape, double dark, double bright, double spread, uint64_t seed)
{
    size_t count = (size_t)(shape->width * shape->height * shape->bands), size = rst_type_size(shape->type);
    char *pixels = malloc(count * size);
    for (size_t i = 0; i < count; i++) {
        double v = layout_random(&seed) % 3 == 0 ? dark : bright;
        for (int k = 0; k < 4; k++)
            v += spread * ((double)(layout_random(&seed) % 1000) / 1000 - 0.5);
        union rst_sample sample = rst_sample_from_double(v, shape->type);
        memcpy(pixels + i * size, &sample, size);
    }
    return pixels;
}

/* The partition with the greatest variance between its parts, tried sample by sample. */
static double between(const struct rst_shape *shape, const void *pixels, int32_t band, double level, double *all)
{
    double n[2] = {0, 0}, sum[2] = {0, 0};
    for (size_t i = (size_t)band; i < (size_t)(shape->width * shape->height * shape->bands);
         i += (size_t)shape->bands) {
        double v = rst_sample_to_double(neighbour_sample(shape, pixels, i), shape->type);
        n[v > level]++;
        sum[v > level] += v;
    }
    *all = n[0] + n[1];
    return n[0] == 0 || n[1] == 0 ? 0 : n[0] / *all * (n[1] / *all) * pow(sum[0] / n[0] - sum[1] / n[1], 2);
}

static void otsu_is_best(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = shape_of((enum rst_type)type, 90, 40, 2);
        double *levels = calloc(2, sizeof *levels), all;
        void *pixels = humps(&shape, 30, 90, 30, (uint64_t)type + 1);
        void *result = neighbour_run_each("threshold --value otsu --above 1", &shape, pixels,
                                          &(struct rst_run_options){.threads = 2}, NULL);
        for (int32_t band = 0; band < 2; band++) {
            double best = 0, below = -INFINITY, above = INFINITY;
            int steps = rst_type_is_float(shape.type) ? 4 : 1;
            for (int i = 0; i < 167 * steps; i++)
                best = fmax(best, between(&shape, pixels, band, -40 + (double)i / steps, &all));
            for (size_t i = (size_t)band; i < 90 * 40 * 2; i += 2) {
                double v = rst_sample_to_double(neighbour_sample(&shape, pixels, i), shape.type);
                if (rst_sample_to_double(neighbour_sample(&shape, result, i), shape.type) == 1)
                    above = fmin(above, v);
                else
                    below = fmax(below, v);
            }
            assert_true(below < above); /* it is one level */
            /* bins, of floats and wide types, cost a little */
            double exact = rst_type_size(shape.type) <= 2 ? 1 - 1e-9 : 0.999;
            assert_true(between(&shape, pixels, band, below, &all) >= best * exact);
        }
        free(result);
        free(pixels);
        free(levels);
    }
}

static int level_of(const char *pipeline, const uint8_t *pixels, int count)
{
    struct rst_shape shape = shape_of(RST_U8, count, 1, 1);
    int level = -1;
    uint8_t *result = neighbour_run_each(pipeline, &shape, pixels, &(struct rst_run_options){0}, NULL);
    for (int i = 0; i < count; i++)
        if (result[i] == 0 && pixels[i] > level) level = pixels[i];
    for (int i = 0; i < count; i++)
        assert_int_equal(result[i], pixels[i] > level ? 255 : 0);
    free(result);
    return level;
}

/* The number of samples of value v of a histogram that rises steeply and falls slowly. */
static int hill(int v)
{
    return v < 5 ? 10 * v + 5 : 80 / (v - 4);
}

/* What cv::threshold of OpenCV 4.6 finds: the level, or the greatest sample that is not above it; -1 where all are. */
static void known_values(void **state)
{
    static const uint8_t few[10] = {10, 10, 12, 14, 90, 100, 100, 110, 120, 200};
    uint8_t ramp[253], hills[2][468];
    int count = 0;
    (void)state;
    assert_int_equal(level_of("threshold --value otsu", few, 10), 14);
    for (int v = 0; v < 22; v++) /* v + 1 samples of each value: rising, and then nothing */
        for (int k = 0; k <= v; k++)
            ramp[count++] = (uint8_t)(v + 20);
    assert_int_equal(level_of("threshold --value otsu", ramp, count), 32);
    assert_int_equal(level_of("threshold --value triangle", ramp, count), -1);
    count = 0;
    for (int v = 0; v < 60; v++)
        for (int k = 0; k < hill(v); k++, count++) {
            hills[0][count] = (uint8_t)(v + 30);
            hills[1][count] = (uint8_t)(220 - v);
        }
    assert_int_equal(count, 468);
    assert_int_equal(level_of("threshold --value otsu", hills[0], count), 51);
    assert_int_equal(level_of("threshold --value triangle", hills[0], count), 44);
    assert_int_equal(level_of("threshold --value otsu", hills[1], count), 198);
    assert_int_equal(level_of("threshold --value triangle", hills[1], count), 206);
}

/* One value alone, and no value at all. */
static void nothing_to_part(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 3, 1, 1);
    const uint8_t pixels[3] = {7, 7, 7};
    (void)state;
    uint8_t *result = neighbour_run_each("threshold --value otsu", &shape, pixels, &(struct rst_run_options){0}, NULL);
    assert_int_equal(result[0], 255);
    free(result);
    shape.has_nodata = true;
    shape.nodata.u8 = 7;
    result = neighbour_run_each("threshold --value triangle", &shape, pixels, &(struct rst_run_options){0}, NULL);
    assert_memory_equal(result, pixels, 3);
    free(result);
    struct rst_shape floats = shape_of(RST_F32, 3, 1, 1);
    const float nothing[3] = {NAN, NAN, INFINITY};
    float *got = neighbour_run_each("threshold --value otsu", &floats, nothing, &(struct rst_run_options){0}, NULL);
    assert_true(got[0] == 0 && got[1] == 0 && got[2] == 1);
    free(got);
}

/* Nodata counts for nothing; each band has its own level. */
static void nodata_and_bands(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 6, 1, 2);
    const uint8_t pixels[12] = {10, 100, 12, 101, 0, 0, 90, 220, 94, 221, 0, 102};
    const uint8_t expected[12] = {5, 5, 5, 5, 0, 0, 255, 255, 255, 255, 0, 5};
    (void)state;
    shape.has_nodata = true;
    uint8_t *result =
        neighbour_run_each("threshold --value otsu --below 5", &shape, pixels, &(struct rst_run_options){0}, NULL);
    assert_memory_equal(result, expected, 12);
    free(result);
}

static void refused(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 1, 1, 1);
    uint8_t pixel = 0;
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(oprun("threshold --value otso", &shape, &pixel, NULL, &pixel, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "'otso' is not a number, otsu or triangle"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otsu_is_best),     cmocka_unit_test(known_values), cmocka_unit_test(nothing_to_part),
        cmocka_unit_test(nodata_and_bands), cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
