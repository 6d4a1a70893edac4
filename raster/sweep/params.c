/* Parameter text to values, one function per kind. Numbers are read by rst_sample_parse(), which takes the whole text
 * or nothing, in the C locale, and keeps 64-bit integers exact. Every refusal says which parameter of which operation,
 * what was given, and what would have been right, since it is what a user reads after a mistyped command. */
#include "raster/sweep/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/image/layout.h"

#define MOST_NUMBERS (1 << 20)
#define LONGEST_NUMBER 63

/* Where a text stands, for messages. */
struct place {
    const struct rst_op_class *kind;
    const struct rst_param *param;
    const char *text;
    struct rst_error *err;
};

static enum rst_status refuse(const struct place *place, const char *wanted)
{
    return rst_fail(place->err, RST_E_ARGUMENT, "%s --%s: '%.60s' is not %s", place->kind->name, place->param->name,
                    place->text, wanted);
}

static bool is_bounded(const struct rst_param *param)
{
    return param->min != 0 || param->max != 0;
}

/* `number` in the table's bounds, or the refusal that names it. */
static enum rst_status check_range(const struct place *place, const char *number, double value)
{
    const struct rst_param *param = place->param;
    const char *unit = param->unit ? param->unit : "";
    if (!isfinite(value))
        return rst_fail(place->err, RST_E_ARGUMENT, "%s --%s: '%.60s' is not a finite number", place->kind->name,
                        param->name, number);
    if (is_bounded(param) && (value < param->min || value > param->max))
        return rst_fail(place->err, RST_E_ARGUMENT, "%s --%s: %.60s is out of range, %.15g to %.15g%s%s are allowed",
                        place->kind->name, param->name, number, param->min, param->max, *unit ? " " : "", unit);
    return RST_OK;
}

static enum rst_status parse_int(const struct place *place, struct rst_value *value)
{
    union rst_sample sample;
    if (!rst_sample_parse(place->text, RST_I64, &sample)) return refuse(place, "a whole number");
    value->integer = sample.i64;
    value->real = (double)sample.i64;
    return check_range(place, place->text, value->real);
}

static enum rst_status parse_real(const struct place *place, struct rst_value *value)
{
    union rst_sample sample;
    if (!rst_sample_parse(place->text, RST_F64, &sample)) return refuse(place, "a number");
    value->real = sample.f64;
    return check_range(place, place->text, value->real);
}

static enum rst_status parse_choice(const struct place *place, struct rst_value *value)
{
    char wanted[160];
    const char *at = place->param->choices;
    size_t length = strlen(place->text);
    for (int64_t i = 0;; i++) {
        size_t word = strcspn(at, "|");
        if (word == length && memcmp(at, place->text, length) == 0) {
            value->integer = i;
            return RST_OK;
        }
        if (!at[word]) break;
        at += word + 1;
    }
    snprintf(wanted, sizeof wanted, "one of %s", place->param->choices);
    return refuse(place, wanted);
}

static enum rst_status parse_type(const struct place *place, struct rst_value *value)
{
#define TYPE_WORD(UPPER, lower, ctype) " " #lower
    if (!rst_type_parse(place->text, &value->type)) return refuse(place, "a type:" RST_TYPES(TYPE_WORD));
#undef TYPE_WORD
    return RST_OK;
}

/* The text from *at to one of `ends` or its end, as a number of its own; *at then stands on what ended it. */
static bool take_number(const char **at, const char *ends, enum rst_type type, union rst_sample *sample,
                        char number[LONGEST_NUMBER + 1])
{
    size_t length = strcspn(*at, ends);
    snprintf(number, LONGEST_NUMBER + 1, "%.*s", length > LONGEST_NUMBER ? LONGEST_NUMBER : (int)length, *at);
    *at += length;
    return length > 0 && length <= LONGEST_NUMBER && rst_sample_parse(number, type, sample);
}

/* Bounded to what a raster can have, so that sums of these numbers cannot overflow. */
static enum rst_status parse_rect(const struct place *place, struct rst_value *value)
{
    static const char wanted[] = "a rectangle X,Y,W,H in whole pixels with W and H 1 or more";
    int64_t sides[4];
    const char *at = place->text;
    char number[LONGEST_NUMBER + 1];
    for (int i = 0; i < 4; i++) {
        union rst_sample sample;
        if (i > 0 && *at++ != ',') return refuse(place, wanted);
        if (!take_number(&at, ",", RST_I64, &sample, number)) return refuse(place, wanted);
        sides[i] = sample.i64;
        if (sides[i] < -RST_MAX_SIDE || sides[i] > RST_MAX_SIDE) return refuse(place, wanted);
    }
    if (*at || sides[2] < 1 || sides[3] < 1) return refuse(place, wanted);
    value->rect = (struct rst_rect){sides[0], sides[1], sides[2], sides[3]};
    return RST_OK;
}

