/* Metadata of PNGs: what libpng and our own reader find of what was written, and what a PNG does not keep. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "codecs/png/encode.h"
#include "codecs/png/latin.h"
#include "codecs/png/meta.h"
#include "tests/support/files.h"
#include "tests/support/pngs.h"

static const char euro[] = "5 \xe2\x82\xac";

static struct rst_shape shape_of(enum rst_type type, int32_t bands)
{
    int32_t alpha = bands % 2 == 0 ? bands - 1 : -1;
    return (struct rst_shape){.type = type, .width = 5, .height = 4, .bands = bands, .alpha = alpha, .opacity = alpha};
}

/* An ICC profile that has one tag: its description. */
enum { PROFILE_SIZE = 132 + 12 + 60 };
static unsigned char profile[PROFILE_SIZE];

static void put_letters(size_t at, const char *letters)
{
    for (size_t i = 0; letters[i]; i++)
        profile[at + i] = (unsigned char)letters[i];
}

static void make_profile(const char *space)
{
    static const unsigned char d50[12] = {0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d};
    memset(profile, 0, sizeof profile);
    pngs_put32(profile, PROFILE_SIZE);
    profile[8] = 4;
    put_letters(12, "mntr");
    put_letters(16, space);
    put_letters(20, "XYZ ");
    put_letters(36, "acsp");
    memcpy(profile + 68, d50, sizeof d50);
    profile[131] = 1;
    put_letters(132, "desc");
    profile[139] = 132 + 12;
    profile[143] = 60;
    for (int i = 132 + 12; i < PROFILE_SIZE; i++)
        profile[i] = (unsigned char)(i * i);
}

static void set(struct rst_meta *meta, const char *key, const char *value)
{
    assert_int_equal(rst_meta_set(meta, key, -1, NULL, value, NULL), RST_OK);
}

/* Writes an image of zeros with metadata. Returns its path. */
static const char *store(const struct rst_shape *shape, const struct rst_meta *meta)
{
    const char *path = files_path("meta.png");
    struct rst_create_options options = {.overwrite = true};
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    if (rst_create(path, shape, meta, &options, &raster, &err) != RST_OK || rst_commit(raster, &err) != RST_OK)
        fail_msg("%s", err.message);
    rst_close(&raster);
    return path;
}

/* libpng, with the chunks before the image read; it complains of anything that is not as it should be. */
struct reader {
    FILE *file;
    png_structp png;
    png_infop info;
};

static char complaint[128];

static void complain(png_structp png, png_const_charp message)
{
    snprintf(complaint, sizeof complaint, "%s", message);
    longjmp(png_jmpbuf(png), 1);
}

static struct reader open_reader(const char *path)
{
    struct reader reader = {.file = fopen(path, "rb")};
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, complain, complain);
    reader.info = png_create_info_struct(reader.png);
    assert_true(reader.file && reader.info);
    if (setjmp(png_jmpbuf(reader.png))) fail_msg("libpng: %s", complaint);
    png_init_io(reader.png, reader.file);
    png_read_info(reader.png, reader.info);
    return reader;
}

static void close_reader(struct reader *reader)
{
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    fclose(reader->file);
}

static const char *text_of(const struct reader *reader, const char *key, int compression)
{
    png_textp texts;
    int count = 0;
    png_get_text(reader->png, reader->info, &texts, &count);
    for (int i = 0; i < count; i++)
        if (strcmp(texts[i].key, key) == 0) {
            assert_int_equal(texts[i].compression, compression);
            return texts[i].text;
        }
    return "";
}

static void colours_are_written(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 4);
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_RGB,
                            .gamma = 0.45455,
                            .chromaticities = {0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06},
                            .srgb_intent = 2,
                            .significant_bits = {5, 6, 5, 8},
                            .background = {10, 20, 255},
                            .has_background = true};
    uint16_t alpha = RST_EXTRA_UNASSOCIATED_ALPHA;
    meta.extra_samples = &alpha;
    meta.extra_sample_count = 1;
    assert_int_equal(rst_meta_fields(&meta, 4) & ~rst_png_keeps(&shape, &meta), 0);
    struct reader reader = open_reader(store(&shape, &meta));
    png_fixed_point gamma, white, most;
    png_color_8p bits;
    png_color_16p background;
    int intent;
    assert_int_equal(png_get_color_type(reader.png, reader.info), PNG_COLOR_TYPE_RGB_ALPHA);
    assert_true(png_get_gAMA_fixed(reader.png, reader.info, &gamma) && gamma == 45455);
    assert_true(png_get_cHRM_fixed(reader.png, reader.info, &white, NULL, NULL, NULL, NULL, NULL, NULL, &most));
    assert_true(white == 31270 && most == 6000);
    assert_true(png_get_sRGB(reader.png, reader.info, &intent) && intent == 1);
    assert_true(png_get_sBIT(reader.png, reader.info, &bits));
    assert_true(bits->red == 5 && bits->green == 6 && bits->blue == 5 && bits->alpha == 8);
    assert_true(png_get_bKGD(reader.png, reader.info, &background));
    assert_true(background->red == 10 && background->green == 20 && background->blue == 255);
    close_reader(&reader);
}

