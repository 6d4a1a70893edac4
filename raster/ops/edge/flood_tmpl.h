/* Hysteresis among the samples of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, IS_FLOAT, TOP. */
#define NONE ((T)0)
#define WEAK ((T)(IS_FLOAT ? 0.5 : 1))
#define MISSING ((T)2)
#define STRONG ((T)TOP)

static inline T *RST_NAME(sample)(const struct rst_flood *flood, int32_t row, int32_t column)
{
    return (T *)(void *)(flood->data + row * flood->row_stride) + column;
}

static inline void RST_NAME(reach)(struct rst_flood *flood, T *sample, int32_t row, int32_t column)
{
    if (*sample != WEAK) return;
    *sample = STRONG;
    flood->stack[flood->depth++] = (uint32_t)row << 16 | (uint32_t)column;
}

/* Everything around a strong sample at the rim of the part: inside it is reached, outside it is told of. */
static void RST_NAME(around_rim)(struct rst_flood *flood, int32_t row, int32_t column)
{
    for (int32_t i = -1; i <= 1; i++)
        for (int32_t j = -1; j <= 1; j++) {
            int32_t y = row + i, x = column + j * flood->step;
            unsigned side = side_of(flood, y, x);
            if (!(flood->there >> side & 1)) continue;
            T *sample = RST_NAME(sample)(flood, y, x);
            if (side == HERE)
                RST_NAME(reach)(flood, sample, y, x);
            else if (*sample == WEAK)
                flood->touched |= 1u << side;
        }
}

static void RST_NAME(around)(struct rst_flood *flood, int32_t row, int32_t column)
{
    int32_t step = flood->step;
    if (row == 0 || row == flood->height - 1 || column < step || column >= flood->width - step) {
        RST_NAME(around_rim)(flood, row, column);
        return;
    }
    T *above = RST_NAME(sample)(flood, row - 1, column), *here = RST_NAME(sample)(flood, row, column);
    T *below = RST_NAME(sample)(flood, row + 1, column);
    RST_NAME(reach)(flood, above - step, row - 1, column - step);
    RST_NAME(reach)(flood, above, row - 1, column);
    RST_NAME(reach)(flood, above + step, row - 1, column + step);
    RST_NAME(reach)(flood, here - step, row, column - step);
    RST_NAME(reach)(flood, here + step, row, column + step);
    RST_NAME(reach)(flood, below - step, row + 1, column - step);
    RST_NAME(reach)(flood, below, row + 1, column);
    RST_NAME(reach)(flood, below + step, row + 1, column + step);
}

/* A sample is put on the stack once, when it becomes strong: the stack has room for all of them. */
static void RST_NAME(drain)(struct rst_flood *flood)
{
    while (flood->depth > 0) {
        uint32_t place = flood->stack[--flood->depth];
        RST_NAME(around)(flood, (int32_t)(place >> 16), (int32_t)(place & 0xffff));
    }
}

/* seeds[i] is 1 where here[i] is weak and something strong lies around it. Returns whether there is one. */
static unsigned RST_NAME(find_seeds)(const T *above, const T *here, const T *below, ptrdiff_t step, ptrdiff_t n,
                                     uint8_t *restrict seeds)
{
    unsigned any = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        int strong = above[i - step] == STRONG;
        strong |= above[i] == STRONG;
        strong |= above[i + step] == STRONG;
        strong |= here[i - step] == STRONG;
        strong |= here[i + step] == STRONG;
        strong |= below[i - step] == STRONG;
        strong |= below[i] == STRONG;
        strong |= below[i + step] == STRONG;
        seeds[i] = (uint8_t)(strong & (here[i] == WEAK));
        any |= seeds[i];
    }
    return any;
}

/* Samples from ... to - 1 of a row, none of them at the rim. */
static void RST_NAME(start_inside)(struct rst_flood *flood, int32_t row, int32_t from, int32_t to)
{
    uint8_t seeds[FLOOD_BLOCK];
    for (; from < to; from += FLOOD_BLOCK) {
        int32_t n = to - from < FLOOD_BLOCK ? to - from : FLOOD_BLOCK;
        T *here = RST_NAME(sample)(flood, row, from);
        const T *above = RST_NAME(sample)(flood, row - 1, from), *below = RST_NAME(sample)(flood, row + 1, from);
        if (!RST_NAME(find_seeds)(above, here, below, flood->step, n, seeds)) continue;
        for (int32_t i = 0; i < n; i++)
            if (seeds[i]) RST_NAME(reach)(flood, here + i, row, from + i);
        RST_NAME(drain)(flood);
    }
}

