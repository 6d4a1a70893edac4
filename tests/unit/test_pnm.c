/* PGM, PPM and PAM: both types, odd headers, several images in one file, and what is refused. */
#define _GNU_SOURCE 1
#include "tests/support/formats.h"

static uint64_t seed;

static char *write_image(const char *header, enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    struct formats_form form = formats_form(type, width, height, bands, RST_BIP, true, strlen(header));
    return formats_write("in.pnm", header, strlen(header), &form, seed);
}

static void headers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rst_type type;
        int32_t bands;
        int bits, photometric;
        const char *description;
    } cases[] = {
        {"P5\n13 7\n255\n", RST_U8, 1, 0, RST_PHOTOMETRIC_BLACK_IS_ZERO, NULL},
        {"P5 13 7 255 ", RST_U8, 1, 0, RST_PHOTOMETRIC_BLACK_IS_ZERO, NULL},
        {"P5\r\n13\t\v7\f255\r", RST_U8, 1, 0, RST_PHOTOMETRIC_BLACK_IS_ZERO, NULL},
        {"P6\n13 7\n65535\n", RST_U16, 3, 0, RST_PHOTOMETRIC_RGB, NULL},
        {"P6\n13 7\n1023\n", RST_U16, 3, 10, RST_PHOTOMETRIC_RGB, NULL},
        {"P5\n13 7\n15\n", RST_U8, 1, 4, RST_PHOTOMETRIC_BLACK_IS_ZERO, NULL},
        {"P5\n# made by\n#hand\n13 # wide\n7 255\n", RST_U8, 1, 0, RST_PHOTOMETRIC_BLACK_IS_ZERO,
         "made by\nhand\nwide"},
        {"P5#a\n13#b\n7#c\n255#d\n", RST_U8, 1, 0, RST_PHOTOMETRIC_BLACK_IS_ZERO, "a\nb\nc\nd"},
        {"P5\n\n\n00013 7\n0255\n", RST_U8, 1, 0, RST_PHOTOMETRIC_BLACK_IS_ZERO, NULL},
        {"P7\nWIDTH 13\nHEIGHT 7\nDEPTH 5\nMAXVAL 255\nENDHDR\n", RST_U8, 5, 0, 0, NULL},
        {"P7\n# deep\nMAXVAL 4095\n\nDEPTH 2\nHEIGHT 7\n  WIDTH   13 \nENDHDR\n", RST_U16, 2, 12, 0, "deep"},
        {"P7\nWIDTH 13\nHEIGHT 7\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n", RST_U8, 3, 0, RST_PHOTOMETRIC_RGB,
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_raster *raster =
            formats_open(write_image(cases[i].text, cases[i].type, 13, 7, cases[i].bands), RST_READ, "PNM");
        const struct rst_meta *meta = rst_raster_meta(raster);
        assert_int_equal(rst_raster_layout(raster)->type, cases[i].type);
        assert_int_equal(rst_raster_layout(raster)->bands, cases[i].bands);
        assert_int_equal(meta->significant_bits[0], cases[i].bits);
        assert_int_equal(meta->photometric, cases[i].photometric);
        assert_int_equal(rst_meta_alpha(meta, cases[i].bands, true), -1);
        if (cases[i].description)
            assert_string_equal(meta->description, cases[i].description);
        else
            assert_null(meta->description);
        tiffs_assert_raster(raster, seed);
        rst_close(&raster);
    }
}

