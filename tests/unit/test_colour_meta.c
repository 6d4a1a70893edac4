/* What is said of an image when its colours become others, in shape, metadata and files; and what is refused. */
#define _GNU_SOURCE 1

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/ops/ops.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/oprun.h"

enum { CIELAB = 8, ICCLAB = 9 };

static struct rst_shape rgba(enum rst_type type)
{
    return (struct rst_shape){.type = type,
                              .width = 4,
                              .height = 4,
                              .bands = 5,
                              .alpha = 4,
                              .opacity = 4,
                              .colors.photometric = RST_PHOTOMETRIC_RGB};
}

/* Red, green, blue, heat and alpha, with all that can be said of them. */
static struct rst_meta full_meta(void)
{
    static const char *const names[] = {"red", "green", "blue", "heat", "cover"};
    static const uint16_t kinds[] = {RST_EXTRA_UNSPECIFIED, RST_EXTRA_UNASSOCIATED_ALPHA};
    struct rst_meta plain = {.photometric = RST_PHOTOMETRIC_RGB,
                             .extra_samples = (uint16_t *)(uintptr_t)kinds,
                             .extra_sample_count = 2,
                             .icc = (void *)(uintptr_t) "profile",
                             .icc_size = 7,
                             .gamma = 0.45455,
                             .srgb_intent = 1,
                             .significant_bits = {5, 6, 7, 8},
                             .has_background = true,
                             .background = {10, 20, 30}},
                    meta = {0};
    assert_int_equal(rst_meta_copy(&meta, &plain, NULL), RST_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rst_meta_name_band(&meta, i, names[i], NULL), RST_OK);
        assert_int_equal(rst_meta_set(&meta, "key", i, NULL, names[i], NULL), RST_OK);
    }
    return meta;
}

static struct rst_meta made(const char *text, const struct rst_shape *shape, struct rst_shape *out)
{
    struct rst_pipeline *pipeline = NULL;
    struct rst_meta meta = full_meta(), result = {0};
    struct rst_error err = {0};
    if (rst_pipeline_parse(text, &pipeline, &err) || rst_pipeline_plan(pipeline, shape, NULL, out, NULL, &err) ||
        rst_pipeline_meta(pipeline, shape, &meta, NULL, &result, &err))
        fail_msg("%s: %s", text, err.message);
    rst_pipeline_free(&pipeline);
    rst_meta_clear(&meta);
    return result;
}

static void assert_no_profile(const struct rst_meta *meta)
{
    assert_null(meta->icc);
    assert_int_equal(meta->icc_size, 0);
    assert_true(meta->gamma == 0);
    assert_int_equal(meta->srgb_intent, 0);
    assert_false(meta->has_background);
}

