/* Erosion, dilation, and what is made of them: opening, closing, both top hats and the gradient.
 *
 * An opening is an erosion and then a dilation of its result, in one operation that gives what both would give one
 * after the other: the border rule is applied to the image between them (interim.h), and the window of input grows by
 * both of their windows. The minimum and the maximum are taken by extreme.h. */
#include "raster/ops/morph/morph.h"

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/morph/extreme.h"
#include "raster/ops/morph/interim.h"

enum form { ERODE, DILATE, OPEN, CLOSE, TOPHAT, BLACKHAT, GRADIENT };

static const char *const form_names[] = {"erode", "dilate", "open", "close", "tophat", "blackhat", "gradient"};

struct morph {
    enum form form;
    struct rst_window window;
};

struct morph_work {
    const struct morph *shared;
    struct rst_tally *tally;
    struct rst_rows *rows; /* while a row is made */
    bool inside;           /* rows of input have the columns inside the image alone */
    size_t left;           /* bytes from the start of a row of input to where the first step's window starts */
    size_t centre;         /* ... to the first pixel of the output */
    struct rst_extreme *first, *second;
    struct rst_interim interim;          /* between them */
    const struct rst_morph_kernels *own; /* of those that subtract */
    size_t count;                        /* samples of an output row */
    void *line;
    uint8_t *mask; /* with nodata */
};

/* Whether the second step takes the result of the first one. */
static bool in_turn(enum form form)
{
    return form == OPEN || form == CLOSE || form == TOPHAT || form == BLACKHAT;
}

static bool subtracts(enum form form)
{
    return form >= TOPHAT;
}

static enum rst_extreme_kind first_kind(enum form form)
{
    return form == ERODE || form == OPEN || form == TOPHAT ? RST_LEAST : RST_GREATEST;
}

static enum rst_status bind(enum form form, const struct rst_value *values, void *state, struct rst_error *err)
{
    struct morph *morph = state;
    int64_t width = values[0].rect.width, height = values[0].rect.height;
    if (width % 2 == 0 || height % 2 == 0)
        return rst_fail(err, RST_E_ARGUMENT, "%s --size %lldx%lld: both sides must be odd, for a pixel in the middle",
                        form_names[form], (long long)width, (long long)height);
    morph->form = form;
    rst_window_set(&morph->window, (enum rst_window_shape)values[1].integer, width, height);
    return RST_OK;
}

static void need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    const struct morph *morph = state;
    (void)in;
    *window = rst_window_around(&morph->window, out);
    if (in_turn(morph->form)) *window = rst_window_around(&morph->window, *window);
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct morph *morph = state;
    int32_t rows = 2 * morph->window.down + 1, hold = rst_extreme_hold(&morph->window, stage);
    (void)err;
    /* that which is subtracted, or subtracted from, has been got by then */
    stage->hold = subtracts(morph->form) && hold < rows ? rows : hold;
    *shared = (void *)(uintptr_t)state;
    return RST_OK;
}

/* ---- rows of input ---- */

static const char *row_of(struct morph_work *work, int64_t y)
{
    return work->inside ? rst_rows_get_inside(work->rows, y) : rst_rows_get(work->rows, y);
}

static const void *input_row(void *working, int64_t y)
{
    struct morph_work *work = working;
    return row_of(work, y) + work->left;
}

static void make_interim(void *working, int64_t y, void *to)
{
    struct morph_work *work = working;
    rst_extreme_row(work->first, input_row, work, y, to);
}

/* ---- a tile ---- */

typedef struct rst_extreme *maker(const struct rst_window *window, enum rst_extreme_kind kind,
                                  const struct rst_stage *stage, struct rst_rect out, struct rst_arena *arena);

