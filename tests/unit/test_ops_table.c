/* Every class of the library is well formed: what is made from the table (command line, help, schema) can rely on it.
 */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"

/* Options of every command: no parameter may take their names. Not in the list is alpha, which wants a word where it is
 * the option, and an amount where it is a parameter. */
static const char *const common[] = {"threads",  "border",    "nodata",      "overwrite", "tile",        "strip",
                                     "window",   "sync",      "quiet",       "json",      "in-place",    "raw",
                                     "page",     "help",      "version",     "format",    "compression", "level",
                                     "quality",  "max-error", "predictor",   "planar",    "chunky",      "byte-order",
                                     "big-tiff", "sidecar",   "scratch-dir", "max-memory"};

static bool is_word(const char *text)
{
    if (!islower((unsigned char)*text)) return false;
    for (; *text; text++)
        if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) && *text != '-') return false;
    return true;
}

/* One line that help can print after a name: not empty, no capital, no full stop, no newline. */
static bool is_line(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    return length > 3 && length <= 100 && !isupper((unsigned char)*text) && text[length - 1] != '.' &&
           !strchr(text, '\n');
}

static void test_names(void **state)
{
    (void)state;
    assert_true(rst_ops_count() >= 15);
    assert_null(rst_ops_at(-1));
    assert_null(rst_ops_at(rst_ops_count()));
    assert_null(rst_ops_find("no such thing"));
    assert_null(rst_ops_find(""));
    for (int i = 0; i < rst_ops_count(); i++) {
        const struct rst_op_class *kind = rst_ops_at(i);
        if (!is_word(kind->name) || strchr(kind->name, '-')) fail_msg("'%s' is no name", kind->name);
        if (!is_line(kind->summary)) fail_msg("%s: '%s' is no summary", kind->name, kind->summary);
        assert_ptr_equal(rst_ops_find(kind->name), kind); /* so no earlier one has the name */
        assert_non_null(kind->row);
        if (kind->state_size && !kind->bind) fail_msg("%s: nothing fills its state", kind->name);
        if (kind->param_count && !kind->bind) fail_msg("%s: nothing takes its parameters", kind->name);
        if (kind->finish && !kind->prepare) fail_msg("%s: finish has nothing to free", kind->name);
    }
}

static void check_param(const struct rst_op_class *kind, const struct rst_param *param)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (strcmp(param->name, common[i]) == 0) fail_msg("%s --%s is a common option", kind->name, param->name);
    if (!is_word(param->name)) fail_msg("%s: '%s' is no name", kind->name, param->name);
    if (!is_line(param->summary)) fail_msg("%s --%s: '%s' is no summary", kind->name, param->name, param->summary);
    if (!isfinite(param->min) || !isfinite(param->max) || param->min > param->max)
        fail_msg("%s --%s: %g to %g is no range", kind->name, param->name, param->min, param->max);
    if (!param->choices != (param->kind != RST_PARAM_CHOICE))
        fail_msg("%s --%s: choices go with the kind", kind->name, param->name);
    if (param->unit && !is_line(param->unit)) fail_msg("%s --%s: unit '%s'", kind->name, param->name, param->unit);
}

static void test_params(void **state)
{
    (void)state;
    for (int i = 0; i < rst_ops_count(); i++) {
        const struct rst_op_class *kind = rst_ops_at(i);
        for (int j = 0; j < kind->param_count; j++) {
            check_param(kind, &kind->params[j]);
            for (int k = 0; k < j; k++)
                if (strcmp(kind->params[j].name, kind->params[k].name) == 0)
                    fail_msg("%s has --%s twice", kind->name, kind->params[j].name);
        }
    }
}

/* A text that the parameter takes, from its range. */
static const char *some_text(const struct rst_param *param, char *buffer, size_t size)
{
    double middle = param->min == 0 && param->max == 0 ? 1 : param->min;
    switch (param->kind) {
    case RST_PARAM_INT:
        snprintf(buffer, size, "%.0f", ceil(middle));
        return buffer;
    case RST_PARAM_REAL:
    case RST_PARAM_NUMBERS:
        snprintf(buffer, size, "%.17g", middle);
        return buffer;
    case RST_PARAM_CHOICE:
        snprintf(buffer, size, "%.*s", (int)strcspn(param->choices, "|"), param->choices);
        return buffer;
    case RST_PARAM_TYPE:
        return "f32";
    case RST_PARAM_RECT:
        return "0,0,1,1";
    case RST_PARAM_SIZE:
        return "3x1";
    case RST_PARAM_TEXT:
        return strcmp(param->name, "map") == 0 ? "1=2" : "1"; /* a map; an expression, a list, a threshold */
    }
    return "";
}