static void profiles_are_written(void **state)
{
    (void)state;
    struct rst_shape rgb = shape_of(RST_U16, 3), gray = shape_of(RST_U8, 1);
    struct rst_meta meta = {.icc = profile, .icc_size = sizeof profile};
    png_charp name;
    png_bytep bytes;
    png_uint_32 size;
    int method;
    make_profile("RGB ");
    assert_true(rst_png_keeps(&rgb, &meta) & RST_META_ICC);
    assert_false(rst_png_keeps(&gray, &meta) & RST_META_ICC);
    struct reader reader = open_reader(store(&rgb, &meta));
    assert_true(png_get_iCCP(reader.png, reader.info, &name, &method, &bytes, &size));
    assert_int_equal(size, sizeof profile);
    assert_memory_equal(bytes, profile, size);
    close_reader(&reader);

    make_profile("GRAY");
    assert_true(rst_png_keeps(&gray, &meta) & RST_META_ICC);
    assert_false(rst_png_keeps(&rgb, &meta) & RST_META_ICC);
    reader = open_reader(store(&rgb, &meta));
    assert_false(png_get_valid(reader.png, reader.info, PNG_INFO_iCCP));
    close_reader(&reader);

    /* Both cannot be; the profile says more. */
    meta.srgb_intent = 1;
    assert_int_equal(rst_png_keeps(&gray, &meta) & (RST_META_ICC | RST_META_GAMMA), RST_META_ICC);
    assert_true(rst_png_keeps(&rgb, &meta) & RST_META_GAMMA);
    reader = open_reader(store(&gray, &meta));
    assert_false(png_get_valid(reader.png, reader.info, PNG_INFO_sRGB));
    close_reader(&reader);

    profile[40 + 24] = 0xff, profile[41 + 24] = 0xff; /* the rendering intent */
    assert_false(rst_png_keeps(&gray, &meta) & RST_META_ICC);
    assert_true(rst_png_keeps(&gray, &meta) & RST_META_GAMMA);
    meta.icc_size = 100;
    assert_false(rst_png_keeps(&gray, &meta) & RST_META_ICC);
}

/* libpng would write other numbers beside sRGB. */
static void odd_colours_are_written(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 1);
    struct rst_meta meta = {.gamma = 0.25, .chromaticities = {[7] = 2}, .srgb_intent = 4};
    struct rst_raster *raster = NULL;
    assert_true(rst_png_keeps(&shape, &meta) & RST_META_GAMMA);
    assert_int_equal(rst_open(store(&shape, &meta), RST_READ, NULL, &raster, NULL), RST_OK);
    const struct rst_meta *read = rst_raster_meta(raster);
    assert_true(read->gamma == 0.25 && read->chromaticities[7] == 2 && read->chromaticities[0] == 0);
    assert_int_equal(read->srgb_intent, 4);
    rst_close(&raster);
}

static void resolution_is_written(void **state)
{
    (void)state;
    static const struct {
        double x, y;
        int unit;
        uint32_t across, down;
        int metres;
    } cases[] = {{72, 300, 2, 2835, 11811, 1},
                 {28.35, 118.11, 3, 2835, 11811, 1},
                 {4, 3, 1, 4, 3, 0},
                 {1.5, 1, 1, 15000, 10000, 0},
                 {2, 2, 0, 2, 2, 0}};
    struct rst_shape shape = shape_of(RST_U8, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rst_meta meta = {
            .resolution_x = cases[i].x, .resolution_y = cases[i].y, .resolution_unit = cases[i].unit};
        png_uint_32 across, down;
        int metres;
        assert_true(rst_png_keeps(&shape, &meta) & RST_META_RESOLUTION);
        struct reader reader = open_reader(store(&shape, &meta));
        assert_true(png_get_pHYs(reader.png, reader.info, &across, &down, &metres));
        assert_int_equal(across, cases[i].across);
        assert_int_equal(down, cases[i].down);
        assert_int_equal(metres, cases[i].metres);
        close_reader(&reader);
    }
    struct rst_meta one = {.resolution_x = 72, .resolution_unit = 2}, most = {.resolution_x = 1e9, .resolution_y = 1};
    most.resolution_unit = 3;
    assert_false(rst_png_keeps(&shape, &one) & RST_META_RESOLUTION);
    assert_false(rst_png_keeps(&shape, &most) & RST_META_RESOLUTION);
}

