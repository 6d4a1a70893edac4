/* What a run took: for people on stderr, for programs (--json) on stdout. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdint.h>

#include "cli/json.h"
#include "cli/options.h"

struct report {
    const char *input; /* NULL: made from nothing */
    const char *output;
    struct rst_report run;
    char lost[800];           /* a warning of metadata that the output does not keep; "" where there is none */
    uint64_t max_memory;      /* that was asked for; 0: none */
    struct rst_resident peak; /* the greatest seen, each by itself */
    double sampled;           /* when, of clock_now() */
};

/* Looks at what the process holds; cheap enough to be called between tiles. */
void report_sample(struct report *report);

/* Prints it, and the run's warnings. Stdout is touched with --json alone. */
void report_print(struct report *report, const struct options *options);

/* For commands that have an output of their own on stdout. With --report: what the run took, on stderr; with --json
 * nothing, as report_print_member() says it. */
void report_print_details(struct report *report, const struct options *options);

/* The same as a member "report" of a document: null without --report. */
void report_print_member(struct report *report, struct json *json, const struct options *options);

#endif
