/* Text files beside a raster.
 *
 * A header is small, and what claims to be one may be anything: it is opened without waiting (a pipe would hang), must
 * be a regular file, and is read once, whole, up to a limit. Names are matched in small letters and in capitals, as
 * files come from systems that do not tell the two apart.
 */
#define _GNU_SOURCE 1
#include "codecs/text/header.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codecs/range.h"
#include "raster/base/size.h"

/* A descriptor of a regular file, and its size; -1 and errno where there is none (0 where it is no regular file). */
static int open_regular(const char *path, uint64_t *size)
{
    struct stat file;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return -1;
    if (fstat(descriptor, &file) == 0 && S_ISREG(file.st_mode)) {
        *size = (uint64_t)file.st_size;
        return descriptor;
    }
    close(descriptor);
    errno = 0;
    return -1;
}

/* *got may be less than `size`. */
static enum rst_status read_text(int descriptor, uint64_t from, size_t size, const char *path, char **text, size_t *got,
                                 struct rst_error *err)
{
    char *bytes = malloc(size + 1);
    if (!bytes) return rst_fail(err, RST_E_NOMEM, "%s: no memory for %zu bytes of text", path, size);
    int error = rst_range_read(descriptor, from, bytes, size, got);
    if (error) {
        free(bytes);
        return rst_fail_errno(err, error, "%s: reading its header", path);
    }
    bytes[*got] = '\0';
    const char *zero = memchr(bytes, 0, *got);
    if (zero) {
        uint64_t at = from + (uint64_t)(zero - bytes);
        free(bytes);
        return rst_fail(err, RST_E_FORMAT, "%s: byte %" PRIu64 " is zero, so this is no text", path, at);
    }
    *text = bytes;
    return RST_OK;
}

enum rst_status rst_header_read_part(const struct rst_source *source, uint64_t from, size_t size, char **text,
                                     struct rst_error *err)
{
    size_t got = 0;
    *text = NULL;
    RST_TRY(read_text(rst_map_descriptor(source->map), from, size, source->path, text, &got, err));
    if (got == size) return RST_OK;
    free(*text);
    *text = NULL;
    return rst_fail(err, RST_E_TRUNCATED, "%s: it ends at byte %" PRIu64 ", inside its header", source->path,
                    from + got);
}

enum rst_status rst_header_read(const char *path, char **text, struct rst_error *err)
{
    uint64_t size;
    *text = NULL;
    int descriptor = open_regular(path, &size);
    if (descriptor < 0) {
        if (errno == 0 || errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG || errno == ENXIO) return RST_OK;
        return rst_fail_errno(err, errno, "%s: opening it", path);
    }
    size_t got;
    enum rst_status status =
        size > RST_HEADER_MOST
            ? rst_fail(err, RST_E_FORMAT,
                       "%s: %" PRIu64 " bytes are too many for a header, which has %" PRIu64 " at most", path, size,
                       RST_HEADER_MOST)
            : read_text(descriptor, 0, (size_t)size, path, text, &got, err);
    close(descriptor);
    return status;
}

bool rst_header_peek(const char *path, char *start, size_t size)
{
    uint64_t length;
    size_t got;
    int descriptor = open_regular(path, &length);
    if (descriptor < 0) return false;
    bool read = rst_range_read(descriptor, 0, start, size - 1, &got) == 0;
    close(descriptor);
    if (read) start[got] = '\0';
    return read;
}

const char *rst_header_extension(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    return dot && dot != name ? dot + 1 : "";
}

/* The first `length` bytes of a path, a dot and an extension. */
static char *join(const char *path, size_t length, const char *extension)
{
    char *joined = NULL;
    if (asprintf(&joined, "%.*s.%s", (int)length, path, extension) < 0) return NULL;
    return joined;
}

/* How long the path is without its extension and the dot before it. */
static size_t stem_length(const char *path)
{
    const char *extension = rst_header_extension(path);
    return *extension ? (size_t)(extension - path) - 1 : strlen(path);
}

char *rst_header_replace(const char *path, const char *extension)
{
    return join(path, stem_length(path), extension);
}

enum { START_SIZE = 65536 };

static bool is_mine(const char *path, bool (*mine)(const char *start))
{
    char *start = malloc(START_SIZE);
    bool found = start && rst_header_peek(path, start, START_SIZE) && mine(start);
    free(start);
    return found;
}

char *rst_header_find(const char *path, bool (*mine)(const char *start))
{
    static const char *const extensions[] = {"hdr", "HDR"};
    if (strcasecmp(rst_header_extension(path), "hdr") == 0) return is_mine(path, mine) ? strdup(path) : NULL;
    for (int whole = 0; whole < 2; whole++)
        for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
            char *header = join(path, whole ? strlen(path) : stem_length(path), extensions[i]);
            if (header && is_mine(header, mine)) return header;
            free(header);
        }
    return NULL;
}

