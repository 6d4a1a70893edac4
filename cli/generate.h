/* Test images: an operation that looks at no pixel of its input, and computes every sample from its place. */
#ifndef CLI_GENERATE_H
#define CLI_GENERATE_H

#include "raster/raster.h"

/* Parameters: width, height, pattern, seed, value. The result has the type and the number of bands of the input, whose
 * size does not matter. */
extern const struct rst_op_class generate_class;

#endif
