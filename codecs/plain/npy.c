/* NPY: an array of NumPy, in one piece behind a short header.
 *
 * The header is a Python dictionary of three entries, read here by a parser that knows no more Python than that. An
 * array of two axes is an image of one band, of three axes (height, width, bands), of one axis a single row. Fortran
 * order, where the first axis moves fastest, becomes strides. Files are written in C order, samples from a multiple of
 * 64 bytes on.
 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/text/header.h"
#include "raster/base/size.h"

enum { MAGIC_SIZE = 6, SHORT_HEAD = 10, LONG_HEAD = 12, ALIGNMENT = 64, AXES = 3 };

static const char magic[MAGIC_SIZE + 1] = "\x93NUMPY";

/* What the dictionary says. */
struct array {
    char descr[16];
    bool fortran;
    uint64_t shape[AXES];
    int axes; /* also those beyond AXES */
    bool has_descr, has_order, has_shape;
};

static bool probe(const struct rst_source *source)
{
    return source->head_size >= 8 && memcmp(source->head, magic, MAGIC_SIZE) == 0;
}

static void skip_blanks(const char **at)
{
    while (isspace((unsigned char)**at))
        ++*at;
}

static bool take_char(const char **at, char c)
{
    skip_blanks(at);
    if (**at != c) return false;
    ++*at;
    return true;
}

static bool take_word(const char **at, const char *word)
{
    skip_blanks(at);
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0) return false;
    *at += length;
    return true;
}

/* A string in quotes of either kind, without escapes. */
static bool take_string(const char **at, char *text, size_t size)
{
    skip_blanks(at);
    char quote = **at;
    if (quote != '\'' && quote != '"') return false;
    const char *start = *at + 1, *end = strchr(start, quote);
    if (!end || (size_t)(end - start) >= size || memchr(start, '\\', (size_t)(end - start))) return false;
    memcpy(text, start, (size_t)(end - start));
    text[end - start] = '\0';
    *at = end + 1;
    return true;
}

static bool take_number(const char **at, uint64_t *number)
{
    skip_blanks(at);
    if (!isdigit((unsigned char)**at)) return false;
    for (*number = 0; isdigit((unsigned char)**at); ++*at)
        if (!rst_mul_add(*number, 10, (uint64_t)(**at - '0'), number)) return false;
    if (**at == 'L') ++*at; /* as Python 2 wrote it */
    return true;
}

static bool take_shape(const char **at, struct array *array)
{
    if (!take_char(at, '(')) return false;
    while (!take_char(at, ')')) {
        uint64_t side;
        if (!take_number(at, &side)) return false;
        if (array->axes < AXES) array->shape[array->axes] = side;
        array->axes++;
        if (take_char(at, ',')) continue;
        if (!take_char(at, ')') || array->axes == 1) return false; /* (5) is no tuple */
        break;
    }
    array->has_shape = true;
    return true;
}

static bool take_order(const char **at, struct array *array)
{
    array->fortran = take_word(at, "True");
    array->has_order = array->fortran || take_word(at, "False");
    return array->has_order;
}

/* Where the dictionary cannot be read any further, or NULL where it was read to its end. */
static const char *parse(const char *text, struct array *array)
{
    const char *at = text;
    char key[16];
    if (!take_char(&at, '{')) return at;
    while (!take_char(&at, '}')) {
        const char *start = at;
        if (!take_string(&at, key, sizeof key) || !take_char(&at, ':')) return start;
        bool taken = false;
        if (strcmp(key, "shape") == 0 && !array->has_shape)
            taken = take_shape(&at, array);
        else if (strcmp(key, "fortran_order") == 0 && !array->has_order)
            taken = take_order(&at, array);
        else if (strcmp(key, "descr") == 0 && !array->has_descr)
            taken = array->has_descr = take_string(&at, array->descr, sizeof array->descr);
        if (!taken) return start;
        if (take_char(&at, ',')) continue;
        if (!take_char(&at, '}')) return at;
        break;
    }
    skip_blanks(&at);
    return *at || !array->has_descr || !array->has_order || !array->has_shape ? at : NULL;
}

static bool is_structured(const char *text)
{
    const char *descr = strstr(text, "descr");
    if (!descr) return false;
    descr += 5 + strspn(descr + 5, "'\" :");
    return *descr == '[';
}

static enum rst_status parse_type(const char *path, const char *descr, enum rst_type *type, bool *big,
                                  struct rst_error *err)
{
    static const char *const kinds = "uif";
    char order = descr[0], kind = order ? descr[1] : '\0';
    size_t size = kind && isdigit((unsigned char)descr[2]) && !descr[3] ? (size_t)(descr[2] - '0') : 0;
    *big = order == '>' || (order == '=' && RST_BIG_ENDIAN);
    if (kind == 'b' && size == 1) kind = 'u'; /* bool: 0 and 1 */
    for (int i = 0; i < RST_TYPE_COUNT && size > 0 && strchr(kinds, kind) && strchr("<>|=", order); i++) {
        *type = (enum rst_type)i;
        if (rst_type_size(*type) == size && rst_type_name(*type)[0] == kind) return RST_OK;
    }
    const char *why = kind == 'f' && size == 2 ? "half floats are not handled"
                      : kind == 'c'            ? "complex samples are not handled"
                                               : "this is no type of samples";
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: its dtype is '%s': %s", path, descr, why);
}

