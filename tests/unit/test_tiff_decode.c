/* Decoding TIFFs without loss: what libtiff wrote, sample by sample, in every compression, layout and byte order;
 * several threads at once. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "tests/support/decoded.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

enum { WIDTH = 37, HEIGHT = 29, LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};

struct scheme {
    uint16_t compression;
    bool predictors;
};

static const struct scheme schemes[] = {{COMPRESSION_PACKBITS, false},     {COMPRESSION_LZW, true},
                                        {COMPRESSION_ADOBE_DEFLATE, true}, {COMPRESSION_DEFLATE, true},
                                        {COMPRESSION_ZSTD, true},          {COMPRESSION_LZMA, true}};

enum { SCHEMES = sizeof schemes / sizeof schemes[0] };

static void check_form(const struct tiffs_form *form)
{
    char *path = files_path("form.tif");
    tiffs_write(path, form, seed);
    struct rst_raster *raster = decoded_open(path, NULL);
    const struct rst_layout *layout = rst_raster_layout(raster);
    assert_non_null(rst_raster_unmapped(raster));
    assert_int_equal(layout->type, form->type);
    assert_false(layout->swapped);
    assert_int_equal(layout->tail, form->tile_width != 0);
    assert_int_equal(layout->block_width, form->tile_width ? form->tile_width : form->width);
    assert_int_equal(layout->block_height, form->tile_width ? form->tile_height : form->height);
    assert_int_equal(layout->strip_rows, form->tile_width ? 0 : form->strip_rows);
    tiffs_assert_raster(raster, seed);
    rst_close(&raster);
}

/* All kinds of file in turn. libtiff 4.5 writes floats with their predictor wrong in foreign byte order. */
static const char *mode_for(const struct tiffs_form *form, int turn)
{
    if (form->predictor == PREDICTOR_FLOATINGPOINT) return turn % 2 ? "wh" : "w8h";
    return modes[turn % 4];
}

/* One strip, strips with a short last one, tiles that reach out on both sides. */
static void check_layouts(struct tiffs_form form)
{
    static int turn;
    for (int planar = 0; planar < 2 && (planar == 0 || form.bands > 1); planar++) {
        form.planar = planar;
        form.tile_width = 0;
        form.mode = mode_for(&form, turn++);
        form.strip_rows = HEIGHT;
        check_form(&form);
        form.strip_rows = 5;
        check_form(&form);
        form.tile_width = 16;
        form.tile_height = 32;
        form.mode = mode_for(&form, turn++);
        check_form(&form);
    }
}

static void lossless_schemes_give_back_every_sample(void **state)
{
    (void)state;
    for (int i = 0; i < SCHEMES; i++) {
        if (!TIFFIsCODECConfigured(schemes[i].compression)) continue;
        for (int type = 0; type < RST_TYPE_COUNT; type++)
            for (int predictor = 1; predictor <= (schemes[i].predictors ? 3 : 1); predictor++) {
                bool is_float = rst_type_is_float((enum rst_type)type);
                if (predictor == 3 && !is_float) continue;
                struct tiffs_form form = {.type = (enum rst_type)type,
                                          .width = WIDTH,
                                          .height = HEIGHT,
                                          .bands = type % 2 ? 3 : 1,
                                          .compression = schemes[i].compression,
                                          .predictor = schemes[i].predictors ? (uint16_t)predictor : 0};
                check_layouts(form);
                form.bands = 4 - form.bands;
                check_layouts(form);
            }
    }
}

/* The bytes of floats are the same in both byte orders, where they have a predictor: what is written in one is put into
 * a file of the other. */
static void predicted_floats_of_both_byte_orders(void **state)
{
    (void)state;
    for (int type = RST_F32; type <= RST_F64; type++) {
        struct tiffs_form form = {.type = (enum rst_type)type,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .bands = 2,
                                  .strip_rows = HEIGHT,
                                  .mode = "wh",
                                  .compression = COMPRESSION_ADOBE_DEFLATE,
                                  .predictor = PREDICTOR_FLOATINGPOINT};
        char *path = files_path("native.tif"), *other = files_path("foreign.tif"), raw[WIDTH * HEIGHT * 32];
        tiffs_write(path, &form, seed);
        TIFF *tiff = TIFFOpen(path, "rm");
        tmsize_t size = TIFFReadRawStrip(tiff, 0, raw, sizeof raw);
        assert_true(size > 0);
        TIFFClose(tiff);
        tiff = TIFFOpen(other, LITTLE ? "wb" : "wl");
        tiffs_set_form(tiff, &form);
        assert_int_equal(TIFFWriteRawStrip(tiff, 0, raw, size), size);
        TIFFClose(tiff);
        struct rst_raster *raster = decoded_open(other, NULL);
        tiffs_assert_raster(raster, seed);
        rst_close(&raster);
    }
}

/* What libtiff makes of a block is what the raster holds: LERC rounds floats now and then. */
static void assert_as_libtiff(const char *path, const struct tiffs_form *form)
{
    struct rst_raster *raster = decoded_open(path, NULL);
    char *have = decoded_pixels(raster);
    TIFF *tiff = TIFFOpen(path, "rm");
    size_t pixel = rst_type_size(form->type) * form->bands;
    for (uint32_t i = 0; i < tiffs_block_count(form); i++) {
        struct tiffs_block block = tiffs_block_at(form, i);
        size_t size = tiffs_block_size(form, &block);
        char *want = malloc(size);
        assert_non_null(want);
        tmsize_t got = form->tile_width ? TIFFReadEncodedTile(tiff, i, want, (tmsize_t)size)
                                        : TIFFReadEncodedStrip(tiff, i, want, (tmsize_t)size);
        assert_int_equal(got, size);
        size_t width = block.width < form->width - block.x ? block.width : form->width - block.x;
        for (uint32_t y = 0; y < block.height && block.y + y < form->height; y++)
            assert_memory_equal(have + ((size_t)(block.y + y) * form->width + block.x) * pixel,
                                want + (size_t)y * block.width * pixel, width * pixel);
        free(want);
    }
    TIFFClose(tiff);
    free(have);
    rst_close(&raster);
}

