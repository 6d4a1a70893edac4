/* canny against a reference that has the whole image before it: gradients, candidates and a flood, sample by sample. On
 * all types the result must be the very one; so it must for images whose edges wind through many tiles, and in as
 * little memory as there may be. */
#define _GNU_SOURCE 1
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

struct canny {
    double low, high;
    bool taxi;
};

/* One band of the image while it is looked at. */
struct band {
    int64_t width, height;
    double *right, *down, *size;
    char *marks; /* 0, 'w' or 's' */
    int64_t *stack;
};

static void gradients(const struct rst_shape *shape, const struct rst_border *border, const void *pixels, int32_t band,
                      bool taxi, struct band *to)
{
    for (int64_t y = 0; y < to->height; y++)
        for (int64_t x = 0; x < to->width; x++) {
            double v[9];
            struct neighbour centre = neighbour_at(shape, border, pixels, x, y, band);
            for (int k = 0; k < 9; k++) {
                struct neighbour near = neighbour_at(shape, border, pixels, x + k % 3 - 1, y + k / 3 - 1, band);
                v[k] = near.missing ? centre.value : near.value;
            }
            double gx = (v[2] - v[0]) + 2 * (v[5] - v[3]) + (v[8] - v[6]);
            double gy = (v[6] - v[0]) + 2 * (v[7] - v[1]) + (v[8] - v[2]);
            int64_t at = y * to->width + x;
            to->right[at] = gx;
            to->down[at] = gy;
            to->size[at] = centre.missing ? 0 : taxi ? fabs(gx) + fabs(gy) : gx * gx + gy * gy;
        }
}

static double size_at(const struct band *band, int64_t x, int64_t y)
{
    return x < 0 || y < 0 || x >= band->width || y >= band->height ? 0 : band->size[y * band->width + x];
}

/* Whether a sample is a ridge of the gradient: one of two equal ones is, along rows and columns. */
static bool is_ridge(const struct band *band, int64_t x, int64_t y)
{
    int64_t at = y * band->width + x;
    double m = band->size[at], gx = band->right[at], gy = band->down[at];
    double flat = fabs(gx) * 13573, steep = fabs(gy) * 32768;
    if (steep < flat) return m > size_at(band, x - 1, y) && m >= size_at(band, x + 1, y);
    if (steep > flat + fabs(gx) * 65536) return m > size_at(band, x, y - 1) && m >= size_at(band, x, y + 1);
    int s = (gx < 0) != (gy < 0) ? -1 : 1;
    return m > size_at(band, x - s, y - 1) && m > size_at(band, x + s, y + 1);
}

static void flood(struct band *band)
{
    int64_t depth = 0;
    for (int64_t at = 0; at < band->width * band->height; at++)
        if (band->marks[at] == 's') band->stack[depth++] = at;
    while (depth > 0) {
        int64_t at = band->stack[--depth], x = at % band->width, y = at / band->width;
        for (int64_t j = y - 1; j <= y + 1; j++)
            for (int64_t i = x - 1; i <= x + 1; i++) {
                if (i < 0 || j < 0 || i >= band->width || j >= band->height) continue;
                char *mark = &band->marks[j * band->width + i];
                if (*mark != 'w') continue;
                *mark = 's';
                band->stack[depth++] = j * band->width + i;
            }
    }
}

static union rst_sample level(enum rst_type type, bool on)
{
    static const double tops[] = {
        UINT8_MAX, INT8_MAX, UINT16_MAX, INT16_MAX, UINT32_MAX, INT32_MAX, 18446744073709551616., 9223372036854775808.,
        1,         1};
    return rst_sample_from_double(on ? tops[type] : 0, type);
}

