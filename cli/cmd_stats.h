/* The options of `stats`, for the table of commands. */
#ifndef CLI_CMD_STATS_H
#define CLI_CMD_STATS_H

#include "cli/command.h"

enum { STATS_OPTIONS = 1 };
extern const struct command_option stats_options[STATS_OPTIONS];

#endif
