/* Views against naive copies: every chain of transformations must address the pixels that copying would have moved. */
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/view.h"
#include "tests/support/layouts.h"

/* An image held as bare numbers, [row][column][band], for the naive side. */
struct image {
    int64_t width, height;
    int32_t bands;
    uint16_t *samples;
};

static struct image image_new(int64_t width, int64_t height, int32_t bands)
{
    struct image image = {width, height, bands, NULL};
    image.samples = calloc((size_t)(width * height * bands), sizeof *image.samples);
    assert_non_null(image.samples);
    return image;
}

static uint16_t *image_at(const struct image *image, int64_t x, int64_t y, int32_t band)
{
    return image->samples + (y * image->width + x) * image->bands + band;
}

static void assert_same(const struct rst_view *view, const struct image *image)
{
    assert_int_equal(view->width, image->width);
    assert_int_equal(view->height, image->height);
    assert_int_equal(view->bands, image->bands);
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++)
            for (int32_t band = 0; band < image->bands; band++) {
                uint16_t sample;
                memcpy(&sample, rst_view_at(view, x, y, band), sizeof sample);
                assert_int_equal(sample, *image_at(image, x, y, band));
            }
}

/* The naive side of a transformation: where sample (x, y, band) of the new image stood in the old one. */
struct move {
    int kind;
    struct rst_rect crop;
    int turns;
    int32_t first, step, count;
    int64_t step_x, step_y;
};

enum { CROP, FLIP_H, FLIP_V, TRANSPOSE, ROTATE, BANDS, SUBSAMPLE, KINDS };

static int64_t below(uint64_t *state, int64_t limit)
{
    return (int64_t)(layout_random(state) % (uint64_t)limit);
}

static struct move draw(uint64_t *state, const struct image *image)
{
    struct move move = {.kind = (int)below(state, KINDS)};
    move.crop.x = below(state, image->width);
    move.crop.y = below(state, image->height);
    move.crop.width = 1 + below(state, image->width - move.crop.x);
    move.crop.height = 1 + below(state, image->height - move.crop.y);
    move.turns = (int)below(state, 11) - 5;
    move.first = (int32_t)below(state, image->bands);
    int32_t last = (int32_t)below(state, image->bands);
    int32_t distance = last - move.first;
    move.count = 1 + (int32_t)below(state, distance ? abs(distance) + 1 : 2);
    move.step = distance > 0 ? 1 : distance < 0 ? -1 : 0;
    if (move.count == 2 && distance) move.step = distance;
    move.step_x = 1 + below(state, 3);
    move.step_y = 1 + below(state, 3);
    return move;
}

/* One clockwise turn: the new top row is the old left column, read upwards. */
static struct image turn_once(const struct image *old)
{
    struct image now = image_new(old->height, old->width, old->bands);
    for (int64_t y = 0; y < now.height; y++)
        for (int64_t x = 0; x < now.width; x++)
            for (int32_t band = 0; band < now.bands; band++)
                *image_at(&now, x, y, band) = *image_at(old, y, old->height - 1 - x, band);
    return now;
}

static struct image turn(const struct image *old, int turns)
{
    struct image now = turn_once(old);
    for (int i = 1; i < turns; i++) {
        struct image next = turn_once(&now);
        free(now.samples);
        now = next;
    }
    return now;
}

static struct image apply_naively(const struct image *old, const struct move *move)
{
    int64_t width = old->width, height = old->height;
    int32_t bands = move->kind == BANDS ? move->count : old->bands;
    if (move->kind == ROTATE) return turn(old, ((move->turns % 4) + 4) % 4 ? ((move->turns % 4) + 4) % 4 : 4);
    if (move->kind == CROP) width = move->crop.width, height = move->crop.height;
    if (move->kind == TRANSPOSE) width = old->height, height = old->width;
    if (move->kind == SUBSAMPLE) {
        width = (width + move->step_x - 1) / move->step_x;
        height = (height + move->step_y - 1) / move->step_y;
    }
    struct image now = image_new(width, height, bands);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            for (int32_t band = 0; band < bands; band++) {
                int64_t from_x = x, from_y = y;
                int32_t from_band = band;
                if (move->kind == CROP) from_x += move->crop.x, from_y += move->crop.y;
                if (move->kind == FLIP_H) from_x = width - 1 - x;
                if (move->kind == FLIP_V) from_y = height - 1 - y;
                if (move->kind == TRANSPOSE) from_x = y, from_y = x;
                if (move->kind == SUBSAMPLE) from_x *= move->step_x, from_y *= move->step_y;
                if (move->kind == BANDS) from_band = move->first + band * move->step;
                *image_at(&now, x, y, band) = *image_at(old, from_x, from_y, from_band);
            }
    return now;
}

