/* Morphology against minima and maxima found one sample at a time. Every result must be the very one, bit by bit, but
 * for the NaNs of differences. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

static const char *const operations[] = {"erode", "dilate", "open", "close", "tophat", "blackhat", "gradient"};
static const char *const window_shapes[] = {"square", "disk", "cross"};
enum { ERODE, DILATE, OPEN, CLOSE, TOPHAT, BLACKHAT, GRADIENT, OPERATIONS };
enum { SQUARE, DISK, CROSS, WINDOW_SHAPES };

struct window {
    int shape;
    int64_t width, height;
};

/* ---- the reference ---- */

static bool in_window(const struct window *window, int64_t dx, int64_t dy)
{
    int64_t a = window->width / 2, b = window->height / 2;
    if (window->shape == CROSS) return dx == 0 || dy == 0;
    return window->shape == SQUARE || dx * dx * b * b + dy * dy * a * a <= a * a * b * b;
}

static bool is_nan(union rst_sample v, enum rst_type type)
{
    return type == RST_F32 ? isnan(v.f32) : type == RST_F64 && isnan(v.f64);
}

static bool is_less(union rst_sample a, union rst_sample b, enum rst_type type)
{
    switch (type) {
#define LESS(UPPER, lower, ctype)                                                                                      \
    case RST_##UPPER:                                                                                                  \
        return a.lower < b.lower || (a.lower == b.lower && (type == RST_F32 || type == RST_F64) &&                     \
                                     signbit((double)a.lower) && !signbit((double)b.lower));
        RST_TYPES(LESS)
#undef LESS
    default:
        return false;
    }
}

static union rst_sample sample_at(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                                  int64_t x, int64_t y, int32_t band)
{
    x = rst_border_index(x, shape->width, border->rule);
    y = rst_border_index(y, shape->height, border->rule);
    if (x < 0 || y < 0) return rst_sample_from_double(border->value, shape->type);
    return neighbour_sample(shape, pixels, (size_t)((y * shape->width + x) * shape->bands + band));
}

static bool is_missing(const struct rst_shape *shape, union rst_sample v)
{
    return shape->has_nodata && rst_sample_equal(v, shape->nodata, shape->type);
}

static union rst_sample extreme_at(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                                   const struct window *window, bool greatest, int64_t x, int64_t y, int32_t band)
{
    union rst_sample best = sample_at(shape, border, pixels, x, y, band);
    bool found = false;
    if (is_missing(shape, best)) return best;
    for (int64_t dy = -window->height / 2; dy <= window->height / 2; dy++)
        for (int64_t dx = -window->width / 2; dx <= window->width / 2; dx++) {
            if (!in_window(window, dx, dy)) continue;
            union rst_sample v = sample_at(shape, border, pixels, x + dx, y + dy, band);
            if (is_missing(shape, v) || is_nan(v, shape->type)) continue;
            if (!found || (greatest ? is_less(best, v, shape->type) : is_less(v, best, shape->type))) best = v;
            found = true;
        }
    static const uint32_t nan32 = 0x7fc00000;
    static const uint64_t nan64 = UINT64_C(0x7ff8000000000000);
    if (!found) memcpy(&best, shape->type == RST_F32 ? (const void *)&nan32 : &nan64, rst_type_size(shape->type));
    return best;
}

static void *naive(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                   const struct window *window, bool greatest)
{
    size_t size = rst_type_size(shape->type), at = 0;
    char *result = malloc(oprun_bytes(shape));
    assert_non_null(result);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t band = 0; band < shape->bands; band++, at++) {
                union rst_sample v = extreme_at(shape, border, pixels, window, greatest, x, y, band);
                memcpy(result + at * size, v.bytes, size);
            }
    return result;
}

