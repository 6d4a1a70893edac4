/* The checks here come before any work, since an output that turns out to be the input is a file lost. They follow
 * symbolic links, as writing would, and compare device and inode, which hard links share. */
#include "cli/output.h"

#include <errno.h>
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

static enum name_kind name_kind(const char *path)
{
    for (int i = 0; rst_format_name(i) != NULL; i++)
        if (has_extension(path, rst_format_extensions(i)))
            return strcasecmp(rst_format_name(i), "raw") == 0 ? NAME_RAW : NAME_OTHER;
    return NAME_UNKNOWN;
}

bool output_raw_is_input(const char *input, const char *output, const struct options *options)
{
    if (!options_has(options, OPTION_RAW)) return false;
    return output == NULL || name_kind(input) != NAME_OTHER || name_kind(output) == NAME_OTHER;
}

struct rst_create_options output_layout(const char *output, const struct options *options)
{
    bool raw = options_has(options, OPTION_RAW) && name_kind(output) != NAME_OTHER;
    return (struct rst_create_options){
        .overwrite = options_has(options, OPTION_OVERWRITE),
        .sync = options_has(options, OPTION_SYNC),
        .tile_width = options->tile_width,
        .tile_height = options->tile_height,
        .strip_rows = options->strip_rows,
        .raw = raw ? &options->raw : NULL,
    };
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
