/* The operations that an expression is made of, each a kernel over a block of doubles, and the moving of samples into
 * blocks and out of them.
 *
 * Kernels come in vectors, one build per instruction set (term_kernels.c); what is in the C library is called once per
 * sample, by everybody alike (term.c).
 */
#ifndef RASTER_OPS_CALC_TERM_H
#define RASTER_OPS_CALC_TERM_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"

/* X(UPPER, lower, number of arguments). Comparisons and logic give 1 or 0; what is not 0, NaN among it, is true. */
#define RST_VECTOR_TERMS(X)                                                                                            \
    X(NEGATE, negate, 1)                                                                                               \
    X(NOT, not, 1)                                                                                                     \
    X(ABS, abs, 1)                                                                                                     \
    X(SQRT, sqrt, 1)                                                                                                   \
    X(FLOOR, floor, 1)                                                                                                 \
    X(CEIL, ceil, 1)                                                                                                   \
    X(ROUND, round, 1) /* ties to even */                                                                              \
    X(ISNAN, isnan, 1)                                                                                                 \
    X(ADD, add, 2)                                                                                                     \
    X(SUBTRACT, subtract, 2)                                                                                           \
    X(MULTIPLY, multiply, 2)                                                                                           \
    X(DIVIDE, divide, 2)                                                                                               \
    X(LESS, less, 2)                                                                                                   \
    X(AT_MOST, at_most, 2)                                                                                             \
    X(EQUAL, equal, 2)                                                                                                 \
    X(UNEQUAL, unequal, 2)                                                                                             \
    X(AND, and, 2)                                                                                                     \
    X(OR, or, 2)                                                                                                       \
    X(MIN, min, 2) /* NaN where an argument is */                                                                      \
    X(MAX, max, 2)                                                                                                     \
    X(SELECT, select, 3) /* the second where the first is not 0, else the third */

/* X(UPPER, the C library's function) */
#define RST_CALLED_TERMS_1(X)                                                                                          \
    X(EXP, exp)                                                                                                        \
    X(LOG, log)                                                                                                        \
    X(LOG10, log10)                                                                                                    \
    X(LOG2, log2)                                                                                                      \
    X(SIN, sin)                                                                                                        \
    X(COS, cos)                                                                                                        \
    X(TAN, tan)                                                                                                        \
    X(ASIN, asin)                                                                                                      \
    X(ACOS, acos)                                                                                                      \
    X(ATAN, atan)
#define RST_CALLED_TERMS_2(X)                                                                                          \
    X(POWER, pow)                                                                                                      \
    X(REMAINDER, fmod) /* with the sign of the first */                                                                \
    X(ATAN2, atan2)

enum rst_term_kind {
    RST_TERM_NUMBER,
    RST_TERM_SAMPLE,
    RST_TERM_X, /* the column, from 0 on */
    RST_TERM_Y, /* the row */
#define RST_TERM_VECTOR(UPPER, lower, arguments) RST_TERM_##UPPER,
#define RST_TERM_CALLED(UPPER, lower) RST_TERM_##UPPER,
    RST_VECTOR_TERMS(RST_TERM_VECTOR) RST_CALLED_TERMS_1(RST_TERM_CALLED) RST_CALLED_TERMS_2(RST_TERM_CALLED)
#undef RST_TERM_VECTOR
#undef RST_TERM_CALLED
        RST_TERM_KINDS
};

/* 0 to 3. */
int rst_term_arguments(enum rst_term_kind kind);

/* Computes `count` numbers; `to` may be any of the others, which are NULL where there are fewer arguments. */
typedef void rst_term_kernel(const double *a, const double *b, const double *c, double *to, size_t count);

struct rst_term_kernels {
    rst_term_kernel *compute[RST_TERM_KINDS]; /* NULL where the C library does it */

    /* Every stride-th sample from `row` on, as doubles. */
    void (*load[RST_TYPE_COUNT])(const void *row, size_t stride, double *to, size_t count);

    /* And back: rounded to nearest with ties to even, saturated, NaN to 0; a float's NaN is always the same one, for
     * which of two NaN a sum passes on is the compiler's choice. */
    void (*store[RST_TYPE_COUNT])(const double *from, void *row, size_t stride, size_t count);

    /* Sets to[i * to_stride] where from[i * from_stride] is set; both hold 0 and 1. */
    void (*merge)(const uint8_t *from, size_t from_stride, uint8_t *to, size_t to_stride, size_t count);
};

RST_KERNEL_TABLES(struct rst_term_kernels, rst_term_kernels)

/* The kernel, or the call. */
void rst_term_compute(const struct rst_term_kernels *kernels, enum rst_term_kind kind, const double *const args[3],
                      double *to, size_t count);

#endif
