/* NPY: every type, order and number of axes, headers as NumPy writes them, and headers that it does not. */
#define _GNU_SOURCE 1
#include "tests/support/formats.h"

static uint64_t seed;

static char letter_of(enum rst_type type)
{
    return rst_type_name(type)[0];
}

/* Magic, version, length and dictionary, padded as NumPy pads. Returns its length. */
static size_t make_head(int version, const char *dictionary, unsigned char head[512])
{
    size_t start = version == 1 ? 10 : 12, length = strlen(dictionary), total = (start + length + 1 + 63) / 64 * 64;
    memset(head, ' ', 512);
    memcpy(head, "\x93NUMPY", 6);
    head[6] = (unsigned char)version;
    head[7] = 0;
    for (size_t i = 8; i < start; i++)
        head[i] = (unsigned char)((total - start) >> (8 * (i - 8)));
    memcpy(head + start, dictionary, length);
    head[total - 1] = '\n';
    return total;
}

static char *write_array(int version, const char *dictionary, struct formats_form form)
{
    unsigned char head[512];
    size_t size = make_head(version, dictionary, head);
    form.from += (int64_t)size;
    form.length += size;
    return formats_write("in.npy", head, size, &form, seed);
}

static void check_read(enum rst_type type, bool big, bool fortran, int axes)
{
    int64_t size = (int64_t)rst_type_size(type), width = 13, height = axes == 1 ? 1 : 7;
    int32_t bands = axes == 3 ? 3 : 1;
    char text[200], sides[40];
    snprintf(sides, sizeof sides, axes == 1 ? "13," : axes == 2 ? "7, 13" : "7, 13, 3");
    snprintf(text, sizeof text, "{'descr': '%c%c%d', 'fortran_order': %s, 'shape': (%s), }", big ? '>' : '<',
             letter_of(type), (int)size, fortran ? "True" : "False", sides);
    struct formats_form form = formats_form(type, width, height, bands, RST_BIP, big, 0);
    if (fortran) {
        form.row = size;
        form.pixel = size * height;
        form.plane = size * height * width;
    }
    for (int version = 1; version <= 3; version++) {
        struct rst_raster *raster = formats_open(write_array(version, text, form), RST_READ, "NPY");
        tiffs_assert_raster(raster, seed);
        rst_close(&raster);
    }
    char *path = files_path("in.npy"); /* in place: inverted twice is as before, once is not */
    size_t length;
    unsigned char *before = files_read(path, &length), *after;
    formats_run(path, "invert");
    after = files_read(path, &length);
    assert_memory_not_equal(before, after, length);
    free(after);
    formats_run(path, "invert");
    after = files_read(path, &length);
    assert_memory_equal(before, after, length);
    free(after);
    free(before);
}

static void every_form_is_read(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int big = 0; big < 2; big++)
            for (int fortran = 0; fortran < 2; fortran++)
                for (int axes = 1; axes <= 3; axes++)
                    check_read((enum rst_type)type, big, fortran, axes);
}

static void fortran_order_blurs_alike(void **state)
{
    (void)state;
    struct rst_shape shape = formats_shape(RST_U8, 13, 7, 3);
    struct formats_form form = formats_form(RST_U8, 13, 7, 3, RST_BIP, false, 0);
    form.row = 1, form.pixel = 7, form.plane = 91;
    char *path = write_array(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (7, 13, 3), }", form);
    formats_create(files_path("blur.tif"), &shape, NULL, NULL, seed);
    formats_run(path, "gaussblur --sigma 1.5");
    formats_run(files_path("blur.tif"), "gaussblur --sigma 1.5");
    formats_assert_same_samples(files_path("in.npy"), files_path("blur.tif"));
}

static void other_spellings_are_understood(void **state)
{
    (void)state;
    static const char *const cases[] = {"{'shape':(7,13),'descr':'|u1','fortran_order':False}",
                                        "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (7L, 13L)}",
                                        "{'descr': '|b1', 'fortran_order': False, 'shape': (7, 13, 1), }",
                                        "  { 'descr' : '<u1' , 'fortran_order' : False , 'shape' : ( 7 , 13 , ) , }  ",
                                        "{'descr': '=u1', 'fortran_order': False, 'shape': (7, 13), }"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_raster *raster =
            formats_open(write_array(1, cases[i], formats_form(RST_U8, 13, 7, 1, RST_BIP, false, 0)), RST_READ, "NPY");
        tiffs_assert_raster(raster, seed);
        rst_close(&raster);
    }
}

