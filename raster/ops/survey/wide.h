/* Whole numbers of 256 bits, in two's complement: sums that no image can make overflow. Slow, for the end of a sum and
 * not for its terms. Zeroes are 0. */
#ifndef RASTER_OPS_SURVEY_WIDE_H
#define RASTER_OPS_SURVEY_WIDE_H

#include <stdbool.h>
#include <stdint.h>

enum { RST_WIDE_LIMBS = 8 };

struct rst_wide {
    uint32_t limbs[RST_WIDE_LIMBS]; /* the lowest first */
};

struct rst_wide rst_wide_of(int64_t value);

/* *to += value * 2^(32 * limb) */
void rst_wide_add_shifted(struct rst_wide *to, uint64_t value, int limb);
void rst_wide_add(struct rst_wide *to, struct rst_wide value);

/* What does not fit falls off the upper end. */
struct rst_wide rst_wide_multiply(struct rst_wide a, struct rst_wide b);
struct rst_wide rst_wide_negated(struct rst_wide value);
bool rst_wide_is_negative(const struct rst_wide *value);

/* The nearest double, ties to even. */
double rst_wide_to_double(struct rst_wide value);

#endif
