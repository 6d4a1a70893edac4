/* Binding parameters: every kind of value, every way to get it wrong, and what the message says of it. The class bound
 * here only records what it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/sweep/op.h"

#define MOST 10

struct record {
    struct rst_value values[MOST];
    double numbers[64];
    char text[64];
};

enum { COUNT, SIZE, AXIS, TYPE, RECT, TABLE, ANY, WINDOW, WORDS, PARAMS };

static const struct rst_param params[PARAMS] = {
    [COUNT] = {.name = "count", .kind = RST_PARAM_INT, .min = -2, .max = 30, .preset = "7", .summary = "a count"},
    [SIZE] = {.name = "size", .kind = RST_PARAM_REAL, .min = 0.5, .max = 100, .unit = "pixels", .summary = "a size"},
    [AXIS] = {.name = "axis", .kind = RST_PARAM_CHOICE, .preset = "v", .choices = "h|v|both", .summary = "an axis"},
    [TYPE] = {.name = "type", .kind = RST_PARAM_TYPE, .preset = "", .summary = "a type"},
    [RECT] = {.name = "rect", .kind = RST_PARAM_RECT, .preset = "", .summary = "a window"},
    [TABLE] = {.name = "table", .kind = RST_PARAM_NUMBERS, .preset = "", .min = -10, .max = 10, .summary = "numbers"},
    [ANY] = {.name = "any", .kind = RST_PARAM_REAL, .preset = "0", .summary = "any number"},
    [WINDOW] = {.name = "window", .kind = RST_PARAM_SIZE, .preset = "5", .min = 1, .max = 99, .summary = "a window"},
    [WORDS] = {.name = "words", .kind = RST_PARAM_TEXT, .preset = "", .summary = "what the class reads"},
};

static int unbound;

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct record *record = state;
    if (values[COUNT].integer == 13) return rst_fail(err, RST_E_ARGUMENT, "record --count: not 13");
    memcpy(record->values, values, PARAMS * sizeof *values);
    for (int i = 0; i < values[TABLE].rows * values[TABLE].columns && i < 64; i++)
        record->numbers[i] = values[TABLE].numbers[i];
    if (values[ANY].text) snprintf(record->text, sizeof record->text, "%s", values[ANY].text);
    if (values[WORDS].given) snprintf(record->text, sizeof record->text, "%s", values[WORDS].text);
    return RST_OK;
}

static void unbind(void *state)
{
    (void)state;
    unbound++;
}

static const struct rst_op_class record_class = {
    .name = "record",
    .summary = "keeps what it is given",
    .params = params,
    .param_count = PARAMS,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct record),
    .bind = bind,
    .unbind = unbind,
};

static const struct rst_op_class bare_class = {.name = "bare", .summary = "takes nothing"};

/* Binds --size 1 and one parameter more; the state stays valid until the next call. */
static struct record *bound(const char *name, const char *text)
{
    static struct record copy;
    const char *const pairs[2][2] = {{"size", "1"}, {name, text}};
    struct rst_op *op = NULL;
    struct rst_error err = {0};
    if (rst_op_new(&record_class, pairs, name ? 2 : 1, &op, &err)) fail_msg("%s", err.message);
    copy = *(const struct record *)rst_op_state(op);
    assert_ptr_equal(rst_op_kind(op), &record_class);
    rst_op_free(&op);
    assert_null(op);
    return &copy;
}

/* Binding --size 1 --name text fails, and the message has all of the words. */
static void refused(const char *name, const char *text, const char *words)
{
    const char *const pairs[2][2] = {{"size", "1"}, {name, text}};
    struct rst_op *op = (struct rst_op *)&op;
    struct rst_error err = {0};
    char list[200], *rest = list;
    int before = unbound;
    bool is_size = strcmp(name, "size") == 0;
    assert_int_equal(rst_op_new(&record_class, is_size ? pairs + 1 : pairs, is_size ? 1 : 2, &op, &err),
                     RST_E_ARGUMENT);
    assert_null(op);
    assert_int_equal(err.status, RST_E_ARGUMENT);
    assert_int_equal(unbound, before);
    snprintf(list, sizeof list, "%s", words);
    for (char *word; (word = strsep(&rest, "~"));)
        if (!strstr(err.message, word)) fail_msg("'%s' lacks '%s'", err.message, word);
}

