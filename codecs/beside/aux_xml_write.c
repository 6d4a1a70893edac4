/* Writing GDAL's sidecar:
 *
 *     <PAMDataset>
 *       <SRS>EPSG:32633</SRS>
 *       <GeoTransform>500000, 10, 0, 4600000, 0, -10</GeoTransform>
 *       <Metadata><MDI key="...">...</MDI></Metadata>
 *       <PAMRasterBand band="1"> <Description>, <NoDataValue>, <ColorInterp> ... </PAMRasterBand>
 *     </PAMDataset>
 *
 * GDAL takes a system by its EPSG code as well as by its text, so that no text need be made of a code.
 */
#include "codecs/beside/aux_xml.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codecs/text/xml.h"
#include "raster/image/items.h"

const struct rst_aux_name rst_aux_keys[RST_AUX_KEYS] = {
    {"DocumentName", "TIFFTAG_DOCUMENTNAME"}, {"Software", "TIFFTAG_SOFTWARE"},
    {"DateTime", "TIFFTAG_DATETIME"},         {"Artist", "TIFFTAG_ARTIST"},
    {"HostComputer", "TIFFTAG_HOSTCOMPUTER"}, {"Copyright", "TIFFTAG_COPYRIGHT"}};

const struct rst_aux_name rst_aux_roles[RST_AUX_ROLES] = {
    {"offset", "Offset"}, {"scale", "Scale"}, {"unittype", "UnitType"}};

const char *const rst_aux_rpc[RST_AUX_RPC_NUMBERS + RST_AUX_RPC_LISTS] = {
    "ERR_BIAS",       "ERR_RAND",       "LINE_OFF",       "SAMP_OFF",      "LAT_OFF",    "LONG_OFF",
    "HEIGHT_OFF",     "LINE_SCALE",     "SAMP_SCALE",     "LAT_SCALE",     "LONG_SCALE", "HEIGHT_SCALE",
    "LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"};

const struct rst_aux_name rst_aux_colors[RST_AUX_COLORS] = {
    {"gray", "Gray"},   {"palette", "Palette"}, {"red", "Red"},         {"green", "Green"},   {"blue", "Blue"},
    {"alpha", "Alpha"}, {"cyan", "Cyan"},       {"magenta", "Magenta"}, {"yellow", "Yellow"}, {"black", "Black"},
    {"Y", "YCbCr_Y"},   {"Cb", "YCbCr_Cb"},     {"Cr", "YCbCr_Cr"}};

enum { RPC_COUNT = 92, RPC_COEFFICIENTS = 20 };

static bool put_open(struct rst_bytes *to, const char *name, const char *attribute, const char *value)
{
    if (!rst_xml_put(to, "<") || !rst_xml_put(to, name)) return false;
    if (value && !(rst_xml_put(to, " ") && rst_xml_put(to, attribute) && rst_xml_put(to, "=\"") &&
                   rst_xml_escape(to, value) && rst_xml_put(to, "\"")))
        return false;
    return rst_xml_put(to, ">");
}

static bool put_close(struct rst_bytes *to, const char *name)
{
    return rst_xml_put(to, "</") && rst_xml_put(to, name) && rst_xml_put(to, ">\n");
}

static bool put_element(struct rst_bytes *to, const char *indent, const char *name, const char *text)
{
    return rst_xml_put(to, indent) && put_open(to, name, NULL, NULL) && rst_xml_escape(to, text) && put_close(to, name);
}

static const char *number_text(double number, char text[32])
{
    union rst_sample sample = {.f64 = number};
    return rst_sample_format(sample, RST_F64, text, 32);
}

static bool put_numbers(struct rst_bytes *to, const double *numbers, size_t count, const char *between)
{
    char text[32];
    for (size_t i = 0; i < count; i++)
        if (!(i == 0 || rst_xml_put(to, between)) || !rst_xml_put(to, number_text(numbers[i], text))) return false;
    return true;
}

/* The system as GDAL takes it, in at most 32 bytes where it is a code; NULL where it cannot be told. */
static const char *system_text(const struct rst_geo *geo, char text[32])
{
    if (geo->wkt && !geo->keys) return geo->wkt;
    int code = rst_geo_epsg(geo);
    if (code == 0) return geo->wkt;
    snprintf(text, 32, "EPSG:%d", code);
    return text;
}

static bool put_transform(struct rst_bytes *to, const struct rst_geo *geo)
{
    struct rst_affine map;
    if (!rst_geo_transform(geo, &map)) return true;
    const double *m = map.m, numbers[6] = {m[2], m[0], m[1], m[5], m[3], m[4]};
    return rst_xml_put(to, "  <GeoTransform>") && put_numbers(to, numbers, 6, ", ") && put_close(to, "GeoTransform");
}

