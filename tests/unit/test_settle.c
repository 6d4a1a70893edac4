/* Operations that settle, with one whose every sample depends on all of its input: in a pipeline it gives what it gives
 * between stored images, in place and in windows too, and reductions and surveys see the settled image. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/raster.h"
#include "raster/sweep/reduction.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/mixop.h"
#include "tests/support/stretchop.h"

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        err.status = RST_OK;                                                                                           \
        if (call) fail_msg("%s", err.message);                                                                         \
    } while (0)

/* ---- tide: adds the sum of all samples of the image to each; u8 and u16 ---- */

static int fail_settling, stop, stop_in_settle;
static int64_t tide_threads;
static uint64_t tide_memory;

static void tide_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                     int64_t y, void *to)
{
    (void)work;
    memcpy(to, rst_rows_get(rows, y), (size_t)(tile->out.width * stage->bands) * rst_type_size(stage->in.type));
}

static uint32_t sample_of(enum rst_type type, const void *row, int64_t i)
{
    return type == RST_U8 ? ((const uint8_t *)row)[i] : ((const uint16_t *)row)[i];
}

static void add_to(enum rst_type type, void *row, int64_t i, uint32_t sum)
{
    if (type == RST_U8)
        ((uint8_t *)row)[i] = (uint8_t)(((uint8_t *)row)[i] + sum);
    else
        ((uint16_t *)row)[i] = (uint16_t)(((uint16_t *)row)[i] + sum);
}

static enum rst_status tide_settle(const void *shared, const struct rst_stage *stage, struct rst_raster *image,
                                   const struct rst_run_options *options, struct rst_error *err)
{
    struct rst_view view;
    struct rst_shape shape = rst_raster_shape(image);
    uint32_t sum = 0;
    (void)shared;
    assert_int_equal(shape.width, stage->out.width);
    assert_int_equal(shape.type, stage->out.type);
    assert_int_equal(shape.bands, stage->out.bands);
    assert_null(options->window);
    assert_non_null(options->report);
    assert_true(options->max_memory > 0);
    tide_threads = options->threads;
    tide_memory = options->max_memory;
    if (fail_settling) return rst_fail(err, RST_E_IO, "the tide is out");
    if (stop_in_settle) stop = 1;
    if (options->cancel && *options->cancel) return rst_fail(err, RST_E_CANCELLED, "cancelled");
    RST_TRY(rst_raster_view(image, &view, err));
    assert_int_equal(view.pixel_stride, (int64_t)rst_type_size(shape.type) * shape.bands);
    assert_int_equal((uintptr_t)view.data % rst_type_size(shape.type), 0);
    for (int turn = 0; turn < 2; turn++)
        for (int64_t y = 0; y < shape.height; y++) {
            void *row = rst_view_at(&view, 0, y, 0);
            for (int64_t i = 0; i < shape.width * shape.bands; i++) {
                if (turn == 0)
                    sum += sample_of(shape.type, row, i);
                else
                    add_to(shape.type, row, i, sum);
            }
            if (options->progress) options->progress(options->user, (turn * shape.height + y + 1) / 2, shape.height);
        }
    options->report->collisions += 3;
    return RST_OK;
}

static const struct rst_op_class tide_class = {
    .name = "tide", .summary = "adds the sum of all", .flags = RST_OP_POINT, .row = tide_row, .settle = tide_settle};

static void tide_reference(const struct rst_shape *shape, void *pixels)
{
    uint32_t sum = 0;
    int64_t count = shape->width * shape->height * shape->bands;
    for (int64_t i = 0; i < count; i++)
        sum += sample_of(shape->type, pixels, i);
    for (int64_t i = 0; i < count; i++)
        add_to(shape->type, pixels, i, sum);
}

/* ---- pipelines: letters stand for operations ---- */

static const struct mix mix = {2, 1, 1, 3};
static const char *const around[][2] = {{"left", "2"}, {"right", "1"}, {"up", "1"}, {"down", "3"}};
static const char *const range[][2] = {{"to", "range"}};