static void lerc_gives_back_every_sample(void **state)
{
    (void)state;
    static const enum rst_type types[] = {RST_U8, RST_I8, RST_U16, RST_I16, RST_U32, RST_I32, RST_F32, RST_F64};
    if (!TIFFIsCODECConfigured(COMPRESSION_LERC)) skip();
    char *path = files_path("lerc.tif");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct tiffs_form form = {.type = types[i],
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .bands = i % 2 ? 3 : 1,
                                  .strip_rows = 7,
                                  .mode = modes[i % 4],
                                  .compression = COMPRESSION_LERC};
        if (!rst_type_is_float(types[i])) check_layouts(form);
        form.tile_width = 0;
        tiffs_write(path, &form, seed);
        assert_as_libtiff(path, &form);
        form.tile_width = form.tile_height = 16;
        tiffs_write(path, &form, seed);
        assert_as_libtiff(path, &form);
    }
}

static void bits_may_be_in_reverse_order(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_NONE, COMPRESSION_PACKBITS, COMPRESSION_LZW,
                                            COMPRESSION_ADOBE_DEFLATE};
    for (size_t i = 0; i < sizeof compressions / sizeof compressions[0]; i++)
        for (int type = 0; type < RST_TYPE_COUNT; type += 2)
            check_layouts((struct tiffs_form){.type = (enum rst_type)type,
                                              .width = WIDTH,
                                              .height = HEIGHT,
                                              .bands = 2,
                                              .compression = compressions[i],
                                              .fill_order = FILLORDER_LSB2MSB});
}

struct reader {
    pthread_t thread;
    const struct rst_raster *raster;
    uint64_t random;
    bool right;
};

static void *read_windows(void *argument)
{
    struct reader *reader = argument;
    uint16_t pixels[20 * 20 * 3];
    reader->right = true;
    for (int round = 0; round < 300; round++) {
        int64_t x = (int64_t)(layout_random(&reader->random) % 180),
                y = (int64_t)(layout_random(&reader->random) % 180);
        struct rst_view view = rst_view_packed(pixels, RST_U16, 20, 20, 3);
        if (rst_raster_read(reader->raster, x, y, NULL, &view, NULL) != RST_OK) reader->right = false;
        for (int i = 0; i < 20 * 20 * 3; i++) {
            union rst_sample want = layout_noise(seed, RST_U16, x + i / 3 % 20, y + i / 60, i % 3);
            if (memcmp(&pixels[i], &want, sizeof pixels[i]) != 0) reader->right = false;
        }
    }
    return NULL;
}

static void threads_read_at_once(void **state)
{
    (void)state;
    enum { READERS = 4 };
    for (int tiled = 0; tiled < 2; tiled++) {
        struct tiffs_form form = {.type = RST_U16,
                                  .width = 200,
                                  .height = 200,
                                  .bands = 3,
                                  .tile_width = tiled ? 32 : 0,
                                  .tile_height = 32,
                                  .strip_rows = 3,
                                  .mode = "wb",
                                  .planar = tiled,
                                  .compression = COMPRESSION_ADOBE_DEFLATE,
                                  .predictor = 2};
        char *path = files_path("threads.tif");
        tiffs_write(path, &form, seed);
        struct rst_raster *raster = decoded_open(path, NULL);
        struct reader readers[READERS];
        for (uint64_t i = 0; i < READERS; i++) {
            readers[i] = (struct reader){.raster = raster, .random = seed + i};
            assert_int_equal(pthread_create(&readers[i].thread, NULL, read_windows, &readers[i]), 0);
        }
        for (int i = 0; i < READERS; i++) {
            pthread_join(readers[i].thread, NULL);
            assert_true(readers[i].right);
        }
        rst_close(&raster);
    }
}

static void compressions_are_listed(void **state)
{
    (void)state;
    static const uint16_t tags[RST_COMPRESSION_COUNT] = {[RST_COMPRESSION_NONE] = COMPRESSION_NONE,
                                                         [RST_COMPRESSION_LZW] = COMPRESSION_LZW,
                                                         [RST_COMPRESSION_LERC] = COMPRESSION_LERC,
                                                         [RST_COMPRESSION_ZSTD] = COMPRESSION_ZSTD};
    unsigned listed = rst_format_compressions("TIFF", false);
    for (int i = 0; i < RST_COMPRESSION_COUNT; i++)
        if (tags[i]) assert_int_equal(listed >> i & 1, TIFFIsCODECConfigured(tags[i]) != 0);
}

int main(void)
{
    seed = layout_seed();
    TIFFSetWarningHandler(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lossless_schemes_give_back_every_sample),
        cmocka_unit_test(predicted_floats_of_both_byte_orders),
        cmocka_unit_test(lerc_gives_back_every_sample),
        cmocka_unit_test(bits_may_be_in_reverse_order),
        cmocka_unit_test(threads_read_at_once),
        cmocka_unit_test(compressions_are_listed),
    };
    return cmocka_run_group_tests_name("tiff_decode", tests, files_setup, files_teardown);
}
