/* Reading GDAL's sidecar. What it says is gathered first, and then goes where nothing was known: the raster's own file
 * has the last word. Elements that have no place here (histograms, masks) are passed over. */
#define _GNU_SOURCE 1
#include "codecs/beside/aux_xml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codecs/text/xml.h"
#include "raster/image/items.h"

enum { BYTES_MOST = 16 << 20, RPC_COUNT = 92, RPC_COEFFICIENTS = 20, ITEMS_MOST = 65536, GCPS_MOST = 65536 };

struct reader {
    struct rst_xml xml;
    enum rst_type type;
    int32_t bands;
    struct rst_meta meta; /* what was found */
    bool has_transform;
    struct rst_affine transform;
    const char **colors; /* what each band shows, in our words; owned */
};

/* Passes over the rest of the element that is open. */
static enum rst_status skip(struct reader *reader)
{
    int depth = reader->xml.depth - 1;
    while (reader->xml.depth > depth) {
        enum rst_xml_event event = rst_xml_next(&reader->xml);
        if (event == RST_XML_BROKEN || event == RST_XML_END) return RST_E_FORMAT;
    }
    return RST_OK;
}

/* The text of the element that is open, and its end; owned by the caller. Elements inside it are passed over. */
static enum rst_status read_text(struct reader *reader, char **text)
{
    struct rst_bytes bytes = {0};
    int depth = reader->xml.depth - 1;
    enum rst_status status = RST_OK;
    while (status == RST_OK && reader->xml.depth > depth) {
        enum rst_xml_event event = rst_xml_next(&reader->xml);
        if (event == RST_XML_OPEN)
            status = skip(reader);
        else if (event == RST_XML_TEXT)
            status = rst_xml_decode_text(&reader->xml, &bytes) ? RST_OK : RST_E_FORMAT;
        else if (event != RST_XML_CLOSE)
            status = RST_E_FORMAT;
    }
    if (status == RST_OK && !rst_bytes_append(&bytes, "", 1)) status = RST_E_NOMEM;
    if (status != RST_OK) rst_bytes_clear(&bytes);
    *text = (char *)bytes.data;
    return status;
}

/* The numbers of a text, with blanks or commas between them. How many there are, at most `most`; 0 where one is none.
 */
static size_t parse_numbers(char *text, double *numbers, size_t most)
{
    static const char between[] = ", \t\r\n";
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, between, &rest); word; word = strtok_r(NULL, between, &rest)) {
        union rst_sample sample;
        if (count == most || !rst_sample_parse(word, RST_F64, &sample)) return 0;
        numbers[count++] = sample.f64;
    }
    return count;
}

static enum rst_status read_transform(struct reader *reader)
{
    char *text;
    double m[6];
    RST_TRY(read_text(reader, &text));
    if (parse_numbers(text, m, 6) == 6) {
        reader->transform = (struct rst_affine){{m[1], m[2], m[0], m[4], m[5], m[3]}};
        reader->has_transform = true;
    }
    free(text);
    return RST_OK;
}

/* The item's key in our words. */
static const char *our_key(const char *key)
{
    for (int i = 0; i < RST_AUX_KEYS; i++)
        if (strcmp(key, rst_aux_keys[i].gdals) == 0) return rst_aux_keys[i].ours;
    return key;
}

static enum rst_status take_item(struct reader *reader, const char *domain, int32_t band, char *key, char *value)
{
    bool plain = !domain || !*domain;
    if (reader->meta.item_count == ITEMS_MOST) return RST_E_FORMAT;
    if (plain && band < 0 && strcmp(key, RST_AUX_DESCRIPTION) == 0)
        return rst_meta_set_text(&reader->meta.description, value, NULL);
    const struct rst_item item = {
        .key = plain && band < 0 ? (char *)our_key(key) : key, .value = value, .domain = (char *)domain, .band = band};
    return rst_meta_append(&reader->meta, &item, NULL);
}

