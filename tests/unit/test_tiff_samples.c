/* Decoding samples that are not as our types are: packed bits, short floats, bilevel codes, short palettes. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "tests/support/decoded.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

enum { WIDTH = 37, HEIGHT = 29, LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};

struct bits_form {
    uint16_t bits, format, bands, compression, photometric;
    uint32_t width, height, block_width, block_height; /* block_width 0: strips */
    bool planar;
    const char *mode;
};

/* The bits of a sample, whatever they mean. */
static uint32_t bits_of(const struct bits_form *form, uint32_t x, uint32_t y, int band)
{
    union rst_sample sample = layout_noise(seed, RST_U32, x, y, band);
    uint32_t raw;
    memcpy(&raw, &sample, sizeof raw);
    return form->bits < 32 ? raw & ((1u << form->bits) - 1) : raw;
}

/* A block of rows, each from a byte on, the highest bit first. Samples of 16 and 24 bits are in this machine's order,
 * as libtiff wants them. */
static unsigned char *pack_block(const struct bits_form *form, uint32_t left, uint32_t top, uint32_t width,
                                 uint32_t height, int band, size_t *size)
{
    uint32_t bands = form->planar ? 1 : form->bands, row = (width * bands * form->bits + 7) / 8;
    unsigned char *block = calloc(row, height);
    assert_non_null(block);
    *size = (size_t)row * height;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t i = 0; i < width * bands; i++) {
            uint32_t value = bits_of(form, left + i / bands, top + y, band + (int)(i % bands));
            unsigned char *at = block + (size_t)y * row + (size_t)i * (form->bits / 8);
            if (form->bits == 16 || form->bits == 24)
                memcpy(at, (char *)&value + (LITTLE ? 0 : 4 - form->bits / 8), form->bits / 8);
            else
                for (uint32_t bit = 0; bit < form->bits; bit++)
                    if (value >> (form->bits - 1 - bit) & 1)
                        block[(size_t)y * row + (i * form->bits + bit) / 8] |=
                            (unsigned char)(0x80 >> (i * form->bits + bit) % 8);
        }
    return block;
}

static void write_bits(const char *path, const struct bits_form *form)
{
    TIFF *tiff = TIFFOpen(path, form->mode);
    assert_non_null(tiff);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, form->width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, form->height);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, (int)form->bands);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (int)form->bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, (int)form->format);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, (int)form->compression);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, (int)form->photometric);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, form->planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (form->photometric == PHOTOMETRIC_PALETTE) {
        uint16_t map[3][1 << 15];
        for (int i = 0; i < 3 << 15; i++)
            map[i >> 15][i & 0x7fff] = (uint16_t)(1 + i % 60000);
        TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0], map[1], map[2]);
    }
    if (form->block_width) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, form->block_width);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, form->block_height);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, form->block_height);
    }
    uint32_t width = form->block_width ? form->block_width : form->width, index = 0;
    for (int band = 0; band < (form->planar ? form->bands : 1); band++)
        for (uint32_t y = 0; y < form->height; y += form->block_height)
            for (uint32_t x = 0; x < form->width; x += width, index++) {
                size_t size;
                uint32_t rows = form->block_height;
                if (!form->block_width && rows > form->height - y) rows = form->height - y;
                unsigned char *block = pack_block(form, x, y, width, rows, band, &size);
                tmsize_t put = form->block_width ? TIFFWriteEncodedTile(tiff, index, block, (tmsize_t)size)
                                                 : TIFFWriteEncodedStrip(tiff, index, block, (tmsize_t)size);
                assert_int_equal(put, size);
                free(block);
            }
    TIFFClose(tiff);
}

/* Reckoned with doubles, from the definition. */
static float short_float(uint32_t raw, int exponent_bits, int mantissa_bits)
{
    int most = (1 << exponent_bits) - 1, bias = most >> 1, exponent = (int)(raw >> mantissa_bits) & most;
    double fraction = ldexp((double)(raw & ((1u << mantissa_bits) - 1)), -mantissa_bits), value;
    if (exponent == most)
        value = fraction == 0 ? HUGE_VAL : (double)NAN;
    else
        value = exponent ? ldexp(1 + fraction, exponent - bias) : ldexp(fraction, 1 - bias);
    return (float)(raw >> (exponent_bits + mantissa_bits) & 1 ? -value : value);
}

static double meaning_of(const struct bits_form *form, uint32_t raw)
{
    if (form->format == SAMPLEFORMAT_IEEEFP)
        return (double)(form->bits == 16 ? short_float(raw, 5, 10) : short_float(raw, 7, 16));
    if (form->format == SAMPLEFORMAT_INT && raw >> (form->bits - 1)) return (double)raw - ldexp(1, form->bits);
    return raw;
}

