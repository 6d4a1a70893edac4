/* Surveys: an operation that has to know its whole input first gets what a run over the stored input would have found,
 * in place too, whatever the threads, tiles and layouts. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "raster/raster.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/mixop.h"
#include "tests/support/stretchop.h"

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        struct rst_error *const must_ = &err;                                                                          \
        must_->status = RST_OK;                                                                                        \
        if (call) fail_msg("%s", must_->message);                                                                      \
    } while (0)

static const char *const range[][2] = {{"to", "range"}}, *const deviation[][2] = {{"to", "deviation"}};
static const char *const nothing[][2] = {{"to", "nothing"}};
static const char *const around[][2] = {{"left", "2"}, {"right", "1"}, {"up", "1"}, {"down", "3"}};

/* stretch ! mix ! stretch, which asks for two surveys. */
enum { STEPS = 3 };
static const struct {
    const struct rst_op_class *kind;
    const char *const (*params)[2];
    int count;
} steps[STEPS] = {{&stretch_class, range, 1}, {&mix_class, around, 4}, {&stretch_class, deviation, 1}};

static struct rst_pipeline *pipeline_of(int from, int to)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    MUST(rst_pipeline_new(&pipeline, &err));
    for (int i = from; i < to; i++)
        mixop_append(pipeline, steps[i].kind, steps[i].params, steps[i].count);
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

/* The result of one step after the other, each stored. */
static void *one_by_one(const struct rst_shape *shape, enum rst_border_rule rule)
{
    struct rst_error err = {0};
    struct rst_raster *at = layout_make(LAYOUT_BIP, RST_READ, shape, 31);
    struct rst_run_options options = {.threads = 1, .border = {.rule = rule}, .isa = RST_ISA_BASE};
    for (int i = 0; i < STEPS; i++) {
        struct rst_pipeline *step = pipeline_of(i, i + 1);
        struct rst_raster *next = layout_make(LAYOUT_BIP, RST_SHARED, shape, 32);
        MUST(rst_run(step, at, next, &options, &err));
        rst_close(&at);
        at = next;
        rst_pipeline_free(&step);
    }
    void *pixels = layout_pixels(at);
    rst_close(&at);
    return pixels;
}

static void check(struct rst_raster *in, struct rst_raster *out, const struct rst_run_options *options,
                  const void *expected)
{
    struct rst_error err = {0};
    struct rst_report report;
    struct rst_cost cost;
    struct rst_run_options reported = *options;
    struct rst_pipeline *pipeline = pipeline_of(0, STEPS);
    struct rst_shape shape = rst_raster_shape(out);
    reported.report = &report;
    MUST(rst_run_cost(pipeline, in, out, options, &cost, &err));
    MUST(rst_run(pipeline, in, out, &reported, &err));
    void *got = layout_pixels(out);
    assert_memory_equal(got, expected, bytes_of(&shape));
    assert_int_equal(report.passes, 3);
    assert_int_equal(cost.passes, 3);
    assert_int_equal(report.buffer_bytes, cost.buffer_bytes);
    assert_int_equal(report.rows_done, report.rows_total);
    free(got);
    rst_pipeline_free(&pipeline);
}

static void every_way(struct rst_shape shape, enum rst_border_rule rule, int kinds)
{
    static const int threads[] = {1, 2, 3, 8};
    static const int64_t tiles[][2] = {{0, 0}, {50, 30}, {170, 64}, {2000, 10}};
    void *expected = one_by_one(&shape, rule);
    for (int kind = 0; kind < kinds; kind++)
        for (int way = 0; way < 3; way++) {
            enum rst_mode mode = way == 0 ? RST_READ : way == 1 ? RST_SHARED : RST_PRIVATE;
            struct rst_run_options options = {.threads = threads[(kind + way) % 4],
                                              .border = {.rule = rule},
                                              .tile_width = tiles[(kind + 2 * way) % 4][0],
                                              .tile_height = tiles[(kind + 2 * way) % 4][1]};
            struct rst_raster *in = layout_make((enum layout_kind)kind, mode, &shape, 31), *out = NULL;
            if (way == 0) out = layout_make((enum layout_kind)((kind + 3) % LAYOUT_KINDS), RST_SHARED, &shape, 33);
            check(in, out ? out : in, &options, expected);
            rst_close(&out);
            rst_close(&in);
        }
    free(expected);
}

static void as_if_stored(void **state)
{
    (void)state;
    every_way(shape_of(RST_U8, 61, 47, 3), RST_REPLICATE, LAYOUT_KINDS);
    every_way(shape_of(RST_U16, 37, 29, 2), RST_WRAP, LAYOUT_KINDS);
    every_way(shape_of(RST_F32, 83, 20, 1), RST_CONSTANT, LAYOUT_KINDS);
    every_way(shape_of(RST_F32, 2800, 70, 3), RST_REFLECT, 2);
}

