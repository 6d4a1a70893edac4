/* Statistics of floats, over blocks of a row that stay in the first-level cache: the sum first, then the squared
 * distances from the block's own mean, so that nothing cancels.
 *
 * Parameters, from stats_tmpl.h: T, NAME, LANES, HIGHEST, LOWEST. */
struct RST_NAME(lanes) {
    T min[LANES], max[LANES];
    uint32_t valid[LANES], numbers[LANES]; /* numbers: all that is not NaN, counted where nodata is another value */
    double sum[LANES], center[LANES], deviation[LANES];
};

/* Neither NaN nor the value that stands for a missing sample. */
static inline bool RST_NAME(is_valid)(T value, bool gaps, T nodata)
{
    return gaps ? (value < nodata) | (value > nodata) : value == value;
}

static inline void RST_NAME(range)(struct RST_NAME(lanes) *restrict to, const T *restrict from, size_t count, bool gaps,
                                   T nodata)
{
    for (size_t i = 0; i < count; i++) {
        bool valid = RST_NAME(is_valid)(from[i], gaps, nodata);
        T low = valid ? from[i] : HIGHEST, high = valid ? from[i] : LOWEST;
        to->min[i] = low < to->min[i] ? low : to->min[i];
        to->max[i] = high > to->max[i] ? high : to->max[i];
        to->valid[i] += valid;
        if (gaps) to->numbers[i] += from[i] == from[i];
    }
}

static inline void RST_NAME(add)(struct RST_NAME(lanes) *restrict to, const T *restrict from, size_t count, bool gaps,
                                 T nodata)
{
    for (size_t i = 0; i < count; i++)
        to->sum[i] += RST_NAME(is_valid)(from[i], gaps, nodata) ? from[i] : 0;
}

static inline void RST_NAME(deviate)(struct RST_NAME(lanes) *restrict to, const T *restrict from, size_t count,
                                     bool gaps, T nodata)
{
    for (size_t i = 0; i < count; i++) {
        double distance = from[i] - to->center[i];
        distance = RST_NAME(is_valid)(from[i], gaps, nodata) ? distance : 0;
        to->deviation[i] += distance * distance;
    }
}

static void RST_NAME(start)(struct RST_NAME(lanes) * lanes, size_t count)
{
    memset(lanes, 0, sizeof *lanes);
    for (size_t i = 0; i < count; i++) {
        lanes->min[i] = HIGHEST;
        lanes->max[i] = LOWEST;
    }
}

/* After the first look at a block: `samples` are of each band. */
static void RST_NAME(center)(struct RST_NAME(lanes) * lanes, const struct stripe *stripe, uint64_t samples, bool gaps,
                             struct rst_stats_sums *sums, struct block *blocks)
{
    for (size_t band = 0; band < stripe->bands; band++) {
        T min = HIGHEST, max = LOWEST;
        uint64_t numbers = 0;
        struct block block = {0};
        for (size_t i = band; i < stripe->lanes; i += stripe->bands) {
            min = lanes->min[i] < min ? lanes->min[i] : min;
            max = lanes->max[i] > max ? lanes->max[i] : max;
            numbers += lanes->numbers[i];
            block.valid += lanes->valid[i];
            block.sum += lanes->sum[i];
        }
        for (size_t i = band; i < stripe->lanes; i += stripe->bands)
            lanes->center[i] = block.sum / (double)block.valid;
        if (!gaps) numbers = block.valid;
        if (block.valid) RST_NAME(extend)(&sums[band], min, max);
        sums[band].nan += samples - numbers;
        sums[band].nodata += numbers - block.valid;
        blocks[band] = block;
    }
}

/* After the second. */
static void RST_NAME(fold)(const struct RST_NAME(lanes) * lanes, const struct stripe *stripe,
                           const struct block *blocks, struct rst_stats_sums *sums)
{
    for (size_t band = 0; band < stripe->bands; band++) {
        double deviation = 0;
        for (size_t i = band; i < stripe->lanes; i += stripe->bands)
            deviation += lanes->deviation[i];
        rst_stats_add_reals(&sums[band], blocks[band].valid, blocks[band].sum, deviation);
    }
}

static inline __attribute__((always_inline)) void RST_NAME(stripe)(const T *from, const struct stripe *stripe,
                                                                   bool gaps, T nodata, struct rst_stats_sums *sums)
{
    struct RST_NAME(lanes) lanes;
    struct block blocks[LANES];
    size_t most = BLOCK_BYTES / sizeof(T) / stripe->lanes, laps = stripe->laps + (stripe->rest > 0);
    for (size_t at = 0, end; at < laps; at = end) {
        const T *again = from;
        uint64_t samples = 0;
        end = laps - at < most ? laps : at + most;
        RST_NAME(start)(&lanes, stripe->lanes);
        for (size_t lap = at; lap < end; lap++, from += stripe->stride) {
            size_t count = lap < stripe->laps ? stripe->lanes : stripe->rest;
            RST_NAME(range)(&lanes, from, count, gaps, nodata);
            RST_NAME(add)(&lanes, from, count, gaps, nodata);
            samples += count;
        }
        RST_NAME(center)(&lanes, stripe, samples / stripe->bands, gaps, sums, blocks);
        for (size_t lap = at; lap < end; lap++, again += stripe->stride)
            RST_NAME(deviate)(&lanes, again, lap < stripe->laps ? stripe->lanes : stripe->rest, gaps, nodata);
        RST_NAME(fold)(&lanes, stripe, blocks, sums);
    }
}
