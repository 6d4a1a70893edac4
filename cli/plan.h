/* What a command would do and cost, told by --dry-run: in words, or with --json for programs. */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "cli/budget.h"

enum { PLAN_INPUTS = 32 };

struct plan {
    const char *input_names[PLAN_INPUTS];         /* as the line has them */
    const struct rst_raster *inputs[PLAN_INPUTS]; /* NULL: its content was not looked at */
    int input_count;
    const char *output_name;
    const struct rst_raster *output; /* rehearsed, or in place the input; NULL: nothing is written */
    struct rst_cost cost;
    struct budget budget;
    const char *reads; /* what a command that runs over no pixels reads: "the headers of the file"; else NULL */
    char lost[800];    /* as in struct report */
};

/* Prints it on stdout, and a warning of what would be lost on stderr. */
void plan_print(const struct plan *plan, const struct options *options);

/* Without --dry-run false. With it, prints that the command reads `reads` (of `file`, which may be NULL) and no pixel,
 * and writes nothing. */
bool plan_is_idle(const char *reads, const char *file, const struct options *options);

#endif
