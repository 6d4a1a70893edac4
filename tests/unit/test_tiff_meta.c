/* Metadata of TIFFs: every field there and back, what libtiff and GDAL's tags make of it, and what no longer fits. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codec.h"
#include "codecs/codecs.h"
#include "codecs/tiff/meta.h"
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

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(!a, !b);
    if (a) assert_string_equal(a, b);
}

static void assert_same_item(const struct rst_item *a, const struct rst_item *b)
{
    assert_same_text(a->key, b->key);
    assert_same_text(a->value, b->value);
    assert_same_text(a->domain, b->domain);
    assert_same_text(a->role, b->role);
    assert_int_equal(a->band, b->band);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    double scale[3] = {0.5, 0.25, 0}, ties[12] = {0, 0, 0, 1e6, 5e6, 0, 20, 10, 0, 1e6 + 10, 5e6 - 2.5, 0};
    double matrix[16] = {1, 0.5, 0, 7, -0.5, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1}, doubles[2] = {6378137, 298.257223563};
    double rpc[92];
    uint16_t keys[8] = {1, 1, 0, 1, 1024, 0, 1, 1}, extras[2] = {RST_EXTRA_UNSPECIFIED, RST_EXTRA_UNASSOCIATED_ALPHA};
    char ascii[] = "WGS 84 / UTM zone 17N|WGS 84|", description[] = "a field";
    char icc[300], xmp[] = "<x:xmpmeta/>";
    char *names[5] = {"red", NULL, "", "\"IR\" <5>", NULL};
    struct rst_item items[] = {{"Software", "a & b", NULL, NULL, -1},
                               {"STATISTICS_MAXIMUM", "9", NULL, NULL, 2},
                               {"SCALE", "0.5", NULL, "scale", 1},
                               {"<key>", "&amp; \"quoted\" &lt; 'x'\n  \xc3\xa9", "a & \"domain\"", NULL, -1},
                               {"Copyright", "us", NULL, NULL, -1},
                               {"Software", "twice", NULL, NULL, -1},
                               {"Make", "", NULL, NULL, -1},
                               {"Model", "of a band", NULL, NULL, 3}};
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
                            .description = description,
                            .items = items,
                            .item_count = sizeof items / sizeof *items,
                            .band_names = names,
                            .band_name_count = 5,
                            .xmp = xmp,
                            .xmp_size = sizeof xmp,
                            .chromaticities = {0.3125, 0.328125, 0.625, 0.34375, 0.28125, 0.59375, 0.15625, 0.0703125},
                            .geo = {scale, 3, ties, 12, matrix, 16, keys, 8, doubles, 2, ascii, rpc, 92, NULL}};
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
    assert_int_equal(got->xmp_size, sizeof xmp);
    assert_memory_equal(got->xmp, xmp, sizeof xmp);
    assert_memory_equal(got->chromaticities, meta.chromaticities, sizeof meta.chromaticities);
    assert_int_equal(got->band_name_count, 4);
    assert_string_equal(got->band_names[0], "red");
    assert_null(got->band_names[1]);
    assert_null(got->band_names[2]);
    assert_string_equal(got->band_names[3], names[3]);
    static const int order[] = {0, 4, 1, 2, 3, 5, 6, 7}; /* those with a tag come first */
    assert_int_equal(got->item_count, meta.item_count);
    for (size_t i = 0; i < got->item_count; i++)
        assert_same_item(&got->items[i], &items[order[i]]);
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
    assert_null(got->items);
    assert_null(got->band_names);
    assert_null(got->xmp);
    assert_null(got->exif);
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
    struct rst_item item = {"K", text, NULL, NULL, -1};
    struct rst_meta meta = {.items = &item, .item_count = 1};
    struct rst_shape shape = shape_of(RST_U8, 1);
    struct rst_raster *raster = round_trip(&shape, &meta);
    assert_string_equal(rst_meta_get(rst_raster_meta(raster), "K", -1, NULL), text);
    assert_true(rst_raster_layout(raster)->offsets[0] > SIZE);
    rst_close(&raster);
    free(text);
}