static enum rst_status fail_shape(const char *path, const struct array *array, const char *why, struct rst_error *err)
{
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: an array of %d axes, the first of %" PRIu64 ", is no image: %s", path,
                    array->axes, array->axes ? array->shape[0] : 0, why);
}

/* Height, width and bands of the array, and the bytes of all its samples. */
static enum rst_status check_shape(const char *path, const struct array *array, uint64_t size, uint64_t sides[AXES],
                                   uint64_t *bytes, struct rst_error *err)
{
    if (array->axes < 1 || array->axes > AXES)
        return fail_shape(path, array, "an image has (height, width) or (height, width, bands)", err);
    sides[0] = array->axes == 1 ? 1 : array->shape[0];
    sides[1] = array->shape[array->axes == 1 ? 0 : 1];
    sides[2] = array->axes == 3 ? array->shape[2] : 1;
    if (sides[0] < 1 || sides[1] < 1 || sides[2] < 1) return fail_shape(path, array, "it is empty", err);
    if (sides[0] > (uint64_t)RST_MAX_SIDE || sides[1] > (uint64_t)RST_MAX_SIDE || sides[2] > RST_MAX_BANDS)
        return fail_shape(path, array, "its sides are too long", err);
    if (!rst_mul(sides[0], sides[1], bytes) || !rst_mul(*bytes, sides[2], bytes) || !rst_mul(*bytes, size, bytes) ||
        *bytes > INT64_MAX)
        return fail_shape(path, array, "it has more samples than any file holds", err);
    return RST_OK;
}

static enum rst_status lay_out(const char *path, const struct array *array, uint64_t *offset, struct rst_layout *layout,
                               uint64_t *bytes, struct rst_error *err)
{
    enum rst_type type = RST_U8;
    bool big = false;
    uint64_t sides[AXES] = {0};
    RST_TRY(parse_type(path, array->descr, &type, &big, err));
    uint64_t size = rst_type_size(type);
    RST_TRY(check_shape(path, array, size, sides, bytes, err));
    uint64_t row = array->fortran ? size : sides[1] * sides[2] * size;
    uint64_t pixel = array->fortran ? sides[0] * size : sides[2] * size;
    uint64_t band = array->fortran ? sides[0] * sides[1] * size : size;
    *layout = (struct rst_layout){.type = type,
                                  .width = (int64_t)sides[1],
                                  .height = (int64_t)sides[0],
                                  .bands = (int32_t)sides[2],
                                  .block_width = (int64_t)sides[1],
                                  .block_height = (int64_t)sides[0],
                                  .planes = 1,
                                  .pixel_stride = (ptrdiff_t)pixel,
                                  .row_stride = (ptrdiff_t)row,
                                  .band_stride = (ptrdiff_t)band,
                                  .swapped = size > 1 && big != RST_BIG_ENDIAN,
                                  .offsets = offset};
    return RST_OK;
}

/* The dictionary as text, for the caller to free; *offset is what follows it. */
static enum rst_status read_dictionary(const struct rst_source *source, char **text, uint64_t *offset,
                                       struct rst_error *err)
{
    const unsigned char *head = source->head;
    int version = head[6];
    bool is_short = version == 1;
    if (version < 1 || version > 3)
        return rst_fail(err, RST_E_UNSUPPORTED, "%s: version %d of NPY: 1 to 3 are handled", source->path, version);
    uint64_t start = is_short ? SHORT_HEAD : LONG_HEAD, size = 0;
    for (int i = (is_short ? 2 : 4) - 1; i >= 0 && source->head_size >= start; i--)
        size = size << 8 | head[8 + i];
    *offset = start + size;
    if (source->head_size < start || *offset > rst_map_length(source->map))
        return rst_fail(err, RST_E_TRUNCATED, "%s: its header needs %" PRIu64 " bytes, the file has %" PRIu64,
                        source->path, *offset, rst_map_length(source->map));
    if (size > RST_HEADER_MOST)
        return rst_fail(err, RST_E_FORMAT, "%s: a header of %" PRIu64 " bytes is too long", source->path, size);
    return rst_header_read_part(source, start, (size_t)size, text, err);
}

