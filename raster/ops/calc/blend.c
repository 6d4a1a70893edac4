/* blend: two images mixed, sample by sample. Rows of one type are mixed as they are; others, and those with alpha, go
 * through blocks of doubles. Where a sample is missing in either image, that of the first one is put back afterwards.
 */
#include "raster/ops/calc/blend.h"

#include <stdlib.h>
#include <string.h>

#include "raster/ops/calc/term.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/common/nodata_kernels.h"

#define BLOCK ((size_t)512)

struct blend {
    double opacity;
};

struct blend_run {
    struct rst_blend_weights weights;
    const struct rst_blend_kernels *kernels;
    rst_blend_kernel *same;
    const struct rst_term_kernels *blocks;
    struct rst_shape second;
    bool alike;    /* of one type, with the same bands, and no alpha to look at */
    int32_t alpha; /* of both; -1: all bands are mixed alike */
};

struct blend_work {
    const struct blend_run *run;
    struct rst_tally *tally;
    double *a, *b, *alpha_a, *alpha_b;
    uint8_t *missing; /* by sample of the result; NULL where none can be */
    uint8_t *marks;   /* by sample of the second image */
    void *original;   /* the row of the first image */
};

static const struct rst_param params[] = {
    {.name = "alpha",
     .kind = RST_PARAM_REAL,
     .min = 0,
     .max = 1,
     .summary = "how much of the second image shows: 0 nothing, 1 nothing but it"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    *(struct blend *)state = (struct blend){values[0].real};
    return RST_OK;
}

static int others(const void *state)
{
    (void)state;
    return 1;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct blend *blend = state;
    const struct rst_shape *first = &stage->in, *second = &stage->others[0].shape;
    if (second->bands != 1 && second->bands != first->bands)
        return rst_fail(err, RST_E_ARGUMENT,
                        "blend: the second image has %d bands and the first %d: as many are wanted, or one",
                        (int)second->bands, (int)first->bands);
    if (second->palette)
        return rst_fail(err, RST_E_ARGUMENT,
                        "blend: the second image has indices into a colour map, and mixing them means nothing");
    struct blend_run *run = calloc(1, sizeof *run);
    if (!run) return rst_fail(err, RST_E_NOMEM, "blend: no memory for a run");
    double steps = blend->opacity * RST_BLEND_STEPS;
    run->weights = (struct rst_blend_weights){1 - blend->opacity, blend->opacity, (int32_t)steps};
    run->kernels = rst_blend_kernels_of(stage->isa);
    run->same = run->kernels->same[first->type];
    if (steps == (double)(int32_t)steps && run->kernels->stepped[first->type])
        run->same = run->kernels->stepped[first->type];
    run->blocks = rst_term_kernels_of(stage->isa);
    run->second = *second;
    run->alpha = second->bands == first->bands && second->alpha == first->alpha ? first->alpha : -1;
    run->alike = second->type == first->type && second->bands == first->bands && run->alpha < 0;
    *shared = run;
    return RST_OK;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **work)
{
    const struct blend_run *run = shared;
    const size_t width = (size_t)tile->out.width, count = width * (size_t)stage->in.bands;
    struct blend_work *mine = rst_arena_get(arena, sizeof *mine);
    if (!mine) return RST_E_NOMEM;
    *mine = (struct blend_work){.run = run, .tally = tally};
    if (!run->alike) {
        mine->a = rst_arena_get(arena, 4 * BLOCK * sizeof *mine->a);
        if (!mine->a) return RST_E_NOMEM;
        mine->b = mine->a + BLOCK;
        mine->alpha_a = mine->b + BLOCK;
        mine->alpha_b = mine->alpha_a + BLOCK;
    }
    if (stage->in.has_nodata || run->second.has_nodata) {
        mine->missing = rst_arena_get(arena, count);
        mine->marks = rst_arena_get(arena, width * (size_t)run->second.bands);
        mine->original = rst_arena_get(arena, count * rst_type_size(stage->in.type));
        if (!mine->missing || !mine->marks || !mine->original) return RST_E_NOMEM;
    }
    *work = mine;
    return RST_OK;
}

/* A band of some pixels, as doubles. */
static const double *load(const struct rst_term_kernels *kernels, const void *row, const struct rst_shape *shape,
                          size_t pixel, int32_t band, double *to, size_t count)
{
    size_t sample = pixel * (size_t)shape->bands + (size_t)band;
    const char *from = (const char *)row + sample * rst_type_size(shape->type);
    kernels->load[shape->type](from, (size_t)shape->bands, to, count);
    return to;
}

/* Band by band, as the first image has it when its turn comes: `to` may be that image. */
static void mix_pixels(const struct blend_work *mine, const struct rst_stage *stage, const void *from,
                       const void *other, size_t start, size_t count, void *to)
{
    const struct blend_run *run = mine->run;
    const struct rst_term_kernels *blocks = run->blocks;
    const struct rst_shape *first = &stage->in, *second = &run->second;
    const size_t bands = (size_t)first->bands, size = rst_type_size(first->type);
    if (run->alpha >= 0) {
        (void)load(blocks, from, first, start, run->alpha, mine->alpha_a, count);
        (void)load(blocks, other, second, start, run->alpha, mine->alpha_b, count);
    }
    for (int32_t band = 0; band < first->bands; band++) {
        const double *a = load(blocks, from, first, start, band, mine->a, count);
        const double *b = load(blocks, other, second, start, second->bands == 1 ? 0 : band, mine->b, count);
        if (run->alpha >= 0 && band != run->alpha)
            run->kernels->mix_colors(&run->weights, a, b, mine->alpha_a, mine->alpha_b, mine->a, count);
        else
            run->kernels->mix(&run->weights, a, b, mine->a, count);
        blocks->store[first->type](mine->a, (char *)to + (start * bands + (size_t)band) * size, bands, count);
    }
}

/* Which samples are missing in either image, and what the first one has there. */
static void find_missing(const struct blend_work *mine, const struct rst_stage *stage, const void *from,
                         const void *other, size_t width)
{
    const struct blend_run *run = mine->run;
    const struct rst_shape *second = &run->second;
    const size_t bands = (size_t)stage->in.bands, second_bands = (size_t)second->bands;
    if (stage->in.has_nodata)
        (void)rst_nodata_mask(stage, from, width * bands, mine->missing);
    else
        memset(mine->missing, 0, width * bands);
    memcpy(mine->original, from, width * bands * rst_type_size(stage->in.type));
    if (!second->has_nodata) return;
    const struct rst_nodata_kernels *kernels = rst_nodata_kernels_of(stage->isa);
    if (!kernels->mark[second->type](other, width * second_bands, second->nodata, mine->marks)) return;
    if (second_bands == bands)
        run->blocks->merge(mine->marks, 1, mine->missing, 1, width * bands);
    else
        for (size_t band = 0; band < bands; band++)
            run->blocks->merge(mine->marks, 1, mine->missing + band, bands, width);
}

static void row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    const struct blend_work *mine = work;
    const struct blend_run *run = mine->run;
    const size_t width = (size_t)tile->out.width, count = width * (size_t)stage->in.bands;
    const void *from = rst_rows_get(rows, y), *other = rst_rows_other(rows, 0, y);
    if (mine->missing) find_missing(mine, stage, from, other, width);
    if (run->alike)
        run->same(&run->weights, from, other, to, count);
    else
        for (size_t start = 0; start < width; start += BLOCK)
            mix_pixels(mine, stage, from, other, start, width - start < BLOCK ? width - start : BLOCK, to);
    if (!mine->missing) return;
    int64_t collisions = rst_nodata_restore(stage, to, count, mine->missing, mine->original);
    if (stage->out.has_nodata) rst_tally_collisions(mine->tally, collisions);
}

const struct rst_op_class rst_blend_class = {
    .name = "blend",
    .summary = "mix two images",
    .details =
        "a and b being samples of the first and of the second image, the result is a * (1 - alpha) + b * alpha, "
        "in the type of the first image. The second one has the same size, as many bands or one that goes with all of "
        "them, and any type: its values are taken as they are, not stretched.\n\n"
        "Computed in double, rounded to nearest (ties to even) and saturated; 64-bit integers beyond 2^53 are rounded "
        "before.\n\n"
        "Where both images declare unassociated alpha in the same band, colours are weighted by it. A sample that is "
        "nodata in the first image stays so; where only the second one has nodata, the first shows. Indices into "
        "a colour map are refused.",
    .example = "blend photo.tif gray.tif out.tif --alpha 0.3",
    .params = params,
    .param_count = 1,
    .flags = RST_OP_POINT | RST_OP_AVERAGES | RST_OP_ALL_BANDS,
    .state_size = sizeof(struct blend),
    .bind = bind,
    .prepare = prepare,
    .finish = free,
    .begin = begin,
    .row = row,
    .others = others,
};
