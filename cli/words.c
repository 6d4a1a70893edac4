/* Parting words into file names and options. All options of single commands take a value, which the walk over the line
 * has left behind them. */
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

static enum rst_status unknown(const struct options *options, const struct command *command, int index,
                               struct rst_error *err)
{
    const char *names[16];
    int count = 0;
    for (; count < command->own_count && count < 16; count++)
        names[count] = command->own[count].name;
    return options_unknown(options, index, command->takes | OPTIONS_OF_ALL, names, count, err);
}

/* Takes words[*index], which is written as an option, and its value. */
static enum rst_status take(const struct options *options, const struct command *command, int *index,
                            struct words *words, struct rst_error *err)
{
    const char *name, *value;
    int length, which = 0;
    (void)options_word(options, *index, &name, &length);
    while (which < command->own_count && !((int)strlen(command->own[which].name) == length &&
                                           strncmp(command->own[which].name, name, (size_t)length) == 0))
        which++;
    if (which == command->own_count || options->words[*index][1] != '-') return unknown(options, command, *index, err);
    const struct command_option *own = &command->own[which];
    if (name[length] == '=')
        value = name + length + 1;
    else if (*index + 1 < options->word_count)
        value = options->words[++*index];
    else
        return rst_fail(err, RST_E_ARGUMENT, "--%s needs a value: --%s %s", own->name, own->name, own->argument);
    words->own[words->own_count++] = (struct word_option){which, value};
    return RST_OK;
}

enum rst_status words_part(const struct options *options, const struct command *command, struct words *words,
                           struct rst_error *err)
{
    const char *name;
    int length;
    size_t room = (size_t)options->word_count + 1;
    *words = (struct words){.files = calloc(room, sizeof *words->files), .own = calloc(room, sizeof *words->own)};
    if (words->files == NULL || words->own == NULL) return rst_fail(err, RST_E_NOMEM, "out of memory");
    for (int i = 0; i < options->word_count; i++) {
        if (options_word(options, i, &name, &length))
            RST_TRY(take(options, command, &i, words, err));
        else
            words->files[words->file_count++] = options->words[i];
    }
    return RST_OK;
}

void words_free(struct words *words)
{
    free(words->files);
    free(words->own);
    *words = (struct words){0};
}

const char *words_value(const struct words *words, int which)
{
    const char *value = NULL;
    for (int i = 0; i < words->own_count; i++)
        if (words->own[i].which == which) value = words->own[i].value;
    return value;
}

enum rst_status words_files(const struct words *words, const struct options *options, int count, struct rst_error *err)
{
    if (words->file_count < count)
        return rst_fail(err, RST_E_ARGUMENT, "'%s' wants %d file name%s, %d given", options->command, count,
                        count == 1 ? "" : "s", words->file_count);
    if (words->file_count > count)
        return rst_fail(err, RST_E_ARGUMENT, "'%s' does not know what to do with '%s'", options->command,
                        words->files[count]);
    return RST_OK;
}
