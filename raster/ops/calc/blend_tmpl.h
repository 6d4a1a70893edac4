/* Two rows of one pixel type, mixed.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, FROM_DOUBLE. */
static void RST_NAME(same)(const struct rst_blend_weights *weights, const void *a, const void *b, void *to,
                           size_t count)
{
    const T *first = a, *second = b;
    T *out = to;
    const double weight_a = weights->first, weight_b = weights->second;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        double v = (double)first[i] * weight_a + (double)second[i] * weight_b;
#if BITS <= 16
        out[i] = (T)rounded(v); /* between the two, so it fits */
#elif IS_FLOAT
        out[i] = (T)(v == v ? v : (double)NAN); /* of two, the compiler chooses which is passed on */
#else
        out[i] = FROM_DOUBLE(v);
#endif
    }
}

#if BITS <= 16
#if IS_SIGNED
#define WIDE int32_t
#else
#define WIDE uint32_t
#endif

/* Products and sums are exact here and in double, so they are the same, and so is what they are rounded to. */
static void RST_NAME(stepped)(const struct rst_blend_weights *weights, const void *a, const void *b, void *to,
                              size_t count)
{
    const T *first = a, *second = b;
    T *out = to;
    const WIDE weight_b = (WIDE)weights->steps, weight_a = (WIDE)RST_BLEND_STEPS - weight_b;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        WIDE v = (WIDE)first[i] * weight_a + (WIDE)second[i] * weight_b;
        out[i] = (T)((v + RST_BLEND_STEPS / 2 - 1 + (v >> RST_BLEND_SHIFT & 1)) >> RST_BLEND_SHIFT);
    }
}

#undef WIDE
#endif
