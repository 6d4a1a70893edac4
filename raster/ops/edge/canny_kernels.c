/* The kernels of Canny's edges: gradients and marks. All of it is exact on integers up to 16 bits: sums of gradients
 * and of their squares are, and so is what the direction is told by. */
#include "raster/ops/edge/canny.h"

#include <string.h>

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

#define CANNY_BLOCK ((size_t)64) /* samples that are passed over where none is above the limit */

#define RST_TEMPLATE "raster/ops/edge/canny_tmpl.h"
#include "raster/ops/common/each_type.h"

#define FORM bytes
#define SLOPE int16_t
#define SIZE int32_t
#define WORK int32_t
#include "raster/ops/edge/canny_marks_tmpl.h"
#undef FORM
#undef SLOPE
#undef SIZE
#undef WORK

#define FORM words
#define SLOPE int32_t
#define SIZE double
#define WORK double
#include "raster/ops/edge/canny_marks_tmpl.h"
#undef FORM
#undef SLOPE
#undef SIZE
#undef WORK

#define FORM wide
#define SLOPE double
#define SIZE double
#define WORK double
#include "raster/ops/edge/canny_marks_tmpl.h"
#undef FORM
#undef SLOPE
#undef SIZE
#undef WORK

#define GRADIENTS_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = gradients_##lower,
#define PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = patch_##lower,
#define SPREAD_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = spread_##lower,

extern const struct rst_canny_kernels RST_KERNELS(rst_canny_kernels);
const struct rst_canny_kernels RST_KERNELS(rst_canny_kernels) = {
    .gradients = {RST_TYPES(GRADIENTS_ENTRY)},
    .patch = {RST_TYPES(PATCH_ENTRY)},
    .marks = {[RST_CANNY_BYTES] = bytes_marks, [RST_CANNY_WORDS] = words_marks, [RST_CANNY_WIDE] = wide_marks},
    .spread = {RST_TYPES(SPREAD_ENTRY)},
};
