/* palette: indices become the colours of their map; and what becomes of an image that is said to have one. */
#define _GNU_SOURCE 1

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/ops/ops.h"
#include "tests/support/colours.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static uint16_t map[3 * 65536];

static void fill_map(size_t entries, uint16_t most)
{
    uint64_t random = 11;
    for (size_t i = 0; i < 3 * entries; i++)
        map[i] = (uint16_t)(layout_random(&random) % (most + 1u));
}

static struct rst_shape indices(enum rst_type type, int32_t bands, size_t entries)
{
    return (struct rst_shape){.type = type,
                              .width = 67,
                              .height = 41,
                              .bands = bands,
                              .alpha = bands > 2 ? bands - 1 : -1,
                              .opacity = bands > 2 ? bands - 1 : -1,
                              .palette = true,
                              .colors = {RST_PHOTOMETRIC_PALETTE, map, 3 * entries}};
}

static uint16_t sample(const void *pixels, enum rst_type type, size_t at)
{
    return type == RST_U8 ? ((const uint8_t *)pixels)[at] : ((const uint16_t *)pixels)[at];
}

/* The map's own rule: the upper byte of an entry, or all of it; entries that are bytes are stretched. */
static uint16_t colour_at(size_t entries, bool bytes, enum rst_type type, uint16_t index, size_t band)
{
    if (index >= entries) return 0;
    uint16_t value = map[band * entries + index];
    if (bytes) return type == RST_U8 ? value : (uint16_t)(value * 257);
    return type == RST_U8 ? value / 256 : value;
}

static void check(enum rst_type type, int32_t bands, size_t entries, uint16_t most)
{
    struct rst_shape shape = indices(type, bands, entries), out;
    struct rst_run_options options = {.threads = 1}, tiles = {.threads = 3, .tile_width = 9, .tile_height = 4};
    uint64_t random = layout_seed();
    fill_map(entries, most);
    void *pixels = colour_pixels(&shape, 0, &random);
    void *result = neighbour_run_each("palette", &shape, pixels, &options, &out);
    void *again = neighbour_run("palette", &shape, pixels, &tiles, NULL);
    assert_int_equal(out.bands, bands + 2);
    assert_false(out.palette);
    assert_int_equal(out.alpha, shape.alpha < 0 ? -1 : shape.alpha + 2);
    assert_memory_equal(again, result, oprun_bytes(&out));
    for (size_t i = 0; i < (size_t)(shape.width * shape.height); i++) {
        uint16_t index = sample(pixels, type, i * (size_t)bands);
        for (size_t b = 0; b < 3; b++)
            assert_int_equal(sample(result, type, i * (size_t)out.bands + b),
                             colour_at(entries, most < 256, type, index, b));
        for (size_t b = 1; b < (size_t)bands; b++)
            assert_int_equal(sample(result, type, i * (size_t)out.bands + b + 2),
                             sample(pixels, type, i * (size_t)bands + b));
    }
    free(again);
    free(result);
    free(pixels);
}

static void test_colours(void **state)
{
    (void)state;
    for (int32_t bands = 1; bands <= 3; bands++) {
        check(RST_U8, bands, 256, 65535);
        check(RST_U8, bands, 256, 255);
        check(RST_U8, bands, 100, 65535);
        check(RST_U16, bands, 65536, 65535);
        check(RST_U16, bands, 300, 255);
    }
}

static void test_both_scales(void **state)
{
    struct rst_shape shape = indices(RST_U8, 1, 256), out;
    uint8_t pixels[67 * 41];
    (void)state;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)i;
    for (unsigned factor = 256; factor <= 257; factor++) {
        struct rst_run_options one = {.threads = 1};
        for (size_t i = 0; i < 768; i++)
            map[i] = (uint16_t)(i % 256 * factor);
        uint8_t *result = neighbour_run("palette", &shape, pixels, &one, &out);
        for (size_t i = 0; i < 3 * sizeof pixels; i++)
            assert_int_equal(result[i], pixels[i / 3]);
        free(result);
    }
}

static void test_nodata(void **state)
{
    const uint8_t pixels[4] = {0, 1, 2, 3}, rgb[12] = {9, 8, 7, 2, 2, 2, 2, 2, 2, 6, 2, 6},
                  rgba[16] = {9, 8, 7, 255, 2, 2, 2, 255, 1, 1, 1, 0, 6, 2, 6, 255};
    uint16_t small[12] = {9, 2, 1, 6, 8, 2, 1, 2, 7, 2, 1, 6};
    struct rst_shape shape = indices(RST_U8, 1, 4), out;
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    uint8_t *result;
    (void)state;
    for (size_t i = 0; i < 12; i++)
        map[i] = (uint16_t)(small[i] * 257);
    shape.width = 4;
    shape.height = 1;
    shape.has_nodata = true;
    shape.nodata.u8 = 2;
    result = neighbour_run("palette", &shape, pixels, &options, &out);
    assert_true(out.has_nodata);
    assert_int_equal(report.collisions, 4);
    assert_memory_equal(result, rgb, sizeof rgb);
    free(result);
    result = neighbour_run("palette --into rgba", &shape, pixels, &options, &out);
    assert_false(out.has_nodata);
    assert_int_equal(out.alpha, 3);
    assert_int_equal(out.opacity, 3);
    assert_memory_equal(result, rgba, sizeof rgba);
    free(result);
}

