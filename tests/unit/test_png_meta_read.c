/* What a PNG says of itself: chunks made by libpng or by hand, whole and broken. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "tests/support/files.h"
#include "tests/support/pngs.h"

/* A file of 2 x 1 pixels that is complete but for its metadata. */
struct fixture {
    struct rst_bytes file;
    int depth, color;
};

static void begin(struct fixture *fixture, int depth, int color)
{
    fixture->depth = depth;
    fixture->color = color;
    pngs_begin(&fixture->file);
    pngs_add_header(&fixture->file, 2, 1, depth, color);
}

static void add_pixels(struct fixture *fixture)
{
    static const unsigned char samples[17];
    size_t bits = (size_t)2 * (size_t)fixture->depth * (size_t)pngs_channels(fixture->color);
    pngs_add_data(&fixture->file, samples, 1 + (bits + 7) / 8);
}

/* Completes and opens it, for its headers alone. */
static struct rst_raster *open_it(struct fixture *fixture)
{
    const char *path = files_path("meta.png");
    struct rst_open_options options = {.headers_only = true};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    pngs_add(&fixture->file, "IEND", NULL, 0);
    pngs_store(path, fixture->file.data, fixture->file.size);
    rst_bytes_clear(&fixture->file);
    if (rst_open(path, RST_READ, &options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    return raster;
}

/* The same with the pixels behind the metadata. */
static struct rst_raster *finish(struct fixture *fixture)
{
    add_pixels(fixture);
    return open_it(fixture);
}

static const char *item(const struct rst_raster *raster, const char *key)
{
    const char *value = rst_meta_get(rst_raster_meta(raster), key, -1, NULL);
    return value ? value : "(none)";
}

static void a_bare_file_says_little(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    begin(&fixture, 8, PNG_COLOR_TYPE_RGB_ALPHA);
    struct rst_raster *raster = finish(&fixture);
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_int_equal(meta->photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(meta->extra_sample_count, 1);
    assert_int_equal(meta->extra_samples[0], RST_EXTRA_UNASSOCIATED_ALPHA);
    assert_int_equal(rst_meta_fields(meta, 4), RST_META_ALPHA);
    rst_close(&raster);
    begin(&fixture, 16, PNG_COLOR_TYPE_GRAY);
    raster = finish(&fixture);
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_int_equal(rst_meta_fields(rst_raster_meta(raster), 1), 0);
    rst_close(&raster);
}

static void colors_are_told(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    unsigned char points[32];
    for (uint32_t i = 0; i < 8; i++)
        pngs_put32(points + (size_t)i * 4, 10000 + i);
    begin(&fixture, 8, PNG_COLOR_TYPE_RGB);
    pngs_add(&fixture.file, "gAMA", "\0\0\xb1\x8f", 4);
    pngs_add(&fixture.file, "gAMA", "\0\0\0\1", 4);
    pngs_add(&fixture.file, "cHRM", points, sizeof points);
    pngs_add(&fixture.file, "sRGB", "\2", 1);
    struct rst_raster *raster = finish(&fixture);
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_true(meta->gamma == 0.45455);
    for (int i = 0; i < 8; i++)
        assert_true(meta->chromaticities[i] == (10000 + i) / 100000.0);
    assert_int_equal(meta->srgb_intent, 3);
    rst_close(&raster);

    begin(&fixture, 8, PNG_COLOR_TYPE_RGB); /* lengths and values that are wrong */
    pngs_add(&fixture.file, "gAMA", "\0\0\xb1", 3);
    pngs_add(&fixture.file, "cHRM", points, 31);
    pngs_add(&fixture.file, "sRGB", "\4", 1);
    pngs_add(&fixture.file, "pHYs", "\0\0\0\1\0\0\0\1", 8);
    pngs_add(&fixture.file, "tIME", "\x07\xe8\x0d\1\0\0\0", 7);
    pngs_add(&fixture.file, "sBIT", "\x8\x9\x8", 3);
    pngs_add(&fixture.file, "bKGD", "\1\0\0\0\0\0", 6);
    pngs_add(&fixture.file, "tEXt", "", 0);
    pngs_add(&fixture.file, "zTXt", "Title\0\1x", 8);
    pngs_add(&fixture.file, "zTXt", "Title\0\0broken", 13);
    pngs_add(&fixture.file, "iTXt", "Title\0\0\0no end", 14);
    pngs_add(&fixture.file, "iCCP", "name\0\0broken", 12);
    pngs_add(&fixture.file, "tEXt", "Title\0damaged", 13);
    fixture.file.data[fixture.file.size - 1] ^= 1;
    raster = finish(&fixture);
    assert_int_equal(rst_meta_fields(rst_raster_meta(raster), 3), 0);
    assert_int_equal(rst_raster_meta(raster)->item_count, 0);
    rst_close(&raster);
}

/* libpng would drop or change some of these, for what they say, for where they stand, or for each other. */
static void odd_colours_are_kept(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    unsigned char points[32] = {0};
    points[0] = 0x7f;
    begin(&fixture, 8, PNG_COLOR_TYPE_PALETTE);
    pngs_add(&fixture.file, "bKGD", "\1", 1);
    pngs_add(&fixture.file, "PLTE", "\1\2\3\4\5\6", 6);
    pngs_add(&fixture.file, "tRNS", "\0", 1);
    pngs_add(&fixture.file, "sBIT", "\3\4\5", 3);
    pngs_add(&fixture.file, "sRGB", "\0", 1);
    pngs_add(&fixture.file, "gAMA", "\0\0\0\1", 4);
    pngs_add(&fixture.file, "cHRM", points, sizeof points);
    add_pixels(&fixture);
    pngs_add(&fixture.file, "pHYs", "\0\0\0\1\0\0\0\2\0", 9);
    struct rst_raster *raster = open_it(&fixture);
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_int_equal(meta->srgb_intent, 1);
    assert_true(meta->gamma == 0.00001);
    assert_true(meta->chromaticities[0] == 0x7f000000 / 100000.0 && meta->chromaticities[1] == 0);
    assert_int_equal(meta->significant_bits[1], 4);
    assert_true(meta->has_background && meta->background[2] == 6);
    assert_true(meta->resolution_y == 2);
    rst_close(&raster);
}

/* Chunks that libpng takes as they are, damaged: the second one counts. */
static void damaged_chunks_count_as_absent(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    for (int damaged = 0; damaged < 2; damaged++) {
        begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
        pngs_add(&fixture.file, "gAMA", "\0\0\xb1\x8f", 4);
        fixture.file.data[fixture.file.size - 1] ^= (unsigned char)damaged;
        pngs_add(&fixture.file, "gAMA", "\0\1\x86\xa0", 4);
        pngs_add(&fixture.file, "pHYs", "\0\0\0\1\0\0\0\1\0", 9);
        fixture.file.data[fixture.file.size - 1] ^= (unsigned char)damaged;
        pngs_add(&fixture.file, "eXIf", "MM\0*\0\0\0\10\0\0", 10);
        fixture.file.data[fixture.file.size - 1] ^= (unsigned char)damaged;
        struct rst_raster *raster = finish(&fixture);
        const struct rst_meta *meta = rst_raster_meta(raster);
        assert_true(meta->gamma == (damaged ? 1 : 0.45455));
        assert_true(meta->resolution_x == !damaged);
        assert_int_equal(meta->exif_size, damaged ? 0 : 10);
        rst_close(&raster);
    }
}

static void resolution_is_told(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add(&fixture.file, "pHYs", "\0\0\x0b\x13\0\0\x0b\x14\1", 9);
    struct rst_raster *raster = finish(&fixture);
    assert_true(rst_raster_meta(raster)->resolution_x == 28.35 && rst_raster_meta(raster)->resolution_y == 28.36);
    assert_int_equal(rst_raster_meta(raster)->resolution_unit, 3);
    rst_close(&raster);
    begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add(&fixture.file, "pHYs", "\0\0\0\1\0\0\0\2\0", 9);
    raster = finish(&fixture);
    assert_true(rst_raster_meta(raster)->resolution_x == 1 && rst_raster_meta(raster)->resolution_y == 2);
    assert_int_equal(rst_raster_meta(raster)->resolution_unit, 1);
    rst_close(&raster);
}

static void text_is_told(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add(&fixture.file, "tEXt", "Author\0Ren\xe9", 11);
    pngs_add(&fixture.file, "tEXt", "Title\0A title", 13);
    pngs_add(&fixture.file, "tEXt", "Description\0first", 17);
    pngs_add(&fixture.file, "tEXt", "Description\0second", 18);
    pngs_add(&fixture.file, "tEXt", "Creation Time\0today", 19);
    pngs_add(&fixture.file, "tEXt", "Na\xefve\0x", 7);
    pngs_add(&fixture.file, "iTXt", "Comment\0\0\0fr\0Commentaire\0\xc3\xa9t\xc3\xa9", 30);
    pngs_add(&fixture.file, "iTXt", "Wrong\0\0\0\0\0\xe9t\xe9\xf8\x88\xc0\x80", 17);
    add_pixels(&fixture);
    pngs_add(&fixture.file, "tEXt", "Software\0late", 13);
    pngs_add(&fixture.file, "tIME", "\x07\xe8\x02\x1d\x17\x3b\x3c", 7);
    struct rst_raster *raster = open_it(&fixture);
    assert_string_equal(item(raster, "Artist"), "Ren\xc3\xa9");
    assert_string_equal(item(raster, "DocumentName"), "A title");
    assert_string_equal(rst_raster_meta(raster)->description, "first");
    assert_string_equal(item(raster, "Description"), "second");
    assert_string_equal(item(raster, "Creation Time"), "today");
    assert_string_equal(item(raster, "Na\xc3\xafve"), "x");
    assert_string_equal(item(raster, "Comment"), "\xc3\xa9t\xc3\xa9");
    assert_string_equal(item(raster, "Wrong"), "\xc3\xa9t\xc3\xa9\xc3\xb8\xc2\x88\xc3\x80\xc2\x80");
    assert_string_equal(item(raster, "Software"), "late");
    assert_string_equal(item(raster, "DateTime"), "2024:02:29 23:59:60");
    rst_close(&raster);
}

/* A chunk whose data are a head and something deflated. */
static void add_deflated(struct rst_bytes *file, const char *type, const void *head, size_t head_size,
                         const void *bytes, size_t size)
{
    uLongf length = compressBound((uLong)size);
    unsigned char *data = malloc(head_size + length);
    assert_non_null(data);
    memcpy(data, head, head_size);
    assert_int_equal(compress(data + head_size, &length, bytes, (uLong)size), Z_OK);
    pngs_add(file, type, data, head_size + length);
    free(data);
}

static void compressed_text_is_told(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    char *lines = malloc(100001);
    assert_non_null(lines);
    memset(lines, 'x', 100000);
    lines[100000] = 0;
    begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
    add_deflated(&fixture.file, "zTXt", "Warning\0\0", 9, "caf\xe9", 4);
    add_deflated(&fixture.file, "zTXt", "Long\0\0", 6, lines, 100000);
    add_deflated(&fixture.file, "iTXt", "Source\0\1\0\0\0", 11, "\xe2\x82\xac", 3);
    struct rst_raster *raster = finish(&fixture);
    assert_string_equal(item(raster, "Warning"), "caf\xc3\xa9");
    assert_string_equal(item(raster, "Long"), lines);
    assert_string_equal(item(raster, "Source"), "\xe2\x82\xac");
    rst_close(&raster);
    free(lines);
}

static void blobs_are_kept(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    unsigned char profile[50000];
    for (size_t i = 0; i < sizeof profile; i++)
        profile[i] = files_byte(i);
    for (int prefix = 0; prefix < 2; prefix++) {
        begin(&fixture, 8, PNG_COLOR_TYPE_RGB);
        add_deflated(&fixture.file, "iCCP", "a name\0\0", 8, profile, sizeof profile);
        if (prefix)
            pngs_add(&fixture.file, "eXIf", "Exif\0\0MM\0*\0\0\0\10\0\0", 16);
        else
            pngs_add(&fixture.file, "eXIf", "MM\0*\0\0\0\10\0\0", 10);
        pngs_add(&fixture.file, "iTXt", "XML:com.adobe.xmp\0\0\0\0\0<x/>", 26);
        struct rst_raster *raster = finish(&fixture);
        const struct rst_meta *meta = rst_raster_meta(raster);
        assert_int_equal(meta->icc_size, sizeof profile);
        assert_memory_equal(meta->icc, profile, sizeof profile);
        assert_int_equal(meta->exif_size, 10);
        assert_memory_equal(meta->exif, "MM\0*\0\0\0\10\0\0", 10);
        assert_int_equal(meta->xmp_size, 4);
        assert_memory_equal(meta->xmp, "<x/>", 4);
        assert_int_equal(meta->item_count, 0);
        rst_close(&raster);
    }
}

static void assert_samples_told(struct fixture *fixture, const int bits[4], const int background[3])
{
    struct rst_raster *raster = finish(fixture);
    const struct rst_meta *meta = rst_raster_meta(raster);
    for (int i = 0; i < 4; i++)
        assert_int_equal(meta->significant_bits[i], bits[i]);
    assert_int_equal(meta->has_background, background != NULL);
    for (int i = 0; i < 3 && background; i++)
        assert_int_equal(meta->background[i], background[i]);
    rst_close(&raster);
}

static void samples_are_described(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    begin(&fixture, 2, PNG_COLOR_TYPE_GRAY);
    pngs_add(&fixture.file, "bKGD", "\0\2", 2);
    assert_samples_told(&fixture, (int[4]){2}, (int[3]){170});
    begin(&fixture, 4, PNG_COLOR_TYPE_GRAY);
    pngs_add(&fixture.file, "sBIT", "\3", 1);
    assert_samples_told(&fixture, (int[4]){3}, NULL);
    begin(&fixture, 16, PNG_COLOR_TYPE_RGB_ALPHA);
    pngs_add(&fixture.file, "sBIT", "\xc\xb\xa\x10", 4);
    pngs_add(&fixture.file, "bKGD", "\xff\xfe\1\2\0\3", 6);
    assert_samples_told(&fixture, (int[4]){12, 11, 10, 16}, (int[3]){0xfffe, 0x102, 3});
    begin(&fixture, 8, PNG_COLOR_TYPE_GRAY_ALPHA);
    pngs_add(&fixture.file, "sBIT", "\5\6", 2);
    assert_samples_told(&fixture, (int[4]){5, 6}, NULL);
}

static void palettes_are_told(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    begin(&fixture, 4, PNG_COLOR_TYPE_PALETTE);
    pngs_add(&fixture.file, "PLTE", "\1\2\3\xff\xfe\xfd", 6);
    pngs_add(&fixture.file, "sBIT", "\5\6\5", 3); /* of the colours, which are no samples */
    pngs_add(&fixture.file, "bKGD", "\1", 1);
    struct rst_raster *raster = finish(&fixture);
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_int_equal(meta->photometric, RST_PHOTOMETRIC_PALETTE);
    assert_int_equal(meta->color_map_count, 768);
    static const uint16_t want[] = {257, 0xffff, 0, 514, 0xfefe, 0, 771, 0xfdfd, 0};
    for (int i = 0; i < 9; i++)
        assert_int_equal(meta->color_map[i / 3 * 256 + i % 3], want[i]);
    assert_int_equal(meta->significant_bits[0], 0);
    assert_true(meta->has_background);
    assert_int_equal(meta->background[0], 1);
    assert_true(rst_raster_shape(raster).palette);
    rst_close(&raster);

    begin(&fixture, 4, PNG_COLOR_TYPE_PALETTE);
    pngs_add(&fixture.file, "PLTE", "\1\2\3\xff\xfe\xfd", 6);
    pngs_add(&fixture.file, "tRNS", "\x80", 1);
    pngs_add(&fixture.file, "sBIT", "\5\6\5", 3);
    pngs_add(&fixture.file, "bKGD", "\1", 1);
    raster = finish(&fixture);
    meta = rst_raster_meta(raster);
    assert_int_equal(meta->photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(meta->color_map_count, 0);
    assert_int_equal(rst_raster_shape(raster).bands, 4);
    assert_int_equal(rst_raster_shape(raster).alpha, 3);
    assert_int_equal(meta->significant_bits[1], 6);
    assert_int_equal(meta->significant_bits[3], 0);
    assert_int_equal(meta->background[2], 0xfd);
    rst_close(&raster);
}

static void assert_too_much(struct fixture *fixture, const char *words)
{
    const char *path = files_path("much.png");
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    add_pixels(fixture);
    pngs_add(&fixture->file, "IEND", NULL, 0);
    pngs_store(path, fixture->file.data, fixture->file.size);
    rst_bytes_clear(&fixture->file);
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, &err), RST_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, words));
}

/* Some kilobytes that would become a hundred million, in one piece or in many. */
static void bombs_are_refused(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    char *zeros = calloc(1, 100000000);
    assert_non_null(zeros);
    begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
    add_deflated(&fixture.file, "iCCP", "a name\0\0", 8, zeros, 100000000);
    assert_too_much(&fixture, "more than 64 MiB of metadata");
    for (int letter = 0; letter < 2; letter++) {
        memset(zeros, letter * 'x', 100000000);
        begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
        for (int i = 0; i < 20; i++)
            add_deflated(&fixture.file, "zTXt", "Comment\0\0", 9, zeros, 5000000);
        assert_too_much(&fixture, "more than 64 MiB of metadata");
        begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
        add_deflated(&fixture.file, "iTXt", "Comment\0\1\0\0\0", 12, zeros, 100000000);
        assert_too_much(&fixture, "more than 64 MiB of metadata");
    }
    begin(&fixture, 8, PNG_COLOR_TYPE_GRAY);
    for (int i = 0; i < 10001; i++)
        pngs_add(&fixture.file, "tEXt", "a\0b", 3);
    assert_too_much(&fixture, "more than 10000 chunks of metadata");
    free(zeros);
}

/* What libpng writes. */
static void libpng_agrees(void **state)
{
    (void)state;
    const char *path = files_path("libpng.png");
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, pngs_complain, pngs_keep_quiet);
    png_infop info = png_create_info_struct(png);
    assert_true(file && info);
    if (setjmp(png_jmpbuf(png))) fail_msg("libpng cannot write it");
    char words[] = "words", utf8[] = "\xce\xbb";
    png_text texts[] = {{.compression = PNG_TEXT_COMPRESSION_zTXt, .key = "Copyright", .text = words},
                        {.compression = PNG_ITXT_COMPRESSION_zTXt, .key = "Greek", .text = utf8, .lang = "el"}};
    png_byte row[3] = {1, 2, 3};
    png_init_io(png, file);
    png_set_IHDR(png, info, 1, 1, 8, PNG_COLOR_TYPE_RGB, 0, 0, 0);
    png_set_gAMA(png, info, 0.5);
    png_set_pHYs(png, info, 5906, 5906, PNG_RESOLUTION_METER);
    png_set_sBIT(png, info, &(png_color_8){.red = 5, .green = 6, .blue = 5});
    png_set_bKGD(png, info, &(png_color_16){.red = 10, .green = 20, .blue = 30});
    png_set_text(png, info, texts, 2);
    png_write_info(png, info);
    png_write_row(png, row);
    png_set_tIME(png, info, &(png_time){.year = 1999, .month = 12, .day = 31, .hour = 1, .minute = 2, .second = 3});
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    assert_int_equal(fclose(file), 0);

    struct rst_raster *raster = NULL;
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_true(meta->gamma == 0.5 && meta->resolution_x == 59.06);
    assert_int_equal(meta->significant_bits[1], 6);
    assert_int_equal(meta->background[2], 30);
    assert_string_equal(item(raster, "Copyright"), "words");
    assert_string_equal(item(raster, "Greek"), "\xce\xbb");
    assert_string_equal(item(raster, "DateTime"), "1999:12:31 01:02:03");
    rst_close(&raster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_file_says_little), cmocka_unit_test(colors_are_told),
        cmocka_unit_test(odd_colours_are_kept),    cmocka_unit_test(damaged_chunks_count_as_absent),
        cmocka_unit_test(resolution_is_told),      cmocka_unit_test(text_is_told),
        cmocka_unit_test(compressed_text_is_told), cmocka_unit_test(blobs_are_kept),
        cmocka_unit_test(samples_are_described),   cmocka_unit_test(palettes_are_told),
        cmocka_unit_test(bombs_are_refused),       cmocka_unit_test(libpng_agrees)};
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
