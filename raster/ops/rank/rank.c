/* median, rank and despeckle: the sample that has a given rank among those of its window.
 *
 * Rows are made some at a time, so that what their windows have in common is looked at once; they wait in the tile's
 * memory until they are asked for. A 3 x 3 median is made straight from its three rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/gaps.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/rank/rank.h"
#include "raster/ops/rank/rank_count.h"
#include "raster/ops/rank/rank_network.h"

struct rank_state {
    int width, height;
    int64_t index;
    bool despeckle;
    uint64_t whole; /* despeckle's limit, for integers and floats */
    double real;
};

enum method { MEDIAN3, NETWORK, COUNTING };

/* What all tiles share. */
struct rank {
    struct rank_state state;
    enum method method;
    int lines; /* made at once */
    const struct rst_rank_kernels *kernels;
    struct rst_rank_network network;
    struct rst_rank_extent extent;
};

struct rank_work {
    const struct rank *shared;
    struct rst_tally *tally;
    size_t samples, row_bytes; /* of an output row */

    /* The rows of output that are there. */
    bool made;
    int64_t y;
    char *results;

    const char **rows; /* the input that they came from */
    const uint8_t **masks;
    char **to, **places; /* output rows, whole and from the block on */
    const char **starts;
    char *memory;
    uint8_t *gappy; /* for each sample of a row whether one is missing in it in any row */
    struct rst_gaps gaps;
    struct rst_rank_counts counts;
};

/* ---- parameters ---- */

static enum rst_status bind_median(const struct rst_value *values, void *bound, struct rst_error *err)
{
    struct rank_state *state = bound;
    state->width = (int)values[0].rect.width;
    state->height = (int)values[0].rect.height;
    if (state->width % 2 == 0 || state->height % 2 == 0)
        return rst_fail(err, RST_E_ARGUMENT,
                        "median --size %dx%d has no middle: both sides must be odd (rank takes even ones)",
                        state->width, state->height);
    state->index = (int64_t)state->width * state->height / 2;
    return RST_OK;
}

static enum rst_status bind_rank(const struct rst_value *values, void *bound, struct rst_error *err)
{
    struct rank_state *state = bound;
    state->width = (int)values[0].rect.width;
    state->height = (int)values[0].rect.height;
    state->index = values[1].integer;
    int64_t last = (int64_t)state->width * state->height - 1;
    if (state->index > last)
        return rst_fail(err, RST_E_ARGUMENT, "rank --index %lld is beyond the %d x %d window, whose last index is %lld",
                        (long long)state->index, state->width, state->height, (long long)last);
    return RST_OK;
}

static enum rst_status bind_despeckle(const struct rst_value *values, void *bound, struct rst_error *err)
{
    struct rank_state *state = bound;
    int size = (int)values[0].integer;
    union rst_sample whole;
    if (size % 2 == 0) return rst_fail(err, RST_E_ARGUMENT, "despeckle --size %d has no middle: it must be odd", size);
    state->width = state->height = size;
    state->index = (int64_t)size * size / 2;
    state->despeckle = true;
    state->real = values[1].real;
    if (rst_sample_parse(values[1].text, RST_U64, &whole))
        state->whole = whole.u64; /* a double would round it */
    else
        state->whole = state->real < 0x1p64 ? (uint64_t)state->real : UINT64_MAX;
    return RST_OK;
}

/* Of an even side the pixel stands right of, or below, the middle. */
static void need(const void *bound, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct rank_state *state = bound;
    (void)in;
    *window = (struct rst_rect){out.x - state->width / 2, out.y - state->height / 2, out.width + state->width - 1,
                                out.height + state->height - 1};
}

/* ---- preparing ---- */

static void finish(void *shared)
{
    struct rank *rank = shared;
    if (rank) free(rank->network.steps);
    free(rank);
}

/* The network with the least work, of those that make 1, 2, 4 or 8 rows at once. */
static enum rst_status best_network(struct rank *rank, const struct rst_stage *stage, struct rst_error *err)
{
    for (int lines = 1; lines <= 8 && lines < 2 * rank->state.height; lines *= 2) {
        const struct rst_rank_order order = {rank->state.width,    rank->state.height,
                                             rank->state.index,    lines,
                                             (size_t)stage->bands, rst_type_size(stage->in.type)};
        struct rst_rank_network network;
        RST_TRY(rst_rank_network_make(&order, &network, err));
        bool better = !rank->network.steps || network.cost < 0.97 * rank->network.cost;
        free(better ? rank->network.steps : network.steps);
        if (better) rank->network = network;
    }
    rank->lines = rank->network.rows;
    return RST_OK;
}

