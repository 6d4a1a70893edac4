/* Curves of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, FROM_DOUBLE. */

static void RST_NAME(load)(const void *from, double *to, size_t count)
{
    const T *in = from;
    for (size_t i = 0; i < count; i++)
        to[i] = (double)in[i];
}

static void RST_NAME(store)(const double *from, void *to, size_t count)
{
    T *out = to;
    for (size_t i = 0; i < count; i++)
        out[i] = FROM_DOUBLE(from[i]);
}

/* A lap of the pattern is a whole number of pixels. */
static void RST_NAME(limit)(const struct rst_curves *curves, int32_t band, size_t step, const void *from, void *to,
                            size_t width)
{
    const T *in = from;
    T *out = to;
    const T *limits = (const T *)((const char *)curves->patterns + (size_t)band * curves->pattern_bytes);
    const T *belows = limits + curves->lap;
    const T above = curves->above.NAME;
    const size_t count = width * step;
    for (size_t start = 0; start < count; start += curves->lap) {
        size_t some = count - start < curves->lap ? count - start : curves->lap;
        RST_ROW_LOOP
        for (size_t i = 0; i < some; i++) {
            T below = belows[i]; /* loaded either way: a load that depends is no vector code */
            out[start + i] = in[start + i] > limits[i] ? above : below;
        }
    }
}

#if BITS > 16
#if IS_FLOAT
#define IS_NAN(v) ((v) != (v))
#else
#define IS_NAN(v) false
#endif

static void RST_NAME(parts_of)(const struct rst_curves *curves, int32_t band, size_t step, const T *in, T *out,
                               size_t width)
{
    const struct rst_ruler ruler = curves->of[band].ruler;
    const T *table = (const T *)(const void *)(curves->tables + (size_t)band * curves->table_bytes);
    const int32_t parts = curves->parts;
    int32_t places[BLOCK];
    for (size_t x = 0; x < width; x += BLOCK, in += BLOCK * step, out += BLOCK * step) {
        size_t some = width - x < BLOCK ? width - x : BLOCK;
        for (size_t i = 0; i < some; i++) {
            double v = (double)in[i * step];
            v = v < ruler.low ? ruler.low : v;
            v = v <= ruler.high ? v : ruler.high; /* NaN too */
            int32_t place = (int32_t)((v * ruler.pre - ruler.start) * ruler.scale);
            places[i] = place < parts ? place : parts - 1;
        }
        for (size_t i = 0; i < some; i++)
            out[i * step] = IS_NAN(in[i * step]) ? in[i * step] : table[places[i]];
    }
}

static void RST_NAME(parts)(const struct rst_curves *curves, int32_t band, size_t step, const void *from, void *to,
                            size_t width)
{
    for (size_t i = 0; i < step; i++)
        RST_NAME(parts_of)(curves, band + (int32_t)i, step, (const T *)from + i, (T *)to + i, width);
}

#undef IS_NAN
#endif