static enum rst_status begin_steps(struct morph_work *work, const struct rst_stage *stage, const struct rst_tile *tile,
                                   struct rst_arena *arena)
{
    const struct morph *morph = work->shared;
    const struct rst_window *window = &morph->window;
    enum rst_extreme_kind kind = first_kind(morph->form), other = kind == RST_LEAST ? RST_GREATEST : RST_LEAST;
    struct rst_rect target = tile->out;
    if (in_turn(morph->form)) {
        RST_TRY(rst_interim_begin(&work->interim, stage, rst_window_around(window, target), window->down,
                                  rst_extreme_hold(window, stage), arena));
        work->interim.make = make_interim;
        work->interim.user = work;
        target = work->interim.made;
    }
    size_t pixel = (size_t)stage->bands * rst_type_size(stage->in.type);
    int64_t start = tile->in.x, left = target.x - window->across;
    work->inside = window->shape == RST_WINDOW_SQUARE && stage->border.rule != RST_WRAP;
    if (work->inside) {
        start = rst_max64(start, 0);
        left = rst_max64(left, 0);
    }
    work->left = (size_t)(left - start) * pixel;
    work->centre = (size_t)(tile->out.x - start) * pixel;
    maker *first = work->inside ? rst_extreme_new_inside : rst_extreme_new;
    work->first = first(window, kind, stage, target, arena);
    if (!work->first) return RST_E_NOMEM;
    if (morph->form == ERODE || morph->form == DILATE) return RST_OK;
    work->second = (morph->form == GRADIENT ? first : rst_extreme_new)(window, other, stage, tile->out, arena);
    return work->second ? RST_OK : RST_E_NOMEM;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    struct morph_work *work = rst_arena_get(arena, sizeof *work);
    if (!work) return RST_E_NOMEM;
    *work = (struct morph_work){.shared = shared, .tally = tally};
    work->count = (size_t)tile->out.width * (size_t)stage->bands;
    *made = work;
    RST_TRY(begin_steps(work, stage, tile, arena));
    if (!subtracts(work->shared->form)) return RST_OK;
    work->own = rst_morph_kernels_of(stage->isa);
    work->line = rst_arena_get(arena, work->count * rst_type_size(stage->in.type));
    if (stage->in.has_nodata && !(work->mask = rst_arena_get(arena, work->count))) return RST_E_NOMEM;
    return work->line ? RST_OK : RST_E_NOMEM;
}

/* The opening or the closing. */
static void make_second(struct morph_work *work, int64_t y, void *to)
{
    rst_extreme_row(work->second, rst_interim_row, &work->interim, y, to);
}

static void difference_row(struct morph_work *work, const struct rst_stage *stage, int64_t y, void *to)
{
    rst_morph_subtract *subtract = work->own->subtract[stage->in.type];
    if (work->shared->form == GRADIENT) {
        rst_extreme_row(work->first, input_row, work, y, to);
        rst_extreme_row(work->second, input_row, work, y, work->line);
        subtract(to, to, work->line, work->count);
    } else {
        make_second(work, y, work->line);
    }
    if (work->shared->form == GRADIENT && !work->mask) return;
    const char *centre = row_of(work, y) + work->centre;
    if (work->shared->form == TOPHAT) subtract(to, centre, work->line, work->count);
    if (work->shared->form == BLACKHAT) subtract(to, work->line, centre, work->count);
    if (!work->mask) return;
    rst_nodata_mask(stage, centre, work->count, work->mask);
    rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, work->count, work->mask, centre));
}

static void row(void *working, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct morph_work *work = working;
    (void)tile;
    work->rows = rows;
    if (subtracts(work->shared->form))
        difference_row(work, stage, y, to);
    else if (in_turn(work->shared->form))
        make_second(work, y, to);
    else
        rst_extreme_row(work->first, input_row, work, y, to);
}

/* ---- the classes ---- */

static enum rst_status bind_erode(const struct rst_value *values, void *state, struct rst_error *err)
{
    return bind(ERODE, values, state, err);
}

static enum rst_status bind_dilate(const struct rst_value *values, void *state, struct rst_error *err)
{
    return bind(DILATE, values, state, err);
}

static enum rst_status bind_open(const struct rst_value *values, void *state, struct rst_error *err)
{
    return bind(OPEN, values, state, err);
}

static enum rst_status bind_close(const struct rst_value *values, void *state, struct rst_error *err)
{
    return bind(CLOSE, values, state, err);
}

static enum rst_status bind_tophat(const struct rst_value *values, void *state, struct rst_error *err)
{
    return bind(TOPHAT, values, state, err);
}

static enum rst_status bind_blackhat(const struct rst_value *values, void *state, struct rst_error *err)
{
    return bind(BLACKHAT, values, state, err);
}

static enum rst_status bind_gradient(const struct rst_value *values, void *state, struct rst_error *err)
{
    return bind(GRADIENT, values, state, err);
}

