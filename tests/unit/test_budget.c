/* The memory budget: with whatever it is given, a run makes the same bytes; it holds no more than was told beforehand,
 * and takes the buffers that were told; with less than it needs it is refused, and the number in the message will do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/pages.h"
#include "raster/map/memory.h"
#include "raster/ops/ops.h"
#include "raster/sweep/run.h"
#include "tests/support/layouts.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WATCHED 0 /* resident memory is the sanitizer's */
#else
#define WATCHED 1
#endif

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        struct rst_error *const must_ = &err;                                                                          \
        must_->status = RST_OK;                                                                                        \
        if (call) fail_msg("%s", must_->message);                                                                      \
    } while (0)

static const struct rst_shape photo = {
    .type = RST_U8, .width = 1100, .height = 700, .bands = 3, .alpha = -1, .opacity = -1};

static uint64_t resident_now(void)
{
    struct rst_resident now = rst_memory_resident();
    return now.anonymous + now.file + now.shared;
}

/* Makes the kernel's peak start anew. */
static bool forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "we");
    if (!file) return false;
    bool done = fputs("5\n", file) >= 0;
    return fclose(file) == 0 && done;
}

static uint64_t peak_resident(void)
{
    char line[256];
    unsigned long long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %llu", &kilobytes) == 1) break;
    fclose(file);
    return (uint64_t)kilobytes << 10;
}

static struct rst_pipeline *parse(const char *text)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    MUST(rst_pipeline_parse(text, &pipeline, &err));
    return pipeline;
}

static void release(const struct rst_raster *raster)
{
    struct rst_error err = {0};
    const struct rst_layout *layout = rst_raster_layout(raster);
    MUST(rst_raster_release(raster, (struct rst_rect){0, 0, layout->width, layout->height}, &err));
}

/* Runs with a budget, and holds it to what was told. */
static void run_within(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                       uint64_t budget, int threads)
{
    struct rst_error err = {0};
    struct rst_report report;
    struct rst_cost cost;
    struct rst_run_options options = {.max_memory = budget, .threads = threads, .report = &report};
    MUST(rst_run_cost(pipeline, in, out, &options, &cost, &err));
    assert_true(cost.peak_bytes <= budget);
    assert_int_equal(cost.limit, budget);
    release(in);
    release(out);
    bool watched = WATCHED && forget_peak();
    uint64_t before = resident_now();
    MUST(rst_run(pipeline, in, out, &options, &err));
    uint64_t peak = peak_resident();
    assert_int_equal(report.rows_done, report.rows_total);
    assert_int_equal(report.buffer_bytes, cost.buffer_bytes);
    assert_int_equal(report.tiles, cost.tiles);
    const uint64_t inexact = UINT64_C(512) << 10; /* of the kernel's counters */
    if (watched && peak > before + cost.peak_bytes + inexact)
        fail_msg("budget %llu: told %llu, of them pages %llu and buffers %llu, held %llu", (unsigned long long)budget,
                 (unsigned long long)cost.peak_bytes, (unsigned long long)cost.page_bytes,
                 (unsigned long long)cost.buffer_bytes, (unsigned long long)(peak - before));
}

/* What the refusal of one byte says is needed. */
static uint64_t least_of(const struct rst_pipeline *pipeline, struct rst_raster *in, struct rst_raster *out,
                         int threads)
{
    struct rst_error err = {0};
    const struct rst_run_options options = {.max_memory = 1, .threads = threads};
    unsigned long long needed = 0;
    assert_int_equal(rst_run(pipeline, in, out, &options, &err), RST_E_ARGUMENT);
    const char *number = strstr(err.message, "needs ");
    assert_non_null(number);
    assert_int_equal(sscanf(number, "needs %llu bytes", &needed), 1);
    return needed;
}

static const char *const texts[] = {
    "invert",
    "gaussblur --sigma 2",
    "gaussblur --sigma 9 ! invert ! sobel",
    "flip --axis v",
    "flip --axis h",
    "rotate --angle 90",
    "transpose",
    "shrink --factor 3",
    "crop --rect 100,50,900,600",
    "open --size 9",
    "laplacian",
    "log --sigma 2",
    "canny --low 20 --high 90",
};