/* Minimum and maximum of the whole become 0 and 200, of a window of it too. */
static void values_and_windows(void **state)
{
    static const struct rst_rect window = {10, 20, 30, 10};
    struct rst_shape shape = shape_of(RST_U16, 90, 70, 2), part = shape;
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = pipeline_of(0, 1);
    struct rst_raster *in = layout_make(LAYOUT_BSQ, RST_READ, &shape, 34);
    const uint16_t *pixels = layout_pixels(in);
    part.width = 30;
    part.height = 10;
    struct rst_raster *out = layout_make(LAYOUT_TILES_16, RST_SHARED, &part, 35);
    (void)state;
    MUST(rst_run(pipeline, in, out, &(struct rst_run_options){.threads = 2, .window = &window}, &err));
    for (int32_t band = 0; band < 2; band++) {
        double min = 1e9, max = -1e9;
        for (int i = band; i < 90 * 70 * 2; i += 2) {
            min = pixels[i] < min ? pixels[i] : min;
            max = pixels[i] > max ? pixels[i] : max;
        }
        double scale = 200 / (max - min), offset = -min * scale;
        for (int64_t y = 0; y < 10; y++)
            for (int64_t x = 0; x < 30; x++) {
                double value = pixels[((y + 20) * 90 + x + 10) * 2 + band];
                union rst_sample expected = rst_sample_from_double(value * scale + offset, RST_U16);
                assert_int_equal(layout_sample(out, x, y, band).u16, expected.u16);
            }
    }
    free((void *)pixels);
    rst_close(&out);
    rst_close(&in);
    rst_pipeline_free(&pipeline);
}

static void the_state_may_tell(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 40, 40, 1);
    struct rst_error err = {0};
    struct rst_report report;
    struct rst_cost cost;
    struct rst_pipeline *pipeline = NULL;
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 36);
    void *before = layout_pixels(raster);
    (void)state;
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &stretch_class, nothing, 1);
    stretch_prepared_without = 0;
    MUST(rst_run(pipeline, raster, raster, &(struct rst_run_options){.report = &report}, &err));
    assert_int_equal(report.passes, 1);
    assert_int_equal(stretch_prepared_without, 1);
    void *after = layout_pixels(raster);
    assert_memory_equal(before, after, bytes_of(&shape));
    rst_pipeline_free(&pipeline);

    pipeline = pipeline_of(0, STEPS);
    stretch_prepared_for_nothing = 0;
    MUST(rst_run_cost(pipeline, raster, raster, NULL, &cost, &err));
    assert_true(stretch_prepared_for_nothing >= 2); /* nothing is looked at to reckon a cost */
    assert_int_equal(cost.passes, 3);
    rst_pipeline_free(&pipeline);
    free(before);
    free(after);
    rst_close(&raster);
}

static int stop, stop_at;
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

/* Progress is told of all passes as of one; a cancelled survey leaves an image that runs in place as it was. */
static void progress_and_cancel(void **state)
{
    struct rst_shape shape = shape_of(RST_U16, 9000, 300, 1);
    struct rst_error err = {0};
    struct rst_report report;
    struct rst_pipeline *pipeline = pipeline_of(0, STEPS);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 37);
    struct rst_run_options options = {.threads = 1, .progress = on_progress, .cancel = &stop, .report = &report};
    void *before = layout_pixels(raster);
    (void)state;
    calls = told_done = told_total = stop = 0;
    stop_at = 2;
    assert_int_equal(rst_run(pipeline, raster, raster, &options, &err), RST_E_CANCELLED);
    assert_non_null(strstr(err.message, "nothing is changed: cancelled"));
    assert_int_equal(report.rows_done, 0);
    void *after = layout_pixels(raster);
    assert_memory_equal(before, after, bytes_of(&shape));
    calls = told_done = stop = stop_at = 0;
    MUST(rst_run(pipeline, raster, raster, &options, &err));
    assert_int_equal(told_total, 3 * shape.height);
    assert_true(told_done > 2 * shape.height);
    free(before);
    free(after);
    rst_close(&raster);
    rst_pipeline_free(&pipeline);
}

/* What the pass itself cannot do with is found out before the survey is run. */
static void refused_before(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 300, 300, 1);
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = pipeline_of(0, STEPS);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 38);
    struct rst_run_options options = {.threads = 1, .max_memory = 1000, .progress = on_progress};
    (void)state;
    calls = 0;
    assert_int_equal(rst_run(pipeline, raster, raster, &options, &err), RST_E_ARGUMENT);
    assert_int_equal(calls, 0);
    rst_close(&raster);
    rst_pipeline_free(&pipeline);
}

static void compressed(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 300, 260, 3);
    struct rst_error err = {0};
    struct rst_create_options create = {.compression = RST_COMPRESSION_DEFLATE, .overwrite = true};
    void *expected = one_by_one(&shape, RST_REPLICATE);
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct rst_raster *plain = layout_make(LAYOUT_BIP, RST_READ, &shape, 31), *packed = NULL, *in = NULL;
        const char *path = files_path(i % 2 ? "a.png" : "a.tif");
        MUST(rst_create(path, &shape, NULL, &create, &packed, &err));
        MUST(rst_run(NULL, plain, packed, NULL, &err));
        MUST(rst_commit(packed, &err));
        MUST(rst_open(path, RST_READ, NULL, &in, &err));
        struct rst_raster *out = layout_make(LAYOUT_BIL, RST_SHARED, &shape, 33);
        check(in, out, &(struct rst_run_options){.threads = 1 + i}, expected);
        rst_close(&out);
        rst_close(&in);
        rst_close(&packed);
        rst_close(&plain);
    }
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_if_stored),       cmocka_unit_test(values_and_windows),
        cmocka_unit_test(the_state_may_tell), cmocka_unit_test(progress_and_cancel),
        cmocka_unit_test(refused_before),     cmocka_unit_test(compressed),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
