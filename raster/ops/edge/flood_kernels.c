/* The kernels of hysteresis: a flood with a stack of its own, once per pixel type. It begins where something weak lies
 * beside something strong, which vectors find; strong samples themselves are far more, and most have nothing to tell.
 * What it makes does not depend on the order in which samples are reached. */
#include "raster/ops/edge/flood.h"

#include "raster/ops/common/isa.h"
#include "raster/ops/common/round.h"

enum { FLOOD_BLOCK = 64, HERE = 4 };
enum { UPPER_SIDES = 0007, LOWER_SIDES = 0700, LEFT_SIDES = 0111, RIGHT_SIDES = 0444 };

/* Which neighbour a sample lies in, that is in the part or beside its rim. */
static inline unsigned side_of(const struct rst_flood *flood, int32_t y, int32_t x)
{
    unsigned down = y < 0 ? 0 : y < flood->height ? 1 : 2, right = x < 0 ? 0 : x < flood->width ? 1 : 2;
    return 3 * down + right;
}

#define RST_TEMPLATE "raster/ops/edge/flood_tmpl.h"
#include "raster/ops/common/each_type.h"

#define START_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = start_##lower,
#define GROW_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = grow_##lower,
#define CLEAR_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = clear_##lower,

extern const struct rst_flood_kernels RST_KERNELS(rst_flood_kernels);
const struct rst_flood_kernels RST_KERNELS(rst_flood_kernels) = {
    .start = {RST_TYPES(START_ENTRY)},
    .grow = {RST_TYPES(GROW_ENTRY)},
    .clear = {RST_TYPES(CLEAR_ENTRY)},
};
