/* The kernels of expressions. All of them are short loops over blocks that stay in the core's first cache; no sum is
 * reordered and no product fused, so that every instruction set gives the same. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/calc/term.h"
#include "raster/ops/common/round.h"

#define ARGUMENTS 1

#define TERM negate
#define RESULT (-u)
#include "raster/ops/calc/term_tmpl.h"
#define TERM not
#define RESULT (u == 0 ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"
#define TERM abs
#define RESULT fabs(u)
#include "raster/ops/calc/term_tmpl.h"
#define TERM sqrt
#define RESULT sqrt(u)
#include "raster/ops/calc/term_tmpl.h"
#define TERM floor
#define RESULT floor(u)
#include "raster/ops/calc/term_tmpl.h"
#define TERM ceil
#define RESULT ceil(u)
#include "raster/ops/calc/term_tmpl.h"
#define TERM round
#define RESULT rint(u)
#include "raster/ops/calc/term_tmpl.h"
#define TERM isnan
#define RESULT (u != u ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"

#undef ARGUMENTS
#define ARGUMENTS 2

#define TERM add
#define RESULT (u + v)
#include "raster/ops/calc/term_tmpl.h"
#define TERM subtract
#define RESULT (u - v)
#include "raster/ops/calc/term_tmpl.h"
#define TERM multiply
#define RESULT (u * v)
#include "raster/ops/calc/term_tmpl.h"
#define TERM divide
#define RESULT (u / v)
#include "raster/ops/calc/term_tmpl.h"
#define TERM less
#define RESULT (u < v ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"
#define TERM at_most
#define RESULT (u <= v ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"
#define TERM equal
#define RESULT (u == v ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"
#define TERM unequal
#define RESULT (u != v ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"
#define TERM and
#define RESULT (((u != 0) & (v != 0)) ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"
#define TERM or
#define RESULT (((u != 0) | (v != 0)) ? 1.0 : 0.0)
#include "raster/ops/calc/term_tmpl.h"
#define TERM min
#define RESULT (((u < v) | (u != u)) ? u : v)
#include "raster/ops/calc/term_tmpl.h"
#define TERM max
#define RESULT (((u > v) | (u != u)) ? u : v)
#include "raster/ops/calc/term_tmpl.h"

#undef ARGUMENTS
#define ARGUMENTS 3

#define TERM select
#define RESULT (u != 0 ? v : w)
#include "raster/ops/calc/term_tmpl.h"

#define RST_TEMPLATE "raster/ops/calc/term_samples_tmpl.h"
#include "raster/ops/common/each_type.h"

static void merge(const uint8_t *from, size_t from_stride, uint8_t *to, size_t to_stride, size_t count)
{
    if (from_stride == 1 && to_stride == 1) {
        RST_ROW_LOOP
        for (size_t i = 0; i < count; i++)
            to[i] |= from[i];
    } else {
        for (size_t i = 0; i < count; i++)
            to[i * to_stride] |= from[i * from_stride];
    }
}

#define COMPUTE_ROW(UPPER, lower, arguments) [RST_TERM_##UPPER] = term_##lower,
#define LOAD_ROW(UPPER, lower, ctype) load_##lower,
#define STORE_ROW(UPPER, lower, ctype) store_##lower,
const struct rst_term_kernels RST_KERNELS(rst_term_kernels) = {
    .compute = {RST_VECTOR_TERMS(COMPUTE_ROW)},
    .load = {RST_TYPES(LOAD_ROW)},
    .store = {RST_TYPES(STORE_ROW)},
    .merge = merge,
};
