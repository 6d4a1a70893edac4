/* PNGs that lie: damaged, cut short, put together wrongly. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "codecs/png/chunk.h"
#include "tests/support/files.h"
#include "tests/support/pngs.h"

static uint64_t seed;

/* Opens a file and reads all of it. */
static enum rst_status read_all(const char *path, struct rst_error *err)
{
    struct rst_raster *raster = NULL;
    *err = (struct rst_error){0};
    enum rst_status status = rst_open(path, RST_READ, NULL, &raster, err);
    if (status != RST_OK) return status;
    struct rst_shape shape = rst_raster_shape(raster);
    size_t size = (size_t)(shape.width * shape.height) * (size_t)shape.bands * rst_type_size(shape.type);
    void *samples = malloc(size);
    assert_non_null(samples);
    struct rst_view view = rst_view_packed(samples, shape.type, shape.width, shape.height, shape.bands);
    status = rst_raster_read(raster, 0, 0, NULL, &view, err);
    free(samples);
    rst_close(&raster);
    return status;
}

static void assert_fails(const struct rst_bytes *file, enum rst_status status, const char *words)
{
    const char *path = files_path("fails.png");
    struct rst_error err;
    pngs_store(path, file->data, file->size);
    enum rst_status got = read_all(path, &err);
    if (got != status) fail_msg("status %d, not %d: %s", got, status, err.message);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    if (!strstr(err.message, "fails.png")) fail_msg("\"%s\" does not name the file", err.message);
}

/* A gray image of 4 x 2 pixels, with their filters. */
static const unsigned char small[] = {0, 10, 20, 30, 40, 2, 1, 2, 3, 4};

static void add_small(struct rst_bytes *file)
{
    pngs_begin(file);
    pngs_add_header(file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add_data(file, small, sizeof small);
    pngs_add(file, "IEND", NULL, 0);
}

static void damaged_chunks_are_told(void **state)
{
    (void)state;
    struct rst_bytes file = {0};
    add_small(&file);
    file.data[20] ^= 1; /* in IHDR */
    assert_fails(&file, RST_E_FORMAT, "IHDR at byte 8");
    add_small(&file);
    file.data[file.size - 12 - 1] ^= 1; /* the CRC of IDAT */
    assert_fails(&file, RST_E_FORMAT, "IDAT at byte 33");
    assert_fails(&file, RST_E_FORMAT, "CRC");
    add_small(&file);
    file.size -= 12;
    assert_fails(&file, RST_E_TRUNCATED, "before its IEND chunk");
    add_small(&file);
    pngs_put32(file.data + 33, 1000000);
    assert_fails(&file, RST_E_TRUNCATED, "IDAT at byte 33: 1000000 bytes long");
    add_small(&file);
    pngs_put32(file.data + 33, UINT32_MAX);
    assert_fails(&file, RST_E_FORMAT, "IDAT at byte 33: its length");
    add_small(&file);
    file.data[37] = ' ';
    assert_fails(&file, RST_E_FORMAT, "no chunk begins at byte 33");
    add_small(&file);
    memmove(file.data + 4, file.data + 5, file.size -= 1); /* the CR is lost */
    assert_fails(&file, RST_E_FORMAT, "sent as text");
    rst_bytes_clear(&file);
}

static void wrong_headers_are_told(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height;
        int depth, color;
        const char *words;
    } cases[] = {{0, 2, 8, 0, "IHDR at byte 8: Image width is zero"},
                 {4, 0, 8, 0, "Image height is zero"},
                 {UINT32_MAX, 2, 8, 0, "IHDR at byte 8: PNG unsigned integer out of range"},
                 {4, 2, 3, 0, "Invalid bit depth in IHDR"},
                 {4, 2, 4, 2, "Invalid color type/bit depth combination"},
                 {4, 2, 16, 3, "Invalid color type/bit depth combination"},
                 {4, 2, 64, 0, "Invalid bit depth in IHDR"},
                 {4, 2, 8, 5, "Invalid color type in IHDR"},
                 {4, 2, 8, 200, "Invalid color type in IHDR"},
                 {4, 2, 8, 3, "no PLTE chunk before it"}};
    struct rst_bytes file = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pngs_begin(&file);
        pngs_add_header(&file, cases[i].width, cases[i].height, cases[i].depth, cases[i].color);
        pngs_add_data(&file, small, sizeof small);
        pngs_add(&file, "IEND", NULL, 0);
        assert_fails(&file, RST_E_FORMAT, cases[i].words);
    }
    for (size_t at = 10; at < 13; at++) {
        unsigned char header[13] = {[3] = 4, [7] = 2, [8] = 8};
        header[at] = 2;
        pngs_begin(&file);
        pngs_add(&file, "IHDR", header, sizeof header);
        assert_fails(&file, RST_E_FORMAT, "IHDR at byte 8: Unknown");
    }
    pngs_begin(&file);
    pngs_add(&file, "IHDR", small, sizeof small);
    pngs_add(&file, "IEND", NULL, 0);
    assert_fails(&file, RST_E_FORMAT, "IHDR at byte 8: Invalid IHDR length");
    rst_bytes_clear(&file);
}