/* Packed; to be freed. */
static void *reference(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                       struct canny canny)
{
    size_t count = (size_t)(shape->width * shape->height), size = rst_type_size(shape->type);
    char *result = malloc(oprun_bytes(shape));
    struct band band = {.width = shape->width,
                        .height = shape->height,
                        .right = malloc(count * sizeof(double)),
                        .down = malloc(count * sizeof(double)),
                        .size = malloc(count * sizeof(double)),
                        .marks = malloc(count),
                        .stack = malloc(count * sizeof(int64_t))};
    double low = canny.taxi ? canny.low : canny.low * canny.low;
    double high = canny.taxi ? canny.high : canny.high * canny.high;
    for (int32_t i = 0; i < shape->bands; i++) {
        gradients(shape, border, pixels, i, canny.taxi, &band);
        for (size_t at = 0; at < count; at++) {
            bool ridge = band.size[at] > low && is_ridge(&band, (int64_t)at % band.width, (int64_t)at / band.width);
            band.marks[at] = (char)(!ridge ? 0 : band.size[at] > high ? 's' : 'w');
        }
        flood(&band);
        for (size_t at = 0; at < count; at++) {
            union rst_sample sample = level(shape->type, band.marks[at] == 's');
            int64_t x = (int64_t)at % band.width, y = (int64_t)at / band.width;
            if (neighbour_at(shape, border, pixels, x, y, i).missing) sample = shape->nodata;
            memcpy(result + (at * (size_t)shape->bands + (size_t)i) * size, &sample, size);
        }
    }
    free(band.right);
    free(band.down);
    free(band.size);
    free(band.marks);
    free(band.stack);
    return result;
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static void text_of(struct canny canny, char *text, size_t size)
{
    snprintf(text, size, "canny --sigma 0 --low %.17g --high %.17g --norm %s", canny.low, canny.high,
             canny.taxi ? "l1" : "l2");
}

static void same(const struct rst_shape *shape, const void *got, const void *expected, const char *text)
{
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands); at++) {
        union rst_sample a = neighbour_sample(shape, got, at), b = neighbour_sample(shape, expected, at);
        if (rst_sample_equal(a, b, shape->type)) continue;
        size_t pixel = at / (size_t)shape->bands;
        fail_msg("%s, %s, %dx%dx%d: %g instead of %g at %d, %d, band %d", text, rst_type_name(shape->type),
                 (int)shape->width, (int)shape->height, (int)shape->bands, rst_sample_to_double(a, shape->type),
                 rst_sample_to_double(b, shape->type), (int)(pixel % (size_t)shape->width),
                 (int)(pixel / (size_t)shape->width), (int)(at % (size_t)shape->bands));
    }
}

static void check(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                  struct canny canny)
{
    char text[120];
    struct rst_run_options options = {.threads = 1, .border = *border};
    text_of(canny, text, sizeof text);
    void *expected = reference(shape, border, pixels, canny);
    void *result = neighbour_run_each(text, shape, pixels, &options, NULL);
    same(shape, result, expected, text);
    free(result);
    options = (struct rst_run_options){.threads = 3, .border = *border, .tile_width = 13, .tile_height = 5};
    result = neighbour_run(text, shape, pixels, &options, NULL);
    same(shape, result, expected, text);
    free(result);
    free(expected);
}

/* Limits that leave something of each kind, in noise that is as wide as the type. */
static struct canny limits_for(enum rst_type type, unsigned turn)
{
    double unit = rst_type_is_float(type) ? 2000 : ldexp(1, 8 * (int)rst_type_size(type));
    double low = turn % 3 == 0 ? 0 : unit * (turn % 3 == 1 ? 1.5 : 1.9);
    return (struct canny){.low = low, .high = turn % 3 == 2 ? low : low + unit / 1.5, .taxi = turn % 2};
}

static void each(bool has_nodata)
{
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int size = 0; size < neighbour_size_count; size++)
            for (int border = 0; border < neighbour_border_count; border++, turn++) {
                struct rst_shape shape =
                    shape_of(type, neighbour_sizes[size].width, neighbour_sizes[size].height, 1 + (int32_t)(turn % 4));
                shape.has_nodata = has_nodata;
                shape.nodata = rst_sample_from_double(rst_type_is_float(type) ? NAN : turn % 3, type);
                void *pixels = average_pixels(&shape, (enum average_fill)(turn % AVERAGE_FILLS), seed + turn);
                check(&shape, &neighbour_borders[border], pixels, limits_for(type, turn));
                free(pixels);
            }
}

static void test_reference(void **state)
{
    (void)state;
    each(false);
}

static void test_nodata(void **state)
{
    (void)state;
    each(true);
}