static void assert_bits(const struct bits_form *form, const struct rst_raster *raster)
{
    enum rst_type type = rst_raster_layout(raster)->type;
    void *pixels = decoded_pixels(raster);
    size_t index = 0;
    for (uint32_t y = 0; y < form->height; y++)
        for (uint32_t x = 0; x < form->width; x++)
            for (int band = 0; band < form->bands; band++, index++) {
                double have = decoded_sample(type, pixels, index), want = meaning_of(form, bits_of(form, x, y, band));
                if (have != want && !(isnan(have) && isnan(want)))
                    fail_msg("%s: %u bits, format %u, at %u, %u, band %d: %g, not %g", rst_raster_unmapped(raster),
                             form->bits, form->format, x, y, band, have, want);
            }
    free(pixels);
}

static void check_bits(struct bits_form form, enum rst_type type)
{
    static int turn;
    char *path = files_path("bits.tif");
    form.width = WIDTH;
    form.height = HEIGHT;
    for (int planar = 0; planar < 2; planar++)
        for (int layout = 0; layout < 3; layout++) {
            form.planar = planar;
            form.block_width = layout == 2 ? 32 : 0;
            form.block_height = layout == 2 ? 16 : layout == 1 ? 5 : HEIGHT;
            form.mode = modes[turn++ % 4];
            form.photometric = PHOTOMETRIC_MINISBLACK;
            write_bits(path, &form);
            struct rst_raster *raster = decoded_open(path, NULL);
            assert_int_equal(rst_raster_layout(raster)->type, type);
            const struct rst_meta *meta = rst_raster_meta(raster);
            for (int band = 0; band < 4; band++)
                assert_int_equal(meta->significant_bits[band],
                                 band < form.bands && form.format != SAMPLEFORMAT_IEEEFP ? form.bits : 0);
            assert_bits(&form, raster);
            rst_close(&raster);
        }
}

static void packed_integers_keep_their_value(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE};
    for (uint16_t bits = 1; bits < 32; bits++)
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            struct bits_form form = {.bits = bits,
                                     .bands = bits % 3 ? 3 : 1,
                                     .format = is_signed ? SAMPLEFORMAT_INT : SAMPLEFORMAT_UINT,
                                     .compression = compressions[bits % 3]};
            enum rst_type types[3][2] = {{RST_U8, RST_I8}, {RST_U16, RST_I16}, {RST_U32, RST_I32}};
            if (bits == 8 || bits == 16) continue;
            check_bits(form, types[bits < 8 ? 0 : bits < 16 ? 1 : 2][is_signed]);
        }
}

static void short_floats_are_exact(void **state)
{
    (void)state;
    for (uint16_t bits = 16; bits <= 24; bits += 8) {
        struct bits_form form = {.bits = bits, .bands = 2, .format = SAMPLEFORMAT_IEEEFP};
        form.compression = COMPRESSION_NONE;
        check_bits(form, RST_F32);
        form.compression = COMPRESSION_ADOBE_DEFLATE;
        check_bits(form, RST_F32);
    }
    /* every half there is */
    char *path = files_path("halves.tif");
    uint16_t *halves = malloc(65536 * sizeof *halves);
    assert_non_null(halves);
    for (int i = 0; i < 65536; i++)
        halves[i] = (uint16_t)i;
    TIFF *tiff = TIFFOpen(path, "w");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 256);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 256);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 16);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_FLOATINGPOINT);
    assert_true(TIFFWriteEncodedStrip(tiff, 0, halves, 65536 * 2) > 0);
    TIFFClose(tiff);
    free(halves);
    struct rst_raster *raster = decoded_open(path, NULL);
    float *values = decoded_pixels(raster);
    for (uint32_t i = 0; i < 65536; i++) {
        float want = short_float(i, 5, 10);
        if (isnan(want))
            assert_true(isnan(values[i]));
        else
            assert_true(values[i] == want && signbit(values[i]) == signbit(want));
    }
    free(values);
    rst_close(&raster);
}

