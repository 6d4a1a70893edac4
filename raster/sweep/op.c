/* An operation: a class with its parameters bound. Texts are matched with the class's table of parameters and parsed,
 * what was not given takes its preset, and the class's bind turns all of it into the state that lives behind the
 * handle, in one allocation. After that nothing changes, which is why runs in any threads may share an operation. */
#include "raster/sweep/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/sweep/params.h"

struct rst_op {
    const struct rst_op_class *kind;
    _Alignas(max_align_t) unsigned char state[];
};

/* "--sigma, --radius" */
static void list_params(const struct rst_op_class *kind, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < kind->param_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s--%s", i ? ", " : "", kind->params[i].name);
}

static int find_param(const struct rst_op_class *kind, const char *name)
{
    for (int i = 0; i < kind->param_count; i++)
        if (strcmp(kind->params[i].name, name) == 0) return i;
    return -1;
}

static enum rst_status unknown_param(const struct rst_op_class *kind, const char *name, struct rst_error *err)
{
    char known[160];
    if (kind->param_count == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s takes no parameters, and --%.60s was given", kind->name, name);
    list_params(kind, known, sizeof known);
    return rst_fail(err, RST_E_ARGUMENT, "%s has no parameter --%.60s; it takes %s", kind->name, name, known);
}

/* The texts given, in the order of the class's table. */
static enum rst_status match_texts(const struct rst_op_class *kind, const char *const (*params)[2], int count,
                                   const char **texts, struct rst_error *err)
{
    for (int i = 0; i < count; i++) {
        int at = find_param(kind, params[i][0]);
        if (at < 0) return unknown_param(kind, params[i][0], err);
        if (texts[at])
            return rst_fail(err, RST_E_ARGUMENT, "%s --%s is given twice: '%.60s' and '%.60s'", kind->name,
                            params[i][0], texts[at], params[i][1]);
        texts[at] = params[i][1];
    }
    return RST_OK;
}

static enum rst_status parse_texts(const struct rst_op_class *kind, const char *const *texts, struct rst_value *values,
                                   struct rst_error *err)
{
    for (int i = 0; i < kind->param_count; i++) {
        const struct rst_param *param = &kind->params[i];
        const char *text = texts[i] ? texts[i] : param->preset;
        if (!text) return rst_fail(err, RST_E_ARGUMENT, "%s needs --%s: %s", kind->name, param->name, param->summary);
        if (!texts[i] && !*text) continue;
        RST_TRY(rst_param_parse(kind, param, text, &values[i], err));
    }
    return RST_OK;
}

static enum rst_status make(const struct rst_op_class *kind, const struct rst_value *values, struct rst_op **out,
                            struct rst_error *err)
{
    struct rst_op *op = calloc(1, sizeof *op + kind->state_size);
    if (!op) return rst_fail(err, RST_E_NOMEM, "no memory for the operation %s", kind->name);
    op->kind = kind;
    enum rst_status status = kind->bind ? kind->bind(values, op->state, err) : RST_OK;
    if (status)
        free(op);
    else
        *out = op;
    return status;
}

enum rst_status rst_op_new(const struct rst_op_class *kind, const char *const (*params)[2], int count,
                           struct rst_op **out, struct rst_error *err)
{
    size_t room = (size_t)(kind->param_count ? kind->param_count : 1);
    struct rst_value *values = calloc(room, sizeof *values);
    const char **texts = calloc(room, sizeof *texts);
    enum rst_status status = RST_E_NOMEM;
    *out = NULL;
    if (!values || !texts)
        rst_fail(err, status, "no memory for the parameters of %s", kind->name);
    else
        status = match_texts(kind, params, count, texts, err);
    if (!status) status = parse_texts(kind, texts, values, err);
    if (!status) status = make(kind, values, out, err);
    for (int i = 0; values && i < kind->param_count; i++)
        rst_param_clear(&kind->params[i], &values[i]);
    free(texts);
    free(values);
    return status;
}

void rst_op_free(struct rst_op **op)
{
    if (!op || !*op) return;
    if ((*op)->kind->unbind) (*op)->kind->unbind((*op)->state);
    free(*op);
    *op = NULL;
}

const struct rst_op_class *rst_op_kind(const struct rst_op *op)
{
    return op->kind;
}

const void *rst_op_state(const struct rst_op *op)
{
    return op->state;
}
