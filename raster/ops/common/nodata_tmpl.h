/* Marking and putting back nodata, for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, IS_FLOAT. */
#if IS_FLOAT
#define IS_NAN(v) ((v) != (v))
#else
#define IS_NAN(v) false
#endif

static int64_t RST_NAME(mark)(const void *row, size_t count, union rst_sample nodata, uint8_t *mask)
{
    const T *from = row;
    const T value = nodata.NAME;
    int64_t marked = 0;
    if (IS_NAN(value)) {
        for (size_t i = 0; i < count; i++)
            mask[i] = IS_NAN(from[i]);
    } else {
        for (size_t i = 0; i < count; i++)
            mask[i] = from[i] == value;
    }
    for (size_t i = 0; i < count; i++)
        marked += mask[i];
    return marked;
}

static int64_t RST_NAME(collisions)(const T *row, size_t count, T value, const uint8_t *mask)
{
    int64_t found = 0;
    for (size_t start = 0; start < count; start += STRETCH) {
        size_t end = count - start < STRETCH ? count : start + STRETCH;
        uint32_t some = 0;
        if (IS_NAN(value)) {
            for (size_t i = start; i < end; i++)
                some += IS_NAN(row[i]) & (mask[i] == 0);
        } else {
            for (size_t i = start; i < end; i++)
                some += (row[i] == value) & (mask[i] == 0);
        }
        found += some;
    }
    return found;
}

static int64_t RST_NAME(restore)(void *row, size_t count, union rst_sample nodata, const uint8_t *mask,
                                 const void *original)
{
    T *to = row;
    const T *from = original;
    const T value = nodata.NAME;
    if (from) {
        RST_ROW_LOOP
        for (size_t i = 0; i < count; i++) {
            T old = from[i], now = to[i]; /* loaded either way: a load that depends is no vector code */
            to[i] = mask[i] ? old : now;
        }
    } else {
        RST_ROW_LOOP
        for (size_t i = 0; i < count; i++)
            to[i] = mask[i] ? value : to[i];
    }
    return RST_NAME(collisions)(to, count, value, mask);
}

#undef IS_NAN
