/* `info`: every image of a file. An image that cannot be opened is told of in its place, the others are still listed,
 * and the command fails in the end with the first message. */
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/info.h"
#include "cli/message.h"

static void print_page(const struct options *options, struct json *json, const char *path,
                       struct rst_open_options *open, struct rst_error *first)
{
    struct rst_raster *raster = NULL;
    struct rst_error err = {0};
    enum rst_status status = rst_open(path, RST_READ, open, &raster, &err);
    bool for_program = options_has(options, OPTION_JSON);
    if (status != RST_OK) {
        (void)rst_fail(first, status, "%s", err.message);
        if (for_program) {
            json_open(json, NULL, '{');
            json_integer(json, "page", open->page);
            json_text(json, "error", err.message);
            json_close(json, '}');
        } else {
            printf("page %d: ", open->page);
            message_safe(stdout, err.message);
            printf("\n");
        }
        return;
    }
    if (for_program)
        info_print_json(json, raster, open->page);
    else
        info_print(raster, open->page);
    rst_close(&raster);
}

static void print_head(const struct options *options, struct json *json, const char *path, int pages)
{
    struct stat file;
    long long bytes = stat(path, &file) == 0 ? (long long)file.st_size : -1;
    if (!options_has(options, OPTION_JSON)) {
        message_safe(stdout, path);
        printf(": %lld bytes, %d page%s\n", bytes, pages, pages == 1 ? "" : "s");
        return;
    }
    json_open(json, NULL, '{');
    json_text(json, "file", path);
    json_integer(json, "bytes", bytes);
    json_integer(json, "page_count", pages);
    json_open(json, "pages", '[');
}

enum rst_status run_info(struct options *options, struct rst_error *err)
{
    struct json json = {.to = stdout};
    struct rst_error first = {0};
    int pages = 0;
    unsigned takes = command_find("info")->takes | OPTIONS_OF_ALL;
    RST_TRY(options_check(options, takes, err));
    RST_TRY(options_files(options, takes, 1, 1, err));
    const char *path = options->words[0];
    struct rst_open_options open = {.raw = options_has(options, OPTION_RAW) ? &options->raw : NULL,
                                    .headers_only = true};
    RST_TRY(rst_count_pages(path, &open, &pages, err));
    bool one = options_has(options, OPTION_PAGE);
    if (one && options->page >= pages)
        return rst_fail(err, RST_E_ARGUMENT, "%s has no page %d: it has %d, counted from 0 on", path, options->page,
                        pages);
    print_head(options, &json, path, pages);
    for (open.page = one ? options->page : 0; open.page < (one ? options->page + 1 : pages); open.page++)
        print_page(options, &json, path, &open, &first);
    if (options_has(options, OPTION_JSON)) {
        json_close(&json, ']');
        json_close(&json, '}');
    }
    return first.status == RST_OK ? RST_OK : rst_fail(err, first.status, "%s", first.message);
}
