/* Sums of integers of 32 and 64 bits. What does not fit into 64 bits is added up in halves: the upper and the lower 32
 * bits of a term apart. A square of 64 bits has three terms, (h 2^32 + l)^2 = h^2 2^64 + 2 h l 2^32 + l^2.
 *
 * Parameters: those of stats_int_tmpl.h, which undefines MOST_LAPS and NODATA. */
#define MOST_LAPS (1 << 20) /* and so 2^27 terms below 2^32 in a band at the most */
#define NODATA uint32_t
#define TERMS (BITS == 32 ? 1 : 3)
#if IS_SIGNED
#define MAGNITUDE(v) ((v) < 0 ? 0 - (UNSIGNED)(v) : (UNSIGNED)(v))
#else
#define MAGNITUDE(v) (v)
#endif
#if BITS == 32
#define UNSIGNED uint32_t
#else
#define UNSIGNED uint64_t
#endif

struct RST_NAME(lanes) {
    T min[LANES], max[LANES];
    NODATA nodata[LANES];
    int64_t high[LANES]; /* of 32 bits: the whole sum */
    uint64_t low[LANES];
    uint64_t square_high[TERMS][LANES], square_low[TERMS][LANES]; /* of l^2, h l, h^2 */
};

#if BITS == 32
static inline void RST_NAME(add)(struct RST_NAME(lanes) *restrict to, const T *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t size = MAGNITUDE(from[i]);
        uint64_t square = (uint64_t)size * size;
        to->high[i] += from[i];
        to->square_high[0][i] += square >> 32;
        to->square_low[0][i] += (uint32_t)square;
    }
}
#else
static inline void RST_NAME(add)(struct RST_NAME(lanes) *restrict to, const T *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t size = MAGNITUDE(from[i]);
        uint64_t h = size >> 32, l = size & UINT32_MAX;
        const uint64_t terms[3] = {l * l, h * l, h * h};
        to->high[i] += (int64_t)(from[i] >> 32);
        to->low[i] += (uint64_t)from[i] & UINT32_MAX;
        for (int term = 0; term < 3; term++) {
            to->square_high[term][i] += terms[term] >> 32;
            to->square_low[term][i] += terms[term] & UINT32_MAX;
        }
    }
}
#endif

static void RST_NAME(fold_sums)(const struct RST_NAME(lanes) * lanes, size_t count, size_t bands, size_t band,
                                struct rst_stats_sums *sums)
{
    int64_t high = 0;
    uint64_t low = 0;
    for (size_t i = band; i < count; i += bands) {
        high += lanes->high[i];
        low += lanes->low[i];
    }
    rst_wide_add(&sums->sum, rst_wide_multiply(rst_wide_of(high), rst_wide_of(BITS == 32 ? 1 : INT64_C(1) << 32)));
    rst_wide_add_shifted(&sums->sum, low, 0);
    for (int term = 0; term < TERMS; term++) {
        uint64_t upper = 0, lower = 0;
        for (size_t i = band; i < count; i += bands) {
            upper += lanes->square_high[term][i];
            lower += lanes->square_low[term][i];
        }
        for (int times = term == 1 ? 2 : 1; times > 0; times--) {
            rst_wide_add_shifted(&sums->squares, upper, term + 1);
            rst_wide_add_shifted(&sums->squares, lower, term);
        }
    }
}

#undef TERMS
#undef MAGNITUDE
#undef UNSIGNED
