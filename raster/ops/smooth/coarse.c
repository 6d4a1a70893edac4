/* Rows of the grids of a wide Gaussian, made on demand.
 *
 * Every level has two rings of rows: `down`, of its own pixels on the way down, and `woven`, of its pixels on the way
 * up, with the columns of the level above them filled in. A row that a ring does not hold is made from rows of the
 * rings beside it, and those in turn from others: asked for from top to bottom, each row is made once.
 *
 * Columns: the result's columns say which columns of level 1 they stand on, those which of level 2, and so on to the
 * last; the coarse kernel widens them there; and then each level says which columns of the one before it was made of.
 * The first of these ranges lies in the window that the operation needs, wherever the tile is.
 */
#include "raster/ops/smooth/coarse.h"

#include <math.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/common/nodata.h"

RST_KERNEL_TABLES(struct rst_coarse_kernels, rst_coarse_kernels);
RST_KERNEL_TABLES(struct rst_gauss_kernels, rst_gauss_kernels);

enum { WOVEN_ROWS = RST_COARSE_ORDER, WINDOW = 2 * RST_COARSE_RADIUS + 1 };

struct ring {
    int64_t capacity;
    size_t stride; /* bytes */
    char *rows;
    int64_t *tags; /* which row each slot has */
};

struct columns {
    int64_t first, count;
};

struct level {
    struct columns down, up; /* in pixels of the level */
    struct ring rows, woven;
};

struct rst_coarse {
    const struct rst_coarse_plan *plan;
    const struct rst_stage *stage;
    const struct rst_tile *tile;
    size_t step;      /* samples of a pixel of the grids */
    size_t size;      /* bytes of one of them */
    char *a, *b, *c;  /* rows between two steps */
    char *result;     /* averages */
    uint8_t *missing; /* with nodata or alpha: of one row got */
    char *factors;    /* with alpha */
    struct level levels[RST_COARSE_LEVELS + 1];
};

/* ---- what all tiles share ---- */

bool rst_coarse_grid_for(enum rst_type type, double sigma, double gain, struct rst_coarse_grid *grid)
{
    size_t size = rst_type_size(type);
    bool real = rst_type_is_float(type);
    int order = size == 1 ? 4 : size == 2 || type == RST_F32 ? 6 : 8;

    for (; rst_coarse_choose(sigma, order, grid); order += 2)
        if (order == RST_COARSE_ORDER || real || gain * grid->error * ldexp(1, 8 * (int)size) < 0.7) return true;
    return false;
}

/* A step down or up rounds each of its sums of order + 1 products a few times, in two directions; the coarse kernel's
 * sums have their radius and a few more. */
static double rounding(const struct rst_coarse_grid *grid)
{
    return 2.0 * ((grid->order + 3) * grid->levels + grid->radius + 4) / 16777216; /* 2^24 */
}

static enum rst_gauss_path path_for(const struct rst_coarse_grid *grid, double gain, const struct rst_stage *stage)
{
    double range = ldexp(1, 8 * (int)rst_type_size(stage->in.type));

    if (stage->in.type == RST_F32) return rst_weighted_needed(stage) ? RST_GAUSS_DOUBLE : RST_GAUSS_SINGLE;
    if (rst_type_size(stage->in.type) > 2) return RST_GAUSS_DOUBLE;
    if (rst_weighted_needed(stage)) gain *= 2; /* a quotient */
    return gain * range * (grid->error + rounding(grid)) < 0.9 ? RST_GAUSS_SINGLE : RST_GAUSS_DOUBLE;
}

/* The weights of the splines, each set where the one before it ends. */
static void fill_splines(struct rst_coarse_plan *plan)
{
    int order = plan->grid.order, half = order / 2, at = RST_COARSE_RADIUS + 1;
    double binomial[RST_COARSE_ORDER + 1] = {1}, *to = plan->doubles;

    for (int i = 1; i <= order; i++)
        for (int k = i; k > 0; k--)
            binomial[k] += binomial[k - 1];
    plan->even = order / 4;
    plan->odd = (half + 1) / 2;
    for (int k = 0; k <= half; k++) {
        to[at + k] = binomial[half + k] / (1 << order);
        if (k % 2 == 0) to[at + RST_COARSE_ORDER + k / 2] = binomial[half + k] * 2 / (1 << order);
        if (k % 2 == 1) to[at + 2 * RST_COARSE_ORDER + k / 2] = binomial[half + k] * 2 / (1 << order);
    }
}

