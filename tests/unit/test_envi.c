/* ENVI: every type, interleave and byte order in and out; fields as metadata and back; map info; broken headers. */
#define _GNU_SOURCE 1
#include "tests/support/formats.h"

static uint64_t seed;

static const int codes[RST_TYPE_COUNT] = {[RST_U8] = 1,   [RST_I16] = 2,  [RST_I32] = 3,  [RST_F32] = 4, [RST_F64] = 5,
                                          [RST_U16] = 12, [RST_U32] = 13, [RST_I64] = 14, [RST_U64] = 15};
static const char *const interleaves[] = {[RST_BIP] = "bip", [RST_BIL] = "BIL", [RST_BSQ] = "Bsq"};

/* A pair in.img and in.hdr of 5 x 3 u8, with more fields. */
static char *write_pair(const char *fields)
{
    char text[4096];
    struct formats_form form = formats_form(RST_U8, 5, 3, 2, RST_BSQ, false, 0);
    snprintf(text, sizeof text, "ENVI\nsamples = 5\nlines = 3\nbands = 2\ndata type = 1\ninterleave = bsq\n%s", fields);
    formats_text("in.hdr", text);
    return formats_write("in.img", NULL, 0, &form, seed);
}

static void check_form(enum rst_type type, enum rst_interleave interleave, bool big, size_t from)
{
    char text[512];
    struct formats_form form = formats_form(type, 13, 7, 3, interleave, big, from);
    snprintf(text, sizeof text,
             "ENVI\ndescription = {\n  made by a test}\nsamples = 13\nlines   = 7\nbands = 3\nheader offset = %zu\n"
             "file type = ENVI Standard\ndata type = %d\ninterleave = %s\nbyte order = %d\n",
             from, codes[type], interleaves[interleave], big);
    formats_text("form.hdr", text);
    char *path = formats_write("form.img", NULL, 0, &form, seed);
    struct rst_raster *raster = formats_open(path, RST_READ, "ENVI");
    tiffs_assert_raster(raster, seed);
    assert_string_equal(rst_raster_meta(raster)->description, "made by a test");

    struct rst_shape shape = rst_raster_shape(raster);
    struct rst_create_options options = {.overwrite = true,
                                         .format = "ENVI",
                                         .planar = interleave == RST_BSQ,
                                         .byte_order = big ? RST_ORDER_BIG : RST_ORDER_LITTLE};
    if (interleave != RST_BIL && from == 0) {
        formats_create(files_path("copy.img"), &shape, NULL, &options, seed);
        formats_assert_same(path, files_path("copy.img"));
        struct rst_raster *copy = formats_open(files_path("copy.img"), RST_READ, "ENVI");
        tiffs_assert_raster(copy, seed);
        rst_close(&copy);
    }
    if (from == 0) { /* a copy takes over interleave and byte order */
        struct rst_raster *like = NULL;
        struct rst_create_options plain = {.overwrite = true};
        assert_int_equal(rst_create_like(files_path("like.envi"), raster, NULL, &plain, &like, NULL), RST_OK);
        tiffs_fill_raster(like, seed);
        assert_int_equal(rst_commit(like, NULL), RST_OK);
        rst_close(&like);
        formats_assert_same(path, files_path("like.envi"));
    }
    rst_close(&raster);

    size_t length; /* in place, through the header's name: only samples change, and back again */
    unsigned char *before = files_read(path, &length), *after;
    formats_run(files_path("form.hdr"), "invert");
    after = files_read(path, &length);
    assert_memory_not_equal(before + from, after + from, length - from);
    free(after);
    formats_run(path, "invert");
    after = files_read(path, &length);
    assert_memory_equal(before, after, length);
    free(after);
    free(before);
}

static void every_form_is_read_and_written(void **state)
{
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int interleave = RST_BIP; interleave <= RST_BSQ; interleave++)
            for (int big = 0; big < 2; big++) {
                if (codes[type] == 0) continue;
                check_form((enum rst_type)type, (enum rst_interleave)interleave, big, 0);
                check_form((enum rst_type)type, (enum rst_interleave)interleave, big, 101);
            }
}

