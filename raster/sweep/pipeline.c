/* The list of operations, and nothing else: what it makes of an image is in plan.c, how it is run in run.c. */
#include "raster/sweep/pipeline.h"

#include <stdlib.h>

struct rst_pipeline {
    struct rst_op **ops;
    int count, room;
};

enum rst_status rst_pipeline_new(struct rst_pipeline **out, struct rst_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? RST_OK : rst_fail(err, RST_E_NOMEM, "no memory for a pipeline");
}

void rst_pipeline_free(struct rst_pipeline **pipeline)
{
    if (!pipeline || !*pipeline) return;
    for (int i = 0; i < (*pipeline)->count; i++)
        rst_op_free(&(*pipeline)->ops[i]);
    free((*pipeline)->ops);
    free(*pipeline);
    *pipeline = NULL;
}

static enum rst_status append(struct rst_pipeline *pipeline, struct rst_op **op, struct rst_error *err)
{
    if (pipeline->count == pipeline->room) {
        int room = pipeline->room ? 2 * pipeline->room : 8;
        struct rst_op **ops = realloc(pipeline->ops, (size_t)room * sizeof *ops);
        if (!ops) {
            rst_op_free(op);
            return rst_fail(err, RST_E_NOMEM, "no memory for operation %d of a pipeline", pipeline->count + 1);
        }
        pipeline->ops = ops;
        pipeline->room = room;
    }
    pipeline->ops[pipeline->count++] = *op;
    *op = NULL;
    return RST_OK;
}

enum rst_status rst_pipeline_append(struct rst_pipeline *pipeline, struct rst_op **op, struct rst_error *err)
{
    const struct rst_op_class *kind = rst_op_kind(*op);
    struct rst_op *before = NULL;
    enum rst_status status = kind->before ? kind->before(rst_op_state(*op), &before, err) : RST_OK;
    if (status == RST_OK && before) status = append(pipeline, &before, err);
    if (status == RST_OK) return append(pipeline, op, err);
    rst_op_free(op);
    return status;
}

int rst_pipeline_length(const struct rst_pipeline *pipeline)
{
    return pipeline ? pipeline->count : 0;
}

const struct rst_op *rst_pipeline_op(const struct rst_pipeline *pipeline, int index)
{
    return pipeline->ops[index];
}
