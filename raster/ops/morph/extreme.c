/* Moving minima and maxima, built of one kernel: the extreme of a few rows, sample by sample.
 *
 * Columns first. Of a few rows the extreme is taken as it stands. Of many, rows are cut into blocks as high as the
 * window; a window is the end of one block and the beginning of the next, and the extremes of ends and beginnings are
 * made from one another: three comparisons per sample whatever the height (van Herk 1992; Gil and Werman 1993).
 *
 * Then across: a row of extremes over n pixels, shifted against itself, is one over up to 4 n pixels. Vector code does
 * that faster than it would follow blocks along a row.
 *
 * A disk is a stack of runs, each no longer than the one before when rows are taken from the middle outwards. From the
 * longest run on, extremes so far are widened by what the next run is shorter, and that run's rows join them:
 * run(9) | run(7) | run(3) = wider by 1(wider by 2(rows of 9) | rows of 7) ... So every row is looked at once.
 *
 * Rows are walked in pieces that stay in the first-level cache. */
#include "raster/ops/morph/extreme.h"

#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/morph/extreme_kernels.h"

enum {
    FEW_ROWS = 7, /* up to here looking at all rows beats blocks of them */
    PIECE_BYTES = 4096
};

struct rst_extreme {
    const struct rst_window *window;
    const struct rst_stage *stage;
    rst_extreme_of *const *of;
    rst_extreme_admit *admit;     /* NULL: rows are used as they come */
    rst_extreme_release *release; /* NULL: keys are samples */
    const union rst_sample *nodata;
    size_t size, step, count, margin, wide; /* bytes of a sample; then in samples: a pixel, the row of output, what the
                                               window reaches to one side, the row of input */
    size_t from, until; /* the samples of a row of input that are given; the others are beyond the image */
    size_t piece;
    bool blocks;
    struct rst_rect out;

    int32_t rows;      /* that the window has */
    const char **near; /* [rows] of the window, from its top; without blocks */
    char *ring;    /* [rows] of `wide` keys: rows admitted, or the ends of blocks; NULL: rows are used as they come */
    int64_t *tags; /* [rows] which row the ring has, admitted */
    bool started;  /* with blocks: the state stands for output row y */
    int64_t y;
    char *beginning;  /* of a block */
    char *centre;     /* with blocks: the middle row of a cross, admitted */
    char *line;       /* columns; or a disk's two rows of extremes so far */
    char *scratch[2]; /* of a piece and its margins */
    char *constant;   /* a pixel beyond the image, admitted */
    uint8_t *mask;
};

/* ---- windows ---- */

void rst_window_set(struct rst_window *window, enum rst_window_shape shape, int64_t width, int64_t height)
{
    int64_t a = width / 2, b = height / 2, dx = a;
    *window = (struct rst_window){.shape = shape, .across = (int32_t)a, .down = (int32_t)b};
    if (shape != RST_WINDOW_DISK) return;
    for (int64_t dy = 0; dy <= b; dy++) {
        while (dx * dx * b * b > a * a * (b * b - dy * dy))
            dx--;
        window->half[dy] = (int16_t)dx;
    }
}

struct rst_rect rst_window_around(const struct rst_window *window, struct rst_rect out)
{
    return (struct rst_rect){out.x - window->across, out.y - window->down, out.width + 2 * (int64_t)window->across,
                             out.height + 2 * (int64_t)window->down};
}

/* ---- memory ---- */

/* Whether rows are admitted to a ring of our own. */
static bool admits(const struct rst_stage *stage)
{
    return stage->in.has_nodata || rst_type_is_float(stage->in.type);
}

static bool has_blocks(const struct rst_window *window)
{
    return window->shape != RST_WINDOW_DISK && 2 * window->down + 1 > FEW_ROWS;
}

int32_t rst_extreme_hold(const struct rst_window *window, const struct rst_stage *stage)
{
    bool ring = admits(stage) || has_blocks(window), centre = stage->in.has_nodata || window->shape == RST_WINDOW_CROSS;
    return !ring ? 2 * window->down + 1 : centre ? window->down + 1 : 1;
}

static void set_kernels(struct rst_extreme *extreme, enum rst_extreme_kind kind)
{
    const struct rst_extreme_kernels *kernels = rst_extreme_kernels_of(extreme->stage->isa);
    const struct rst_shape *in = &extreme->stage->in;
    extreme->of = kernels->of[kind][in->type];
    extreme->release = kernels->release[kind][in->type];
    if (!admits(extreme->stage)) return;
    extreme->admit = kernels->admit[kind][in->type];
    extreme->nodata = in->has_nodata ? &in->nodata : NULL;
}

