/* Raw files: samples and nothing else, found by what the caller tells of them.
 *
 * A raw raster is one block, whose strides say how bands are interleaved.
 */
#include "codecs/plain/raw.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"

/* Reads decimal digits at *at, and moves *at behind them. false where there are none or the number is above `most`. */
static bool take_number(const char **at, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;
    if (!isdigit((unsigned char)**at)) return false;
    for (; isdigit((unsigned char)**at); ++*at)
        if (!rst_mul_add(value, 10, (uint64_t)(**at - '0'), &value) || value > most) return false;
    *number = value;
    return true;
}

static enum rst_status parse_size(const char *text, const char **at, struct rst_raw *raw, struct rst_error *err)
{
    static const char *const names[] = {"width", "height", "bands"};
    static const char ends[] = "xx:";
    uint64_t numbers[3];
    for (int i = 0; i < 3; i++) {
        uint64_t most = i < 2 ? (uint64_t)RST_MAX_SIDE : RST_MAX_BANDS;
        const char *start = *at;
        if (!take_number(at, most, &numbers[i]) || numbers[i] == 0)
            return rst_fail(err, RST_E_ARGUMENT, "\"%s\": the %s at \"%s\" is no number from 1 to %" PRIu64, text,
                            names[i], start, most);
        if (*(*at)++ != ends[i])
            return rst_fail(err, RST_E_ARGUMENT, "\"%s\": after the %s comes '%c', as in 640x480x3:u8", text, names[i],
                            ends[i]);
    }
    raw->width = (int64_t)numbers[0];
    raw->height = (int64_t)numbers[1];
    raw->bands = (int32_t)numbers[2];
    return RST_OK;
}

/* Takes the word up to the next comma; false where it is empty or does not fit. */
static bool take_word(const char **at, char *word, size_t size)
{
    size_t length = strcspn(*at, ",");
    if (length == 0 || length >= size) return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    return true;
}

static bool parse_option(const char *word, struct rst_raw *raw)
{
    static const char offset[] = "offset=";
    static const char *const interleaves[] = {[RST_BIP] = "bip", [RST_BIL] = "bil", [RST_BSQ] = "bsq"};
    for (int i = RST_BIP; i <= RST_BSQ; i++)
        if (strcmp(word, interleaves[i]) == 0) {
            raw->interleave = (enum rst_interleave)i;
            return true;
        }
    if (strcmp(word, "be") == 0 || strcmp(word, "le") == 0) {
        raw->big_endian = word[0] == 'b';
        return true;
    }
    if (strncmp(word, offset, sizeof offset - 1) != 0) return false;
    const char *number = word + sizeof offset - 1;
    return take_number(&number, INT64_MAX, &raw->offset) && *number == '\0';
}

enum rst_status rst_raw_parse(const char *text, struct rst_raw *raw, struct rst_error *err)
{
    struct rst_raw parsed = {.interleave = RST_BIP, .big_endian = RST_BIG_ENDIAN};
    const char *at = text;
    char word[40];

    RST_TRY(parse_size(text, &at, &parsed, err));
    if (!take_word(&at, word, sizeof word) || !rst_type_parse(word, &parsed.type))
        return rst_fail(err, RST_E_ARGUMENT,
                        "\"%s\": after the ':' comes a pixel type: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64", text);
    while (*at == ',') {
        const char *start = ++at;
        if (!take_word(&at, word, sizeof word) || !parse_option(word, &parsed))
            return rst_fail(err, RST_E_ARGUMENT, "\"%s\": \"%s\" is none of bip, bil, bsq, be, le, offset=BYTES", text,
                            start);
    }
    *raw = parsed;
    return RST_OK;
}

bool rst_raw_lay_out(const struct rst_raw *raw, uint64_t *offset, struct rst_layout *layout, uint64_t *length)
{
    uint64_t size = rst_type_size(raw->type), width = (uint64_t)raw->width, height = (uint64_t)raw->height;
    uint64_t bands = (uint64_t)raw->bands, line, image;
    if (!rst_mul(width, size, &line) || !rst_mul(line, bands, &image) ||
        !rst_mul_add(image, height, raw->offset, &image) || image > INT64_MAX)
        return false;
    uint64_t pixel = size, row = line * bands, band = line;
    if (raw->interleave == RST_BIP) {
        pixel = size * bands;
        band = size;
    } else if (raw->interleave == RST_BSQ) {
        row = line;
        band = line * height;
    }
    *length = image;
    *offset = raw->offset;
    *layout = (struct rst_layout){.type = raw->type,
                                  .width = raw->width,
                                  .height = raw->height,
                                  .bands = raw->bands,
                                  .block_width = raw->width,
                                  .block_height = raw->height,
                                  .planes = 1,
                                  .pixel_stride = (ptrdiff_t)pixel,
                                  .row_stride = (ptrdiff_t)row,
                                  .band_stride = (ptrdiff_t)band,
                                  .swapped = size > 1 && raw->big_endian != RST_BIG_ENDIAN,
                                  .offsets = offset};
    return true;
}

