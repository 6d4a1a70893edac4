/* Decoding TIFFs that are not whole, or lie: what is missing reads as nodata, everything else is told. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#include "tests/support/decoded.h"
#include "tests/support/opens.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

enum { WIDTH = 37, HEIGHT = 29 };

static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};

enum { TAG_NODATA = 42113 };

/* Every second block is left out. */
static void write_sparse(const char *path, const struct tiffs_form *form, const char *nodata)
{
    static const TIFFFieldInfo info[] = {
        {TAG_NODATA, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, (char *)"nodata"}};
    TIFF *tiff = TIFFOpen(path, form->mode);
    assert_non_null(tiff);
    TIFFMergeFieldInfo(tiff, info, 1);
    tiffs_set_form(tiff, form);
    if (nodata) TIFFSetField(tiff, TAG_NODATA, nodata);
    for (uint32_t i = 0; i < tiffs_block_count(form); i += 2) {
        struct tiffs_block block = tiffs_block_at(form, i);
        size_t size = tiffs_block_size(form, &block);
        char *bytes = malloc(size);
        assert_non_null(bytes);
        tiffs_fill(form, &block, seed, bytes);
        tmsize_t put = form->tile_width ? TIFFWriteEncodedTile(tiff, i, bytes, (tmsize_t)size)
                                        : TIFFWriteEncodedStrip(tiff, i, bytes, (tmsize_t)size);
        assert_int_equal(put, size);
        free(bytes);
    }
    TIFFClose(tiff);
}

static void missing_blocks_are_nodata(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        struct tiffs_form form = {.type = i % 2 ? RST_I16 : RST_F32,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .bands = 3,
                                  .planar = i / 2 % 2,
                                  .strip_rows = 4,
                                  .tile_width = i / 4 ? 16 : 0,
                                  .tile_height = 16,
                                  .mode = modes[i % 4],
                                  .compression = COMPRESSION_ADOBE_DEFLATE};
        char *path = files_path("sparse.tif");
        const char *nodata = i % 3 ? "-9999" : NULL;
        write_sparse(path, &form, nodata);
        struct rst_raster *raster = decoded_open(path, NULL);
        void *pixels = decoded_pixels(raster);
        size_t index = 0, missing = 0;
        uint32_t width = form.tile_width ? 16 : WIDTH, height = form.tile_width ? 16 : 4;
        uint32_t columns = (WIDTH - 1) / width + 1, rows = (HEIGHT - 1) / height + 1;
        for (uint32_t y = 0; y < HEIGHT; y++)
            for (uint32_t x = 0; x < WIDTH; x++)
                for (uint32_t band = 0; band < 3; band++, index++) {
                    uint32_t block = ((form.planar ? band : 0) * rows + y / height) * columns + x / width;
                    union rst_sample noise = layout_noise(seed, form.type, x, y, (int32_t)band);
                    double want = block % 2 ? (nodata ? -9999 : 0) : decoded_sample(form.type, &noise, 0);
                    missing += block % 2;
                    assert_true(decoded_sample(form.type, pixels, index) == want);
                }
        assert_true(missing > 0);
        free(pixels);
        rst_close(&raster);
    }
}

static void damaged_blocks_are_told(void **state)
{
    (void)state;
    struct tiffs_form form = {.type = RST_U16,
                              .width = 64,
                              .height = 64,
                              .bands = 2,
                              .tile_width = 16,
                              .tile_height = 16,
                              .mode = "wl",
                              .planar = true,
                              .compression = COMPRESSION_ADOBE_DEFLATE};
    char *path = files_path("damaged.tif");
    tiffs_write(path, &form, seed);
    TIFF *tiff = TIFFOpen(path, "rm");
    uint64_t at = TIFFGetStrileOffset(tiff, 16 + 4 * 2 + 3);
    TIFFClose(tiff);
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pwrite(descriptor, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, (off_t)at), 8);
    close(descriptor);
    struct rst_raster *raster = decoded_open(path, NULL);
    decoded_assert_unreadable(raster, 50, 40, RST_E_FORMAT, "tile at column 3, row 2, band 1: ");
    decoded_assert_unreadable(raster, 50, 40, RST_E_FORMAT, "tile at column 3, row 2, band 1: "); /* once more */
    uint16_t pixel[2];
    struct rst_view view = rst_view_packed(pixel, RST_U16, 1, 1, 2);
    assert_int_equal(rst_raster_read(raster, 2, 40, NULL, &view, NULL), RST_OK);
    union rst_sample want = layout_noise(seed, RST_U16, 2, 40, 1);
    assert_memory_equal(&pixel[1], &want, sizeof pixel[1]);
    rst_close(&raster);
}

