/* Windows against lookups sample by sample: every layout, many types, every border, inside and far outside. */
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/raster.h"
#include "tests/support/layouts.h"

static int64_t below(uint64_t *state, int64_t limit)
{
    return (int64_t)(layout_random(state) % (uint64_t)limit);
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

/* A view over fresh bytes, at an odd address, in one of several orders of the axes. */
static struct rst_view fresh_view(uint64_t *state, enum rst_type type, int64_t width, int64_t height, int32_t bands,
                                  char **buffer)
{
    int64_t size = (int64_t)rst_type_size(type), samples = width * height * bands;
    *buffer = malloc((size_t)(samples * size + 1 + 3 * height));
    assert_non_null(*buffer);
    struct rst_view view = rst_view_packed(*buffer + 1, type, width, height, bands);
    switch (below(state, 4)) {
    case 0: /* planes */
        view.pixel_stride = size;
        view.row_stride = size * width;
        view.band_stride = size * width * height;
        break;
    case 1: /* rows apart */
        view.row_stride += 3;
        break;
    case 2: /* on its side */
        view = rst_view_transpose(rst_view_packed(*buffer + 1, type, height, width, bands));
        break;
    default:
        break;
    }
    return view;
}

static union rst_sample reference(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                  const struct rst_border *border)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    int64_t from_x = rst_border_index(x, layout->width, border->rule);
    int64_t from_y = rst_border_index(y, layout->height, border->rule);
    if (from_x < 0 || from_y < 0) return rst_sample_from_double(border->value, layout->type);
    return layout_sample(raster, from_x, from_y, band);
}

static void assert_window(const struct rst_raster *raster, const struct rst_view *view, int64_t x, int64_t y,
                          int32_t first, const struct rst_border *border, const char *name)
{
    size_t size = rst_type_size(view->type);
    for (int64_t row = 0; row < view->height; row++)
        for (int64_t column = 0; column < view->width; column++)
            for (int32_t band = 0; band < view->bands; band++) {
                union rst_sample want = reference(raster, x + column, y + row, first + band, border);
                if (memcmp(rst_view_at(view, column, row, band), want.bytes, size) != 0)
                    fail_msg("%s: window %" PRId64 "x%" PRId64 " at %" PRId64 ",%" PRId64 ", border %d: sample %" PRId64
                             ",%" PRId64 ",%d is wrong",
                             name, view->width, view->height, x, y, border->rule, column, row, band);
            }
}

static void read_and_compare(const struct rst_raster *raster, uint64_t *state, const char *name)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    struct rst_border border = {(enum rst_border_rule)below(state, 5), (double)below(state, 500) - 100};
    int64_t width = 1 + below(state, below(state, 4) ? 2 * layout->width + 4 : 4);
    int64_t height = 1 + below(state, below(state, 4) ? 2 * layout->height + 4 : 2);
    int64_t reach = below(state, 5) ? 12 : 300;
    int64_t x = below(state, layout->width + 2 * reach) - reach;
    int64_t y = below(state, layout->height + 2 * reach) - reach;
    int32_t first = (int32_t)below(state, layout->bands);
    int32_t bands = 1 + (int32_t)below(state, layout->bands - first);
    if (below(state, 2)) first = 0, bands = layout->bands;
    char *buffer;
    struct rst_view view = fresh_view(state, layout->type, width, height, bands, &buffer);
    struct rst_error err = {0};
    enum rst_status status = first == 0 && bands == layout->bands
                                 ? rst_raster_read(raster, x, y, &border, &view, &err)
                                 : rst_raster_read_bands(raster, x, y, first, &border, &view, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(status, RST_OK);
    assert_window(raster, &view, x, y, first, &border, name);
    free(buffer);
}

