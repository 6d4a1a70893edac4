/* ESRI's BIL, BIP and BSQ: samples, and a header beside them of lines "KEY value".
 *
 * Rows may be padded and bands may have gaps between them, which become strides. ULXMAP and ULYMAP are the centre of
 * the first pixel. Keys that mean nothing to the library are kept as items of the domain "ESRI", and written back.
 */
#include "codecs/plain/esri.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codecs/text/header.h"
#include "codecs/plain/raw.h"
#include "codecs/text/wkt.h"
#include "codecs/text/world.h"
#include "raster/base/size.h"
#include "raster/image/items.h"

static const char domain[] = "ESRI";

enum key {
    NROWS,
    NCOLS,
    NBANDS,
    NBITS,
    PIXELTYPE,
    BYTEORDER,
    LAYOUT,
    SKIPBYTES,
    BANDROWBYTES,
    TOTALROWBYTES,
    BANDGAPBYTES,
    ULXMAP,
    ULYMAP,
    XDIM,
    YDIM,
    NODATA,
    NODATA_VALUE,
    KEYS
};

static const char *const names[KEYS] = {"NROWS",        "NCOLS",       "NBANDS",    "NBITS",        "PIXELTYPE",
                                        "BYTEORDER",    "LAYOUT",      "SKIPBYTES", "BANDROWBYTES", "TOTALROWBYTES",
                                        "BANDGAPBYTES", "ULXMAP",      "ULYMAP",    "XDIM",         "YDIM",
                                        "NODATA",       "NODATA_VALUE"};

static const char *const layouts[] = {[RST_BIP] = "BIP", [RST_BIL] = "BIL", [RST_BSQ] = "BSQ"};

/* A header that is being read. */
struct reading {
    const char *path;
    char *values[KEYS]; /* NULL: not there */
    int lines[KEYS];
    struct rst_raw raw;
    struct rst_layout layout;
    uint64_t offset;
    struct rst_meta meta;
};

/* Splits a line into a key and what follows it; false where it is empty. */
static bool split_line(char *line, char **key, char **value)
{
    *key = rst_header_trim(line);
    *value = *key + strcspn(*key, " \t");
    if (**value) *(*value)++ = '\0';
    *value = rst_header_trim(*value);
    return **key != '\0';
}

static bool has_key(const char *start, enum key key)
{
    size_t length = strlen(names[key]);
    for (const char *at = start; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        const char *word = at + strspn(at, " \t");
        if (strncasecmp(word, names[key], length) == 0 && (word[length] == ' ' || word[length] == '\t')) return true;
    }
    return false;
}

static bool is_esri(const char *start)
{
    return has_key(start, NROWS) && has_key(start, NCOLS);
}

static bool probe(const struct rst_source *source)
{
    char *header = rst_header_find(source->path, is_esri);
    free(header);
    return header != NULL;
}

static enum rst_status gather(struct reading *reading, char *text, struct rst_error *err)
{
    int number = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        char *key, *value;
        int known = 0;
        number++;
        if (!split_line(line, &key, &value)) continue;
        while (known < KEYS && strcasecmp(key, names[known]) != 0)
            known++;
        if (known == KEYS) {
            struct rst_item item = {.key = key, .value = value, .domain = (char *)domain, .band = -1};
            RST_TRY(rst_meta_append(&reading->meta, &item, err));
            continue;
        }
        if (reading->values[known])
            return rst_fail(err, RST_E_FORMAT, "%s: line %d: %s was told before, in line %d", reading->path, number,
                            names[known], reading->lines[known]);
        reading->values[known] = value;
        reading->lines[known] = number;
    }
    return RST_OK;
}

static enum rst_status fail_key(const struct reading *reading, enum key key, const char *wants, struct rst_error *err)
{
    if (!reading->values[key]) return rst_fail(err, RST_E_FORMAT, "%s: it has no %s", reading->path, names[key]);
    return rst_fail(err, RST_E_FORMAT, "%s: line %d: %s is \"%.40s\": it is to be %s", reading->path,
                    reading->lines[key], names[key], reading->values[key], wants);
}

/* `number` stays as it is where the key is not there and not `needed`. */
static enum rst_status read_integer(const struct reading *reading, enum key key, bool needed, uint64_t least,
                                    uint64_t most, uint64_t *number, struct rst_error *err)
{
    const char *text = reading->values[key];
    uint64_t value;
    if (!text && !needed) return RST_OK;
    if (!text || !rst_header_integer(text, most, &value) || value < least)
        return fail_key(reading, key, "a whole number that is not too small or large", err);
    *number = value;
    return RST_OK;
}

