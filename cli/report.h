/* What a run took: for people on stderr, for programs (--json) on stdout. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdint.h>

#include "cli/options.h"

struct report {
    const char *input; /* NULL: made from nothing */
    const char *output;
    struct rst_report run;
    char lost[800];          /* a warning of metadata that the output does not keep; "" where there is none */
    uint64_t peak_anonymous; /* bytes, the greatest seen */
    double sampled;          /* when, of clock_now() */
};

/* Looks at how much anonymous memory the process holds; cheap enough to be called between tiles. */
void report_sample(struct report *report);

/* Prints it, and the run's warnings. Stdout is touched with --json alone. */
void report_print(struct report *report, const struct options *options);

#endif
