/* Opening TIFFs: every form that libtiff writes, pages and overviews, and what cannot be mapped. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "tests/support/files.h"
#include "tests/support/opens.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

/* Every form of one file, both byte orders, classic and big. */
static void check_forms(const char *path, struct tiffs_form form)
{
    static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        form.mode = modes[i];
        tiffs_write(path, &form, seed);
        struct rst_raster *raster = opens(path, RST_READ, NULL);
        const struct rst_layout *layout = rst_raster_layout(raster);
        assert_string_equal(rst_raster_format(raster), "TIFF");
        assert_int_equal(layout->type, form.type);
        assert_int_equal(layout->strip_rows, form.tile_width ? 0 : form.strip_rows);
        bool foreign = (strchr(form.mode, 'b') != NULL) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
        assert_int_equal(layout->swapped, foreign && rst_type_size(form.type) > 1);
        tiffs_assert_raster(raster, seed);
        rst_close(&raster);
    }
}

static void reads_every_form(void **state)
{
    (void)state;
    char *path = files_path("forms.tif");
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int bands = 1; bands <= 4; bands += 3)
            for (int planar = 0; planar < 2; planar++) {
                struct tiffs_form form = {.type = (enum rst_type)type,
                                          .width = 37,
                                          .height = 29,
                                          .bands = (uint16_t)bands,
                                          .planar = planar,
                                          .strip_rows = 29};
                check_forms(path, form);
                form.strip_rows = 5;
                check_forms(path, form);
                form.tile_width = 16;
                form.tile_height = 32;
                check_forms(path, form);
                form.tile_width = 48;
                check_forms(path, form);
            }
}

static void strips_end_to_end_are_one_block(void **state)
{
    (void)state;
    char *path = files_path("merged.tif");
    struct tiffs_form form = {
        .type = RST_U16, .width = 20, .height = 30, .bands = 3, .strip_rows = 4, .mode = "wl", .planar = true};
    for (int planar = 0; planar < 2; planar++) {
        form.planar = planar;
        tiffs_write(path, &form, seed);
        struct rst_raster *raster = opens(path, RST_SHARED, NULL);
        struct rst_view view;
        assert_int_equal(rst_raster_view(raster, &view, NULL), RST_OK);
        assert_int_equal(view.height, 30);
        assert_int_equal(rst_raster_layout(raster)->strip_rows, 4);
        rst_close(&raster);
    }
}

static void stores_reach_the_file(void **state)
{
    (void)state;
    char *path = files_path("stores.tif");
    static const char *const modes[] = {"wl", "wb", "w8b"};
    for (size_t i = 0; i < 3; i++) {
        struct tiffs_form form = {.type = RST_I32,
                                  .width = 40,
                                  .height = 23,
                                  .bands = 2,
                                  .tile_width = 16,
                                  .tile_height = 16,
                                  .planar = i == 1,
                                  .mode = modes[i]};
        tiffs_write(path, &form, seed);
        for (int mode = RST_PRIVATE; mode <= RST_SHARED; mode++) {
            struct rst_raster *raster = opens(path, (enum rst_mode)mode, NULL);
            tiffs_fill_raster(raster, seed + 1 + (uint64_t)mode);
            assert_int_equal(rst_commit(raster, NULL), RST_OK);
            rst_close(&raster);
            TIFF *tiff = TIFFOpen(path, "rm");
            tiffs_assert_page(tiff, &form, seed + 1 + (uint64_t)mode);
            TIFFClose(tiff);
        }
    }
}

static void shared_is_locked(void **state)
{
    (void)state;
    char *path = files_path("locked.tif");
    struct tiffs_form form = {.type = RST_U8, .width = 9, .height = 9, .bands = 1, .strip_rows = 9, .mode = "wl"};
    tiffs_write(path, &form, seed);
    struct rst_raster *first = opens(path, RST_SHARED, NULL);
    opens_not(path, RST_SHARED, NULL, RST_E_LOCKED, path);
    struct rst_open_options free_for_all = {.no_lock = true};
    struct rst_raster *second = opens(path, RST_SHARED, &free_for_all), *reader = opens(path, RST_READ, NULL);
    rst_close(&second);
    rst_close(&reader);
    rst_close(&first);
    first = opens(path, RST_SHARED, NULL);
    rst_close(&first);
}

