/* A level is turned into the image's type once, and samples are compared in that type. Both are exact for 64-bit
 * integers, since a level's text is read in every type before it goes through a double. */
#include "raster/ops/point/level.h"

#include <math.h>

struct rst_level rst_level_of(const struct rst_value *value)
{
    struct rst_level level = {.real = value->real};
    for (int i = 0; value->given && i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i;
        level.exact[i] = !rst_type_is_float(type) && rst_sample_parse(value->text, type, &level.nearest[i]);
        if (!level.exact[i]) level.nearest[i] = rst_sample_from_double(value->real, type);
    }
    return level;
}

union rst_sample rst_level_extreme(enum rst_type type, double sign)
{
    return rst_sample_from_double(sign * (double)INFINITY, type);
}

bool rst_level_at_or_below(const struct rst_level *level, enum rst_type type, union rst_sample *limit)
{
    *limit = level->nearest[type];
    if (level->exact[type]) return true;
    if (type == RST_F32 && (double)limit->f32 > level->real) limit->f32 = nextafterf(limit->f32, -INFINITY);
    if (rst_type_is_float(type)) return true;
    *limit = rst_sample_from_double(floor(level->real), type);
    return level->real >= rst_sample_to_double(rst_level_extreme(type, -1), type);
}
