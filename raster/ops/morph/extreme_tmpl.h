/* The kernels of both extremes for one pixel type.
 *
 * Parameters, from each_type.h: T, NAME, BITS, IS_FLOAT, IS_SIGNED, TOP. */
#define NAMED(kind, name) RST_PASTE(kind, RST_NAME(name))

#if IS_FLOAT

/* A float's bits, with all but the sign turned over where it is negative, are integers in the order of the floats;
 * -0.0 comes before 0.0. NaN has its place beyond the infinities on both sides: it is moved to the losing end. */
#if BITS == 32
#define KEY int32_t
#define KEY_MAX INT32_MAX
#define INFINITE INT32_C(0x7f800000)
#define QUIET_NAN INT32_C(0x7fc00000)
#else
#define KEY int64_t
#define KEY_MAX INT64_MAX
#define INFINITE INT64_C(0x7ff0000000000000)
#define QUIET_NAN INT64_C(0x7ff8000000000000)
#endif

static inline void RST_NAME(admit)(void *keys, const void *from, size_t count, const union rst_sample *nodata,
                                   KEY loser)
{
    KEY missing = QUIET_NAN, which = -1; /* the bits that are compared: zeros are equal whatever their sign */
    if (nodata) {
        if (nodata->NAME == 0) which = KEY_MAX;
        memcpy(&missing, nodata, sizeof missing);
        missing &= which;
    }
    char *to = keys;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        KEY bits, key;
        memcpy(&bits, (const char *)from + i * sizeof bits, sizeof bits);
        key = bits < 0 ? bits ^ KEY_MAX : bits;
        key = (bits & KEY_MAX) > INFINITE ? loser : key;
        key = (bits & which) == missing ? loser : key;
        memcpy(to + i * sizeof key, &key, sizeof key);
    }
}

static inline void RST_NAME(release)(void *to, const void *keys, size_t count, KEY loser)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        KEY key, bits;
        memcpy(&key, (const char *)keys + i * sizeof key, sizeof key);
        bits = key < 0 ? key ^ KEY_MAX : key;
        bits = key == loser ? QUIET_NAN : bits;
        memcpy((char *)to + i * sizeof bits, &bits, sizeof bits);
    }
}

static void NAMED(least, admit)(void *keys, const void *from, size_t count, const union rst_sample *nodata)
{
    RST_NAME(admit)(keys, from, count, nodata, KEY_MAX);
}

static void NAMED(greatest, admit)(void *keys, const void *from, size_t count, const union rst_sample *nodata)
{
    RST_NAME(admit)(keys, from, count, nodata, -KEY_MAX - 1);
}

static void NAMED(least, release)(void *to, const void *keys, size_t count)
{
    RST_NAME(release)(to, keys, count, KEY_MAX);
}

static void NAMED(greatest, release)(void *to, const void *keys, size_t count)
{
    RST_NAME(release)(to, keys, count, -KEY_MAX - 1);
}

#undef KEY
#undef KEY_MAX
#undef INFINITE
#undef QUIET_NAN

#else

static inline void RST_NAME(admit)(void *keys, const void *from, size_t count, const union rst_sample *nodata, T loser)
{
    const T *row = from, missing = nodata ? nodata->NAME : loser;
    T *to = keys;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = row[i] == missing ? loser : row[i];
}

static void NAMED(least, admit)(void *keys, const void *from, size_t count, const union rst_sample *nodata)
{
    RST_NAME(admit)(keys, from, count, nodata, TOP);
}

static void NAMED(greatest, admit)(void *keys, const void *from, size_t count, const union rst_sample *nodata)
{
    RST_NAME(admit)(keys, from, count, nodata, IS_SIGNED ? -TOP - 1 : 0);
}

#define KIND least
#define WINS(a, b) ((a) < (b) ? (a) : (b))
#include "raster/ops/morph/extreme_of_tmpl.h"
#undef KIND
#undef WINS

#define KIND greatest
#define WINS(a, b) ((a) > (b) ? (a) : (b))
#include "raster/ops/morph/extreme_of_tmpl.h"
#undef KIND
#undef WINS

#endif

#undef NAMED