static void pages_are_counted_and_opened(void **state)
{
    (void)state;
    char *path = files_path("pages.tif");
    int count = 0;
    TIFF *tiff = TIFFOpen(path, "w8b");
    struct tiffs_form form = {.type = RST_U16, .height = 8, .bands = 1, .strip_rows = 3};
    for (uint32_t page = 0; page < 40; page++) {
        form.width = 10 + page;
        tiffs_write_page(tiff, &form, seed + page);
        TIFFWriteDirectory(tiff);
    }
    TIFFClose(tiff);
    assert_int_equal(rst_count_pages(path, NULL, &count, NULL), RST_OK);
    assert_int_equal(count, 40);
    for (int page = 0; page < 40; page += 13) {
        struct rst_open_options options = {.page = page};
        struct rst_raster *raster = opens(path, page % 2 ? RST_SHARED : RST_READ, &options);
        assert_int_equal(rst_raster_layout(raster)->width, 10 + page);
        tiffs_assert_raster(raster, seed + (uint64_t)page);
        rst_close(&raster);
    }
    opens_not(path, RST_READ, &(struct rst_open_options){.page = 40}, RST_E_ARGUMENT, "has 40");
    opens_not(path, RST_READ, &(struct rst_open_options){.page = -1}, RST_E_ARGUMENT, "page -1");
}

/* Pages of 16 x 8 pixels, each with `inner` images inside, of half the size or as listed. */
static void write_sub_images(const char *path, uint16_t inner, uint16_t compression)
{
    TIFF *tiff = TIFFOpen(path, "wl");
    assert_non_null(tiff);
    for (uint64_t page = 0; page < 2; page++) {
        uint64_t offsets[4] = {0};
        struct tiffs_form form = {.type = RST_U8, .width = 16, .height = 8, .bands = 1, .strip_rows = 8};
        form.compression = compression;
        if (inner) TIFFSetField(tiff, TIFFTAG_SUBIFD, inner, offsets);
        tiffs_write_page(tiff, &form, seed + page);
        assert_true(TIFFWriteDirectory(tiff));
        for (uint64_t i = 1; i <= inner; i++) {
            form.width = 8;
            form.height = 4;
            TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, i == 1 ? FILETYPE_REDUCEDIMAGE | FILETYPE_MASK : FILETYPE_PAGE);
            tiffs_write_page(tiff, &form, seed + 10 * i + page);
            assert_true(TIFFWriteDirectory(tiff));
        }
    }
    TIFFClose(tiff);
}

