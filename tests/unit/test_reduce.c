/* Reductions: every pixel is seen once, parts are merged in their order, and the result is the same whatever threads,
 * layout and memory there are. */
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

static void *reduced(const struct rst_reduction *reduction, const struct rst_pipeline *pipeline, struct rst_raster *in,
                     const struct rst_run_options *options)
{
    struct rst_error err = {0};
    void *result = NULL;
    MUST(rst_reduce(reduction, pipeline, in, options, &result, &err));
    assert_non_null(result);
    return result;
}

/* ---- a reduction that knows in which order it was called ---- */

struct trace {
    uint64_t hash, pixels, parts;
    bool started, finished;
};

static size_t trace_size(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    (void)reduction, (void)shape;
    return sizeof(struct trace);
}

static void trace_start(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                        void *accumulator, const void *before)
{
    (void)reduction, (void)before;
    struct trace *trace = accumulator;
    assert_true(isa > RST_ISA_AUTO && isa < RST_ISA_COUNT && shape->width > 0);
    assert_true(trace->hash == 0 && !trace->started);
    trace->started = true;
}

static void trace_row(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                      void *accumulator, const struct rst_run_of_pixels *run)
{
    (void)reduction;
    struct trace *trace = accumulator;
    (void)isa;
    size_t bytes = (size_t)(run->width * shape->bands) * rst_type_size(shape->type);
    for (size_t i = 0; i < bytes; i++)
        trace->hash = (trace->hash ^ ((const unsigned char *)run->samples)[i]) * UINT64_C(0x100000001b3);
    trace->hash += (uint64_t)run->width;
    trace->pixels += (uint64_t)run->width;
    trace->parts = 1;
}

static void trace_merge(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                        const void *more)
{
    (void)reduction;
    struct trace *trace = accumulator;
    const struct trace *part = more;
    (void)shape;
    assert_true(part->started && !part->finished && part->parts == 1);
    trace->hash = trace->hash * UINT64_C(0x9e3779b97f4a7c15) + part->hash;
    trace->pixels += part->pixels;
    trace->parts += part->parts;
}

static void trace_finish(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator)
{
    (void)reduction, (void)shape;
    ((struct trace *)accumulator)->finished = true;
}

static const struct rst_reduction trace_reduction = {.name = "trace",
                                                     .size = trace_size,
                                                     .start = trace_start,
                                                     .row = trace_row,
                                                     .merge = trace_merge,
                                                     .finish = trace_finish};

/* ---- a reduction that takes several rounds ---- */

struct rounds {
    uint64_t sums[4]; /* of the rounds: of samples, each plus what the round before found, modulo 2^64 */
    int round, finished;
};

static size_t rounds_size(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    (void)reduction, (void)shape;
    return sizeof(struct rounds);
}

static void rounds_start(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                         void *accumulator, const void *before)
{
    struct rounds *rounds = accumulator;
    (void)reduction, (void)shape, (void)isa;
    assert_true(rounds->round == 0 && rounds->finished == 0);
    if (!before) return;
    *rounds = *(const struct rounds *)before;
    assert_int_equal(rounds->finished, ++rounds->round);
}

static void rounds_row(const struct rst_reduction *reduction, const struct rst_shape *shape, enum rst_isa isa,
                       void *accumulator, const struct rst_run_of_pixels *run)
{
    struct rounds *rounds = accumulator;
    (void)reduction, (void)shape, (void)isa;
    for (int64_t i = 0; i < run->width; i++)
        rounds->sums[rounds->round] +=
            ((const uint8_t *)run->samples)[i] + (rounds->round > 0 ? rounds->sums[rounds->round - 1] : 0);
}

static void rounds_merge(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator,
                         const void *more)
{
    struct rounds *rounds = accumulator;
    const struct rounds *part = more;
    (void)reduction, (void)shape;
    assert_int_equal(rounds->round, part->round);
    rounds->sums[rounds->round] += part->sums[rounds->round];
}

static void rounds_finish(const struct rst_reduction *reduction, const struct rst_shape *shape, void *accumulator)
{
    (void)reduction, (void)shape;
    ((struct rounds *)accumulator)->finished++;
}

static int rounds_most(const struct rst_reduction *reduction, const struct rst_shape *shape)
{
    (void)reduction, (void)shape;
    return 4;
}

/* As many as the settings say. */
static bool rounds_again(const struct rst_reduction *reduction, const struct rst_shape *shape, const void *accumulator)
{
    (void)shape;
    return ((const struct rounds *)accumulator)->finished < *(const int *)reduction->settings;
}

