/* What makes sums of the Gaussian from one pixel type, and pixels from sums, in one arithmetic.
 *
 * Parameters: T, NAME, BITS, IS_FLOAT from each_type.h; SUM and SUM_NAME as in gauss_sum_tmpl.h; SUM_TYPE, the short
 * name of SUM, and SUM_BITS. Single precision is for the types whose every value a float holds.
 */
#if SUM_BITS == 64 || BITS <= 16 || (BITS == 32 && IS_FLOAT)

#define GAUSS(name) RST_PASTE(RST_NAME(name), SUM_NAME)
#define ROUND RST_PASTE(RST_PASTE(rst, NAME), RST_PASTE(from, SUM_TYPE))

static void GAUSS(widen)(void *to, const void *from, size_t count)
{
    const T *restrict pixels = from;
    SUM *restrict sums = to;

    for (size_t i = 0; i < count; i++)
        sums[i] = (SUM)pixels[i];
}

static void GAUSS(finish)(void *to, const void *from, size_t count)
{
    const SUM *restrict sums = from;
    T *restrict pixels = to;

    for (size_t i = 0; i < count; i++)
        pixels[i] = ROUND(sums[i]);
}

/* What is not a number is no smaller than the threshold. */
static void GAUSS(sharpen)(void *to, const void *from, const void *centre, size_t count,
                           const struct rst_gauss_sharpening *how)
{
    const SUM *restrict sums = from;
    const T *restrict middle = centre;
    T *restrict pixels = to;
    const SUM strength = (SUM)how->amount, threshold = (SUM)how->threshold;

    for (size_t i = 0; i < count; i++) {
        SUM v = (SUM)middle[i], apart = v - sums[i];
        apart = (apart < 0 ? -apart : apart) <= threshold ? 0 : apart;
        pixels[i] = ROUND(v + strength * apart);
    }
}

#undef GAUSS
#undef ROUND

#endif