static void refused(const struct rst_shape *shape, const char *text, const char *words)
{
    struct rst_error err = {0};
    assert_int_equal(oprun(text, shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s: '%s' lacks '%s'", text, err.message, words);
}

static void test_refusals(void **state)
{
    struct rst_shape shape = indices(RST_U8, 1, 256);
    (void)state;
    refused(&shape, "palette ! palette", "no indices");
    refused(&shape, "cast --type u16 ! palette", "no indices");
    shape.bands = 2;
    refused(&shape, "palette --into rgba", "indices alone");
    shape.bands = 1;
    shape.type = RST_I16;
    refused(&shape, "palette", "these are i16");
    shape.type = RST_U8;
    shape.colors.map = NULL;
    refused(&shape, "palette", "there is none");
    shape.palette = false;
    refused(&shape, "palette", "no indices");
}

/* From file to file, and what the new file says. */
static void try_file(const char *from, const char *to, const char *text, int32_t bands, bool nodata)
{
    struct rst_shape shape = indices(RST_U8, 1, 256), seen;
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = map, .color_map_count = 768};
    struct rst_create_options options = {.overwrite = true};
    struct rst_raster *file = NULL, *out = NULL, *noise;
    struct rst_pipeline *pipeline = NULL, *copy = NULL;
    struct rst_error err = {0};
    meta.has_nodata = shape.has_nodata = nodata;
    fill_map(256, 65535);
    for (size_t i = 0; i < 768; i++)
        map[i] = (uint16_t)(map[i] / 256 * 257); /* as PNG keeps it */
    noise = layout_make(LAYOUT_BIP, RST_READ, &shape, 3);
    assert_int_equal(rst_pipeline_new(&copy, NULL), RST_OK);
    assert_int_equal(rst_pipeline_parse(text, &pipeline, NULL), RST_OK);
    if (rst_create(files_path(from), &shape, &meta, &options, &file, &err)) fail_msg("%s", err.message);
    if (rst_run(copy, noise, file, NULL, &err) || rst_commit(file, &err)) fail_msg("%s", err.message);
    rst_close(&file);
    if (rst_open(files_path(from), RST_READ, NULL, &file, &err)) fail_msg("%s", err.message);
    if (rst_create_like(files_path(to), file, pipeline, &options, &out, &err)) fail_msg("%s", err.message);
    if (rst_run(pipeline, file, out, NULL, &err) || rst_commit(out, &err)) fail_msg("%s: %s", text, err.message);
    rst_close(&out);
    if (rst_open(files_path(to), RST_READ, NULL, &out, &err)) fail_msg("%s", err.message);
    const struct rst_meta *has = rst_raster_meta(out);
    seen = rst_raster_shape(out);
    assert_int_equal(seen.bands, bands);
    assert_false(seen.palette);
    assert_int_equal(has->photometric, RST_PHOTOMETRIC_RGB);
    assert_null(has->color_map);
    assert_int_equal(seen.alpha, bands == 4 ? 3 : -1);
    uint8_t index[67 * 41], pixels[4 * sizeof index];
    struct rst_view from_view = rst_view_packed(index, RST_U8, 67, 41, 1);
    struct rst_view to_view = rst_view_packed(pixels, RST_U8, 67, 41, bands);
    assert_int_equal(rst_raster_read(file, 0, 0, NULL, &from_view, NULL), RST_OK);
    assert_int_equal(rst_raster_read(out, 0, 0, NULL, &to_view, NULL), RST_OK);
    for (size_t i = 0; i < sizeof index; i++)
        assert_int_equal(pixels[i * (size_t)bands + 1], map[256 + index[i]] / 256);
    rst_close(&noise);
    rst_close(&out);
    rst_close(&file);
    rst_pipeline_free(&copy);
    rst_pipeline_free(&pipeline);
}

static void test_files(void **state)
{
    (void)state;
    try_file("in.tif", "out.tif", "palette", 3, false);
    try_file("in.tif", "out.tif", "palette --into rgba", 4, true);
    try_file("in.png", "out.tif", "palette", 3, false);
    try_file("in.tif", "out.png", "palette --into rgba", 4, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),  cmocka_unit_test(test_both_scales), cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
