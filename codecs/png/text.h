/* Text in PNGs: Latin-1 or UTF-8 there, UTF-8 here. */
#ifndef CODECS_PNG_TEXT_H
#define CODECS_PNG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 of Latin-1 bytes, up to the first zero; to be freed by the caller. NULL where there is no memory. */
char *rst_png_from_latin(const void *bytes, size_t size);

/* A copy of UTF-8 bytes, up to the first zero; bytes that are not UTF-8 are taken for Latin-1. NULL where there is no
 * memory. */
char *rst_png_from_utf8(const void *bytes, size_t size);

#endif
