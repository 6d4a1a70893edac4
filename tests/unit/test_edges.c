/* scharr, prewitt, laplacian and log against the named kernels, one sample at a time in double. What has 3 x 3 weights
 * must be the very sample on 8 and 16 bits; log keeps to its stated bound. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

/* A kernel, and whether the result is the magnitude of it and its transpose. */
struct edge {
    const char *text;
    bool gradient;
    int radius;
    const double *weights;
    double slack;        /* of results that are rounded to integers, in levels */
    const double *reach; /* what each weight is the difference of; NULL: its magnitude */
};

static const double scharr[] = {-3, 0, 3, -10, 0, 10, -3, 0, 3}, prewitt[] = {-1, 0, 1, -1, 0, 1, -1, 0, 1};
static const double laplacian_4[] = {0, 1, 0, 1, -4, 1, 0, 1, 0}, laplacian_8[] = {1, 1, 1, 1, -8, 1, 1, 1, 1};

static const struct edge edges[] = {
    {"scharr", true, 1, scharr, 0, NULL},
    {"prewitt", true, 1, prewitt, 0, NULL},
    {"laplacian", false, 1, laplacian_4, 0, NULL},
    {"laplacian --neighbours 8", false, 1, laplacian_8, 0, NULL},
};

static bool is_integer(enum rst_type type)
{
    return !rst_type_is_float(type);
}

/* The result at a pixel, neither rounded nor saturated. `reach`: the sum of the magnitudes that were added up. */
static double expected_at(const struct edge *edge, const struct rst_shape *shape, const struct rst_border *border,
                          const void *pixels, int64_t x, int64_t y, int32_t band, double *reach)
{
    const double centre = neighbour_at(shape, border, pixels, x, y, band).value;
    int side = 2 * edge->radius + 1;
    double across = 0, down = 0;
    *reach = 0;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            double weight = edge->weights[i * side + j], turned = edge->weights[j * side + i];
            struct neighbour near =
                neighbour_at(shape, border, pixels, x + j - edge->radius, y + i - edge->radius, band);
            double value = near.missing ? centre : near.value;
            if (weight != 0) across += weight * value;
            if (turned != 0) down += turned * value;
            double magnitude = edge->reach ? edge->reach[i * side + j] : fmax(fabs(weight), fabs(turned));
            if (isfinite(value)) *reach += magnitude * fabs(value);
        }
    if (edge->gradient) return sqrt(across * across + down * down);
    return rst_type_is_signed(shape->type) ? across : fabs(across);
}

static void check(const struct edge *edge, const struct rst_shape *shape, const struct rst_border *border,
                  const void *pixels)
{
    struct rst_run_options options = {.threads = 1, .border = *border};
    void *result = neighbour_run_each(edge->text, shape, pixels, &options, NULL);
    bool narrow = rst_type_size(shape->type) <= 2;
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands); at++) {
        int32_t band = (int32_t)(at % (size_t)shape->bands);
        int64_t pixel = (int64_t)at / shape->bands, x = pixel % shape->width, y = pixel / shape->width;
        double reach, expected = expected_at(edge, shape, border, pixels, x, y, band, &reach);
        double got = rst_sample_to_double(neighbour_sample(shape, result, at), shape->type);
        if (neighbour_at(shape, border, pixels, x, y, band).missing) {
            assert_true(rst_sample_equal(neighbour_sample(shape, result, at), shape->nodata, shape->type));
            continue;
        }
        double saturated = neighbour_saturated(shape->type, narrow && edge->slack == 0 ? rint(expected) : expected);
        double tolerance = narrow ? edge->slack : neighbour_tolerance(shape->type, saturated, reach);
        if (is_integer(shape->type) && !narrow) tolerance += edge->slack;
        if (isnan(expected) && isnan(got)) continue;
        if (got == saturated) continue;
        if (!(fabs(got - saturated) <= tolerance))
            fail_msg("%s, %s, %dx%dx%d, border %d: %.17g instead of %.17g at %d, %d, band %d", edge->text,
                     rst_type_name(shape->type), (int)shape->width, (int)shape->height, (int)shape->bands,
                     (int)border->rule, got, expected, (int)x, (int)y, (int)band);
    }
    free(result);
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands, bool has_nodata)
{
    return (struct rst_shape){.type = type,
                              .width = width,
                              .height = height,
                              .bands = bands,
                              .alpha = -1,
                              .opacity = -1,
                              .has_nodata = has_nodata,
                              .nodata = rst_sample_from_double(rst_type_is_float(type) ? NAN : 77, type)};
}

/* All types, sizes and borders, bands and fillings in turn. */
static void each(const struct edge *edge, bool has_nodata, int sizes)
{
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int size = 0; size < sizes; size++)
            for (int border = 0; border < neighbour_border_count; border++, turn++) {
                struct rst_shape shape = shape_of(type, neighbour_sizes[size].width, neighbour_sizes[size].height,
                                                  1 + (int32_t)(turn % 4), has_nodata);
                void *pixels = average_pixels(&shape, (enum average_fill)(turn % AVERAGE_FILLS), seed + turn);
                check(edge, &shape, &neighbour_borders[border], pixels);
                free(pixels);
            }
}

static void test_kernels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        each(&edges[i], false, neighbour_size_count);
        each(&edges[i], true, neighbour_size_count);
    }
}

