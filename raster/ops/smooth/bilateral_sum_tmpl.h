/* The sums of the bilateral filter in one arithmetic.
 *
 * Parameters: SUM, float or double; SUM_NAME, single or double; and weigh_single, weigh_double, which look up weights.
 *
 * Each pixel's neighbours are added in one order, whatever the vectors.
 */

static void RST_PASTE(add, SUM_NAME)(const struct rst_bilateral_tap *tap, void *made, void *total)
{
    const SUM *centre = tap->centre, *neighbour = tap->neighbour, *factors = tap->factors;
    const size_t count = tap->count;
    SUM apart[RST_BILATERAL_BLOCK], weights[RST_BILATERAL_BLOCK];
    SUM *restrict sums = made, *restrict totals = total;

    for (size_t i = 0; i < count; i++)
        apart[i] = RST_PASTE(distance, SUM_NAME)(centre[i], neighbour[i]);
    for (int32_t b = 1; b < tap->bands; b++) {
        const SUM *c = centre + (size_t)b * tap->plane, *n = neighbour + (size_t)b * tap->plane;
        for (size_t i = 0; i < count; i++)
            apart[i] += RST_PASTE(distance, SUM_NAME)(c[i], n[i]);
    }
    RST_PASTE(weigh, SUM_NAME)(weights, apart, tap);
    if (factors)
        for (size_t i = 0; i < count; i++)
            weights[i] *= factors[i];
    for (size_t i = 0; i < count; i++)
        totals[i] += weights[i];
    for (int32_t b = 0; b < tap->bands; b++) {
        const SUM *n = neighbour + (size_t)b * tap->plane;
        SUM *restrict to = sums + (size_t)b * RST_BILATERAL_BLOCK;
        for (size_t i = 0; i < count; i++) {
            SUM term = weights[i] * n[i];
            to[i] += weights[i] != 0 ? term : 0; /* what does not count may not be finite */
        }
    }
}

static void RST_PASTE(divide, SUM_NAME)(void *made, const void *total, const void *middle, size_t count)
{
    SUM *restrict sums = made;
    const SUM *restrict totals = total, *restrict centre = middle;

    for (size_t i = 0; i < count; i++)
        sums[i] = totals[i] != 0 ? sums[i] / totals[i] : centre[i];
}
