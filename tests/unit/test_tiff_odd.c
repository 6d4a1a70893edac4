/* Opening TIFFs made by hand: odd ones, damaged ones, and files that lie. */
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

/* Files are classic, little-endian, entries with their values inline. */
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
    struct rst_raster *raster = opens(build_with("sound.tif", 0, 0, 0, 0), RST_SHARED, NULL);
    rst_close(&raster);
    opens_not(build_with("far.tif", 273, 4, 1, HEAD + 1), RST_READ, NULL, RST_E_TRUNCATED, "768");
    opens_not(build_with("farther.tif", 273, 4, 1, 0xfffffff0), RST_READ, NULL, RST_E_TRUNCATED, "768");
    opens_not(build_with("wide.tif", 256, 4, 1, 17), RST_READ, NULL, RST_E_TRUNCATED, "needs 272");
    opens_not(build_with("deep.tif", 277, 3, 1, 65535), RST_READ, NULL, RST_E_TRUNCATED, "deep.tif");
    opens_not(build_with("flat.tif", 257, 4, 1, 0), RST_READ, NULL, RST_E_FORMAT, "flat.tif");
    opens_not(build_with("thin.tif", 256, 4, 1, 0), RST_READ, NULL, RST_E_FORMAT, "thin.tif");
    opens_not(build_with("void.tif", 277, 3, 1, 0), RST_READ, NULL, RST_E_FORMAT, "void.tif");
    opens_not(build_with("strips.tif", 257, 4, 1, 0xffffffff), RST_READ, NULL, RST_E_FORMAT, "strips.tif");
    opens_not(build_with("count.tif", 273, 4, 0xfffffff0, 100), RST_READ, NULL, RST_E_TRUNCATED, "count.tif");
}

static void truncated_files_say_so(void **state)
{
    (void)state;
    char *path = build_with("cut.tif", 0, 0, 0, 0);
    assert_int_equal(truncate(path, HEAD + PIXELS - 1), 0);
    opens_not(path, RST_READ, NULL, RST_E_TRUNCATED, "767");
    assert_int_equal(truncate(path, 60), 0);
    opens_not(path, RST_READ, NULL, RST_E_FORMAT, "directory");
    assert_int_equal(truncate(path, 8), 0);
    opens_not(path, RST_READ, NULL, RST_E_TRUNCATED, "at byte 8");
    assert_int_equal(truncate(path, 7), 0);
    opens_not(path, RST_READ, NULL, RST_E_UNSUPPORTED, "no known format");
}

static void odd_but_readable(void **state)
{
    (void)state;
    struct rst_view view;
    unsigned char pixels[PIXELS];
    struct rst_raster *raster = opens(build_with("bytes.tif", 279, 4, 1, 0), RST_READ, NULL);
    rst_close(&raster);
    struct entry bare[] = {{256, 3, 1, 16}, {257, 3, 1, 16}, {258, 3, 1, 8}, {262, 3, 1, 1}, {273, 4, 1, HEAD}};
    raster = opens(build("bare.tif", bare, 5, PIXELS), RST_SHARED, NULL);
    view = rst_view_packed(pixels, RST_U8, 16, 16, 1);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, NULL), RST_OK);
    for (int i = 0; i < PIXELS; i++)
        assert_int_equal(pixels[i], i);
    rst_close(&raster);
    /* sample format 4: undefined */
    struct entry untyped[] = {{256, 3, 1, 16},   {257, 3, 1, 16},     {258, 3, 1, 8},
                              {273, 4, 1, HEAD}, {279, 4, 1, PIXELS}, {339, 3, 1, 4}};
    raster = opens(build("untyped.tif", untyped, 6, PIXELS), RST_READ, NULL);
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
            struct rst_raster *raster = opens(path, RST_READ, NULL);
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
        struct rst_raster *raster = opens(path, RST_READ, NULL);
        rst_close(&raster);
        for (int mode = RST_PRIVATE; mode <= RST_SHARED; mode++) {
            if (!cases[i].writable) {
                opens_not(path, (enum rst_mode)mode, NULL, RST_E_FORMAT, "share");
                continue;
            }
            raster = opens(path, (enum rst_mode)mode, NULL);
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
    struct rst_raster *raster = opens(path, RST_READ, NULL);
    rst_close(&raster);
    opens_not(path, RST_SHARED, NULL, RST_E_FORMAT, "share");
    opens_not(path, RST_READ, &(struct rst_open_options){.page = 1}, RST_E_FORMAT, "second.tif");
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
    struct rst_raster *raster = opens(path, RST_READ, NULL);
    assert_int_equal(rst_raster_meta(raster)->sub_images, 1);
    rst_close(&raster);
    opens_not(path, RST_SHARED, NULL, RST_E_FORMAT, "share");

    entries[6].value = 0xfffffff0;
    path = build("outside.tif", entries, 7, PIXELS);
    raster = opens(path, RST_SHARED, NULL);
    rst_close(&raster);
    opens_not(path, RST_READ, &(struct rst_open_options){.sub_image = 1}, RST_E_TRUNCATED, "4294967280");

    entries[6].value = 8;
    path = build("itself.tif", entries, 7, PIXELS);
    struct rst_open_options first = {.sub_image = 1};
    raster = opens(path, RST_SHARED, &first);
    assert_int_equal(rst_raster_layout(raster)->width, 16);
    rst_close(&raster);
}

static void blocks_may_be_missing(void **state)
{
    (void)state;
    char *path = build_strips("sparse.tif", 0, HEAD + 16, 0);
    struct rst_raster *raster = opens(path, RST_READ, NULL);
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
        opens_not(path, RST_READ, &(struct rst_open_options){.page = 5}, RST_E_ARGUMENT, "has 5");
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
    opens_not(build_with("broken.tif", 256, 4, 1, 0), RST_READ, NULL, RST_E_FORMAT, "broken.tif");
    struct entry unknown[] = {{256, 3, 1, 16}, {257, 3, 1, 16},   {258, 3, 1, 8},
                              {262, 3, 1, 1},  {273, 4, 1, HEAD}, {60000, 3, 1, 1}};
    struct rst_raster *raster = opens(build("unknown.tif", unknown, 6, PIXELS), RST_READ, NULL);
    rst_close(&raster);
    assert_ptr_equal(TIFFSetErrorHandler(errors), fail_on_message);
    assert_ptr_equal(TIFFSetWarningHandler(warnings), fail_on_message);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
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
    return cmocka_run_group_tests_name("tiff_odd", tests, files_setup, files_teardown);
}