static void images_inside_a_page_are_opened(void **state)
{
    (void)state;
    char *path = files_path("inside.tif");
    for (int turn = 0; turn < 2; turn++) {
        write_sub_images(path, 2, turn ? COMPRESSION_LZW : COMPRESSION_NONE);
        int count = 0;
        assert_int_equal(rst_count_pages(path, NULL, &count, NULL), RST_OK);
        assert_int_equal(count, 2);
        for (int page = 0; page < 2; page++)
            for (int inner = 0; inner <= 2; inner++) {
                struct rst_open_options options = {.page = page, .sub_image = inner};
                struct rst_raster *raster = opens(path, RST_READ, &options);
                const struct rst_meta *meta = rst_raster_meta(raster);
                assert_int_equal(rst_raster_layout(raster)->width, inner ? 8 : 16);
                assert_int_equal(meta->sub_images, inner ? 0 : 2);
                static const unsigned kinds[] = {0, RST_IMAGE_OVERVIEW | RST_IMAGE_MASK, RST_IMAGE_PAGE};
                assert_int_equal(meta->kind, kinds[inner]);
                tiffs_assert_raster(raster, seed + 10 * (uint64_t)inner + (uint64_t)page);
                rst_close(&raster);
            }
        opens_not(path, RST_READ, &(struct rst_open_options){.sub_image = 3}, RST_E_ARGUMENT, "has 2");
        opens_not(path, RST_READ, &(struct rst_open_options){.sub_image = -1}, RST_E_ARGUMENT, "sub-image -1");
    }
    write_sub_images(path, 2, COMPRESSION_NONE);
    struct rst_open_options second = {.page = 1, .sub_image = 2};
    struct rst_raster *raster = opens(path, RST_SHARED, &second);
    tiffs_fill_raster(raster, seed + 99);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    raster = opens(path, RST_READ, &second);
    tiffs_assert_raster(raster, seed + 99);
    rst_close(&raster);
    write_sub_images(path, 0, COMPRESSION_NONE);
    opens_not(path, RST_READ, &(struct rst_open_options){.sub_image = 1}, RST_E_ARGUMENT, "has 0");
}

/* Smaller versions of a page follow it; they matter where the page may be changed, and are counted then. */
static void overviews_are_counted(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {0, FILETYPE_REDUCEDIMAGE, FILETYPE_REDUCEDIMAGE, 0};
    static const int overviews[] = {2, 0, 0, 0};
    const char *path = files_path("overviews.tif");
    TIFF *tiff = TIFFOpen(path, "w");
    assert_non_null(tiff);
    for (int page = 0; page < 4; page++) {
        struct tiffs_form form = {.type = RST_U8, .width = 20, .height = 10, .bands = 1, .strip_rows = 10};
        unsigned char pixels[200] = {0};
        tiffs_set_form(tiff, &form);
        TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, kinds[page]);
        assert_true(TIFFWriteEncodedStrip(tiff, 0, pixels, sizeof pixels) > 0);
        assert_true(TIFFWriteDirectory(tiff));
    }
    TIFFClose(tiff);
    for (int page = 0; page < 4; page++) {
        struct rst_raster *raster = opens(path, RST_SHARED, &(struct rst_open_options){.page = page});
        assert_int_equal(rst_raster_meta(raster)->overviews, overviews[page]);
        rst_close(&raster);
    }
}

static void nothing_is_sought_in_other_files(void **state)
{
    (void)state;
    int count;
    opens_not(files_path("none.tif"), RST_READ, NULL, RST_E_NOTFOUND, "none.tif");
    opens_not(files_folder, RST_READ, NULL, RST_E_UNSUPPORTED, "folder");
    opens_not(files_make("noise.tif", 5000), RST_READ, NULL, RST_E_UNSUPPORTED, "no known format");
    opens_not(files_make("empty.tif", 0), RST_READ, NULL, RST_E_UNSUPPORTED, "no known format");
    assert_int_equal(rst_count_pages(files_path("empty.tif"), NULL, &count, NULL), RST_E_UNSUPPORTED);
    int index = 0;
    while (rst_format_name(index) && strcmp(rst_format_name(index), "TIFF") != 0)
        index++;
    assert_non_null(rst_format_name(index));
    assert_non_null(strstr(rst_format_extensions(index), "tif"));
    assert_null(rst_format_extensions(-1));
}

/* ---- what cannot be mapped ---- */