/* Points the plan at its weights, once it lies where it stays. */
static void aim(struct rst_coarse_plan *plan)
{
    const size_t count = sizeof(plan->doubles) / sizeof(*plan->doubles), at = RST_COARSE_RADIUS + 1;

    for (size_t i = 0; i < count; i++)
        plan->singles[i] = (float)plan->doubles[i];
    if (plan->path == RST_GAUSS_SINGLE) {
        plan->half = plan->singles;
        plan->down_half = plan->singles + at;
        plan->even_half = plan->singles + at + RST_COARSE_ORDER;
        plan->odd_pairs = plan->singles + at + (size_t)2 * RST_COARSE_ORDER;
    } else {
        plan->half = plan->doubles;
        plan->down_half = plan->doubles + at;
        plan->even_half = plan->doubles + at + RST_COARSE_ORDER;
        plan->odd_pairs = plan->doubles + at + (size_t)2 * RST_COARSE_ORDER;
    }
}

enum rst_status rst_coarse_prepare(const struct rst_coarse_grid *grid, double sigma, double gain, bool sums,
                                   struct rst_stage *stage, struct rst_coarse_plan *plan, struct rst_error *err)
{
    *plan = (struct rst_coarse_plan){.grid = *grid, .factors = rst_weighted_needed(stage)};
    if (!rst_coarse_fit(sigma, &plan->grid))
        return rst_fail(err, RST_E_NOMEM, "no memory for the equations of a Gaussian of sigma %g", sigma);
    plan->path = path_for(grid, gain, stage);
    plan->narrow = grid->order == 4 && plan->path == RST_GAUSS_SINGLE && !plan->factors && !sums;
    plan->kernels = rst_coarse_kernels_of(stage->isa);
    plan->gauss = rst_gauss_kernels_of(stage->isa);
    plan->weighted = rst_weighted_kernels_for(stage->isa);
    memcpy(plan->doubles, plan->grid.half, sizeof(plan->grid.half));
    fill_splines(plan);
    aim(plan);
    /* rows are used at once, but for the pixel below the result, which lies far behind those read last */
    stage->hold = plan->narrow ? grid->order + 1 : 1;
    if (sums || plan->factors) stage->hold = rst_coarse_reach(grid) + 2;
    return RST_OK;
}

/* ---- a tile ---- */

/* v / 2, rounded down. */
static int64_t half_of(int64_t v)
{
    return (v - (v & 1)) / 2;
}

static void *zeroed(struct rst_arena *arena, size_t bytes)
{
    void *memory = rst_arena_get(arena, bytes);

    return memory ? memset(memory, 0, bytes) : NULL;
}

/* Bytes of a row of a grid: the kernels go through whole blocks, and read beyond their end. */
static size_t row_bytes(const struct rst_coarse *coarse, int64_t pixels)
{
    size_t bytes = ((size_t)pixels * coarse->step + (size_t)3 * RST_GAUSS_BLOCK) * coarse->size;

    return (bytes + 63) / 64 * 64 | 64; /* an odd number of cache lines */
}

static bool new_ring(const struct rst_coarse *coarse, struct ring *ring, int64_t capacity, int64_t pixels,
                     struct rst_arena *arena)
{
    ring->capacity = capacity;
    ring->stride = row_bytes(coarse, pixels);
    ring->rows = zeroed(arena, ring->stride * (size_t)capacity);
    ring->tags = rst_arena_get(arena, (size_t)capacity * sizeof(*ring->tags));
    for (int64_t i = 0; ring->tags && i < capacity; i++)
        ring->tags[i] = INT64_MIN;
    return ring->rows && ring->tags;
}

static void find_columns(struct rst_coarse *coarse)
{
    const struct rst_coarse_grid *grid = &coarse->plan->grid;
    int64_t half = grid->order / 2;
    struct level *level = coarse->levels;

    level[0].up = (struct columns){coarse->tile->out.x, coarse->tile->out.width};
    for (int l = 1; l <= grid->levels; l++) {
        struct columns above = level[l - 1].up;
        int64_t first = half_of(above.first - half + 1), last = half_of(above.first + above.count - 1 + half);
        level[l].up = (struct columns){first, last - first + 1};
    }
    struct columns top = level[grid->levels].up;
    level[grid->levels].down = (struct columns){top.first - grid->radius, top.count + (int64_t)2 * grid->radius};
    for (int l = grid->levels; l > 0; l--)
        level[l - 1].down = (struct columns){2 * level[l].down.first - half, 2 * level[l].down.count - 1 + grid->order};
}

