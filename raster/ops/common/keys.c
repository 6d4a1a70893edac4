/* Two's complement with its sign bit turned over; of floats, whose negative ones run backwards, all bits of those. */
#include "raster/ops/common/keys.h"

static unsigned bits_of(enum rst_type type)
{
    return 8 * (unsigned)rst_type_size(type);
}

uint64_t rst_key_greatest(enum rst_type type)
{
    return UINT64_MAX >> (64 - bits_of(type));
}

uint64_t rst_key_of(union rst_sample sample, enum rst_type type)
{
    uint64_t sign = UINT64_C(1) << (bits_of(type) - 1), key = 0;
    double value = rst_type_is_float(type) ? rst_sample_to_double(sample, type) : 1;
    if (value != value) return rst_key_greatest(type);
    if (value == 0) sample = (union rst_sample){.u64 = 0};
    switch (rst_type_size(type)) {
    case 1:
        key = sample.u8;
        break;
    case 2:
        key = sample.u16;
        break;
    case 4:
        key = sample.u32;
        break;
    default:
        key = sample.u64;
        break;
    }
    if (rst_type_is_float(type) && key & sign) return ~key & rst_key_greatest(type);
    return rst_type_is_signed(type) ? key ^ sign : key;
}

union rst_sample rst_key_sample(uint64_t key, enum rst_type type)
{
    uint64_t sign = UINT64_C(1) << (bits_of(type) - 1);
    union rst_sample sample = {.u64 = 0};
    if (rst_type_is_float(type) && !(key & sign))
        key = ~key & rst_key_greatest(type);
    else if (rst_type_is_signed(type))
        key ^= sign;
    switch (rst_type_size(type)) {
    case 1:
        sample.u8 = (uint8_t)key;
        break;
    case 2:
        sample.u16 = (uint16_t)key;
        break;
    case 4:
        sample.u32 = (uint32_t)key;
        break;
    default:
        sample.u64 = key;
        break;
    }
    return sample;
}
