/* PFM: rows from the bottom up are a negative stride, everywhere that pixels are read, written and run over. */
#define _GNU_SOURCE 1
#include <math.h>

#include "tests/support/formats.h"

static uint64_t seed;

static char *write_picture(const char *name, const char *header, int64_t width, int64_t height, int32_t bands, bool big)
{
    struct formats_form form = formats_form(RST_F32, width, height, bands, RST_BIP, big, strlen(header));
    form.from += (height - 1) * form.row;
    form.row = -form.row;
    return formats_write(name, header, strlen(header), &form, seed);
}

static void both_orders_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t bands;
        bool big;
        const char *scale;
    } cases[] = {{"Pf\n13 7\n-1.0\n", 1, false, NULL},         {"PF\n13 7\n-1.0\n", 3, false, NULL},
                 {"PF\n13 7\n1.0\n", 3, true, NULL},           {"Pf\n13\n7\n1\n", 1, true, NULL},
                 {"PF 13 7 -0.5 ", 3, false, "0.5"},           {"PF\n13 7\n2.5e3\n", 3, true, "2500"},
                 {"Pf\r\n13 7\r\n-1.000000\n", 1, false, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_raster *raster =
            formats_open(write_picture("in.pfm", cases[i].text, 13, 7, cases[i].bands, cases[i].big), RST_READ, "PFM");
        assert_true(rst_raster_layout(raster)->row_stride == -13 * 4 * cases[i].bands);
        assert_int_equal(rst_raster_layout(raster)->swapped, cases[i].big != formats_machine_is_big);
        const char *scale = rst_meta_get(rst_raster_meta(raster), "scale", -1, "PFM");
        assert_int_equal(scale != NULL, cases[i].scale != NULL);
        if (scale) assert_string_equal(scale, cases[i].scale);
        tiffs_assert_raster(raster, seed);
        rst_close(&raster);
    }
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rst_status status;
        const char *words;
    } cases[] = {{"PF\n13", RST_E_FORMAT, "width"},
                 {"PF\n13 0\n-1\n", RST_E_FORMAT, "height"},
                 {"PF\n13 7\n0\n", RST_E_FORMAT, "scale"},
                 {"PF\n13 7\nnan\n", RST_E_FORMAT, "scale"},
                 {"PF\n13 7\n-1.0", RST_E_FORMAT, "scale"},
                 {"PF\n13 7\n-1.0\n", RST_E_TRUNCATED, "13x7x3 samples of 4 bytes from byte 13 on"},
                 {"PF\n1099511627776 1099511627776\n-1\n", RST_E_TRUNCATED, "more than"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        formats_refused(formats_text("bad.pfm", cases[i].text), cases[i].status, cases[i].words);
}

/* Windows inside the image and reaching out of it, against the sample-by-sample reference. */
static void windows_are_read_upwards(void **state)
{
    (void)state;
    static const enum rst_border_rule rules[] = {RST_REPLICATE, RST_REFLECT, RST_REFLECT101, RST_WRAP};
    char *up = write_picture("up.pfm", "PF\n23 19\n-1.0\n", 23, 19, 3, false);
    struct rst_shape shape = formats_shape(RST_F32, 23, 19, 3);
    formats_create(files_path("down.tif"), &shape, NULL, NULL, seed);
    struct rst_raster *a = formats_open(up, RST_READ, "PFM"),
                      *b = formats_open(files_path("down.tif"), RST_READ, "TIFF");
    uint64_t random = seed;
    for (int round = 0; round < 400; round++) {
        float have[40 * 40 * 3], want[40 * 40 * 3];
        int64_t width = 1 + (int64_t)(layout_random(&random) % 40), height = 1 + (int64_t)(layout_random(&random) % 40);
        int64_t x = (int64_t)(layout_random(&random) % 60) - 30, y = (int64_t)(layout_random(&random) % 60) - 30;
        struct rst_border border = {.rule = rules[round % 4]};
        struct rst_view to_a = rst_view_packed(have, RST_F32, width, height, 3);
        struct rst_view to_b = rst_view_packed(want, RST_F32, width, height, 3);
        assert_int_equal(rst_raster_read(a, x, y, &border, &to_a, NULL), RST_OK);
        assert_int_equal(rst_raster_read(b, x, y, &border, &to_b, NULL), RST_OK);
        assert_memory_equal(have, want, (size_t)(width * height) * 12);
    }
    struct rst_view view;
    assert_int_equal(rst_raster_view(a, &view, NULL), RST_OK);
    assert_int_equal(rst_view_crop(&view, (struct rst_rect){5, 6, 7, 8}, NULL), RST_OK);
    assert_memory_equal(rst_view_at(&view, 2, 3, 1), layout_noise(seed, RST_F32, 7, 9, 1).bytes, 4);
    rst_close(&a);
    rst_close(&b);
}

static void only_the_window_is_written(void **state)
{
    (void)state;
    char *path = write_picture("write.pfm", "Pf\n5 4\n-1.0\n", 5, 4, 1, false);
    struct rst_raster *raster = formats_open(path, RST_SHARED, "PFM");
    float values[] = {1, 2, 3, 4};
    struct rst_view from = rst_view_packed(values, RST_F32, 2, 2, 1);
    assert_int_equal(rst_raster_write(raster, 3, 0, 0, &from, NULL), RST_OK);
    assert_int_equal(rst_commit(raster, NULL), RST_OK);
    rst_close(&raster);
    size_t length;
    unsigned char *bytes = files_read(path, &length);
    assert_non_null(bytes);
    const size_t head = strlen("Pf\n5 4\n-1.0\n");
    assert_int_equal(length, head + 80);
    assert_memory_equal(bytes + head + 3 * 20 + 12, values, 8); /* the top row is the last */
    assert_memory_equal(bytes + head + 2 * 20 + 12, values + 2, 8);
    assert_memory_equal(bytes + head, layout_noise(seed, RST_F32, 0, 3, 0).bytes, 4);
    free(bytes);
}

static void in_place_is_as_on_a_tiff(void **state)
{
    (void)state;
    static const char *const pipelines[] = {"invert", "gaussblur --sigma 1.5", "box --radius 4", "sobel",
                                            "gaussblur --sigma 3 ! invert"};
    for (int order = RST_ORDER_LITTLE; order <= RST_ORDER_BIG; order++)
        for (int32_t bands = 1; bands <= 3; bands += 2)
            for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
                struct rst_shape shape = formats_shape(RST_F32, 301, 157, bands);
                struct rst_create_options options = {.overwrite = true, .byte_order = (enum rst_byte_order)order};
                char *pfm = files_path("place.pfm"), *tiff = files_path("place.tif");
                formats_create(pfm, &shape, NULL, &options, seed);
                formats_create(tiff, &shape, NULL, &(struct rst_create_options){.overwrite = true}, seed);
                formats_run(pfm, pipelines[i]);
                formats_run(tiff, pipelines[i]);
                formats_assert_same_samples(pfm, tiff);
            }
}