static enum rst_status read_item(struct reader *reader, const char *domain, int32_t band)
{
    bool found;
    char *key = rst_xml_attribute(&reader->xml, "key", &found), *value;
    enum rst_status status = key || !found ? read_text(reader, &value) : RST_E_FORMAT;
    if (status == RST_OK) {
        if (key) status = take_item(reader, domain, band, key, value);
        free(value);
    }
    free(key);
    return status;
}

/* What is done with an element; it reads up to its end. */
typedef enum rst_status (*element_proc)(struct reader *reader, void *user);

/* Goes through the elements of the one that is open. */
static enum rst_status each_element(struct reader *reader, element_proc proc, void *user)
{
    for (;;) {
        switch (rst_xml_next(&reader->xml)) {
        case RST_XML_OPEN:
            RST_TRY(proc(reader, user));
            break;
        case RST_XML_CLOSE:
            return RST_OK;
        case RST_XML_TEXT:
            break;
        default:
            return RST_E_FORMAT;
        }
    }
}

struct place {
    const char *domain;
    int32_t band;
};

static enum rst_status metadata_part(struct reader *reader, void *user)
{
    const struct place *place = user;
    if (!rst_xml_is(reader->xml.name, "MDI")) return skip(reader);
    return read_item(reader, place->domain, place->band);
}

static enum rst_status read_metadata(struct reader *reader, int32_t band)
{
    bool found;
    char *domain = rst_xml_attribute(&reader->xml, "domain", &found);
    struct place place = {domain, band};
    enum rst_status status = found && !domain ? RST_E_FORMAT : each_element(reader, metadata_part, &place);
    free(domain);
    return status;
}

static bool read_number(const struct reader *reader, const char *name, double *number)
{
    bool found;
    char *text = rst_xml_attribute(&reader->xml, name, &found);
    union rst_sample sample;
    bool good = text && rst_sample_parse(text, RST_F64, &sample);
    if (good) *number = sample.f64;
    free(text);
    return good;
}

static enum rst_status take_tiepoint(struct rst_geo *geo, const double tie[6])
{
    size_t count = geo->tiepoint_numbers / 6;
    if (count == GCPS_MOST) return RST_E_FORMAT;
    if ((count & (count - 1)) == 0) { /* at powers of two there is room for as many again */
        double *grown = realloc(geo->tiepoints, (count ? 2 * count : 1) * 6 * sizeof *grown);
        if (!grown) return RST_E_NOMEM;
        geo->tiepoints = grown;
    }
    memcpy(geo->tiepoints + 6 * count, tie, 6 * sizeof *tie);
    geo->tiepoint_numbers += 6;
    return RST_OK;
}

static enum rst_status tiepoint_part(struct reader *reader, void *user)
{
    struct rst_geo *geo = user;
    double tie[6] = {0};
    bool good = rst_xml_is(reader->xml.name, "GCP") && read_number(reader, "Pixel", &tie[0]) &&
                read_number(reader, "Line", &tie[1]) && read_number(reader, "X", &tie[3]) &&
                read_number(reader, "Y", &tie[4]);
    if (good && !read_number(reader, "Z", &tie[5])) tie[5] = 0;
    if (good) {
        RST_TRY(take_tiepoint(geo, tie));
    }
    return skip(reader);
}

static enum rst_status read_tiepoints(struct reader *reader)
{
    bool found;
    struct rst_geo *geo = &reader->meta.geo;
    char *system = rst_xml_attribute(&reader->xml, "Projection", &found);
    if (found && !system) return RST_E_FORMAT;
    if (system && *system && !geo->wkt)
        geo->wkt = system;
    else
        free(system);
    return each_element(reader, tiepoint_part, geo);
}

static enum rst_status read_system(struct reader *reader)
{
    char *text;
    RST_TRY(read_text(reader, &text));
    free(reader->meta.geo.wkt);
    reader->meta.geo.wkt = text;
    if (*text) return RST_OK;
    free(text);
    reader->meta.geo.wkt = NULL;
    return RST_OK;
}

static void take_color(struct reader *reader, int32_t band, const char *name)
{
    for (int i = 0; reader->colors && i < RST_AUX_COLORS; i++)
        if (strcmp(name, rst_aux_colors[i].gdals) == 0) reader->colors[band] = rst_aux_colors[i].ours;
}

