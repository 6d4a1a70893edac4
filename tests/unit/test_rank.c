/* median, rank and despeckle against windows sorted one at a time: the very sample, for every type, window, index,
 * border and instruction set, with samples that are missing or not finite. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/rank/rank_network.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

/* What is done, and what it is done to. */
struct trial {
    int width, height;
    int64_t index;
    double threshold; /* negative: no despeckle */
    struct rst_shape shape;
    struct rst_border border;
    const void *pixels;
    size_t stride; /* every so many samples are looked at; 0: all */
};

/* ---- the reference ---- */

static enum rst_type sorted_type; /* qsort's comparison has no other way to know */

static int ends(union rst_sample a, union rst_sample b)
{
    double x = rst_sample_to_double(a, sorted_type), y = rst_sample_to_double(b, sorted_type);
    if (isnan(x) || isnan(y)) return (isnan(x) != 0) - (isnan(y) != 0);
    if (x == y) return (signbit(y) != 0) - (signbit(x) != 0);
    return x < y ? -1 : 1;
}

static int compare_samples(const void *left, const void *right)
{
    union rst_sample a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    if (sorted_type == RST_U64) return (a.u64 > b.u64) - (a.u64 < b.u64);
    if (sorted_type == RST_I64) return (a.i64 > b.i64) - (a.i64 < b.i64);
    return ends(a, b);
}

/* The sample at x, y, which may lie beyond the image; false where it is missing. */
static bool sample_at(const struct trial *trial, int64_t x, int64_t y, int32_t band, union rst_sample *sample)
{
    const struct rst_shape *shape = &trial->shape;
    int64_t column = rst_border_index(x, shape->width, trial->border.rule);
    int64_t row = rst_border_index(y, shape->height, trial->border.rule);
    *sample = rst_sample_from_double(trial->border.value, shape->type);
    if (column >= 0 && row >= 0)
        *sample = neighbour_sample(shape, trial->pixels, (size_t)((row * shape->width + column) * shape->bands + band));
    return !shape->has_nodata || !rst_sample_equal(*sample, shape->nodata, shape->type);
}

static union rst_sample quiet(union rst_sample sample, enum rst_type type)
{
    if (type == RST_F32 && isnan(sample.f32)) return rst_sample_from_double(NAN, type);
    if (type == RST_F64 && isnan(sample.f64)) return rst_sample_from_double(NAN, type);
    return sample;
}

static bool far_apart(const struct trial *trial, union rst_sample a, union rst_sample b)
{
    enum rst_type type = trial->shape.type;
    double x = rst_sample_to_double(a, type), y = rst_sample_to_double(b, type), apart = fabs(x - y);
    if (type == RST_U64) apart = (double)(a.u64 > b.u64 ? a.u64 - b.u64 : b.u64 - a.u64);
    if (type == RST_I64)
        apart = (double)(a.i64 > b.i64 ? (uint64_t)a.i64 - (uint64_t)b.i64 : (uint64_t)b.i64 - (uint64_t)a.i64);
    return !isnan(y) && !(apart <= trial->threshold);
}

static union rst_sample expected_at(const struct trial *trial, union rst_sample *window, int64_t x, int64_t y,
                                    int32_t band)
{
    union rst_sample centre;
    int64_t n = 0, full = (int64_t)trial->width * trial->height, index = trial->index;
    if (!sample_at(trial, x, y, band, &centre)) return centre;
    for (int64_t i = 0; i < trial->height; i++)
        for (int64_t j = 0; j < trial->width; j++)
            n += sample_at(trial, x - trial->width / 2 + j, y - trial->height / 2 + i, band, &window[n]);
    sorted_type = trial->shape.type;
    qsort(window, (size_t)n, sizeof *window, compare_samples);
    if (n > 0 && n < full) index = index * (n - 1) / (full - 1);
    if (trial->threshold >= 0 && !far_apart(trial, centre, window[index])) return centre;
    return quiet(window[index], trial->shape.type);
}

