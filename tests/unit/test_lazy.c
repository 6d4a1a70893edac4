/* What decoded rasters keep in scratch: as much as was told beforehand, given back when it is released or when the
 * cache is full, and decoded again to the same samples. Decoders are made up, samples follow from their place. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "raster/image/hold.h"
#include "raster/raster.h"
#include "tests/support/files.h"

#define WIDTH INT64_C(3000)
#define HEIGHT INT64_C(2600)
#define PIECE RST_SCRATCH_PIECE

/* How an image is cut: tiles, or strips where the width is that of the image; chunky, or a plane for each band. */
struct form {
    int64_t width, height;
    bool planar, stream;
};

struct source {
    struct form form;
    struct rst_cells cells;
    int64_t columns;
    atomic_int decoded, per_cell[16384];
};

static unsigned char sample_at(int64_t y, int64_t column, int32_t band)
{
    return (unsigned char)(y * 3 + column * 29 + band);
}

/* All samples of a row of a cell are the same: those of its first band. */
static enum rst_status decode_cell(void *state, void *worker, struct rst_cell cell, const struct rst_view *to,
                                   struct rst_error *err)
{
    struct source *source = state;
    (void)worker, (void)err;
    if (!to) return RST_OK;
    int64_t index = (cell.row * source->cells.planes + cell.plane) * source->columns + cell.column;
    source->decoded++;
    source->per_cell[index]++;
    for (int64_t y = 0; y < to->height; y++)
        memset(rst_view_at(to, 0, y, 0), sample_at(cell.row * source->cells.height + y, cell.column, cell.plane),
               (size_t)(to->width * to->bands));
    return RST_OK;
}

static void close_source(void *state)
{
    (void)state;
}

static const struct rst_decoder_class cells_kind = {.decode = decode_cell, .close = close_source};
static const struct rst_decoder_class stream_kind = {.decode = decode_cell, .stream = true, .close = close_source};

static struct rst_layout layout_of(struct form form)
{
    bool tiled = form.width < WIDTH;
    ptrdiff_t pixel = form.planar ? 1 : 3;
    return (struct rst_layout){.type = RST_U8,
                               .width = WIDTH,
                               .height = HEIGHT,
                               .bands = 3,
                               .block_width = form.width,
                               .block_height = tiled ? form.height : HEIGHT,
                               .tail = tiled,
                               .planes = form.planar ? 3 : 1,
                               .pixel_stride = pixel,
                               .row_stride = pixel * form.width,
                               .band_stride = 1};
}

static struct rst_raster *open_lazy(struct source *source, struct form form)
{
    struct rst_raster_parts parts = {
        .path = "made up", .format = "test", .layout = layout_of(form), .unmapped = "compressed (test)"};
    struct rst_raster *raster = NULL;
    uint64_t length;
    memset(source, 0, sizeof *source);
    source->form = form;
    source->cells = (struct rst_cells){form.width, form.height, form.planar ? 3 : 1};
    source->columns = (WIDTH + form.width - 1) / form.width;
    parts.decoder = (struct rst_decoder){form.stream ? &stream_kind : &cells_kind, source, source->cells};
    assert_int_equal(rst_layout_place(&parts.layout, "made up", &length, NULL), RST_OK);
    assert_int_equal(rst_map_patchwork(files_folder, length, PIECE, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, NULL), RST_OK);
    rst_layout_clear(&parts.layout);
    return raster;
}

static uint64_t in_use(const struct rst_raster *raster)
{
    uint64_t now, most;
    rst_raster_scratch_use(raster, &now, &most);
    return now;
}

static uint64_t most_in_use(const struct rst_raster *raster)
{
    uint64_t now, most;
    rst_raster_scratch_use(raster, &now, &most);
    return most;
}

/* Reads a window inside the image, and counts the samples that are wrong. */
static int64_t misread(const struct rst_raster *raster, const struct source *source, struct rst_rect window)
{
    unsigned char *pixels = malloc((size_t)(window.width * window.height * 3));
    struct rst_view view = rst_view_packed(pixels, RST_U8, window.width, window.height, 3);
    int64_t wrong = rst_raster_read(raster, window.x, window.y, NULL, &view, NULL) != RST_OK;
    for (int64_t y = 0; y < window.height; y++)
        for (int64_t x = 0; x < window.width; x++)
            for (int32_t band = 0; band < 3; band++)
                wrong += *(unsigned char *)rst_view_at(&view, x, y, band) !=
                         sample_at(window.y + y, (window.x + x) / source->form.width, source->form.planar ? band : 0);
    free(pixels);
    return wrong;
}

