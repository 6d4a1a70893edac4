/* The colour kernels of one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, TOP. */

#if BITS == 8
#define F float
#define MATH(name) name##_f
#define ROUND(v) (T) saturated(v, IS_SIGNED ? -(int32_t)TOP - 1 : 0, (int32_t)TOP)
#else
#define F double
#define MATH(name) name##_d
#if IS_FLOAT
#define ROUND(v) ((v) != (v) ? (T)NAN : (T)(v)) /* one NaN, whichever of several the machine would take */
#else
#define ROUND FROM_DOUBLE
#endif
#endif

#define STEPS (BITS == 64 ? 3 : 2) /* of roots */

/* Hue: once around, and from where on it would be rounded to that. */
#if !IS_FLOAT
#define CIRCLE ((F)TOP + 1)
#define LAST (CIRCLE - (F)0.5)
#else
#define CIRCLE 360
#define LAST (BITS == 32 ? 360 - 0x1p-16 : 360)
#endif

/* L*, a* and b* as samples: times so much, and a* and b* moved. Bytes are ICC's, wider integers have more digits. */
#if IS_FLOAT
#define LIGHT 1
#define CHROMA 1
#define NEUTRAL 0
#elif IS_SIGNED
#define LIGHT ((F)TOP / 100)
#define CHROMA (((F)TOP + 1) / 128)
#define NEUTRAL 0
#else
#define CHROMA ((F)((uint64_t)1 << (BITS - 8)))
#define LIGHT ((F)2.55 * CHROMA)
#define NEUTRAL (128 * CHROMA)
#endif

struct RST_NAME(planes) {
    F a[BLOCK], b[BLOCK], c[BLOCK];
};

/* `step` is a constant where it is worth it. */
static inline void RST_NAME(split_by)(const T *from, size_t step, size_t n, struct RST_NAME(planes) * to)
{
    for (size_t i = 0; i < n; i++) {
        to->a[i] = (F)from[i * step];
        to->b[i] = (F)from[i * step + 1];
        to->c[i] = (F)from[i * step + 2];
    }
}

static void RST_NAME(split)(const T *from, size_t step, size_t n, struct RST_NAME(planes) * to)
{
    if (step == 3)
        RST_NAME(split_by)(from, 3, n, to);
    else if (step == 4)
        RST_NAME(split_by)(from, 4, n, to);
    else
        RST_NAME(split_by)(from, step, n, to);
}

static inline void RST_NAME(join_by)(const struct RST_NAME(planes) * from, size_t n, size_t step, T *to)
{
    T a[BLOCK], b[BLOCK], c[BLOCK];
    for (size_t i = 0; i < n; i++) {
        a[i] = ROUND(from->a[i]);
        b[i] = ROUND(from->b[i]);
        c[i] = ROUND(from->c[i]);
    }
    for (size_t i = 0; i < n; i++) {
        to[i * step] = a[i];
        to[i * step + 1] = b[i];
        to[i * step + 2] = c[i];
    }
}

static void RST_NAME(join)(const struct RST_NAME(planes) * from, size_t n, size_t step, T *to)
{
    if (step == 3)
        RST_NAME(join_by)(from, n, 3, to);
    else
        RST_NAME(join_by)(from, n, step, to);
}

static inline void RST_NAME(scale)(F *restrict plane, size_t n, F factor, F offset)
{
    for (size_t i = 0; i < n; i++)
        plane[i] = plane[i] * factor + offset;
}

static inline void RST_NAME(unscale)(F *restrict plane, size_t n, F factor, F offset)
{
    for (size_t i = 0; i < n; i++)
        plane[i] = (plane[i] - offset) / factor;
}

/* One block of n pixels, whose samples are in the planes. */
static inline void RST_NAME(convert_block)(enum rst_conversion which, struct RST_NAME(planes) * planes, size_t n)
{
    F *a = planes->a, *b = planes->b, *c = planes->c;
    switch (which) {
    case RST_RGB_TO_HSV:
        MATH(rgb_to_hsv)(a, b, c, n, (F)TOP, (F)CIRCLE, (F)LAST);
        break;
    case RST_HSV_TO_RGB:
        MATH(hsv_to_rgb)(a, b, c, n, (F)TOP, (F)CIRCLE, !IS_FLOAT);
        break;
    case RST_RGB_TO_LAB:
        MATH(rgb_to_lab)(a, b, c, n, STEPS);
        RST_NAME(scale)(a, n, LIGHT, 0);
        RST_NAME(scale)(b, n, CHROMA, NEUTRAL);
        RST_NAME(scale)(c, n, CHROMA, NEUTRAL);
        break;
    default:
        RST_NAME(unscale)(a, n, LIGHT, 0);
        RST_NAME(unscale)(b, n, CHROMA, NEUTRAL);
        RST_NAME(unscale)(c, n, CHROMA, NEUTRAL);
        MATH(lab_to_rgb)(a, b, c, n);
        for (int i = 0; i < 3; i++) {
            F *plane = i == 0 ? a : i == 1 ? b : c;
            MATH(compress_plane)(plane, n, STEPS);
            RST_NAME(scale)(plane, n, (F)TOP, 0);
        }
    }
}

