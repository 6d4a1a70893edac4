/* The promise, with the library's own operations: the bytes are the same out of place, in place SHARED and in place
 * PRIVATE, for any number of threads, any layout, and every instruction set of the machine. The reference is one run of
 * the baseline kernels in one thread over one whole tile; that its values are right is tested per operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"
#include "raster/sweep/run.h"
#include "tests/support/layouts.h"

static const char *const in_place_pipelines[] = {
    "invert",
    "linear --scale 1.3 --offset -7",
    "gamma --exponent 0.5",
    "box --radius 3",
    "gaussblur --sigma 1.3",
    "gaussblur --sigma 8",
    "sharpen --sigma 1 --amount 0.7",
    "unsharp --sigma 6.5 --amount 0.7 --threshold 5",
    "bilateral --sigma-space 1 --sigma-range 50",
    "conv --kernel '-1 -1 -1; -1 16 -1; -1 -1 -1' --divisor 8",
    "conv --kernel '1 2 3 4 5; 2 4 6 8 10; 1 2 3 4 5' --divisor 60 --bias 1",
    "median --size 5",
    "rank --size 4x3 --index 2",
    "median --size 33x31",
    "despeckle --threshold 30",
    "erode --size 3x15",
    "close --size 5 --shape disk",
    "tophat --size 9",
    "open --size 3 ! gradient --size 11 --shape cross",
    "sobel",
    "scharr",
    "laplacian --neighbours 8",
    "log --sigma 1.2",
    "canny --low 30 --high 100",
    "canny --sigma 0 --low 300 --high 600 ! box --radius 1",
    "scale --percent 2,98",
    "threshold --value otsu ! dilate --size 5",
    "reclassify --map '0-99=1,else=0'",
    "equalize",
    "clahe --tiles 3x2",
    "focal --stat mode --size 5",
    "focal --stat stddev --size 7x3",
    "srgb2linear",
    "invert ! gaussblur --sigma 2 ! sharpen --sigma 1 --amount 0.5 ! sobel ! linear --scale 0.5",
};

static const char *const other_pipelines[] = {
    "shrink --factor 3",
    "flip --axis h ! crop --rect 3,2,31,29 ! gaussblur --sigma 1",
    "cast --type f32 ! gaussblur --sigma 2 ! cast --type u8",
    "calc --expr '(A.1 - A.3) / (A.1 + A.3)' ! focal --stat range --size 5",
    "gray ! median --size 3 ! shrink --factor 2",
    "rgb2lab ! hsv2rgb",
    "flip --axis v ! box --radius 2 ! shrink --factor 2",
    "rotate --angle 90 ! gaussblur --sigma 1 ! transpose",
    "box --radius 2 ! rotate --angle 270 ! sobel",
};

static struct rst_pipeline *parsed(const char *text)
{
    struct rst_error err = {0};
    struct rst_pipeline *pipeline = NULL;
    if (rst_pipeline_parse(text, &pipeline, &err)) fail_msg("%s: %s", text, err.message);
    return pipeline;
}

static struct rst_shape shape_of(enum rst_type type, int32_t bands)
{
    return (struct rst_shape){.type = type, .width = 67, .height = 53, .bands = bands, .alpha = -1, .opacity = -1};
}

/* Runs, and returns the samples of the result, packed; `out` is NULL in place. */
static void *run_once(const char *text, const struct rst_pipeline *pipeline, struct rst_raster *in,
                      struct rst_raster *out, const struct rst_run_options *options)
{
    struct rst_error err = {0};
    if (rst_run(pipeline, in, out ? out : in, options, &err)) fail_msg("%s: %s", text, err.message);
    return layout_pixels(out ? out : in);
}

static size_t bytes_of(const struct rst_shape *shape)
{
    return (size_t)(shape->width * shape->height * shape->bands) * rst_type_size(shape->type);
}

