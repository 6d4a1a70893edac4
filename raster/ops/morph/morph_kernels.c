/* Saturated differences, once per pixel type. */
#include "raster/ops/morph/morph.h"

#define RST_TEMPLATE "raster/ops/morph/morph_tmpl.h"
#include "raster/ops/common/each_type.h"

#define SUBTRACT_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = subtract_##lower,

extern const struct rst_morph_kernels RST_KERNELS(rst_morph_kernels);
const struct rst_morph_kernels RST_KERNELS(rst_morph_kernels) = {
    .subtract = {RST_TYPES(SUBTRACT_ENTRY)},
};