static void text_is_written(void **state)
{
    (void)state;
    static const unsigned char exif[] = {'M', 'M', 0, '*', 0, 0, 0, 8, 0, 0, 0, 0, 0, 0};
    static const char xmp[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>\xc3\xa9</x:xmpmeta>";
    struct rst_shape shape = shape_of(RST_U8, 3);
    struct rst_meta meta = {.description = (char *)"What one sees"};
    set(&meta, "Artist", "Andr\xc3\xa9");
    set(&meta, "DocumentName", "A name");
    set(&meta, "Prix", euro);
    set(&meta, "Vide", "");
    set(&meta, "DateTime", "2024:02:29 23:59:58");
    meta.exif = (void *)exif, meta.exif_size = sizeof exif;
    meta.xmp = (void *)xmp, meta.xmp_size = sizeof xmp; /* with its zero */
    assert_int_equal(rst_meta_fields(&meta, 3) & ~rst_png_keeps(&shape, &meta), 0);
    const char *path = store(&shape, &meta);
    struct reader reader = open_reader(path);
    png_timep time;
    png_bytep bytes;
    png_uint_32 size;
    assert_string_equal(text_of(&reader, "Description", PNG_TEXT_COMPRESSION_NONE), "What one sees");
    assert_string_equal(text_of(&reader, "Author", PNG_TEXT_COMPRESSION_NONE), "Andr\xe9");
    assert_string_equal(text_of(&reader, "Title", PNG_TEXT_COMPRESSION_NONE), "A name");
    assert_string_equal(text_of(&reader, "Prix", PNG_ITXT_COMPRESSION_NONE), euro);
    assert_string_equal(text_of(&reader, "XML:com.adobe.xmp", PNG_ITXT_COMPRESSION_NONE), xmp);
    assert_true(png_get_tIME(reader.png, reader.info, &time));
    assert_true(time->year == 2024 && time->month == 2 && time->day == 29 && time->hour == 23 && time->second == 58);
    assert_true(png_get_eXIf_1(reader.png, reader.info, &size, &bytes) && size == sizeof exif);
    assert_memory_equal(bytes, exif, size);
    close_reader(&reader);

    struct rst_raster *raster = NULL;
    assert_int_equal(rst_open(path, RST_READ, NULL, &raster, NULL), RST_OK);
    const struct rst_meta *read = rst_raster_meta(raster);
    assert_string_equal(read->description, "What one sees");
    for (size_t i = 0; i < meta.item_count; i++)
        assert_string_equal(rst_meta_get(read, meta.items[i].key, -1, NULL), meta.items[i].value);
    assert_int_equal(read->item_count, meta.item_count);
    assert_int_equal(read->xmp_size, sizeof xmp - 1);
    rst_close(&raster);
    meta.description = NULL, meta.exif = NULL, meta.xmp = NULL;
    rst_meta_clear(&meta);
}

static bool keeps_item(const char *key, const char *value, int32_t band, const char *domain)
{
    struct rst_shape shape = shape_of(RST_U8, 1);
    struct rst_meta meta = {0};
    assert_int_equal(rst_meta_set(&meta, key, band, domain, value, NULL), RST_OK);
    bool kept = rst_png_keeps(&shape, &meta) & RST_META_TEXT;
    rst_meta_clear(&meta);
    return kept;
}

static void text_that_has_no_place_is_told(void **state)
{
    (void)state;
    char key[82];
    assert_true(keeps_item("A key", "a value", -1, NULL));
    assert_true(keeps_item("Cl\xc3\xa9", "a value", -1, NULL));
    assert_false(keeps_item("A key", "a value", 0, NULL));
    assert_false(keeps_item("A key", "a value", -1, "RPC"));
    assert_false(keeps_item(" A key", "a value", -1, NULL));
    assert_false(keeps_item("A key ", "a value", -1, NULL));
    assert_false(keeps_item("A  key", "a value", -1, NULL));
    assert_false(keeps_item("A\nkey", "a value", -1, NULL));
    assert_false(keeps_item(euro, "a value", -1, NULL));
    memset(key, 'k', sizeof key);
    key[79] = 0;
    assert_true(keeps_item(key, "a value", -1, NULL));
    key[79] = 'k', key[80] = 0;
    assert_false(keeps_item(key, "a value", -1, NULL));
}

/* Times that tIME cannot tell become text. */
static void odd_times_are_text(void **state)
{
    (void)state;
    static const char *const times[] = {"yesterday", "2024-02-29 10:00:00", "2024:13:01 10:00:00",
                                        "2024:12:01 24:00:00"};
    struct rst_shape shape = shape_of(RST_U8, 1);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct rst_meta meta = {0};
        set(&meta, "DateTime", times[i]);
        struct reader reader = open_reader(store(&shape, &meta));
        assert_false(png_get_valid(reader.png, reader.info, PNG_INFO_tIME));
        assert_string_equal(text_of(&reader, "DateTime", PNG_TEXT_COMPRESSION_NONE), times[i]);
        close_reader(&reader);
        rst_meta_clear(&meta);
    }
}

