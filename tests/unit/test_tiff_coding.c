/* Settings of compressed TIFFs: what is lost and how much, levels, classic or BigTIFF, and what is refused. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "tests/support/tiffcode.h"

/* ---- Lossy ---- */

static void paint_nan(const struct rst_view *to, int64_t x0, int64_t y0, int32_t band0)
{
    paint_slope(to, x0, y0, band0);
    for (int64_t y = 0; y < to->height; y++)
        for (int64_t x = (x0 + y0 + y) % 5; x < to->width; x += 5) {
            union rst_sample nothing = rst_sample_from_double((double)NAN, to->type);
            memcpy(rst_view_at(to, x, y, 0), &nothing, rst_type_size(to->type));
        }
}

/* Reads strips, which hold all bands, and returns the largest difference and the mean one. NaN differs from numbers. */
static double largest_error(const char *path, const struct rst_shape *shape, painter paint, double *mean)
{
    size_t size = rst_type_size(shape->type), row = (size_t)shape->width * (size_t)shape->bands;
    char *have = malloc(row * size), *want = malloc(row * size);
    struct rst_view view = rst_view_packed(want, shape->type, shape->width, 1, shape->bands);
    TIFF *tiff = open_tiff(path);
    double largest = 0, sum = 0;
    uint16_t scheme = 0;
    TIFFGetField(tiff, TIFFTAG_COMPRESSION, &scheme);
    if (scheme == COMPRESSION_JPEG) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    for (int64_t y = 0; y < shape->height; y++) {
        paint(&view, 0, y, 0);
        assert_int_equal(TIFFReadScanline(tiff, have, (uint32_t)y, 0), 1);
        for (size_t i = 0; i < row; i++) {
            union rst_sample a = {0}, b = {0};
            memcpy(&a, have + i * size, size);
            memcpy(&b, want + i * size, size);
            if (rst_sample_equal(a, b, shape->type)) continue;
            double off = fabs(rst_sample_to_double(a, shape->type) - rst_sample_to_double(b, shape->type));
            assert_false(isnan(off));
            largest = fmax(largest, off);
            sum += off;
        }
    }
    TIFFClose(tiff);
    free(have);
    free(want);
    if (mean) *mean = sum / (double)row / (double)shape->height;
    return largest;
}

static void lerc_stays_within_its_bound(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_LERC)) skip();
    static const enum rst_type types[] = {RST_U8, RST_I16, RST_U32, RST_F32, RST_F64};
    char *path = files_path("lerc.tif");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct rst_shape shape = shape_of(types[i], 150, 90, 3);
        struct rst_create_options options = {.compression = RST_COMPRESSION_LERC, .strip_rows = 16};
        make(path, &shape, NULL, &options, paint_slope, 1);
        int64_t exact = files_length(path);
        options.max_error = 2;
        make(path, &shape, NULL, &options, paint_slope, 1);
        double error = largest_error(path, &shape, paint_slope, NULL);
        assert_true(error > 0 && error <= 2);
        if (rst_type_size(types[i]) > 1) assert_true(files_length(path) < exact);
    }
    struct rst_shape shape = shape_of(RST_F32, 50, 30, 1);
    struct rst_create_options options = {.compression = RST_COMPRESSION_LERC, .max_error = 0.25};
    make(path, &shape, NULL, &options, paint_nan, 1);
    double error = largest_error(path, &shape, paint_nan, NULL);
    assert_true(error > 0 && error <= 0.25);
}

static void nan_among_bands_is_not_lost(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_LERC)) skip();
    struct rst_create_options options = {.compression = RST_COMPRESSION_LERC, .strip_rows = 8};
    for (int type = RST_F32; type <= RST_F64; type++) {
        struct rst_shape shape = shape_of((enum rst_type)type, 50, 30, 3);
        struct job job;
        start_job(&job, "nan.tif", &shape, NULL, &options, paint_nan);
        run_threads(&job, 1);
        assert_int_equal(job.status, RST_E_UNSUPPORTED);
        assert_non_null(strstr(job.err.message, "nan.tif: pixel 0,0: lerc would lose a NaN"));
        end_job(&job);
    }
    options.planar = true;
    struct rst_shape shape = shape_of(RST_F32, 50, 30, 3);
    make(files_path("planes.tif"), &shape, NULL, &options, paint_nan, 1);
    float strip[8][50];
    TIFF *tiff = open_tiff(files_path("planes.tif"));
    assert_int_equal(TIFFReadEncodedStrip(tiff, 4, strip, sizeof strip), sizeof strip); /* the first of plane 1 */
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 50; x++)
            assert_int_equal(isnan(strip[y][x]) != 0, x % 5 == y % 5);
    TIFFClose(tiff);
}

