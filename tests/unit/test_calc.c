/* calc against trees that are walked sample by sample. Trees are drawn at random, written as text for calc and computed
 * here in plain doubles: the result must be the very one, on every type and instruction set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/formula.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static void free_images(struct formula_image *images)
{
    for (int i = 0; i < FORMULA_IMAGES; i++)
        free(images[i].pixels);
}

static void open_others(const struct formula_image *images, int count, struct rst_raster **others)
{
    for (int i = 0; i < count; i++)
        others[i] = oprun_raster(&images[i + 1].shape, images[i + 1].pixels);
}

static void close_others(int count, struct rst_raster **others)
{
    for (int i = 0; i < count; i++)
        rst_close(&others[i]);
}

/* Runs calc on every instruction set. */
static void *run_calc(const char *pipeline, const struct formula_image *images, int others,
                      struct rst_run_options *options, struct rst_shape *result)
{
    struct rst_raster *rasters[FORMULA_IMAGES];
    open_others(images, others, rasters);
    options->others = rasters;
    options->other_count = others;
    void *samples = neighbour_run_each(pipeline, &images[0].shape, images[0].pixels, options, result);
    close_others(others, rasters);
    return samples;
}

static bool same_bits(union rst_sample a, union rst_sample b, enum rst_type type)
{
    return memcmp(a.bytes, b.bytes, rst_type_size(type)) == 0;
}

static void check_tree(const struct formula *tree, const struct formula_image *images, enum rst_type type,
                       bool has_type)
{
    int others = formula_reads(tree, 2, false) ? 2 : formula_reads(tree, 1, false) ? 1 : 0;
    char *text = formula_text(tree), *pipeline = malloc(strlen(text) + 100);
    struct rst_run_options options = {.threads = 1};
    struct rst_shape result;
    assert_non_null(pipeline);
    /* B stands somewhere, so that C may */
    sprintf(pipeline, "calc --expr '%s%s'%s%s", text,
            others == 2 && !formula_reads(tree, 1, false) ? " + 0 * isnan(B.1)" : "", has_type ? " --type " : "",
            has_type ? rst_type_name(type) : "");
    const bool reads_b = others == 2 && !formula_reads(tree, 1, false);
    void *samples = run_calc(pipeline, images, others, &options, &result);
    const struct rst_shape *first = &images[0].shape;
    assert_int_equal(result.type, has_type                                                    ? type
                                  : rst_type_size(first->type) <= 2 || first->type == RST_F32 ? RST_F32
                                                                                              : RST_F64);
    assert_int_equal(result.bands, formula_reads(tree, 0, true) ? first->bands : 1);
    assert_int_equal(result.has_nodata, first->has_nodata);
    for (size_t at = 0; at < (size_t)(result.width * result.height * result.bands); at++) {
        int64_t pixel = (int64_t)at / result.bands;
        struct formula_place place = {images, pixel % result.width, pixel / result.width,
                                      (int32_t)((int64_t)at % result.bands), false};
        double value = formula_value(tree, &place);
        if (reads_b) {
            const struct formula beside = {.kind = 's', .image = 1, .band = 0};
            value += 0 * (double)isnan(formula_value(&beside, &place));
        }
        union rst_sample expected = rst_sample_from_double(isnan(value) ? (double)NAN : value, result.type);
        union rst_sample got = neighbour_sample(&result, samples, at);
        if (place.missing)
            expected = result.has_nodata ? result.nodata : rst_sample_from_double((double)NAN, result.type);
        if (!same_bits(got, expected, result.type))
            fail_msg("%s on %s x %d, %s x %d, %s x %d: %.17g instead of %.17g at %d, %d, band %d", pipeline,
                     rst_type_name(first->type), (int)first->bands, rst_type_name(images[1].shape.type),
                     (int)images[1].shape.bands, rst_type_name(images[2].shape.type), (int)images[2].shape.bands,
                     rst_sample_to_double(got, result.type), rst_sample_to_double(expected, result.type), (int)place.x,
                     (int)place.y, (int)place.band);
    }
    free(samples);
    free(pipeline);
    free(text);
}

/* Noise of any kind; among floats NaN, infinities, both zeros and whole numbers. */
static void fill(struct formula_image *image, uint64_t *seed)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1, 2, -3, 2.5f, 1e30f};
    struct rst_shape *shape = &image->shape;
    size_t count = (size_t)(shape->width * shape->height * shape->bands);
    image->pixels = average_pixels(shape, (enum average_fill)(layout_random(seed) % AVERAGE_FILLS), *seed);
    if (!rst_type_is_float(shape->type)) return;
    for (size_t i = 0; i < count; i++)
        if (layout_random(seed) % 4 == 0) {
            union rst_sample sample =
                rst_sample_from_double((double)odd[layout_random(seed) % (sizeof odd / sizeof *odd)], shape->type);
            memcpy((char *)image->pixels + i * rst_type_size(shape->type), sample.bytes, rst_type_size(shape->type));
        }
}

