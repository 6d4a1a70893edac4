/* rotate and transpose, against looking every sample up: all types, sizes of pixels and images, tiles, layouts and
 * instruction sets; what turns add up to; and the metadata, which turns along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"
#include "tests/support/layouts.h"
#include "tests/support/oprun.h"

static uint64_t seed;

/* Pixel (x, y) of the result is pixel (column, row) of an image of width x height. */
struct place {
    int64_t column, row;
};
typedef struct place place_function(int64_t x, int64_t y, int64_t width, int64_t height);

static struct place quarter(int64_t x, int64_t y, int64_t width, int64_t height)
{
    (void)width;
    return (struct place){y, height - 1 - x};
}

static struct place half(int64_t x, int64_t y, int64_t width, int64_t height)
{
    return (struct place){width - 1 - x, height - 1 - y};
}

static struct place three_quarters(int64_t x, int64_t y, int64_t width, int64_t height)
{
    (void)height;
    return (struct place){width - 1 - y, x};
}

static struct place transposed(int64_t x, int64_t y, int64_t width, int64_t height)
{
    (void)width;
    (void)height;
    return (struct place){y, x};
}

static const struct turn {
    const char *text;
    place_function *place;
    bool swaps; /* width and height */
} turns[] = {
    {"rotate --angle 90", quarter, true},
    {"rotate --angle 180", half, false},
    {"rotate --angle 270", three_quarters, true},
    {"transpose", transposed, true},
};

enum { TURNS = sizeof turns / sizeof turns[0] };

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static size_t pixel_of(const struct rst_shape *shape)
{
    return rst_type_size(shape->type) * (size_t)shape->bands;
}

static char *noise(const struct rst_shape *shape)
{
    size_t size = rst_type_size(shape->type);
    char *pixels = malloc(oprun_bytes(shape)), *to = pixels;
    assert_non_null(pixels);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, to += size)
                memcpy(to, layout_noise(seed, shape->type, x, y, band).bytes, size);
    return pixels;
}

/* What the turn makes of the pixels; *out gets its shape. */
static char *turned(const struct turn *turn, const struct rst_shape *in, const char *pixels, struct rst_shape *out)
{
    size_t pixel = pixel_of(in);
    *out = *in;
    if (turn->swaps) {
        out->width = in->height;
        out->height = in->width;
    }
    char *result = malloc(oprun_bytes(out)), *to = result;
    assert_non_null(result);
    for (int64_t y = 0; y < out->height; y++)
        for (int64_t x = 0; x < out->width; x++, to += pixel) {
            struct place place = turn->place(x, y, in->width, in->height);
            memcpy(to, pixels + (size_t)(place.row * in->width + place.column) * pixel, pixel);
        }
    return result;
}

static void expect(const struct turn *turn, const struct rst_shape *in, const void *got, const void *wanted,
                   size_t bytes, const char *way)
{
    if (memcmp(got, wanted, bytes) != 0)
        fail_msg("%s on %d x %d x %d %s: %s", turn->text, (int)in->width, (int)in->height, (int)in->bands,
                 rst_type_name(in->type), way);
}

/* The result as a whole. */
static void check_run(const struct turn *turn, const struct rst_shape *in, const char *pixels, const char *wanted,
                      const struct rst_shape *out, struct rst_run_options *options, const char *way)
{
    struct rst_error err = {0};
    struct rst_shape found;
    char *got = calloc(1, oprun_bytes(out));
    assert_non_null(got);
    if (oprun(turn->text, in, pixels, options, got, &found, &err)) fail_msg("%s: %s", turn->text, err.message);
    assert_int_equal(found.width, out->width);
    assert_int_equal(found.height, out->height);
    assert_int_equal(found.type, in->type);
    assert_int_equal(found.bands, in->bands);
    expect(turn, in, got, wanted, oprun_bytes(out), way);
    free(got);
}

static void check_window(const struct turn *turn, const struct rst_shape *in, const char *pixels, const char *wanted,
                         const struct rst_shape *out)
{
    const struct rst_rect window = {out->width / 3, out->height / 2, out->width - out->width / 3,
                                    out->height - out->height / 2};
    struct rst_run_options options = {.threads = 1, .window = &window};
    struct rst_error err = {0};
    size_t pixel = pixel_of(in), line = (size_t)window.width * pixel;
    char *got = calloc((size_t)window.height, line);
    assert_non_null(got);
    if (oprun(turn->text, in, pixels, &options, got, NULL, &err)) fail_msg("%s: %s", turn->text, err.message);
    for (int64_t y = 0; y < window.height; y++)
        expect(turn, in, got + (size_t)y * line, wanted + (size_t)((y + window.y) * out->width + window.x) * pixel,
               line, "in a window");
    free(got);
}

