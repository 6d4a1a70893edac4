/* Convolution beside missing samples: the few results whose window holds one are computed again, one by one, in double.
 * All others keep the kernel's value, to the bit, whatever is missing elsewhere in the row.
 *
 * A kernel without negative weights is an average, and goes on being one over the samples that are there (times the sum
 * of all weights). A kernel with negative weights measures differences, and leaving out a sample would invent one: the
 * centre's value stands in for it. An average of nothing is the centre too, which is there, though its weight is 0. */
#include "raster/ops/smooth/conv.h"

#include <string.h>

#include "raster/ops/common/round.h"

#define RST_TEMPLATE "raster/ops/smooth/conv_patch_tmpl.h"
#include "raster/ops/common/each_type.h"

typedef void patch_one(const struct rst_conv_plan *plan, const struct rst_conv_state *state, const void *const *sources,
                       const uint8_t *const *masks, const void *centre, size_t at, void *to);

#define PATCH_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = patch_##lower,
static patch_one *const patches[RST_TYPE_COUNT] = {RST_TYPES(PATCH_ENTRY)};

void rst_conv_patch(const struct rst_conv_plan *plan, const struct rst_conv_state *state, enum rst_type type,
                    const void *const *sources, const uint8_t *const *masks, const void *centre,
                    const uint8_t *centre_mask, size_t n, uint8_t *restrict touched, void *to)
{
    memset(touched, 0, n);
    for (int tap = 0; tap < plan->direct.count; tap++) {
        const uint8_t *mask = masks[tap];
        for (size_t i = 0; mask && i < n; i++)
            touched[i] |= mask[i];
    }
    for (size_t i = 0; i < n; i++)
        if (touched[i] && !centre_mask[i]) patches[type](plan, state, sources, masks, centre, i, to);
}
