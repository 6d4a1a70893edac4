/* Metadata of TIFFs: every field there and back, what libtiff and GDAL's tags make of it, and what no longer fits. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "codecs/tiff_meta.h"
#include "tests/support/files.h"
#include "tests/support/tiffs.h"

static struct rst_shape shape_of(enum rst_type type, int32_t bands)
{
    return (struct rst_shape){.type = type, .width = 20, .height = 10, .bands = bands, .alpha = -1, .opacity = -1};
}

/* Writes an image with the metadata and opens it again. */
static struct rst_raster *round_trip(const struct rst_shape *shape, const struct rst_meta *meta)
{
    char *path = files_path("meta.tif");
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    struct rst_create_options options = {.overwrite = true};
    if (rst_create(path, shape, meta, &options, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    if (rst_commit(raster, &err) != RST_OK) fail_msg("%s", err.message);
    rst_close(&raster);
    if (rst_open(path, RST_READ, NULL, &raster, &err) != RST_OK) fail_msg("%s", err.message);
    return raster;
}

static void assert_same_geo(const struct rst_geo *a, const struct rst_geo *b)
{
    assert_int_equal(a->pixel_scale_count, b->pixel_scale_count);
    assert_memory_equal(a->pixel_scale, b->pixel_scale, a->pixel_scale_count * sizeof(double));
    assert_int_equal(a->tiepoint_numbers, b->tiepoint_numbers);
    assert_memory_equal(a->tiepoints, b->tiepoints, a->tiepoint_numbers * sizeof(double));
    assert_int_equal(a->matrix_count, b->matrix_count);
    assert_memory_equal(a->matrix, b->matrix, a->matrix_count * sizeof(double));
    assert_int_equal(a->key_count, b->key_count);
    assert_memory_equal(a->keys, b->keys, a->key_count * sizeof(uint16_t));
    assert_int_equal(a->key_double_count, b->key_double_count);
    assert_memory_equal(a->key_doubles, b->key_doubles, a->key_double_count * sizeof(double));
    assert_string_equal(a->key_ascii, b->key_ascii);
    assert_int_equal(a->rpc_count, b->rpc_count);
    assert_memory_equal(a->rpc, b->rpc, a->rpc_count * sizeof(double));
}

static void every_field_comes_back(void **state)
{
    (void)state;
    double scale[3] = {0.5, 0.25, 0}, ties[12] = {0, 0, 0, 1e6, 5e6, 0, 20, 10, 0, 1e6 + 10, 5e6 - 2.5, 0};
    double matrix[16] = {1, 0.5, 0, 7, -0.5, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1}, doubles[2] = {6378137, 298.257223563};
    double rpc[92];
    uint16_t keys[8] = {1, 1, 0, 1, 1024, 0, 1, 1}, extras[2] = {RST_EXTRA_UNSPECIFIED, RST_EXTRA_UNASSOCIATED_ALPHA};
    char ascii[] = "WGS 84 / UTM zone 17N|WGS 84|", description[] = "a field", xml[] = "<GDALMetadata></GDALMetadata>";
    char icc[300];
    for (int i = 0; i < 92; i++)
        rpc[i] = i / 3.0;
    for (size_t i = 0; i < sizeof icc; i++)
        icc[i] = (char)(i * 7);
    struct rst_meta meta = {.has_nodata = true,
                            .nodata = {.u16 = 65535},
                            .photometric = RST_PHOTOMETRIC_RGB,
                            .extra_samples = extras,
                            .extra_sample_count = 2,
                            .orientation = 6,
                            .resolution_x = 300,
                            .resolution_y = 72.5,
                            .resolution_unit = 3,
                            .icc = icc,
                            .icc_size = sizeof icc,
                            .gdal_metadata = xml,
                            .description = description,
                            .geo = {scale, 3, ties, 12, matrix, 16, keys, 8, doubles, 2, ascii, rpc, 92}};
    struct rst_shape shape = shape_of(RST_U16, 5);
    struct rst_raster *raster = round_trip(&shape, &meta);
    const struct rst_meta *got = rst_raster_meta(raster);
    assert_true(got->has_nodata && got->nodata.u16 == 65535);
    assert_int_equal(got->photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(got->extra_sample_count, 2);
    assert_memory_equal(got->extra_samples, extras, sizeof extras);
    assert_int_equal(got->orientation, 6);
    assert_true(got->resolution_x == 300 && got->resolution_y == 72.5);
    assert_int_equal(got->resolution_unit, 3);
    assert_int_equal(got->icc_size, sizeof icc);
    assert_memory_equal(got->icc, icc, sizeof icc);
    assert_string_equal(got->gdal_metadata, xml);
    assert_string_equal(got->description, description);
    assert_same_geo(&got->geo, &meta.geo);
    struct rst_shape seen = rst_raster_shape(raster);
    assert_int_equal(seen.alpha, 4);
    rst_close(&raster);
}

static void nothing_known_stays_nothing(void **state)
{
    (void)state;
    struct rst_meta meta = {0};
    struct rst_shape shape = shape_of(RST_F32, 1);
    struct rst_raster *raster = round_trip(&shape, &meta);
    const struct rst_meta *got = rst_raster_meta(raster);
    assert_int_equal(got->photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
    assert_false(got->has_nodata);
    assert_null(got->extra_samples);
    assert_null(got->color_map);
    assert_null(got->icc);
    assert_null(got->description);
    assert_null(got->gdal_metadata);
    assert_null(got->geo.keys);
    assert_null(got->geo.tiepoints);
    assert_int_equal(got->resolution_unit + got->orientation, 0);
    assert_true(got->resolution_x == 0);
    rst_close(&raster);
}

static void nodata_of_every_type_comes_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "255",
                                        "-128",
                                        "-9999",
                                        "65535",
                                        "-32768",
                                        "4294967295",
                                        "18446744073709551615",
                                        "-9223372036854775808",
                                        "9007199254740993",
                                        "nan",
                                        "inf",
                                        "-3.4028234663852886e+38",
                                        "0.1"};
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            struct rst_shape shape = shape_of((enum rst_type)type, 1);
            if (!rst_sample_parse(texts[i], shape.type, &shape.nodata)) continue;
            shape.has_nodata = true;
            struct rst_raster *raster = round_trip(&shape, NULL);
            struct rst_shape got = rst_raster_shape(raster);
            assert_true(got.has_nodata && rst_sample_equal(got.nodata, shape.nodata, shape.type));
            rst_close(&raster);
        }
}

/* A file with one tag of GDAL's or GeoTIFF's as libtiff alone writes it. */
static struct rst_raster *open_with_text(uint32_t tag, const char *text, enum rst_type type)
{
    char *path = files_path("tag.tif"), name[] = "Tag";
    const TIFFFieldInfo info = {tag, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, name};
    struct tiffs_form form = {.type = type, .width = 5, .height = 5, .bands = 1, .strip_rows = 5};
    struct rst_raster *raster = NULL;
    TIFF *tiff = TIFFOpen(path, "wb");
    TIFFMergeFieldInfo(tiff, &info, 1);
    TIFFSetField(tiff, tag, text);
    tiffs_write_page(tiff, &form, 1);
    TIFFClose(tiff);
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    return raster;
}

static void nodata_is_read_as_gdal_writes_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rst_type type;
        bool known;
        double value;
    } cases[] = {{"0", RST_U8, true, 0},       {" 7 ", RST_U8, true, 7},       {"-9999", RST_U8, false, 0},
                 {"255.0", RST_U8, true, 255}, {"1.5", RST_I16, false, 0},     {"-9999\n", RST_F32, true, -9999},
                 {"none", RST_F64, false, 0},  {"1e+20", RST_F64, true, 1e20}, {"256", RST_U8, false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rst_raster *raster = open_with_text(42113, cases[i].text, cases[i].type);
        struct rst_shape shape = rst_raster_shape(raster);
        assert_int_equal(shape.has_nodata, cases[i].known);
        if (cases[i].known) assert_true(rst_sample_to_double(shape.nodata, shape.type) == cases[i].value);
        rst_close(&raster);
    }
    struct rst_raster *raster = open_with_text(34737, "WGS 84|", RST_U8);
    assert_string_equal(rst_raster_meta(raster)->geo.key_ascii, "WGS 84|");
    rst_close(&raster);
}

