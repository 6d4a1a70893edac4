/* box: the average of (2 radius + 1)^2 pixels, at a cost that does not grow with the radius.
 *
 * Integers of up to 32 bits: the sums of the window's columns move down with the output, one row entering and one
 * leaving, and are added up across. All is exact, so it does not matter at which row a tile starts.
 *
 * Floats and 64-bit integers: a running sum would depend on where it began, and would keep a NaN for ever. Rows and
 * columns are therefore cut into blocks as long as the window, at multiples of that length in the image's own
 * coordinates; a window is the end of one block and the beginning of the next (van Herk 1992; Gil and Werman 1993).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/smooth/box.h"
#include "raster/ops/smooth/weighted.h"

RST_KERNEL_TABLES(struct rst_box_kernels, rst_box_kernels);
RST_KERNEL_TABLES(struct rst_gauss_kernels, rst_gauss_kernels);

enum {
    PIECE = 1024,     /* samples done at a time while the window is short */
    SHORT_RADIUS = 24 /* up to here doubling beats a running sum across */
};

struct box_state {
    int radius;
};

/* What all tiles share. */
struct box {
    int radius;
    bool exact; /* in integers; else in double */
    enum rst_box_sum sum;
    size_t sum_size;
    struct rst_box_divisor divisor;
    const struct rst_box_kernels *kernels;
    const struct rst_gauss_kernels *gauss;
    struct rst_weighted_plan weighted;
    double *ones;
};

struct box_work {
    const struct box *shared;
    struct rst_tally *tally;
    size_t pixel_size, count, margin; /* samples of an output row, of the window to one side of a sample */
    bool started;
    int64_t y; /* the output row that the state below stands for, once started */

    /* In integers. */
    char *columns, *sums, *scratch;
    size_t piece;

    /* In double. */
    double **block; /* of `samples` rows: filtered across, then added up from the block's end */
    double *beginning, *wide, *blocks;

    struct rst_weighted *weighted; /* NULL unless samples count differently */
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    ((struct box_state *)state)->radius = (int)values[0].integer;
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    int64_t radius = ((const struct box_state *)state)->radius;

    (void)in;
    *window = (struct rst_rect){out.x - radius, out.y - radius, out.width + 2 * radius, out.height + 2 * radius};
}

/* ---- how to divide ---- */

/* Finds factor and shift for sums of one byte per sample, and tries them at every sum where the mean changes. */
static bool find_factor(struct rst_box_divisor *divisor)
{
    uint64_t n = divisor->samples;

    if (n == 1 || n > 257) return false;
    divisor->shift = 0;
    while (UINT64_C(2) << divisor->shift < n)
        divisor->shift++;
    divisor->factor = (uint16_t)(((UINT64_C(65536) << divisor->shift) + n - 1) / n);
    for (uint64_t mean = 1; mean <= 255; mean++)
        if ((mean * n - 1) * divisor->factor >> 16 >> divisor->shift != mean - 1 ||
            mean * n * divisor->factor >> 16 >> divisor->shift != mean)
            return false;
    return true;
}

static void choose_sum(struct box *box, enum rst_type type)
{
    uint64_t n = box->divisor.samples;
    size_t bits = 8 * rst_type_size(type);
    double most = ldexp(1, (int)bits), apart = 1 / (2.0 * (double)n); /* of a sum / n from where rounding turns */

    box->divisor.inverse = 1 / (double)n;
    if (bits == 8 && n * 255 + n / 2 <= UINT16_MAX && find_factor(&box->divisor)) {
        box->sum = RST_BOX_WORD;
        box->sum_size = 2;
    } else if (bits <= 16 && n * (bits == 8 ? UINT8_MAX : UINT16_MAX) <= UINT32_MAX) {
        box->sum = RST_BOX_LONG;
        box->sum_size = 4;
        box->divisor.by_float = most * (double)n <= 16777216 && most / 4194304 < apart;
    } else {
        box->sum = RST_BOX_QUAD;
        box->sum_size = 8;
        box->divisor.by_integer = most * (double)n > 4503599627370496.0 || most / 2251799813685248.0 >= apart;
    }
}

static void finish(void *shared)
{
    struct box *box = shared;

    if (box) free(box->ones);
    free(box);
}

static enum rst_status prepare(const void *bound, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    int radius = ((const struct box_state *)bound)->radius;
    struct box *box = calloc(1, sizeof(*box));

    if (box) box->ones = calloc((size_t)radius + 1, sizeof(*box->ones));
    if (!box || !box->ones) {
        finish(box);
        return rst_fail(err, RST_E_NOMEM, "box: no memory for a window of radius %d", radius);
    }
    for (int k = 0; k <= radius; k++)
        box->ones[k] = 1;
    box->radius = radius;
    box->exact = rst_type_size(stage->in.type) <= 4 && !rst_type_is_float(stage->in.type);
    box->divisor.samples = (uint64_t)(2 * radius + 1) * (uint64_t)(2 * radius + 1);
    if (box->exact) choose_sum(box, stage->in.type);
    box->kernels = rst_box_kernels_of(stage->isa);
    box->gauss = rst_gauss_kernels_of(stage->isa);
    box->weighted = (struct rst_weighted_plan){box->gauss, rst_weighted_kernels_for(stage->isa), box->ones, radius};
    /* the row that leaves the window is asked for again, long after it entered: let it not be made again */
    stage->hold = box->exact && stage->in.alpha < 0 ? 2 * radius + 2 : 1;
    *shared = box;
    return RST_OK;
}

