/* The chunks of a PNG that are no pixels, through libpng.
 *
 * libpng gets one chunk after the other, as a program would feed it that has the file from a network, and never an IDAT
 * chunk: so it takes what stands behind the pixels, too, and inflates none. What it says is not needed to show the
 * image, it passes over with a warning where it is damaged; but what is there is not left out for its size: a file with
 * more metadata than anybody should want to keep is refused, so that some kilobytes of compressed text cannot fill the
 * memory. Text is taken out of libpng's hands at once for that reason.
 *
 * Some chunks are asked for as they are. Gamma, chromaticities, sRGB and profile libpng makes one of, and drops or
 * changes those that do not go together or that it finds fault with; a block of EXIF it drops where JPEG's header
 * stands before it.
 */
#include "codecs/png/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/png/inflate.h"
#include "codecs/png/text.h"
#include "raster/image/items.h"

enum { MOST = 64 << 20, INFLATION_MOST = 1032 }; /* bytes of all metadata; what deflate makes of one, at most */

/* What is left to be read of a chunk's data. */
struct rest {
    const unsigned char *at;
    size_t size;
};

static enum rst_status charge(struct rst_png_meta_reader *reader, size_t size)
{
    if (size > MOST - reader->taken)
        return rst_png_chunk_fail(reader->file, &reader->chunk, RST_E_UNSUPPORTED, reader->err,
                                  "with it, there are more than %d MiB of metadata", MOST >> 20);
    reader->taken += size;
    return RST_OK;
}

static enum rst_status fail_memory(const struct rst_png_meta_reader *reader)
{
    return rst_png_chunk_fail(reader->file, &reader->chunk, RST_E_NOMEM, reader->err, "no memory for it");
}

static enum rst_status keep(const struct rst_png_meta_reader *reader, const void *bytes, size_t size, void **to,
                            size_t *to_size)
{
    if (size == 0) return RST_OK;
    *to = malloc(size);
    if (!*to) return fail_memory(reader);
    memcpy(*to, bytes, size);
    *to_size = size;
    return RST_OK;
}

/* Each of these takes the data of a chunk. */
typedef enum rst_status take_chunk(struct rst_png_meta_reader *reader, struct rest rest);

static enum rst_status take_gamma(struct rst_png_meta_reader *reader, struct rest rest)
{
    if (rest.size == 4) reader->meta->gamma = rst_png_get32(rest.at) / 100000.0;
    return RST_OK;
}

static enum rst_status take_chromaticities(struct rst_png_meta_reader *reader, struct rest rest)
{
    for (int i = 0; i < 8 && rest.size == 32; i++)
        reader->meta->chromaticities[i] = rst_png_get32(rest.at + (size_t)i * 4) / 100000.0;
    return RST_OK;
}

static enum rst_status take_srgb(struct rst_png_meta_reader *reader, struct rest rest)
{
    if (rest.size == 1 && rest.at[0] < 4) reader->meta->srgb_intent = 1 + rest.at[0];
    return RST_OK;
}

/* A name, a zero, the method (0: deflate), and the profile. */
static enum rst_status take_profile(struct rst_png_meta_reader *reader, struct rest rest)
{
    struct rst_bytes profile = {0};
    bool beyond;
    const unsigned char *end = rest.size > 0 ? memchr(rest.at, 0, rest.size) : NULL;
    size_t head = end ? (size_t)(end - rest.at) + 2 : 0;
    if (!end || head > rest.size || end[1] != 0) return RST_OK;
    const char *wrong = rst_png_inflate_all(rest.at + head, rest.size - head, MOST - reader->taken, &profile, &beyond);
    enum rst_status status = beyond || !wrong ? charge(reader, profile.size) : RST_OK;
    if (status == RST_OK && !wrong)
        status = keep(reader, profile.data, profile.size, &reader->meta->icc, &reader->meta->icc_size);
    rst_bytes_clear(&profile);
    return status;
}

