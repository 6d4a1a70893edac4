/* What stands before the pixels of a PNG, from a shape and a struct rst_meta, through libpng; and what of one has no
 * place.
 *
 * For every kind of metadata there is one function that hands it to libpng and tells whether a PNG can hold it: what is
 * told to be kept is what is written. Gamma, chromaticities and sRGB are written as chunks, since libpng would make one
 * of the three. A warning while libpng writes is an error: nothing is left out without a word.
 */
#include "codecs/png/meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codecs/png/latin.h"
#include "raster/image/items.h"

enum { CHUNK_MOST = INT32_MAX, KEYWORD_MOST = 79, ENTRIES_MOST = 256, RAWS_MOST = 3 };

/* What is being written. */
struct writer {
    struct rst_png_lib lib;
    const struct rst_shape *shape;
    const struct rst_meta *meta;
    struct rst_bytes *to;  /* NULL: only look */
    struct rst_bytes text; /* for a while; owned */
    unsigned kept;         /* enum rst_meta_field */
    struct raw {
        const char *type;
        unsigned char data[32];
        size_t size;
    } raws[RAWS_MOST]; /* chunks to be written as they are */
    int raw_count;
};

static _Noreturn void fail_memory(struct writer *writer)
{
    writer->lib.status = RST_E_NOMEM;
    png_error(writer->lib.png, "no memory");
}

/* A number as PNG stores it: a whole one from `least` on that fits 31 bits. */
static bool round_to(double number, double least, uint32_t *out)
{
    double whole = rint(number);
    if (!(whole >= least && whole <= INT32_MAX)) return false;
    *out = (uint32_t)whole;
    return true;
}

