/* The weighted sum of rows, for one pair of SRC (what is summed) and ACC (what it is summed in).
 *
 * Parameters: SRC, ACC; WIDE, the type to multiply in: ACC, or its promoted form; ACC_NAME, a member of the unions in
 * conv.h; SUM(name), which makes names of functions.
 *
 * Weights are added in the order of the taps, each sample on its own, so that floats give the same sum whatever the
 * vectors. Four taps a round save most of the loads and stores of sums. The rounds are functions of their own, and not
 * inlined: compilers otherwise swap the loops over taps and samples, and lose the vectors.
 */

static __attribute__((noinline)) void SUM(take4)(ACC *restrict sums, size_t n, const void *const *sources, size_t at,
                                                 const ACC *weights)
{
    const SRC *a = (const SRC *)sources[0] + at, *b = (const SRC *)sources[1] + at;
    const SRC *c = (const SRC *)sources[2] + at, *d = (const SRC *)sources[3] + at;
    const WIDE p = weights[0], q = weights[1], r = weights[2], s = weights[3];
    for (size_t i = 0; i < n; i++)
        sums[i] = (ACC)(sums[i] + p * (WIDE)a[i] + q * (WIDE)b[i] + r * (WIDE)c[i] + s * (WIDE)d[i]);
}

static __attribute__((noinline)) void SUM(take1)(ACC *restrict sums, size_t n, const void *const *sources, size_t at,
                                                 const ACC *weights)
{
    const SRC *a = (const SRC *)sources[0] + at;
    const WIDE p = weights[0];
    for (size_t i = 0; i < n; i++)
        sums[i] = (ACC)(sums[i] + p * (WIDE)a[i]);
}

/* Samples at ... at + n - 1 of the rows. */
static void SUM(add)(ACC *restrict sums, size_t n, ACC start, const struct rst_conv_pass *pass,
                     const void *const *sources, size_t at)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = start;
    int tap = 0;
    for (; tap + 4 <= pass->count; tap += 4)
        SUM(take4)(sums, n, sources + tap, at, pass->weights.ACC_NAME + tap);
    for (; tap < pass->count; tap++)
        SUM(take1)(sums, n, sources + tap, at, pass->weights.ACC_NAME + tap);
}
