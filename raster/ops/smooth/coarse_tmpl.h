/* Samples that count for more or less, from one pixel type to the bands of a coarse grid and back, in one arithmetic.
 *
 * Parameters: T, NAME from each_type.h; SUM and SUM_NAME as in coarse_sum_tmpl.h.
 */
#define COARSE(name) RST_PASTE(RST_NAME(name), SUM_NAME)

static void COARSE(factor)(void *to, const void *values, const void *factors, size_t pixels, size_t bands)
{
    const T *v = values, *m = factors;
    SUM *sums = to;

    for (size_t p = 0; p < pixels; p++, v += bands, m += bands, sums += 2 * bands)
        for (size_t b = 0; b < bands; b++) {
            SUM factor = (SUM)m[b];
            sums[b] = factor != 0 ? factor * (SUM)v[b] : 0; /* what does not count may be NaN */
            sums[bands + b] = factor;
        }
}

static void COARSE(present)(void *to, const void *values, const uint8_t *missing, size_t pixels, size_t bands)
{
    const T *v = values;
    SUM *sums = to;

    for (size_t p = 0; p < pixels; p++, v += bands, missing += bands, sums += 2 * bands)
        for (size_t b = 0; b < bands; b++) {
            sums[b] = missing[b] ? 0 : (SUM)v[b];
            sums[bands + b] = missing[b] ? 0 : 1;
        }
}

static void COARSE(divide)(void *to, const void *from, const void *centre, size_t pixels, size_t bands)
{
    const SUM *sums = from;
    const T *c = centre;
    SUM *average = to;

    for (size_t p = 0; p < pixels; p++, c += bands, sums += 2 * bands, average += bands)
        for (size_t b = 0; b < bands; b++)
            average[b] = sums[bands + b] != 0 ? sums[b] / sums[bands + b] : (SUM)c[b];
}

#undef COARSE
