/* Expressions: what binds tighter, what a text of numbers comes to, which terms are shared, how registers are given
 * out; and that whatever is given is either taken, or refused with the column where it goes wrong. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/calc/program.h"
#include "tests/support/layouts.h"

static struct rst_expression *parse(const char *text)
{
    struct rst_expression *expression;
    struct rst_error err = {0};
    if (rst_expression_parse("calc --expr", text, &expression, &err)) fail_msg("'%s': %s", text, err.message);
    return expression;
}

static struct rst_program *compile(const struct rst_expression *expression)
{
    struct rst_program *program;
    assert_int_equal(rst_program_new(expression, &program, NULL), RST_OK);
    return program;
}

/* Texts without a sample are numbers once they are read. */
static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"2 + 3 * 4", 14},
        {"(2 + 3) * 4", 20},
        {"10 - 4 - 3", 3},
        {"100 / 10 / 5", 2},
        {"7 % 4", 3},
        {"-7 % 4", -3},
        {"7 % -4", 3},
        {"2 * 7 % 4", 2},
        {"2 ** 3 ** 2", 512},
        {"-2 ** 2", -4},
        {"(-2) ** 2", 4},
        {"2 ** -1", 0.5},
        {"-3 + 5", 2},
        {"- - 3", 3},
        {"+3", 3},
        {"!0", 1},
        {"!3", 0},
        {"!!3", 1},
        {"!nan", 0},
        {"-!0", -1},
        {"!0 + 1", 2},
        {"1 < 2", 1},
        {"2 < 1", 0},
        {"2 <= 2", 1},
        {"3 <= 2", 0},
        {"2 > 1", 1},
        {"1 > 1", 0},
        {"1 >= 1", 1},
        {"1 >= 2", 0},
        {"1 == 1", 1},
        {"1 != 1", 0},
        {"nan == nan", 0},
        {"nan != nan", 1},
        {"nan < 1", 0},
        {"nan >= 1", 0},
        {"1 + 1 < 3", 1},
        {"1 < 2 && 3 > 2", 1},
        {"0 && 1 || 1", 1},
        {"1 || 1 && 0", 1},
        {"(1 || 1) && 0", 0},
        {"5 && -1", 1},
        {"nan && 1", 1},
        {"0 || 0", 0},
        {"1 ? 2 : 3", 2},
        {"0 ? 2 : 3", 3},
        {"nan ? 2 : 3", 2},
        {"0 ? 1 : 0 ? 2 : 3", 3},
        {"1 ? 0 ? 4 : 5 : 6", 5},
        {"1 || 0 ? 7 : 8", 7},
        {"min(3, 1, 2)", 1},
        {"max(3, 7, 2, 5)", 7},
        {"min(1, nan)", NAN},
        {"max(nan, 1)", NAN},
        {"abs(-3)", 3},
        {"sqrt(16)", 4},
        {"sqrt(-1)", NAN},
        {"pow(2, 10)", 1024},
        {"pow(3, 2)", 9},
        {"exp(0)", 1},
        {"log(e)", 1},
        {"log10(1000)", 3},
        {"log2(8)", 3},
        {"sin(0)", 0},
        {"cos(0)", 1},
        {"tan(0)", 0},
        {"asin(1) * 2", 3.14159265358979323846},
        {"acos(1)", 0},
        {"atan(1) * 4", 3.14159265358979323846},
        {"atan2(1, -1) / 3 * 4", 3.14159265358979323846},
        {"floor(-1.5)", -2},
        {"ceil(-1.5)", -1},
        {"round(2.5)", 2},
        {"round(3.5)", 4},
        {"round(-0.5)", -0.0},
        {"isnan(nan)", 1},
        {"isnan(0)", 0},
        {"isnan(inf - inf)", 1},
        {"clamp(5, 1, 3)", 3},
        {"clamp(-5, 1, 3)", 1},
        {"clamp(2, 1, 3)", 2},
        {"clamp(nan, 1, 3)", NAN},
        {"1 / 0", INFINITY},
        {"-1 / 0", -INFINITY},
        {"0 / 0", NAN},
        {"pi", 3.14159265358979323846},
        {"1e3", 1000},
        {"1.5E-1", 0.15},
        {".5", 0.5},
        {"5.", 5},
        {"1e+2", 100},
        {"\t1\n+\r2 ", 3},
        {"((((((((((1))))))))))", 1},
        {"1e-400", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_expression *expression = parse(cases[i].text);
        const struct rst_term *term = &expression->terms[expression->result];
        assert_int_equal(term->kind, RST_TERM_NUMBER);
        bool same = isnan(cases[i].value)
                        ? isnan(term->number)
                        : term->number == cases[i].value && !signbit(term->number) == !signbit(cases[i].value);
        if (!same) fail_msg("%s is %.17g, not %.17g", cases[i].text, term->number, cases[i].value);
        rst_expression_free(&expression);
    }
}