static struct rst_reduction rounds_reduction(bool any_order, const int *wanted)
{
    return (struct rst_reduction){.name = "rounds",
                                  .settings = wanted,
                                  .any_order = any_order,
                                  .size = rounds_size,
                                  .start = rounds_start,
                                  .row = rounds_row,
                                  .merge = rounds_merge,
                                  .finish = rounds_finish,
                                  .again = rounds_again,
                                  .rounds = rounds_most};
}

/* ---- tests ---- */

static const struct {
    enum rst_type type;
    int64_t width, height;
    int32_t bands;
    bool several; /* parts */
} images[] = {
    {RST_U8, 1, 1, 1, false},      {RST_U8, 61, 47, 3, false},    {RST_F32, 7, 90000, 1, true},
    {RST_F64, 1500, 130, 3, true}, {RST_U16, 9000, 140, 2, true}, {RST_U8, 700000, 9, 1, true},
};

static void same_whatever_the_layout(void **state)
{
    static const int threads[] = {1, 2, 3, 8};
    (void)state;
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        struct rst_shape shape = shape_of(images[i].type, images[i].width, images[i].height, images[i].bands);
        struct rst_run_options options = {.threads = 1, .isa = RST_ISA_BASE};
        struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_READ, &shape, 3);
        struct trace *trace = reduced(&trace_reduction, NULL, raster, &options);
        void *stats = reduced(&rst_stats_reduction, NULL, raster, &options);
        assert_true(trace->finished && trace->pixels == (uint64_t)(shape.width * shape.height));
        assert_int_equal(trace->parts > 1, images[i].several);
        rst_close(&raster);
        for (int kind = (int)i % 3; kind < LAYOUT_KINDS; kind += i < 2 ? 1 : 3) { /* all, over all images */
            options = (struct rst_run_options){
                .threads = threads[kind % 4], .tile_width = kind * 9, .tile_height = kind % 3 * 5};
            raster = layout_make((enum layout_kind)kind, kind % 2 ? RST_SHARED : RST_READ, &shape, 3);
            struct trace *again = reduced(&trace_reduction, NULL, raster, &options);
            assert_memory_equal(again, trace, sizeof *trace);
            void *stats_again = reduced(&rst_stats_reduction, NULL, raster, &options);
            assert_memory_equal(stats_again, stats, sizeof(struct rst_band_stats) * (size_t)shape.bands);
            rst_close(&raster);
            free(again);
            free(stats_again);
        }
        free(trace);
        free(stats);
    }
}

static void numbers_are_right(void **state)
{
    struct rst_shape shape = shape_of(RST_U16, 9000, 140, 2);
    struct rst_raster *raster = layout_make(LAYOUT_TILES_64X32, RST_READ, &shape, 4);
    const uint16_t *pixels = layout_pixels(raster);
    struct rst_band_stats *stats = reduced(&rst_stats_reduction, NULL, raster, NULL);
    (void)state;
    for (int32_t band = 0; band < 2; band++) {
        uint64_t sum = 0;
        uint16_t min = UINT16_MAX, max = 0;
        for (size_t i = (size_t)band; i < 2 * 9000 * 140; i += 2) {
            sum += pixels[i];
            min = pixels[i] < min ? pixels[i] : min;
            max = pixels[i] > max ? pixels[i] : max;
        }
        assert_int_equal(stats[band].valid, 9000 * 140);
        assert_true(stats[band].sum == (double)sum);
        assert_int_equal(stats[band].min.u16, min);
        assert_int_equal(stats[band].max.u16, max);
    }
    free((void *)pixels);
    free(stats);
    rst_close(&raster);
}

/* A fused pipeline gives what its result would give that had been stored; and so with a window of it. */
static void after_a_pipeline(void **state)
{
    static const struct rst_rect windows[] = {{0, 0, 700, 260}, {13, 7, 650, 200}, {699, 259, 1, 1}};
    struct rst_shape shape = shape_of(RST_F32, 700, 260, 3);
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    (void)state;
    MUST(rst_pipeline_parse("gaussblur --sigma 3 ! rotate --angle 90 ! transpose", &pipeline, &err));
    struct rst_raster *in = layout_make(LAYOUT_TILES_16, RST_READ, &shape, 5);
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        struct rst_run_options options = {.threads = 2, .window = &windows[w]};
        struct rst_shape part = shape;
        part.width = windows[w].width;
        part.height = windows[w].height;
        struct rst_raster *stored = layout_make(LAYOUT_BSQ, RST_SHARED, &part, 6);
        MUST(rst_run(pipeline, in, stored, &options, &err));
        void *expected = reduced(&rst_stats_reduction, NULL, stored, NULL);
        void *got = reduced(&rst_stats_reduction, pipeline, in, &options);
        assert_memory_equal(got, expected, 3 * sizeof(struct rst_band_stats));
        free(got);
        free(expected);
        rst_close(&stored);
    }
    rst_close(&in);
    rst_pipeline_free(&pipeline);
}