/* One of several words; `choice` stays as it is where the key is not there. */
static enum rst_status read_word(const struct reading *reading, enum key key, const char *const *words, int count,
                                 const char *wants, int *choice, struct rst_error *err)
{
    const char *text = reading->values[key];
    if (!text) return RST_OK;
    for (int i = 0; i < count; i++) {
        if (strcasecmp(text, words[i]) != 0) continue;
        *choice = i;
        return RST_OK;
    }
    return fail_key(reading, key, wants, err);
}

static enum rst_status read_type(struct reading *reading, struct rst_error *err)
{
    static const char *const words[] = {"UNSIGNEDINT", "SIGNEDINT", "FLOAT"};
    static const char *const kinds[] = {"u", "i", "f"};
    uint64_t bits = 8;
    int kind = 0;
    RST_TRY(read_integer(reading, NBITS, false, 1, 64, &bits, err));
    RST_TRY(read_word(reading, PIXELTYPE, words, 3, "UNSIGNEDINT, SIGNEDINT or FLOAT", &kind, err));
    if (bits < 8)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: line %d: NBITS is %" PRIu64 ": samples that share a byte cannot be mapped", reading->path,
                        reading->lines[NBITS], bits);
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i;
        if (rst_type_name(type)[0] != kinds[kind][0] || 8 * rst_type_size(type) != bits) continue;
        reading->raw.type = type;
        return RST_OK;
    }
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: samples of %" PRIu64 " bits, PIXELTYPE %s, are not handled",
                    reading->path, bits, words[kind]);
}

static enum rst_status read_form(struct reading *reading, struct rst_error *err)
{
    static const char *const orders[] = {"I", "LSBFIRST", "M", "MSBFIRST"};
    uint64_t width = 0, height = 0, bands = 1;
    int order = RST_BIG_ENDIAN ? 2 : 0, interleave = RST_BIL;
    RST_TRY(read_integer(reading, NCOLS, true, 1, (uint64_t)RST_MAX_SIDE, &width, err));
    RST_TRY(read_integer(reading, NROWS, true, 1, (uint64_t)RST_MAX_SIDE, &height, err));
    RST_TRY(read_integer(reading, NBANDS, false, 1, RST_MAX_BANDS, &bands, err));
    RST_TRY(read_integer(reading, SKIPBYTES, false, 0, INT64_MAX, &reading->raw.offset, err));
    RST_TRY(read_word(reading, BYTEORDER, orders, 4, "I or M", &order, err));
    RST_TRY(read_word(reading, LAYOUT, layouts, 3, "BIL, BIP or BSQ", &interleave, err));
    reading->raw.width = (int64_t)width;
    reading->raw.height = (int64_t)height;
    reading->raw.bands = (int32_t)bands;
    reading->raw.big_endian = order >= 2;
    reading->raw.interleave = (enum rst_interleave)interleave;
    return read_type(reading, err);
}

static enum rst_status fail_strides(const struct reading *reading, struct rst_error *err)
{
    return rst_fail(err, RST_E_FORMAT,
                    "%s: rows of %s and %s bytes and gaps of %s do not hold %" PRId64 "x%" PRId64 "x%" PRId32
                    " samples",
                    reading->path, reading->values[BANDROWBYTES] ? reading->values[BANDROWBYTES] : "packed",
                    reading->values[TOTALROWBYTES] ? reading->values[TOTALROWBYTES] : "packed",
                    reading->values[BANDGAPBYTES] ? reading->values[BANDGAPBYTES] : "0", reading->raw.width,
                    reading->raw.height, reading->raw.bands);
}

/* Padding and gaps, on top of the packed layout. */
static enum rst_status read_strides(struct reading *reading, struct rst_error *err)
{
    struct rst_layout *layout = &reading->layout;
    const struct rst_raw *raw = &reading->raw;
    uint64_t length, line, row, gap = 0, most = PTRDIFF_MAX;
    if (!rst_raw_lay_out(raw, &reading->offset, layout, &length)) return fail_strides(reading, err);
    line = (uint64_t)raw->width * rst_type_size(raw->type);
    RST_TRY(read_integer(reading, BANDROWBYTES, false, line, most, &line, err));
    if (raw->interleave == RST_BIP || raw->bands == 1) {
        row = (uint64_t)layout->row_stride;
        if (raw->interleave != RST_BIP && line > row) row = line;
    } else if (raw->interleave == RST_BSQ) {
        row = line;
    } else if (!rst_mul(line, (uint64_t)raw->bands, &row) || row > most) {
        return fail_strides(reading, err);
    }
    if (raw->interleave != RST_BSQ) RST_TRY(read_integer(reading, TOTALROWBYTES, false, row, most, &row, err));
    RST_TRY(read_integer(reading, BANDGAPBYTES, false, 0, most, &gap, err));
    layout->row_stride = (ptrdiff_t)row;
    uint64_t band = (uint64_t)layout->band_stride;
    if (raw->interleave == RST_BIL) band = line;
    if (raw->interleave == RST_BSQ && !rst_mul_add(row, (uint64_t)raw->height, gap, &band))
        return fail_strides(reading, err);
    if (band > most) return fail_strides(reading, err);
    layout->band_stride = (ptrdiff_t)band;
    return RST_OK;
}