/* A page with an EXIF and a GPS directory, as libtiff writes them. */
static void write_exif(const char *path, const char *mode)
{
    static const struct tiffs_form form = {.type = RST_U8, .width = 4, .height = 4, .bands = 1, .strip_rows = 4};
    TIFF *tiff = TIFFOpen(path, mode);
    uint64_t exif_at, gps_at;
    assert_non_null(tiff);
    tiffs_write_page(tiff, &form, 0);
    assert_true(TIFFWriteDirectory(tiff));
    assert_int_equal(TIFFCreateEXIFDirectory(tiff), 0);
    assert_true(TIFFSetField(tiff, EXIFTAG_EXPOSURETIME, 0.125));
    assert_true(TIFFSetField(tiff, EXIFTAG_DATETIMEORIGINAL, "2020:01:02 03:04:05"));
    assert_true(TIFFSetField(tiff, EXIFTAG_FLASH, 9));
    assert_true(TIFFSetField(tiff, EXIFTAG_EXIFVERSION, "0230"));
    assert_true(TIFFSetField(tiff, EXIFTAG_USERCOMMENT, 9, "ASCII\0\0\0a"));
    assert_true(TIFFWriteCustomDirectory(tiff, &exif_at));
    TIFFFreeDirectory(tiff); /* which the next one would forget */
    assert_int_equal(TIFFCreateGPSDirectory(tiff), 0);
    assert_true(TIFFSetField(tiff, GPSTAG_LATITUDEREF, "N"));
    assert_true(TIFFWriteCustomDirectory(tiff, &gps_at));
    assert_true(TIFFSetDirectory(tiff, 0));
    assert_true(TIFFSetField(tiff, TIFFTAG_EXIFIFD, exif_at));
    assert_true(TIFFSetField(tiff, TIFFTAG_GPSIFD, gps_at));
    assert_true(TIFFRewriteDirectory(tiff));
    TIFFClose(tiff);
}

static void assert_exif(const char *path)
{
    TIFF *tiff = TIFFOpen(path, "r");
    uint64_t exif_at, gps_at;
    float exposure;
    uint16_t flash, count;
    const char *text;
    assert_non_null(tiff);
    assert_true(TIFFGetField(tiff, TIFFTAG_EXIFIFD, &exif_at));
    assert_true(TIFFGetField(tiff, TIFFTAG_GPSIFD, &gps_at));
    assert_true(TIFFReadEXIFDirectory(tiff, exif_at));
    assert_true(TIFFGetField(tiff, EXIFTAG_EXPOSURETIME, &exposure) && exposure == 0.125F);
    assert_true(TIFFGetField(tiff, EXIFTAG_FLASH, &flash) && flash == 9);
    assert_true(TIFFGetField(tiff, EXIFTAG_DATETIMEORIGINAL, &text));
    assert_string_equal(text, "2020:01:02 03:04:05");
    assert_true(TIFFGetField(tiff, EXIFTAG_USERCOMMENT, &count, &text) && count == 9);
    assert_memory_equal(text, "ASCII\0\0\0a", 9);
    assert_true(TIFFReadGPSDirectory(tiff, gps_at));
    assert_true(TIFFGetField(tiff, GPSTAG_LATITUDEREF, &text));
    assert_string_equal(text, "N");
    TIFFClose(tiff);
}

static void exif_goes_from_any_tiff_to_any(void **state)
{
    (void)state;
    static const char *const modes[] = {"wl", "wb", "w8l", "w8b"};
    struct rst_shape shape = shape_of(RST_U8, 1);
    for (int i = 0; i < 4; i++)
        for (int big = 0; big < 2; big++)
            for (int order = RST_ORDER_LITTLE; order <= RST_ORDER_BIG; order++) {
                struct rst_raster *in = NULL, *out = NULL;
                char *from = files_path("exif.tif"), *to = files_path("again.tif");
                const struct rst_create_options options = {.overwrite = true,
                                                           .byte_order = (enum rst_byte_order)order,
                                                           .big_tiff = big ? RST_BIG_TIFF_ALWAYS : RST_BIG_TIFF_NEVER};
                write_exif(from, modes[i]);
                assert_int_equal(rst_open(from, RST_READ, NULL, &in, NULL), RST_OK);
                const struct rst_meta *meta = rst_raster_meta(in);
                assert_true(rst_meta_fields(meta, 1) & RST_META_EXIF);
                assert_true(rst_tiff_keeps(&shape, meta) & RST_META_EXIF);
                assert_memory_equal(meta->exif, RST_BIG_ENDIAN ? "MM\0*" : "II*\0", 4);
                assert_int_equal(rst_create(to, &shape, meta, &options, &out, NULL), RST_OK);
                assert_int_equal(rst_commit(out, NULL), RST_OK);
                rst_close(&out);
                assert_exif(to);
                assert_int_equal(rst_open(to, RST_READ, NULL, &out, NULL), RST_OK);
                assert_int_equal(rst_raster_meta(out)->exif_size, meta->exif_size);
                assert_memory_equal(rst_raster_meta(out)->exif, meta->exif, meta->exif_size);
                rst_close(&out);
                rst_close(&in);
            }
}

/* A block with any byte broken is written as far as it can be read, or not at all. */
static void broken_exif_does_no_harm(void **state)
{
    (void)state;
    struct rst_raster *in = NULL;
    struct rst_shape shape = shape_of(RST_U8, 1);
    char *path = files_path("broken.tif");
    write_exif(path, "wl");
    assert_int_equal(rst_open(path, RST_READ, NULL, &in, NULL), RST_OK);
    const struct rst_meta *meta = rst_raster_meta(in);
    unsigned char *bytes = malloc(meta->exif_size);
    assert_non_null(bytes);
    for (size_t i = 0; i < meta->exif_size; i++) {
        struct rst_meta broken = {.exif = bytes, .exif_size = meta->exif_size};
        memcpy(bytes, meta->exif, meta->exif_size);
        bytes[i] ^= 0xff;
        rst_close(&(struct rst_raster *){round_trip(&shape, &broken)});
        broken.exif_size = i;
        bytes[i] ^= 0xff;
        /* Its first directory is at its end, and need not say that there is no other. */
        if (i + 4 < meta->exif_size) assert_false(rst_tiff_keeps(&shape, &broken) & RST_META_EXIF);
    }
    free(bytes);
    rst_close(&in);
}

