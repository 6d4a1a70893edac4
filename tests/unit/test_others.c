/* Further rasters: an operation sees the pixel of each that lies where its own does, wherever it stands in a pipeline,
 * whatever the layouts, threads, tiles and budget; and what cannot be read beside the image is refused. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/raster.h"
#include "tests/support/besideop.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/mixop.h"

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        struct rst_error *const must_ = &err;                                                                          \
        must_->status = RST_OK;                                                                                        \
        if (call) fail_msg("%s", must_->message);                                                                      \
    } while (0)

enum { IN_SEED = 5, OUT_SEED = 6, FIRST_SEED = 11 };

static const char *const two[][2] = {{"count", "2"}}, *const one[][2] = {{"count", "1"}};
static const char *const around[][2] = {{"left", "2"}, {"right", "1"}, {"up", "1"}, {"down", "3"}};
static const struct mix mix = {2, 1, 1, 3};

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static size_t bytes_of(const struct rst_shape *shape)
{
    return (size_t)(shape->width * shape->height * shape->bands) * rst_type_size(shape->type);
}

static uint32_t get(const struct rst_shape *shape, const void *pixels, int64_t index)
{
    return shape->type == RST_U8 ? ((const uint8_t *)pixels)[index] : ((const uint16_t *)pixels)[index];
}

/* What `beside` makes of packed pixels, in place. */
static void add_beside(const struct rst_shape *shape, void *pixels, const struct rst_shape *others, int count,
                       uint64_t seed)
{
    int64_t at = 0;
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, at++) {
                uint32_t value = 3 * get(shape, pixels, at);
                for (int i = 0; i < count; i++) {
                    value += (uint32_t)i + 1;
                    for (int32_t b = 0; b < others[i].bands; b++) {
                        union rst_sample sample = layout_noise(seed + (uint64_t)i, others[i].type, x, y, b);
                        value += 2 * (others[i].type == RST_U8 ? sample.u8 : sample.u16);
                    }
                }
                if (shape->type == RST_U8)
                    ((uint8_t *)pixels)[at] = (uint8_t)value;
                else
                    ((uint16_t *)pixels)[at] = (uint16_t)value;
            }
}

/* mix ! beside (two) ! mix ! beside (one): borders of their own at every step. */
static struct rst_pipeline *long_pipeline(void)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &mix_class, around, 4);
    mixop_append(pipeline, &beside_class, two, 1);
    mixop_append(pipeline, &mix_class, around, 4);
    mixop_append(pipeline, &beside_class, one, 1);
    return pipeline;
}

static void *long_reference(const struct rst_shape *shape, const struct rst_shape *others,
                            const struct rst_border *border)
{
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_READ, shape, IN_SEED);
    void *pixels = layout_pixels(in), *next = mixop_reference(shape, pixels, mix, border);
    free(pixels);
    add_beside(shape, next, others, 2, FIRST_SEED);
    pixels = mixop_reference(shape, next, mix, border);
    free(next);
    add_beside(shape, pixels, others + 2, 1, FIRST_SEED + 2);
    rst_close(&in);
    return pixels;
}

static void run(struct rst_raster *in, struct rst_raster *out, struct rst_run_options *options, const void *expected)
{
    struct rst_error err = {0};
    struct rst_report report = {0};
    struct rst_cost cost;
    struct rst_pipeline *pipeline = long_pipeline();
    struct rst_shape shape = rst_raster_shape(out);
    options->report = &report;
    MUST(rst_run_cost(pipeline, in, out, options, &cost, &err));
    MUST(rst_run(pipeline, in, out, options, &err));
    void *got = layout_pixels(out);
    assert_memory_equal(got, expected, bytes_of(&shape));
    assert_int_equal(report.buffer_bytes, cost.buffer_bytes);
    free(got);
    rst_pipeline_free(&pipeline);
}