static union rst_sample difference(union rst_sample a, union rst_sample b, enum rst_type type)
{
    if (type == RST_F32) return (union rst_sample){.f32 = a.f32 - b.f32};
    if (type == RST_F64) return (union rst_sample){.f64 = a.f64 - b.f64};
    switch (type) {
#define DIFFERENCE(UPPER, lower, ctype)                                                                                \
    case RST_##UPPER: {                                                                                                \
        ctype result;                                                                                                  \
        if (__builtin_sub_overflow(a.lower, b.lower, &result))                                                         \
            return rst_sample_from_double(a.lower < b.lower ? -INFINITY : INFINITY, type);                             \
        return (union rst_sample){.lower = result};                                                                    \
    }
#define INTEGERS(X)                                                                                                    \
    X(U8, u8, uint8_t)                                                                                                 \
    X(I8, i8, int8_t)                                                                                                  \
    X(U16, u16, uint16_t)                                                                                              \
    X(I16, i16, int16_t)                                                                                               \
    X(U32, u32, uint32_t)                                                                                              \
    X(I32, i32, int32_t)                                                                                               \
    X(U64, u64, uint64_t)                                                                                              \
    X(I64, i64, int64_t)
        INTEGERS(DIFFERENCE)
#undef INTEGERS
#undef DIFFERENCE
    default:
        return a;
    }
}

/* a - b into a; missing samples of `pixels` stay missing. */
static void subtract(const struct rst_shape *shape, const void *pixels, void *a, const void *b)
{
    size_t size = rst_type_size(shape->type), count = oprun_bytes(shape) / size;
    for (size_t at = 0; at < count; at++) {
        union rst_sample centre = neighbour_sample(shape, pixels, at);
        union rst_sample v = difference(neighbour_sample(shape, a, at), neighbour_sample(shape, b, at), shape->type);
        memcpy((char *)a + at * size, is_missing(shape, centre) ? centre.bytes : v.bytes, size);
    }
}

static void *expected_of(int operation, const struct rst_shape *shape, const struct rst_border *border,
                         const void *pixels, const struct window *window)
{
    bool greatest = operation != ERODE && operation != OPEN && operation != TOPHAT;
    void *first = naive(shape, border, pixels, window, greatest), *result;
    if (operation == GRADIENT) {
        void *least = naive(shape, border, pixels, window, false);
        subtract(shape, pixels, first, least);
        free(least);
        return first;
    }
    if (operation == ERODE || operation == DILATE) return first;
    result = naive(shape, border, first, window, !greatest);
    free(first);
    if (operation == BLACKHAT) subtract(shape, pixels, result, pixels);
    if (operation != TOPHAT) return result;
    void *image = malloc(oprun_bytes(shape));
    assert_non_null(image);
    memcpy(image, pixels, oprun_bytes(shape));
    subtract(shape, pixels, image, result);
    free(result);
    return image;
}

/* ---- comparing ---- */

static void compare(const char *text, const struct rst_shape *shape, const struct rst_border *border, const void *got,
                    const void *expected, bool any_nan)
{
    size_t size = rst_type_size(shape->type), count = oprun_bytes(shape) / size;
    for (size_t at = 0; at < count; at++) {
        union rst_sample a = neighbour_sample(shape, got, at), b = neighbour_sample(shape, expected, at);
        if (memcmp(&a, &b, size) == 0 || (any_nan && is_nan(a, shape->type) && is_nan(b, shape->type))) continue;
        fail_msg("%s on %s %dx%dx%d, border %d%s: %.17g instead of %.17g at x %d y %d band %d", text,
                 rst_type_name(shape->type), (int)shape->width, (int)shape->height, (int)shape->bands,
                 (int)border->rule, shape->has_nodata ? ", nodata" : "", rst_sample_to_double(a, shape->type),
                 rst_sample_to_double(b, shape->type), (int)(at / (size_t)shape->bands % (size_t)shape->width),
                 (int)(at / (size_t)(shape->bands * shape->width)), (int)(at % (size_t)shape->bands));
    }
}

static void write_text(char *text, size_t size, int operation, const struct window *window)
{
    snprintf(text, size, "%s --size %dx%d --shape %s", operations[operation], (int)window->width, (int)window->height,
             window_shapes[window->shape]);
}

