/* The two sums of the Gaussian in one arithmetic.
 *
 * Parameters: SUM, float or double; SUM_NAME, single or double; VECTOR, a GCC vector of SUM, aligned like SUM.
 *
 * Sums run in one order: the centre, then pair after pair from the inside out, each neighbour weighted before the pair
 * is added, so that pixels close to the greatest float do not overflow. Vectors only do four such sums (times the
 * lanes) at once; every sample gets the same operations as in a plain loop.
 */

static void RST_PASTE(across, SUM_NAME)(void *to, const void *from, size_t count, size_t step, const void *weights,
                                        int radius)
{
    const SUM *half = weights, *centre = (const SUM *)from + (size_t)radius * step;
    const size_t block = 4 * sizeof(VECTOR) / sizeof(SUM);

    for (size_t i = 0; i < count; i += block) {
        const VECTOR *c = (const VECTOR *)(centre + i);
        VECTOR *out = (VECTOR *)((SUM *)to + i);
        SUM w = half[0];
        VECTOR a = c[0] * w, b = c[1] * w, d = c[2] * w, e = c[3] * w;
        const SUM *left = centre + i, *right = left;
        for (int k = 1; k <= radius; k++) {
            left -= step;
            right += step;
            w = half[k];
            const VECTOR *l = (const VECTOR *)left, *r = (const VECTOR *)right;
            a += l[0] * w + r[0] * w;
            b += l[1] * w + r[1] * w;
            d += l[2] * w + r[2] * w;
            e += l[3] * w + r[3] * w;
        }
        out[0] = a;
        out[1] = b;
        out[2] = d;
        out[3] = e;
    }
}

static void RST_PASTE(down, SUM_NAME)(void *to, const void *const *rows, size_t at, size_t count, const void *weights,
                                      int radius)
{
    const SUM *half = weights;
    const size_t block = 4 * sizeof(VECTOR) / sizeof(SUM);

    for (size_t i = 0; i < count; i += block) {
        const VECTOR *c = (const VECTOR *)((const SUM *)rows[radius] + at + i);
        VECTOR *out = (VECTOR *)((SUM *)to + i);
        SUM w = half[0];
        VECTOR a = c[0] * w, b = c[1] * w, d = c[2] * w, e = c[3] * w;
        for (int k = 1; k <= radius; k++) {
            w = half[k];
            const VECTOR *l = (const VECTOR *)((const SUM *)rows[radius - k] + at + i);
            const VECTOR *r = (const VECTOR *)((const SUM *)rows[radius + k] + at + i);
            a += l[0] * w + r[0] * w;
            b += l[1] * w + r[1] * w;
            d += l[2] * w + r[2] * w;
            e += l[3] * w + r[3] * w;
        }
        out[0] = a;
        out[1] = b;
        out[2] = d;
        out[3] = e;
    }
}
