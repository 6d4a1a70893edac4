/* Metadata: deep copies, alpha, statistics, resolution. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/items.h"
#include "raster/image/meta.h"

static void *owned(const void *bytes, size_t size)
{
    void *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

#define OWNED(...) owned((__VA_ARGS__), sizeof(__VA_ARGS__))

static struct rst_meta full(void)
{
    struct rst_meta meta = {.has_nodata = true,
                            .nodata = {.i16 = -9999},
                            .photometric = RST_PHOTOMETRIC_RGB,
                            .extra_samples = OWNED((uint16_t[]){0, 2}),
                            .extra_sample_count = 2,
                            .color_map = OWNED((uint16_t[]){1, 2, 3, 4, 5, 6}),
                            .color_map_count = 6,
                            .orientation = 3,
                            .resolution_x = 300,
                            .resolution_y = 150,
                            .resolution_unit = 2,
                            .icc = OWNED("profile"),
                            .icc_size = 7,
                            .xmp = OWNED("<xmp/>"),
                            .xmp_size = 6,
                            .exif = OWNED("MM"),
                            .exif_size = 2,
                            .description = strdup("a scan")};
    meta.geo = (struct rst_geo){.pixel_scale = OWNED((double[]){1, 2, 0}),
                                .pixel_scale_count = 3,
                                .tiepoints = OWNED((double[]){0, 0, 0, 10, 20, 0}),
                                .tiepoint_numbers = 6,
                                .matrix = calloc(16, sizeof(double)),
                                .matrix_count = 16,
                                .keys = OWNED((uint16_t[]){1, 1, 0, 0}),
                                .key_count = 4,
                                .key_doubles = OWNED((double[]){6378137}),
                                .key_double_count = 1,
                                .key_ascii = strdup("WGS 84|"),
                                .rpc = calloc(92, sizeof(double)),
                                .rpc_count = 92,
                                .wkt = strdup("EPSG:4326")};
    const struct rst_item item = {.key = "OFFSET", .value = "7", .role = "offset", .band = 1};
    assert_int_equal(rst_meta_append(&meta, &item, NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "A", -1, "domain", "b", NULL), RST_OK);
    assert_int_equal(rst_meta_name_band(&meta, 2, "near infrared", NULL), RST_OK);
    return meta;
}

static void copies_own_all_they_hold(void **unused)
{
    (void)unused;
    struct rst_meta meta = full(), copy;
    assert_int_equal(rst_meta_copy(&copy, &meta, NULL), RST_OK);
    assert_memory_equal(copy.extra_samples, meta.extra_samples, 4);
    assert_memory_equal(copy.color_map, meta.color_map, 12);
    assert_memory_equal(copy.geo.pixel_scale, meta.geo.pixel_scale, 24);
    rst_meta_clear(&meta); /* what the copy shared would now be gone */
    assert_null(meta.icc);
    assert_int_equal(meta.geo.rpc_count, 0);

    assert_true(copy.has_nodata);
    assert_int_equal(copy.nodata.i16, -9999);
    assert_int_equal(copy.extra_samples[1], 2);
    assert_int_equal(copy.color_map[5], 6);
    assert_memory_equal(copy.icc, "profile", 7);
    assert_string_equal(copy.description, "a scan");
    assert_int_equal(copy.item_count, 2);
    assert_string_equal(rst_meta_get(&copy, "OFFSET", 1, NULL), "7");
    assert_string_equal(copy.items[0].role, "offset");
    assert_string_equal(rst_meta_get(&copy, "A", -1, "domain"), "b");
    assert_int_equal(copy.band_name_count, 3);
    assert_null(copy.band_names[1]);
    assert_string_equal(copy.band_names[2], "near infrared");
    assert_memory_equal(copy.xmp, "<xmp/>", 6);
    assert_memory_equal(copy.exif, "MM", 2);
    assert_string_equal(copy.geo.wkt, "EPSG:4326");
    assert_string_equal(copy.geo.key_ascii, "WGS 84|");
    assert_true(copy.geo.tiepoints[4] == 20 && copy.geo.matrix[15] == 0 && copy.geo.rpc[91] == 0);
    assert_true(copy.geo.key_doubles[0] == 6378137 && copy.geo.keys[0] == 1);
    rst_meta_clear(&copy);
    rst_meta_clear(NULL);
}