static bool put_attribute(struct rst_bytes *to, const char *name, double value)
{
    char text[32];
    return rst_xml_put(to, " ") && rst_xml_put(to, name) && rst_xml_put(to, "=\"") &&
           rst_xml_put(to, number_text(value, text)) && rst_xml_put(to, "\"");
}

static bool put_tiepoints(struct rst_bytes *to, const struct rst_geo *geo, bool with_system)
{
    static const char *const names[6] = {"Pixel", "Line", NULL, "X", "Y", "Z"};
    double shift = rst_geo_is_point(geo) ? 0.5 : 0;
    char text[32];
    if (!rst_xml_put(to, "  ") || !put_open(to, "GCPList", "Projection", with_system ? system_text(geo, text) : NULL) ||
        !rst_xml_put(to, "\n"))
        return false;
    for (size_t at = 0; at + 6 <= geo->tiepoint_numbers; at += 6) {
        if (!rst_xml_put(to, "    <GCP")) return false;
        snprintf(text, sizeof text, " Id=\"%zu\"", at / 6 + 1);
        if (!rst_xml_put(to, text)) return false;
        for (size_t i = 0; i < 6; i++)
            if (names[i] && !put_attribute(to, names[i], geo->tiepoints[at + i] + (i < 2 ? shift : 0))) return false;
        if (!rst_xml_put(to, "/>\n")) return false;
    }
    return rst_xml_put(to, "  ") && put_close(to, "GCPList");
}

static bool put_rpc(struct rst_bytes *to, const double *rpc)
{
    if (!rst_xml_put(to, "  <Metadata domain=\"RPC\">\n")) return false;
    for (size_t i = 0; i < RST_AUX_RPC_NUMBERS + RST_AUX_RPC_LISTS; i++) {
        bool list = i >= RST_AUX_RPC_NUMBERS;
        size_t at = list ? RST_AUX_RPC_NUMBERS + (i - RST_AUX_RPC_NUMBERS) * RPC_COEFFICIENTS : i;
        if (!rst_xml_put(to, "    ") || !put_open(to, "MDI", "key", rst_aux_rpc[i]) ||
            !put_numbers(to, rpc + at, list ? RPC_COEFFICIENTS : 1, " ") || !put_close(to, "MDI"))
            return false;
    }
    return rst_xml_put(to, "  </Metadata>\n");
}

static bool put_geo(struct rst_bytes *to, const struct rst_geo *geo, unsigned fields)
{
    char text[32];
    bool tied = fields & RST_META_TIEPOINTS, placed = fields & RST_META_TRANSFORM, known = fields & RST_META_CRS;
    if (known && (placed || !tied) && !put_element(to, "  ", "SRS", system_text(geo, text))) return false;
    if (placed && !put_transform(to, geo)) return false;
    if (tied && !put_tiepoints(to, geo, known)) return false;
    return !(fields & RST_META_RPC) || put_rpc(to, geo->rpc);
}

/* The element that GDAL has in the place of a band's item; NULL where it is an item there, too. */
static const char *element_of(const struct rst_item *item)
{
    for (int i = 0; item->role && item->band >= 0 && rst_item_is_plain(item) && i < RST_AUX_ROLES; i++)
        if (strcmp(item->role, rst_aux_roles[i].ours) == 0) return rst_aux_roles[i].gdals;
    return NULL;
}

static bool put_item(struct rst_bytes *to, const struct rst_item *item)
{
    const char *key = item->key;
    for (int i = 0; item->band < 0 && rst_item_is_plain(item) && i < RST_AUX_KEYS; i++)
        if (strcmp(key, rst_aux_keys[i].ours) == 0) key = rst_aux_keys[i].gdals;
    return rst_xml_put(to, "    ") && put_open(to, "MDI", "key", key) && rst_xml_escape(to, item->value) &&
           put_close(to, "MDI");
}

static bool same_domain(const struct rst_item *a, const struct rst_item *b)
{
    return rst_item_is_plain(a) ? rst_item_is_plain(b) : b->domain && strcmp(a->domain, b->domain) == 0;
}

/* The items of a band, or of the image (-1): runs of one domain are one element. */
static bool put_items(struct rst_bytes *to, const struct rst_meta *meta, int32_t band, const char *description)
{
    static const struct rst_item plain;
    const struct rst_item *last = NULL;
    if (description) {
        const struct rst_item item = {(char *)RST_AUX_DESCRIPTION, (char *)description, NULL, NULL, -1};
        if (!rst_xml_put(to, "  <Metadata>\n") || !put_item(to, &item)) return false;
        last = &plain;
    }
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        if (item->band != band || element_of(item)) continue;
        if (!last || !same_domain(last, item)) {
            if (last && !rst_xml_put(to, "  </Metadata>\n")) return false;
            const char *domain = rst_item_is_plain(item) ? NULL : item->domain;
            if (!rst_xml_put(to, "  ") || !put_open(to, "Metadata", "domain", domain) || !rst_xml_put(to, "\n"))
                return false;
        }
        if (!put_item(to, item)) return false;
        last = item;
    }
    return !last || rst_xml_put(to, "  </Metadata>\n");
}

