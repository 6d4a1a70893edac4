/* Convolution, from the parameters to the sums that kernels compute.
 *
 * A kernel is a list of taps: a weight, and where it stands in the window. Rows are packed, so a tap is nothing but a
 * pointer into a row: the sum for a whole row of outputs adds up rows shifted against each other, whatever the number
 * of bands. A kernel of rank 1 is two such lists: `down` sums over rows of the window, column by column, and `across`
 * sums over the row of sums that this gives.
 */
#ifndef RASTER_OPS_SMOOTH_CONV_H
#define RASTER_OPS_SMOOTH_CONV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/sweep/op.h"

enum { RST_CONV_SIDE = 31, RST_CONV_TAPS = RST_CONV_SIDE * RST_CONV_SIDE };

/* The parameters. */
struct rst_conv_state {
    int32_t rows, columns; /* odd */
    double weights[RST_CONV_TAPS];
    double divisor, bias;
};

/* What sums are held in. The integers are modulo 2^16 and 2^32: partial sums may wrap, as the whole one fits. */
enum rst_conv_sum { RST_CONV_SUM_U16, RST_CONV_SUM_U32, RST_CONV_SUM_F32, RST_CONV_SUM_F64, RST_CONV_SUM_COUNT };

/* How an integer sum is divided; each is exact, ties to even, for the sums it is chosen for. */
enum rst_conv_division { RST_CONV_SHIFT, RST_CONV_IN_FLOAT, RST_CONV_IN_DOUBLE };

struct rst_conv_pass {
    int count;
    int16_t row[RST_CONV_TAPS], column[RST_CONV_TAPS]; /* in the window */
    union {
        uint16_t u16[RST_CONV_TAPS];
        uint32_t u32[RST_CONV_TAPS];
        float f32[RST_CONV_TAPS];
        double f64[RST_CONV_TAPS];
    } weights;
};

struct rst_conv_finish {
    union {
        uint16_t u16;
        uint32_t u32;
        float f32;
        double f64;
    } start; /* of each sum */
    enum rst_conv_division division;
    int shift;               /* RST_CONV_SHIFT: (sum + half + (sum >> shift & odd)) >> shift */
    int32_t half, odd;       /* ... */
    int32_t base;            /* RST_CONV_IN_FLOAT: the true sum is base + the u16 */
    int32_t least, most;     /* sums beyond these saturate; clamped before they are divided */
    int32_t lowest, highest; /* of the type: of 8 and 16 bits */
    double divisor, bias;    /* of sums in double; the divisor also of the integer ones */
};

struct rst_conv_plan {
    enum rst_conv_sum sum;
    bool two_passes;             /* `down` and `across`; else `direct` */
    bool renormalise;            /* no weight is negative: missing neighbours are left out */
    struct rst_conv_pass direct; /* made in any case: a missing sample in its window is found by it */
    struct rst_conv_pass down, across;
    struct rst_conv_finish finish;
    double weights[RST_CONV_TAPS]; /* of the direct taps, as given */
    double total;                  /* of them */
};

/* Chooses the arithmetic for images of `type`. */
void rst_conv_plan_make(const struct rst_conv_state *state, enum rst_type type, struct rst_conv_plan *plan);

/* n samples: of the result (direct, across) or sums (down), from one row per tap. */
typedef void rst_conv_kernel(const struct rst_conv_finish *finish, const struct rst_conv_pass *pass,
                             const void *const *sources, size_t n, void *to);

/* NULL where a type has no such sum. */
struct rst_conv_kernels {
    rst_conv_kernel *direct[RST_CONV_SUM_COUNT][RST_TYPE_COUNT];
    rst_conv_kernel *down[RST_CONV_SUM_COUNT][RST_TYPE_COUNT];
    rst_conv_kernel *across[RST_CONV_SUM_COUNT][RST_TYPE_COUNT];
};

/* Replaces those of n results whose window holds a missing sample: sources and masks are one row per tap of
 * plan->direct (a mask row may be NULL: nothing is missing), centre and centre_mask belong to the window's middle, and
 * touched is room for n. Where the centre itself is missing the result is left as it is. */
void rst_conv_patch(const struct rst_conv_plan *plan, const struct rst_conv_state *state, enum rst_type type,
                    const void *const *sources, const uint8_t *const *masks, const void *centre,
                    const uint8_t *centre_mask, size_t n, uint8_t *touched, void *to);

#endif
