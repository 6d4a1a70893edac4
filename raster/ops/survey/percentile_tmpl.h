/* Counting by some bits of a key, for one pixel type: 8- and 16-bit types are counted value by value elsewhere.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED. */
#if BITS > 16

#if BITS == 32
#define KEY uint32_t
#else
#define KEY uint64_t
#endif
#define SIGN ((KEY)1 << (BITS - 1))

static inline KEY RST_NAME(key)(T value)
{
#if IS_FLOAT
    KEY bits;
    value += 0; /* -0 becomes 0 */
    memcpy(&bits, &value, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
#elif IS_SIGNED
    return (KEY)value ^ SIGN;
#else
    return value;
#endif
}

static inline bool RST_NAME(is_valid)(T value, bool gaps, T nodata)
{
#if IS_FLOAT
    return gaps ? (value < nodata) | (value > nodata) : value == value;
#else
    return !(gaps & (value == nodata));
#endif
}

/* All of them, by their first bits; others are counted behind them. */
static inline __attribute__((always_inline)) void RST_NAME(count_first)(const T *restrict samples, size_t count,
                                                                        size_t step, bool gaps, T nodata, int bits,
                                                                        uint64_t *counts)
{
    uint32_t places[BLOCK];
    const uint32_t beside = UINT32_C(1) << bits;
    for (size_t i = 0; i < count; i++) {
        T value = samples[i * step];
        uint32_t place = (uint32_t)(RST_NAME(key)(value) >> (BITS - bits));
        places[i] = RST_NAME(is_valid)(value, gaps, nodata) ? place : beside;
    }
    for (size_t i = 0; i < count; i++)
        counts[places[i]]++;
}

/* Those that begin with a prefix: which ones is found for all at once, and few are counted. */
static inline __attribute__((always_inline)) void RST_NAME(count_next)(const T *restrict samples, size_t count,
                                                                       size_t step, bool gaps, T nodata,
                                                                       const struct rst_percentile_search *search,
                                                                       uint64_t *counts)
{
    KEY keys[BLOCK];
    uint8_t wanted[BLOCK];
    const int behind = BITS - search->known, shift = behind - search->bits;
    const KEY mask = ((KEY)1 << search->bits) - 1;
    memset(wanted, 0, sizeof wanted);
    for (size_t i = 0; i < count; i++)
        keys[i] = RST_NAME(key)(samples[i * step]);
    for (int32_t p = 0; p < search->count; p++) {
        const KEY prefix = (KEY)search->prefixes[p];
        for (size_t i = 0; i < count; i++)
            wanted[i] |= keys[i] >> behind == prefix;
    }
    for (size_t i = 0; i < count; i++)
        wanted[i] &= RST_NAME(is_valid)(samples[i * step], gaps, nodata);
    for (size_t start = 0; start < count; start += sizeof(uint64_t)) {
        uint64_t some;
        memcpy(&some, wanted + start, sizeof some);
        for (size_t i = start; some && i < start + sizeof some; i++) {
            if (!wanted[i]) continue;
            int32_t p = 0;
            while (keys[i] >> behind != (KEY)search->prefixes[p])
                p++;
            counts[((size_t)p << search->bits) + (size_t)(keys[i] >> shift & mask)]++;
        }
    }
}

static void RST_NAME(count)(const void *samples, size_t width, size_t bands, const union rst_sample *nodata,
                            const struct rst_percentile_search *search, uint64_t *counts)
{
    const T *from = samples;
    const T value = nodata ? nodata->NAME : 0;
    for (size_t x = 0; x < width; x += BLOCK, from += BLOCK * bands) {
        size_t some = width - x < BLOCK ? width - x : BLOCK;
        if (search->known == 0 && bands == 1)
            RST_NAME(count_first)(from, some, 1, nodata != NULL, value, search->bits, counts);
        else if (search->known == 0)
            RST_NAME(count_first)(from, some, bands, nodata != NULL, value, search->bits, counts);
        else if (bands == 1)
            RST_NAME(count_next)(from, some, 1, nodata != NULL, value, search, counts);
        else
            RST_NAME(count_next)(from, some, bands, nodata != NULL, value, search, counts);
    }
}

#undef KEY
#undef SIGN
#endif
