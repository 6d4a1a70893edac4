/* The rank filters' kernels of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED.
 *
 * PATTERN is a sample's bits; KEY is what samples are compared by, and key ^ SIGN is ordered as an unsigned integer. */
#if BITS == 8
#define PATTERN uint8_t
#define KEY uint8_t
#define SIGN 0
#define FLIP ((KEY)(IS_SIGNED << 7))
#elif BITS == 16
#define PATTERN uint16_t
#define KEY int16_t
#define SIGN ((PATTERN)1 << 15)
#define FLIP ((PATTERN)(!IS_SIGNED << 15))
#elif BITS == 32
#define PATTERN rank_pattern32
#define KEY int32_t
#define SIGN ((PATTERN)1 << 31)
#define FLIP ((PATTERN)!IS_SIGNED << 31)
#else
#define PATTERN rank_pattern64
#define KEY int64_t
#define SIGN ((PATTERN)1 << 63)
#define FLIP ((PATTERN)!IS_SIGNED << 63)
#endif

#if IS_FLOAT
#if BITS == 32
#define INFINITE UINT32_C(0x7F800000)
#define QUIET INT32_C(0x7FC00000)
#else
#define INFINITE UINT64_C(0x7FF0000000000000)
#define QUIET INT64_C(0x7FF8000000000000)
#endif

static inline KEY RST_NAME(key_of)(PATTERN bits)
{
    KEY key = (KEY)(bits ^ (PATTERN)((KEY)bits < 0 ? ~SIGN : 0));
    return (bits & ~SIGN) > INFINITE ? QUIET : key;
}

static inline PATTERN RST_NAME(bits_of)(KEY key)
{
    return (PATTERN)key ^ (key < 0 ? ~SIGN : 0);
}
#undef INFINITE
#undef QUIET
#else
static inline KEY RST_NAME(key_of)(PATTERN bits)
{
    return (KEY)(bits ^ FLIP);
}

static inline PATTERN RST_NAME(bits_of)(KEY key)
{
    return (PATTERN)key ^ FLIP;
}
#endif

static void RST_NAME(load)(void *restrict keys, const void *restrict samples, size_t count)
{
    const PATTERN *restrict from = samples;
    KEY *restrict to = keys;
    for (size_t i = 0; i < count; i++)
        to[i] = RST_NAME(key_of)(from[i]);
}

static void RST_NAME(store)(void *restrict samples, const void *restrict keys, size_t count)
{
    const KEY *restrict from = keys;
    PATTERN *restrict to = samples;
    for (size_t i = 0; i < count; i++)
        to[i] = RST_NAME(bits_of)(from[i]);
}

/* ---- 3 x 3 ---- */

#define LESS(a, b) ((a) < (b) ? (a) : (b))
#define MORE(a, b) ((a) < (b) ? (b) : (a))
#define MIDDLE(a, b, c) MORE(LESS(a, b), LESS(MORE(a, b), c))

/* The median of nine is that of the greatest of the columns' least, the middle one of their middle ones, and the least
 * of their greatest. */
static void RST_NAME(median3)(const void *const rows[3], size_t step, size_t n, void *target)
{
    const PATTERN *r0 = rows[0], *r1 = rows[1], *r2 = rows[2];
    PATTERN *restrict to = target;
    for (size_t i = 0; i < n; i++) {
        KEY least[3], middle[3], most[3];
        for (size_t k = 0; k < 3; k++) {
            KEY a = RST_NAME(key_of)(r0[i + k * step]), b = RST_NAME(key_of)(r1[i + k * step]);
            KEY c = RST_NAME(key_of)(r2[i + k * step]), low = LESS(a, b), high = MORE(a, b), rest = LESS(high, c);
            least[k] = LESS(low, rest);
            middle[k] = MORE(low, rest);
            most[k] = MORE(high, c);
        }
        KEY p = MORE(least[0], least[1]), q = MIDDLE(middle[0], middle[1], middle[2]), r = LESS(most[0], most[1]);
        p = MORE(p, least[2]);
        r = LESS(r, most[2]);
        to[i] = RST_NAME(bits_of)(MIDDLE(p, q, r));
    }
}

#undef LESS
#undef MORE
#undef MIDDLE

/* ---- counting ---- */

#if BITS == 8

/* With a step that the compiler knows it takes several samples at once. */
static inline __attribute__((always_inline)) void RST_NAME(gather)(const PATTERN *restrict from, uint8_t *restrict to,
                                                                   size_t n, const size_t step)
{
    for (size_t x = 0; x < n; x++)
        to[x] = RST_NAME(key_of)(from[x * step]);
}

static void RST_NAME(order)(const struct rst_rank_area *area, struct rst_rank_counts *counts)
{
    for (size_t y = 0; y < area->high; y++) {
        const PATTERN *from = (const PATTERN *)area->rows[y] + area->from;
        uint8_t *to = counts->plane + y * area->wide;
        if (area->step == 1)
            RST_NAME(gather)(from, to, area->wide, 1);
        else if (area->step == 3)
            RST_NAME(gather)(from, to, area->wide, 3);
        else
            RST_NAME(gather)(from, to, area->wide, area->step);
    }
}

