/* Sparse outputs: the same bytes as others, without the space for zeros; a full disk is an error and not a signal. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>

#include "codecs/codecs.h"
#include "raster/base/size.h"
#include "raster/image/hold.h"
#include "raster/raster.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"

enum { WIDTH = 1501, HEIGHT = 1203, SIDE = 97, PIECE = 64 << 10 };

static const struct rst_raw bil = {.interleave = RST_BIL, .offset = 13}, bsq = {.interleave = RST_BSQ};

static const struct kind {
    const char *name;
    struct rst_create_options options;
    enum rst_type type;
    int32_t bands;
} kinds[] = {
    {"tiles.tif", {.tile_width = 256, .tile_height = 256}, RST_U8, 1},
    {"small-tiles.tif", {.tile_width = 32, .tile_height = 48}, RST_U16, 3},
    {"planar-tiles.tif", {.tile_width = 128, .tile_height = 64, .planar = true}, RST_F32, 2},
    {"strips.tif", {.strip_rows = 50}, RST_U16, 1},
    {"colour.tif", {.strip_rows = 16}, RST_U8, 3},
    {"planar.tif", {.strip_rows = 30, .planar = true, .big_tiff = RST_BIG_TIFF_ALWAYS}, RST_U8, 3},
    {"big-endian.tif", {.tile_width = 64, .tile_height = 64, .byte_order = RST_ORDER_BIG}, RST_F32, 2},
    {"little-endian.tif", {.byte_order = RST_ORDER_LITTLE}, RST_I16, 3},
    {"array.npy", {0}, RST_F64, 1},
    {"map.ppm", {0}, RST_U16, 3},
    {"upwards.pfm", {.byte_order = RST_ORDER_BIG}, RST_F32, 3},
    {"cube.img", {.format = "ENVI"}, RST_F32, 2},
    {"rows.bil", {0}, RST_U8, 3},
    {"lines.raw", {.raw = &bil}, RST_U16, 4},
    {"bands.raw", {.raw = &bsq}, RST_U8, 4},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct rst_raster *create(const struct kind *kind, const char *path, int64_t width, int64_t height, bool sparse)
{
    const struct rst_shape shape = {
        .type = kind->type, .width = width, .height = height, .bands = kind->bands, .alpha = -1, .opacity = -1};
    struct rst_create_options options = kind->options;
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    options.sparse = sparse;
    if (rst_create(path, &shape, NULL, &options, &raster, &err)) fail_msg("%s: %s", kind->name, err.message);
    assert_int_equal(rst_raster_is_sparse_output(raster), sparse);
    return raster;
}

/* Bytes of the disk that the raster's file takes. */
static int64_t space_of(const struct rst_raster *raster)
{
    struct stat file;
    assert_int_equal(fstat(rst_map_descriptor(rst_raster_map(raster)), &file), 0);
    return (int64_t)file.st_blocks * 512;
}

/* Writes noise, or zeros, into a window of some bands, out of a buffer whose strides depend on `how`. */
static enum rst_status put(struct rst_raster *raster, struct rst_rect at, int32_t band, int32_t bands, uint64_t seed,
                           int how, struct rst_error *err)
{
    enum rst_type type = rst_raster_layout(raster)->type;
    ptrdiff_t size = (ptrdiff_t)rst_type_size(type);
    char *buffer = calloc((size_t)(at.width * at.height * bands), (size_t)size);
    struct rst_view view = rst_view_packed(buffer, type, at.width, at.height, bands);
    if (!buffer) abort();
    if (how == 1) { /* bands apart */
        view.pixel_stride = size;
        view.row_stride = size * at.width;
        view.band_stride = size * at.width * at.height;
    }
    if (how == 2) view = rst_view_flip_horizontal(view);
    for (int64_t y = 0; y < at.height && seed; y++)
        for (int64_t x = 0; x < at.width; x++)
            for (int32_t i = 0; i < bands; i++) {
                union rst_sample sample = layout_noise(seed, type, at.x + x, at.y + y, band + i);
                memcpy(rst_view_at(&view, x, y, i), sample.bytes, (size_t)size);
            }
    enum rst_status status = rst_raster_write(raster, at.x, at.y, band, &view, err);
    free(buffer);
    return status;
}

