/* Pixel types and samples. Integers are held against 128-bit arithmetic, floats against their own bits. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/type.h"
#include "tests/support/files.h"

enum { RANDOM_ROUNDS = 20000 };

static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x * 2685821657736338717u;
}

static bool is_integer(enum rst_type type)
{
    return !rst_type_is_float(type);
}

static __int128 least(enum rst_type type)
{
    return rst_type_is_signed(type) ? -((__int128)1 << (8 * rst_type_size(type) - 1)) : 0;
}

static __int128 most(enum rst_type type)
{
    return ((__int128)1 << (8 * rst_type_size(type) - (rst_type_is_signed(type) ? 1 : 0))) - 1;
}

/* The value of an integer sample, read by its type's own member. */
static __int128 value_of(union rst_sample s, enum rst_type type)
{
    switch (type) {
    case RST_U8:
        return s.u8;
    case RST_I8:
        return s.i8;
    case RST_U16:
        return s.u16;
    case RST_I16:
        return s.i16;
    case RST_U32:
        return s.u32;
    case RST_I32:
        return s.i32;
    case RST_U64:
        return s.u64;
    case RST_I64:
        return s.i64;
    default:
        fail();
        return 0;
    }
}

static void names_and_sizes(void **state)
{
    static const char *const names[] = {"u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"};
    static const size_t sizes[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
    (void)state;
    assert_int_equal(RST_TYPE_COUNT, 10);
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i, parsed = RST_TYPE_COUNT;
        assert_string_equal(rst_type_name(type), names[i]);
        assert_int_equal(rst_type_size(type), sizes[i]);
        assert_int_equal(rst_type_is_float(type), names[i][0] == 'f');
        assert_int_equal(rst_type_is_signed(type), names[i][0] != 'u');
        assert_true(rst_type_parse(names[i], &parsed));
        assert_int_equal(parsed, type);
    }
    enum rst_type untouched = RST_I16;
    static const char *const wrong[] = {"", "U8", "u", "u88", "u8 ", "float", "f16", "u24"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(rst_type_parse(wrong[i], &untouched));
    assert_int_equal(untouched, RST_I16);
}

static void doubles_saturate(void **state)
{
    static const double beyond[] = {1e300, HUGE_VAL, 18446744073709551616.0, 1e20};
    (void)state;
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i;
        if (!is_integer(type)) continue;
        for (size_t j = 0; j < sizeof beyond / sizeof beyond[0]; j++) {
            assert_true(value_of(rst_sample_from_double(beyond[j], type), type) == most(type));
            assert_true(value_of(rst_sample_from_double(-beyond[j], type), type) == least(type));
        }
        assert_true(value_of(rst_sample_from_double((double)most(type), type), type) == most(type));
        assert_true(value_of(rst_sample_from_double((double)least(type), type), type) == least(type));
        assert_true(value_of(rst_sample_from_double((double)least(type) - 1, type), type) == least(type));
        assert_true(value_of(rst_sample_from_double((double)NAN, type), type) == 0);
        assert_true(value_of(rst_sample_from_double(-0.0, type), type) == 0);
    }
    assert_true(rst_sample_from_double(-0.5, RST_U64).u64 == 0);
    assert_true(rst_sample_from_double(-0.6, RST_U8).u8 == 0);
    assert_true(rst_sample_from_double(18446744073709549568.0, RST_U64).u64 == 18446744073709549568u);
    assert_true(rst_sample_from_double(9223372036854774784.0, RST_I64).i64 == 9223372036854774784);
    assert_true(rst_sample_from_double(-9223372036854774784.0, RST_I64).i64 == -9223372036854774784);
}

static void ties_go_to_even(void **state)
{
    static const struct {
        double from;
        int to;
    } cases[] = {{0.5, 0},      {1.5, 2},    {2.5, 2},     {3.5, 4},
                 {2.4999, 2},   {2.5001, 3}, {126.5, 126}, {0.49999999999999994, 0},
                 {-0.5, 0},     {-1.5, -2},  {-2.5, -2},   {-3.5, -4},
                 {-127.5, -128}};
    (void)state;
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i;
        if (!is_integer(type)) continue;
        for (size_t j = 0; j < sizeof cases / sizeof cases[0]; j++) {
            __int128 expected = cases[j].to < least(type) ? least(type) : cases[j].to;
            assert_true(value_of(rst_sample_from_double(cases[j].from, type), type) == expected);
        }
    }
    assert_int_equal(rst_sample_from_double(254.5, RST_U8).u8, 254);
    assert_int_equal(rst_sample_from_double(255.5, RST_U8).u8, 255);
}

