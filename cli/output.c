/* The checks here come before any work, since an output that turns out to be the input is a file lost. They follow
 * symbolic links, as writing would, and compare device and inode, which hard links share. */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum rst_status output_check(const char *input, const char *output, const struct options *options,
                             struct rst_error *err)
{
    struct stat in, out;
    if (output[0] == '\0') return rst_fail(err, RST_E_ARGUMENT, "the output's name is empty");
    if (stat(output, &out) != 0) {
        if (errno == ENOENT) return RST_OK; /* also a link to what does not exist yet, and a folder that is missing */
        return rst_fail_errno(err, errno, "%s", output);
    }
    if (input != NULL && stat(input, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s and %s are the same file: name another output, or change it with --in-place", input,
                        output);
    if (S_ISDIR(out.st_mode)) return rst_fail(err, RST_E_EXISTS, "%s is a directory: name a file in it", output);
    if (!S_ISREG(out.st_mode)) return rst_fail(err, RST_E_EXISTS, "%s is no ordinary file: name another", output);
    if (!options_has(options, OPTION_OVERWRITE))
        return rst_fail(err, RST_E_EXISTS, "%s exists: name another output, or replace it with --overwrite", output);
    return RST_OK;
}

/* Whether the path ends in '.' and a word of `extensions`, which stand apart by blanks or commas, with or without dot.
 */
static bool has_extension(const char *path, const char *extensions)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *dot = strrchr(name, '.');
    if (dot == NULL || dot == name || dot[1] == '\0') return false;
    for (const char *word = extensions; *word != '\0';) {
        word += strspn(word, " ,.");
        size_t length = strcspn(word, " ,");
        if (length > 0 && strlen(dot + 1) == length && strncasecmp(dot + 1, word, length) == 0) return true;
        word += length;
    }
    return false;
}

enum name_kind { NAME_UNKNOWN, NAME_RAW, NAME_OTHER };

static bool is_raw(const char *format)
{
    return strcasecmp(format, "raw") == 0;
}

static enum name_kind name_kind(const char *path)
{
    for (int i = 0; rst_format_name(i) != NULL; i++)
        if (has_extension(path, rst_format_extensions(i))) return is_raw(rst_format_name(i)) ? NAME_RAW : NAME_OTHER;
    return NAME_UNKNOWN;
}

static enum name_kind output_kind(const char *path, const struct options *options)
{
    if (options->create.format == NULL) return name_kind(path);
    return is_raw(options->create.format) ? NAME_RAW : NAME_OTHER;
}

bool output_raw_is_input(const char *input, const char *output, const struct options *options)
{
    if (!options_has(options, OPTION_RAW)) return false;
    return output == NULL || name_kind(input) != NAME_OTHER || output_kind(output, options) == NAME_OTHER;
}

/* The compression whose name ends the text, "AdobeDeflate" being one more name of deflate; DEFAULT: none does. */
static enum rst_compression compression_of(const char *text, size_t length)
{
    for (int i = RST_COMPRESSION_NONE; i < RST_COMPRESSION_COUNT; i++) {
        const char *name = rst_compression_name((enum rst_compression)i);
        size_t size = strlen(name);
        if (size <= length && strncasecmp(text + length - size, name, size) == 0) return (enum rst_compression)i;
    }
    return RST_COMPRESSION_DEFAULT;
}

/* The library tells how a file is compressed in one way: "compressed (LZW)". Decoding and compressing anew keeps every
 * sample only where the compression can lose nothing. */
