/* The table of an operation's parameters in words: the same in the help and in the list of operations. */
#include "cli/parameter.h"

#include <stdio.h>

#include "cli/json.h"

const char *parameter_argument(const struct rst_param *param)
{
    static const char *const words[] = {
        [RST_PARAM_INT] = "N",     [RST_PARAM_REAL] = "X",          [RST_PARAM_CHOICE] = NULL,
        [RST_PARAM_TYPE] = "TYPE", [RST_PARAM_RECT] = "X,Y,W,H",    [RST_PARAM_SIZE] = "N|WxH",
        [RST_PARAM_TEXT] = "TEXT", [RST_PARAM_NUMBERS] = "NUMBERS",
    };
    return param->kind == RST_PARAM_CHOICE ? param->choices : words[param->kind];
}

static int add(char *text, size_t size, int at, const char *before, const char *what)
{
    return at < (int)size ? at + snprintf(text + at, size - (size_t)at, "%s%s", before, what) : at;
}

const char *parameter_text(const struct rst_param *param, char *text, size_t size)
{
    char low[32], high[32];
    int at = snprintf(text, size, "%s", param->summary);
    if (param->unit != NULL) at = add(text, size, at, ", in ", param->unit);
    if (param->min != 0 || param->max != 0) {
        at = add(text, size, at, ", ", json_format_real(param->min, low, sizeof low));
        at = add(text, size, at, " to ", json_format_real(param->max, high, sizeof high));
    }
    if (param->preset == NULL) {
        at = add(text, size, at, " (must be given)", "");
    } else if (*param->preset != '\0') {
        at = add(text, size, at, " (default ", param->preset);
        at = add(text, size, at, ")", "");
    }
    (void)at;
    return text;
}