static void append(struct rst_pipeline *pipeline, char letter)
{
    if (letter == 't') mixop_append(pipeline, &tide_class, NULL, 0);
    if (letter == 'm') mixop_append(pipeline, &mix_class, around, 4);
    if (letter == 's') mixop_append(pipeline, &stretch_class, range, 1);
    if (letter == 'c') mixop_append(pipeline, &scramble_class, NULL, 0);
}

static struct rst_pipeline *pipeline_of(const char *letters)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    MUST(rst_pipeline_new(&pipeline, &err));
    for (; *letters; letters++)
        append(pipeline, *letters);
    return pipeline;
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static size_t bytes_of(const struct rst_shape *shape)
{
    return (size_t)(shape->width * shape->height * shape->bands) * rst_type_size(shape->type);
}

static void *stretched(const struct rst_shape *shape, const void *pixels)
{
    struct rst_error err = {0};
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_SHARED, shape, 1);
    struct rst_view view =
        rst_view_packed((void *)(uintptr_t)pixels, shape->type, shape->width, shape->height, shape->bands);
    struct rst_pipeline *pipeline = pipeline_of("s");
    MUST(rst_raster_write(in, 0, 0, 0, &view, &err));
    MUST(rst_run(pipeline, in, in, &(struct rst_run_options){.threads = 1}, &err));
    void *result = layout_pixels(in);
    rst_pipeline_free(&pipeline);
    rst_close(&in);
    return result;
}

/* The result of one step after the other. */
static void *one_by_one(const char *letters, const struct rst_shape *shape, enum rst_border_rule rule, uint64_t seed)
{
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_READ, shape, seed);
    struct rst_border border = {.rule = rule};
    void *pixels = layout_pixels(in);
    rst_close(&in);
    for (; *letters; letters++) {
        void *before = pixels;
        if (*letters == 't') tide_reference(shape, pixels);
        if (*letters == 'c') mixop_scramble(shape, pixels);
        if (*letters == 'm') pixels = mixop_reference(shape, before, mix, &border);
        if (*letters == 's') pixels = stretched(shape, before);
        if (pixels != before) free(before);
    }
    return pixels;
}

static int count_of(const char *letters, char letter)
{
    int count = 0;
    for (; *letters; letters++)
        count += *letters == letter;
    return count;
}

static void run(const char *letters, struct rst_raster *in, struct rst_raster *out,
                const struct rst_run_options *options, const void *expected)
{
    struct rst_error err = {0};
    struct rst_report report;
    struct rst_cost cost;
    struct rst_run_options reported = *options;
    struct rst_pipeline *pipeline = pipeline_of(letters);
    struct rst_shape shape = rst_raster_shape(out);
    reported.report = &report;
    MUST(rst_run_cost(pipeline, in, out, options, &cost, &err));
    MUST(rst_run(pipeline, in, out, &reported, &err));
    void *got = layout_pixels(out);
    if (memcmp(got, expected, bytes_of(&shape)) != 0) fail_msg("%s: other samples", letters);
    int least = 1 + count_of(letters, 's') + count_of(letters, 't');
    assert_in_range(report.passes, least, least + count_of(letters, 't'));
    assert_int_equal(cost.passes, report.passes);
    assert_int_equal(report.buffer_bytes, cost.buffer_bytes);
    assert_int_equal(report.rows_done, report.rows_total);
    assert_int_equal(report.collisions, 3 * count_of(letters, 't'));
    assert_int_equal(report.in_place, in == out);
    assert_int_equal(cost.in_place, in == out);
    free(got);
    rst_pipeline_free(&pipeline);
}

static const char *const pipelines[] = {"t", "mt", "tm", "mtm", "tt", "tst", "mtsmtc", "sts"};