static void check_result(const struct trial *trial, const char *pipeline, const void *result)
{
    const struct rst_shape *shape = &trial->shape;
    union rst_sample *window = calloc((size_t)trial->width * (size_t)trial->height + 1, sizeof *window);
    assert_non_null(window);
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands);
         at += trial->stride ? trial->stride : 1) {
        int32_t band = (int32_t)(at % (size_t)shape->bands);
        int64_t pixel = (int64_t)at / shape->bands, x = pixel % shape->width, y = pixel / shape->width;
        union rst_sample expected = expected_at(trial, window, x, y, band), got = neighbour_sample(shape, result, at);
        if (memcmp(&expected, &got, rst_type_size(shape->type)) != 0)
            fail_msg("%s on %s, %dx%dx%d, border %d: %.17g instead of %.17g at %d, %d, band %d", pipeline,
                     rst_type_name(shape->type), (int)shape->width, (int)shape->height, (int)shape->bands,
                     (int)trial->border.rule, rst_sample_to_double(got, shape->type),
                     rst_sample_to_double(expected, shape->type), (int)x, (int)y, (int)band);
    }
    free(window);
}

/* Runs the trial with every instruction set: as median where that is what it is, else as rank; or as despeckle. */
static void check(const struct trial *trial)
{
    struct rst_run_options options = {.threads = 1, .border = trial->border};
    int64_t full = (int64_t)trial->width * trial->height;
    char pipeline[80];
    if (trial->threshold >= 0)
        snprintf(pipeline, sizeof pipeline, "despeckle --size %d --threshold %.17g", trial->width, trial->threshold);
    else if (trial->width % 2 && trial->height % 2 && trial->index == full / 2)
        snprintf(pipeline, sizeof pipeline, "median --size %dx%d", trial->width, trial->height);
    else
        snprintf(pipeline, sizeof pipeline, "rank --size %dx%d --index %d", trial->width, trial->height,
                 (int)trial->index);
    void *result = neighbour_run_each(pipeline, &trial->shape, trial->pixels, &options, NULL);
    check_result(trial, pipeline, result);
    free(result);
}

/* ---- images ---- */

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static void set_nodata(struct rst_shape *shape, unsigned turn)
{
    shape->has_nodata = true;
    shape->nodata = rst_sample_from_double(turn % 2 && rst_type_is_float(shape->type) ? NAN : 77, shape->type);
}

/* Sets that share of 256 of the samples to values drawn from a list. */
static void sprinkle(const struct rst_shape *shape, void *pixels, const double *values, size_t count, unsigned share,
                     uint64_t luck_seed)
{
    size_t size = rst_type_size(shape->type);
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands); at++) {
        uint64_t luck = layout_random(&luck_seed);
        union rst_sample sample = rst_sample_from_double(values[luck % count], shape->type);
        if ((luck >> 32) % 256 < share) memcpy((char *)pixels + at * size, sample.bytes, size);
    }
}

/* Drawn once, in main. */
static uint64_t seed;

static void try_window(int width, int height, int64_t index, enum rst_type type, unsigned turn, bool holes)
{
    const struct neighbour_size *size = &neighbour_sizes[turn % (unsigned)neighbour_size_count];
    struct trial trial = {.width = width, .height = height, .index = index, .threshold = -1};
    trial.shape = shape_of(type, size->width, size->height, 1 + (int32_t)(turn / 3 % 4));
    trial.border = neighbour_borders[turn % (unsigned)neighbour_border_count];
    if (holes) set_nodata(&trial.shape, turn);
    void *pixels = average_pixels(&trial.shape, (enum average_fill)(turn / 2 % AVERAGE_FILLS), seed + turn);
    if (holes && turn % 3 == 0) {
        const double missing = rst_sample_to_double(trial.shape.nodata, type);
        sprinkle(&trial.shape, pixels, &missing, 1, 150, turn);
    }
    trial.pixels = pixels;
    check(&trial);
    free(pixels);
}

