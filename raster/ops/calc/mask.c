/* mask: samples that another image says are not wanted become nodata, or a value. All of it is marking and putting in,
 * which the kernels of nodata do: a mask is marked where it is 0, and where it is missing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/ops/calc/term.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/common/nodata_kernels.h"

enum { KEEP_NONZERO, KEEP_ZERO };

struct mask {
    bool keep_zero;
    bool has_value;
    union rst_sample value[RST_TYPE_COUNT]; /* the text of --value in every type that can hold it */
    bool holds_value[RST_TYPE_COUNT];
};

struct mask_run {
    const struct mask *mask;
    const struct rst_nodata_kernels *kernels;
    const struct rst_term_kernels *blocks;
    struct rst_shape other;
    union rst_sample value; /* what hidden samples become */
};

struct mask_work {
    const struct mask_run *run;
    uint8_t *hidden, *marks; /* by sample of the mask */
    uint8_t *spread;         /* by sample of the image, where that has more bands; else `hidden` */
    uint8_t *missing;        /* by sample of the image; NULL where none can be */
};

static const struct rst_param params[] = {
    {.name = "keep",
     .kind = RST_PARAM_CHOICE,
     .choices = "nonzero|zero",
     .preset = "nonzero",
     .summary = "where the mask is so, samples stay as they are"},
    {.name = "value", .kind = RST_PARAM_TEXT, .preset = "", .summary = "what all others become; if not given, nodata"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct mask *mask = state;
    bool any = false;
    mask->keep_zero = values[0].integer == KEEP_ZERO;
    mask->has_value = values[1].given;
    for (int type = 0; mask->has_value && type < RST_TYPE_COUNT; type++) {
        mask->holds_value[type] = rst_sample_parse(values[1].text, (enum rst_type)type, &mask->value[type]);
        any = any || mask->holds_value[type];
    }
    if (mask->has_value && !any)
        return rst_fail(err, RST_E_ARGUMENT, "mask --value: '%.60s' is not a number", values[1].text);
    return RST_OK;
}

static int others(const void *state)
{
    (void)state;
    return 1;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct mask *mask = state;
    (void)out;
    (void)to_source;
    if (mask->has_value && !mask->holds_value[in->type])
        return rst_fail(err, RST_E_ARGUMENT, "mask --value: that is no value of %s, the type of the image",
                        rst_type_name(in->type));
    if (!mask->has_value && !in->has_nodata)
        return rst_fail(err, RST_E_ARGUMENT,
                        "mask: the image has no nodata value for what is hidden: give one with --nodata, or --value");
    return RST_OK;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct mask *mask = state;
    const struct rst_shape *other = &stage->others[0].shape;
    if (other->bands != 1 && other->bands != stage->in.bands)
        return rst_fail(err, RST_E_ARGUMENT, "mask: the mask has %d bands and the image %d: as many are wanted, or one",
                        (int)other->bands, (int)stage->in.bands);
    struct mask_run *run = calloc(1, sizeof *run);
    if (!run) return rst_fail(err, RST_E_NOMEM, "mask: no memory for a run");
    *run = (struct mask_run){.mask = mask,
                             .kernels = rst_nodata_kernels_of(stage->isa),
                             .blocks = rst_term_kernels_of(stage->isa),
                             .other = *other,
                             .value = mask->has_value ? mask->value[stage->in.type] : stage->in.nodata};
    *shared = run;
    return RST_OK;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **work)
{
    const struct mask_run *run = shared;
    const size_t width = (size_t)tile->out.width, count = width * (size_t)stage->in.bands;
    const size_t other_count = width * (size_t)run->other.bands;
    struct mask_work *mine = rst_arena_get(arena, sizeof *mine);
    (void)tally;
    if (!mine) return RST_E_NOMEM;
    *mine = (struct mask_work){.run = run};
    mine->hidden = rst_arena_get(arena, other_count);
    mine->marks = rst_arena_get(arena, other_count);
    mine->spread = other_count == count ? mine->hidden : rst_arena_get(arena, count);
    if (!mine->hidden || !mine->marks || !mine->spread) return RST_E_NOMEM;
    if (stage->in.has_nodata && run->mask->has_value) {
        mine->missing = rst_arena_get(arena, count);
        if (!mine->missing) return RST_E_NOMEM;
    }
    *work = mine;
    return RST_OK;
}

static void mark_also(const struct mask_work *mine, const void *samples, size_t count, union rst_sample value)
{
    const struct mask_run *run = mine->run;
    if (run->kernels->mark[run->other.type](samples, count, value, mine->marks))
        run->blocks->merge(mine->marks, 1, mine->hidden, 1, count);
}

/* Which samples the mask hides: 0, or all but 0; and whatever is missing in it, or no number. */
static void find_hidden(const struct mask_work *mine, const void *samples, size_t count)
{
    const struct mask_run *run = mine->run;
    const enum rst_type type = run->other.type;
    (void)run->kernels->mark[type](samples, count, rst_sample_from_double(0, type), mine->hidden);
    for (size_t i = 0; run->mask->keep_zero && i < count; i++)
        mine->hidden[i] ^= 1;
    if (run->other.has_nodata) mark_also(mine, samples, count, run->other.nodata);
    if (rst_type_is_float(type)) mark_also(mine, samples, count, rst_sample_from_double((double)NAN, type));
}

static void row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    const struct mask_work *mine = work;
    const struct mask_run *run = mine->run;
    const size_t width = (size_t)tile->out.width, bands = (size_t)stage->in.bands, count = width * bands;
    const void *from = rst_rows_get(rows, y);
    find_hidden(mine, rst_rows_other(rows, 0, y), width * (size_t)run->other.bands);
    if (mine->spread != mine->hidden)
        for (size_t x = 0; x < width; x++)
            memset(mine->spread + x * bands, mine->hidden[x], bands);
    if (mine->missing) {
        (void)rst_nodata_mask(stage, from, count, mine->missing);
        for (size_t i = 0; i < count; i++)
            mine->spread[i] &= mine->missing[i] ^ 1;
    }
    if (to != from) memcpy(to, from, count * rst_type_size(stage->in.type));
    (void)run->kernels->restore[stage->in.type](to, count, run->value, mine->spread, NULL);
}

const struct rst_op_class rst_mask_class = {
    .name = "mask",
    .summary = "hide what another image says is not wanted",
    .details =
        "Samples stay as they are where the second image, the mask, is not 0, and become nodata, or the value given, "
        "where it is 0; with --keep zero it is the other way round. Where the mask itself is nodata, or NaN, samples "
        "are hidden. It has the size of the image, any type, and as many bands, or one that goes with all of them.\n\n"
        "Exact for all types: samples are copied, and the value is taken as it is written, in the image's type. "
        "Alpha is hidden like any band. Nodata samples of the image stay nodata.",
    .example = "mask photo.tif mask.tif out.tif --value 0",
    .params = params,
    .param_count = 2,
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS,
    .state_size = sizeof(struct mask),
    .bind = bind,
    .plan = plan,
    .prepare = prepare,
    .finish = free,
    .begin = begin,
    .row = row,
    .others = others,
};
