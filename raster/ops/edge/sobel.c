/* The operators of 3 x 3 samples: the magnitude of the gradient after Sobel, Scharr and Prewitt, and the Laplacian.
 * Each row of output is made from the three rows around it; only where the image has nodata, something is kept from row
 * to row: which samples are missing. */
#include "raster/ops/edge/sobel.h"

#include "raster/ops/common/classes.h"
#include "raster/ops/common/gaps.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"

RST_KERNEL_TABLES(struct rst_sobel_kernels, rst_sobel_kernels);

struct sobel_state {
    enum rst_sobel_operator which;
};

struct sobel_work {
    const struct rst_sobel_kernels *kernels;
    enum rst_sobel_operator which;
    struct rst_tally *tally;
    struct rst_gaps gaps; /* with nodata */
};

static enum rst_status bind_operator(enum rst_sobel_operator which, void *state)
{
    ((struct sobel_state *)state)->which = which;
    return RST_OK;
}

static enum rst_status sobel_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)values, (void)err;
    return bind_operator(RST_SOBEL, state);
}

static enum rst_status scharr_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)values, (void)err;
    return bind_operator(RST_SCHARR, state);
}

static enum rst_status prewitt_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)values, (void)err;
    return bind_operator(RST_PREWITT, state);
}

static enum rst_status laplacian_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    return bind_operator(values[0].integer ? RST_LAPLACIAN_8 : RST_LAPLACIAN_4, state);
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    (void)state, (void)in;
    *window = (struct rst_rect){out.x - 1, out.y - 1, out.width + 2, out.height + 2};
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **out)
{
    struct sobel_work *work = rst_arena_get(arena, sizeof *work);
    if (!work) return RST_E_NOMEM;
    work->kernels = rst_sobel_kernels_of(stage->isa);
    work->which = ((const struct sobel_state *)shared)->which;
    work->tally = tally;
    if (stage->in.has_nodata) RST_TRY(rst_gaps_begin(&work->gaps, 3, stage, tile, arena));
    *out = work;
    return RST_OK;
}

/* Mends what missing samples have spoilt in the row, and puts them back. */
static void mend(struct sobel_work *work, const struct rst_stage *stage, const void *const samples[3], size_t n,
                 int64_t y, void *to)
{
    const uint8_t *masks[3];
    size_t step = (size_t)stage->bands;
    int64_t missing = 0;
    for (int i = 0; i < 3; i++) {
        const struct rst_gap_row *gaps = rst_gaps_of(&work->gaps, stage, y - 1 + i, samples[i]);
        masks[i] = gaps->mask;
        missing += gaps->count;
    }
    if (missing) work->kernels->patch[work->which][stage->in.type](samples, masks, step, n, to);
    const char *centre = (const char *)samples[1] + step * rst_type_size(stage->in.type);
    rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, n, masks[1] + step, centre));
}

static void row(void *working, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct sobel_work *work = working;
    size_t n = (size_t)tile->out.width * (size_t)stage->bands;
    const void *samples[3];
    for (int i = 0; i < 3; i++)
        samples[i] = rst_rows_get(rows, y - 1 + i);
    work->kernels->compute[work->which][stage->in.type](samples, (size_t)stage->bands, n, to);
    if (stage->in.has_nodata) mend(work, stage, samples, n, y, to);
}

#define HOW_GRADIENT                                                                                                   \
    "Integers are rounded to nearest and saturated.\n\n"                                                               \
    "Exact on 8 and 16 bits; all other types are computed in double, where 64-bit integers beyond 2^53 lose their "    \
    "last bits.\n\n" HOW_MISSING

#define HOW_MISSING                                                                                                    \
    "Nodata: a missing sample stays missing, and the centre's value takes the place of a missing neighbour.\n\n"       \
    "Alpha is filtered like any other band; palette images are refused."

const struct rst_op_class rst_sobel_class = {
    .name = "sobel",
    .summary = "take the magnitude of the gradient, after Sobel",
    .details =
        "sqrt(gx^2 + gy^2), where gx is the correlation with -1 0 1; -2 0 2; -1 0 1 and gy that with its transpose. "
        "The magnitude is not scaled down: a step by s gives 4 s along it, so that 8-bit results saturate at steps of "
        "64. " HOW_GRADIENT,
    .example = "sobel photo.tif out.tif",
    .flags = RST_OP_LOCAL | RST_OP_LEVELS,
    .state_size = sizeof(struct sobel_state),
    .bind = sobel_bind,
    .need = need,
    .begin = begin,
    .row = row,
};

const struct rst_op_class rst_scharr_class = {
    .name = "scharr",
    .summary = "take the magnitude of the gradient, after Scharr",
    .details =
        "sqrt(gx^2 + gy^2), where gx is the correlation with -3 0 3; -10 0 10; -3 0 3 and gy that with its transpose: "
        "weights that depend less on the edge's direction than Sobel's (H. Scharr, Optimale Operatoren in der "
        "digitalen Bildverarbeitung, 2000). The magnitude is not scaled down: a step by s gives 16 s along it, so "
        "that 8-bit results saturate at steps of 16. " HOW_GRADIENT,
    .example = "scharr height.tif out.tif",
    .flags = RST_OP_LOCAL | RST_OP_LEVELS,
    .state_size = sizeof(struct sobel_state),
    .bind = scharr_bind,
    .need = need,
    .begin = begin,
    .row = row,
};

const struct rst_op_class rst_prewitt_class = {
    .name = "prewitt",
    .summary = "take the magnitude of the gradient, after Prewitt",
    .details =
        "sqrt(gx^2 + gy^2), where gx is the correlation with -1 0 1; -1 0 1; -1 0 1 and gy that with its transpose. "
        "The magnitude is not scaled down: a step by s gives 3 s along it, so that 8-bit results saturate at steps of "
        "85. " HOW_GRADIENT,
    .example = "prewitt gray.tif out.tif",
    .flags = RST_OP_LOCAL | RST_OP_LEVELS,
    .state_size = sizeof(struct sobel_state),
    .bind = prewitt_bind,
    .need = need,
    .begin = begin,
    .row = row,
};

static const struct rst_param laplacian_params[] = {
    {"neighbours", RST_PARAM_CHOICE, 0, 0, "4", "4|8", NULL, "how many neighbours are added up"},
};

const struct rst_op_class rst_laplacian_class = {
    .name = "laplacian",
    .summary = "add up the differences to the neighbours, the second derivative",
    .details =
        "The correlation with 0 1 0; 1 -4 1; 0 1 0, or, with 8 neighbours, with 1 1 1; 1 -8 1; 1 1 1. Types with a "
        "sign hold the sum, types without hold its magnitude (cast to one with a sign first to keep it); both are "
        "saturated.\n\n"
        "Exact on integers up to 32 bits; 64-bit integers and floats are computed in double.\n\n" HOW_MISSING,
    .example = "laplacian gray.tif out.tif --neighbours 8",
    .params = laplacian_params,
    .param_count = 1,
    .flags = RST_OP_LOCAL | RST_OP_LEVELS,
    .state_size = sizeof(struct sobel_state),
    .bind = laplacian_bind,
    .need = need,
    .begin = begin,
    .row = row,
};