static void a_pam_tells_its_alpha(void **state)
{
    (void)state;
    struct rst_raster *raster = formats_open(
        write_image("P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n", RST_U8, 3, 2, 4),
        RST_READ, "PNM");
    assert_int_equal(rst_meta_alpha(rst_raster_meta(raster), 4, false), 3);
    rst_close(&raster);
    raster =
        formats_open(write_image("P7\nWIDTH 3\nHEIGHT 2\nDEPTH 2\nMAXVAL 99\nTUPLTYPE odd\nTUPLTYPE pair\nENDHDR\n",
                                 RST_U8, 3, 2, 2),
                     RST_READ, "PNM");
    assert_int_equal(rst_meta_alpha(rst_raster_meta(raster), 2, true), -1);
    assert_string_equal(rst_meta_get(rst_raster_meta(raster), "TUPLTYPE", -1, "PNM"), "odd pair");
    assert_string_equal(rst_meta_get(rst_raster_meta(raster), "MAXVAL", -1, "PNM"), "99");
    assert_int_equal(rst_raster_meta(raster)->significant_bits[1], 7);
    rst_close(&raster);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rst_status status;
        const char *words;
    } cases[] = {
        {"P1\n2 2\n0 1 1 0\n", RST_E_UNSUPPORTED, "text"},
        {"P2\n2 2\n255\n0 1 1 0\n", RST_E_UNSUPPORTED, "text"},
        {"P3\n1 1\n255\n0 1 1\n", RST_E_UNSUPPORTED, "text"},
        {"P4\n8 1\nX", RST_E_UNSUPPORTED, "share a byte"},
        {"P5\n# only a comment", RST_E_FORMAT, "width"},
        {"P5\n13", RST_E_FORMAT, "width"},
        {"P5\n0 7\n255\n", RST_E_FORMAT, "width"},
        {"P5\n 7\n255", RST_E_FORMAT, "height"},
        {"P5\n7 7x\n255\n", RST_E_FORMAT, "height"},
        {"P5\n7 99999999999999999999\n255\n", RST_E_FORMAT, "height"},
        {"P5\n7 7\n0\n", RST_E_FORMAT, "largest value"},
        {"P5\n7 7\n65536\n", RST_E_FORMAT, "largest value"},
        {"P5\n7 7\n255\n123", RST_E_TRUNCATED, "49 bytes from byte 11 on, the file has 14"},
        {"P6\n1099511627776 1099511627776\n65535\n", RST_E_TRUNCATED, "more than any file"},
        {"P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nENDHDR\n", RST_E_FORMAT, "lacks one of"},
        {"P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\n", RST_E_FORMAT, "does not end"},
        {"P7\nWIDTH 3\nHEIGHT x\nENDHDR\n", RST_E_FORMAT, "HEIGHT x"},
        {"P7\nCOLOUR 3\nENDHDR\n", RST_E_FORMAT, "COLOUR 3"},
        {"P7\nWIDTH 3\nHEIGHT 1\nDEPTH 65536\nMAXVAL 1\nENDHDR\n", RST_E_FORMAT, "DEPTH 65536"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        formats_refused(formats_text("bad.pnm", cases[i].text), cases[i].status, cases[i].words);

    struct rst_raster *raster = NULL; /* its headers can still be asked */
    struct rst_open_options headers = {.headers_only = true};
    char *path = formats_text("text.ppm", "P3\n17 4\n1000\n");
    assert_int_equal(rst_open(path, RST_READ, &headers, &raster, NULL), RST_OK);
    assert_int_equal(rst_raster_layout(raster)->width, 17);
    assert_int_equal(rst_raster_layout(raster)->bands, 3);
    assert_int_equal(rst_raster_layout(raster)->type, RST_U16);
    assert_non_null(strstr(rst_raster_unmapped(raster), "text"));
    rst_close(&raster);
}

static void images_in_a_row_are_pages(void **state)
{
    (void)state;
    static const char text[] =
        "P5\n3 2\n255\nabcdefP6 1 1 255 RGBP7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 300\nENDHDR\n1234"
        "\nrest that is no image";
    static const int64_t widths[] = {3, 1, 1};
    static const int32_t bands[] = {1, 3, 2};
    static const char *const starts[] = {"abc", "RGB", "1234"};
    char *path = formats_text("three.pnm", text);
    int count = 0;
    assert_int_equal(rst_count_pages(path, NULL, &count, NULL), RST_OK);
    assert_int_equal(count, 3);
    for (int page = 0; page < 3; page++) {
        struct rst_open_options options = {.page = page};
        struct rst_raster *raster = NULL;
        assert_int_equal(rst_open(path, RST_SHARED, &options, &raster, NULL), RST_OK);
        const struct rst_layout *layout = rst_raster_layout(raster);
        assert_int_equal(layout->width, widths[page]);
        assert_int_equal(layout->bands, bands[page]);
        const char *data = rst_map_data(rst_raster_map(raster));
        assert_memory_equal(data + layout->offsets[0], starts[page], strlen(starts[page]));
        rst_close(&raster);
    }
    struct rst_open_options options = {.page = 3};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    assert_int_equal(rst_open(path, RST_READ, &options, &raster, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "the file has 3"));
}

static void check_created(const char *name, enum rst_type type, int32_t bands, const struct rst_meta *meta,
                          const char *header)
{
    struct rst_shape shape = formats_shape(type, 13, 7, bands);
    char *path = files_path(name);
    formats_create(path, &shape, meta, &(struct rst_create_options){.overwrite = true}, seed);
    formats_assert_same(path, write_image(header, type, 13, 7, bands));
    struct rst_raster *raster = formats_open(path, RST_READ, "PNM");
    tiffs_assert_raster(raster, seed);
    rst_close(&raster);
}

static void files_are_as_netpbm_has_them(void **state)
{
    (void)state;
    struct rst_meta meta = {.significant_bits = {12, 12, 12}, .description = (char *)"two\nlines"};
    check_created("a.pgm", RST_U8, 1, NULL, "P5\n13 7\n255\n");
    check_created("a.pnm", RST_U8, 1, NULL, "P5\n13 7\n255\n");
    check_created("a.pnm", RST_U16, 3, NULL, "P6\n13 7\n65535\n");
    check_created("a.ppm", RST_U16, 3, &meta, "P6\n# two\n# lines\n13 7\n4095\n");
    meta.significant_bits[0] = meta.significant_bits[1] = meta.significant_bits[2] = 8; /* not what 16 bits hold */
    check_created("a.ppm", RST_U16, 3, &meta, "P6\n# two\n# lines\n13 7\n65535\n");
    check_created("a.pam", RST_U8, 1, NULL,
                  "P7\nWIDTH 13\nHEIGHT 7\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n");
    check_created("a.pam", RST_U16, 5, NULL, "P7\nWIDTH 13\nHEIGHT 7\nDEPTH 5\nMAXVAL 65535\nENDHDR\n");
    uint16_t alpha = RST_EXTRA_UNASSOCIATED_ALPHA;
    struct rst_meta rgba = {.photometric = RST_PHOTOMETRIC_RGB, .extra_samples = &alpha, .extra_sample_count = 1};
    check_created("a.pam", RST_U8, 4, &rgba,
                  "P7\nWIDTH 13\nHEIGHT 7\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum rst_type type;
        int32_t bands;
        const char *words;
    } cases[] = {{"b.pgm", RST_F32, 1, "not f32; PFM"},       {"b.pgm", RST_I8, 1, "u8 and u16, not i8"},
                 {"b.pam", RST_U32, 1, "NPY, ENVI and TIFF"}, {"b.pgm", RST_U8, 3, "PPM 3"},
                 {"b.ppm", RST_U8, 1, "PGM holds 1"},         {"b.pnm", RST_U8, 2, ".pam"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_shape shape = formats_shape(cases[i].type, 10, 10, cases[i].bands);
        formats_not_created(files_path(cases[i].name), &shape, NULL, cases[i].words);
    }
    struct rst_shape shape = formats_shape(RST_U8, 10, 10, 3);
    formats_not_created(files_path("b.ppm"), &shape, &(struct rst_create_options){.planar = true}, "TIFF");
    formats_not_created(files_path("b.ppm"), &shape, &(struct rst_create_options){.byte_order = RST_ORDER_LITTLE},
                        "big endian");
}

static void in_place_is_as_on_a_tiff(void **state)
{
    (void)state;
    static const char *const pipelines[] = {"invert", "gaussblur --sigma 1.5"};
    for (int type = RST_U8; type <= RST_U16; type += RST_U16 - RST_U8)
        for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
            struct rst_shape shape = formats_shape((enum rst_type)type, 61, 37, 3);
            struct rst_create_options options = {.overwrite = true};
            char *ppm = files_path("place.ppm"), *tiff = files_path("place.tif");
            formats_create(ppm, &shape, NULL, &options, seed);
            formats_create(tiff, &shape, NULL, &options, seed);
            formats_run(ppm, pipelines[i]);
            formats_run(tiff, pipelines[i]);
            formats_assert_same_samples(ppm, tiff);
        }
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_read),
        cmocka_unit_test(a_pam_tells_its_alpha),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(images_in_a_row_are_pages),
        cmocka_unit_test(files_are_as_netpbm_has_them),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(in_place_is_as_on_a_tiff),
    };
    return cmocka_run_group_tests_name("pnm", tests, files_setup, files_teardown);
}