/* ---- tests ---- */

static const int sides[] = {1, 3, 5, 7, 9};

enum { SIDES = sizeof sides / sizeof *sides };

static void each_window(bool holes)
{
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int i = 0; i < SIDES; i++)
            for (int j = 0; j < SIDES; j++)
                for (int round = 0; round < 2; round++, turn++)
                    try_window(sides[i], sides[j], sides[i] * sides[j] / 2, type, turn, holes);
}

static void test_medians(void **state)
{
    (void)state;
    each_window(false);
}

static void test_nodata(void **state)
{
    (void)state;
    each_window(true);
}

/* Bits and noise, a few blocks of samples wide: with all 0 and 1, a network that sorts wrongly shows it. */
static void test_wide_rows(void **state)
{
    static const int sizes[] = {3, 5, 7, 11, 13, 15, 19, 25};
    (void)state;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct trial trial = {.width = sizes[i], .height = sizes[i], .threshold = -1};
            trial.index = (int64_t)sizes[i] * sizes[i] / 2;
            trial.shape = shape_of(type, 400, 7, 3);
            trial.stride = 61;
            void *pixels = average_pixels(&trial.shape, i % 2 ? AVERAGE_EXTREMES : AVERAGE_NOISE, i);
            trial.pixels = pixels;
            check(&trial);
            free(pixels);
        }
}

/* Every index of every window up to 5 x 5, and some of larger ones. */
static void test_ranks(void **state)
{
    unsigned turn = 0;
    (void)state;
    for (int width = 1; width <= 5; width++)
        for (int height = 1; height <= 5; height++)
            for (int index = 0; index < width * height; index++, turn++) {
                try_window(width, height, index, (enum rst_type)(turn % RST_TYPE_COUNT), 5 + 3 * turn, turn % 4 == 0);
                try_window(width, height, index, RST_U8, 7 + 8 * turn, false);
            }
    for (int width = 6; width <= 14; width += 4)
        for (int height = 6; height <= 16; height += 5)
            for (int index = 0; index < width * height; index += 7, turn++)
                try_window(width, height, index, (enum rst_type)(turn % RST_TYPE_COUNT), turn, turn % 4 == 0);
}

/* Windows that are counted; larger than the image, mostly. */
static void test_large(void **state)
{
    static const int windows[][2] = {{31, 31}, {35, 1}, {1, 35}, {101, 3}, {2, 254}, {255, 255}};
    (void)state;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
            for (int part = 0; part < 3; part++) {
                struct trial trial = {.width = windows[i][0], .height = windows[i][1], .threshold = -1};
                int64_t full = (int64_t)trial.width * trial.height;
                trial.index = part == 0 ? full / 2 : part == 1 ? full - 1 : full / 7;
                trial.shape = full > 9999 ? shape_of(type, 7, 5, 1) : shape_of(type, 29, 23, 1 + (int32_t)i % 3);
                trial.stride = full > 9999 ? 11 : 1;
                trial.border = neighbour_borders[(i + (size_t)part) % 5];
                if (part == 2) set_nodata(&trial.shape, (unsigned)i);
                void *pixels = average_pixels(&trial.shape, (enum average_fill)(part % AVERAGE_FILLS), i);
                trial.pixels = pixels;
                check(&trial);
                free(pixels);
            }
}

/* Several blocks wide and several batches of rows high. */
static void test_large_image(void **state)
{
    (void)state;
    for (int holes = 0; holes < 2; holes++)
        for (int type = RST_U8; type <= RST_U16; type += 2) {
            struct trial trial = {.width = 33, .height = 31, .index = 300, .threshold = -1};
            trial.shape = shape_of((enum rst_type)type, type == RST_U8 ? 600 : 150, 90, 1);
            trial.stride = 37;
            if (holes) set_nodata(&trial.shape, 0);
            void *pixels = average_pixels(&trial.shape, AVERAGE_NOISE, 3);
            trial.pixels = pixels;
            check(&trial);
            free(pixels);
        }
}

