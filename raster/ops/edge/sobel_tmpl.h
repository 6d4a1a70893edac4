/* The gradient kernels of one operator and one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, TOP, FROM_DOUBLE. From sobel_kernels.c: OPERATOR, a name, and its
 * weights: SIDE for the two outer rows (or columns), CENTRE for the middle one. 2 SIDE + CENTRE is at most 16. */
#define GRADIENT(name) RST_NAME(RST_PASTE(OPERATOR, name))

#if BITS == 8
/* The squares of the magnitudes, no greater than that of TOP. A gradient beyond TOP saturates alone, so both are
 * clamped there first, and all of it fits 16 bits, but for the sum, where a carry shows by the sum being too small. */
static void GRADIENT(squares)(const T *a, const T *h, const T *b, size_t step, size_t n, uint16_t *restrict to)
{
    for (size_t i = 0; i < n; i++) {
        int16_t x = (int16_t)(SIDE * (a[i + 2 * step] - a[i]) + CENTRE * (h[i + 2 * step] - h[i]) +
                              SIDE * (b[i + 2 * step] - b[i]));
        int16_t y = (int16_t)(SIDE * (b[i] - a[i]) + CENTRE * (b[i + step] - a[i + step]) +
                              SIDE * (b[i + 2 * step] - a[i + 2 * step]));
        x = (int16_t)(x < 0 ? -x : x);
        y = (int16_t)(y < 0 ? -y : y);
        x = x > TOP ? TOP : x;
        y = y > TOP ? TOP : y;
        uint16_t square = (uint16_t)(x * x), sum = (uint16_t)(square + y * y);
        sum = sum < square ? TOP * TOP : sum;
        to[i] = sum > TOP * TOP ? TOP * TOP : sum;
    }
}

static void GRADIENT(compute)(const void *const rows[3], size_t step, size_t n, void *to)
{
    uint16_t squares[SOBEL_BLOCK];
    for (size_t at = 0; at < n; at += SOBEL_BLOCK) {
        size_t count = n - at < SOBEL_BLOCK ? n - at : SOBEL_BLOCK;
        GRADIENT(squares)
        ((const T *)rows[0] + at, (const T *)rows[1] + at, (const T *)rows[2] + at, step, count, squares);
        sobel_roots(squares, count, (uint8_t *)to + at);
    }
}
#elif BITS == 16
static void GRADIENT(compute)(const void *const rows[3], size_t step, size_t n, void *target)
{
    const T *a = rows[0], *h = rows[1], *b = rows[2];
    T *restrict to = target;
    for (size_t i = 0; i < n; i++) {
        int32_t x =
            SIDE * (a[i + 2 * step] - a[i]) + CENTRE * (h[i + 2 * step] - h[i]) + SIDE * (b[i + 2 * step] - b[i]);
        int32_t y =
            SIDE * (b[i] - a[i]) + CENTRE * (b[i + step] - a[i + step]) + SIDE * (b[i + 2 * step] - a[i + 2 * step]);
        to[i] = FROM_DOUBLE(sqrt((double)x * x + (double)y * y));
    }
}
#else
static void GRADIENT(compute)(const void *const rows[3], size_t step, size_t n, void *target)
{
    const T *a = rows[0], *h = rows[1], *b = rows[2];
    T *restrict to = target;
    for (size_t i = 0; i < n; i++)
        to[i] = FROM_DOUBLE(sobel_magnitude(SIDE, CENTRE, (double)a[i], (double)a[i + step], (double)a[i + 2 * step],
                                            (double)h[i], (double)h[i + 2 * step], (double)b[i], (double)b[i + step],
                                            (double)b[i + 2 * step]));
}
#endif

/* In double throughout: exact up to 32 bits, so that it agrees with `compute` on them. */
static void GRADIENT(patch)(const void *const rows[3], const uint8_t *const masks[3], size_t step, size_t n, void *to)
{
    for (size_t i = 0; i < n; i++) {
        double v[9];
        if (!RST_NAME(around)(rows, masks, step, i, v)) continue;
        ((T *)to)[i] = FROM_DOUBLE(sobel_magnitude(SIDE, CENTRE, v[0], v[1], v[2], v[3], v[5], v[6], v[7], v[8]));
    }
}

#undef GRADIENT