static void RST_NAME(pick)(const struct rst_rank_area *area, const struct rst_rank_counts *counts, size_t line)
{
    PATTERN *to = (PATTERN *)area->to[line] + area->place;
    for (size_t x = 0; x < area->columns; x++)
        to[x * area->step] = RST_NAME(bits_of)(counts->found[x]);
}

#else

/* Samples that are there, as keys without sign, with their places. */
static size_t RST_NAME(gather)(const struct rst_rank_area *area, struct rst_rank_counts *counts)
{
    PATTERN *keys = counts->keys[0];
    uint32_t *places = counts->places[0];
    size_t n = 0;
    for (size_t y = 0; y < area->high; y++) {
        const PATTERN *from = (const PATTERN *)area->rows[y] + area->from;
        const uint8_t *missing = counts->missing + y * area->wide;
        for (size_t x = 0; x < area->wide; x++) {
            keys[n] = (PATTERN)RST_NAME(key_of)(from[x * area->step]) ^ SIGN;
            places[n] = (uint32_t)(y << 16 | x);
            n += !area->masks || !missing[x];
        }
    }
    return n;
}

/* From keys[0] and places[0] to keys[1] and places[1], by one byte; what is equal stays in order. `count` has how often
 * each byte is there. */
static void RST_NAME(scatter)(struct rst_rank_counts *counts, size_t n, int byte, const uint32_t *count)
{
    const PATTERN *keys = counts->keys[0];
    const uint32_t *places = counts->places[0];
    PATTERN *sorted = counts->keys[1];
    uint32_t at[256], sum = 0;
    for (int i = 0; i < 256; i++) {
        at[i] = sum;
        sum += count[i];
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t to = at[keys[i] >> 8 * byte & 255]++;
        sorted[to] = keys[i];
        counts->places[1][to] = places[i];
    }
}

static void RST_NAME(radix)(struct rst_rank_counts *counts, size_t n)
{
    uint32_t count[BITS / 8][256] = {{0}};
    const PATTERN *keys = counts->keys[0];
    for (size_t i = 0; i < n; i++)
        for (int byte = 0; byte < BITS / 8; byte++)
            count[byte][keys[i] >> 8 * byte & 255]++;
    for (int byte = 0; byte < BITS / 8; byte++) {
        if (n && count[byte][((const PATTERN *)counts->keys[0])[0] >> 8 * byte & 255] == n) continue;
        RST_NAME(scatter)(counts, n, byte, count[byte]);
        void *other = counts->keys[0];
        uint32_t *others = counts->places[0];
        counts->keys[0] = counts->keys[1];
        counts->places[0] = counts->places[1];
        counts->keys[1] = other;
        counts->places[1] = others;
    }
}

static void RST_NAME(order)(const struct rst_rank_area *area, struct rst_rank_counts *counts)
{
    size_t n = RST_NAME(gather)(area, counts);
    RST_NAME(radix)(counts, n);
    counts->sorted = n;
    counts->shift = 0;
    while (n > (size_t)RST_RANK_BUCKETS << counts->shift)
        counts->shift++;
    for (size_t i = 0; i < n; i++) {
        uint32_t place = counts->places[0][i];
        counts->x[i] = (uint16_t)place;
        counts->y[i] = (uint16_t)(place >> 16);
        counts->plane[(place >> 16) * area->wide + (uint16_t)place] = (uint8_t)(i >> counts->shift);
    }
    for (size_t i = n; i < n + RST_RANK_CHUNK; i++)
        counts->x[i] = counts->y[i] = UINT16_MAX;
}

/* The sample is the one of that rank among those of its bucket that lie in the window. */
static void RST_NAME(pick)(const struct rst_rank_area *area, const struct rst_rank_counts *counts, size_t line)
{
    PATTERN *to = (PATTERN *)area->to[line] + area->place;
    const PATTERN *keys = counts->keys[0];
    for (size_t x = 0; x < area->columns; x++) {
        if (counts->rest[x] == RST_RANK_NONE) {
            to[x * area->step] = 0;
            continue;
        }
        size_t at = rank_place(area, counts, x, line, (size_t)counts->found[x] << counts->shift);
        to[x * area->step] = RST_NAME(bits_of)((KEY)(keys[at] ^ SIGN));
    }
}

#endif

/* ---- despeckle ---- */

static void RST_NAME(keep)(const void *row, void *target, size_t n, uint64_t whole, double real)
{
    const T *from = row;
    T *restrict to = target;
#if IS_FLOAT
    (void)whole;
    for (size_t i = 0; i < n; i++) {
        double a = (double)from[i], b = (double)to[i], apart = fabs(a - b);
        to[i] = apart <= real || b != b ? from[i] : to[i];
    }
#else
    (void)real;
    const PATTERN most = whole > (PATTERN)-1 ? (PATTERN)-1 : (PATTERN)whole;
    for (size_t i = 0; i < n; i++) {
        T a = from[i], b = to[i];
        PATTERN apart = (PATTERN)(a < b ? (PATTERN)b - (PATTERN)a : (PATTERN)a - (PATTERN)b);
        to[i] = apart <= most ? a : b;
    }
#endif
}

#undef PATTERN
#undef KEY
#undef SIGN
#undef FLIP
