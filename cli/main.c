/* rasterctl: libraster from a shell. The table of commands, and the way from a command line to an exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_compare.h"
#include "cli/cmd_convert.h"
#include "cli/cmd_edit.h"
#include "cli/cmd_generate.h"
#include "cli/cmd_hist.h"
#include "cli/cmd_stats.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/suggest.h"

static const struct command commands[] = {
    {"info", "FILE", "tell what a file holds, and whether it can be mapped",
     "Lists every image of the file, or with --page one of them. With --json the keys are stable: a program may rely "
     "on them.",
     OPTIONS_OF_INPUT, 0, NULL, run_info},
    {"generate", "OUT --size WxHxB", "make a test image, the same on every machine",
     "The value of a sample depends on the pattern, the seed and the sample's place alone.", OPTIONS_OF_GENERATE,
     GENERATE_OPTIONS, generate_options, run_generate},
    {"convert", "IN OUT", "copy the pixels into another layout, format or type",
     "The output's format follows its extension or --format; its tiles or strips are those of the input unless --tile "
     "or --strip tell. With --window it holds a part of the input. What the output's format has no place for is told.",
     OPTIONS_OF_OPERATIONS & ~(OPTION_BIT(OPTION_IN_PLACE) | OPTION_BIT(OPTION_BORDER) | OPTION_BIT(OPTION_ALPHA)),
     CONVERT_OPTIONS, convert_options, run_convert},
    {"edit", "FILE", "change what a file says of its pixels, and no pixel",
     "At least one change is wanted. They are made all or none, in the file itself. A format that cannot be changed so "
     "is refused: write a new file with 'convert', and edit that.\n\n"
     "KEY is the name of any item of text. Description is the image's description, and band.N.name the name of band N, "
     "counted from 1 on. --unset STATISTICS removes the statistics that GDAL stored.",
     OPTION_BIT(OPTION_PAGE) | OPTION_BIT(OPTION_NODATA), EDIT_OPTIONS, edit_options, run_edit},
    {"compare", "A B", "tell whether two images are the same, and where they differ",
     "Formats, layouts and compressions may differ; size, number of bands and type may not. Integers are compared "
     "exactly; of floats 0 equals -0, and NaN equals NaN and nothing else. Metadata are compared as far as both could "
     "say the same: resolutions may differ by 0.02 %, geotransforms by one part in 10^12. --page counts for both. "
     "With --quiet the exit status alone tells.\n\n"
     "Exit status: 0 the same, 1 different, 2 wrong usage or trouble.",
     OPTIONS_OF_INPUT | OPTION_BIT(OPTION_REPORT), COMPARE_OPTIONS, compare_options, run_compare},
    {"stats", "FILE [--percentiles P,P,...]", "tell minimum, maximum, mean and standard deviation of every band",
     "Every sample is looked at; nothing is estimated. Nodata and NaN are counted, and left out of the rest. The "
     "standard deviation is that of the population: divided by the number of samples, not by one less. With --window "
     "only a part of the image counts. With --json numbers have all their digits, and what there is no valid sample "
     "for is null.\n\n"
     "Percentile p of n valid samples is the sample at place p / 100 * (n - 1) of their order, counted from 0, or on "
     "the line between the two next to it: numpy's default. It takes further passes over the image: one, of 32-bit "
     "types two or three, of 64-bit types four or five.",
     OPTIONS_OF_INPUT | OPTION_BIT(OPTION_NODATA) | OPTION_BIT(OPTION_WINDOW) | OPTION_BIT(OPTION_REPORT),
     STATS_OPTIONS, stats_options, run_stats},
    {"hist", "FILE [--bins N] [--range LOW,HIGH] [--plot OUT.png]", "tell how often which values occur",
     "Every sample is counted. Bins are of equal width, the same for all bands, and hold samples from their lower edge "
     "up to, but without, their upper one; the last bin holds the end of the range too. Nodata and NaN are counted, "
     "and left out of the bins; so are samples outside of the range. Where a range has to be found first, that takes "
     "types of more than 16 bits another pass over the image.\n\n"
     "In the picture bins that are more than three times as high as 99 % of all are cut off; a mark above them tells.",
     OPTIONS_OF_HIST, HIST_OPTIONS, hist_options, run_hist},
    {"formats", "", "list the file formats, and what can be read and written of them",
     "In place: pixels can be changed in the file itself, where they are not compressed. Edit: 'rasterctl edit' can "
     "change what the file says of them.",
     0, 0, NULL, run_formats},
    {"pipeline", "IN [FURTHER ...] OUT OPERATION ... ! OPERATION ...",
     "run several operations as one pass, storing nothing between them",
     "Each operation is written as its command would be, without files; '!' stands between them. They may also be one "
     "quoted word. The result is exactly that of the operations run one after another. With --in-place one FILE takes "
     "the place of IN and OUT.",
     OPTIONS_OF_OPERATIONS, 0, NULL, run_pipeline},
    {"ops", "", "list the operations", "With --json their parameters, ranges and defaults too.", 0, 0, NULL, run_ops},
    {"help", "[COMMAND]", "tell what a command does and takes", NULL, 0, 0, NULL, run_help},
    {"version", "", "tell the version", NULL, 0, 0, NULL, run_version},
};

int command_count(void)
{
    return (int)(sizeof commands / sizeof *commands);
}

const struct command *command_at(int index)
{
    return &commands[index];
}

const struct command *command_find(const char *name)
{
    for (int i = 0; i < command_count(); i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

enum rst_status command_unknown(const char *name, struct rst_error *err)
{
    struct suggestion suggestion = suggest_start(name);
    for (int i = 0; i < command_count(); i++)
        suggest_offer(&suggestion, commands[i].name);
    for (int i = 0; i < rst_ops_count(); i++)
        suggest_offer(&suggestion, rst_ops_at(i)->name);
    if (suggestion.nearest != NULL)
        return rst_fail(err, RST_E_ARGUMENT, "no command '%s'; did you mean '%s'?", name, suggestion.nearest);
    return rst_fail(err, RST_E_ARGUMENT, "no command '%s'", name);
}

static enum rst_status dispatch(struct options *options, struct rst_error *err)
{
    if (options->command == NULL) {
        if (options_has(options, OPTION_HELP)) return run_help(options, err);
        return rst_fail(err, RST_E_ARGUMENT, "no command given");
    }
    const struct command *command = command_find(options->command);
    bool known = command != NULL || rst_ops_find(options->command) != NULL;
    if (!known) return command_unknown(options->command, err);
    if (options_has(options, OPTION_HELP)) {
        options->words[0] = options->command;
        options->word_count = 1;
        return run_help(options, err);
    }
    return command != NULL ? command->handler(options, err) : run_operation(options, err);
}

/* A file opened later must not land on a standard descriptor that was closed, where a message would be written into it.
 * The descriptors put there are of the wrong kind on purpose, so that writing to them is an error, as it was. */
static void hold_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor < 3; descriptor++)
        if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) != descriptor)
            _exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
    struct options options;
    struct rst_error err = {0};
    hold_standard_descriptors();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error like a full disk */
    enum rst_status status = options_parse(argc, argv, &options, &err);
    if (status == RST_OK) status = dispatch(&options, &err);
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == RST_OK)
        status = errno != 0 ? rst_fail_errno(&err, errno, "standard output cannot be written")
                            : rst_fail(&err, RST_E_IO, "standard output cannot be written");
    int code = options.done;
    if (status != RST_OK) {
        bool known = options.command != NULL && (command_find(options.command) || rst_ops_find(options.command));
        code = message_failure(&err, status, known ? options.command : NULL);
        if (code == EXIT_FAILED) code = options.failed;
    }
    options_free(&options);
    return code;
}
