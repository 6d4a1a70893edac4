/* calc: an expression over the samples of several rasters, compiled to a program over blocks of doubles.
 *
 * Where every raster that is read has the bands of the result, and each band stands for itself, a row is run through
 * the program as one line of samples; else band by band. What is missing is found by passes over whole rows beside the
 * program, which never looks for it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/ops/calc/program.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/nodata_kernels.h"
#include "raster/ops/point/cast.h"

struct calc {
    struct rst_expression *expression;
    struct rst_program *program;
    bool has_type, has_missing;
    enum rst_type type;
    union rst_sample missing[RST_TYPE_COUNT]; /* the text of --missing in every type that can hold it */
    bool holds_missing[RST_TYPE_COUNT];
};

struct raster {
    struct rst_shape shape;
    bool read;
};

/* What all tiles share. */
struct calc_run {
    const struct rst_program *program;
    const struct rst_term_kernels *kernels;
    const struct rst_nodata_kernels *nodata;
    int32_t rasters;
    bool in_line;          /* a row is one line of samples */
    bool looks;            /* a raster that is read has nodata */
    union rst_sample fill; /* what missing samples become */
    struct rst_operand operands[RST_EXPRESSION_RASTERS];
    struct raster list[RST_EXPRESSION_RASTERS];
};

struct calc_work {
    const struct calc_run *run;
    struct rst_tally *tally;
    double *registers;
    uint8_t *marks;   /* of a raster's row; NULL where nothing can be missing */
    uint8_t *missing; /* of the result's row; NULL where nobody asks */
};

static const struct rst_param params[] = {
    {.name = "expr", .kind = RST_PARAM_TEXT, .summary = "what a sample of the result is, such as (B - A) / (B + A)"},
    {.name = "type",
     .kind = RST_PARAM_TYPE,
     .preset = "",
     .summary = "the type of the result; if not given, f32 where that holds every sample of A, else f64"},
    {.name = "missing",
     .kind = RST_PARAM_TEXT,
     .preset = "",
     .summary = "the nodata value of the result; if not given, that of A"},
};

static void unbind(void *state)
{
    struct calc *calc = state;
    rst_expression_free(&calc->expression);
    rst_program_free(&calc->program);
}

static enum rst_status bind_missing(struct calc *calc, const char *text, struct rst_error *err)
{
    bool any = false;
    for (int type = 0; type < RST_TYPE_COUNT; type++) {
        calc->holds_missing[type] = rst_sample_parse(text, (enum rst_type)type, &calc->missing[type]);
        any = any || calc->holds_missing[type];
    }
    calc->has_missing = true;
    return any ? RST_OK : rst_fail(err, RST_E_ARGUMENT, "calc --missing: '%.60s' is not a number", text);
}

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct calc *calc = state;
    calc->has_type = values[1].given;
    calc->type = values[1].type;
    if (values[2].given) RST_TRY(bind_missing(calc, values[2].text, err));
    enum rst_status status = rst_expression_parse("calc --expr", values[0].text, &calc->expression, err);
    if (!status) status = rst_program_new(calc->expression, &calc->program, err);
    if (status) unbind(calc);
    return status;
}

static int others(const void *state)
{
    return ((const struct calc *)state)->expression->rasters - 1;
}

static enum rst_type result_type(const struct calc *calc, enum rst_type in)
{
    if (calc->has_type) return calc->type;
    return rst_type_size(in) <= 2 || in == RST_F32 ? RST_F32 : RST_F64;
}

/* The bands that the expression names, and those that it takes one by one, are there. */
static enum rst_status check_bands(const struct calc *calc, int32_t raster, const struct rst_shape *shape,
                                   int32_t result_bands, struct rst_error *err)
{
    const char letter = (char)('A' + raster);
    for (int32_t i = 0; i < calc->expression->count; i++) {
        const struct rst_term *term = &calc->expression->terms[i];
        if (term->kind != RST_TERM_SAMPLE || term->raster != raster) continue;
        if (term->band >= shape->bands)
            return rst_fail(err, RST_E_ARGUMENT, "calc --expr: column %d: there is no band %d: %c has %d",
                            (int)term->column, (int)term->band + 1, letter, (int)shape->bands);
        if (term->band < 0 && shape->bands != 1 && shape->bands != result_bands)
            return rst_fail(err, RST_E_ARGUMENT,
                            "calc --expr: column %d: %c has %d bands and the result %d: say which, as in %c.1",
                            (int)term->column, letter, (int)shape->bands, (int)result_bands, letter);
    }
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct calc *calc = state;
    (void)to_source;
    out->type = result_type(calc, in->type);
    out->palette = false;
    out->nodata = (union rst_sample){.u64 = 0};
    if (!calc->expression->whole[0]) {
        out->bands = 1;
        out->alpha = out->opacity = -1;
    }
    if (calc->has_missing) {
        if (!calc->holds_missing[out->type])
            return rst_fail(err, RST_E_ARGUMENT, "calc --missing: that is no value of %s, the type of the result",
                            rst_type_name(out->type));
        out->nodata = calc->missing[out->type];
        out->has_nodata = true;
    } else if (in->has_nodata) {
        rst_cast_kernels_of(RST_ISA_BASE)->cast[in->type][out->type](NULL, &in->nodata, &out->nodata, 1);
    }
    return check_bands(calc, 0, in, out->bands, err);
}