static void palettes_stay_with_their_type(void **state)
{
    (void)state;
    uint16_t map[768];
    for (int i = 0; i < 768; i++)
        map[i] = (uint16_t)(i * 85);
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = map, .color_map_count = 768};
    struct rst_shape shape = shape_of(RST_U8, 1);
    struct rst_raster *raster = round_trip(&shape, &meta);
    assert_true(rst_raster_shape(raster).palette);
    assert_int_equal(rst_raster_meta(raster)->color_map_count, 768);
    assert_memory_equal(rst_raster_meta(raster)->color_map, map, sizeof map);
    rst_close(&raster);
    static const enum rst_type others[] = {RST_I8, RST_U16, RST_F32};
    for (size_t i = 0; i < 3; i++) {
        shape.type = others[i];
        raster = round_trip(&shape, &meta);
        assert_false(rst_raster_shape(raster).palette);
        assert_null(rst_raster_meta(raster)->color_map);
        assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_BLACK_IS_ZERO);
        rst_close(&raster);
    }
}

static void photometric_follows_the_bands(void **state)
{
    (void)state;
    static const struct {
        int told;
        enum rst_type type;
        int32_t bands;
        int written;
        size_t extras;
    } cases[] = {{RST_PHOTOMETRIC_UNKNOWN, RST_U8, 1, RST_PHOTOMETRIC_BLACK_IS_ZERO, 0},
                 {RST_PHOTOMETRIC_UNKNOWN, RST_U8, 2, RST_PHOTOMETRIC_BLACK_IS_ZERO, 1},
                 {RST_PHOTOMETRIC_UNKNOWN, RST_U8, 3, RST_PHOTOMETRIC_RGB, 0},
                 {RST_PHOTOMETRIC_UNKNOWN, RST_U16, 4, RST_PHOTOMETRIC_RGB, 1},
                 {RST_PHOTOMETRIC_UNKNOWN, RST_F32, 3, RST_PHOTOMETRIC_BLACK_IS_ZERO, 2},
                 {RST_PHOTOMETRIC_UNKNOWN, RST_F32, 65535, RST_PHOTOMETRIC_BLACK_IS_ZERO, 65534},
                 {RST_PHOTOMETRIC_WHITE_IS_ZERO, RST_U8, 1, RST_PHOTOMETRIC_WHITE_IS_ZERO, 0},
                 {RST_PHOTOMETRIC_RGB, RST_F32, 3, RST_PHOTOMETRIC_RGB, 0},
                 {RST_PHOTOMETRIC_RGB, RST_U8, 2, RST_PHOTOMETRIC_BLACK_IS_ZERO, 1},
                 {PHOTOMETRIC_SEPARATED, RST_U8, 4, PHOTOMETRIC_SEPARATED, 0},
                 {PHOTOMETRIC_SEPARATED, RST_U8, 3, RST_PHOTOMETRIC_RGB, 0},
                 {PHOTOMETRIC_YCBCR, RST_U8, 3, PHOTOMETRIC_YCBCR, 0},
                 {PHOTOMETRIC_CIELAB, RST_U8, 3, PHOTOMETRIC_CIELAB, 0},
                 {RST_PHOTOMETRIC_PALETTE, RST_U8, 1, RST_PHOTOMETRIC_BLACK_IS_ZERO, 0},
                 {70000, RST_U8, 1, RST_PHOTOMETRIC_BLACK_IS_ZERO, 0},
                 {-7, RST_U8, 3, RST_PHOTOMETRIC_RGB, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rst_meta meta = {.photometric = cases[i].told};
        struct rst_shape shape = shape_of(cases[i].type, cases[i].bands);
        struct rst_raster *raster = round_trip(&shape, &meta);
        assert_int_equal(rst_raster_meta(raster)->photometric, cases[i].written);
        assert_int_equal(rst_raster_meta(raster)->extra_sample_count, cases[i].extras);
        rst_close(&raster);
    }
}

/* libtiff says the same of it: TIFF's own code for white-is-zero is 0. */
static void libtiff_sees_the_codes(void **state)
{
    (void)state;
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_WHITE_IS_ZERO};
    struct rst_shape shape = shape_of(RST_U8, 1);
    struct rst_raster *raster = round_trip(&shape, &meta);
    rst_close(&raster);
    uint16_t photometric = 9, format = 0, bits = 0;
    TIFF *tiff = TIFFOpen(files_path("meta.tif"), "r");
    assert_true(TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric));
    assert_int_equal(photometric, PHOTOMETRIC_MINISWHITE);
    assert_true(TIFFGetField(tiff, TIFFTAG_SAMPLEFORMAT, &format));
    assert_int_equal(format, SAMPLEFORMAT_UINT);
    assert_true(TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits));
    assert_int_equal(bits, 8);
    TIFFClose(tiff);
}