static void wrong_order_is_told(void **state)
{
    (void)state;
    struct rst_bytes file = {0};
    pngs_begin(&file);
    pngs_add(&file, "gAMA", "\0\0\0\1", 4);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    assert_fails(&file, RST_E_FORMAT, "gAMA at byte 8: the first chunk is not IHDR");

    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    assert_fails(&file, RST_E_FORMAT, "IHDR at byte 33: a second header");

    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add(&file, "IEND", NULL, 0);
    assert_fails(&file, RST_E_FORMAT, "no IDAT chunk");

    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add(&file, "ABCD", NULL, 0);
    assert_fails(&file, RST_E_UNSUPPORTED, "ABCD at byte 33: an unknown chunk");

    static const size_t lengths[] = {0, 4, 771};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        static const unsigned char colors[771];
        pngs_begin(&file);
        pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_PALETTE);
        pngs_add(&file, "PLTE", colors, lengths[i]);
        pngs_add_data(&file, small, sizeof small);
        pngs_add(&file, "IEND", NULL, 0);
        assert_fails(&file, RST_E_FORMAT, "PLTE at byte 33: ");
    }
    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_PALETTE);
    pngs_add(&file, "PLTE", small, 6);
    pngs_add(&file, "PLTE", small, 6);
    pngs_add_data(&file, small, sizeof small);
    pngs_add(&file, "PLTE", small, 6);
    assert_fails(&file, RST_E_FORMAT, "a palette behind the pixels");
    file.size -= 18;
    pngs_add(&file, "IEND", NULL, 0);
    assert_fails(&file, RST_E_FORMAT, "PLTE at byte 51: duplicate");
    rst_bytes_clear(&file);
}

