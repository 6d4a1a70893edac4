/* Decoding what is lossy or has its colours in a form of its own: YCbCr, JPEG old and new, WebP, logarithms. What
 * libtiff makes of it is what counts. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "tests/support/decoded.h"
#include "tests/support/opens.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

enum { WIDTH = 83, HEIGHT = 61 };

static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};

/* Colours that change slowly, as JPEG likes them. */
static void paint(unsigned char *pixels, uint32_t width, uint32_t height)
{
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++, pixels += 3) {
            pixels[0] = (unsigned char)(x * 255 / width);
            pixels[1] = (unsigned char)(y * 255 / height);
            pixels[2] = (unsigned char)(127 + 120 * sin(x * 0.2) * cos(y * 0.15));
        }
}

struct color_form {
    uint16_t compression, across, down, photometric;
    uint32_t tile_width, tile_height, strip_rows;
};

static void set_color_form(TIFF *tiff, const struct color_form *form)
{
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, WIDTH);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, HEIGHT);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, (int)form->compression);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, (int)form->photometric);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    if (form->photometric == PHOTOMETRIC_YCBCR)
        TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, (int)form->across, (int)form->down);
    if (form->compression == COMPRESSION_JPEG) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (form->tile_width) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, form->tile_width);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, form->tile_height);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, form->strip_rows);
    }
}

/* The byte of a block that is not JPEG, as write_colors() has it. */
static unsigned char cluster_byte(uint32_t block, uint64_t at)
{
    return files_byte(at + UINT64_C(7919) * block);
}

/* Blocks of what libtiff takes: RGB for JPEG, else noise for clusters. */
static void write_colors(const char *path, const char *mode, const struct color_form *form, int tables)
{
    TIFF *tiff = TIFFOpen(path, mode);
    assert_non_null(tiff);
    set_color_form(tiff, form);
    if (tables >= 0) TIFFSetField(tiff, TIFFTAG_JPEGTABLESMODE, tables);
    uint32_t count = form->tile_width ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
    uint32_t rows = form->tile_width ? form->tile_height : form->strip_rows;
    for (uint32_t i = 0; i < count; i++) {
        if (!form->tile_width && rows > HEIGHT - i * form->strip_rows) rows = HEIGHT - i * form->strip_rows;
        tmsize_t size = form->tile_width ? TIFFTileSize(tiff) : TIFFVStripSize(tiff, rows);
        unsigned char *block = malloc((size_t)size);
        assert_non_null(block);
        if (form->compression == COMPRESSION_JPEG)
            paint(block, form->tile_width ? form->tile_width : WIDTH, rows);
        else
            for (tmsize_t byte = 0; byte < size; byte++)
                block[byte] = cluster_byte(i, (uint64_t)byte);
        tmsize_t put =
            form->tile_width ? TIFFWriteEncodedTile(tiff, i, block, size) : TIFFWriteEncodedStrip(tiff, i, block, size);
        assert_int_equal(put, size);
        free(block);
    }
    TIFFClose(tiff);
}

/* What TIFFReadRGBAImage() makes of the first page is what the raster holds. */
static void assert_as_rgba(const char *path)
{
    uint32_t *want = malloc(WIDTH * HEIGHT * sizeof *want);
    assert_non_null(want);
    TIFF *tiff = TIFFOpen(path, "r"); /* mapped: unmapped it refuses some tiles that are not compressed */
    assert_non_null(tiff);
    assert_true(TIFFReadRGBAImageOriented(tiff, WIDTH, HEIGHT, want, ORIENTATION_TOPLEFT, 1));
    TIFFClose(tiff);
    struct rst_raster *raster = decoded_open(path, NULL);
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(rst_raster_layout(raster)->type, RST_U8);
    unsigned char *have = decoded_pixels(raster);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        if (have[3 * i] != TIFFGetR(want[i]) || have[3 * i + 1] != TIFFGetG(want[i]) ||
            have[3 * i + 2] != TIFFGetB(want[i]))
            fail_msg("at %d, %d: %u %u %u, not %u %u %u", i % WIDTH, i / WIDTH, have[3 * i], have[3 * i + 1],
                     have[3 * i + 2], TIFFGetR(want[i]), TIFFGetG(want[i]), TIFFGetB(want[i]));
    free(have);
    free(want);
    rst_close(&raster);
}

