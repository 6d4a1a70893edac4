/* Geo-referencing: whatever is done to the pixels, a place in the picture keeps its place in the world. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/meta.h"

static const struct rst_affine maps[] = {
    {{1, 0, 17, 0, 1, 5}},        /* crop */
    {{4, 0, 0, 0, 4, 0}},         /* shrink */
    {{0.5, 0, 3, 0, 0.25, -2}},   /* enlarge and move */
    {{-1, 0, 640, 0, 1, 0}},      /* flip, left to right */
    {{1, 0, 0, 0, -1, 480}},      /* flip, top to bottom */
    {{0, 1, 0, -1, 0, 480}},      /* a quarter turn */
    {{0, -1, 640, 1, 0, 0}},      /* three of them */
    {{0, 2, 5, 3, 0, 7}},         /* transposed, shrunk and moved */
    {{0.8, 0.3, 1, -0.2, 1.5, 2}} /* anything: the last one */
};
enum { MAPS = sizeof maps / sizeof *maps };

static double *numbers(const double *from, size_t count)
{
    double *copy = malloc(count * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, from, count * sizeof *copy);
    return copy;
}

/* A key directory with the raster type, and `id` = `value`. */
static void give_keys(struct rst_geo *geo, bool point, uint16_t id, uint16_t value)
{
    const uint16_t keys[] = {1, 1, 0, 2, 1025, 0, 1, point ? 2 : 1, id, 0, 1, value};
    geo->keys = malloc(sizeof keys);
    assert_non_null(geo->keys);
    memcpy(geo->keys, keys, sizeof keys);
    geo->key_count = sizeof keys / sizeof *keys;
}

static struct rst_geo scaled(bool point)
{
    struct rst_geo geo = {.pixel_scale_count = 3, .tiepoint_numbers = 6};
    geo.pixel_scale = numbers((const double[]){30, 20, 2}, 3);
    geo.tiepoints = numbers((const double[]){2, 3, 1, 500000, 4600000, 100}, 6);
    give_keys(&geo, point, 3072, 32633);
    return geo;
}

static struct rst_geo with_matrix(bool point)
{
    struct rst_geo geo = {.matrix_count = 16};
    geo.matrix = numbers((const double[]){10, 3, 0, 700, 2, -11, 0, 900, 0, 0, 5, 6, 0, 0, 0, 1}, 16);
    give_keys(&geo, point, 2048, 4326);
    return geo;
}

static void clear(struct rst_geo *geo)
{
    struct rst_meta meta = {.geo = *geo};
    rst_meta_clear(&meta);
}

static void assert_near(double a, double b, double distance)
{
    assert_true(fabs(a - b) <= distance);
}

static void assert_same_map(struct rst_affine a, struct rst_affine b)
{
    for (int i = 0; i < 6; i++)
        assert_true(fabs(a.m[i] - b.m[i]) <= 1e-9 * (1 + fabs(b.m[i])));
}

/* gdalinfo 3.6's figures for files with these tags. */
static void transform_is_gdals(void **unused)
{
    (void)unused;
    struct rst_affine map;
    struct rst_geo geo = scaled(false);
    assert_true(rst_geo_transform(&geo, &map));
    assert_same_map(map, (struct rst_affine){{30, 0, 499940, 0, -20, 4600060}});
    geo.pixel_scale[1] = -20; /* read as 20 */
    assert_true(rst_geo_transform(&geo, &map));
    assert_same_map(map, (struct rst_affine){{30, 0, 499940, 0, -20, 4600060}});
    clear(&geo);
    geo = scaled(true);
    assert_true(rst_geo_transform(&geo, &map));
    assert_same_map(map, (struct rst_affine){{30, 0, 499925, 0, -20, 4600070}});
    clear(&geo);
    geo = with_matrix(false);
    assert_true(rst_geo_transform(&geo, &map));
    assert_same_map(map, (struct rst_affine){{10, 3, 700, 2, -11, 900}});
    clear(&geo);
    geo = with_matrix(true);
    assert_true(rst_geo_transform(&geo, &map));
    assert_same_map(map, (struct rst_affine){{10, 3, 693.5, 2, -11, 904.5}});
    clear(&geo);
}

