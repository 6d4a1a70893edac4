/* GDAL's metadata in XML: what it writes, what others write, and what nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/tiff/gdal_xml.h"
#include "codecs/text/xml.h"
#include "raster/image/items.h"

static char *write_text(const struct rst_meta *meta)
{
    static char text[4096];
    struct rst_bytes bytes;
    assert_int_equal(rst_gdal_xml_write(meta, 4, NULL, 0, &bytes, NULL), RST_OK);
    snprintf(text, sizeof text, "%s", bytes.data ? (const char *)bytes.data : "");
    rst_bytes_clear(&bytes);
    return text;
}

/* As GDAL 3.6 wrote it. */
static const char sample[] = "<GDALMetadata>\n"
                             "  <Item name=\"K\">a &amp;amp; b &amp;lt; &amp;quot;c&amp;quot;</Item>\n"
                             "  <Item name=\"STATISTICS_MAXIMUM\" sample=\"0\">255</Item>\n"
                             "  <Item name=\"OFFSET\" sample=\"1\" role=\"offset\">1.5</Item>\n"
                             "  <Item name=\"TIME\" domain=\"x &amp; y\">noon</Item>\n"
                             "  <Item name=\"DESCRIPTION\" sample=\"2\" role=\"description\">near infrared</Item>\n"
                             "</GDALMetadata>\n";

static void gdals_own_text_is_read_and_written(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    assert_int_equal(rst_gdal_xml_read(sample, &meta, NULL), RST_OK);
    assert_int_equal(meta.item_count, 4);
    assert_string_equal(rst_meta_get(&meta, "K", -1, NULL), "a & b < \"c\"");
    assert_string_equal(rst_meta_get(&meta, "STATISTICS_MAXIMUM", 0, NULL), "255");
    assert_string_equal(rst_meta_get(&meta, "OFFSET", 1, NULL), "1.5");
    assert_string_equal(meta.items[2].role, "offset");
    assert_string_equal(rst_meta_get(&meta, "TIME", -1, "x & y"), "noon");
    assert_int_equal(meta.band_name_count, 3);
    assert_string_equal(meta.band_names[2], "near infrared");
    assert_string_equal(write_text(&meta), sample);
    rst_meta_clear(&meta);
}

static void others_escape_once(void **unused)
{
    (void)unused;
    static const char text[] = "\xef\xbb\xbf<?xml version='1.0'?><!-- <Item> -->\n<GDALMetadata >"
                               "<Item  name = 'A'\tsample = \"3\">x &lt; &#65;&#x20AC; <![CDATA[<&amp;>]]></Item >"
                               "<Item name=\"B\"/>"
                               "<Item name='C'>1<!-- -->2</Item></GDALMetadata>  ";
    struct rst_meta meta = {0};
    assert_int_equal(rst_gdal_xml_read(text, &meta, NULL), RST_OK);
    assert_int_equal(meta.item_count, 3);
    assert_string_equal(rst_meta_get(&meta, "A", 3, NULL), "x < A\xe2\x82\xac <&>");
    assert_string_equal(rst_meta_get(&meta, "B", -1, NULL), "");
    assert_string_equal(rst_meta_get(&meta, "C", -1, NULL), "12");
    rst_meta_clear(&meta);
}

static void nothing_is_written_of_nothing(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0};
    assert_int_equal(rst_gdal_xml_read("<GDALMetadata></GDALMetadata>", &meta, NULL), RST_OK);
    assert_int_equal(meta.item_count, 0);
    assert_string_equal(write_text(&meta), "");
}

static void assert_kept_whole(const char *text)
{
    struct rst_meta meta = {0};
    assert_int_equal(rst_gdal_xml_read(text, &meta, NULL), RST_OK);
    assert_int_equal(meta.item_count, 1);
    assert_int_equal(meta.band_name_count, 0);
    assert_string_equal(rst_meta_get(&meta, RST_GDAL_XML_KEY, -1, RST_GDAL_XML_DOMAIN), text);
    assert_string_equal(write_text(&meta), text);
    rst_meta_clear(&meta);
}

