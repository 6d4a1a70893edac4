/* Parsing of the command line. It is done in one walk before anything else happens, so that what is wrong with the line
 * is found before a file is touched. The walk needs no knowledge of the operations: a parameter of an operation always
 * has a value, and none has the name of a common option. */
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/suggest.h"

enum { MOST_THREADS = 1024 };

double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Reads `count` whole numbers separated by `separator`, each low or more, and nothing after them. */
static bool parse_numbers(const char *text, char separator, int count, const int64_t *low, int64_t *numbers)
{
    for (int i = 0; i < count; i++) {
        char *end;
        if (!((*text >= '0' && *text <= '9') || *text == '-')) return false;
        errno = 0;
        numbers[i] = strtoll(text, &end, 10);
        if (errno != 0 || end == text || numbers[i] < low[i]) return false;
        if (*end != (i + 1 < count ? separator : '\0')) return false;
        text = end + 1;
    }
    return true;
}

static enum rst_status set_threads(struct options *options, const char *value, struct rst_error *err)
{
    int64_t number;
    if (!parse_numbers(value, '\0', 1, (int64_t[]){1}, &number) || number > MOST_THREADS)
        return rst_fail(err, RST_E_ARGUMENT, "--threads %s: a number from 1 to %d is wanted", value, MOST_THREADS);
    options->threads = (int)number;
    return RST_OK;
}

static enum rst_status set_border(struct options *options, const char *value, struct rst_error *err)
{
    return rst_border_parse(value, &options->border, err);
}

static enum rst_status set_nodata(struct options *options, const char *value, struct rst_error *err)
{
    union rst_sample sample;
    if (strcmp(value, "none") != 0 && !rst_sample_parse(value, RST_F64, &sample))
        return rst_fail(err, RST_E_ARGUMENT, "--nodata %s: a number, 'nan' or 'none' is wanted", value);
    options->nodata = value;
    return RST_OK;
}

static enum rst_status set_alpha(struct options *options, const char *value, struct rst_error *err)
{
    if (strcmp(value, "straight") != 0 && strcmp(value, "ignore") != 0)
        return rst_fail(err, RST_E_ARGUMENT, "--alpha %s: 'straight' or 'ignore' is wanted", value);
    options->alpha = *value == 'i' ? RST_ALPHA_IGNORE : RST_ALPHA_STRAIGHT;
    return RST_OK;
}

static enum rst_status set_window(struct options *options, const char *value, struct rst_error *err)
{
    int64_t n[4];
    if (!parse_numbers(value, ',', 4, (int64_t[]){0, 0, 1, 1}, n))
        return rst_fail(err, RST_E_ARGUMENT,
                        "--window %s: X,Y,W,H is wanted: whole numbers, X and Y from 0 on, W and H from 1 on", value);
    options->window = (struct rst_rect){n[0], n[1], n[2], n[3]};
    return RST_OK;
}

static enum rst_status set_page(struct options *options, const char *value, struct rst_error *err)
{
    int64_t number;
    if (!parse_numbers(value, '\0', 1, (int64_t[]){0}, &number) || number > INT32_MAX)
        return rst_fail(err, RST_E_ARGUMENT, "--page %s: a whole number from 0 on is wanted", value);
    options->page = (int)number;
    return RST_OK;
}

static enum rst_status set_raw(struct options *options, const char *value, struct rst_error *err)
{
    return rst_raw_parse(value, &options->raw, err);
}

static enum rst_status set_tile(struct options *options, const char *value, struct rst_error *err)
{
    int64_t n[2];
    if (!parse_numbers(value, 'x', 2, (int64_t[]){16, 16}, n) || n[0] % 16 != 0 || n[1] % 16 != 0)
        return rst_fail(err, RST_E_ARGUMENT, "--tile %s: WxH is wanted, both multiples of 16", value);
    options->tile_width = n[0];
    options->tile_height = n[1];
    return RST_OK;
}

static enum rst_status set_strip(struct options *options, const char *value, struct rst_error *err)
{
    if (!parse_numbers(value, '\0', 1, (int64_t[]){1}, &options->strip_rows))
        return rst_fail(err, RST_E_ARGUMENT, "--strip %s: a number of rows from 1 on is wanted", value);
    return RST_OK;
}

