/* Coordinate systems by code: kinds of codes, keys, texts; and geotransforms that are set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/epsg.h"
#include "raster/image/meta.h"

static void clear(struct rst_geo *geo)
{
    struct rst_meta meta = {.geo = *geo};
    rst_meta_clear(&meta);
    *geo = (struct rst_geo){0};
}

static void codes_have_kinds(void **unused)
{
    (void)unused;
    static const struct {
        int code;
        enum rst_epsg_kind kind;
    } cases[] = {
        {4326, RST_EPSG_GEOGRAPHIC},  {4258, RST_EPSG_GEOGRAPHIC}, {4979, RST_EPSG_GEOGRAPHIC},
        {6318, RST_EPSG_GEOGRAPHIC},  {4978, RST_EPSG_GEOCENTRIC}, {3857, RST_EPSG_PROJECTED},
        {32633, RST_EPSG_PROJECTED},  {2154, RST_EPSG_PROJECTED},  {4647, RST_EPSG_PROJECTED},
        {27700, RST_EPSG_PROJECTED},  {5703, RST_EPSG_HEIGHT},     {7415, RST_EPSG_HEIGHT},
        {20041, RST_EPSG_GEOGRAPHIC}, {30000, RST_EPSG_PROJECTED}, {9989, RST_EPSG_GEOGRAPHIC},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(rst_epsg_kind(cases[i].code), cases[i].kind);
}

static void assert_keys(const struct rst_geo *geo, const uint16_t *keys, size_t count)
{
    assert_int_equal(geo->key_count, count);
    if (count > 0) assert_memory_equal(geo->keys, keys, count * sizeof *keys);
}

static void a_code_becomes_keys(void **unused)
{
    (void)unused;
    static const uint16_t utm[] = {1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633};
    static const uint16_t degrees[] = {1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326};
    static const uint16_t earth[] = {1, 1, 0, 3, 1024, 0, 1, 3, 1025, 0, 1, 1, 2048, 0, 1, 4978};
    struct rst_geo geo = {.wkt = strdup("EPSG:4326"), .key_ascii = strdup("x|")};
    assert_int_equal(rst_geo_epsg(&geo), 4326);
    assert_int_equal(rst_geo_set_epsg(&geo, 32633, NULL), RST_OK);
    assert_keys(&geo, utm, 16);
    assert_null(geo.wkt);
    assert_null(geo.key_ascii);
    assert_int_equal(rst_geo_epsg(&geo), 32633);
    assert_int_equal(rst_geo_set_epsg(&geo, 4326, NULL), RST_OK);
    assert_keys(&geo, degrees, 16);
    assert_int_equal(rst_geo_epsg(&geo), 4326);
    assert_int_equal(rst_geo_set_epsg(&geo, 4978, NULL), RST_OK);
    assert_keys(&geo, earth, 16);
    static const int refused[] = {-1, 1, 1023, 32767, 100000, 5703};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(rst_geo_set_epsg(&geo, refused[i], NULL), RST_E_ARGUMENT);
    assert_keys(&geo, earth, 16);
    assert_int_equal(rst_geo_set_epsg(&geo, 0, NULL), RST_OK);
    assert_null(geo.keys);
    assert_int_equal(rst_geo_epsg(&geo), 0);
}

static void what_a_pixel_is_stays(void **unused)
{
    (void)unused;
    static const uint16_t point[] = {1, 1, 0, 1, 1025, 0, 1, 2};
    static const uint16_t utm[] = {1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 2, 3072, 0, 1, 25832};
    struct rst_geo geo = {.keys = malloc(sizeof point), .key_count = 8};
    assert_non_null(geo.keys);
    memcpy(geo.keys, point, sizeof point);
    assert_int_equal(rst_geo_set_epsg(&geo, 25832, NULL), RST_OK);
    assert_keys(&geo, utm, 16);
    assert_int_equal(rst_geo_set_epsg(&geo, 0, NULL), RST_OK);
    assert_keys(&geo, point, 8);
    clear(&geo);
}

static void texts_have_codes(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {NULL, 0},
        {"", 0},
        {"EPSG:32633", 32633},
        {" EPSG:4326 ", 4326},
        {"EPSG:", 0},
        {"EPSG:99999999999999", 0},
        {"PROJCS[\"WGS 84 / UTM zone 33N\",GEOGCS[\"WGS 84\",AUTHORITY[\"EPSG\",\"4326\"]],"
         "AUTHORITY[\"EPSG\",\"32633\"]]",
         32633},
        {"PROJCRS[\"x\",BASEGEOGCRS[\"WGS 84\",ID[\"EPSG\",4326]],ID[\"EPSG\",3857]]", 3857},
        {"PROJCS[\"x\",GEOGCS[\"WGS 84\",AUTHORITY[\"EPSG\",\"4326\"]]]", 0}, /* not of the outermost */
        {"PROJCS [ \"x\" , AUTHORITY [ \"EPSG\" , \"2154\" ] ]", 2154},
        {"PROJCS(\"x\",AUTHORITY(\"EPSG\",\"2154\"))", 2154},
        {"PROJCS[\"a \"\"b\"\" AUTHORITY[\"\"EPSG\"\",\"\"1\"\"]\",AUTHORITY[\"EPSG\",\"2154\"]]", 2154},
        {"PROJCS[\"x\",AUTHORITY[\"ESRI\",\"102003\"]]", 0},
        {"PROJCS[\"x\",MYAUTHORITY[\"EPSG\",\"2154\"]]", 0},
        {"PROJCS[\"x\",AUTHORITY[\"EPSG\",\"2154\"", 2154},
        {"PROJCS[\"never closed", 0},
        {"]]]]", 0},
        {"PROJCS[\"WGS_1984_UTM_Zone_33N\",GEOGCS[\"GCS_WGS_1984\"]]", 32633},
        {"PROJCS[\"WGS_1984_UTM_Zone_5S\",GEOGCS[\"GCS_WGS_1984\"]]", 32705},
        {"PROJCS[\"ETRS_1989_UTM_Zone_32N\",GEOGCS[\"GCS_ETRS_1989\"]]", 25832},
        {"PROJCS[\"ETRS_1989_UTM_Zone_32N_7stellen\",GEOGCS[\"GCS_ETRS_1989\"]]", 0},
        {"PROJCS[\"ETRS_1989_UTM_Zone_32S\"]", 0},
        {"PROJCS[\"WGS_1984_UTM_Zone_61N\"]", 0},
        {"GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\"]]", 4326},
        {"GEOGCS[\"GCS_WGS_1984_Major_Auxiliary_Sphere\"]", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(rst_epsg_of_text(cases[i].text), cases[i].code);
}