/* An image of 4 x 2 whose IDAT chunk has this in it. */
static void add_deflated(struct rst_bytes *file, const void *deflated, size_t size)
{
    pngs_begin(file);
    pngs_add_header(file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add(file, "IDAT", deflated, size);
    pngs_add(file, "IEND", NULL, 0);
}

static void wrong_samples_are_told(void **state)
{
    (void)state;
    struct rst_bytes file = {0};
    unsigned char deflated[64], changed[64], many[600] = {0};
    uLongf size = sizeof deflated;
    assert_int_equal(compress(deflated, &size, small, sizeof small), Z_OK);

    memcpy(changed, deflated, size);
    changed[1] ^= 1;
    add_deflated(&file, changed, size);
    assert_fails(&file, RST_E_FORMAT, "no zlib stream");
    memcpy(changed, deflated, size);
    changed[size - 1] ^= 1;
    add_deflated(&file, changed, size);
    assert_fails(&file, RST_E_FORMAT, "a checksum does not match");
    add_deflated(&file, deflated, size - 1);
    assert_fails(&file, RST_E_TRUNCATED, "before the checksum");
    add_deflated(&file, "\x78\x9c\x07", 3);
    assert_fails(&file, RST_E_FORMAT, "impossible header");

    memcpy(changed, small, sizeof small);
    changed[5] = 5;
    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add_data(&file, changed, sizeof small);
    pngs_add(&file, "IEND", NULL, 0);
    assert_fails(&file, RST_E_FORMAT, "row 1 has filter 5");

    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add_data(&file, small, sizeof small - 1);
    pngs_add(&file, "IEND", NULL, 0);
    assert_fails(&file, RST_E_TRUNCATED, "hold only 9 bytes");

    pngs_begin(&file); /* 1032 bytes of one are the most, and these chunks have 18 or more */
    pngs_add_header(&file, 1000, 1000, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add_data(&file, many, sizeof many);
    pngs_add(&file, "IEND", NULL, 0);
    assert_fails(&file, RST_E_TRUNCATED, "cannot hold 1000x1000 pixels");
    pngs_begin(&file);
    pngs_add_header(&file, INT32_MAX, INT32_MAX, 16, PNG_COLOR_TYPE_RGB_ALPHA);
    pngs_add_data(&file, many, sizeof many);
    pngs_add(&file, "IEND", NULL, 0);
    assert_fails(&file, RST_E_TRUNCATED, "cannot hold 2147483647x2147483647 pixels");
    rst_bytes_clear(&file);
}

/* An interlaced image of one pixel whose IDAT chunk has this in it. */
static void add_interlaced(struct rst_bytes *file, const void *deflated, size_t size)
{
    static const unsigned char header[13] = {[3] = 1, [7] = 1, [8] = 8, [12] = 1};
    pngs_begin(file);
    pngs_add(file, "IHDR", header, sizeof header);
    pngs_add(file, "IDAT", deflated, size);
    pngs_add(file, "IEND", NULL, 0);
}

static void wrong_interlaced_samples_are_told(void **state)
{
    (void)state;
    struct rst_bytes file = {0};
    unsigned char deflated[64], more[64];
    uLongf size = sizeof deflated, more_size = sizeof more;
    assert_int_equal(compress(deflated, &size, small, 2), Z_OK);
    assert_int_equal(compress(more, &more_size, small, 9), Z_OK);
    add_interlaced(&file, deflated, size);
    pngs_store(files_path("whole.png"), file.data, file.size);
    pngs_assert_reads(files_path("whole.png"));
    add_interlaced(&file, more, more_size);
    pngs_store(files_path("more.png"), file.data, file.size);
    pngs_assert_reads(files_path("more.png"));
    add_interlaced(&file, deflated, size - 1);
    assert_fails(&file, RST_E_FORMAT, "Not enough image data");
    add_interlaced(&file, deflated, size);
    file.data[file.size - 13] ^= 1;
    assert_fails(&file, RST_E_FORMAT, "IDAT: CRC error");
    deflated[size - 1] ^= 1;
    add_interlaced(&file, deflated, size);
    assert_fails(&file, RST_E_FORMAT, "incorrect data check");
    assert_int_equal(compress(deflated, &size, (const Bytef *)"\5", 2), Z_OK);
    add_interlaced(&file, deflated, size);
    assert_fails(&file, RST_E_FORMAT, "bad adaptive filter value");
    rst_bytes_clear(&file);
}

/* What libpng takes without a word: more samples than there are pixels, chunks that are unknown, damaged or out of
 * place, as long as nothing depends on them. */
static void harmless_faults_are_passed_over(void **state)
{
    (void)state;
    struct rst_bytes file = {0};
    const char *path = files_path("harmless.png");
    unsigned char more[4096] = {0};
    memcpy(more, small, sizeof small);
    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_GRAY);
    pngs_add(&file, "abCd", more, 5000 % sizeof more);
    pngs_add(&file, "PLTE", more, 3);
    pngs_add(&file, "tRNS", "\0\12\0", 3); /* too long */
    pngs_add(&file, "tRNS", "\0\12", 2);
    file.data[file.size - 1] ^= 1; /* damaged */
    pngs_add_data(&file, more, sizeof more);
    pngs_add(&file, "tRNS", "\0\12", 2);
    pngs_add_data(&file, more, sizeof more);
    pngs_add(&file, "IEND", NULL, 0);
    assert_true(rst_bytes_append(&file, more, 100));
    pngs_store(path, file.data, file.size);
    pngs_assert_reads(path);

    pngs_begin(&file); /* a palette shorter than the samples, and longer than 2 bits can say */
    pngs_add_header(&file, 4, 2, 2, PNG_COLOR_TYPE_PALETTE);
    pngs_add(&file, "PLTE", more, 30);
    pngs_add(&file, "tRNS", more + 6, 3);
    pngs_add_data(&file, "\0\x1b\1\xe4", 4);
    pngs_add(&file, "IEND", NULL, 0);
    pngs_store(path, file.data, file.size);
    pngs_assert_reads(path);
    pngs_begin(&file);
    pngs_add_header(&file, 4, 2, 8, PNG_COLOR_TYPE_PALETTE);
    pngs_add(&file, "PLTE", more, 6);
    pngs_add(&file, "tRNS", more + 1, 2);
    pngs_add_data(&file, small, sizeof small);
    pngs_add(&file, "IEND", NULL, 0);
    pngs_store(path, file.data, file.size);
    pngs_assert_reads(path);
    rst_bytes_clear(&file);
}

/* Whatever is read without an error is what libpng reads. */
static void check_changed(const char *path, const unsigned char *bytes, size_t size)
{
    struct pngs_image image = {0};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    pngs_store(path, bytes, size);
    if (rst_open(path, RST_READ, NULL, &raster, &err) == RST_OK && pngs_read(path, &image)) {
        bool equal = pngs_is_equal(raster, &image, &err);
        if (!equal && err.status == RST_OK) fail_msg("not what libpng reads");
    } else if (raster && read_all(path, &err) != RST_OK) {
        assert_true(err.message[0] != 0);
    }
    free(image.samples);
    rst_close(&raster);
}

static void set_crcs(unsigned char *bytes, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) {
        size_t length = rst_png_get32(bytes + at);
        if (length > size - at - 12) return;
        pngs_put32(bytes + at + 8 + length, (uint32_t)crc32(0, bytes + at + 4, (uInt)length + 4));
        at += 12 + length;
    }
}