static void test_reference(void **state)
{
    static const int64_t widths[] = {1, 7, 33, 700};
    uint64_t seed = layout_seed();
    (void)state;
    for (int turn = 0; turn < 1500; turn++) {
        struct formula_image images[FORMULA_IMAGES];
        int32_t bands = 1 + (int32_t)(layout_random(&seed) % 4);
        bool whole = turn % 3 != 0, holes = turn % 2 == 0;
        enum rst_type type = (enum rst_type)(layout_random(&seed) % RST_TYPE_COUNT);
        for (int i = 0; i < FORMULA_IMAGES; i++) {
            images[i].shape = (struct rst_shape){.type = (enum rst_type)(layout_random(&seed) % RST_TYPE_COUNT),
                                                 .width = widths[turn % 4],
                                                 .height = turn % 4 == 3 ? 1 : 3,
                                                 .bands = i > 0 && layout_random(&seed) % 3 == 0 ? 1 : bands,
                                                 .alpha = -1,
                                                 .opacity = -1,
                                                 .has_nodata = holes};
            images[i].shape.nodata = rst_sample_from_double(
                rst_type_is_float(images[i].shape.type) && turn % 4 == 0 ? (double)NAN : 77, images[i].shape.type);
            fill(&images[i], &seed);
        }
        struct formula *tree = formula_draw(&seed, 1 + turn % 5, images, whole);
        /* what is taken band by band needs an A to have bands of */
        bool odd = whole && bands > 1 && !formula_reads(tree, 0, true);
        if (!odd) check_tree(tree, images, type, turn % 5 != 0);
        formula_free(tree);
        free_images(images);
    }
}

static struct rst_shape row_of(enum rst_type type, int64_t width, int32_t bands)
{
    return (struct rst_shape){.type = type, .width = width, .height = 1, .bands = bands, .alpha = -1, .opacity = -1};
}

/* What marks a missing sample in the result. */
static void test_missing(void **state)
{
    (void)state;
    uint8_t first[4] = {0, 10, 20, 9}, second[4] = {1, 2, 7, 9};
    struct formula_image images[FORMULA_IMAGES] = {{row_of(RST_U8, 4, 1), first}, {row_of(RST_U8, 4, 1), second}};
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    struct rst_shape result;
    images[0].shape.has_nodata = true; /* 0 */
    float *floats = run_calc("calc --expr A-B", images, 1, &options, &result);
    assert_true(result.has_nodata && result.nodata.f32 == 0);
    assert_memory_equal(floats, ((float[]){0, 8, 13, 0}), 16);
    assert_int_equal(report.collisions, 1); /* 9 - 9 is 0 */
    free(floats);
    floats = run_calc("calc --expr A-B --missing nan", images, 1, &options, &result);
    assert_true(result.has_nodata && isnan(result.nodata.f32) && isnan(floats[0]) && floats[3] == 0);
    assert_int_equal(report.collisions, 0);
    free(floats);
    images[0].shape.has_nodata = false;
    images[1].shape.has_nodata = true;
    images[1].shape.nodata.u8 = 7;
    floats = run_calc("calc --expr A-B", images, 1, &options, &result);
    assert_false(result.has_nodata);
    assert_true(floats[0] == -1 && floats[1] == 8 && isnan(floats[2]) && floats[3] == 0);
    free(floats);
    int16_t *shorts = run_calc("calc --expr A-B --type i16 --missing -9999", images, 1, &options, &result);
    assert_memory_equal(shorts, ((int16_t[]){-1, 8, -9999, 0}), 8);
    free(shorts);
    shorts = run_calc("calc --expr 'A > 15 ? A : B' --type i16 --missing -1", images, 1, &options, &result);
    assert_memory_equal(shorts, ((int16_t[]){1, 2, -1, 9}), 8); /* B is read, whether or not it is taken */
    free(shorts);
    uint64_t *longs = run_calc("calc --expr B --type u64 --missing 18446744073709551615", images, 1, &options, &result);
    assert_true(longs[0] == 1 && longs[2] == UINT64_MAX);
    free(longs);
}

/* x and y are those of the image, whatever the tiles and the window. */
static void test_places(void **state)
{
    (void)state;
    uint8_t pixels[40 * 30] = {0};
    struct rst_shape shape = {.type = RST_U8, .width = 40, .height = 30, .bands = 1, .alpha = -1, .opacity = -1};
    const struct rst_rect window = {5, 7, 20, 11};
    struct rst_run_options options = {.threads = 2, .tile_width = 7, .tile_height = 3, .window = &window};
    float *result = neighbour_run("calc --expr 'x + 100 * y + A'", &shape, pixels, &options, NULL);
    for (int64_t y = 0; y < window.height; y++)
        for (int64_t x = 0; x < window.width; x++)
            assert_true(result[y * window.width + x] == (float)(x + 5 + 100 * (y + 7)));
    free(result);
}