bool rst_raw_of_layout(const struct rst_layout *layout, struct rst_raw *raw)
{
    struct rst_layout same;
    uint64_t offset, length;
    if (!layout->offsets || rst_layout_columns(layout) != 1 || rst_layout_rows(layout) != 1 || layout->planes != 1)
        return false;
    *raw = (struct rst_raw){.width = layout->width,
                            .height = layout->height,
                            .bands = layout->bands,
                            .type = layout->type,
                            .big_endian = layout->swapped != RST_BIG_ENDIAN,
                            .offset = layout->offsets[0]};
    for (int i = RST_BIP; i <= RST_BSQ; i++) {
        raw->interleave = (enum rst_interleave)i;
        if (!rst_raw_lay_out(raw, &offset, &same, &length)) return false;
        if ((layout->width == 1 || same.pixel_stride == layout->pixel_stride) &&
            (layout->height == 1 || same.row_stride == layout->row_stride) &&
            (layout->bands == 1 || same.band_stride == layout->band_stride))
            return true;
    }
    return false;
}

static bool probe(const struct rst_source *source)
{
    return source->options->raw != NULL;
}

static enum rst_status check_raw(const char *path, const struct rst_raw *raw, struct rst_error *err)
{
    if (raw->width < 1 || raw->height < 1 || raw->bands < 1 || raw->width > RST_MAX_SIDE ||
        raw->height > RST_MAX_SIDE || raw->bands > RST_MAX_BANDS || (unsigned)raw->type >= RST_TYPE_COUNT ||
        (unsigned)raw->interleave > RST_BSQ)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: no raw image has %" PRId64 "x%" PRId64 "x%" PRId32 " samples of type %u, interleave %u",
                        path, raw->width, raw->height, raw->bands, (unsigned)raw->type, (unsigned)raw->interleave);
    return RST_OK;
}

enum rst_status rst_raw_open(struct rst_source *source, const char *format, const struct rst_raw *raw,
                             const struct rst_meta *meta, struct rst_raster **out, struct rst_error *err)
{
    struct rst_layout layout;
    uint64_t offset, length, have = rst_map_length(source->map);

    RST_TRY(check_raw(source->path, raw, err));
    if (source->options->page != 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: page %d: a file of format %s has 1 page, page 0", source->path,
                        source->options->page, format);
    if (!rst_raw_lay_out(raw, &offset, &layout, &length))
        return rst_fail(err, RST_E_TRUNCATED,
                        "%s: %" PRId64 "x%" PRId64 "x%" PRId32 " samples from byte %" PRIu64
                        " on are more than any file holds; this one has %" PRIu64 " bytes",
                        source->path, raw->width, raw->height, raw->bands, raw->offset, have);
    if (length > have)
        return rst_fail(err, RST_E_TRUNCATED,
                        "%s: %" PRId64 "x%" PRId64 "x%" PRId32 " samples of type %s from byte %" PRIu64
                        " on need %" PRIu64 " bytes, the file has %" PRIu64,
                        source->path, raw->width, raw->height, raw->bands, rst_type_name(raw->type), raw->offset,
                        length, have);
    struct rst_source_parts parts = {.format = format, .layout = &layout, .meta = meta};
    return rst_source_raster(source, &parts, out, err);
}

static enum rst_status open_raw(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    return rst_raw_open(source, rst_codec_raw.name, source->options->raw, NULL, out, err);
}

struct rst_raw rst_raw_of_options(const struct rst_shape *shape, const struct rst_create_options *options)
{
    struct rst_raw raw = {.interleave = options->planar ? RST_BSQ : RST_BIP, .big_endian = RST_BIG_ENDIAN};
    if (options->raw) raw = *options->raw;
    if (options->byte_order != RST_ORDER_NATIVE) raw.big_endian = options->byte_order == RST_ORDER_BIG;
    raw.width = shape->width;
    raw.height = shape->height;
    raw.bands = shape->bands;
    raw.type = shape->type;
    return raw;
}

enum rst_status rst_raw_create(const char *path, const char *format, const struct rst_raw *raw,
                               const struct rst_meta *meta, const struct rst_create_options *options,
                               struct rst_raster **out, struct rst_error *err)
{
    struct rst_layout layout;
    uint64_t offset, length;

    RST_TRY(check_raw(path, raw, err));
    if (!rst_raw_lay_out(raw, &offset, &layout, &length))
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: %" PRId64 "x%" PRId64 "x%" PRId32 " samples from byte %" PRIu64
                        " on are more than any file holds",
                        path, raw->width, raw->height, raw->bands, raw->offset);
    struct rst_new_file file = {.format = format, .layout = &layout, .meta = meta, .length = length};
    return rst_new_file(path, &file, options, out, err);
}

static enum rst_status create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    struct rst_raw raw = rst_raw_of_options(shape, options);
    return rst_raw_create(path, rst_codec_raw.name, &raw, meta, options, out, err);
}

const struct rst_codec rst_codec_raw = {
    .name = "raw",
    .extensions = "raw bin dat img",
    .notes = "every type, in any number of bands, interleave and byte order; a reader has to be told them",
    .probe = probe,
    .open = open_raw,
    .create = create};
