/* From text to terms, by precedence climbing. The parser stands at one letter of the text at a time, and every refusal
 * names its column. How deep a text may nest is bounded, as every level takes some of the stack. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/image/layout.h"
#include "raster/ops/calc/expression.h"

#define DEEPEST 100

struct parser {
    const char *place, *text, *at;
    int depth;
    struct rst_expression *expression;
    struct rst_error *err;
};

/* What stands between two values. */
struct infix {
    const char *sign;
    int level; /* the greater, the tighter */
    enum rst_term_kind kind;
    bool swapped; /* a > b is b < a */
};

/* In the order of their levels, and the longer of two that start alike first. */
static const struct infix infixes[] = {
    {"||", 1, RST_TERM_OR, false},      {"&&", 2, RST_TERM_AND, false},     {"<=", 3, RST_TERM_AT_MOST, false},
    {">=", 3, RST_TERM_AT_MOST, true},  {"==", 3, RST_TERM_EQUAL, false},   {"!=", 3, RST_TERM_UNEQUAL, false},
    {"<", 3, RST_TERM_LESS, false},     {">", 3, RST_TERM_LESS, true},      {"+", 4, RST_TERM_ADD, false},
    {"-", 4, RST_TERM_SUBTRACT, false}, {"*", 5, RST_TERM_MULTIPLY, false}, {"/", 5, RST_TERM_DIVIDE, false},
    {"%", 5, RST_TERM_REMAINDER, false}};
#define COMPARISON 3

struct function {
    const char *name;
    enum rst_term_kind kind;
    int least, most; /* arguments */
};

static const struct function functions[] = {
    {"abs", RST_TERM_ABS, 1, 1},     {"sqrt", RST_TERM_SQRT, 1, 1},   {"exp", RST_TERM_EXP, 1, 1},
    {"log", RST_TERM_LOG, 1, 1},     {"log10", RST_TERM_LOG10, 1, 1}, {"log2", RST_TERM_LOG2, 1, 1},
    {"sin", RST_TERM_SIN, 1, 1},     {"cos", RST_TERM_COS, 1, 1},     {"tan", RST_TERM_TAN, 1, 1},
    {"asin", RST_TERM_ASIN, 1, 1},   {"acos", RST_TERM_ACOS, 1, 1},   {"atan", RST_TERM_ATAN, 1, 1},
    {"floor", RST_TERM_FLOOR, 1, 1}, {"ceil", RST_TERM_CEIL, 1, 1},   {"round", RST_TERM_ROUND, 1, 1},
    {"isnan", RST_TERM_ISNAN, 1, 1}, {"pow", RST_TERM_POWER, 2, 2},   {"atan2", RST_TERM_ATAN2, 2, 2},
    {"min", RST_TERM_MIN, 2, 1000},  {"max", RST_TERM_MAX, 2, 1000},  {"clamp", RST_TERM_MIN, 3, 3},
};

static enum rst_status parse_choice(struct parser *parser, int32_t *index);

static enum rst_status refuse(struct parser *parser, const char *at, const char *what)
{
    return rst_fail(parser->err, RST_E_ARGUMENT, "%s: column %d: %s", parser->place, (int)(at - parser->text) + 1,
                    what);
}

static void skip_blanks(struct parser *parser)
{
    parser->at += strspn(parser->at, " \t\r\n");
}

/* Takes the letter if it comes next. */
static bool take(struct parser *parser, char letter)
{
    skip_blanks(parser);
    if (*parser->at != letter) return false;
    parser->at++;
    return true;
}

/* What cannot stand where the parser is, which is neither a value nor a sign that is known there. `wanted` is what
 * would have been right. */
static enum rst_status refuse_here(struct parser *parser, const char *wanted)
{
    static const char *const hints[] = {"=equality is written ==", "&the word 'and' is written &&",
                                        "|the word 'or' is written ||", "^a power is written **"};
    const char *at = parser->at;
    char what[100];
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (*at == hints[i][0]) {
            snprintf(what, sizeof what, "'%c' has no meaning: %s", *at, hints[i] + 1);
            return refuse(parser, at, what);
        }
    if (!*at)
        snprintf(what, sizeof what, "%s at the end", wanted);
    else if (isprint((unsigned char)*at))
        snprintf(what, sizeof what, "%s before '%c'", wanted, *at);
    else
        snprintf(what, sizeof what, "%s before the byte 0x%02X", wanted, (unsigned)(unsigned char)*at);
    return refuse(parser, at, what);
}

