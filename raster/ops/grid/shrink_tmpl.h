/* The kernels of the box average for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, FROM_DOUBLE.
 *
 * What follows from the type: SUM, the type of a column's sum; TOTAL, that of a box's; OPAQUE, that of sums weighted by
 * alpha; DIVIDEND, what is divided by the number of samples; HALVE, for 8 and 16 bits, what four samples and 3 are
 * summed in. Integers up to 32 bits are summed exactly. */
#if BITS <= 16
#if IS_SIGNED
#define SUM int32_t
#else
#define SUM uint32_t
#endif
#define TOTAL int64_t
#define OPAQUE int64_t
#define DIVIDEND double
#elif BITS == 32 && !IS_FLOAT
#define SUM int64_t
#define TOTAL int64_t
#define OPAQUE double
#define DIVIDEND int64_t
#else
#define SUM double
#define TOTAL double
#define OPAQUE double
#define DIVIDEND double
#endif

static void RST_NAME(add)(const void *row, size_t n, void *target)
{
    const T *from = row;
    SUM *restrict sums = target;
    for (size_t i = 0; i < n; i++)
        sums[i] += (SUM)from[i];
}

static void RST_NAME(add_present)(const void *row, const uint8_t *mask, size_t n, void *target,
                                  uint32_t *restrict missing)
{
    const T *from = row;
    SUM *restrict sums = target;
    for (size_t i = 0; i < n; i++) {
        sums[i] += mask[i] ? (SUM)0 : (SUM)from[i];
        missing[i] += mask[i];
    }
}

/* Exact, ties to even, of integers up to 32 bits: total / count is off by half a unit in the last place of a double,
 * which is less than any quotient of 16-bit results can be short of a tie. */
static inline T RST_NAME(divide)(DIVIDEND total, int64_t count)
{
#if BITS == 32 && !IS_FLOAT
    return (T)shrink_divide(total, count);
#else
    return FROM_DOUBLE(total / (double)count);
#endif
}

static inline TOTAL RST_NAME(across)(const SUM *sums, size_t columns, size_t bands)
{
    TOTAL total = 0;
    for (size_t k = 0; k < columns; k++)
        total += (TOTAL)sums[k * bands];
    return total;
}

/* `boxes` of them, all present, each `columns` wide. Totals are divided a block at a time, in vectors. */
static void RST_NAME(average_all)(const SUM *sums, size_t boxes, size_t columns, size_t bands, int64_t count,
                                  T *restrict to)
{
    DIVIDEND totals[SHRINK_BLOCK];
    size_t held = 0;
    for (size_t box = 0; box < boxes; box++) {
        const SUM *from = sums + box * columns * bands;
        for (size_t band = 0; band < bands; band++) {
            totals[held++] = (DIVIDEND)RST_NAME(across)(from + band, columns, bands);
            if (held < SHRINK_BLOCK && (box + 1 < boxes || band + 1 < bands)) continue;
            for (size_t i = 0; i < held; i++)
                to[i] = RST_NAME(divide)(totals[i], count);
            to += held;
            held = 0;
        }
    }
}

/* Returns how many boxes had nothing. */
static int64_t RST_NAME(average_some)(const SUM *sums, const uint32_t *missing, size_t boxes, size_t columns,
                                      size_t bands, int64_t rows, T nodata, T *to)
{
    int64_t empty = 0;
    for (size_t box = 0; box < boxes; box++)
        for (size_t band = 0; band < bands; band++) {
            size_t at = box * columns * bands + band;
            int64_t present = rows * (int64_t)columns;
            for (size_t k = 0; k < columns; k++)
                present -= missing[at + k * bands];
            *to++ = present ? RST_NAME(divide)((DIVIDEND)RST_NAME(across)(sums + at, columns, bands), present) : nodata;
            empty += !present;
        }
    return empty;
}