/* What columns come to that lie beyond a constant border. */
static bool take_constant(struct rst_extreme *extreme, struct rst_arena *arena)
{
    const struct rst_stage *stage = extreme->stage;
    if (stage->border.rule != RST_CONSTANT) return true;
    union rst_sample value = rst_sample_from_double(stage->border.value, stage->in.type);
    extreme->constant = rst_arena_get(arena, extreme->step * extreme->size);
    if (!extreme->constant) return false;
    if (extreme->admit) extreme->admit(value.bytes, value.bytes, 1, extreme->nodata);
    for (size_t i = 0; i < extreme->step; i++)
        memcpy(extreme->constant + i * extreme->size, value.bytes, extreme->size);
    return true;
}

static bool take_memory(struct rst_extreme *extreme, struct rst_arena *arena)
{
    size_t rows = (size_t)extreme->rows, wide = extreme->wide * extreme->size;
    size_t piece = (extreme->piece + 2 * extreme->margin) * extreme->size;
    bool disk = extreme->window->shape == RST_WINDOW_DISK, cross = extreme->window->shape == RST_WINDOW_CROSS;
    extreme->near = rst_arena_get(arena, rows * sizeof *extreme->near);
    extreme->line = rst_arena_get(arena, disk ? 2 * piece : wide);
    for (int i = 0; i < 2; i++)
        if (!(extreme->scratch[i] = rst_arena_get(arena, piece))) return false;
    if (!extreme->near || !extreme->line) return false;
    if (extreme->nodata && !(extreme->mask = rst_arena_get(arena, extreme->count))) return false;
    if (!extreme->admit && !extreme->blocks) return true;
    if (extreme->blocks && !(extreme->beginning = rst_arena_get(arena, wide))) return false;
    if (extreme->blocks && cross && !(extreme->centre = rst_arena_get(arena, wide))) return false;
    extreme->ring = rst_arena_get(arena, rows * wide);
    extreme->tags = rst_arena_get(arena, rows * sizeof *extreme->tags);
    if (!extreme->ring || !extreme->tags) return false;
    for (size_t i = 0; i < rows; i++)
        extreme->tags[i] = INT64_MIN;
    return true;
}

static struct rst_extreme *make(const struct rst_window *window, enum rst_extreme_kind kind,
                                const struct rst_stage *stage, struct rst_rect out, struct rst_arena *arena)
{
    struct rst_extreme *extreme = rst_arena_get(arena, sizeof *extreme);
    if (!extreme) return NULL;
    *extreme = (struct rst_extreme){.window = window, .stage = stage, .out = out, .rows = 2 * window->down + 1};
    set_kernels(extreme, kind);
    extreme->size = rst_type_size(stage->in.type);
    extreme->step = (size_t)stage->bands;
    extreme->count = (size_t)out.width * extreme->step;
    extreme->margin = (size_t)window->across * extreme->step;
    extreme->wide = extreme->count + 2 * extreme->margin;
    extreme->piece = PIECE_BYTES / extreme->size;
    if (extreme->piece < 2 * extreme->margin) extreme->piece = 2 * extreme->margin;
    if (extreme->piece > extreme->count) extreme->piece = extreme->count;
    extreme->blocks = has_blocks(window);
    extreme->until = extreme->wide;
    return take_memory(extreme, arena) ? extreme : NULL;
}

struct rst_extreme *rst_extreme_new(const struct rst_window *window, enum rst_extreme_kind kind,
                                    const struct rst_stage *stage, struct rst_rect out, struct rst_arena *arena)
{
    return make(window, kind, stage, out, arena);
}

struct rst_extreme *rst_extreme_new_inside(const struct rst_window *window, enum rst_extreme_kind kind,
                                           const struct rst_stage *stage, struct rst_rect out, struct rst_arena *arena)
{
    struct rst_extreme *extreme = make(window, kind, stage, out, arena);
    int64_t left = rst_max64(window->across - out.x, 0);
    int64_t right = rst_max64(out.x + out.width + window->across - stage->in.width, 0);
    if (!extreme || !take_constant(extreme, arena)) return NULL;
    extreme->from = (size_t)left * extreme->step;
    extreme->until = extreme->wide - (size_t)right * extreme->step;
    return extreme;
}