static const struct option_row rows[OPTION_COUNT] = {
    [OPTION_THREADS] = {"threads", "N", "run on N threads (default: all that the process may use)", set_threads},
    [OPTION_BORDER] = {"border", "RULE",
                       "beyond the edges: replicate (default), reflect, reflect101, wrap or constant:V", set_border},
    [OPTION_NODATA] = {"nodata", "V", "the value that marks missing samples, or none (default: the file's)",
                       set_nodata},
    [OPTION_ALPHA] = {"alpha", "RULE", "straight (default): averages weigh by alpha; ignore: alpha is any band",
                      set_alpha},
    [OPTION_WINDOW] = {"window", "X,Y,W,H", "this part of the result only, with its true neighbours", set_window},
    [OPTION_PAGE] = {"page", "N", "image N of the file, from 0 on (default 0)", set_page},
    [OPTION_RAW] = {"raw", "SPEC", "what a raw file holds: WxHxB:type[,bip|bil|bsq][,be|le][,offset=N]", set_raw},
    [OPTION_IN_PLACE] = {"in-place", NULL, "change the one FILE given", NULL},
    [OPTION_OVERWRITE] = {"overwrite", NULL, "replace an existing output", NULL},
    [OPTION_TILE] = {"tile", "WxH", "store the output in tiles, both sides multiples of 16", set_tile},
    [OPTION_STRIP] = {"strip", "N", "store the output in strips of N rows; without either, as the input is stored",
                      set_strip},
    [OPTION_SYNC] = {"sync", NULL, "wait until the disk has it", NULL},
    [OPTION_QUIET] = {"quiet", NULL, "no progress bar and no summary", NULL},
    [OPTION_JSON] = {"json", NULL, "a report for programs, on stdout", NULL},
    [OPTION_HELP] = {"help", NULL, "tell what the command does and takes", NULL},
};

const struct option_row *option_row(enum option option)
{
    return &rows[option];
}

/* The common option of that name, or OPTION_COUNT. */
static enum option find(const char *name, size_t length)
{
    enum option option = 0;
    while (option < OPTION_COUNT &&
           !(strlen(rows[option].name) == length && strncmp(rows[option].name, name, length) == 0))
        option++;
    return option;
}

/* Takes argv[*at], which is a common option, and its value. */
static enum rst_status take(enum option option, int argc, char **argv, int *at, struct options *options,
                            struct rst_error *err)
{
    const char *equals = strchr(argv[*at], '='), *value = NULL;
    const struct option_row *row = &rows[option];
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
    if (word[0] == '-') return options_unknown(options, 0, ~0u, NULL, 0, err);
    options->word_count = 0;
    options->command = word;
    return RST_OK;
}

enum rst_status options_parse(int argc, char **argv, struct options *options, struct rst_error *err)
{
    *options = (struct options){.started = clock_now(), .literal_from = argc};
    options->words = calloc((size_t)argc + 1, sizeof *options->words);
    if (options->words == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        bool literal = options->word_count >= options->literal_from;
        enum option option = OPTION_COUNT;
        if (!literal && strncmp(word, "--", 2) == 0) option = find(word + 2, strcspn(word + 2, "="));
        if (!literal && strcmp(word, "-h") == 0) option = OPTION_HELP;
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

enum rst_status options_check(const struct options *options, unsigned takes, struct rst_error *err)
{
    unsigned foreign = options->given & ~takes;
    for (enum option option = 0; option < OPTION_COUNT; option++)
        if (foreign & OPTION_BIT(option))
            return rst_fail(err, RST_E_ARGUMENT, "'%s' does not take --%s", options->command, rows[option].name);
    if (options_has(options, OPTION_TILE) && options_has(options, OPTION_STRIP))
        return rst_fail(err, RST_E_ARGUMENT, "--tile and --strip exclude each other");
    if (options_has(options, OPTION_IN_PLACE) &&
        (options->given & (OPTION_BIT(OPTION_TILE) | OPTION_BIT(OPTION_STRIP))))
        return rst_fail(err, RST_E_ARGUMENT, "--%s lays out a new file, and --in-place makes none",
                        options_has(options, OPTION_TILE) ? "tile" : "strip");
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

enum rst_status options_unknown(const struct options *options, int index, unsigned takes, const char *const *names,
                                int name_count, struct rst_error *err)
{
    char typed[64];
    int length = (int)strcspn(options->words[index], "=");
    snprintf(typed, sizeof typed, "%.*s", length, options->words[index]);
    struct suggestion suggestion = suggest_start(typed + strspn(typed, "-"));
    for (int i = 0; i < name_count; i++)
        suggest_offer(&suggestion, names[i]);
    for (enum option option = 0; option < OPTION_COUNT; option++)
        if (takes & OPTION_BIT(option)) suggest_offer(&suggestion, rows[option].name);
    const char *whose = options->command != NULL ? options->command : "rasterctl";
    if (suggestion.nearest != NULL)
        return rst_fail(err, RST_E_ARGUMENT, "'%s' has no option %s; did you mean --%s?", whose, typed,
                        suggestion.nearest);
    return rst_fail(err, RST_E_ARGUMENT, "'%s' has no option %s", whose, typed);
}

enum rst_status options_files(const struct options *options, unsigned takes, int least, int most, struct rst_error *err)
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
