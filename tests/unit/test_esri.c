/* ESRI's BIL, BIP and BSQ: every type and order, padding and gaps, geo-referencing, broken headers, writing. */
#define _GNU_SOURCE 1
#include "tests/support/formats.h"

static uint64_t seed;

static const char *const names[] = {[RST_BIP] = "BIP", [RST_BIL] = "BIL", [RST_BSQ] = "BSQ"};

static const char *kind_of(enum rst_type type)
{
    return rst_type_is_float(type) ? "FLOAT" : rst_type_is_signed(type) ? "SIGNEDINT" : "UNSIGNEDINT";
}

/* Rows padded by `pad` bytes, lines of a band by `band_pad`, bands `gap` bytes apart. */
static void check_form(enum rst_type type, enum rst_interleave interleave, bool big, int64_t pad, int64_t band_pad,
                       int64_t gap, size_t from)
{
    int64_t size = (int64_t)rst_type_size(type), line = 13 * size + band_pad;
    struct formats_form form = formats_form(type, 13, 7, 3, interleave, big, from);
    char text[512];
    int used =
        snprintf(text, sizeof text,
                 "nrows 7\nNCOLS\t13\nNBANDS 3\nNBITS %d\nPIXELTYPE %s\nBYTEORDER %c\nLAYOUT %s\nSKIPBYTES %zu\n",
                 (int)(8 * size), kind_of(type), big ? 'M' : 'I', names[interleave], from);
    if (interleave == RST_BIL) form.plane = line, form.row = 3 * line + pad;
    if (interleave == RST_BIP) form.row += pad;
    if (interleave == RST_BSQ) form.row = line, form.plane = 7 * line + gap;
    form.length = from + (size_t)(interleave == RST_BSQ ? 2 * form.plane + 7 * form.row : 7 * form.row);
    if (band_pad) used += snprintf(text + used, sizeof text - (size_t)used, "BANDROWBYTES %d\n", (int)line);
    if (pad) used += snprintf(text + used, sizeof text - (size_t)used, "TOTALROWBYTES %d\n", (int)form.row);
    if (gap) snprintf(text + used, sizeof text - (size_t)used, "BANDGAPBYTES %d\n", (int)gap);
    formats_text("form.hdr", text);
    char *path = formats_write("form.bil", NULL, 0, &form, seed);
    struct rst_raster *raster = formats_open(path, RST_READ, "ESRI");
    tiffs_assert_raster(raster, seed);
    rst_close(&raster);

    formats_run(path, "invert"); /* in place: what lies between is left alone */
    formats_run(files_path("form.hdr"), "invert");
    formats_assert_same(path, formats_write("same.bil", NULL, 0, &form, seed));
}

static void every_form_is_read(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int interleave = RST_BIP; interleave <= RST_BSQ; interleave++)
            for (int big = 0; big < 2; big++) {
                enum rst_interleave form = (enum rst_interleave)interleave;
                check_form((enum rst_type)type, form, big, 0, 0, 0, 0);
                check_form((enum rst_type)type, form, big, form == RST_BSQ ? 0 : 11, form == RST_BIP ? 0 : 5,
                           form == RST_BSQ ? 9 : 0, 33);
            }
}

static void defaults_are_those_of_the_format(void **state)
{
    (void)state;
    struct formats_form form = formats_form(RST_U8, 5, 3, 2, RST_BIL, false, 0);
    formats_text("def.hdr", "NROWS 3\r\nNCOLS 5\r\nNBANDS 2\r\nSTORY of my life\r\n\r\n");
    struct rst_raster *raster = formats_open(formats_write("def.bil", NULL, 0, &form, seed), RST_READ, "ESRI");
    struct rst_affine map;
    tiffs_assert_raster(raster, seed);
    assert_false(rst_geo_transform(&rst_raster_meta(raster)->geo, &map));
    assert_string_equal(rst_meta_get(rst_raster_meta(raster), "STORY", -1, "ESRI"), "of my life");
    rst_close(&raster);
}

static void the_centre_becomes_a_corner(void **state)
{
    (void)state;
    static const double want[] = {2, 0, 99, 0, -4, 202};
    struct formats_form form = formats_form(RST_I16, 5, 3, 1, RST_BIL, false, 0);
    formats_text("geo.hdr", "NROWS 3\nNCOLS 5\nNBITS 16\nPIXELTYPE SIGNEDINT\nBYTEORDER I\nULXMAP 100\nULYMAP 200.0\n"
                            "XDIM 2\nYDIM 4\nNODATA -32768\n");
    struct rst_raster *raster = formats_open(formats_write("geo.bil", NULL, 0, &form, seed), RST_READ, "ESRI");
    formats_assert_transform(raster, want);
    assert_true(rst_raster_meta(raster)->has_nodata && rst_raster_meta(raster)->nodata.i16 == INT16_MIN);
    rst_close(&raster);
}