static void check(const struct turn *turn, const struct rst_shape *in)
{
    struct rst_run_options whole = {.threads = 1, .tile_width = 1000000, .tile_height = 1000000};
    struct rst_run_options odd = {.threads = 3, .tile_width = 19, .tile_height = 7};
    struct rst_run_options single = {.threads = 2, .tile_width = 1, .tile_height = 1};
    struct rst_run_options *options[] = {NULL, &whole, &odd, &single};
    static const char *const ways[] = {"by default", "in one tile", "in tiles of 19 x 7", "pixel by pixel"};
    struct rst_shape out;
    char *pixels = noise(in), *wanted = turned(turn, in, pixels, &out);
    for (int i = 0; i < 4; i++)
        check_run(turn, in, pixels, wanted, &out, options[i], ways[i]);
    check_window(turn, in, pixels, wanted, &out);
    free(wanted);
    free(pixels);
}

static void every_image_is_turned(void **state)
{
    static const int64_t sides[][2] = {{1, 1}, {1, 37}, {37, 1}, {2, 3}, {16, 16}, {33, 18}, {21, 47}};
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t side = 0; side < sizeof sides / sizeof *sides; side++)
            for (int32_t bands = 1; bands <= 5; bands++)
                for (int i = 0; i < TURNS; i++) {
                    struct rst_shape in = shape_of((enum rst_type)type, sides[side][0], sides[side][1], bands);
                    check(&turns[i], &in);
                }
}

/* Pixels of every size up to 80 bytes: those that no kernel has a loop of its own for. */
static void every_pixel_size_is_turned(void **state)
{
    (void)state;
    for (int32_t bands = 6; bands <= 80; bands += bands < 34 ? 1 : 23)
        for (int i = 0; i < TURNS; i++) {
            struct rst_shape in = shape_of(RST_U8, 35, 21, bands);
            check(&turns[i], &in);
        }
}

static void every_instruction_set_turns_alike(void **state)
{
    (void)state;
    for (int isa = RST_ISA_BASE; isa <= (int)rst_isa_best(); isa++)
        for (int type = 0; type < RST_TYPE_COUNT; type++)
            for (int32_t bands = 1; bands <= 5; bands++) {
                struct rst_shape in = shape_of((enum rst_type)type, 67, 53, bands), out;
                struct rst_run_options options = {.threads = 1, .isa = (enum rst_isa)isa};
                char *pixels = noise(&in);
                for (int i = 0; i < TURNS; i++) {
                    char *wanted = turned(&turns[i], &in, pixels, &out);
                    check_run(&turns[i], &in, pixels, wanted, &out, &options, rst_isa_name((enum rst_isa)isa));
                    free(wanted);
                }
                free(pixels);
            }
}

/* Tiles that are too wide or too high for a turned copy of them: they are turned in groups of rows. A vertical flip
 * asks for them from the last to the first. */
static void tiles_of_any_size_are_turned(void **state)
{
    static const int64_t sides[][2] = {{130, 30011}, {30011, 130}};
    (void)state;
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < TURNS; i++) {
            struct rst_shape in = shape_of(RST_U8, sides[side][0], sides[side][1], 3), out;
            struct rst_run_options whole = {.threads = 1, .tile_width = 1000000, .tile_height = 1000000};
            char *pixels = noise(&in), *wanted = turned(&turns[i], &in, pixels, &out), text[60];
            check_run(&turns[i], &in, pixels, wanted, &out, &whole, "in groups");
            snprintf(text, sizeof text, "%s ! flip --axis v ! flip --axis v", turns[i].text);
            const struct turn twice = {text, turns[i].place, turns[i].swaps};
            check_run(&twice, &in, pixels, wanted, &out, &whole, "from below");
            free(wanted);
            free(pixels);
        }
}

