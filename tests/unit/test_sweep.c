/* The executor's promise: the same samples in place or not, for any number of threads, tile size, layout, border and
 * window; and a fused pipeline gives what its steps give one by one. Tested with operations whose results change when
 * a single neighbour is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "raster/sweep/run.h"
#include "tests/support/layouts.h"
#include "tests/support/mixop.h"

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        struct rst_error *const must_ = &err;                                                                          \
        must_->status = RST_OK;                                                                                        \
        if (call) fail_msg("%s", must_->message);                                                                      \
    } while (0)

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static size_t bytes_of(const struct rst_shape *shape)
{
    return (size_t)(shape->width * shape->height * shape->bands) * rst_type_size(shape->type);
}

static const char *const wide[][2] = {{"left", "3"}, {"right", "1"}, {"up", "2"}, {"down", "4"}};
static const char *const small[][2] = {{"left", "1"}, {"right", "2"}, {"up", "1"}, {"down", "0"}};
static const struct mix wide_mix = {3, 1, 2, 4}, small_mix = {1, 2, 1, 0};

/* mix ! scramble ! mix */
static struct rst_pipeline *chain(void)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &mix_class, wide, 4);
    mixop_append(pipeline, &scramble_class, NULL, 0);
    mixop_append(pipeline, &mix_class, small, 4);
    return pipeline;
}

/* The same, step by step, on packed pixels. */
static void *chain_reference(const struct rst_shape *shape, const void *pixels, const struct rst_border *border)
{
    void *first = mixop_reference(shape, pixels, wide_mix, border);
    mixop_scramble(shape, first);
    void *second = mixop_reference(shape, first, small_mix, border);
    free(first);
    return second;
}

/* Puts `part`, the window of the result, over a copy of the source: what an in-place run on a window leaves. */
static void *patched(const struct rst_shape *shape, const void *source, const void *result, struct rst_rect window)
{
    size_t pixel = rst_type_size(shape->type) * (size_t)shape->bands;
    char *all = malloc(bytes_of(shape));
    memcpy(all, source, bytes_of(shape));
    for (int64_t y = window.y; y < window.y + window.height; y++) {
        size_t at = (size_t)(y * shape->width + window.x) * pixel;
        memcpy(all + at, (const char *)result + at, (size_t)window.width * pixel);
    }
    return all;
}

static void *cropped(const struct rst_shape *shape, const void *result, struct rst_rect window)
{
    size_t pixel = rst_type_size(shape->type) * (size_t)shape->bands;
    char *part = malloc((size_t)(window.width * window.height) * pixel);
    for (int64_t y = 0; y < window.height; y++)
        memcpy(part + (size_t)(y * window.width) * pixel,
               (const char *)result + (size_t)((window.y + y) * shape->width + window.x) * pixel,
               (size_t)window.width * pixel);
    return part;
}

static void compare(const struct rst_raster *raster, const void *expected, const char *what)
{
    struct rst_shape shape = rst_raster_shape(raster);
    void *got = layout_pixels(raster);
    if (memcmp(got, expected, bytes_of(&shape)) != 0) {
        size_t at = 0;
        while (((char *)got)[at] == ((const char *)expected)[at])
            at++;
        size_t sample = at / rst_type_size(shape.type);
        fail_msg("%s: differs first at x %zu y %zu band %zu", what, sample / (size_t)shape.bands % (size_t)shape.width,
                 sample / (size_t)(shape.bands * shape.width), sample % (size_t)shape.bands);
    }
    free(got);
}

struct trial {
    struct rst_shape shape;
    enum layout_kind from, to;
    enum rst_mode mode;
    struct rst_run_options options;
    bool in_place;
};

static void run_trial(const struct trial *trial, const struct rst_pipeline *pipeline, const void *source,
                      const void *result)
{
    struct rst_error err = {0};
    struct rst_rect all = {0, 0, trial->shape.width, trial->shape.height};
    struct rst_rect window = trial->options.window ? *trial->options.window : all;
    char what[200];
    snprintf(what, sizeof what, "%s from %s to %s, %d threads, tiles %lld x %lld, border %d",
             trial->in_place ? (trial->mode == RST_SHARED ? "in place SHARED" : "in place PRIVATE") : "out of place",
             layout_name(trial->from), layout_name(trial->to), trial->options.threads,
             (long long)trial->options.tile_width, (long long)trial->options.tile_height,
             (int)trial->options.border.rule);
    struct rst_raster *in = layout_make(trial->from, trial->in_place ? trial->mode : RST_READ, &trial->shape, 7);
    if (trial->in_place) {
        void *expected = patched(&trial->shape, source, result, window);
        MUST(rst_run(pipeline, in, in, &trial->options, &err));
        compare(in, expected, what);
        free(expected);
    } else {
        struct rst_shape shape = trial->shape;
        shape.width = window.width;
        shape.height = window.height;
        struct rst_raster *out = layout_make(trial->to, RST_SHARED, &shape, 8);
        void *expected = cropped(&trial->shape, result, window);
        MUST(rst_run(pipeline, in, out, &trial->options, &err));
        compare(out, expected, what);
        free(expected);
        rst_close(&out);
    }
    rst_close(&in);
}

