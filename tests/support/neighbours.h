/* Samples around a pixel, found one by one: what window operations are measured against. */
#ifndef TESTS_SUPPORT_NEIGHBOURS_H
#define TESTS_SUPPORT_NEIGHBOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/image/border.h"
#include "raster/image/shape.h"
#include "raster/sweep/run.h"

struct neighbour {
    double value;
    bool missing; /* it is nodata */
};

/* The sample at x, y, inside the image or beyond it, of packed pixels. */
struct neighbour neighbour_at(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                              int64_t x, int64_t y, int32_t band);

/* Sample `at` of packed pixels. */
union rst_sample neighbour_sample(const struct rst_shape *shape, const void *pixels, size_t at);

/* Sizes that find mistakes: 1 x 1, lines, primes, narrower than a kernel, wider than a block of samples. */
struct neighbour_size {
    int64_t width, height;
};
extern const struct neighbour_size neighbour_sizes[];
extern const int neighbour_size_count;

/* The five border rules. */
extern const struct rst_border neighbour_borders[];
extern const int neighbour_border_count;

/* How far from `expected`, a result that is neither rounded nor saturated, a right sample of the type may be. `reach`
 * is the sum of the magnitudes that were added up. */
double neighbour_tolerance(enum rst_type type, double expected, double reach);

/* Saturates `expected` as the type does; does not round it. */
double neighbour_saturated(enum rst_type type, double expected);

/* A group setup for cmocka: scratch goes to memory where there is a file system in it, as these tests make thousands of
 * small images. */
int neighbour_setup(void **state);

/* Runs the pipeline and ends the test where it fails. The result is to be freed. */
void *neighbour_run(const char *pipeline, const struct rst_shape *shape, const void *pixels,
                    struct rst_run_options *options, struct rst_shape *result_shape);

/* The same for every instruction set that there is, ending the test where their bytes differ. */
void *neighbour_run_each(const char *pipeline, const struct rst_shape *shape, const void *pixels,
                         struct rst_run_options *options, struct rst_shape *result_shape);

#endif