static void check_lossy(enum rst_compression compression, int32_t bands, int64_t tile, double bound)
{
    char *path = files_path("lossy.tif");
    struct rst_shape shape = shape_of(RST_U8, 200, 150, bands);
    struct rst_create_options options = {.compression = compression, .quality = 20, .strip_rows = 32};
    int64_t length = 0;
    double mean, before = INFINITY;
    for (; options.quality <= 90; options.quality += 70) {
        make(path, &shape, NULL, &options, paint_slope, 1);
        largest_error(path, &shape, paint_slope, &mean);
        assert_true(mean < before);
        assert_true(files_length(path) > length);
        length = files_length(path);
        before = mean;
    }
    assert_true(mean < bound);
    options =
        (struct rst_create_options){.compression = compression, .quality = 90, .tile_width = tile, .tile_height = tile};
    make(path, &shape, NULL, &options, paint_slope, 1);
    TIFF *tiff = open_tiff(path);
    uint32_t *pixels = malloc((size_t)200 * 150 * sizeof *pixels);
    assert_true(TIFFReadRGBAImageOriented(tiff, 200, 150, pixels, ORIENTATION_TOPLEFT, 0));
    double sum = 0;
    for (int64_t y = 0; y < 150; y++)
        for (int64_t x = 0; x < 200; x++)
            sum += fabs((double)TIFFGetR(pixels[y * 200 + x]) - (100 + slope(x, y, 0) / 2));
    assert_true(sum / 200 / 150 < 2 * bound);
    free(pixels);
    TIFFClose(tiff);
}

static void jpeg_is_near(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_JPEG)) skip();
    check_lossy(RST_COMPRESSION_JPEG, 1, 64, 1);
    check_lossy(RST_COMPRESSION_JPEG, 3, 64, 1.5);
}

static void webp_with_a_quality_is_near(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_WEBP)) skip();
    check_lossy(RST_COMPRESSION_WEBP, 3, 64, 3);
}

static void jpeg_of_colours_is_subsampled_ycbcr(void **state)
{
    (void)state;
    if (!is_there(RST_COMPRESSION_JPEG)) skip();
    struct rst_shape shape = shape_of(RST_U8, 100, 70, 3);
    struct rst_create_options options = {.compression = RST_COMPRESSION_JPEG, .strip_rows = 7};
    uint16_t photometric, across, down;
    uint32_t rows, count;
    float *range;
    void *tables;
    make(files_path("colours.tif"), &shape, NULL, &options, paint_slope, 2);
    TIFF *tiff = open_tiff(files_path("colours.tif"));
    assert_true(TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) && photometric == PHOTOMETRIC_YCBCR);
    assert_true(TIFFGetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, &across, &down) && across == 2 && down == 2);
    assert_true(TIFFGetField(tiff, TIFFTAG_REFERENCEBLACKWHITE, &range) && range[1] == 255 && range[2] == 128);
    assert_true(TIFFGetField(tiff, TIFFTAG_ROWSPERSTRIP, &rows) && rows == 16); /* 7 rounded up */
    assert_true(TIFFGetField(tiff, TIFFTAG_JPEGTABLES, &count, &tables) && count > 100);
    TIFFClose(tiff);
}

/* ---- Settings ---- */

static int64_t length_of(const struct rst_create_options *options)
{
    struct rst_shape shape = shape_of(RST_U8, 600, 300, 3);
    make(files_path("length.tif"), &shape, NULL, options, paint_slope, 1);
    return files_length(files_path("length.tif"));
}