static void apply(struct rst_view *view, const struct move *move)
{
    int32_t list[16];
    switch (move->kind) {
    case CROP:
        assert_int_equal(rst_view_crop(view, move->crop, NULL), RST_OK);
        break;
    case FLIP_H:
        *view = rst_view_flip_horizontal(*view);
        break;
    case FLIP_V:
        *view = rst_view_flip_vertical(*view);
        break;
    case TRANSPOSE:
        *view = rst_view_transpose(*view);
        break;
    case ROTATE:
        *view = rst_view_rotate(*view, move->turns);
        break;
    case BANDS:
        for (int32_t i = 0; i < move->count; i++)
            list[i] = move->first + i * move->step;
        assert_int_equal(rst_view_bands(view, list, move->count, NULL), RST_OK);
        break;
    default:
        assert_int_equal(rst_view_subsample(view, move->step_x, move->step_y, NULL), RST_OK);
    }
}

static void any_chain_is_a_naive_copy(void **unused)
{
    (void)unused;
    uint64_t state = layout_seed();
    for (int round = 0; round < 400; round++) {
        struct image image = image_new(1 + below(&state, 17), 1 + below(&state, 13), 1 + (int32_t)below(&state, 5));
        size_t count = (size_t)(image.width * image.height * image.bands);
        for (size_t i = 0; i < count; i++)
            image.samples[i] = (uint16_t)i;
        uint16_t *data = malloc(count * sizeof *data);
        assert_non_null(data);
        memcpy(data, image.samples, count * sizeof *data);
        struct rst_view view = rst_view_packed(data, RST_U16, image.width, image.height, image.bands);
        assert_same(&view, &image);
        for (int length = 1 + (int)below(&state, 8); length > 0; length--) {
            struct move move = draw(&state, &image);
            struct image next = apply_naively(&image, &move);
            free(image.samples);
            image = next;
            apply(&view, &move);
            assert_same(&view, &image);
        }
        free(image.samples);
        free(data);
    }
}