static bool is_regular(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && S_ISREG(file.st_mode);
}

/* The file of pixels for a header: its name without ".hdr", or with one of the extensions; NULL where none is there. */
static char *find_data(const char *header, const char *extensions)
{
    size_t length = stem_length(header);
    char *data = strndup(header, length);
    if (data && is_regular(data)) return data;
    free(data);
    while (*extensions) {
        char small[16], capital[16];
        size_t word = strcspn(extensions, " ");
        for (size_t i = 0; i <= word && i < sizeof small; i++) {
            small[i] = i < word ? extensions[i] : '\0';
            capital[i] = (char)toupper((unsigned char)small[i]);
        }
        const char *const tries[] = {small, capital};
        for (int i = 0; i < 2; i++) {
            data = join(header, length, tries[i]);
            if (data && is_regular(data)) return data;
            free(data);
        }
        extensions += word + (extensions[word] == ' ');
    }
    return NULL;
}

enum rst_status rst_header_open(struct rst_source *source, bool (*mine)(const char *start),
                                enum rst_status (*open_pair)(struct rst_source *source, const char *header, char *text,
                                                             struct rst_raster **out, struct rst_error *err),
                                struct rst_raster **out, struct rst_error *err)
{
    char *header = rst_header_find(source->path, mine), *text = NULL;
    if (!header) return rst_fail(err, RST_E_NOTFOUND, "%s: its header is gone", source->path);
    enum rst_status status = rst_header_read(header, &text, err);
    if (status == RST_OK && !text) status = rst_fail(err, RST_E_NOTFOUND, "%s: it is gone", header);
    if (status == RST_OK) status = open_pair(source, header, text, out, err);
    free(text);
    free(header);
    return status;
}

enum rst_status rst_header_open_data(struct rst_source *source, const char *header, const char *extensions, char **data,
                                     struct rst_error *err)
{
    *data = NULL;
    if (strcmp(source->path, header) != 0) return RST_OK;
    char *found = find_data(header, extensions);
    if (!found)
        return rst_fail(err, RST_E_NOTFOUND, "%s: a header, and the file with its pixels is not beside it", header);
    struct rst_map *map = NULL;
    enum rst_status status = rst_map_open(found, source->mode, 0, 0, &map, err);
    if (status == RST_OK && source->mode == RST_SHARED && !source->options->no_lock)
        status = rst_map_lock(map, RST_LOCK_EXCLUSIVE, 0, 0, false, err);
    if (status != RST_OK) {
        rst_map_close(&map);
        free(found);
        return status;
    }
    rst_map_close(&source->map);
    source->map = map;
    source->path = *data = found;
    return RST_OK;
}

char *rst_header_trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

bool rst_header_integer(const char *text, uint64_t most, uint64_t *number)
{
    union rst_sample sample;
    if (!rst_sample_parse(text, RST_U64, &sample) || sample.u64 > most) return false;
    *number = sample.u64;
    return true;
}

bool rst_header_number(const char *text, double *number)
{
    union rst_sample sample;
    if (!rst_sample_parse(text, RST_F64, &sample) || !isfinite(sample.f64)) return false;
    *number = sample.f64;
    return true;
}

void rst_text_put(struct rst_text *text, const char *format, ...)
{
    va_list arguments;
    char *made = NULL;
    va_start(arguments, format);
    int length = vasprintf(&made, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
        return;
    }
    if (!rst_bytes_append(&text->bytes, made, (size_t)length)) text->failed = true;
    free(made);
}

void rst_text_sample(struct rst_text *text, union rst_sample sample, enum rst_type type)
{
    char number[40];
    rst_text_put(text, "%s", rst_sample_format(sample, type, number, sizeof number));
}

void rst_text_number(struct rst_text *text, double number)
{
    rst_text_sample(text, (union rst_sample){.f64 = number}, RST_F64);
}

/* Whether a file holds this text and nothing else. */
static bool holds_same(const char *path, const struct rst_bytes *bytes)
{
    char *text = NULL;
    bool same = rst_header_read(path, &text, NULL) == RST_OK && text && strlen(text) == bytes->size &&
                memcmp(text, bytes->data, bytes->size) == 0;
    free(text);
    return same;
}

enum rst_status rst_text_attach(struct rst_text *text, struct rst_raster *raster, const char *path,
                                const struct rst_create_options *options, struct rst_error *err)
{
    struct stat file;
    enum rst_status status;
    if (text->failed)
        status = rst_fail(err, RST_E_NOMEM, "%s: no memory for its text", path);
    else if (!options->overwrite && lstat(path, &file) == 0 && !holds_same(path, &text->bytes))
        status = rst_fail(err, RST_E_EXISTS, "%s: exists already; choose another name or allow overwriting", path);
    else
        status = rst_attach_file(raster, path, text->bytes.data, text->bytes.size, options, err);
    rst_bytes_clear(&text->bytes);
    return status;
}
