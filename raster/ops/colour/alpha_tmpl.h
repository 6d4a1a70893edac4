/* The alpha kernels of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, TOP. */

/* Magnitudes: of the type, and of products of two of them. */
#if IS_FLOAT
#elif BITS == 8
#define U uint8_t
#define WIDE uint32_t
#elif BITS == 16
#define U uint16_t
#define WIDE uint32_t
#elif BITS == 32
#define U uint32_t
#define WIDE uint64_t
#else
#define U uint64_t
#define WIDE unsigned __int128
#endif

#if IS_FLOAT
static inline T RST_NAME(times)(T color, T alpha)
{
    const T product = color * (alpha < 0 ? 0 : alpha);
    return product != product ? (T)NAN : product; /* one NaN, whichever of two the machine would take */
}

static inline T RST_NAME(over)(T color, T alpha)
{
    const T ratio = color / alpha;
    return alpha <= 0 ? 0 : ratio != ratio ? (T)NAN : ratio;
}
#else
#define DIGITS (BITS - IS_SIGNED) /* TOP is 2^DIGITS - 1 */
#if IS_SIGNED
#define NEGATIVE(v) ((v) < 0)
#else
#define NEGATIVE(v) false
#endif

static inline T RST_NAME(signed_as)(bool negative, U magnitude)
{
    return (T)(negative ? (U)(0 - magnitude) : magnitude);
}

static inline U RST_NAME(magnitude)(T v)
{
    return (U)(NEGATIVE(v) ? (U)(0 - (U)v) : (U)v);
}

/* x / (2^n - 1) to nearest, for x up to 2^n times that, is (t + (t >> n)) >> n of t = x + 2^(n - 1). No tie: an odd
 * number divides. */
static inline T RST_NAME(times)(T color, T alpha)
{
    const U a = NEGATIVE(alpha) ? 0 : (U)alpha;
    const WIDE t = (WIDE)RST_NAME(magnitude)(color) * a + ((WIDE)1 << (DIGITS - 1));
    return RST_NAME(signed_as)(NEGATIVE(color), (U)((t + (t >> DIGITS)) >> DIGITS));
}

/* The limit of a magnitude is one further below 0. */
static inline T RST_NAME(over)(T color, T alpha)
{
    const bool negative = NEGATIVE(color);
    if (alpha <= 0) return 0;
    const WIDE a = (WIDE)alpha, product = (WIDE)RST_NAME(magnitude)(color) * TOP, limit = (WIDE)TOP + negative;
    const WIDE whole = product / a, rest = product % a, twice = 2 * rest;
    const WIDE result = whole + (twice > a || (twice == a && whole % 2 == 1));
    return RST_NAME(signed_as)(negative, (U)(result > limit ? limit : result));
}
#undef DIGITS
#undef NEGATIVE
#endif

/* `bands` and `alpha` are constants where it is worth it. */
static inline void RST_NAME(each)(const T *from, T *to, size_t bands, size_t alpha, size_t count, bool divide)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        const T a = from[i * bands + alpha];
        for (size_t b = 0; b < bands; b++) {
            const T color = from[i * bands + b];
            const T made = divide ? RST_NAME(over)(color, a) : RST_NAME(times)(color, a);
            to[i * bands + b] = b == alpha ? color : made;
        }
    }
}

static inline void RST_NAME(all)(const struct rst_pixels *pixels, const T *from, T *to, size_t count, bool divide)
{
    const size_t bands = pixels->bands, alpha = (size_t)pixels->alpha;
    if (bands == 4 && alpha == 3)
        RST_NAME(each)(from, to, 4, 3, count, divide);
    else if (bands == 2 && alpha == 1)
        RST_NAME(each)(from, to, 2, 1, count, divide);
    else
        RST_NAME(each)(from, to, bands, alpha, count, divide);
}

static void RST_NAME(premultiply)(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
    RST_NAME(all)(pixels, from, to, count, false);
}

static void RST_NAME(unpremultiply)(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
#if BITS == 8 && !IS_SIGNED
    if (pixels->bands == 4 && pixels->alpha == 3 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        divide_words(from, to, count);
        return;
    }
#endif
    RST_NAME(all)(pixels, from, to, count, true);
}

#undef U
#undef WIDE