static enum rst_status enter(struct parser *parser)
{
    char what[60];
    if (parser->depth++ < DEEPEST) return RST_OK;
    snprintf(what, sizeof what, "nested more than %d levels deep", DEEPEST);
    return refuse(parser, parser->at, what);
}

static enum rst_status add(struct parser *parser, const struct rst_term *term, int32_t *index)
{
    struct rst_error said = {0};
    enum rst_status status = rst_expression_add(parser->expression, term, index, &said);
    if (status == RST_OK) return RST_OK;
    if (status == RST_E_NOMEM) return rst_fail(parser->err, status, "%s: %s", parser->place, said.message);
    return refuse(parser, parser->at, said.message);
}

static enum rst_status add_operation(struct parser *parser, enum rst_term_kind kind, int32_t a, int32_t b, int32_t c,
                                     int32_t *index)
{
    const struct rst_term term = {.kind = kind, .args = {a, b, c}};
    return add(parser, &term, index);
}

static enum rst_status add_number(struct parser *parser, double number, int32_t *index)
{
    const struct rst_term term = {.kind = RST_TERM_NUMBER, .args = {-1, -1, -1}, .number = number};
    return add(parser, &term, index);
}

/* ---- values ---- */

static size_t count_digits(const char *at)
{
    return strspn(at, "0123456789");
}

/* Digits with a point and an exponent; an e with no digit behind it is the constant. */
static enum rst_status parse_number(struct parser *parser, int32_t *index)
{
    const char *start = parser->at, *end = start + count_digits(start);
    char text[64];
    union rst_sample sample;
    if (*end == '.') end += 1 + count_digits(end + 1);
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '-' || end[1] == '+');
        if (count_digits(exponent)) end = exponent + count_digits(exponent);
    }
    snprintf(text, sizeof text, "%.*s", end - start < 64 ? (int)(end - start) : 63, start);
    if (end - start >= (ptrdiff_t)sizeof text) return refuse(parser, start, "a number of more than 63 letters");
    if (!rst_sample_parse(text, RST_F64, &sample)) return refuse(parser, start, "a number that is none, or too great");
    parser->at = end;
    return add_number(parser, sample.f64, index);
}

/* A, or A.1 */
static enum rst_status parse_sample(struct parser *parser, int32_t *index)
{
    struct rst_expression *expression = parser->expression;
    struct rst_term term = {.kind = RST_TERM_SAMPLE, .args = {-1, -1, -1}, .band = -1};
    const char *start = parser->at;
    term.raster = *parser->at++ - 'A';
    term.column = (int32_t)(start - parser->text) + 1;
    if (*parser->at == '.') {
        size_t digits = count_digits(++parser->at);
        long band = digits > 0 && digits < 9 ? strtol(parser->at, NULL, 10) : digits > 0 ? RST_MAX_BANDS + 1 : 0;
        if (band < 1) return refuse(parser, parser->at, "a band is missing: they are counted from 1 on, as in A.1");
        if (band > RST_MAX_BANDS) return refuse(parser, parser->at, "no image has that many bands");
        parser->at += digits;
        term.band = (int32_t)band - 1;
    }
    expression->written[term.raster] = true;
    if (term.band < 0) expression->whole[term.raster] = true;
    if (term.raster >= expression->rasters) expression->rasters = term.raster + 1;
    return add(parser, &term, index);
}

/* What the arguments so far come to, with one more. */
static enum rst_status add_argument(struct parser *parser, const struct function *function, int before,
                                    int32_t argument, int32_t *index)
{
    static const enum rst_term_kind clamp[] = {RST_TERM_MAX, RST_TERM_MIN};
    if (before == 0) {
        *index = argument;
        return RST_OK;
    }
    enum rst_term_kind kind = function->most == 3 ? clamp[before - 1] : function->kind;
    return add_operation(parser, kind, *index, argument, -1, index);
}