/* Chooses between a network, whose work grows with the window and the bytes of a sample, and counting. Both are
 * reckoned in row operations of 32 bytes; on another machine the choice may be a poor one, never a wrong one. */
static enum rst_status choose(struct rank *rank, const struct rst_stage *stage, struct rst_error *err)
{
    const size_t size = rst_type_size(stage->in.type);
    const double counting = size == 1 ? 22 : 260;
    const int64_t area = (int64_t)rank->state.width * rank->state.height;
    rank->extent = rst_rank_count_extent(stage->in.type, rank->state.width);
    rank->method = COUNTING;
    if (rank->state.width == 3 && rank->state.height == 3 && rank->state.index == 4) {
        rank->method = MEDIAN3;
        rank->lines = 1;
    } else if (area <= (size == 1 ? 441 : 961)) { /* beyond these none is the better one */
        RST_TRY(best_network(rank, stage, err));
        if (rank->network.cost * (double)size / 32 < counting) rank->method = NETWORK;
    }
    if (rank->method == COUNTING)
        rank->lines = rank->extent.lines;
    else
        rank->extent.lines = rank->lines;
    return RST_OK;
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct rank *rank = calloc(1, sizeof *rank);
    if (!rank) return rst_fail(err, RST_E_NOMEM, "no memory for a rank filter");
    rank->state = *(const struct rank_state *)bound;
    rank->kernels = rst_rank_kernels_of(stage->isa);
    if (choose(rank, stage, err)) {
        finish(rank);
        return RST_E_NOMEM;
    }
    stage->hold = rank->lines + rank->state.height - 1;
    *shared = rank;
    return RST_OK;
}

/* ---- a tile's memory ---- */

static bool begin_arrays(struct rank_work *work, struct rst_arena *arena)
{
    const struct rank *rank = work->shared;
    const size_t lines = (size_t)rank->lines, high = lines + (size_t)rank->state.height - 1;
    work->rows = rst_arena_get(arena, high * sizeof *work->rows);
    work->starts = rst_arena_get(arena, high * sizeof *work->starts);
    work->masks = rst_arena_get(arena, high * sizeof *work->masks);
    work->to = rst_arena_get(arena, lines * sizeof *work->to);
    work->places = rst_arena_get(arena, lines * sizeof *work->places);
    return work->rows && work->starts && work->masks && work->to && work->places;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    const struct rank *rank = shared;
    const int32_t high = rank->lines + rank->state.height - 1;
    struct rank_work *work = rst_arena_get(arena, sizeof *work);
    if (!work) return RST_E_NOMEM;
    *work = (struct rank_work){.shared = rank, .tally = tally};
    work->samples = (size_t)tile->out.width * (size_t)stage->bands;
    work->row_bytes = work->samples * rst_type_size(stage->in.type);
    *made = work;
    if (!begin_arrays(work, arena)) return RST_E_NOMEM;
    if (rank->lines > 1) {
        /* counting makes no more rows than there are */
        const int64_t lines = rank->method == COUNTING ? rst_min64(rank->lines, tile->out.height) : rank->lines;
        work->results = rst_arena_get(arena, work->row_bytes * (size_t)lines);
        if (!work->results) return RST_E_NOMEM;
    }
    if (rank->method == NETWORK) {
        work->memory = rst_arena_get(arena, rank->network.memory);
        if (!work->memory) return RST_E_NOMEM;
        memset(work->memory, 0, rank->network.memory);
    }
    if (stage->in.has_nodata) {
        work->gappy = rst_arena_get(arena, (size_t)tile->in.width * (size_t)stage->bands);
        if (!work->gappy) return RST_E_NOMEM;
        RST_TRY(rst_gaps_begin(&work->gaps, high, stage, tile, arena));
    }
    if (rank->method != COUNTING && !stage->in.has_nodata) return RST_OK;
    return rst_rank_count_room(&work->counts, stage->in.type, rank->state.width, rank->state.height, rank->extent,
                               arena)
               ? RST_OK
               : RST_E_NOMEM;
}

/* ---- rows ---- */

/* Columns from ... to - 1 of all bands or, where `band` is not negative, of one, are counted. */
static void count_columns(struct rank_work *work, const struct rst_stage *stage, size_t lines, bool gaps, size_t band,
                          size_t from, size_t to)
{
    const struct rank *rank = work->shared;
    const struct rst_rank_area area = {
        .width = rank->state.width,
        .height = rank->state.height,
        .index = (uint32_t)rank->state.index,
        .columns = to - from,
        .lines = lines,
        .rows = work->rows,
        .masks = gaps ? work->masks : NULL,
        .to = work->to,
        .from = from * (size_t)stage->bands + band,
        .step = (size_t)stage->bands,
        .place = from * (size_t)stage->bands + band,
    };
    rst_rank_count(rank->kernels, stage->in.type, &area, rank->extent, &work->counts);
}