/* An EXIF directory that is elsewhere than in the file, or is the page's own, does not keep a file from being opened.
 */
static void a_pointer_to_nowhere_is_no_exif(void **state)
{
    (void)state;
    static const uint64_t places[] = {1, 0xfffffff0, 8};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        static const struct tiffs_form form = {.type = RST_U8, .width = 4, .height = 4, .bands = 1, .strip_rows = 4};
        char *path = files_path("nowhere.tif");
        struct rst_raster *raster = NULL;
        TIFF *tiff = TIFFOpen(path, "w");
        assert_non_null(tiff);
        TIFFSetField(tiff, TIFFTAG_EXIFIFD, places[i]);
        tiffs_write_page(tiff, &form, 0);
        TIFFClose(tiff);
        assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
        rst_close(&raster);
    }
}

/* Text without a code of its own gives way to keys; a system that has none is told to be lost. */
static void a_system_told_by_text_gets_keys(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 1);
    char known[] = "PROJCS[\"x\",AUTHORITY[\"EPSG\",\"2154\"]]", own[] = "LOCAL_CS[\"mine\"]";
    struct rst_meta meta = {.geo = {.wkt = known}};
    assert_true(rst_tiff_keeps(&shape, &meta) & RST_META_CRS);
    struct rst_raster *raster = round_trip(&shape, &meta);
    assert_int_equal(rst_geo_epsg(&rst_raster_meta(raster)->geo), 2154);
    assert_int_equal(rst_raster_meta(raster)->geo.key_count, 16);
    rst_close(&raster);
    meta.geo.wkt = own;
    assert_false(rst_tiff_keeps(&shape, &meta) & RST_META_CRS);
    raster = round_trip(&shape, &meta);
    assert_false(rst_meta_fields(rst_raster_meta(raster), 1) & RST_META_CRS);
    rst_close(&raster);
}

static void what_a_tiff_keeps_depends(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 3);
    uint16_t map[768] = {0}, extras[1] = {2};
    const struct {
        struct rst_meta meta;
        unsigned lost;
    } cases[] = {
        {{.gamma = 0.45455}, RST_META_GAMMA},
        {{.srgb_intent = 1, .chromaticities = {0.3}}, RST_META_GAMMA},
        {{.chromaticities = {0.3, 0.3, 0.6, 0.3, 0.3, 0.6, 0.2, -0.1}}, RST_META_GAMMA},
        {{.chromaticities = {0.3, 0.3, 0.6, 0.3, 0.3, 0.6, 0.2, 0.1}}, 0},
        {{.significant_bits = {5}, .has_background = true}, RST_META_BITS | RST_META_BACKGROUND},
        {{.exif = "Exif", .exif_size = 4}, RST_META_EXIF},
        {{.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = map, .color_map_count = 768}, 0},
        {{.photometric = RST_PHOTOMETRIC_RGB, .color_map = map, .color_map_count = 768}, RST_META_COLOR_MAP},
        {{.photometric = 5}, RST_META_COLORS}, /* CMYK of three bands */
        {{.photometric = RST_PHOTOMETRIC_RGB, .extra_samples = extras, .extra_sample_count = 1}, RST_META_ALPHA},
        {{.orientation = 9}, RST_META_ORIENTATION},
        {{.resolution_x = 1e20}, RST_META_RESOLUTION},
        {{.has_nodata = true, .description = "d", .xmp = "x", .xmp_size = 1, .icc = "i", .icc_size = 1}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned fields = rst_meta_fields(&cases[i].meta, 3);
        assert_int_equal(fields & ~rst_tiff_keeps(&shape, &cases[i].meta), cases[i].lost);
        struct rst_raster *raster = round_trip(&shape, &cases[i].meta);
        assert_int_equal(fields & ~rst_meta_fields(rst_raster_meta(raster), 3) & ~cases[i].lost, 0);
        rst_close(&raster);
    }
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
        cmocka_unit_test(exif_goes_from_any_tiff_to_any),
        cmocka_unit_test(broken_exif_does_no_harm),
        cmocka_unit_test(a_pointer_to_nowhere_is_no_exif),
        cmocka_unit_test(a_system_told_by_text_gets_keys),
        cmocka_unit_test(what_a_tiff_keeps_depends),
    };
    return cmocka_run_group_tests_name("tiff_meta", tests, files_setup, files_teardown);
}
