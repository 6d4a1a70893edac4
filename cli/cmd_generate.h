/* The options of `generate`, for the table of commands. */
#ifndef CLI_CMD_GENERATE_H
#define CLI_CMD_GENERATE_H

#include "cli/command.h"

enum { GENERATE_OPTIONS = 5 };
extern const struct command_option generate_options[GENERATE_OPTIONS];

#define OPTIONS_OF_GENERATE                                                                                            \
    (OPTION_BIT(OPTION_RAW) | OPTION_BIT(OPTION_NODATA) | OPTION_BIT(OPTION_REPORT) | OPTIONS_OF_OUTPUT)

#endif