/* The arguments in brackets; the parser stands behind the function's name. */
static enum rst_status parse_call(struct parser *parser, const struct function *function, const char *start,
                                  int32_t *index)
{
    char what[100];
    int count = 0;
    if (!take(parser, '(')) return refuse_here(parser, "'(' is missing");
    skip_blanks(parser);
    while (*parser->at != ')' || count > 0) {
        int32_t argument = 0;
        RST_TRY(parse_choice(parser, &argument));
        if (count < function->most) RST_TRY(add_argument(parser, function, count, argument, index));
        count++;
        if (!take(parser, ',')) break;
    }
    if (!take(parser, ')')) return refuse_here(parser, "')' is missing");
    if (count < function->least || count > function->most) {
        snprintf(what, sizeof what, "%s takes %d argument%s%s, and %d %s given", function->name, function->least,
                 function->least > 1 ? "s" : "", function->most > 3 ? " or more" : "", count,
                 count == 1 ? "is" : "are");
        return refuse(parser, start, what);
    }
    return function->most == 1 ? add_operation(parser, function->kind, *index, -1, -1, index) : RST_OK;
}

static enum rst_status parse_word(struct parser *parser, int32_t *index)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", 3.14159265358979323846}, {"e", 2.71828182845904523536}, {"nan", NAN}, {"inf", INFINITY}};
    const char *start = parser->at;
    char name[24], what[100];
    size_t length = strspn(start, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    if (length == 1 && *start >= 'A' && *start <= 'Z') return parse_sample(parser, index);
    snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : (int)sizeof name - 1, start);
    parser->at += length;
    if (strcmp(name, "x") == 0) return add_operation(parser, RST_TERM_X, -1, -1, -1, index);
    if (strcmp(name, "y") == 0) return add_operation(parser, RST_TERM_Y, -1, -1, -1, index);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(name, constants[i].name) == 0) return add_number(parser, constants[i].value, index);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(name, functions[i].name) == 0) return parse_call(parser, &functions[i], start, index);
    snprintf(what, sizeof what, "'%s' is not known%s", name,
             isupper((unsigned char)*name) ? "; rasters are A, B ... and a band is A.1" : "");
    return refuse(parser, start, what);
}

static enum rst_status parse_value(struct parser *parser, int32_t *index)
{
    skip_blanks(parser);
    const char letter = *parser->at;
    if (letter == '(') {
        parser->at++;
        RST_TRY(parse_choice(parser, index));
        return take(parser, ')') ? RST_OK : refuse_here(parser, "')' is missing");
    }
    if ((letter >= '0' && letter <= '9') || letter == '.') return parse_number(parser, index);
    if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_')
        return parse_word(parser, index);
    return refuse_here(parser, "a value is missing");
}

/* ---- signs ---- */

/* A sign in front binds weaker than a power behind it, -2 ** 2 being -4, and stronger than one before it. */
static enum rst_status parse_signed(struct parser *parser, int32_t *index)
{
    int32_t exponent = 0;
    RST_TRY(enter(parser));
    if (take(parser, '-')) {
        RST_TRY(parse_signed(parser, index));
        RST_TRY(add_operation(parser, RST_TERM_NEGATE, *index, -1, -1, index));
    } else if (take(parser, '!')) {
        RST_TRY(parse_signed(parser, index));
        RST_TRY(add_operation(parser, RST_TERM_NOT, *index, -1, -1, index));
    } else if (take(parser, '+')) {
        RST_TRY(parse_signed(parser, index));
    } else {
        RST_TRY(parse_value(parser, index));
        skip_blanks(parser);
        if (strncmp(parser->at, "**", 2) == 0) {
            parser->at += 2;
            RST_TRY(parse_signed(parser, &exponent));
            RST_TRY(add_operation(parser, RST_TERM_POWER, *index, exponent, -1, index));
        }
    }
    parser->depth--;
    return RST_OK;
}

