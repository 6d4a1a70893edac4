/* The exact box sums of one integer type in one width, and their division.
 *
 * Parameters: T, NAME, BITS, IS_FLOAT, IS_SIGNED from each_type.h; SUM and SUM_NAME as in box_sum_tmpl.h; SUM_BITS: 16,
 * 32 or 64. It must be wider than the pixel; there is nothing for other types.
 *
 * Signed pixels are summed as unsigned ones, PIXEL, by turning their sign bit, BIAS, over.
 */
#if !IS_FLOAT && BITS < SUM_BITS

#define BOX(name) RST_PASTE(RST_NAME(name), SUM_NAME)
#if BITS == 8
#define PIXEL uint8_t
#elif BITS == 16
#define PIXEL uint16_t
#else
#define PIXEL uint32_t
#endif
#define BIAS ((PIXEL)IS_SIGNED << (BITS - 1))

static void BOX(enter)(void *restrict columns, const void *restrict enters, size_t count)
{
    SUM *restrict sums = columns;
    const PIXEL *restrict in = enters;

    for (size_t i = 0; i < count; i++)
        sums[i] = (SUM)(sums[i] + (PIXEL)(in[i] ^ BIAS));
}

/* The bias of both cancels out. */
static void BOX(shift)(void *restrict columns, const void *enters, const void *leaves, size_t count)
{
    SUM *restrict sums = columns;
    const PIXEL *in = enters, *out = leaves;

    for (size_t i = 0; i < count; i++)
        sums[i] = (SUM)(sums[i] + (SUM)((SUM)(PIXEL)(in[i] ^ BIAS) - (SUM)(PIXEL)(out[i] ^ BIAS)));
}

#if SUM_BITS == 16

/* Windows of 4 fours + rest pixels: fours of the columns were added up before. */
static inline __attribute__((always_inline)) void BOX(mean_by)(PIXEL *restrict to, const uint16_t *columns,
                                                               const uint16_t *four, size_t count, size_t step,
                                                               size_t fours, size_t rest,
                                                               const struct rst_box_divisor *divisor)
{
    const uint16_t half = (uint16_t)(divisor->samples / 2), factor = divisor->factor;
    const int places = divisor->shift;

    for (size_t i = 0; i < count; i++) {
        uint16_t sum = half;
        for (size_t k = 0; k < fours; k++)
            sum = (uint16_t)(sum + four[i + 4 * k * step]);
        for (size_t k = 4 * fours; k < 4 * fours + rest; k++)
            sum = (uint16_t)(sum + columns[i + k * step]);
        to[i] = (PIXEL)(((uint16_t)((uint32_t)sum * factor >> 16) >> places) ^ BIAS);
    }
}

static void BOX(mean_short)(void *to, const void *from, size_t count, size_t step, int radius, void *scratch,
                            const struct rst_box_divisor *divisor)
{
    const uint16_t *columns = from;
    uint16_t *four = scratch;

    if (radius > 1) RST_PASTE(add_four, SUM_NAME)(four, columns, count + (size_t)(radius / 2 - 1) * 4 * step, step);
    switch (radius) {
    case 1:
        BOX(mean_by)(to, columns, four, count, step, 0, 3, divisor);
        break;
    case 2:
        BOX(mean_by)(to, columns, four, count, step, 1, 1, divisor);
        break;
    case 3:
        BOX(mean_by)(to, columns, four, count, step, 1, 3, divisor);
        break;
    case 4:
        BOX(mean_by)(to, columns, four, count, step, 2, 1, divisor);
        break;
    case 5:
        BOX(mean_by)(to, columns, four, count, step, 2, 3, divisor);
        break;
    case 6:
        BOX(mean_by)(to, columns, four, count, step, 3, 1, divisor);
        break;
    default:
        BOX(mean_by)(to, columns, four, count, step, 3, 3, divisor);
    }
}

#elif SUM_BITS == 32

static void BOX(finish)(void *restrict to, const void *restrict from, size_t count,
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
static inline double BOX(quad_to_double)(uint64_t sum)
{
    union {
        uint64_t bits;
        double value;
    } at = {.bits = sum | UINT64_C(0x4330000000000000)};

    return at.value - 4503599627370496.0;
}

static void BOX(finish)(void *restrict to, const void *restrict from, size_t count,
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
            pixels[i] = (PIXEL)(rst_u32_from_f64(BOX(quad_to_double)(sums[i]) * inverse) ^ BIAS);
}

#endif

#undef BOX
#undef PIXEL
#undef BIAS

#endif