/* Every pixel is what its own Y and the Cb and Cr of its cluster make. */
static void assert_clusters(const char *path, const struct color_form *form, TIFFYCbCrToRGB *colors)
{
    struct rst_raster *raster = decoded_open(path, NULL);
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_RGB);
    unsigned char *have = decoded_pixels(raster), *pixel = have;
    uint32_t width = form->tile_width ? form->tile_width : WIDTH;
    uint32_t height = form->tile_width ? form->tile_height : form->strip_rows;
    uint32_t columns = (WIDTH - 1) / width + 1, clusters = (width - 1) / form->across + 1;
    uint32_t size = (uint32_t)form->across * form->down + 2;
    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = 0; x < WIDTH; x++, pixel += 3) {
            uint32_t block = y / height * columns + x / width, inner_x = x % width, inner_y = y % height;
            uint32_t at = (inner_y / form->down * clusters + inner_x / form->across) * size;
            uint32_t luma = at + inner_y % form->down * form->across + inner_x % form->across, want[3];
            TIFFYCbCrtoRGB(colors, cluster_byte(block, luma), cluster_byte(block, at + size - 2),
                           cluster_byte(block, at + size - 1), &want[0], &want[1], &want[2]);
            for (int band = 0; band < 3; band++)
                if (pixel[band] != want[band])
                    fail_msg("%ux%u at %u, %u, band %d: %u, not %u", form->across, form->down, x, y, band, pixel[band],
                             want[band]);
        }
    free(have);
    rst_close(&raster);
}

static const uint16_t factors[][2] = {{1, 1}, {2, 1}, {2, 2}, {4, 1}, {4, 2}, {4, 4}, {1, 2}};

enum { FACTORS = sizeof factors / sizeof factors[0] };

static struct color_form layout_form(uint16_t compression, int i, int layout)
{
    return (struct color_form){.compression = compression,
                               .across = factors[i][0],
                               .down = factors[i][1],
                               .photometric = PHOTOMETRIC_YCBCR,
                               .tile_width = layout == 2 ? 32 : 0,
                               .tile_height = 32,
                               .strip_rows = layout == 0 ? HEIGHT : 32};
}

static void subsampled_colors_become_rgb(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_NONE, COMPRESSION_LZW};
    float luma[] = {0.299f, 0.587f, 0.114f}, range[] = {0, 255, 128, 255, 128, 255};
    void *room = calloc(1, 1 << 16);
    assert_non_null(room);
    assert_int_equal(TIFFYCbCrToRGBInit(room, luma, range), 0);
    char *path = files_path("clusters.tif");
    for (int i = 1; i < FACTORS; i++)
        for (int layout = 0; layout < 3; layout++) {
            struct color_form form = layout_form(compressions[i % 2], i, layout);
            write_colors(path, modes[i % 4], &form, -1);
            assert_clusters(path, &form, room);
        }
    free(room);
}

static void jpeg_becomes_rgb(void **state)
{
    (void)state;
    if (!TIFFIsCODECConfigured(COMPRESSION_JPEG)) skip();
    char *path = files_path("colors.tif");
    for (int i = 0; i < FACTORS; i++)
        for (int layout = 0; layout < 3; layout++) {
            struct color_form form = layout_form(COMPRESSION_JPEG, i, layout);
            if (form.across * form.down > 8) continue; /* not in JPEG */
            write_colors(path, modes[i % 4], &form, -1);
            assert_as_rgba(path);
        }
}

/* JPEG that was not YCbCr, with and without tables of its own. */
static void jpeg_of_rgb_and_gray_is_as_libtiff_says(void **state)
{
    (void)state;
    if (!TIFFIsCODECConfigured(COMPRESSION_JPEG)) skip();
    char *path = files_path("jpeg.tif");
    struct color_form form = {
        .compression = COMPRESSION_JPEG, .photometric = PHOTOMETRIC_RGB, .tile_width = 16, .tile_height = 48};
    for (int tables = 0; tables <= 3; tables++) {
        write_colors(path, "w", &form, tables);
        assert_as_rgba(path);
    }
}