/* Pixels that cannot be mapped are decoded, for reading alone, or, where `status` is not RST_OK, not even that. */
static void check_unmapped(const char *words, enum rst_status status, uint16_t bits, uint16_t format,
                           uint16_t compression, uint32_t other, int value, enum rst_type type)
{
    char *path = files_path("unmapped.tif");
    uint16_t bands = other == TIFFTAG_YCBCRSUBSAMPLING ? 3 : 1;
    TIFF *tiff = TIFFOpen(path, "w");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 16);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 16);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, bands);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, bands == 3 ? PHOTOMETRIC_YCBCR : PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
    if (bands == 3)
        TIFFSetField(tiff, other, value, value);
    else if (other)
        TIFFSetField(tiff, other, value);
    char pixels[16 * 16 * 16] = {0};
    assert_true(TIFFWriteEncodedStrip(tiff, 0, pixels, TIFFStripSize(tiff)) > 0);
    TIFFClose(tiff);

    for (int mode = RST_PRIVATE; mode <= RST_SHARED; mode++)
        opens_not(path, (enum rst_mode)mode, NULL, RST_E_UNSUPPORTED, words);
    if (status != RST_OK) {
        opens_not(path, RST_READ, NULL, status, words);
    } else {
        struct rst_raster *raster = opens(path, RST_READ, NULL);
        assert_non_null(strstr(rst_raster_unmapped(raster), words));
        rst_close(&raster);
    }
    struct rst_open_options options = {.headers_only = true};
    for (int mode = RST_READ; mode <= RST_SHARED; mode++) {
        struct rst_raster *raster = opens(path, (enum rst_mode)mode, &options);
        assert_non_null(strstr(rst_raster_unmapped(raster), words));
        assert_null(rst_raster_map(raster));
        assert_int_equal(rst_raster_layout(raster)->width, 16);
        assert_int_equal(rst_raster_layout(raster)->type, type);
        rst_close(&raster);
    }
}

static void what_cannot_be_mapped_is_told(void **state)
{
    (void)state;
    check_unmapped("compressed (LZW)", RST_OK, 8, SAMPLEFORMAT_UINT, COMPRESSION_LZW, 0, 0, RST_U8);
    check_unmapped("compressed (AdobeDeflate)", RST_OK, 16, SAMPLEFORMAT_INT, COMPRESSION_ADOBE_DEFLATE, 0, 0, RST_I16);
    check_unmapped("packed samples of 1 bit", RST_OK, 1, SAMPLEFORMAT_UINT, COMPRESSION_NONE, 0, 0, RST_U8);
    check_unmapped("packed samples of 12 bits", RST_OK, 12, SAMPLEFORMAT_UINT, COMPRESSION_NONE, 0, 0, RST_U16);
    check_unmapped("16-bit floating point", RST_OK, 16, SAMPLEFORMAT_IEEEFP, COMPRESSION_NONE, 0, 0, RST_F32);
    check_unmapped("24-bit floating point", RST_OK, 24, SAMPLEFORMAT_IEEEFP, COMPRESSION_NONE, 0, 0, RST_F32);
    check_unmapped("complex samples of 64 bits", RST_E_UNSUPPORTED, 64, SAMPLEFORMAT_COMPLEXIEEEFP, COMPRESSION_NONE, 0,
                   0, RST_F64);
    check_unmapped("FillOrder", RST_OK, 8, SAMPLEFORMAT_UINT, COMPRESSION_NONE, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB,
                   RST_U8);
    check_unmapped("volume", RST_E_UNSUPPORTED, 8, SAMPLEFORMAT_UINT, COMPRESSION_NONE, TIFFTAG_IMAGEDEPTH, 2, RST_U8);
    check_unmapped("subsampled YCbCr (2x2)", RST_OK, 8, SAMPLEFORMAT_UINT, COMPRESSION_NONE, TIFFTAG_YCBCRSUBSAMPLING,
                   2, RST_U8);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_form),
        cmocka_unit_test(strips_end_to_end_are_one_block),
        cmocka_unit_test(stores_reach_the_file),
        cmocka_unit_test(shared_is_locked),
        cmocka_unit_test(pages_are_counted_and_opened),
        cmocka_unit_test(images_inside_a_page_are_opened),
        cmocka_unit_test(overviews_are_counted),
        cmocka_unit_test(nothing_is_sought_in_other_files),
        cmocka_unit_test(what_cannot_be_mapped_is_told),
    };
    return cmocka_run_group_tests_name("tiff_open", tests, files_setup, files_teardown);
}
