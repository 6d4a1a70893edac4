/* ENVI: samples and nothing else, and a header beside them that says how they lie and what they are.
 *
 * Fields that mean something to the library become metadata; all others are kept as items of the domain "ENVI", with
 * the braces of a list, and written back as they are.
 */
#include "codecs/plain/envi.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codecs/plain/envi_header.h"
#include "codecs/plain/raw.h"
#include "codecs/text/wkt.h"
#include "raster/image/items.h"

static const char domain[] = "ENVI";
static const char data_extensions[] = "img dat bin raw bil bip bsq envi";

enum field {
    SAMPLES,
    LINES,
    BANDS,
    HEADER_OFFSET,
    FILE_TYPE,
    DATA_TYPE,
    INTERLEAVE,
    SAMPLE_ORDER,
    MAP_INFO,
    SYSTEM,
    IGNORE_VALUE,
    BAND_NAMES,
    DESCRIPTION,
    COMPRESSION,
    MAJOR_OFFSETS,
    MINOR_OFFSETS,
    FIELDS
};

static const char *const names[FIELDS] = {
    [SAMPLES] = "samples",
    [LINES] = "lines",
    [BANDS] = "bands",
    [HEADER_OFFSET] = "header offset",
    [FILE_TYPE] = "file type",
    [DATA_TYPE] = "data type",
    [INTERLEAVE] = "interleave",
    [SAMPLE_ORDER] = "byte order",
    [MAP_INFO] = "map info",
    [SYSTEM] = "coordinate system string",
    [IGNORE_VALUE] = "data ignore value",
    [BAND_NAMES] = "band names",
    [DESCRIPTION] = "description",
    [COMPRESSION] = "file compression",
    [MAJOR_OFFSETS] = "major frame offsets",
    [MINOR_OFFSETS] = "minor frame offsets",
};

/* ENVI's numbers for types; 0: it has none. */
static const int type_codes[RST_TYPE_COUNT] = {
    [RST_U8] = 1,   [RST_I16] = 2,  [RST_I32] = 3,  [RST_F32] = 4, [RST_F64] = 5,
    [RST_U16] = 12, [RST_U32] = 13, [RST_I64] = 14, [RST_U64] = 15};

static const char *const interleaves[] = {[RST_BIP] = "bip", [RST_BIL] = "bil", [RST_BSQ] = "bsq"};

/* A header that is being read. */
struct reading {
    const char *path;
    struct rst_envi_field fields[FIELDS]; /* name NULL: not there */
    struct rst_raw raw;
    struct rst_meta meta;
};

static bool is_envi(const char *start)
{
    return strncmp(start, domain, sizeof domain - 1) == 0 && (!start[4] || strchr(" \t\r\n", start[4]));
}

static bool probe(const struct rst_source *source)
{
    char *header = rst_header_find(source->path, is_envi);
    free(header);
    return header != NULL;
}

static enum rst_status fail_field(const struct reading *reading, enum field field, const char *wants,
                                  struct rst_error *err)
{
    const struct rst_envi_field *at = &reading->fields[field];
    if (!at->name) return rst_fail(err, RST_E_FORMAT, "%s: it has no field \"%s\"", reading->path, names[field]);
    return rst_fail(err, RST_E_FORMAT, "%s: line %d: %s = \"%.40s\": it is to be %s", reading->path, at->line,
                    names[field], at->value, wants);
}

static enum rst_status add_item(struct reading *reading, const struct rst_envi_field *field, struct rst_error *err)
{
    struct rst_text value = {0};
    rst_text_put(&value, field->braces ? "{%s}" : "%s", field->value);
    if (!rst_bytes_append(&value.bytes, "", 1)) value.failed = true;
    struct rst_item item = {
        .key = field->name, .value = (char *)value.bytes.data, .domain = (char *)domain, .band = -1};
    enum rst_status status = value.failed
                                 ? rst_fail(err, RST_E_NOMEM, "%s: no memory for \"%s\"", reading->path, field->name)
                                 : rst_meta_append(&reading->meta, &item, err);
    rst_bytes_clear(&value.bytes);
    return status;
}

static enum rst_status gather(struct reading *reading, char *text, struct rst_error *err)
{
    struct rst_envi_text at = {.path = reading->path, .at = text + strcspn(text, "\n"), .line = 1};
    for (;;) {
        struct rst_envi_field field;
        int known = 0;
        RST_TRY(rst_envi_next(&at, &field, err));
        if (!field.name) return RST_OK;
        while (known < FIELDS && strcmp(field.name, names[known]) != 0)
            known++;
        if (known == FIELDS) {
            RST_TRY(add_item(reading, &field, err));
            continue;
        }
        if (reading->fields[known].name)
            return rst_fail(err, RST_E_FORMAT, "%s: line %d: \"%s\" was told before, in line %d", reading->path,
                            field.line, field.name, reading->fields[known].line);
        reading->fields[known] = field;
    }
}

