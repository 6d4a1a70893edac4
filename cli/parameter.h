/* How parameters of operations are told to people. */
#ifndef CLI_PARAMETER_H
#define CLI_PARAMETER_H

#include <stddef.h>

#include "raster/raster.h"

/* What stands behind --name: "N", "X,Y,W,H", "h|v". */
const char *parameter_argument(const struct rst_param *param);

/* Summary, unit, range and default on one line. Returns `text`. */
const char *parameter_text(const struct rst_param *param, char *text, size_t size);

#endif