static void floats_from_doubles(void **state)
{
    (void)state;
    assert_true(rst_sample_from_double(0.1, RST_F32).f32 == 0.1f);
    assert_true(rst_sample_from_double(0.1, RST_F64).f64 == 0.1);
    assert_true(isnan(rst_sample_from_double((double)NAN, RST_F32).f32));
    assert_true(isnan(rst_sample_from_double((double)NAN, RST_F64).f64));
    assert_true(rst_sample_from_double(1e300, RST_F32).f32 == HUGE_VALF);
    assert_true(rst_sample_from_double(16777217.0, RST_F32).f32 == 16777216.0f);
    assert_true(signbit(rst_sample_from_double(-0.0, RST_F32).f32));
}

static void samples_become_doubles(void **state)
{
    (void)state;
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i;
        for (int round = 0; round < 1000; round++) {
            union rst_sample s = {.u64 = next_random()};
            if (is_integer(type))
                assert_true(rst_sample_to_double(s, type) == (double)value_of(s, type));
            else if (!isnan(rst_sample_to_double(s, type)))
                assert_true(rst_sample_to_double(s, type) == (type == RST_F32 ? (double)s.f32 : s.f64));
        }
    }
}

static void every_small_integer_passes_through_a_double(void **state)
{
    (void)state;
    for (int i = RST_U8; i <= RST_I16; i++) {
        enum rst_type type = (enum rst_type)i;
        for (__int128 v = least(type); v <= most(type); v++) {
            union rst_sample s = rst_sample_from_double((double)v, type);
            assert_true(value_of(s, type) == v);
            assert_true(rst_sample_to_double(s, type) == (double)v);
        }
    }
}

static void assert_parses(const char *text, enum rst_type type, __int128 expected)
{
    union rst_sample s = {.u64 = 0};
    if (!rst_sample_parse(text, type, &s)) fail_msg("\"%s\" is refused as %s", text, rst_type_name(type));
    if (value_of(s, type) != expected) fail_msg("\"%s\" as %s is wrong", text, rst_type_name(type));
}

static void integers_are_read_exactly(void **state)
{
    (void)state;
    assert_parses("18446744073709551615", RST_U64, UINT64_MAX);
    assert_parses("18446744073709551615.000", RST_U64, UINT64_MAX);
    assert_parses("9007199254740993", RST_I64, 9007199254740993);
    assert_parses("-9223372036854775808", RST_I64, INT64_MIN);
    assert_parses("9223372036854775807", RST_I64, INT64_MAX);
    assert_parses("255.0", RST_U8, 255);
    assert_parses("255.", RST_U8, 255);
    assert_parses("+7", RST_U8, 7);
    assert_parses("007", RST_U8, 7);
    assert_parses("-0", RST_U8, 0);
    assert_parses("-9999", RST_I16, -9999);
    assert_parses("-128", RST_I8, -128);
    assert_parses(" -9999 \t", RST_I32, -9999);
    assert_parses("1e3", RST_U16, 1000);
    assert_parses("2.55E+2", RST_U8, 255);
    assert_parses("25500e-2", RST_U8, 255);
    assert_parses("0.0000255e7", RST_U8, 255);
    assert_parses("0e999", RST_U8, 0);
    assert_parses("100000000000000000000000000000e-28", RST_U8, 10);
    assert_parses("1.8446744073709551615e19", RST_U64, UINT64_MAX);
}

