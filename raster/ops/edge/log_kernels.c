/* The kernels of the Laplacian of a Gaussian: what is done to its sums before they become pixels. */
#include "raster/ops/edge/log.h"

#include <math.h>

#include "raster/ops/common/isa.h"

static void join_single(void *sums, const void *more, size_t count, bool magnitude)
{
    float *restrict a = sums;
    const float *restrict b = more;
    for (size_t i = 0; i < count; i++)
        a[i] += b[i];
    for (size_t i = 0; magnitude && i < count; i++)
        a[i] = fabsf(a[i]);
}

static void join_double(void *sums, const void *more, size_t count, bool magnitude)
{
    double *restrict a = sums;
    const double *restrict b = more;
    for (size_t i = 0; i < count; i++)
        a[i] += b[i];
    for (size_t i = 0; magnitude && i < count; i++)
        a[i] = fabs(a[i]);
}

static void blank(double *restrict to, double *restrict there, const uint8_t *restrict mask, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        there[i] = mask[i] ? 0 : 1;
        to[i] = mask[i] ? 0 : to[i];
    }
}

static void fill(double *restrict a, const double *restrict b, const double *restrict weight,
                 const double *restrict more, const double *restrict centre, size_t count)
{
    for (size_t i = 0; i < count; i++)
        a[i] += b[i] - centre[i] * (weight[i] + more[i]);
}

extern const struct rst_log_kernels RST_KERNELS(rst_log_kernels);
const struct rst_log_kernels RST_KERNELS(rst_log_kernels) = {
    .join = {[RST_GAUSS_SINGLE] = join_single, [RST_GAUSS_DOUBLE] = join_double},
    .blank = blank,
    .fill = fill,
};
