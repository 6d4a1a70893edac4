/* An expression over the samples of one pixel, as a list of terms in which every term comes after its arguments, and no
 * two are the same. Terms of numbers alone are computed when they are added.
 *
 * The language: A, B ... Z are rasters and A.1 is a band of one; x and y the pixel's place; numbers, and pi, e, nan and
 * inf. In the order in which they bind: ** (from the right); - + ! in front; * / %; + -; < <= > >= == != (which do not
 * chain); &&; ||; ?: (from the right). Functions are called by name.
 */
#ifndef RASTER_OPS_CALC_EXPRESSION_H
#define RASTER_OPS_CALC_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/ops/calc/term.h"

#define RST_EXPRESSION_RASTERS 26
#define RST_EXPRESSION_TERMS 2000

struct rst_term {
    enum rst_term_kind kind;
    int32_t args[3]; /* earlier terms; -1 where there is none */
    double number;
    int32_t raster; /* of a sample: 0 is A */
    int32_t band;   /* from 0 on; -1: band by band */
    int32_t column; /* of the text, from 1 on, where a sample stands first */
    bool used;      /* the result depends on it; set by rst_expression_parse() alone */
};

struct rst_expression {
    struct rst_term *terms;
    int32_t count, room;
    int32_t result;
    int32_t rasters;                      /* letters up to the last one that is written, at least 1: A */
    bool written[RST_EXPRESSION_RASTERS]; /* letters that stand in the text */
    bool whole[RST_EXPRESSION_RASTERS];   /* ... without a band */
};

/* RST_E_ARGUMENT: "<place>: column 7: ')' is missing". Any text may be given. */
RST_MUST_USE enum rst_status rst_expression_parse(const char *place, const char *text, struct rst_expression **out,
                                                  struct rst_error *err);
void rst_expression_free(struct rst_expression **expression);

/* A term more, or the index of the one that is there already, or of the number that it comes to. RST_E_NOMEM;
 * RST_E_ARGUMENT where there would be more than RST_EXPRESSION_TERMS. */
RST_MUST_USE enum rst_status rst_expression_add(struct rst_expression *expression, const struct rst_term *term,
                                                int32_t *index, struct rst_error *err);

#endif
