/* Latin-1 to UTF-8, and what looks like UTF-8 and is not. */
#include "codecs/png/text.h"

#include <stdlib.h>
#include <string.h>

char *rst_png_from_latin(const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    char *text = malloc(2 * size + 1), *to = text;
    if (!text) return NULL;
    for (; size > 0 && *from; from++, size--) {
        if (*from >= 0x80) *to++ = (char)(0xc0 | *from >> 6);
        *to++ = (char)(*from < 0x80 ? *from : 0x80 | (*from & 0x3f));
    }
    *to = 0;
    return text;
}

/* Bytes of the character that begins there; 0 where none does. Its length tells the least value it may have. */
static size_t character(const unsigned char *from, size_t size)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *from < 0x80 ? 1 : *from >> 5 == 6 ? 2 : *from >> 4 == 14 ? 3 : *from >> 3 == 30 ? 4 : 0;
    if (length < 2 || length > size) return length < 2 ? length : 0;
    unsigned value = *from & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((from[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (from[i] & 0x3f);
    }
    return value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? 0 : length;
}

char *rst_png_from_utf8(const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    size = strnlen(bytes, size);
    for (size_t at = 0; at < size;) {
        size_t length = character(from + at, size - at);
        if (length == 0) return rst_png_from_latin(bytes, size);
        at += length;
    }
    return strndup(bytes, size);
}
