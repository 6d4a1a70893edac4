/* bands: against its definition, one sample at a time, for every type and in every layout of the run; and what becomes
 * of the metadata that speak of single bands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/meta.h"
#include "raster/ops/ops.h"
#include "tests/support/layouts.h"
#include "tests/support/oprun.h"

enum { MOST = 8 };

struct list {
    int32_t bands[MOST];
    int32_t count;
};

static const struct list lists[] = {
    {{0}, 1}, {{2}, 1}, {{2, 1, 0}, 3}, {{3, 0}, 2}, {{0, 1, 2, 3}, 4}, {{1, 1, 1, 1, 1, 3, 0}, 7},
};

static const char *text_of(const struct list *list, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "bands --pick ");
    for (int32_t i = 0; i < list->count; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", i ? "," : "", (int)list->bands[i] + 1);
    return text;
}

static char *noise(const struct rst_shape *shape)
{
    size_t size = rst_type_size(shape->type);
    char *pixels = malloc(oprun_bytes(shape)), *at = pixels;
    assert_non_null(pixels);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, at += size) {
                union rst_sample sample = layout_noise(5, shape->type, x, y, band);
                memcpy(at, &sample, size);
            }
    return pixels;
}

static char *reference(const struct rst_shape *shape, const char *pixels, const struct list *list)
{
    size_t size = rst_type_size(shape->type);
    int64_t count = shape->width * shape->height;
    char *result = malloc((size_t)(count * list->count) * size);
    assert_non_null(result);
    for (int64_t i = 0; i < count; i++)
        for (int32_t b = 0; b < list->count; b++)
            memcpy(result + (size_t)(i * list->count + b) * size,
                   pixels + (size_t)(i * shape->bands + list->bands[b]) * size, size);
    return result;
}

static void test_samples(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        struct rst_shape shape = {
            .type = (enum rst_type)type, .width = 67, .height = 19, .bands = 4, .alpha = -1, .opacity = -1};
        char *pixels = noise(&shape);
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            char text[64];
            struct rst_shape out;
            struct rst_error err = {0};
            struct rst_run_options options = {.threads = 1 + (int)(i % 3), .tile_width = 20, .tile_height = 5};
            char *want = reference(&shape, pixels, &lists[i]), *have = NULL;
            text_of(&lists[i], text, sizeof text);
            if (oprun(text, &shape, pixels, &options, NULL, &out, &err)) fail_msg("%s", err.message);
            assert_int_equal(out.bands, lists[i].count);
            have = malloc(oprun_bytes(&out));
            if (oprun(text, &shape, pixels, &options, have, NULL, &err)) fail_msg("%s", err.message);
            assert_memory_equal(have, want, oprun_bytes(&out));
            free(have);
            free(want);
        }
        free(pixels);
    }
}

/* Between other operations, and in place. */
static void test_pipelines(void **state)
{
    struct rst_shape shape = {.type = RST_U8, .width = 61, .height = 23, .bands = 3, .alpha = -1, .opacity = -1}, out;
    struct rst_error err = {0};
    const struct list turned = {{2, 1, 0}, 3}, one = {{1}, 1};
    char *pixels = noise(&shape), *want = reference(&shape, pixels, &turned);
    char *have = malloc(oprun_bytes(&shape)), *single = reference(&shape, pixels, &one);
    (void)state;
    if (oprun("bands --pick 3,2,1,1 ! invert ! bands --pick '3 2 1' ! invert ! bands --pick 3,2,1", &shape, pixels,
              NULL, have, &out, &err))
        fail_msg("%s", err.message);
    assert_int_equal(out.bands, 3);
    assert_memory_equal(have, want, oprun_bytes(&shape));
    if (oprun("bands --pick 2", &shape, pixels, NULL, have, &out, &err)) fail_msg("%s", err.message);
    assert_memory_equal(have, single, oprun_bytes(&out));
    if (oprun_in_place("bands --pick 3,2,1", &shape, pixels, NULL, &err)) fail_msg("%s", err.message);
    assert_memory_equal(pixels, want, oprun_bytes(&shape));
    assert_int_equal(oprun_in_place("bands --pick 1,2", &shape, pixels, NULL, &err), RST_E_ARGUMENT);
    free(single);
    free(have);
    free(want);
    free(pixels);
}