static void levels_change_the_size(void **state)
{
    (void)state;
    static const struct {
        enum rst_compression compression;
        int fast, small;
    } cases[] = {{RST_COMPRESSION_DEFLATE, 1, 12}, {RST_COMPRESSION_ZSTD, 1, 19}, {RST_COMPRESSION_LZMA, 1, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!is_there(cases[i].compression)) continue;
        struct rst_create_options options = {.compression = cases[i].compression, .level = cases[i].fast};
        int64_t fast = length_of(&options);
        options.level = cases[i].small;
        assert_true(length_of(&options) < fast);
    }
    struct rst_create_options options = {.compression = RST_COMPRESSION_DEFLATE};
    int64_t predicted = length_of(&options);
    options.predictor = RST_PREDICTOR_NONE;
    assert_int_not_equal(length_of(&options), predicted);
}

/* ---- Classic and BigTIFF ---- */

static bool is_big_coded(int64_t side, enum rst_compression compression)
{
    static const struct rst_meta nothing;
    struct rst_create_options options = {.compression = compression, .tile_width = 512, .tile_height = 512};
    struct rst_shape shape = shape_of(RST_U8, side, side, 1);
    struct rst_tiff_sheet sheet;
    assert_int_equal(rst_tiff_lay_out("big.tif", &shape, &nothing, &options, &sheet, NULL), RST_OK);
    bool big = sheet.big;
    rst_tiff_sheet_clear(&sheet);
    return big;
}

static void big_where_compression_might_not_help(void **state)
{
    (void)state;
    assert_false(is_big_coded(60000, RST_COMPRESSION_DEFLATE));
    assert_true(is_big_coded(60000, RST_COMPRESSION_LZW)); /* noise grows */
    assert_true(is_big_coded(65536, RST_COMPRESSION_DEFLATE));
}

static void assert_big(enum rst_big_tiff asked, enum rst_compression compression, bool want)
{
    struct tiffs_form form = {.type = RST_U16, .width = 60, .height = 50, .bands = 1, .strip_rows = 10};
    struct rst_shape shape = shape_of(RST_U16, 60, 50, 1);
    struct rst_create_options options = {
        .compression = compression, .strip_rows = 10, .big_tiff = asked, .overwrite = true};
    struct rst_raster *raster = NULL;
    char *path = files_path("kind.tif");
    if (compression == RST_COMPRESSION_NONE) {
        assert_int_equal(rst_create(path, &shape, NULL, &options, &raster, NULL), RST_OK);
        tiffs_fill_raster(raster, seed);
        assert_int_equal(rst_commit(raster, NULL), RST_OK);
        rst_close(&raster);
    } else {
        make(path, &shape, NULL, &options, paint_noise, 1);
    }
    TIFF *tiff = open_tiff(path);
    assert_int_equal(TIFFIsBigTIFF(tiff) != 0, want);
    tiffs_assert_page(tiff, &form, seed);
    TIFFClose(tiff);
}

static void big_as_asked(void **state)
{
    (void)state;
    static const enum rst_compression both[] = {RST_COMPRESSION_NONE, RST_COMPRESSION_DEFLATE};
    for (int i = 0; i < 2; i++) {
        assert_big(RST_BIG_TIFF_AUTO, both[i], false);
        assert_big(RST_BIG_TIFF_NEVER, both[i], false);
        assert_big(RST_BIG_TIFF_ALWAYS, both[i], true);
    }
}

static void a_classic_tiff_does_not_outgrow_4_gib(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 32, 32, 1);
    struct rst_create_options options = {.compression = RST_COMPRESSION_DEFLATE, .tile_width = 16, .tile_height = 16};
    struct job job;
    struct rst_error err = {0};
    start_job(&job, "long.tif", &shape, NULL, &options, paint_noise);
    assert_int_equal(job.encoder.kind->append(job.encoder.state, (struct rst_cell){0, 0, 0}, "", UINT32_MAX, &err),
                     RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "BigTIFF"));
    end_job(&job);
}

/* ---- What is refused ---- */

static struct rst_meta no_meta;

