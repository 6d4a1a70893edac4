/* Formulas drawn at random: written as text for calc, and computed by walking the tree, sample by sample, in doubles.
 */
#ifndef TESTS_SUPPORT_FORMULA_H
#define TESTS_SUPPORT_FORMULA_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/image/shape.h"

#define FORMULA_IMAGES 3 /* A, B and C */

struct formula_image {
    struct rst_shape shape;
    void *pixels; /* packed */
};

struct formula {
    char kind; /* 'n' number, 's' sample, 'x', 'y', or 'A' and the place of its form */
    double number;
    int image, band; /* band -1: band by band */
    struct formula *args[3];
};

/* No deeper than that; with samples taken band by band only if `whole`. To be freed with formula_free(). */
struct formula *formula_draw(uint64_t *seed, int depth, const struct formula_image *images, bool whole);
void formula_free(struct formula *formula);

/* To be freed with free(). */
char *formula_text(const struct formula *formula);

/* Whether it reads an image; or, if `whole`, reads it band by band. */
bool formula_reads(const struct formula *formula, int image, bool whole);

struct formula_place {
    const struct formula_image *images;
    int64_t x, y;
    int32_t band; /* of the result */
    bool missing; /* set where a sample that is read is nodata */
};

double formula_value(const struct formula *formula, struct formula_place *place);

#endif
