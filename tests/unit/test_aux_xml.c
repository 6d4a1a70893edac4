/* GDAL's sidecar: what is written comes back, what GDAL wrote is understood, and a file's own word is not replaced. */
#define _GNU_SOURCE 1
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/beside/aux_xml.h"
#include "raster/image/items.h"
#include "tests/support/files.h"

static enum rst_status parse(const char *text, struct rst_meta *meta)
{
    return rst_aux_parse("x", text, strlen(text), RST_I16, 4, meta, NULL);
}

static struct rst_shape shape_of(enum rst_type type, int32_t bands)
{
    return (struct rst_shape){.type = type, .width = 5, .height = 4, .bands = bands};
}

/* Writes and reads; meta is cleared. */
static struct rst_meta round_trip(const struct rst_shape *shape, struct rst_meta *meta, unsigned fields)
{
    struct rst_bytes text;
    struct rst_meta back = {0};
    struct rst_error err = {0};
    assert_int_equal(rst_aux_write(shape, meta, fields, &text, NULL), RST_OK);
    assert_true(text.size > 0);
    assert_int_equal(rst_aux_parse("x", (const char *)text.data, text.size, shape->type, shape->bands, &back, &err),
                     RST_OK);
    rst_bytes_clear(&text);
    rst_meta_clear(meta);
    return back;
}

