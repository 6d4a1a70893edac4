/* Sidecars of raw files: the VRT's text, and headers that make a raw file one of ENVI or ESRI. */
#define _GNU_SOURCE 1
#include "tests/support/formats.h"

static uint64_t seed;

static void a_vrt_says_where_samples_lie(void **state)
{
    (void)state;
    static const char *const names[] = {"near & <infrared>", NULL};
    struct rst_meta meta = {
        .has_nodata = true, .nodata.i16 = -9999, .band_names = (char **)(uintptr_t)names, .band_name_count = 2};
    struct rst_raw raw = {.interleave = RST_BIL, .big_endian = true, .offset = 100};
    struct rst_shape shape = formats_shape(RST_I16, 5, 3, 2);
    struct rst_create_options options = {.raw = &raw, .sidecar = RST_SIDECAR_VRT};
    assert_int_equal(rst_geo_set_transform(&meta.geo, (struct rst_affine){{2, 0.25, 100, 0.5, -4, 200}}, NULL), RST_OK);
    assert_int_equal(rst_geo_set_epsg(&meta.geo, 3857, NULL), RST_OK);
    formats_create(files_path("a&b.raw"), &shape, &meta, &options, seed);
    formats_assert_text(
        files_path("a&b.vrt"),
        "<VRTDataset rasterXSize=\"5\" rasterYSize=\"3\">\n  <SRS>EPSG:3857</SRS>\n"
        "  <GeoTransform>100, 2, 0.25, 200, 0.5, -4</GeoTransform>\n"
        "  <VRTRasterBand dataType=\"Int16\" band=\"1\" subClass=\"VRTRawRasterBand\">\n"
        "    <Description>near &amp; &lt;infrared&gt;</Description>\n    <NoDataValue>-9999</NoDataValue>\n"
        "    <ColorInterp>Gray</ColorInterp>\n    <SourceFilename relativeToVRT=\"1\">a&amp;b.raw</SourceFilename>\n"
        "    <ImageOffset>100</ImageOffset>\n    <PixelOffset>2</PixelOffset>\n    <LineOffset>20</LineOffset>\n"
        "    <ByteOrder>MSB</ByteOrder>\n  </VRTRasterBand>\n"
        "  <VRTRasterBand dataType=\"Int16\" band=\"2\" subClass=\"VRTRawRasterBand\">\n"
        "    <NoDataValue>-9999</NoDataValue>\n    <SourceFilename relativeToVRT=\"1\">a&amp;b.raw</SourceFilename>\n"
        "    <ImageOffset>110</ImageOffset>\n    <PixelOffset>2</PixelOffset>\n    <LineOffset>20</LineOffset>\n"
        "    <ByteOrder>MSB</ByteOrder>\n  </VRTRasterBand>\n</VRTDataset>\n");
    meta.band_names = NULL;
    meta.band_name_count = 0;
    rst_meta_clear(&meta);
}

static void rows_upwards_have_a_vrt(void **state)
{
    (void)state;
    struct rst_shape shape = formats_shape(RST_F32, 5, 3, 1);
    struct rst_create_options options = {.sidecar = RST_SIDECAR_VRT, .byte_order = RST_ORDER_LITTLE};
    formats_create(files_path("up.pfm"), &shape, NULL, &options, seed);
    size_t length;
    char *text = (char *)files_read(files_path("up.vrt"), &length);
    assert_non_null(text);
    text[length] = '\0';
    assert_non_null(strstr(text, "<LineOffset>-20</LineOffset>"));
    assert_non_null(strstr(text, "<ByteOrder>LSB</ByteOrder>"));
    free(text);
}

static void what_a_sidecar_cannot_say_is_refused(void **state)
{
    (void)state;
    struct rst_shape shape = formats_shape(RST_F32, 40, 40, 3);
    struct rst_create_options options = {.sidecar = RST_SIDECAR_VRT, .tile_width = 16, .tile_height = 16};
    int before = files_count();
    formats_not_created(files_path("tiles.tif"), &shape, &options, "one block");
    options = (struct rst_create_options){.sidecar = RST_SIDECAR_ENVI};
    formats_not_created(files_path("up2.pfm"), &shape, &options, "ENVI header cannot say");
    options.sidecar = RST_SIDECAR_ESRI;
    formats_not_created(files_path("up2.pfm"), &shape, &options, "ESRI header cannot say");
    options = (struct rst_create_options){.sidecar = RST_SIDECAR_VRT, .format = "raw"};
    formats_not_created(files_path("odd.vrt"), &shape, &options, "name of the VRT");
    assert_int_equal(files_count(), before);
}

static void a_header_makes_a_raw_file_open(void **state)
{
    (void)state;
    static const struct {
        enum rst_sidecar sidecar;
        const char *format;
    } cases[] = {{RST_SIDECAR_ENVI, "ENVI"}, {RST_SIDECAR_ESRI, "ESRI"}};
    for (size_t i = 0; i < 2; i++)
        for (int interleave = RST_BIP; interleave <= RST_BSQ; interleave++)
            for (int big = 0; big < 2; big++) {
                struct rst_raw raw = {.interleave = (enum rst_interleave)interleave, .big_endian = big, .offset = 7};
                struct rst_shape shape = formats_shape(RST_U16, 13, 7, 3);
                struct rst_create_options options = {.raw = &raw, .overwrite = true, .sidecar = cases[i].sidecar};
                formats_create(files_path("side.raw"), &shape, NULL, &options, seed);
                struct rst_raster *raster = formats_open(files_path("side.raw"), RST_READ, cases[i].format);
                tiffs_assert_raster(raster, seed);
                rst_close(&raster);
            }
}

/* A header may be that of another raster, which could not be opened any more. */
static void anothers_header_is_not_replaced(void **state)
{
    (void)state;
    struct rst_shape shape = formats_shape(RST_U8, 5, 3, 1);
    struct rst_create_options options = {.format = "ENVI"};
    formats_create(files_path("mine.img"), &shape, NULL, &options, seed);
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    assert_int_equal(rst_create(files_path("mine.bil"), &shape, NULL, NULL, &raster, &err), RST_E_EXISTS);
    assert_non_null(strstr(err.message, "mine.hdr"));
    assert_int_equal(files_length(files_path("mine.bil")), -1);
    formats_create(files_path("mine.dat"), &shape, NULL, &options, seed); /* the same words are no loss */
    formats_create(files_path("mine.bil"), &shape, NULL, &(struct rst_create_options){.overwrite = true}, seed);
    raster = formats_open(files_path("mine.bil"), RST_READ, "ESRI");
    rst_close(&raster);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vrt_says_where_samples_lie),         cmocka_unit_test(rows_upwards_have_a_vrt),
        cmocka_unit_test(what_a_sidecar_cannot_say_is_refused), cmocka_unit_test(a_header_makes_a_raw_file_open),
        cmocka_unit_test(anothers_header_is_not_replaced),
    };
    return cmocka_run_group_tests_name("vrt", tests, files_setup, files_teardown);
}
