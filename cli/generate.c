/* The patterns of `rasterctl generate`, written as any user's own operation would be, so that the sweep runs it on all
 * threads and straight into the output. Every sample follows from its absolute place: noise is a counter run through
 * the finaliser of splitmix64 (Steele, Lea and Flood 2014), one 64-bit word per 8 bytes of a chunky row; the gradient
 * is one multiplication and one addition of doubles, which round alike everywhere. */
#include "cli/generate.h"

#include <string.h>

enum pattern { PATTERN_NOISE, PATTERN_GRADIENT, PATTERN_CHECKER, PATTERN_CONSTANT, PATTERN_COUNT };

enum { CHECKER_SIDE = 64 };

struct state {
    int64_t width, height, seed;
    enum pattern pattern;
    double value;
};

/* What a row function needs to know. */
struct row {
    int64_t x, y, width;            /* first column, row, columns */
    int32_t band, bands, all_bands; /* first band, samples per pixel in this row, bands of the image */
    int64_t image_width, image_height;
    uint64_t key;           /* of this row's noise */
    double top;             /* the greatest value of gradient and checker */
    union rst_sample value; /* of the constant */
};

static inline uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t noise_word(uint64_t key, int64_t index)
{
    return mix(key + (uint64_t)index * UINT64_C(0x9e3779b97f4a7c15));
}

/* The gradient runs from left to right in band 0, from top to bottom in band 1, along the diagonal in band 2, and so on
 * in threes. The greatest value is reached at the last column, row or corner. */
static double gradient_across(const struct row *row, int32_t band)
{
    double last = row->image_width > 1 ? (double)(row->image_width - 1) : 1;
    return band % 3 == 1 ? 0 : (band % 3 == 2 ? row->top / 2 : row->top) / last;
}

static double gradient_start(const struct row *row, int32_t band)
{
    double last = row->image_height > 1 ? (double)(row->image_height - 1) : 1;
    return band % 3 == 0 ? 0 : (band % 3 == 2 ? row->top / 2 : row->top) / last * (double)row->y;
}

static bool checker_is_high(const struct row *row, int64_t x)
{
    return (x / CHECKER_SIDE + row->y / CHECKER_SIDE) % 2 == 0;
}

/* The column after the last of the square that column x is in, as far as this row goes. */
static int64_t checker_end(const struct row *row, int64_t x)
{
    int64_t end = (x / CHECKER_SIDE + 1) * CHECKER_SIDE;
    return end < row->x + row->width ? end : row->x + row->width;
}

/* Random bits as a sample. Floats lie in [0, 1): as many of the bits as a significand holds. */
#define FROM_BITS(b)                                                                                                   \
    (IS_FLOAT ? (T)(sizeof(T) == 4 ? (double)((uint32_t)(b) >> 8) * 0x1p-24 : (double)((uint64_t)(b) >> 11) * 0x1p-53) \
              : (T)(b))
#define TEMPLATE "cli/generate_tmpl.h"
#include "cli/each_type.h"
#undef FROM_BITS

typedef void row_function(const struct row *row, void *to);

static row_function *const functions[RST_TYPE_COUNT][PATTERN_COUNT] = {
#define FUNCTIONS(UPPER, lower, ctype)                                                                                 \
    [RST_##UPPER] = {noise_##lower, gradient_##lower, checker_##lower, constant_##lower},
    RST_TYPES(FUNCTIONS)
#undef FUNCTIONS
};

/* The greatest value of each type, for 64-bit integers the greatest up to which doubles are exact. */
static double top_of(enum rst_type type)
{
    if (rst_type_is_float(type)) return 1;
    int bits = 8 * (int)rst_type_size(type) - rst_type_is_signed(type);
    return (double)((UINT64_C(1) << (bits < 53 ? bits : 53)) - 1);
}

static enum rst_status generate_bind(const struct rst_value *values, void *to, struct rst_error *err)
{
    (void)err;
    struct state *state = to;
    *state = (struct state){.width = values[0].integer,
                            .height = values[1].integer,
                            .pattern = (enum pattern)values[2].integer,
                            .seed = values[3].integer,
                            .value = values[4].real};
    return RST_OK;
}

static enum rst_status generate_plan(const void *from, const struct rst_shape *in, struct rst_shape *out,
                                     struct rst_affine *to_source, struct rst_error *err)
{
    (void)in, (void)to_source, (void)err;
    const struct state *state = from;
    out->width = state->width;
    out->height = state->height;
    return RST_OK;
}

static void generate_need(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window)
{
    (void)state, (void)in, (void)out;
    *window = (struct rst_rect){0, 0, 1, 1};
}

static void generate_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                         int64_t y, void *to)
{
    (void)rows;
    const struct state *state = work;
    enum rst_type type = stage->out.type;
    struct row row = {
        .x = tile->out.x,
        .y = y,
        .width = tile->out.width,
        .band = tile->band,
        .bands = stage->bands,
        .all_bands = stage->out.bands,
        .image_width = state->width,
        .image_height = state->height,
        .key = mix(mix((uint64_t)state->seed + UINT64_C(0x9e3779b97f4a7c15)) + (uint64_t)y),
        .top = top_of(type),
        .value = rst_sample_from_double(state->value, type),
    };
    functions[type][state->pattern](&row, to);
}

static const struct rst_param params[] = {
    {"width", RST_PARAM_INT, 1, (double)RST_MAX_SIDE, NULL, NULL, "pixels", "columns"},
    {"height", RST_PARAM_INT, 1, (double)RST_MAX_SIDE, NULL, NULL, "pixels", "rows"},
    {"pattern", RST_PARAM_CHOICE, 0, 0, "noise", "noise|gradient|checker|constant", NULL, "what is drawn"},
    {"seed", RST_PARAM_INT, 0, 0, "0", NULL, NULL, "other noise for every seed"},
    {"value", RST_PARAM_REAL, 0, 0, "0", NULL, NULL, "of the constant pattern"},
};

const struct rst_op_class generate_class = {
    .name = "generate",
    .summary = "draws a pattern",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .state_size = sizeof(struct state),
    .bind = generate_bind,
    .plan = generate_plan,
    .need = generate_need,
    .row = generate_row,
};