static void every_layout_is_turned(void **state)
{
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_F64};
    (void)state;
    for (int kind = 0; kind < LAYOUT_KINDS; kind++)
        for (int i = 0; i < TURNS; i++)
            for (int t = 0; t < 3; t++) {
                struct rst_shape shape = shape_of(types[t], 71, 45, t == 1 ? 1 : 3), result;
                struct rst_run_options options = {.threads = 1 + t, .tile_width = t == 2 ? 23 : 0};
                struct rst_pipeline *pipeline = NULL;
                struct rst_error err = {0};
                assert_int_equal(rst_pipeline_parse(turns[i].text, &pipeline, &err), RST_OK);
                assert_int_equal(rst_pipeline_plan(pipeline, &shape, NULL, &result, NULL, &err), RST_OK);
                struct rst_raster *in = layout_make((enum layout_kind)kind, RST_READ, &shape, seed);
                struct rst_raster *out =
                    layout_make((enum layout_kind)((kind + 5 * t) % LAYOUT_KINDS), RST_SHARED, &result, seed + 1);
                if (rst_run(pipeline, in, out, &options, &err)) fail_msg("%s: %s", turns[i].text, err.message);
                char *pixels = noise(&shape), *wanted = turned(&turns[i], &shape, pixels, &result);
                char *got = layout_pixels(out);
                expect(&turns[i], &shape, got, wanted, oprun_bytes(&result), layout_name((enum layout_kind)kind));
                free(got);
                free(wanted);
                free(pixels);
                rst_close(&out);
                rst_close(&in);
                rst_pipeline_free(&pipeline);
            }
}

/* Both pipelines give the same image. */
static void expect_equal(const char *text, const char *other, const struct rst_shape *in)
{
    struct rst_run_options options = {.threads = 2, .tile_width = 13, .tile_height = 29};
    struct rst_shape out, same;
    struct rst_error err = {0};
    char *pixels = noise(in), *a = malloc(oprun_bytes(in)), *b = malloc(oprun_bytes(in));
    assert_true(a && b);
    if (oprun(text, in, pixels, &options, a, &out, &err)) fail_msg("%s: %s", text, err.message);
    if (oprun(other, in, pixels, NULL, b, &same, &err)) fail_msg("%s: %s", other, err.message);
    assert_int_equal(out.width, same.width);
    assert_int_equal(out.height, same.height);
    if (memcmp(a, b, oprun_bytes(&out)) != 0) fail_msg("%s is not %s", text, other);
    free(b);
    free(a);
    free(pixels);
}