static void every_way(struct rst_shape shape, const struct rst_shape others[3], enum rst_border_rule rule)
{
    struct rst_border border = {.rule = rule};
    void *expected = long_reference(&shape, others, &border);
    for (int kind = 0; kind < LAYOUT_KINDS; kind++) {
        struct rst_raster *beside[3], *out = NULL;
        for (int i = 0; i < 3; i++)
            beside[i] = layout_make((enum layout_kind)((kind + 5 * i) % LAYOUT_KINDS), i == 1 ? RST_PRIVATE : RST_READ,
                                    &others[i], FIRST_SEED + (uint64_t)i);
        struct rst_run_options options = {.threads = 1 + kind % 3,
                                          .border = border,
                                          .others = beside,
                                          .other_count = 3,
                                          .tile_width = kind % 4 * 17,
                                          .tile_height = kind % 5 * 9};
        struct rst_raster *in = layout_make((enum layout_kind)kind, kind % 2 ? RST_SHARED : RST_READ, &shape, IN_SEED);
        if (kind % 2 == 0) out = layout_make((enum layout_kind)((kind + 3) % LAYOUT_KINDS), RST_SHARED, &shape, 33);
        run(in, out ? out : in, &options, expected);
        rst_close(&out);
        rst_close(&in);
        for (int i = 0; i < 3; i++)
            rst_close(&beside[i]);
    }
    free(expected);
}

static void as_if_stored(void **state)
{
    const struct rst_shape small[] = {shape_of(RST_U8, 61, 47, 1), shape_of(RST_U16, 61, 47, 3),
                                      shape_of(RST_U8, 61, 47, 2)};
    const struct rst_shape line[] = {shape_of(RST_U16, 700, 1, 2), shape_of(RST_U8, 700, 1, 1),
                                     shape_of(RST_U16, 700, 1, 4)};
    (void)state;
    every_way(shape_of(RST_U8, 61, 47, 3), small, RST_REPLICATE);
    every_way(shape_of(RST_U16, 61, 47, 1), small, RST_WRAP);
    every_way(shape_of(RST_U16, 700, 1, 2), line, RST_CONSTANT);
}

/* A window of the result, and the same raster as input and beside it. */
static void windows_and_itself(void **state)
{
    static const struct rst_rect window = {20, 11, 30, 9};
    struct rst_shape shape = shape_of(RST_U16, 90, 40, 2), part = shape;
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *in = layout_make(LAYOUT_TILES_16, RST_READ, &shape, FIRST_SEED);
    uint16_t *expected = layout_pixels(in);
    (void)state;
    part.width = window.width;
    part.height = window.height;
    struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &part, OUT_SEED);
    struct rst_run_options options = {.window = &window, .others = &in, .other_count = 1};
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &beside_class, one, 1);
    add_beside(&shape, expected, &shape, 1, FIRST_SEED);
    MUST(rst_run(pipeline, in, out, &options, &err));
    uint16_t *got = layout_pixels(out);
    for (int64_t y = 0; y < window.height; y++)
        assert_memory_equal(got + y * window.width * 2, expected + ((window.y + y) * shape.width + window.x) * 2,
                            (size_t)window.width * 2 * sizeof *got);
    free(got);
    free(expected);
    rst_close(&out);
    rst_close(&in);
    rst_pipeline_free(&pipeline);
}

/* Compressed tiles beside the image, and a budget that does not hold them. */
static void compressed_in_a_budget(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 1500, 1400, 1), other = shape_of(RST_U16, 1500, 1400, 3);
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *plain = layout_make(LAYOUT_STRIPS, RST_READ, &other, FIRST_SEED), *coded = NULL;
    struct rst_create_options create = {.compression = RST_COMPRESSION_DEFLATE, .tile_width = 256, .tile_height = 256};
    const char *path = files_path("coded.tif");
    (void)state;
    MUST(rst_create_like(path, plain, NULL, &create, &coded, &err));
    MUST(rst_run(NULL, plain, coded, NULL, &err));
    MUST(rst_commit(coded, &err));
    rst_close(&coded);
    MUST(rst_open(path, RST_READ, NULL, &coded, &err));
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &beside_class, one, 1);
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_READ, &shape, IN_SEED);
    struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &shape, OUT_SEED);
    void *expected = layout_pixels(in);
    add_beside(&shape, expected, &other, 1, FIRST_SEED);
    struct rst_raster *const besides[] = {coded, plain};
    for (int i = 0; i < 4; i++) {
        struct rst_run_options options = {.others = &besides[i % 2], .other_count = 1, .threads = 2};
        struct rst_cost whole, bounded;
        MUST(rst_run_cost(pipeline, in, out, &options, &whole, &err));
        options.max_memory = i < 2 ? UINT64_C(11) << 20 : 0;
        MUST(rst_run_cost(pipeline, in, out, &options, &bounded, &err));
        assert_int_equal(bounded.bounded, i < 2);
        assert_true(i >= 2 || (whole.page_bytes > options.max_memory && bounded.peak_bytes <= options.max_memory));
        MUST(rst_run(pipeline, in, out, &options, &err));
        void *got = layout_pixels(out);
        assert_memory_equal(got, expected, bytes_of(&shape));
        free(got);
    }
    free(expected);
    rst_close(&in);
    rst_close(&out);
    rst_close(&plain);
    rst_close(&coded);
    rst_pipeline_free(&pipeline);
}

