/* Pixels of one type to planes of one arithmetic, and back.
 *
 * Parameters: T, NAME, BITS, IS_FLOAT from each_type.h; SUM, SUM_NAME; SUM_TYPE, the short name of SUM, and SUM_BITS.
 */
#if SUM_BITS == 64 || BITS <= 16

#define BILATERAL(name) RST_PASTE(RST_NAME(name), SUM_NAME)

static void BILATERAL(split)(void *to, const void *from, size_t pixels, int32_t bands)
{
    const T *restrict in = from;
    SUM *restrict out = to;

    for (size_t i = 0; i < pixels; i++)
        out[i] = (SUM)in[i * (size_t)bands];
}

static void BILATERAL(join)(void *to, const void *from, size_t pixels, int32_t bands)
{
    const SUM *restrict in = from;
    T *restrict out = to;

    for (size_t i = 0; i < pixels; i++)
        out[i * (size_t)bands] = RST_PASTE(RST_PASTE(rst, NAME), RST_PASTE(from, SUM_TYPE))(in[i]);
}

#undef BILATERAL

#endif
