/* Opening TIFFs: every form that libtiff writes, what cannot be mapped, and files that lie. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

static struct rst_raster *open_at(const char *path, enum rst_mode mode, const struct rst_open_options *options)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_open(path, mode, options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    return raster;
}

/* Opening fails with that status, hands out nothing and says the words. */
static void assert_refused(const char *path, enum rst_mode mode, const struct rst_open_options *options,
                           enum rst_status status, const char *words)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    enum rst_status got = rst_open(path, mode, options, &raster, &err);
    if (got != status) fail_msg("%s: status %d, not %d: %s", path, got, status, err.message);
    assert_null(raster);
    assert_int_equal(err.status, status);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

/* Every form of one file, both byte orders, classic and big. */
static void check_forms(const char *path, struct tiffs_form form)
{
    static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        form.mode = modes[i];
        tiffs_write(path, &form, seed);
        struct rst_raster *raster = open_at(path, RST_READ, NULL);
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
        struct rst_raster *raster = open_at(path, RST_SHARED, NULL);
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
            struct rst_raster *raster = open_at(path, (enum rst_mode)mode, NULL);
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
    struct rst_raster *first = open_at(path, RST_SHARED, NULL);
    assert_refused(path, RST_SHARED, NULL, RST_E_LOCKED, path);
    struct rst_open_options free_for_all = {.no_lock = true};
    struct rst_raster *second = open_at(path, RST_SHARED, &free_for_all), *reader = open_at(path, RST_READ, NULL);
    rst_close(&second);
    rst_close(&reader);
    rst_close(&first);
    first = open_at(path, RST_SHARED, NULL);
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
        struct rst_raster *raster = open_at(path, page % 2 ? RST_SHARED : RST_READ, &options);
        assert_int_equal(rst_raster_layout(raster)->width, 10 + page);
        tiffs_assert_raster(raster, seed + (uint64_t)page);
        rst_close(&raster);
    }
    assert_refused(path, RST_READ, &(struct rst_open_options){.page = 40}, RST_E_ARGUMENT, "has 40");
    assert_refused(path, RST_READ, &(struct rst_open_options){.page = -1}, RST_E_ARGUMENT, "page -1");
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
                struct rst_raster *raster = open_at(path, RST_READ, &options);
                const struct rst_meta *meta = rst_raster_meta(raster);
                assert_int_equal(rst_raster_layout(raster)->width, inner ? 8 : 16);
                assert_int_equal(meta->sub_images, inner ? 0 : 2);
                static const unsigned kinds[] = {0, RST_IMAGE_OVERVIEW | RST_IMAGE_MASK, RST_IMAGE_PAGE};
                assert_int_equal(meta->kind, kinds[inner]);
                tiffs_assert_raster(raster, seed + 10 * (uint64_t)inner + (uint64_t)page);
                rst_close(&raster);
            }
        assert_refused(path, RST_READ, &(struct rst_open_options){.sub_image = 3}, RST_E_ARGUMENT, "has 2");
        assert_refused(path, RST_READ, &(struct rst_open_options){.sub_image = -1}, RST_E_ARGUMENT, "sub-image -1");
    }
    write_sub_images(path, 2, COMPRESSION_NONE);
    struct rst_open_options second = {.page = 1, .sub_image = 2};
    struct rst_raster *raster = open_at(path, RST_SHARED, &second);
    tiffs_fill_raster(raster, seed + 99);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    raster = open_at(path, RST_READ, &second);
    tiffs_assert_raster(raster, seed + 99);
    rst_close(&raster);
    write_sub_images(path, 0, COMPRESSION_NONE);
    assert_refused(path, RST_READ, &(struct rst_open_options){.sub_image = 1}, RST_E_ARGUMENT, "has 0");
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
        struct rst_raster *raster = open_at(path, RST_SHARED, &(struct rst_open_options){.page = page});
        assert_int_equal(rst_raster_meta(raster)->overviews, overviews[page]);
        rst_close(&raster);
    }
}

