/* Sums of samples that count for more or less, for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME. */

static void RST_NAME(add_present)(double *restrict sums, double *restrict totals, const void *restrict values,
                                  const uint8_t *restrict missing, double weight, size_t count)
{
    const T *restrict v = values;

    for (size_t i = 0; i < count; i++) {
        sums[i] += missing[i] ? 0 : weight * (double)v[i];
        totals[i] += missing[i] ? 0 : weight;
    }
}

static void RST_NAME(add_opaque)(double *restrict sums, double *restrict totals, const void *restrict values,
                                 const void *restrict factors, double weight, size_t count)
{
    const T *restrict v = values, *restrict m = factors;

    for (size_t i = 0; i < count; i++) {
        double w = weight * (double)m[i];
        sums[i] += w != 0 ? w * (double)v[i] : 0; /* what lies under full transparency may be NaN */
        totals[i] += w;
    }
}

static void RST_NAME(factors)(void *factors, const void *values, const uint8_t *missing, size_t pixels, int32_t bands,
                              int32_t alpha)
{
    const T *v = values;
    T *m = factors;

    for (size_t i = 0; i < pixels; i++, v += bands, m += bands, missing += bands) {
        T opacity = missing[alpha] ? (T)0 : v[alpha];
        for (int32_t b = 0; b < bands; b++)
            m[b] = missing[b] ? (T)0 : opacity;
        m[alpha] = !missing[alpha];
    }
}
