/* Samples of one pixel type into a block of doubles, and back.
 *
 * Parameters, from each_type.h: T, NAME, IS_FLOAT, FROM_DOUBLE. */
#if IS_FLOAT
#define FROM_RESULT(v) ((T)((v) == (v) ? (v) : (double)NAN))
#else
#define FROM_RESULT(v) FROM_DOUBLE(v)
#endif

static void RST_NAME(load)(const void *row, size_t stride, double *restrict to, size_t count)
{
    const T *from = row;
    if (stride == 1)
        for (size_t i = 0; i < count; i++)
            to[i] = (double)from[i];
    else
        for (size_t i = 0; i < count; i++)
            to[i] = (double)from[i * stride];
}

static void RST_NAME(store)(const double *restrict from, void *row, size_t stride, size_t count)
{
    T *to = row;
    if (stride == 1)
        for (size_t i = 0; i < count; i++)
            to[i] = FROM_RESULT(from[i]);
    else
        for (size_t i = 0; i < count; i++)
            to[i * stride] = FROM_RESULT(from[i]);
}

#undef FROM_RESULT
