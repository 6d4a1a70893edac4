/* The words of a command that has options of its own: file names, and those options with their values. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "cli/command.h"

struct word_option {
    int which; /* position in the command's table */
    const char *value;
};

/* Both arrays are owned, what they point to is the line's. */
struct words {
    const char **files;
    int file_count;
    struct word_option *own;
    int own_count;
};

/* Parts the words. RST_E_ARGUMENT for an option that the command has not, and for one without its value. End with
 * words_free(), on failure too. */
RST_MUST_USE enum rst_status words_part(const struct options *options, const struct command *command,
                                        struct words *words, struct rst_error *err);
void words_free(struct words *words);

/* The value of an option, the last one given; NULL where it is not on the line. */
const char *words_value(const struct words *words, int which);

/* RST_E_ARGUMENT unless there are `count` file names. */
RST_MUST_USE enum rst_status words_files(const struct words *words, const struct options *options, int count,
                                         struct rst_error *err);

#endif
