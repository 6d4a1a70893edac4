/* The options of `edit`, for the table of commands. */
#ifndef CLI_CMD_EDIT_H
#define CLI_CMD_EDIT_H

#include "cli/command.h"

enum { EDIT_OPTIONS = 4 };
extern const struct command_option edit_options[EDIT_OPTIONS];

#endif