/* Old-style JPEG, which libtiff only reads: a new-style one with all tables in its strip, under another number. */
static void old_jpeg_becomes_rgb(void **state)
{
    (void)state;
    if (!TIFFIsCODECConfigured(COMPRESSION_JPEG) || !TIFFIsCODECConfigured(COMPRESSION_OJPEG)) skip();
    char *path = files_path("old.tif");
    for (size_t i = 0; i < 3; i++) {
        struct color_form form = {.compression = COMPRESSION_JPEG,
                                  .across = factors[i][0],
                                  .down = factors[i][1],
                                  .photometric = PHOTOMETRIC_YCBCR,
                                  .strip_rows = HEIGHT};
        write_colors(path, "wl", &form, 0);
        TIFF *tiff = TIFFOpen(path, "rm");
        uint64_t at = TIFFCurrentDirOffset(tiff);
        TIFFClose(tiff);
        size_t length;
        unsigned char *bytes = files_read(path, &length);
        for (unsigned char *entry = bytes + at + 2;; entry += 12)
            if ((entry[0] | entry[1] << 8) == TIFFTAG_COMPRESSION) {
                assert_int_equal(entry[8], COMPRESSION_JPEG);
                entry[8] = COMPRESSION_OJPEG;
                break;
            }
        FILE *file = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, length, file), length);
        fclose(file);
        free(bytes);
        assert_as_rgba(path);
    }
}

static void webp_without_loss_gives_back_every_sample(void **state)
{
    (void)state;
    if (!TIFFIsCODECConfigured(COMPRESSION_WEBP)) skip();
    unsigned char pixels[48 * 48 * 3], *have;
    char *path = files_path("webp.tif");
    TIFF *tiff = TIFFOpen(path, "w");
    paint(pixels, 48, 48);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 48);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 48);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_WEBP);
    TIFFSetField(tiff, TIFFTAG_WEBP_LOSSLESS, 1);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 20);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(TIFFWriteEncodedStrip(tiff, i, pixels + (size_t)i * 20 * 144, i == 2 ? 8 * 144 : 20 * 144) > 0);
    TIFFClose(tiff);
    struct rst_raster *raster = decoded_open(path, NULL);
    have = decoded_pixels(raster);
    assert_memory_equal(have, pixels, sizeof pixels);
    free(have);
    rst_close(&raster);
}

/* Runs of a picture, as libtiff's scanlines give them. */
static void assert_as_scanlines(const char *path, uint32_t tag, int value, enum rst_type type)
{
    struct rst_raster *raster = decoded_open(path, NULL);
    const struct rst_layout *layout = rst_raster_layout(raster);
    assert_int_equal(layout->type, type);
    char *have = decoded_pixels(raster), *row;
    TIFF *tiff = TIFFOpen(path, "rm");
    TIFFSetField(tiff, tag, value);
    size_t size = (size_t)TIFFScanlineSize(tiff);
    assert_int_equal(size, (size_t)(layout->width * layout->bands) * rst_type_size(type));
    row = malloc(size);
    assert_non_null(row);
    for (uint32_t y = 0; y < layout->height; y++) {
        assert_int_equal(TIFFReadScanline(tiff, row, y, 0), 1);
        assert_memory_equal(have + y * size, row, size);
    }
    TIFFClose(tiff);
    free(row);
    free(have);
    rst_close(&raster);
}

static void write_log(const char *path, const char *mode, uint16_t compression, int bands, uint32_t tag, int format,
                      int bits, int photometric)
{
    float values[40 * 30 * 3];
    uint16_t shorts[40 * 30 * 3];
    unsigned char bytes[40 * 30 * 3];
    for (int i = 0; i < 40 * 30 * bands; i++) {
        values[i] = 0.05f + (float)(i % 97) / 100;
        shorts[i] = (uint16_t)(i * 7 % 2048);
        bytes[i] = (unsigned char)(i * 5);
    }
    const void *rows = bits == 32 ? (void *)values : bits == 8 ? (void *)bytes : (void *)shorts;
    TIFF *tiff = TIFFOpen(path, mode);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 40);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 30);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, bands);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 13);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, (int)compression);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
    TIFFSetField(tiff, tag, format);
    for (uint32_t y = 0; y < 30; y++)
        assert_int_equal(
            TIFFWriteScanline(tiff, (char *)rows + (size_t)(y * 40 * (uint32_t)bands * (uint32_t)bits / 8), y, 0), 1);
    TIFFClose(tiff);
}

