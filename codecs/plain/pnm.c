/* PGM, PPM and PAM: samples behind a short header of text, 16 bits of them with the high byte first.
 *
 * A file may hold several images one after the other, which are its pages. A largest value that is not that of the type
 * tells how many bits of a sample count. Comments are the description.
 */
#include "codecs/plain/pnm.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codecs/text/header.h"
#include "raster/base/size.h"
#include "raster/image/items.h"

static const char domain[] = "PNM", tuple_key[] = "TUPLTYPE";

static const struct {
    const char *name;
    int bands;
    bool alpha;
} tuples[] = {{"GRAYSCALE", 1, false}, {"RGB", 3, false},           {"GRAYSCALE_ALPHA", 2, true},
              {"RGB_ALPHA", 4, true},  {"BLACKANDWHITE", 1, false}, {"BLACKANDWHITE_ALPHA", 2, true}};

enum { TUPLES = sizeof tuples / sizeof tuples[0] };

static bool probe(const struct rst_source *source)
{
    return rst_pnm_is_start(source->head, source->head_size);
}

/* Whether another image follows this one; the scan stands before it then. */
static bool go_behind(struct rst_scan *scan, const struct rst_source *source, const struct rst_pnm *image)
{
    uint64_t end, length = rst_map_length(source->map);
    unsigned char first[4];
    if (image->bytes == 0 || !rst_add(image->data, image->bytes, &end) || end >= length || length - end < sizeof first)
        return false;
    rst_scan_go(scan, source, end);
    for (size_t i = 0; i < sizeof first; i++)
        first[i] = (unsigned char)rst_scan_byte(scan);
    scan->at = end;
    return rst_pnm_is_start(first, sizeof first);
}

static enum rst_status count_pages(const struct rst_source *source, int *count, struct rst_error *err)
{
    struct rst_scan scan;
    struct rst_pnm image;
    rst_scan_start(&scan, source, 0);
    *count = 0;
    do {
        RST_TRY(rst_pnm_read(&scan, source->path, &image, err));
        ++*count;
    } while (*count < INT_MAX && go_behind(&scan, source, &image));
    return RST_OK;
}

static enum rst_status find_page(const struct rst_source *source, struct rst_bytes *comments, struct rst_pnm *image,
                                 struct rst_error *err)
{
    struct rst_scan scan;
    int page = source->options->page;
    rst_scan_start(&scan, source, 0);
    for (int at = 0; at < page; at++) {
        RST_TRY(rst_pnm_read(&scan, source->path, image, err));
        if (!go_behind(&scan, source, image))
            return rst_fail(err, RST_E_ARGUMENT, "%s: page %d: the file has %d, counted from 0", source->path, page,
                            at + 1);
    }
    scan.comments = comments;
    RST_TRY(rst_pnm_read(&scan, source->path, image, err));
    return scan.comments ? RST_OK : rst_fail(err, RST_E_NOMEM, "%s: no memory for its comments", source->path);
}

static enum rst_status read_colors(const struct rst_pnm *image, struct rst_meta *meta, struct rst_error *err)
{
    bool alpha = false, known = image->tuple[0] == '\0';
    for (int i = 0; i < TUPLES && image->kind == 7; i++) {
        if (strcmp(image->tuple, tuples[i].name) != 0 || image->depth != (uint64_t)tuples[i].bands) continue;
        alpha = tuples[i].alpha;
        known = true;
        meta->photometric = tuples[i].bands < 3 ? RST_PHOTOMETRIC_BLACK_IS_ZERO : RST_PHOTOMETRIC_RGB;
    }
    if (image->kind < 7) meta->photometric = image->depth == 3 ? RST_PHOTOMETRIC_RGB : RST_PHOTOMETRIC_BLACK_IS_ZERO;
    if (image->kind == 1 || image->kind == 4) meta->photometric = RST_PHOTOMETRIC_WHITE_IS_ZERO;
    if (!known) return rst_meta_set(meta, tuple_key, -1, domain, image->tuple, err);
    if (!alpha) return RST_OK;
    meta->extra_samples = calloc(1, sizeof *meta->extra_samples);
    if (!meta->extra_samples) return rst_fail(err, RST_E_NOMEM, "no memory for the alpha band");
    meta->extra_samples[0] = RST_EXTRA_UNASSOCIATED_ALPHA;
    meta->extra_sample_count = 1;
    return RST_OK;
}