/* The header that EXIF has in a JPEG is no part of the block. */
static enum rst_status take_exif(struct rst_png_meta_reader *reader, struct rest rest)
{
    static const char header[6] = "Exif\0";
    if (rest.size >= sizeof header && memcmp(rest.at, header, sizeof header) == 0) {
        rest.at += sizeof header;
        rest.size -= sizeof header;
    }
    return keep(reader, rest.at, rest.size, &reader->meta->exif, &reader->meta->exif_size);
}

/* The chunks that are taken as they are; of further ones nothing is. */
static const struct raw {
    char type[5];
    take_chunk *take;
} raws[] = {{"gAMA", take_gamma},
            {"cHRM", take_chromaticities},
            {"sRGB", take_srgb},
            {"iCCP", take_profile},
            {"eXIf", take_exif}};

enum { RAWS = sizeof raws / sizeof raws[0] };

/* libpng takes such a chunk whatever its CRC is, but has warned then. */
static int take_raw(png_structp png, png_unknown_chunkp chunk)
{
    struct rst_png_meta_reader *reader = png_get_user_chunk_ptr(png);
    int i = 0;
    while (i < RAWS && memcmp(chunk->name, raws[i].type, 4) != 0)
        i++;
    if (i == RAWS || (reader->seen >> i & 1) || reader->lib.message[0] != 0) return 1;
    reader->seen |= 1u << i;
    reader->lib.status = raws[i].take(reader, (struct rest){chunk->data, chunk->size});
    return reader->lib.status == RST_OK ? 1 : -1;
}

static enum rst_status take_time(struct rst_png_meta_reader *reader)
{
    char text[32];
    png_timep time;
    if (!png_get_tIME(reader->lib.png, reader->lib.info, &time) || time->year > 9999) return RST_OK;
    snprintf(text, sizeof text, "%04u:%02u:%02u %02u:%02u:%02u", (unsigned)time->year, (unsigned)time->month,
             (unsigned)time->day, (unsigned)time->hour, (unsigned)time->minute, (unsigned)time->second);
    return rst_meta_set(reader->meta, "DateTime", -1, NULL, text, reader->err);
}

