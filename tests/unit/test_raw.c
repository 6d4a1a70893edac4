/* Raw files: their text form, opening in every interleave and byte order, creating, and staying within the file. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "tests/support/files.h"
#include "tests/support/layouts.h"
#include "tests/support/opens.h"
#include "tests/support/tiffs.h"

static uint64_t seed;

static const bool machine_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

static struct rst_raw parse(const char *text)
{
    struct rst_raw raw = {0};
    struct rst_error err = {0};
    if (rst_raw_parse(text, &raw, &err) != RST_OK) fail_msg("%s", err.message);
    return raw;
}

static void parses_all_parts(void **state)
{
    (void)state;
    struct rst_raw raw = parse("640x480x3:u8");
    assert_int_equal(raw.width, 640);
    assert_int_equal(raw.height, 480);
    assert_int_equal(raw.bands, 3);
    assert_int_equal(raw.type, RST_U8);
    assert_int_equal(raw.interleave, RST_BIP);
    assert_int_equal(raw.big_endian, machine_is_big);
    assert_int_equal(raw.offset, 0);
    raw = parse("1x1099511627776x65535:f64,bsq,be,offset=9223372036854775807");
    assert_true(raw.height == RST_MAX_SIDE && raw.bands == RST_MAX_BANDS && raw.type == RST_F64);
    assert_true(raw.interleave == RST_BSQ && raw.big_endian && raw.offset == INT64_MAX);
    raw = parse("3x2x1:i16,offset=512,le,bil");
    assert_true(raw.interleave == RST_BIL && !raw.big_endian && raw.offset == 512);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", "width"},
                                           {"640", "width"},
                                           {"0x480x3:u8", "width"},
                                           {"-4x480x3:u8", "width"},
                                           {"1099511627777x1x1:u8", "width"},
                                           {"99999999999999999999999x1x1:u8", "width"},
                                           {"640xx3:u8", "height"},
                                           {"640x480:u8", "height"},
                                           {"640x480x:u8", "bands"},
                                           {"640x480x65536:u8", "bands"},
                                           {"640x480x3", "bands"},
                                           {"640x480x3:", "pixel type"},
                                           {"640x480x3:u7", "pixel type"},
                                           {"640x480x3:u8 ", "pixel type"},
                                           {"640x480x3:u8,", "none of"},
                                           {"640x480x3:u8,bsp", "\"bsp\""},
                                           {"640x480x3:u8,be,,le", "none of"},
                                           {"640x480x3:u8,offset=", "\"offset=\""},
                                           {"640x480x3:u8,offset=-1", "offset=-1"},
                                           {"640x480x3:u8,offset=5k", "offset=5k"},
                                           {"640x480x3:u8,offset=9223372036854775808", "offset=9"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rst_raw raw = {.width = 7};
        struct rst_error err = {0};
        assert_int_equal(rst_raw_parse(cases[i][0], &raw, &err), RST_E_ARGUMENT);
        if (!strstr(err.message, cases[i][1])) fail_msg("%s: %s", cases[i][0], err.message);
        assert_int_equal(raw.width, 7);
    }
}

/* Byte by byte, what the text form promises. */
static void write_raw(const char *path, const struct rst_raw *raw)
{
    size_t size = rst_type_size(raw->type), width = (size_t)raw->width, height = (size_t)raw->height;
    size_t bands = (size_t)raw->bands, count = width * height * bands;
    char *bytes = calloc(1, raw->offset + count * size);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++) {
        size_t x, y, band;
        if (raw->interleave == RST_BIP) {
            band = i % bands, x = i / bands % width, y = i / bands / width;
        } else if (raw->interleave == RST_BIL) {
            x = i % width, band = i / width % bands, y = i / width / bands;
        } else {
            x = i % width, y = i / width % height, band = i / width / height;
        }
        union rst_sample sample = layout_noise(seed, raw->type, (int64_t)x, (int64_t)y, (int32_t)band);
        for (size_t byte = 0; byte < size; byte++)
            bytes[raw->offset + i * size + byte] =
                (char)sample.bytes[raw->big_endian == machine_is_big ? byte : size - 1 - byte];
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, raw->offset + count * size, file), raw->offset + count * size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

static void assert_same_file(const char *a, const char *b)
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

/* Opens the file, creates one like it from the same description, and expects the same bytes. */
static void check_form(const struct rst_raw *raw)
{
    char *path = files_path("in.raw"), *copy = files_path("out.raw");
    struct rst_open_options options = {.raw = raw};
    struct rst_create_options create = {.raw = raw, .overwrite = true};
    struct rst_raster *raster = NULL;
    write_raw(path, raw);
    assert_int_equal(rst_open(path, RST_READ, &options, &raster, NULL), RST_OK);
    assert_string_equal(rst_raster_format(raster), "raw");
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_UNKNOWN);
    tiffs_assert_raster(raster, seed);

    struct rst_shape shape = rst_raster_shape(raster);
    struct rst_raster *out = NULL;
    assert_int_equal(rst_create(copy, &shape, NULL, &create, &out, NULL), RST_OK);
    assert_true(rst_raster_is_output(out));
    tiffs_fill_raster(out, seed);
    assert_int_equal(rst_commit(out, NULL), RST_OK);
    rst_close(&out);
    assert_same_file(path, copy);

    /* Of what rst_create_like() takes over, the offset is not a part: what stands before it is unknown. */
    if (raw->offset == 0) {
        assert_int_equal(rst_create_like(files_path("like.raw"), raster, NULL,
                                         &(struct rst_create_options){.overwrite = true}, &out, NULL),
                         RST_OK);
        tiffs_fill_raster(out, seed);
        assert_int_equal(rst_commit(out, NULL), RST_OK);
        rst_close(&out);
        assert_same_file(path, files_path("like.raw"));
    }
    rst_close(&raster);
}

