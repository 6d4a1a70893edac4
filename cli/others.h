/* The further rasters of a line: what its operations read beside their input. */
#ifndef CLI_OTHERS_H
#define CLI_OTHERS_H

#include "cli/options.h"

struct others {
    const char *const *names; /* borrowed */
    struct rst_raster **list; /* [count] open, to be read */
    int count;
};

/* Opens FILE, FILE#N or FILE#N.M of every name. End with others_close(), also after a failure. */
RST_MUST_USE enum rst_status others_open(struct others *others, const char *const *names, int count,
                                         const struct options *options, struct rst_error *err);
void others_close(struct others *others);

#endif