static void what_is_no_integer_is_refused(void **state)
{
    static const struct {
        const char *text;
        enum rst_type type;
    } cases[] = {
        {"", RST_U8},
        {" ", RST_U8},
        {"-", RST_I8},
        {".", RST_U8},
        {"e3", RST_U8},
        {"1e", RST_U8},
        {"1e+", RST_U8},
        {"1 2", RST_U8},
        {"12x", RST_U8},
        {"0x10", RST_U8},
        {"nan", RST_U8},
        {"inf", RST_I32},
        {"1,5", RST_U8},
        {"--1", RST_I8},
        {"1.2.3", RST_U8},
        {"256", RST_U8},
        {"-1", RST_U8},
        {"-129", RST_I8},
        {"128", RST_I8},
        {"65536", RST_U16},
        {"255.5", RST_U8},
        {"1e-1", RST_U8},
        {"1e20", RST_U64},
        {"1e999999999999", RST_U64},
        {"18446744073709551616", RST_U64},
        {"9223372036854775808", RST_I64},
        {"-9223372036854775809", RST_I64},
        {"255.00000000000000000000000001", RST_U8},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        union rst_sample s = {.u64 = 77};
        if (rst_sample_parse(cases[i].text, cases[i].type, &s))
            fail_msg("\"%s\" is taken as %s", cases[i].text, rst_type_name(cases[i].type));
        assert_true(s.u64 == 77);
    }
}

static void floats_are_read_to_the_nearest(void **state)
{
    union rst_sample s;
    (void)state;
    assert_true(rst_sample_parse("0.1", RST_F32, &s) && s.f32 == 0.1f);
    assert_true(rst_sample_parse(" -1e-3 ", RST_F64, &s) && s.f64 == -1e-3);
    assert_true(rst_sample_parse("nan", RST_F32, &s) && isnan(s.f32));
    assert_true(rst_sample_parse("NaN", RST_F64, &s) && isnan(s.f64));
    assert_true(rst_sample_parse("-inf", RST_F64, &s) && s.f64 == -HUGE_VAL);
    assert_true(rst_sample_parse("-3.4028234663852886e+38", RST_F32, &s) && s.f32 == -FLT_MAX);
    assert_true(rst_sample_parse("5e-324", RST_F64, &s) && s.f64 == 5e-324);
    /* Just above the middle of two floats, by less than a double can tell: rounding twice would go down. */
    assert_true(rst_sample_parse("1.00000005960464477540", RST_F32, &s) && s.f32 == 1.00000011920928955078125f);

    static const char *const wrong[] = {"", " ", "abc", "1e50", "0x10", "1 2", "1,5", "nan(7)", "1e999", "\n1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (rst_sample_parse(wrong[i], RST_F32, &s)) fail_msg("\"%s\" is taken as f32", wrong[i]);
}

static void any_bits_survive_as_text(void **state)
{
    (void)state;
    for (int i = 0; i < RST_TYPE_COUNT; i++) {
        enum rst_type type = (enum rst_type)i;
        for (int round = 0; round < RANDOM_ROUNDS; round++) {
            union rst_sample s = {.u64 = next_random()}, back = {.u64 = 0};
            char text[32];
            assert_ptr_equal(rst_sample_format(s, type, text, sizeof text), text);
            assert_true(strlen(text) < 31);
            if (!rst_sample_parse(text, type, &back)) fail_msg("%s \"%s\" is not read", rst_type_name(type), text);
            if (!rst_sample_equal(s, back, type)) fail_msg("%s \"%s\" is another value", rst_type_name(type), text);
        }
    }
}

static void assert_text(union rst_sample s, enum rst_type type, const char *expected)
{
    char text[32];
    assert_string_equal(rst_sample_format(s, type, text, sizeof text), expected);
}