static void sort_blocks(struct rank_work *work, const struct rst_stage *stage)
{
    const struct rank *rank = work->shared;
    const struct rst_rank_network *network = &rank->network;
    const enum rst_type type = stage->in.type;
    const size_t size = rst_type_size(type), high = (size_t)(rank->lines + rank->state.height - 1);
    const size_t pieces = (work->samples + network->samples - 1) / network->samples;
    size_t samples = (work->samples + pieces - 1) / pieces;
    for (size_t done = 0; done < work->samples; done += samples) {
        if (samples > work->samples - done) samples = work->samples - done;
        for (size_t i = 0; i < high; i++)
            work->starts[i] = work->rows[i] + done * size;
        for (size_t i = 0; i < (size_t)rank->lines; i++)
            work->places[i] = work->to[i] + done * size;
        const struct rst_rank_block block = {
            .steps = network->steps,
            .step_count = network->step_count,
            .memory = work->memory,
            .rows = work->starts,
            .to = work->places,
            .samples = samples,
            .load = rank->kernels->load[type],
            .store = rank->kernels->store[type],
        };
        rank->kernels->run[__builtin_ctz((unsigned)size)](&block);
    }
}

/* Counts again where a window has a missing sample. */
static void mend(struct rank_work *work, const struct rst_stage *stage, const struct rst_tile *tile, size_t lines)
{
    const size_t step = (size_t)stage->bands, wide = (size_t)tile->in.width;
    const size_t high = lines + (size_t)work->shared->state.height - 1, width = (size_t)work->shared->state.width;
    memset(work->gappy, 0, wide * step);
    for (size_t y = 0; y < high; y++)
        for (size_t i = 0; i < wide * step; i++)
            work->gappy[i] |= work->masks[y][i];
    for (size_t band = 0; band < step; band++) {
        size_t from = 0, to = 0; /* of the windows that the gaps so far lie in */
        for (size_t x = 0; x < wide; x++) {
            if (!work->gappy[x * step + band]) continue;
            size_t first = x + 1 > width ? x + 1 - width : 0, end = x + 1 < wide + 1 - width ? x + 1 : wide + 1 - width;
            if (to > from && first > to) {
                count_columns(work, stage, lines, true, band, from, to);
                from = first;
            } else if (to == from) {
                from = first;
            }
            to = end;
        }
        if (to > from) count_columns(work, stage, lines, true, band, from, to);
    }
}

static void compute(struct rank_work *work, const struct rst_stage *stage, const struct rst_tile *tile, size_t lines,
                    bool gaps)
{
    const struct rank *rank = work->shared;
    const size_t step = (size_t)stage->bands;
    if (rank->method == MEDIAN3) {
        const void *const three[3] = {work->rows[0], work->rows[1], work->rows[2]};
        rank->kernels->median3[stage->in.type](three, step, work->samples, work->to[0]);
    } else if (rank->method == NETWORK) {
        sort_blocks(work, stage);
    } else {
        for (size_t band = 0; band < step; band++)
            count_columns(work, stage, lines, gaps, band, 0, (size_t)tile->out.width);
        return;
    }
    if (gaps) mend(work, stage, tile, lines);
}

/* Makes the rows from `first` on. The last ones of a tile may be fewer than a network makes: those are made of other
 * rows, and not used. */
static void make_rows(struct rank_work *work, struct rst_rows *rows, const struct rst_stage *stage,
                      const struct rst_tile *tile, int64_t first, void *to)
{
    const struct rank *rank = work->shared;
    const int64_t end = tile->out.y + tile->out.height, high = rank->lines + rank->state.height - 1;
    const int64_t lines = rst_min64(rank->lines, end - first), last = lines + rank->state.height - 2;
    int64_t missing = 0;
    for (int64_t i = 0; i < high; i++) {
        const int64_t y = first - rank->state.height / 2 + i;
        work->rows[i] = i <= last ? rst_rows_get(rows, y) : work->rows[last];
        if (i > last || !stage->in.has_nodata) continue;
        const struct rst_gap_row *gaps = rst_gaps_of(&work->gaps, stage, y, work->rows[i]);
        work->masks[i] = gaps->mask;
        missing += gaps->count;
    }
    for (int i = 0; i < rank->lines; i++)
        work->to[i] = work->results ? work->results + (size_t)i * work->row_bytes : to;
    compute(work, stage, tile, (size_t)lines, missing > 0);
    work->made = true;
    work->y = first;
}

