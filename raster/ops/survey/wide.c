/* Schoolbook arithmetic on limbs of 32 bits, whose products and carries fit into 64. Signed numbers need nothing of
 * their own but a sign: in two's complement sums and products modulo 2^256 are right as they stand. */
#include "raster/ops/survey/wide.h"

#include <math.h>

struct rst_wide rst_wide_of(int64_t value)
{
    struct rst_wide wide = {{(uint32_t)value, (uint32_t)((uint64_t)value >> 32)}};
    for (int i = 2; i < RST_WIDE_LIMBS; i++)
        wide.limbs[i] = value < 0 ? UINT32_MAX : 0;
    return wide;
}

void rst_wide_add_shifted(struct rst_wide *to, uint64_t value, int limb)
{
    uint64_t carry = 0;
    for (int i = limb; i < RST_WIDE_LIMBS && (value || carry); i++, value >>= 32) {
        carry += (uint64_t)to->limbs[i] + (uint32_t)value;
        to->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

void rst_wide_add(struct rst_wide *to, struct rst_wide value)
{
    uint64_t carry = 0;
    for (int i = 0; i < RST_WIDE_LIMBS; i++) {
        carry += (uint64_t)to->limbs[i] + value.limbs[i];
        to->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

struct rst_wide rst_wide_multiply(struct rst_wide a, struct rst_wide b)
{
    struct rst_wide product = {{0}};
    for (int i = 0; i < RST_WIDE_LIMBS; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < RST_WIDE_LIMBS; j++) {
            carry += (uint64_t)a.limbs[i] * b.limbs[j] + product.limbs[i + j];
            product.limbs[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    return product;
}

struct rst_wide rst_wide_negated(struct rst_wide value)
{
    for (int i = 0; i < RST_WIDE_LIMBS; i++)
        value.limbs[i] = ~value.limbs[i];
    rst_wide_add_shifted(&value, 1, 0);
    return value;
}

bool rst_wide_is_negative(const struct rst_wide *value)
{
    return value->limbs[RST_WIDE_LIMBS - 1] >> 31;
}

/* The upper 64 bits from the highest one on are rounded by the machine; that there is something below them shows in
 * their last bit, which is far below a double's. */
double rst_wide_to_double(struct rst_wide value)
{
    bool negative = rst_wide_is_negative(&value);
    if (negative) value = rst_wide_negated(value);
    int top = RST_WIDE_LIMBS - 1;
    while (top > 1 && value.limbs[top] == 0)
        top--;
    uint64_t head = (uint64_t)value.limbs[top] << 32 | value.limbs[top - 1];
    int below = 32 * (top - 1);
    if (top > 1) {
        int free = __builtin_clz(value.limbs[top]);
        uint32_t next = value.limbs[top - 2];
        if (free > 0) head = head << free | next >> (32 - free);
        bool rest = (uint32_t)(next << free) != 0;
        for (int i = top - 3; i >= 0; i--)
            rest |= value.limbs[i] != 0;
        head |= rest;
        below -= free;
    }
    double magnitude = ldexp((double)head, below);
    return negative ? -magnitude : magnitude;
}
