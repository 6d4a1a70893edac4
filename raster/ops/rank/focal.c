/* focal: a statistic of the samples around each pixel. What is left here is common to all of them: which part computes
 * it, its conversion to the result's type, and missing samples. */
#include "raster/ops/rank/focal.h"

#include <math.h>
#include <stdlib.h>

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/morph/extreme.h"

struct state {
    enum rst_focal_stat stat;
    int32_t width, height;
    bool has_type;
    enum rst_type type;
};

struct focal_work {
    struct rst_focal_tile tile;
    struct rst_tally *tally;
    struct rst_gaps gaps;
    enum rst_type made; /* what the row is made in */
    void *line, *line2; /* the second for both ends of a range */

    /* The part that computes it. */
    struct rst_focal_sums *sums;
    struct rst_focal_reals *reals;
    struct rst_focal_counts *counts;
    struct rst_window window;
    struct rst_stage stage; /* of extremes, which are in the image's type */
    struct rst_extreme *least, *greatest;
};

#define STATS "mean|sum|min|max|range|stddev|variance|mode|entropy"

static const struct rst_param params[] = {
    {.name = "stat", .kind = RST_PARAM_CHOICE, .choices = STATS, .summary = "what is made of the samples of a window"},
    {.name = "size",
     .kind = RST_PARAM_SIZE,
     .min = 1,
     .max = 255,
     .preset = "3x3",
     .unit = "pixels",
     .summary = "the window, width by height; both odd"},
    {.name = "type",
     .kind = RST_PARAM_TYPE,
     .preset = "",
     .summary = "the type of the result; the image's if not given"},
};

static enum rst_status bind(const struct rst_value *values, void *bound, struct rst_error *err)
{
    int64_t width = values[1].rect.width, height = values[1].rect.height;
    if (width % 2 == 0 || height % 2 == 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "focal --size %lldx%lld: both sides must be odd, for a pixel in the middle", (long long)width,
                        (long long)height);
    *(struct state *)bound = (struct state){(enum rst_focal_stat)values[0].integer, (int32_t)width, (int32_t)height,
                                            values[2].given, values[2].type};
    return RST_OK;
}

static enum rst_status plan(const void *bound, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct state *state = bound;
    enum rst_type type = state->has_type ? state->type : in->type;
    (void)to_source;
    if (in->palette && state->stat != RST_FOCAL_MODE)
        return rst_fail(err, RST_E_ARGUMENT,
                        "focal takes no statistic but the mode of indices into a colour map: others mean nothing");
    out->type = type;
    out->nodata = (union rst_sample){.u64 = 0};
    rst_cast_kernels_of(RST_ISA_BASE)->cast[in->type][type](NULL, &in->nodata, &out->nodata, 1);
    if (type != in->type) out->palette = false;
    return RST_OK;
}

static void need(const void *bound, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct state *state = bound;
    (void)in;
    *window = (struct rst_rect){out.x - state->width / 2, out.y - state->height / 2, out.width + state->width - 1,
                                out.height + state->height - 1};
}

/* ---- what tiles share ---- */

static void finish(void *shared)
{
    struct rst_focal *focal = shared;
    free(focal->terms);
    free(focal->logarithm);
    free(focal);
}

/* Counts go up to a window and the column that enters it before another leaves. */
static bool make_terms(struct rst_focal *focal)
{
    size_t most = ((size_t)focal->width + 1) * (size_t)focal->height;
    focal->terms = malloc((most + 1) * sizeof *focal->terms);
    focal->logarithm = malloc((most + 1) * sizeof *focal->logarithm);
    if (!focal->terms || !focal->logarithm) return false;
    focal->terms[0] = 0;
    focal->logarithm[0] = 0;
    for (size_t i = 1; i <= most; i++) {
        focal->logarithm[i] = log2((double)i);
        focal->terms[i] = (int64_t)rint(ldexp((double)i * focal->logarithm[i], RST_FOCAL_PLACES));
    }
    return true;
}