static void extra_samples_stay_at_the_end(void **state)
{
    (void)state;
    uint16_t alpha[] = {RST_EXTRA_UNASSOCIATED_ALPHA}, many[] = {0, 0, 0, 0, RST_EXTRA_ASSOCIATED_ALPHA}, odd[] = {999};
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_RGB, .extra_samples = alpha, .extra_sample_count = 1};
    struct rst_shape shape = shape_of(RST_U8, 6);
    struct rst_raster *raster = round_trip(&shape, &meta);
    assert_int_equal(rst_raster_shape(raster).alpha, 5);
    rst_close(&raster);
    meta.extra_samples = many;
    meta.extra_sample_count = 5;
    shape.bands = 4;
    raster = round_trip(&shape, &meta);
    assert_int_equal(rst_raster_meta(raster)->extra_sample_count, 1);
    assert_int_equal(rst_raster_shape(raster).opacity, 3);
    assert_int_equal(rst_raster_shape(raster).alpha, -1);
    rst_close(&raster);
    meta.extra_samples = odd;
    meta.extra_sample_count = 1;
    raster = round_trip(&shape, &meta);
    assert_int_equal(rst_raster_meta(raster)->extra_samples[0], RST_EXTRA_UNSPECIFIED);
    rst_close(&raster);
}