/* All ways to run one pipeline on one shape and border. */
static void all_ways(struct rst_shape shape, struct rst_border border, const struct rst_rect *window, bool every_layout)
{
    static const int threads[] = {1, 2, 3, 8};
    static const int64_t tiles[][2] = {{0, 0}, {5, 3}, {17, 64}, {1000, 1}};
    struct rst_pipeline *pipeline = chain();
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_READ, &shape, 7);
    void *source = layout_pixels(raster), *result = chain_reference(&shape, source, &border);
    rst_close(&raster);
    for (int t = 0; t < 4; t++)
        for (int kind = 0; kind < (every_layout ? LAYOUT_KINDS : 1); kind++)
            for (int way = 0; way < 3; way++) {
                int other = (kind * 5 + t) % LAYOUT_KINDS;
                struct trial trial = {.shape = shape,
                                      .from = (enum layout_kind)(every_layout ? kind : LAYOUT_BIP),
                                      .to = (enum layout_kind)other,
                                      .mode = way == 2 ? RST_PRIVATE : RST_SHARED,
                                      .in_place = way > 0,
                                      .options = {.threads = threads[t],
                                                  .border = border,
                                                  .window = window,
                                                  .tile_width = tiles[(t + kind) % 4][0],
                                                  .tile_height = tiles[(t + kind) % 4][1]}};
                run_trial(&trial, pipeline, source, result);
            }
    free(source);
    free(result);
    rst_pipeline_free(&pipeline);
}

static const struct rst_border borders[] = {
    {RST_REPLICATE, 0}, {RST_REFLECT, 0}, {RST_REFLECT101, 0}, {RST_WRAP, 0}, {RST_CONSTANT, 77}};

static void test_every_layout(void **state)
{
    (void)state;
    for (int b = 0; b < 5; b++) {
        all_ways(shape_of(RST_U8, 61, 47, 3), borders[b], NULL, true);
        all_ways(shape_of(RST_U16, 37, 29, 2), borders[b], NULL, true);
    }
}

static void test_sizes(void **state)
{
    static const int64_t sizes[][2] = {{1, 1}, {1, 23}, {23, 1}, {2, 3}, {3, 2}, {5, 7}, {97, 89}, {300, 5}};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int b = 0; b < 5; b++)
            all_ways(shape_of(RST_U16, sizes[s][0], sizes[s][1], 1), borders[b], NULL, false);
}

static void test_windows(void **state)
{
    static const struct rst_rect windows[] = {
        {0, 0, 61, 47}, {10, 12, 30, 20}, {60, 46, 1, 1}, {0, 20, 61, 5}, {31, 0, 4, 47}};
    (void)state;
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++)
        for (int b = 0; b < 5; b++)
            all_ways(shape_of(RST_U8, 61, 47, 3), borders[b], &windows[w], b == 3);
}

/* A border so far out that it is reflected, or wrapped, several times. */
static void test_halo_beyond_image(void **state)
{
    static const char *const far[][2] = {{"left", "20"}, {"right", "20"}, {"up", "20"}, {"down", "20"}};
    struct rst_shape shape = shape_of(RST_U16, 7, 6, 2);
    (void)state;
    for (int b = 0; b < 5; b++) {
        struct rst_error err = {0};
        struct rst_pipeline *pipeline = NULL;
        MUST(rst_pipeline_new(&pipeline, &err));
        mixop_append(pipeline, &mix_class, far, 4);
        struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_READ, &shape, 7);
        void *source = layout_pixels(raster);
        void *result = mixop_reference(&shape, source, (struct mix){20, 20, 20, 20}, &borders[b]);
        rst_close(&raster);
        for (int way = 0; way < 2; way++) {
            struct trial trial = {.shape = shape,
                                  .mode = RST_SHARED,
                                  .in_place = way,
                                  .options = {.threads = 2, .border = borders[b], .tile_width = 3, .tile_height = 2}};
            run_trial(&trial, pipeline, source, result);
        }
        free(source);
        free(result);
        rst_pipeline_free(&pipeline);
    }
}

