/* The table of formats, and opening a file of any of them.
 *
 * A file is mapped and, for RST_SHARED, locked before a byte of it is believed, so that what a codec reads of the
 * directory is what the pixels will be found by. The mapping's length is the file's length from there on: all geometry
 * is proven against it. Formats are probed in the order of the table.
 */
#include "codecs/codec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "codecs/beside/sidecar.h"
#include "codecs/range.h"
#include "raster/base/size.h"

static const struct rst_codec *const table[] = {&rst_codec_raw, &rst_codec_tiff, &rst_codec_png,  &rst_codec_npy,
                                                &rst_codec_pnm, &rst_codec_pfm,  &rst_codec_envi, &rst_codec_esri};

enum { TABLE_SIZE = sizeof table / sizeof table[0] };

const struct rst_codec *rst_codec_at(int index)
{
    return index >= 0 && index < TABLE_SIZE ? table[index] : NULL;
}

const char *rst_format_name(int index)
{
    const struct rst_codec *codec = rst_codec_at(index);
    return codec ? codec->name : NULL;
}

const char *rst_format_extensions(int index)
{
    const struct rst_codec *codec = rst_codec_at(index);
    return codec ? codec->extensions : NULL;
}

const char *rst_format_notes(int index)
{
    const struct rst_codec *codec = rst_codec_at(index);
    return codec ? codec->notes : NULL;
}

bool rst_format_edits(int index)
{
    const struct rst_codec *codec = rst_codec_at(index);
    return codec && codec->edit;
}

unsigned rst_format_compressions(const char *format, bool written)
{
    const struct rst_codec *codec = rst_codec_of_name(format);
    if (!codec || (written && !codec->create)) return 0;
    return codec->compressions ? codec->compressions(written) : 1u << RST_COMPRESSION_NONE;
}

const struct rst_codec *rst_codec_of_name(const char *name)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        if (strcasecmp(table[i]->name, name) == 0) return table[i];
    return NULL;
}

/* Whether `word` is one of the words of `list`, which have one space between them. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; *at;) {
        size_t here = strcspn(at, " ");
        if (here == length && strncasecmp(at, word, length) == 0) return true;
        at += here;
        at += *at == ' ';
    }
    return false;
}

const struct rst_codec *rst_codec_of_path(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name || !dot[1]) return NULL;
    for (int i = 0; i < TABLE_SIZE; i++)
        if (has_word(table[i]->extensions, dot + 1)) return table[i];
    return NULL;
}

static enum rst_status read_head(struct rst_source *source, struct rst_error *err)
{
    int error =
        rst_range_read(rst_map_descriptor(source->map), 0, source->head, sizeof source->head, &source->head_size);
    return error ? rst_fail_errno(err, error, "%s: reading its first bytes", source->path) : RST_OK;
}

static enum rst_status source_open(struct rst_source *source, struct rst_error *err)
{
    RST_TRY(rst_map_open(source->path, source->mode, 0, 0, &source->map, err));
    if (source->mode == RST_SHARED && !source->options->no_lock)
        RST_TRY(rst_map_lock(source->map, RST_LOCK_EXCLUSIVE, 0, 0, false, err));
    return read_head(source, err);
}

static const struct rst_codec *find_codec(const struct rst_source *source)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        if (table[i]->probe(source)) return table[i];
    return NULL;
}

static enum rst_status fail_unknown(const struct rst_source *source, struct rst_error *err)
{
    return rst_fail(err, RST_E_UNSUPPORTED, "%s: its content is of no known format; a raw file needs its shape told",
                    source->path);
}

/* A store into a hole of a sparse file can fail without a word, so a file that will be written gets its space now. A
 * file without holes is not touched. */
static enum rst_status fill_holes(struct rst_raster *raster, struct rst_error *err)
{
    struct rst_map *map = rst_raster_map(raster);
    struct stat file;
    if (fstat(rst_map_descriptor(map), &file) != 0)
        return rst_fail_errno(err, errno, "%s: reading the file's size", rst_raster_path(raster));
    if ((uint64_t)file.st_blocks * 512 >= (uint64_t)file.st_size) return RST_OK;
    return rst_map_reserve(map, 0, 0, err);
}

static enum rst_status open_source(struct rst_source *source, struct rst_raster **out, struct rst_error *err)
{
    RST_TRY(source_open(source, err));
    const struct rst_codec *codec = find_codec(source);
    if (!codec) return fail_unknown(source, err);
    RST_TRY(codec->open(source, out, err));
    bool stored_to = source->mode == RST_SHARED && !source->options->rehearse && rst_raster_map(*out);
    return stored_to ? fill_holes(*out, err) : RST_OK;
}

enum rst_status rst_open(const char *path, enum rst_mode mode, const struct rst_open_options *options,
                         struct rst_raster **out, struct rst_error *err)
{
    static const struct rst_open_options defaults;
    struct rst_source source = {.path = path, .mode = mode, .options = options ? options : &defaults};

    *out = NULL;
    enum rst_status status = open_source(&source, out, err);
    if (status != RST_OK) rst_close(out);
    rst_map_close(&source.map);
    return status;
}

static enum rst_status count_source(struct rst_source *source, int *count, struct rst_error *err)
{
    RST_TRY(source_open(source, err));
    const struct rst_codec *codec = find_codec(source);
    if (!codec) return fail_unknown(source, err);
    if (codec->count_pages) return codec->count_pages(source, count, err);
    *count = 1;
    return RST_OK;
}

enum rst_status rst_count_pages(const char *path, const struct rst_open_options *options, int *count,
                                struct rst_error *err)
{
    static const struct rst_open_options defaults;
    struct rst_source source = {.path = path, .mode = RST_READ, .options = options ? options : &defaults};

    enum rst_status status = count_source(&source, count, err);
    rst_map_close(&source.map);
    return status;
}

/* The raster, with metadata to which what stands beside the file was added. */
static enum rst_status make_raster(struct rst_source *source, const struct rst_source_parts *parts,
                                   struct rst_raster **out, struct rst_error *err)
{
    if (parts->unmapped) return rst_coded_raster(source, parts, out, err);
    RST_TRY(rst_layout_check(parts->layout, rst_map_length(source->map), source->path, err));
    if (source->mode != RST_READ)
        RST_TRY(rst_layout_check_disjoint(parts->layout, parts->reserved, parts->reserved_count, source->path, err));
    if (parts->merge) rst_layout_merge(parts->layout);
    struct rst_raster_parts whole = {.path = source->path,
                                     .format = parts->format,
                                     .layout = *parts->layout,
                                     .meta = parts->meta,
                                     .map = source->map};
    source->map = NULL;
    return rst_raster_new(&whole, out, err);
}

enum rst_status rst_source_raster(struct rst_source *source, const struct rst_source_parts *parts,
                                  struct rst_raster **out, struct rst_error *err)
{
    static const struct rst_meta nothing;
    struct rst_meta meta;
    struct rst_source_parts completed = *parts;
    enum rst_status status = rst_meta_copy(&meta, parts->meta ? parts->meta : &nothing, err);
    if (status == RST_OK) status = rst_sidecar_read(source->path, parts->layout, &meta, err);
    completed.meta = &meta;
    if (status == RST_OK)
        status = make_raster(source, &completed, out, err);
    else if (parts->decoder.kind)
        parts->decoder.kind->close(parts->decoder.state);
    rst_meta_clear(&meta);
    return status;
}
