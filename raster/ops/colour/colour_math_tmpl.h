/* The arithmetic of colours, on planes of numbers, for one kind of them. Only +, -, *, /, square roots and comparisons,
 * so that the loops become vector code, and every machine gives the same bits.
 *
 * Parameters:
 *
 *     F             float or double
 *     WORD          the unsigned integer of its size
 *     MATH(name)    what a function's name becomes
 *     IS_TAME       1 where no number is infinite, NaN, or anywhere near it
 *     CUBE_GUESS(i), FIFTH_GUESS(i)
 *                   the bits of a rough root, from those of a number
 *     HUGE_CUBE     above it a number is scaled down before its cube root is taken; where they are not tame
 *     HUGE_POWER    above it x^2.4 is infinite anyway
 */

static inline F MATH(from_bits)(WORD bits)
{
    F value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline WORD MATH(bits_of)(F value)
{
    WORD bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Of x > 0, and not subnormal; NaN and infinity stay. Halley's method: each step triples the digits. The
 * guess is within 1 in 31, so two steps leave 6e-15 of a cube root and 8e-13 of a fifth, and three nothing. */
static inline F MATH(cube_root)(F x, int steps)
{
    const bool huge = !IS_TAME && x > (F)HUGE_CUBE;
    const F v = huge ? x * (F)0x1p-30 : x;
    F r = MATH(from_bits)(CUBE_GUESS(MATH(bits_of)(v)));
    for (int i = 0; i < steps; i++) {
        F cube = r * r * r;
        r = r * ((cube + (v + v)) / ((cube + cube) + v));
    }
    r = huge ? r * (F)0x1p10 : r;
    return IS_TAME || x - x == 0 ? r : x;
}

/* Of x from 0.01 to HUGE_POWER. */
static inline F MATH(fifth_root)(F x, int steps)
{
    F r = MATH(from_bits)(FIFTH_GUESS(MATH(bits_of)(x)));
    for (int i = 0; i < steps; i++) {
        F square = r * r, power = square * square * r;
        r = r * (((power + power) + 3 * x) / (3 * power + (x + x)));
    }
    return r;
}

/* The curve of IEC 61966-2-1, odd about 0, and going on beyond 1. x^2.4 is x^2 times the square of the fifth root. */
static inline F MATH(expand)(F encoded, int steps)
{
    const F x = encoded < 0 ? -encoded : encoded;
    const F base = (x + (F)0.055) / (F)1.055, some = base < (F)HUGE_POWER ? base : (F)HUGE_POWER;
    const F root = MATH(fifth_root)(some, steps);
    const F curved = (base * root) * (base * root), v = x > (F)0.04045 ? curved : x * (F)(1 / 12.92);
    return !IS_TAME && x != x ? encoded : encoded < 0 ? -v : v;
}

/* x^(1/2.4) is the fifth power of the twelfth root. */
static inline F MATH(compress)(F linear, int steps)
{
    const F x = linear < 0 ? -linear : linear, base = x < (F)0.001 ? (F)0.001 : x;
    const F root = MATH(cube_root)(MATH(square_root)(MATH(square_root)(base)), steps), square = root * root;
    const F curved = (F)1.055 * (square * square * root) - (F)0.055, v = x > (F)0.0031308 ? curved : x * (F)12.92;
    return !IS_TAME && x != x ? linear : linear < 0 ? -v : v;
}

static void MATH(compress_plane)(F *restrict plane, size_t n, int steps)
{
    for (size_t i = 0; i < n; i++)
        plane[i] = MATH(compress)(plane[i], steps);
}

/* `full` is the sample for 1 (saturation), `circle` the hue once around, `last` the hue from which it is 0 again. What
 * is divided is whole where samples are, and exact where they are small. */
static void MATH(rgb_to_hsv)(F *restrict a, F *restrict b, F *restrict c, size_t n, F full, F circle, F last)
{
    for (size_t i = 0; i < n; i++) {
        const F red = a[i], green = b[i], blue = c[i];
        const F low = red < green ? red : green, high = red > green ? red : green;
        const F least = low < blue ? low : blue, value = high > blue ? high : blue, span = value - least;
        const bool is_red = value == red, is_green = value == green;
        const F along = is_red ? green - blue : is_green ? blue - red : red - green;
        const F sector = is_red ? along < 0 ? 6 : 0 : is_green ? 2 : 4;
        const F hue = circle * (sector * span + along) / (6 * span), saturation = full * span / value;
        const bool bad = !IS_TAME && (red != red || green != green || blue != blue);
        a[i] = bad ? (F)NAN : span == 0 || hue >= last ? 0 : hue;
        b[i] = bad ? (F)NAN : value == 0 || span == 0 ? 0 : saturation;
        c[i] = bad ? (F)NAN : value;
    }
}

/* How far a colour is from its full strength at this hue, of `circle`: 0 is at it. */
static inline F MATH(distance)(F place, F circle)
{
    const F at = place >= 6 * circle ? place - 6 * circle : place, other = 4 * circle - at;
    const F least = at < other ? at : other;
    const F some = least < 0 ? 0 : least;
    return some > circle ? circle : some;
}

/* whole: samples are whole numbers, and so is what is divided. */
static inline F MATH(dimmed)(F value, F saturation, F distance, F full, F circle, bool whole)
{
    if (whole) return value * (full * circle - saturation * distance) / (full * circle);
    return value - value * saturation * (distance / circle);
}

static inline void MATH(hsv_to_rgb)(F *restrict a, F *restrict b, F *restrict c, size_t n, F full, F circle, bool whole)
{
    const F shift = sizeof(F) == 4 ? (F)12582912 : (F)6755399441055744;
    for (size_t i = 0; i < n; i++) {
        const F turns = a[i] / circle, near = (turns + shift) - shift, down = near > turns ? near - 1 : near;
        const F hue = 6 * (a[i] - circle * down), saturation = b[i], value = c[i];
        a[i] = MATH(dimmed)(value, saturation, MATH(distance)(hue + 5 * circle, circle), full, circle, whole);
        b[i] = MATH(dimmed)(value, saturation, MATH(distance)(hue + 3 * circle, circle), full, circle, whole);
        c[i] = MATH(dimmed)(value, saturation, MATH(distance)(hue + 1 * circle, circle), full, circle, whole);
    }
}

/* CIE's function of a share of the white, which is a line below (6 / 29)^3. */
static inline F MATH(lightness)(F share, int steps)
{
    const F root = MATH(cube_root)(share < (F)0.001 ? (F)0.001 : share, steps);
    const F line = share * (F)(841.0 / 108) + (F)(4.0 / 29);
    return !IS_TAME && share != share ? share : share > (F)(216.0 / 24389) ? root : line;
}

static inline F MATH(share_of)(F lightness)
{
    return lightness > (F)(6.0 / 29) ? lightness * lightness * lightness
                                     : (lightness - (F)(4.0 / 29)) * (F)(108.0 / 841);
}

/* From linear red, green and blue to L*, a*, b*. */
static void MATH(rgb_to_lab)(F *restrict a, F *restrict b, F *restrict c, size_t n, int steps)
{
    for (size_t i = 0; i < n; i++) {
        const F red = a[i], green = b[i], blue = c[i];
        const F x = MATH(lightness)((F)XR * red + (F)XG * green + (F)XB * blue, steps);
        const F y = MATH(lightness)((F)YR * red + (F)YG * green + (F)YB * blue, steps);
        const F z = MATH(lightness)((F)ZR * red + (F)ZG * green + (F)ZB * blue, steps);
        a[i] = 116 * y - 16;
        b[i] = 500 * (x - y);
        c[i] = 200 * (y - z);
    }
}

static void MATH(lab_to_rgb)(F *restrict a, F *restrict b, F *restrict c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const F light = (a[i] + 16) / 116, green_red = b[i] / 500, blue_yellow = c[i] / 200;
        const F x = MATH(share_of)(light + green_red), y = MATH(share_of)(light),
                z = MATH(share_of)(light - blue_yellow);
        a[i] = (F)RX * x + (F)RY * y + (F)RZ * z;
        b[i] = (F)GX * x + (F)GY * y + (F)GZ * z;
        c[i] = (F)BX * x + (F)BY * y + (F)BZ * z;
    }
}

#undef F
#undef WORD
#undef MATH
#undef IS_TAME
#undef CUBE_GUESS
#undef FIFTH_GUESS
#undef HUGE_CUBE
#undef HUGE_POWER
