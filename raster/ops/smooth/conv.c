/* conv: correlation with a kernel that the user gives, and the rows that its kernels need.
 *
 * Each row of output is made from the rows of its window alone: a kernel of rank 1 sums down its columns first and then
 * across that one row of sums, so there is nothing to keep from one row to the next but, where the image has nodata,
 * which samples of a row are missing. */
#include "raster/ops/smooth/conv.h"

#include <stdlib.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/common/gaps.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"

RST_KERNEL_TABLES(struct rst_conv_kernels, rst_conv_kernels);

struct rst_conv_shared {
    const struct rst_conv_state *state;
    rst_conv_kernel *direct, *down, *across;
    struct rst_conv_plan plan;
};

struct rst_conv_work {
    const struct rst_conv_shared *shared;
    struct rst_tally *tally;
    const void **rows;     /* of the window */
    const void **sources;  /* one per tap */
    void *sums;            /* two passes: between them */
    struct rst_gaps gaps;  /* with nodata, as are the next two */
    const uint8_t **masks; /* one per tap */
    uint8_t *touched;
};

static const struct rst_param params[] = {
    {.name = "kernel",
     .kind = RST_PARAM_NUMBERS,
     .min = -1e100,
     .max = 1e100,
     .summary = "weights, row by row: \"1 2 1; 2 4 2; 1 2 1\"; both sides odd, at most 31"},
    {.name = "divisor",
     .kind = RST_PARAM_REAL,
     .min = -1e100,
     .max = 1e100,
     .preset = "1",
     .summary = "what the weighted sum is divided by; not 0"},
    {.name = "bias",
     .kind = RST_PARAM_REAL,
     .min = -1e100,
     .max = 1e100,
     .preset = "0",
     .summary = "what is added after dividing"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct rst_conv_state *conv = state;
    const struct rst_value *kernel = &values[0];
    if (kernel->rows % 2 == 0 || kernel->columns % 2 == 0 || kernel->rows > RST_CONV_SIDE ||
        kernel->columns > RST_CONV_SIDE)
        return rst_fail(err, RST_E_ARGUMENT, "conv: --kernel has %d rows of %d numbers; both must be odd, at most %d",
                        (int)kernel->rows, (int)kernel->columns, RST_CONV_SIDE);
    if (values[1].real == 0) return rst_fail(err, RST_E_ARGUMENT, "conv: --divisor must not be 0");
    conv->rows = kernel->rows;
    conv->columns = kernel->columns;
    for (int i = 0; i < conv->rows * conv->columns; i++)
        conv->weights[i] = kernel->numbers[i];
    conv->divisor = values[1].real;
    conv->bias = values[2].real;
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct rst_conv_state *conv = state;
    (void)in;
    *window = (struct rst_rect){out.x - conv->columns / 2, out.y - conv->rows / 2, out.width + conv->columns - 1,
                                out.height + conv->rows - 1};
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct rst_conv_shared *conv = malloc(sizeof *conv);
    if (!conv) return rst_fail(err, RST_E_NOMEM, "conv: no memory for %zu bytes of tables", sizeof *conv);
    const struct rst_conv_kernels *kernels = rst_conv_kernels_of(stage->isa);
    conv->state = state;
    rst_conv_plan_make(state, stage->in.type, &conv->plan);
    conv->direct = kernels->direct[conv->plan.sum][stage->in.type];
    conv->down = kernels->down[conv->plan.sum][stage->in.type];
    conv->across = kernels->across[conv->plan.sum][stage->in.type];
    *shared = conv;
    return RST_OK;
}

static enum rst_status begin_gaps(struct rst_conv_work *work, const struct rst_stage *stage,
                                  const struct rst_tile *tile, struct rst_arena *arena)
{
    size_t taps = (size_t)work->shared->plan.direct.count;
    work->masks = rst_arena_get(arena, taps * sizeof *work->masks + 1);
    work->touched = rst_arena_get(arena, (size_t)tile->out.width * (size_t)stage->bands);
    if (!work->masks || !work->touched) return RST_E_NOMEM;
    return rst_gaps_begin(&work->gaps, work->shared->state->rows, stage, tile, arena);
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **out)
{
    const struct rst_conv_shared *conv = shared;
    int taps = conv->plan.direct.count + RST_CONV_SIDE;
    size_t samples = (size_t)tile->in.width * (size_t)stage->bands;
    struct rst_conv_work *work = rst_arena_get(arena, sizeof *work);
    if (!work) return RST_E_NOMEM;
    *work = (struct rst_conv_work){.shared = conv, .tally = tally};
    work->rows = rst_arena_get(arena, RST_CONV_SIDE * sizeof *work->rows);
    work->sources = rst_arena_get(arena, (size_t)taps * sizeof *work->sources);
    work->sums = conv->plan.two_passes ? rst_arena_get(arena, samples * sizeof(double)) : NULL;
    if (!work->rows || !work->sources || (conv->plan.two_passes && !work->sums)) return RST_E_NOMEM;
    if (stage->in.has_nodata) RST_TRY(begin_gaps(work, stage, tile, arena));
    *out = work;
    return RST_OK;
}

/* Points each tap of a pass at its sample for the first output: `pitch` bytes apart from column to column. */
static void aim(const struct rst_conv_pass *pass, const void *const *rows, size_t pitch, const void **sources)
{
    for (int tap = 0; tap < pass->count; tap++)
        sources[tap] = (const char *)rows[pass->row[tap]] + (size_t)pass->column[tap] * pitch;
}

static void sum_row(struct rst_conv_work *work, const struct rst_stage *stage, const struct rst_tile *tile, void *to)
{
    static const size_t sum_size[RST_CONV_SUM_COUNT] = {sizeof(uint16_t), sizeof(uint32_t), sizeof(float),
                                                        sizeof(double)};
    const struct rst_conv_shared *conv = work->shared;
    const struct rst_conv_plan *chosen = &conv->plan;
    size_t bands = (size_t)stage->bands, samples = (size_t)tile->out.width * bands;
    if (!chosen->two_passes) {
        aim(&chosen->direct, work->rows, bands * rst_type_size(stage->in.type), work->sources);
        conv->direct(&chosen->finish, &chosen->direct, work->sources, samples, to);
        return;
    }
    aim(&chosen->down, work->rows, 0, work->sources);
    conv->down(&chosen->finish, &chosen->down, work->sources, (size_t)tile->in.width * bands, work->sums);
    aim(&chosen->across, (const void *const[]){work->sums}, bands * sum_size[chosen->sum], work->sources);
    conv->across(&chosen->finish, &chosen->across, work->sources, samples, to);
}

/* Mends what missing samples have spoilt in the row, and puts them back. */
static void mend_row(struct rst_conv_work *work, const struct rst_stage *stage, const struct rst_tile *tile, int64_t y,
                     void *to)
{
    const struct rst_conv_shared *conv = work->shared;
    const struct rst_conv_state *state = conv->state;
    const struct rst_conv_pass *direct = &conv->plan.direct;
    size_t bands = (size_t)stage->bands, size = rst_type_size(stage->in.type);
    size_t samples = (size_t)tile->out.width * bands;
    size_t middle = (size_t)(state->columns / 2) * bands;
    const struct rst_gap_row *gaps[RST_CONV_SIDE] = {NULL};
    int64_t missing = 0;
    for (int i = 0; i < state->rows; i++) {
        gaps[i] = rst_gaps_of(&work->gaps, stage, y - state->rows / 2 + i, work->rows[i]);
        missing += gaps[i]->count;
    }
    const uint8_t *centre_mask = gaps[state->rows / 2]->mask + middle;
    const char *centre = (const char *)work->rows[state->rows / 2] + middle * size;
    if (missing) {
        aim(direct, work->rows, bands * size, work->sources);
        for (int tap = 0; tap < direct->count; tap++) {
            const struct rst_gap_row *row = gaps[direct->row[tap]];
            work->masks[tap] = row->count ? row->mask + (size_t)direct->column[tap] * bands : NULL;
        }
        rst_conv_patch(&conv->plan, state, stage->in.type, work->sources, work->masks, centre, centre_mask, samples,
                       work->touched, to);
    }
    rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, samples, centre_mask, centre));
}