static void test_not_finite(void **state)
{
    static const double values[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0, -0.0, 1, -1};
    static const int sizes[] = {1, 3, 5, 21, 41};
    (void)state;
    for (enum rst_type type = RST_F32; type <= RST_F64; type++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (unsigned share = 60; share <= 256; share += 98) {
                struct trial trial = {.width = sizes[i], .height = sizes[i], .threshold = -1};
                trial.index = (int64_t)sizes[i] * sizes[i] / 2;
                trial.shape = shape_of(type, 37, 19, 2);
                void *pixels = average_pixels(&trial.shape, AVERAGE_NOISE, i);
                sprinkle(&trial.shape, pixels, values, sizeof values / sizeof *values, share, 9 + share);
                trial.pixels = pixels;
                check(&trial);
                trial.threshold = 2;
                check(&trial);
                free(pixels);
            }
}

static void test_despeckle(void **state)
{
    static const double thresholds[] = {0, 0.5, 20, 127, 40000, 1e9, 4.6e18, 1.8446744073709552e19};
    (void)state;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++)
            for (int size = 1; size <= 7; size += 2) {
                struct trial trial = {.width = size, .height = size, .index = size * size / 2};
                trial.threshold = thresholds[i];
                trial.shape = shape_of(type, 41, 9, 1 + (int32_t)i % 4);
                if (i % 3 == 2) set_nodata(&trial.shape, (unsigned)i);
                trial.border = neighbour_borders[i % 5];
                void *pixels = average_pixels(&trial.shape, i % 2 ? AVERAGE_NOISE : AVERAGE_EXTREMES, i);
                trial.pixels = pixels;
                check(&trial);
                free(pixels);
            }
}

/* A threshold of 64 bits is not rounded on its way. */
static void test_threshold_of_64_bits(void **state)
{
    struct rst_shape shape = shape_of(RST_U64, 3, 1, 1);
    uint64_t pixels[3] = {5, UINT64_MAX, 5}, result[3];
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(oprun("despeckle --threshold 18446744073709551610", &shape, pixels, NULL, result, NULL, &err), 0);
    assert_true(result[1] == UINT64_MAX);
    assert_int_equal(oprun("despeckle --threshold 18446744073709551609", &shape, pixels, NULL, result, NULL, &err), 0);
    assert_true(result[1] == 5);
}

static const char *const pipelines[] = {
    "median --size 3",
    "median --size 5",
    "median --size 9x13",
    "rank --size 6x4 --index 3",
    "rank --size 1 --index 0",
    "median --size 41",
    "despeckle --size 5 --threshold 9",
    "median --size 5 ! median --size 7 ! rank --size 29x31 --index 100 ! median --size 3",
};

/* The same bytes for any threads and tiles, and in place. */
static void test_promise(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof pipelines / sizeof *pipelines; p++)
        for (int holes = 0; holes < 2; holes++) {
            struct rst_shape shape = shape_of((enum rst_type)(p % 4 * 3), 131, 140, 3);
            struct rst_run_options whole = {.threads = 1, .border.rule = RST_REFLECT}, tiles = whole;
            struct rst_error err = {0};
            if (holes) set_nodata(&shape, 0);
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
            void *expected = neighbour_run(pipelines[p], &shape, pixels, &whole, NULL);
            tiles.threads = 3;
            tiles.tile_width = 37;
            tiles.tile_height = 11;
            void *result = neighbour_run(pipelines[p], &shape, pixels, &tiles, NULL);
            assert_memory_equal(expected, result, oprun_bytes(&shape));
            assert_int_equal(oprun_in_place(pipelines[p], &shape, pixels, &tiles, &err), RST_OK);
            assert_memory_equal(expected, pixels, oprun_bytes(&shape));
            free(result);
            free(expected);
            free(pixels);
        }
}

