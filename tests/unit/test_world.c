/* World files and .prj: found by name, read as centres, broken ones named; written and read back. */
#define _GNU_SOURCE 1
#include "codecs/text/wkt.h"
#include "codecs/text/world.h"
#include "tests/support/formats.h"

static uint64_t seed;

static const char numbers[] = "2\n0.5\n0.25\n-4\n100\n200\n";
static const double corner[] = {2, 0.25, 100 - 1.125, 0.5, -4, 200 + 1.75};

static void assert_map(const struct rst_geo *geo, const double want[6])
{
    struct rst_affine map;
    assert_true(rst_geo_transform(geo, &map));
    for (int i = 0; i < 6; i++)
        assert_true(map.m[i] - want[i] < 1e-12 && want[i] - map.m[i] < 1e-12);
}

static void they_are_found_by_name(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"a.tif", "a.tfw"},    {"b.tif", "b.tifw"},   {"c.tif", "c.wld"},
                                           {"d.tiff", "d.tfw"},   {"e.TIF", "e.TFW"},    {"f.bil", "f.blw"},
                                           {"g.png", "g.PGW"},    {"h.jpeg", "h.jpegw"}, {"noname", "noname.wld"},
                                           {"i.x.pgm", "i.x.wld"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct rst_geo geo = {0};
        formats_text(pairs[i][1], numbers);
        assert_int_equal(rst_world_read(files_path(pairs[i][0]), &geo, NULL), RST_OK);
        assert_map(&geo, corner);
        rst_meta_clear(&(struct rst_meta){.geo = geo});
    }
    struct rst_geo geo = {0};
    struct rst_affine map;
    assert_int_equal(rst_world_read(files_path("a.png"), &geo, NULL), RST_OK);
    assert_false(rst_geo_transform(&geo, &map));
    assert_int_equal(mkdir(files_path("folder.tfw"), 0777), 0);
    assert_int_equal(mkfifo(files_path("pipe.tfw"), 0600), 0); /* nobody writes to it: waiting would be for ever */
    assert_int_equal(rst_world_read(files_path("folder.tif"), &geo, NULL), RST_OK);
    assert_int_equal(rst_world_read(files_path("pipe.tif"), &geo, NULL), RST_OK);
    assert_false(rst_geo_transform(&geo, &map));
}

static void what_the_file_says_goes_first(void **state)
{
    (void)state;
    static const double own[] = {1, 0, 7, 0, -1, 8};
    struct rst_meta meta = {0};
    assert_int_equal(rst_geo_set_transform(&meta.geo, (struct rst_affine){{1, 0, 7, 0, -1, 8}}, NULL), RST_OK);
    formats_text("own.tfw", "rubbish\n");
    formats_text("own.prj", "PROJCS[\"a\"]\n");
    assert_int_equal(rst_world_read(files_path("own.tif"), &meta.geo, NULL), RST_OK);
    assert_map(&meta.geo, own);
    assert_string_equal(meta.geo.wkt, "PROJCS[\"a\"]");
    formats_text("own.prj", "PROJCS[\"b\"]\n");
    assert_int_equal(rst_world_read(files_path("own.tif"), &meta.geo, NULL), RST_OK);
    assert_string_equal(meta.geo.wkt, "PROJCS[\"a\"]");
    rst_meta_clear(&meta);

    formats_text("keys.tfw", numbers);
    formats_text("keys.prj", "PROJCS[\"b\"]\n");
    assert_int_equal(rst_geo_set_epsg(&meta.geo, 32633, NULL), RST_OK);
    assert_int_equal(rst_world_read(files_path("keys.tif"), &meta.geo, NULL), RST_OK);
    assert_map(&meta.geo, corner);
    assert_null(meta.geo.wkt);
    assert_int_equal(rst_geo_epsg(&meta.geo), 32633);
    rst_meta_clear(&meta);
}

static void a_system_without_a_place_says_nothing(void **state)
{
    (void)state;
    struct rst_geo geo = {0};
    formats_text("lone.prj", "PROJCS[\"a\"]\n");
    assert_int_equal(rst_world_read(files_path("lone.tif"), &geo, NULL), RST_OK);
    assert_null(geo.wkt);
    formats_text("old.tfw", numbers);
    formats_text("old.prj", "Projection UTM\nZone 33\n");
    assert_int_equal(rst_world_read(files_path("old.tif"), &geo, NULL), RST_OK);
    assert_null(geo.wkt);
    rst_meta_clear(&(struct rst_meta){.geo = geo});
}