static void test_refusals(void **state)
{
    static const char *const wrong[][2] = {{"4", "no band 4"},       {"0", "out of range"}, {"1.5", "1.5"},
                                           {"1,2;2,1", "one row"},   {"x", "not a number"}, {"-1", "out of range"},
                                           {"65536", "out of range"}};
    const struct rst_shape shape = {.type = RST_U8, .width = 2, .height = 2, .bands = 3, .alpha = -1, .opacity = -1};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        struct rst_error err = {0};
        snprintf(text, sizeof text, "bands --pick %s", wrong[i][0]);
        if (i == 3) snprintf(text, sizeof text, "bands --pick '%s'", wrong[i][0]);
        assert_int_equal(oprun(text, &shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
        if (!strstr(err.message, wrong[i][1])) fail_msg("'%s' lacks '%s'", err.message, wrong[i][1]);
    }
}

/* The metadata of what the bands of `text` make of `meta`. */
static struct rst_meta picked(const char *text, const struct rst_shape *shape, const struct rst_meta *meta,
                              struct rst_shape *out)
{
    struct rst_pipeline *pipeline = NULL;
    struct rst_meta result = {0};
    struct rst_error err = {0};
    if (rst_pipeline_parse(text, &pipeline, &err) || rst_pipeline_plan(pipeline, shape, NULL, out, NULL, &err) ||
        rst_pipeline_meta(pipeline, shape, meta, NULL, &result, &err))
        fail_msg("%s", err.message);
    rst_pipeline_free(&pipeline);
    return result;
}

/* RGB with two more bands, the last one alpha, and everything that can be said of a band. */
static struct rst_meta full_meta(void)
{
    static const char *const names[] = {"ruby", "leaf", "sky", "heat", "cover"};
    static const uint16_t kinds[] = {RST_EXTRA_UNSPECIFIED, RST_EXTRA_UNASSOCIATED_ALPHA};
    struct rst_meta plain = {.photometric = RST_PHOTOMETRIC_RGB,
                             .extra_samples = (uint16_t *)(uintptr_t)kinds,
                             .extra_sample_count = 2,
                             .icc = (void *)(uintptr_t) "profile",
                             .icc_size = 7,
                             .significant_bits = {5, 6, 7, 0},
                             .has_background = true,
                             .background = {10, 20, 30}},
                    meta = {0};
    assert_int_equal(rst_meta_copy(&meta, &plain, NULL), RST_OK);
    for (int i = 0; i < 5; i++) {
        char value[16];
        snprintf(value, sizeof value, "value %d", i);
        assert_int_equal(rst_meta_name_band(&meta, i, names[i], NULL), RST_OK);
        if (i != 1) assert_int_equal(rst_meta_set(&meta, "key", i, NULL, value, NULL), RST_OK);
    }
    assert_int_equal(rst_meta_set(&meta, "key", -1, NULL, "whole", NULL), RST_OK);
    return meta;
}

static void test_meta_permuted(void **state)
{
    const struct rst_shape shape = {.type = RST_U8, .width = 2, .height = 2, .bands = 5, .alpha = 4, .opacity = 4};
    struct rst_meta meta = full_meta();
    struct rst_shape out;
    struct rst_meta has = picked("bands --pick 3,2,1,5", &shape, &meta, &out);
    (void)state;
    assert_int_equal(out.alpha, 3);
    assert_int_equal(out.opacity, 3);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(has.extra_sample_count, 1);
    assert_int_equal(rst_meta_alpha(&has, 4, false), 3);
    assert_int_equal(has.icc_size, 7);
    assert_int_equal(has.significant_bits[0], 7);
    assert_int_equal(has.significant_bits[2], 5);
    assert_true(has.has_background);
    assert_int_equal(has.background[0], 30);
    assert_int_equal(has.background[2], 10);
    assert_int_equal(has.band_name_count, 4);
    assert_string_equal(has.band_names[0], "sky");
    assert_string_equal(has.band_names[3], "cover");
    assert_string_equal(rst_meta_get(&has, "key", 0, NULL), "value 2");
    assert_null(rst_meta_get(&has, "key", 1, NULL));
    assert_string_equal(rst_meta_get(&has, "key", 3, NULL), "value 4");
    assert_null(rst_meta_get(&has, "key", 4, NULL));
    assert_string_equal(rst_meta_get(&has, "key", -1, NULL), "whole");
    rst_meta_clear(&has);
    rst_meta_clear(&meta);
}

static void test_meta_single(void **state)
{
    const struct rst_shape shape = {.type = RST_U8, .width = 2, .height = 2, .bands = 5, .alpha = 4, .opacity = 4};
    struct rst_meta meta = full_meta();
    struct rst_shape out;
    struct rst_meta has = picked("bands --pick 2", &shape, &meta, &out);
    (void)state;
    assert_int_equal(out.alpha, -1);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_int_equal(has.extra_sample_count, 0);
    assert_int_equal(has.icc_size, 0);
    assert_int_equal(has.significant_bits[0], 6);
    assert_int_equal(has.significant_bits[1], 0);
    assert_int_equal(has.background[0], 20);
    assert_string_equal(has.band_names[0], "leaf");
    rst_meta_clear(&has);

    /* Alpha that comes first is the picture; a second one is a band like any. */
    has = picked("bands --pick 5,1,5,5", &shape, &meta, &out);
    assert_int_equal(out.alpha, 2);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_int_equal(has.extra_sample_count, 3);
    assert_int_equal(has.extra_samples[0], RST_EXTRA_UNSPECIFIED);
    assert_int_equal(has.extra_samples[1], RST_EXTRA_UNASSOCIATED_ALPHA);
    assert_int_equal(has.extra_samples[2], RST_EXTRA_UNSPECIFIED);
    assert_false(has.has_background);
    rst_meta_clear(&has);
    rst_meta_clear(&meta);
}

static void test_meta_gray(void **state)
{
    const struct rst_shape shape = {.type = RST_U8, .width = 2, .height = 2, .bands = 1, .alpha = -1, .opacity = -1};
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_BLACK_IS_ZERO};
    struct rst_shape out;
    struct rst_meta has = picked("bands --pick 1,1,1", &shape, &meta, &out);
    (void)state;
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(has.extra_sample_count, 0);
    rst_meta_clear(&has);
    meta.photometric = RST_PHOTOMETRIC_WHITE_IS_ZERO;
    has = picked("bands --pick 1,1,1", &shape, &meta, &out);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_WHITE_IS_ZERO);
    assert_int_equal(has.extra_sample_count, 2);
    rst_meta_clear(&has);
    meta.photometric = RST_PHOTOMETRIC_UNKNOWN;
    has = picked("bands --pick 1,1", &shape, &meta, &out);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_UNKNOWN);
    rst_meta_clear(&has);
}

