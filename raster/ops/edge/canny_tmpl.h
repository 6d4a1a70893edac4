/* The gradients of one pixel type, and its marks.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, TOP. */
#if BITS == 8
#define SLOPE int16_t
#define SIZE int32_t
#define SUM int32_t
#elif BITS == 16
#define SLOPE int32_t
#define SIZE double
#define SUM int32_t
#else
#define SLOPE double
#define SIZE double
#define SUM double
#endif

static inline SIZE RST_NAME(size_of)(SLOPE right, SLOPE down, bool taxi)
{
    SIZE x = (SIZE)right, y = (SIZE)down;
    if (taxi) return (x < 0 ? -x : x) + (y < 0 ? -y : y);
    return x * x + y * y;
}

static inline void RST_NAME(slopes)(const T *a, const T *h, const T *b, size_t step, size_t n, bool taxi,
                                    SLOPE *restrict right, SLOPE *restrict down, SIZE *restrict size)
{
    for (size_t i = 0; i < n; i++) {
        SUM a0 = (SUM)a[i], a1 = (SUM)a[i + step], a2 = (SUM)a[i + 2 * step];
        SUM h0 = (SUM)h[i], h2 = (SUM)h[i + 2 * step];
        SUM b0 = (SUM)b[i], b1 = (SUM)b[i + step], b2 = (SUM)b[i + 2 * step];
        SLOPE x = (SLOPE)((a2 - a0) + 2 * (h2 - h0) + (b2 - b0));
        SLOPE y = (SLOPE)((b0 - a0) + 2 * (b1 - a1) + (b2 - a2));
        right[i] = x;
        down[i] = y;
        size[i] = RST_NAME(size_of)(x, y, taxi);
    }
}

static void RST_NAME(gradients)(const void *const rows[3], size_t step, size_t n, bool taxi,
                                const struct rst_canny_row *to)
{
    if (taxi)
        RST_NAME(slopes)(rows[0], rows[1], rows[2], step, n, true, to->right, to->down, to->size);
    else
        RST_NAME(slopes)(rows[0], rows[1], rows[2], step, n, false, to->right, to->down, to->size);
}

static void RST_NAME(patch)(const void *const rows[3], const uint8_t *const masks[3], size_t step, size_t n, bool taxi,
                            const struct rst_canny_row *to)
{
    for (size_t i = 0; i < n; i++) {
        size_t missing = 0;
        T v[9];
        for (size_t k = 0; k < 9; k++)
            missing += masks[k / 3][i + k % 3 * step];
        if (!missing) continue;
        for (size_t k = 0; k < 9; k++) {
            size_t at = i + k % 3 * step;
            v[k] = masks[k / 3][at] ? ((const T *)rows[1])[i + step] : ((const T *)rows[k / 3])[at];
        }
        RST_NAME(slopes)
        (v, v + 3, v + 6, 1, 1, taxi, (SLOPE *)to->right + i, (SLOPE *)to->down + i, (SIZE *)to->size + i);
        if (masks[1][i + step]) ((SIZE *)to->size)[i] = 0;
    }
}

static void RST_NAME(spread)(const uint8_t *restrict marks, size_t n, void *target)
{
    T *restrict to = target;
    for (size_t i = 0; i < n; i++) {
        uint8_t mark = marks[i];
        T weak = (T)(IS_FLOAT ? mark * 0.5 : mark);
        to[i] = mark == RST_CANNY_STRONG ? (T)TOP : mark == RST_CANNY_MISSING ? (T)2 : weak;
    }
}

#undef SLOPE
#undef SIZE
#undef SUM