static void check(int operation, const struct window *window, const struct rst_shape *shape,
                  const struct rst_border *border, const void *pixels)
{
    char text[80];
    struct rst_run_options options = {.threads = 1, .border = *border};
    write_text(text, sizeof text, operation, window);
    void *result = neighbour_run_each(text, shape, pixels, &options, NULL);
    void *expected = expected_of(operation, shape, border, pixels, window);
    compare(text, shape, border, result, expected, operation >= TOPHAT);
    free(expected);
    free(result);
}

/* ---- pixels ---- */

/* NaNs of several kinds, infinities and zeros of both signs, now and then. */
static void sprinkle(const struct rst_shape *shape, void *pixels, uint64_t seed)
{
    static const uint32_t odd32[] = {0x7fc00000, 0xffc00001, 0x7f800001, 0xffffffff, 0x7f800000,
                                     0xff800000, 0x80000000, 0x00000000, 0x00000001, 0x80000001};
    static const uint64_t odd64[] = {UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000001),
                                     UINT64_C(0x7ff0000000000001), UINT64_C(0xffffffffffffffff),
                                     UINT64_C(0x7ff0000000000000), UINT64_C(0xfff0000000000000),
                                     UINT64_C(0x8000000000000000), UINT64_C(0x0000000000000000),
                                     UINT64_C(0x0000000000000001), UINT64_C(0x8000000000000001)};
    size_t size = rst_type_size(shape->type), count = oprun_bytes(shape) / size;
    uint64_t often = 1 + layout_random(&seed) % 12; /* 1: all of them */
    for (size_t at = 0; at < count; at++) {
        uint64_t luck = layout_random(&seed);
        if (!rst_type_is_float(shape->type) || luck % often) continue;
        const void *odd = size == 4 ? (const void *)&odd32[luck / often % 10] : &odd64[luck / often % 10];
        memcpy((char *)pixels + at * size, odd, size);
    }
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static void *pixels_of(const struct rst_shape *shape, unsigned turn)
{
    void *pixels = average_pixels(shape, (enum average_fill)(turn % AVERAGE_FILLS), turn);
    if (turn % 2) sprinkle(shape, pixels, turn);
    return pixels;
}

static void set_nodata(struct rst_shape *shape, unsigned turn)
{
    static const double values[] = {NAN, 77, 0, INFINITY, -INFINITY};
    shape->has_nodata = true;
    shape->nodata = rst_sample_from_double(values[turn % 5], shape->type);
}

static const int64_t window_sizes[][2] = {{1, 1},   {3, 3},   {5, 5},  {7, 7}, {9, 9},  {11, 11}, {13, 13},
                                          {15, 15}, {63, 63}, {15, 1}, {1, 9}, {3, 11}, {13, 5},  {9, 63}};
enum { WINDOW_SIZES = sizeof window_sizes / sizeof *window_sizes };

/* ---- tests ---- */

/* Everything that can be asked for, on images, borders and bands in turn. */
static void each(bool has_nodata)
{
    unsigned turn = (unsigned)layout_seed() % 1000;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int operation = 0; operation < OPERATIONS; operation++)
            for (int kind = 0; kind < WINDOW_SHAPES; kind++)
                for (int size = 0; size < WINDOW_SIZES; size++, turn++) {
                    struct window window = {kind, window_sizes[size][0], window_sizes[size][1]};
                    const struct neighbour_size *image = &neighbour_sizes[turn % (unsigned)neighbour_size_count];
                    int64_t area = window.width * window.height;
                    if (area > 100 && image->width > 40) image = &neighbour_sizes[5];
                    struct rst_shape shape =
                        shape_of(type, image->width, image->height, area > 2000 ? 1 : 1 + (int32_t)(turn / 3 % 4));
                    if (has_nodata) set_nodata(&shape, turn / 7);
                    void *pixels = pixels_of(&shape, turn);
                    check(operation, &window, &shape, &neighbour_borders[turn % 5], pixels);
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

/* Rows that are longer than the pieces that kernels take them in. */
static void test_long_rows(void **state)
{
    static const struct window windows[] = {
        {SQUARE, 31, 3}, {SQUARE, 3, 31}, {DISK, 9, 9}, {CROSS, 21, 21}, {DISK, 33, 5}};
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_F64};
    (void)state;
    for (int i = 0; i < 5; i++)
        for (int t = 0; t < 3; t++) {
            struct rst_shape shape = shape_of(types[t], 4200 / (1 + 2 * t), 5, 3);
            void *pixels = pixels_of(&shape, (unsigned)(9 + i));
            check(i % 2 ? OPEN : DILATE, &windows[i], &shape, &neighbour_borders[i], pixels);
            free(pixels);
        }
}