/* Gradients next to the limits between directions, and equal ones side by side. */
static void test_directions(void **state)
{
    uint64_t seed = layout_seed();
    (void)state;
    for (enum rst_type type = RST_U8; type <= RST_I16; type++)
        for (unsigned turn = 0; turn < 60; turn++) {
            struct rst_shape shape = shape_of(type, 40, 30, 1);
            void *pixels = calloc(1, oprun_bytes(&shape));
            for (size_t at = 0; at < oprun_bytes(&shape); at += rst_type_size(type))
                ((char *)pixels)[at] = (char)(layout_random(&seed) % (2 + turn % 7));
            check(&shape, &neighbour_borders[0], pixels, (struct canny){turn % 5, turn % 5 + turn % 3, turn % 2});
            free(pixels);
        }
}

/* A line one pixel wide and 3 apart from itself, from the rim to the middle: its whole length hangs together. The
 * beginning alone is bright enough. */
static void draw_spiral(uint8_t *pixels, int64_t width, int64_t height)
{
    static const int64_t steps[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    int64_t x = 2, y = 2, left = 2, right = width - 3, top = 2, bottom = height - 3, way = 0;
    memset(pixels, 0, (size_t)(width * height));
    pixels[y * width + x] = 255;
    while (left < right && top < bottom) {
        int64_t end = way == 0 ? right : way == 1 ? bottom : way == 2 ? left : top;
        while ((way % 2 ? y : x) != end) {
            x += steps[way][0];
            y += steps[way][1];
            uint8_t *at = &pixels[y * width + x];
            *at = *at ? *at : 60;
        }
        if (way == 0) top += 6;
        if (way == 1) right -= 6;
        if (way == 2) bottom -= 6;
        if (way == 3) left += 6;
        way = (way + 1) % 4;
    }
}

/* Up and down through all rows. */
static void draw_snake(uint8_t *pixels, int64_t width, int64_t height)
{
    memset(pixels, 0, (size_t)(width * height));
    for (int64_t x = 3; x < width - 8; x += 6) {
        for (int64_t y = 3; y < height - 3; y++)
            pixels[y * width + x] = 60;
        int64_t y = x / 6 % 2 ? 3 : height - 4;
        for (int64_t i = x; i <= x + 6; i++)
            pixels[y * width + i] = 60;
    }
    pixels[3 * width + 3] = 255;
}

static const struct canny line = {100, 500, false};

/* A line that winds through the whole image, from pixels to the last of its edges. */
static void test_long_lines(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 400, 330, 1);
    uint8_t *pixels = malloc(oprun_bytes(&shape));
    char text[120];
    (void)state;
    text_of(line, text, sizeof text);
    for (int snake = 0; snake < 2; snake++) {
        (snake ? draw_snake : draw_spiral)(pixels, shape.width, shape.height);
        void *expected = reference(&shape, &neighbour_borders[0], pixels, line);
        size_t on = 0;
        for (size_t at = 0; at < oprun_bytes(&shape); at++)
            on += ((uint8_t *)expected)[at] == 255;
        assert_true(on > oprun_bytes(&shape) / 8); /* all of the line was reached */
        check(&shape, &neighbour_borders[0], pixels, line);
        free(expected);
    }
    free(pixels);
}

/* ---- hysteresis by itself: marks are given, and parts are as small as the memory granted makes them ---- */

static const struct rst_op_class *canny_class(void)
{
    return rst_ops_find("canny");
}

static struct rst_raster *raster_of(const struct rst_shape *shape, const void *pixels)
{
    struct rst_error err = {0};
    struct rst_raster *raster = NULL;
    struct rst_view view =
        rst_view_packed((void *)(uintptr_t)pixels, shape->type, shape->width, shape->height, shape->bands);
    if (rst_raster_scratch(shape, NULL, &raster, &err) || rst_raster_write(raster, 0, 0, 0, &view, &err))
        fail_msg("%s", err.message);
    return raster;
}

/* Marks 0, 'w', 's' and 'm' as pixels. */
static void *pixels_of(const struct rst_shape *shape, const char *marks)
{
    size_t count = (size_t)(shape->width * shape->height * shape->bands), size = rst_type_size(shape->type);
    char *pixels = malloc(count * size);
    double weak = rst_type_is_float(shape->type) ? 0.5 : 1;
    for (size_t at = 0; at < count; at++) {
        double value = marks[at] == 'w' ? weak : marks[at] == 'm' ? 2 : 0;
        union rst_sample sample =
            marks[at] == 's' ? level(shape->type, true) : rst_sample_from_double(value, shape->type);
        memcpy(pixels + at * size, &sample, size);
    }
    return pixels;
}

