/* Marking and putting back nodata, for one type. Defined before including: SAMPLE (the C type), NAME(x) (x with the
 * type's suffix), MEMBER (of union rst_sample), IS_NAN(v). */

static int64_t NAME(mark)(const void *row, size_t count, union rst_sample nodata, uint8_t *mask)
{
    const SAMPLE *from = row;
    const SAMPLE value = nodata.MEMBER;
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

static int64_t NAME(collisions)(const SAMPLE *row, size_t count, SAMPLE value, const uint8_t *mask)
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

static int64_t NAME(restore)(void *row, size_t count, union rst_sample nodata, const uint8_t *mask,
                             const void *original)
{
    SAMPLE *to = row;
    const SAMPLE *from = original;
    const SAMPLE value = nodata.MEMBER;
    if (from) {
        RST_ROW_LOOP
        for (size_t i = 0; i < count; i++) {
            SAMPLE old = from[i], now = to[i]; /* loaded either way: a load that depends is no vector code */
            to[i] = mask[i] ? old : now;
        }
    } else {
        RST_ROW_LOOP
        for (size_t i = 0; i < count; i++)
            to[i] = mask[i] ? value : to[i];
    }
    return NAME(collisions)(to, count, value, mask);
}

#undef SAMPLE
#undef NAME
#undef MEMBER
#undef IS_NAN
