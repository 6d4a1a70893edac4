/* The options of `hist`, for the table of commands. */
#ifndef CLI_CMD_HIST_H
#define CLI_CMD_HIST_H

#include "cli/command.h"

enum { HIST_OPTIONS = 3 };
extern const struct command_option hist_options[HIST_OPTIONS];

#define OPTIONS_OF_HIST                                                                                                \
    (OPTIONS_OF_INPUT | OPTION_BIT(OPTION_NODATA) | OPTION_BIT(OPTION_WINDOW) | OPTION_BIT(OPTION_REPORT) |            \
     OPTION_BIT(OPTION_OVERWRITE))

#endif