static const struct infix *next_infix(struct parser *parser)
{
    skip_blanks(parser);
    for (size_t i = 0; i < sizeof infixes / sizeof *infixes; i++)
        if (strncmp(parser->at, infixes[i].sign, strlen(infixes[i].sign)) == 0) return &infixes[i];
    return NULL;
}

/* Values with signs of this level and tighter ones between them. */
static enum rst_status parse_level(struct parser *parser, int level, int32_t *index)
{
    const struct infix *infix;
    int before = 0;
    RST_TRY(parse_signed(parser, index));
    while ((infix = next_infix(parser)) != NULL && infix->level >= level) {
        int32_t right = 0;
        if (infix->level == COMPARISON && before == COMPARISON)
            return refuse(parser, parser->at, "comparisons do not chain: write a < b && b < c");
        before = infix->level;
        parser->at += strlen(infix->sign);
        RST_TRY(parse_level(parser, infix->level + 1, &right));
        RST_TRY(add_operation(parser, infix->kind, infix->swapped ? right : *index, infix->swapped ? *index : right, -1,
                              index));
    }
    return RST_OK;
}

static enum rst_status parse_choice(struct parser *parser, int32_t *index)
{
    int32_t condition = 0, yes = 0, no = 0;
    RST_TRY(enter(parser));
    RST_TRY(parse_level(parser, 1, &condition));
    *index = condition;
    if (take(parser, '?')) {
        RST_TRY(parse_choice(parser, &yes));
        if (!take(parser, ':')) return refuse_here(parser, "':' is missing");
        RST_TRY(parse_choice(parser, &no));
        RST_TRY(add_operation(parser, RST_TERM_SELECT, condition, yes, no, index));
    }
    parser->depth--;
    return RST_OK;
}

/* ---- the whole ---- */

static enum rst_status check_end(struct parser *parser)
{
    skip_blanks(parser);
    switch (*parser->at) {
    case '\0':
        return RST_OK;
    case ')':
        return refuse(parser, parser->at, "')' without '('");
    case ',':
        return refuse(parser, parser->at, "',' stands outside of a function's brackets");
    case ':':
        return refuse(parser, parser->at, "':' without '?'");
    default:
        return refuse_here(parser, "an operator is missing");
    }
}

/* Further rasters are given in the order of their letters, so none may be left out. */
static enum rst_status check_letters(struct parser *parser)
{
    const struct rst_expression *expression = parser->expression;
    const int32_t last = expression->rasters - 1;
    char what[60];
    for (int32_t i = 1; i < last; i++)
        if (!expression->written[i]) {
            const char *at = parser->text;
            for (int32_t t = 0; t < expression->count; t++)
                if (expression->terms[t].kind == RST_TERM_SAMPLE && expression->terms[t].raster == last) {
                    at += expression->terms[t].column - 1;
                    break;
                }
            snprintf(what, sizeof what, "%c is used, and %c is not", 'A' + (int)last, 'A' + (int)i);
            return refuse(parser, at, what);
        }
    return RST_OK;
}

static void mark_used(struct rst_expression *expression)
{
    expression->terms[expression->result].used = true;
    for (int32_t i = expression->result; i >= 0; i--)
        for (int k = 0; k < 3 && expression->terms[i].used; k++)
            if (expression->terms[i].args[k] >= 0) expression->terms[expression->terms[i].args[k]].used = true;
}

enum rst_status rst_expression_parse(const char *place, const char *text, struct rst_expression **out,
                                     struct rst_error *err)
{
    struct rst_expression *expression = calloc(1, sizeof *expression);
    *out = NULL;
    if (!expression) return rst_fail(err, RST_E_NOMEM, "%s: no memory for an expression", place);
    expression->rasters = 1;
    struct parser parser = {.place = place, .text = text, .at = text, .expression = expression, .err = err};
    enum rst_status status = parse_choice(&parser, &expression->result);
    if (!status) status = check_end(&parser);
    if (!status) status = check_letters(&parser);
    if (status) {
        rst_expression_free(&expression);
        return status;
    }
    mark_used(expression);
    *out = expression;
    return RST_OK;
}
