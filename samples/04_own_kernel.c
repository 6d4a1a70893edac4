/* 4. A kernel of your own, run by the sweep.
 *
 *     04_own_kernel [FILE]          (u8)
 *
 * An operation is a `struct rst_op_class`, and the library's own are no different. This one is an emboss filter,
 * out(x, y) = 128 + strength * (in(x + 1, y + 1) - in(x - 1, y - 1)), rounded and clamped.
 * It says what it needs and how a row is computed; tiles, threads, borders, files and running in place are not its
 * business. The program ends by checking the result against the formula.
 */
#include <stdio.h>

#include "samples/input.h"

struct emboss {
    double strength;
};

static uint8_t emboss_pixel(double strength, uint8_t upper_left, uint8_t lower_right)
{
    double value = 128.5 + strength * (lower_right - upper_left);
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Parameters come checked against their ranges, in the order of the table below. */
static enum rst_status emboss_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct emboss *)state)->strength = values[0].real;
    return RST_OK;
}

static enum rst_status emboss_plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                                   struct rst_affine *to_source, struct rst_error *err)
{
    (void)state, (void)out, (void)to_source;
    if (in->type == RST_U8) return RST_OK;
    return rst_fail(err, RST_E_ARGUMENT, "emboss: the image is %s, u8 is wanted", rst_type_name(in->type));
}

/* One pixel more on every side. It may reach out of the image: the border rule answers there. */
static void emboss_need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    (void)state, (void)in;
    *window = (struct rst_rect){out.x - 1, out.y - 1, out.width + 2, out.height + 2};
}

static void emboss_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                       int64_t y, void *to)
{
    const struct emboss *state = work;
    const uint8_t *above = rst_rows_get(rows, y - 1), *below = rst_rows_get(rows, y + 1);
    uint8_t *out = to;
    int64_t bands = stage->bands, shift = (tile->out.x - tile->in.x) * bands; /* rows start at column in.x */
    for (int64_t i = 0; i < tile->out.width * bands; i++)
        out[i] = emboss_pixel(state->strength, above[i + shift - bands], below[i + shift + bands]);
}

static const struct rst_param emboss_params[] = {
    {"strength", RST_PARAM_REAL, 0, 10, "1", NULL, NULL, "how deep the relief is"},
};

static const struct rst_op_class emboss = {
    .name = "emboss",
    .summary = "lights the image from the upper left",
    .params = emboss_params,
    .param_count = 1,
    .flags = RST_OP_LOCAL,
    .state_size = sizeof(struct emboss),
    .bind = emboss_bind,
    .plan = emboss_plan,
    .need = emboss_need,
    .row = emboss_row,
};

/* Every pixel of the result against the formula, from 3 x 3 windows read one by one. */
static enum rst_status check(const struct rst_raster *in, const struct rst_raster *out, struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(in);
    uint8_t around[9], result;
    for (int64_t y = 0; y < shape.height; y += 7)
        for (int64_t x = 0; x < shape.width; x += 5) {
            struct rst_view nine = rst_view_packed(around, RST_U8, 3, 3, 1);
            struct rst_view one = rst_view_packed(&result, RST_U8, 1, 1, 1);
            RST_TRY(rst_raster_read_bands(in, x - 1, y - 1, 0, NULL, &nine, err));
            RST_TRY(rst_raster_read_bands(out, x, y, 0, NULL, &one, err));
            if (result != emboss_pixel(1.5, around[0], around[8]))
                return rst_fail(err, RST_E_FORMAT, "(%lld, %lld) is %d", (long long)x, (long long)y, result);
        }
    printf("embossed %lld x %lld pixels, as the formula says\n", (long long)shape.width, (long long)shape.height);
    return RST_OK;
}

int main(int argc, char **argv)
{
    struct rst_error err = {0};
    struct rst_raster *in = NULL, *out = NULL;
    struct rst_pipeline *pipeline = NULL;
    struct rst_op *op = NULL;
    struct input input;
    const char *const params[][2] = {{"strength", "1.5"}};

    enum rst_status status = input_find(&input, argc, argv, 64, &err);
    if (status == RST_OK) status = rst_open(input.path, RST_READ, NULL, &in, &err);
    if (status == RST_OK) status = rst_op_new(&emboss, params, 1, &op, &err);
    if (status == RST_OK) status = rst_pipeline_new(&pipeline, &err);
    if (status == RST_OK) status = rst_pipeline_append(pipeline, &op, &err); /* takes op over */
    struct rst_shape shape = in != NULL ? rst_raster_shape(in) : (struct rst_shape){0};
    if (status == RST_OK) status = rst_raster_scratch(&shape, NULL, &out, &err); /* a file would be as good */
    if (status == RST_OK) status = rst_run(pipeline, in, out, NULL, &err);
    if (status == RST_OK) status = check(in, out, &err);
    if (status != RST_OK) fprintf(stderr, "%s\n", err.message);

    rst_op_free(&op);
    rst_pipeline_free(&pipeline);
    rst_close(&out);
    rst_close(&in);
    input_remove(&input);
    return status == RST_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