static void windows_are_what_lookups_say(void **unused)
{
    (void)unused;
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_F32, RST_F64};
    static const int64_t sides[][2] = {{37, 29}, {1, 1}, {1, 23}, {70, 1}, {16, 16}, {3, 2}, {131, 67}};
    static const int32_t bands[] = {1, 3, 4};
    uint64_t state = layout_seed();
    for (int kind = 0; kind < LAYOUT_KINDS; kind++)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++)
            for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
                struct rst_shape shape = shape_of(types[t], sides[s][0], sides[s][1], bands[below(&state, 3)]);
                struct rst_raster *raster = layout_make((enum layout_kind)kind, RST_READ, &shape, state);
                for (int round = 0; round < 10; round++)
                    read_and_compare(raster, &state, layout_name((enum layout_kind)kind));
                rst_close(&raster);
            }
}

static void no_border_means_replicate(void **unused)
{
    (void)unused;
    struct rst_shape shape = shape_of(RST_U8, 5, 4, 2);
    struct rst_raster *raster = layout_make(LAYOUT_TILES_16, RST_READ, &shape, 5);
    uint8_t data[9 * 8 * 2];
    struct rst_view view = rst_view_packed(data, RST_U8, 9, 8, 2);
    assert_int_equal(rst_raster_read(raster, -2, -2, NULL, &view, NULL), RST_OK);
    assert_window(raster, &view, -2, -2, 0, &(struct rst_border){RST_REPLICATE, 0}, "tiles");
    rst_close(&raster);
}

/* Writes a random window of noise, and holds a packed copy of the image to compare with. */
static void write_once(struct rst_raster *raster, uint64_t *state, char *pixels)
{
    const struct rst_layout *layout = rst_raster_layout(raster);
    size_t size = rst_type_size(layout->type);
    int64_t x = below(state, layout->width), y = below(state, layout->height);
    int64_t width = 1 + below(state, layout->width - x), height = 1 + below(state, layout->height - y);
    int32_t first = (int32_t)below(state, layout->bands), bands = 1 + (int32_t)below(state, layout->bands - first);
    if (below(state, 2)) first = 0, bands = layout->bands;
    char *buffer;
    struct rst_view view = fresh_view(state, layout->type, width, height, bands, &buffer);
    struct rst_view all = rst_view_packed(pixels, layout->type, layout->width, layout->height, layout->bands);
    for (int64_t row = 0; row < height; row++)
        for (int64_t column = 0; column < width; column++)
            for (int32_t band = 0; band < bands; band++) {
                union rst_sample sample = {.u64 = layout_random(state)};
                memcpy(rst_view_at(&view, column, row, band), sample.bytes, size);
                memcpy(rst_view_at(&all, x + column, y + row, first + band), sample.bytes, size);
            }
    assert_int_equal(rst_raster_write(raster, x, y, first, &view, NULL), RST_OK);
    free(buffer);
}

static void what_is_written_is_read(void **unused)
{
    (void)unused;
    static const enum rst_type types[] = {RST_U8, RST_U16, RST_F32, RST_I64};
    uint64_t state = layout_seed();
    for (int kind = 0; kind < LAYOUT_KINDS; kind++)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            struct rst_shape shape = shape_of(types[t], 1 + below(&state, 80), 1 + below(&state, 40), 3);
            struct rst_raster *raster = layout_make((enum layout_kind)kind, RST_SHARED, &shape, state);
            size_t bytes = (size_t)(shape.width * shape.height * shape.bands) * rst_type_size(shape.type);
            char *pixels = layout_pixels(raster);
            uint64_t length;
            for (int round = 0; round < 8; round++)
                write_once(raster, &state, pixels);
            char *now = layout_pixels(raster);
            assert_memory_equal(now, pixels, bytes);

            /* Nothing but samples was touched: writing the first noise again gives back the first file. */
            struct rst_raster *fresh = layout_make((enum layout_kind)kind, RST_READ, &shape, 99);
            char *noise = layout_pixels(fresh), *want = layout_file_bytes(fresh, &length);
            struct rst_view view = rst_view_packed(noise, shape.type, shape.width, shape.height, shape.bands);
            assert_int_equal(rst_raster_write(raster, 0, 0, 0, &view, NULL), RST_OK);
            char *got = layout_file_bytes(raster, NULL);
            assert_memory_equal(got, want, length);
            free(got), free(want), free(noise), free(now), free(pixels);
            rst_close(&fresh);
            rst_close(&raster);
        }
}