static void every_byte_may_be_wrong(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x10, 0x01, 0xc0}; /* of the others, the CRC is set right */
    const char *path = files_path("flipped.png");
    size_t size;
    for (int way = 0; way <= 4; way += way == 2 ? 2 : 1) {
        struct pngs_form form = {.width = 9, .height = 7, .depth = way < 2 ? 8 : way, .level = 9};
        form.color = way == 0 ? PNG_COLOR_TYPE_RGB : way == 1 ? PNG_COLOR_TYPE_GRAY_ALPHA : PNG_COLOR_TYPE_PALETTE;
        form.interlaced = way == 1;
        form.transparent = way != 1;
        pngs_write(path, &form, seed);
        unsigned char *bytes = files_read(path, &size), *changed = malloc(size + 1);
        assert_true(bytes && changed && size < 2000);
        for (size_t at = 0; at < size; at++)
            for (size_t flip = 0; flip < sizeof flips; flip++) {
                memcpy(changed, bytes, size);
                changed[at] ^= flips[flip];
                if (flip > 0) set_crcs(changed, size);
                check_changed(path, changed, size);
            }
        free(bytes);
        free(changed);
    }
}

static void cut_files_are_told(void **state)
{
    (void)state;
    const char *path = files_path("cut.png");
    struct pngs_form form = {.width = 20, .height = 11, .depth = 16, .color = PNG_COLOR_TYPE_RGB, .level = 1};
    struct rst_error err;
    size_t size;
    pngs_write(path, &form, seed);
    pngs_cut(path, 50);
    unsigned char *bytes = files_read(path, &size);
    for (size_t length = 0; length < size; length++) {
        pngs_store(path, bytes, length);
        enum rst_status status = read_all(path, &err);
        if (status == RST_OK) fail_msg("%zu of %zu bytes are taken for all", length, size);
        if (length >= 8 && status != RST_E_TRUNCATED) fail_msg("%zu bytes: %s", length, err.message);
    }
    free(bytes);
}

/* The file is shortened after it was opened. */
static void files_that_shrink_are_told(void **state)
{
    (void)state;
    const char *path = files_path("shrinks.png");
    struct pngs_form form = {.width = 300, .height = 300, .depth = 8, .color = PNG_COLOR_TYPE_RGB, .level = 1};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    pngs_write(path, &form, seed);
    unsigned char *have = malloc((size_t)300 * 300 * 3);
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    assert_int_equal(truncate(path, files_length(path) / 2), 0);
    struct rst_view view = rst_view_packed(have, RST_U8, 300, 300, 3);
    assert_int_equal(rst_raster_read(raster, 0, 0, NULL, &view, &err), RST_E_TRUNCATED);
    assert_non_null(strstr(err.message, "shrinks.png"));
    rst_close(&raster);
    free(have);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_chunks_are_told),
                                       cmocka_unit_test(wrong_headers_are_told),
                                       cmocka_unit_test(wrong_order_is_told),
                                       cmocka_unit_test(wrong_samples_are_told),
                                       cmocka_unit_test(wrong_interlaced_samples_are_told),
                                       cmocka_unit_test(harmless_faults_are_passed_over),
                                       cmocka_unit_test(every_byte_may_be_wrong),
                                       cmocka_unit_test(cut_files_are_told),
                                       cmocka_unit_test(files_that_shrink_are_told)};
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
