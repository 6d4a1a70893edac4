/* Length, type and CRC around the data of a chunk. */
#include "codecs/png/put.h"

#include <string.h>

#include "codecs/png/inflate.h"

void rst_png_chunk_close(unsigned char *chunk, const char *type, size_t size)
{
    rst_png_put32(chunk, (uint32_t)size);
    memcpy(chunk + 4, type, 4);
    rst_png_put32(chunk + RST_PNG_BEFORE + size, rst_png_crc(0, chunk + 4, size + 4));
}