static void test_changed_size(void **state)
{
    struct rst_error err = {0};
    struct rst_shape shape = shape_of(RST_U16, 41, 33, 3), half = shape_of(RST_U16, 21, 17, 3);
    struct rst_pipeline *pipeline = NULL;
    (void)state;
    MUST(rst_pipeline_new(&pipeline, &err));
    mixop_append(pipeline, &mix_class, wide, 4);
    mixop_append(pipeline, &half_class, NULL, 0);
    mixop_append(pipeline, &mix_class, small, 4);
    for (int b = 0; b < 5; b++) {
        struct rst_raster *in = layout_make(LAYOUT_PLANAR_TILES, RST_READ, &shape, 7);
        void *source = layout_pixels(in), *mixed = mixop_reference(&shape, source, wide_mix, &borders[b]);
        uint16_t *halved = malloc(bytes_of(&half));
        for (int64_t y = 0; y < 17; y++)
            for (int64_t x = 0; x < 21; x++)
                memcpy(halved + (y * 21 + x) * 3, (uint16_t *)mixed + (2 * y * 41 + 2 * x) * 3, 6);
        void *expected = mixop_reference(&half, halved, small_mix, &borders[b]);
        for (int kind = 0; kind < LAYOUT_KINDS; kind++) {
            struct rst_raster *out = layout_make((enum layout_kind)kind, RST_SHARED, &half, 8);
            struct rst_run_options options = {.threads = 3, .border = borders[b], .tile_width = 6, .tile_height = 5};
            MUST(rst_run(pipeline, in, out, &options, &err));
            compare(out, expected, "mix ! half ! mix");
            rst_close(&out);
        }
        struct rst_raster *self = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 7);
        struct rst_error refused = {0};
        assert_int_equal(rst_run(pipeline, self, self, NULL, &refused), RST_E_ARGUMENT);
        assert_non_null(strstr(refused.message, "half cannot run in place"));
        rst_close(&self);
        free(expected);
        free(halved);
        free(mixed);
        free(source);
        rst_close(&in);
    }
    rst_pipeline_free(&pipeline);
}

/* An empty pipeline copies between any two layouts. */
static void test_copy(void **state)
{
    struct rst_error err = {0};
    struct rst_shape shape = shape_of(RST_F32, 53, 31, 4);
    (void)state;
    for (int from = 0; from < LAYOUT_KINDS; from++)
        for (int to = 0; to < LAYOUT_KINDS; to++) {
            struct rst_raster *in = layout_make((enum layout_kind)from, RST_READ, &shape, 3);
            struct rst_raster *out = layout_make((enum layout_kind)to, RST_SHARED, &shape, 4);
            void *expected = layout_pixels(in);
            MUST(rst_run(NULL, in, out, NULL, &err));
            compare(out, expected, "copy");
            free(expected);
            rst_close(&in);
            rst_close(&out);
        }
}

struct watcher {
    int64_t last;
    int calls;
    int cancel_at;
    volatile int cancel;
};

static void watch(void *user, int64_t done, int64_t total)
{
    struct watcher *watcher = user;
    assert_true(done >= watcher->last && done <= total);
    watcher->last = done;
    if (++watcher->calls == watcher->cancel_at) __atomic_store_n(&watcher->cancel, 1, __ATOMIC_RELAXED);
}

static void test_progress(void **state)
{
    struct rst_error err = {0};
    struct rst_shape shape = shape_of(RST_U8, 64, 100, 1);
    struct rst_pipeline *pipeline = chain();
    struct rst_report report;
    (void)state;
    for (int threads = 1; threads <= 3; threads += 2)
        for (int place = 0; place < 2; place++) {
            struct watcher watcher = {0};
            struct rst_raster *in = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 3);
            struct rst_raster *out = place ? in : layout_make(LAYOUT_BIP, RST_SHARED, &shape, 4);
            struct rst_run_options options = {.threads = threads,
                                              .progress = watch,
                                              .user = &watcher,
                                              .tile_width = 20,
                                              .tile_height = 10,
                                              .report = &report};
            MUST(rst_run(pipeline, in, out, &options, &err));
            assert_int_equal(report.rows_done, 100);
            assert_int_equal(report.rows_total, 100);
            assert_int_equal(report.pixels, 6400);
            assert_int_equal(report.in_place, place);
            if (threads == 1) assert_int_equal(watcher.last, 100);
            if (!place) rst_close(&out);
            rst_close(&in);
        }
    rst_pipeline_free(&pipeline);
}