/* libpng, like most readers, takes no profile that speaks of other colours than the image has, or that is broken. */
static bool put_profile(struct writer *writer)
{
    struct rst_png_lib *lib = &writer->lib;
    size_t size = writer->meta->icc_size;
    if (!writer->meta->icc || size > CHUNK_MOST) return false;
    png_set_option(lib->png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
    png_set_text_compression_level(lib->png, Z_BEST_COMPRESSION);
    png_set_iCCP(lib->png, lib->info, "ICC profile", PNG_COMPRESSION_TYPE_BASE, writer->meta->icc, (png_uint_32)size);
    return png_get_valid(lib->png, lib->info, PNG_INFO_iCCP);
}

/* Beside a profile there is no place for sRGB. */
static bool put_gamma(struct writer *writer)
{
    const struct rst_meta *meta = writer->meta;
    struct raw *raw = writer->raws;
    uint32_t number;
    bool kept = true, any = false, fits = true;
    bool profile = png_get_valid(writer->lib.png, writer->lib.info, PNG_INFO_iCCP);
    if (meta->srgb_intent >= 1 && meta->srgb_intent <= 4 && !profile)
        *raw++ = (struct raw){"sRGB", {(unsigned char)(meta->srgb_intent - 1)}, 1};
    else if (meta->srgb_intent != 0)
        kept = false;
    if (meta->gamma != 0 && round_to(meta->gamma * 100000, 1, &number)) {
        *raw = (struct raw){.type = "gAMA", .size = 4};
        png_save_uint_32(raw++->data, number);
    } else if (meta->gamma != 0) {
        kept = false;
    }
    *raw = (struct raw){.type = "cHRM", .size = 32};
    for (int i = 0; i < 8; i++) {
        any |= meta->chromaticities[i] != 0;
        fits = fits && round_to(meta->chromaticities[i] * 100000, 0, &number);
        if (fits) png_save_uint_32(raw->data + (size_t)i * 4, number);
    }
    writer->raw_count = (int)(raw - writer->raws) + (any && fits);
    return kept && (!any || fits);
}

static bool put_bits(struct writer *writer)
{
    const struct rst_shape *shape = writer->shape;
    png_byte bits[4] = {0};
    unsigned depth = (unsigned)(8 * rst_type_size(shape->type));
    if (rst_png_palette_count(shape, writer->meta) > 0) return false; /* there it would speak of the colours */
    for (int32_t band = 0; band < shape->bands; band++) {
        unsigned significant = writer->meta->significant_bits[band];
        bits[band] = (png_byte)(significant ? significant : depth);
        if (significant > depth) return false;
    }
    png_color_8 to = {.gray = bits[0], .red = bits[0]};
    if (shape->bands > 2) to.green = bits[1], to.blue = bits[2];
    if (shape->bands % 2 == 0) to.alpha = bits[shape->bands - 1];
    png_set_sBIT(writer->lib.png, writer->lib.info, &to);
    return true;
}

int rst_png_palette_count(const struct rst_shape *shape, const struct rst_meta *meta)
{
    size_t count = meta->color_map_count / 3;
    if (!shape->palette || shape->bands != 1 || shape->type != RST_U8 || !meta->color_map) return 0;
    return (int)(count < ENTRIES_MOST ? count : ENTRIES_MOST);
}

/* Colours have 16 bits in a TIFF, and mostly 8 that count: the upper ones, either repeated or followed by zeros. */
static bool put_palette(struct writer *writer)
{
    const uint16_t *map = writer->meta->color_map;
    int count = rst_png_palette_count(writer->shape, writer->meta);
    size_t entries = writer->meta->color_map_count / 3;
    png_color colors[ENTRIES_MOST];
    bool exact = count > 0 && entries <= ENTRIES_MOST;
    for (int i = 0; i < count; i++) {
        const unsigned from[3] = {map[i], map[entries + (size_t)i], map[2 * entries + (size_t)i]};
        colors[i] = (png_color){(png_byte)(from[0] >> 8), (png_byte)(from[1] >> 8), (png_byte)(from[2] >> 8)};
        for (int color = 0; color < 3; color++)
            exact = exact && ((from[color] & 0xff) == 0 || (from[color] & 0xff) == from[color] >> 8);
    }
    if (count > 0) png_set_PLTE(writer->lib.png, writer->lib.info, colors, count);
    return exact;
}

static bool put_background(struct writer *writer)
{
    const uint16_t *from = writer->meta->background;
    int entries = rst_png_palette_count(writer->shape, writer->meta), count = writer->shape->bands > 2 ? 3 : 1;
    unsigned most = entries > 0 ? (unsigned)entries - 1 : rst_type_size(writer->shape->type) == 1 ? 255 : 65535;
    for (int i = 0; i < count; i++)
        if (from[i] > most) return false;
    png_color_16 to = {.index = (png_byte)from[0], .gray = from[0], .red = from[0], .green = from[1], .blue = from[2]};
    png_set_bKGD(writer->lib.png, writer->lib.info, &to);
    return true;
}

/* Pixels per metre, or a ratio: of whole numbers, so others are taken ten thousandfold. */
static bool put_resolution(struct writer *writer)
{
    enum { INCH = 2, CENTIMETRE = 3 };
    const struct rst_meta *meta = writer->meta;
    double x = meta->resolution_x, y = meta->resolution_y;
    bool metres = meta->resolution_unit == INCH || meta->resolution_unit == CENTIMETRE;
    double factor = meta->resolution_unit == INCH  ? 1 / 0.0254
                    : metres                       ? 100
                    : x != rint(x) || y != rint(y) ? 10000
                                                   : 1;
    uint32_t across, down;
    if (!round_to(x * factor, 1, &across) || !round_to(y * factor, 1, &down)) return false;
    png_set_pHYs(writer->lib.png, writer->lib.info, across, down, metres);
    return true;
}

static bool put_exif(struct writer *writer)
{
    const struct rst_meta *meta = writer->meta;
    if (!meta->exif || meta->exif_size < 8 || meta->exif_size > CHUNK_MOST) return false;
    if (memcmp(meta->exif, "II*\0", 4) != 0 && memcmp(meta->exif, "MM\0*", 4) != 0) return false;
    png_set_eXIf_1(writer->lib.png, writer->lib.info, (png_uint_32)meta->exif_size, meta->exif);
    return true;
}

/* A keyword: Latin-1 that can be seen, single spaces inside. */
static bool is_keyword(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)word[i];
        bool space = letter == ' ';
        if (letter < ' ' || (letter > '~' && letter < 0xa1)) return false;
        if (space && (i == 0 || i == size - 1 || word[i - 1] == ' ')) return false;
    }
    return size > 0;
}