static void either_file_and_name_will_do(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"p1.img", "p1.hdr"}, {"p2.img", "p2.img.hdr"}, {"p3", "p3.hdr"}, {"p4.DAT", "p4.HDR"}, {"p5.bil", "p5.hdr"}};
    struct formats_form form = formats_form(RST_U8, 5, 3, 1, RST_BSQ, false, 0);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        formats_write(pairs[i][0], NULL, 0, &form, seed);
        formats_text(pairs[i][1], "ENVI\r\nsamples=5\r\nlines=3\r\ndata type=1\r\n");
        for (int name = 0; name < 2; name++) {
            struct rst_raster *raster = formats_open(files_path(pairs[i][name]), RST_SHARED, "ENVI");
            assert_string_equal(rst_raster_path(raster), files_path(pairs[i][0]));
            tiffs_assert_raster(raster, seed);
            rst_close(&raster);
        }
    }
    formats_refused(formats_text("alone.hdr", "ENVI\nsamples=5\nlines=3\ndata type=1\n"), RST_E_NOTFOUND, "beside");
}

static void content_goes_before_the_header(void **state)
{
    (void)state;
    struct rst_shape shape = formats_shape(RST_U8, 5, 3, 1);
    struct rst_raster *raster;
    formats_create(files_path("tiff.tif"), &shape, NULL, NULL, seed);
    assert_int_equal(rename(files_path("tiff.tif"), files_path("tiff.img")), 0);
    formats_text("tiff.hdr", "ENVI\nsamples=5\nlines=3\ndata type=1\n");
    raster = formats_open(files_path("tiff.img"), RST_READ, "TIFF");
    rst_close(&raster);
    formats_text("in.hdr", "ENVIRONMENT\n");
    formats_write("in.img", NULL, 0, &(struct formats_form){.length = 15}, seed);
    formats_refused(files_path("in.img"), RST_E_UNSUPPORTED, "no known format");
}

static void fields_become_metadata(void **state)
{
    (void)state;
    struct rst_raster *raster = formats_open(
        write_pair("; a comment = {\n\nData  Ignore Value = 255\nband names = {\n near  infrared ,\n red}\n"
                   "wavelength = {\n 0.8,\n 0.6}\nsensor type = Unknown\ndescription = { two\nlines }\n"
                   "coordinate system string = {PROJCS[\"x\",GEOGCS[\"y\"]]}\n"),
        RST_READ, "ENVI");
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_true(meta->has_nodata && meta->nodata.u8 == 255);
    assert_int_equal(meta->band_name_count, 2);
    assert_string_equal(meta->band_names[0], "near  infrared");
    assert_string_equal(meta->band_names[1], "red");
    assert_string_equal(meta->description, "two\nlines");
    assert_string_equal(meta->geo.wkt, "PROJCS[\"x\",GEOGCS[\"y\"]]");
    assert_int_equal(meta->item_count, 2);
    assert_string_equal(rst_meta_get(meta, "wavelength", -1, "ENVI"), "{0.8,\n 0.6}");
    assert_string_equal(rst_meta_get(meta, "sensor type", -1, "ENVI"), "Unknown");

    struct rst_shape shape = rst_raster_shape(raster);
    formats_create(files_path("out.img"), &shape, meta, &(struct rst_create_options){.format = "ENVI", .planar = true},
                   seed);
    formats_assert_text(files_path("out.hdr"),
                        "ENVI\ndescription = {\ntwo\nlines}\nsamples = 5\nlines = 3\nbands = 2\nheader offset = 0\n"
                        "file type = ENVI Standard\ndata type = 1\ninterleave = bsq\nbyte order = 0\n"
                        "coordinate system string = {PROJCS[\"x\",GEOGCS[\"y\"]]}\ndata ignore value = 255\n"
                        "band names = {\nnear  infrared,\nred}\nwavelength = {0.8,\n 0.6}\nsensor type = Unknown\n");
    rst_close(&raster);
}

