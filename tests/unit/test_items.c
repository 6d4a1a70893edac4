/* Items, names of bands, fields, and what bands show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/items.h"

static void set(struct rst_meta *meta, const char *key, int32_t band, const char *domain, const char *value)
{
    assert_int_equal(rst_meta_set(meta, key, band, domain, value, NULL), RST_OK);
}

static void an_item_is_found_by_key_band_and_domain(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    assert_null(rst_meta_get(&meta, "A", -1, NULL));
    set(&meta, "A", -1, NULL, "image");
    set(&meta, "A", 0, NULL, "band");
    set(&meta, "A", -1, "d", "domain");
    set(&meta, "B", -1, "", "plain"); /* an empty domain is the default one */
    assert_string_equal(rst_meta_get(&meta, "A", -1, NULL), "image");
    assert_string_equal(rst_meta_get(&meta, "A", -1, ""), "image");
    assert_string_equal(rst_meta_get(&meta, "A", 0, NULL), "band");
    assert_string_equal(rst_meta_get(&meta, "A", -1, "d"), "domain");
    assert_string_equal(rst_meta_get(&meta, "B", -1, NULL), "plain");
    assert_null(rst_meta_get(&meta, "a", -1, NULL));
    assert_null(rst_meta_get(&meta, "A", 1, NULL));
    assert_null(rst_meta_get(&meta, "B", -1, "d"));
    rst_meta_clear(&meta);
}

static void a_new_value_takes_the_place_of_the_old(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    set(&meta, "A", -1, NULL, "1");
    set(&meta, "B", -1, NULL, "2");
    set(&meta, "A", -1, NULL, "3");
    assert_int_equal(meta.item_count, 2);
    assert_string_equal(meta.items[0].value, "3");
    set(&meta, "A", -1, NULL, meta.items[0].value); /* its own */
    assert_string_equal(meta.items[0].value, "3");
    set(&meta, "C", -1, NULL, NULL);
    set(&meta, "A", -1, NULL, NULL);
    assert_int_equal(meta.item_count, 1);
    assert_string_equal(meta.items[0].key, "B");
    set(&meta, "B", -1, NULL, NULL);
    assert_null(meta.items);
}

static void removing_takes_all_of_a_key(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    for (int i = 0; i < 3; i++) {
        const struct rst_item item = {.key = (char *)"Comment", .value = (char *)"x", .band = i < 2 ? -1 : 0};
        assert_int_equal(rst_meta_append(&meta, &item, NULL), RST_OK);
    }
    assert_int_equal(meta.item_count, 3);
    set(&meta, "Comment", -1, NULL, NULL);
    assert_int_equal(meta.item_count, 1);
    assert_int_equal(meta.items[0].band, 0);
    rst_meta_drop_band_items(&meta);
    assert_int_equal(meta.item_count, 0);
}

