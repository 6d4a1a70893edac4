/* Slow and plain on purpose: no row, no ring, no vector. */
#include "tests/support/neighbours.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "raster/sweep/run.h"
#include "tests/support/oprun.h"

const struct neighbour_size neighbour_sizes[] = {{1, 1}, {1, 7}, {9, 1}, {2, 2}, {3, 5}, {17, 13}, {31, 4}, {211, 6}};
const int neighbour_size_count = sizeof neighbour_sizes / sizeof *neighbour_sizes;

const struct rst_border neighbour_borders[] = {
    {RST_REPLICATE, 0}, {RST_REFLECT, 0}, {RST_REFLECT101, 0}, {RST_WRAP, 0}, {RST_CONSTANT, 77}};
const int neighbour_border_count = sizeof neighbour_borders / sizeof *neighbour_borders;

union rst_sample neighbour_sample(const struct rst_shape *shape, const void *pixels, size_t at)
{
    union rst_sample sample = {0};
    size_t size = rst_type_size(shape->type);
    memcpy(&sample, (const char *)pixels + at * size, size);
    return sample;
}

struct neighbour neighbour_at(const struct rst_shape *shape, const struct rst_border *border, const void *pixels,
                              int64_t x, int64_t y, int32_t band)
{
    int64_t column = rst_border_index(x, shape->width, border->rule);
    int64_t row = rst_border_index(y, shape->height, border->rule);
    union rst_sample sample =
        column < 0 || row < 0
            ? rst_sample_from_double(border->value, shape->type)
            : neighbour_sample(shape, pixels, (size_t)((row * shape->width + column) * shape->bands + band));
    return (struct neighbour){rst_sample_to_double(sample, shape->type),
                              shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type)};
}

double neighbour_saturated(enum rst_type type, double expected)
{
    if (rst_type_is_float(type)) return expected;
    int bits = (int)rst_type_size(type) * 8;
    bool sign = rst_type_is_signed(type);
    double low = sign ? -ldexp(1, bits - 1) : 0, high = ldexp(1, sign ? bits - 1 : bits) - 1;
    return fmin(fmax(expected, low), high);
}

double neighbour_tolerance(enum rst_type type, double expected, double reach)
{
    double in_double = reach * 1000 * DBL_EPSILON;
    if (type == RST_F32) return fabs(expected) * FLT_EPSILON + in_double;
    if (type == RST_F64) return in_double;
    return (rst_type_size(type) <= 2 ? 1 : 0.5 + 1e-6) + in_double;
}

int neighbour_setup(void **state)
{
    (void)state;
    if (!access("/dev/shm", W_OK)) setenv("RASTER_TMPDIR", "/dev/shm", 0);
    return 0;
}

void *neighbour_run(const char *pipeline, const struct rst_shape *shape, const void *pixels,
                    struct rst_run_options *options, struct rst_shape *result_shape)
{
    struct rst_error err = {0};
    struct rst_shape out;
    if (oprun(pipeline, shape, pixels, options, NULL, &out, &err)) fail_msg("%s: %s", pipeline, err.message);
    void *result = malloc(oprun_bytes(&out));
    assert_non_null(result);
    if (oprun(pipeline, shape, pixels, options, result, &out, &err)) fail_msg("%s: %s", pipeline, err.message);
    if (result_shape) *result_shape = out;
    return result;
}

void *neighbour_run_each(const char *pipeline, const struct rst_shape *shape, const void *pixels,
                         struct rst_run_options *options, struct rst_shape *result_shape)
{
    struct rst_shape out;
    struct rst_run_options with = *options;
    with.isa = RST_ISA_BASE;
    void *first = neighbour_run(pipeline, shape, pixels, &with, &out);
    for (with.isa = RST_ISA_V3; with.isa <= rst_isa_best(); with.isa++) {
        void *other = neighbour_run(pipeline, shape, pixels, &with, NULL);
        if (memcmp(first, other, oprun_bytes(&out)) != 0)
            fail_msg("%s: other bytes on %s (%s, %dx%dx%d)", pipeline, rst_isa_name(with.isa),
                     rst_type_name(shape->type), (int)shape->width, (int)shape->height, (int)shape->bands);
        free(other);
    }
    if (result_shape) *result_shape = out;
    return first;
}
