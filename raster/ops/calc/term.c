/* The operations that the C library does, one sample at a time. They stand outside of the kernels, so that there is but
 * one build of the calls, and results are the same whatever instruction set the kernels are of. */
#include "raster/ops/calc/term.h"

#include <math.h>

typedef double one_argument(double);
typedef double two_arguments(double, double);

#define OF_VECTOR(UPPER, lower, arguments) [RST_TERM_##UPPER] = arguments,
#define OF_ONE(UPPER, lower) [RST_TERM_##UPPER] = 1,
#define OF_TWO(UPPER, lower) [RST_TERM_##UPPER] = 2,
static const int argument_counts[RST_TERM_KINDS] = {RST_VECTOR_TERMS(OF_VECTOR) RST_CALLED_TERMS_1(OF_ONE)
                                                        RST_CALLED_TERMS_2(OF_TWO)};
#undef OF_VECTOR
#undef OF_ONE
#undef OF_TWO

int rst_term_arguments(enum rst_term_kind kind)
{
    return argument_counts[kind];
}

#define CALLED(UPPER, lower) [RST_TERM_##UPPER] = lower,
static one_argument *const of_one[RST_TERM_KINDS] = {RST_CALLED_TERMS_1(CALLED)};
static two_arguments *const of_two[RST_TERM_KINDS] = {RST_CALLED_TERMS_2(CALLED)};
#undef CALLED

void rst_term_compute(const struct rst_term_kernels *kernels, enum rst_term_kind kind, const double *const args[3],
                      double *to, size_t count)
{
    if (kernels->compute[kind])
        kernels->compute[kind](args[0], args[1], args[2], to, count);
    else if (of_one[kind])
        for (size_t i = 0; i < count; i++)
            to[i] = of_one[kind](args[0][i]);
    else
        for (size_t i = 0; i < count; i++)
            to[i] = of_two[kind](args[0][i], args[1][i]);
}