static void logarithmic_schemes_become_numbers(void **state)
{
    (void)state;
    char *path = files_path("log.tif");
    static const uint32_t sgi = TIFFTAG_SGILOGDATAFMT, pixar = TIFFTAG_PIXARLOGDATAFMT;
    for (int i = 0; i < 2; i++) {
        write_log(path, modes[i], COMPRESSION_SGILOG, 1, sgi, SGILOGDATAFMT_FLOAT, 32, PHOTOMETRIC_LOGL);
        assert_as_scanlines(path, sgi, SGILOGDATAFMT_FLOAT, RST_F32);
        write_log(path, modes[i], COMPRESSION_SGILOG, 3, sgi, SGILOGDATAFMT_FLOAT, 32, PHOTOMETRIC_LOGLUV);
        assert_as_scanlines(path, sgi, SGILOGDATAFMT_FLOAT, RST_F32);
        write_log(path, modes[i], COMPRESSION_SGILOG24, 3, sgi, SGILOGDATAFMT_FLOAT, 32, PHOTOMETRIC_LOGLUV);
        assert_as_scanlines(path, sgi, SGILOGDATAFMT_FLOAT, RST_F32);
        /* whatever was written, the directory says that it is 8 bits */
        write_log(path, modes[i], COMPRESSION_PIXARLOG, 3, pixar, PIXARLOGDATAFMT_FLOAT, 32, PHOTOMETRIC_RGB);
        assert_as_scanlines(path, pixar, PIXARLOGDATAFMT_8BIT, RST_U8);
        write_log(path, modes[i], COMPRESSION_PIXARLOG, 3, pixar, PIXARLOGDATAFMT_16BIT, 16, PHOTOMETRIC_RGB);
        assert_as_scanlines(path, pixar, PIXARLOGDATAFMT_8BIT, RST_U8);
        write_log(path, modes[i], COMPRESSION_PIXARLOG, 1, pixar, PIXARLOGDATAFMT_8BIT, 8, PHOTOMETRIC_MINISBLACK);
        opens_not(path, RST_READ, NULL, RST_E_UNSUPPORTED, "PixarLog");
    }
}

static void survives_damage(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_JPEG};
    char *path = files_path("damage.tif");
    for (int i = 0; i < 3; i++) {
        struct color_form form = layout_form(compressions[i], 2, 2);
        if (!TIFFIsCODECConfigured(form.compression)) continue;
        write_colors(path, modes[i], &form, -1);
        decoded_survives(path, seed, 300);
    }
    write_log(path, "w", COMPRESSION_SGILOG, 3, TIFFTAG_SGILOGDATAFMT, SGILOGDATAFMT_FLOAT, 32, PHOTOMETRIC_LOGLUV);
    decoded_survives(path, seed, 300);
    write_log(path, "w", COMPRESSION_PIXARLOG, 3, TIFFTAG_PIXARLOGDATAFMT, PIXARLOGDATAFMT_8BIT, 8, PHOTOMETRIC_RGB);
    decoded_survives(path, seed, 300);
}

int main(void)
{
    seed = layout_seed();
    TIFFSetWarningHandler(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subsampled_colors_become_rgb),
        cmocka_unit_test(jpeg_becomes_rgb),
        cmocka_unit_test(jpeg_of_rgb_and_gray_is_as_libtiff_says),
        cmocka_unit_test(old_jpeg_becomes_rgb),
        cmocka_unit_test(webp_without_loss_gives_back_every_sample),
        cmocka_unit_test(logarithmic_schemes_become_numbers),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("tiff_colors", tests, files_setup, files_teardown);
}