/* A whole number; `number` stays as it is where the field is not there and not `needed`. */
static enum rst_status read_integer(const struct reading *reading, enum field field, bool needed, uint64_t least,
                                    uint64_t most, uint64_t *number, struct rst_error *err)
{
    const struct rst_envi_field *at = &reading->fields[field];
    uint64_t value;
    if (!at->name && !needed) return RST_OK;
    if (!at->name || !rst_header_integer(at->value, most, &value) || value < least)
        return fail_field(reading, field, "a whole number that is not too small or large", err);
    *number = value;
    return RST_OK;
}

static enum rst_status read_type(struct reading *reading, struct rst_error *err)
{
    uint64_t code = 0;
    RST_TRY(read_integer(reading, DATA_TYPE, true, 1, 255, &code, err));
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        if (type_codes[i] != (int)code) continue;
        reading->raw.type = (enum rst_type)i;
        return RST_OK;
    }
    int line = reading->fields[DATA_TYPE].line;
    if (code == 6 || code == 9)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: line %d: data type %" PRIu64 ": complex samples are not handled",
                        reading->path, line, code);
    return rst_fail(err, RST_E_FORMAT, "%s: line %d: there is no data type %" PRIu64, reading->path, line, code);
}

static enum rst_status read_interleave(struct reading *reading, struct rst_error *err)
{
    const struct rst_envi_field *at = &reading->fields[INTERLEAVE];
    reading->raw.interleave = RST_BSQ;
    if (!at->name) return RST_OK;
    for (int i = RST_BIP; i <= RST_BSQ; i++) {
        if (strcasecmp(at->value, interleaves[i]) != 0) continue;
        reading->raw.interleave = (enum rst_interleave)i;
        return RST_OK;
    }
    return fail_field(reading, INTERLEAVE, "bsq, bil or bip", err);
}

/* What would mean that the file is not samples and nothing else. */
static enum rst_status refuse_forms(const struct reading *reading, struct rst_error *err)
{
    const struct rst_envi_field *type = &reading->fields[FILE_TYPE];
    uint64_t compression = 0;
    RST_TRY(read_integer(reading, COMPRESSION, false, 0, 255, &compression, err));
    if (compression != 0)
        return rst_fail(err, RST_E_UNSUPPORTED,
                        "%s: line %d: file compression = %" PRIu64 ": compressed ENVI files are not handled",
                        reading->path, reading->fields[COMPRESSION].line, compression);
    if (type->name && strncasecmp(type->value, domain, sizeof domain - 1) != 0)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: line %d: file type = %.60s: only ENVI's own is handled",
                        reading->path, type->line, type->value);
    for (int i = MAJOR_OFFSETS; i <= MINOR_OFFSETS; i++) {
        const char *value = reading->fields[i].name ? reading->fields[i].value : "0";
        if (value[strspn(value, "0, \t\r\n")] != '\0')
            return rst_fail(err, RST_E_UNSUPPORTED, "%s: line %d: %s = {%.40s}: gaps between frames are not handled",
                            reading->path, reading->fields[i].line, names[i], value);
    }
    return RST_OK;
}

static enum rst_status read_form(struct reading *reading, struct rst_error *err)
{
    uint64_t width = 0, height = 0, bands = 1, offset = 0, order = 0;
    RST_TRY(refuse_forms(reading, err));
    RST_TRY(read_integer(reading, SAMPLES, true, 1, (uint64_t)RST_MAX_SIDE, &width, err));
    RST_TRY(read_integer(reading, LINES, true, 1, (uint64_t)RST_MAX_SIDE, &height, err));
    RST_TRY(read_integer(reading, BANDS, false, 1, RST_MAX_BANDS, &bands, err));
    RST_TRY(read_integer(reading, HEADER_OFFSET, false, 0, INT64_MAX, &offset, err));
    RST_TRY(read_integer(reading, SAMPLE_ORDER, false, 0, 1, &order, err));
    reading->raw.width = (int64_t)width;
    reading->raw.height = (int64_t)height;
    reading->raw.bands = (int32_t)bands;
    reading->raw.offset = offset;
    reading->raw.big_endian = order == 1;
    RST_TRY(read_interleave(reading, err));
    return read_type(reading, err);
}