#if BITS == 8
static void RST_NAME(expand_all)(float *table)
{
    for (int i = 0; i < 256; i++)
        table[i] = MATH(expand)((float)(T)i / TOP, STEPS);
}

static inline void RST_NAME(linear_by)(const T *from, size_t step, size_t n, const float *table,
                                       struct RST_NAME(planes) * to)
{
    for (size_t i = 0; i < n; i++) {
        to->a[i] = table[(uint8_t)from[i * step]];
        to->b[i] = table[(uint8_t)from[i * step + 1]];
        to->c[i] = table[(uint8_t)from[i * step + 2]];
    }
}
#endif

/* The same, from samples that are encoded. */
static inline void RST_NAME(linear)(const struct rst_pixels *pixels, const T *from, size_t n,
                                    struct RST_NAME(planes) * to)
{
#if BITS == 8
    if (pixels->bands == 3)
        RST_NAME(linear_by)(from, 3, n, pixels->table, to);
    else
        RST_NAME(linear_by)(from, pixels->bands, n, pixels->table, to);
#else
    RST_NAME(split)(from, pixels->bands, n, to);
    for (int i = 0; i < 3; i++) {
        F *plane = i == 0 ? to->a : i == 1 ? to->b : to->c;
        RST_NAME(unscale)(plane, n, (F)TOP, 0);
        for (size_t k = 0; k < n; k++)
            plane[k] = MATH(expand)(plane[k], STEPS);
    }
#endif
}

static inline void RST_NAME(convert)(enum rst_conversion which, const struct rst_pixels *pixels, const void *in,
                                     void *out, size_t count)
{
    const T *from = in;
    T *to = out;
    const size_t bands = pixels->bands;
    struct RST_NAME(planes) planes;
    if (bands > 3 && from != to) memcpy(to, from, count * bands * sizeof(T));
    for (size_t at = 0; at < count; at += BLOCK) {
        size_t n = count - at < BLOCK ? count - at : BLOCK;
        if (which == RST_RGB_TO_LAB)
            RST_NAME(linear)(pixels, from + at * bands, n, &planes);
        else
            RST_NAME(split)(from + at * bands, bands, n, &planes);
        RST_NAME(convert_block)(which, &planes, n);
        RST_NAME(join)(&planes, n, bands, to + at * bands);
    }
}

static void RST_NAME(rgb_to_hsv)(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
    RST_NAME(convert)(RST_RGB_TO_HSV, pixels, from, to, count);
}

static void RST_NAME(hsv_to_rgb)(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
    RST_NAME(convert)(RST_HSV_TO_RGB, pixels, from, to, count);
}

static void RST_NAME(rgb_to_lab)(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
    RST_NAME(convert)(RST_RGB_TO_LAB, pixels, from, to, count);
}

static void RST_NAME(lab_to_rgb)(const struct rst_pixels *pixels, const void *from, void *to, size_t count)
{
    RST_NAME(convert)(RST_LAB_TO_RGB, pixels, from, to, count);
}

/* The curves alone are always computed in double: on 8 and 16 bits they are tabulated. */
static void RST_NAME(expand)(const struct rst_point *point, const void *in, void *out, size_t count)
{
    const T *from = in;
    T *to = out;
    const double full = (double)TOP;
    (void)point;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = FROM_DOUBLE(full * expand_d((double)from[i] / full, STEPS));
}

static void RST_NAME(compress)(const struct rst_point *point, const void *in, void *out, size_t count)
{
    const T *from = in;
    T *to = out;
    const double full = (double)TOP;
    (void)point;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = FROM_DOUBLE(full * compress_d((double)from[i] / full, STEPS));
}

#undef F
#undef MATH
#undef ROUND
#undef STEPS
#undef CIRCLE
#undef LAST
#undef LIGHT
#undef CHROMA
#undef NEUTRAL