/* Cancelled in place, the rows that the report names are changed and the others are not. */
static void test_cancel(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 64, 3000, 2);
    (void)state;
    for (int point = 0; point < 2; point++)
        for (int threads = 1; threads <= 2; threads++) {
            struct rst_error err = {0};
            struct watcher watcher = {.cancel_at = 5};
            struct rst_report report;
            struct rst_pipeline *pipeline = chain();
            if (point) {
                rst_pipeline_free(&pipeline);
                MUST(rst_pipeline_new(&pipeline, &err));
                mixop_append(pipeline, &scramble_class, NULL, 0);
            }
            struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 7);
            void *source = layout_pixels(raster);
            struct rst_border border = {0};
            void *result = point ? layout_pixels(raster) : chain_reference(&shape, source, &border);
            if (point) mixop_scramble(&shape, result);
            struct rst_run_options options = {.threads = threads,
                                              .progress = watch,
                                              .user = &watcher,
                                              .cancel = &watcher.cancel,
                                              .tile_height = 8,
                                              .tile_width = point ? 64 : 32,
                                              .report = &report};
            err = (struct rst_error){0};
            assert_int_equal(rst_run(pipeline, raster, raster, &options, &err), RST_E_CANCELLED);
            assert_true(report.rows_done > 0 && report.rows_done < 3000);
            char told[80];
            snprintf(told, sizeof told, "rows 0 to %lld are changed", (long long)report.rows_done - 1);
            if (!strstr(err.message, told)) fail_msg("'%s' does not tell '%s'", err.message, told);
            void *expected = patched(&shape, source, result, (struct rst_rect){0, 0, 64, report.rows_done});
            compare(raster, expected, "cancelled");
            free(expected);
            free(source);
            free(result);
            rst_close(&raster);
            rst_pipeline_free(&pipeline);
        }
}

static void test_refusals(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 20, 20, 1), larger = shape_of(RST_U8, 21, 20, 1);
    struct rst_pipeline *pipeline = chain();
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_READ, &shape, 1);
    struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &larger, 1);
    struct rst_rect outside = {10, 10, 11, 5};
    (void)state;
    struct rst_error err = {0};
    assert_int_equal(rst_run(pipeline, in, out, NULL, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "21 x 20 x 1"));
    err = (struct rst_error){0};
    assert_int_equal(rst_run(pipeline, in, in, NULL, &err), RST_E_READONLY);
    err = (struct rst_error){0};
    assert_int_equal(rst_run(pipeline, out, out, &(struct rst_run_options){.window = &outside, .threads = 1}, &err),
                     RST_OK);
    outside.width = 12;
    assert_int_equal(rst_run(pipeline, out, out, &(struct rst_run_options){.window = &outside}, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "10,10,12,5"));
    assert_int_equal(rst_run(pipeline, in, out, &(struct rst_run_options){.threads = -1}, NULL), RST_E_ARGUMENT);
    rst_close(&in);
    rst_close(&out);
    rst_pipeline_free(&pipeline);
}

/* What lies beside the changed pixels in their file, and is no longer true of them. */
static void test_stale(void **state)
{
    struct rst_error err = {0};
    struct rst_shape shape = shape_of(RST_U8, 20, 20, 1);
    struct rst_report report;
    struct rst_pipeline *pipeline = chain();
    (void)state;
    for (int overviews = 0; overviews <= 2; overviews++)
        for (int statistics = 0; statistics < 2; statistics++) {
            struct rst_raster *plain = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 1), *raster = NULL;
            struct rst_item item = {.key = "STATISTICS_MAXIMUM", .value = "9", .band = 0};
            struct rst_meta meta = {.overviews = overviews, .items = &item, .item_count = (size_t)statistics};
            struct rst_raster_parts parts = {
                .path = "stale", .format = "test", .layout = *rst_raster_layout(plain), .meta = &meta};
            MUST(rst_map_adopt(dup(rst_map_descriptor(rst_raster_map(plain))), "stale", RST_SHARED, 0, 0, &parts.map,
                               &err));
            MUST(rst_raster_new(&parts, &raster, &err));
            MUST(rst_run(pipeline, raster, raster, &(struct rst_run_options){.report = &report}, &err));
            assert_int_equal(strstr(report.warning, "overview") != NULL, overviews > 0);
            assert_int_equal(strstr(report.warning, "statistics") != NULL, statistics);
            struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 2);
            MUST(rst_run(pipeline, raster, out, &(struct rst_run_options){.report = &report}, &err));
            assert_string_equal(report.warning, "");
            rst_close(&out);
            rst_close(&raster);
            rst_close(&plain);
        }
    rst_pipeline_free(&pipeline);
}

static void test_memory_limit(void **state)
{
    struct rst_error err = {0};
    struct rst_shape shape = shape_of(RST_U16, 1000, 50, 2);
    struct rst_pipeline *pipeline = chain();
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_SHARED, &shape, 1);
    (void)state;
    assert_int_equal(rst_run(pipeline, raster, raster, &(struct rst_run_options){.max_memory = 10000}, &err),
                     RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "10000"));
    rst_close(&raster);
    rst_pipeline_free(&pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layout),      cmocka_unit_test(test_sizes),        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_halo_beyond_image), cmocka_unit_test(test_changed_size), cmocka_unit_test(test_copy),
        cmocka_unit_test(test_progress),          cmocka_unit_test(test_cancel),       cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_memory_limit),      cmocka_unit_test(test_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