static void nothing_is_sought_in_other_files(void **state)
{
    (void)state;
    int count;
    assert_refused(files_path("none.tif"), RST_READ, NULL, RST_E_NOTFOUND, "none.tif");
    assert_refused(files_folder, RST_READ, NULL, RST_E_UNSUPPORTED, "folder");
    assert_refused(files_make("noise.tif", 5000), RST_READ, NULL, RST_E_UNSUPPORTED, "no known format");
    assert_refused(files_make("empty.tif", 0), RST_READ, NULL, RST_E_UNSUPPORTED, "no known format");
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
        assert_refused(path, (enum rst_mode)mode, NULL, RST_E_UNSUPPORTED, words);
    if (status != RST_OK) {
        assert_refused(path, RST_READ, NULL, status, words);
    } else {
        struct rst_raster *raster = open_at(path, RST_READ, NULL);
        assert_non_null(strstr(rst_raster_unmapped(raster), words));
        rst_close(&raster);
    }
    struct rst_open_options options = {.headers_only = true};
    for (int mode = RST_READ; mode <= RST_SHARED; mode++) {
        struct rst_raster *raster = open_at(path, (enum rst_mode)mode, &options);
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

/* ---- hand-made files: classic, little-endian, entries with their values inline ---- */

struct entry {
    uint16_t tag, type;
    uint32_t count, value;
};

enum { HEAD = 512, PIXELS = 16 * 16 };

/* Header and directory in 512 bytes, then `extra` bytes counting up. */
static char *build(const char *name, const struct entry *entries, uint16_t count, size_t extra)
{
    unsigned char head[HEAD] = {'I', 'I', 42, 0, 8};
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
    for (size_t i = 0; i < extra; i++)
        putc((int)(i & 0xff), file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* A 16 x 16 u8 image in one strip, with one entry changed. */
static char *build_with(const char *name, uint16_t tag, uint16_t type, uint32_t count, uint32_t value)
{
    struct entry entries[] = {{256, 4, 1, 16},   {257, 4, 1, 16}, {258, 3, 1, 8},  {259, 3, 1, 1},     {262, 3, 1, 1},
                              {273, 4, 1, HEAD}, {277, 3, 1, 1},  {278, 4, 1, 16}, {279, 4, 1, PIXELS}};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (entries[i].tag == tag) entries[i] = (struct entry){tag, type, count, value};
    return build(name, entries, sizeof entries / sizeof entries[0], PIXELS);
}

static void geometry_is_proven(void **state)
{
    (void)state;
    struct rst_raster *raster = open_at(build_with("sound.tif", 0, 0, 0, 0), RST_SHARED, NULL);
    rst_close(&raster);
    assert_refused(build_with("far.tif", 273, 4, 1, HEAD + 1), RST_READ, NULL, RST_E_TRUNCATED, "768");
    assert_refused(build_with("farther.tif", 273, 4, 1, 0xfffffff0), RST_READ, NULL, RST_E_TRUNCATED, "768");
    assert_refused(build_with("wide.tif", 256, 4, 1, 17), RST_READ, NULL, RST_E_TRUNCATED, "needs 272");
    assert_refused(build_with("deep.tif", 277, 3, 1, 65535), RST_READ, NULL, RST_E_TRUNCATED, "deep.tif");
    assert_refused(build_with("flat.tif", 257, 4, 1, 0), RST_READ, NULL, RST_E_FORMAT, "flat.tif");
    assert_refused(build_with("thin.tif", 256, 4, 1, 0), RST_READ, NULL, RST_E_FORMAT, "thin.tif");
    assert_refused(build_with("void.tif", 277, 3, 1, 0), RST_READ, NULL, RST_E_FORMAT, "void.tif");
    assert_refused(build_with("strips.tif", 257, 4, 1, 0xffffffff), RST_READ, NULL, RST_E_FORMAT, "strips.tif");
    assert_refused(build_with("count.tif", 273, 4, 0xfffffff0, 100), RST_READ, NULL, RST_E_TRUNCATED, "count.tif");
}

static void truncated_files_say_so(void **state)
{
    (void)state;
    char *path = build_with("cut.tif", 0, 0, 0, 0);
    assert_int_equal(truncate(path, HEAD + PIXELS - 1), 0);
    assert_refused(path, RST_READ, NULL, RST_E_TRUNCATED, "767");
    assert_int_equal(truncate(path, 60), 0);
    assert_refused(path, RST_READ, NULL, RST_E_FORMAT, "directory");
    assert_int_equal(truncate(path, 8), 0);
    assert_refused(path, RST_READ, NULL, RST_E_TRUNCATED, "at byte 8");
    assert_int_equal(truncate(path, 7), 0);
    assert_refused(path, RST_READ, NULL, RST_E_UNSUPPORTED, "no known format");
}

static void odd_but_readable(void **state)
{
    (void)state;
    struct rst_view view;
    unsigned char pixels[PIXELS];
    struct rst_raster *raster = open_at(build_with("bytes.tif", 279, 4, 1, 0), RST_READ, NULL);
    rst_close(&raster);
    struct entry bare[] = {{256, 3, 1, 16}, {257, 3, 1, 16}, {258, 3, 1, 8}, {262, 3, 1, 1}, {273, 4, 1, HEAD}};
    raster = open_at(build("bare.tif", bare, 5, PIXELS), RST_SHARED, NULL);
    view = rst_view_packed(pixels, RST_U8, 16, 16, 1);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_OK);
    for (int i = 0; i < PIXELS; i++)
        assert_int_equal(pixels[i], i);
    rst_close(&raster);
    /* sample format 4: undefined */
    struct entry untyped[] = {{256, 3, 1, 16},   {257, 3, 1, 16},     {258, 3, 1, 8},
                              {273, 4, 1, HEAD}, {279, 4, 1, PIXELS}, {339, 3, 1, 4}};
    raster = open_at(build("untyped.tif", untyped, 6, PIXELS), RST_READ, NULL);
    assert_int_equal(rst_raster_layout(raster)->type, RST_U8);
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_UNKNOWN);
    rst_close(&raster);
}

/* Today's tag for it counts where a file has both. */
static void older_kinds_are_told(void **state)
{
    (void)state;
    static const unsigned kinds[] = {0, 0, RST_IMAGE_OVERVIEW, RST_IMAGE_PAGE, 0};
    for (uint32_t told = 0; told < 5; told++)
        for (uint16_t both = 0; both < 2; both++) {
            struct entry entries[] = {{254, 4, 1, RST_IMAGE_MASK},
                                      {255, 3, 1, told},
                                      {256, 3, 1, 16},
                                      {257, 3, 1, 16},
                                      {258, 3, 1, 8},
                                      {262, 3, 1, 1},
                                      {273, 4, 1, HEAD}};
            char *path = build("older.tif", entries + 1 - both, 6 + both, PIXELS);
            struct rst_raster *raster = open_at(path, RST_READ, NULL);
            assert_int_equal(rst_raster_meta(raster)->kind, both ? RST_IMAGE_MASK : kinds[told]);
            rst_close(&raster);
        }
}

/* Two strips of 8 rows, found by offsets in the words at HEAD and HEAD + 4 of the file. */
static char *build_strips(const char *name, uint32_t first, uint32_t second, uint32_t bytes)
{
    struct entry entries[] = {{256, 4, 1, 16},   {257, 4, 1, 16}, {258, 3, 1, 8},       {262, 3, 1, 1},
                              {273, 4, 2, HEAD}, {278, 4, 1, 8},  {279, 4, 2, HEAD + 8}};
    char *path = build(name, entries, 7, 16 + PIXELS);
    uint32_t words[] = {first, second, bytes, bytes};
    FILE *file = fopen(path, "r+b");
    fseek(file, HEAD, SEEK_SET);
    for (size_t i = 0; i < 16; i++)
        putc((int)(words[i / 4] >> i % 4 * 8 & 0xff), file);
    fclose(file);
    return path;
}

static void blocks_that_share_bytes_are_not_written(void **state)
{
    (void)state;
    enum { START = HEAD + 16, HALF = PIXELS / 2 };
    const struct {
        const char *name;
        uint32_t first, second;
        bool writable;
    } cases[] = {{"apart.tif", START, START + HALF, true},
                 {"swapped.tif", START + HALF, START, true},
                 {"same.tif", START, START, false},
                 {"overlap.tif", START, START + HALF - 1, false},
                 {"header.tif", 0, START, false},
                 {"entries.tif", 9, START, false},
                 {"offsets.tif", HEAD + 15 - HALF, START, false},
                 {"arrays.tif", HEAD + 4, START + HALF, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = build_strips(cases[i].name, cases[i].first, cases[i].second, HALF);
        struct rst_raster *raster = open_at(path, RST_READ, NULL);
        rst_close(&raster);
        for (int mode = RST_PRIVATE; mode <= RST_SHARED; mode++) {
            if (!cases[i].writable) {
                assert_refused(path, (enum rst_mode)mode, NULL, RST_E_FORMAT, "share");
                continue;
            }
            raster = open_at(path, (enum rst_mode)mode, NULL);
            rst_close(&raster);
        }
    }
}

/* A page's pixels lie on the directory of the page after it. */
static void other_directories_are_not_written(void **state)
{
    (void)state;
    struct entry entries[] = {{256, 3, 1, 16}, {257, 3, 1, 16}, {258, 3, 1, 8}, {262, 3, 1, 1}, {273, 4, 1, HEAD}};
    char *path = build("second.tif", entries, 5, PIXELS);
    static const unsigned char second[] = {0, 0, 0, 0, 0, 0}, next[] = {(HEAD + 64) & 0xff, HEAD >> 8, 0, 0};
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pwrite(descriptor, second, sizeof second, HEAD + 64), sizeof second);
    assert_int_equal(pwrite(descriptor, next, sizeof next, 8 + 2 + 5 * 12), sizeof next);
    close(descriptor);
    int count = 0;
    assert_int_equal(rst_count_pages(path, NULL, &count, NULL), RST_OK);
    assert_int_equal(count, 2);
    struct rst_raster *raster = open_at(path, RST_READ, NULL);
    rst_close(&raster);
    assert_refused(path, RST_SHARED, NULL, RST_E_FORMAT, "share");
    assert_refused(path, RST_READ, &(struct rst_open_options){.page = 1}, RST_E_FORMAT, "second.tif");
}

/* An image inside the page: its directory lies among the page's pixels, outside the file, or is the page's own. */
static void inner_directories_are_not_written(void **state)
{
    (void)state;
    static const unsigned char inner[] = {1, 0, 74, 1, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0}; /* lists the page */
    struct entry entries[] = {{256, 3, 1, 16},   {257, 3, 1, 16},     {258, 3, 1, 8},        {262, 3, 1, 1},
                              {273, 4, 1, HEAD}, {279, 4, 1, PIXELS}, {330, 4, 1, HEAD + 64}};
    char *path = build("inner.tif", entries, 7, PIXELS);
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pwrite(descriptor, inner, sizeof inner, HEAD + 64), sizeof inner);
    close(descriptor);
    struct rst_raster *raster = open_at(path, RST_READ, NULL);
    assert_int_equal(rst_raster_meta(raster)->sub_images, 1);
    rst_close(&raster);
    assert_refused(path, RST_SHARED, NULL, RST_E_FORMAT, "share");

    entries[6].value = 0xfffffff0;
    path = build("outside.tif", entries, 7, PIXELS);
    raster = open_at(path, RST_SHARED, NULL);
    rst_close(&raster);
    assert_refused(path, RST_READ, &(struct rst_open_options){.sub_image = 1}, RST_E_TRUNCATED, "4294967280");

    entries[6].value = 8;
    path = build("itself.tif", entries, 7, PIXELS);
    struct rst_open_options first = {.sub_image = 1};
    raster = open_at(path, RST_SHARED, &first);
    assert_int_equal(rst_raster_layout(raster)->width, 16);
    rst_close(&raster);
}

static void blocks_may_be_missing(void **state)
{
    (void)state;
    char *path = build_strips("sparse.tif", 0, HEAD + 16, 0);
    struct rst_raster *raster = open_at(path, RST_READ, NULL);
    unsigned char pixels[PIXELS];
    struct rst_view view = rst_view_packed(pixels, RST_U8, 16, 16, 1);
    assert_true(rst_raster_layout(raster)->offsets[0] == RST_NO_BLOCK);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_OK);
    assert_int_equal(pixels[0], 0);
    assert_int_equal(pixels[PIXELS / 2], 16);
    rst_close(&raster);
}

