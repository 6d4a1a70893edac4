/* Choosing the arithmetic of a convolution. Images of 8 and 16 bits are summed in integers wherever the kernel allows,
 * so that the result is the exact one; a sum is kept as narrow as its bounds allow, as a vector then holds more of
 * them.
 *
 * Invariant: what is chosen depends on the kernel and the pixel type alone, never on the machine or the image's size.
 *
 * Exact division, v being the integer sum and D the divisor: the quotient rounded to a float is the right side of every
 * tie n + 1/2 unless it is within half a unit in the last place of it, and the true quotient, if not the tie itself,
 * is at least 1 / 2D away. Quotients of 8-bit results are below 2^8, half a unit 2^-17: D < 2^16 will do. Of 16 bits,
 * 2^16 and 2^-9: D < 2^8. In double, D < 2^31 always will do. */
#include "raster/ops/smooth/conv.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "raster/base/size.h"

/* A kernel in whole numbers: the sum is (sum of weight * sample + offset) / divisor. */
struct whole {
    double weights[RST_CONV_TAPS];
    int64_t offset, divisor;
};

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static bool is_whole(double value, double limit)
{
    return value == rint(value) && fabs(value) <= limit;
}

static bool scaled_whole(const struct rst_conv_state *state, double scale, struct whole *whole)
{
    double divisor = state->divisor * scale, offset = state->bias * divisor;
    if (!is_whole(divisor, 0x1p30) || !is_whole(offset, 0x1p40)) return false;
    double sign = divisor < 0 ? -1 : 1;
    int64_t common = gcd((int64_t)divisor, (int64_t)offset);
    for (int i = 0; i < state->rows * state->columns; i++) {
        whole->weights[i] = state->weights[i] * scale * sign;
        if (!is_whole(whole->weights[i], 0x1p31)) return false;
        common = gcd(common, (int64_t)whole->weights[i]);
    }
    for (int i = 0; i < state->rows * state->columns; i++)
        whole->weights[i] /= (double)common;
    whole->divisor = (int64_t)(divisor * sign) / common;
    whole->offset = (int64_t)(offset * sign) / common;
    return true;
}

/* Weights such as 0.25 are whole once everything is multiplied by a power of two. */
static bool find_whole(const struct rst_conv_state *state, struct whole *whole)
{
    for (int power = 0; power <= 16; power++)
        if (scaled_whole(state, ldexp(1, power), whole)) return true;
    return false;
}

/* One row of whole numbers divided by what they have in common, and how often each row holds it: exact. */
static bool factor_whole(int rows, int columns, const double *weights, int pivot, double *down, double *across)
{
    int first = pivot - pivot % columns;
    int64_t common = 0;
    for (int j = 0; j < columns; j++)
        common = gcd(common, (int64_t)weights[first + j]);
    for (int j = 0; j < columns; j++)
        across[j] = weights[first + j] / (double)common;
    for (int i = 0; i < rows; i++) {
        down[i] = weights[i * columns + pivot % columns] / across[pivot % columns];
        for (int j = 0; j < columns; j++)
            if (down[i] * across[j] != weights[i * columns + j]) return false;
    }
    return true;
}

/* The column and the row through the greatest weight, if their products give every weight but for rounding. */
static bool factor_real(int rows, int columns, const double *weights, int pivot, double *down, double *across)
{
    double greatest = weights[pivot];
    for (int j = 0; j < columns; j++)
        across[j] = weights[pivot / columns * columns + j] / greatest;
    for (int i = 0; i < rows; i++) {
        down[i] = weights[i * columns + pivot % columns];
        for (int j = 0; j < columns; j++) {
            double weight = weights[i * columns + j], product = down[i] * across[j];
            if ((weight == 0) != (product == 0)) return false;
            if (fabs(product - weight) > 4 * DBL_EPSILON * fabs(greatest)) return false;
        }
    }
    return true;
}

/* Whether weight = down * across. */
static bool factor(int rows, int columns, const double *weights, double *down, double *across)
{
    int pivot = 0;
    bool whole = true;
    for (int i = 0; i < rows * columns; i++) {
        if (fabs(weights[i]) > fabs(weights[pivot])) pivot = i;
        whole = whole && is_whole(weights[i], 0x1p53);
    }
    if (weights[pivot] == 0) return false;
    return whole ? factor_whole(rows, columns, weights, pivot, down, across)
                 : factor_real(rows, columns, weights, pivot, down, across);
}

/* Appends a tap unless its weight is 0. */
static void add_tap(struct rst_conv_pass *pass, enum rst_conv_sum sum, int row, int column, double weight)
{
    if (weight == 0) return;
    int tap = pass->count++;
    pass->row[tap] = (int16_t)row;
    pass->column[tap] = (int16_t)column;
    switch (sum) {
    case RST_CONV_SUM_U16:
        pass->weights.u16[tap] = (uint16_t)(int64_t)weight;
        break;
    case RST_CONV_SUM_U32:
        pass->weights.u32[tap] = (uint32_t)(int64_t)weight;
        break;
    case RST_CONV_SUM_F32:
        pass->weights.f32[tap] = (float)weight;
        break;
    default:
        pass->weights.f64[tap] = weight;
    }
}

/* The taps of `direct`, and those of two passes where the kernel has rank 1 and these are fewer by enough to pay for
 * storing the sums between them. */