/* A band's element whose text is an item of a role. */
static enum rst_status take_role(struct reader *reader, int32_t band, const struct rst_aux_name *role, char *text)
{
    char key[16];
    size_t length = strlen(role->ours);
    for (size_t i = 0; i <= length; i++)
        key[i] = role->ours[i] >= 'a' && role->ours[i] <= 'z' ? (char)(role->ours[i] - 'a' + 'A') : role->ours[i];
    const struct rst_item item = {.key = key, .value = text, .role = (char *)role->ours, .band = band};
    return rst_meta_append(&reader->meta, &item, NULL);
}

static enum rst_status band_part(struct reader *reader, void *user)
{
    int32_t band = *(const int32_t *)user;
    struct rst_xml_slice name = reader->xml.name;
    struct rst_meta *meta = &reader->meta;
    char *text;
    if (rst_xml_is(name, "Metadata")) return read_metadata(reader, band);
    RST_TRY(read_text(reader, &text));
    enum rst_status status = RST_OK;
    if (rst_xml_is(name, "Description") && *text)
        status = rst_meta_name_band(meta, band, text, NULL);
    else if (rst_xml_is(name, "NoDataValue") && !meta->has_nodata)
        meta->has_nodata = rst_sample_parse(text, reader->type, &meta->nodata);
    else if (rst_xml_is(name, "ColorInterp"))
        take_color(reader, band, text);
    for (int i = 0; i < RST_AUX_ROLES && status == RST_OK; i++)
        if (rst_xml_is(name, rst_aux_roles[i].gdals)) status = take_role(reader, band, &rst_aux_roles[i], text);
    free(text);
    return status;
}

static enum rst_status read_band(struct reader *reader)
{
    double number;
    if (!read_number(reader, "band", &number) || !(number >= 1 && number <= reader->bands)) return skip(reader);
    int32_t band = (int32_t)number - 1;
    return each_element(reader, band_part, &band);
}

static enum rst_status dataset_part(struct reader *reader, void *user)
{
    (void)user;
    struct rst_xml_slice name = reader->xml.name;
    if (rst_xml_is(name, "SRS")) return read_system(reader);
    if (rst_xml_is(name, "GeoTransform")) return read_transform(reader);
    if (rst_xml_is(name, "GCPList")) return read_tiepoints(reader);
    if (rst_xml_is(name, "Metadata")) return read_metadata(reader, -1);
    if (rst_xml_is(name, "PAMRasterBand")) return read_band(reader);
    return skip(reader);
}

static enum rst_status read_dataset(struct reader *reader)
{
    if (rst_xml_next(&reader->xml) != RST_XML_OPEN) return RST_E_FORMAT;
    if (!rst_xml_is(reader->xml.name, "PAMDataset")) return skip(reader);
    RST_TRY(each_element(reader, dataset_part, NULL));
    return rst_xml_next(&reader->xml) == RST_XML_END ? RST_OK : RST_E_FORMAT;
}

/* Turns the items of the domain RPC into the numbers that they are. */
static enum rst_status gather_rpc(struct rst_meta *meta)
{
    double rpc[RPC_COUNT] = {0};
    bool whole = true, any = false;
    for (int i = 0; i < RST_AUX_RPC_NUMBERS + RST_AUX_RPC_LISTS; i++) {
        bool list = i >= RST_AUX_RPC_NUMBERS;
        const char *value = rst_meta_get(meta, rst_aux_rpc[i], -1, "RPC");
        any |= value != NULL;
        if (!value) {
            whole = whole && i < 2; /* the errors need not be told */
            continue;
        }
        char *copy = strdup(value);
        if (!copy) return RST_E_NOMEM;
        size_t at = list ? (size_t)(RST_AUX_RPC_NUMBERS + (i - RST_AUX_RPC_NUMBERS) * RPC_COEFFICIENTS) : (size_t)i;
        size_t want = list ? RPC_COEFFICIENTS : 1;
        whole = parse_numbers(copy, rpc + at, want) == want && whole;
        free(copy);
    }
    if (!any || !whole) return RST_OK;
    meta->geo.rpc = malloc(sizeof rpc);
    if (!meta->geo.rpc) return RST_E_NOMEM;
    memcpy(meta->geo.rpc, rpc, sizeof rpc);
    meta->geo.rpc_count = RPC_COUNT;
    for (int i = 0; i < RST_AUX_RPC_NUMBERS + RST_AUX_RPC_LISTS; i++)
        RST_TRY(rst_meta_set(meta, rst_aux_rpc[i], -1, "RPC", NULL, NULL));
    return RST_OK;
}