static void nothing_is_copied_as_nothing(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0}, copy;
    assert_int_equal(rst_meta_copy(&copy, &meta, NULL), RST_OK);
    assert_null(copy.icc);
    assert_null(copy.description);
    assert_null(copy.geo.keys);
    rst_meta_clear(&copy);
}

static void alpha_is_among_the_last_bands(void **unused)
{
    (void)unused;
    uint16_t kinds[] = {0, 1, 2};
    struct rst_meta meta = {.extra_samples = kinds, .extra_sample_count = 3};
    assert_int_equal(rst_meta_alpha(&meta, 6, false), 5);
    assert_int_equal(rst_meta_alpha(&meta, 6, true), 4);
    assert_int_equal(rst_meta_alpha(&meta, 3, false), 2);
    assert_int_equal(rst_meta_alpha(&meta, 1, true), 0); /* more kinds than bands: the last ones count */
    assert_int_equal(rst_meta_alpha(&meta, 0, true), -1);
    meta.extra_sample_count = 2;
    assert_int_equal(rst_meta_alpha(&meta, 6, false), -1);
    assert_int_equal(rst_meta_alpha(&meta, 6, true), 5);
    meta.extra_sample_count = 0;
    assert_int_equal(rst_meta_alpha(&meta, 6, true), -1);
    meta.extra_samples = NULL;
    assert_int_equal(rst_meta_alpha(&meta, 6, true), -1);
}

static void statistics_are_dropped(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    assert_int_equal(rst_meta_set(&meta, "STATISTICS_MEAN", 0, NULL, "1", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "AREA", -1, NULL, "x", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "STATISTICS_MAXIMUM", -1, NULL, "2", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "STATISTICS_MEAN", 0, "other", "3", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "MY_STATISTICS_MEAN", 1, NULL, "4", NULL), RST_OK);
    assert_true(rst_meta_has_statistics(&meta));
    rst_meta_drop_statistics(&meta);
    assert_false(rst_meta_has_statistics(&meta));
    assert_int_equal(meta.item_count, 3);
    assert_string_equal(meta.items[0].key, "AREA");
    assert_string_equal(meta.items[1].value, "3");
    assert_string_equal(meta.items[2].key, "MY_STATISTICS_MEAN");
    rst_meta_clear(&meta);
    rst_meta_drop_statistics(&meta);
    assert_int_equal(rst_meta_set(&meta, "STATISTICS_MEAN", 0, NULL, "1", NULL), RST_OK);
    rst_meta_drop_statistics(&meta);
    assert_null(meta.items); /* nothing is left to be freed */
}

static void assert_near(double a, double b, double distance)
{
    assert_true(fabs(a - b) <= distance);
}

static void resolution_follows_the_pixels(void **unused)
{
    (void)unused;
    static const struct {
        struct rst_affine map;
        double x, y, now_x, now_y;
    } cases[] = {
        {{{1, 0, 5, 0, 1, 7}}, 72, 72, 72, 72},          /* crop */
        {{{4, 0, 0, 0, 2, 0}}, 300, 150, 75, 75},        /* shrink */
        {{{-1, 0, 9, 0, 1, 0}}, 300, 150, 300, 150},     /* flip */
        {{{0, 1, 0, -1, 0, 9}}, 300, 150, 150, 300},     /* quarter turn */
        {{{0, 0.5, 0, 1, 0, 0}}, 300, 0, 0, 600},        /* what is not known stays unknown */
        {{{0.6, -0.8, 0, 0.8, 0.6, 0}}, 90, 90, 90, 90}, /* rotation */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_meta meta = {.resolution_x = cases[i].x, .resolution_y = cases[i].y};
        assert_int_equal(rst_meta_apply(&meta, cases[i].map, NULL), RST_OK);
        assert_near(meta.resolution_x, cases[i].now_x, 1e-9);
        assert_near(meta.resolution_y, cases[i].now_y, 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_own_all_they_hold),      cmocka_unit_test(nothing_is_copied_as_nothing),
        cmocka_unit_test(alpha_is_among_the_last_bands), cmocka_unit_test(statistics_are_dropped),
        cmocka_unit_test(resolution_follows_the_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