/* ---- the run ---- */

/* Which rasters are read, and whether a row of each is a line of the result's samples. */
static enum rst_status look_at_rasters(const struct calc *calc, const struct rst_stage *stage, struct calc_run *run,
                                       struct rst_error *err)
{
    run->in_line = true;
    for (int32_t i = 0; i < run->rasters; i++) {
        run->list[i].shape = i == 0 ? stage->in : stage->others[i - 1].shape;
        RST_TRY(check_bands(calc, i, &run->list[i].shape, stage->out.bands, err));
    }
    for (int32_t i = 0; i < calc->expression->count; i++) {
        const struct rst_term *term = &calc->expression->terms[i];
        if (!term->used || (term->kind != RST_TERM_SAMPLE && term->kind != RST_TERM_X)) continue;
        struct raster *raster = &run->list[term->raster];
        if (term->kind == RST_TERM_X) {
            run->in_line = run->in_line && stage->out.bands == 1;
            continue;
        }
        raster->read = true;
        run->in_line =
            run->in_line && raster->shape.bands == stage->out.bands && (term->band < 0 || stage->out.bands == 1);
    }
    return RST_OK;
}

/* Where something can be missing, the result has to have a value for it. */
static enum rst_status choose_fill(const struct rst_stage *stage, struct calc_run *run, struct rst_error *err)
{
    int32_t with = -1;
    for (int32_t i = run->rasters - 1; i >= 0; i--)
        if (run->list[i].read && run->list[i].shape.has_nodata) with = i;
    run->looks = with >= 0;
    run->fill = stage->out.has_nodata ? stage->out.nodata : rst_sample_from_double((double)NAN, stage->out.type);
    if (run->looks && !stage->out.has_nodata && !rst_type_is_float(stage->out.type))
        return rst_fail(err, RST_E_ARGUMENT,
                        "calc: samples of %c may be missing, and the result, of type %s, has no value for that: give "
                        "one with --missing",
                        'A' + (int)with, rst_type_name(stage->out.type));
    return RST_OK;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct calc *calc = state;
    struct calc_run *run = calloc(1, sizeof *run);
    if (!run) return rst_fail(err, RST_E_NOMEM, "calc: no memory for a run");
    run->program = calc->program;
    run->kernels = rst_term_kernels_of(stage->isa);
    run->nodata = rst_nodata_kernels_of(stage->isa);
    run->rasters = calc->expression->rasters;
    enum rst_status status = look_at_rasters(calc, stage, run, err);
    if (!status) status = choose_fill(stage, run, err);
    if (status) {
        free(run);
        return status;
    }
    for (int32_t i = 0; i < run->rasters; i++) {
        const struct rst_shape *shape = &run->list[i].shape;
        run->operands[i] = (struct rst_operand){.type = shape->type,
                                                .size = rst_type_size(shape->type),
                                                .stride = run->in_line ? 1 : (size_t)shape->bands,
                                                .single = run->in_line || shape->bands == 1 ? 0 : -1};
    }
    *shared = run;
    return RST_OK;
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **work)
{
    const struct calc_run *run = shared;
    const size_t width = (size_t)tile->out.width;
    struct calc_work *mine = rst_arena_get(arena, sizeof *mine);
    if (!mine) return RST_E_NOMEM;
    *mine = (struct calc_work){.run = run, .tally = tally};
    mine->registers = rst_arena_get(arena, rst_program_room(run->program) * sizeof(double));
    if (!mine->registers) return RST_E_NOMEM;
    rst_program_fill(run->program, mine->registers);
    if (run->looks) {
        int32_t most = 1;
        for (int32_t i = 0; i < run->rasters; i++)
            if (run->list[i].shape.bands > most) most = run->list[i].shape.bands;
        mine->marks = rst_arena_get(arena, width * (size_t)most);
        if (!mine->marks) return RST_E_NOMEM;
    }
    if (run->looks || stage->out.has_nodata) {
        mine->missing = rst_arena_get(arena, width * (size_t)stage->out.bands);
        if (!mine->missing) return RST_E_NOMEM;
    }
    *work = mine;
    return RST_OK;
}