static void fill_passes(const struct rst_conv_state *state, const double *weights, struct rst_conv_plan *plan)
{
    double down[RST_CONV_SIDE] = {0}, across[RST_CONV_SIDE] = {0};
    for (int i = 0; i < state->rows * state->columns; i++)
        add_tap(&plan->direct, plan->sum, i / state->columns, i % state->columns, weights[i]);
    if (!factor(state->rows, state->columns, weights, down, across)) return;
    for (int i = 0; i < state->rows; i++)
        add_tap(&plan->down, plan->sum, i, 0, down[i]);
    for (int j = 0; j < state->columns; j++)
        add_tap(&plan->across, plan->sum, 0, j, across[j]);
    plan->two_passes = plan->down.count + plan->across.count + 3 < plan->direct.count;
}

/* The exponent of a power of two, or -1. */
static int power_of_two(int64_t value)
{
    return value & (value - 1) ? -1 : __builtin_ctzll((unsigned long long)value);
}

/* Integer sums, where they fit 32 bits. */
static bool plan_integers(const struct rst_conv_state *state, int bits, struct rst_conv_plan *plan)
{
    struct whole whole = {.divisor = 1};
    if (!find_whole(state, &whole)) return false;
    struct rst_conv_finish *finish = &plan->finish;
    double low = (double)whole.offset, high = low;
    for (int i = 0; i < state->rows * state->columns; i++) {
        double a = whole.weights[i] * finish->lowest, b = whole.weights[i] * finish->highest;
        low += fmin(a, b);
        high += fmax(a, b);
    }
    int shift = power_of_two(whole.divisor);
    int64_t half = shift > 0 ? whole.divisor / 2 : 0;
    if (low < INT32_MIN || high + (double)half > INT32_MAX) return false;

    bool in_float = whole.divisor < (bits == 8 ? 1 << 16 : 1 << 8);
    bool narrow_shift = shift >= 0 && low >= INT16_MIN && high + (double)half <= INT16_MAX;
    plan->sum =
        bits == 8 && (narrow_shift || (in_float && high - low <= UINT16_MAX)) ? RST_CONV_SUM_U16 : RST_CONV_SUM_U32;
    if (plan->sum == RST_CONV_SUM_U16 ? narrow_shift : shift >= 0)
        finish->division = RST_CONV_SHIFT;
    else
        finish->division = in_float ? RST_CONV_IN_FLOAT : RST_CONV_IN_DOUBLE;
    finish->shift = shift > 0 ? shift : 0;
    finish->half = shift > 0 ? (int32_t)(half - 1) : 0;
    finish->odd = shift > 0;
    if (plan->sum == RST_CONV_SUM_U16) {
        finish->base = finish->division == RST_CONV_SHIFT ? 0 : (int32_t)low;
        finish->start.u16 = (uint16_t)(whole.offset - finish->base);
    } else {
        finish->start.u32 = (uint32_t)whole.offset;
    }
    finish->divisor = (double)whole.divisor;
    finish->least = (int32_t)rst_max64(INT32_MIN, finish->lowest * whole.divisor);
    finish->most = (int32_t)rst_min64(INT32_MAX, finish->highest * whole.divisor);
    fill_passes(state, whole.weights, plan);
    return true;
}

/* Sums in float, where their error cannot come near half a level: each weight, product and sum is off by at most 2^-24
 * of what was summed so far. */
static bool plan_floats(const struct rst_conv_state *state, struct rst_conv_plan *plan)
{
    double weights[RST_CONV_TAPS] = {0}, reach = 0;
    int count = state->rows * state->columns;
    double greatest = fmax(-(double)plan->finish.lowest, plan->finish.highest);
    for (int i = 0; i < count; i++) {
        weights[i] = state->weights[i] / state->divisor;
        reach += fabs(weights[i]) * greatest;
    }
    if ((reach + fabs(state->bias)) * (count + 4) * 0x1p-24 > 0.25) return false;
    plan->sum = RST_CONV_SUM_F32;
    plan->finish.start.f32 = (float)state->bias;
    fill_passes(state, weights, plan);
    return true;
}

static void plan_doubles(const struct rst_conv_state *state, struct rst_conv_plan *plan)
{
    plan->sum = RST_CONV_SUM_F64;
    plan->finish.start.f64 = 0;
    plan->finish.divisor = state->divisor;
    plan->finish.bias = state->bias;
    fill_passes(state, state->weights, plan);
}

void rst_conv_plan_make(const struct rst_conv_state *state, enum rst_type type, struct rst_conv_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    int bits = (int)rst_type_size(type) * 8;
    bool narrow = bits <= 16;
    if (narrow) {
        int32_t span = (1 << bits) - 1;
        plan->finish.lowest = rst_type_is_signed(type) ? -(1 << (bits - 1)) : 0;
        plan->finish.highest = plan->finish.lowest + span;
    }
    plan->renormalise = true;
    for (int i = 0, tap = 0; i < state->rows * state->columns; i++) {
        if (state->weights[i] < 0) plan->renormalise = false;
        if (state->weights[i] != 0) plan->weights[tap++] = state->weights[i];
        plan->total += state->weights[i];
    }
    if (!narrow || (!plan_integers(state, bits, plan) && !plan_floats(state, plan))) plan_doubles(state, plan);
}
