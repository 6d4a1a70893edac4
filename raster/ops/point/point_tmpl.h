/* The point kernels of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, TOP (which gamma takes for 1), FROM_DOUBLE. */

static void RST_NAME(linear)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const T *in = from;
    T *out = to;
    const double scale = point->scale, offset = point->offset;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = FROM_DOUBLE((double)in[i] * scale + offset);
}

static void RST_NAME(power)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const T *in = from;
    T *out = to;
    const double exponent = point->exponent, full = (double)TOP;
    for (size_t i = 0; i < count; i++) {
        double v = (double)in[i] / full;
        out[i] = FROM_DOUBLE(full * copysign(pow(fabs(v), exponent), v));
    }
}

/* Neither comparison is true of NaN, which stays. */
static void RST_NAME(clamp)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const T *in = from;
    T *out = to;
    const T low = point->low.NAME, high = point->high.NAME;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        T v = in[i];
        v = v < low ? low : v;
        out[i] = v > high ? high : v;
    }
}

static void RST_NAME(threshold)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const T *in = from;
    T *out = to;
    const T limit = point->limit.NAME, low = point->low.NAME, high = point->high.NAME;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] > limit ? high : low;
}