static enum rst_status open_array(struct rst_source *source, const struct array *array, uint64_t offset,
                                  struct rst_raster **out, struct rst_error *err)
{
    const uint64_t reserved[1][2] = {{0, offset}};
    uint64_t bytes, have = rst_map_length(source->map);
    struct rst_layout layout;
    RST_TRY(lay_out(source->path, array, &offset, &layout, &bytes, err));
    if (bytes > have - offset)
        return rst_fail(err, RST_E_TRUNCATED,
                        "%s: its %" PRId64 "x%" PRId64 "x%" PRId32 " samples need %" PRIu64 " bytes from byte %" PRIu64
                        " on, the file has %" PRIu64,
                        source->path, layout.width, layout.height, layout.bands, bytes, offset, have);
    struct rst_source_parts parts = {
        .format = rst_codec_npy.name, .layout = &layout, .reserved = reserved, .reserved_count = 1};
    return rst_source_raster(source, &parts, out, err);
}

static enum rst_status open_npy(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    struct array array = {.axes = 0};
    uint64_t offset = 0;
    char *text = NULL;
    if (source->options->page != 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: page %d: an NPY file has 1 page, page 0", source->path,
                        source->options->page);
    RST_TRY(read_dictionary(source, &text, &offset, err));
    assert(text);
    const char *wrong = parse(text, &array);
    enum rst_status status = RST_OK;
    if (wrong && is_structured(text))
        status = rst_fail(err, RST_E_UNSUPPORTED, "%s: its dtype has fields; samples are of one type", source->path);
    else if (wrong)
        status = rst_fail(err, RST_E_FORMAT, "%s: its header is not understood from \"%.40s\" on", source->path, wrong);
    if (status == RST_OK) status = open_array(source, &array, offset, out, err);
    free(text);
    return status;
}

static enum rst_status check_options(const char *path, const struct rst_create_options *options, struct rst_error *err)
{
    if (!options->planar) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT,
                    "%s: an NPY file holds the bands of a pixel together; raw, ENVI or TIFF can "
                    "have them apart",
                    path);
}

/* Magic, version, length and dictionary, blanks up to a multiple of 64 bytes, and a line's end. */
static size_t write_head(const struct rst_shape *shape, bool big, char *head, size_t size)
{
    char sides[80], dictionary[200];
    if (shape->bands > 1)
        snprintf(sides, sizeof sides, "%" PRId64 ", %" PRId64 ", %" PRId32, shape->height, shape->width, shape->bands);
    else
        snprintf(sides, sizeof sides, "%" PRId64 ", %" PRId64, shape->height, shape->width);
    size_t bytes = rst_type_size(shape->type);
    int length =
        snprintf(dictionary, sizeof dictionary, "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (%s), }",
                 bytes == 1 ? '|'
                 : big      ? '>'
                            : '<',
                 rst_type_name(shape->type)[0], bytes, sides);
    size_t total = (SHORT_HEAD + (size_t)length + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (total > size) return 0;
    memset(head, ' ', total);
    memcpy(head, magic, MAGIC_SIZE);
    head[6] = 1;
    head[7] = 0;
    head[8] = (char)((total - SHORT_HEAD) & 0xff);
    head[9] = (char)((total - SHORT_HEAD) >> 8);
    memcpy(head + SHORT_HEAD, dictionary, (size_t)length);
    head[total - 1] = '\n';
    return total;
}

static enum rst_status create(const char *path, const struct rst_shape *shape, const struct rst_meta *meta,
                              const struct rst_create_options *options, struct rst_raster **out, struct rst_error *err)
{
    bool big = options->byte_order == RST_ORDER_NATIVE ? RST_BIG_ENDIAN : options->byte_order == RST_ORDER_BIG;
    struct array array = {.axes = AXES,
                          .shape = {(uint64_t)shape->height, (uint64_t)shape->width, (uint64_t)shape->bands}};
    struct rst_layout layout;
    char head[4 * ALIGNMENT];
    uint64_t bytes = 0, length = 0;
    RST_TRY(check_options(path, options, err));
    snprintf(array.descr, sizeof array.descr, "%c%c%zu", big ? '>' : '<', rst_type_name(shape->type)[0],
             rst_type_size(shape->type));
    uint64_t offset = write_head(shape, big, head, sizeof head);
    RST_TRY(lay_out(path, &array, &offset, &layout, &bytes, err));
    if (!rst_add(bytes, offset, &length) || length > INT64_MAX)
        return fail_shape(path, &array, "it has more samples than any file holds", err);
    struct rst_new_file file = {.format = rst_codec_npy.name,
                                .layout = &layout,
                                .meta = meta,
                                .head = head,
                                .head_size = (size_t)offset,
                                .length = length};
    return rst_new_file(path, &file, options, out, err);
}

const struct rst_codec rst_codec_npy = {.name = "NPY",
                                        .extensions = "npy",
                                        .notes = "every type, in any number of bands",
                                        .probe = probe,
                                        .open = open_npy,
                                        .create = create};
