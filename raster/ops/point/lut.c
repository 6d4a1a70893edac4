/* lut: a table of results given by the user, indexed by the sample. The table is kept as numbers until the image's type
 * is known, and then becomes the table of a lookup; nothing is rounded or saturated, a number that is no sample of the
 * type is refused. */
#include <stdlib.h>
#include <string.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/point/point.h"

struct lut {
    double *numbers;
    size_t count; /* 1 or more */
};

static const struct rst_param params[] = {
    {.name = "table",
     .kind = RST_PARAM_NUMBERS,
     .min = 0,
     .max = 65535,
     .summary = "the results for the samples 0, 1, 2 and so on"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct lut *lut = state;
    size_t count = (size_t)values[0].rows * (size_t)values[0].columns;
    double *numbers = malloc(count * sizeof *numbers);
    if (!numbers) return rst_fail(err, RST_E_NOMEM, "lut: no memory for %zu numbers", count);
    memcpy(numbers, values[0].numbers, count * sizeof *numbers);
    *lut = (struct lut){numbers, count};
    return RST_OK;
}

static void unbind(void *state)
{
    free(((struct lut *)state)->numbers);
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct lut *lut = state;
    (void)out;
    (void)to_source;
    if (in->type != RST_U8 && in->type != RST_U16)
        return rst_fail(err, RST_E_ARGUMENT, "lut takes images of u8 and u16, and this one is %s: cast it before",
                        rst_type_name(in->type));
    size_t values = in->type == RST_U8 ? 256 : 65536;
    if (lut->count > values)
        return rst_fail(err, RST_E_ARGUMENT, "lut --table has %zu numbers, and %s has only %zu values", lut->count,
                        rst_type_name(in->type), values);
    for (size_t i = 0; i < lut->count; i++) {
        double number = lut->numbers[i];
        if (rst_sample_to_double(rst_sample_from_double(number, in->type), in->type) != number)
            return rst_fail(err, RST_E_ARGUMENT, "lut --table: number %zu, %.15g, is no value of %s", i, number,
                            rst_type_name(in->type));
    }
    return RST_OK;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct lut *lut = state;
    struct rst_point *point;
    RST_TRY(rst_point_new(stage, rst_point_table_bytes(stage->in.type), &point, err));
    for (size_t i = 0; i < point->table_bytes / point->unit; i++) {
        double number = lut->numbers[i < lut->count ? i : lut->count - 1];
        union rst_sample sample = rst_sample_from_double(number, stage->in.type);
        memcpy((char *)point->table + i * point->unit, sample.bytes, point->unit);
    }
    point->kernel = rst_point_kernels_of(stage->isa)->lookup[stage->in.type];
    *shared = point;
    return RST_OK;
}

const struct rst_op_class rst_lut_class = {
    .name = "lut",
    .summary = "look every sample up in a table",
    .details = "Sample x becomes number x of the table, counted from 0; samples beyond its end take the last number. "
               "For u8 and u16 images. A table longer than the type has values, or with a number that is not a value "
               "of the type, is refused.\n\n"
               "All bands are treated alike, alpha too. Nodata samples stay nodata.",
    .example = "lut gray.tif out.tif --table '0 64 128 255'",
    .params = params,
    .param_count = 1,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct lut),
    .bind = bind,
    .unbind = unbind,
    .plan = plan,
    .prepare = prepare,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
