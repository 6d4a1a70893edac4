/* Operations for testing the executor that read further rasters. */
#ifndef TESTS_SUPPORT_BESIDEOP_H
#define TESTS_SUPPORT_BESIDEOP_H

#include "raster/sweep/op.h"

/* beside --count N: every sample, modulo 2^16, becomes 3 times itself and, for each of N further rasters, its number
 * plus 2 times the sum of that raster's samples of the pixel. POINT. u8 and u16, the further rasters too. */
extern const struct rst_op_class beside_class;

/* limit: no sample is above the greatest of the further raster, which may be of any size. POINT, u8 and u16. */
extern const struct rst_op_class limit_class;

#endif