static void loops_end(void **state)
{
    (void)state;
    struct tiffs_form form = {.type = RST_U8, .width = 8, .height = 8, .bands = 1, .strip_rows = 8};
    char *path = files_path("loop.tif");
    uint64_t offsets[5];
    TIFF *tiff = TIFFOpen(path, "wl");
    for (int i = 0; i < 5; i++) {
        tiffs_write_page(tiff, &form, seed);
        TIFFWriteDirectory(tiff);
    }
    TIFFClose(tiff);
    tiff = TIFFOpen(path, "rm");
    for (int i = 0; i < 5; i++) {
        TIFFSetDirectory(tiff, (tdir_t)i);
        offsets[i] = TIFFCurrentDirOffset(tiff);
    }
    TIFFClose(tiff);
    for (int back = 0; back < 5; back++) {
        unsigned char entries[2], next[4];
        int descriptor = open(path, O_RDWR | O_CLOEXEC), count = 0;
        assert_int_equal(pread(descriptor, entries, 2, (off_t)offsets[4]), 2);
        for (int i = 0; i < 4; i++)
            next[i] = (unsigned char)(offsets[back] >> 8 * i);
        assert_int_equal(pwrite(descriptor, next, 4, (off_t)offsets[4] + 2 + INT64_C(12) * entries[0]), 4);
        close(descriptor);
        assert_int_equal(rst_count_pages(path, NULL, &count, NULL), RST_OK);
        assert_int_equal(count, 5);
        assert_refused(path, RST_READ, &(struct rst_open_options){.page = 5}, RST_E_ARGUMENT, "has 5");
    }
}