static void assert_same_files(const char *a, const char *b)
{
    size_t length_a, length_b;
    unsigned char *bytes_a = files_read(a, &length_a), *bytes_b = files_read(b, &length_b);
    assert_non_null(bytes_a);
    assert_non_null(bytes_b);
    assert_int_equal(length_a, length_b);
    assert_memory_equal(bytes_a, bytes_b, length_a);
    free(bytes_a);
    free(bytes_b);
}

static void close_same(struct rst_raster *sparse, struct rst_raster *dense)
{
    char *a = strdup(rst_raster_path(sparse)), *b = strdup(rst_raster_path(dense));
    assert_int_equal(rst_commit(sparse, NULL), RST_OK);
    assert_int_equal(rst_commit(dense, NULL), RST_OK);
    rst_close(&sparse);
    rst_close(&dense);
    assert_same_files(a, b);
    free(a);
    free(b);
}

static void make_pair(const struct kind *kind, struct rst_raster **sparse, struct rst_raster **dense)
{
    char folder_a[] = "sparse", folder_b[] = "dense", name[300];
    mkdir(files_path(folder_a), 0700);
    mkdir(files_path(folder_b), 0700);
    snprintf(name, sizeof name, "%s/%s", folder_a, kind->name);
    *sparse = create(kind, files_path(name), WIDTH, HEIGHT, true);
    snprintf(name, sizeof name, "%s/%s", folder_b, kind->name);
    *dense = create(kind, files_path(name), WIDTH, HEIGHT, false);
}

/* All of it is written, mostly with zeros, as an operation would. */
static void zeros_take_no_space(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        struct rst_raster *sparse, *dense;
        make_pair(&kinds[i], &sparse, &dense);
        int32_t bands = kinds[i].bands;
        int64_t empty = space_of(sparse), full = space_of(dense);
        print_message("%s\n", kinds[i].name);
        for (int64_t y = 0; y < HEIGHT; y += SIDE)
            for (int64_t x = 0; x < WIDTH; x += SIDE) {
                struct rst_rect at = {x, y, SIDE, SIDE};
                if (at.width > WIDTH - x) at.width = WIDTH - x;
                if (at.height > HEIGHT - y) at.height = HEIGHT - y;
                bool bright = y == 5 * SIDE && x == 3 * SIDE;
                if (!bright) assert_int_equal(put(sparse, at, 0, bands, 0, 0, NULL), RST_OK);
                if (!bright) assert_int_equal(put(dense, at, 0, bands, 0, 0, NULL), RST_OK);
            }
        assert_int_equal(space_of(sparse), empty);
        struct rst_rect at = {3 * SIDE, 5 * SIDE, SIDE, SIDE};
        assert_int_equal(put(sparse, at, 0, bands, 7, 0, NULL), RST_OK);
        assert_int_equal(put(dense, at, 0, bands, 7, 0, NULL), RST_OK);
        /* At most SIDE rows, all bands, and what is left of the pieces that they touch. */
        int64_t row = (int64_t)rst_type_size(kinds[i].type) * bands * 1536;
        assert_in_range(space_of(sparse) - empty, 4096, (SIDE + 64) * row + 2 * bands * PIECE);
        assert_true(space_of(sparse) < full / 2);
        close_same(sparse, dense);
    }
}

static uint64_t next(uint64_t *seed)
{
    return (*seed = *seed * 6364136223846793005u + 1442695040888963407u) >> 33;
}

