/* `edit`: changes what a file says of its pixels, where it lies. All of the line is understood before the library is
 * asked for all changes at once, which it makes or does not make together. */
#include "cli/cmd_edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/input.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/words.h"

enum { OWN_CRS, OWN_TRANSFORM, OWN_SET, OWN_UNSET };

const struct command_option edit_options[EDIT_OPTIONS] = {
    [OWN_CRS] = {"crs", "EPSG:N|none", "the coordinate system, or none any more"},
    [OWN_TRANSFORM] = {"transform", "X0,DX,RX,Y0,RY,DY",
                       "the geotransform, six numbers in GDAL's order: column c and row r lie at x = X0 + c DX + r RX, "
                       "y = Y0 + c RY + r DY"},
    [OWN_SET] = {"set", "KEY=VALUE", "give an item of text a value; may be given more than once"},
    [OWN_UNSET] = {"unset", "KEY", "remove an item of text; may be given more than once"},
};

/* What the line asks for; texts of --set are split in place. */
struct request {
    struct rst_edit edit;
    double transform[6];
    const char **set;   /* owned, and its keys with it */
    const char **unset; /* owned */
};

static enum rst_status parse_crs(const char *text, int *epsg, struct rst_error *err)
{
    union rst_sample code;
    if (strcmp(text, "none") == 0) {
        *epsg = -1;
        return RST_OK;
    }
    if (strncasecmp(text, "EPSG:", 5) != 0 || text[5] < '0' || text[5] > '9' ||
        !rst_sample_parse(text + 5, RST_U16, &code) || code.u16 == 0)
        return rst_fail(err, RST_E_ARGUMENT, "--crs %s: EPSG:N with N from 1 to 65535, or none, is wanted", text);
    *epsg = code.u16;
    return RST_OK;
}

/* GDAL's order to that of struct rst_affine. */
static enum rst_status parse_transform(const char *text, double transform[6], struct rst_error *err)
{
    static const int place[6] = {2, 0, 1, 5, 3, 4};
    const char *at = text;
    for (int i = 0; i < 6; i++) {
        char number[64];
        union rst_sample sample;
        size_t length = strcspn(at, ",");
        bool last = at[length] == '\0';
        snprintf(number, sizeof number, "%.*s", length < sizeof number ? (int)length : 0, at);
        if (last != (i == 5) || !rst_sample_parse(number, RST_F64, &sample) || !isfinite(sample.f64))
            return rst_fail(
                err, RST_E_ARGUMENT,
                "--transform %s: six numbers are wanted, X0,DX,RX,Y0,RY,DY, as in 500000,0.5,0,4650000,0,-0.5", text);
        transform[place[i]] = sample.f64;
        at += length + 1;
    }
    if (transform[0] * transform[4] - transform[1] * transform[3] == 0)
        return rst_fail(err, RST_E_ARGUMENT, "--transform %s: it puts all pixels on one line", text);
    return RST_OK;
}

static enum rst_status add_set(struct request *request, const char *text, struct rst_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) return rst_fail(err, RST_E_ARGUMENT, "--set %s: KEY=VALUE is wanted", text);
    char *key = strndup(text, (size_t)(equals - text));
    if (key == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    request->set[2 * request->edit.set_count] = key;
    request->set[2 * request->edit.set_count++ + 1] = equals + 1;
    return RST_OK;
}

static enum rst_status add_own(struct request *request, const struct word_option *own, struct rst_error *err)
{
    switch (own->which) {
    case OWN_CRS:
        return parse_crs(own->value, &request->edit.epsg, err);
    case OWN_TRANSFORM:
        request->edit.transform = request->transform;
        return parse_transform(own->value, request->transform, err);
    case OWN_SET:
        return add_set(request, own->value, err);
    default:
        if (*own->value == '\0') return rst_fail(err, RST_E_ARGUMENT, "--unset: the key of an item is wanted");
        request->unset[request->edit.unset_count++] = own->value;
        return RST_OK;
    }
}

/* A key is changed once. */
static enum rst_status check_keys(const struct rst_edit *edit, struct rst_error *err)
{
    for (size_t i = 0; i < edit->set_count; i++) {
        for (size_t j = 0; j < i; j++)
            if (strcmp(edit->set[2 * i], edit->set[2 * j]) == 0)
                return rst_fail(err, RST_E_ARGUMENT, "--set gives %s two values", edit->set[2 * i]);
        for (size_t j = 0; j < edit->unset_count; j++)
            if (strcmp(edit->set[2 * i], edit->unset[j]) == 0)
                return rst_fail(err, RST_E_ARGUMENT, "%s is to be both set and unset", edit->unset[j]);
    }
    return RST_OK;
}

