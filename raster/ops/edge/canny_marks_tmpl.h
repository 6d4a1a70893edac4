/* Which samples may be edges: their gradient is above the limit, and no less than that of the two neighbours along it.
 * The direction is one of four, told apart by the tangent of 22.5 degrees in units of 2^-15.
 *
 * Parameters: FORM, a name; SLOPE and SIZE, its types; WORK, a type that holds 2^17 gradients exactly where SLOPE is an
 * integer. */
static void RST_PASTE(FORM, block)(const SIZE *up, const SIZE *at, const SIZE *under, const SLOPE *right,
                                   const SLOPE *down, size_t step, size_t n, SIZE low, SIZE high, uint8_t *restrict to)
{
    for (size_t i = 0; i < n; i++) {
        SIZE nw = up[i], north = up[i + step], ne = up[i + 2 * step];
        SIZE west = at[i], m = at[i + step], east = at[i + 2 * step];
        SIZE sw = under[i], south = under[i + step], se = under[i + 2 * step];
        WORK dx = right[i + step], dy = down[i + step];
        WORK x = dx < 0 ? -dx : dx, y = (dy < 0 ? -dy : dy) * 32768, flat = x * 13573;
        bool across = y<flat, along = y> flat + x * 65536, falls = (dx < 0) != (dy < 0);
        SIZE before = falls ? ne : nw, after = falls ? sw : se;
        before = along ? north : before;
        after = along ? south : after;
        before = across ? west : before;
        after = across ? east : after;
        bool top = (m > before) & ((m > after) | ((across | along) & (m == after)));
        uint8_t mark = m > high ? RST_CANNY_STRONG : RST_CANNY_WEAK;
        to[i] = (top & (m > low)) ? mark : RST_CANNY_NONE;
    }
}

static bool RST_PASTE(FORM, any)(const SIZE *size, size_t n, SIZE low)
{
    int any = 0;
    for (size_t i = 0; i < n; i++)
        any |= size[i] > low;
    return any;
}

static void RST_PASTE(FORM, marks)(const struct rst_canny_row *above, const struct rst_canny_row *row,
                                   const struct rst_canny_row *below, size_t step, size_t n,
                                   const struct rst_canny_limits *limits, uint8_t *to)
{
    const SIZE *up = above->size, *at = row->size, *under = below->size;
    const SLOPE *right = row->right, *down = row->down;
    SIZE low = (SIZE)limits->low, high = (SIZE)limits->high;
    for (size_t i = 0; i < n; i += CANNY_BLOCK) {
        size_t count = n - i < CANNY_BLOCK ? n - i : CANNY_BLOCK;
        if (RST_PASTE(FORM, any)(at + i + step, count, low))
            RST_PASTE(FORM, block)(up + i, at + i, under + i, right + i, down + i, step, count, low, high, to + i);
        else
            memset(to + i, RST_CANNY_NONE, count);
    }
}