/* Windows of any place and size, one over the other, of noise and of zeros, through views of all kinds. */
static void what_is_written_is_there(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < KINDS; i++) {
        struct rst_raster *sparse, *dense;
        make_pair(&kinds[i], &sparse, &dense);
        for (uint64_t turn = 1; turn <= 40; turn++) {
            struct rst_rect at = {(int64_t)next(&seed) % WIDTH, (int64_t)next(&seed) % HEIGHT, 0, 0};
            bool wide = next(&seed) % 4 == 0;
            at.width = rst_min64((int64_t)next(&seed) % (wide ? WIDTH : 60) + 1, WIDTH - at.x);
            at.height = rst_min64((int64_t)next(&seed) % (wide ? 9 : 60) + 1, HEIGHT - at.y);
            int32_t band = (int32_t)next(&seed) % kinds[i].bands;
            int32_t bands = (int32_t)next(&seed) % (kinds[i].bands - band) + 1, how = (int32_t)next(&seed) % 3;
            uint64_t noise = turn % 3 ? turn : 0;
            assert_int_equal(put(sparse, at, band, bands, noise, how, NULL), RST_OK);
            assert_int_equal(put(dense, at, band, bands, noise, how, NULL), RST_OK);
        }
        close_same(sparse, dense);
    }
}

/* Zeros over pixels that are there already, pixel by pixel across the ends of pieces, which pixels of three bytes do
 * not respect. */
static void zeros_overwrite(void **state)
{
    const struct kind kind = {"straddle.ppm", {0}, RST_U8, 3};
    const struct rst_rect rows = {0, 300, WIDTH, 100}, around = {0, 280, WIDTH, 140};
    struct rst_raster *sparse, *dense;
    (void)state;
    make_pair(&kind, &sparse, &dense);
    assert_int_equal(put(sparse, rows, 0, 3, 5, 0, NULL), RST_OK);
    int64_t space = space_of(sparse);
    assert_int_equal(put(sparse, around, 0, 3, 0, 0, NULL), RST_OK);
    assert_int_equal(space_of(sparse), space);
    close_same(sparse, dense);
}

static void one_pixel_of_a_wide_row(void **state)
{
    const struct kind kind = {"wide.tif", {0}, RST_U8, 3};
    struct rst_raster *raster = create(&kind, files_path("wide.tif"), 3000000, 5, true);
    const struct rst_rect rows = {0, 0, 3000000, 5};
    unsigned char *pixels = calloc(9000000, 5);
    (void)state;
    assert_non_null(pixels);
    int64_t empty = space_of(raster);
    struct rst_view view = rst_view_packed(pixels, RST_U8, rows.width, rows.height, 3);
    *(unsigned char *)rst_view_at(&view, 1234567, 3, 1) = 9;
    assert_int_equal(rst_raster_write(raster, 0, 0, 0, &view, NULL), RST_OK);
    assert_in_range(space_of(raster) - empty, PIECE / 2, 2 * PIECE);
    unsigned char seen[3];
    struct rst_view pixel = rst_view_packed(seen, RST_U8, 1, 1, 3);
    assert_int_equal(rst_raster_read(raster, 1234567, 3, NULL, &pixel, NULL), RST_OK);
    assert_memory_equal(seen, ((unsigned char[]){0, 9, 0}), 3);
    free(pixels);
    rst_close(&raster);
}

/* A tile of 64 KiB is a piece. */
static void a_tile_takes_its_own_space(void **state)
{
    const struct kind kind = {"tiles.tif", {.tile_width = 256, .tile_height = 256}, RST_U8, 1};
    struct rst_raster *raster = create(&kind, files_path("tiles.tif"), 256 * 100, 256 * 100, true);
    int64_t empty = space_of(raster);
    (void)state;
    for (int i = 0; i < 10; i++) {
        struct rst_rect at = {256 * 9 * i, 256 * 11 * i, 256, 256};
        assert_int_equal(put(raster, at, 0, 1, 3, 0, NULL), RST_OK);
    }
    /* With what the file system takes to know of the pieces. */
    assert_in_range(space_of(raster) - empty, 10 * PIECE, 10 * PIECE + 16384);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
}