static void refusals_leave_the_view(void **unused)
{
    (void)unused;
    uint8_t data[4 * 3 * 3] = {0};
    struct rst_view view = rst_view_packed(data, RST_U8, 4, 3, 3), before = view;
    static const struct rst_rect outside[] = {
        {-1, 0, 2, 2}, {0, -1, 2, 2},        {3, 0, 2, 1},         {0, 0, 5, 1},  {0, 0, 1, 4},        {0, 0, 0, 1},
        {0, 0, 1, 0},  {INT64_MAX, 0, 1, 1}, {1, 1, INT64_MAX, 1}, {0, 0, -1, 1}, {INT64_MIN, 0, 4, 3}};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        struct rst_error err = {0};
        assert_int_equal(rst_view_crop(&view, outside[i], &err), RST_E_ARGUMENT);
        assert_non_null(strstr(err.message, "4x3"));
    }
    assert_int_equal(rst_view_bands(&view, (int32_t[]){0, 1, 0}, 3, NULL), RST_E_UNSUPPORTED);
    assert_int_equal(rst_view_bands(&view, (int32_t[]){0, 3}, 2, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_view_bands(&view, (int32_t[]){-1}, 1, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_view_bands(&view, (int32_t[]){0}, 0, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_view_subsample(&view, 0, 1, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_view_subsample(&view, 1, -1, NULL), RST_E_ARGUMENT);
    assert_ptr_equal(view.data, before.data);
    assert_true(view.width == 4 && view.height == 3 && view.bands == 3);
    assert_true(view.pixel_stride == 3 && view.row_stride == 12 && view.band_stride == 1);

    assert_int_equal(rst_view_subsample(&view, INT64_MAX, INT64_MAX, NULL), RST_OK);
    assert_int_equal(view.width, 1);
    assert_int_equal(view.height, 1);
}

/* Strides over a buffer in which no two samples share a byte: the axes in a random order, each with random padding,
 * each in a random direction. */
static struct rst_view strew(uint64_t *state, enum rst_type type, const int64_t sides[3], char **buffer, size_t *bytes)
{
    ptrdiff_t strides[3] = {0};
    int order[3] = {0, 1, 2};
    for (int i = 2; i > 0; i--) {
        int other = (int)below(state, i + 1), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    int64_t span = (int64_t)rst_type_size(type), start = 0, padding = below(state, 2) ? 0 : 1 + below(state, 9);
    for (int i = 0; i < 3; i++) {
        strides[order[i]] = span + padding;
        span = (sides[order[i]] - 1) * strides[order[i]] + span;
        if (padding && i < 2) padding = below(state, 300);
        if (!padding) span = sides[order[i]] * strides[order[i]];
    }
    for (int i = 0; i < 3; i++)
        if (below(state, 3) == 0) {
            start += (sides[i] - 1) * strides[i];
            strides[i] = -strides[i];
        }
    int64_t odd = below(state, 8);
    *bytes = (size_t)(span + odd);
    *buffer = malloc(*bytes);
    assert_non_null(*buffer);
    memset(*buffer, 0x5A, *bytes);
    return (struct rst_view){*buffer + odd + start, type,       sides[0],   sides[1],
                             (int32_t)sides[2],     strides[0], strides[1], strides[2]};
}

static void copies_between_any_strides(void **unused)
{
    (void)unused;
    uint64_t state = layout_seed();
    for (int round = 0; round < 1500; round++) {
        enum rst_type type = (enum rst_type)below(&state, RST_TYPE_COUNT);
        size_t size = rst_type_size(type);
        bool swap = below(&state, 2);
        const int64_t sides[3] = {1 + below(&state, below(&state, 9) ? 20 : 200), 1 + below(&state, 20),
                                  1 + below(&state, 6)};
        char *to_bytes, *from_bytes;
        size_t to_length, from_length;
        struct rst_view to = strew(&state, type, sides, &to_bytes, &to_length);
        struct rst_view from = strew(&state, type, sides, &from_bytes, &from_length);
        for (size_t i = 0; i < from_length; i++)
            from_bytes[i] = (char)layout_random(&state);
        char *expected = malloc(to_length);
        assert_non_null(expected);
        memcpy(expected, to_bytes, to_length);
        for (int64_t y = 0; y < sides[1]; y++)
            for (int64_t x = 0; x < sides[0]; x++)
                for (int32_t band = 0; band < sides[2]; band++) {
                    char *place = expected + ((char *)rst_view_at(&to, x, y, band) - to_bytes);
                    const char *source = rst_view_at(&from, x, y, band);
                    for (size_t i = 0; i < size; i++)
                        place[i] = source[swap ? size - 1 - i : i];
                }
        assert_int_equal(rst_view_copy(&to, &from, swap, NULL), RST_OK);
        assert_memory_equal(to_bytes, expected, to_length); /* the bytes between samples too */
        free(expected);
        free(to_bytes);
        free(from_bytes);
    }
}

/* Views that look packed on one side only. */
static void copies_of_turned_pixels(void **unused)
{
    (void)unused;
    uint8_t from_bytes[40 * 2 * 3], to_bytes[40 * 2 * 3];
    for (size_t i = 0; i < sizeof from_bytes; i++)
        from_bytes[i] = (uint8_t)i;
    for (int turned = 0; turned < 4; turned++) {
        struct rst_view from = rst_view_packed(from_bytes, RST_U8, 40, 2, 3);
        struct rst_view to = rst_view_packed(to_bytes, RST_U8, 40, 2, 3);
        struct rst_view *side = turned & 1 ? &from : &to;
        if (turned & 2)
            assert_int_equal(rst_view_bands(side, (int32_t[]){2, 1, 0}, 3, NULL), RST_OK);
        else
            *side = rst_view_flip_horizontal(*side);
        assert_int_equal(rst_view_copy(&to, &from, false, NULL), RST_OK);
        for (int64_t x = 0; x < 40; x++)
            for (int32_t band = 0; band < 3; band++) {
                uint8_t got = *(uint8_t *)rst_view_at(&to, x, 1, band);
                assert_int_equal(got, *(uint8_t *)rst_view_at(&from, x, 1, band));
            }
    }
}

static void copies_of_unlike_views_are_refused(void **unused)
{
    (void)unused;
    uint8_t a[16] = {0}, b[16] = {0};
    struct rst_view to = rst_view_packed(a, RST_U8, 2, 2, 2), from = rst_view_packed(b, RST_U8, 2, 2, 2);
    struct rst_view other = from;
    other.type = RST_I8;
    assert_int_equal(rst_view_copy(&to, &other, false, NULL), RST_E_ARGUMENT);
    for (int i = 0; i < 3; i++) {
        other = from;
        if (i == 0) other.width = 1;
        if (i == 1) other.height = 1;
        if (i == 2) other.bands = 1;
        assert_int_equal(rst_view_copy(&to, &other, false, NULL), RST_E_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_chain_is_a_naive_copy),          cmocka_unit_test(refusals_leave_the_view),
        cmocka_unit_test(copies_between_any_strides),         cmocka_unit_test(copies_of_turned_pixels),
        cmocka_unit_test(copies_of_unlike_views_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