static const struct form forms[] = {{64, 64, false, false},   {256, 128, false, false},  {512, 512, false, false},
                                    {128, 256, true, false},  {WIDTH, 30, false, false}, {WIDTH, 700, false, false},
                                    {WIDTH, 100, false, true}};
enum { FORMS = sizeof forms / sizeof forms[0] };

static const struct rst_rect windows[] = {{0, 0, WIDTH, HEIGHT}, {0, 0, 1, 1},          {WIDTH - 1, HEIGHT - 1, 1, 1},
                                          {700, 0, 300, HEIGHT}, {0, 1000, WIDTH, 100}, {900, 1100, 700, 900}};
enum { WINDOWS = sizeof windows / sizeof windows[0] };

static void a_footprint_is_what_a_window_takes(void **unused)
{
    (void)unused;
    struct source *source = malloc(sizeof *source);
    for (int i = 0; i < FORMS; i++)
        for (int j = 0; j < WINDOWS; j++) {
            struct rst_raster *raster = open_lazy(source, forms[i]);
            uint64_t told = rst_raster_footprint(raster, windows[j]);
            rst_raster_set_cache(raster, 0); /* of a stream: what comes before the window is not kept */
            assert_int_equal(rst_raster_hold(raster, windows[j], NULL), RST_OK);
            assert_int_equal(in_use(raster), told);
            rst_raster_unhold(raster, windows[j]);
            assert_int_equal(in_use(raster), 0);
            assert_int_equal(rst_raster_footprint(raster, (struct rst_rect){-50, -50, 20, 20}), 0);
            rst_close(&raster);
        }
    free(source);
}

static void released_blocks_are_decoded_again(void **unused)
{
    (void)unused;
    const struct rst_rect all = {0, 0, WIDTH, HEIGHT}, upper = {0, 0, WIDTH, 1000};
    struct source *source = malloc(sizeof *source);
    for (int i = 0; i < FORMS; i++) {
        struct rst_raster *raster = open_lazy(source, forms[i]);
        assert_int_equal(misread(raster, source, all), 0);
        int before = source->decoded;
        assert_int_equal(rst_raster_release(raster, upper, NULL), RST_OK);
        assert_true(in_use(raster) < rst_raster_footprint(raster, all));
        assert_int_equal(misread(raster, source, all), 0);
        int64_t rows = 1000 / forms[i].height; /* a block that reaches below the window stays */
        if (!forms[i].stream) assert_int_equal(source->decoded, before + rows * source->columns * source->cells.planes);
        assert_int_equal(rst_raster_release(raster, all, NULL), RST_OK);
        assert_int_equal(in_use(raster), 0);
        struct stat scratch;
        assert_int_equal(fstat(rst_map_descriptor(rst_raster_map(raster)), &scratch), 0);
        assert_true(scratch.st_blocks <= 32); /* of 512 bytes: idle pieces are gone, too */
        assert_int_equal(misread(raster, source, upper), 0);
        rst_close(&raster);
    }
    free(source);
}

/* Down the image in bands of any height, with neighbours above and below. */
static void a_walk_that_releases_decodes_once(void **unused)
{
    (void)unused;
    enum { BAND = 90, HALO = 7 };
    struct source *source = malloc(sizeof *source);
    for (int i = 0; i < FORMS; i++) {
        struct rst_raster *raster = open_lazy(source, forms[i]);
        uint64_t most = 0;
        for (int64_t y = 0; y < HEIGHT; y += BAND) {
            int64_t top = y < HALO ? 0 : y - HALO, end = y + BAND + HALO < HEIGHT ? y + BAND + HALO : HEIGHT;
            const struct rst_rect band = {0, top, WIDTH, end - top};
            uint64_t told = rst_raster_footprint(raster, band);
            assert_int_equal(misread(raster, source, band), 0);
            assert_true(in_use(raster) <= told);
            if (told > most) most = told;
            const struct rst_rect done = {0, top, WIDTH, y + BAND >= HEIGHT ? HEIGHT : y + BAND - HALO - top};
            assert_int_equal(rst_raster_release(raster, done, NULL), RST_OK);
        }
        for (size_t cell = 0; cell < sizeof source->per_cell / sizeof source->per_cell[0]; cell++)
            assert_true(source->per_cell[cell] <= 1);
        assert_true(most_in_use(raster) <= most);
        assert_int_equal(in_use(raster), 0);
        rst_close(&raster);
    }
    free(source);
}

