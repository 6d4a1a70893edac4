/* One row of each pattern, in one type. Included once per type with
 *
 *     T, NAME(x), IS_FLOAT  see each_type.h
 *     FROM_BITS(b)          8 * sizeof(T) random bits, in the lower end of a uint64_t, as a sample
 *
 * A row's samples are those of columns x ... x + width - 1; `bands` of them per pixel, the first of them band `band`.
 */

static T NAME(noise_lane)(const struct row *row, int64_t at)
{
    enum { LANES = 8 / sizeof(T), BITS = 8 * sizeof(T) };
    return FROM_BITS(noise_word(row->key, at / LANES) >> (at % LANES * BITS));
}

/* Samples are lanes of a row's sequence of 64-bit words, in the order of a chunky row: whole words where all bands are
 * asked for, single lanes where one band is. */
static void NAME(noise)(const struct row *row, void *to)
{
    enum { LANES = 8 / sizeof(T), BITS = 8 * sizeof(T) };
    T *samples = to;
    int64_t first = row->x * row->all_bands + row->band, count = row->width * row->bands, i = 0;
    int64_t step = row->bands == row->all_bands ? 1 : row->all_bands;
    int64_t whole = step == 1 ? (LANES - first % LANES) % LANES : count; /* where the first whole word starts */
    for (; i < count && i < whole; i++)
        samples[i] = NAME(noise_lane)(row, first + i * step);
    for (; i + LANES <= count; i += LANES) {
        uint64_t word = noise_word(row->key, (first + i) / LANES);
        if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && !IS_FLOAT) { /* integers: the lanes in memory as they are */
            memcpy(samples + i, &word, sizeof word);
            continue;
        }
        for (int lane = 0; lane < LANES; lane++)
            samples[i + lane] = FROM_BITS(word >> (lane * BITS));
    }
    for (; i < count; i++)
        samples[i] = NAME(noise_lane)(row, first + i);
}

static void NAME(gradient)(const struct row *row, void *to)
{
    T *samples = to;
    for (int32_t b = 0; b < row->bands; b++) {
        double across = gradient_across(row, row->band + b), start = gradient_start(row, row->band + b);
        for (int64_t i = 0; i < row->width; i++)
            samples[i * row->bands + b] = (T)(start + across * (double)(row->x + i));
    }
}

static void NAME(checker)(const struct row *row, void *to)
{
    T *samples = to;
    for (int64_t i = 0; i < row->width;) {
        int64_t end = checker_end(row, row->x + i) - row->x;
        T value = checker_is_high(row, row->x + i) ? (T)row->top : 0;
        for (int64_t at = i * row->bands; at < end * row->bands; at++)
            samples[at] = value;
        i = end;
    }
}

static void NAME(constant)(const struct row *row, void *to)
{
    T *samples = to, value;
    memcpy(&value, &row->value, sizeof value);
    for (int64_t i = 0; i < row->width * row->bands; i++)
        samples[i] = value;
}
