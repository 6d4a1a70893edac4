/* An operation for testing the executor: every sample becomes a hash of its neighbourhood, so that a single sample seen
 * at the wrong place changes the result; and the naive way to compute the same on packed pixels. */
#ifndef TESTS_SUPPORT_MIXOP_H
#define TESTS_SUPPORT_MIXOP_H

#include "raster/sweep/op.h"
#include "raster/sweep/pipeline.h"

/* mix --left L --right R --up U --down D: LOCAL; types u8, u16 and f32 (values stay integers below 2^16). */
extern const struct rst_op_class mix_class;

/* scramble: POINT, adds a constant modulo 2^8 or 2^16. */
extern const struct rst_op_class scramble_class;

/* half: every second pixel of every second row; changes the size, cannot run in place. */
extern const struct rst_op_class half_class;

struct mix {
    int64_t left, right, up, down;
};

/* Appends an operation made of `text` pairs: {"left", "2"}. Ends the running test where that fails. */
void mixop_append(struct rst_pipeline *pipeline, const struct rst_op_class *kind, const char *const (*params)[2],
                  int count);

/* The result of mix on packed pixels, by looking up every neighbour alone. To be freed with free(). */
void *mixop_reference(const struct rst_shape *shape, const void *pixels, struct mix mix,
                      const struct rst_border *border);
void mixop_scramble(const struct rst_shape *shape, void *pixels);

#endif
