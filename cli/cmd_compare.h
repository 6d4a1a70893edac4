/* The options of `compare`, for the table of commands. */
#ifndef CLI_CMD_COMPARE_H
#define CLI_CMD_COMPARE_H

#include "cli/command.h"

enum { COMPARE_OPTIONS = 2 };
extern const struct command_option compare_options[COMPARE_OPTIONS];

#endif