static void expect_same(const void *got, const void *expected, const struct rst_shape *shape, const char *text,
                        const char *way, enum layout_kind kind, const struct rst_run_options *options)
{
    if (!memcmp(got, expected, bytes_of(shape))) return;
    size_t at = 0;
    while (((const char *)got)[at] == ((const char *)expected)[at])
        at++;
    at /= rst_type_size(shape->type);
    fail_msg("'%s' on %s, %s, %s, %d threads, %s, border %d: differs first at x %zu y %zu band %zu", text,
             rst_type_name(shape->type), way, layout_name(kind), options->threads, rst_isa_name(options->isa),
             (int)options->border.rule, at / (size_t)shape->bands % (size_t)shape->width,
             at / (size_t)(shape->bands * shape->width), at % (size_t)shape->bands);
}

static void try_way(const char *text, const struct rst_pipeline *pipeline, const struct rst_shape *shape,
                    const struct rst_shape *result, const void *expected, int way, enum layout_kind kind,
                    struct rst_run_options *options)
{
    static const char *const ways[] = {"out of place", "in place SHARED", "in place PRIVATE"};
    enum rst_mode mode = way == 0 ? RST_READ : way == 1 ? RST_SHARED : RST_PRIVATE;
    struct rst_raster *in = layout_make(kind, mode, shape, 11), *out = NULL;
    if (way == 0) out = layout_make((enum layout_kind)((kind + 5) % LAYOUT_KINDS), RST_SHARED, result, 12);
    void *before = way == 2 ? layout_file_bytes(in, NULL) : NULL;
    void *got = run_once(text, pipeline, in, out, options);
    expect_same(got, expected, result, text, ways[way], kind, options);
    if (way == 2) {
        uint64_t length;
        void *after = layout_file_bytes(in, &length);
        assert_memory_equal(before, after, (size_t)length);
        free(after);
        free(before);
    }
    free(got);
    rst_close(&out);
    rst_close(&in);
}

static void try_pipeline(const char *text, const struct rst_shape *shape, struct rst_border border, int ways)
{
    static const int threads[] = {1, 2, 3, 8};
    static const int64_t tiles[][2] = {{0, 0}, {9, 7}, {32, 16}, {100, 3}};
    struct rst_pipeline *pipeline = parsed(text);
    struct rst_shape result;
    assert_int_equal(rst_pipeline_plan(pipeline, shape, NULL, &result, NULL, NULL), RST_OK);
    struct rst_raster *in = layout_make(LAYOUT_BIP, RST_READ, shape, 11);
    struct rst_raster *out = layout_make(LAYOUT_BIP, RST_SHARED, &result, 12);
    struct rst_run_options plain = {
        .threads = 1, .border = border, .isa = RST_ISA_BASE, .tile_width = 10000, .tile_height = 10000};
    void *expected = run_once(text, pipeline, in, out, &plain);
    rst_close(&in);
    rst_close(&out);
    for (int isa = RST_ISA_BASE; isa <= (int)rst_isa_best(); isa++)
        for (int kind = 0; kind < LAYOUT_KINDS; kind++)
            for (int way = 0; way < ways; way++) {
                int t = (kind + way + isa) % 4;
                struct rst_run_options options = {.threads = threads[t],
                                                  .border = border,
                                                  .isa = (enum rst_isa)isa,
                                                  .tile_width = tiles[(kind + t) % 4][0],
                                                  .tile_height = tiles[(kind + t) % 4][1]};
                try_way(text, pipeline, shape, &result, expected, way, (enum layout_kind)kind, &options);
            }
    free(expected);
    rst_pipeline_free(&pipeline);
}

static void test_in_place(void **state)
{
    static const enum rst_type types[] = {RST_U8, RST_U16, RST_F32};
    static const struct rst_border borders[] = {{RST_REPLICATE, 0}, {RST_WRAP, 0}, {RST_REFLECT101, 0}};
    (void)state;
    for (size_t p = 0; p < sizeof in_place_pipelines / sizeof *in_place_pipelines; p++)
        for (int t = 0; t < 3; t++) {
            struct rst_shape shape = shape_of(types[t], t == 2 ? 2 : 3);
            try_pipeline(in_place_pipelines[p], &shape, borders[(p + (size_t)t) % 3], 3);
        }
}

