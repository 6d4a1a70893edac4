/* `ops` and `version`. The list of operations, with --json all that is known of their parameters, comes from the
 * library's table: a program can build a form or a wrapper from it. */
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/parameter.h"
#include "cli/plan.h"

static const char *kind_name(enum rst_param_kind kind)
{
    static const char *const names[] = {
        [RST_PARAM_INT] = "int",   [RST_PARAM_REAL] = "real", [RST_PARAM_CHOICE] = "choice",
        [RST_PARAM_TYPE] = "type", [RST_PARAM_RECT] = "rect", [RST_PARAM_NUMBERS] = "numbers",
        [RST_PARAM_SIZE] = "size", [RST_PARAM_TEXT] = "text",
    };
    return names[kind];
}

/* "a|b|c" as an array. */
static void print_choices(struct json *json, const char *choices)
{
    char word[64];
    json_open(json, "choices", '[');
    for (const char *at = choices; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        json_text(json, NULL, word);
        at += length + (at[length] == '|');
    }
    json_close(json, ']');
}

static void print_parameter(struct json *json, const struct rst_param *param)
{
    bool bounded = param->min != 0 || param->max != 0;
    json_open(json, NULL, '{');
    json_text(json, "name", param->name);
    json_text(json, "kind", kind_name(param->kind));
    json_bool(json, "required", param->preset == NULL);
    json_text(json, "default", param->preset == NULL || *param->preset == '\0' ? NULL : param->preset);
    if (bounded) {
        json_real(json, "min", param->min);
        json_real(json, "max", param->max);
    } else {
        json_null(json, "min");
        json_null(json, "max");
    }
    print_choices(json, param->kind == RST_PARAM_CHOICE ? param->choices : NULL);
    json_text(json, "unit", param->unit);
    json_text(json, "summary", param->summary);
    json_close(json, '}');
}

static void print_operation(struct json *json, const struct rst_op_class *kind, const char *group)
{
    json_open(json, NULL, '{');
    json_text(json, "name", kind->name);
    json_text(json, "summary", kind->summary);
    json_text(json, "details", kind->details);
    json_text(json, "group", group);
    json_text(json, "example", kind->example);
    json_bool(json, "reads_further_images", kind->others != NULL);
    json_bool(json, "point", (kind->flags & RST_OP_POINT) != 0);
    json_bool(json, "local", (kind->flags & (RST_OP_POINT | RST_OP_LOCAL)) != 0);
    json_bool(json, "averages", (kind->flags & RST_OP_AVERAGES) != 0);
    json_open(json, "parameters", '[');
    for (int i = 0; i < kind->param_count; i++)
        print_parameter(json, &kind->params[i]);
    json_close(json, ']');
    json_close(json, '}');
}

/* An operation and its parameters, below its group's name where that begins. */
static void list_operation(int index)
{
    const struct rst_op_class *kind = rst_ops_at(index);
    char text[512], left[64];
    if (index == 0 || strcmp(rst_ops_group(index), rst_ops_group(index - 1)) != 0)
        printf("%s%s:\n", index == 0 ? "" : "\n", rst_ops_group(index));
    printf("  %-14s %s\n", kind->name, kind->summary);
    for (int i = 0; i < kind->param_count; i++) {
        snprintf(left, sizeof left, "--%s %s", kind->params[i].name, parameter_argument(&kind->params[i]));
        printf("      %-24s %s\n", left, parameter_text(&kind->params[i], text, sizeof text));
    }
}

enum rst_status run_ops(struct options *options, struct rst_error *err)
{
    struct json json = {.to = stdout};
    RST_TRY(options_check(options, OPTIONS_OF_ALL, err));
    RST_TRY(options_files(options, OPTIONS_OF_ALL, 0, 0, err));
    if (plan_is_idle("no file", NULL, options)) return RST_OK;
    if (!options_has(options, OPTION_JSON)) {
        for (int i = 0; i < rst_ops_count(); i++)
            list_operation(i);
        return RST_OK;
    }
    json_open(&json, NULL, '[');
    for (int i = 0; i < rst_ops_count(); i++)
        print_operation(&json, rst_ops_at(i), rst_ops_group(i));
    json_close(&json, ']');
    return RST_OK;
}

enum rst_status run_version(struct options *options, struct rst_error *err)
{
    struct json json = {.to = stdout};
    RST_TRY(options_check(options, OPTIONS_OF_ALL, err));
    RST_TRY(options_files(options, OPTIONS_OF_ALL, 0, 0, err));
    if (plan_is_idle("no file", NULL, options)) return RST_OK;
    if (!options_has(options, OPTION_JSON)) {
        printf("rasterctl %s\n", RASTER_VERSION);
        return RST_OK;
    }
    json_open(&json, NULL, '{');
    json_text(&json, "version", RASTER_VERSION);
    json_text(&json, "instruction_set", rst_isa_name(rst_isa_best()));
    json_close(&json, '}');
    return RST_OK;
}