static void texts_are_short(void **state)
{
    (void)state;
    assert_text((union rst_sample){.f32 = 0.1f}, RST_F32, "0.1");
    assert_text((union rst_sample){.f64 = 0.1}, RST_F64, "0.1");
    assert_text((union rst_sample){.f64 = 0.1 + 0.2}, RST_F64, "0.30000000000000004");
    assert_text((union rst_sample){.f32 = -9999}, RST_F32, "-9999");
    assert_text((union rst_sample){.f64 = 100000}, RST_F64, "100000");
    assert_text((union rst_sample){.f32 = 16777216}, RST_F32, "16777216");
    assert_text((union rst_sample){.f64 = 9007199254740991}, RST_F64, "9007199254740991");
    assert_text((union rst_sample){.f64 = 1e20}, RST_F64, "1e+20");
    assert_text((union rst_sample){.f64 = 5e-324}, RST_F64, "5e-324");
    assert_text((union rst_sample){.f32 = -FLT_MAX}, RST_F32, "-3.4028235e+38");
    assert_text((union rst_sample){.f64 = 0.0001}, RST_F64, "0.0001");
    assert_text((union rst_sample){.f64 = 0}, RST_F64, "0");
    assert_text((union rst_sample){.f64 = -0.0}, RST_F64, "-0");
    assert_text((union rst_sample){.f64 = (double)NAN}, RST_F64, "nan");
    assert_text((union rst_sample){.f32 = -HUGE_VALF}, RST_F32, "-inf");
    assert_text((union rst_sample){.u64 = UINT64_MAX}, RST_U64, "18446744073709551615");
    assert_text((union rst_sample){.i64 = INT64_MIN}, RST_I64, "-9223372036854775808");
    assert_text((union rst_sample){.i8 = -128}, RST_I8, "-128");
}

static void a_small_buffer_is_not_overrun(void **state)
{
    char text[5] = "????";
    (void)state;
    rst_sample_format((union rst_sample){.i32 = -123456}, RST_I32, text, 4);
    assert_memory_equal(text, "-12\0", 5);
    text[0] = '?';
    rst_sample_format((union rst_sample){.i32 = -123456}, RST_I32, text, 0);
    assert_int_equal(text[0], '?');
}

/* An installed locale with a decimal comma, or one made for this test. */
static bool set_comma_locale(void)
{
    static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"};
    char command[1200];
    for (size_t i = 0; i < sizeof commas / sizeof commas[0]; i++)
        if (setlocale(LC_ALL, commas[i])) return true;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >/dev/null 2>&1", files_folder);
    return system(command) == 0 && setenv("LOCPATH", files_folder, 1) == 0 && setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void the_locale_does_not_matter(void **state)
{
    union rst_sample s;
    char text[32], host[32];
    (void)state;
    if (!set_comma_locale()) {
        print_message("NOT RUN: no locale with a decimal comma can be had\n");
        skip();
    }
    bool read = rst_sample_parse("0.5", RST_F64, &s) && s.f64 == 0.5;
    bool comma = rst_sample_parse("0,5", RST_F64, &s);
    rst_sample_format((union rst_sample){.f64 = 0.5}, RST_F64, text, sizeof text);
    snprintf(host, sizeof host, "%.1f", 0.5); /* the host's own locale is back */
    setlocale(LC_ALL, "C");
    assert_true(read);
    assert_false(comma);
    assert_string_equal(text, "0.5");
    assert_string_equal(host, "0,5");
}

static void equality_is_of_values(void **state)
{
    union rst_sample nan1 = {.f64 = (double)NAN}, nan2 = {.u64 = UINT64_C(0xFFF8000000000123)};
    (void)state;
    assert_true(rst_sample_equal(nan1, nan2, RST_F64));
    assert_false(rst_sample_equal(nan1, (union rst_sample){.f64 = 1}, RST_F64));
    assert_true(rst_sample_equal((union rst_sample){.f32 = 0.0f}, (union rst_sample){.f32 = -0.0f}, RST_F32));
    assert_true(rst_sample_equal((union rst_sample){.bytes = {7, 1}}, (union rst_sample){.bytes = {7, 2}}, RST_U8));
    assert_false(rst_sample_equal((union rst_sample){.u64 = 9007199254740993},
                                  (union rst_sample){.u64 = 9007199254740992}, RST_U64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_sizes),
        cmocka_unit_test(doubles_saturate),
        cmocka_unit_test(ties_go_to_even),
        cmocka_unit_test(floats_from_doubles),
        cmocka_unit_test(samples_become_doubles),
        cmocka_unit_test(every_small_integer_passes_through_a_double),
        cmocka_unit_test(integers_are_read_exactly),
        cmocka_unit_test(what_is_no_integer_is_refused),
        cmocka_unit_test(floats_are_read_to_the_nearest),
        cmocka_unit_test(any_bits_survive_as_text),
        cmocka_unit_test(texts_are_short),
        cmocka_unit_test(a_small_buffer_is_not_overrun),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(equality_is_of_values),
    };
    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
