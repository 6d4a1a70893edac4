/* The row function and the reference share the hash of one neighbour, and nothing else: the reference knows no rows,
 * tiles or strides. */
#include "tests/support/mixop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCRAMBLE 37

static uint32_t sample_get(enum rst_type type, const void *at, int64_t index)
{
    if (type == RST_U8) return ((const uint8_t *)at)[index];
    if (type == RST_U16) return ((const uint16_t *)at)[index];
    return (uint32_t)(int64_t)((const float *)at)[index] & 0xffff;
}

static void sample_put(enum rst_type type, void *at, int64_t index, uint32_t value)
{
    if (type == RST_U8)
        ((uint8_t *)at)[index] = (uint8_t)value;
    else if (type == RST_U16)
        ((uint16_t *)at)[index] = (uint16_t)value;
    else
        ((float *)at)[index] = (float)(value & 0xffff);
}

/* How the neighbour at (dx, dy) enters the hash. */
static uint32_t hash(uint32_t value, int64_t dx, int64_t dy)
{
    uint32_t weight = (uint32_t)(2 * (dx * 31 + dy * 7 + 1000) + 1);
    return (value + 1) * weight;
}

static enum rst_status mix_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    *(struct mix *)state = (struct mix){values[0].integer, values[1].integer, values[2].integer, values[3].integer};
    return RST_OK;
}

static void mix_need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct mix *mix = state;
    (void)in;
    *window = (struct rst_rect){out.x - mix->left, out.y - mix->up, out.width + mix->left + mix->right,
                                out.height + mix->up + mix->down};
}

static void mix_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                    int64_t y, void *to)
{
    const struct mix *mix = work;
    int64_t count = tile->out.width * stage->bands;
    uint32_t *sums = calloc((size_t)count, sizeof *sums);
    for (int64_t dy = -mix->up; dy <= mix->down; dy++) {
        const void *row = rst_rows_get(rows, y + dy);
        for (int64_t i = 0; i < count; i++)
            for (int64_t dx = -mix->left; dx <= mix->right; dx++)
                sums[i] += hash(sample_get(stage->in.type, row, i + (dx + mix->left) * stage->bands), dx, dy);
    }
    for (int64_t i = 0; i < count; i++)
        sample_put(stage->in.type, to, i, sums[i]);
    free(sums);
}

static const struct rst_param mix_params[] = {
    {"left", RST_PARAM_INT, 0, 100, "0", NULL, "pixels", "columns to the left"},
    {"right", RST_PARAM_INT, 0, 100, "0", NULL, "pixels", "columns to the right"},
    {"up", RST_PARAM_INT, 0, 100, "0", NULL, "pixels", "rows above"},
    {"down", RST_PARAM_INT, 0, 100, "0", NULL, "pixels", "rows below"},
};

const struct rst_op_class mix_class = {.name = "mix",
                                       .summary = "hash of a neighbourhood",
                                       .params = mix_params,
                                       .param_count = 4,
                                       .flags = RST_OP_LOCAL,
                                       .state_size = sizeof(struct mix),
                                       .bind = mix_bind,
                                       .need = mix_need,
                                       .row = mix_row};

static void scramble_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                         int64_t y, void *to)
{
    const void *row = rst_rows_get(rows, y);
    (void)work;
    for (int64_t i = 0; i < tile->out.width * stage->bands; i++)
        sample_put(stage->in.type, to, i, sample_get(stage->in.type, row, i) + SCRAMBLE);
}

const struct rst_op_class scramble_class = {
    .name = "scramble", .summary = "adds a constant", .flags = RST_OP_POINT, .row = scramble_row};

static enum rst_status half_plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                 struct rst_affine *to_source, struct rst_error *err)
{
    (void)state;
    (void)err;
    out->width = (in->width + 1) / 2;
    out->height = (in->height + 1) / 2;
    *to_source = (struct rst_affine){{2, 0, 0, 0, 2, 0}};
    return RST_OK;
}

static void half_need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    (void)state;
    (void)in;
    *window = (struct rst_rect){2 * out.x, 2 * out.y, 2 * out.width - 1, 2 * out.height - 1};
}

static void half_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                     int64_t y, void *to)
{
    size_t pixel = rst_type_size(stage->in.type) * (size_t)stage->bands;
    const char *row = rst_rows_get(rows, 2 * y);
    (void)work;
    for (int64_t x = 0; x < tile->out.width; x++)
        memcpy((char *)to + (size_t)x * pixel, row + (size_t)(2 * x) * pixel, pixel);
}

const struct rst_op_class half_class = {
    .name = "half", .summary = "every second pixel", .plan = half_plan, .need = half_need, .row = half_row};

void mixop_append(struct rst_pipeline *pipeline, const struct rst_op_class *kind, const char *const (*params)[2],
                  int count)
{
    struct rst_op *op = NULL;
    struct rst_error err = {0};
    if (rst_op_new(kind, params, count, &op, &err) || rst_pipeline_append(pipeline, &op, &err))
        fail_msg("%s", err.message);
}

void *mixop_reference(const struct rst_shape *shape, const void *pixels, struct mix mix,
                      const struct rst_border *border)
{
    void *result = malloc((size_t)(shape->width * shape->height * shape->bands) * rst_type_size(shape->type));
    union rst_sample outside = rst_sample_from_double(border->value, shape->type);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++)
            for (int32_t b = 0; b < shape->bands; b++) {
                uint32_t sum = 0;
                for (int64_t dy = -mix.up; dy <= mix.down; dy++)
                    for (int64_t dx = -mix.left; dx <= mix.right; dx++) {
                        int64_t sx = rst_border_index(x + dx, shape->width, border->rule);
                        int64_t sy = rst_border_index(y + dy, shape->height, border->rule);
                        bool in = sx >= 0 && sy >= 0;
                        int64_t at = (sy * shape->width + sx) * shape->bands + b;
                        sum += hash(in ? sample_get(shape->type, pixels, at) : sample_get(shape->type, &outside, 0), dx,
                                    dy);
                    }
                sample_put(shape->type, result, (y * shape->width + x) * shape->bands + b, sum);
            }
    return result;
}

void mixop_scramble(const struct rst_shape *shape, void *pixels)
{
    for (int64_t i = 0; i < shape->width * shape->height * shape->bands; i++)
        sample_put(shape->type, pixels, i, sample_get(shape->type, pixels, i) + SCRAMBLE);
}