static void refuse_with(const struct rst_shape *shape, const struct rst_meta *meta, struct rst_create_options options,
                        enum rst_status status, const char *words)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    int before = files_count();
    assert_int_equal(rst_create(files_path("refused.tif"), shape, meta, &options, &raster, &err), status);
    assert_null(raster);
    if (!strstr(err.message, words)) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    assert_int_equal(files_count(), before);
}

static void settings_that_do_not_apply_are_refused(void **state)
{
    (void)state;
    struct rst_shape bytes = shape_of(RST_U8, 100, 100, 3);
#define REFUSE(words, ...) refuse_with(&bytes, NULL, (struct rst_create_options){__VA_ARGS__}, RST_E_ARGUMENT, words)
    REFUSE("no levels", .level = 6);
    REFUSE("no levels", .compression = RST_COMPRESSION_PACKBITS, .level = 6);
    REFUSE("no levels", .compression = RST_COMPRESSION_LZW, .level = 1);
    REFUSE("from 1 to 12", .compression = RST_COMPRESSION_DEFLATE, .level = 13);
    REFUSE("from 1 to 12", .compression = RST_COMPRESSION_DEFLATE, .level = -1);
    if (is_there(RST_COMPRESSION_ZSTD)) REFUSE("from 1 to 22", .compression = RST_COMPRESSION_ZSTD, .level = 23);
    if (is_there(RST_COMPRESSION_LZMA)) REFUSE("from 1 to 9", .compression = RST_COMPRESSION_LZMA, .level = 10);
    REFUSE("quality 50: compression deflate has none", .compression = RST_COMPRESSION_DEFLATE, .quality = 50);
    REFUSE("compression none has none", .quality = 50);
    if (is_there(RST_COMPRESSION_JPEG)) REFUSE("from 1 to 100", .compression = RST_COMPRESSION_JPEG, .quality = 101);
    REFUSE("lerc has", .compression = RST_COMPRESSION_DEFLATE, .max_error = 0.5);
    if (is_there(RST_COMPRESSION_LERC)) {
        REFUSE("not below 0", .compression = RST_COMPRESSION_LERC, .max_error = -1);
        REFUSE("not below 0", .compression = RST_COMPRESSION_LERC, .max_error = (double)NAN);
    }
    REFUSE("no predictor", .compression = RST_COMPRESSION_PACKBITS, .predictor = RST_PREDICTOR_HORIZONTAL);
    REFUSE("no predictor", .predictor = RST_PREDICTOR_HORIZONTAL);
    REFUSE("does not go with u8", .compression = RST_COMPRESSION_LZW, .predictor = RST_PREDICTOR_FLOAT);
    REFUSE("no compression 77", .compression = (enum rst_compression)77);
    REFUSE("no predictor 9", .compression = RST_COMPRESSION_LZW, .predictor = (enum rst_predictor)9);
#undef REFUSE
    struct rst_shape floats = shape_of(RST_F32, 100, 100, 3);
    refuse_with(&floats, NULL,
                (struct rst_create_options){.compression = RST_COMPRESSION_LZW, .predictor = RST_PREDICTOR_HORIZONTAL},
                RST_E_ARGUMENT, "does not go with f32");
}

static void check_samples_refused(enum rst_compression compression, const struct rst_shape *shape, bool planar,
                                  const struct rst_meta *meta, const char *words)
{
    if (!is_there(compression)) return;
    refuse_with(shape, meta, (struct rst_create_options){.compression = compression, .planar = planar},
                RST_E_UNSUPPORTED, words);
}

