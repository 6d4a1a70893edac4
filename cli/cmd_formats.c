/* `formats`: the table of formats, as this build of the library has it. */
#include "cli/command.h"
#include "cli/json.h"
#include "cli/plan.h"

enum { INDENT = 10 };

/* Calls `print` with the name of every compression among `bits`. */
static void each_compression(unsigned bits, void (*print)(void *user, const char *name), void *user)
{
    for (int i = RST_COMPRESSION_NONE; i < RST_COMPRESSION_COUNT; i++)
        if (bits & 1u << i) print(user, rst_compression_name((enum rst_compression)i));
}

static void print_word(void *user, const char *name)
{
    (void)user;
    printf(" %s", name);
}

static void print_words(const char *title, unsigned bits)
{
    printf("%*s%s", INDENT, "", title);
    each_compression(bits, print_word, NULL);
    printf("\n");
}

static void print_format(int index)
{
    const char *name = rst_format_name(index), *notes = rst_format_notes(index);
    unsigned reads = rst_format_compressions(name, false), writes = rst_format_compressions(name, true);
    bool in_place = (reads & 1u << RST_COMPRESSION_NONE) != 0;
    printf("%-*s%s\n", INDENT, name, rst_format_extensions(index));
    print_words("reads: ", reads);
    if (writes != 0) print_words("writes:", writes);
    printf("%*sin place: %s; edit: %s\n", INDENT, "", in_place ? "yes" : "no", rst_format_edits(index) ? "yes" : "no");
    if (notes != NULL) printf("%*s%s\n", INDENT, "", notes);
}

static void print_value(void *user, const char *name)
{
    json_text(user, NULL, name);
}

static void print_json_words(struct json *json, const char *key, unsigned bits)
{
    json_open(json, key, '[');
    each_compression(bits, print_value, json);
    json_close(json, ']');
}

static void print_json_extensions(struct json *json, const char *extensions)
{
    json_open(json, "extensions", '[');
    for (const char *at = extensions; *at != '\0';) {
        char word[32];
        int length = 0;
        while (at[length] != '\0' && at[length] != ' ')
            length++;
        snprintf(word, sizeof word, "%.*s", length, at);
        json_text(json, NULL, word);
        at += length + (at[length] == ' ');
    }
    json_close(json, ']');
}

static void print_json_format(struct json *json, int index)
{
    const char *name = rst_format_name(index);
    unsigned reads = rst_format_compressions(name, false), writes = rst_format_compressions(name, true);
    json_open(json, NULL, '{');
    json_text(json, "name", name);
    print_json_extensions(json, rst_format_extensions(index));
    json_bool(json, "reads", true);
    json_bool(json, "writes", writes != 0);
    json_bool(json, "in_place", (reads & 1u << RST_COMPRESSION_NONE) != 0);
    json_bool(json, "edit", rst_format_edits(index));
    print_json_words(json, "compressions_read", reads);
    print_json_words(json, "compressions_written", writes);
    json_text(json, "notes", rst_format_notes(index));
    json_close(json, '}');
}

enum rst_status run_formats(struct options *options, struct rst_error *err)
{
    struct json json = {.to = stdout};
    RST_TRY(options_check(options, OPTIONS_OF_ALL, err));
    RST_TRY(options_files(options, OPTIONS_OF_ALL, 0, 0, err));
    if (plan_is_idle("no file", NULL, options)) return RST_OK;
    if (!options_has(options, OPTION_JSON)) {
        for (int i = 0; rst_format_name(i) != NULL; i++)
            print_format(i);
        return RST_OK;
    }
    json_open(&json, NULL, '[');
    for (int i = 0; rst_format_name(i) != NULL; i++)
        print_json_format(&json, i);
    json_close(&json, ']');
    return RST_OK;
}