static void without_tags_there_is_no_transform(void **unused)
{
    (void)unused;
    struct rst_affine map = RST_AFFINE_IDENTITY;
    struct rst_geo none = {0}, ties = scaled(false), no_ties = scaled(false);
    free(ties.pixel_scale);
    ties.pixel_scale = NULL;
    free(no_ties.tiepoints);
    no_ties.tiepoints = NULL;
    assert_false(rst_geo_transform(&none, &map));
    assert_false(rst_geo_transform(&ties, &map));
    assert_false(rst_geo_transform(&no_ties, &map));
    assert_true(rst_affine_is_identity(map));
    clear(&ties);
    clear(&no_ties);
}

/* The transform of the new image is that of the old one after to_source. */
static void transform_follows_the_pixels(void **unused)
{
    (void)unused;
    for (int point = 0; point < 2; point++)
        for (int kind = 0; kind < 2; kind++)
            for (int i = 0; i < MAPS; i++) {
                struct rst_geo geo = kind ? with_matrix(point) : scaled(point);
                struct rst_affine before, after;
                assert_true(rst_geo_transform(&geo, &before));
                assert_int_equal(rst_geo_apply(&geo, maps[i], NULL), RST_OK);
                assert_true(rst_geo_transform(&geo, &after));
                assert_same_map(after, rst_affine_compose(before, maps[i]));
                assert_int_equal(geo.matrix != NULL, kind || i >= 3); /* scale stays scale where it can */
                assert_int_equal(geo.pixel_scale != NULL, !kind && i < 3);
                assert_int_equal(geo.tiepoints != NULL, !kind && i < 3);
                clear(&geo);
            }
}

static void heights_survive_in_the_matrix(void **unused)
{
    (void)unused;
    struct rst_geo geo = scaled(false);
    assert_int_equal(rst_geo_apply(&geo, maps[3], NULL), RST_OK);
    assert_int_equal(geo.matrix_count, 16);
    assert_true(geo.matrix[10] == 2 && geo.matrix[11] == 98 && geo.matrix[15] == 1);
    clear(&geo);
}

static void ground_control_points_move(void **unused)
{
    (void)unused;
    static const double ties[] = {0, 0, 0, 1, 2, 0, 100, 0, 0, 3, 4, 0, 100, 50, 7, 5, 6, 8};
    for (int point = 0; point < 2; point++)
        for (int i = 0; i < MAPS; i++) {
            struct rst_geo geo = {.tiepoints = numbers(ties, 18), .tiepoint_numbers = 18};
            double shift = point ? 0.5 : 0;
            give_keys(&geo, point, 2048, 4326);
            assert_int_equal(rst_geo_apply(&geo, maps[i], NULL), RST_OK);
            for (size_t tie = 0; tie < 3; tie++) {
                const double *now = geo.tiepoints + 6 * tie, *old = ties + 6 * tie, *m = maps[i].m;
                double x = now[0] + shift, y = now[1] + shift;
                assert_near(m[0] * x + m[1] * y + m[2], old[0] + shift, 1e-9);
                assert_near(m[3] * x + m[4] * y + m[5], old[1] + shift, 1e-9);
                assert_memory_equal(now + 2, old + 2, 4 * sizeof *now);
            }
            clear(&geo);
        }
}

/* The value of an RPC's line or sample polynomial quotient, scaled and moved, for made-up ground coordinates: with a
 * denominator of 1 and a numerator of c0 + c1 * p. */
static double rpc_position(const double *rpc, bool line, double p)
{
    const double *numerator = rpc + (line ? 12 : 52);
    return (numerator[0] + numerator[1] * p) * rpc[line ? 7 : 8] + rpc[line ? 2 : 3];
}