static void what_means_nothing_stays_an_item(void **state)
{
    (void)state;
    struct rst_raster *raster =
        formats_open(write_pair("data ignore value = -9999\nmap info = {Fantasy, here}\n"), RST_READ, "ENVI");
    const struct rst_meta *meta = rst_raster_meta(raster);
    assert_false(meta->has_nodata);
    assert_string_equal(rst_meta_get(meta, "data ignore value", -1, "ENVI"), "-9999");
    assert_string_equal(rst_meta_get(meta, "map info", -1, "ENVI"), "{Fantasy, here}");
    rst_close(&raster);
}

static void map_info_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int epsg;
        double want[6];
    } cases[] = {
        {"UTM, 1.000, 1.000, 500000, 4500000, 30, 20, 33, North, WGS-84, units=Meters",
         32633,
         {30, 0, 500000, 0, -20, 4500000}},
        {"UTM, 1.5, 1.5, 500015, 4499985, 30, 30, 7, South, WGS-84", 32707, {30, 0, 500000, 0, -30, 4500000}},
        {"UTM, 1, 1, 0, 0, 1, 1, 13, North, North America 1983", 26913, {1, 0, 0, 0, -1, 0}},
        {"UTM, 1, 1, 0, 0, 1, 1, 13, North, Some Datum", 0, {1, 0, 0, 0, -1, 0}},
        {"UTM, 1, 1, 0, 0, 1, 1, 61, North, WGS-84", 0, {1, 0, 0, 0, -1, 0}},
        {"Geographic Lat/Lon, 1, 1, 10.5, 50.25, 1e-2, 0.02, WGS-84, units=Degrees",
         4326,
         {0.01, 0, 10.5, 0, -0.02, 50.25}},
        {"Arbitrary, 1, 1, 0, 0, 1, 1, 0, North", 0, {1, 0, 0, 0, -1, 0}},
        {"Arbitrary, 1, 1, 100, 200, 2, 2, 0, North, rotation=90", 0, {0, 2, 100, 2, 0, 200}},
        {"Arbitrary, 3, 1, 100, 200, 2, 2, 0, North, rotation=90", 0, {0, 2, 100, 2, 0, 196}},
        {"Arbitrary, 1, 1, 100, 200, 2, 3, 0, North, rotation=180", 0, {2, 0, 100, 0, 3, 200}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char field[512];
        snprintf(field, sizeof field, "map info = {%s}\n", cases[i].text);
        struct rst_raster *raster = formats_open(write_pair(field), RST_READ, "ENVI");
        formats_assert_transform(raster, cases[i].want);
        assert_int_equal(rst_geo_epsg(&rst_raster_meta(raster)->geo), cases[i].epsg);

        struct rst_shape shape = rst_raster_shape(raster); /* and written so that it is read the same */
        formats_create(files_path("geo.img"), &shape, rst_raster_meta(raster),
                       &(struct rst_create_options){.format = "ENVI", .overwrite = true}, seed);
        rst_close(&raster);
        raster = formats_open(files_path("geo.img"), RST_READ, "ENVI");
        formats_assert_transform(raster, cases[i].want);
        assert_int_equal(rst_geo_epsg(&rst_raster_meta(raster)->geo), cases[i].epsg);
        rst_close(&raster);
    }
}

