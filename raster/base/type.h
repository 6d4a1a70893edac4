/* The ten pixel types, all from one list, and a single sample of any of them. */
#ifndef RASTER_BASE_TYPE_H
#define RASTER_BASE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"

RST_BEGIN

/* X(ENUM SUFFIX, short name, C type) */
#define RST_TYPES(X)                                                                                                   \
    X(U8, u8, uint8_t)                                                                                                 \
    X(I8, i8, int8_t)                                                                                                  \
    X(U16, u16, uint16_t)                                                                                              \
    X(I16, i16, int16_t)                                                                                               \
    X(U32, u32, uint32_t)                                                                                              \
    X(I32, i32, int32_t)                                                                                               \
    X(U64, u64, uint64_t)                                                                                              \
    X(I64, i64, int64_t)                                                                                               \
    X(F32, f32, float)                                                                                                 \
    X(F64, f64, double)

enum rst_type {
#define RST_TYPE_ENUM(UPPER, lower, ctype) RST_##UPPER,
    RST_TYPES(RST_TYPE_ENUM)
#undef RST_TYPE_ENUM
        RST_TYPE_COUNT
};

/* One sample, seen as any type. The member that counts is the one of the type that goes with it. */
union rst_sample {
#define RST_TYPE_MEMBER(UPPER, lower, ctype) ctype lower;
    RST_TYPES(RST_TYPE_MEMBER)
#undef RST_TYPE_MEMBER
    unsigned char bytes[8];
};

RST_API size_t rst_type_size(enum rst_type type);      /* bytes of one sample: 1, 2, 4 or 8 */
RST_API const char *rst_type_name(enum rst_type type); /* "u8" ... "f64" */
RST_API bool rst_type_is_float(enum rst_type type);
RST_API bool rst_type_is_signed(enum rst_type type); /* floats are signed */

/* "u8" ... "f64" to the type; false for any other text. */
RST_API bool rst_type_parse(const char *text, enum rst_type *type);

/* A number as a sample of `type`: rounded to nearest with ties to even; integers saturate and take NaN as 0, f32 goes
 * to infinity beyond its range, as a conversion in C does. */
RST_API union rst_sample rst_sample_from_double(double value, enum rst_type type);

/* 64-bit integers beyond 2^53 are rounded. */
RST_API double rst_sample_to_double(union rst_sample sample, enum rst_type type);

/* Text to a sample, exactly: "-9999", "nan", "18446744073709551615". An integer type also takes "255.0" where the
 * fraction is nil. Blanks around the number are skipped; the decimal point is '.' in every locale. false where the text
 * is no number or does not fit the type. */
RST_API bool rst_sample_parse(const char *text, enum rst_type type, union rst_sample *sample);

/* The text with the fewest digits that parses back to the same sample: "0.1", "-9999", "1e+20". size 32 is enough for
 * any. Returns buffer. */
RST_API char *rst_sample_format(union rst_sample sample, enum rst_type type, char *buffer, size_t size);

/* Equal as pixel values of `type`: NaN equals NaN, 0.0 equals -0.0. */
RST_API bool rst_sample_equal(union rst_sample a, union rst_sample b, enum rst_type type);

RST_END

#endif
