/* Looking bytes up in a table, for kernel files. */
#ifndef RASTER_OPS_COMMON_LOOKUP_H
#define RASTER_OPS_COMMON_LOOKUP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight samples to a load and a store: what limits it is the number of memory operations. `out` may be `in`. */
static inline void rst_lookup_bytes(const unsigned char *in, unsigned char *out, const unsigned char *table,
                                    size_t count)
{
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t word, result = 0;
        memcpy(&word, in + i, sizeof word);
        for (int shift = 0; shift < 64; shift += 8)
            result |= (uint64_t)table[word >> shift & 255] << shift;
        memcpy(out + i, &result, sizeof result);
    }
    for (; i < count; i++)
        out[i] = table[in[i]];
}

#endif