/* ---- the extreme of rows ---- */

static size_t place_of(const struct rst_extreme *extreme, int64_t y)
{
    int64_t place = y % extreme->rows;
    return (size_t)(place < 0 ? place + extreme->rows : place);
}

static char *slot_of(const struct rst_extreme *extreme, size_t place)
{
    return extreme->ring + place * extreme->wide * extreme->size;
}

/* Of any number of rows; `to` may be the first of them. */
static void fold(const struct rst_extreme *extreme, char *to, const void *const *rows, size_t row_count, size_t count)
{
    const void *some[RST_EXTREME_ROWS] = {to};
    if (row_count == 1 && to != rows[0]) memcpy(to, rows[0], count * extreme->size);
    if (row_count < 2) return;
    size_t taken = row_count < RST_EXTREME_ROWS ? row_count : RST_EXTREME_ROWS;
    extreme->of[taken](to, rows, count);
    while (taken < row_count) {
        size_t more = row_count - taken < RST_EXTREME_ROWS - 1 ? row_count - taken : RST_EXTREME_ROWS - 1;
        memcpy(&some[1], &rows[taken], more * sizeof *some);
        extreme->of[more + 1](to, some, count);
        taken += more;
    }
}

/* Of `reach` pixels to both sides of each: sample i of `from` is `reach` pixels to the left of sample i of `to`. Goes
 * through scratch, which neither of them is. */
static void across(const struct rst_extreme *extreme, char *to, const char *from, size_t reach, size_t count)
{
    size_t pixels = 2 * reach + 1, have = 1, turn = 0, pixel = extreme->step * extreme->size;
    if (reach == 0 && to != from) memcpy(to, from, count * extreme->size);
    while (have < pixels) {
        size_t next = have * RST_EXTREME_ROWS < pixels ? have * RST_EXTREME_ROWS : pixels;
        const void *rows[RST_EXTREME_ROWS] = {from};
        size_t row_count = 1;
        for (size_t at = have; at < next; at += have)
            rows[row_count++] = from + (at + have < next ? at : next - have) * pixel;
        char *result = next == pixels ? to : extreme->scratch[turn];
        extreme->of[row_count](result, rows, count + (pixels - next) * extreme->step);
        from = result;
        turn = !turn;
        have = next;
    }
}

/* ---- rows of input ---- */

/* Row y from sample `from` on, as keys. */
static const char *admitted(struct rst_extreme *extreme, rst_extreme_source *source, void *user, int64_t y)
{
    size_t place = place_of(extreme, y);
    if (!extreme->ring) return source(user, y);
    char *slot = slot_of(extreme, place) + extreme->from * extreme->size;
    if (extreme->tags[place] == y) return slot;
    extreme->tags[place] = y;
    extreme->admit(slot, source(user, y), extreme->until - extreme->from, extreme->nodata);
    return slot;
}

static void get_near(struct rst_extreme *extreme, rst_extreme_source *source, void *user, int64_t y)
{
    for (int32_t i = 0; i < extreme->rows; i++)
        extreme->near[i] = admitted(extreme, source, user, y - extreme->window->down + i);
}

/* Samples from ... to - 1 of a row come into the ring, as keys. */
static void enter(const struct rst_extreme *extreme, char *slot, const char *row, size_t from, size_t to)
{
    char *keys = slot + from * extreme->size;
    row += (from - extreme->from) * extreme->size;
    if (extreme->admit)
        extreme->admit(keys, row, to - from, extreme->nodata);
    else
        memcpy(keys, row, (to - from) * extreme->size);
}

/* ---- columns, by blocks ---- */

/* The ends of a block, from its last row to `place`. */
static void make_ends(const struct rst_extreme *extreme, size_t place)
{
    size_t at = extreme->from * extreme->size;
    for (size_t i = (size_t)extreme->rows - 1; i-- > place;) {
        char *slot = slot_of(extreme, i) + at;
        const void *rows[2] = {slot, slot_of(extreme, i + 1) + at};
        extreme->of[2](slot, rows, extreme->until - extreme->from);
    }
}

/* Columns from ... to - 1 into `line`, for the window whose first row has `place`; where `row` is given it is the
 * window's last, and comes in first. */
