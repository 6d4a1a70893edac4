/* Parsing of the command line. It is done in one walk before anything else happens, so that what is wrong with the line
 * is found before a file is touched. The walk needs no knowledge of the operations: a parameter of an operation always
 * has a value, and none has the name of a common option. */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/message.h"
#include "cli/suggest.h"

double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The common option of that name, or OPTION_COUNT. */
static enum option find(const char *name, size_t length)
{
    enum option option = 0;
    while (option < OPTION_COUNT &&
           !(strlen(option_row(option)->name) == length && strncmp(option_row(option)->name, name, length) == 0))
        option++;
    return option;
}

/* Takes argv[*at], which is a common option, and its value. */
static enum rst_status take(enum option option, int argc, char **argv, int *at, struct options *options,
                            struct rst_error *err)
{
    const char *equals = strchr(argv[*at], '='), *value = NULL;
    const struct option_row *row = option_row(option);
    if (row->argument == NULL && equals != NULL) return rst_fail(err, RST_E_ARGUMENT, "--%s takes no value", row->name);
    if (row->argument != NULL && equals == NULL && *at + 1 >= argc)
        return rst_fail(err, RST_E_ARGUMENT, "--%s needs a value: --%s %s", row->name, row->name, row->argument);
    if (row->argument != NULL) value = equals != NULL ? equals + 1 : argv[++*at];
    options->given |= OPTION_BIT(option);
    return row->set != NULL ? row->set(options, value, err) : RST_OK;
}

/* What a word means before the command is known: the command itself, or a mistake. */
static enum rst_status take_command(struct options *options, const char *word, struct rst_error *err)
{
    if (strcmp(word, "--version") == 0) {
        options->command = "version";
        return RST_OK;
    }
    options->words[0] = word;
    options->word_count = 1;
    if (word[0] == '-') return options_unknown(options, 0, OPTIONS_ANY, NULL, 0, err);
    options->word_count = 0;
    options->command = word;
    return RST_OK;
}

/* An amount behind --alpha is a parameter of the operation (of blend), and not the rule. */
static bool is_amount(enum option option, int argc, char **argv, int at)
{
    const char *equals = strchr(argv[at], '='), *value = equals != NULL  ? equals + 1
                                                         : at + 1 < argc ? argv[at + 1]
                                                                         : "";
    return option == OPTION_ALPHA && strspn(value, "+-.0123456789") > 0;
}

enum rst_status options_parse(int argc, char **argv, struct options *options, struct rst_error *err)
{
    *options = (struct options){.started = clock_now(), .literal_from = argc, .done = EXIT_DONE, .failed = EXIT_FAILED};
    options->words = calloc((size_t)argc + 1, sizeof *options->words);
    if (options->words == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        bool literal = options->word_count >= options->literal_from;
        enum option option = OPTION_COUNT;
        if (!literal && strncmp(word, "--", 2) == 0) option = find(word + 2, strcspn(word + 2, "="));
        if (!literal && strcmp(word, "-h") == 0) option = OPTION_HELP;
        if (is_amount(option, argc, argv, at)) option = OPTION_COUNT;
        if (option < OPTION_COUNT) {
            RST_TRY(take(option, argc, argv, &at, options, err));
        } else if (options->command == NULL) {
            RST_TRY(take_command(options, word, err));
        } else if (!literal && strcmp(word, "--") == 0) {
            options->literal_from = options->word_count;
        } else {
            options->words[options->word_count++] = word;
            bool has_value = !literal && strncmp(word, "--", 2) == 0 && strchr(word, '=') == NULL && at + 1 < argc &&
                             strcmp(argv[at + 1], "--help") != 0;
            if (has_value) options->words[options->word_count++] = argv[++at];
        }
    }
    return RST_OK;
}

void options_free(struct options *options)
{
    free(options->words);
    options->words = NULL;
}

static enum rst_status check_pair(const struct options *options, enum option a, enum option b, struct rst_error *err)
{
    if (!options_has(options, a) || !options_has(options, b)) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "--%s and --%s exclude each other", option_row(a)->name, option_row(b)->name);
}

enum rst_status options_check(const struct options *options, uint64_t takes, struct rst_error *err)
{
    uint64_t foreign = options->given & ~takes;
    for (enum option option = 0; option < OPTION_COUNT; option++)
        if (foreign & OPTION_BIT(option))
            return rst_fail(err, RST_E_ARGUMENT, "'%s' does not take --%s", options->command, option_row(option)->name);
    RST_TRY(check_pair(options, OPTION_TILE, OPTION_STRIP, err));
    RST_TRY(check_pair(options, OPTION_PLANAR, OPTION_CHUNKY, err));
    for (enum option option = 0; options_has(options, OPTION_IN_PLACE) && option < OPTION_COUNT; option++)
        if (options->given & OPTIONS_OF_LAYOUT & OPTION_BIT(option))
            return rst_fail(err, RST_E_ARGUMENT, "--%s lays out a new file, and --in-place makes none",
                            option_row(option)->name);
    return RST_OK;
}

bool options_word(const struct options *options, int index, const char **name, int *length)
{
    const char *word = options->words[index];
    if (index >= options->literal_from || word[0] != '-' || word[1] == '\0') return false;
    *name = word + (word[1] == '-' ? 2 : 1);
    *length = (int)strcspn(*name, "=");
    return true;
}

enum rst_status options_unknown(const struct options *options, int index, uint64_t takes, const char *const *names,
                                int name_count, struct rst_error *err)
{
    char typed[64];
    int length = (int)strcspn(options->words[index], "=");
    snprintf(typed, sizeof typed, "%.*s", length, options->words[index]);
    struct suggestion suggestion = suggest_start(typed + strspn(typed, "-"));
    for (int i = 0; i < name_count; i++)
        suggest_offer(&suggestion, names[i]);
    for (enum option option = 0; option < OPTION_COUNT; option++)
        if (takes & OPTION_BIT(option)) suggest_offer(&suggestion, option_row(option)->name);
    const char *whose = options->command != NULL ? options->command : "rasterctl";
    if (suggestion.nearest != NULL && suggestion.distance == 0) /* an amount behind --alpha */
        return rst_fail(err, RST_E_ARGUMENT, "'%s' takes no amount behind %s: 'straight' or 'ignore' is wanted", whose,
                        typed);
    if (suggestion.nearest != NULL)
        return rst_fail(err, RST_E_ARGUMENT, "'%s' has no option %s; did you mean --%s?", whose, typed,
                        suggestion.nearest);
    return rst_fail(err, RST_E_ARGUMENT, "'%s' has no option %s", whose, typed);
}

enum rst_status options_files(const struct options *options, uint64_t takes, int least, int most, struct rst_error *err)
{
    const char *name;
    int length;
    for (int i = 0; i < options->word_count; i++)
        if (options_word(options, i, &name, &length)) return options_unknown(options, i, takes, NULL, 0, err);
    if (options->word_count < least)
        return rst_fail(err, RST_E_ARGUMENT, "'%s' wants %d file name%s, %d given", options->command, least,
                        least == 1 ? "" : "s", options->word_count);
    if (options->word_count > most)
        return rst_fail(err, RST_E_ARGUMENT, "'%s' does not know what to do with '%s'", options->command,
                        options->words[most]);
    return RST_OK;
}
