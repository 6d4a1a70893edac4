/* Rulers. The distance of the farthest doubles is no double, and parts per distance is infinite for the nearest: the
 * numbers are halved in one case, and blown up in the other. */
#include "raster/ops/survey/ruler.h"

#include <math.h>

struct rst_ruler rst_ruler_of(double low, double high, double parts)
{
    struct rst_ruler ruler = {.low = low, .high = high, .pre = 1};
    if (!isfinite(high - low)) ruler.pre = 0.5;
    if (high - low < 0x1p-900) ruler.pre = 0x1p900;
    if (low == high) return (struct rst_ruler){.low = low, .high = high};
    ruler.start = low * ruler.pre;
    ruler.scale = parts / (high * ruler.pre - ruler.start);
    return ruler;
}
