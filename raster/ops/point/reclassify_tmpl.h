/* Finding the class of a sample, for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, IS_FLOAT. */

/* A binary search of all samples at once, half by half: no branch, and no sample waits for another. */
static void RST_NAME(find)(const void *starts, size_t count, const void *samples, uint32_t *restrict places, size_t n)
{
    const T *restrict first = starts;
    const T *restrict in = samples;
    for (size_t i = 0; i < n; i++)
        places[i] = 0;
    for (uint32_t half = (uint32_t)count / 2; half > 0; half /= 2)
        for (size_t i = 0; i < n; i++)
            places[i] += first[places[i] + half] <= in[i] ? half : 0;
#if IS_FLOAT
    for (size_t i = 0; i < n; i++)
        places[i] = in[i] != in[i] ? (uint32_t)count : places[i];
#endif
}
