/* How near a mistyped word is to a known one. */
#ifndef RASTER_BASE_SPELLING_H
#define RASTER_BASE_SPELLING_H

#include "raster/base/export.h"

RST_BEGIN

enum { RST_SPELLING_LONGEST = 32 };

/* How many letters have to be put in, left out or changed to make one word of the other (Levenshtein 1966). Of `known`
 * the first RST_SPELLING_LONGEST letters count. Any thread. */
RST_API int rst_spelling_distance(const char *typed, const char *known);

RST_END

#endif
