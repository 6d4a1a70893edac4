/* GDAL's metadata in TIFF:
 *
 *     <GDALMetadata>
 *       <Item name="OFFSET" sample="0" role="offset" domain="...">1.5</Item>
 *     </GDALMetadata>
 *
 * Values are escaped twice: GDAL did so once by mistake, and has kept to it. What is read here goes by that, and what
 * is written is read by GDAL as it was meant. An item of role "description" is the name of its band.
 */
#include "codecs/tiff/gdal_xml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/text/xml.h"
#include "raster/image/items.h"

static const char root[] = "GDALMetadata", item_name[] = "Item", band_role[] = "description";

static bool parse_band(const char *text, int32_t *band)
{
    char *end;
    long number = text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : -1;
    if (number < 0 || *end || number > UINT16_MAX) return false;
    *band = (int32_t)number;
    return true;
}

/* Whether the element has no attributes but those that are understood. */
static bool understood(const struct rst_xml *xml)
{
    static const char *const names[] = {"name", "sample", "role", "domain"};
    size_t known = 0, all = 0;
    char quote = 0;
    for (size_t i = 0; i < xml->attributes.size; i++) {
        char c = xml->attributes.at[i];
        if (quote) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else {
            all += c == '=';
        }
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool found;
        free(rst_xml_attribute(xml, names[i], &found));
        known += found;
    }
    return known == all;
}

/* The attributes of an item. What it got is the caller's, on failure too. */
static enum rst_status read_attributes(const struct rst_xml *xml, struct rst_item *item)
{
    bool named, has_role, has_domain, has_sample;
    item->band = -1;
    item->key = rst_xml_attribute(xml, "name", &named);
    item->role = rst_xml_attribute(xml, "role", &has_role);
    item->domain = rst_xml_attribute(xml, "domain", &has_domain);
    char *sample = rst_xml_attribute(xml, "sample", &has_sample);
    bool good = item->key && has_role == !!item->role && has_domain == !!item->domain && has_sample == !!sample &&
                (!sample || parse_band(sample, &item->band)) && understood(xml);
    free(sample);
    return good ? RST_OK : RST_E_FORMAT;
}

/* The text up to the end of the element. */
static enum rst_status read_value(struct rst_xml *xml, struct rst_bytes *value)
{
    for (;;) {
        switch (rst_xml_next(xml)) {
        case RST_XML_TEXT:
            if (!rst_xml_decode_text(xml, value)) return RST_E_FORMAT;
            break;
        case RST_XML_CLOSE:
            return rst_bytes_append(value, "", 1) ? RST_OK : RST_E_NOMEM;
        default:
            return RST_E_FORMAT;
        }
    }
}

static enum rst_status keep_item(struct rst_meta *meta, struct rst_item *item, char *value, struct rst_error *err)
{
    rst_xml_unescape(value); /* the second time; others than GDAL escape once: what is left then has no entities */
    item->value = value;
    enum rst_status status =
        item->band >= 0 && rst_item_is_plain(item) && item->role && strcmp(item->role, band_role) == 0
            ? rst_meta_name_band(meta, item->band, value, err)
            : rst_meta_append(meta, item, err);
    item->value = NULL;
    return status;
}

static enum rst_status read_item(struct rst_xml *xml, struct rst_meta *meta, struct rst_error *err)
{
    struct rst_item item = {0};
    struct rst_bytes value = {0};
    enum rst_status status = rst_xml_is(xml->name, item_name) ? read_attributes(xml, &item) : RST_E_FORMAT;
    if (status == RST_OK) status = read_value(xml, &value);
    if (status == RST_OK) status = keep_item(meta, &item, (char *)value.data, err);
    free(item.key);
    free(item.role);
    free(item.domain);
    rst_bytes_clear(&value);
    return status;
}

static bool is_blank_text(const struct rst_xml *xml)
{
    for (size_t i = 0; i < xml->text.size; i++)
        if (!strchr(" \t\r\n", xml->text.at[i]) || xml->text.at[i] == '\0') return false;
    return true;
}

/* RST_E_FORMAT without a message where the text is not of the form, or a part of it would be passed over. */
static enum rst_status read_items(const char *text, struct rst_meta *meta, struct rst_error *err)
{
    struct rst_xml xml;
    rst_xml_start(&xml, text, strlen(text));
    if (rst_xml_next(&xml) != RST_XML_OPEN || !rst_xml_is(xml.name, root)) return RST_E_FORMAT;
    for (;;) {
        switch (rst_xml_next(&xml)) {
        case RST_XML_OPEN:
            RST_TRY(read_item(&xml, meta, err));
            break;
        case RST_XML_TEXT:
            if (!is_blank_text(&xml)) return RST_E_FORMAT;
            break;
        case RST_XML_CLOSE:
            return rst_xml_next(&xml) == RST_XML_END ? RST_OK : RST_E_FORMAT;
        default:
            return RST_E_FORMAT;
        }
    }
}