static enum rst_status read_geo(struct reading *reading, struct rst_error *err)
{
    const struct rst_envi_field *map_info = &reading->fields[MAP_INFO], *system = &reading->fields[SYSTEM];
    struct rst_affine map, back;
    int epsg = 0;
    if (map_info->name) {
        char *list = strdup(map_info->value);
        if (!list) return rst_fail(err, RST_E_NOMEM, "%s: no memory for its map info", reading->path);
        bool understood = rst_envi_parse_map(list, &map, &epsg) && rst_affine_invert(map, &back);
        free(list);
        if (!understood) RST_TRY(add_item(reading, map_info, err));
        if (understood) RST_TRY(rst_geo_set_transform(&reading->meta.geo, map, err));
    }
    if (epsg) RST_TRY(rst_geo_set_epsg(&reading->meta.geo, epsg, err));
    if (!system->name || !*system->value) return RST_OK;
    return rst_meta_set_text(&reading->meta.geo.wkt, system->value, err);
}

static enum rst_status read_band_names(struct reading *reading, struct rst_error *err)
{
    char *list = reading->fields[BAND_NAMES].name ? reading->fields[BAND_NAMES].value : NULL;
    for (int32_t band = 0; band < reading->raw.bands; band++) {
        const char *name = rst_envi_entry(&list);
        if (!name) return RST_OK;
        if (*name) RST_TRY(rst_meta_name_band(&reading->meta, band, name, err));
    }
    return RST_OK;
}

static enum rst_status read_meta(struct reading *reading, struct rst_error *err)
{
    const struct rst_envi_field *ignore = &reading->fields[IGNORE_VALUE], *about = &reading->fields[DESCRIPTION];
    struct rst_meta *meta = &reading->meta;
    RST_TRY(read_geo(reading, err));
    RST_TRY(read_band_names(reading, err));
    if (about->name && *about->value) RST_TRY(rst_meta_set_text(&meta->description, about->value, err));
    if (!ignore->name) return RST_OK;
    meta->has_nodata = rst_sample_parse(ignore->value, reading->raw.type, &meta->nodata);
    return meta->has_nodata ? RST_OK : add_item(reading, ignore, err); /* a value that no sample can have */
}

static enum rst_status read_header(struct reading *reading, char *text, struct rst_error *err)
{
    RST_TRY(gather(reading, text, err));
    RST_TRY(read_form(reading, err));
    return read_meta(reading, err);
}

static enum rst_status open_pair(struct rst_source *source, const char *header, char *text, struct rst_raster **out,
                                 struct rst_error *err)
{
    const char *path = source->path;
    char *data = NULL;
    struct reading reading = {.path = header};
    enum rst_status status = read_header(&reading, text, err);
    if (status == RST_OK) status = rst_header_open_data(source, header, data_extensions, &data, err);
    if (status == RST_OK) status = rst_raw_open(source, rst_codec_envi.name, &reading.raw, &reading.meta, out, err);
    source->path = path;
    free(data);
    rst_meta_clear(&reading.meta);
    return status;
}

static enum rst_status open_envi(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    return rst_header_open(source, is_envi, open_pair, out, err);
}

/* Whether a value can stand in a header: in braces, or on a line of its own. */
static bool can_hold(const char *text, const char *never)
{
    return text && *text && !text[strcspn(text, never)];
}

static bool can_hold_value(const char *value)
{
    size_t length = strlen(value);
    if (value[0] != '{') return can_hold(value, "{}\n");
    return length >= 2 && strcspn(value + 1, "{}") == length - 2 && value[length - 1] == '}';
}

static bool can_hold_item(const struct rst_item *item)
{
    if (!item->domain || strcmp(item->domain, domain) != 0 || item->band >= 0 || item->role) return false;
    for (int i = 0; i < FIELDS; i++)
        if (strcasecmp(item->key, names[i]) == 0 && i != MAP_INFO && i != IGNORE_VALUE) return false;
    return can_hold(item->key, "={}\n") && item->key[0] != ';' && can_hold_value(item->value);
}

static bool can_hold_names(const struct rst_meta *meta)
{
    for (size_t i = 0; i < meta->band_name_count; i++)
        if (meta->band_names[i] && meta->band_names[i][strcspn(meta->band_names[i], ",{}\n")]) return false;
    return true;
}

unsigned rst_envi_keeps(const struct rst_meta *meta)
{
    unsigned fields = RST_META_NODATA | (can_hold_names(meta) ? RST_META_BAND_NAMES : 0);
    struct rst_affine map;
    bool text = !meta->description || !*meta->description || can_hold(meta->description, "{}");
    for (size_t i = 0; i < meta->item_count && text; i++)
        text = can_hold_item(&meta->items[i]);
    if (text) fields |= RST_META_TEXT;
    if (rst_geo_transform(&meta->geo, &map) && rst_envi_can_map(map)) fields |= RST_META_TRANSFORM;
    if (rst_wkt_is_known(&meta->geo) && !(meta->geo.wkt && !can_hold(meta->geo.wkt, "{}"))) fields |= RST_META_CRS;
    return fields;
}

static unsigned keeps(const struct rst_shape *shape, const struct rst_meta *meta)
{
    (void)shape;
    return rst_envi_keeps(meta);
}