static int used_terms(const struct rst_expression *expression)
{
    int used = 0;
    for (int32_t i = 0; i < expression->count; i++)
        used += expression->terms[i].used;
    return used;
}

/* How many terms are left to compute, and how many registers they take. */
static void test_sharing(void **state)
{
    static const struct {
        const char *text;
        int terms, registers;
    } cases[] = {
        {"A", 1, 1},
        {"(B - A) / (B + A)", 5, 3},
        {"(A + B) * (A + B)", 4, 2},
        {"A + A", 2, 1},
        {"A * 2 + 2", 4, 2},
        {"2 * 3 + A * (1 + 1)", 5, 3},
        {"1 ? A : B * C", 6, 4},
        {"A ** 2", 2, 1},
        {"pow(A, 1 + 1)", 2, 1},
        {"A.1 + A.2 + A.3 + A.1 + A.2 + A.3", 8, 4},
        {"A + (B + (A.1 + (B.1 + (A.2 + B.2))))", 11, 6},
        {"-(-A)", 3, 1},
        {"x + y", 3, 2},
        {"A > B ? A : B", 4, 3},
        {"clamp(A, 0, 1)", 5, 3},
        {"7", 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_expression *expression = parse(cases[i].text);
        struct rst_program *program = compile(expression);
        if (used_terms(expression) != cases[i].terms || program->registers != cases[i].registers)
            fail_msg("%s: %d terms and %d registers, not %d and %d", cases[i].text, used_terms(expression),
                     (int)program->registers, cases[i].terms, cases[i].registers);
        rst_program_free(&program);
        rst_expression_free(&expression);
    }
}

static void test_rasters(void **state)
{
    (void)state;
    struct rst_expression *expression = parse("x * 2");
    assert_int_equal(expression->rasters, 1);
    assert_false(expression->whole[0]);
    rst_expression_free(&expression);
    expression = parse("B.65535 + A.2 * C");
    assert_int_equal(expression->rasters, 3);
    assert_false(expression->whole[0]);
    assert_false(expression->whole[1]);
    assert_true(expression->whole[2]);
    rst_expression_free(&expression);
    expression = parse("A+B+C+D+E+F+G+H+I+J+K+L+M+N+O+P+Q+R+S+T+U+V+W+X+Y+Z");
    assert_int_equal(expression->rasters, 26);
    rst_expression_free(&expression);
}

static void test_errors(void **state)
{
    static const struct {
        const char *text;
        int column;
        const char *phrase;
    } cases[] = {
        {"", 1, "a value is missing at the end"},
        {"   ", 4, "a value is missing at the end"},
        {"(A", 3, "')' is missing at the end"},
        {"A +", 4, "a value is missing at the end"},
        {"A * / B", 5, "a value is missing before '/'"},
        {"A B", 3, "an operator is missing before 'B'"},
        {"2e", 2, "an operator is missing before 'e'"},
        {"2A", 2, "an operator is missing before 'A'"},
        {"1.2.3", 4, "an operator is missing before '.'"},
        {"A)", 2, "')' without '('"},
        {"A, B", 2, "outside of a function's brackets"},
        {"A : B", 3, "':' without '?'"},
        {"A ? B", 6, "':' is missing at the end"},
        {"A ? B, 1 : 2", 6, "':' is missing before ','"},
        {"(A ? B)", 7, "':' is missing before ')'"},
        {"A = 1", 3, "equality is written =="},
        {"A & 1", 3, "written &&"},
        {"A | 1", 3, "written ||"},
        {"A ^ 2", 3, "a power is written **"},
        {"(A ^ 2)", 4, "a power is written **"},
        {"1 < A < 2", 7, "do not chain"},
        {"A == B != 1", 8, "do not chain"},
        {"A.", 3, "a band is missing"},
        {"A.0", 3, "a band is missing"},
        {"A.x", 3, "a band is missing"},
        {"A.65536", 3, "no image has that many bands"},
        {"A.99999999999999999999", 3, "no image has that many bands"},
        {"C", 1, "C is used, and B is not"},
        {"A + D * B", 5, "D is used, and C is not"},
        {"A1", 1, "'A1' is not known; rasters are A, B"},
        {"foo", 1, "'foo' is not known"},
        {"a + 1", 1, "'a' is not known"},
        {"1 + averyveryverylongnamethatisnofunction", 5, "'averyveryverylongnameth' is not known"},
        {"sqrt", 5, "'(' is missing at the end"},
        {"sqrt A", 6, "'(' is missing before 'A'"},
        {"sqrt()", 1, "sqrt takes 1 argument, and 0 are given"},
        {"1 + sqrt(1, 2)", 5, "sqrt takes 1 argument, and 2 are given"},
        {"pow(1)", 1, "pow takes 2 arguments, and 1 is given"},
        {"min(1)", 1, "min takes 2 arguments or more, and 1 is given"},
        {"clamp(1, 2)", 1, "clamp takes 3 arguments, and 2 are given"},
        {"clamp(1, 2, 3, 4)", 1, "clamp takes 3 arguments, and 4 are given"},
        {"min(1, )", 8, "a value is missing before ')'"},
        {"min(1", 6, "')' is missing at the end"},
        {"min(, 1)", 5, "a value is missing before ','"},
        {"1e999", 1, "a number that is none, or too great"},
        {".", 1, "a number that is none, or too great"},
        {"$", 1, "a value is missing before '$'"},
        {"\xc3\xa9", 1, "before the byte 0xC3"},
        {"A \x01", 3, "before the byte 0x01"},
        {"0000000000000000000000000000000000000000000000000000000000000000000001", 1, "more than 63 letters"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rst_expression *expression;
        struct rst_error err = {0};
        char start[60];
        snprintf(start, sizeof start, "calc --expr: column %d: ", cases[i].column);
        if (rst_expression_parse("calc --expr", cases[i].text, &expression, &err) != RST_E_ARGUMENT)
            fail_msg("'%s' is taken", cases[i].text);
        assert_null(expression);
        if (strncmp(err.message, start, strlen(start)) != 0 || !strstr(err.message, cases[i].phrase))
            fail_msg("'%s': %s", cases[i].text, err.message);
    }
}

/* Parts of texts, put together at random: all are read to the end or refused, and what is read runs. */
static void test_any_text(void **state)
{
    static const char *const parts[] = {
        "A", "B", "A.1",  "B.2",   "x", "y",      "1",    "2.5", "nan", "inf", "(",    ")", "+", "-",
        "*", "/", "%",    "**",    "<", "<=",     "==",   "!=",  "!",   "&&",  "||",   "?", ":", ",",
        ".", " ", "min(", "sqrt(", "e", "clamp(", "pow(", "1e",  "=",   "&",   "\xff", "C"};
    uint64_t seed = layout_seed();
    int taken = 0;
    (void)state;
    for (int i = 0; i < 60000; i++) {
        char text[256] = "";
        size_t used = 0;
        struct rst_expression *expression;
        struct rst_error err = {0};
        for (uint64_t left = layout_random(&seed) % 12 + 1; left > 0; left--)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s",
                                     parts[layout_random(&seed) % (sizeof parts / sizeof *parts)]);
        if (rst_expression_parse("calc", text, &expression, &err)) {
            int column = 0;
            assert_null(expression);
            if (sscanf(err.message, "calc: column %d: ", &column) != 1 || column < 1 || column > (int)strlen(text) + 1)
                fail_msg("'%s': %s", text, err.message);
            continue;
        }
        struct rst_program *program = compile(expression);
        assert_true(program->result >= 0 && program->result < program->registers);
        rst_program_free(&program);
        rst_expression_free(&expression);
        taken++;
    }
    assert_true(taken > 500);
}

/* `start`, many times `part`, and `end`. */
static char *repeated(const char *start, const char *part, size_t times, const char *end)
{
    size_t length = strlen(start) + times * strlen(part) + strlen(end);
    char *text = malloc(length + 1), *at = text;
    assert_non_null(text);
    at += sprintf(at, "%s", start);
    for (size_t i = 0; i < times; i++) {
        memcpy(at, part, strlen(part));
        at += strlen(part);
    }
    memcpy(at, end, strlen(end) + 1);
    return text;
}

static void expect_refused(char *text, const char *phrase)
{
    struct rst_expression *expression;
    struct rst_error err = {0};
    assert_int_equal(rst_expression_parse("calc", text, &expression, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, phrase)) fail_msg("%.40s...: %s", text, err.message);
    free(text);
}

static void test_depth(void **state)
{
    static const char *const parts[] = {"(", "-", "!", "+", "A**", "A?A:", "sqrt(", "min(1,", "A?"};
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        expect_refused(repeated("", parts[i], 300000, ""), "nested more than");
    char *text = repeated("", "(", 40, "A"); /* what people write is taken */
    char *whole = repeated(text, ")", 40, "");
    struct rst_expression *expression = parse(whole);
    rst_expression_free(&expression);
    free(whole);
    free(text);
    text = repeated("A", "+A", 300000, ""); /* long is not deep, but the terms are bounded */
    expect_refused(text, "more than 2000 terms");
    text = repeated("min(A", ",A", 1200, ")");
    expect_refused(text, "arguments or more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_sharing),  cmocka_unit_test(test_rasters),
        cmocka_unit_test(test_errors),  cmocka_unit_test(test_any_text), cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
