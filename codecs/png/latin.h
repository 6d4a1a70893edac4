/* UTF-8 to Latin-1, for the text of PNGs. */
#ifndef CODECS_PNG_LATIN_H
#define CODECS_PNG_LATIN_H

#include <stdbool.h>
#include <stddef.h>

/* Puts the text into `to`, of `room` bytes, without a zero at its end; its length into *size. What is not UTF-8 is
 * taken for Latin-1 already. false where it has other characters, or control characters beyond ASCII, or no room. */
bool rst_png_to_latin(const char *text, char *to, size_t room, size_t *size);

#endif