/* The greatest windows, on an image that is smaller. */
static void test_great_windows(void **state)
{
    (void)state;
    for (int kind = 0; kind < WINDOW_SHAPES; kind++)
        for (int border = 0; border < neighbour_border_count; border++) {
            struct window window = {kind, 511, 511};
            struct rst_shape shape = shape_of(border % 2 ? RST_U8 : RST_F32, 4, 3, 1);
            void *pixels = pixels_of(&shape, (unsigned)border);
            check(border % 2 ? ERODE : CLOSE, &window, &shape, &neighbour_borders[border], pixels);
            free(pixels);
        }
}

/* A row of output may be asked for again, and rows in falling order: the next operation's border reflects. */
static void test_pipelines(void **state)
{
    static const int pairs[][3] = {{OPEN, ERODE, DILATE}, {CLOSE, DILATE, ERODE}};
    (void)state;
    for (int pair = 0; pair < 2; pair++)
        for (int kind = 0; kind < WINDOW_SHAPES; kind++)
            for (int size = 1; size < WINDOW_SIZES; size += 3)
                for (int border = 0; border < neighbour_border_count; border++)
                    for (int image = 3; image < neighbour_size_count; image += 2) {
                        char one[80], two[80], both[180];
                        struct window window = {kind, window_sizes[size][0], window_sizes[size][1]};
                        struct rst_shape shape =
                            shape_of(border % 2 ? RST_F32 : RST_U8, neighbour_sizes[image].width + 8,
                                     neighbour_sizes[image].height + 9, 2);
                        struct rst_run_options options = {
                            .threads = 1, .border = neighbour_borders[border], .tile_width = 10, .tile_height = 11};
                        if (size % 2) set_nodata(&shape, (unsigned)image);
                        void *pixels = pixels_of(&shape, (unsigned)(size + border + image));
                        write_text(both, sizeof both, pairs[pair][0], &window);
                        void *got = neighbour_run(both, &shape, pixels, &options, NULL);
                        write_text(one, sizeof one, pairs[pair][1], &window);
                        write_text(two, sizeof two, pairs[pair][2], &window);
                        snprintf(both, sizeof both, "%s ! %s", one, two);
                        void *expected = neighbour_run(both, &shape, pixels, &options, NULL);
                        compare(both, &shape, &neighbour_borders[border], got, expected, false);
                        free(expected);
                        free(got);
                        free(pixels);
                    }
}

static void test_promise(void **state)
{
    (void)state;
    for (int turn = 0; turn < OPERATIONS * WINDOW_SHAPES * 2 * 4; turn++) {
        char text[80];
        struct window window = {turn / OPERATIONS % WINDOW_SHAPES, 5 + turn % 2 * 8, 9 - turn % 3 * 4};
        struct rst_shape shape = shape_of(turn % 2 ? RST_U8 : RST_F32, 131, 40, 3);
        struct rst_run_options whole = {.threads = 1, .border = neighbour_borders[turn % 5]}, tiles = whole;
        struct rst_error err = {0};
        if (turn / 21 % 2) set_nodata(&shape, (unsigned)turn);
        void *pixels = pixels_of(&shape, (unsigned)turn);
        write_text(text, sizeof text, turn % OPERATIONS, &window);
        void *expected = neighbour_run(text, &shape, pixels, &whole, NULL);
        tiles.threads = 3;
        tiles.tile_width = 11;
        tiles.tile_height = 5;
        assert_int_equal(oprun_in_place(text, &shape, pixels, &tiles, &err), RST_OK);
        compare(text, &shape, &tiles.border, pixels, expected, false);
        free(expected);
        free(pixels);
    }
}