static enum rst_status add(struct rst_meta *meta, const struct rst_meta *more, struct rst_error *err)
{
    for (size_t i = 0; i < more->item_count; i++)
        RST_TRY(rst_meta_append(meta, &more->items[i], err));
    for (size_t i = 0; i < more->band_name_count; i++)
        if (more->band_names[i]) RST_TRY(rst_meta_name_band(meta, (int32_t)i, more->band_names[i], err));
    return RST_OK;
}

enum rst_status rst_gdal_xml_read(const char *text, struct rst_meta *meta, struct rst_error *err)
{
    struct rst_meta read = {0};
    struct rst_error none = {0};
    enum rst_status status = read_items(text, &read, &none);
    if (status == RST_OK) {
        status = add(meta, &read, err);
    } else if (status == RST_E_FORMAT) {
        const struct rst_item whole = {
            .key = (char *)RST_GDAL_XML_KEY, .value = (char *)text, .domain = (char *)RST_GDAL_XML_DOMAIN, .band = -1};
        status = rst_meta_append(meta, &whole, err);
    }
    rst_meta_clear(&read);
    return status == RST_E_NOMEM ? rst_fail(err, RST_E_NOMEM, "no memory for the metadata in XML") : status;
}

static bool put_attribute(struct rst_bytes *to, const char *name, const char *value)
{
    if (!value) return true;
    return rst_xml_put(to, " ") && rst_xml_put(to, name) && rst_xml_put(to, "=\"") && rst_xml_escape(to, value) &&
           rst_xml_put(to, "\"");
}

static bool put_value(struct rst_bytes *to, const char *value)
{
    struct rst_bytes once = {0};
    bool done =
        rst_xml_escape(&once, value) && rst_bytes_append(&once, "", 1) && rst_xml_escape(to, (const char *)once.data);
    rst_bytes_clear(&once);
    return done;
}

static bool put_item(struct rst_bytes *to, const struct rst_item *item)
{
    char sample[16];
    snprintf(sample, sizeof sample, "%" PRId32, item->band);
    return rst_xml_put(to, "  <Item") && put_attribute(to, "name", item->key) &&
           put_attribute(to, "sample", item->band >= 0 ? sample : NULL) && put_attribute(to, "role", item->role) &&
           put_attribute(to, "domain", item->domain) && rst_xml_put(to, ">") && put_value(to, item->value) &&
           rst_xml_put(to, "</Item>\n");
}

static bool is_whole(const struct rst_item *item)
{
    return item->domain && strcmp(item->domain, RST_GDAL_XML_DOMAIN) == 0 && strcmp(item->key, RST_GDAL_XML_KEY) == 0;
}

static bool put_names(struct rst_bytes *to, const struct rst_meta *meta, int32_t bands, size_t *count)
{
    for (int32_t i = 0; i < bands && (size_t)i < meta->band_name_count; i++) {
        const char *name = meta->band_names[i];
        const struct rst_item item = {
            .key = (char *)"DESCRIPTION", .value = (char *)name, .role = (char *)band_role, .band = i};
        if (!name || !*name) continue;
        if (!put_item(to, &item)) return false;
        ++*count;
    }
    return true;
}

static bool is_among(const struct rst_item *item, const struct rst_item *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == item) return true;
    return false;
}

static bool put_all(struct rst_bytes *to, const struct rst_meta *meta, int32_t bands,
                    const struct rst_item *const *skip, size_t skip_count)
{
    const struct rst_item *whole = NULL;
    size_t count = 0;
    if (!rst_xml_put(to, "<GDALMetadata>\n")) return false;
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        if (is_among(item, skip, skip_count)) continue;
        if (!put_item(to, item)) return false;
        if (is_whole(item)) whole = item;
        count++;
    }
    if (!put_names(to, meta, bands, &count)) return false;
    if (count == 1 && whole) {
        to->size = 0;
        return rst_xml_put(to, whole->value) && rst_bytes_append(to, "", 1);
    }
    if (count > 0) return rst_xml_put(to, "</GDALMetadata>\n") && rst_bytes_append(to, "", 1);
    rst_bytes_clear(to);
    return true;
}

enum rst_status rst_gdal_xml_write(const struct rst_meta *meta, int32_t bands, const struct rst_item *const *skip,
                                   size_t skip_count, struct rst_bytes *text, struct rst_error *err)
{
    *text = (struct rst_bytes){0};
    if (put_all(text, meta, bands, skip, skip_count)) return RST_OK;
    rst_bytes_clear(text);
    return rst_fail(err, RST_E_NOMEM, "no memory for the metadata in XML");
}