/* What the marks should become, band by band. */
static void *settled(const struct rst_shape *shape, const char *marks)
{
    size_t count = (size_t)(shape->width * shape->height), bands = (size_t)shape->bands;
    size_t size = rst_type_size(shape->type);
    char *result = malloc(count * bands * size);
    struct band band = {.width = shape->width,
                        .height = shape->height,
                        .marks = malloc(count),
                        .stack = malloc(count * sizeof(int64_t))};
    for (size_t i = 0; i < bands; i++) {
        for (size_t at = 0; at < count; at++)
            band.marks[at] = marks[at * bands + i];
        flood(&band);
        for (size_t at = 0; at < count; at++) {
            union rst_sample sample = level(shape->type, band.marks[at] == 's');
            if (band.marks[at] == 'm') sample = shape->nodata;
            memcpy(result + (at * bands + i) * size, &sample, size);
        }
    }
    free(band.marks);
    free(band.stack);
    return result;
}

static void check_settle(const struct rst_shape *shape, const char *marks)
{
    static const uint64_t budgets[] = {0, 250000, 700000, 2000000};
    struct rst_stage stage = {.in = *shape, .out = *shape, .bands = shape->bands};
    void *pixels = pixels_of(shape, marks), *expected = settled(shape, marks);
    for (stage.isa = RST_ISA_BASE; stage.isa <= rst_isa_best(); stage.isa++)
        for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
            struct rst_error err = {0};
            struct rst_report report = {0};
            struct rst_run_options options = {
                .threads = 1 + (int)(i + stage.isa) % 4, .max_memory = budgets[i], .report = &report};
            struct rst_raster *raster = raster_of(shape, pixels);
            if (canny_class()->settle(NULL, &stage, raster, &options, &err)) fail_msg("%s", err.message);
            void *got = layout_pixels(raster);
            same(shape, got, expected, "hysteresis");
            free(got);
            rst_close(&raster);
        }
    free(pixels);
    free(expected);
}

static void test_parts(void **state)
{
    static const enum rst_type types[] = {RST_U8, RST_U8, RST_F32, RST_I16, RST_F64, RST_U64};
    uint64_t seed = layout_seed();
    (void)state;
    for (int turn = 0; turn < 6; turn++) {
        struct rst_shape shape = shape_of(types[turn], turn ? 230 : 1500, turn ? 300 : 900, 1 + turn % 3);
        size_t count = (size_t)(shape.width * shape.height * shape.bands);
        char *marks = malloc(count);
        shape.has_nodata = turn > 2;
        shape.nodata = rst_sample_from_double(turn == 4 ? NAN : 2, shape.type);
        for (size_t at = 0; at < count; at++) {
            uint64_t random = layout_random(&seed) % 10000;
            marks[at] = (char)(random < 3 ? 's' : random < 4200 ? 'w' : random > 9900 && turn > 2 ? 'm' : 0);
        }
        check_settle(&shape, marks);
        free(marks);
    }
}

/* One line through hundreds of parts, back and forth. */
static void test_lines_through_parts(void **state)
{
    static const int64_t sizes[][2] = {{400, 300}, {30, 9000}, {9000, 30}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        struct rst_shape shape = shape_of(RST_U8, sizes[i / 2][0], sizes[i / 2][1], 1);
        size_t count = oprun_bytes(&shape);
        uint8_t *pixels = malloc(count);
        (i % 2 ? draw_snake : draw_spiral)(pixels, shape.width, shape.height);
        for (size_t at = 0; at < count; at++)
            pixels[at] = (uint8_t)(pixels[at] == 255 ? 's' : pixels[at] ? 'w' : 0);
        check_settle(&shape, (char *)pixels);
        free(pixels);
    }
}

