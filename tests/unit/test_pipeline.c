/* What a pipeline makes of an image before it is run: shapes, the map back to the source, metadata, refusals; and the
 * cut into units of work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/sweep/cut.h"
#include "raster/sweep/pipeline.h"
#include "raster/sweep/plan.h"
#include "tests/support/mixop.h"

static const struct rst_shape photo = {
    .type = RST_U8, .width = 101, .height = 57, .bands = 3, .alpha = -1, .opacity = -1};

static struct rst_pipeline *empty(void)
{
    struct rst_pipeline *pipeline = NULL;
    assert_int_equal(rst_pipeline_new(&pipeline, NULL), RST_OK);
    return pipeline;
}

static void test_list(void **state)
{
    struct rst_pipeline *pipeline = empty();
    (void)state;
    assert_int_equal(rst_pipeline_length(NULL), 0);
    for (int i = 0; i < 20; i++)
        mixop_append(pipeline, i % 2 ? &mix_class : &scramble_class, NULL, 0);
    assert_int_equal(rst_pipeline_length(pipeline), 20);
    assert_ptr_equal(rst_op_kind(rst_pipeline_op(pipeline, 0)), &scramble_class);
    assert_ptr_equal(rst_op_kind(rst_pipeline_op(pipeline, 19)), &mix_class);
    rst_pipeline_free(&pipeline);
    assert_null(pipeline);
    rst_pipeline_free(&pipeline);
}

static void test_shapes(void **state)
{
    struct rst_pipeline *pipeline = empty();
    struct rst_shape out;
    struct rst_affine map;
    (void)state;
    mixop_append(pipeline, &half_class, NULL, 0);
    mixop_append(pipeline, &scramble_class, NULL, 0);
    mixop_append(pipeline, &half_class, NULL, 0);
    assert_int_equal(rst_pipeline_plan(pipeline, &photo, NULL, &out, &map, NULL), RST_OK);
    assert_int_equal(out.width, 26);
    assert_int_equal(out.height, 15);
    assert_true(map.m[0] == 4 && map.m[4] == 4 && map.m[2] == 0);
    const struct rst_rect window = {5, 3, 20, 12};
    assert_int_equal(rst_pipeline_plan(pipeline, &photo, &window, &out, &map, NULL), RST_OK);
    assert_int_equal(out.width, 20);
    assert_int_equal(out.height, 12);
    assert_true(map.m[0] == 4 && map.m[2] == 20 && map.m[5] == 12);
    const struct rst_rect outside = {7, 3, 20, 12};
    struct rst_error err = {0};
    assert_int_equal(rst_pipeline_plan(pipeline, &photo, &outside, &out, &map, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "26 x 15"));
    rst_pipeline_free(&pipeline);
}

/* X = 1000 + 2 x, Y = 5000 - 2 y */
static struct rst_meta referenced(void)
{
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_RGB};
    const double scale[3] = {2, 2, 0}, tie[6] = {0, 0, 0, 1000, 5000, 0};
    meta.geo.pixel_scale = malloc(sizeof scale);
    meta.geo.tiepoints = malloc(sizeof tie);
    memcpy(meta.geo.pixel_scale, scale, sizeof scale);
    memcpy(meta.geo.tiepoints, tie, sizeof tie);
    meta.geo.pixel_scale_count = 3;
    meta.geo.tiepoint_numbers = 6;
    assert_int_equal(rst_meta_set(&meta, "STATISTICS_MEAN", 0, NULL, "3", NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "A", -1, NULL, "b", NULL), RST_OK);
    return meta;
}

