/* Template: exact box sums in one width. Define SUM (an unsigned integer) and SUM_NAME, and not PIXEL, for the sums
 * across; PIXEL (unsigned), NAME, BIAS (the sign bit of a signed pixel, else 0), SUM and SUM_BITS (16, 32, 64) for the
 * rest.
 */
#ifndef PIXEL

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

#undef SUM_NAME

#else

static void RST_PASTE(enter, NAME)(void *restrict columns, const void *restrict enters, size_t count)
{
    SUM *restrict sums = columns;
    const PIXEL *restrict in = enters;

    for (size_t i = 0; i < count; i++)
        sums[i] = (SUM)(sums[i] + (PIXEL)(in[i] ^ BIAS));
}

/* The bias of both cancels out. */
static void RST_PASTE(shift, NAME)(void *restrict columns, const void *enters, const void *leaves, size_t count)
{
    SUM *restrict sums = columns;
    const PIXEL *in = enters, *out = leaves;

    for (size_t i = 0; i < count; i++)
        sums[i] = (SUM)(sums[i] + (SUM)((SUM)(PIXEL)(in[i] ^ BIAS) - (SUM)(PIXEL)(out[i] ^ BIAS)));
}

#if SUM_BITS == 16

static void RST_PASTE(finish, NAME)(void *restrict to, const void *restrict from, size_t count,
                                    const struct rst_box_divisor *divisor)
{
    const uint16_t *restrict sums = from, half = (uint16_t)(divisor->samples / 2), factor = divisor->factor;
    const int places = divisor->shift;
    PIXEL *restrict pixels = to;

    for (size_t i = 0; i < count; i++) {
        uint16_t high = (uint16_t)((uint32_t)(uint16_t)(sums[i] + half) * factor >> 16);
        pixels[i] = (PIXEL)((high >> places) ^ BIAS);
    }
}

#elif SUM_BITS == 32

static void RST_PASTE(finish, NAME)(void *restrict to, const void *restrict from, size_t count,
                                    const struct rst_box_divisor *divisor)
{
    const uint32_t *restrict sums = from;
    const float inverse = (float)divisor->inverse;
    const double exact = divisor->inverse;
    PIXEL *restrict pixels = to;

    if (divisor->by_float)
        for (size_t i = 0; i < count; i++)
            pixels[i] = (PIXEL)(rst_round_f32((float)(int32_t)sums[i] * inverse, 0, 65535) ^ BIAS);
    else /* by way of a signed number, which every instruction set converts */
        for (size_t i = 0; i < count; i++) {
            double sum = (double)(int32_t)(sums[i] ^ UINT32_C(0x80000000)) + 2147483648.0;
            pixels[i] = (PIXEL)((int32_t)rst_round_f64(sum * exact, 0, 65535) ^ BIAS);
        }
}

#else

/* A sum below 2^52 is the fraction of a double between 2^52 and 2^53. */
static inline double RST_PASTE(quad_to_double, NAME)(uint64_t sum)
{
    union {
        uint64_t bits;
        double value;
    } at = {.bits = sum | UINT64_C(0x4330000000000000)};

    return at.value - 4503599627370496.0;
}

static void RST_PASTE(finish, NAME)(void *restrict to, const void *restrict from, size_t count,
                                    const struct rst_box_divisor *divisor)
{
    const uint64_t *restrict sums = from, samples = divisor->samples;
    const double inverse = divisor->inverse;
    PIXEL *restrict pixels = to;

    if (divisor->by_integer)
        for (size_t i = 0; i < count; i++)
            pixels[i] = (PIXEL)((sums[i] + samples / 2) / samples) ^ BIAS;
    else
        for (size_t i = 0; i < count; i++)
            pixels[i] = (PIXEL)(rst_u32_from_f64(RST_PASTE(quad_to_double, NAME)(sums[i]) * inverse) ^ BIAS);
}

#endif

#undef PIXEL
#undef NAME
#undef BIAS

#endif
#undef SUM
#undef SUM_BITS