static void a_deep_text_is_read(void **unused)
{
    (void)unused;
    enum { DEPTH = 1 << 20 };
    char *text = malloc(DEPTH + 1);
    assert_non_null(text);
    memset(text, '[', DEPTH);
    text[DEPTH] = '\0';
    assert_int_equal(rst_epsg_of_text(text), 0);
    free(text);
}

static void assert_comes_back(struct rst_geo *geo, struct rst_affine map)
{
    struct rst_affine back;
    assert_int_equal(rst_geo_set_transform(geo, map, NULL), RST_OK);
    assert_true(rst_geo_transform(geo, &back));
    for (int i = 0; i < 6; i++)
        assert_true(fabs(back.m[i] - map.m[i]) < 1e-9);
}

static void a_transform_comes_back(void **unused)
{
    (void)unused;
    static const struct rst_affine north = {{30, 0, 500000, 0, -20, 4600000}};
    static const struct rst_affine others[] = {
        {{30, 0, 5, 0, 20, 7}}, {{-30, 0, 5, 0, -20, 7}}, {{3, 1, 5, -1, 2, 7}}, {{0, 1, 0, 1, 0, 0}}};
    static const uint16_t point[] = {1, 1, 0, 1, 1025, 0, 1, 2};
    struct rst_geo geo = {0};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < sizeof others / sizeof *others; j++) {
            assert_comes_back(&geo, others[j]);
            assert_null(geo.pixel_scale);
            assert_null(geo.tiepoints);
        }
        assert_comes_back(&geo, north);
        assert_null(geo.matrix);
        assert_int_equal(geo.tiepoint_numbers, 6);
        assert_true(geo.tiepoints[3] == (i ? 500015 : 500000));
        geo.keys = i ? geo.keys : malloc(sizeof point);
        assert_non_null(geo.keys);
        memcpy(geo.keys, point, sizeof point);
        geo.key_count = 8;
    }
    static const struct rst_affine refused[] = {
        {{0, 0, 0, 0, 0, 0}}, {{1, 1, 0, 1, 1, 0}}, {{NAN, 0, 0, 0, 1, 0}}, {{1, 0, INFINITY, 0, 1, 0}}};
    for (size_t j = 0; j < sizeof refused / sizeof *refused; j++)
        assert_int_equal(rst_geo_set_transform(&geo, refused[j], NULL), RST_E_ARGUMENT);
    assert_int_equal(geo.tiepoint_numbers, 6);
    clear(&geo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_kinds),      cmocka_unit_test(a_code_becomes_keys),
        cmocka_unit_test(what_a_pixel_is_stays), cmocka_unit_test(texts_have_codes),
        cmocka_unit_test(a_deep_text_is_read),   cmocka_unit_test(a_transform_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