static void test_presets(void **state)
{
    struct record *record = bound(NULL, NULL);
    (void)state;
    assert_int_equal(record->values[COUNT].integer, 7);
    assert_true(record->values[COUNT].given);
    assert_int_equal(record->values[AXIS].integer, 1);
    assert_false(record->values[TYPE].given);
    assert_false(record->values[RECT].given);
    assert_false(record->values[TABLE].given);
    assert_true(record->values[SIZE].given);
    assert_true(record->values[SIZE].real == 1);
}

static void test_int(void **state)
{
    (void)state;
    assert_int_equal(bound("count", "-2")->values[COUNT].integer, -2);
    assert_int_equal(bound("count", "30")->values[COUNT].integer, 30);
    refused("count", "31", "record~--count~31~-2 to 30");
    refused("count", "-3", "record~--count~-3~-2 to 30");
    refused("count", "2.5", "record~--count~'2.5'~whole number");
    refused("count", "", "--count~''");
    refused("count", "7x", "--count~'7x'~whole number");
    refused("count", "99999999999999999999", "--count~99999999999999999999");
}

static void test_real(void **state)
{
    (void)state;
    assert_true(bound("any", "1e3")->values[ANY].real == 1000);
    assert_true(bound("any", "-0.125")->values[ANY].real == -0.125);
    assert_string_equal(bound("any", "18446744073709551615")->text, "18446744073709551615");
    refused("size", "0.4999", "record~--size~0.4999~0.5 to 100 pixels");
    refused("size", "101", "--size~101~100");
    refused("size", "wide", "--size~'wide'~number");
    refused("size", "1,5", "--size~'1,5'~number");
    refused("any", "nan", "--any~finite");
    refused("any", "inf", "--any~finite");
    refused("any", "-inf", "--any~finite");
    refused("any", "1 2", "--any~'1 2'");
}

static void test_choice_and_type(void **state)
{
    (void)state;
    assert_int_equal(bound("axis", "h")->values[AXIS].integer, 0);
    assert_int_equal(bound("axis", "both")->values[AXIS].integer, 2);
    refused("axis", "bot", "record~--axis~'bot'~h|v|both");
    refused("axis", "h|v", "--axis~'h|v'");
    refused("axis", "", "--axis");
    assert_int_equal(bound("type", "i16")->values[TYPE].type, RST_I16);
    assert_true(bound("type", "u8")->values[TYPE].given);
    refused("type", "int", "--type~'int'~u8~f64");
}

static void test_rect(void **state)
{
    struct rst_rect rect = bound("rect", "-3,0,16384,1")->values[RECT].rect;
    (void)state;
    assert_int_equal(rect.x, -3);
    assert_int_equal(rect.y, 0);
    assert_int_equal(rect.width, 16384);
    assert_int_equal(rect.height, 1);
    refused("rect", "1,2,3", "record~--rect~'1,2,3'~X,Y,W,H");
    refused("rect", "1,2,3,4,5", "--rect");
    refused("rect", "1,2,0,4", "--rect");
    refused("rect", "1,2,3,-4", "--rect");
    refused("rect", "1,2,3,4.5", "--rect");
    refused("rect", "1 2 3 4", "--rect");
    refused("rect", "9223372036854775807,0,1,1", "--rect");
    refused("rect", "0,0,9223372036854775807,1", "--rect");
    refused("rect", "", "--rect");
}

static void test_size_and_text(void **state)
{
    (void)state;
    assert_int_equal(bound("window", "7")->values[WINDOW].rect.width, 7);
    assert_int_equal(bound("window", "7")->values[WINDOW].rect.height, 7);
    assert_int_equal(bound("window", "9x3")->values[WINDOW].rect.width, 9);
    assert_int_equal(bound("window", "9x3")->values[WINDOW].rect.height, 3);
    assert_int_equal(bound("count", "1")->values[WINDOW].rect.height, 5);
    refused("window", "", "record~--window~''~WxH");
    refused("window", "7x", "--window~'7x'~WxH");
    refused("window", "x7", "--window~'x7'~WxH");
    refused("window", "7x3x", "--window~'7x3x'~WxH");
    refused("window", "7x3x5", "--window~WxH");
    refused("window", "7,3", "--window~WxH");
    refused("window", "2.5", "--window~WxH");
    refused("window", "100", "--window~100~1 to 99");
    refused("window", "9x0", "--window~0~1 to 99");
    assert_string_equal(bound("words", " a (b! c")->text, " a (b! c");
    assert_false(bound("count", "1")->values[WORDS].given);
}