static void refusals_name_the_reason(void **unused)
{
    (void)unused;
    struct rst_shape shape = shape_of(RST_U16, 20, 10, 3);
    struct rst_raster *raster = layout_make(LAYOUT_PLANAR_TILES, RST_PRIVATE, &shape, 1);
    uint16_t data[20 * 10 * 3];
    struct rst_view view = rst_view_packed(data, RST_U16, 5, 5, 3), bad = view;
    struct rst_error err = {0};
    assert_int_equal(rst_raster_write(raster, 16, 0, 0, &view, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "20x10"));
    assert_int_equal(rst_raster_write(raster, 0, 6, 0, &view, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_raster_write(raster, -1, 0, 0, &view, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_raster_write(raster, 0, 0, 1, &view, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_raster_read(raster, INT64_MAX, 0, NULL, &view, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_raster_read_bands(raster, 0, 0, -1, NULL, &view, NULL), RST_E_ARGUMENT);
    bad.type = RST_I16;
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &bad, NULL), RST_E_ARGUMENT);
    bad = view;
    bad.bands = 2;
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &bad, NULL), RST_E_ARGUMENT);
    bad = view;
    bad.width = 0;
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &bad, NULL), RST_E_ARGUMENT);
    rst_close(&raster);

    raster = layout_make(LAYOUT_BIP, RST_READ, &shape, 1);
    assert_int_equal(rst_raster_write(raster, 0, 0, 0, &view, NULL), RST_E_READONLY);
    rst_close(&raster);
}

/* Tiles of a 2 x 2 grid in anonymous memory, of which the one at column 1, row 0 is not stored. */
static struct rst_raster *make_sparse(bool nodata)
{
    uint64_t offsets[] = {0, RST_NO_BLOCK, 256, 512};
    struct rst_meta meta = {.has_nodata = nodata, .nodata = {.u8 = 77}};
    struct rst_raster_parts parts = {.path = "sparse",
                                     .format = "test",
                                     .meta = &meta,
                                     .layout = {.type = RST_U8,
                                                .width = 30,
                                                .height = 20,
                                                .bands = 1,
                                                .block_width = 16,
                                                .block_height = 16,
                                                .tail = true,
                                                .planes = 1,
                                                .pixel_stride = 1,
                                                .row_stride = 16,
                                                .band_stride = 1,
                                                .offsets = offsets}};
    struct rst_raster *raster;
    assert_int_equal(rst_map_anonymous(768, &parts.map, NULL), RST_OK);
    memset(rst_map_data(parts.map), 5, 768);
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    return raster;
}

static void missing_blocks_read_as_nodata(void **unused)
{
    (void)unused;
    for (int nodata = 0; nodata < 2; nodata++) {
        struct rst_raster *raster = make_sparse(nodata);
        uint8_t data[40 * 30];
        struct rst_view view = rst_view_packed(data, RST_U8, 40, 30, 1);
        for (int rule = 0; rule <= RST_CONSTANT; rule++) {
            struct rst_border border = {(enum rst_border_rule)rule, 9};
            assert_int_equal(rst_raster_read(raster, -4, -6, &border, &view, NULL), RST_OK);
            assert_window(raster, &view, -4, -6, 0, &border, "sparse");
        }
        assert_int_equal(data[6 * 40 + 4 + 15], 5);
        assert_int_equal(data[6 * 40 + 4 + 16], nodata ? 77 : 0);
        rst_close(&raster);
    }
}

static void missing_blocks_are_not_written(void **unused)
{
    (void)unused;
    struct rst_raster *raster = make_sparse(false);
    uint8_t data[20 * 20];
    memset(data, 200, sizeof data);
    struct rst_view view = rst_view_packed(data, RST_U8, 20, 3, 1);
    struct rst_error err = {0};
    assert_int_equal(rst_raster_write(raster, 0, 0, 0, &view, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "column 1, row 0"));
    assert_int_equal(layout_sample(raster, 0, 0, 0).u8, 5); /* not even the stored part */
    assert_int_equal(rst_raster_write(raster, 5, 17, 0, &view, NULL), RST_OK);
    assert_int_equal(layout_sample(raster, 24, 19, 0).u8, 200);
    assert_int_equal(layout_sample(raster, 25, 19, 0).u8, 5);
    rst_close(&raster);
}