static void turns_add_up(void **state)
{
    static const char *const pairs[][2] = {
        {"rotate --angle 90 ! rotate --angle 90 ! rotate --angle 90 ! rotate --angle 90", "crop --rect 0,0,43,29"},
        {"rotate --angle 90 ! rotate --angle 270", "crop --rect 0,0,43,29"},
        {"transpose ! transpose", "crop --rect 0,0,43,29"},
        {"rotate --angle 90 ! rotate --angle 90", "rotate --angle 180"},
        {"rotate --angle 180 ! rotate --angle 90", "rotate --angle 270"},
        {"rotate --angle 90 ! transpose", "flip --axis v"},
        {"transpose ! rotate --angle 90", "flip --axis h"},
        {"flip --axis h ! flip --axis v", "rotate --angle 180"},
        {"transpose ! flip --axis h", "rotate --angle 90"},
        {"conv --kernel '0 2 0; 0 0 1; 0 0 0' ! transpose", "transpose ! conv --kernel '0 0 0; 2 0 0; 0 1 0'"},
        {"sobel ! transpose ! conv --kernel '0 2 0'", "sobel ! conv --kernel '0; 2; 0' ! transpose"},
        {"transpose ! crop --rect 3,5,20,30", "crop --rect 5,3,30,20 ! transpose"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int type = 0; type < RST_TYPE_COUNT; type += 3) {
            struct rst_shape in = shape_of((enum rst_type)type, 43, 29, type % 2 ? 1 : 3);
            expect_equal(pairs[i][0], pairs[i][1], &in);
        }
}

static void marks_stay(void **state)
{
    const struct rst_shape in = {RST_U8, 9, 4, 2, 1, 1, true, true, {.u8 = 7}, {0}};
    (void)state;
    for (int i = 0; i < TURNS; i++) {
        struct rst_shape out;
        check(&turns[i], &in);
        assert_int_equal(oprun(turns[i].text, &in, NULL, NULL, NULL, &out, NULL), RST_OK);
        assert_true(out.has_nodata && out.palette && out.nodata.u8 == 7 && out.alpha == 1 && out.opacity == 1);
    }
}

static struct rst_pipeline *parsed(const char *text)
{
    struct rst_pipeline *pipeline = NULL;
    struct rst_error err = {0};
    if (rst_pipeline_parse(text, &pipeline, &err)) fail_msg("%s: %s", text, err.message);
    return pipeline;
}

/* The point of the source that a pixel's centre shows. */
static void maps_follow_the_pixels(void **state)
{
    const struct rst_shape in = shape_of(RST_U8, 100, 50, 1);
    (void)state;
    for (int i = 0; i < TURNS; i++) {
        struct rst_pipeline *pipeline = parsed(turns[i].text);
        struct rst_affine map;
        assert_int_equal(rst_pipeline_plan(pipeline, &in, NULL, NULL, &map, NULL), RST_OK);
        for (int64_t at = 0; at < 40; at++) {
            double x = (double)at + 0.5, y = (double)(45 - at) + 0.5;
            struct place place = turns[i].place(at, 45 - at, in.width, in.height);
            assert_true(map.m[0] * x + map.m[1] * y + map.m[2] == (double)place.column + 0.5);
            assert_true(map.m[3] * x + map.m[4] * y + map.m[5] == (double)place.row + 0.5);
        }
        rst_pipeline_free(&pipeline);
    }
}

/* The ground under a pixel stays the same, and resolutions go with their axes. */
static void metadata_turns_along(void **state)
{
    double scale[] = {10, 20, 0}, tie[] = {0, 0, 0, 500000, 4600000, 0};
    const struct rst_shape in = shape_of(RST_U8, 100, 50, 1);
    struct rst_meta meta = {
        .resolution_x = 300,
        .resolution_y = 150,
        .orientation = 6,
        .geo = {.pixel_scale = scale, .pixel_scale_count = 3, .tiepoints = tie, .tiepoint_numbers = 6}};
    (void)state;
    for (int i = 0; i < TURNS; i++) {
        struct rst_pipeline *pipeline = parsed(turns[i].text);
        struct rst_meta out = {0};
        struct rst_affine ground;
        assert_int_equal(rst_pipeline_meta(pipeline, &in, &meta, NULL, &out, NULL), RST_OK);
        assert_true(out.resolution_x == (turns[i].swaps ? 150 : 300));
        assert_true(out.resolution_y == (turns[i].swaps ? 300 : 150));
        assert_int_equal(out.orientation, 6);
        assert_true(rst_geo_transform(&out.geo, &ground));
        for (int64_t at = 0; at < 40; at++) {
            double x = (double)at + 0.5, y = (double)(45 - at) + 0.5;
            struct place place = turns[i].place(at, 45 - at, in.width, in.height);
            double east = 500000 + 10 * ((double)place.column + 0.5), north = 4600000 - 20 * ((double)place.row + 0.5);
            assert_true(ground.m[0] * x + ground.m[1] * y + ground.m[2] == east);
            assert_true(ground.m[3] * x + ground.m[4] * y + ground.m[5] == north);
        }
        rst_meta_clear(&out);
        rst_pipeline_free(&pipeline);
    }
}

static void refused(const char *text, const char *words)
{
    const struct rst_shape in = shape_of(RST_U8, 100, 50, 1);
    struct rst_error err = {0};
    assert_int_equal(oprun(text, &in, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s: '%s' lacks '%s'", text, err.message, words);
}

static void refused_in_place(const char *text, const struct rst_shape *in, const char *words)
{
    uint8_t pixels[16] = {1, 2, 3};
    struct rst_error err = {0};
    assert_int_equal(oprun_in_place(text, in, pixels, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s: '%s' lacks '%s'", text, err.message, words);
    assert_int_equal(pixels[2], 3);
}

static void what_cannot_be_done_is_refused(void **state)
{
    const struct rst_shape square = shape_of(RST_U8, 4, 4, 1), oblong = shape_of(RST_U8, 8, 2, 1);
    (void)state;
    refused("rotate", "rotate needs --angle");
    refused("rotate --angle 45", "90|180|270");
    refused("rotate --angle 0", "90|180|270");
    refused("rotate --angle -90", "90|180|270");
    refused("transpose --angle 90", "transpose takes no parameters");
    for (int i = 0; i < TURNS; i++)
        refused_in_place(turns[i].text, &square, "cannot run in place: it needs pixels from elsewhere");
    refused_in_place("rotate --angle 180", &oblong, "cannot run in place: it needs pixels from elsewhere");
    refused_in_place("rotate --angle 270", &oblong, "rotate cannot run in place: it makes 2 x 8 x 1 of 8 x 2 x 1");
    refused_in_place("transpose", &oblong, "transpose cannot run in place: it makes 2 x 8 x 1 of 8 x 2 x 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_image_is_turned),
        cmocka_unit_test(every_pixel_size_is_turned),
        cmocka_unit_test(every_instruction_set_turns_alike),
        cmocka_unit_test(tiles_of_any_size_are_turned),
        cmocka_unit_test(every_layout_is_turned),
        cmocka_unit_test(turns_add_up),
        cmocka_unit_test(marks_stay),
        cmocka_unit_test(maps_follow_the_pixels),
        cmocka_unit_test(metadata_turns_along),
        cmocka_unit_test(what_cannot_be_done_is_refused),
    };
    seed = layout_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
