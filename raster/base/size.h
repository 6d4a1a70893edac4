/* Checked 64-bit arithmetic: every size and offset that comes from a file or a user goes through these. Each returns
 * false, and leaves *out alone, where the exact result does not fit. */
#ifndef RASTER_BASE_SIZE_H
#define RASTER_BASE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

static inline bool rst_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

static inline bool rst_add(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

/* a * b + c */
static inline bool rst_mul_add(uint64_t a, uint64_t b, uint64_t c, uint64_t *out)
{
    uint64_t product;
    return rst_mul(a, b, &product) && rst_add(product, c, out);
}

/* The least multiple of `unit` (a power of two) that is not below a. */
static inline bool rst_align_up(uint64_t a, uint64_t unit, uint64_t *out)
{
    uint64_t sum;
    if (!rst_add(a, unit - 1, &sum)) return false;
    *out = sum & ~(unit - 1);
    return true;
}

static inline int64_t rst_min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t rst_max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t rst_clamp64(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

#endif
