/* An operation for testing surveys: it cannot start before the statistics of its whole input are known. */
#ifndef TESTS_SUPPORT_STRETCHOP_H
#define TESTS_SUPPORT_STRETCHOP_H

#include "raster/sweep/op.h"

/* stretch --to range|deviation|nothing: POINT. range: minimum and maximum of each band become 0 and 200; deviation: the
 * mean becomes 100, the standard deviation 10; nothing: asks for no survey, and copies. */
extern const struct rst_op_class stretch_class;

/* How often it was prepared with the statistics of an image of no pixel, and with none. */
extern int stretch_prepared_for_nothing, stretch_prepared_without;

#endif
