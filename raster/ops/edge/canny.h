/* The kernels of Canny's edges, which come in two halves: gradients of a row, and, of the rows of gradients around it,
 * which samples may be edges. What is between the halves depends on the type:
 *
 *     BYTES   8 bits: gradients as int16_t, magnitudes as int32_t
 *     WORDS   16 bits: gradients as int32_t, magnitudes as double
 *     WIDE    all others: both as double
 *
 * Magnitudes are squares, but for the norm L1. Up to 32 bits gradients are exact, and so are magnitudes up to 16.
 */
#ifndef RASTER_OPS_EDGE_CANNY_H
#define RASTER_OPS_EDGE_CANNY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/type.h"

enum rst_canny_form { RST_CANNY_BYTES, RST_CANNY_WORDS, RST_CANNY_WIDE, RST_CANNY_FORMS };

/* What marks() makes: a sample that is no edge, one above `low`, one above `high`, and a missing one. */
enum { RST_CANNY_NONE = 0, RST_CANNY_WEAK = 1, RST_CANNY_MISSING = 2, RST_CANNY_STRONG = 255 };

/* What the same are in pixels: 0; 1, or one half of a float; 2; the greatest value of an integer, or 1. */

/* Gradients of a row. */
struct rst_canny_row {
    int64_t y;
    void *right, *down; /* of the form's type for gradients */
    void *size;         /* ... and for magnitudes */
};

/* In units of the magnitudes. */
struct rst_canny_limits {
    bool taxi; /* L1 */
    double low, high;
};

struct rst_canny_kernels {
    /* n gradients. Sample i has its left upper neighbour at rows[0][i]; pixels are `step` samples apart. */
    void (*gradients[RST_TYPE_COUNT])(const void *const rows[3], size_t step, size_t n, bool taxi,
                                      const struct rst_canny_row *to);

    /* Of these, those with a missing neighbour again, the centre's value in its place; missing ones become 0. */
    void (*patch[RST_TYPE_COUNT])(const void *const rows[3], const uint8_t *const masks[3], size_t step, size_t n,
                                  bool taxi, const struct rst_canny_row *to);

    /* n marks of a row of gradients, between the rows above and below; all begin one pixel to the left. */
    void (*marks[RST_CANNY_FORMS])(const struct rst_canny_row *above, const struct rst_canny_row *row,
                                   const struct rst_canny_row *below, size_t step, size_t n,
                                   const struct rst_canny_limits *limits, uint8_t *to);

    /* Marks to pixels. */
    void (*spread[RST_TYPE_COUNT])(const uint8_t *marks, size_t n, void *to);
};

static inline enum rst_canny_form rst_canny_form_of(enum rst_type type)
{
    return rst_type_size(type) == 1 ? RST_CANNY_BYTES : rst_type_size(type) == 2 ? RST_CANNY_WORDS : RST_CANNY_WIDE;
}

#endif