static void others_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rst_status status;
        const char *words;
    } cases[] = {
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (7, 13), }", RST_E_UNSUPPORTED, "half"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (7, 13), }", RST_E_UNSUPPORTED, "complex"},
        {"{'descr': '|S5', 'fortran_order': False, 'shape': (7, 13), }", RST_E_UNSUPPORTED, "'|S5'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (7, 13), }", RST_E_UNSUPPORTED, "'|O'"},
        {"{'descr': '', 'fortran_order': False, 'shape': (7, 13), }", RST_E_UNSUPPORTED, "dtype"},
        {"{'descr': [('r', '|u1'), ('g', '|u1')], 'fortran_order': False, 'shape': (7, 13), }", RST_E_UNSUPPORTED,
         "fields"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }", RST_E_UNSUPPORTED, "0 axes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 7, 13, 1), }", RST_E_UNSUPPORTED, "4 axes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (0, 13), }", RST_E_UNSUPPORTED, "empty"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (7, 14), }", RST_E_TRUNCATED, "98 bytes from byte 128"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 1099511627776), }", RST_E_UNSUPPORTED,
         "more samples"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 1), }", RST_E_FORMAT, "'shape'"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (-7, 13), }", RST_E_FORMAT, "'shape'"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (7), }", RST_E_FORMAT, "'shape'"},
        {"{'descr': '|u1', 'fortran_order': 0, 'shape': (7, 13), }", RST_E_FORMAT, "'fortran_order': 0"},
        {"{'descr': '|u1', 'shape': (7, 13), }", RST_E_FORMAT, "header"},
        {"{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (7, 13), }", RST_E_FORMAT, "'descr'"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (7, 13), 'more': 1}", RST_E_FORMAT, "'more'"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (7, 13), } x", RST_E_FORMAT, "\"x"},
        {"__import__('os')", RST_E_FORMAT, "__import__"},
        {"", RST_E_FORMAT, "header"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        formats_refused(write_array(1, cases[i].text, formats_form(RST_U8, 13, 7, 1, RST_BIP, false, 0)),
                        cases[i].status, cases[i].words);
}

static void broken_heads_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        enum rst_status status;
        const char *words;
    } cases[] = {{"\x93NUMPY\1\0", 8, RST_E_TRUNCATED, "8"},
                 {"\x93NUMPY\1\0\xff\xff{", 11, RST_E_TRUNCATED, "65545"},
                 {"\x93NUMPY\2\0\xff\xff\xff\xff{", 13, RST_E_TRUNCATED, "4294967307"},
                 {"\x93NUMPY\4\0\1\0{", 11, RST_E_UNSUPPORTED, "version 4"},
                 {"\x93NUMPY\1\0\4\0{ \0}", 14, RST_E_FORMAT, "byte 12 is zero"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = files_path("broken.npy");
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(cases[i].bytes, 1, cases[i].size, file), cases[i].size);
        assert_int_equal(fclose(file), 0);
        formats_refused(path, cases[i].status, cases[i].words);
    }
}

/* What NumPy itself writes for an array of this kind, byte by byte. */
static void files_are_as_numpy_writes_them(void **state)
{
    (void)state;
    static const char want[] = "\x93NUMPY\1\0\x76\0"
                               "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }";
    struct rst_shape shape = formats_shape(RST_I16, 3, 2, 1);
    struct rst_create_options big = {.byte_order = RST_ORDER_BIG};
    char *path = files_path("exact.npy");
    formats_create(path, &shape, NULL, &big, seed);
    size_t length;
    unsigned char *bytes = files_read(path, &length);
    assert_non_null(bytes);
    assert_int_equal(length, 128 + 12);
    assert_memory_equal(bytes, want, sizeof want - 1);
    for (size_t i = sizeof want - 1; i < 127; i++)
        assert_int_equal(bytes[i], ' ');
    assert_int_equal(bytes[127], '\n');
    union rst_sample sample = layout_noise(seed, RST_I16, 1, 0, 0);
    assert_int_equal((int16_t)(bytes[130] << 8 | bytes[131]), sample.i16);
    free(bytes);
}

static void every_form_is_written(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int order = RST_ORDER_NATIVE; order <= RST_ORDER_BIG; order++)
            for (int32_t bands = 1; bands <= 4; bands += 3) {
                struct rst_shape shape = formats_shape((enum rst_type)type, 19, 5, bands);
                struct rst_create_options options = {.overwrite = true, .byte_order = (enum rst_byte_order)order};
                char *path = files_path("out.npy");
                formats_create(path, &shape, NULL, &options, seed);
                struct rst_raster *raster = formats_open(path, RST_READ, "NPY");
                assert_int_equal(rst_raster_layout(raster)->swapped,
                                 rst_type_size(shape.type) > 1 && order != RST_ORDER_NATIVE &&
                                     (order == RST_ORDER_BIG) != formats_machine_is_big);
                assert_int_equal(rst_raster_layout(raster)->offsets[0] % 64, 0);
                tiffs_assert_raster(raster, seed);
                rst_close(&raster);
            }
    struct rst_shape shape = formats_shape(RST_U8, 10, 10, 3);
    formats_not_created(files_path("planar.npy"), &shape, &(struct rst_create_options){.planar = true}, "ENVI or TIFF");
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(fortran_order_blurs_alike),
        cmocka_unit_test(other_spellings_are_understood),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(broken_heads_are_refused),
        cmocka_unit_test(files_are_as_numpy_writes_them),
        cmocka_unit_test(every_form_is_written),
    };
    return cmocka_run_group_tests_name("npy", tests, files_setup, files_teardown);
}
