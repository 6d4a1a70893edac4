/* linear and gamma: arithmetic in double on every sample by itself. On 8 and 16 bits it is done once for every value
 * there is, and looked up. */
#include "raster/ops/common/classes.h"
#include "raster/ops/point/point.h"

struct linear {
    double scale, offset;
};

struct gamma {
    double exponent;
};

static const struct rst_param linear_params[] = {
    {.name = "scale", .kind = RST_PARAM_REAL, .preset = "1", .summary = "what samples are multiplied with"},
    {.name = "offset", .kind = RST_PARAM_REAL, .preset = "0", .summary = "what is added afterwards"},
};

static const struct rst_param gamma_params[] = {
    {.name = "exponent",
     .kind = RST_PARAM_REAL,
     .min = 0.01,
     .max = 100,
     .summary = "the power that samples are raised to: above 1 darkens, below 1 brightens"},
};

static enum rst_status bind_linear(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    *(struct linear *)state = (struct linear){values[0].real, values[1].real};
    return RST_OK;
}

static enum rst_status bind_gamma(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    *(struct gamma *)state = (struct gamma){values[0].real};
    return RST_OK;
}

static enum rst_status prepare_linear(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct linear *linear = state;
    struct rst_point *point;
    RST_TRY(rst_point_new(stage, rst_point_table_bytes(stage->in.type), &point, err));
    point->kernel = rst_point_kernels_of(stage->isa)->linear[stage->in.type];
    point->scale = linear->scale;
    point->offset = linear->offset;
    rst_point_tabulate(point, stage);
    *shared = point;
    return RST_OK;
}

static enum rst_status prepare_gamma(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct rst_point *point;
    RST_TRY(rst_point_new(stage, rst_point_table_bytes(stage->in.type), &point, err));
    point->kernel = rst_point_kernels_of(stage->isa)->power[stage->in.type];
    point->exponent = ((const struct gamma *)state)->exponent;
    rst_point_tabulate(point, stage);
    *shared = point;
    return RST_OK;
}

const struct rst_op_class rst_linear_class = {
    .name = "linear",
    .summary = "multiply every sample and add to it",
    .details = "x becomes x * scale + offset, computed in double, rounded to nearest (ties to even) and saturated.\n\n"
               "64-bit integers go through double as well, so those beyond 2^53 are rounded before they are scaled.\n\n"
               "All bands are treated alike, alpha too. Nodata samples stay nodata.",
    .example = "linear height.tif out.tif --scale 0.3048 --offset 10",
    .params = linear_params,
    .param_count = 2,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct linear),
    .bind = bind_linear,
    .prepare = prepare_linear,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};

const struct rst_op_class rst_gamma_class = {
    .name = "gamma",
    .summary = "raise every sample to a power",
    .details = "x becomes full * (x / full) ^ exponent, where full is the greatest value of an integer type and 1 for "
               "floats; a negative x becomes minus what -x would. 2.2 undoes an encoding with gamma 2.2, 0.4545 makes "
               "it.\n\n"
               "Computed in double, rounded to nearest (ties to even) and saturated; 64-bit integers beyond 2^53 are "
               "rounded before.\n\n"
               "All bands are treated alike, alpha too. Nodata samples stay nodata.",
    .example = "gamma photo.tif out.tif --exponent 0.5",
    .params = gamma_params,
    .param_count = 1,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct gamma),
    .bind = bind_gamma,
    .prepare = prepare_gamma,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