/* Under a reflecting border the second step asks the first for rows in falling order. */
static void test_steps(void **state)
{
    (void)state;
    for (size_t p = 0; p + 1 < sizeof pipelines / sizeof *pipelines; p++) {
        struct rst_shape shape = shape_of(RST_I16, 53, 47, 2);
        struct rst_run_options options = {.threads = 1, .border.rule = RST_REFLECT101, .tile_height = 13};
        char both[120];
        snprintf(both, sizeof both, "%s ! median --size 15x11", pipelines[p]);
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
        void *first = neighbour_run(pipelines[p], &shape, pixels, &options, NULL);
        void *second = neighbour_run("median --size 15x11", &shape, first, &options, NULL);
        void *fused = neighbour_run(both, &shape, pixels, &options, NULL);
        assert_memory_equal(second, fused, oprun_bytes(&shape));
        free(fused);
        free(second);
        free(first);
        free(pixels);
    }
}

static void test_errors(void **state)
{
    static const char *const wrong[][2] = {
        {"median", "size"},
        {"median --size 4", "odd"},
        {"median --size 3x4", "odd"},
        {"median --size 257", "255"},
        {"median --size 0", "size"},
        {"rank --size 3", "index"},
        {"rank --size 3x2 --index 6", "last index is 5"},
        {"rank --size 3x2 --index -1", "index"},
        {"despeckle --size 3", "threshold"},
        {"despeckle --size 4 --threshold 1", "odd"},
        {"despeckle --size 3 --threshold -1", "threshold"},
    };
    struct rst_shape shape = shape_of(RST_U8, 4, 4, 1);
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct rst_error err = {0};
        assert_int_equal(oprun(wrong[i][0], &shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
        if (!strstr(err.message, wrong[i][1])) fail_msg("%s: %s", wrong[i][0], err.message);
    }
}

/* A palette's indices are ranked as they are. */
static void test_palette(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 5, 1, 1);
    uint8_t pixels[5] = {1, 9, 2, 2, 2}, result[5], expected[5] = {1, 2, 2, 2, 2};
    struct rst_error err = {0};
    (void)state;
    shape.palette = true;
    assert_int_equal(oprun("median --size 3", &shape, pixels, NULL, result, NULL, &err), RST_OK);
    assert_memory_equal(result, expected, sizeof expected);
}

/* Networks cost about what was reckoned with, and their rows stay where they belong. */
static void test_networks(void **state)
{
    static const struct {
        int size;
        double cost;
    } known[] = {{5, 75}, {7, 140}, {11, 320}, {15, 620}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int size = known[i].size;
        struct rst_rank_order order = {size, size, (int64_t)size * size / 2, 4, 3, 1};
        struct rst_rank_network network;
        assert_int_equal(rst_rank_network_make(&order, &network, NULL), RST_OK);
        if (network.cost > known[i].cost) fail_msg("%d x %d: %g row operations", size, size, network.cost);
        for (size_t k = 0; k < network.step_count; k++) {
            const struct rst_rank_step *step = &network.steps[k];
            size_t reach = (network.samples + step->extra + RST_RANK_LINE - 1) / RST_RANK_LINE * RST_RANK_LINE;
            for (int operand = 0; operand < RST_RANK_INPUTS; operand++)
                assert_true(step->from[operand] + reach <= network.memory &&
                            step->to[operand] + reach <= network.memory);
        }
        free(network.steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_medians),
        cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_wide_rows),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_large_image),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_despeckle),
        cmocka_unit_test(test_threshold_of_64_bits),
        cmocka_unit_test(test_promise),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_palette),
        cmocka_unit_test(test_networks),
    };
    seed = layout_seed();
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