static bool new_rings(struct rst_coarse *coarse, struct rst_arena *arena)
{
    const struct rst_coarse_plan *plan = coarse->plan;
    const struct rst_coarse_grid *grid = &plan->grid;

    for (int l = plan->narrow ? 1 : 0; l <= grid->levels; l++) {
        struct level *level = &coarse->levels[l];
        int64_t rows = l == grid->levels ? 2 * grid->radius + 2 : grid->order + 1;
        if (!new_ring(coarse, &level->rows, rows, level->down.count, arena)) return false;
        if (l && !new_ring(coarse, &level->woven, WOVEN_ROWS, level[-1].up.count, arena)) return false;
    }
    return true;
}

struct rst_coarse *rst_coarse_new(const struct rst_coarse_plan *plan, const struct rst_stage *stage,
                                  const struct rst_tile *tile, struct rst_arena *arena)
{
    struct rst_coarse *coarse = zeroed(arena, sizeof(*coarse));
    size_t got = (size_t)tile->in.width * (size_t)stage->bands;

    if (!coarse) return NULL;
    coarse->plan = plan;
    coarse->stage = stage;
    coarse->tile = tile;
    coarse->step = (size_t)stage->bands * (plan->factors ? 2 : 1);
    coarse->size = plan->path == RST_GAUSS_SINGLE ? sizeof(float) : sizeof(double);
    find_columns(coarse);
    size_t bytes = row_bytes(coarse, rst_max64(coarse->levels[0].down.count, tile->in.width));
    coarse->a = zeroed(arena, bytes);
    coarse->b = zeroed(arena, bytes);
    coarse->c = zeroed(arena, bytes);
    coarse->result = zeroed(arena, bytes);
    coarse->missing = zeroed(arena, got);
    coarse->factors = stage->in.alpha >= 0 ? zeroed(arena, got * rst_type_size(stage->in.type)) : NULL;
    if (!coarse->a || !coarse->b || !coarse->c || !coarse->result || !coarse->missing ||
        (stage->in.alpha >= 0 && !coarse->factors) || !new_rings(coarse, arena))
        return NULL;
    return coarse;
}

/* ---- rows, down ---- */

/* The slot of a row; *there says whether it holds it already. */
static char *slot_of(const struct ring *ring, int64_t y, bool *there)
{
    int64_t slot = y % ring->capacity;

    if (slot < 0) slot += ring->capacity;
    *there = ring->tags[slot] == y;
    ring->tags[slot] = y;
    return ring->rows + (size_t)slot * ring->stride;
}

/* Samples, rounded up to whole blocks. */
static size_t blocks(const struct rst_coarse *coarse, int64_t pixels)
{
    return ((size_t)pixels * coarse->step + RST_GAUSS_BLOCK - 1) / RST_GAUSS_BLOCK * RST_GAUSS_BLOCK;
}

/* Input row y from the first column of level 0 on. */
static const char *input_row(const struct rst_coarse *coarse, struct rst_rows *rows, int64_t y)
{
    int64_t skip = (coarse->levels[0].down.first - coarse->tile->in.x) * coarse->stage->bands;

    return (const char *)rst_rows_get(rows, y) + (size_t)skip * rst_type_size(coarse->stage->in.type);
}

static void load_row(struct rst_coarse *coarse, struct rst_rows *rows, int64_t y, void *to)
{
    const struct rst_coarse_plan *plan = coarse->plan;
    const struct rst_stage *stage = coarse->stage;
    size_t pixels = (size_t)coarse->levels[0].down.count, bands = (size_t)stage->bands;
    const char *from = input_row(coarse, rows, y);

    if (!plan->factors) {
        plan->gauss->widen[plan->path][stage->in.type](to, from, pixels * bands);
        return;
    }
    if (stage->in.has_nodata) (void)rst_nodata_mask(stage, from, pixels * bands, coarse->missing);
    if (coarse->factors) {
        plan->weighted->factors[stage->in.type](coarse->factors, from, coarse->missing, pixels, stage->bands,
                                                stage->in.alpha);
        plan->kernels->factor[plan->path][stage->in.type](to, from, coarse->factors, pixels, bands);
    } else {
        plan->kernels->present[plan->path][stage->in.type](to, from, coarse->missing, pixels, bands);
    }
}