/* Whether something strong lies around a sample at the rim: in the part, or (outside) beside it. */
static bool RST_NAME(has_strong)(const struct rst_flood *flood, int32_t row, int32_t column, bool outside)
{
    for (int32_t i = -1; i <= 1; i++)
        for (int32_t j = -1; j <= 1; j++) {
            int32_t y = row + i, x = column + j * flood->step;
            unsigned side = side_of(flood, y, x);
            if (outside == (side == HERE) || !(side == HERE || flood->there >> side & 1)) continue;
            if (*RST_NAME(sample)(flood, y, x) == STRONG) return true;
        }
    return false;
}

/* Samples from ... to - 1 of a row, at the rim: what is strong may have to be told of. */
static void RST_NAME(start_rim)(struct rst_flood *flood, int32_t row, int32_t from, int32_t to)
{
    for (int32_t x = from; x < to; x++) {
        T *sample = RST_NAME(sample)(flood, row, x);
        if (*sample == STRONG)
            RST_NAME(around_rim)(flood, row, x);
        else if (*sample == WEAK && RST_NAME(has_strong)(flood, row, x, false))
            RST_NAME(reach)(flood, sample, row, x);
    }
    RST_NAME(drain)(flood);
}

static void RST_NAME(start)(struct rst_flood *flood)
{
    int32_t width = flood->width, step = flood->step;
    for (int32_t y = 0; y < flood->height; y++) {
        if (y == 0 || y == flood->height - 1 || width <= 2 * step) {
            RST_NAME(start_rim)(flood, y, 0, width);
            continue;
        }
        RST_NAME(start_rim)(flood, y, 0, step);
        RST_NAME(start_inside)(flood, y, step, width - step);
        RST_NAME(start_rim)(flood, y, width - step, width);
    }
}

/* A weak sample at the rim beside which something strong lies, outside, is reached. */
static void RST_NAME(look_out)(struct rst_flood *flood, int32_t row, int32_t column)
{
    T *sample = RST_NAME(sample)(flood, row, column);
    if (*sample == WEAK && RST_NAME(has_strong)(flood, row, column, true)) RST_NAME(reach)(flood, sample, row, column);
}

static void RST_NAME(grow)(struct rst_flood *flood, unsigned from)
{
    int32_t width = flood->width, height = flood->height;
    for (int32_t x = 0; x < width; x++) {
        if (from & UPPER_SIDES) RST_NAME(look_out)(flood, 0, x);
        if (from & LOWER_SIDES) RST_NAME(look_out)(flood, height - 1, x);
    }
    for (int32_t y = 0; y < height; y++)
        for (int32_t band = 0; band < flood->step; band++) {
            if (from & LEFT_SIDES) RST_NAME(look_out)(flood, y, band);
            if (from & RIGHT_SIDES) RST_NAME(look_out)(flood, y, width - 1 - band);
        }
    RST_NAME(drain)(flood);
}

static bool RST_NAME(any_left)(const T *samples, size_t n)
{
    unsigned any = 0;
    for (size_t i = 0; i < n; i++)
        any |= (samples[i] == WEAK) | (samples[i] == MISSING);
    return any;
}

static inline bool RST_NAME(alike)(T a, T b)
{
#if IS_FLOAT
    return a == b || (a != a && b != b);
#else
    return a == b;
#endif
}

static int64_t RST_NAME(clear)(void *row, size_t n, union rst_sample nodata, bool counts)
{
    T *samples = row;
    int64_t count = 0;
    for (size_t from = 0; from < n; from += FLOOD_BLOCK) {
        size_t size = n - from < FLOOD_BLOCK ? n - from : FLOOD_BLOCK;
        T *at = samples + from;
        if (!counts && !RST_NAME(any_left)(at, size)) continue; /* no page is written in vain */
        for (size_t i = 0; i < size; i++) {
            T to = at[i] == WEAK ? NONE : at[i];
            count += counts && at[i] != MISSING && RST_NAME(alike)(to, nodata.NAME);
            at[i] = at[i] == MISSING ? nodata.NAME : to;
        }
    }
    return count;
}

#undef NONE
#undef WEAK
#undef MISSING
#undef STRONG