static void surveyed(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 70, 50, 2), small = shape_of(RST_U8, 1, 1, 1);
    struct rst_error err = {0};
    struct rst_report report = {0};
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_READ, &shape, IN_SEED), *beside[3];
    struct rst_raster *out = layout_make(LAYOUT_BSQ, RST_SHARED, &shape, OUT_SEED);
    struct rst_run_options options = {.others = beside, .other_count = 3, .report = &report, .max_memory = 64 << 20};
    uint8_t *expected = layout_pixels(in);
    (void)state;
    beside[0] = layout_make(LAYOUT_BIP, RST_READ, &small, 2); /* between two that are read */
    for (int i = 1; i < 3; i++)
        beside[i] = layout_make(LAYOUT_PLANAR_TILES, RST_READ, &shape, FIRST_SEED + (uint64_t)i - 1);
    struct rst_raster *swap = beside[0];
    beside[0] = beside[1];
    beside[1] = swap;
    uint8_t most = layout_noise(2, RST_U8, 0, 0, 0).u8;
    add_beside(&shape, expected, &shape, 1, FIRST_SEED);
    for (size_t i = 0; i < bytes_of(&shape); i++)
        expected[i] = expected[i] < most ? expected[i] : most;
    add_beside(&shape, expected, &shape, 1, FIRST_SEED + 1);
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &beside_class, one, 1);
    mixop_append(pipeline, &limit_class, NULL, 0);
    mixop_append(pipeline, &beside_class, one, 1);
    MUST(rst_run(pipeline, in, out, &options, &err));
    uint8_t *got = layout_pixels(out);
    assert_memory_equal(got, expected, bytes_of(&shape));
    assert_int_equal(report.passes, 2);
    free(got);
    free(expected);
    rst_close(&in);
    rst_close(&out);
    for (int i = 0; i < 3; i++)
        rst_close(&beside[i]);
    rst_pipeline_free(&pipeline);
}

static void refused(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                    struct rst_raster *const *others, int count, const char *what)
{
    struct rst_error err = {0};
    struct rst_cost cost;
    struct rst_run_options options = {.others = others, .other_count = count};
    assert_int_equal(rst_run(pipeline, in, out, &options, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, what)) fail_msg("'%s' does not have '%s'", err.message, what);
    assert_int_equal(rst_run_cost(pipeline, in, out, &options, &cost, NULL), RST_E_ARGUMENT);
}

static void refusals(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 30, 20, 1), wide = shape_of(RST_U8, 31, 20, 1);
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_SHARED, &shape, IN_SEED);
    struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &shape, OUT_SEED);
    struct rst_raster *large = layout_make(LAYOUT_BIP, RST_READ, &wide, OUT_SEED);
    (void)state;
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &beside_class, one, 1);
    void *before = layout_pixels(out);
    refused(pipeline, in, out, NULL, 0, "read 1 further raster beside their input, 0 were given");
    refused(pipeline, in, out, (struct rst_raster *const[]){in, in}, 2, "2 were given");
    refused(NULL, in, out, &in, 1, "read 0 further rasters");
    refused(pipeline, in, out, &out, 1, "cannot be written");
    refused(pipeline, in, in, &in, 1, "cannot be written");
    refused(pipeline, in, out, &large, 1, "is 31 x 20, and beside reads it beside an image of 30 x 20");
    void *after = layout_pixels(out);
    assert_memory_equal(before, after, bytes_of(&shape));
    free(before);
    free(after);
    rst_close(&in);
    rst_close(&out);
    rst_close(&large);
    rst_pipeline_free(&pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_if_stored), cmocka_unit_test(windows_and_itself), cmocka_unit_test(compressed_in_a_budget),
        cmocka_unit_test(surveyed),     cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