/* The photometric interpretation whose bands show what the first of these do. */
static int photometric_of(const struct reader *reader, int32_t *colors)
{
    enum { SEPARATED = 5, YCBCR = 6 };
    static const struct {
        int photometric;
        int32_t bands;
    } kinds[] = {{RST_PHOTOMETRIC_RGB, 3}, {SEPARATED, 4}, {YCBCR, 3}, {RST_PHOTOMETRIC_BLACK_IS_ZERO, 1}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct rst_meta meta = {.photometric = kinds[i].photometric};
        bool same = kinds[i].bands <= reader->bands;
        for (int32_t band = 0; same && band < kinds[i].bands; band++)
            same = reader->colors[band] &&
                   strcmp(reader->colors[band], rst_meta_band_color(&meta, kinds[i].bands, band)) == 0;
        *colors = kinds[i].bands;
        if (same) return kinds[i].photometric;
    }
    return RST_PHOTOMETRIC_UNKNOWN;
}

/* Photometric interpretation and extra samples, from what the bands show. */
static enum rst_status gather_colors(struct reader *reader)
{
    int32_t colors;
    struct rst_meta *meta = &reader->meta;
    meta->photometric = photometric_of(reader, &colors);
    if (meta->photometric == RST_PHOTOMETRIC_UNKNOWN || colors == reader->bands) return RST_OK;
    size_t count = (size_t)(reader->bands - colors);
    meta->extra_samples = calloc(count, sizeof *meta->extra_samples);
    if (!meta->extra_samples) return RST_E_NOMEM;
    meta->extra_sample_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *color = reader->colors[(size_t)colors + i];
        if (color && strcmp(color, "alpha") == 0) meta->extra_samples[i] = RST_EXTRA_UNASSOCIATED_ALPHA;
    }
    return RST_OK;
}

/* Moves an array of `from` that `to` has not. */
#define MOVE(field, count_field)                                                                                       \
    do {                                                                                                               \
        to->field = from->field;                                                                                       \
        to->count_field = from->count_field;                                                                           \
        from->field = NULL;                                                                                            \
        from->count_field = 0;                                                                                         \
    } while (0)

static enum rst_status merge_geo(struct rst_meta *to, struct reader *reader)
{
    struct rst_meta *from = &reader->meta;
    unsigned known = rst_meta_fields(to, reader->bands);
    bool placed = known & (RST_META_TRANSFORM | RST_META_TIEPOINTS);
    if (!placed && reader->has_transform) {
        if (rst_geo_set_transform(&to->geo, reader->transform, NULL) == RST_E_NOMEM) return RST_E_NOMEM;
    } else if (!placed && from->geo.tiepoints) {
        MOVE(geo.tiepoints, geo.tiepoint_numbers);
    }
    if (!(known & RST_META_RPC) && from->geo.rpc) MOVE(geo.rpc, geo.rpc_count);
    if (!(known & RST_META_CRS) && from->geo.wkt) {
        free(to->geo.wkt);
        to->geo.wkt = from->geo.wkt;
        from->geo.wkt = NULL;
    }
    return RST_OK;
}

static enum rst_status merge_text(struct rst_meta *to, struct rst_meta *from)
{
    size_t known = to->item_count;
    if (!to->description) {
        to->description = from->description;
        from->description = NULL;
    }
    for (size_t i = 0; i < from->item_count; i++) {
        const struct rst_item *item = &from->items[i];
        const struct rst_meta own = {.items = to->items, .item_count = known};
        if (!rst_meta_get(&own, item->key, item->band, item->domain)) RST_TRY(rst_meta_append(to, item, NULL));
    }
    for (size_t i = 0; i < from->band_name_count; i++) {
        bool named = i < to->band_name_count && to->band_names[i];
        if (from->band_names[i] && !named) RST_TRY(rst_meta_name_band(to, (int32_t)i, from->band_names[i], NULL));
    }
    return RST_OK;
}