static int64_t RST_NAME(average)(const struct rst_shrink_boxes *boxes, const void *sums, const uint32_t *missing,
                                 void *to)
{
    size_t whole = boxes->columns / boxes->factor, rest = boxes->columns % boxes->factor;
    size_t bands = boxes->bands, done = whole * boxes->factor * bands;
    T nodata = boxes->nodata.NAME;
    if (missing) {
        int64_t empty = RST_NAME(average_some)(sums, missing, whole, boxes->factor, bands, boxes->rows, nodata, to);
        if (rest)
            empty += RST_NAME(average_some)((const SUM *)sums + done, missing + done, 1, rest, bands, boxes->rows,
                                            nodata, (T *)to + whole * bands);
        return empty;
    }
    RST_NAME(average_all)(sums, whole, boxes->factor, bands, boxes->rows * (int64_t)boxes->factor, to);
    if (rest) RST_NAME(average_all)
    ((const SUM *)sums + done, 1, rest, bands, boxes->rows * (int64_t)rest, (T *)to + whole * bands);
    return 0;
}

#if BITS <= 16
#if BITS == 16
#define HALVE SUM
#elif IS_SIGNED
#define HALVE int16_t
#else
#define HALVE uint16_t
#endif

/* The average around every corner that four pixels share, of which every other one is a box. */
static void RST_NAME(corners)(const T *a, const T *b, size_t bands, size_t n, T *restrict to)
{
    for (size_t i = 0; i < n; i++) {
        HALVE v = (HALVE)(a[i] + b[i] + a[i + bands] + b[i + bands]);
        to[i] = (T)((HALVE)(v + 1 + ((v >> 2) & 1)) >> 2);
    }
}

static void RST_NAME(halve)(const void *above, const void *below, size_t bands, size_t pixels, void *line, void *to)
{
    size_t at = 0;
#if BITS == 8 && !IS_SIGNED
    at = shrink_halve_bytes(above, below, bands, pixels, to);
#endif
    for (; at < pixels; at += RST_SHRINK_LINE / 2) {
        size_t count = pixels - at < RST_SHRINK_LINE / 2 ? pixels - at : RST_SHRINK_LINE / 2;
        size_t from = 2 * at * bands;
        RST_NAME(corners)((const T *)above + from, (const T *)below + from, bands, (2 * count - 1) * bands, line);
        shrink_keep_even(line, count, bands * sizeof(T), (T *)to + at * bands);
    }
}

#undef HALVE
#endif

/* What a sample of the result is made of. */
struct RST_NAME(cell) {
    OPAQUE weighted, opacity; /* sums of alpha * value and of alpha */
    OPAQUE plain;             /* sum of values: for alpha itself, and where all is transparent */
    int64_t count;            /* of values */
};
_Static_assert(sizeof(struct RST_NAME(cell)) == RST_SHRINK_CELL_BYTES, "room for cells");

static void RST_NAME(add_opaque)(const struct rst_shrink_boxes *boxes, size_t alpha, const void *row,
                                 const uint8_t *mask, void *cells)
{
    const T *from = row;
    size_t bands = boxes->bands;
    for (size_t x = 0; x < boxes->columns; x++, from += bands) {
        struct RST_NAME(cell) *cell = (struct RST_NAME(cell) *)cells + x / boxes->factor * bands;
        const uint8_t *missing = mask ? mask + x * bands : NULL;
        T opacity = (missing && missing[alpha]) || !(from[alpha] > 0) ? (T)0 : from[alpha];
        for (size_t band = 0; band < bands; band++, cell++) {
            if (missing && missing[band]) continue;
            if (opacity > 0 && band != alpha) {
                cell->weighted += (OPAQUE)opacity * (OPAQUE)from[band];
                cell->opacity += (OPAQUE)opacity;
            }
            cell->plain += (OPAQUE)from[band];
            cell->count++;
        }
    }
}

static int64_t RST_NAME(average_opaque)(const struct rst_shrink_boxes *boxes, const void *cells, size_t n, void *to)
{
    const struct RST_NAME(cell) *cell = cells;
    int64_t empty = 0;
    for (size_t i = 0; i < n; i++, cell++) {
        OPAQUE sum = cell->opacity > 0 ? cell->weighted : cell->plain;
        OPAQUE count = cell->opacity > 0 ? cell->opacity : (OPAQUE)cell->count;
#if BITS <= 16
        ((T *)to)[i] = cell->count ? (T)shrink_divide(sum, count) : boxes->nodata.NAME;
#else
        ((T *)to)[i] = cell->count ? FROM_DOUBLE(sum / count) : boxes->nodata.NAME;
#endif
        empty += !cell->count;
    }
    return empty;
}

#undef SUM
#undef TOTAL
#undef OPAQUE
#undef DIVIDEND
