/* Wide Gaussians at a cost per pixel that does not grow with sigma.
 *
 * A Gaussian leaves nothing in an image that a coarser grid could not hold. So the image is brought to a grid of every
 * second, fourth ... pixel, blurred there, and brought back: down and up by B-splines, whose binomial weights are exact
 * and which are zero at the frequencies that the grid mistakes for others (Unser, Aldroubi, Eden 1993), level by level,
 * each halving the one before it. A spline over many pixels is the same as such splines one after the other. What the
 * splines blur, the kernel on the coarse grid is relieved of (coarse_weights.h).
 *
 * Grid points lie at multiples of the step in the image's own coordinates, so no result depends on tiles.
 *
 * Rows are made on demand, each from the rows of the level that it stands on, and a few of them kept at every level:
 *
 *     pixels -> down 1 -> ... -> down n -> blurred n -> up n - 1 -> ... -> result
 *
 * In float or double, at the precision the type asks for. Pixels of 8 bits stay integers where rows are long: the first
 * way down is exact in 16 bits, and on the last way up there are 5 bits behind the point.
 *
 * Where samples count differently (nodata, alpha), the sums of weight * factor * value and of weight * factor are made
 * side by side, as bands of one image, and divided at the end.
 */
#ifndef RASTER_OPS_SMOOTH_COARSE_H
#define RASTER_OPS_SMOOTH_COARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/smooth/coarse_weights.h"
#include "raster/ops/smooth/gauss.h"
#include "raster/ops/smooth/weighted.h"
#include "raster/sweep/op.h"

struct rst_coarse_kernels {
    /* By path; there is none for FIXED. */
    /* to[i] = sum of weights[k] * (rows[pairs - 1 - k][i] + rows[pairs + k][i]) */
    void (*pairs[RST_GAUSS_PATHS])(void *to, const void *const *rows, size_t count, const void *weights, int pairs);
    /* Every second pixel. */
    void (*pick[RST_GAUSS_PATHS])(void *to, const void *from, size_t pixels, size_t step);
    /* The pixels of two rows in turn. */
    void (*weave[RST_GAUSS_PATHS])(void *to, const void *first, const void *second, size_t pixels, size_t step);
    /* Factor times value, and factor: bands of each. The factor of what is missing is 0, of all else 1. */
    void (*factor[RST_GAUSS_PATHS][RST_TYPE_COUNT])(void *to, const void *values, const void *factors, size_t pixels,
                                                    size_t bands);
    void (*present[RST_GAUSS_PATHS][RST_TYPE_COUNT])(void *to, const void *values, const uint8_t *missing,
                                                     size_t pixels, size_t bands);
    /* The one by the other; of `centre`, where no sample counted. */
    void (*divide[RST_GAUSS_PATHS][RST_TYPE_COUNT])(void *to, const void *from, const void *centre, size_t pixels,
                                                    size_t bands);

    /* Pixels of 8 bits, `bias` turned over: a row of sums of 16 rows of weight, of five rows; then of 256 pixels, every
     * second one, as float. `room` is for 2 * pixels * step. */
    void (*narrow_down)(uint16_t *to, const uint8_t *const *rows, size_t count, uint8_t bias);
    void (*narrow_pick)(float *to, const uint16_t *from, size_t pixels, size_t step, uint16_t *room);
    /* Floats to 16 bits, 5 of them behind the point; pixels of two rows in turn. */
    void (*narrow_round)(uint16_t *to, const float *from, size_t count);
    void (*narrow_weave)(uint16_t *to, const uint16_t *first, const uint16_t *second, size_t pixels, size_t step);
    /* A row of pixels of three such rows, or between two. */
    void (*narrow_even)(uint8_t *to, const uint16_t *const *rows, size_t count, uint8_t bias);
    void (*narrow_odd)(uint8_t *to, const uint16_t *const *rows, size_t count, uint8_t bias);
};

/* What all tiles share. */
struct rst_coarse_plan {
    struct rst_coarse_grid grid;
    enum rst_gauss_path path;
    bool narrow, factors; /* integers of 8 bits; samples count differently */
    const struct rst_coarse_kernels *kernels;
    const struct rst_gauss_kernels *gauss;
    const struct rst_weighted_kernels *weighted;
    int even, odd; /* neighbours to a side that go into a row above another, and pairs that go into one between */
    /* In the path's type: the coarse kernel, the spline down, and up to rows above others, and between them. */
    const void *half, *down_half, *even_half, *odd_pairs;
    float singles[RST_COARSE_RADIUS + 1 + 3 * RST_COARSE_ORDER];
    double doubles[RST_COARSE_RADIUS + 1 + 3 * RST_COARSE_ORDER];
};

/* The grid for a type: the one whose error, `gain` times, stays below a level of integers. false where sigma is so
 * small that the sum itself is no more work. */
bool rst_coarse_grid_for(enum rst_type type, double sigma, double gain, struct rst_coarse_grid *grid);

/* Fits the kernel and sets stage->hold. `sums`: averages are wanted, not pixels. */
enum rst_status rst_coarse_prepare(const struct rst_coarse_grid *grid, double sigma, double gain, bool sums,
                                   struct rst_stage *stage, struct rst_coarse_plan *plan, struct rst_error *err);

/* The rows of one tile. NULL: no memory. */
struct rst_coarse;
struct rst_coarse *rst_coarse_new(const struct rst_coarse_plan *plan, const struct rst_stage *stage,
                                  const struct rst_tile *tile, struct rst_arena *arena);

/* Row y of the tile's output: pixels, where the plan is narrow; otherwise averages as samples of the path, valid until
 * the next row. */
void rst_coarse_pixels(struct rst_coarse *coarse, struct rst_rows *rows, int64_t y, void *to);
const void *rst_coarse_averages(struct rst_coarse *coarse, struct rst_rows *rows, int64_t y);

/* The pixels of row y of the input right below the output's. */
const void *rst_coarse_centre(const struct rst_coarse *coarse, struct rst_rows *rows, int64_t y);

#endif
