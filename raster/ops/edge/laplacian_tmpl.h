/* The Laplacian kernels of one pixel type, and what all operators of 3 x 3 need where samples are missing.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_SIGNED, TOP, FROM_DOUBLE. */
#if BITS <= 16 && IS_SIGNED
#define LEAST (-TOP - 1)
#else
#define LEAST 0
#endif

/* Of a sample that is there, and has a missing neighbour: all nine, with the centre's value for those that are missing.
 * false for all other samples. */
static inline bool RST_NAME(around)(const void *const rows[3], const uint8_t *const masks[3], size_t step, size_t i,
                                    double v[9])
{
    size_t missing = 0;
    for (size_t k = 0; k < 9; k++)
        missing += masks[k / 3][i + k % 3 * step];
    if (!missing || masks[1][i + step]) return false;
    for (size_t k = 0; k < 9; k++) {
        size_t at = i + k % 3 * step;
        v[k] = (double)(masks[k / 3][at] ? ((const T *)rows[1])[i + step] : ((const T *)rows[k / 3])[at]);
    }
    return true;
}

/* What a sum in double becomes: unsigned types hold its magnitude. */
static inline T RST_NAME(laplacian_sample)(double sum)
{
    return FROM_DOUBLE(IS_SIGNED ? sum : fabs(sum));
}

#if BITS <= 16
/* Sums of up to 16 bits, in integers of twice as many. */
#if BITS == 8
#define SUM int16_t
#else
#define SUM int32_t
#endif

static inline T RST_NAME(laplacian_saturated)(SUM sum)
{
    if (!IS_SIGNED) sum = (SUM)(sum < 0 ? -sum : sum);
    sum = sum < LEAST ? LEAST : sum;
    return (T)(sum > TOP ? TOP : sum);
}

static void RST_NAME(laplacian_4)(const void *const rows[3], size_t step, size_t n, void *target)
{
    const T *a = rows[0], *h = rows[1], *b = rows[2];
    T *restrict to = target;
    for (size_t i = 0; i < n; i++)
        to[i] =
            RST_NAME(laplacian_saturated)((SUM)(a[i + step] + h[i] + h[i + 2 * step] + b[i + step] - 4 * h[i + step]));
}

static void RST_NAME(laplacian_8)(const void *const rows[3], size_t step, size_t n, void *target)
{
    const T *a = rows[0], *h = rows[1], *b = rows[2];
    T *restrict to = target;
    for (size_t i = 0; i < n; i++)
        to[i] = RST_NAME(laplacian_saturated)((SUM)(a[i] + a[i + step] + a[i + 2 * step] + h[i] + h[i + 2 * step] +
                                                    b[i] + b[i + step] + b[i + 2 * step] - 8 * h[i + step]));
}
#undef SUM
#else
static void RST_NAME(laplacian_4)(const void *const rows[3], size_t step, size_t n, void *target)
{
    const T *a = rows[0], *h = rows[1], *b = rows[2];
    T *restrict to = target;
    for (size_t i = 0; i < n; i++)
        to[i] = RST_NAME(laplacian_sample)(laplacian_sum_4((double)a[i + step], (double)h[i], (double)h[i + step],
                                                           (double)h[i + 2 * step], (double)b[i + step]));
}

static void RST_NAME(laplacian_8)(const void *const rows[3], size_t step, size_t n, void *target)
{
    const T *a = rows[0], *h = rows[1], *b = rows[2];
    T *restrict to = target;
    for (size_t i = 0; i < n; i++)
        to[i] = RST_NAME(laplacian_sample)(laplacian_sum_8((double)a[i], (double)a[i + step], (double)a[i + 2 * step],
                                                           (double)h[i], (double)h[i + step], (double)h[i + 2 * step],
                                                           (double)b[i], (double)b[i + step], (double)b[i + 2 * step]));
}
#endif

static void RST_NAME(laplacian_4_patch)(const void *const rows[3], const uint8_t *const masks[3], size_t step, size_t n,
                                        void *to)
{
    for (size_t i = 0; i < n; i++) {
        double v[9];
        if (!RST_NAME(around)(rows, masks, step, i, v)) continue;
        ((T *)to)[i] = RST_NAME(laplacian_sample)(laplacian_sum_4(v[1], v[3], v[4], v[5], v[7]));
    }
}

static void RST_NAME(laplacian_8_patch)(const void *const rows[3], const uint8_t *const masks[3], size_t step, size_t n,
                                        void *to)
{
    for (size_t i = 0; i < n; i++) {
        double v[9];
        if (!RST_NAME(around)(rows, masks, step, i, v)) continue;
        ((T *)to)[i] =
            RST_NAME(laplacian_sample)(laplacian_sum_8(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));
    }
}

#undef LEAST