static void test_gray(void **state)
{
    const struct rst_shape shape = rgba(RST_U8);
    struct rst_shape out;
    struct rst_meta has = made("gray", &shape, &out);
    (void)state;
    assert_int_equal(out.bands, 3);
    assert_int_equal(out.alpha, 2);
    assert_int_equal(out.opacity, 2);
    assert_int_equal(out.colors.photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_int_equal(has.extra_sample_count, 2);
    assert_int_equal(rst_meta_alpha(&has, 3, false), 2);
    assert_int_equal(has.significant_bits[0], 0);
    assert_int_equal(has.significant_bits[1], 8);
    assert_null(rst_meta_get(&has, "key", 0, NULL));
    assert_string_equal(rst_meta_get(&has, "key", 1, NULL), "heat");
    assert_null(has.band_names[0]);
    assert_string_equal(has.band_names[1], "heat");
    assert_string_equal(has.band_names[2], "cover");
    assert_no_profile(&has);
    rst_meta_clear(&has);
}

static void check_made(const char *text, enum rst_type type, int photometric, const char *first, size_t extras)
{
    const struct rst_shape shape = rgba(type);
    struct rst_shape out;
    struct rst_meta has = made(text, &shape, &out);
    assert_int_equal(out.bands, 5);
    assert_int_equal(out.alpha, 4);
    assert_int_equal(out.colors.photometric, photometric);
    assert_int_equal(has.photometric, photometric);
    assert_int_equal(has.extra_sample_count, extras);
    assert_int_equal(rst_meta_alpha(&has, 5, false), 4);
    if (first)
        assert_string_equal(has.band_names[0], first);
    else
        assert_null(has.band_names[0]);
    assert_string_equal(has.band_names[3], "heat");
    assert_string_equal(rst_meta_get(&has, "key", 4, NULL), "cover");
    assert_null(rst_meta_get(&has, "key", 2, NULL));
    assert_no_profile(&has);
    rst_meta_clear(&has);
}

static void test_conversions(void **state)
{
    (void)state;
    check_made("rgb2hsv", RST_U8, RST_PHOTOMETRIC_BLACK_IS_ZERO, "hue", 4);
    check_made("rgb2lab", RST_U8, ICCLAB, "L*", 2);
    check_made("rgb2lab", RST_U16, ICCLAB, "L*", 2);
    check_made("rgb2lab", RST_F32, CIELAB, "L*", 2);
    check_made("rgb2lab", RST_I16, RST_PHOTOMETRIC_BLACK_IS_ZERO, "L*", 4);
    check_made("rgb2hsv ! hsv2rgb", RST_U8, RST_PHOTOMETRIC_RGB, NULL, 2);
    check_made("rgb2lab ! lab2rgb", RST_F64, RST_PHOTOMETRIC_RGB, NULL, 2);
}

static void test_curves(void **state)
{
    const struct rst_shape shape = rgba(RST_U16);
    struct rst_shape out;
    struct rst_meta has = made("srgb2linear", &shape, &out);
    (void)state;
    assert_int_equal(has.photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(has.extra_sample_count, 2);
    assert_string_equal(has.band_names[0], "red");
    assert_string_equal(rst_meta_get(&has, "key", 2, NULL), "blue");
    assert_no_profile(&has);
    rst_meta_clear(&has);
}

static void test_alpha(void **state)
{
    const struct rst_shape shape = rgba(RST_U8);
    struct rst_shape out;
    struct rst_meta has = made("premultiply", &shape, &out);
    (void)state;
    assert_int_equal(out.alpha, -1);
    assert_int_equal(out.opacity, 4);
    assert_int_equal(has.extra_sample_count, 2);
    assert_int_equal(has.extra_samples[1], RST_EXTRA_ASSOCIATED_ALPHA);
    assert_int_equal(has.extra_samples[0], RST_EXTRA_UNSPECIFIED);
    assert_int_equal(has.icc_size, 7);
    assert_string_equal(has.band_names[0], "red");
    rst_meta_clear(&has);
    has = made("premultiply ! unpremultiply", &shape, &out);
    assert_int_equal(out.alpha, 4);
    assert_int_equal(has.extra_samples[1], RST_EXTRA_UNASSOCIATED_ALPHA);
    rst_meta_clear(&has);
}

/* In place a file keeps what it says, so what it says must still be true. */
static void test_in_place(void **state)
{
    struct rst_shape shape = rgba(RST_U8);
    unsigned char pixels[80] = {0};
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(oprun_in_place("rgb2hsv", &shape, pixels, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "colours that its bands showed before"));
    assert_int_equal(oprun_in_place("rgb2hsv ! invert ! hsv2rgb", &shape, pixels, NULL, NULL), RST_OK);
    shape.colors.photometric = RST_PHOTOMETRIC_UNKNOWN; /* nothing is said */
    assert_int_equal(oprun_in_place("rgb2hsv", &shape, pixels, NULL, NULL), RST_OK);
    memset(&err, 0, sizeof err);
    assert_int_equal(oprun_in_place("gray", &shape, pixels, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "it makes 4 x 4 x 3 of 4 x 4 x 5"));
}

static void refused(const char *text, struct rst_shape shape, const char *words)
{
    struct rst_error err = {0};
    assert_int_equal(oprun(text, &shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words) || strncmp(err.message, text, strlen(text)) != 0)
        fail_msg("%s: '%s' lacks '%s'", text, err.message, words);
}

static void test_refusals(void **state)
{
    static const char *const all[] = {"gray", "rgb2hsv", "hsv2rgb", "rgb2lab", "lab2rgb", "srgb2linear", "linear2srgb"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct rst_shape shape = rgba(RST_U8);
        shape.palette = true;
        refused(all[i], shape, "indices");
        shape.palette = false;
        shape.opacity = shape.alpha = 1;
        refused(all[i], shape, "band 2 is alpha");
        shape.opacity = shape.alpha = -1;
        shape.bands = 2;
        if (i < 5) refused(all[i], shape, "three bands of colour, and the image has 2");
        shape.bands = 4;
        shape.colors.photometric = 5;
        if (i != 2 && i != 4) refused(all[i], shape, "inks (CMYK)");
        shape.colors.photometric = CIELAB;
        if (i != 2 && i != 4) refused(all[i], shape, "L*a*b*");
    }
    struct rst_shape lab = rgba(RST_U8), gray = rgba(RST_U8);
    lab.colors.photometric = CIELAB;
    refused("lab2rgb", lab, "have a sign");
    gray.bands = 1;
    gray.alpha = gray.opacity = 0;
    refused("srgb2linear", gray, "band 1 is alpha");
}

/* What the files of the results say. */
static void try_file(const char *name, const char *text, enum rst_type type, int photometric, int32_t bands)
{
    struct rst_shape shape = rgba(type), seen;
    struct rst_meta meta = full_meta();
    struct rst_create_options options = {.overwrite = true};
    struct rst_raster *file = NULL, *out = NULL;
    struct rst_pipeline *pipeline = NULL;
    struct rst_error err = {0};
    assert_int_equal(rst_pipeline_parse(text, &pipeline, NULL), RST_OK);
    if (rst_create(files_path("in.tif"), &shape, &meta, &options, &file, &err) || rst_commit(file, &err))
        fail_msg("%s", err.message);
    rst_close(&file);
    if (rst_open(files_path("in.tif"), RST_READ, NULL, &file, &err)) fail_msg("%s", err.message);
    if (rst_create_like(files_path(name), file, pipeline, &options, &out, &err)) fail_msg("%s", err.message);
    if (rst_run(pipeline, file, out, NULL, &err) || rst_commit(out, &err)) fail_msg("%s: %s", text, err.message);
    rst_close(&out);
    if (rst_open(files_path(name), RST_READ, NULL, &out, &err)) fail_msg("%s", err.message);
    seen = rst_raster_shape(out);
    assert_int_equal(rst_raster_meta(out)->photometric, photometric);
    assert_int_equal(seen.colors.photometric, photometric);
    assert_int_equal(seen.bands, bands);
    assert_int_equal(seen.opacity, bands - 1);
    assert_int_equal(seen.alpha, strcmp(text, "premultiply") ? bands - 1 : -1);
    rst_close(&out);
    rst_close(&file);
    rst_pipeline_free(&pipeline);
    rst_meta_clear(&meta);
}

static void test_files(void **state)
{
    (void)state;
    try_file("out.tif", "gray", RST_U8, RST_PHOTOMETRIC_BLACK_IS_ZERO, 3);
    try_file("out.tif", "rgb2hsv", RST_U8, RST_PHOTOMETRIC_BLACK_IS_ZERO, 5);
    try_file("out.tif", "rgb2hsv ! hsv2rgb", RST_U8, RST_PHOTOMETRIC_RGB, 5);
    try_file("out.tif", "rgb2lab", RST_U16, ICCLAB, 5);
    try_file("out.tif", "rgb2lab ! lab2rgb", RST_F32, RST_PHOTOMETRIC_RGB, 5);
    try_file("out.tif", "rgb2lab", RST_F32, CIELAB, 5);
    try_file("out.tif", "premultiply", RST_U8, RST_PHOTOMETRIC_RGB, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gray),  cmocka_unit_test(test_conversions), cmocka_unit_test(test_curves),
        cmocka_unit_test(test_alpha), cmocka_unit_test(test_in_place),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