/* Row y of level 1 from pixels of 8 bits. */
static void halve_narrow(struct rst_coarse *coarse, struct rst_rows *rows, int64_t y, float *to)
{
    const struct rst_coarse_kernels *kernels = coarse->plan->kernels;
    const struct level *level = &coarse->levels[1];
    const uint8_t bias = coarse->stage->in.type == RST_I8 ? 128 : 0, *window[5];

    for (int k = 0; k < 5; k++)
        window[k] = (const uint8_t *)input_row(coarse, rows, 2 * y - 2 + k);
    kernels->narrow_down((uint16_t *)(void *)coarse->a, window, (size_t)level[-1].down.count * coarse->step, bias);
    kernels->narrow_pick(to, (uint16_t *)(void *)coarse->a, (size_t)level->down.count, coarse->step,
                         (uint16_t *)(void *)coarse->b);
}

static const void *down_row(struct rst_coarse *coarse, struct rst_rows *rows, int l, int64_t y)
{
    const struct rst_coarse_plan *plan = coarse->plan;
    const struct level *level = &coarse->levels[l];
    const void *window[RST_COARSE_ORDER + 1];
    int order = plan->grid.order;
    bool there;
    char *to = slot_of(&level->rows, y, &there);

    if (there) return to;
    if (l == 0) {
        load_row(coarse, rows, y, to);
    } else if (l == 1 && plan->narrow) {
        halve_narrow(coarse, rows, y, (float *)(void *)to);
    } else {
        for (int k = 0; k <= order; k++)
            window[k] = down_row(coarse, rows, l - 1, 2 * y - order / 2 + k);
        plan->gauss->down[plan->path](coarse->a, window, 0, blocks(coarse, level[-1].down.count), plan->down_half,
                                      order / 2);
        plan->gauss->across[plan->path](coarse->b, coarse->a, blocks(coarse, 2 * level->down.count - 1), coarse->step,
                                        plan->down_half, order / 2);
        plan->kernels->pick[plan->path](to, coarse->b, (size_t)level->down.count, coarse->step);
    }
    return to;
}

/* ---- and up ---- */

/* Row y of the last level, blurred. */
static void blurred_row(struct rst_coarse *coarse, struct rst_rows *rows, int64_t y, void *to)
{
    const struct rst_coarse_plan *plan = coarse->plan;
    int top = plan->grid.levels, radius = plan->grid.radius;
    const struct level *level = &coarse->levels[top];
    const void *window[WINDOW];

    for (int k = 0; k <= 2 * radius; k++)
        window[k] = down_row(coarse, rows, top, y - radius + k);
    plan->gauss->down[plan->path](coarse->b, window, 0, blocks(coarse, level->down.count), plan->half, radius);
    plan->gauss->across[plan->path](to, coarse->b, blocks(coarse, level->up.count), coarse->step, plan->half, radius);
}

static const void *woven_row(struct rst_coarse *coarse, struct rst_rows *rows, int l, int64_t y);

/* The rows of level l + 1 around row y of level l, and how many. */
static int window_around(struct rst_coarse *coarse, struct rst_rows *rows, int l, int64_t y, const void **window)
{
    const struct rst_coarse_plan *plan = coarse->plan;
    int count = y & 1 ? 2 * plan->odd : 2 * plan->even + 1;
    int64_t first = half_of(y) - (y & 1 ? plan->odd - 1 : plan->even);

    for (int k = 0; k < count; k++)
        window[k] = woven_row(coarse, rows, l + 1, first + k);
    return count;
}

/* Row y of level l, on the way up. */
static void up_row(struct rst_coarse *coarse, struct rst_rows *rows, int l, int64_t y, void *to)
{
    const struct rst_coarse_plan *plan = coarse->plan;
    const void *window[RST_COARSE_ORDER + 1];
    size_t count = blocks(coarse, coarse->levels[l].up.count);

    if (l == plan->grid.levels) {
        blurred_row(coarse, rows, y, to);
        return;
    }
    window_around(coarse, rows, l, y, window);
    if (y & 1)
        plan->kernels->pairs[plan->path](to, window, count, plan->odd_pairs, plan->odd);
    else
        plan->gauss->down[plan->path](to, window, 0, count, plan->even_half, plan->even);
}