/* What is no in-place operation, from a file of rows upwards into one, and into a TIFF. */
static void new_files_are_as_from_a_tiff(void **state)
{
    (void)state;
    static const char *const pipelines[] = {"flip --axis h", "flip --axis v", "gaussblur --sigma 2 ! flip --axis v",
                                            "shrink --factor 2"};
    static const char *const ends[] = {"to.pfm", "to.tif"};
    struct rst_shape shape = formats_shape(RST_F32, 301, 157, 3);
    struct rst_create_options options = {.overwrite = true};
    formats_create(files_path("from.pfm"), &shape, NULL, &options, seed);
    formats_create(files_path("from.tif"), &shape, NULL, &options, seed);
    for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++)
        for (int to = 0; to < 2; to++) {
            formats_run_to(files_path("from.tif"), pipelines[i], files_path("want.tif"));
            formats_run_to(files_path("from.pfm"), pipelines[i], files_path(ends[to]));
            formats_assert_same_samples(files_path(ends[to]), files_path("want.tif"));
        }
}

static void files_are_as_others_have_them(void **state)
{
    (void)state;
    struct rst_shape shape = formats_shape(RST_F32, 13, 7, 3);
    struct rst_create_options options = {.overwrite = true, .byte_order = RST_ORDER_LITTLE};
    struct rst_item scale = {.key = (char *)"scale", .value = (char *)"2.5", .domain = (char *)"PFM", .band = -1};
    struct rst_meta meta = {.items = &scale, .item_count = 1};
    char *path = files_path("out.pfm");
    formats_create(path, &shape, NULL, &options, seed);
    formats_assert_same(path, write_picture("want.pfm", "PF\n13 7\n-1.0000\n", 13, 7, 3, false));
    options.byte_order = RST_ORDER_BIG;
    formats_create(path, &shape, &meta, &options, seed);
    formats_assert_same(path, write_picture("want.pfm", "PF\n13 7\n2.5\n", 13, 7, 3, true));
    shape = formats_shape(RST_F32, 1, 1, 1);
    formats_create(path, &shape, NULL, &options, seed);
    formats_assert_same(path, write_picture("want.pfm", "Pf\n1 1\n1.00\n", 1, 1, 1, true));
    struct rst_raster *raster = formats_open(path, RST_READ, "PFM");
    tiffs_assert_raster(raster, seed);
    rst_close(&raster);

    shape = formats_shape(RST_U8, 5, 5, 1);
    formats_not_created(files_path("no.pfm"), &shape, NULL, "PGM");
    shape = formats_shape(RST_F64, 5, 5, 1);
    formats_not_created(files_path("no.pfm"), &shape, NULL, "not f64; NPY");
    shape = formats_shape(RST_F32, 5, 5, 2);
    formats_not_created(files_path("no.pfm"), &shape, NULL, "2 bands");
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders_are_read),          cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(windows_are_read_upwards),      cmocka_unit_test(only_the_window_is_written),
        cmocka_unit_test(in_place_is_as_on_a_tiff),      cmocka_unit_test(new_files_are_as_from_a_tiff),
        cmocka_unit_test(files_are_as_others_have_them),
    };
    return cmocka_run_group_tests_name("pfm", tests, files_setup, files_teardown);
}