static void merge_part(struct rst_extreme *extreme, const char *row, size_t place, size_t from, size_t to, char *line)
{
    size_t at = from * extreme->size, count = to - from, last = place ? place - 1 : (size_t)extreme->rows - 1;
    char *beginning = extreme->beginning + at, *slot = slot_of(extreme, last);
    const void *rows[2] = {beginning, slot + at};
    if (row) enter(extreme, slot, row, from, to);
    if (row && last == 0)
        memcpy(beginning, slot + at, count * extreme->size);
    else if (row && place)
        extreme->of[2](beginning, rows, count);
    if (place == 0) return;
    rows[1] = slot_of(extreme, place) + at;
    extreme->of[2](line + at, rows, count);
}

/* The state for output row y, anew. */
static void start_blocks(struct rst_extreme *extreme, rst_extreme_source *source, void *user, int64_t y)
{
    int64_t first = y - extreme->window->down, last = y + extreme->window->down;
    size_t place = place_of(extreme, first), begin = extreme->from * extreme->size;
    size_t count = extreme->until - extreme->from;
    char *beginning = extreme->beginning + begin;
    for (int64_t at = first; at <= last; at++) {
        size_t there = place_of(extreme, at);
        char *slot = slot_of(extreme, there);
        const void *rows[2] = {beginning, slot + begin};
        enter(extreme, slot, source(user, at), extreme->from, extreme->until);
        if (there >= place) continue;
        if (there == 0)
            memcpy(beginning, slot + begin, count * extreme->size);
        else
            extreme->of[2](beginning, rows, count);
    }
    make_ends(extreme, place);
}

/* ---- a row of output, as keys ---- */

struct columns {
    char *line;         /* where they are made */
    const char *enters; /* with blocks: the row that comes in, or NULL */
    size_t place;       /* ... and where its window starts */
    size_t done;        /* columns that are made */
};

/* Columns from ... to - 1, beyond the image, of those inside it. */
static void fill_border(const struct rst_extreme *extreme, char *line, size_t from, size_t to)
{
    const struct rst_stage *stage = extreme->stage;
    size_t pixel = extreme->step * extreme->size;
    int64_t left = extreme->out.x - extreme->window->across;
    for (size_t column = from / extreme->step; column < to / extreme->step; column++) {
        int64_t x = rst_border_index(left + (int64_t)column, stage->in.width, stage->border.rule);
        memcpy(line + column * pixel, x < 0 ? extreme->constant : line + (size_t)(x - left) * pixel, pixel);
    }
}

/* The extremes of columns from ... to - 1 inside the image. */
static void make_inside(struct rst_extreme *extreme, const struct columns *columns, size_t from, size_t to)
{
    const void *rows[FEW_ROWS];
    if (extreme->blocks) {
        merge_part(extreme, columns->enters, columns->place, from, to, columns->line);
        return;
    }
    for (int32_t i = 0; i < extreme->rows; i++)
        rows[i] = extreme->near[i] + (from - extreme->from) * extreme->size;
    fold(extreme, columns->line + from * extreme->size, rows, (size_t)extreme->rows, to - from);
}

/* The extremes of columns up to `reach`. Beyond the image they are repeated just as samples would be. */
static void make_columns(struct rst_extreme *extreme, struct columns *columns, size_t reach)
{
    size_t from = columns->done > extreme->from ? columns->done : extreme->from;
    size_t to = reach < extreme->until ? reach : extreme->until;
    if (from < to) make_inside(extreme, columns, from, to);
    if (columns->done < extreme->from) fill_border(extreme, columns->line, columns->done, extreme->from);
    if (reach > extreme->until) fill_border(extreme, columns->line, columns->done > to ? columns->done : to, reach);
    columns->done = reach;
}

/* The window is a block, and its end all of it. */
static void make_whole(struct rst_extreme *extreme, struct columns *columns)
{
    columns->line = slot_of(extreme, 0);
    if (columns->enters) {
        merge_part(extreme, columns->enters, 0, extreme->from, extreme->until, columns->line);
        make_ends(extreme, 0);
    }
    fill_border(extreme, columns->line, 0, extreme->from);
    fill_border(extreme, columns->line, extreme->until, extreme->wide);
    columns->done = extreme->wide;
}