static void test_numbers(void **state)
{
    static const char *const same[] = {"1 2 -3; 4 5 6", "1,2,-3;4,5,6", " 1 , 2\t-3 ;4 5  6 ", "1.0 2e0 -3;4 5 6"};
    static const double expected[] = {1, 2, -3, 4, 5, 6};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct record *record = bound("table", same[i]);
        assert_int_equal(record->values[TABLE].rows, 2);
        assert_int_equal(record->values[TABLE].columns, 3);
        assert_memory_equal(record->numbers, expected, sizeof expected);
    }
    assert_int_equal(bound("table", "5")->values[TABLE].rows, 1);
    refused("table", "1 2; 3", "record~--table~row 2~1~2");
    refused("table", "1 2; 3 4 5", "row 2 has 3");
    refused("table", "1,,2", "--table~missing");
    refused("table", "1,2,", "--table~missing");
    refused("table", ",1", "--table~missing");
    refused("table", "1 2;", "--table~missing");
    refused("table", ";1 2", "--table~missing");
    refused("table", "", "--table~missing");
    refused("table", "1 x 2", "--table~'x'~number");
    refused("table", "1 11", "--table~11~-10 to 10");
    refused("table", "1 nan", "--table~nan~finite");
    refused("table", "1 0000000000000000000000000000000000000000000000000000000000000000000000001", "--table~number");
}

/* Past what a first allocation holds, and past the limit. */
static void test_many_numbers(void **state)
{
    const size_t most = (1 << 20) + 1;
    char *text = malloc(2 * most + 1);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < most; i++)
        memcpy(text + 2 * i, "1 ", 3);
    text[2000] = '\0';
    assert_int_equal(bound("table", text)->values[TABLE].columns, 1000);
    text[2000] = '1';
    text[2 * most - 2] = '\0';
    assert_int_equal(bound("table", text)->values[TABLE].columns, 1 << 20);
    text[2 * most - 2] = '1';
    refused("table", text, "--table~1048576");
    free(text);
}

static void test_names(void **state)
{
    struct rst_op *op = NULL;
    struct rst_error err = {0};
    const char *const twice[3][2] = {{"size", "1"}, {"count", "1"}, {"size", "2"}};
    const char *const none[1][2] = {{"size", "1"}};
    (void)state;
    refused("siz", "1", "record~--siz~--count, --size, --axis");
    assert_int_equal(rst_op_new(&record_class, NULL, 0, &op, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "record needs --size: a size"));
    err = (struct rst_error){0};
    assert_int_equal(rst_op_new(&record_class, twice, 3, &op, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "--size is given twice: '1' and '2'"));
    err = (struct rst_error){0};
    assert_int_equal(rst_op_new(&bare_class, none, 1, &op, &err), RST_E_ARGUMENT);
    assert_non_null(strstr(err.message, "bare takes no parameters"));
    assert_int_equal(rst_op_new(&bare_class, NULL, 0, &op, NULL), RST_OK);
    rst_op_free(&op);
    rst_op_free(&op);
    rst_op_free(NULL);
}

static void test_bind_and_unbind(void **state)
{
    int before = unbound;
    (void)state;
    bound("count", "12");
    assert_int_equal(unbound, before + 1);
    refused("count", "13", "record --count: not 13");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),         cmocka_unit_test(test_int),   cmocka_unit_test(test_real),
        cmocka_unit_test(test_choice_and_type), cmocka_unit_test(test_rect),  cmocka_unit_test(test_size_and_text),
        cmocka_unit_test(test_numbers),         cmocka_unit_test(test_names), cmocka_unit_test(test_many_numbers),
        cmocka_unit_test(test_bind_and_unbind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
