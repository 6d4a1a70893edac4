/* Counting differences in a row of samples. Included once per type by each_type.h. */

static void NAME(row)(struct tally *tally, const void *first, const void *second, int64_t count)
{
    const T *a = first, *b = second;
    for (int64_t i = 0; i < count; i++) {
#if IS_FLOAT
        if (a[i] == b[i] || (a[i] != a[i] && b[i] != b[i])) continue;
        double apart = fabs((double)a[i] - (double)b[i]);
        if (!(apart <= INFINITY)) apart = INFINITY;
        tally_real(tally, i, apart);
#else
        if (a[i] == b[i]) continue;
        tally_whole(tally, i, a[i] > b[i] ? (uint64_t)a[i] - (uint64_t)b[i] : (uint64_t)b[i] - (uint64_t)a[i]);
#endif
    }
}