/* Adds to mine->missing the samples of the result that read a missing one of this raster. */
static void find_missing(const struct calc_work *mine, const struct rst_stage *stage, int32_t raster, const void *row,
                         size_t width)
{
    const struct calc_run *run = mine->run;
    const struct rst_shape *shape = &run->list[raster].shape;
    const size_t bands = (size_t)shape->bands, out_bands = (size_t)stage->out.bands;
    if (!run->nodata->mark[shape->type](row, width * bands, shape->nodata, mine->marks)) return;
    if (run->in_line) {
        run->kernels->merge(mine->marks, 1, mine->missing, 1, width * out_bands);
        return;
    }
    for (int32_t i = 0; i < run->program->count; i++) {
        const struct rst_instruction *load = &run->program->list[i];
        if (load->kind != RST_TERM_SAMPLE || load->raster != raster) continue;
        for (size_t b = 0; b < out_bands; b++) {
            size_t from = load->band >= 0 ? (size_t)load->band : bands == 1 ? 0 : b;
            run->kernels->merge(mine->marks + from, bands, mine->missing + b, out_bands, width);
        }
    }
}

/* Band `band` of the result's row, or, as one line, all of it. */
static void compute(const struct calc_work *mine, const struct rst_stage *stage, const struct rst_operand *operands,
                    const struct rst_tile *tile, int64_t y, int32_t band, void *to)
{
    const struct calc_run *run = mine->run;
    const size_t size = rst_type_size(stage->out.type), out_bands = (size_t)stage->out.bands;
    const size_t count = (size_t)tile->out.width * (run->in_line ? out_bands : 1);
    const size_t stride = run->in_line ? 1 : out_bands;
    for (size_t start = 0; start < count; start += RST_PROGRAM_BLOCK) {
        size_t some = count - start < RST_PROGRAM_BLOCK ? count - start : RST_PROGRAM_BLOCK;
        const struct rst_block block = {operands, band, start, some, (double)tile->out.x + (double)start, (double)y};
        const double *result = rst_program_run(run->program, run->kernels, &block, mine->registers);
        run->kernels->store[stage->out.type](result, (char *)to + (start * stride + (size_t)band) * size, stride, some);
    }
}

static void row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    const struct calc_work *mine = work;
    const struct calc_run *run = mine->run;
    const size_t width = (size_t)tile->out.width, count = width * (size_t)stage->out.bands;
    struct rst_operand operands[RST_EXPRESSION_RASTERS];
    memcpy(operands, run->operands, sizeof operands);
    if (mine->missing) memset(mine->missing, 0, count);
    for (int32_t i = 0; i < run->rasters; i++) {
        if (!run->list[i].read) continue;
        operands[i].row = i == 0 ? rst_rows_get(rows, y) : rst_rows_other(rows, i - 1, y);
        if (run->list[i].shape.has_nodata) find_missing(mine, stage, i, operands[i].row, width);
    }
    for (int32_t band = 0; band < (run->in_line ? 1 : stage->out.bands); band++)
        compute(mine, stage, operands, tile, y, band, to);
    if (!mine->missing) return;
    int64_t collisions = run->nodata->restore[stage->out.type](to, count, run->fill, mine->missing, NULL);
    if (stage->out.has_nodata) rst_tally_collisions(mine->tally, collisions);
}

const struct rst_op_class rst_calc_class = {
    .name = "calc",
    .summary = "compute samples from those of one or more images",
    .details =
        "In the expression A is the first image and B, C ... the further ones in the order in which they are given; "
        "all have the same size. A.1 is band 1 of A. A alone means band by band: the result then has the bands of A, "
        "and any other image without a band has as many or one. Where A always has a band the result has one. x and y "
        "are the column and the row of the pixel, counted from 0.\n\n"
        "Operators, from the tightest on: ** (power), - and ! before a value, * / % (remainder, with the sign of the "
        "left side), + -, < <= > >= == !=, &&, ||, and c ? a : b. Comparisons and logic give 1 or 0, and any number "
        "but 0 is true. Functions: abs sqrt pow exp log log10 log2 sin cos tan asin acos atan atan2 floor ceil round "
        "isnan, min and max of two or more, clamp(v, low, high). Constants: pi e nan inf. round takes ties to the "
        "even number; min and max of NaN are NaN; v ** 2 is v * v.\n\n"
        "Everything is computed in double and rounded once, to the type of the result: to nearest, ties to the even "
        "number, saturated, NaN becoming 0 in integers. Dividing by 0 gives an infinity or NaN. 64-bit integers beyond "
        "2^53 are rounded when they are read. + - * / % sqrt and all that compares or rounds are exact to the last "
        "bit everywhere; powers, logarithms and angles are those of the machine's C library.\n\n"
        "A sample is missing where any that the expression names is missing in its image, be it on the side of ?: "
        "that is not taken. Missing samples get the nodata value of A, converted like a sample, or the one given with "
        "--missing; where there is neither, and a further image has nodata, they are NaN, and integers are refused. "
        "Alpha is computed like any band; indices into a colour map count as numbers.",
    .example = "calc red.tif nir.tif out.tif --expr \"(B - A) / (B + A)\"",
    .params = params,
    .param_count = 3,
    .flags = RST_OP_LOCAL | RST_OP_ALL_BANDS,
    .state_size = sizeof(struct calc),
    .bind = bind,
    .unbind = unbind,
    .plan = plan,
    .prepare = prepare,
    .finish = free,
    .begin = begin,
    .row = row,
    .others = others,
};