static enum rst_status read_number(const struct reading *reading, enum key key, double *number, struct rst_error *err)
{
    const char *text = reading->values[key];
    if (!text || rst_header_number(text, number)) return RST_OK;
    return fail_key(reading, key, "a number", err);
}

static enum rst_status read_geo(struct reading *reading, struct rst_error *err)
{
    double x = 0, y = (double)(reading->raw.height - 1), width = 1, height = 1;
    RST_TRY(read_number(reading, ULXMAP, &x, err));
    RST_TRY(read_number(reading, ULYMAP, &y, err));
    RST_TRY(read_number(reading, XDIM, &width, err));
    RST_TRY(read_number(reading, YDIM, &height, err));
    if (!reading->values[ULXMAP] && !reading->values[ULYMAP] && !reading->values[XDIM] && !reading->values[YDIM])
        return RST_OK;
    if (width <= 0) return fail_key(reading, XDIM, "more than 0", err);
    if (height <= 0) return fail_key(reading, YDIM, "more than 0", err);
    struct rst_affine map = {{width, 0, x - width / 2, 0, -height, y + height / 2}};
    return rst_geo_set_transform(&reading->meta.geo, map, err);
}

static enum rst_status read_nodata(struct reading *reading, struct rst_error *err)
{
    struct rst_meta *meta = &reading->meta;
    enum key key = reading->values[NODATA] ? NODATA : NODATA_VALUE;
    char *text = reading->values[key];
    if (!text) return RST_OK;
    meta->has_nodata = rst_sample_parse(text, reading->raw.type, &meta->nodata);
    if (meta->has_nodata) return RST_OK;
    struct rst_item item = {.key = (char *)names[key], .value = text, .domain = (char *)domain, .band = -1};
    return rst_meta_append(meta, &item, err); /* a value that no sample can have */
}

static enum rst_status read_header(struct reading *reading, char *text, struct rst_error *err)
{
    RST_TRY(gather(reading, text, err));
    RST_TRY(read_form(reading, err));
    RST_TRY(read_strides(reading, err));
    RST_TRY(read_geo(reading, err));
    return read_nodata(reading, err);
}

static enum rst_status open_pair(struct rst_source *source, const char *header, char *text, struct rst_raster **out,
                                 struct rst_error *err)
{
    const char *path = source->path;
    char *data = NULL;
    struct reading reading = {.path = header};
    enum rst_status status = read_header(&reading, text, err);
    if (status == RST_OK) status = rst_header_open_data(source, header, "bil bip bsq img dat raw bin", &data, err);
    if (status == RST_OK && source->options->page != 0)
        status = rst_fail(err, RST_E_ARGUMENT, "%s: page %d: a file of format %s has 1 page, page 0", source->path,
                          source->options->page, rst_codec_esri.name);
    struct rst_source_parts parts = {.format = rst_codec_esri.name, .layout = &reading.layout, .meta = &reading.meta};
    reading.layout.offsets = &reading.offset;
    if (status == RST_OK) status = rst_source_raster(source, &parts, out, err);
    source->path = path;
    free(data);
    rst_meta_clear(&reading.meta);
    return status;
}

static enum rst_status open_esri(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    return rst_header_open(source, is_esri, open_pair, out, err);
}

static bool can_hold_item(const struct rst_item *item)
{
    if (!item->domain || strcmp(item->domain, domain) != 0 || item->band >= 0 || item->role) return false;
    for (int i = 0; i < NODATA; i++)
        if (strcasecmp(item->key, names[i]) == 0) return false;
    return *item->key && !item->key[strcspn(item->key, " \t\r\n")] && !item->value[strcspn(item->value, "\r\n")];
}

unsigned rst_esri_keeps(const struct rst_meta *meta)
{
    struct rst_affine map;
    unsigned fields = RST_META_NODATA | RST_META_TRANSFORM;
    bool text = !meta->description || !*meta->description;
    for (size_t i = 0; i < meta->item_count && text; i++)
        text = can_hold_item(&meta->items[i]);
    if (text) fields |= RST_META_TEXT;
    if (rst_geo_transform(&meta->geo, &map) && rst_wkt_is_known(&meta->geo)) fields |= RST_META_CRS;
    return fields;
}