static void every_field_comes_back(void **unused)
{
    (void)unused;
    static const uint16_t extras[2] = {0, 2};
    struct rst_shape shape = shape_of(RST_I16, 5);
    struct rst_meta meta = {.has_nodata = true,
                            .nodata = {.i16 = -9999},
                            .photometric = RST_PHOTOMETRIC_RGB,
                            .extra_samples = malloc(sizeof extras),
                            .extra_sample_count = 2,
                            .description = strdup("a <field>")};
    struct rst_affine map = {{0.1, 0.25, 500000.123456789, -0.25, -20, 4600000}}, back;
    const struct rst_item scale = {"SCALE", "0.5", NULL, "scale", 1};
    memcpy(meta.extra_samples, extras, sizeof extras);
    assert_int_equal(rst_geo_set_transform(&meta.geo, map, NULL), RST_OK);
    assert_int_equal(rst_geo_set_epsg(&meta.geo, 32633, NULL), RST_OK);
    assert_int_equal(rst_meta_append(&meta, &scale, NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "Software", -1, NULL, "us & them", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "A", -1, "x \"y\"", "in a domain", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "B", -1, "x \"y\"", "", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "STATISTICS_MEAN", 4, NULL, "7", NULL), RST_OK);
    assert_int_equal(rst_meta_name_band(&meta, 3, "near infrared", NULL), RST_OK);
    meta.geo.rpc = malloc(92 * sizeof(double));
    meta.geo.rpc_count = 92;
    for (int i = 0; i < 92; i++)
        meta.geo.rpc[i] = i / 7.0;

    unsigned fields = rst_meta_fields(&meta, 5);
    assert_int_equal(fields & ~rst_aux_keeps(&shape, &meta), 0);
    struct rst_meta got = round_trip(&shape, &meta, ~0u);
    assert_int_equal(rst_meta_fields(&got, 5), fields);
    assert_true(got.has_nodata && got.nodata.i16 == -9999);
    assert_int_equal(got.photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(got.extra_sample_count, 2);
    assert_memory_equal(got.extra_samples, extras, sizeof extras);
    assert_string_equal(got.description, "a <field>");
    assert_true(rst_geo_transform(&got.geo, &back));
    assert_memory_equal(&back, &map, sizeof map);
    assert_int_equal(rst_geo_epsg(&got.geo), 32633);
    assert_int_equal(got.item_count, 5);
    assert_string_equal(rst_meta_get(&got, "SCALE", 1, NULL), "0.5");
    assert_string_equal(rst_meta_get(&got, "Software", -1, NULL), "us & them");
    assert_string_equal(rst_meta_get(&got, "A", -1, "x \"y\""), "in a domain");
    assert_string_equal(rst_meta_get(&got, "B", -1, "x \"y\""), "");
    assert_string_equal(rst_meta_get(&got, "STATISTICS_MEAN", 4, NULL), "7");
    assert_string_equal(got.band_names[3], "near infrared");
    for (int i = 0; i < 92; i++)
        assert_true(got.geo.rpc[i] == i / 7.0);
    rst_meta_clear(&got);
}

static void tie_points_come_back_as_areas(void **unused)
{
    (void)unused;
    static const uint16_t point[] = {1, 1, 0, 1, 1025, 0, 1, 2};
    static const double ties[12] = {0, 0, 0, 10, 20, 5, 100, 200, 0, 11, 19, 6};
    struct rst_shape shape = shape_of(RST_U8, 1);
    for (int is_point = 0; is_point < 2; is_point++) {
        struct rst_meta meta = {0};
        meta.geo.tiepoints = malloc(sizeof ties);
        memcpy(meta.geo.tiepoints, ties, sizeof ties);
        meta.geo.tiepoint_numbers = 12;
        meta.geo.wkt = strdup("LOCAL_CS[\"<mine>\"]");
        meta.geo.keys = malloc(sizeof point);
        memcpy(meta.geo.keys, point, sizeof point);
        meta.geo.key_count = is_point ? 8 : 4;
        struct rst_meta got = round_trip(&shape, &meta, ~0u);
        assert_int_equal(got.geo.tiepoint_numbers, 12);
        for (int i = 0; i < 12; i++)
            assert_true(got.geo.tiepoints[i] == ties[i] + (is_point && i % 6 < 2 ? 0.5 : 0));
        assert_null(got.geo.pixel_scale);
        rst_meta_clear(&got);
    }
}

static void only_what_is_asked_for_is_written(void **unused)
{
    (void)unused;
    struct rst_shape shape = shape_of(RST_U8, 1);
    struct rst_meta meta = {.has_nodata = true, .description = (char *)"d", .photometric = 8};
    struct rst_bytes text;
    assert_int_equal(rst_aux_write(&shape, &meta, RST_META_CRS | RST_META_ICC, &text, NULL), RST_OK);
    assert_int_equal(text.size, 0);
    rst_bytes_clear(&text);
    assert_int_equal(rst_aux_write(&shape, &meta, RST_META_TEXT, &text, NULL), RST_OK);
    struct rst_meta back = {0};
    assert_int_equal(rst_aux_parse("x", (char *)text.data, text.size, RST_U8, 1, &back, NULL), RST_OK);
    assert_string_equal(back.description, "d");
    assert_false(back.has_nodata);
    rst_meta_clear(&back);
    rst_bytes_clear(&text);
    assert_false(rst_aux_keeps(&shape, &meta) & RST_META_COLORS); /* Lab has no names of bands there */
    assert_false(rst_aux_keeps(&shape, &meta) & (RST_META_ICC | RST_META_CRS | RST_META_EXIF));
}

/* As GDAL 3.6 writes it, with parts that have no place here. */
static const char sample[] =
    "<PAMDataset>\n"
    "  <SRS dataAxisToSRSAxisMapping=\"1,2\">PROJCS[\"x\",AUTHORITY[\"EPSG\",\"25832\"]]</SRS>\n"
    "  <GeoTransform>  5.0000000000000000e+05,  1.0000000000000000e+01,  0.0,  4.6e+06,  0.0, -1.0e+01</GeoTransform>\n"
    "  <Metadata>\n"
    "    <MDI key=\"AREA\">a &amp; b</MDI>\n"
    "    <MDI key=\"TIFFTAG_ARTIST\">me</MDI>\n"
    "  </Metadata>\n"
    "  <Metadata domain=\"xml:XMP\" format=\"xml\"><x:xmpmeta><MDI key=\"no\">no</MDI></x:xmpmeta></Metadata>\n"
    "  <PAMRasterBand band=\"1\">\n"
    "    <Description>first</Description>\n"
    "    <NoDataValue le_hex_equiv=\"0000000000C07240\">-3.00000000000000E+02</NoDataValue>\n"
    "    <UnitType>m</UnitType>\n"
    "    <Histograms><HistItem><HistMin>0</HistMin></HistItem></Histograms>\n"
    "    <ColorInterp>Gray</ColorInterp>\n"
    "    <Metadata>\n      <MDI key=\"STATISTICS_MEAN\">4</MDI>\n    </Metadata>\n"
    "  </PAMRasterBand>\n"
    "  <PAMRasterBand band=\"4\"><ColorInterp>Alpha</ColorInterp></PAMRasterBand>\n"
    "  <PAMRasterBand band=\"9\"><Description>none</Description></PAMRasterBand>\n"
    "</PAMDataset>\n";

static void gdals_own_file_is_read(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    struct rst_affine map;
    assert_int_equal(parse(sample, &meta), RST_OK);
    assert_int_equal(rst_geo_epsg(&meta.geo), 25832);
    assert_true(rst_geo_transform(&meta.geo, &map));
    assert_true(map.m[0] == 10 && map.m[2] == 500000 && map.m[4] == -10 && map.m[5] == 4600000);
    assert_true(meta.has_nodata && meta.nodata.i16 == -300);
    assert_int_equal(meta.photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_int_equal(rst_meta_alpha(&meta, 4, false), 3);
    assert_int_equal(meta.item_count, 4);
    assert_string_equal(rst_meta_get(&meta, "AREA", -1, NULL), "a & b");
    assert_string_equal(rst_meta_get(&meta, "Artist", -1, NULL), "me");
    assert_string_equal(rst_meta_get(&meta, "UNITTYPE", 0, NULL), "m");
    assert_string_equal(rst_meta_get(&meta, "STATISTICS_MEAN", 0, NULL), "4");
    assert_int_equal(meta.band_name_count, 1);
    assert_string_equal(meta.band_names[0], "first");
    rst_meta_clear(&meta);
}

static void the_file_has_the_last_word(void **unused)
{
    (void)unused;
    struct rst_meta meta = {.has_nodata = true, .nodata = {.i16 = 5}, .photometric = RST_PHOTOMETRIC_RGB};
    struct rst_affine map = {{1, 0, 2, 0, -1, 3}}, back;
    assert_int_equal(rst_geo_set_transform(&meta.geo, map, NULL), RST_OK);
    assert_int_equal(rst_geo_set_epsg(&meta.geo, 4326, NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "AREA", -1, NULL, "mine", NULL), RST_OK);
    assert_int_equal(rst_meta_name_band(&meta, 0, "mine", NULL), RST_OK);
    assert_int_equal(parse(sample, &meta), RST_OK);
    assert_int_equal(meta.nodata.i16, 5);
    assert_int_equal(meta.photometric, RST_PHOTOMETRIC_RGB);
    assert_true(rst_geo_transform(&meta.geo, &back));
    assert_memory_equal(&back, &map, sizeof map);
    assert_int_equal(rst_geo_epsg(&meta.geo), 4326);
    assert_null(meta.geo.wkt);
    assert_string_equal(rst_meta_get(&meta, "AREA", -1, NULL), "mine");
    assert_string_equal(rst_meta_get(&meta, "Artist", -1, NULL), "me");
    assert_string_equal(meta.band_names[0], "mine");
    rst_meta_clear(&meta);
}

static void odd_numbers_are_passed_over(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    assert_int_equal(parse("<PAMDataset><GeoTransform>1,2,3</GeoTransform><SRS></SRS>"
                           "<GCPList><GCP Pixel='x' Line='1' X='1' Y='1'/></GCPList>"
                           "<Metadata domain='RPC'><MDI key='LINE_OFF'>5</MDI></Metadata>"
                           "<PAMRasterBand band='x'/><PAMRasterBand/><PAMRasterBand band='1e99'/>"
                           "<PAMRasterBand band='1'><NoDataValue>99999</NoDataValue></PAMRasterBand></PAMDataset>",
                           &meta),
                     RST_OK);
    assert_int_equal(rst_meta_fields(&meta, 4), RST_META_TEXT); /* the number of an RPC that is not whole */
    rst_meta_clear(&meta);
    assert_int_equal(parse("<Other><GeoTransform>1,2,3,4,5,6</GeoTransform></Other>", &meta), RST_OK);
    assert_int_equal(rst_meta_fields(&meta, 4), 0);
}

static void broken_text_changes_nothing(void **unused)
{
    (void)unused;
    char text[sizeof sample];
    struct rst_meta meta = {0};
    assert_int_equal(rst_meta_set(&meta, "A", -1, NULL, "b", NULL), RST_OK);
    for (size_t length = 0; length < sizeof sample - 3; length++) {
        memcpy(text, sample, length);
        text[length] = '\0';
        assert_int_equal(parse(text, &meta), RST_E_FORMAT);
        assert_int_equal(meta.item_count, 1);
        assert_null(meta.geo.wkt);
    }
    rst_meta_clear(&meta);
}

static void a_file_is_found_beside_the_raster(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    struct rst_error err = {0};
    const char *path = files_path("image.png");
    assert_int_equal(rst_aux_read(path, RST_I16, 4, &meta, &err), RST_OK); /* there is none */
    assert_int_equal(rst_meta_fields(&meta, 4), 0);
    FILE *file = fopen(files_path("image.png.aux.xml"), "wb");
    assert_non_null(file);
    fputs(sample, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rst_aux_read(path, RST_I16, 4, &meta, &err), RST_OK);
    assert_int_equal(rst_geo_epsg(&meta.geo), 25832);
    rst_meta_clear(&meta);
    assert_int_equal(truncate(files_path("image.png.aux.xml"), 100), 0);
    assert_int_equal(rst_aux_read(path, RST_I16, 4, &meta, &err), RST_E_FORMAT);
    assert_non_null(strstr(err.message, "image.png.aux.xml"));
    assert_int_equal(truncate(files_path("image.png.aux.xml"), 1 << 30), 0);
    assert_int_equal(rst_aux_read(path, RST_I16, 4, &meta, NULL), RST_E_FORMAT);
    assert_int_equal(remove(files_path("image.png.aux.xml")), 0);
    assert_int_equal(mkdir(files_path("image.png.aux.xml"), 0777), 0);
    assert_int_equal(rst_aux_read(path, RST_I16, 4, &meta, NULL), RST_E_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(tie_points_come_back_as_areas),
        cmocka_unit_test(only_what_is_asked_for_is_written),
        cmocka_unit_test(gdals_own_file_is_read),
        cmocka_unit_test(the_file_has_the_last_word),
        cmocka_unit_test(odd_numbers_are_passed_over),
        cmocka_unit_test(broken_text_changes_nothing),
        cmocka_unit_test(a_file_is_found_beside_the_raster),
    };
    return cmocka_run_group_tests_name("aux_xml", tests, files_setup, files_teardown);
}