static void every_way(struct rst_shape shape, enum rst_border_rule rule)
{
    static const int threads[] = {1, 2, 3, 8};
    static const int64_t tiles[][2] = {{0, 0}, {50, 30}, {17, 6}};
    unsigned turn = 0;
    for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
        void *expected = one_by_one(pipelines[i], &shape, rule, 31);
        for (int kind = 0; kind < LAYOUT_KINDS; kind++)
            for (int way = 0; way < 3; way++, turn++) {
                enum rst_mode mode = way == 0 ? RST_READ : way == 1 ? RST_SHARED : RST_PRIVATE;
                struct rst_run_options options = {.threads = threads[turn % 4],
                                                  .border = {.rule = rule},
                                                  .tile_width = tiles[turn % 3][0],
                                                  .tile_height = tiles[turn % 3][1]};
                struct rst_raster *in = layout_make((enum layout_kind)kind, mode, &shape, 31), *out = NULL;
                if (way == 0) out = layout_make((enum layout_kind)((kind + 3) % LAYOUT_KINDS), RST_SHARED, &shape, 33);
                run(pipelines[i], in, out ? out : in, &options, expected);
                rst_close(&out);
                rst_close(&in);
            }
        free(expected);
    }
}

static void as_if_stored(void **state)
{
    (void)state;
    every_way(shape_of(RST_U8, 61, 47, 3), RST_REPLICATE);
    every_way(shape_of(RST_U16, 37, 29, 2), RST_WRAP);
}

/* A window is cut out of what the whole image gives; in place nothing but the window changes. */
static void windows(void **state)
{
    static const struct rst_rect window = {10, 7, 23, 15};
    struct rst_shape shape = shape_of(RST_U8, 61, 47, 3), part = shape;
    (void)state;
    part.width = window.width;
    part.height = window.height;
    for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
        struct rst_run_options options = {.threads = 2, .window = &window};
        char *expected = one_by_one(pipelines[i], &shape, RST_REPLICATE, 31);
        for (int kind = 0; kind < LAYOUT_KINDS; kind += 2) {
            struct rst_raster *in = layout_make((enum layout_kind)kind, RST_SHARED, &shape, 31);
            struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &part, 32);
            char *whole = layout_pixels(in), *cut = malloc(bytes_of(&part));
            for (int64_t y = 0; y < window.height; y++) {
                size_t row = (size_t)window.width * 3, at = (size_t)((window.y + y) * shape.width + window.x) * 3;
                memcpy(whole + at, expected + at, row);
                memcpy(cut + (size_t)y * row, expected + at, row);
            }
            run(pipelines[i], in, out, &options, cut);
            run(pipelines[i], in, in, &options, whole);
            free(whole);
            free(cut);
            rst_close(&out);
            rst_close(&in);
        }
        free(expected);
    }
}

/* Where the output is a plain file, the last operation settles in it, and there is no scratch. */
static void without_scratch(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 300, 200, 3);
    struct rst_error err = {0};
    struct rst_cost cost;
    struct rst_pipeline *pipeline = pipeline_of("mt");
    struct rst_raster *in = layout_make(LAYOUT_TILES_16, RST_SHARED, &shape, 1);
    (void)state;
    for (int kind = 0; kind < LAYOUT_KINDS; kind++) {
        struct rst_raster *out = layout_make((enum layout_kind)kind, RST_SHARED, &shape, 2);
        MUST(rst_run_cost(pipeline, in, out, &(struct rst_run_options){.threads = 2}, &cost, &err));
        bool plain =
            kind == LAYOUT_BIP || kind == LAYOUT_STRIPS || kind == LAYOUT_SWAPPED_BIP; /* bytes have no order */
        assert_int_equal(cost.scratch_bytes, plain ? 0 : bytes_of(&shape));
        assert_int_equal(cost.passes, plain ? 2 : 3);
        rst_close(&out);
    }
    MUST(rst_run_cost(pipeline, in, in, NULL, &cost, &err));
    assert_int_equal(cost.scratch_bytes, bytes_of(&shape));
    rst_pipeline_free(&pipeline);
    pipeline = pipeline_of("tmt");
    MUST(rst_run_cost(pipeline, in, in, NULL, &cost, &err));
    assert_int_equal(cost.scratch_bytes, 2 * bytes_of(&shape));
    rst_pipeline_free(&pipeline);
    rst_close(&in);
}

/* ---- reductions ---- */

static size_t sum_size(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    (void)reduction, (void)shape;
    return 2 * sizeof(uint64_t);
}