static unsigned keeps(const struct rst_shape *shape, const struct rst_meta *meta)
{
    (void)shape;
    return rst_esri_keeps(meta);
}

static void put_form(struct rst_text *text, const struct rst_raw *raw)
{
    uint64_t size = rst_type_size(raw->type), line = (uint64_t)raw->width * size;
    const char *kind = rst_type_is_float(raw->type)    ? "FLOAT"
                       : rst_type_is_signed(raw->type) ? "SIGNEDINT"
                                                       : "UNSIGNEDINT";
    rst_text_put(text,
                 "BYTEORDER      %s\nLAYOUT         %s\nNROWS          %" PRId64 "\nNCOLS          %" PRId64
                 "\nNBANDS         %" PRId32 "\nNBITS          %" PRIu64 "\nPIXELTYPE      %s\n",
                 raw->big_endian ? "M" : "I", layouts[raw->interleave], raw->height, raw->width, raw->bands, 8 * size,
                 kind);
    if (raw->offset) rst_text_put(text, "SKIPBYTES      %" PRIu64 "\n", raw->offset);
    if (raw->interleave != RST_BIP) rst_text_put(text, "BANDROWBYTES   %" PRIu64 "\n", line);
    rst_text_put(text, "TOTALROWBYTES  %" PRIu64 "\n", raw->interleave == RST_BSQ ? line : line * (uint64_t)raw->bands);
}

static void put_value(struct rst_text *text, enum key key, double number)
{
    rst_text_put(text, "%-14s ", names[key]);
    rst_text_number(text, number);
    rst_text_put(text, "\n");
}

static void put_meta(struct rst_text *text, const struct rst_raw *raw, const struct rst_meta *meta)
{
    struct rst_affine map;
    const double *m = map.m;
    if (rst_geo_transform(&meta->geo, &map) && m[1] == 0 && m[3] == 0 && m[0] > 0 && m[4] < 0) {
        put_value(text, ULXMAP, m[2] + m[0] / 2);
        put_value(text, ULYMAP, m[5] + m[4] / 2);
        put_value(text, XDIM, m[0]);
        put_value(text, YDIM, -m[4]);
    }
    if (meta->has_nodata) {
        rst_text_put(text, "%-14s ", names[NODATA]);
        rst_text_sample(text, meta->nodata, raw->type);
        rst_text_put(text, "\n");
    }
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        bool told = meta->has_nodata && strncasecmp(item->key, names[NODATA], strlen(names[NODATA])) == 0;
        if (can_hold_item(item) && !told) rst_text_put(text, "%-14s %s\n", item->key, item->value);
    }
}

enum rst_status rst_esri_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                               const struct rst_create_options *options, struct rst_error *err)
{
    struct rst_text text = {0};
    struct rst_raw raw;
    struct rst_affine map;
    if (rst_raster_unmapped(raster) || !rst_raw_of_layout(rst_raster_layout(raster), &raw))
        return rst_fail(err, RST_E_ARGUMENT, "%s: an ESRI header cannot say how its samples lie", path);
    if (strcasecmp(rst_header_extension(path), "hdr") == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: this is the name of the header; name the file of pixels", path);
    char *header = rst_header_replace(path, "hdr");
    if (!header) return rst_fail(err, RST_E_NOMEM, "%s: no memory for its header's name", path);
    put_form(&text, &raw);
    put_meta(&text, &raw, meta);
    enum rst_status status = rst_text_attach(&text, raster, header, options, err);
    free(header);
    if (status != RST_OK || !rst_geo_transform(&meta->geo, &map)) return status;
    return rst_world_write(raster, path, &meta->geo, options, err);
}

/* The extension says how bands are interleaved, where the options do not. */
static struct rst_raw raw_of(const char *path, const struct rst_shape *shape, const struct rst_create_options *options)
{
    struct rst_raw raw = rst_raw_of_options(shape, options);
    for (int i = RST_BIP; i <= RST_BSQ && !options->raw; i++)
        if (strcasecmp(rst_header_extension(path), layouts[i]) == 0) raw.interleave = (enum rst_interleave)i;
    return raw;
}

static enum rst_status create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    struct rst_raw raw = raw_of(path, shape, options);
    RST_TRY(rst_raw_create(path, rst_codec_esri.name, &raw, meta, options, out, err));
    enum rst_status status = rst_esri_write(*out, path, meta, options, err);
    if (status != RST_OK) rst_close(out);
    return status;
}

const struct rst_codec rst_codec_esri = {
    .name = "ESRI",
    .extensions = "bil bip bsq",
    .notes = "integers of 8 to 64 bits, f32 and f64, in any number of bands; with OUT.hdr beside it",
    .probe = probe,
    .open = open_esri,
    .keeps = keeps,
    .create = create};
