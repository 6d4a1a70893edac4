/* `help`, made from the tables alone: commands, operations and their parameters, common options. What is in no table
 * cannot be used, and what is in one is told here. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/parameter.h"
#include "cli/plan.h"

enum { COLUMNS = 80, INDENT = 24 };

/* Prints paragraphs (apart by blank lines) wrapped between columns `left` and COLUMNS; the cursor stands at `left`. */
static void print_wrapped(const char *text, int left)
{
    int column = left;
    bool first = true;
    while (*text != '\0') {
        int lines = 0; /* ended by the gap before the next word */
        for (; *text == ' ' || *text == '\n'; text++)
            lines += *text == '\n';
        int length = (int)strcspn(text, " \n");
        if (length == 0) break;
        if (!first && lines < 2 && column + 1 + length <= COLUMNS) {
            column += printf(" ");
        } else if (!first) {
            printf("%s\n%*s", lines < 2 ? "" : "\n", left, "");
            column = left;
        }
        column += printf("%.*s", length, text);
        text += length;
        first = false;
    }
    printf("\n");
}

/* "  --name ARGUMENT    what it does" */
static void print_option(const char *name, const char *argument, const char *summary)
{
    char left[64];
    snprintf(left, sizeof left, "  --%s%s%s", name, argument != NULL ? " " : "", argument != NULL ? argument : "");
    printf("%-*s", INDENT, left);
    if (strlen(left) >= INDENT) printf("\n%*s", INDENT, "");
    print_wrapped(summary, INDENT);
}

static void print_common_options(uint64_t which)
{
    for (enum option option = 0; option < OPTION_COUNT; option++) {
        const struct option_row *row = option_row(option);
        if (which & OPTION_BIT(option)) print_option(row->name, row->argument, row->summary);
    }
}

static void print_parameter(const struct rst_param *param)
{
    char text[512];
    print_option(param->name, parameter_argument(param), parameter_text(param, text, sizeof text));
}

static void help_operation(const struct rst_op_class *kind)
{
    char synopsis[512];
    const char *further = kind->others != NULL ? " FURTHER ..." : "";
    int at = snprintf(synopsis, sizeof synopsis, "%s IN%s OUT", kind->name, further);
    for (int i = 0; i < kind->param_count && at < (int)sizeof synopsis; i++) {
        const struct rst_param *param = &kind->params[i];
        at += snprintf(synopsis + at, sizeof synopsis - (size_t)at, param->preset == NULL ? " --%s %s" : " [--%s %s]",
                       param->name, parameter_argument(param));
    }
    printf("rasterctl ");
    print_wrapped(synopsis, (int)strlen("rasterctl "));
    bool in_place = (kind->flags & (RST_OP_POINT | RST_OP_LOCAL)) != 0;
    if (in_place) printf("rasterctl %s FILE%s --in-place ...\n", kind->name, further);
    printf("\n  ");
    print_wrapped(kind->summary, 2);
    if (kind->details != NULL) {
        printf("\n  ");
        print_wrapped(kind->details, 2);
    }
    if (kind->param_count > 0) printf("\nparameters:\n");
    for (int i = 0; i < kind->param_count; i++)
        print_parameter(&kind->params[i]);
    if (kind->example != NULL) printf("\nexample:\n  rasterctl %s\n", kind->example);
    printf("\noptions, anywhere on the line:\n");
    uint64_t without = in_place ? 0 : OPTION_BIT(OPTION_IN_PLACE);
    print_common_options((OPTIONS_OF_OPERATIONS | OPTIONS_OF_ALL) & ~without);
}

static void help_command(const struct command *command)
{
    printf("rasterctl %s%s%s\n\n  ", command->name, *command->synopsis != '\0' ? " " : "", command->synopsis);
    print_wrapped(command->summary, 2);
    if (command->details != NULL) {
        printf("\n  ");
        print_wrapped(command->details, 2);
    }
    if (command->own_count > 0) printf("\n");
    for (int i = 0; i < command->own_count; i++)
        print_option(command->own[i].name, command->own[i].argument, command->own[i].summary);
    printf("\noptions, anywhere on the line:\n");
    print_common_options(command->takes | OPTIONS_OF_ALL);
}

static void help_all(void)
{
    printf("rasterctl COMMAND ... works on raster images in mapped files.\n\ncommands:\n");
    for (int i = 0; i < command_count(); i++) {
        printf("  %-*s", INDENT - 2, command_at(i)->name);
        print_wrapped(command_at(i)->summary, INDENT);
    }
    printf("\noperations, each a command 'rasterctl NAME IN OUT' or 'rasterctl NAME FILE --in-place':\n");
    for (int i = 0; i < rst_ops_count(); i++) {
        if (i == 0 || strcmp(rst_ops_group(i), rst_ops_group(i - 1)) != 0) printf(" %s:\n", rst_ops_group(i));
        printf("  %-*s", INDENT - 2, rst_ops_at(i)->name);
        print_wrapped(rst_ops_at(i)->summary, INDENT);
    }
    printf("\ncommon options, anywhere on the line:\n");
    print_common_options(OPTIONS_ANY);
    printf("\nformats:\n");
    for (int i = 0; rst_format_name(i) != NULL; i++)
        printf("  %-*s%s\n", INDENT - 2, rst_format_name(i), rst_format_extensions(i));
    printf("\nexit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted\n"
           "'rasterctl help COMMAND' tells more of a command or an operation.\n");
}

enum rst_status run_help(struct options *options, struct rst_error *err)
{
    RST_TRY(options_check(options, OPTIONS_ANY, err));
    bool asked = options->command != NULL && strcmp(options->command, "help") == 0; /* and not by --help */
    bool all = options->word_count == 0;
    if (!all) RST_TRY(options_files(options, OPTIONS_OF_ALL, 1, 1, err));
    const struct command *command = all ? NULL : command_find(options->words[0]);
    const struct rst_op_class *kind = all ? NULL : rst_ops_find(options->words[0]);
    if (!all && command == NULL && kind == NULL) return command_unknown(options->words[0], err);
    if (asked && plan_is_idle("no file", NULL, options)) return RST_OK;
    if (all)
        help_all();
    else if (command != NULL)
        help_command(command);
    else
        help_operation(kind);
    return RST_OK;
}