/* Latin-1 is preferred to UTF-8, unless it shall be that. */
static bool put_pair(struct writer *writer, const char *key, const char *value, size_t size, bool utf8)
{
    char word[KEYWORD_MOST + 1];
    size_t length = 0, latin = size;
    if (!rst_png_to_latin(key, word, KEYWORD_MOST, &length) || !is_keyword(word, length)) return false;
    if (size > CHUNK_MOST / 2) return false;
    word[length] = 0;
    writer->text.size = 0;
    char *room = rst_bytes_room(&writer->text, size + 1);
    if (!room) fail_memory(writer);
    png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = word, .text = room};
    if (utf8 || !rst_png_to_latin(value, room, size, &latin)) {
        text.compression = PNG_ITXT_COMPRESSION_NONE;
        memcpy(room, value, size);
        latin = size;
    }
    room[latin] = 0;
    png_set_text(writer->lib.png, writer->lib.info, &text, 1);
    return true;
}

/* A time as TIFF writes it: "YYYY:MM:DD HH:MM:SS". */
static bool put_time(struct writer *writer, const char *value)
{
    static const char form[] = "0000:00:00 00:00:00";
    static const int at[] = {5, 8, 11, 14, 17}, least[] = {1, 1, 0, 0, 0}, most[] = {12, 31, 23, 59, 60};
    int numbers[5];
    if (strlen(value) != sizeof form - 1) return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? value[i] < '0' || value[i] > '9' : value[i] != form[i]) return false;
    for (size_t i = 0; i < 5; i++) {
        numbers[i] = atoi(value + at[i]);
        if (numbers[i] < least[i] || numbers[i] > most[i]) return false;
    }
    png_time time = {(png_uint_16)atoi(value), (png_byte)numbers[0], (png_byte)numbers[1],
                     (png_byte)numbers[2],     (png_byte)numbers[3], (png_byte)numbers[4]};
    png_set_tIME(writer->lib.png, writer->lib.info, &time);
    return true;
}

/* PNG's words for what TIFF has tags for. */
static const char *keyword_of(const char *key)
{
    if (strcmp(key, "Artist") == 0) return "Author";
    return strcmp(key, "DocumentName") == 0 ? "Title" : key;
}

static bool put_string(struct writer *writer, const char *key, const char *value)
{
    return put_pair(writer, key, value, strlen(value), false);
}

static bool put_text(struct writer *writer)
{
    const struct rst_meta *meta = writer->meta;
    bool kept = true, timed = false;
    if (meta->description && *meta->description) kept = put_string(writer, "Description", meta->description);
    for (size_t i = 0; i < meta->item_count; i++) {
        const struct rst_item *item = &meta->items[i];
        bool plain = item->key && item->value && item->band < 0 && rst_item_is_plain(item) && !item->role;
        if (!plain) {
            kept = false;
            continue;
        }
        bool time = !timed && strcmp(item->key, "DateTime") == 0 && put_time(writer, item->value);
        timed |= time;
        if (!time) kept = put_string(writer, keyword_of(item->key), item->value) && kept;
    }
    return kept;
}

/* Zeros behind the packet are padding. */
static bool put_xmp(struct writer *writer)
{
    const char *xmp = writer->meta->xmp;
    size_t size = writer->meta->xmp_size;
    while (xmp && size > 0 && xmp[size - 1] == 0)
        size--;
    if (!xmp || size == 0 || size > CHUNK_MOST / 2 || memchr(xmp, 0, size)) return false;
    return put_pair(writer, "XML:com.adobe.xmp", xmp, size, true);
}