static const char *color_name(const struct rst_meta *meta, int32_t bands, int32_t band)
{
    const char *color = rst_meta_band_color(meta, bands, band);
    for (int i = 0; i < RST_AUX_COLORS; i++)
        if (strcmp(color, rst_aux_colors[i].ours) == 0) return rst_aux_colors[i].gdals;
    return "Undefined";
}

/* What of a band's element there is to be said. */
static bool put_band_parts(struct rst_bytes *to, const struct rst_shape *shape, const struct rst_meta *meta,
                           unsigned fields, int32_t band)
{
    char text[32];
    const char *name = (size_t)band < meta->band_name_count ? meta->band_names[band] : NULL;
    if ((fields & RST_META_BAND_NAMES) && name && *name && !put_element(to, "    ", "Description", name)) return false;
    if ((fields & RST_META_NODATA) &&
        !put_element(to, "    ", "NoDataValue", rst_sample_format(meta->nodata, shape->type, text, sizeof text)))
        return false;
    for (size_t i = 0; (fields & RST_META_TEXT) && i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        const char *element = item->band == band ? element_of(item) : NULL;
        if (element && !put_element(to, "    ", element, item->value)) return false;
    }
    if ((fields & (RST_META_COLORS | RST_META_ALPHA)) &&
        !put_element(to, "    ", "ColorInterp", color_name(meta, shape->bands, band)))
        return false;
    return !(fields & RST_META_TEXT) || put_items(to, meta, band, NULL);
}

static bool put_bands(struct rst_bytes *to, const struct rst_shape *shape, const struct rst_meta *meta, unsigned fields)
{
    char number[16];
    for (int32_t band = 0; band < shape->bands; band++) {
        size_t before = to->size;
        snprintf(number, sizeof number, "%" PRId32, band + 1);
        if (!rst_xml_put(to, "  ") || !put_open(to, "PAMRasterBand", "band", number) || !rst_xml_put(to, "\n"))
            return false;
        size_t opened = to->size;
        if (!put_band_parts(to, shape, meta, fields, band)) return false;
        if (to->size == opened)
            to->size = before;
        else if (!rst_xml_put(to, "  ") || !put_close(to, "PAMRasterBand"))
            return false;
    }
    return true;
}

/* Colours that the names of bands tell: not that white is zero, nor of Lab. */
static bool tells_colors(const struct rst_meta *meta)
{
    enum { SEPARATED = 5, YCBCR = 6 };
    return meta->photometric == RST_PHOTOMETRIC_BLACK_IS_ZERO || meta->photometric == RST_PHOTOMETRIC_RGB ||
           meta->photometric == SEPARATED || meta->photometric == YCBCR || meta->photometric == RST_PHOTOMETRIC_UNKNOWN;
}

unsigned rst_aux_keeps(const struct rst_shape *shape, const struct rst_meta *meta)
{
    char text[32];
    struct rst_affine map;
    unsigned kept = RST_META_NODATA | RST_META_TRANSFORM | RST_META_TEXT | RST_META_BAND_NAMES;
    if (!rst_geo_transform(&meta->geo, &map)) kept |= RST_META_TIEPOINTS; /* GDAL has the one or the others */
    if (system_text(&meta->geo, text)) kept |= RST_META_CRS;
    if (meta->geo.rpc_count == RPC_COUNT) kept |= RST_META_RPC;
    if (tells_colors(meta)) kept |= RST_META_COLORS;
    if (rst_meta_alpha(meta, shape->bands, true) == rst_meta_alpha(meta, shape->bands, false)) kept |= RST_META_ALPHA;
    return kept;
}

enum rst_status rst_aux_write(const struct rst_shape *shape, const struct rst_meta *meta, unsigned fields,
                              struct rst_bytes *text, struct rst_error *err)
{
    const char *description = meta->description && *meta->description ? meta->description : NULL;
    *text = (struct rst_bytes){0};
    fields &= rst_aux_keeps(shape, meta) & rst_meta_fields(meta, shape->bands);
    if (fields == 0) return RST_OK;
    bool done = rst_xml_put(text, "<PAMDataset>\n") && put_geo(text, &meta->geo, fields) &&
                (!(fields & RST_META_TEXT) || put_items(text, meta, -1, description)) &&
                put_bands(text, shape, meta, fields) && rst_xml_put(text, "</PAMDataset>\n");
    if (done) return RST_OK;
    rst_bytes_clear(text);
    return rst_fail(err, RST_E_NOMEM, "no memory for the text of an .aux.xml");
}
