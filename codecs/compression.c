/* Names of compressions, as options and messages have them. */
#include "codecs/codecs.h"

#include <string.h>

static const char *const names[RST_COMPRESSION_COUNT] = {
    [RST_COMPRESSION_NONE] = "none",       [RST_COMPRESSION_PACKBITS] = "packbits", [RST_COMPRESSION_LZW] = "lzw",
    [RST_COMPRESSION_DEFLATE] = "deflate", [RST_COMPRESSION_ZSTD] = "zstd",         [RST_COMPRESSION_LZMA] = "lzma",
    [RST_COMPRESSION_JPEG] = "jpeg",       [RST_COMPRESSION_WEBP] = "webp",         [RST_COMPRESSION_LERC] = "lerc",
};

const char *rst_compression_name(enum rst_compression compression)
{
    return (unsigned)compression < RST_COMPRESSION_COUNT ? names[compression] : NULL;
}

bool rst_compression_parse(const char *name, enum rst_compression *compression)
{
    for (int i = 0; i < RST_COMPRESSION_COUNT; i++)
        if (names[i] && strcmp(names[i], name) == 0) {
            *compression = (enum rst_compression)i;
            return true;
        }
    return false;
}
