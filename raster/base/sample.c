/* One sample of any type: to and from doubles, to and from text.
 *
 * Integers go through 64-bit integers and decimal digits, never through a double, so 2^64 - 1 and 2^53 + 1 survive.
 * Text is read and written in the C locale whatever the host program has set: a file's "0.5" means the same everywhere.
 */
#define _GNU_SOURCE 1
#include "raster/base/type.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest value of an integer type; the least of a signed one is -max - 1. */
static uint64_t integer_max(enum rst_type type)
{
    unsigned bits = (unsigned)(8 * rst_type_size(type)) - (rst_type_is_signed(type) ? 1 : 0);
    return UINT64_MAX >> (64 - bits);
}

/* `bits` in two's complement; the members of one size share their bytes. */
static union rst_sample integer_sample(uint64_t bits, enum rst_type type)
{
    union rst_sample sample = {.u64 = 0};
    switch (rst_type_size(type)) {
    case 1:
        sample.u8 = (uint8_t)bits;
        break;
    case 2:
        sample.u16 = (uint16_t)bits;
        break;
    case 4:
        sample.u32 = (uint32_t)bits;
        break;
    default:
        sample.u64 = bits;
        break;
    }
    return sample;
}

/* (double)max is exact, or the power of two above it, so that `>=` saturates in both cases before a cast overflows. */
static uint64_t saturate(double value, enum rst_type type)
{
    uint64_t max = integer_max(type);

    if (isnan(value)) return 0;
    value = rint(value);
    if (value >= (double)max) return max;
    if (!rst_type_is_signed(type)) return value <= 0 ? 0 : (uint64_t)value;
    if (value <= -(double)max - 1) return ~max;
    return (uint64_t)(int64_t)value;
}

union rst_sample rst_sample_from_double(double value, enum rst_type type)
{
    union rst_sample sample = {.u64 = 0};

    if (type == RST_F64)
        sample.f64 = value;
    else if (type == RST_F32)
        sample.f32 = (float)value;
    else
        sample = integer_sample(saturate(value, type), type);
    return sample;
}

double rst_sample_to_double(union rst_sample sample, enum rst_type type)
{
    switch (type) {
#define TYPE_CASE(UPPER, lower, ctype)                                                                                 \
    case RST_##UPPER:                                                                                                  \
        return (double)sample.lower;
        RST_TYPES(TYPE_CASE)
#undef TYPE_CASE
    case RST_TYPE_COUNT:
        break;
    }
    assert((unsigned)type < RST_TYPE_COUNT);
    return 0;
}

/* Any value but C's own would change the decimal point. In glibc the C locale is static: nothing is allocated. */
static locale_t enter_c_locale(locale_t *c)
{
    *c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return uselocale(*c);
}