static void held_blocks_are_not_released(void **unused)
{
    (void)unused;
    const struct rst_rect all = {0, 0, WIDTH, HEIGHT};
    struct source *source = malloc(sizeof *source);
    struct rst_raster *raster = open_lazy(source, forms[1]);
    struct rst_view view;
    struct rst_rect place;
    assert_int_equal(rst_raster_block(raster, 0, 3, 4, &view, &place, NULL), RST_OK);
    uint64_t held = rst_raster_footprint(raster, place);
    assert_int_equal(misread(raster, source, all), 0);
    assert_int_equal(rst_raster_release(raster, all, NULL), RST_OK);
    assert_int_equal(in_use(raster), held);
    rst_raster_set_cache(raster, 0);
    assert_int_equal(misread(raster, source, all), 0);
    assert_int_equal(in_use(raster), held);
    assert_int_equal(*(unsigned char *)rst_view_at(&view, 9, 9, 0), sample_at(4 * forms[1].height + 9, 3, 0));
    rst_raster_set_cache(raster, UINT64_MAX);
    assert_int_equal(rst_raster_hold(raster, windows[4], NULL), RST_OK);
    uint64_t both = in_use(raster);
    assert_int_equal(rst_raster_release(raster, all, NULL), RST_OK);
    rst_raster_unhold(raster, windows[4]);
    assert_int_equal(in_use(raster), both); /* and releasing it is forgotten */
    rst_close(&raster);
    free(source);
}

static void a_cache_is_bounded(void **unused)
{
    (void)unused;
    enum { TURNS = 200, SIDE = 100 };
    struct source *source = malloc(sizeof *source);
    for (int i = 0; i < FORMS; i++)
        for (uint64_t pieces = 0; pieces <= 5; pieces += 5) {
            struct rst_raster *raster = open_lazy(source, forms[i]);
            uint64_t window_most = 0;
            rst_raster_set_cache(raster, pieces * PIECE);
            for (int64_t turn = 0; turn < TURNS; turn++) {
                const struct rst_rect window = {turn * 977 % (WIDTH - SIDE), turn * 1409 % (HEIGHT - SIDE), SIDE, SIDE};
                uint64_t told = rst_raster_footprint(raster, window);
                if (told > window_most) window_most = told;
                if (turn % 50 == 0 || !forms[i].stream) assert_int_equal(misread(raster, source, window), 0);
                assert_true(in_use(raster) <= pieces * PIECE);
            }
            /* What is being decoded for nobody, in a stream, may lie in two pieces. */
            assert_true(most_in_use(raster) <= pieces * PIECE + window_most + (forms[i].stream ? 2 * PIECE : 0));
            rst_close(&raster);
        }
    free(source);
}

/* Three strips of 1.7 MiB, far from each other: one lies in one piece, two lie in two. */
static void what_was_read_last_stays(void **unused)
{
    (void)unused;
    struct source *source = malloc(sizeof *source);
    struct rst_raster *raster = open_lazy(source, (struct form){WIDTH, 200, false, false});
    const struct rst_rect a = {0, 0, 9, 9}, b = {0, 800, 9, 9}, c = {0, 1600, 9, 9};
    rst_raster_set_cache(raster, 4 * PIECE);
    assert_int_equal(misread(raster, source, a), 0);
    assert_int_equal(misread(raster, source, b), 0);
    assert_int_equal(misread(raster, source, a), 0);
    assert_int_equal(source->decoded, 2);
    assert_int_equal(misread(raster, source, c), 0);
    assert_int_equal(misread(raster, source, a), 0);
    assert_int_equal(source->decoded, 3);
    assert_int_equal(misread(raster, source, b), 0);
    assert_int_equal(source->decoded, 4);
    rst_raster_set_cache(raster, UINT64_MAX);
    assert_int_equal(misread(raster, source, (struct rst_rect){0, 0, WIDTH, HEIGHT}), 0);
    assert_int_equal(in_use(raster), rst_raster_footprint(raster, (struct rst_rect){0, 0, WIDTH, HEIGHT}));
    rst_close(&raster);
    free(source);
}