/* Adds what was found to what is not known. */
static enum rst_status merge(struct rst_meta *to, struct reader *reader)
{
    struct rst_meta *from = &reader->meta;
    if (!to->has_nodata && from->has_nodata) {
        to->has_nodata = true;
        to->nodata = from->nodata;
    }
    if (to->photometric == RST_PHOTOMETRIC_UNKNOWN && !to->extra_samples) {
        to->photometric = from->photometric;
        MOVE(extra_samples, extra_sample_count);
    }
    RST_TRY(merge_geo(to, reader));
    return merge_text(to, from);
}

enum rst_status rst_aux_parse(const char *path, const char *text, size_t size, enum rst_type type, int32_t bands,
                              struct rst_meta *meta, struct rst_error *err)
{
    struct reader reader = {.type = type, .bands = bands};
    struct rst_meta merged = {0};
    reader.colors = calloc((size_t)bands, sizeof *reader.colors);
    enum rst_status status = reader.colors ? RST_OK : RST_E_NOMEM;
    rst_xml_start(&reader.xml, text, size);
    if (status == RST_OK) status = read_dataset(&reader);
    if (status == RST_OK) status = gather_rpc(&reader.meta);
    if (status == RST_OK) status = gather_colors(&reader);
    if (status == RST_OK) status = rst_meta_copy(&merged, meta, NULL);
    if (status == RST_OK) status = merge(&merged, &reader);
    if (status == RST_OK) {
        struct rst_meta old = *meta;
        *meta = merged;
        merged = old;
    }
    rst_meta_clear(&merged);
    rst_meta_clear(&reader.meta);
    free((void *)reader.colors);
    if (status == RST_OK) return RST_OK;
    if (status == RST_E_NOMEM) return rst_fail(err, status, "%s.aux.xml: no memory for what it says", path);
    return rst_fail(err, status, "%s.aux.xml: it is not well-formed at byte %zu", path,
                    reader.xml.at ? (size_t)(reader.xml.at - text) : size);
}

static enum rst_status read_all(int descriptor, const char *name, struct rst_bytes *bytes, struct rst_error *err)
{
    struct stat file;
    if (fstat(descriptor, &file) != 0) return rst_fail_errno(err, errno, "%s: reading its size", name);
    if (!S_ISREG(file.st_mode) || file.st_size > BYTES_MOST)
        return rst_fail(err, RST_E_FORMAT, "%s: no file of at most %d bytes", name, BYTES_MOST);
    for (;;) {
        enum { STEP = 65536 };
        void *room = bytes->size <= BYTES_MOST ? rst_bytes_room(bytes, STEP) : NULL;
        if (!room) return rst_fail(err, RST_E_NOMEM, "%s: no memory for %zu bytes", name, bytes->size + STEP);
        ssize_t got = read(descriptor, room, STEP);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return rst_fail_errno(err, errno, "%s: reading", name);
        if (got == 0) return RST_OK;
        bytes->size += (size_t)got;
    }
}

enum rst_status rst_aux_read(const char *path, enum rst_type type, int32_t bands, struct rst_meta *meta,
                             struct rst_error *err)
{
    char *name = NULL;
    struct rst_bytes bytes = {0};
    if (asprintf(&name, "%s.aux.xml", path) < 0) return rst_fail(err, RST_E_NOMEM, "%s: no memory for a name", path);
    int descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum rst_status status = RST_OK;
    if (descriptor >= 0) {
        status = read_all(descriptor, name, &bytes, err);
        close(descriptor);
        if (status == RST_OK)
            status = rst_aux_parse(path, (const char *)bytes.data, bytes.size, type, bands, meta, err);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        status = rst_fail_errno(err, errno, "%s: opening", name);
    }
    rst_bytes_clear(&bytes);
    free(name);
    return status;
}
