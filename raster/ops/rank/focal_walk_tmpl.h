/* A walk of the histogram along a row: a column of samples enters it, and one leaves.
 *
 * Parameters: ID, the unsigned type of a number, and ID_NAME. */

static void RST_PASTE(add_column, ID_NAME)(const struct rst_focal_walk *walk, size_t at)
{
    for (size_t i = 0; i < walk->height; i++)
        if (!walk->gaps || !walk->gaps[i][at]) {
            uint32_t value = ((const ID *)walk->rows[i])[at] ^ (ID)walk->turn;
            if (walk->modes)
                count_mode(walk->counter, value);
            else
                count_spread(walk->counter, value);
        }
}

static void RST_PASTE(take_column, ID_NAME)(const struct rst_focal_walk *walk, size_t at)
{
    for (size_t i = 0; i < walk->height; i++)
        if (!walk->gaps || !walk->gaps[i][at]) {
            uint32_t value = ((const ID *)walk->rows[i])[at] ^ (ID)walk->turn;
            if (walk->modes)
                uncount_mode(walk->counter, value);
            else
                uncount_spread(walk->counter, value);
        }
}

/* The counter is empty before and after. */
static void RST_PASTE(walk, ID_NAME)(const struct rst_focal_walk *walk)
{
    const size_t step = walk->step, reach = (walk->width - 1) * step;
    walk->counter->stale = true;
    for (size_t at = 0; at < reach; at += step)
        RST_PASTE(add_column, ID_NAME)(walk, at);
    for (size_t i = 0; i < walk->count; i++) {
        RST_PASTE(add_column, ID_NAME)(walk, i * step + reach);
        if (walk->modes)
            walk->modes[i] = mode_of(walk->counter);
        else
            walk->entropies[i] = entropy_of(walk->counter);
        RST_PASTE(take_column, ID_NAME)(walk, i * step);
    }
    for (size_t at = walk->count * step; at < walk->count * step + reach; at += step)
        RST_PASTE(take_column, ID_NAME)(walk, at);
}
