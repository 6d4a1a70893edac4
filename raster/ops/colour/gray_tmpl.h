/* The gray kernels of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, FROM_DOUBLE. */

static inline T RST_NAME(gray_of)(const T *from, const int32_t *weights)
{
#if IS_FLOAT
    const double red = weights[0] / 1e4, green = weights[1] / 1e4, blue = weights[2] / 1e4;
    const double sum = red * (double)from[0] + green * (double)from[1] + blue * (double)from[2];
    return sum != sum ? (T)NAN : (T)sum; /* one NaN, whichever of several the machine would take */
#elif BITS == 8
    const float sum = (float)(weights[0] * from[0] + weights[1] * from[1] + weights[2] * from[2]);
    return (T)(int32_t)((sum * ten_thousandth + 12582912.0f) - 12582912.0f);
#elif BITS <= 32
    const double red = weights[0], green = weights[1], blue = weights[2];
    return FROM_DOUBLE((red * (double)from[0] + green * (double)from[1] + blue * (double)from[2]) / 1e4);
#else
    return (T)divided((__int128)from[0] * weights[0] + (__int128)from[1] * weights[1] + (__int128)from[2] * weights[2]);
#endif
}

/* `bands` is a constant where it is worth it. */
static inline void RST_NAME(gray_by)(const T *from, T *restrict to, size_t bands, size_t count, const int32_t *weights)
{
    for (size_t i = 0; i < count; i++) {
        to[i * (bands - 2)] = RST_NAME(gray_of)(from + i * bands, weights);
        for (size_t b = 3; b < bands; b++)
            to[i * (bands - 2) + b - 2] = from[i * bands + b];
    }
}

static void RST_NAME(gray)(const struct rst_pixels *pixels, const void *in, void *out, size_t count)
{
    const T *from = in;
    T *to = out;
    const int32_t weights[3] = {pixels->weights[0], pixels->weights[1], pixels->weights[2]};
    if (pixels->bands == 3) {
        size_t done = 0;
#if BITS == 8 && !IS_SIGNED
        done = gray_packed(weights, from, to, count);
#endif
        RST_NAME(gray_by)(from + 3 * done, to + done, 3, count - done, weights);
    } else if (pixels->bands == 4) {
        RST_NAME(gray_by)(from, to, 4, count, weights);
    } else {
        RST_NAME(gray_by)(from, to, pixels->bands, count, weights);
    }
}