/* ---- a tile's memory ---- */

static void *zeroed(struct rst_arena *arena, size_t bytes)
{
    void *memory = rst_arena_get(arena, bytes);

    return memory ? memset(memory, 0, bytes) : NULL;
}

static bool begin_exact(struct box_work *work, struct rst_arena *arena)
{
    const struct box *box = work->shared;
    size_t wide = work->count + 2 * work->margin;

    /* a running sum has to go through the row at once */
    work->piece = box->radius > SHORT_RADIUS ? work->count : PIECE > 2 * work->margin ? PIECE : 2 * work->margin;
    work->columns = rst_arena_get(arena, wide * box->sum_size);
    work->sums = rst_arena_get(arena, work->piece * box->sum_size);
    work->scratch = rst_arena_get(arena, 2 * (work->piece + 2 * work->margin) * box->sum_size);
    return work->columns && work->sums && work->scratch;
}

static bool begin_double(struct box_work *work, struct rst_arena *arena)
{
    size_t samples = 2 * (size_t)work->shared->radius + 1, wide = work->count + 2 * work->margin;

    work->block = rst_arena_get(arena, samples * sizeof(*work->block));
    work->beginning = rst_arena_get(arena, work->count * sizeof(double));
    work->wide = rst_arena_get(arena, wide * sizeof(double));
    work->blocks = rst_arena_get(arena, 2 * wide * sizeof(double));
    if (!work->block || !work->beginning || !work->wide || !work->blocks) return false;
    for (size_t i = 0; i < samples; i++) {
        work->block[i] = rst_arena_get(arena, work->count * sizeof(double));
        if (!work->block[i]) return false;
    }
    return true;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    const struct box *box = shared;
    struct box_work *work = zeroed(arena, sizeof(*work));

    if (!work) return RST_E_NOMEM;
    work->shared = box;
    work->tally = tally;
    work->pixel_size = rst_type_size(stage->in.type);
    work->count = (size_t)tile->out.width * (size_t)stage->bands;
    work->margin = (size_t)box->radius * (size_t)stage->bands;
    *made = work;
    if (rst_weighted_needed(stage)) {
        work->weighted = rst_weighted_new(&box->weighted, stage, tile, 0, arena);
        if (!work->weighted) return RST_E_NOMEM;
        if (stage->in.alpha >= 0) return RST_OK; /* where every sample is a weighted one */
    }
    return (box->exact ? begin_exact(work, arena) : begin_double(work, arena)) ? RST_OK : RST_E_NOMEM;
}

static const char *get_row(struct box_work *work, struct rst_rows *rows, int64_t y)
{
    const char *row = rst_rows_get(rows, y);

    if (work->weighted) rst_weighted_put(work->weighted, y, row);
    return row;
}

/* ---- in integers ---- */

/* The column sums of the window around row y, begun anew. */
static void start_columns(struct box_work *work, struct rst_rows *rows, enum rst_type type, int64_t y)
{
    const struct box *box = work->shared;
    size_t wide = work->count + 2 * work->margin;

    memset(work->columns, 0, wide * box->sum_size);
    for (int64_t at = y - box->radius; at <= y + box->radius; at++) {
        const char *enters = get_row(work, rows, at);
        box->kernels->enter[box->sum][type](work->columns, enters, wide);
    }
}

/* One output row. Where `enters` and `leaves` are given, the column sums are moved on just ahead of their use, while
 * what is read and written stays in L1. */
static void exact_row(struct box_work *work, const struct rst_stage *stage, const char *enters, const char *leaves,
                      char *to)
{
    const struct box *box = work->shared;
    enum rst_type type = stage->in.type;
    size_t step = (size_t)stage->bands, done = 0;

    for (size_t at = 0; at < work->count; at += work->piece) {
        size_t piece = work->count - at < work->piece ? work->count - at : work->piece;
        size_t reach = at + piece + 2 * work->margin;
        const char *columns = work->columns + at * box->sum_size;
        if (enters)
            box->kernels->shift[box->sum][type](work->columns + done * box->sum_size, enters + done * work->pixel_size,
                                                leaves + done * work->pixel_size, reach - done);
        done = reach;
        if (box->sum == RST_BOX_WORD) {
            box->kernels->mean_short[type](to + at, columns, piece, step, box->radius, work->scratch, &box->divisor);
            continue;
        }
        (box->radius > SHORT_RADIUS ? box->kernels->across_long : box->kernels->across_short)[box->sum](
            work->sums, columns, piece, step, box->radius, work->scratch);
        box->kernels->finish[box->sum][type](to + at * work->pixel_size, work->sums, piece, &box->divisor);
    }
}