static enum rst_status make_request(const struct words *words, const struct options *options, struct request *request,
                                    struct rst_error *err)
{
    size_t room = (size_t)words->own_count + 1;
    *request =
        (struct request){.set = calloc(2 * room, sizeof *request->set), .unset = calloc(room, sizeof *request->unset)};
    if (request->set == NULL || request->unset == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    request->edit.rehearse = options_has(options, OPTION_DRY_RUN);
    request->edit.nodata = options_has(options, OPTION_NODATA) ? options->nodata : NULL;
    request->edit.set = request->set;
    request->edit.unset = request->unset;
    for (int i = 0; i < words->own_count; i++)
        RST_TRY(add_own(request, &words->own[i], err));
    if (words->own_count == 0 && request->edit.nodata == NULL)
        return rst_fail(err, RST_E_ARGUMENT, "nothing to change: give --nodata, --crs, --transform, --set or --unset");
    return check_keys(&request->edit, err);
}

static void free_request(struct request *request)
{
    for (size_t i = 0; i < request->edit.set_count; i++)
        free((void *)(uintptr_t)request->set[2 * i]);
    free(request->set);
    free(request->unset);
}

static void print_change(const char *name, const char *value)
{
    printf("  would change: %s: ", name);
    message_safe(stdout, value);
    printf("\n");
}

/* The keys given with one of the two options of items. */
static void print_keys(struct json *json, const char *name, const struct words *words, int which)
{
    json_open(json, name, '[');
    for (int i = 0; i < words->own_count; i++) {
        char key[256];
        const char *value = words->own[i].value;
        if (words->own[i].which != which) continue;
        snprintf(key, sizeof key, "%.*s", which == OWN_SET ? (int)strcspn(value, "=") : (int)strlen(value), value);
        json_text(json, NULL, key);
    }
    json_close(json, ']');
}

/* What would be changed, for people. */
static void print_plan(const struct words *words, const struct input *input, const struct options *options)
{
    printf("edit, dry run: nothing is made or changed\n  file:         ");
    message_safe(stdout, input->path);
    printf(", page %d; its headers are read, and no pixel\n", input->page);
    if (options_has(options, OPTION_NODATA)) print_change("nodata", options->nodata);
    for (int i = 0; i < words->own_count; i++)
        print_change(edit_options[words->own[i].which].name, words->own[i].value);
}

static void report(const struct words *words, const struct input *input, const struct options *options)
{
    struct json json = {.to = stdout};
    bool dry = options_has(options, OPTION_DRY_RUN);
    if (!options_has(options, OPTION_JSON)) {
        if (dry) print_plan(words, input, options);
        return;
    }
    json_open(&json, NULL, '{');
    json_text(&json, "command", options->command);
    json_bool(&json, "dry_run", dry);
    json_text(&json, "file", input->path);
    json_integer(&json, "page", input->page);
    json_open(&json, "changed", '[');
    if (options_has(options, OPTION_NODATA)) json_text(&json, NULL, "nodata");
    if (words_value(words, OWN_CRS) != NULL) json_text(&json, NULL, "crs");
    if (words_value(words, OWN_TRANSFORM) != NULL) json_text(&json, NULL, "transform");
    json_close(&json, ']');
    print_keys(&json, "set", words, OWN_SET);
    print_keys(&json, "unset", words, OWN_UNSET);
    json_close(&json, '}');
}

static enum rst_status edit_file(const struct words *words, const struct input *input, const struct options *options,
                                 struct rst_error *err)
{
    struct request request;
    if (input->sub_image != 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s: sub-images cannot be edited, only the page that has them: %s#%d",
                        words->files[0], input->path, input->page);
    enum rst_status status = make_request(words, options, &request, err);
    if (status == RST_OK) status = rst_edit(input->path, input->page, &request.edit, err);
    free_request(&request);
    if (status == RST_OK) report(words, input, options);
    return status;
}

enum rst_status run_edit(struct options *options, struct rst_error *err)
{
    const struct command *command = command_find("edit");
    struct words words;
    struct input input = {0};
    RST_TRY(options_check(options, command->takes | OPTIONS_OF_ALL, err));
    enum rst_status status = words_part(options, command, &words, err);
    if (status == RST_OK) status = words_files(&words, options, 1, err);
    if (status == RST_OK) status = input_parse(words.files[0], options, &input, err);
    if (status == RST_OK) status = edit_file(&words, &input, options, err);
    input_free(&input);
    words_free(&words);
    return status;
}