/* PNG's words for what TIFF has tags for. */
static const char *known_key(const char *keyword)
{
    static const char *const words[][2] = {{"Author", "Artist"}, {"Title", "DocumentName"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(keyword, words[i][0]) == 0) return words[i][1];
    return keyword;
}

/* A keyword may come several times, each with a text of its own. */
static enum rst_status add_text(struct rst_png_meta_reader *reader, const char *keyword, const char *value)
{
    if (strcmp(keyword, "Description") == 0 && !reader->meta->description)
        return rst_meta_set_text(&reader->meta->description, value, reader->err);
    struct rst_item item = {.key = (char *)known_key(keyword), .value = (char *)value, .band = -1};
    return rst_meta_append(reader->meta, &item, reader->err);
}

/* The language, and the keyword in that language, have no place with us. */
static enum rst_status take_text(struct rst_png_meta_reader *reader, const png_text *text)
{
    static const char xmp[] = "XML:com.adobe.xmp";
    struct rst_meta *meta = reader->meta;
    bool utf8 = text->compression >= PNG_ITXT_COMPRESSION_NONE;
    size_t size = text->text ? strlen(text->text) : 0;
    if (!text->key || !*text->key) return RST_OK;
    if (strcmp(text->key, xmp) == 0 && !meta->xmp) return keep(reader, text->text, size, &meta->xmp, &meta->xmp_size);
    char *key = rst_png_from_latin(text->key, strlen(text->key));
    char *value = utf8 ? rst_png_from_utf8(text->text, size) : rst_png_from_latin(text->text, size);
    enum rst_status status = key && value ? add_text(reader, key, value) : fail_memory(reader);
    free(key);
    free(value);
    return status;
}

/* Takes the texts that libpng has, one at most. Where it cannot inflate one it does not say whether that is too long.
 */
static enum rst_status take_texts(struct rst_png_meta_reader *reader)
{
    const struct rst_png_lib *lib = &reader->lib;
    const struct rst_png_chunk *chunk = &reader->chunk;
    png_textp texts;
    int count = png_get_text(lib->png, lib->info, &texts, NULL);
    bool compressed = rst_png_chunk_is(chunk, "zTXt") || rst_png_chunk_is(chunk, "iTXt");
    if (count == 0 && compressed && chunk->length > MOST / INFLATION_MOST && !strstr(lib->message, "CRC"))
        return rst_png_chunk_fail(reader->file, chunk, RST_E_UNSUPPORTED, reader->err,
                                  "with it, there are more than %d MiB of metadata, or it is broken (%s)", MOST >> 20,
                                  lib->message);
    if (compressed && lib->largest > chunk->length) RST_TRY(charge(reader, lib->largest - chunk->length));
    for (int i = 0; i < count; i++)
        RST_TRY(take_text(reader, &texts[i]));
    png_free_data(lib->png, lib->info, PNG_FREE_TEXT, -1);
    return RST_OK;
}

static void begin(struct rst_png_lib *lib, void *argument)
{
    enum { BESIDE_TEXT = 4096 };
    png_byte names[RAWS * sizeof raws[0].type];
    unsigned char signature[RST_PNG_SIGNATURE];
    for (int i = 0; i < RAWS; i++)
        memcpy(names + (size_t)i * sizeof raws[i].type, raws[i].type, sizeof raws[i].type);
    png_set_keep_unknown_chunks(lib->png, PNG_HANDLE_CHUNK_ALWAYS, names, RAWS);
    png_set_read_user_chunk_fn(lib->png, argument, take_raw);
    png_set_chunk_malloc_max(lib->png, MOST + BESIDE_TEXT);
    png_set_chunk_cache_max(lib->png, 0);
    png_set_progressive_read_fn(lib->png, NULL, NULL, NULL, NULL);
    memcpy(signature, rst_png_signature, sizeof signature);
    png_process_data(lib->png, lib->info, signature, sizeof signature);
}

enum rst_status rst_png_meta_open(struct rst_png_meta_reader *reader, const struct rst_png_file *file,
                                  struct rst_meta *meta, struct rst_error *err)
{
    reader->file = file;
    reader->meta = meta;
    if (rst_png_lib_open(&reader->lib, false) && rst_png_lib_run(&reader->lib, begin, reader) == RST_OK) return RST_OK;
    return rst_fail(err, RST_E_NOMEM, "%s: no memory to read it", file->path);
}

void rst_png_meta_close(struct rst_png_meta_reader *reader)
{
    rst_png_lib_close(&reader->lib, false);
    rst_bytes_clear(&reader->data);
}

static void feed(struct rst_png_lib *lib, void *argument)
{
    struct rst_bytes *data = argument;
    png_process_data(lib->png, lib->info, data->data, data->size);
}

enum rst_status rst_png_meta_read(struct rst_png_meta_reader *reader, const struct rst_png_chunk *chunk,
                                  struct rst_error *err)
{
    struct rst_png_lib *lib = &reader->lib;
    reader->chunk = *chunk;
    reader->err = err;
    lib->message[0] = 0;
    lib->largest = 0;
    RST_TRY(charge(reader, chunk->length));
    RST_TRY(rst_png_chunk_read(reader->file, chunk, &reader->data, err));
    enum rst_status status = rst_png_lib_run(lib, feed, &reader->data);
    if (status != RST_OK && lib->status == RST_OK) {
        bool named = memcmp(lib->message, chunk->type, 4) == 0 && lib->message[4] == ':';
        return rst_png_chunk_fail(reader->file, chunk, status, err, "%s", lib->message + (named ? 6 : 0));
    }
    if (status == RST_OK) status = take_texts(reader);
    if (status == RST_OK && rst_png_chunk_is(chunk, "tIME")) status = take_time(reader);
    return status;
}

/* Pixels per metre become pixels per centimetre; without a unit they are a ratio. */
static void set_resolution(const struct rst_png_meta_reader *reader)
{
    enum { NO_UNIT = 1, CENTIMETRE = 3 };
    png_uint_32 x, y;
    int unit;
    if (!png_get_pHYs(reader->lib.png, reader->lib.info, &x, &y, &unit) || x == 0 || y == 0) return;
    if (unit != PNG_RESOLUTION_METER && unit != PNG_RESOLUTION_UNKNOWN) return;
    bool metres = unit == PNG_RESOLUTION_METER;
    reader->meta->resolution_x = metres ? x / 100.0 : x;
    reader->meta->resolution_y = metres ? y / 100.0 : y;
    reader->meta->resolution_unit = metres ? CENTIMETRE : NO_UNIT;
}

/* Of gray that filled less than a byte, the byte's upper bits tell all. An index is an index in any number of bits, and
 * those of a palette's colours are no samples. */
static void set_bits(const struct rst_png_meta_reader *reader, const struct rst_png_form *form)
{
    uint8_t *to = reader->meta->significant_bits;
    png_color_8p bits;
    if (form->depth < 8 && form->color != RST_PNG_PALETTE) to[0] = (uint8_t)form->depth;
    if (rst_png_is_indexed(form) || !png_get_sBIT(reader->lib.png, reader->lib.info, &bits)) return;
    bool gray = form->color == RST_PNG_GRAY || form->color == RST_PNG_GRAY_ALPHA;
    const uint8_t from[2][4] = {{bits->red, bits->green, bits->blue, bits->alpha}, {bits->gray, bits->alpha}};
    memcpy(to, from[gray], form->color == RST_PNG_PALETTE ? 3 : rst_png_channels(form));
}

static void set_background(const struct rst_png_meta_reader *reader, const struct rst_png_form *form)
{
    uint16_t *to = reader->meta->background;
    png_color_16p from;
    if (!png_get_bKGD(reader->lib.png, reader->lib.info, &from)) return;
    to[0] = from->red, to[1] = from->green, to[2] = from->blue;
    if (form->color == RST_PNG_GRAY || form->color == RST_PNG_GRAY_ALPHA || rst_png_is_indexed(form)) {
        unsigned most = (1u << form->depth) - 1;
        unsigned gray = form->depth < 8 ? from->gray * (255 / most) : from->gray;
        to[0] = rst_png_is_indexed(form) ? from->index : (uint16_t)gray;
        to[1] = to[2] = 0;
    }
    reader->meta->has_background = true;
}

static enum rst_status set_colors(const struct rst_png_meta_reader *reader, const struct rst_png_form *form,
                                  struct rst_error *err)
{
    static const size_t entries = 256;
    struct rst_meta *meta = reader->meta;
    bool gray = form->color == RST_PNG_GRAY || form->color == RST_PNG_GRAY_ALPHA;
    int32_t bands = rst_png_bands(form);
    meta->photometric = rst_png_is_indexed(form) ? RST_PHOTOMETRIC_PALETTE
                        : gray                   ? RST_PHOTOMETRIC_BLACK_IS_ZERO
                                                 : RST_PHOTOMETRIC_RGB;
    if (rst_png_is_indexed(form)) {
        meta->color_map = calloc(3 * entries, sizeof *meta->color_map);
        if (!meta->color_map) return rst_fail(err, RST_E_NOMEM, "%s: no memory for its palette", reader->file->path);
        meta->color_map_count = 3 * entries;
        for (size_t i = 0; i < meta->color_map_count; i++)
            meta->color_map[i] = (uint16_t)(form->palette[i % entries][i / entries] * 257);
    } else if (bands == 2 || bands == 4) {
        meta->extra_samples = malloc(sizeof *meta->extra_samples);
        if (!meta->extra_samples) return rst_fail(err, RST_E_NOMEM, "%s: no memory", reader->file->path);
        meta->extra_samples[0] = RST_EXTRA_UNASSOCIATED_ALPHA;
        meta->extra_sample_count = 1;
    }
    return RST_OK;
}

enum rst_status rst_png_meta_end(struct rst_png_meta_reader *reader, const struct rst_png_form *form,
                                 struct rst_error *err)
{
    set_resolution(reader);
    set_bits(reader, form);
    set_background(reader, form);
    return set_colors(reader, form, err);
}
