/* Lists of numbers, as options of single commands take them. */
#ifndef CLI_NUMBERS_H
#define CLI_NUMBERS_H

#include "raster/raster.h"

struct numbers {
    const char *option; /* "--percentiles", for messages */
    double low, high;   /* what each may be */
    int most;           /* how many there may be */
};

/* "2,50,98" into values[count], count being 1 to wanted->most. RST_E_ARGUMENT names the option and what is wrong. */
RST_MUST_USE enum rst_status numbers_parse(const struct numbers *wanted, const char *text, double *values, int *count,
                                           struct rst_error *err);

#endif
