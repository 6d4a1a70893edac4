/* A ruler: a range of numbers in equal parts, and which of them a number lies in. */
#ifndef RASTER_OPS_SURVEY_RULER_H
#define RASTER_OPS_SURVEY_RULER_H

#include <stdint.h>

/* (v * pre - start) * scale is v's place, in parts from `low` on. `pre` keeps ranges as wide as doubles go from
 * overflowing, and the narrowest from falling to nothing; it is a power of 2, and mostly 1. */
struct rst_ruler {
    double low, high;
    double pre, start, scale;
};

/* low <= high, both finite. Where they are equal everything is in part 0. */
struct rst_ruler rst_ruler_of(double low, double high, double parts);

/* For low <= v <= high; the last part holds `high` too. */
static inline int32_t rst_ruler_part(const struct rst_ruler *ruler, double v, int32_t parts)
{
    int32_t part = (int32_t)((v * ruler->pre - ruler->start) * ruler->scale);
    return part < parts ? part : parts - 1;
}

#endif
