/* The options of `convert`, for the table of commands. */
#ifndef CLI_CMD_CONVERT_H
#define CLI_CMD_CONVERT_H

#include "cli/command.h"

enum { CONVERT_OPTIONS = 2 };
extern const struct command_option convert_options[CONVERT_OPTIONS];

#endif
