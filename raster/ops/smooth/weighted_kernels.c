/* The kernels of weighted averages, for every type. */
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/smooth/weighted.h"

#define RST_TEMPLATE "raster/ops/smooth/weighted_tmpl.h"
#include "raster/ops/common/each_type.h"

#define ADD_PRESENT(UPPER, lower, ctype) add_present_##lower,
#define ADD_OPAQUE(UPPER, lower, ctype) add_opaque_##lower,
#define FACTORS(UPPER, lower, ctype) factors_##lower,

extern const struct rst_weighted_kernels RST_KERNELS(rst_weighted_kernels);
const struct rst_weighted_kernels RST_KERNELS(rst_weighted_kernels) = {
    .add_present = {RST_TYPES(ADD_PRESENT)},
    .add_opaque = {RST_TYPES(ADD_OPAQUE)},
    .factors = {RST_TYPES(FACTORS)},
};