static void bands_have_names(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    assert_int_equal(rst_meta_name_band(&meta, 3, NULL, NULL), RST_OK);
    assert_int_equal(meta.band_name_count, 0);
    assert_int_equal(rst_meta_name_band(&meta, -1, "x", NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_meta_name_band(&meta, 2, "nir", NULL), RST_OK);
    assert_int_equal(meta.band_name_count, 3);
    assert_null(meta.band_names[0]);
    assert_string_equal(meta.band_names[2], "nir");
    assert_true(rst_meta_fields(&meta, 3) & RST_META_BAND_NAMES);
    assert_false(rst_meta_fields(&meta, 2) & RST_META_BAND_NAMES);
    assert_int_equal(rst_meta_name_band(&meta, 2, NULL, NULL), RST_OK);
    assert_null(meta.band_names[2]);
    assert_false(rst_meta_fields(&meta, 3) & RST_META_BAND_NAMES);
    rst_meta_clear(&meta);
}

static void fields_are_what_says_something(void **unused)
{
    (void)unused;
    double scale[3] = {1, 1, 0}, ties[12] = {0}, matrix[16] = {1, 0, 0, 0, 0, 1}, rpc[92] = {0};
    uint16_t model[8] = {1, 1, 0, 1, 1024, 0, 1, 1}, system[8] = {1, 1, 0, 1, 3072, 0, 1, 32633};
    uint16_t alpha[1] = {2}, map[6] = {0};
    struct rst_item item = {"K", "V", NULL, NULL, -1};
    struct {
        struct rst_meta meta;
        int32_t bands;
        unsigned fields;
    } cases[] = {
        {{0}, 1, 0},
        {{.photometric = RST_PHOTOMETRIC_RGB, .orientation = 1, .resolution_unit = 2}, 3, 0},
        {{.photometric = RST_PHOTOMETRIC_BLACK_IS_ZERO}, 7, 0},
        {{.photometric = RST_PHOTOMETRIC_RGB}, 5, RST_META_COLORS},
        {{.photometric = RST_PHOTOMETRIC_WHITE_IS_ZERO}, 1, RST_META_COLORS},
        {{.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = map, .color_map_count = 6}, 1, RST_META_COLOR_MAP},
        {{.photometric = RST_PHOTOMETRIC_RGB, .extra_samples = alpha, .extra_sample_count = 1}, 4, RST_META_ALPHA},
        {{.has_nodata = true}, 1, RST_META_NODATA},
        {{.orientation = 6, .resolution_y = 72}, 1, RST_META_ORIENTATION | RST_META_RESOLUTION},
        {{.description = "", .items = &item, .item_count = 1}, 1, RST_META_TEXT},
        {{.description = "d"}, 1, RST_META_TEXT},
        {{.icc = "i", .icc_size = 1, .xmp = "x", .xmp_size = 1}, 1, RST_META_ICC | RST_META_XMP},
        {{.exif = "x", .exif_size = 1, .gamma = 0.5}, 1, RST_META_EXIF | RST_META_GAMMA},
        {{.srgb_intent = 1, .significant_bits = {0, 5}}, 1, RST_META_GAMMA | RST_META_BITS},
        {{.chromaticities = {[7] = 0.1}, .has_background = true}, 1, RST_META_GAMMA | RST_META_BACKGROUND},
        {{.geo = {.pixel_scale = scale, .pixel_scale_count = 3, .tiepoints = ties, .tiepoint_numbers = 6}},
         1,
         RST_META_TRANSFORM},
        {{.geo = {.pixel_scale = scale, .pixel_scale_count = 3, .tiepoints = ties, .tiepoint_numbers = 12}},
         1,
         RST_META_TRANSFORM | RST_META_TIEPOINTS},
        {{.geo = {.tiepoints = ties, .tiepoint_numbers = 6}}, 1, RST_META_TIEPOINTS},
        {{.geo = {.matrix = matrix, .matrix_count = 16, .rpc = rpc, .rpc_count = 92}},
         1,
         RST_META_TRANSFORM | RST_META_RPC},
        {{.geo = {.keys = model, .key_count = 8}}, 1, 0},
        {{.geo = {.keys = system, .key_count = 8}}, 1, RST_META_CRS},
        {{.geo = {.wkt = "LOCAL_CS[\"x\"]"}}, 1, RST_META_CRS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(rst_meta_fields(&cases[i].meta, cases[i].bands), cases[i].fields);
}

static void fields_are_named(void **unused)
{
    (void)unused;
    char text[300], small[8];
    assert_string_equal(rst_meta_fields_text(0, text, sizeof text), "");
    assert_string_equal(rst_meta_fields_text(RST_META_ICC | RST_META_TIEPOINTS, text, sizeof text),
                        "tie points, ICC profile");
    rst_meta_fields_text(~0u, text, sizeof text);
    int names = 1;
    for (const char *at = text; (at = strstr(at, ", ")); at++)
        names++;
    assert_int_equal(names, RST_META_FIELDS);
    assert_string_equal(rst_meta_fields_text(~0u, small, sizeof small), "nodata,");
}

static void bands_show_colors(void **unused)
{
    (void)unused;
    uint16_t extras[2] = {0, 2};
    struct rst_meta rgba = {.photometric = RST_PHOTOMETRIC_RGB, .extra_samples = extras, .extra_sample_count = 2};
    static const char *const five[] = {"red", "green", "blue", "undefined", "alpha"};
    for (int i = 0; i < 5; i++)
        assert_string_equal(rst_meta_band_color(&rgba, 5, i), five[i]);
    assert_string_equal(rst_meta_band_color(&rgba, 5, 5), "undefined");
    assert_string_equal(rst_meta_band_color(&rgba, 5, -1), "undefined");
    struct rst_meta unknown = {0}, cmyk = {.photometric = 5}, palette = {.photometric = RST_PHOTOMETRIC_PALETTE};
    assert_string_equal(rst_meta_band_color(&unknown, 1, 0), "gray");
    assert_string_equal(rst_meta_band_color(&unknown, 3, 0), "undefined");
    assert_string_equal(rst_meta_band_color(&cmyk, 4, 3), "black");
    assert_string_equal(rst_meta_band_color(&cmyk, 3, 0), "undefined");
    assert_string_equal(rst_meta_band_color(&palette, 1, 0), "palette");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_is_found_by_key_band_and_domain),
        cmocka_unit_test(a_new_value_takes_the_place_of_the_old),
        cmocka_unit_test(removing_takes_all_of_a_key),
        cmocka_unit_test(bands_have_names),
        cmocka_unit_test(fields_are_what_says_something),
        cmocka_unit_test(fields_are_named),
        cmocka_unit_test(bands_show_colors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