/* A directory in front of the pixels: what is cut off is pixels alone. */
static void truncated_files_say_where(void **state)
{
    (void)state;
    struct tiffs_form form = {
        .type = RST_U8, .width = 40, .height = 40, .bands = 1, .strip_rows = 8, .compression = COMPRESSION_LZW};
    char *path = files_path("cut.tif");
    TIFF *tiff = TIFFOpen(path, "wl");
    tiffs_set_form(tiff, &form);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < 5; i++) {
            struct tiffs_block block = tiffs_block_at(&form, i);
            unsigned char bytes[320];
            tiffs_fill(&form, &block, seed, (char *)bytes);
            if (pass == 1) assert_int_equal(TIFFWriteEncodedStrip(tiff, i, bytes, 320), 320);
        }
        if (pass == 0) {
            TIFFDeferStrileArrayWriting(tiff);
            TIFFWriteCheck(tiff, 0, "test");
            TIFFWriteDirectory(tiff);
            TIFFSetDirectory(tiff, 0);
            TIFFForceStrileArrayWriting(tiff);
        }
    }
    TIFFClose(tiff);
    tiff = TIFFOpen(path, "rm");
    uint64_t third = TIFFGetStrileOffset(tiff, 3), end = third + TIFFGetStrileByteCount(tiff, 3);
    TIFFClose(tiff);
    assert_int_equal(truncate(path, (off_t)end - 1), 0);
    struct rst_raster *raster = decoded_open(path, NULL);
    char words[64];
    decoded_assert_unreadable(raster, 0, 24, RST_E_TRUNCATED, "strip 3 needs");
    snprintf(words, sizeof words, "from byte %" PRIu64 " on, the file has %" PRIu64, third, end - 1);
    decoded_assert_unreadable(raster, 0, 24, RST_E_TRUNCATED, words);
    assert_int_equal(truncate(path, (off_t)third - 1), 0); /* under the raster's eyes */
    decoded_assert_unreadable(raster, 0, 16, RST_E_TRUNCATED, "strip 2");
    struct rst_view view = rst_view_packed(words, RST_U8, 40, 1, 1);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_OK);
    rst_close(&raster);
}

/* ---- hand-made directories: classic, little-endian ---- */

struct entry {
    uint16_t tag, type;
    uint32_t count, value;
};

enum { HEAD = 512 };

static char *build(const char *name, const struct entry *entries, uint16_t count)
{
    unsigned char head[HEAD + 256] = {'I', 'I', 42, 0, 8};
    unsigned char *at = head + 8;
    *at++ = (unsigned char)count;
    *at++ = 0;
    for (uint16_t i = 0; i < count; i++) {
        uint32_t fields[] = {entries[i].tag | (uint32_t)entries[i].type << 16, entries[i].count, entries[i].value};
        for (size_t byte = 0; byte < 12; byte++)
            *at++ = (unsigned char)(fields[byte / 4] >> byte % 4 * 8);
    }
    char *path = files_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(head, 1, sizeof head, file), sizeof head);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* A 16 x 16 u8 image in one deflated strip, with up to two entries changed. */
static char *build_with(const char *name, struct entry first, struct entry second)
{
    struct entry entries[] = {{256, 4, 1, 16},   {257, 4, 1, 16}, {258, 3, 1, 8},  {259, 3, 1, 8},   {262, 3, 1, 1},
                              {273, 4, 1, HEAD}, {277, 3, 1, 1},  {278, 4, 1, 16}, {279, 4, 1, 256}, {339, 3, 1, 1}};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (entries[i].tag == first.tag) entries[i] = first;
        if (entries[i].tag == second.tag) entries[i] = second;
    }
    return build(name, entries, sizeof entries / sizeof entries[0]);
}

static char *build_one(const char *name, uint16_t tag, uint32_t value)
{
    struct entry entry = {tag, 4, 1, value};
    return build_with(name, entry, entry);
}