static void bilevel_schemes_give_back_every_bit(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,
                                            COMPRESSION_JBIG, COMPRESSION_PACKBITS};
    for (size_t i = 0; i < sizeof compressions / sizeof compressions[0]; i++)
        for (int layout = 0; layout < 3; layout++) {
            if (!TIFFIsCODECConfigured(compressions[i])) continue;
            if (compressions[i] == COMPRESSION_JBIG && layout != 0) continue; /* it takes one strip alone */
            struct bits_form form = {.bits = 1,
                                     .bands = 1,
                                     .format = SAMPLEFORMAT_UINT,
                                     .compression = compressions[i],
                                     .photometric = PHOTOMETRIC_MINISWHITE,
                                     .width = WIDTH,
                                     .height = HEIGHT,
                                     .block_width = layout == 2 ? 32 : 0,
                                     .block_height = layout == 2   ? 16
                                                     : layout == 1 ? 5
                                                                   : HEIGHT,
                                     .mode = modes[layout]};
            char *path = files_path("bilevel.tif");
            write_bits(path, &form);
            struct rst_raster *raster = decoded_open(path, NULL);
            assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_WHITE_IS_ZERO);
            assert_bits(&form, raster);
            rst_close(&raster);
        }
}

/* libtiff does not read back what it wrote; what it reads is what counts. */
static void word_aligned_rle_is_as_libtiff_says(void **state)
{
    (void)state;
    struct bits_form form = {.bits = 1,
                             .bands = 1,
                             .format = SAMPLEFORMAT_UINT,
                             .compression = COMPRESSION_CCITTRLEW,
                             .photometric = PHOTOMETRIC_MINISWHITE,
                             .width = WIDTH,
                             .height = HEIGHT,
                             .block_height = 5,
                             .mode = "w"};
    char *path = files_path("words.tif");
    write_bits(path, &form);
    struct rst_raster *raster = decoded_open(path, NULL);
    unsigned char *pixels = decoded_pixels(raster), row[(WIDTH + 7) / 8];
    TIFF *tiff = TIFFOpen(path, "rm");
    for (uint32_t y = 0; y < HEIGHT; y++) {
        assert_int_equal(TIFFReadScanline(tiff, row, y, 0), 1);
        for (uint32_t x = 0; x < WIDTH; x++)
            assert_int_equal(pixels[y * WIDTH + x], row[x / 8] >> (7 - x % 8) & 1);
    }
    TIFFClose(tiff);
    free(pixels);
    rst_close(&raster);
}

/* A palette of 2^n colours becomes one for all values of the type. */
static void palettes_go_with_the_type(void **state)
{
    (void)state;
    for (uint16_t bits = 1; bits <= 12; bits++) {
        struct bits_form form = {.bits = bits,
                                 .bands = 1,
                                 .format = SAMPLEFORMAT_UINT,
                                 .compression = COMPRESSION_PACKBITS,
                                 .photometric = PHOTOMETRIC_PALETTE,
                                 .width = WIDTH,
                                 .height = HEIGHT,
                                 .block_height = 7,
                                 .mode = "w"};
        char *path = files_path("palette.tif");
        if (bits == 8) continue;
        write_bits(path, &form);
        struct rst_raster *raster = decoded_open(path, NULL);
        const struct rst_meta *meta = rst_raster_meta(raster);
        size_t each = bits < 8 ? 256 : 65536;
        assert_int_equal(meta->color_map_count, 3 * each);
        for (size_t i = 0; i < 3 * each; i++)
            assert_int_equal(meta->color_map[i],
                             i % each < (1u << bits) ? 1 + (i / each * 32768 + i % each) % 60000 : 0);
        assert_bits(&form, raster);
        rst_close(&raster);
    }
}

/* One strip for all rows, not compressed: decoded in parts, of which there are several here. */
static void a_single_strip_is_decoded_in_parts(void **state)
{
    (void)state;
    static const uint16_t kinds[] = {1, 12, 24};
    for (size_t i = 0; i < 3; i++)
        for (int planar = 0; planar < 2; planar++) {
            struct bits_form form = {.bits = kinds[i],
                                     .bands = 2,
                                     .planar = planar,
                                     .format = SAMPLEFORMAT_UINT,
                                     .compression = COMPRESSION_NONE,
                                     .photometric = PHOTOMETRIC_MINISBLACK,
                                     .width = i == 0 ? 16001 : 1501,
                                     .height = 301,
                                     .block_height = 301,
                                     .mode = modes[i]};
            char *path = files_path("strip.tif");
            write_bits(path, &form);
            struct rst_raster *raster = decoded_open(path, NULL);
            assert_bits(&form, raster);
            rst_close(&raster);
            assert_int_equal(truncate(path, 200000), 0);
        }
}