static void the_shape_tells_alpha_where_nothing_else_does(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 4);
    shape.alpha = shape.opacity = 3;
    struct rst_raster *raster = round_trip(&shape, NULL);
    assert_int_equal(rst_raster_shape(raster).alpha, 3);
    rst_close(&raster);
    shape.alpha = -1;
    raster = round_trip(&shape, NULL);
    assert_int_equal(rst_raster_shape(raster).alpha, -1);
    assert_int_equal(rst_raster_shape(raster).opacity, 3);
    rst_close(&raster);
    shape = (struct rst_shape){.type = RST_U8, .width = 3, .height = 3, .bands = 4};
    raster = round_trip(&shape, NULL);
    assert_int_equal(rst_raster_shape(raster).opacity, -1);
    rst_close(&raster);
}

/* What is written is what the new raster itself tells before it is committed. */
static void a_new_raster_tells_what_is_written(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 4);
    struct rst_raster *raster = NULL;
    assert_int_equal(rst_create(files_path("new.tif"), &shape, NULL, NULL, &raster, NULL), RST_OK);
    assert_int_equal(rst_raster_meta(raster)->photometric, RST_PHOTOMETRIC_RGB);
    assert_int_equal(rst_raster_meta(raster)->extra_sample_count, 1);
    rst_close(&raster);
}

static void large_metadata_move_the_pixels_back(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    memset(text, 'x', SIZE - 1);
    text[SIZE - 1] = '\0';
    struct rst_meta meta = {.gdal_metadata = text};
    struct rst_shape shape = shape_of(RST_U8, 1);
    struct rst_raster *raster = round_trip(&shape, &meta);
    assert_string_equal(rst_raster_meta(raster)->gdal_metadata, text);
    assert_true(rst_raster_layout(raster)->offsets[0] > SIZE);
    rst_close(&raster);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(nothing_known_stays_nothing),
        cmocka_unit_test(nodata_of_every_type_comes_back),
        cmocka_unit_test(nodata_is_read_as_gdal_writes_it),
        cmocka_unit_test(palettes_stay_with_their_type),
        cmocka_unit_test(photometric_follows_the_bands),
        cmocka_unit_test(libtiff_sees_the_codes),
        cmocka_unit_test(extra_samples_stay_at_the_end),
        cmocka_unit_test(the_shape_tells_alpha_where_nothing_else_does),
        cmocka_unit_test(a_new_raster_tells_what_is_written),
        cmocka_unit_test(large_metadata_move_the_pixels_back),
    };
    return cmocka_run_group_tests_name("tiff_meta", tests, files_setup, files_teardown);
}