static void what_has_no_place_is_told(void **state)
{
    (void)state;
    struct rst_shape gray = shape_of(RST_U8, 1), rgb = shape_of(RST_U8, 3);
    uint16_t map[3 * 16] = {0};
    struct rst_meta meta = {.photometric = RST_PHOTOMETRIC_WHITE_IS_ZERO, .has_nodata = true, .orientation = 6};
    unsigned kept = rst_png_keeps(&gray, &meta);
    assert_false(kept &
                 (RST_META_COLORS | RST_META_NODATA | RST_META_ORIENTATION | RST_META_CRS | RST_META_BAND_NAMES));
    meta.photometric = 8; /* CIELab */
    assert_false(rst_png_keeps(&rgb, &meta) & RST_META_COLORS);
    meta.photometric = RST_PHOTOMETRIC_RGB;
    assert_true(rst_png_keeps(&rgb, &meta) & RST_META_COLORS);
    assert_false(rst_png_keeps(&gray, &meta) & RST_META_COLORS);

    meta = (struct rst_meta){.significant_bits = {9}, .background = {256}, .has_background = true, .gamma = 1e9};
    assert_false(rst_png_keeps(&gray, &meta) & (RST_META_BITS | RST_META_BACKGROUND | RST_META_GAMMA));
    gray.type = RST_U16;
    assert_true(rst_png_keeps(&gray, &meta) & RST_META_BITS);
    assert_true(rst_png_keeps(&gray, &meta) & RST_META_BACKGROUND);

    gray.type = RST_U8;
    meta = (struct rst_meta){.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = map, .color_map_count = 48};
    assert_false(rst_png_keeps(&gray, &meta) & RST_META_COLOR_MAP); /* not shown by its palette */
    gray.palette = true;
    assert_true(rst_png_keeps(&gray, &meta) & RST_META_COLOR_MAP);
    map[20] = 0x1234; /* more than 8 bits */
    assert_false(rst_png_keeps(&gray, &meta) & RST_META_COLOR_MAP);
    meta.has_background = true;
    meta.background[0] = 15;
    assert_true(rst_png_keeps(&gray, &meta) & RST_META_BACKGROUND);
    meta.background[0] = 16;
    assert_false(rst_png_keeps(&gray, &meta) & RST_META_BACKGROUND);

    static const char inside[] = "<x>\0</x>";
    meta =
        (struct rst_meta){.xmp = (void *)inside, .xmp_size = sizeof inside, .exif = (void *)"nonsense", .exif_size = 8};
    assert_false(rst_png_keeps(&rgb, &meta) & (RST_META_XMP | RST_META_EXIF));
    rgb.type = RST_F32;
    assert_int_equal(rst_png_keeps(&rgb, &meta), 0);
}

static void assert_latin(const char *text, const char *expected)
{
    char to[16];
    size_t size;
    bool done = rst_png_to_latin(text, to, sizeof to, &size);
    assert_int_equal(done, expected != NULL);
    if (!done || !expected) return;
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(to, expected, size);
}

static void latin_is_made(void **state)
{
    (void)state;
    assert_latin("", "");
    assert_latin("plain\n", "plain\n");
    assert_latin("\xc3\xa9\xc3\xbf\xc2\xa0", "\xe9\xff\xa0");
    assert_latin(euro, NULL);
    assert_latin("\xc2\x85", NULL);     /* a control character */
    assert_latin("caf\xe9", "caf\xe9"); /* Latin-1 already */
    assert_latin("exactly sixteen.", "exactly sixteen.");
    assert_latin("seventeen letters", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_are_written),     cmocka_unit_test(profiles_are_written),
        cmocka_unit_test(odd_colours_are_written), cmocka_unit_test(resolution_is_written),
        cmocka_unit_test(text_is_written),         cmocka_unit_test(text_that_has_no_place_is_told),
        cmocka_unit_test(odd_times_are_text),      cmocka_unit_test(what_has_no_place_is_told),
        cmocka_unit_test(latin_is_made),
    };
    return cmocka_run_group_tests_name("png_meta_write", tests, files_setup, files_teardown);
}