static void broken_headers_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rst_status status;
        const char *words;
    } cases[] = {
        {"NROWS x\nNCOLS 5\n", RST_E_FORMAT, "line 1: NROWS is \"x\""},
        {"NROWS 3\nNCOLS 0\n", RST_E_FORMAT, "line 2: NCOLS"},
        {"NROWS 3\nNCOLS 5\nNBITS 1\n", RST_E_UNSUPPORTED, "line 3: NBITS is 1: samples that share a byte"},
        {"NROWS 3\nNCOLS 5\nNBITS 4\n", RST_E_UNSUPPORTED, "share a byte"},
        {"NROWS 3\nNCOLS 5\nNBITS 24\n", RST_E_UNSUPPORTED, "24 bits"},
        {"NROWS 3\nNCOLS 5\nNBITS 16\nPIXELTYPE FLOAT\n", RST_E_UNSUPPORTED, "16 bits, PIXELTYPE FLOAT"},
        {"NROWS 3\nNCOLS 5\nPIXELTYPE ODD\n", RST_E_FORMAT, "SIGNEDINT or FLOAT"},
        {"NROWS 3\nNCOLS 5\nBYTEORDER X\n", RST_E_FORMAT, "I or M"},
        {"NROWS 3\nNCOLS 5\nLAYOUT ODD\n", RST_E_FORMAT, "BIL, BIP or BSQ"},
        {"NROWS 3\nNCOLS 5\nNROWS 3\n", RST_E_FORMAT, "line 3: NROWS was told before, in line 1"},
        {"NROWS 3\nNCOLS 5\nTOTALROWBYTES 4\n", RST_E_FORMAT, "TOTALROWBYTES is \"4\""},
        {"NROWS 3\nNCOLS 5\nBANDROWBYTES 4\n", RST_E_FORMAT, "BANDROWBYTES is \"4\""},
        {"NROWS 3\nNCOLS 5\nXDIM 0\n", RST_E_FORMAT, "XDIM"},
        {"NROWS 3\nNCOLS 5\nULXMAP here\n", RST_E_FORMAT, "ULXMAP is \"here\": it is to be a number"},
        {"NROWS 4\nNCOLS 5\n", RST_E_TRUNCATED, "the file has 15"},
        {"NROWS 3\nNCOLS 5\nSKIPBYTES 1\n", RST_E_TRUNCATED, "the file has 15"},
        {"NROWS 3\nNCOLS 5\nTOTALROWBYTES 9223372036854775807\n", RST_E_FORMAT, "overlap"},
        {"NROWS 1099511627776\nNCOLS 1099511627776\nNBANDS 60000\n", RST_E_FORMAT, "packed"},
        {"NROWS 3\nNCOLS 5\nNBANDS 60000\nBANDROWBYTES 9223372036854775807\n", RST_E_FORMAT, "9223372036854775807"},
    };
    struct formats_form form = formats_form(RST_U8, 5, 3, 1, RST_BSQ, false, 0);
    char *path = formats_write("in.bil", NULL, 0, &form, seed);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        formats_text("in.hdr", cases[i].text);
        formats_refused(path, cases[i].status, cases[i].words);
    }
}

static void files_are_written_with_their_sidecars(void **state)
{
    (void)state;
    struct rst_item story = {
        .key = (char *)"STORY", .value = (char *)"of my life", .domain = (char *)"ESRI", .band = -1};
    struct rst_meta meta = {.has_nodata = true, .nodata.i16 = -1, .items = &story, .item_count = 1};
    struct rst_affine map = {{2, 0, 99, 0, -4, 202}};
    struct rst_shape shape = formats_shape(RST_I16, 5, 3, 2);
    assert_int_equal(rst_geo_set_transform(&meta.geo, map, NULL), RST_OK);
    assert_int_equal(rst_geo_set_epsg(&meta.geo, 32633, NULL), RST_OK);
    formats_create(files_path("out.bil"), &shape, &meta, &(struct rst_create_options){.byte_order = RST_ORDER_BIG},
                   seed);
    formats_assert_text(files_path("out.hdr"),
                        "BYTEORDER      M\nLAYOUT         BIL\nNROWS          3\nNCOLS          5\nNBANDS         2\n"
                        "NBITS          16\nPIXELTYPE      SIGNEDINT\nBANDROWBYTES   10\nTOTALROWBYTES  20\n"
                        "ULXMAP         100\nULYMAP         200\nXDIM           2\nYDIM           4\n"
                        "NODATA         -1\nSTORY          of my life\n");
    formats_assert_text(files_path("out.blw"), "2\n0\n0\n-4\n100\n200\n");
    assert_true(files_length(files_path("out.prj")) > 100);
    struct rst_raster *raster = formats_open(files_path("out.bil"), RST_READ, "ESRI");
    assert_int_equal(rst_raster_layout(raster)->row_stride, 20);
    assert_int_equal(rst_raster_layout(raster)->swapped, !formats_machine_is_big);
    formats_assert_transform(raster, map.m);
    tiffs_assert_raster(raster, seed);
    rst_close(&raster);
    meta.items = NULL;
    meta.item_count = 0;
    rst_meta_clear(&meta);
}

static void every_form_is_written(void **state)
{
    (void)state;
    static const char *const files[] = {[RST_BIP] = "w.bip", [RST_BIL] = "w.bil", [RST_BSQ] = "w.bsq"};
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int interleave = RST_BIP; interleave <= RST_BSQ; interleave++) {
            struct rst_shape shape = formats_shape((enum rst_type)type, 13, 7, 3);
            struct formats_form form =
                formats_form(shape.type, 13, 7, 3, (enum rst_interleave)interleave, formats_machine_is_big, 0);
            char *path = files_path(files[interleave]);
            formats_create(path, &shape, NULL, &(struct rst_create_options){.overwrite = true}, seed);
            formats_assert_same(path, formats_write("want", NULL, 0, &form, seed));
            struct rst_raster *raster = formats_open(path, RST_READ, "ESRI");
            tiffs_assert_raster(raster, seed);
            rst_close(&raster);
        }
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(defaults_are_those_of_the_format),
        cmocka_unit_test(the_centre_becomes_a_corner),
        cmocka_unit_test(broken_headers_are_named),
        cmocka_unit_test(files_are_written_with_their_sidecars),
        cmocka_unit_test(every_form_is_written),
    };
    return cmocka_run_group_tests_name("esri", tests, files_setup, files_teardown);
}
