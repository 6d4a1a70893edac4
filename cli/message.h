/* What rasterctl says on stderr, and the exit status that goes with it. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stdio.h>

#include "raster/raster.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/* The text with control characters shown as '?': what comes from files and names must not drive the terminal. */
void message_safe(FILE *to, const char *text);

/* "rasterctl: MESSAGE", and for wrong usage a line that tells where help is. `command` may be NULL. Returns the exit
 * status of the process. */
enum exit_status message_failure(const struct rst_error *err, enum rst_status status, const char *command);

/* "rasterctl: warning: TEXT" */
void message_warning(const char *text);

#endif