static void samples_that_do_not_go_are_refused(void **state)
{
    (void)state;
    struct rst_shape two = shape_of(RST_U8, 50, 50, 2), three = shape_of(RST_U8, 50, 50, 3),
                     four = shape_of(RST_U8, 50, 50, 4), wide = shape_of(RST_U16, 50, 50, 3),
                     huge = shape_of(RST_I64, 50, 50, 1), one = shape_of(RST_U8, 50, 50, 1);
    uint16_t colors[768] = {0};
    struct rst_meta palette = {.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = colors, .color_map_count = 768};
    check_samples_refused(RST_COMPRESSION_JPEG, &two, false, NULL, "this is 2 of u8");
    check_samples_refused(RST_COMPRESSION_JPEG, &four, false, NULL, "this is 4 of u8");
    check_samples_refused(RST_COMPRESSION_JPEG, &wide, false, NULL, "this is 3 of u16");
    check_samples_refused(RST_COMPRESSION_JPEG, &three, true, NULL, "in planes");
    check_samples_refused(RST_COMPRESSION_JPEG, &one, false, &palette, "palette");
    check_samples_refused(RST_COMPRESSION_WEBP, &two, false, NULL, "3 or 4 bands");
    check_samples_refused(RST_COMPRESSION_WEBP, &wide, false, NULL, "3 or 4 bands");
    check_samples_refused(RST_COMPRESSION_LERC, &huge, false, NULL, "no i64");
    if (is_there(RST_COMPRESSION_LERC))
        refuse_with(&wide, &no_meta,
                    (struct rst_create_options){.compression = RST_COMPRESSION_LERC,
                                                .byte_order = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? RST_ORDER_LITTLE
                                                                                                     : RST_ORDER_BIG},
                    RST_E_UNSUPPORTED, "byte order");
}

static void blocks_and_files_too_big_are_refused(void **state)
{
    (void)state;
    struct rst_shape wide = shape_of(RST_U8, 70000, 20, 3), large = shape_of(RST_U8, 70000, 70000, 1);
    if (is_there(RST_COMPRESSION_JPEG))
        refuse_with(&wide, NULL, (struct rst_create_options){.compression = RST_COMPRESSION_JPEG}, RST_E_ARGUMENT,
                    "up to 65535 in jpeg");
    if (is_there(RST_COMPRESSION_WEBP))
        refuse_with(&wide, NULL, (struct rst_create_options){.compression = RST_COMPRESSION_WEBP}, RST_E_ARGUMENT,
                    "up to 16383 in webp");
    refuse_with(&large, NULL, (struct rst_create_options){.compression = RST_COMPRESSION_DEFLATE, .strip_rows = 70000},
                RST_E_ARGUMENT, "too big to compress");
    refuse_with(&large, NULL,
                (struct rst_create_options){.compression = RST_COMPRESSION_DEFLATE, .big_tiff = RST_BIG_TIFF_NEVER},
                RST_E_ARGUMENT, "without BigTIFF");
    refuse_with(&large, NULL, (struct rst_create_options){.big_tiff = RST_BIG_TIFF_NEVER}, RST_E_ARGUMENT,
                "without BigTIFF");
}

static void names_go_both_ways(void **state)
{
    (void)state;
    enum rst_compression compression = RST_COMPRESSION_COUNT;
    for (int i = RST_COMPRESSION_NONE; i < RST_COMPRESSION_COUNT; i++) {
        const char *name = rst_compression_name((enum rst_compression)i);
        assert_non_null(name);
        assert_true(rst_compression_parse(name, &compression));
        assert_int_equal(compression, i);
    }
    assert_null(rst_compression_name(RST_COMPRESSION_DEFAULT));
    assert_null(rst_compression_name(RST_COMPRESSION_COUNT));
    assert_false(rst_compression_parse("gif", &compression));
    assert_false(rst_compression_parse("", &compression));
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lerc_stays_within_its_bound),
        cmocka_unit_test(nan_among_bands_is_not_lost),
        cmocka_unit_test(jpeg_is_near),
        cmocka_unit_test(webp_with_a_quality_is_near),
        cmocka_unit_test(jpeg_of_colours_is_subsampled_ycbcr),
        cmocka_unit_test(levels_change_the_size),
        cmocka_unit_test(big_where_compression_might_not_help),
        cmocka_unit_test(big_as_asked),
        cmocka_unit_test(a_classic_tiff_does_not_outgrow_4_gib),
        cmocka_unit_test(settings_that_do_not_apply_are_refused),
        cmocka_unit_test(samples_that_do_not_go_are_refused),
        cmocka_unit_test(blocks_and_files_too_big_are_refused),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests_name("tiff_coding", tests, files_setup, files_teardown);
}
