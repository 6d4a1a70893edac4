/* File names that name an image too. Whether "scan#2" is a file or image 2 of "scan" is decided by what exists, so that
 * no file is out of reach; a word that only looks like a page (no digits, too many) is a file's name. */
#include "cli/input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Reads digits at *at, up to INT32_MAX; *at then stands behind them. */
static bool take_number(const char **at, int *number)
{
    int64_t value = 0;
    const char *start = *at;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        value = value * 10 + (**at - '0');
        if (value > INT32_MAX) return false;
    }
    *number = (int)value;
    return *at > start;
}

/* The '#' that parts the word, with page and sub-image; NULL where it is a plain name. */
static const char *find_page(const char *word, int *page, int *sub_image)
{
    const char *mark = strrchr(word, '#'), *at = mark;
    if (mark == NULL || mark == word) return NULL;
    at++;
    *sub_image = 0;
    if (!take_number(&at, page)) return NULL;
    if (*at == '.') {
        at++;
        if (!take_number(&at, sub_image) || *sub_image == 0) return NULL;
    }
    return *at == '\0' ? mark : NULL;
}

enum rst_status input_parse(const char *word, const struct options *options, struct input *input, struct rst_error *err)
{
    struct stat file;
    int page = 0, sub_image = 0;
    const char *mark = lstat(word, &file) == 0 ? NULL : find_page(word, &page, &sub_image);
    *input = (struct input){.page = options->page, .one = options_has(options, OPTION_PAGE)};
    if (mark != NULL && input->one)
        return rst_fail(err, RST_E_ARGUMENT, "%s names an image of the file, and so does --page %d: give one of them",
                        word, options->page);
    input->path = strndup(word, mark != NULL ? (size_t)(mark - word) : strlen(word));
    if (input->path == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    if (mark == NULL) return RST_OK;
    input->page = page;
    input->sub_image = sub_image;
    input->one = true;
    return RST_OK;
}

void input_free(struct input *input)
{
    free(input->path);
    input->path = NULL;
}

struct rst_open_options input_open_options(const struct input *input, const struct options *options)
{
    return (struct rst_open_options){.page = input->page,
                                     .sub_image = input->sub_image,
                                     .scratch_dir = options->create.scratch_dir,
                                     .rehearse = options_has(options, OPTION_DRY_RUN)};
}

enum rst_status input_parse_nodata(const struct options *options, enum rst_type type, union rst_sample *nodata,
                                   struct rst_error *err)
{
    if (rst_sample_parse(options->nodata, type, nodata)) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "--nodata %s is no value of type %s", options->nodata, rst_type_name(type));
}

static enum rst_status set_nodata(struct rst_raster *raster, const struct options *options, struct rst_error *err)
{
    union rst_sample nodata;
    if (!options_has(options, OPTION_NODATA)) return RST_OK;
    if (strcmp(options->nodata, "none") == 0) {
        rst_raster_set_nodata(raster, NULL);
        return RST_OK;
    }
    RST_TRY(input_parse_nodata(options, rst_raster_layout(raster)->type, &nodata, err));
    rst_raster_set_nodata(raster, &nodata);
    return RST_OK;
}

enum rst_status input_open(const struct input *input, enum rst_mode mode, bool raw, const struct options *options,
                           struct rst_raster **out, struct rst_error *err)
{
    struct rst_open_options open = input_open_options(input, options);
    if (raw) open.raw = &options->raw;
    RST_TRY(rst_open(input->path, mode, &open, out, err));
    enum rst_status status = set_nodata(*out, options, err);
    if (status != RST_OK) rst_close(out);
    return status;
}
