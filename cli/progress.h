/* The progress bar: on stderr, where that is a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool wanted; /* stderr is a terminal, and nobody asked for quiet */
    bool shown;  /* a bar stands on the line now */
    double started, drawn;
};

void progress_start(struct progress *progress, bool quiet);
void progress_draw(struct progress *progress, int64_t done, int64_t total);
void progress_clear(struct progress *progress); /* leaves an empty line */

#endif