static void cost_is_told_before(void **state)
{
    static const uint64_t limits[] = {0, 64 << 20, 12 << 20};
    struct rst_shape shape = shape_of(RST_F64, 1500, 700, 3);
    struct rst_raster *raster = layout_make(LAYOUT_TILES_64X32, RST_READ, &shape, 7);
    void *expected = reduced(&rst_stats_reduction, NULL, raster, NULL);
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rst_report report;
        struct rst_cost cost;
        struct rst_error err = {0};
        struct rst_run_options options = {.threads = 2, .max_memory = limits[i], .report = &report};
        MUST(rst_reduce_cost(&rst_stats_reduction, NULL, raster, &options, &cost, &err));
        void *got = reduced(&rst_stats_reduction, NULL, raster, &options);
        assert_memory_equal(got, expected, 3 * sizeof(struct rst_band_stats));
        assert_int_equal(report.passes, 1);
        assert_int_equal(cost.passes, 1);
        assert_int_equal(report.rows_done, 700);
        assert_int_equal(report.rows_total, 700);
        assert_int_equal(report.pixels, 1500 * 700);
        assert_int_equal(report.bytes_read, 1500 * 700 * 24);
        assert_int_equal(report.bytes_written, 0);
        assert_int_equal(report.tiles, cost.tiles);
        assert_int_equal(report.buffer_bytes, cost.buffer_bytes);
        assert_int_equal(cost.bounded, limits[i] == 12 << 20);
        if (limits[i]) assert_true(cost.peak_bytes <= limits[i]);
        free(got);
    }
    free(expected);
    rst_close(&raster);
}

static void expect_refused(struct rst_raster *raster, const struct rst_run_options *options, enum rst_status status,
                           const char *words)
{
    struct rst_error err = {0};
    void *result = &err;
    assert_int_equal(rst_reduce(&rst_stats_reduction, NULL, raster, options, &result, &err), status);
    assert_null(result);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

static void what_cannot_be_is_refused(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 100, 100, 1);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_READ, &shape, 8);
    const struct rst_rect outside = {90, 0, 11, 10};
    (void)state;
    expect_refused(raster, &(struct rst_run_options){.threads = -1}, RST_E_ARGUMENT, "-1 threads");
    expect_refused(raster, &(struct rst_run_options){.threads = 1, .max_memory = 1}, RST_E_ARGUMENT, "bytes of memory");
    expect_refused(raster, &(struct rst_run_options){.window = &outside}, RST_E_ARGUMENT, "90,0,11,10");
    rst_close(&raster);
}

static int stop;
static int64_t told_done, told_total;

static void on_progress(void *user, int64_t done, int64_t total)
{
    assert_true(done >= told_done && done <= total);
    told_done = done;
    told_total = total;
    if (user) stop = 1;
}

static void progress_and_cancel(void **state)
{
    struct rst_shape shape = shape_of(RST_U16, 9000, 640, 2);
    struct rst_raster *raster = layout_make(LAYOUT_BIP, RST_READ, &shape, 9);
    struct rst_run_options options = {.threads = 2, .progress = on_progress, .cancel = &stop};
    struct rst_report report;
    (void)state;
    stop = 0;
    told_done = 0;
    free(reduced(&rst_stats_reduction, NULL, raster, &options));
    assert_int_equal(told_total, 640);
    options.threads = 1;
    told_done = 0;
    options.user = &stop;
    options.report = &report;
    expect_refused(raster, &options, RST_E_CANCELLED, "cancelled");
    assert_true(report.rows_done < 640);
    rst_close(&raster);
}

