/* A font for numbers: digits, signs and units, in a grid of dots. */
#ifndef CLI_FONT_H
#define CLI_FONT_H

#include <stdbool.h>

enum { FONT_WIDTH = 5, FONT_HEIGHT = 7, FONT_ADVANCE = 6, FONT_SCALE = 2 };

/* Whether a dot of the letter is set; a letter that is not in the font has none. */
bool font_is_set(char letter, int column, int row);

#endif
