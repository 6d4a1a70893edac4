/* The edit distance, one row of the table at a time. */
#include "raster/base/spelling.h"

#include <stddef.h>
#include <string.h>

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

int rst_spelling_distance(const char *typed, const char *known)
{
    int row[RST_SPELLING_LONGEST + 1];
    size_t length = strnlen(known, RST_SPELLING_LONGEST);
    for (size_t j = 0; j <= length; j++)
        row[j] = (int)j;
    for (size_t i = 0; typed[i] != '\0'; i++) {
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (size_t j = 1; j <= length; j++) {
            int above = row[j];
            int replaced = diagonal + (typed[i] != known[j - 1]);
            row[j] = smaller(replaced, smaller(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[length];
}