/* The profile before the gamma, which heeds it. */
static const struct field {
    unsigned field;
    bool (*put)(struct writer *writer);
} order[] = {{RST_META_ICC, put_profile},
             {RST_META_GAMMA, put_gamma},
             {RST_META_BITS, put_bits},
             {RST_META_COLOR_MAP, put_palette},
             {RST_META_BACKGROUND, put_background},
             {RST_META_RESOLUTION, put_resolution},
             {RST_META_EXIF, put_exif},
             {RST_META_TEXT, put_text},
             {RST_META_XMP, put_xmp}};

/* Of an image that is only looked at the size does not count. */
static void put_all(struct rst_png_lib *lib, void *argument)
{
    static const int colors[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                 PNG_COLOR_TYPE_RGB_ALPHA};
    struct writer *writer = argument;
    const struct rst_shape *shape = writer->shape;
    bool palette = rst_png_palette_count(shape, writer->meta) > 0;
    unsigned there = writer->to ? rst_meta_fields(writer->meta, shape->bands) : ~0u;
    png_set_benign_errors(lib->png, true);
    png_set_IHDR(lib->png, lib->info, writer->to ? (png_uint_32)shape->width : 1,
                 writer->to ? (png_uint_32)shape->height : 1, (int)(8 * rst_type_size(shape->type)),
                 palette ? PNG_COLOR_TYPE_PALETTE : colors[shape->bands - 1], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if ((there & order[i].field) && order[i].put(writer)) writer->kept |= order[i].field;
}

static void append(png_structp png, png_bytep bytes, size_t size)
{
    struct writer *writer = png_get_io_ptr(png);
    if (!rst_bytes_append(writer->to, bytes, size)) fail_memory(writer);
}

static void write_all(struct rst_png_lib *lib, void *argument)
{
    const struct writer *writer = argument;
    put_all(lib, argument);
    lib->message[0] = 0;
    png_set_write_fn(lib->png, argument, append, NULL);
    png_write_info_before_PLTE(lib->png, lib->info);
    for (const struct raw *raw = writer->raws; raw < writer->raws + writer->raw_count; raw++)
        png_write_chunk(lib->png, (png_const_bytep)raw->type, raw->data, raw->size);
    png_write_info(lib->png, lib->info);
}

enum rst_status rst_png_meta_write(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                                   struct rst_bytes *to, struct rst_error *err)
{
    struct writer writer = {.shape = shape, .meta = meta, .to = to};
    if (!rst_png_lib_open(&writer.lib, true)) return rst_fail(err, RST_E_NOMEM, "%s: no memory for its header", path);
    enum rst_status status = rst_png_lib_run(&writer.lib, write_all, &writer);
    if (status == RST_OK && writer.lib.message[0] != 0) status = RST_E_UNSUPPORTED;
    if (status != RST_OK) status = rst_fail(err, status, "%s: libpng: %s", path, writer.lib.message);
    rst_png_lib_close(&writer.lib, true);
    rst_bytes_clear(&writer.text);
    return status;
}

/* The interpretation that the number of bands tells. */
static bool is_natural(const struct rst_shape *shape, int photometric)
{
    switch (photometric) {
    case RST_PHOTOMETRIC_UNKNOWN:
        return true;
    case RST_PHOTOMETRIC_BLACK_IS_ZERO:
        return shape->bands <= 2;
    case RST_PHOTOMETRIC_RGB:
        return shape->bands >= 3;
    default:
        return photometric == RST_PHOTOMETRIC_PALETTE && shape->bands == 1;
    }
}

unsigned rst_png_keeps(const struct rst_shape *shape, const struct rst_meta *meta)
{
    struct writer writer = {.shape = shape, .meta = meta};
    unsigned kept = is_natural(shape, meta->photometric) ? RST_META_COLORS : 0;
    if (shape->bands > 4 || (shape->type != RST_U8 && shape->type != RST_U16)) return 0;
    if (shape->alpha >= 0 && shape->alpha == shape->bands - 1) kept |= RST_META_ALPHA;
    if (rst_png_lib_open(&writer.lib, true)) {
        if (rst_png_lib_run(&writer.lib, put_all, &writer) == RST_OK) kept |= writer.kept;
        rst_png_lib_close(&writer.lib, true);
        rst_bytes_clear(&writer.text);
    }
    return kept;
}
