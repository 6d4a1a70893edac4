/* The filters of PNG's rows. */
#ifndef CODECS_PNG_FILTER_H
#define CODECS_PNG_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* Undoes a filter: `to` gets the `size` bytes of a row, made from its filtered bytes and from the row above (zeros for
 * the first one), a pixel being `step` bytes, 1 to 8. Up to 16 bytes behind the ends of `from` and `above` are read. No
 * two may overlap. false where there is no such filter. */
bool rst_png_unfilter(unsigned filter, const unsigned char *from, const unsigned char *above, unsigned char *to,
                      size_t size, unsigned step);

#endif