static void broken_headers_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rst_status status;
        const char *words;
    } cases[] = {
        {"ENVI\nlines=3\ndata type=1\n", RST_E_FORMAT, "no field \"samples\""},
        {"ENVI\nsamples=5\nlines=-3\ndata type=1\n", RST_E_FORMAT, "line 3: lines = \"-3\""},
        {"ENVI\nsamples=5\nlines=3\nbands=65536\ndata type=1\n", RST_E_FORMAT, "line 4"},
        {"ENVI\nsamples=5\nlines=3\n", RST_E_FORMAT, "no field \"data type\""},
        {"ENVI\nsamples=5\nlines=3\ndata type=7\n", RST_E_FORMAT, "no data type 7"},
        {"ENVI\nsamples=5\nlines=3\ndata type=6\n", RST_E_UNSUPPORTED, "complex"},
        {"ENVI\nsamples=5\nlines=3\ndata type=1\ninterleave=odd\n", RST_E_FORMAT, "bsq, bil or bip"},
        {"ENVI\nsamples=5\nlines=3\ndata type=1\nbyte order=2\n", RST_E_FORMAT, "byte order"},
        {"ENVI\nsamples=5\nlines=3\ndata type=1\nfile compression=1\n", RST_E_UNSUPPORTED, "compressed"},
        {"ENVI\nsamples=5\nlines=3\ndata type=1\nfile type = TIFF\n", RST_E_UNSUPPORTED, "file type = TIFF"},
        {"ENVI\nsamples=5\nlines=3\ndata type=1\nmajor frame offsets = {0, 12}\n", RST_E_UNSUPPORTED, "frames"},
        {"ENVI\nsamples=5\nlines=3\nsamples=6\n", RST_E_FORMAT, "line 4: \"samples\" was told before, in line 2"},
        {"ENVI\nsamples=5\nhello\n", RST_E_FORMAT, "line 3: \"hello\""},
        {"ENVI\nsamples=5\nx = {\nfoo\n", RST_E_FORMAT, "line 3: a brace"},
        {"ENVI\nx = {\n\n\n}\nhello\n", RST_E_FORMAT, "line 6: \"hello\""},
        {"ENVI\nsamples=5\nlines=4\ndata type=1\n", RST_E_TRUNCATED, "20 bytes, the file has 15"},
        {"ENVI\nsamples=5\nlines=3\ndata type=1\nheader offset=1\n", RST_E_TRUNCATED, "16 bytes, the file has 15"},
        {"ENVI\nsamples=5\nlines=3\ndata type=1\nheader offset=9223372036854775807\n", RST_E_TRUNCATED, "more than"},
        {"ENVI\nsamples=1099511627776\nlines=1099511627776\nbands=60000\ndata type=5\n", RST_E_TRUNCATED, "more than"},
    };
    struct formats_form form = formats_form(RST_U8, 5, 3, 1, RST_BSQ, false, 0);
    char *path = formats_write("in.img", NULL, 0, &form, seed);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        formats_text("in.hdr", cases[i].text);
        formats_refused(path, cases[i].status, cases[i].words);
    }
    files_make("in.hdr", (1 << 20) + 1);
    FILE *file = fopen(files_path("in.hdr"), "r+b");
    assert_non_null(file);
    fputs("ENVI\n", file);
    assert_int_equal(fclose(file), 0);
    formats_refused(path, RST_E_FORMAT, "1048577 bytes are too many");
}

static void what_cannot_be_said_is_refused(void **state)
{
    (void)state;
    struct rst_shape shape = formats_shape(RST_I8, 5, 3, 1);
    int before = files_count();
    formats_not_created(files_path("no.img"), &shape, &(struct rst_create_options){.format = "ENVI"}, "i8");
    shape.type = RST_U8;
    formats_not_created(files_path("no.hdr"), &shape, &(struct rst_create_options){.format = "ENVI"}, "the header");
    struct rst_raster *raster = NULL; /* given up: neither file stays */
    assert_int_equal(rst_create(files_path("up.envi"), &shape, NULL, NULL, &raster, NULL), RST_OK);
    rst_close(&raster);
    assert_int_equal(files_count(), before);
}

int main(void)
{
    seed = layout_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read_and_written),   cmocka_unit_test(either_file_and_name_will_do),
        cmocka_unit_test(content_goes_before_the_header),   cmocka_unit_test(fields_become_metadata),
        cmocka_unit_test(what_means_nothing_stays_an_item), cmocka_unit_test(map_info_is_understood),
        cmocka_unit_test(broken_headers_are_named),         cmocka_unit_test(what_cannot_be_said_is_refused),
    };
    return cmocka_run_group_tests_name("envi", tests, files_setup, files_teardown);
}