static void every_form_is_read_and_written(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int interleave = RST_BIP; interleave <= RST_BSQ; interleave++)
            for (int order = 0; order < 2; order++)
                for (int bands = 1; bands <= 3; bands += 2) {
                    struct rst_raw raw = {.width = 13,
                                          .height = 7,
                                          .bands = bands,
                                          .type = (enum rst_type)type,
                                          .interleave = (enum rst_interleave)interleave,
                                          .big_endian = order};
                    check_form(&raw);
                    raw.offset = 37;
                    check_form(&raw);
                }
}

static void assert_refused(const char *path, enum rst_mode mode, const struct rst_raw *raw, enum rst_status status,
                           const char *words)
{
    opens_not(path, mode, &(struct rst_open_options){.raw = raw}, status, words);
}

static void geometry_is_proven(void **state)
{
    (void)state;
    char *path = files_make("short.raw", 1000);
    struct rst_raw raw = parse("100x10x1:u8");
    struct rst_raster *raster = NULL;
    assert_int_equal(rst_open(path, RST_SHARED, &(struct rst_open_options){.raw = &raw}, &raster, NULL), RST_OK);
    assert_refused(path, RST_SHARED, &raw, RST_E_LOCKED, path);
    rst_close(&raster);
    raw.offset = 1;
    assert_refused(path, RST_READ, &raw, RST_E_TRUNCATED, "1001 bytes, the file has 1000");
    raw = parse("1099511627776x1099511627776x65535:f64,bsq,offset=9223372036854775807");
    assert_refused(path, RST_READ, &raw, RST_E_TRUNCATED, "1000");
    raw = (struct rst_raw){.width = -1, .height = 5, .bands = 1};
    assert_refused(path, RST_READ, &raw, RST_E_ARGUMENT, "-1x5x1");
    raw = parse("10x10x1:u8");
    struct rst_open_options options = {.raw = &raw, .page = 1};
    assert_int_equal(rst_open(path, RST_READ, &options, &raster, NULL), RST_E_ARGUMENT);
    int count = 0;
    assert_int_equal(rst_count_pages(path, &options, &count, NULL), RST_OK);
    assert_int_equal(count, 1);
}

static int64_t blocks_of(const char *path)
{
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    return file.st_blocks * 512;
}

static void holes_are_filled_before_they_are_written(void **state)
{
    (void)state;
    enum { LENGTH = 8 << 20 };
    char *path = files_path("sparse.raw");
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(descriptor, LENGTH), 0);
    close(descriptor);
    struct rst_raw raw = parse("4096x2048x1:u8");
    struct rst_open_options options = {.raw = &raw};
    struct rst_raster *raster = NULL;
    for (int mode = RST_READ; mode <= RST_PRIVATE; mode++) {
        assert_int_equal(rst_open(path, (enum rst_mode)mode, &options, &raster, NULL), RST_OK);
        assert_true(blocks_of(path) < LENGTH);
        rst_close(&raster);
    }
    assert_int_equal(rst_open(path, RST_SHARED, &options, &raster, NULL), RST_OK);
    assert_true(blocks_of(path) >= LENGTH);
    rst_close(&raster);
    assert_int_equal(files_length(path), LENGTH);
}

static void what_fails_leaves_nothing(void **state)
{
    (void)state;
    struct rst_shape shape = {.type = RST_U8, .width = 10, .height = 10, .bands = 1, .alpha = -1, .opacity = -1};
    struct rst_raster *raster = NULL;
    char *path = files_path("given-up.raw");
    int before = files_count();
    assert_int_equal(rst_create(path, &shape, NULL, NULL, &raster, NULL), RST_OK);
    rst_close(&raster);
    assert_int_equal(files_count(), before);
    shape.width = RST_MAX_SIDE;
    shape.height = RST_MAX_SIDE;
    assert_int_equal(rst_create(path, &shape, NULL, NULL, &raster, NULL), RST_E_ARGUMENT);
    shape.height = 1 << 20;
    assert_int_not_equal(rst_create(path, &shape, NULL, NULL, &raster, NULL), RST_OK);
    shape.width = 0;
    assert_int_equal(rst_create(path, &shape, NULL, NULL, &raster, NULL), RST_E_ARGUMENT);
    assert_int_equal(files_count(), before);
    shape.width = shape.height = 10;
    struct rst_error err = {0};
    assert_int_equal(rst_create(files_path("odd.xyz"), &shape, NULL, NULL, &raster, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "raw bin dat img"));
    assert_int_equal(rst_create(files_path("IMAGE.IMG"), &shape, NULL, NULL, &raster, NULL), RST_OK);
    rst_close(&raster);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_all_parts),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(every_form_is_read_and_written),
        cmocka_unit_test(geometry_is_proven),
        cmocka_unit_test(holes_are_filled_before_they_are_written),
        cmocka_unit_test(what_fails_leaves_nothing),
    };
    return cmocka_run_group_tests_name("raw", tests, files_setup, files_teardown);
}