static void test_other_types(void **state)
{
    static const enum rst_type types[] = {RST_I8, RST_I16, RST_U32, RST_I32, RST_U64, RST_I64, RST_F64};
    (void)state;
    for (size_t p = 3; p < sizeof in_place_pipelines / sizeof *in_place_pipelines; p++) {
        struct rst_shape shape = shape_of(types[p % 7], 2);
        try_pipeline(in_place_pipelines[p], &shape, (struct rst_border){RST_CONSTANT, 5}, 3);
    }
}

static void test_out_of_place(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof other_pipelines / sizeof *other_pipelines; p++) {
        struct rst_shape shape = shape_of(p % 2 ? RST_U16 : RST_U8, 3);
        try_pipeline(other_pipelines[p], &shape, (struct rst_border){RST_REFLECT, 0}, 1);
    }
}

/* Nodata and alpha take paths of their own through the kernels. */
static void test_special_samples(void **state)
{
    static const char *const pipelines[] = {"gaussblur --sigma 1.5", "box --radius 2", "sharpen --sigma 1 --amount 1",
                                            "conv --kernel '0 -1 0; -1 5 -1; 0 -1 0'", "sobel"};
    (void)state;
    for (size_t p = 0; p < sizeof pipelines / sizeof *pipelines; p++) {
        struct rst_shape shape = shape_of(RST_U8, 4);
        shape.has_nodata = true;
        shape.nodata.u8 = 17;
        try_pipeline(pipelines[p], &shape, (struct rst_border){0}, 3);
        shape.has_nodata = false;
        shape.alpha = shape.opacity = 3;
        try_pipeline(pipelines[p], &shape, (struct rst_border){0}, 3);
    }
}

/* A fused pipeline gives what its steps give one by one. */
static void test_steps(void **state)
{
    static const char *const steps[] = {"gaussblur --sigma 2", "sharpen --sigma 1 --amount 0.5", "cast --type u16",
                                        "shrink --factor 2", "sobel"};
    struct rst_shape shape = shape_of(RST_U8, 3);
    char text[300] = "";
    (void)state;
    for (size_t rule = RST_REPLICATE; rule <= RST_CONSTANT; rule++) {
        struct rst_run_options options = {
            .threads = 2, .border = {(enum rst_border_rule)rule, 9}, .tile_width = 11, .tile_height = 6};
        struct rst_raster *source = layout_make(LAYOUT_BIP, RST_READ, &shape, 21);
        struct rst_raster *at = layout_make(LAYOUT_BIP, RST_READ, &shape, 21);
        text[0] = 0;
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", s ? " ! " : "", steps[s]);
            struct rst_shape in = rst_raster_shape(at), out;
            struct rst_pipeline *one = parsed(steps[s]), *all = parsed(text);
            assert_int_equal(rst_pipeline_plan(one, &in, NULL, &out, NULL, NULL), RST_OK);
            struct rst_raster *next = layout_make(LAYOUT_TILES_16, RST_SHARED, &out, 22);
            struct rst_raster *fused = layout_make(LAYOUT_BSQ, RST_SHARED, &out, 23);
            free(run_once(steps[s], one, at, next, &options));
            void *expected = layout_pixels(next), *got = run_once(text, all, source, fused, &options);
            expect_same(got, expected, &out, text, "fused", LAYOUT_BIP, &options);
            free(expected);
            free(got);
            rst_close(&fused);
            rst_close(&at);
            at = next;
            rst_pipeline_free(&one);
            rst_pipeline_free(&all);
        }
        rst_close(&at);
        rst_close(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_place),        cmocka_unit_test(test_other_types), cmocka_unit_test(test_out_of_place),
        cmocka_unit_test(test_special_samples), cmocka_unit_test(test_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