static void geometry_is_proven(void **state)
{
    (void)state;
    opens_not(build_one("rows.tif", 257, 0xffffffff), RST_READ, NULL, RST_E_FORMAT, "rows.tif");
    opens_not(build_one("flat.tif", 256, 0), RST_READ, NULL, RST_E_FORMAT, "flat.tif");
    struct entry huge[] = {{256, 4, 1, 65536}, {257, 4, 1, 32769}, {258, 3, 1, 8},     {259, 3, 1, 8},
                           {262, 3, 1, 1},     {273, 4, 1, HEAD},  {278, 4, 1, 65536}, {279, 4, 1, 256}};
    opens_not(build("huge.tif", huge, 8), RST_READ, NULL, RST_E_UNSUPPORTED, "2 GiB");
    struct rst_raster *raster = decoded_open(build_one("far.tif", 273, 0xfffffff0), NULL);
    decoded_assert_unreadable(raster, 0, 0, RST_E_TRUNCATED,
                              "needs 256 bytes from byte 4294967280 on, the file has 768");
    rst_close(&raster);
    raster = decoded_open(build_one("long.tif", 279, 0xfffffff0), NULL);
    decoded_assert_unreadable(raster, 0, 0, RST_E_TRUNCATED, "needs 4294967280 bytes");
    rst_close(&raster);
    raster = decoded_open(build_one("none.tif", 273, HEAD), NULL);
    decoded_assert_unreadable(raster, 0, 0, RST_E_FORMAT, "strip 0: ");
    rst_close(&raster);
}

static void what_cannot_be_decoded_is_told(void **state)
{
    (void)state;
    opens_not(build_one("scheme.tif", 259, 12345), RST_READ, NULL, RST_E_UNSUPPORTED, "scheme 12345");
    opens_not(build_with("complex.tif", (struct entry){258, 3, 1, 64}, (struct entry){339, 3, 1, 6}), RST_READ, NULL,
              RST_E_UNSUPPORTED, "complex samples of 64 bits");
    opens_not(build_one("odd.tif", 258, 48), RST_READ, NULL, RST_E_UNSUPPORTED, "packed samples of 48 bits");
    opens_not(build_with("float8.tif", (struct entry){258, 3, 1, 8}, (struct entry){339, 3, 1, 3}), RST_READ, NULL,
              RST_E_UNSUPPORTED, "8-bit floating point");
    struct rst_open_options options = {.headers_only = true};
    struct rst_raster *raster = decoded_open(build_one("scheme.tif", 259, 12345), &options);
    assert_null(rst_raster_map(raster));
    assert_non_null(strstr(rst_raster_unmapped(raster), "scheme 12345"));
    rst_close(&raster);
}

/* The directory is read again by each worker, and must be the same. */
static void a_changed_directory_is_noticed(void **state)
{
    (void)state;
    struct rst_raster *raster = decoded_open(build_one("changed.tif", 273, HEAD), NULL);
    build_one("changed.tif", 256, 17);
    decoded_assert_unreadable(raster, 0, 0, RST_E_FORMAT, "was changed while it was open");
    rst_close(&raster);
}

static void survives_damage(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_PACKBITS,      COMPRESSION_LZW,  COMPRESSION_ZSTD,
                                            COMPRESSION_ADOBE_DEFLATE, COMPRESSION_LERC, COMPRESSION_LZMA};
    for (size_t i = 0; i < sizeof compressions / sizeof compressions[0]; i++) {
        struct tiffs_form form = {.type = i % 2 ? RST_F32 : RST_I16,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .bands = 2,
                                  .planar = i % 3 == 0,
                                  .strip_rows = 8,
                                  .tile_width = i % 2 ? 16 : 0,
                                  .tile_height = 16,
                                  .mode = modes[i % 4],
                                  .compression = compressions[i]};
        if (!TIFFIsCODECConfigured(compressions[i])) continue;
        char *path = files_path("damage.tif");
        tiffs_write(path, &form, seed);
        decoded_survives(path, seed + i, 300);
    }
}

static void fail_on_message(const char *module, const char *format, va_list values)
{
    (void)module, (void)values;
    fail_msg("libtiff's global handler was called: %s", format);
}

static void global_handlers_are_left_alone(void **state)
{
    (void)state;
    TIFFErrorHandler errors = TIFFSetErrorHandler(fail_on_message);
    TIFFErrorHandler warnings = TIFFSetWarningHandler(fail_on_message);
    struct rst_raster *raster = decoded_open(build_one("none.tif", 273, HEAD), NULL);
    decoded_assert_unreadable(raster, 0, 0, RST_E_FORMAT, "strip 0: ");
    rst_close(&raster);
    assert_ptr_equal(TIFFSetErrorHandler(errors), fail_on_message);
    assert_ptr_equal(TIFFSetWarningHandler(warnings), fail_on_message);
}

int main(void)
{
    seed = layout_seed();
    TIFFSetWarningHandler(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_blocks_are_nodata),
        cmocka_unit_test(damaged_blocks_are_told),
        cmocka_unit_test(truncated_files_say_where),
        cmocka_unit_test(geometry_is_proven),
        cmocka_unit_test(what_cannot_be_decoded_is_told),
        cmocka_unit_test(a_changed_directory_is_noticed),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(global_handlers_are_left_alone),
    };
    return cmocka_run_group_tests_name("tiff_damage", tests, files_setup, files_teardown);
}