/* A colour map goes with the indices, four inks only together. */
static void test_meta_others(void **state)
{
    struct rst_shape shape = {.type = RST_U8, .width = 2, .height = 2, .bands = 2, .alpha = 1, .opacity = 1}, out;
    uint16_t map[768] = {1, 2, 3}, kinds[] = {RST_EXTRA_UNASSOCIATED_ALPHA};
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_PALETTE,
                            .color_map = map,
                            .color_map_count = 768,
                            .extra_samples = kinds,
                            .extra_sample_count = 1};
    shape.palette = true;
    (void)state;
    struct rst_meta has = picked("bands --pick 1", &shape, &meta, &out);
    assert_true(out.palette);
    assert_int_equal(has.color_map_count, 768);
    rst_meta_clear(&has);
    has = picked("bands --pick 2,1", &shape, &meta, &out);
    assert_false(out.palette);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_int_equal(has.color_map_count, 0);
    rst_meta_clear(&has);

    shape = (struct rst_shape){.type = RST_U8, .width = 2, .height = 2, .bands = 4, .alpha = -1, .opacity = -1};
    meta = (struct rst_meta){.photometric = 5};
    has = picked("bands --pick 1,2,3,4,4", &shape, &meta, &out);
    assert_int_equal(has.photometric, 5);
    assert_int_equal(has.extra_sample_count, 1);
    rst_meta_clear(&has);
    has = picked("bands --pick 2,1,3,4", &shape, &meta, &out);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    rst_meta_clear(&has);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),       cmocka_unit_test(test_pipelines),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_meta_permuted), cmocka_unit_test(test_meta_single), cmocka_unit_test(test_meta_gray),
        cmocka_unit_test(test_meta_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