/* A round begins where the one before ended; report, cost and progress count them all. */
static void several_rounds(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 9000, 1300, 1);
    struct rst_raster *raster = layout_make(LAYOUT_TILES_64X32, RST_READ, &shape, 12);
    const uint8_t *pixels = layout_pixels(raster);
    uint64_t sums[4] = {0}, all = (uint64_t)(shape.width * shape.height);
    (void)state;
    for (uint64_t i = 0; i < all; i++)
        sums[0] += pixels[i];
    for (int i = 1; i < 4; i++)
        sums[i] = sums[0] + all * sums[i - 1];
    for (int wanted = 1; wanted < 5; wanted++)
        for (int threads = 1; threads < 4; threads++) {
            struct rst_reduction reduction = rounds_reduction(threads % 2, &wanted);
            struct rst_report report;
            struct rst_cost cost;
            struct rst_error err = {0};
            struct rst_run_options options = {.threads = threads, .report = &report, .progress = on_progress};
            told_done = told_total = 0;
            struct rounds *rounds = reduced(&reduction, NULL, raster, &options);
            assert_int_equal(rounds->finished, wanted);
            for (int i = 0; i < 4; i++)
                assert_true(rounds->sums[i] == (i < wanted ? sums[i] : 0));
            assert_int_equal(report.passes, wanted);
            assert_int_equal(report.bytes_read, (uint64_t)wanted * all);
            assert_int_equal(report.rows_done, shape.height);
            assert_int_equal(told_total, 4 * shape.height);
            assert_true(told_done > 3 * shape.height);
            MUST(rst_reduce_cost(&reduction, NULL, raster, &options, &cost, &err));
            assert_int_equal(cost.passes, 4);
            assert_int_equal(cost.buffer_bytes, report.buffer_bytes);
            free(rounds);
        }
    free((void *)pixels);
    rst_close(&raster);
}

static void write_compressed(const char *path, struct rst_raster *from, int64_t tile)
{
    struct rst_error err = {0};
    struct rst_raster *out = NULL;
    struct rst_shape shape = rst_raster_shape(from);
    struct rst_create_options create = {
        .compression = RST_COMPRESSION_DEFLATE, .tile_width = tile, .tile_height = tile};
    MUST(rst_create(path, &shape, NULL, &create, &out, &err));
    MUST(rst_run(NULL, from, out, NULL, &err));
    MUST(rst_commit(out, &err));
    rst_close(&out);
}

static void compressed_input(void **state)
{
    struct rst_shape shape = shape_of(RST_U16, 700, 900, 3);
    struct rst_raster *plain = layout_make(LAYOUT_BIP, RST_READ, &shape, 10), *in = NULL;
    void *expected = reduced(&rst_stats_reduction, NULL, plain, NULL);
    struct rst_error err = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char *path = files_path(i ? "a.png" : "a.tif");
        write_compressed(path, plain, i ? 0 : 64);
        MUST(rst_open(path, RST_READ, NULL, &in, &err));
        for (int threads = 1; threads < 4; threads++) {
            struct rst_run_options options = {.threads = threads};
            void *got = reduced(&rst_stats_reduction, NULL, in, &options);
            assert_memory_equal(got, expected, 3 * sizeof(struct rst_band_stats));
            free(got);
        }
        rst_close(&in);
    }
    free(expected);
    rst_close(&plain);
}

/* The message is the decoder's, and nothing is left behind. */
static void damaged_input(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 700, 900, 3);
    struct rst_raster *plain = layout_make(LAYOUT_BIP, RST_READ, &shape, 10), *in = NULL;
    struct rst_open_options headers = {.headers_only = true};
    char *path = files_path("damaged.tif");
    struct rst_error err = {0};
    (void)state;
    write_compressed(path, plain, 64);
    MUST(rst_open(path, RST_READ, &headers, &in, &err));
    expect_refused(in, NULL, RST_E_UNSUPPORTED, "without its pixels");
    rst_close(&in);
    MUST(rst_open(path, RST_READ, NULL, &in, &err));
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    for (off_t at = files_length(path) / 2; at < files_length(path) - 1000; at += 100)
        assert_int_equal(pwrite(descriptor, "damage", 6, at), 6);
    close(descriptor);
    void *result = NULL;
    assert_int_not_equal(rst_reduce(&trace_reduction, NULL, in, NULL, &result, &err), RST_OK);
    assert_null(result);
    assert_non_null(strstr(err.message, "damaged.tif"));
    rst_close(&in);
    rst_close(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_whatever_the_layout),
        cmocka_unit_test(numbers_are_right),
        cmocka_unit_test(after_a_pipeline),
        cmocka_unit_test(cost_is_told_before),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(progress_and_cancel),
        cmocka_unit_test(several_rounds),
        cmocka_unit_test(compressed_input),
        cmocka_unit_test(damaged_input),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