static void leave_c_locale(locale_t c, locale_t before)
{
    uselocale(before);
    if (c) freelocale(c);
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

static bool times_ten(uint64_t *value, int64_t times)
{
    if (*value == 0) return true;
    for (; times > 0; times--)
        if (__builtin_mul_overflow(*value, UINT64_C(10), value)) return false;
    return true;
}

/* A decimal number, with a fraction and an exponent if it likes, whose value is a whole number below 2^64: trailing
 * zeros are held back until a digit follows them, so that "1.0" and "25500e-2" are whole and "255.0...01" is not. */
static bool parse_magnitude(const char **text, uint64_t *magnitude)
{
    const char *at = *text;
    int64_t zeros = 0, scale = 0;
    bool digits = false, fraction = false;

    *magnitude = 0;
    for (;; at++) {
        if (*at == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*at < '0' || *at > '9') break;
        digits = true;
        scale -= fraction;
        zeros++;
        if (*at == '0') continue;
        if (!times_ten(magnitude, zeros)) return false;
        if (__builtin_add_overflow(*magnitude, (uint64_t)(*at - '0'), magnitude)) return false;
        zeros = 0;
    }
    if (!digits) return false;
    if (*at == 'e' || *at == 'E') {
        char *end = NULL;
        const char *sign = at + 1 + (at[1] == '-' || at[1] == '+');
        if (*sign < '0' || *sign > '9') return false;
        long exponent = strtol(at + 1, &end, 10);
        if (exponent > 1000000 || exponent < -1000000) return false;
        scale += exponent;
        at = end;
    }
    *text = at;
    if (*magnitude == 0) return true;
    return zeros + scale >= 0 && times_ten(magnitude, zeros + scale);
}

static bool parse_integer(const char *text, enum rst_type type, union rst_sample *sample)
{
    uint64_t magnitude = 0, max = integer_max(type);
    bool negative = *text == '-';

    if (*text == '-' || *text == '+') text++;
    if (!parse_magnitude(&text, &magnitude) || *skip_blanks(text) != '\0') return false;
    if (negative ? magnitude > (rst_type_is_signed(type) ? max + 1 : 0) : magnitude > max) return false;
    *sample = integer_sample(negative ? 0 - magnitude : magnitude, type);
    return true;
}

/* strtof, not strtod and a cast: rounding twice can miss the nearest float. */
static bool parse_float(const char *text, enum rst_type type, union rst_sample *sample)
{
    union rst_sample value = {.u64 = 0};
    char *end = NULL;
    locale_t c, before;

    if (text[strcspn(text, "xX(\n\v\f\r")] != '\0') return false; /* strtod takes more than decimals */
    before = enter_c_locale(&c);
    errno = 0;
    if (type == RST_F32)
        value.f32 = strtof(text, &end);
    else
        value.f64 = strtod(text, &end);
    bool overflow = errno == ERANGE && isinf(rst_sample_to_double(value, type));
    leave_c_locale(c, before);

    if (end == text || *skip_blanks(end) != '\0' || overflow) return false;
    *sample = value;
    return true;
}

bool rst_sample_parse(const char *text, enum rst_type type, union rst_sample *sample)
{
    text = skip_blanks(text);
    return rst_type_is_float(type) ? parse_float(text, type, sample) : parse_integer(text, type, sample);
}

static bool reads_back(const char *text, double value, enum rst_type type)
{
    return type == RST_F32 ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* The fewest digits that read back (9 and 17 always do), in plain notation where it is no longer than the type's own
 * precision. */
static void format_float(double value, enum rst_type type, char *text, size_t size)
{
    const int most = type == RST_F32 ? 9 : 17;
    locale_t c, before;

    if (isnan(value) || isinf(value)) {
        snprintf(text, size, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    before = enter_c_locale(&c);
    int digits = 1;
    for (; digits <= most; digits++) {
        snprintf(text, size, "%.*e", digits - 1, value);
        if (reads_back(text, value, type)) break;
    }
    int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent >= -5 && exponent < most - 1) {
        int decimals = digits - 1 - exponent;
        snprintf(text, size, "%.*f", decimals > 0 ? decimals : 0, value);
    }
    leave_c_locale(c, before);
}

char *rst_sample_format(union rst_sample sample, enum rst_type type, char *buffer, size_t size)
{
    char text[64];

    if (rst_type_is_float(type)) {
        format_float(rst_sample_to_double(sample, type), type, text, sizeof text);
    } else if (type == RST_U64) {
        snprintf(text, sizeof text, "%" PRIu64, sample.u64);
    } else {
        int64_t value = type == RST_I64 ? sample.i64 : (int64_t)rst_sample_to_double(sample, type);
        snprintf(text, sizeof text, "%" PRId64, value);
    }
    size_t length = strnlen(text, size > 0 ? size - 1 : 0);
    if (size > 0) {
        memcpy(buffer, text, length);
        buffer[length] = '\0';
    }
    return buffer;
}

bool rst_sample_equal(union rst_sample a, union rst_sample b, enum rst_type type)
{
    if (type == RST_F32) return a.f32 == b.f32 || (isnan(a.f32) && isnan(b.f32));
    if (type == RST_F64) return a.f64 == b.f64 || (isnan(a.f64) && isnan(b.f64));
    return memcmp(a.bytes, b.bytes, rst_type_size(type)) == 0;
}
