/* Latin-1 is the first 256 characters of Unicode: in UTF-8 one byte up to 0x7f, else two, the first 0xc2 or 0xc3. */
#include "codecs/png/latin.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/png/text.h"

/* From UTF-8. */
static bool convert(const char *text, char *to, size_t room, size_t *size)
{
    size_t count = 0;
    for (const unsigned char *from = (const unsigned char *)text; *from; from++) {
        unsigned value = *from;
        if (value >= 0x80) {
            if (value < 0xc2 || value > 0xc3 || (from[1] & 0xc0) != 0x80) return false;
            value = (value & 3) << 6 | (*++from & 0x3f);
            if (value < 0xa0) return false;
        }
        if (count == room) return false;
        to[count++] = (char)value;
    }
    *size = count;
    return true;
}

bool rst_png_to_latin(const char *text, char *to, size_t room, size_t *size)
{
    size_t length = strlen(text);
    /* A copy that differs was no UTF-8. */
    char *copy = rst_png_from_utf8(text, length);
    bool latin = copy && strcmp(copy, text) != 0, done = copy != NULL;
    free(copy);
    if (!latin) return done && convert(text, to, room, size);
    if (length > room) return false;
    for (size_t i = 0; i < length; i++)
        to[i] = text[i];
    *size = length;
    return true;
}
