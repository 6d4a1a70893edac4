/* The text of one parameter to its value, as the class's table describes it. Private to raster/sweep. */
#ifndef RASTER_SWEEP_PARAMS_H
#define RASTER_SWEEP_PARAMS_H

#include "raster/sweep/op.h"

/* Parses `text`. RST_E_ARGUMENT names the operation, the parameter, the text and what is allowed. NUMBERS makes an
 * array: rst_param_clear() frees it. */
RST_MUST_USE enum rst_status rst_param_parse(const struct rst_op_class *kind, const struct rst_param *param,
                                             const char *text, struct rst_value *value, struct rst_error *err);
void rst_param_clear(const struct rst_param *param, struct rst_value *value);

#endif
