/* Which instruction set a run uses. */
#ifndef RASTER_SWEEP_ISA_H
#define RASTER_SWEEP_ISA_H

#include "raster/sweep/run.h"

/* The set for a run whose options ask for `most` (RST_ISA_AUTO: the best). RST_E_ARGUMENT where RASTER_ISA names none.
 */
enum rst_status rst_isa_choose(enum rst_isa most, enum rst_isa *isa, struct rst_error *err);

#endif