static void what_is_not_understood_is_kept_whole(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        "no XML",
        "<",
        "<>",
        "</GDALMetadata>",
        "<GDALMetadata>",
        "<GDALMetadata><Item name='A'>1</Item>",
        "<GDALMetadata><Item name='A'>1</GDALMetadata></Item>",
        "<GDALMetadata><Item name='A'>never closed",
        "<GDALMetadata><Item name='A",
        "<GDALMetadata><Item name='A'/",
        "<GDALMetadata><Item name=A>1</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A'sample='1'>1</Item></GDALMetadata>",
        "<GDALMetadata><Item name='a<b'>1</Item></GDALMetadata>",
        "<GDALMetadata><Item>1</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A' sample='-1'>1</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A' sample='99999999999'>1</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A' note='x'>1</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A'><b>1</b></Item></GDALMetadata>",
        "<GDALMetadata><Other name='A'>1</Other></GDALMetadata>",
        "<GDALMetadata>text</GDALMetadata>",
        "<GDALMetadata/>text",
        "<GDALMetadata/><GDALMetadata/>",
        "<Item name='A'>1</Item>",
        "<GDALMetadata><Item name='A'>&unknown;</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A'>&#0;</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A'>&#xD800;</Item></GDALMetadata>",
        "<GDALMetadata><Item name='A'>&#99999999;</Item></GDALMetadata>",
        "<GDALMetadata><Item name='&bad;'>1</Item></GDALMetadata>",
        "<GDALMetadata><![CDATA[ never closed</GDALMetadata>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><GDALMetadata><Item name='A'>&a;</Item></GDALMetadata>",
        "<!-- never closed",
        "<?never closed",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_kept_whole(texts[i]);
}

static void a_broken_text_goes_with_others(void **unused)
{
    (void)unused;
    struct rst_meta meta = {0}, again = {0};
    assert_int_equal(rst_gdal_xml_read("<broken & \"so\"", &meta, NULL), RST_OK);
    assert_int_equal(rst_meta_set(&meta, "A", -1, NULL, "b", NULL), RST_OK);
    assert_int_equal(rst_gdal_xml_read(write_text(&meta), &again, NULL), RST_OK);
    assert_int_equal(again.item_count, 2);
    assert_string_equal(rst_meta_get(&again, RST_GDAL_XML_KEY, -1, RST_GDAL_XML_DOMAIN), "<broken & \"so\"");
    assert_string_equal(rst_meta_get(&again, "A", -1, NULL), "b");
    rst_meta_clear(&meta);
    rst_meta_clear(&again);
}

/* Of every text that is cut short, nothing is lost. */
static void a_text_cut_anywhere_is_kept(void **unused)
{
    (void)unused;
    char text[sizeof sample];
    for (size_t length = 1; length < sizeof sample - 2; length++) {
        memcpy(text, sample, length);
        text[length] = '\0';
        assert_kept_whole(text);
    }
}

static void depth_is_bounded(void **unused)
{
    (void)unused;
    enum { DEPTH = 100000 };
    char *text = malloc(3 * DEPTH + 1);
    struct rst_xml xml;
    int opened = 0;
    assert_non_null(text);
    for (int i = 0; i < DEPTH; i++)
        memcpy(text + 3 * i, "<a>", 4);
    rst_xml_start(&xml, text, 3 * DEPTH);
    while (rst_xml_next(&xml) == RST_XML_OPEN)
        opened++;
    assert_int_equal(opened, RST_XML_DEPTH);
    assert_int_equal(rst_xml_next(&xml), RST_XML_BROKEN);
    free(text);
}

static void many_items_are_read(void **unused)
{
    (void)unused;
    enum { ITEMS = 100000 };
    struct rst_bytes text = {0};
    struct rst_meta meta = {0};
    assert_true(rst_xml_put(&text, "<GDALMetadata>"));
    for (int i = 0; i < ITEMS; i++)
        assert_true(rst_xml_put(&text, "<Item name='A'>b</Item>"));
    assert_true(rst_xml_put(&text, "</GDALMetadata>") && rst_bytes_append(&text, "", 1));
    assert_int_equal(rst_gdal_xml_read((const char *)text.data, &meta, NULL), RST_OK);
    assert_int_equal(meta.item_count, ITEMS);
    rst_meta_clear(&meta);
    rst_bytes_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gdals_own_text_is_read_and_written),
        cmocka_unit_test(others_escape_once),
        cmocka_unit_test(nothing_is_written_of_nothing),
        cmocka_unit_test(what_is_not_understood_is_kept_whole),
        cmocka_unit_test(a_broken_text_goes_with_others),
        cmocka_unit_test(a_text_cut_anywhere_is_kept),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(many_items_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
