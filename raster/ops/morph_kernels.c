/* Saturated differences, once per pixel type. */
#include "raster/ops/morph.h"

#define RST_TEMPLATE "raster/ops/morph_tmpl.h"
#include "raster/ops/each_type.h"

#define SUBTRACT_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = subtract_##lower,

extern const struct rst_morph_kernels RST_KERNELS(rst_morph_kernels);
const struct rst_morph_kernels RST_KERNELS(rst_morph_kernels) = {
    .subtract = {RST_TYPES(SUBTRACT_ENTRY)},
};
