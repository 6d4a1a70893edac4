/* The saturated difference for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, TOP. */

/* A difference of signed integers has overflowed where their signs differ, and its own is not that of the first. */
static inline T RST_NAME(less)(T a, T b)
{
#if IS_FLOAT
    return a - b;
#elif IS_SIGNED
    T wrapped = (T)((uint64_t)a - (uint64_t)b), most = a < 0 ? -TOP - 1 : TOP;
    return (T)((a ^ b) & (a ^ wrapped)) < 0 ? most : wrapped;
#else
    return a > b ? (T)(a - b) : 0;
#endif
}

static void RST_NAME(subtract)(void *to, const void *a, const void *b, size_t count)
{
    const T *from = a, *off = b;
    T *result = to;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        result[i] = RST_NAME(less)(from[i], off[i]);
}