/* A pass says itself what it needs again. */
static void a_pass_decodes_once_without_a_cache(void **unused)
{
    (void)unused;
    struct source *source = malloc(sizeof *source);
    for (int i = 0; i < FORMS; i++) {
        struct rst_raster *in = open_lazy(source, forms[i]), *out = NULL;
        struct rst_shape shape = rst_raster_shape(in);
        struct rst_pipeline *pipeline = NULL;
        struct rst_run_options options = {.threads = 3};
        rst_raster_set_cache(in, 0);
        assert_int_equal(rst_pipeline_parse("gaussblur --sigma 3", &pipeline, NULL), RST_OK);
        assert_int_equal(rst_raster_scratch(&shape, NULL, &out, NULL), RST_OK);
        assert_int_equal(rst_run(pipeline, in, out, &options, NULL), RST_OK);
        for (size_t cell = 0; cell < sizeof source->per_cell / sizeof source->per_cell[0]; cell++)
            assert_true(source->per_cell[cell] <= 1);
        assert_int_equal(in_use(in), 0);
        assert_int_equal(misread(in, source, windows[5]), 0);
        assert_int_equal(in_use(in), 0);
        rst_pipeline_free(&pipeline);
        rst_close(&in), rst_close(&out);
    }
    free(source);
}

struct reading {
    struct rst_raster *raster;
    const struct source *source;
    int64_t from, wrong;
};

static void *read_and_release(void *user)
{
    struct reading *reading = user;
    for (int64_t i = 0; i < 60; i++) {
        const struct rst_rect window = {(reading->from + i * 193) % (WIDTH - 120), i * 371 % (HEIGHT - 90), 120, 90};
        reading->wrong += misread(reading->raster, reading->source, window);
        if (i % 7 == 0) reading->wrong += rst_raster_release(reading->raster, window, NULL) != RST_OK;
    }
    return NULL;
}

static void threads_share_a_small_cache(void **unused)
{
    (void)unused;
    enum { THREADS = 4 };
    struct source *source = malloc(sizeof *source);
    for (int i = 0; i < FORMS; i += 2) {
        struct rst_raster *raster = open_lazy(source, forms[i]);
        struct reading readings[THREADS];
        pthread_t threads[THREADS];
        rst_raster_set_cache(raster, 2 * PIECE);
        for (int64_t j = 0; j < THREADS; j++) {
            readings[j] = (struct reading){raster, source, j * 700, 0};
            assert_int_equal(pthread_create(&threads[j], NULL, read_and_release, &readings[j]), 0);
        }
        for (int j = 0; j < THREADS; j++) {
            pthread_join(threads[j], NULL);
            assert_int_equal(readings[j].wrong, 0);
        }
        assert_true(in_use(raster) <= 2 * PIECE);
        rst_close(&raster);
    }
    free(source);
}

static void idle_pieces_are_bounded(void **unused)
{
    (void)unused;
    const struct rst_rect all = {0, 0, WIDTH, HEIGHT};
    struct source *source = malloc(sizeof *source);
    struct rst_raster *raster = open_lazy(source, forms[0]);
    struct stat scratch;
    rst_raster_bound(raster, 0, 2);
    rst_raster_set_cache(raster, 0);
    assert_int_equal(misread(raster, source, all), 0);
    assert_int_equal(fstat(rst_map_descriptor(rst_raster_map(raster)), &scratch), 0);
    assert_in_range((uint64_t)scratch.st_blocks * 512, 2 * PIECE, 2 * PIECE + 16384);
    rst_close(&raster);
    free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_footprint_is_what_a_window_takes),
        cmocka_unit_test(released_blocks_are_decoded_again),
        cmocka_unit_test(a_walk_that_releases_decodes_once),
        cmocka_unit_test(held_blocks_are_not_released),
        cmocka_unit_test(a_cache_is_bounded),
        cmocka_unit_test(what_was_read_last_stays),
        cmocka_unit_test(a_pass_decodes_once_without_a_cache),
        cmocka_unit_test(threads_share_a_small_cache),
        cmocka_unit_test(idle_pieces_are_bounded),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
