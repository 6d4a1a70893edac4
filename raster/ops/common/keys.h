/* Samples as whole numbers that keep their order: what is sorted, counted or searched by them is so for every type. */
#ifndef RASTER_OPS_COMMON_KEYS_H
#define RASTER_OPS_COMMON_KEYS_H

#include <stdint.h>

#include "raster/base/type.h"

/* Zeroes of both signs have one key, and all NaN have another, which is the greatest of all. */
uint64_t rst_key_of(union rst_sample sample, enum rst_type type);

/* The sample of a key; of -0 and 0 it is 0. */
union rst_sample rst_key_sample(uint64_t key, enum rst_type type);

/* The greatest that an integer type has, or that the bits of a float come to. */
uint64_t rst_key_greatest(enum rst_type type);

#endif
