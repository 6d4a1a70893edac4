/* Sums of integers of 8 and 16 bits.
 *
 * Parameters: those of stats_int_tmpl.h, which undefines MOST_LAPS and NODATA. */
#if BITS == 8
#define MOST_LAPS 255
#define NODATA uint8_t
#define SQUARE uint16_t
#define SQUARES uint32_t
#else
#define MOST_LAPS 65535
#define NODATA uint16_t
#define SQUARE uint32_t
#define SQUARES uint64_t
#endif
#if BITS == 8 && IS_SIGNED
#define SUM int16_t
#elif BITS == 8
#define SUM uint16_t
#elif IS_SIGNED
#define SUM int32_t
#else
#define SUM uint32_t
#endif

struct RST_NAME(lanes) {
    T min[LANES], max[LANES];
    NODATA nodata[LANES];
    SUM sum[LANES];
    SQUARES squares[LANES];
};

static inline void RST_NAME(add)(struct RST_NAME(lanes) *restrict to, const T *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to->sum[i] = (SUM)(to->sum[i] + from[i]);
        to->squares[i] += (SQUARE)((SQUARE)from[i] * (SQUARE)from[i]);
    }
}

static void RST_NAME(fold_sums)(const struct RST_NAME(lanes) * lanes, size_t count, size_t bands, size_t band,
                                struct rst_stats_sums *sums)
{
    int64_t sum = 0;
    uint64_t squares = 0;
    for (size_t i = band; i < count; i += bands) {
        sum += lanes->sum[i];
        squares += lanes->squares[i];
    }
    rst_wide_add(&sums->sum, rst_wide_of(sum));
    rst_wide_add_shifted(&sums->squares, squares, 0);
}

#undef SQUARE
#undef SQUARES
#undef SUM