/* The example of every operation is a command line: its name, files, and parameters that it takes. */
static void test_examples(void **state)
{
    (void)state;
    for (int i = 0; i < rst_ops_count(); i++) {
        const struct rst_op_class *kind = rst_ops_at(i);
        char line[300];
        const char *words[40];
        int count = 0, files = 0;
        struct rst_pipeline *pipeline = NULL;
        struct rst_error err = {0};
        if (!kind->example) fail_msg("%s has no example", kind->name);
        assert_in_range(snprintf(line, sizeof line, "%s", kind->example), 1, sizeof line - 1);
        for (char *at = line, *word; (word = at) && *at;) {
            char quote = *word == '"' || *word == '\'' ? *word++ : ' ';
            at = strchr(word, quote);
            if (at) *at++ = '\0';
            while (at && *at == ' ')
                at++;
            size_t length = strlen(word);
            if (length > 4 && strcmp(word + length - 4, ".tif") == 0)
                files++;
            else
                words[count++] = word;
        }
        assert_true(count > 0);
        int from = strcmp(words[0], "pipeline") == 0 ? 1 : 0;
        bool named = false;
        for (int j = from; j < count; j++)
            named = named || strcmp(words[j], kind->name) == 0;
        assert_true(from == 1 ? named : strcmp(words[0], kind->name) == 0);
        if (rst_pipeline_parse_words(words + from, count - from, &pipeline, &err)) fail_msg("%s", err.message);
        assert_int_equal(files, 2 + rst_pipeline_others(pipeline, -1));
        rst_pipeline_free(&pipeline);
    }
}

/* Presets parse and are in range: with nothing but what must be given, an operation binds. A required parameter's least
 * value may still be refused by the class itself (an even kernel), with a message that names the operation. */
static void test_presets(void **state)
{
    (void)state;
    for (int i = 0; i < rst_ops_count(); i++) {
        const struct rst_op_class *kind = rst_ops_at(i);
        const char *pairs[16][2];
        char texts[16][40];
        int count = 0;
        struct rst_op *op = NULL;
        struct rst_error err = {0};
        for (int j = 0; j < kind->param_count; j++) {
            if (kind->params[j].preset) continue;
            pairs[count][0] = kind->params[j].name;
            pairs[count][1] = some_text(&kind->params[j], texts[count], sizeof texts[count]);
            count++;
        }
        if (strcmp(kind->name, "clamp") == 0) { /* one of two */
            pairs[count][0] = "min";
            pairs[count++][1] = "0";
        }
        if (rst_op_new(kind, (const char *const(*)[2])pairs, count, &op, &err)) fail_msg("%s", err.message);
        rst_op_free(&op);
    }
}

/* Whatever is given, binding answers or refuses; sanitizers watch. */
static void test_odd_texts(void **state)
{
    static const char *const texts[] = {"",
                                        "0",
                                        "-1",
                                        "1e308",
                                        "-1e308",
                                        "1;2;3",
                                        "1 2 3;4 5 6;7 8 9",
                                        ",;",
                                        "\xff",
                                        "v",
                                        "u64",
                                        "1,1,1",
                                        "nan",
                                        "inf",
                                        "0x10",
                                        "99999999999999999999999999999999999999999999999999999999999999999999999999"};
    (void)state;
    for (int i = 0; i < rst_ops_count(); i++) {
        const struct rst_op_class *kind = rst_ops_at(i);
        for (int j = 0; j < kind->param_count; j++) {
            for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
                const char *const pairs[1][2] = {{kind->params[j].name, texts[k]}};
                struct rst_op *op = NULL;
                struct rst_error err = {0};
                if (rst_op_new(kind, pairs, 1, &op, &err)) {
                    assert_null(op);
                    if (!strstr(err.message, kind->name)) fail_msg("'%s' lacks '%s'", err.message, kind->name);
                }
                rst_op_free(&op);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),   cmocka_unit_test(test_params),    cmocka_unit_test(test_examples),
        cmocka_unit_test(test_presets), cmocka_unit_test(test_odd_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
