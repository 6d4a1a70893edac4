/* The coarse kernel that comes closest to a Gaussian, in the mean square, once the B-splines before and after it are
 * reckoned with.
 *
 * With phi the two splines one after the other, at the step h, and g the Gaussian on whole pixels, it is the c that
 * makes sum over x of (g(x) - sum over n of c[n] phi(x - n h))^2 least: a small system of linear equations. All is done
 * with operations that are rounded exactly, so that it is the same on every machine.
 */
#include "raster/ops/smooth/coarse_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/ops/smooth/weights.h"

int rst_coarse_reach(const struct rst_coarse_grid *grid)
{
    int step = 1 << grid->levels;

    return grid->order * (step - 1) + grid->radius * step;
}

/* What serves an order: how many steps sigma has at least, where the coarse kernel ends, in its own standard
 * deviations, and the error that follows, which the test measures. */
struct quality {
    double least, tail, error;
};

static const struct quality qualities[] = {{2, 3.6, 9e-4}, {3, 5.2, 5e-6}, {8, 7.5, 1e-10}};

bool rst_coarse_choose(double sigma, int order, struct rst_coarse_grid *grid)
{
    const struct quality *quality = &qualities[(order - 4) / 2];
    double scaled = sigma;

    *grid = (struct rst_coarse_grid){.order = order, .error = quality->error};
    while (scaled >= 2 * quality->least && grid->levels < RST_COARSE_LEVELS) {
        scaled /= 2;
        grid->levels++;
    }
    if (grid->levels == 0) return false;
    /* what the splines add to the variance, they take from the coarse kernel's */
    grid->radius = (int)(quality->tail * sqrt(scaled * scaled - order / 6.0) + 0.5);
    return grid->radius <= RST_COARSE_RADIUS;
}

/* One spline: order + 1 binomial weights at each level, two pixels apart at the next, and so on. Its sum is 2^order to
 * the power of levels; made 1. */
static void make_spline(const struct rst_coarse_grid *grid, double *spline, double *room, int *length)
{
    double binomial[RST_COARSE_ORDER + 1] = {1};

    for (int i = 1; i <= grid->order; i++)
        for (int k = i; k > 0; k--)
            binomial[k] += binomial[k - 1];
    *length = 1;
    spline[0] = 1;
    for (int step = 1; step < 1 << grid->levels; step *= 2) {
        int longer = *length + grid->order * step;
        memset(room, 0, (size_t)longer * sizeof(*room));
        for (int k = 0; k <= grid->order; k++)
            for (int i = 0; i < *length; i++)
                room[i + k * step] += spline[i] * binomial[k] / (1 << grid->order);
        memcpy(spline, room, (size_t)longer * sizeof(*room));
        *length = longer;
    }
}

/* Solves matrix * x = x for a symmetric positive matrix of n x n, by L D L'. */
static void solve(double *matrix, double *x, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = matrix[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= matrix[i * n + k] * matrix[j * n + k] * matrix[k * n + k];
            matrix[i * n + j] = i == j ? sum : sum / matrix[j * n + j];
        }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            x[i] -= matrix[i * n + k] * x[k];
    for (int i = n - 1; i >= 0; i--) {
        x[i] /= matrix[i * n + i];
        for (int k = i + 1; k < n; k++)
            x[i] -= matrix[k * n + i] * x[k];
    }
}

/* The sum of both[i] * both[i + shift]. */
static double overlap(const double *both, int length, int shift)
{
    double sum = 0;

    for (int i = 0; i + shift < length; i++)
        sum += both[i] * both[i + shift];
    return sum;
}

/* The equations: unknown n stands for the coarse weights at n and -n. */
static void fill_equations(const struct rst_coarse_grid *grid, const double *both, int length, const double *gauss,
                           int reach, double *matrix, double *right)
{
    int n = grid->radius + 1, step = 1 << grid->levels, middle = length / 2;

    for (int i = 0; i < n; i++) {
        right[i] = 0;
        for (int k = 0; k < length; k++) {
            int x = abs(k - middle + i * step);
            if (x <= reach) right[i] += gauss[x] * both[k] * (i ? 2 : 1);
        }
        for (int j = 0; j <= i; j++) {
            double near = overlap(both, length, (i - j) * step), far = overlap(both, length, (i + j) * step);
            matrix[i * n + j] = j ? 2 * (near + far) : i ? 2 * near : near;
        }
    }
}

/* An average has no negative weights, and its weights add up to 1. */
static void normalise(struct rst_coarse_grid *grid, const double *solution)
{
    double total = 0;

    for (int k = grid->radius; k >= 0; k--) {
        grid->half[k] = solution[k] > 0 ? solution[k] : 0;
        total += k ? 2 * grid->half[k] : grid->half[k];
    }
    for (int k = 0; k <= grid->radius; k++)
        grid->half[k] /= total;
}

bool rst_coarse_fit(double sigma, struct rst_coarse_grid *grid)
{
    int step = 1 << grid->levels, reach = rst_weights_radius(sigma, 16384), n = grid->radius + 1, length, both_length;
    size_t room = 2 * (size_t)grid->order * (size_t)step + 1;
    double *spline = calloc(3 * room + (size_t)reach + 1 + (size_t)n * (size_t)(n + 1), sizeof(*spline));

    if (!spline) return false;
    double *other = spline + room, *both = other + room, *gauss = both + room, *matrix = gauss + reach + 1;
    double *right = matrix + (size_t)n * (size_t)n;
    make_spline(grid, spline, other, &length);
    both_length = 2 * length - 1;
    for (int i = 0; i < length; i++)
        for (int k = 0; k < length; k++)
            both[i + k] += spline[i] * spline[k] * step;
    rst_weights_gauss(sigma, reach, gauss);
    fill_equations(grid, both, both_length, gauss, reach, matrix, right);
    solve(matrix, right, n);
    normalise(grid, right);
    free(spline);
    return true;
}