static const struct rst_param params[] = {
    {.name = "size",
     .kind = RST_PARAM_SIZE,
     .min = 1,
     .max = RST_WINDOW_DISK_MOST,
     .unit = "pixels",
     .summary = "width and height of the window, both odd"},
    {.name = "shape",
     .kind = RST_PARAM_CHOICE,
     .preset = "square",
     .choices = "square|disk|cross",
     .summary = "which pixels of it count"},
};

#define WINDOWS                                                                                                        \
    "A window of W x H pixels, both odd, lies around each pixel, dx = -(W-1)/2 ... (W-1)/2 and dy = -(H-1)/2 ... "     \
    "(H-1)/2. Of it, square has all; disk those with (dx / ((W-1)/2))^2 + (dy / ((H-1)/2))^2 <= 1, which is an "       \
    "ellipse where W and H differ, and for 3 x 3 the cross; cross those with dx = 0 or dy = 0.\n\n"

#define COSTS                                                                                                          \
    "Exact for all types. The cost of a square or a cross does not grow with its height (van Herk 1992; Gil and "      \
    "Werman 1993), and with the logarithm of its width; that of a disk grows with its height.\n\n"

#define NANS                                                                                                           \
    "NaN is passed over; where a window has nothing else the result is NaN. -0.0 is less than 0.0. Missing "           \
    "neighbours are passed over, too, and a missing sample stays missing.\n\n"

#define INDICES "All bands are treated alike, alpha too. Of a palette image indices are compared."
#define REFUSES "All bands are treated alike, alpha too. Palette images are refused."
#define IN_TURN                                                                                                        \
    "Both steps have the same window, and the border rule holds for each: the result is that of both operations, one " \
    "after the other.\n\n"
#define DIFFERENCE "Integers saturate.\n\n"

/* What all classes have in common. */
#define MORPH_CLASS(more)                                                                                              \
    .params = params, .param_count = 2, .flags = RST_OP_LOCAL | (more), .state_size = sizeof(struct morph),            \
    .need = need, .prepare = prepare, .begin = begin, .row = row

const struct rst_op_class rst_erode_class = {
    .name = "erode",
    .summary = "take the least sample around each",
    .details = WINDOWS COSTS NANS INDICES,
    .example = "erode mask.tif out.tif --size 5",
    .bind = bind_erode,
    MORPH_CLASS(0),
};

const struct rst_op_class rst_dilate_class = {
    .name = "dilate",
    .summary = "take the greatest sample around each",
    .details = WINDOWS COSTS NANS INDICES,
    .example = "dilate mask.tif out.tif --size 7 --shape disk",
    .bind = bind_dilate,
    MORPH_CLASS(0),
};

const struct rst_op_class rst_open_class = {
    .name = "open",
    .summary = "erode, then dilate: bright spots smaller than the window go",
    .details = IN_TURN WINDOWS COSTS NANS INDICES,
    .example = "open mask.tif out.tif --size 3",
    .bind = bind_open,
    MORPH_CLASS(0),
};

const struct rst_op_class rst_close_class = {
    .name = "close",
    .summary = "dilate, then erode: dark spots smaller than the window go",
    .details = IN_TURN WINDOWS COSTS NANS INDICES,
    .example = "close mask.tif out.tif --size 5 --shape disk",
    .bind = bind_close,
    MORPH_CLASS(0),
};

const struct rst_op_class rst_tophat_class = {
    .name = "tophat",
    .summary = "keep the bright spots that opening takes away: the image less its opening",
    .details = DIFFERENCE WINDOWS COSTS NANS REFUSES,
    .example = "tophat gray.tif out.tif --size 15 --shape disk",
    .bind = bind_tophat,
    MORPH_CLASS(RST_OP_LEVELS),
};

const struct rst_op_class rst_blackhat_class = {
    .name = "blackhat",
    .summary = "keep the dark spots that closing takes away: the closing less the image",
    .details = DIFFERENCE WINDOWS COSTS NANS REFUSES,
    .example = "blackhat gray.tif out.tif --size 15 --shape disk",
    .bind = bind_blackhat,
    MORPH_CLASS(RST_OP_LEVELS),
};

const struct rst_op_class rst_gradient_class = {
    .name = "gradient",
    .summary = "take the range of samples around each: the dilation less the erosion",
    .details = DIFFERENCE WINDOWS COSTS NANS REFUSES,
    .example = "gradient height.tif out.tif --size 3 --shape cross",
    .bind = bind_gradient,
    MORPH_CLASS(RST_OP_LEVELS),
};