static void row(void *working, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct rank_work *work = working;
    const struct rank *rank = work->shared;
    const size_t margin = (size_t)(rank->state.width / 2) * (size_t)stage->bands;
    const int64_t first = tile->out.y + (y - tile->out.y) / rank->lines * rank->lines;
    if (!work->made || work->y != first || !work->results) make_rows(work, rows, stage, tile, first, to);
    if (work->results) memcpy(to, work->results + (size_t)(y - first) * work->row_bytes, work->row_bytes);
    const size_t line = (size_t)(y - first) + (size_t)(rank->state.height / 2);
    const char *centre = work->rows[line] + margin * rst_type_size(stage->in.type);
    if (rank->state.despeckle)
        rank->kernels->keep[stage->in.type](centre, to, work->samples, rank->state.whole, rank->state.real);
    if (stage->in.has_nodata)
        rst_tally_collisions(work->tally,
                             rst_nodata_restore(stage, to, work->samples, work->masks[line] + margin, centre));
}

/* ---- the classes ---- */

#define ABOUT_RANKS                                                                                                    \
    "Small windows go through sorting networks that share the sorted columns of neighbouring windows (after Adams "    \
    "2021); of larger ones every column has a histogram of its own (after Perreault and Hebert 2007), for types of "   \
    "more than 8 bits of the samples' places in sorted order. The result is always one of the window's samples, and "  \
    "exact for every type. Among floats -0 comes before 0, and NaN after all numbers; a NaN that is chosen becomes "   \
    "the quiet one.\n\n"
#define ABOUT_GAPS                                                                                                     \
    "Alpha is filtered like any other band, and palette images as indices.\n\n"                                        \
    "Nodata: a missing sample stays missing. Missing neighbours are left out"

static const struct rst_param median_params[] = {
    {"size", RST_PARAM_SIZE, 1, RST_RANK_MOST, NULL, NULL, "pixels", "the window's sides, both odd: 5, or 7x3"},
};

const struct rst_op_class rst_median_class = {
    .name = "median",
    .summary = "take the median of a window, which removes specks and keeps edges",
    .details = ABOUT_RANKS ABOUT_GAPS ", and of an even number of samples the lower of the two in the middle is taken.",
    .example = "median photo.tif out.tif --size 5",
    .params = median_params,
    .param_count = 1,
    .flags = RST_OP_LOCAL,
    .state_size = sizeof(struct rank_state),
    .bind = bind_median,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};

static const struct rst_param rank_params[] = {
    {"size", RST_PARAM_SIZE, 1, RST_RANK_MOST, NULL, NULL, "pixels", "the window's sides: 5, or 7x3"},
    {"index", RST_PARAM_INT, 0, RST_RANK_MOST *RST_RANK_MOST - 1, NULL, NULL, NULL,
     "place among the window's samples in order: 0 is the least"},
};

const struct rst_op_class rst_rank_class = {
    .name = "rank",
    .summary = "take the sample that has a given place in the order of its window's samples",
    .details = ABOUT_RANKS
    "Where a side is even, the pixel is the one behind the middle: of 4 x 4 the third in the third row.\n\n" ABOUT_GAPS
    ": where n of N samples are there, the index becomes index (n - 1) / (N - 1), rounded down, so that the least, the "
    "greatest and the lower median stay what they are.",
    .example = "rank photo.tif out.tif --size 5x3 --index 11",
    .params = rank_params,
    .param_count = 2,
    .flags = RST_OP_LOCAL,
    .state_size = sizeof(struct rank_state),
    .bind = bind_rank,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};

static const struct rst_param despeckle_params[] = {
    {"size", RST_PARAM_INT, 1, RST_RANK_MOST, "3", NULL, "pixels", "the window's side, odd"},
    {"threshold", RST_PARAM_REAL, 0, 1.8446744073709552e19, NULL, NULL, "levels",
     "how far from the median a sample may be and stay as it is"},
};

const struct rst_op_class rst_despeckle_class = {
    .name = "despeckle",
    .summary = "replace samples that differ much from the median of their neighbourhood by it",
    .details =
        "A conditional median: a sample that differs from the median of its window by more than the threshold becomes "
        "it; all others stay as they are. Differences of integers are exact, also of 64 bits; those of floats are "
        "taken in double. A NaN differs from every number, so that a dead pixel is filled; beside more NaN than "
        "numbers a sample stays as it is.\n\n" ABOUT_RANKS ABOUT_GAPS
        ", and of an even number of samples the lower of the two in the middle is taken.",
    .example = "despeckle photo.tif out.tif --threshold 40",
    .params = despeckle_params,
    .param_count = 2,
    .flags = RST_OP_LOCAL,
    .state_size = sizeof(struct rank_state),
    .bind = bind_despeckle,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};