/* Pixels of a level in turn with those between them. `even` and `odd` are their rows, from column `first` of the level
 * above on. */
static void weave(struct rst_coarse *coarse, const char *even, const char *odd, struct columns above, bool narrow,
                  char *to)
{
    const struct rst_coarse_kernels *kernels = coarse->plan->kernels;
    const char *first = above.first & 1 ? odd : even, *second = above.first & 1 ? even : odd;

    if (!narrow) {
        kernels->weave[coarse->plan->path](to, first, second, (size_t)above.count, coarse->step);
        return;
    }
    size_t bytes = (size_t)(above.count / 2 + 1) * coarse->step * sizeof(uint16_t);
    uint16_t *rounded = (uint16_t *)(void *)coarse->a, *others = (uint16_t *)(void *)(coarse->a + bytes);
    kernels->narrow_round(rounded, (const float *)(const void *)first, (size_t)(above.count + 1) / 2 * coarse->step);
    kernels->narrow_round(others, (const float *)(const void *)second, (size_t)above.count / 2 * coarse->step);
    kernels->narrow_weave((uint16_t *)(void *)to, rounded, others, (size_t)above.count, coarse->step);
}

/* Row y of level l with the columns of level l - 1. */
static const void *woven_row(struct rst_coarse *coarse, struct rst_rows *rows, int l, int64_t y)
{
    const struct rst_coarse_plan *plan = coarse->plan;
    const struct level *level = &coarse->levels[l];
    struct columns above = level[-1].up;
    size_t pixel = coarse->step * coarse->size;
    bool there;
    char *to = slot_of(&level->woven, y, &there);

    if (there) return to;
    up_row(coarse, rows, l, y, coarse->a);
    int64_t first = half_of(above.first + 1) - plan->even - level->up.first;
    plan->gauss->across[plan->path](coarse->b, coarse->a + (size_t)first * pixel, blocks(coarse, above.count / 2 + 1),
                                    coarse->step, plan->even_half, plan->even);
    const void *window[RST_COARSE_ORDER + 1];
    first = half_of(above.first) - (plan->odd - 1) - level->up.first;
    for (int k = 0; k < 2 * plan->odd; k++)
        window[k] = coarse->a + (size_t)(first + k) * pixel;
    plan->kernels->pairs[plan->path](coarse->c, window, (size_t)(above.count / 2 + 1) * coarse->step, plan->odd_pairs,
                                     plan->odd);
    weave(coarse, coarse->b, coarse->c, above, plan->narrow && l == 1, to);
    return to;
}

/* ---- results ---- */

void rst_coarse_pixels(struct rst_coarse *coarse, struct rst_rows *rows, int64_t y, void *to)
{
    const struct rst_coarse_kernels *kernels = coarse->plan->kernels;
    const uint8_t bias = coarse->stage->in.type == RST_I8 ? 128 : 0;
    const void *window[RST_COARSE_ORDER + 1];
    const uint16_t *narrow[3];
    int count = window_around(coarse, rows, 0, y, window);

    for (int k = 0; k < count; k++)
        narrow[k] = window[k];
    (y & 1 ? kernels->narrow_odd : kernels->narrow_even)(to, narrow, (size_t)coarse->tile->out.width * coarse->step,
                                                         bias);
}

const void *rst_coarse_averages(struct rst_coarse *coarse, struct rst_rows *rows, int64_t y)
{
    const struct rst_coarse_plan *plan = coarse->plan;

    up_row(coarse, rows, 0, y, coarse->result);
    if (!plan->factors) return coarse->result;
    plan->kernels->divide[plan->path][coarse->stage->in.type](
        coarse->a, coarse->result, rst_coarse_centre(coarse, rows, y), (size_t)coarse->tile->out.width,
        (size_t)coarse->stage->bands);
    return coarse->a;
}

const void *rst_coarse_centre(const struct rst_coarse *coarse, struct rst_rows *rows, int64_t y)
{
    int64_t skip = (coarse->tile->out.x - coarse->tile->in.x) * coarse->stage->bands;

    return (const char *)rst_rows_get(rows, y) + (size_t)skip * rst_type_size(coarse->stage->in.type);
}