static bool is_extreme(enum rst_focal_stat stat)
{
    return stat == RST_FOCAL_LEAST || stat == RST_FOCAL_GREATEST || stat == RST_FOCAL_RANGE;
}

static bool counts_values(enum rst_focal_stat stat)
{
    return stat == RST_FOCAL_MODE || stat == RST_FOCAL_ENTROPY;
}

/* Rows that one row of output goes back to; the middle one where it may have to be put back. */
static int32_t held_rows(const struct state *state, const struct rst_stage *stage)
{
    struct rst_window window;
    int32_t hold = rst_focal_is_exact(state->stat, stage->in.type) || stage->in.has_nodata ? state->height + 1 : 1;
    rst_window_set(&window, RST_WINDOW_SQUARE, state->width, state->height);
    if (is_extreme(state->stat)) hold = (int32_t)rst_max64(hold, rst_extreme_hold(&window, stage));
    return counts_values(state->stat) && hold < state->height ? state->height : hold;
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct state *state = bound;
    struct rst_focal *focal = calloc(1, sizeof *focal);
    if (!focal) return rst_fail(err, RST_E_NOMEM, "no memory for focal");
    focal->stat = state->stat;
    focal->width = state->width;
    focal->height = state->height;
    focal->kernels = rst_focal_kernels_of(stage->isa);
    if (focal->stat == RST_FOCAL_ENTROPY && !make_terms(focal)) {
        finish(focal);
        return rst_fail(err, RST_E_NOMEM, "no memory for the terms of entropy");
    }
    stage->hold = held_rows(state, stage);
    *shared = focal;
    return RST_OK;
}

/* ---- tiles ---- */

static enum rst_type made_type(enum rst_focal_stat stat, enum rst_type type)
{
    bool long_integer = rst_type_size(type) == 8 && !rst_type_is_float(type);
    if (stat == RST_FOCAL_RANGE && long_integer) return RST_U64;
    return stat == RST_FOCAL_LEAST || stat == RST_FOCAL_GREATEST || stat == RST_FOCAL_MODE ? type : RST_F64;
}

static bool begin_extremes(struct focal_work *work)
{
    const struct rst_focal_tile *tile = &work->tile;
    enum rst_focal_stat stat = tile->focal->stat;
    rst_window_set(&work->window, RST_WINDOW_SQUARE, tile->focal->width, tile->focal->height);
    work->stage = *tile->stage;
    work->stage.out = work->stage.in;
    if (stat != RST_FOCAL_GREATEST)
        work->least = rst_extreme_new(&work->window, RST_LEAST, &work->stage, tile->tile->out, tile->arena);
    if (stat != RST_FOCAL_LEAST)
        work->greatest = rst_extreme_new(&work->window, RST_GREATEST, &work->stage, tile->tile->out, tile->arena);
    return (stat == RST_FOCAL_GREATEST || work->least) && (stat == RST_FOCAL_LEAST || work->greatest);
}

static bool begin_part(struct focal_work *work)
{
    const struct rst_focal_tile *tile = &work->tile;
    enum rst_focal_stat stat = tile->focal->stat;
    if (is_extreme(stat)) return begin_extremes(work);
    if (counts_values(stat))
        work->counts = rst_focal_counts_new(tile);
    else if (rst_focal_is_exact(stat, tile->stage->in.type))
        work->sums = rst_focal_sums_new(tile);
    else
        work->reals = rst_focal_reals_new(tile);
    return work->counts || work->sums || work->reals;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    const struct rst_focal *focal = shared;
    size_t step = (size_t)stage->bands;
    struct focal_work *work = rst_arena_get(arena, sizeof *work);
    if (!work) return RST_E_NOMEM;
    *work = (struct focal_work){.tally = tally, .made = made_type(focal->stat, stage->in.type)};
    work->tile = (struct rst_focal_tile){focal,
                                         stage,
                                         tile,
                                         arena,
                                         stage->in.has_nodata ? &work->gaps : NULL,
                                         step,
                                         rst_type_size(stage->in.type),
                                         (size_t)tile->out.width * step,
                                         (size_t)tile->in.width * step,
                                         (size_t)(focal->width / 2) * step};
    if (stage->in.has_nodata) RST_TRY(rst_gaps_begin(&work->gaps, focal->height + 1, stage, tile, arena));
    work->line = rst_arena_get(arena, work->tile.count * 8);
    work->line2 = focal->stat == RST_FOCAL_RANGE ? rst_arena_get(arena, 2 * work->tile.count * work->tile.size) : NULL;
    if (!work->line || (focal->stat == RST_FOCAL_RANGE && !work->line2) || !begin_part(work)) return RST_E_NOMEM;
    *made = work;
    return RST_OK;
}