/* What a single bright pixel becomes. */
static void check_picture(const char *pipeline, const char *picture)
{
    enum { SIDE = 9 };
    uint8_t pixels[SIDE * SIDE] = {0};
    struct rst_shape shape = shape_of(RST_U8, SIDE, SIDE, 1);
    pixels[SIDE * SIDE / 2] = 1;
    uint8_t *result = neighbour_run(pipeline, &shape, pixels, &(struct rst_run_options){.threads = 1}, NULL);
    for (int at = 0; at < SIDE * SIDE; at++)
        if (result[at] != (picture[at] == '#')) fail_msg("%s: not so at %d, %d", pipeline, at % SIDE, at / SIDE);
    free(result);
}

static void test_shapes(void **state)
{
    (void)state;
    /* clang-format off */
    check_picture("dilate --size 3 --shape disk",
                  "........."
                  "........."
                  "........."
                  "....#...."
                  "...###..."
                  "....#...."
                  "........."
                  "........."
                  ".........");
    check_picture("dilate --size 7 --shape disk",
                  "........."
                  "....#...."
                  "..#####.."
                  "..#####.."
                  ".#######."
                  "..#####.."
                  "..#####.."
                  "....#...."
                  ".........");
    check_picture("dilate --size 7x3 --shape disk",
                  "........."
                  "........."
                  "........."
                  "....#...."
                  ".#######."
                  "....#...."
                  "........."
                  "........."
                  ".........");
    check_picture("dilate --size 5x3 --shape cross",
                  "........."
                  "........."
                  "........."
                  "....#...."
                  "..#####.."
                  "....#...."
                  "........."
                  "........."
                  ".........");
    check_picture("dilate --size 5x3",
                  "........."
                  "........."
                  "........."
                  "..#####.."
                  "..#####.."
                  "..#####.."
                  "........."
                  "........."
                  ".........");
    /* clang-format on */
}

static void test_collisions(void **state)
{
    (void)state;
    uint8_t pixels[5] = {7, 7, 7, 0, 9}; /* the opening is 7 7 7 . 9: the differences are 0, as nodata is */
    uint8_t expected[5] = {0};
    struct rst_shape shape = shape_of(RST_U8, 5, 1, 1);
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    set_nodata(&shape, 2);
    uint8_t *result = neighbour_run("tophat --size 3", &shape, pixels, &options, NULL);
    assert_memory_equal(result, expected, sizeof expected);
    assert_int_equal(report.collisions, 4);
    free(result);
}

static void expect_refused(const char *pipeline, const struct rst_shape *shape, const char *words)
{
    struct rst_error err = {0};
    assert_int_equal(oprun(pipeline, shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s: '%s' says nothing of %s", pipeline, err.message, words);
}

static void test_refusals(void **state)
{
    struct rst_shape shape = shape_of(RST_U8, 4, 4, 1), palette = shape;
    struct rst_error err = {0};
    palette.palette = true;
    (void)state;
    expect_refused("erode", &shape, "needs --size");
    expect_refused("erode --size 4", &shape, "erode --size 4x4: both sides must be odd");
    expect_refused("close --size 3x6", &shape, "close --size 3x6: both sides must be odd");
    expect_refused("dilate --size 513", &shape, "511");
    expect_refused("dilate --size 0", &shape, "511");
    expect_refused("dilate --size 3 --shape ball", &shape, "square|disk|cross");
    for (int operation = 0; operation < OPERATIONS; operation++) {
        char text[80];
        write_text(text, sizeof text, operation, &(struct window){SQUARE, 3, 3});
        if (operation >= TOPHAT)
            expect_refused(text, &palette, "colour map");
        else
            assert_int_equal(oprun(text, &palette, NULL, NULL, NULL, NULL, &err), RST_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),     cmocka_unit_test(test_nodata),     cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_great_windows), cmocka_unit_test(test_pipelines),  cmocka_unit_test(test_promise),
        cmocka_unit_test(test_shapes),        cmocka_unit_test(test_collisions), cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