static enum rst_status read_meta(const struct rst_pnm *image, struct rst_bytes *comments, struct rst_meta *meta,
                                 struct rst_error *err)
{
    uint8_t bits = 0;
    while (image->maxval >> bits)
        bits++;
    if (bits != 8 && bits != 16) memset(meta->significant_bits, bits, image->depth < 4 ? (size_t)image->depth : 4);
    if (image->maxval + 1 != UINT64_C(1) << bits) {
        struct rst_text value = {0};
        rst_text_put(&value, "%" PRIu64, image->maxval);
        if (!rst_bytes_append(&value.bytes, "", 1)) value.failed = true;
        enum rst_status status = value.failed ? rst_fail(err, RST_E_NOMEM, "no memory for a number")
                                              : rst_meta_set(meta, "MAXVAL", -1, domain, (char *)value.bytes.data, err);
        rst_bytes_clear(&value.bytes);
        RST_TRY(status);
    }
    RST_TRY(read_colors(image, meta, err));
    if (comments->size == 0) return RST_OK;
    comments->data[comments->size - 1] = '\0'; /* the last line's end */
    return comments->data[0] ? rst_meta_set_text(&meta->description, (char *)comments->data, err) : RST_OK;
}

static void lay_out(const struct rst_pnm *image, struct rst_layout *layout)
{
    ptrdiff_t size = image->maxval > UINT8_MAX ? 2 : 1, depth = (ptrdiff_t)image->depth;
    *layout = (struct rst_layout){.type = size == 2 ? RST_U16 : RST_U8,
                                  .width = (int64_t)image->width,
                                  .height = (int64_t)image->height,
                                  .bands = (int32_t)image->depth,
                                  .block_width = (int64_t)image->width,
                                  .block_height = (int64_t)image->height,
                                  .planes = 1,
                                  .pixel_stride = size * depth,
                                  .row_stride = size * depth * (ptrdiff_t)image->width,
                                  .band_stride = size,
                                  .swapped = size > 1 && !RST_BIG_ENDIAN};
}

static enum rst_status open_image(struct rst_source *source, const struct rst_pnm *image, const struct rst_meta *meta,
                                  struct rst_raster **out, struct rst_error *err)
{
    const uint64_t reserved[1][2] = {{0, image->data}};
    uint64_t data = image->data, have = rst_map_length(source->map);
    struct rst_layout layout;
    struct rst_source_parts parts = {.format = rst_codec_pnm.name,
                                     .layout = &layout,
                                     .meta = meta,
                                     .unmapped = rst_pnm_unmapped(image),
                                     .reserved = reserved,
                                     .reserved_count = 1};
    lay_out(image, &layout);
    if (parts.unmapped) return rst_source_raster(source, &parts, out, err);
    if (image->bytes > have - data)
        return rst_fail(err, RST_E_TRUNCATED,
                        "%s: its %" PRIu64 "x%" PRIu64 "x%" PRIu64 " samples need %" PRIu64 " bytes from byte %" PRIu64
                        " on, the file has %" PRIu64,
                        source->path, image->width, image->height, image->depth, image->bytes, data, have);
    layout.offsets = &data;
    return rst_source_raster(source, &parts, out, err);
}

static enum rst_status open_pnm(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    struct rst_bytes comments = {0};
    struct rst_meta meta = {0};
    struct rst_pnm image;
    enum rst_status status = find_page(source, &comments, &image, err);
    if (status == RST_OK) status = read_meta(&image, &comments, &meta, err);
    if (status == RST_OK) status = open_image(source, &image, &meta, out, err);
    rst_bytes_clear(&comments);
    rst_meta_clear(&meta);
    return status;
}

/* The largest value to be told: what the significant bits say, where that goes with the type. */
static uint64_t maxval_of(const struct rst_shape *shape, const struct rst_meta *meta)
{
    unsigned all = shape->type == RST_U8 ? 8 : 16, bits = meta->significant_bits[0];
    for (int32_t i = 1; i < shape->bands && i < 4; i++)
        if (meta->significant_bits[i] != bits) bits = 0;
    if (bits <= all - 8 || bits > all) bits = all;
    return (UINT64_C(1) << bits) - 1;
}

/* What the fourth and later words of a PAM are: the standard name, else the one it came with; NULL: none. */
static const char *tuple_of(int32_t bands, const struct rst_meta *meta)
{
    bool alpha = meta->extra_sample_count == 1 && rst_meta_alpha(meta, bands, false) == bands - 1;
    bool plain = meta->extra_sample_count == 0 && (bands == 1 || meta->photometric == RST_PHOTOMETRIC_RGB ||
                                                   meta->photometric == RST_PHOTOMETRIC_UNKNOWN);
    const char *own = rst_meta_get(meta, tuple_key, -1, domain);
    if (own && strlen(own) < RST_PNM_TUPLE && !own[strcspn(own, "\r\n")]) return own;
    for (int i = 0; i < 4; i++)
        if (bands == tuples[i].bands && (tuples[i].alpha ? alpha : plain)) return tuples[i].name;
    return NULL;
}