/* Whatever the bytes, opening ends with a raster or a reason. */
static void survives_damage(void **state)
{
    (void)state;
    uint64_t random = seed;
    static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};
    for (size_t i = 0; i < 4; i++) {
        struct tiffs_form form = {.type = RST_U16,
                                  .width = 33,
                                  .height = 20,
                                  .bands = 2,
                                  .tile_width = i % 2 ? 16 : 0,
                                  .tile_height = 16,
                                  .strip_rows = 4,
                                  .planar = i / 2,
                                  .mode = modes[i]};
        char *path = files_path("damaged.tif");
        size_t length;
        tiffs_write(path, &form, seed);
        unsigned char *bytes = files_read(path, &length);
        TIFF *tiff = TIFFOpen(path, "rm");
        size_t start = (size_t)TIFFCurrentDirOffset(tiff);
        TIFFClose(tiff);
        int descriptor = open(path, O_RDWR | O_CLOEXEC);
        for (int round = 0; round < 1500; round++) {
            size_t from = layout_random(&random) % 20 == 0 ? 0 : start, rest = length > from ? length - from : 1;
            size_t at = from + layout_random(&random) % rest;
            unsigned char value = (unsigned char)(layout_random(&random) >> layout_random(&random) % 8);
            assert_int_equal(pwrite(descriptor, &value, 1, (off_t)at), 1);
            struct rst_open_options options = {.headers_only = true};
            struct rst_raster *raster = NULL;
            struct rst_error err = {0};
            enum rst_mode mode = round % 3 == 0 ? RST_PRIVATE : RST_READ;
            if (rst_open(path, mode, &options, &raster, &err) == RST_OK) {
                if (rst_raster_map(raster)) free(layout_pixels(raster));
            } else {
                assert_null(raster);
                assert_true(err.message[0] != '\0');
            }
            rst_close(&raster);
            if (round % 4 == 3) assert_int_equal(pwrite(descriptor, bytes, length, 0), (ssize_t)length);
        }
        close(descriptor);
        free(bytes);
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
    assert_refused(build_with("broken.tif", 256, 4, 1, 0), RST_READ, NULL, RST_E_FORMAT, "broken.tif");
    struct entry unknown[] = {{256, 3, 1, 16}, {257, 3, 1, 16},   {258, 3, 1, 8},
                              {262, 3, 1, 1},  {273, 4, 1, HEAD}, {60000, 3, 1, 1}};
    struct rst_raster *raster = open_at(build("unknown.tif", unknown, 6, PIXELS), RST_READ, NULL);
    rst_close(&raster);
    assert_ptr_equal(TIFFSetErrorHandler(errors), fail_on_message);
    assert_ptr_equal(TIFFSetWarningHandler(warnings), fail_on_message);
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
        cmocka_unit_test(geometry_is_proven),
        cmocka_unit_test(truncated_files_say_so),
        cmocka_unit_test(odd_but_readable),
        cmocka_unit_test(older_kinds_are_told),
        cmocka_unit_test(blocks_that_share_bytes_are_not_written),
        cmocka_unit_test(other_directories_are_not_written),
        cmocka_unit_test(inner_directories_are_not_written),
        cmocka_unit_test(blocks_may_be_missing),
        cmocka_unit_test(loops_end),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(global_handlers_are_left_alone),
    };
    return cmocka_run_group_tests_name("tiff_open", tests, files_setup, files_teardown);
}