/* The kernel of log as its page gives it, from sampled Gaussians alone, and the reach of its weights. To be freed. */
static double *log_kernel(double sigma, double scale, int radius, double **reach)
{
    int side = 2 * radius + 1;
    double *kernel = calloc((size_t)side * (size_t)side, sizeof *kernel), total = 0, mean = 0, bend = 0;
    double *g = calloc((size_t)side, sizeof *g), *d = calloc((size_t)side, sizeof *d);
    for (int k = -radius; k <= radius; k++)
        total += g[k + radius] = exp(-k * k / (2 * sigma * sigma));
    for (int k = -radius; k <= radius; k++)
        mean += k * k * (g[k + radius] /= total);
    for (int k = -radius; k <= radius; k++)
        bend += k * k * (d[k + radius] = (k * k - mean) * g[k + radius]);
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++)
            kernel[i * side + j] = scale * 2 / bend * (d[i] * g[j] + g[i] * d[j]);
    *reach = calloc((size_t)side * (size_t)side, sizeof **reach);
    for (int i = -radius; i <= radius; i++)
        for (int j = -radius; j <= radius; j++)
            (*reach)[(i + radius) * side + j + radius] =
                scale * 2 / bend * (i * i + j * j + 2 * mean) * g[i + radius] * g[j + radius];
    free(g);
    free(d);
    return kernel;
}

static void check_log(const char *text, double sigma, double scale, bool has_nodata, int sizes)
{
    int radius = (int)ceil(4 * sigma);
    double *reach, *kernel = log_kernel(sigma, scale, radius, &reach);
    const struct edge edge = {text, false, radius, kernel, 1, reach};
    each(&edge, has_nodata, sizes);
    free(reach);
    free(kernel);
}

static void test_log(void **state)
{
    (void)state;
    for (int holes = 0; holes < 2; holes++) {
        check_log("log --sigma 0.5", 0.5, 1, holes, 3);
        check_log("log --sigma 1 --scale 3", 1, 3, holes, neighbour_size_count);
        check_log("log --sigma 2.3", 2.3, 1, holes, 3);
    }
}

/* A parabola gives its second derivative, a slope nothing, whatever the sigma. */
static void test_log_of_parabolas(void **state)
{
    static const char *const texts[] = {"log --sigma 0.3", "log --sigma 1", "log --sigma 4.5"};
    enum { SIZE = 60 };
    struct rst_shape shape = shape_of(RST_F64, SIZE, SIZE, 1, false);
    struct rst_run_options options = {.threads = 1};
    double pixels[SIZE * SIZE];
    (void)state;
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
            pixels[y * SIZE + x] = 3 * x * x - y * y + 7 * x + 5 * y + 11;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double *result = neighbour_run_each(texts[i], &shape, pixels, &options, NULL);
        for (int y = 20; y < 40; y++)
            for (int x = 20; x < 40; x++)
                assert_true(fabs(result[y * SIZE + x] - 4) < 1e-8);
        free(result);
    }
}

static void test_infinities(void **state)
{
    (void)state;
    for (enum rst_type type = RST_F32; type <= RST_F64; type++)
        for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
            for (int kind = 0; kind < 3; kind++) {
                struct rst_shape shape = shape_of(type, 9, 7, 1, false);
                void *pixels = average_pixels(&shape, AVERAGE_NOISE, 3);
                double value = kind == 0 ? NAN : kind == 1 ? INFINITY : -INFINITY;
                if (type == RST_F32)
                    ((float *)pixels)[31] = (float)value;
                else
                    ((double *)pixels)[31] = value;
                check(&edges[i], &shape, &neighbour_borders[0], pixels);
                free(pixels);
            }
}

static const char *const texts[] = {"scharr", "prewitt", "laplacian --neighbours 8", "log --sigma 1.5"};

static void test_promise(void **state)
{
    (void)state;
    for (int turn = 0; turn < 8; turn++) {
        struct rst_shape shape = shape_of(turn / 2 % 2 ? RST_U16 : RST_U8, 131, 40, 3, turn % 2);
        struct rst_run_options whole = {.threads = 1, .border.rule = RST_REFLECT}, tiles = whole;
        struct rst_error err = {0};
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
        void *expected = neighbour_run(texts[turn / 2], &shape, pixels, &whole, NULL);
        tiles.threads = 3;
        tiles.tile_width = 11;
        tiles.tile_height = 5;
        assert_int_equal(oprun_in_place(texts[turn / 2], &shape, pixels, &tiles, &err), RST_OK);
        assert_memory_equal(expected, pixels, oprun_bytes(&shape));
        free(expected);
        free(pixels);
    }
}

static void test_collisions(void **state)
{
    uint8_t pixels[5] = {7, 7, 7, 0, 9}; /* flat: the result is 0, as nodata is; beside the hole it is flat too */
    struct rst_shape shape = shape_of(RST_U8, 5, 1, 1, true);
    shape.nodata.u8 = 0;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct rst_report report = {0};
        struct rst_run_options options = {.threads = 1, .report = &report};
        uint8_t *result = neighbour_run(texts[i], &shape, pixels, &options, NULL);
        assert_int_equal(result[3], 0);
        assert_true(report.collisions >= 2);
        free(result);
    }
}

static void test_palette(void **state)
{
    uint8_t pixels[16] = {0};
    struct rst_shape shape = shape_of(RST_U8, 4, 4, 1, false);
    shape.palette = true;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct rst_error err = {0};
        assert_int_equal(oprun(texts[i], &shape, pixels, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
        assert_non_null(strstr(err.message, "colour map"));
        assert_true(strncmp(err.message, texts[i], strcspn(texts[i], " ")) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels),    cmocka_unit_test(test_log),     cmocka_unit_test(test_log_of_parabolas),
        cmocka_unit_test(test_infinities), cmocka_unit_test(test_promise), cmocka_unit_test(test_collisions),
        cmocka_unit_test(test_palette),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