static void sum_row(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                    void *accumulator, const struct rst_run_of_pixels *pixels)
{
    uint64_t *sum = accumulator;
    (void)reduction, (void)isa;
    for (int64_t i = 0; i < pixels->width * shape->bands; i++) {
        sum[0] += sample_of(shape->type, pixels->samples, i);
        sum[1]++;
    }
}

static void sum_merge(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                      const void *more)
{
    (void)reduction, (void)shape;
    for (int i = 0; i < 2; i++)
        ((uint64_t *)accumulator)[i] += ((const uint64_t *)more)[i];
}

static const struct rst_reduction sum = {.name = "sum", .size = sum_size, .row = sum_row, .merge = sum_merge};

static void reductions(void **state)
{
    static const struct rst_rect window = {10, 7, 23, 15};
    struct rst_shape shape = shape_of(RST_U16, 61, 47, 2);
    struct rst_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++)
        for (int cut = 0; cut < 2; cut++) {
            struct rst_report report;
            struct rst_cost cost;
            struct rst_run_options options = {.threads = 2, .report = &report, .window = cut ? &window : NULL};
            struct rst_rect seen = cut ? window : (struct rst_rect){0, 0, shape.width, shape.height};
            struct rst_raster *in = layout_make(LAYOUT_BSQ, RST_READ, &shape, 31);
            struct rst_pipeline *pipeline = pipeline_of(pipelines[i]);
            uint16_t *expected = one_by_one(pipelines[i], &shape, RST_REPLICATE, 31);
            uint64_t wanted = 0, *found = NULL;
            for (int64_t y = seen.y; y < seen.y + seen.height; y++)
                for (int64_t x = 2 * seen.x; x < 2 * (seen.x + seen.width); x++)
                    wanted += expected[y * shape.width * 2 + x];
            MUST(rst_reduce_cost(&sum, pipeline, in, &options, &cost, &err));
            MUST(rst_reduce(&sum, pipeline, in, &options, (void **)&found, &err));
            assert_int_equal(found[0], wanted);
            assert_int_equal(found[1], seen.width * seen.height * 2);
            assert_int_equal(report.passes, cost.passes);
            assert_int_equal(report.passes, 1 + count_of(pipelines[i], 's') + 2 * count_of(pipelines[i], 't'));
            assert_true(cost.scratch_bytes >= bytes_of(&shape));
            free(found);
            free(expected);
            rst_pipeline_free(&pipeline);
            rst_close(&in);
        }
}

/* ---- what goes wrong ---- */

static int stop_at;
static int64_t calls, told_done, told_total;

static void on_progress(void *user, int64_t done, int64_t total)
{
    (void)user;
    assert_true(done >= told_done && done <= total);
    assert_true(told_total == 0 || total == told_total);
    told_done = done;
    told_total = total;
    if (++calls == stop_at) stop = 1;
}

/* Of an image that runs in place nothing is changed before the last pass. */
static void cut_short(const char *letters, struct rst_raster *raster, struct rst_run_options *options,
                      enum rst_status status, const char *why)
{
    struct rst_shape shape = rst_raster_shape(raster);
    struct rst_error err = {0};
    struct rst_report report;
    struct rst_pipeline *pipeline = pipeline_of(letters);
    struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 8);
    void *before = layout_pixels(raster);
    calls = told_done = told_total = stop = 0;
    options->report = &report;
    assert_int_equal(rst_run(pipeline, raster, raster, options, &err), status);
    if (!strstr(err.message, "nothing is changed") || !strstr(err.message, why)) fail_msg("%s", err.message);
    assert_int_equal(report.rows_done, 0);
    assert_int_equal(report.rows_total, shape.height);
    void *after = layout_pixels(raster);
    assert_memory_equal(before, after, bytes_of(&shape));
    calls = told_done = told_total = stop = 0;
    err = (struct rst_error){0};
    assert_int_equal(rst_run(pipeline, raster, out, options, &err), status);
    assert_non_null(strstr(err.message, why));
    assert_int_equal(report.rows_done, 0);
    free(before);
    free(after);
    rst_close(&out);
    rst_pipeline_free(&pipeline);
}