static unsigned keeps(const struct rst_shape *shape, const struct rst_meta *meta)
{
    unsigned fields = 0, bits = meta->significant_bits[0];
    bool own = rst_meta_get(meta, tuple_key, -1, domain) != NULL && shape->bands != 1 && shape->bands != 3;
    if (meta->item_count == (size_t)own) fields |= RST_META_TEXT;
    if (bits && maxval_of(shape, meta) == (UINT64_C(1) << bits) - 1) fields |= RST_META_BITS;
    const char *tuple = tuple_of(shape->bands, meta);
    if (tuple && strstr(tuple, "_ALPHA")) fields |= RST_META_ALPHA;
    return fields;
}

/* Which of P5, P6 and P7 the file is to be; 0 where its name asks for one that does not hold so many bands. */
static int kind_of(const char *path, int32_t bands)
{
    const char *extension = rst_header_extension(path);
    int plain = bands == 1 ? 5 : bands == 3 ? 6 : 0;
    if (strcasecmp(extension, "pam") == 0) return 7;
    if (strcasecmp(extension, "pgm") == 0) return plain == 5 ? 5 : 0;
    if (strcasecmp(extension, "ppm") == 0) return plain == 6 ? 6 : 0;
    return plain || strcasecmp(extension, "pnm") == 0 ? plain : 7;
}

static enum rst_status check_shape(const char *path, const struct rst_shape *shape,
                                   const struct rst_create_options *options, int kind, struct rst_error *err)
{
    if (shape->type != RST_U8 && shape->type != RST_U16)
        return rst_fail(err, RST_E_ARGUMENT, "%s: PNM holds u8 and u16, not %s; PFM holds f32, NPY, ENVI and TIFF any",
                        path, rst_type_name(shape->type));
    if (kind == 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId32 " bands: PGM holds 1, PPM 3, PNM 1 or 3; PAM (.pam) holds any number", path,
                        shape->bands);
    if (options->planar)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: PNM holds the bands of a pixel together; raw, ENVI or TIFF can have them apart", path);
    if (options->byte_order == RST_ORDER_LITTLE)
        return rst_fail(err, RST_E_ARGUMENT, "%s: samples of PNM are big endian", path);
    return RST_OK;
}

static void put_comments(struct rst_text *text, const char *description)
{
    for (const char *at = description; at && *at; at += *at == '\n') {
        int length = (int)strcspn(at, "\n");
        rst_text_put(text, "# %.*s\n", length, at);
        at += length;
    }
}

static void put_header(struct rst_text *text, int kind, const struct rst_shape *shape, const struct rst_meta *meta)
{
    uint64_t maxval = maxval_of(shape, meta);
    const char *tuple = tuple_of(shape->bands, meta);
    rst_text_put(text, "P%d\n", kind);
    put_comments(text, meta->description);
    if (kind < 7) {
        rst_text_put(text, "%" PRId64 " %" PRId64 "\n%" PRIu64 "\n", shape->width, shape->height, maxval);
        return;
    }
    rst_text_put(text, "WIDTH %" PRId64 "\nHEIGHT %" PRId64 "\nDEPTH %" PRId32 "\nMAXVAL %" PRIu64 "\n", shape->width,
                 shape->height, shape->bands, maxval);
    if (tuple) rst_text_put(text, "TUPLTYPE %s\n", tuple);
    rst_text_put(text, "ENDHDR\n");
}

static enum rst_status create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    int kind = kind_of(path, shape->bands);
    struct rst_pnm image = {.width = (uint64_t)shape->width,
                            .height = (uint64_t)shape->height,
                            .depth = (uint64_t)shape->bands,
                            .maxval = shape->type == RST_U8 ? UINT8_MAX : UINT16_MAX};
    struct rst_text text = {0};
    struct rst_layout layout;
    uint64_t size, offset;
    RST_TRY(check_shape(path, shape, options, kind, err));
    if (!rst_mul(image.width, image.height, &size) || !rst_mul(size, 2 * image.depth, &size) || size > INT64_MAX / 2)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %" PRIu64 "x%" PRIu64 " pixels are more than any file holds", path,
                        image.width, image.height);
    lay_out(&image, &layout);
    put_header(&text, kind, shape, meta);
    offset = text.bytes.size;
    layout.offsets = &offset;
    struct rst_new_file file = {.format = rst_codec_pnm.name,
                                .layout = &layout,
                                .meta = meta,
                                .head = text.bytes.data,
                                .head_size = text.bytes.size,
                                .length = offset + (uint64_t)layout.row_stride * image.height};
    enum rst_status status = text.failed || offset > RST_HEADER_MOST
                                 ? rst_fail(err, RST_E_ARGUMENT, "%s: its description is too long", path)
                                 : rst_new_file(path, &file, options, out, err);
    rst_bytes_clear(&text.bytes);
    return status;
}

const struct rst_codec rst_codec_pnm = {.name = "PNM",
                                        .extensions = "pgm ppm pnm pam",
                                        .notes = "u8 and u16: PGM 1 band, PPM 3 bands, PAM any number",
                                        .probe = probe,
                                        .open = open_pnm,
                                        .count_pages = count_pages,
                                        .keeps = keeps,
                                        .create = create};
