/* Weights of a Gaussian: exp(-k^2 / (2 sigma^2)), cut off at a radius and normalised. They are made with +, -, * and /
 * alone, so that they are the same on every machine, whatever its C library.
 */
#ifndef RASTER_OPS_SMOOTH_WEIGHTS_H
#define RASTER_OPS_SMOOTH_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

/* exp(-x) for 0 <= x < 700. */
double rst_weights_exp(double x);

/* What the fixed-point weights add up to, and the greatest one of them. */
#define RST_WEIGHTS_ONE 32768
#define RST_WEIGHTS_MOST 32767

/* The last distance at which exp(-k^2 / (2 sigma^2)) is not below 2^-64, or `radius` where that is less: what lies
 * beyond cannot be seen in a double. */
int rst_weights_radius(double sigma, int radius);

/* Fills half[0 ... radius]: half[0] is the weight of the centre, half[k] that of each neighbour at distance k, and
 * half[0] + 2 * (half[1] + ... + half[radius]) is 1 but for the last bit. */
void rst_weights_gauss(double sigma, int radius, double *half);

/* The same weights in units of 1 / RST_WEIGHTS_ONE, which add up to it exactly (largest remainders are rounded up).
 * *error becomes the sum of |fixed - half| over the whole kernel, in units of 1. false where the centre's weight is
 * above RST_WEIGHTS_MOST. */
bool rst_weights_fixed(const double *half, int radius, int16_t *fixed, double *error);

#endif
