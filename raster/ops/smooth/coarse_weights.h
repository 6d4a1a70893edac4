/* The weights of a Gaussian on a coarse grid: see coarse.h. */
#ifndef RASTER_OPS_SMOOTH_COARSE_WEIGHTS_H
#define RASTER_OPS_SMOOTH_COARSE_WEIGHTS_H

#include <stdbool.h>

enum { RST_COARSE_ORDER = 8, RST_COARSE_RADIUS = 160, RST_COARSE_LEVELS = 12 };

/* How a Gaussian is brought to a coarse grid. */
struct rst_coarse_grid {
    int order;    /* of the B-spline that goes before and after: 4, 6 or 8 */
    int levels;   /* halvings: the step is 2^levels pixels */
    int radius;   /* of the coarse kernel, in steps */
    double error; /* the results lie at most this far from the Gaussian's, in units of the range of the samples */
    double half[RST_COARSE_RADIUS + 1]; /* the coarse kernel: of its centre and of the neighbours to each side */
};

/* How many pixels to each side of a result go into it, at most. */
int rst_coarse_reach(const struct rst_coarse_grid *grid);

/* Chooses the step for a sigma and an order, without weights, so that reach is known. false where sigma is too small
 * for it to be worth while. */
bool rst_coarse_choose(double sigma, int order, struct rst_coarse_grid *grid);

/* Fits half[]. false: no memory. */
bool rst_coarse_fit(double sigma, struct rst_coarse_grid *grid);

#endif