static void broken_ones_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {{"", "broken.tfw: line 1: the file ends after 0 numbers"},
                 {"1\n0\n0\n-1\n5\n", "ends after 5 numbers"},
                 {"1\n0\n\nfoo\n-1\n5\n6\n", "broken.tfw: line 4: \"foo\" is no number"},
                 {"1 0\n0\n-1\n5\n6\n", "line 1: \"1 0\""},
                 {"1\n0\n0\n-1\n5\nnan\n", "line 6: \"nan\""},
                 {"1\n0\n0\n-1\n5\n1e999\n", "line 6"},
                 {"1\n0\n0\n-1\n5\n6\n\n7\n", "line 8: a world file ends after 6"},
                 {"1\n2\n1\n2\n5\n6\n", "one line"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_geo geo = {0};
        struct rst_error err = {0};
        formats_text("broken.tfw", cases[i].text);
        assert_int_equal(rst_world_read(files_path("broken.tif"), &geo, &err), RST_E_FORMAT);
        if (!strstr(err.message, cases[i].words)) fail_msg("\"%s\" does not say \"%s\"", err.message, cases[i].words);
    }
    struct rst_geo geo = {0};
    formats_text("broken.tfw", "\n 1\r\n0\r\n0\r\n-1\r\n5\r\n6.5e0\r\n\r\n\n");
    assert_int_equal(rst_world_read(files_path("broken.tif"), &geo, NULL), RST_OK);
    rst_meta_clear(&(struct rst_meta){.geo = geo});
}

static void every_format_gets_them_and_gives_them(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"w.tif", "w.tfw"}, {"w.pgm", "w.wld"}, {"w2.npy", "w2.wld"}, {"w.bsq", "w.bqw"}};
    struct rst_shape shape = formats_shape(RST_U8, 5, 3, 1);
    struct rst_meta meta = {0};
    struct rst_affine map = {{2, 0.25, 100 - 1.125, 0.5, -4, 200 + 1.75}};
    assert_int_equal(rst_geo_set_transform(&meta.geo, map, NULL), RST_OK);
    assert_int_equal(rst_geo_set_epsg(&meta.geo, 32733, NULL), RST_OK);
    struct rst_create_options options = {.overwrite = true, .sidecar = RST_SIDECAR_WORLD};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        formats_create(files_path(files[i][0]), &shape, &meta, &options, seed);
        formats_assert_text(files_path(files[i][1]), numbers);
        struct rst_raster *raster = NULL;
        assert_int_equal(rst_open(files_path(files[i][0]), RST_READ, NULL, &raster, NULL), RST_OK);
        formats_assert_transform(raster, corner);
        assert_int_equal(rst_geo_epsg(&rst_raster_meta(raster)->geo), 32733);
        rst_close(&raster);
        assert_int_equal(unlink(files_path(files[i][1])), 0);
    }
    rst_meta_clear(&meta);
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    assert_int_equal(rst_create(files_path("none.pgm"), &shape, NULL, &options, &raster, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "no geotransform"));
    assert_int_equal(files_length(files_path("none.pgm")), -1);
}

static void codes_are_spelled_out_where_all_is_known(void **state)
{
    (void)state;
    static const int known[] = {4326, 32601, 32660, 32733, 4269, 26913, 25832};
    static const int unknown[] = {3857, 2154, 27700, 32661, 26924, 25827};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct rst_geo geo = {0}, back = {0};
        assert_int_equal(rst_geo_set_epsg(&geo, known[i], NULL), RST_OK);
        assert_true(rst_wkt_is_known(&geo));
        assert_int_equal(rst_wkt_of_geo(&geo, &back.wkt, NULL), RST_OK);
        assert_int_equal(rst_geo_epsg(&back), known[i]);
        rst_meta_clear(&(struct rst_meta){.geo = geo});
        rst_meta_clear(&(struct rst_meta){.geo = back});
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct rst_geo geo = {0};
        char *wkt = NULL;
        assert_int_equal(rst_geo_set_epsg(&geo, unknown[i], NULL), RST_OK);
        assert_false(rst_wkt_is_known(&geo));
        assert_int_equal(rst_wkt_of_geo(&geo, &wkt, NULL), RST_OK);
        assert_null(wkt);
        rst_meta_clear(&(struct rst_meta){.geo = geo});
    }
    struct rst_geo south = {0};
    char *wkt = NULL;
    assert_int_equal(rst_geo_set_epsg(&south, 32733, NULL), RST_OK);
    assert_int_equal(rst_wkt_of_geo(&south, &wkt, NULL), RST_OK);
    assert_non_null(strstr(wkt, "WGS_1984_UTM_Zone_33S"));
    assert_non_null(strstr(wkt, "\"Central_Meridian\",15.0"));
    assert_non_null(strstr(wkt, "\"False_Northing\",10000000.0"));
    free(wkt);
    rst_meta_clear(&(struct rst_meta){.geo = south});
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_found_by_name),
        cmocka_unit_test(what_the_file_says_goes_first),
        cmocka_unit_test(a_system_without_a_place_says_nothing),
        cmocka_unit_test(broken_ones_are_named),
        cmocka_unit_test(every_format_gets_them_and_gives_them),
        cmocka_unit_test(codes_are_spelled_out_where_all_is_known),
    };
    return cmocka_run_group_tests_name("world", tests, files_setup, files_teardown);
}
