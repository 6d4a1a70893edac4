/* Gaussian weights, in double and in fixed point.
 *
 * exp() of the C library is not correctly rounded, and differs in the last bit from one library to the next. The
 * answer on integers must not, so the few values needed are computed here with exactly defined operations. The fixed
 * weights keep the sum exact, which is what keeps a flat image flat.
 */
#include "raster/ops/smooth/weights.h"

#include <math.h>

/* x = n ln 2 + r with |r| <= ln 2, and the series of exp(-r), which 22 terms carry past the
 * last bit. ln 2 in two parts keeps the reduction exact. */
double rst_weights_exp(double x)
{
    const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
    int n = (int)(x * 1.4426950408889634);
    double r = (x - n * ln2_high) - n * ln2_low, sum = 1;

    for (int i = 22; i > 0; i--)
        sum = 1 - r * sum / i;
    return ldexp(sum, -n);
}

int rst_weights_radius(double sigma, int radius)
{
    double reach = sigma * 9.4193; /* sqrt(128 ln 2) */

    return reach < radius ? (int)reach : radius;
}

void rst_weights_gauss(double sigma, int radius, double *half)
{
    double total = 0;

    for (int k = radius; k >= 0; k--) {
        double x = k / sigma;
        half[k] = rst_weights_exp(x * x / 2);
        total += k ? 2 * half[k] : half[k];
    }
    for (int k = 0; k <= radius; k++)
        half[k] /= total;
}

bool rst_weights_fixed(const double *half, int radius, int16_t *fixed, double *error)
{
    int centre = (int)(half[0] * RST_WEIGHTS_ONE), left = RST_WEIGHTS_ONE - centre;

    for (int k = 1; k <= radius; k++) {
        fixed[k] = (int16_t)(half[k] * RST_WEIGHTS_ONE);
        left -= 2 * fixed[k];
    }
    centre += left & 1; /* what is left for the sides is even */
    for (left /= 2; left > 0; left--) {
        int most = 0;
        double most_lost = -2;
        for (int k = 1; k <= radius; k++) {
            double lost = half[k] * RST_WEIGHTS_ONE - fixed[k];
            if (lost > most_lost) {
                most_lost = lost;
                most = k;
            }
        }
        if (most) fixed[most]++;
        if (!most) centre += 2;
    }
    if (centre > RST_WEIGHTS_MOST) return false;
    fixed[0] = (int16_t)centre;
    *error = fabs(half[0] - (double)fixed[0] / RST_WEIGHTS_ONE);
    for (int k = 1; k <= radius; k++)
        *error += 2 * fabs(half[k] - (double)fixed[k] / RST_WEIGHTS_ONE);
    return true;
}
