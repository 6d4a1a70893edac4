/* The table in codecs/README.md of what each format keeps says what the codecs say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/beside/aux_xml.h"
#include "codecs/codec.h"

enum { MOST_COLUMNS = 16, MOST_LINE = 1024 };

/* An image of which each field is so that every format that has a place for it takes it. */
static unsigned char exif[] = {'I', 'I', 42, 0, 8, 0, 0,    0,    1, 0, 0x69, 0x87, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0,
                               0,   0,   0,  0, 1, 0, 0x09, 0x92, 3, 0, 1,    0,    0, 0, 9, 0, 0, 0, 0,  0, 0, 0};
static unsigned char icc[132] = {
    [3] = 132,  [12] = 'm', [13] = 'n', [14] = 't', [15] = 'r', [16] = 'R', [17] = 'G', [18] = 'B', [19] = ' ',
    [20] = 'X', [21] = 'Y', [22] = 'Z', [23] = ' ', [36] = 'a', [37] = 'c', [38] = 's', [39] = 'p'};
static double scale[3] = {10, 10, 0}, ties[12] = {0, 0, 0, 5, 6, 0, 9, 9, 0, 7, 8, 0}, rpc[92] = {1};
static uint16_t keys[16] = {1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633}, alpha[1] = {2}, map[768];
static char *names[3] = {"a", "b", "c"};
static struct rst_item item = {"Software", "x", NULL, NULL, -1};

static const struct {
    enum rst_type type;
    int32_t bands;
    struct rst_meta meta;
} images[RST_META_FIELDS] = {
    {RST_U8, 3, {.has_nodata = true}},
    {RST_U8, 3, {.geo = {.pixel_scale = scale, .pixel_scale_count = 3, .tiepoints = ties, .tiepoint_numbers = 6}}},
    {RST_U8, 3, {.geo = {.tiepoints = ties, .tiepoint_numbers = 12}}},
    {RST_U8,
     3,
     {.geo = {.pixel_scale = scale,
              .pixel_scale_count = 3,
              .tiepoints = ties,
              .tiepoint_numbers = 6,
              .keys = keys,
              .key_count = 16}}},
    {RST_U8, 3, {.geo = {.rpc = rpc, .rpc_count = 92}}},
    {RST_U8, 5, {.photometric = RST_PHOTOMETRIC_RGB}},
    {RST_U8, 4, {.photometric = RST_PHOTOMETRIC_RGB, .extra_samples = alpha, .extra_sample_count = 1}},
    {RST_U8, 1, {.photometric = RST_PHOTOMETRIC_PALETTE, .color_map = map, .color_map_count = 768}},
    {RST_U8, 3, {.icc = icc, .icc_size = sizeof icc}},
    {RST_U8, 3, {.chromaticities = {0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06}}},
    {RST_U8, 3, {.resolution_x = 300, .resolution_y = 300, .resolution_unit = 2}},
    {RST_U8, 3, {.orientation = 6}},
    {RST_U8, 3, {.items = &item, .item_count = 1}},
    {RST_U8, 3, {.band_names = names, .band_name_count = 3}},
    {RST_U8, 3, {.xmp = "<x/>", .xmp_size = 4}},
    {RST_U8, 3, {.exif = exif, .exif_size = sizeof exif}},
    {RST_U8, 3, {.significant_bits = {5, 5, 5}}},
    {RST_U8, 3, {.has_background = true, .background = {1, 2, 3}}},
};

static bool keeps(const char *format, int field)
{
    struct rst_shape shape = {.type = images[field].type,
                              .width = 10,
                              .height = 10,
                              .bands = images[field].bands,
                              .alpha = rst_meta_alpha(&images[field].meta, images[field].bands, false)};
    shape.opacity = shape.alpha;
    shape.palette = images[field].meta.photometric == RST_PHOTOMETRIC_PALETTE;
    shape.has_nodata = images[field].meta.has_nodata;
    unsigned kept = 0;
    if (strcmp(format, "`.aux.xml`") == 0) {
        kept = rst_aux_keeps(&shape, &images[field].meta);
    } else {
        const struct rst_codec *codec = rst_codec_of_name(format);
        if (!codec) fail_msg("there is no format %s", format);
        if (codec->keeps) kept = codec->keeps(&shape, &images[field].meta);
    }
    return kept & 1u << field;
}

/* The cells of a row of the table, without the blanks around them; how many. */
static int split(char *line, char *cells[MOST_COLUMNS])
{
    int count = 0;
    char *at = strchr(line, '|');
    while (at && count < MOST_COLUMNS) {
        char *end = strchr(++at, '|');
        if (!end) break;
        while (*at == ' ')
            at++;
        char *last = end;
        while (last > at && last[-1] == ' ')
            last--;
        *last = '\0';
        cells[count++] = at;
        at = end;
    }
    return count;
}

static FILE *open_table(void)
{
    static const char here[] = "tests/unit/test_keeps.c", table[] = "codecs/README.md";
    char path[1024];
    size_t length = strlen(__FILE__) - strlen(here);
    snprintf(path, sizeof path, "%.*s%s", (int)length, __FILE__, table);
    FILE *file = fopen(path, "r");
    if (!file) fail_msg("%s cannot be read", path);
    return file;
}

static void images_have_their_field(void **unused)
{
    (void)unused;
    for (int i = 0; i < RST_META_FIELDS; i++)
        assert_true(rst_meta_fields(&images[i].meta, images[i].bands) & 1u << i);
}

static void the_table_is_true(void **unused)
{
    (void)unused;
    FILE *file = open_table();
    char head[MOST_LINE], line[MOST_LINE], *formats[MOST_COLUMNS], *cells[MOST_COLUMNS], name[64];
    int columns = 0, rows = 0;
    while (columns == 0 && fgets(head, sizeof head, file))
        columns = head[0] == '|' ? split(head, formats) : 0;
    while (fgets(line, sizeof line, file) && line[0] == '|') {
        if (strncmp(line, "| ---", 5) == 0) continue;
        assert_int_equal(split(line, cells), columns);
        assert_true(rows < RST_META_FIELDS);
        assert_string_equal(cells[0], rst_meta_fields_text(1u << rows, name, sizeof name));
        for (int i = 1; i < columns; i++)
            if (keeps(formats[i], rows) != (cells[i][0] != '\0'))
                fail_msg("%s: %s does%s keep it", cells[0], formats[i], cells[i][0] ? " not" : "");
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, RST_META_FIELDS);
    assert_true(columns > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_have_their_field),
        cmocka_unit_test(the_table_is_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