static void put_form(struct rst_text *text, const struct rst_raw *raw)
{
    rst_text_put(text,
                 "samples = %" PRId64 "\nlines = %" PRId64 "\nbands = %" PRId32 "\nheader offset = %" PRIu64
                 "\nfile type = ENVI Standard\ndata type = %d\ninterleave = %s\nbyte order = %d\n",
                 raw->width, raw->height, raw->bands, raw->offset, type_codes[raw->type], interleaves[raw->interleave],
                 raw->big_endian);
}

static enum rst_status put_geo(struct rst_text *text, const struct rst_geo *geo, unsigned kept, struct rst_error *err)
{
    struct rst_affine map;
    char *wkt = NULL;
    if ((kept & RST_META_TRANSFORM) && rst_geo_transform(geo, &map)) rst_envi_put_map(text, map, rst_geo_epsg(geo));
    if (!(kept & RST_META_CRS)) return RST_OK;
    RST_TRY(rst_wkt_of_geo(geo, &wkt, err));
    rst_text_put(text, "coordinate system string = {%s}\n", wkt);
    free(wkt);
    return RST_OK;
}

static void put_band_names(struct rst_text *text, const struct rst_meta *meta, int32_t bands)
{
    rst_text_put(text, "band names = {\n");
    for (int32_t i = 0; i < bands; i++) {
        const char *name = (size_t)i < meta->band_name_count ? meta->band_names[i] : NULL;
        if (name && *name)
            rst_text_put(text, "%s", name);
        else
            rst_text_put(text, "Band %" PRId32, i + 1);
        rst_text_put(text, "%s\n", i < bands - 1 ? "," : "}");
    }
}

static enum rst_status put_meta(struct rst_text *text, const struct rst_raw *raw, const struct rst_meta *meta,
                                struct rst_error *err)
{
    unsigned kept = rst_envi_keeps(meta), has = rst_meta_fields(meta, raw->bands);
    RST_TRY(put_geo(text, &meta->geo, kept, err));
    if (meta->has_nodata) {
        rst_text_put(text, "data ignore value = ");
        rst_text_sample(text, meta->nodata, raw->type);
        rst_text_put(text, "\n");
    }
    if (kept & has & RST_META_BAND_NAMES) put_band_names(text, meta, raw->bands);
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        bool told = (strcasecmp(item->key, names[MAP_INFO]) == 0 && (kept & has & RST_META_TRANSFORM)) ||
                    (strcasecmp(item->key, names[IGNORE_VALUE]) == 0 && meta->has_nodata);
        if (can_hold_item(item) && !told) rst_text_put(text, "%s = %s\n", item->key, item->value);
    }
    return RST_OK;
}

static enum rst_status check_form(const struct rst_raster *raster, const char *path, struct rst_raw *raw,
                                  struct rst_error *err)
{
    if (rst_raster_unmapped(raster) || !rst_raw_of_layout(rst_raster_layout(raster), raw))
        return rst_fail(err, RST_E_ARGUMENT, "%s: an ENVI header cannot say how its samples lie", path);
    if (type_codes[raw->type] == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: ENVI has no type for %s; u8 and i16 it has", path,
                        rst_type_name(raw->type));
    if (strcasecmp(rst_header_extension(path), "hdr") == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: this is the name of the header; name the file of pixels", path);
    return RST_OK;
}

enum rst_status rst_envi_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                               const struct rst_create_options *options, struct rst_error *err)
{
    struct rst_text text = {0};
    struct rst_raw raw = {0};
    RST_TRY(check_form(raster, path, &raw, err));
    rst_text_put(&text, "ENVI\n");
    if (can_hold(meta->description, "{}")) rst_text_put(&text, "description = {\n%s}\n", meta->description);
    put_form(&text, &raw);
    enum rst_status status = put_meta(&text, &raw, meta, err);
    char *header = rst_header_replace(path, "hdr");
    if (status == RST_OK && !header) status = rst_fail(err, RST_E_NOMEM, "%s: no memory for its header's name", path);
    if (status == RST_OK)
        status = rst_text_attach(&text, raster, header, options, err);
    else
        rst_bytes_clear(&text.bytes);
    free(header);
    return status;
}

static enum rst_status create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    struct rst_raw raw = rst_raw_of_options(shape, options);
    RST_TRY(rst_raw_create(path, rst_codec_envi.name, &raw, meta, options, out, err));
    enum rst_status status = rst_envi_write(*out, path, meta, options, err);
    if (status != RST_OK) rst_close(out);
    return status;
}

const struct rst_codec rst_codec_envi = {
    .name = "ENVI",
    .extensions = "envi",
    .notes = "integers of 8 to 64 bits but not i8, f32 and f64, in any number of bands; with OUT.hdr beside it",
    .probe = probe,
    .open = open_envi,
    .keeps = keeps,
    .create = create};