static enum rst_status same_compression(const struct rst_raster *input, enum rst_compression *compression,
                                        struct rst_error *err)
{
    static const char start[] = "compressed (";
    const char *how = input != NULL ? rst_raster_unmapped(input) : NULL, *path;
    if (input == NULL)
        return rst_fail(err, RST_E_ARGUMENT, "--compression same: there is no input; name a compression");
    *compression = RST_COMPRESSION_NONE;
    if (how == NULL || strncmp(how, start, sizeof start - 1) != 0) return RST_OK;
    path = rst_raster_path(input);
    how += sizeof start - 1;
    size_t length = strcspn(how, ")");
    *compression = compression_of(how, length);
    if (*compression == RST_COMPRESSION_DEFAULT)
        return rst_fail(err, RST_E_ARGUMENT,
                        "--compression same: %s is compressed with %.*s, which cannot be written; name a compression",
                        path, (int)length, how);
    if (*compression >= RST_COMPRESSION_JPEG)
        return rst_fail(err, RST_E_ARGUMENT,
                        "--compression same: %s is compressed with %.*s, which may lose more each time; name a "
                        "compression",
                        path, (int)length, how);
    return RST_OK;
}

/* --raw as it holds for the output: other options of the line go before it. */
static struct rst_raw output_raw(const struct options *options)
{
    struct rst_raw raw = options->raw;
    if (options->create.planar) raw.interleave = RST_BSQ;
    if (options->create.chunky) raw.interleave = RST_BIP;
    if (options_has(options, OPTION_BYTE_ORDER))
        raw.big_endian = options->create.byte_order == RST_ORDER_BIG ||
                         (options->create.byte_order == RST_ORDER_NATIVE && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    return raw;
}

enum rst_status output_layout(const char *output, const struct rst_raster *input, const struct options *options,
                              struct rst_raw *raw, struct rst_create_options *create, struct rst_error *err)
{
    *create = options->create;
    create->overwrite = options_has(options, OPTION_OVERWRITE);
    create->sparse = options_has(options, OPTION_SPARSE);
    create->sync = options_has(options, OPTION_SYNC);
    create->rehearse = options_has(options, OPTION_DRY_RUN);
    if (options_has(options, OPTION_RAW) && output_kind(output, options) != NAME_OTHER) {
        *raw = output_raw(options);
        create->raw = raw;
    }
    return options->same_compression ? same_compression(input, &create->compression, err) : RST_OK;
}

/* The fields that a text of rst_meta_fields_text() names. */
static unsigned fields_of(const char *text)
{
    char name[64];
    unsigned fields = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        for (int i = 0; i < RST_META_FIELDS; i++) {
            rst_meta_fields_text(1u << i, name, sizeof name);
            if (strlen(name) == length && strncmp(name, text, length) == 0) fields |= 1u << i;
        }
        text += length;
        text += strspn(text, ", ");
    }
    return fields;
}

/* What GDAL's sidecar always has a place for. */
enum {
    AUX_KEEPS = RST_META_NODATA | RST_META_TRANSFORM | RST_META_CRS | RST_META_RPC | RST_META_TEXT | RST_META_BAND_NAMES
};

void output_lost(const struct rst_raster *output, const struct options *options, char *text, size_t size)
{
    char kept[256];
    const char *lost = rst_raster_lost(output);
    text[0] = '\0';
    if (lost == NULL) return;
    int used =
        snprintf(text, size, "%.200s: %s does not keep: %s", rst_raster_path(output), rst_raster_format(output), lost);
    unsigned fields = fields_of(lost), more = fields & AUX_KEEPS;
    if (options->create.sidecar != RST_SIDECAR_NONE || more == 0 || used < 0 || (size_t)used >= size) return;
    rst_meta_fields_text(more, kept, sizeof kept);
    snprintf(text + used, size - (size_t)used, " (--sidecar aux would%s%s)",
             more == fields ? "" : " keep: ", more == fields ? "" : kept);
}

enum rst_status output_check_raw(const struct options *options, const struct rst_shape *shape, struct rst_error *err)
{
    const struct rst_raw *raw = &options->raw;
    if (raw->width == shape->width && raw->height == shape->height && raw->bands == shape->bands &&
        raw->type == shape->type)
        return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "--raw tells %lldx%lldx%d:%s of the output, and the result is %lldx%lldx%d:%s",
                    (long long)raw->width, (long long)raw->height, (int)raw->bands, rst_type_name(raw->type),
                    (long long)shape->width, (long long)shape->height, (int)shape->bands, rst_type_name(shape->type));
}
