/* Rows of a coarse grid in one arithmetic.
 *
 * Parameters: SUM, float or double; SUM_NAME, single or double.
 */

static void RST_PASTE(pairs1, SUM_NAME)(SUM *restrict to, const SUM *a, const SUM *b, size_t count, SUM w)
{
    for (size_t i = 0; i < count; i++)
        to[i] = a[i] * w + b[i] * w;
}

static void RST_PASTE(pairs, SUM_NAME)(void *made, const void *const *rows, size_t count, const void *weights,
                                       int pairs)
{
    const SUM *w = weights;
    SUM *restrict to = made;

    if (pairs == 1) {
        RST_PASTE(pairs1, SUM_NAME)(to, rows[0], rows[1], count, w[0]);
        return;
    }
    const SUM *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
    const SUM near = w[0], far = w[1];
    for (size_t i = 0; i < count; i++)
        to[i] = (b[i] * near + c[i] * near) + (a[i] * far + d[i] * far);
}

static void RST_PASTE(pick, SUM_NAME)(void *to, const void *from, size_t pixels, size_t step)
{
    pick_words(to, from, pixels, step * sizeof(SUM) / sizeof(float));
}

static void RST_PASTE(weave, SUM_NAME)(void *to, const void *first, const void *second, size_t pixels, size_t step)
{
    weave_words(to, first, second, pixels, step * sizeof(SUM) / sizeof(float));
}
