/* Pipelines from text and from words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"

/* Parses, and compares the names of the operations, separated by blanks. */
static struct rst_pipeline *parsed(const char *text, const char *names)
{
    struct rst_pipeline *pipeline = NULL;
    struct rst_error err = {0};
    char found[200] = "";
    size_t used = 0;
    if (rst_pipeline_parse(text, &pipeline, &err)) fail_msg("%s: %s", text, err.message);
    for (int i = 0; i < rst_pipeline_length(pipeline); i++)
        used += (size_t)snprintf(found + used, sizeof found - used, "%s%s", i ? " " : "",
                                 rst_op_kind(rst_pipeline_op(pipeline, i))->name);
    assert_string_equal(found, names);
    return pipeline;
}

static void check(const char *text, const char *names)
{
    struct rst_pipeline *pipeline = parsed(text, names);
    rst_pipeline_free(&pipeline);
}

static void refused(const char *text, const char *words)
{
    struct rst_pipeline *pipeline = (struct rst_pipeline *)&pipeline;
    struct rst_error err = {0};
    char list[200], *rest = list;
    assert_int_equal(rst_pipeline_parse(text, &pipeline, &err), RST_E_ARGUMENT);
    assert_null(pipeline);
    snprintf(list, sizeof list, "%s", words);
    for (char *word; (word = strsep(&rest, "~"));)
        if (!strstr(err.message, word)) fail_msg("%s: '%s' lacks '%s'", text, err.message, word);
}

static void test_operations(void **state)
{
    (void)state;
    check("invert", "invert");
    check("  invert\t! \n invert ", "invert invert");
    check("linear --scale 2 ! invert ! crop --rect 1,2,3,4", "linear invert crop");
    check("linear --scale=2 --offset=-1", "linear");
    check("linear --scale -2 --offset -1", "linear");
    check("'invert' ! \"linear\" '--scale' \"2\"", "invert linear");
    check("lut --table '1 2 3' ! lut --table=\"4 5\" ! lut --table 6,7", "lut lut lut");
    check("lut --table 1' '2\" \"3", "lut");
}

/* The width of what crop keeps shows that values reach their operation. */
static void test_values(void **state)
{
    const struct rst_shape in = {RST_U8, 100, 50, 1, -1, -1, false, false, {0}, {0}};
    struct rst_shape out;
    struct rst_pipeline *pipeline = parsed("crop --rect=10,20,30,25 ! cast --type f32", "crop cast");
    (void)state;
    assert_int_equal(rst_pipeline_plan(pipeline, &in, NULL, &out, NULL, NULL), RST_OK);
    assert_int_equal(out.width, 30);
    assert_int_equal(out.height, 25);
    assert_int_equal(out.type, RST_F32);
    rst_pipeline_free(&pipeline);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("", "start with an operation");
    refused("   ", "start with an operation");
    refused("! invert", "start with an operation");
    refused("invert !", "after the `!`~operation 1");
    refused("invert ! linear ! ! invert", "after the `!`~operation 2");
    refused("inverse", "unknown operation 'inverse'~did you mean 'invert'");
    refused("invert ! blurr --sigma 2", "'blurr'");
    refused("invert 5", "invert~'5'~--name VALUE");
    refused("linear -scale 5", "linear~'-scale'");
    refused("linear --scale", "linear --scale~missing");
    refused("linear --scale ! invert", "linear --scale~missing");
    refused("linear --scale --offset 2", "linear --scale~missing");
    refused("linear -- 2", "linear~'--'");
    refused("linear --scale=", "linear --scale~''");
    refused("linear --slope 2", "linear~--slope~--scale, --offset");
    refused("linear --scale two", "linear --scale~'two'");
    refused("linear --scale 1 --scale=2", "linear --scale~twice");
    refused("lut --table '1 2", "quote is not closed~'1 2");
    refused("invert!invert", "'invert!invert'");
    refused("gamma", "gamma needs --exponent");
}

static void test_words(void **state)
{
    static const char *const good[] = {"lut", "--table", "1 2 3", "!", "linear", "--offset=4", "--scale", "-1"};
    static const char *const bad[] = {"invert", "!", "linear", "--offset"};
    struct rst_pipeline *pipeline = NULL;
    struct rst_error err = {0};
    (void)state;
    assert_int_equal(rst_pipeline_parse_words(good, 8, &pipeline, &err), RST_OK);
    assert_int_equal(rst_pipeline_length(pipeline), 2);
    rst_pipeline_free(&pipeline);
    assert_int_equal(rst_pipeline_parse_words(bad, 4, &pipeline, &err), RST_E_ARGUMENT);
    assert_null(pipeline);
    assert_non_null(strstr(err.message, "linear --offset"));
    assert_int_equal(rst_pipeline_parse_words(bad, 0, &pipeline, NULL), RST_E_ARGUMENT);
    assert_int_equal(rst_pipeline_parse_words(NULL, 0, &pipeline, NULL), RST_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