static void expect_refused(const char *pipeline, const struct formula_image *images, int others, const char *phrase)
{
    struct rst_raster *rasters[FORMULA_IMAGES];
    struct rst_run_options options = {.threads = 1};
    struct rst_error err = {0};
    char result[64];
    open_others(images, others, rasters);
    options.others = rasters;
    options.other_count = others;
    if (oprun(pipeline, &images[0].shape, images[0].pixels, &options, result, NULL, &err) != RST_E_ARGUMENT)
        fail_msg("%s is taken", pipeline);
    if (!strstr(err.message, phrase)) fail_msg("%s: %s", pipeline, err.message);
    close_others(others, rasters);
}

static void test_refused(void **state)
{
    (void)state;
    uint8_t pixels[6] = {0};
    struct formula_image images[FORMULA_IMAGES] = {{row_of(RST_U8, 2, 1), pixels}, {row_of(RST_U8, 2, 3), pixels}};
    expect_refused("calc --expr A.2", images, 0, "column 1: there is no band 2: A has 1");
    expect_refused("calc --expr A+B", images, 1, "column 3: B has 3 bands and the result 1: say which, as in B.1");
    expect_refused("calc --expr A+B.4", images, 1, "column 3: there is no band 4: B has 3");
    expect_refused("calc --expr B", images, 1, "column 1: B has 3 bands and the result 1");
    expect_refused("calc --expr A+B.1", images, 0, "1 further raster");
    expect_refused("calc --expr A --missing x", images, 0, "calc --missing: 'x' is not a number");
    expect_refused("calc --expr A --missing 300 --type u8", images, 0, "no value of u8");
    expect_refused("calc --expr A --type", images, 0, "its value is missing");
    images[1].shape.has_nodata = true;
    expect_refused("calc --expr A+B.1 --type u8", images, 1, "samples of B may be missing");
    images[1].shape = row_of(RST_U8, 3, 1);
    expect_refused("calc --expr A+B", images, 1, "calc reads it beside an image of 2 x 1");
}

/* A result without bands to speak of has no alpha, and no colour map. */
static void test_shape(void **state)
{
    (void)state;
    struct rst_shape shape = row_of(RST_U8, 2, 4), result;
    uint8_t pixels[8] = {0};
    shape.alpha = shape.opacity = 3;
    assert_int_equal(oprun("calc --expr A/2 --type u8", &shape, pixels, NULL, NULL, &result, NULL), RST_OK);
    assert_int_equal(result.alpha, 3);
    assert_int_equal(oprun("calc --expr A.1/A.2", &shape, pixels, NULL, NULL, &result, NULL), RST_OK);
    assert_int_equal(result.bands, 1);
    assert_int_equal(result.alpha, -1);
    assert_int_equal(result.opacity, -1);
    shape = row_of(RST_U8, 2, 1);
    shape.palette = true;
    assert_int_equal(oprun("calc --expr A --type u8", &shape, pixels, NULL, NULL, &result, NULL), RST_OK);
    assert_false(result.palette);
}

/* The same bytes for any threads and tiles, in place too. */
static void test_promise(void **state)
{
    static const char *const pipelines[] = {
        "calc --expr '(A - B) / 2 + C.1 * (x % 3)' --type u16",
        "calc --expr 'max(A, B) - C.1' --type u16",
        "box --radius 2 ! calc --expr '(A.1 + A.2) % 100 + B' --type u16 ! box --radius 1",
    };
    uint64_t seed = 3;
    (void)state;
    for (int p = 0; p < 3; p++)
        for (int holes = 0; holes < 2; holes++) {
            struct formula_image images[FORMULA_IMAGES];
            for (int i = 0; i < FORMULA_IMAGES; i++) {
                images[i].shape = (struct rst_shape){.type = i == 1 ? RST_I32 : RST_U16,
                                                     .width = 131,
                                                     .height = 40,
                                                     .bands = p == 2 && i == 1 ? 1 : 2,
                                                     .alpha = -1,
                                                     .opacity = -1,
                                                     .has_nodata = holes,
                                                     .nodata.u16 = 5};
                fill(&images[i], &seed);
            }
            int others = p == 2 ? 1 : 2;
            struct rst_raster *rasters[FORMULA_IMAGES];
            struct rst_run_options whole = {.threads = 1}, tiles;
            struct rst_error err = {0};
            void *expected = run_calc(pipelines[p], images, others, &whole, NULL);
            open_others(images, others, rasters);
            tiles = (struct rst_run_options){
                .threads = 3, .tile_width = 11, .tile_height = 5, .others = rasters, .other_count = others};
            struct rst_shape result;
            assert_int_equal(oprun(pipelines[p], &images[0].shape, images[0].pixels, NULL, NULL, &result, &err),
                             RST_OK);
            void *got = neighbour_run(pipelines[p], &images[0].shape, images[0].pixels, &tiles, NULL);
            assert_memory_equal(expected, got, oprun_bytes(&result));
            if (p < 2) {
                if (oprun_in_place(pipelines[p], &images[0].shape, images[0].pixels, &tiles, &err))
                    fail_msg("%s", err.message);
                assert_memory_equal(expected, images[0].pixels, oprun_bytes(&result));
            }
            close_others(others, rasters);
            free(got);
            free(expected);
            free_images(images);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_missing), cmocka_unit_test(test_places),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_shape),   cmocka_unit_test(test_promise),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
