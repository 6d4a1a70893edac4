/* The kernels of focal statistics for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, TOP. */

#if !IS_FLOAT && BITS <= 16
#if BITS == 8
#define PIXEL uint8_t
#else
#define PIXEL uint16_t
#endif
#define TURN ((PIXEL)IS_SIGNED << (BITS - 1))

static void RST_NAME(squares)(uint64_t *restrict sums, const void *enters, const void *leaves, size_t count)
{
    const PIXEL *in = enters, *out = leaves;
    for (size_t i = 0; i < count; i++) {
        uint32_t value = (PIXEL)(in[i] ^ TURN);
        sums[i] += (uint32_t)(value * value); /* fits */
    }
    if (!out) return;
    for (size_t i = 0; i < count; i++) {
        uint32_t value = (PIXEL)(out[i] ^ TURN);
        sums[i] -= (uint32_t)(value * value);
    }
}

#undef PIXEL
#undef TURN
#endif

static void RST_NAME(blank)(void *to, const void *from, const uint8_t *missing, size_t count)
{
    T *out = to;
    const T *in = from;
    const T least = IS_SIGNED && !IS_FLOAT ? (T)(-TOP - 1) : 0;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        T sample = in[i];
        out[i] = missing[i] ? least : sample;
    }
}

static void RST_NAME(range)(void *of, const void *least, const void *greatest, size_t count)
{
    const T *low = least, *high = greatest;
#if !IS_FLOAT && BITS == 64
    uint64_t *to = of;
    for (size_t i = 0; i < count; i++)
        to[i] = (uint64_t)high[i] - (uint64_t)low[i];
#else
    double *to = of;
    for (size_t i = 0; i < count; i++)
        to[i] = one_nan((double)high[i] - (double)low[i]);
#endif
}