static void row_exact(struct box_work *work, struct rst_rows *rows, const struct rst_stage *stage, int64_t y, char *to)
{
    int radius = work->shared->radius;
    const char *enters = NULL, *leaves = NULL;

    if (work->started && y == work->y + 1) {
        leaves = rst_rows_get(rows, y - radius - 1);
        enters = get_row(work, rows, y + radius);
    } else if (work->started && y == work->y - 1) { /* as under a reflecting border of the next operation */
        leaves = rst_rows_get(rows, y + radius + 1);
        enters = get_row(work, rows, y - radius);
    } else if (!work->started || y != work->y) {
        start_columns(work, rows, stage->in.type, y);
    }
    exact_row(work, stage, enters, leaves, to);
}

/* ---- in double ---- */

/* Gets an input row and puts its sums across into its place in the block. */
static double *row_across(struct box_work *work, struct rst_rows *rows, const struct rst_stage *stage,
                          const struct rst_tile *tile, int64_t y)
{
    const struct box *box = work->shared;
    int64_t samples = 2 * box->radius + 1, place = y % samples, phase = tile->in.x % samples;
    double *to = work->block[place < 0 ? place + samples : place];

    box->gauss->widen[RST_GAUSS_DOUBLE][stage->in.type](work->wide, get_row(work, rows, y),
                                                        work->count + 2 * work->margin);
    box->kernels->across_blocks(to, work->wide, work->count, (size_t)stage->bands, (size_t)samples,
                                (size_t)(phase < 0 ? phase + samples : phase), work->blocks);
    return to;
}

/* Adds up the rows of a block from its last to `place`. */
static void add_from_end(struct box_work *work, int64_t place)
{
    for (int64_t i = 2 * work->shared->radius - 1; i >= place; i--)
        work->shared->kernels->add(work->block[i], work->block[i + 1], work->count);
}

/* With s = y - radius, the first row of the window, and s + samples - 1 its last: block[i] holds, from the place of s
 * on, the sums from there to the end of its block; `beginning` those of the next block, from its start to the window's
 * last row. Moving on by a row, that row takes the place of s in its own block, whose turn is over. */
static void row_double(struct box_work *work, struct rst_rows *rows, const struct rst_stage *stage,
                       const struct rst_tile *tile, int64_t y, void *to)
{
    const struct box *box = work->shared;
    int64_t samples = 2 * box->radius + 1, first = y - box->radius, last = y + box->radius, place = first % samples;
    size_t bytes = work->count * sizeof(double);
    bool anew = !work->started || (y != work->y + 1 && y != work->y);

    if (place < 0) place += samples;
    if (anew) {
        for (int64_t at = first; at < first + samples - place; at++)
            row_across(work, rows, stage, tile, at);
        add_from_end(work, place);
    }
    for (int64_t at = anew ? first + samples - place : y == work->y ? last + 1 : last; at <= last; at++) {
        const double *sums = row_across(work, rows, stage, tile, at);
        if (at % samples == 0)
            memcpy(work->beginning, sums, bytes);
        else
            box->kernels->add(work->beginning, sums, work->count);
    }
    if (!anew && place == 0 && y != work->y) add_from_end(work, 0);
    box->kernels->mean[stage->in.type](to, work->block[place], place ? work->beginning : NULL, work->count,
                                       (double)box->divisor.samples);
}

/* ---- rows ---- */

static void row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct box_work *work = made;
    int radius = work->shared->radius;

    if (stage->in.alpha >= 0) {
        for (int64_t at = y - radius; at <= y + radius; at++)
            if (!rst_weighted_has(work->weighted, at)) rst_weighted_put(work->weighted, at, rst_rows_get(rows, at));
    } else if (work->shared->exact) {
        row_exact(work, rows, stage, y, to);
    } else {
        row_double(work, rows, stage, tile, y, to);
    }
    work->started = true;
    work->y = y;
    if (work->weighted) rst_tally_collisions(work->tally, rst_weighted_mend(work->weighted, y, NULL, to));
}

static const struct rst_param params[] = {
    {"radius", RST_PARAM_INT, 0, 4096, NULL, NULL, "pixels", "the window is 2 radius + 1 pixels wide and high"},
};

const struct rst_op_class rst_box_class = {
    .name = "box",
    .summary = "average over a square window",
    .details =
        "Integers of up to 32 bits are summed exactly and rounded to nearest; floats and 64-bit integers go "
        "through double, added up in blocks that do not depend on tiles. The cost does not grow with the radius, "
        "but for samples with missing neighbours and for images with alpha.\n\n"
        "Missing samples count for nothing; with unassociated alpha colours count as much as they are opaque.",
    .example = "box photo.tif out.tif --radius 5",
    .params = params,
    .param_count = 1,
    .flags = RST_OP_LOCAL | RST_OP_AVERAGES,
    .state_size = sizeof(struct box_state),
    .bind = bind,
    .need = need,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
};
