/* The point kernels of one type. Defined before including: SAMPLE (the C type), NAME(x) (x with the type's suffix),
 * MEMBER (of union rst_sample, and the suffix in round.h), FULL (what gamma takes for 1). */

static void NAME(linear)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const SAMPLE *in = from;
    SAMPLE *out = to;
    const double scale = point->scale, offset = point->offset;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = ROUND(MEMBER, (double)in[i] * scale + offset);
}

static void NAME(power)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const SAMPLE *in = from;
    SAMPLE *out = to;
    const double exponent = point->exponent;
    for (size_t i = 0; i < count; i++) {
        double v = (double)in[i] / (FULL);
        out[i] = ROUND(MEMBER, (FULL)*copysign(pow(fabs(v), exponent), v));
    }
}

/* Neither comparison is true of NaN, which stays. */
static void NAME(clamp)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const SAMPLE *in = from;
    SAMPLE *out = to;
    const SAMPLE low = point->low.MEMBER, high = point->high.MEMBER;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        SAMPLE v = in[i];
        v = v < low ? low : v;
        out[i] = v > high ? high : v;
    }
}

static void NAME(threshold)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const SAMPLE *in = from;
    SAMPLE *out = to;
    const SAMPLE limit = point->limit.MEMBER, low = point->low.MEMBER, high = point->high.MEMBER;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] > limit ? high : low;
}

#undef SAMPLE
#undef NAME
#undef MEMBER
#undef FULL