static void failures(void **state)
{
    struct rst_shape shape = shape_of(RST_U16, 9000, 300, 1);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 37);
    struct rst_run_options options = {.threads = 1, .progress = on_progress, .cancel = &stop};
    (void)state;
    stop_at = 2;
    cut_short("mtm", raster, &options, RST_E_CANCELLED, "cancelled");
    stop_at = 0;
    stop_in_settle = 1;
    cut_short("mt", raster, &options, RST_E_CANCELLED, "cancelled");
    stop_in_settle = 0;
    fail_settling = 1;
    cut_short("mt", raster, &options, RST_E_IO, "the tide is out");
    cut_short("tmt", raster, &options, RST_E_IO, "the tide is out");
    fail_settling = 0;
    rst_close(&raster);
}

static void no_scratch(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 90, 30, 1);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 37);
    struct rst_pipeline *pipeline = pipeline_of("tm");
    struct rst_run_options options = {.threads = 1, .scratch_dir = "/nowhere/at/all"};
    struct rst_error err = {0};
    (void)state;
    assert_int_not_equal(rst_run(pipeline, raster, raster, &options, &err), RST_OK);
    assert_non_null(strstr(err.message, "/nowhere"));
    rst_pipeline_free(&pipeline);
    rst_close(&raster);
}

/* All passes are told of as one; the last one in place tells what of the image is changed. */
static void progress(void **state)
{
    struct rst_shape shape = shape_of(RST_U16, 9000, 300, 1);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 37);
    struct rst_pipeline *pipeline = pipeline_of("mtm");
    struct rst_run_options options = {.threads = 1, .progress = on_progress, .cancel = &stop};
    struct rst_error err = {0};
    (void)state;
    calls = told_done = told_total = stop = stop_at = 0;
    MUST(rst_run(pipeline, raster, raster, &options, &err));
    assert_int_equal(told_total, 3 * shape.height);
    assert_true(told_done > 2 * shape.height);
    stop_at = (int)calls - 2; /* the last one tells of the end, the one before of the last unit */
    calls = told_done = told_total = 0;
    assert_int_equal(rst_run(pipeline, raster, raster, &options, &err), RST_E_CANCELLED);
    if (!strstr(err.message, "rows 0 to ")) fail_msg("%s", err.message);
    rst_pipeline_free(&pipeline);
    rst_close(&raster);
}

static void little_memory(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 2000, 1000, 1);
    struct rst_pipeline *pipeline = pipeline_of("mtm");
    struct rst_error err = {0};
    void *expected = one_by_one("mtm", &shape, RST_REPLICATE, 31);
    (void)state;
    for (int way = 0; way < 3; way++) {
        enum rst_mode mode = way == 0 ? RST_READ : way == 1 ? RST_SHARED : RST_PRIVATE;
        struct rst_raster *in = layout_make(LAYOUT_BIP, mode, &shape, 31), *out = NULL;
        struct rst_run_options options = {.threads = 2, .max_memory = UINT64_C(5) << 20};
        struct rst_cost cost;
        if (way == 0) out = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 32);
        MUST(rst_run_cost(pipeline, in, out ? out : in, &options, &cost, &err));
        assert_true(cost.peak_bytes <= options.max_memory);
        MUST(rst_run(pipeline, in, out ? out : in, &options, &err));
        assert_true(tide_memory <= options.max_memory);
        void *got = layout_pixels(out ? out : in);
        assert_memory_equal(got, expected, bytes_of(&shape));
        free(got);
        options.max_memory = 1000;
        assert_int_equal(rst_run(pipeline, in, out ? out : in, &options, &err), RST_E_ARGUMENT);
        rst_close(&out);
        rst_close(&in);
    }
    free(expected);
    rst_pipeline_free(&pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_if_stored),  cmocka_unit_test(windows),    cmocka_unit_test(without_scratch),
        cmocka_unit_test(reductions),    cmocka_unit_test(failures),   cmocka_unit_test(progress),
        cmocka_unit_test(little_memory), cmocka_unit_test(no_scratch),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
