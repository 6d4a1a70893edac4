/* `info`: every image of a file. An image that cannot be opened is told of in its place, the others are still listed,
 * and the command fails in the end with the first message.
 *
 * No pixel is read or decoded. Whether the pixels of a compressed image could be read is found out by opening it as any
 * other command would; where that fails its headers alone are shown. */
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/info.h"
#include "cli/input.h"
#include "cli/message.h"
#include "cli/plan.h"

/* What is being listed, and how. */
struct listing {
    const struct options *options;
    const char *path;
    struct rst_open_options open;
    struct json json;
    struct rst_error first;
};

/* An image that is open, if it could be opened: end with rst_close(). */
struct opened {
    struct rst_raster *raster;
    struct rst_error err;
    struct info_image image;
};

static void open_image(struct listing *listing, struct opened *opened)
{
    struct rst_open_options headers = listing->open;
    *opened = (struct opened){.image = {.page = listing->open.page, .sub_image = listing->open.sub_image}};
    enum rst_status status = rst_open(listing->path, RST_READ, &listing->open, &opened->raster, &opened->err);
    if (status != RST_OK) {
        struct rst_error err = {0};
        headers.headers_only = true;
        status = rst_open(listing->path, RST_READ, &headers, &opened->raster, &err);
        opened->image.unreadable = opened->err.message;
        if (status != RST_OK) opened->err = err;
    }
    if (status != RST_OK) (void)rst_fail(&listing->first, status, "%s", opened->err.message);
    opened->image.raster = opened->raster;
}

static void print_image(const struct listing *listing, struct json *json, const struct info_image *image)
{
    if (options_has(listing->options, OPTION_JSON)) {
        info_open_json(json, image);
        return;
    }
    if (image->raster != NULL) {
        info_print(image);
        return;
    }
    printf("page %d: ", image->page);
    message_safe(stdout, image->unreadable);
    printf("\n");
}

static void print_sub_images(struct listing *listing, int count)
{
    bool for_program = options_has(listing->options, OPTION_JSON);
    for (listing->open.sub_image = 1; listing->open.sub_image <= count; listing->open.sub_image++) {
        struct opened opened;
        open_image(listing, &opened);
        if (for_program)
            info_print_json_sub_image(&listing->json, &opened.image);
        else
            info_print_sub_image(&opened.image, listing->path);
        rst_close(&opened.raster);
    }
    listing->open.sub_image = 0;
}

/* The page or sub-image that listing->open names; a page with its sub-images. */
static void print_page(struct listing *listing)
{
    struct opened opened;
    bool for_program = options_has(listing->options, OPTION_JSON);
    open_image(listing, &opened);
    print_image(listing, &listing->json, &opened.image);
    int count = opened.raster != NULL && listing->open.sub_image == 0 ? rst_raster_meta(opened.raster)->sub_images : 0;
    if (for_program && opened.raster != NULL) json_open(&listing->json, "sub_images", '[');
    if (count > 0) print_sub_images(listing, count);
    if (for_program && opened.raster != NULL) json_close(&listing->json, ']');
    if (for_program) json_close(&listing->json, '}');
    rst_close(&opened.raster);
}

/* Opens what print_page() would print, for --dry-run: what cannot be opened is a failure all the same. */
static void try_page(struct listing *listing)
{
    struct opened opened;
    open_image(listing, &opened);
    int count = opened.raster != NULL && listing->open.sub_image == 0 ? rst_raster_meta(opened.raster)->sub_images : 0;
    rst_close(&opened.raster);
    int page_itself = listing->open.sub_image;
    for (int i = 1; i <= count; i++) {
        listing->open.sub_image = i;
        open_image(listing, &opened);
        rst_close(&opened.raster);
    }
    listing->open.sub_image = page_itself;
}

static void print_head(struct listing *listing, int pages)
{
    struct stat file;
    struct json *json = &listing->json;
    long long bytes = stat(listing->path, &file) == 0 ? (long long)file.st_size : -1;
    if (!options_has(listing->options, OPTION_JSON)) {
        message_safe(stdout, listing->path);
        printf(": %lld bytes, %d page%s\n", bytes, pages, pages == 1 ? "" : "s");
        return;
    }
    json_open(json, NULL, '{');
    json_text(json, "file", listing->path);
    json_integer(json, "bytes", bytes);
    json_integer(json, "page_count", pages);
    json_open(json, "pages", '[');
}

static enum rst_status list(struct listing *listing, const struct input *input, struct rst_error *err)
{
    int pages = 0;
    RST_TRY(rst_count_pages(listing->path, &listing->open, &pages, err));
    if (input->one && input->page >= pages)
        return rst_fail(err, RST_E_ARGUMENT, "%s has no page %d: it has %d, counted from 0 on", listing->path,
                        input->page, pages);
    bool dry = plan_is_idle("its headers", listing->path, listing->options);
    if (!dry) print_head(listing, pages);
    int last = input->one ? input->page : pages - 1;
    for (listing->open.page = input->one ? input->page : 0; listing->open.page <= last; listing->open.page++) {
        if (dry)
            try_page(listing);
        else
            print_page(listing);
    }
    if (!dry && options_has(listing->options, OPTION_JSON)) {
        json_close(&listing->json, ']');
        json_close(&listing->json, '}');
    }
    const struct rst_error *first = &listing->first;
    return first->status == RST_OK ? RST_OK : rst_fail(err, first->status, "%s", first->message);
}

enum rst_status run_info(struct options *options, struct rst_error *err)
{
    uint64_t takes = command_find("info")->takes | OPTIONS_OF_ALL;
    struct input input;
    RST_TRY(options_check(options, takes, err));
    RST_TRY(options_files(options, takes, 1, 1, err));
    RST_TRY(input_parse(options->words[0], options, &input, err));
    struct listing listing = {
        .options = options, .path = input.path, .open = input_open_options(&input, options), .json = {.to = stdout}};
    if (options_has(options, OPTION_RAW)) listing.open.raw = &options->raw;
    enum rst_status status = list(&listing, &input, err);
    input_free(&input);
    return status;
}