/* Squares and crosses: columns are made just ahead of their use. */
static void lines_row(struct rst_extreme *extreme, struct columns *columns, const char *centre, char *to)
{
    size_t size = extreme->size, margin = extreme->margin;
    columns->line = margin || centre ? extreme->line : to;
    if (extreme->blocks && columns->place == 0) make_whole(extreme, columns);
    for (size_t at = 0; at < extreme->count; at += extreme->piece) {
        size_t count = extreme->count - at < extreme->piece ? extreme->count - at : extreme->piece;
        size_t reach = at + count + 2 * margin;
        char *result = to + at * size;
        if (reach > columns->done) make_columns(extreme, columns, reach);
        across(extreme, result, (centre ? centre : columns->line) + at * size, (size_t)extreme->window->across, count);
        if (!centre) continue;
        const void *both[2] = {result, columns->line + (at + margin) * size};
        extreme->of[2](result, both, count);
    }
}

/* The rows at distance dy, or dy ... end - 1 above and below, of a disk, beginning at sample `at`. */
static size_t runs_of(const struct rst_extreme *extreme, int32_t dy, int32_t end, size_t at, const void **rows)
{
    size_t count = 0;
    for (; dy < end; dy++) {
        rows[count++] = extreme->near[extreme->window->down + dy] + at * extreme->size;
        if (dy) rows[count++] = extreme->near[extreme->window->down - dy] + at * extreme->size;
    }
    return count;
}

/* Disks: samples at ... at + count - 1. */
static void disk_piece(const struct rst_extreme *extreme, size_t at, size_t count, char *to)
{
    const int16_t *half = extreme->window->half;
    const void *rows[RST_WINDOW_DISK_MOST + 1];
    char *so_far = extreme->line, *next = extreme->line + (count + 2 * extreme->margin) * extreme->size;
    int32_t dy = 0, down = extreme->window->down;
    while (dy <= down) {
        int32_t end = dy + 1, reach = half[dy], before = dy ? half[dy - 1] : reach;
        while (end <= down && half[end] == reach)
            end++;
        size_t length = count + 2 * (size_t)reach * extreme->step, joined = 0;
        char *result = end > down && reach == 0 ? to : next;
        if (dy) {
            across(extreme, result, so_far, (size_t)(before - reach), length);
            rows[joined++] = result;
        }
        joined +=
            runs_of(extreme, dy, end, at + (size_t)(extreme->window->across - reach) * extreme->step, rows + joined);
        fold(extreme, result, rows, joined, length);
        next = so_far;
        so_far = result;
        dy = end;
    }
    if (half[down]) across(extreme, to, so_far, (size_t)half[down], count);
}

static void blocks_row(struct rst_extreme *extreme, rst_extreme_source *source, void *user, int64_t y,
                       struct columns *columns)
{
    columns->place = place_of(extreme, y - extreme->window->down);
    if (extreme->started && y == extreme->y + 1)
        columns->enters = source(user, y + extreme->window->down);
    else if (!extreme->started || y != extreme->y)
        start_blocks(extreme, source, user, y);
    extreme->started = true;
    extreme->y = y;
}

/* The row of the window's middle, as keys, for a cross. */
static const char *centre_row(struct rst_extreme *extreme, rst_extreme_source *source, void *user, int64_t y)
{
    if (!extreme->blocks) return extreme->near[extreme->window->down];
    const char *row = source(user, y);
    if (!extreme->admit) return row;
    extreme->admit(extreme->centre, row, extreme->wide, extreme->nodata);
    return extreme->centre;
}

void rst_extreme_row(struct rst_extreme *extreme, rst_extreme_source *source, void *user, int64_t y, void *to)
{
    struct columns columns = {0};
    if (extreme->blocks)
        blocks_row(extreme, source, user, y, &columns);
    else
        get_near(extreme, source, user, y);
    if (extreme->window->shape == RST_WINDOW_DISK) {
        for (size_t at = 0; at < extreme->count; at += extreme->piece) {
            size_t count = extreme->count - at < extreme->piece ? extreme->count - at : extreme->piece;
            disk_piece(extreme, at, count, (char *)to + at * extreme->size);
        }
    } else {
        bool cross = extreme->window->shape == RST_WINDOW_CROSS;
        lines_row(extreme, &columns, cross ? centre_row(extreme, source, user, y) : NULL, to);
    }
    if (extreme->release) extreme->release(to, to, extreme->count);
    if (!extreme->nodata) return;
    const char *centre = (const char *)source(user, y) + (extreme->margin - extreme->from) * extreme->size;
    rst_nodata_mask(extreme->stage, centre, extreme->count, extreme->mask);
    rst_nodata_restore(extreme->stage, to, extreme->count, extreme->mask, centre);
}