/* ---- rows ---- */

static const void *input_row(void *rows, int64_t y)
{
    return rst_rows_get(rows, y);
}

static void make_row(struct focal_work *work, struct rst_rows *rows, int64_t y)
{
    const struct rst_focal_tile *tile = &work->tile;
    char *least = work->line2 ? work->line2 : work->line,
         *greatest = work->line2 ? least + tile->count * tile->size : least;
    if (work->sums) rst_focal_sums_row(work->sums, tile, rows, y, work->line);
    if (work->reals) rst_focal_reals_row(work->reals, tile, rows, y, work->line);
    if (work->counts) rst_focal_counts_row(work->counts, tile, rows, y, work->line);
    if (work->least) rst_extreme_row(work->least, input_row, rows, y, least);
    if (work->greatest) rst_extreme_row(work->greatest, input_row, rows, y, greatest);
    if (work->line2) tile->focal->kernels->range[tile->stage->in.type](work->line, least, greatest, tile->count);
}

static void row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct focal_work *work = made;
    size_t count = work->tile.count, margin = work->tile.margin;
    (void)tile;
    make_row(work, rows, y);
    rst_cast_kernels_of(stage->isa)->cast[work->made][stage->out.type](NULL, work->line, to, count);
    if (!stage->in.has_nodata) return;
    const char *samples = rst_rows_get(rows, y);
    const struct rst_gap_row *gaps = rst_gaps_of(&work->gaps, stage, y, samples);
    const void *centre = stage->in.type == stage->out.type ? samples + margin * work->tile.size : NULL;
    rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, count, gaps->mask + margin, centre));
}

const struct rst_op_class rst_focal_class = {
    .name = "focal",
    .summary = "take a statistic of the samples around each pixel",
    .details =
        "The window is --size pixels, its own pixel in the middle. stddev and variance are those of the population, "
        "divided by the number of samples. mode is the value that occurs most often, the least of several. entropy is "
        "that of the values' shares, in bits: 0 where all are alike.\n\n"
        "The result has the image's type unless --type gives another: it is computed in double, then rounded to "
        "nearest (ties to even) and saturated, so that entropy and deviations of integers mostly want --type f32.\n\n"
        "Exact: min, max, mode and range of all types; sums of integers of up to 32 bits, and what is made of them; "
        "the sums behind deviations of up to 16 bits. All other sums, and squared distances (Chan, Golub and LeVeque "
        "1983), are in double, which rounds integers beyond 2^53; they depend on the place in the image alone. Entropy "
        "is within 2^-39 of what a double holds.\n\n"
        "The cost grows neither with width nor height, but for mode and entropy, where it grows with the height "
        "(running columns, van Herk 1992; Huang, Yang and Tang 1979).\n\n"
        "Missing samples are left out; a missing sample stays missing. NaN makes sums and deviations NaN, infinity "
        "makes deviations NaN; min, max and range pass over NaN; mode and entropy take it as a value.\n\n"
        "All bands are treated alike, alpha too. Of indices into a colour map there is only the mode.",
    .example = "focal height.tif out.tif --stat stddev --size 5x5",
    .params = params,
    .param_count = 3,
    .flags = RST_OP_LOCAL,
    .state_size = sizeof(struct state),
    .bind = bind,
    .plan = plan,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};
