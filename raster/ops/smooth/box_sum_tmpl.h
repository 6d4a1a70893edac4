/* Exact box sums across, in one width.
 *
 * Parameters: SUM, an unsigned integer; SUM_NAME: word, long or quad; SUM_BITS.
 */

#if SUM_BITS == 16
static void RST_PASTE(add_four, SUM_NAME)(SUM *restrict to, const SUM *columns, size_t count, size_t step)
{
    const SUM *a = columns, *b = a + step, *c = b + step, *d = c + step;

    for (size_t i = 0; i < count; i++)
        to[i] = (SUM)((SUM)(a[i] + b[i]) + (SUM)(c[i] + d[i]));
}

#else

static void RST_PASTE(add_shifted, SUM_NAME)(SUM *restrict to, const SUM *a, const SUM *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (SUM)(a[i] + b[i]);
}

static void RST_PASTE(accumulate, SUM_NAME)(SUM *restrict to, const SUM *restrict a, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (SUM)(to[i] + a[i]);
}

/* Sums of 1, 2, 4 ... neighbours, each from the one before; those that the binary form of the window's width calls for
 * are put end to end. */
static void RST_PASTE(across_short, SUM_NAME)(void *to, const void *columns, size_t count, size_t step, int radius,
                                              void *scratch)
{
    size_t samples = 2 * (size_t)radius + 1, taken = 1, length = count + (samples - 1) * step;
    const SUM *level = columns;
    SUM *next = scratch, *other = next + length;

    if (samples == 1) memcpy(to, columns, count * sizeof(SUM));
    for (size_t width = 1; 2 * width <= samples; width *= 2) {
        length -= width * step;
        RST_PASTE(add_shifted, SUM_NAME)(next, level, level + width * step, length);
        level = next;
        next = other;
        other = (SUM *)level;
        if (!(samples & (2 * width))) continue;
        if (taken == 1)
            RST_PASTE(add_shifted, SUM_NAME)(to, columns, level + step, count);
        else
            RST_PASTE(accumulate, SUM_NAME)(to, level + taken * step, count);
        taken += 2 * width;
    }
}

static void RST_PASTE(across_long, SUM_NAME)(void *to, const void *columns, size_t count, size_t step, int radius,
                                             void *scratch)
{
    size_t reach = 2 * (size_t)radius * step;

    (void)scratch;
    for (size_t b = 0; b < step; b++) {
        const SUM *from = columns;
        SUM sum = 0, *out = to;
        for (size_t i = b; i < b + reach; i += step)
            sum = (SUM)(sum + from[i]);
        for (size_t i = b; i < count; i += step) {
            out[i] = (SUM)(sum + from[i + reach]);
            sum = (SUM)(sum + (SUM)(from[i + reach] - from[i]));
        }
    }
}

#endif
