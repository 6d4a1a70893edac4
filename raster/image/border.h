/* What is seen beyond the edges of an image. */
#ifndef RASTER_IMAGE_BORDER_H
#define RASTER_IMAGE_BORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/base/status.h"

RST_BEGIN

enum rst_border_rule {
    RST_REPLICATE,  /* aaa|abcd|ddd */
    RST_REFLECT,    /* cba|abcd|dcb */
    RST_REFLECT101, /* dcb|abcd|cba; an image one pixel wide replicates it */
    RST_WRAP,       /* bcd|abcd|abc */
    RST_CONSTANT    /* vvv|abcd|vvv */
};

/* A zeroed struct is the default: replicate. */
struct rst_border {
    enum rst_border_rule rule;
    double value; /* for RST_CONSTANT: saturated and rounded to the image's type */
};

/* The coordinate inside 0 ... size - 1 that the rule puts in place of `at`, however far out that is; -1 under
 * RST_CONSTANT outside the image. size is 1 or more. */
RST_API int64_t rst_border_index(int64_t at, int64_t size, enum rst_border_rule rule);

/* The smallest range of coordinates, from *low to *high, inside 0 ... size - 1 that the rule takes a window's columns
 * (or rows) from .. from + count - 1 from; false where it takes none. */
RST_API bool rst_border_range(int64_t from, int64_t count, int64_t size, enum rst_border_rule rule, int64_t *low,
                              int64_t *high);

/* "replicate", "reflect", "reflect101", "wrap", "constant:V". RST_E_ARGUMENT names the text and lists the rules. */
RST_API RST_MUST_USE enum rst_status rst_border_parse(const char *text, struct rst_border *border,
                                                      struct rst_error *err);

RST_END

#endif
