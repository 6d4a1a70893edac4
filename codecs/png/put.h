/* The chunks of a PNG, put together. */
#ifndef CODECS_PNG_PUT_H
#define CODECS_PNG_PUT_H

#include <stddef.h>
#include <stdint.h>

#include "codecs/png/chunk.h"

static inline void rst_png_put32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Fills in what stands around the data of a chunk: RST_PNG_BEFORE bytes before it, of which `chunk` is the first, and
 * the CRC behind it. `type` has four letters. */
void rst_png_chunk_close(unsigned char *chunk, const char *type, size_t size);

#endif