static void views_have_space(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        struct rst_raster *raster = create(&kinds[i], files_path(kinds[i].name), WIDTH, HEIGHT, true);
        const struct rst_layout *layout = rst_raster_layout(raster);
        struct rst_error err = {0};
        struct rst_view view;
        struct rst_rect place;
        assert_int_equal(rst_raster_bare_view(raster, &view, &err), RST_E_UNSUPPORTED);
        assert_non_null(strstr(err.message, "sparse"));
        int64_t empty = space_of(raster), columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
        int32_t plane = layout->planes - 1;
        enum rst_status status = rst_raster_block(raster, plane, columns - 1, rows - 1, &view, &place, NULL);
        assert_int_equal(status, layout->swapped ? RST_E_UNSUPPORTED : RST_OK);
        int64_t bytes = place.width * place.height * view.bands * (int64_t)rst_type_size(layout->type);
        /* The page that the header ends in was there before. */
        if (!layout->swapped) assert_true(space_of(raster) - empty >= bytes - 4096);
        rst_close(&raster);
    }
}

struct writer {
    pthread_t thread;
    struct rst_raster *raster;
    int first;
    enum rst_status status;
};

enum { WRITERS = 4 };

/* Every WRITERS-th row, of which some are zero. Rows of one piece are written by all. */
static void *write_rows(void *argument)
{
    struct writer *writer = argument;
    for (int64_t y = writer->first; y < HEIGHT && writer->status == RST_OK; y += WRITERS) {
        const struct rst_rect at = {y % 50, y, WIDTH - 100, 1};
        uint64_t seed = y / 200 % 2 == 0 && y % 5 ? 11 : 0;
        writer->status = put(writer->raster, at, 0, rst_raster_layout(writer->raster)->bands, seed, 0, NULL);
    }
    return NULL;
}

static void threads_write_side_by_side(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        struct rst_raster *rasters[2];
        make_pair(&kinds[i], &rasters[0], &rasters[1]);
        for (int which = 0; which < 2; which++) {
            struct writer writers[WRITERS];
            for (int w = 0; w < WRITERS; w++) {
                writers[w] = (struct writer){.raster = rasters[which], .first = w};
                assert_int_equal(pthread_create(&writers[w].thread, NULL, write_rows, &writers[w]), 0);
            }
            for (int w = 0; w < WRITERS; w++) {
                assert_int_equal(pthread_join(writers[w].thread, NULL), 0);
                assert_int_equal(writers[w].status, RST_OK);
            }
        }
        close_same(rasters[0], rasters[1]);
    }
}

static int write_on_a_full_disk(void *folder)
{
    const struct rst_shape shape = {
        .type = RST_U8, .width = 1000, .height = 5000, .bands = 1, .alpha = -1, .opacity = -1};
    const struct rst_create_options options = {.sparse = true};
    const struct rst_rect all = {0, 0, 1000, 5000};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    enum rst_status status = RST_OK;
    struct rst_view view;
    char path[1100];
    if (!files_mount(folder, "tmpfs")) return FILES_NOT_RUN;
    snprintf(path, sizeof path, "%s/out.tif", (char *)folder);
    FILES_CHECK(rst_create(path, &shape, NULL, &options, &raster, NULL) == RST_OK);
    FILES_CHECK(put(raster, all, 0, 1, 0, 0, NULL) == RST_OK);
    int64_t y = 0;
    for (; y < 5000 && status == RST_OK; y += 10)
        status = put(raster, (struct rst_rect){0, y, 1000, 10}, 0, 1, 3, 0, &err);
    FILES_CHECK(status == RST_E_NOSPACE && y > 500 && y < 1060);
    FILES_CHECK(strstr(err.message, path) && strstr(err.message, "free"));
    FILES_CHECK(rst_raster_view(raster, &view, NULL) == RST_E_NOSPACE);
    /* What is there may be written anew, and zeros anywhere. */
    FILES_CHECK(put(raster, (struct rst_rect){0, 0, 1000, 500}, 0, 1, 4, 0, NULL) == RST_OK);
    FILES_CHECK(put(raster, all, 0, 1, 0, 0, NULL) == RST_OK);
    FILES_CHECK(rst_commit(raster, NULL) == RST_OK);
    rst_close(&raster);
    return 0;
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    int result = files_in_child(write_on_a_full_disk, files_path("tiny"));
    if (result == FILES_NOT_RUN) {
        print_message("NOT RUN: this user cannot mount a small file system\n");
        skip();
    }
    assert_int_equal(result, 0);
}