static void row(void *working, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct rst_conv_work *work = working;
    int count = work->shared->state->rows;
    for (int i = 0; i < count; i++)
        work->rows[i] = rst_rows_get(rows, y - count / 2 + i);
    sum_row(work, stage, tile, to);
    if (stage->in.has_nodata) mend_row(work, stage, tile, y, to);
}

const struct rst_op_class rst_conv_class = {
    .name = "conv",
    .summary = "filter with any kernel of odd sides up to 31 x 31",
    .details =
        "Each result is (sum of weight * sample) / divisor + bias over the window around it. The kernel is not "
        "flipped: "
        "its first weight meets the pixel above and to the left.\n\n"
        "Samples of 8 and 16 bits are summed in integers where the weights are whole numbers, or whole multiples of a "
        "power of two down to 1/65536, and the sum fits 32 bits: the result is then the exact one, rounded to nearest, "
        "ties to even. Otherwise the sum is made in float where its error stays below a quarter of a level, and else, "
        "like that of all other types, in double; 64-bit integers beyond 2^53 lose their last bits so. Kernels of rank "
        "1 (a column times a row) are run as two passes where that saves work.\n\n"
        "Nodata: a missing sample stays missing. Where a neighbour is missing, a kernel without negative weights "
        "averages over the others (the weighted sum is scaled up to the weight of the whole kernel); in any other "
        "kernel the centre's value takes its place.\n\n"
        "Alpha is filtered like any other band; palette images are refused.",
    .example = "conv photo.tif out.tif --kernel '0 -1 0; -1 5 -1; 0 -1 0'",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .flags = RST_OP_LOCAL | RST_OP_LEVELS,
    .state_size = sizeof(struct rst_conv_state),
    .bind = bind,
    .need = need,
    .prepare = prepare,
    .finish = free,
    .begin = begin,
    .row = row,
};