static void check_pair(const char *text, enum layout_kind from, enum layout_kind to, int threads)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = parse(text);
    struct rst_raster *in = layout_make(from, RST_READ, &photo, 1);
    struct rst_shape shape = rst_raster_shape(in), result;
    MUST(rst_pipeline_plan(pipeline, &shape, NULL, &result, NULL, &err));
    struct rst_raster *out = layout_make(to, RST_SHARED, &result, 2);
    MUST(rst_run(pipeline, in, out, NULL, &err));
    void *wanted = layout_pixels(out);
    size_t bytes = (size_t)(result.width * result.height * result.bands);
    uint64_t least = least_of(pipeline, in, out, threads);
    for (int i = 0; i < 2; i++) {
        rst_close(&out);
        out = layout_make(to, RST_SHARED, &result, 3);
        run_within(pipeline, in, out, least + least * (uint64_t)i / 2, threads);
        void *found = layout_pixels(out);
        if (memcmp(found, wanted, bytes) != 0) fail_msg("%s, %s to %s", text, layout_name(from), layout_name(to));
        free(found);
    }
    free(wanted);
    rst_close(&in);
    rst_close(&out);
    rst_pipeline_free(&pipeline);
}

static void test_operations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_pair(texts[i], LAYOUT_BIP, LAYOUT_BIP, 1 + (int)i % 3);
}

static void test_layouts(void **state)
{
    (void)state;
    for (enum layout_kind kind = 0; kind < LAYOUT_KINDS; kind++) {
        enum layout_kind other = (kind + LAYOUT_KINDS / 2) % LAYOUT_KINDS;
        check_pair("gaussblur --sigma 2", kind, other, 2);
    }
}

static void check_in_place(const char *text, enum layout_kind kind, enum rst_mode mode)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = parse(text);
    struct rst_raster *raster = layout_make(kind, mode, &photo, 1);
    MUST(rst_run(pipeline, raster, raster, NULL, &err));
    void *wanted = layout_pixels(raster);
    size_t bytes = (size_t)(photo.width * photo.height * photo.bands);
    uint64_t least = least_of(pipeline, raster, raster, 2);
    for (int i = 0; i < 2; i++) {
        rst_close(&raster);
        raster = layout_make(kind, mode, &photo, 1);
        run_within(pipeline, raster, raster, least + least * (uint64_t)i / 2, 2);
        void *found = layout_pixels(raster);
        if (memcmp(found, wanted, bytes) != 0) fail_msg("%s in place, %s, mode %d", text, layout_name(kind), (int)mode);
        free(found);
    }
    free(wanted);
    rst_close(&raster);
    rst_pipeline_free(&pipeline);
}

static void test_in_place(void **state)
{
    static const enum layout_kind kinds[] = {LAYOUT_BIP, LAYOUT_TILES_64X32, LAYOUT_BSQ, LAYOUT_PLANAR_STRIPS};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        check_in_place("invert", kinds[i], RST_SHARED);
        check_in_place("gaussblur --sigma 2", kinds[i], i % 2 ? RST_SHARED : RST_PRIVATE);
    }
}

/* An image so wide that a few rows of it are more than the budget. */
static void test_wide(void **state)
{
    struct rst_error err = {0};
    const struct rst_shape wide = {
        .type = RST_U8, .width = 200000, .height = 30, .bands = 3, .alpha = -1, .opacity = -1};
    (void)state;
    struct rst_pipeline *pipeline = parse("gaussblur --sigma 2");
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_READ, &wide, 1);
    struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &wide, 2);
    MUST(rst_run(pipeline, in, out, NULL, &err));
    void *wanted = layout_pixels(out);
    assert_true(least_of(pipeline, in, out, 2) < UINT64_C(6) << 20);
    rst_close(&out);
    out = layout_make(LAYOUT_BIP, RST_SHARED, &wide, 2);
    run_within(pipeline, in, out, UINT64_C(6) << 20, 2);
    void *found = layout_pixels(out);
    assert_memory_equal(found, wanted, (size_t)(wide.width * wide.height * wide.bands));
    free(found);
    free(wanted);
    rst_close(&in);
    rst_close(&out);
    rst_pipeline_free(&pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