static void what_is_encoded_has_no_holes(void **state)
{
    const struct rst_shape shape = {.type = RST_U8, .width = 9, .height = 9, .bands = 1, .alpha = -1, .opacity = -1};
    const struct {
        const char *name, *words;
        enum rst_compression compression;
    } cases[] = {{"a.tif", "compressed (deflate)", RST_COMPRESSION_DEFLATE},
                 {"b.tif", "compressed (packbits)", RST_COMPRESSION_PACKBITS},
                 {"c.png", "compressed (deflate)", RST_COMPRESSION_DEFAULT}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rst_create_options options = {.sparse = true, .compression = cases[i].compression};
        struct rst_raster *raster = NULL;
        struct rst_error err = {0};
        const char *path = files_path(cases[i].name);
        assert_int_equal(rst_create(path, &shape, NULL, &options, &raster, &err), RST_E_ARGUMENT);
        assert_null(raster);
        assert_non_null(strstr(err.message, path));
        assert_non_null(strstr(err.message, cases[i].words));
    }
    assert_int_equal(files_count(), 0);
}

static void only_an_output_is_sparse(void **state)
{
    uint64_t offset = 0;
    struct rst_raster_parts parts = {.path = "here",
                                     .format = "here",
                                     .sparse = true,
                                     .layout = {.type = RST_U8,
                                                .width = 8,
                                                .height = 8,
                                                .bands = 1,
                                                .block_width = 8,
                                                .block_height = 8,
                                                .planes = 1,
                                                .pixel_stride = 1,
                                                .row_stride = 8,
                                                .offsets = &offset}};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_map_scratch(NULL, 64, false, &parts.map, NULL), RST_OK);
    assert_int_equal(rst_raster_new(&parts, &raster, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "sparse"));
    assert_null(raster);
}

static void a_replaced_file_is_sparse_too(void **state)
{
    const struct rst_shape shape = {
        .type = RST_F32, .width = 900, .height = 900, .bands = 1, .alpha = -1, .opacity = -1};
    const struct rst_create_options options = {.sparse = true, .overwrite = true};
    const char *path = files_make("old.tif", 100000);
    struct rst_raster *raster = NULL;
    (void)state;
    assert_int_equal(rst_create(path, &shape, NULL, &options, &raster, NULL), RST_OK);
    assert_int_equal(files_length(path), 100000);
    assert_int_equal(put(raster, (struct rst_rect){400, 400, 20, 20}, 0, 1, 3, 0, NULL), RST_OK);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    assert_true(files_length(path) >= 900 * 900 * 4);
    assert_true(space_of(raster) < 900 * 900);
    /* Still a mapping of the file, which may be written to. */
    assert_int_equal(put(raster, (struct rst_rect){0, 0, 20, 20}, 0, 1, 3, 0, NULL), RST_OK);
    rst_close(&raster);
    assert_int_equal(files_count(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, files_setup, files_teardown)
    const struct CMUnitTest tests[] = {
        TEST(zeros_take_no_space),        TEST(what_is_written_is_there),      TEST(zeros_overwrite),
        TEST(one_pixel_of_a_wide_row),    TEST(a_tile_takes_its_own_space),    TEST(views_have_space),
        TEST(threads_write_side_by_side), TEST(a_full_disk_is_an_error),       TEST(what_is_encoded_has_no_holes),
        TEST(only_an_output_is_sparse),   TEST(a_replaced_file_is_sparse_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
