/* A level that the user gave, in every type. */
#ifndef RASTER_OPS_POINT_LEVEL_H
#define RASTER_OPS_POINT_LEVEL_H

#include <stdbool.h>

#include "raster/sweep/op.h"

struct rst_level {
    double real;
    union rst_sample nearest[RST_TYPE_COUNT]; /* rounded and saturated; exact where the text is a sample of the type */
    bool exact[RST_TYPE_COUNT];
};

/* For bind: of a value whose `text` and `real` are set. */
struct rst_level rst_level_of(const struct rst_value *value);

/* The greatest sample that is not above the level; false where all are. */
bool rst_level_at_or_below(const struct rst_level *level, enum rst_type type, union rst_sample *limit);

/* The least (sign -1) and the greatest (1) sample; infinite for floats. */
union rst_sample rst_level_extreme(enum rst_type type, double sign);

#endif