static void test_too_little_memory(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 700, 600, 1);
    struct rst_stage stage = {.in = shape, .out = shape, .bands = 1, .isa = RST_ISA_BASE};
    struct rst_run_options options = {.threads = 2, .max_memory = 10000};
    struct rst_error err = {0};
    uint8_t *pixels = calloc(1, oprun_bytes(&shape));
    struct rst_raster *raster = raster_of(&shape, pixels);
    int stop = 1;
    (void)state;
    assert_int_equal(canny_class()->settle(NULL, &stage, raster, &options, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "10000 are granted"));
    options.max_memory = 0;
    options.cancel = &stop;
    err = (struct rst_error){0};
    assert_int_equal(canny_class()->settle(NULL, &stage, raster, &options, &err), RST_E_CANCELLED);
    rst_close(&raster);
    free(pixels);
}

/* canny with a sigma is gaussblur, and then canny. */
static void test_sigma(void **state)
{
    (void)state;
    for (int turn = 0; turn < 8; turn++) {
        struct rst_shape shape = shape_of(turn % 4 == 0 ? RST_U8 : turn % 4 == 1 ? RST_U16 : RST_F32, 90, 70, 3);
        struct rst_run_options options = {.threads = 1, .border = neighbour_borders[turn % neighbour_border_count]};
        if (turn >= 4) shape.alpha = 2;
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 5);
        void *a = neighbour_run("canny --sigma 1.7 --low 9 --high 30", &shape, pixels, &options, NULL);
        void *b =
            neighbour_run("gaussblur --sigma 1.7 ! canny --sigma 0 --low 9 --high 30", &shape, pixels, &options, NULL);
        void *c = neighbour_run("canny --low 9 --high 30", &shape, pixels, &options, NULL);
        void *d =
            neighbour_run("gaussblur --sigma 1.4 ! canny --sigma 0 --low 9 --high 30", &shape, pixels, &options, NULL);
        assert_memory_equal(a, b, oprun_bytes(&shape));
        assert_memory_equal(c, d, oprun_bytes(&shape));
        free(a);
        free(b);
        free(c);
        free(d);
        free(pixels);
    }
}

static void test_floats(void **state)
{
    struct rst_shape shape = shape_of(RST_F32, 30, 30, 1);
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        float *pixels = average_pixels(&shape, AVERAGE_NOISE, 3);
        for (size_t i = 7; i < 900; i += 131)
            pixels[i] = kind == 0 ? NAN : kind == 1 ? INFINITY : -INFINITY;
        check(&shape, &neighbour_borders[0], pixels, (struct canny){1000, 3000, kind == 1});
        free(pixels);
    }
}

static void test_collisions(void **state)
{
    uint8_t pixels[25] = {0, 0, 90, 90, 90, 0, 0, 90, 90, 90, 0, 0, 90, 90, 90, 0, 0, 90, 90, 7, 0, 0, 90, 90, 90};
    struct rst_shape shape = shape_of(RST_U8, 5, 5, 1);
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    (void)state;
    shape.has_nodata = true;
    shape.nodata.u8 = 7;
    uint8_t *result = neighbour_run("canny --sigma 0 --low 10 --high 20", &shape, pixels, &options, NULL);
    assert_int_equal(result[19], 7);
    assert_int_equal(result[1], 255);
    assert_int_equal(report.collisions, 0);
    free(result);
    shape.nodata.u8 = 255;
    pixels[19] = 255;
    result = neighbour_run("canny --sigma 0 --low 10 --high 20", &shape, pixels, &options, NULL);
    assert_int_equal(report.collisions, 5);
    free(result);
}

static void refused(const char *text, bool palette, const char *why)
{
    uint8_t pixels[16] = {0};
    struct rst_shape shape = shape_of(RST_U8, 4, 4, 1);
    struct rst_error err = {0};
    shape.palette = palette;
    assert_int_equal(oprun(text, &shape, pixels, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, why)) fail_msg("%s: %s", text, err.message);
}

static void test_refused(void **state)
{
    (void)state;
    refused("canny --sigma 0 --low 1 --high 2", true, "colour map");
    refused("canny --low 1 --high 2", true, "colour map");
    refused("canny --low 3 --high 2", false, "--low 3 is above --high 2");
    refused("canny --low -1 --high 2", false, "--low");
    refused("canny --high 2", false, "--low");
    refused("canny --sigma 0.01 --low 1 --high 2", false, "--sigma");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_sigma),
        cmocka_unit_test(test_floats),
        cmocka_unit_test(test_collisions),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_lines_through_parts),
        cmocka_unit_test(test_too_little_memory),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