static void rpc_follows_the_pixels(void **unused)
{
    (void)unused;
    double all[92] = {0};
    all[2] = 2000, all[3] = 1500, all[7] = 2100, all[8] = 1600;
    all[12] = 0.01, all[13] = 0.9, all[52] = -0.02, all[53] = 1.1;
    all[32] = all[72] = 1;
    all[33] = 3, all[73] = 4;
    for (int i = 0; i < MAPS; i++) {
        struct rst_geo geo = {.rpc = numbers(all, 92), .rpc_count = 92};
        const double *m = maps[i].m;
        assert_int_equal(rst_geo_apply(&geo, maps[i], NULL), RST_OK);
        assert_int_equal(geo.rpc != NULL, i < MAPS - 1);
        assert_int_equal(geo.rpc_count, geo.rpc ? 92 : 0);
        for (double p = -1; geo.rpc && p <= 1; p += 0.25) {
            double x = rpc_position(geo.rpc, false, p) + 0.5, y = rpc_position(geo.rpc, true, p) + 0.5;
            double denominators = m[0] != 0 ? 100 * geo.rpc[33] + geo.rpc[73] : 100 * geo.rpc[73] + geo.rpc[33];
            assert_near(m[0] * x + m[1] * y + m[2], rpc_position(all, false, p) + 0.5, 1e-6);
            assert_near(m[3] * x + m[4] * y + m[5], rpc_position(all, true, p) + 0.5, 1e-6);
            assert_true(geo.rpc[7] > 0 && geo.rpc[8] > 0 && geo.rpc[32] == 1 && geo.rpc[72] == 1);
            assert_true(denominators == 304); /* each has gone with its numerator */
        }
        clear(&geo);
    }
}

static void there_and_back_is_where_it_was(void **unused)
{
    (void)unused;
    for (int point = 0; point < 2; point++)
        for (int i = 0; i < MAPS; i++) {
            struct rst_geo geo = scaled(point);
            struct rst_affine back, before, after;
            assert_true(rst_affine_invert(maps[i], &back));
            assert_true(rst_geo_transform(&geo, &before));
            assert_int_equal(rst_geo_apply(&geo, maps[i], NULL), RST_OK);
            assert_int_equal(rst_geo_apply(&geo, back, NULL), RST_OK);
            assert_true(rst_geo_transform(&geo, &after));
            assert_same_map(after, before);
            clear(&geo);
        }
}

static void flat_maps_change_nothing(void **unused)
{
    (void)unused;
    struct rst_geo geo = scaled(false), nothing = {0};
    assert_int_equal(rst_geo_apply(&geo, (struct rst_affine){{1, 0, 0, 0, 0, 0}}, NULL), RST_E_ARGUMENT);
    assert_true(geo.pixel_scale[0] == 30 && geo.tiepoints[0] == 2);
    assert_int_equal(rst_geo_apply(&nothing, maps[3], NULL), RST_OK);
    assert_null(nothing.matrix);
    clear(&geo);
}

static void epsg_is_found_among_the_keys(void **unused)
{
    (void)unused;
    struct rst_geo geo = {0};
    assert_int_equal(rst_geo_epsg(&geo), 0);
    give_keys(&geo, false, 3072, 32633);
    assert_int_equal(rst_geo_epsg(&geo), 32633);
    geo.keys[11] = 32767; /* spelled out by other keys */
    assert_int_equal(rst_geo_epsg(&geo), 0);
    geo.keys[8] = 2048;
    geo.keys[11] = 4258;
    assert_int_equal(rst_geo_epsg(&geo), 4258);
    geo.keys[9] = 34736; /* a value that is kept elsewhere is no code */
    assert_int_equal(rst_geo_epsg(&geo), 0);
    geo.keys[9] = 0;
    geo.key_count = 11; /* cut off in the second key, whatever the header says */
    assert_int_equal(rst_geo_epsg(&geo), 0);
    geo.keys[3] = 65535;
    assert_int_equal(rst_geo_epsg(&geo), 0);
    geo.key_count = 3;
    assert_int_equal(rst_geo_epsg(&geo), 0);
    clear(&geo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transform_is_gdals),
        cmocka_unit_test(without_tags_there_is_no_transform),
        cmocka_unit_test(transform_follows_the_pixels),
        cmocka_unit_test(heights_survive_in_the_matrix),
        cmocka_unit_test(ground_control_points_move),
        cmocka_unit_test(rpc_follows_the_pixels),
        cmocka_unit_test(there_and_back_is_where_it_was),
        cmocka_unit_test(flat_maps_change_nothing),
        cmocka_unit_test(epsg_is_found_among_the_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