/* "5", or "7x3". */
static enum rst_status parse_size(const struct place *place, struct rst_value *value)
{
    static const char wanted[] = "a size N or WxH in whole pixels";
    int64_t sides[2];
    const char *at = place->text;
    char number[LONGEST_NUMBER + 1];
    int count = 0;
    do {
        union rst_sample sample;
        if (!take_number(&at, "x", RST_I64, &sample, number)) return refuse(place, wanted);
        RST_TRY(check_range(place, number, (double)sample.i64));
        sides[count++] = sample.i64;
    } while (count < 2 && *at && *++at);
    if (*at || at[-1] == 'x') return refuse(place, wanted);
    value->rect = (struct rst_rect){0, 0, sides[0], sides[count - 1]};
    return RST_OK;
}

/* A number more; the array grows by doubling. */
static enum rst_status add_number(const struct place *place, double **numbers, size_t *count, double number)
{
    if (*count == MOST_NUMBERS) return refuse(place, "short enough: at most 1048576 numbers are taken");
    if ((*count & (*count - 1)) == 0) {
        size_t room = *count ? *count * 2 : 1;
        double *grown = realloc(*numbers, room * sizeof *grown);
        if (!grown)
            return rst_fail(place->err, RST_E_NOMEM, "%s --%s: no memory for %zu numbers", place->kind->name,
                            place->param->name, room);
        *numbers = grown;
    }
    (*numbers)[(*count)++] = number;
    return RST_OK;
}

/* One row: numbers with blanks, or one comma and blanks, between them. *at stands behind it. */
static enum rst_status parse_row(const struct place *place, const char **at, double **numbers, size_t *count)
{
    static const char blanks[] = " \t\r\n";
    *at += strspn(*at, blanks);
    do {
        char number[LONGEST_NUMBER + 1];
        union rst_sample sample;
        if (!take_number(at, " \t\r\n,;", RST_F64, &sample, number)) {
            if (!*number)
                return rst_fail(place->err, RST_E_ARGUMENT, "%s --%s: a number is missing in '%.60s'",
                                place->kind->name, place->param->name, place->text);
            return rst_fail(place->err, RST_E_ARGUMENT, "%s --%s: '%s' is not a number", place->kind->name,
                            place->param->name, number);
        }
        RST_TRY(check_range(place, number, sample.f64));
        RST_TRY(add_number(place, numbers, count, sample.f64));
        *at += strspn(*at, blanks);
        if (**at == ',') {
            ++*at;
            *at += strspn(*at, blanks);
            if (!**at || **at == ';') return refuse(place, "complete: a number is missing after a comma");
        }
    } while (**at && **at != ';');
    return RST_OK;
}

static enum rst_status parse_table(const struct place *place, double **numbers, int32_t *rows, int32_t *columns)
{
    size_t count = 0;
    const char *at = place->text;
    for (;;) {
        size_t before = count;
        RST_TRY(parse_row(place, &at, numbers, &count));
        if (++*rows == 1) *columns = (int32_t)count;
        if ((size_t)*columns != count - before)
            return rst_fail(place->err, RST_E_ARGUMENT, "%s --%s: row %d has %zu numbers, the first has %d",
                            place->kind->name, place->param->name, (int)*rows, count - before, (int)*columns);
        if (!*at) return RST_OK;
        at++;
    }
}

static enum rst_status parse_numbers(const struct place *place, struct rst_value *value)
{
    double *numbers = NULL;
    enum rst_status status = parse_table(place, &numbers, &value->rows, &value->columns);
    if (status) {
        free(numbers);
        return status;
    }
    value->numbers = numbers;
    return RST_OK;
}

enum rst_status rst_param_parse(const struct rst_op_class *kind, const struct rst_param *param, const char *text,
                                struct rst_value *value, struct rst_error *err)
{
    const struct place place = {kind, param, text, err};
    *value = (struct rst_value){.given = true, .text = text};
    switch (param->kind) {
    case RST_PARAM_INT:
        return parse_int(&place, value);
    case RST_PARAM_REAL:
        return parse_real(&place, value);
    case RST_PARAM_CHOICE:
        return parse_choice(&place, value);
    case RST_PARAM_TYPE:
        return parse_type(&place, value);
    case RST_PARAM_RECT:
        return parse_rect(&place, value);
    case RST_PARAM_SIZE:
        return parse_size(&place, value);
    case RST_PARAM_NUMBERS:
        return parse_numbers(&place, value);
    case RST_PARAM_TEXT:
        return RST_OK;
    }
    return refuse(&place, "of a known kind");
}

void rst_param_clear(const struct rst_param *param, struct rst_value *value)
{
    if (param->kind == RST_PARAM_NUMBERS) free((void *)(uintptr_t)value->numbers);
    *value = (struct rst_value){0};
}