static void test_meta(void **state)
{
    struct rst_pipeline *pipeline = empty();
    struct rst_meta meta = referenced(), out = {0};
    struct rst_affine model;
    const struct rst_rect window = {5, 3, 20, 12};
    (void)state;
    mixop_append(pipeline, &half_class, NULL, 0);
    assert_int_equal(rst_pipeline_meta(pipeline, &photo, &meta, &window, &out, NULL), RST_OK);
    assert_true(rst_geo_transform(&out.geo, &model));
    const double expected[6] = {4, 0, 1000 + 5 * 4, 0, -4, 5000 - 3 * 4};
    for (int i = 0; i < 6; i++)
        assert_true(model.m[i] == expected[i]);
    assert_null(rst_meta_get(&out, "STATISTICS_MEAN", 0, NULL));
    assert_string_equal(rst_meta_get(&out, "A", -1, NULL), "b");
    assert_int_equal(out.photometric, RST_PHOTOMETRIC_RGB);
    rst_meta_clear(&out);
    assert_int_equal(rst_pipeline_meta(NULL, &photo, &meta, NULL, &out, NULL), RST_OK);
    assert_string_equal(rst_meta_get(&out, "STATISTICS_MEAN", 0, NULL), "3");
    rst_meta_clear(&out);
    rst_meta_clear(&meta);
    rst_pipeline_free(&pipeline);
}

static void test_halo(void **state)
{
    static const char *const one[][2] = {{"left", "1"}, {"right", "2"}, {"up", "3"}, {"down", "4"}};
    struct rst_pipeline *pipeline = empty();
    (void)state;
    mixop_append(pipeline, &mix_class, one, 4);
    mixop_append(pipeline, &scramble_class, NULL, 0);
    mixop_append(pipeline, &mix_class, one, 4);
    struct rst_halo halo = rst_plan_halo(pipeline, 0, rst_pipeline_length(pipeline), &photo, RST_REPLICATE);
    assert_true(halo.left == 2 && halo.right == 4 && halo.up == 6 && halo.down == 8);
    halo = rst_plan_halo(pipeline, 0, rst_pipeline_length(pipeline), &photo, RST_REFLECT101);
    assert_true(halo.left == 4 && halo.right == 4 && halo.up == 8 && halo.down == 8);
    rst_pipeline_free(&pipeline);
}

/* The units of a cut cover every pixel of the target once in each group. */
static void check_cover(const struct rst_cut *cut, const struct rst_rect *target)
{
    unsigned char *seen = calloc((size_t)(target->width * target->height), (size_t)cut->groups);
    for (int64_t unit = 0; unit < cut->units; unit++) {
        int32_t group;
        struct rst_rect rect = rst_cut_unit(cut, unit, &group);
        assert_true(group >= 0 && group < cut->groups && rect.width > 0 && rect.height > 0);
        for (int64_t y = rect.y; y < rect.y + rect.height; y++)
            for (int64_t x = rect.x; x < rect.x + rect.width; x++) {
                assert_true(x >= target->x && x < target->x + target->width && y >= target->y &&
                            y < target->y + target->height);
                seen[((y - target->y) * target->width + x - target->x) * cut->groups + group]++;
            }
    }
    for (int64_t i = 0; i < target->width * target->height * cut->groups; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
}

static void test_cut(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct rst_cut_request request = {.target = {i % 3, i % 7, 1 + i * 37 % 701, 1 + i * 53 % 307},
                                          .pointwise = i % 2,
                                          .buffered = i % 5 == 0,
                                          .groups = 1 + i % 3,
                                          .threads = 1 + i % 4,
                                          .pixel = (size_t)(1 + i % 9 * 50),
                                          .tile_width = i % 11 == 0 ? 13 : 0,
                                          .tile_height = i % 13 == 0 ? 7 : 0,
                                          .block_width = i % 4 == 0 ? 64 : 0,
                                          .block_height = i % 4 == 0 ? 32 : 0};
        request.halo = (struct rst_halo){i % 6, i % 6, i % 40, i % 40};
        struct rst_cut cut = rst_cut_make(&request);
        check_cover(&cut, &request.target);
        if (request.tile_width) assert_true(cut.tile_width <= 13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list), cmocka_unit_test(test_shapes), cmocka_unit_test(test_meta),
        cmocka_unit_test(test_halo), cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