enum { SAMPLES = 24 * 3, ROW = 77 * 3 }; /* of a window that is read, of an image's row */

struct reader {
    const struct rst_raster *raster;
    uint64_t state;
};

static void *read_many(void *data)
{
    struct reader *reader = data;
    uint64_t wrong = 0;
    for (int round = 0; round < 200; round++) {
        uint16_t pixels[SAMPLES], want[SAMPLES];
        struct rst_view view = rst_view_packed(pixels, RST_U16, 24, 1, 3);
        int64_t x = below(&reader->state, 90) - 10, y = below(&reader->state, 60) - 5;
        struct rst_border border = {RST_REFLECT, 0};
        wrong += rst_raster_read(reader->raster, x, y, &border, &view, NULL) != RST_OK;
        for (int64_t i = 0; i < SAMPLES; i++)
            want[i] = reference(reader->raster, x + i / 3, y, (int32_t)(i % 3), &border).u16;
        wrong += memcmp(pixels, want, sizeof want) != 0;
    }
    reader->state = wrong;
    return NULL;
}

static void threads_read_at_once(void **unused)
{
    (void)unused;
    struct rst_shape shape = shape_of(RST_U16, 77, 50, 3);
    struct rst_raster *raster = layout_make(LAYOUT_SWAPPED_TILES, RST_READ, &shape, 3);
    pthread_t threads[4];
    struct reader readers[4];
    for (int i = 0; i < 4; i++) {
        readers[i] = (struct reader){raster, (uint64_t)i};
        assert_int_equal(pthread_create(&threads[i], NULL, read_many, &readers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(readers[i].state, 0);
    }
    rst_close(&raster);
}

/* Each thread writes its own rows; tiles are shared. */
static void *write_rows(void *data)
{
    struct reader *writer = data;
    struct rst_raster *raster = (struct rst_raster *)writer->raster;
    uint64_t failed = 0;
    uint16_t pixels[ROW];
    struct rst_view view = rst_view_packed(pixels, RST_U16, 77, 1, 3);
    for (int64_t y = (int64_t)writer->state; y < 50; y += 4) {
        for (size_t i = 0; i < ROW; i++)
            pixels[i] = (uint16_t)((size_t)y * 1000 + i);
        failed += rst_raster_write(raster, 0, y, 0, &view, NULL) != RST_OK;
    }
    writer->state = failed;
    return NULL;
}

static void threads_write_disjoint_windows(void **unused)
{
    (void)unused;
    struct rst_shape shape = shape_of(RST_U16, 77, 50, 3);
    struct rst_raster *raster = layout_make(LAYOUT_PLANAR_TILES, RST_SHARED, &shape, 3);
    pthread_t threads[4];
    struct reader writers[4];
    for (int i = 0; i < 4; i++) {
        writers[i] = (struct reader){raster, (uint64_t)i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_rows, &writers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(writers[i].state, 0);
    }
    for (int64_t y = 0; y < 50; y++)
        for (int64_t i = 0; i < ROW; i++)
            assert_int_equal(layout_sample(raster, i / 3, y, (int32_t)(i % 3)).u16, (uint16_t)(y * 1000 + i));
    rst_close(&raster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_what_lookups_say),  cmocka_unit_test(no_border_means_replicate),
        cmocka_unit_test(what_is_written_is_read),       cmocka_unit_test(refusals_name_the_reason),
        cmocka_unit_test(missing_blocks_read_as_nodata), cmocka_unit_test(missing_blocks_are_not_written),
        cmocka_unit_test(threads_read_at_once),          cmocka_unit_test(threads_write_disjoint_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
