/* The kernels of types of more than 16 bits, whose samples are counted in bins of their range.
 *
 * Parameters, from each_type.h: T, NAME, IS_FLOAT, FROM_DOUBLE. */

/* nodata NULL: there is none, or it is NaN. */
static void RST_NAME(range)(const void *samples, size_t count, size_t step, const union rst_sample *nodata,
                            struct rst_clahe_range *range)
{
    const T *in = samples;
    double low = range->low, high = range->high;
    for (size_t i = 0; i < count * step; i += step) {
        double value = (double)in[i];
        if ((nodata && in[i] == nodata->NAME) || !isfinite(value)) continue;
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    range->low = low;
    range->high = high;
}

static void RST_NAME(bins)(const void *samples, size_t count, size_t step, const union rst_sample *nodata,
                           const struct rst_clahe_scale *scale, uint32_t *counts)
{
    const T *in = samples;
    for (size_t i = 0; i < count * step; i += step) {
        double value = (double)in[i];
        if ((nodata && in[i] == nodata->NAME) || !isfinite(value)) continue;
        counts[bin_of((value * 0.5 - scale->start) * scale->scale)]++;
    }
}

static void RST_NAME(mix)(const struct rst_clahe_part *part, const struct rst_clahe_scale *scale)
{
    const T *in = part->from;
    T *out = part->to;
    const double below = (double)part->below;
    for (size_t i = 0; i < part->count; i++) {
        double value = (double)in[i * part->step], right = (double)part->right[i], of[4];
        if (scale->flat || !isfinite(value)) {
            out[i * part->step] = in[i * part->step];
            continue;
        }
        double place = (value * 0.5 - scale->start) * scale->scale;
        uint32_t bin = bin_of(place);
        for (int k = 0; k < 4; k++) {
            const double *table = part->tables[k];
            of[k] = table[bin] + (place - bin) * (table[bin + 1] - table[bin]);
        }
        double share =
            (of[0] * (1 - right) + of[1] * right) * (1 - below) + (of[2] * (1 - right) + of[3] * right) * below;
        out[i * part->step] = FROM_DOUBLE(scale->low * (1 - share) + scale->high * share);
    }
}