/* Codes that libtiff reads and does not write, written by hand: every pixel or row as it is. */
static void thunderscan_and_next_are_read(void **state)
{
    (void)state;
    for (int next = 0; next < 2; next++) {
        struct bits_form form = {.bits = next ? 2 : 4,
                                 .bands = 1,
                                 .format = SAMPLEFORMAT_UINT,
                                 .compression = next ? COMPRESSION_NEXT : COMPRESSION_THUNDERSCAN,
                                 .width = 40,
                                 .height = 9};
        unsigned char bytes[9 * 40], *at = bytes;
        for (uint32_t y = 0; y < form.height; y++) {
            size_t size = 0;
            unsigned char *row = pack_block(&form, 0, y, form.width, 1, 0, &size);
            if (next) *at++ = 0; /* a row as it is */
            for (uint32_t x = 0; next && x < size; x++)
                *at++ = row[x];
            for (uint32_t x = 0; !next && x < form.width; x++)
                *at++ = (unsigned char)(0xc0 | bits_of(&form, x, y, 0)); /* a pixel as it is */
            free(row);
        }
        char *path = files_path("scan.tif");
        TIFF *tiff = TIFFOpen(path, "w");
        TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, form.width);
        TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, form.height);
        TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (int)form.bits);
        TIFFSetField(tiff, TIFFTAG_COMPRESSION, (int)form.compression);
        TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, form.height);
        assert_int_equal(TIFFWriteRawStrip(tiff, 0, bytes, at - bytes), at - bytes);
        TIFFClose(tiff);
        struct rst_raster *raster = decoded_open(path, NULL);
        assert_bits(&form, raster);
        rst_close(&raster);
    }
}

/* A JBIG stream tells its own width, in four bytes from its fourth on; libtiff keeps it with all bits in reverse. */
static void jbig_of_another_size_is_refused(void **state)
{
    (void)state;
    if (!TIFFIsCODECConfigured(COMPRESSION_JBIG)) skip();
    struct bits_form form = {.bits = 1,
                             .bands = 1,
                             .format = SAMPLEFORMAT_UINT,
                             .compression = COMPRESSION_JBIG,
                             .width = WIDTH,
                             .height = HEIGHT,
                             .block_height = HEIGHT,
                             .mode = "w"};
    char *path = files_path("jbig.tif");
    write_bits(path, &form);
    TIFF *tiff = TIFFOpen(path, "rm");
    off_t at = (off_t)TIFFGetStrileOffset(tiff, 0);
    TIFFClose(tiff);
    for (off_t byte = 4; byte < 12; byte++) {
        unsigned char old, other = 0x40;
        int descriptor = open(path, O_RDWR | O_CLOEXEC);
        assert_int_equal(pread(descriptor, &old, 1, at + byte), 1);
        assert_int_equal(pwrite(descriptor, &other, 1, at + byte), 1);
        struct rst_raster *raster = decoded_open(path, NULL);
        if (byte != 11) decoded_assert_unreadable(raster, 0, 0, RST_E_FORMAT, "JBIG stream is of another size");
        rst_close(&raster);
        assert_int_equal(pwrite(descriptor, &old, 1, at + byte), 1);
        close(descriptor);
    }
    struct rst_raster *raster = decoded_open(path, NULL);
    assert_bits(&form, raster);
    rst_close(&raster);
}

static void survives_damage(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_CCITTFAX3,
                                            COMPRESSION_CCITTFAX4, COMPRESSION_JBIG};
    for (size_t i = 0; i < sizeof compressions / sizeof compressions[0]; i++) {
        struct bits_form form = {.bits = i < 2 ? 12 : 1,
                                 .bands = 1,
                                 .format = SAMPLEFORMAT_UINT,
                                 .compression = compressions[i],
                                 .photometric = PHOTOMETRIC_MINISBLACK,
                                 .width = WIDTH,
                                 .height = HEIGHT,
                                 .block_height = HEIGHT,
                                 .mode = modes[i % 4]};
        if (!TIFFIsCODECConfigured(compressions[i])) continue;
        char *path = files_path("damage.tif");
        write_bits(path, &form);
        decoded_survives(path, seed + i, 300);
    }
}

int main(void)
{
    seed = layout_seed();
    TIFFSetWarningHandler(NULL);
    TIFFSetErrorHandler(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_integers_keep_their_value),
        cmocka_unit_test(short_floats_are_exact),
        cmocka_unit_test(bilevel_schemes_give_back_every_bit),
        cmocka_unit_test(word_aligned_rle_is_as_libtiff_says),
        cmocka_unit_test(thunderscan_and_next_are_read),
        cmocka_unit_test(palettes_go_with_the_type),
        cmocka_unit_test(a_single_strip_is_decoded_in_parts),
        cmocka_unit_test(jbig_of_another_size_is_refused),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("tiff_samples", tests, files_setup, files_teardown);
}
