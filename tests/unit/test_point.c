/* The point operations against their definition, one sample at a time: every operation on every type, with extreme and
 * random samples, with and without nodata and alpha, on odd sizes; in place, in tiles, on threads and with every
 * instruction set the same bytes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/ops/ops.h"
#include "tests/support/layouts.h"
#include "tests/support/oprun.h"

typedef __int128 whole;

static uint64_t seed;

/* ---- the definitions ---- */

static whole whole_of(union rst_sample s, enum rst_type type)
{
    switch (type) {
#define WHOLE_CASE(UPPER, lower, ctype)                                                                                \
    case RST_##UPPER:                                                                                                  \
        return (whole)s.lower;
        RST_TYPES(WHOLE_CASE)
#undef WHOLE_CASE
    default:
        return 0;
    }
}

static whole least_of(enum rst_type type)
{
    return rst_type_is_signed(type) ? -((whole)1 << (8 * rst_type_size(type) - 1)) : 0;
}

static whole most_of(enum rst_type type)
{
    return least_of(type) + ((whole)1 << 8 * rst_type_size(type)) - 1;
}

/* Saturated; `type` is one of integers. */
static union rst_sample sample_of(whole value, enum rst_type type)
{
    union rst_sample s = {.u64 = 0};
    if (value < least_of(type)) value = least_of(type);
    if (value > most_of(type)) value = most_of(type);
    s.u64 = (uint64_t)value & UINT64_MAX >> (64 - 8 * rst_type_size(type)); /* little endian */
    return s;
}

struct operation {
    const char *text;
    union rst_sample (*define)(const struct operation *op, union rst_sample s, enum rst_type type);
    double a, b, c;
    whole low, high; /* of 64-bit integers */
    enum rst_type to;
};

static union rst_sample define_invert(const struct operation *op, union rst_sample s, enum rst_type type)
{
    (void)op;
    if (type == RST_F32)
        s.f32 = -s.f32;
    else if (type == RST_F64)
        s.f64 = -s.f64;
    else
        s = sample_of(most_of(type) + least_of(type) - whole_of(s, type), type);
    return s;
}

static union rst_sample define_linear(const struct operation *op, union rst_sample s, enum rst_type type)
{
    return rst_sample_from_double(rst_sample_to_double(s, type) * op->a + op->b, type);
}

static union rst_sample define_gamma(const struct operation *op, union rst_sample s, enum rst_type type)
{
    double full = rst_type_is_float(type) ? 1 : (double)most_of(type), v = rst_sample_to_double(s, type) / full;
    return rst_sample_from_double(signbit(v) ? -full * pow(-v, op->a) : full * pow(v, op->a), type);
}

static union rst_sample define_clamp(const struct operation *op, union rst_sample s, enum rst_type type)
{
    double v = rst_sample_to_double(s, type);
    if (rst_type_size(type) == 8 && !rst_type_is_float(type)) {
        whole w = whole_of(s, type);
        return sample_of(w < op->low ? op->low : w > op->high ? op->high : w, type);
    }
    return rst_sample_from_double(v < op->a ? op->a : v > op->b ? op->b : v, type);
}

static union rst_sample define_threshold(const struct operation *op, union rst_sample s, enum rst_type type)
{
    bool above = rst_sample_to_double(s, type) > op->a;
    union rst_sample high = rst_sample_from_double(op->b, type);
    if (rst_type_size(type) == 8 && !rst_type_is_float(type)) above = whole_of(s, type) > op->low;
    if (isnan(op->b)) high = rst_type_is_float(type) ? rst_sample_from_double(1, type) : sample_of(most_of(type), type);
    return above ? high : rst_sample_from_double(op->c, type);
}

static union rst_sample define_cast(const struct operation *op, union rst_sample s, enum rst_type type)
{
    union rst_sample out = {.u64 = 0};
    if (!rst_type_is_float(type) && !rst_type_is_float(op->to)) return sample_of(whole_of(s, type), op->to);
    if (rst_type_is_float(type)) return rst_sample_from_double(rst_sample_to_double(s, type), op->to);
    if (op->to == RST_F32)
        out.f32 = type == RST_U64 ? (float)s.u64 : (float)(int64_t)whole_of(s, type);
    else
        out.f64 = rst_sample_to_double(s, type);
    return out;
}

/* "200 100 7": what lies beyond takes the last. */
static union rst_sample define_lut(const struct operation *op, union rst_sample s, enum rst_type type)
{
    static const uint8_t table[] = {200, 100, 7};
    whole at = whole_of(s, type);
    (void)op;
    return sample_of(table[at < 2 ? at : 2], type);
}

#define BIG 9007199254740993 /* 2^53 + 1: not a double */

static const struct operation operations[] = {
    {.text = "invert", .define = define_invert},
    {.text = "linear --scale 2 --offset 3", .define = define_linear, .a = 2, .b = 3},
    {.text = "linear --scale -0.5 --offset 100.25", .define = define_linear, .a = -0.5, .b = 100.25},
    {.text = "linear --scale 0.5", .define = define_linear, .a = 0.5, .b = 0},
    {.text = "linear --scale 1e30 --offset -1e12", .define = define_linear, .a = 1e30, .b = -1e12},
    {.text = "linear --scale 1.2 --offset 3.3", .define = define_linear, .a = 1.2, .b = 3.3},
    {.text = "gamma --exponent 2.2", .define = define_gamma, .a = 2.2},
    {.text = "gamma --exponent 0.4545", .define = define_gamma, .a = 0.4545},
    {.text = "clamp --min 10 --max 100.5", .define = define_clamp, .a = 10, .b = 100.5, .low = 10, .high = 100},
    {.text = "clamp --min -5.5",
     .define = define_clamp,
     .a = -5.5,
     .b = INFINITY,
     .low = -6,
     .high = INT64_MAX * (whole)4},
    {.text = "clamp --max -70000",
     .define = define_clamp,
     .a = -INFINITY,
     .b = -70000,
     .low = INT64_MIN,
     .high = -70000},
    {.text = "clamp --min -9007199254740993 --max 9007199254740993",
     .define = define_clamp,
     .a = -(double)BIG,
     .b = (double)BIG,
     .low = -(whole)BIG,
     .high = BIG},
    {.text = "threshold --value 100", .define = define_threshold, .a = 100, .b = NAN, .low = 100},
    {.text = "threshold --value 99.5 --above 7 --below 2.5",
     .define = define_threshold,
     .a = 99.5,
     .b = 7,
     .c = 2.5,
     .low = 99},
    {.text = "threshold --value -1000 --above 1", .define = define_threshold, .a = -1000, .b = 1, .low = -1000},
    {.text = "threshold --value -0.25 --below -3",
     .define = define_threshold,
     .a = -0.25,
     .b = NAN,
     .c = -3,
     .low = -1},
    {.text = "threshold --value 0.1", .define = define_threshold, .a = 0.1, .b = NAN, .low = 0},
    {.text = "threshold --value 1e300", .define = define_threshold, .a = 1e300, .b = NAN, .low = INT64_MAX * (whole)4},
    {.text = "threshold --value -1e300",
     .define = define_threshold,
     .a = -1e300,
     .b = NAN,
     .low = INT64_MIN * (whole)4},
    {.text = "threshold --value 9007199254740993", .define = define_threshold, .a = (double)BIG, .b = NAN, .low = BIG},
    {.text = "lut --table '200 100 7'", .define = define_lut},
#define CAST_OPERATION(UPPER, lower, ctype) {.text = "cast --type " #lower, .define = define_cast, .to = RST_##UPPER},
    RST_TYPES(CAST_OPERATION)
#undef CAST_OPERATION
};

/* ---- images ---- */

static union rst_sample at(const void *pixels, size_t i, enum rst_type type)
{
    union rst_sample s = {.u64 = 0};
    memcpy(s.bytes, (const char *)pixels + i * rst_type_size(type), rst_type_size(type));
    return s;
}

static size_t samples_of(const struct rst_shape *shape)
{
    return (size_t)shape->width * (size_t)shape->height * (size_t)shape->bands;
}

/* A sample that is likely to be trouble: limits, ties, powers of two and their neighbours, NaN. */
static union rst_sample extreme(uint64_t *random, enum rst_type type)
{
    static const double odd[] = {0,      -0.0,     0.5,       1.5,     2.5,          -0.5,        -1.5,   0.1,
                                 254.5,  255.5,    -128.5,    65535.5, -32768.5,     4294967295., 1e10,   -1e10,
                                 0x1p31, 0x1p32,   -0x1p31,   0x1p53,  0x1p63,       -0x1p63,     0x1p64, 1e300,
                                 -1e300, INFINITY, -INFINITY, NAN,     2147483647.5, 99.5,        100,    -70000};
    static const int64_t near[] = {0, 100, 99, BIG, -BIG, -70000, INT32_MAX, INT32_MIN, UINT32_MAX, -128, 127};
    uint64_t draw = layout_random(random);
    if (rst_type_is_float(type)) return rst_sample_from_double(odd[draw % 32], type);
    if (draw % 3 == 0) return sample_of(least_of(type) + (whole)(draw / 3 % 3), type);
    if (draw % 3 == 1) return sample_of(most_of(type) - (whole)(draw / 3 % 3), type);
    return sample_of((whole)near[draw / 3 % 11] + (whole)(draw / 64 % 3) - 1, type);
}

/* Random bits (an integer of any size), a small number, an extreme, or nodata. */
static void *draw_pixels(const struct rst_shape *shape, uint64_t *random)
{
    size_t size = rst_type_size(shape->type), count = samples_of(shape);
    char *pixels = malloc(count * size);
    assert_non_null(pixels);
    for (size_t i = 0; i < count; i++) {
        uint64_t draw = layout_random(random);
        union rst_sample s = {.u64 = layout_random(random)};
        if (draw % 4 == 0) s = extreme(random, shape->type);
        if (draw % 4 == 1) s = rst_sample_from_double((double)(draw / 4 % 2048) / 8 - 64, shape->type);
        if (draw % 4 == 2 && rst_type_is_float(shape->type))
            s = rst_sample_from_double((double)(int64_t)s.u64 * 0x1p-60, shape->type);
        if (shape->has_nodata && draw / 4 % 8 == 0) s = shape->nodata;
        memcpy(pixels + i * size, s.bytes, size);
    }
    return pixels;
}

/* Equal in every bit, but for which NaN it is. */
static bool same(union rst_sample a, union rst_sample b, enum rst_type type)
{
    double v = rst_sample_to_double(a, type), w = rst_sample_to_double(b, type);
    if (isnan(v) || isnan(w)) return isnan(v) && isnan(w);
    return memcmp(a.bytes, b.bytes, rst_type_size(type)) == 0;
}

/* ---- the comparison ---- */

struct result {
    struct rst_shape shape;
    void *pixels;
    int64_t collisions;
};

static struct result run_one(const char *text, const struct rst_shape *in, const void *pixels,
                             struct rst_run_options options)
{
    struct result result;
    struct rst_report report = {0};
    struct rst_error err = {0};
    options.report = &report;
    if (oprun(text, in, pixels, &options, NULL, &result.shape, &err)) fail_msg("%s: %s", text, err.message);
    result.pixels = malloc(oprun_bytes(&result.shape));
    assert_non_null(result.pixels);
    if (oprun(text, in, pixels, &options, result.pixels, NULL, &err)) fail_msg("%s: %s", text, err.message);
    result.collisions = report.collisions;
    return result;
}

/* Every sample is what the definition says; collisions are counted. */
static void check_definition(const struct operation *op, const struct rst_shape *in, const void *pixels,
                             const struct result *result)
{
    enum rst_type to = op->define == define_cast ? op->to : in->type;
    int64_t collisions = 0;
    assert_int_equal(result->shape.type, to);
    for (size_t i = 0; i < samples_of(in); i++) {
        union rst_sample s = at(pixels, i, in->type), got = at(result->pixels, i, to), want;
        bool kept = op->define == define_invert && (int32_t)(i % (size_t)in->bands) == in->opacity;
        bool missing = in->has_nodata && rst_sample_equal(s, in->nodata, in->type);
        want = kept ? s : op->define(op, s, in->type);
        if (missing) want = to == in->type ? s : result->shape.nodata;
        if (!missing && in->has_nodata && rst_sample_equal(want, result->shape.nodata, to)) collisions++;
        if (!same(got, want, to)) {
            char from[40], have[40], expected[40];
            fail_msg("%s on %s: %s became %s, not %s", op->text, rst_type_name(in->type),
                     rst_sample_format(s, in->type, from, sizeof from), rst_sample_format(got, to, have, sizeof have),
                     rst_sample_format(want, to, expected, sizeof expected));
        }
    }
    assert_int_equal(result->collisions, collisions);
}

/* The same bytes another way. */
static void check_again(const char *text, const struct rst_shape *in, const void *pixels,
                        struct rst_run_options options, const struct result *first)
{
    struct result again = run_one(text, in, pixels, options);
    if (memcmp(first->pixels, again.pixels, oprun_bytes(&first->shape)) != 0)
        fail_msg("%s on %s: other bytes with %d threads, tiles of %d, %s", text, rst_type_name(in->type),
                 options.threads, (int)options.tile_width, rst_isa_name(options.isa));
    assert_int_equal(first->collisions, again.collisions);
    free(again.pixels);
}

static void check_in_place(const char *text, const struct rst_shape *in, const void *pixels, const struct result *first)
{
    void *changed = malloc(oprun_bytes(in));
    struct rst_error err = {0};
    assert_non_null(changed);
    memcpy(changed, pixels, oprun_bytes(in));
    if (oprun_in_place(text, in, changed, NULL, &err)) fail_msg("%s in place: %s", text, err.message);
    assert_memory_equal(changed, first->pixels, oprun_bytes(in));
    free(changed);
}

static void check(const struct operation *op, const struct rst_shape *in, uint64_t *random)
{
    void *pixels = draw_pixels(in, random);
    struct result result = run_one(op->text, in, pixels, (struct rst_run_options){.threads = 1});
    check_definition(op, in, pixels, &result);
    for (int isa = RST_ISA_BASE; isa <= (int)rst_isa_best(); isa++)
        check_again(op->text, in, pixels, (struct rst_run_options){.threads = 1, .isa = (enum rst_isa)isa}, &result);
    check_again(op->text, in, pixels,
                (struct rst_run_options){.threads = 2, .tile_width = 5, .tile_height = 2, .isa = RST_ISA_BASE},
                &result);
    if (result.shape.type == in->type) check_in_place(op->text, in, pixels, &result);
    free(result.pixels);
    free(pixels);
}

static bool takes(const struct operation *op, enum rst_type type)
{
    return op->define != define_lut || type == RST_U8 || type == RST_U16;
}

/* The sizes are drawn so that all together cover one sample, one row, one column, primes, and more than a vector. */
static struct rst_shape draw_shape(enum rst_type type, uint64_t *random)
{
    static const int64_t widths[] = {1, 2, 7, 31, 67, 129}, heights[] = {1, 3, 5};
    struct rst_shape shape = {.type = type, .alpha = -1, .opacity = -1};
    uint64_t draw = layout_random(random);
    shape.width = widths[draw % 6];
    shape.height = heights[draw / 6 % 3];
    shape.bands = (int32_t[]){1, 1, 2, 3, 4, 5}[draw / 18 % 6];
    if (shape.bands > 1 && draw / 256 % 2) shape.opacity = shape.bands - 1;
    if (shape.opacity >= 0 && draw / 512 % 2) shape.alpha = shape.opacity;
    return shape;
}

static void test_definitions(void **state)
{
    uint64_t random = seed;
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        for (int type = 0; type < RST_TYPE_COUNT; type++)
            for (int round = 0; takes(&operations[i], (enum rst_type)type) && round < 6; round++) {
                struct rst_shape shape = draw_shape((enum rst_type)type, &random);
                shape.has_nodata = round % 2;
                shape.nodata = extreme(&random, (enum rst_type)type);
                if (rst_type_is_float(shape.type) && round == 1) shape.nodata = rst_sample_from_double(NAN, shape.type);
                check(&operations[i], &shape, &random);
            }
}

/* Small types need no luck: all of their values, each also as nodata of the image. */
static void test_all_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        for (int type = RST_U8; type <= RST_I16; type++) {
            struct rst_shape in = {
                .type = (enum rst_type)type, .width = 256, .height = 1, .bands = 1, .alpha = -1, .opacity = -1};
            uint16_t pixels[65536];
            if (!takes(&operations[i], in.type)) continue;
            if (rst_type_size(in.type) == 2) in.height = 256;
            for (int k = 0; k < 65536; k++)
                if (rst_type_size(in.type) == 2)
                    pixels[k] = (uint16_t)k;
                else
                    ((uint8_t *)pixels)[k] = (uint8_t)k;
            struct result result = run_one(operations[i].text, &in, pixels, (struct rst_run_options){.threads = 1});
            check_definition(&operations[i], &in, pixels, &result);
            free(result.pixels);
        }
}

/* Inverting twice gives back every bit, also those of another NaN, of -0.0, and where nodata is one of them. (What
 * collides with nodata stays there: no integer type can promise it.) */
static void test_invert_twice(void **state)
{
    uint64_t random = seed;
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int nodata = 0; nodata < (rst_type_is_float((enum rst_type)type) ? 3 : 1); nodata++) {
            struct rst_shape in = {(enum rst_type)type, 67, 5, 3, -1, -1, false, nodata > 0, {0}, {0}};
            if (nodata == 2) in.nodata = rst_sample_from_double(NAN, in.type);
            size_t bytes = oprun_bytes(&in);
            uint64_t *pixels = malloc(bytes + 8), *twice = malloc(bytes + 8);
            assert_non_null(pixels);
            assert_non_null(twice);
            for (size_t i = 0; i < bytes / 8 + 1; i++)
                pixels[i] = layout_random(&random);
            for (size_t i = 0; i < bytes / 8; i += 3) /* NaN of f64 and f32 with odd bits, and minus nothing */
                pixels[i] = i % 2   ? UINT64_C(0xfff0000100000001)
                            : i % 4 ? UINT64_C(0xffc00001ff800100)
                                    : UINT64_C(1) << 63;
            memcpy(twice, pixels, bytes);
            assert_int_equal(oprun_in_place("invert", &in, twice, NULL, NULL), RST_OK);
            assert_memory_not_equal(twice, pixels, bytes);
            assert_int_equal(oprun_in_place("invert", &in, twice, NULL, NULL), RST_OK);
            assert_memory_equal(twice, pixels, bytes);
            free(twice);
            free(pixels);
        }
}

/* Alpha is a band like any other when it is ignored. */
static void test_alpha_ignored(void **state)
{
    const struct rst_shape in = {RST_U8, 2, 1, 2, 1, 1, false, false, {0}, {0}};
    const uint8_t pixels[] = {1, 200, 3, 100};
    struct rst_run_options options = {.threads = 1, .alpha = RST_ALPHA_IGNORE};
    uint8_t result[4];
    (void)state;
    assert_int_equal(oprun("invert", &in, pixels, NULL, result, NULL, NULL), RST_OK);
    assert_memory_equal(result, ((uint8_t[]){254, 200, 252, 100}), 4);
    assert_int_equal(oprun("invert", &in, pixels, &options, result, NULL, NULL), RST_OK);
    assert_memory_equal(result, ((uint8_t[]){254, 55, 252, 155}), 4);
}

/* A pixel larger than invert's pattern. */
static void test_many_bands(void **state)
{
    struct rst_shape in = {RST_F64, 3, 2, 1000, 999, 999, false, false, {0}, {0}};
    uint64_t random = seed;
    (void)state;
    check(&operations[0], &in, &random);
}

/* Layouts whose bands are taken one at a time: opacity stays there too. */
static void test_planes(void **state)
{
    static const enum layout_kind kinds[] = {LAYOUT_PLANAR_TILES, LAYOUT_PLANAR_STRIPS, LAYOUT_BSQ, LAYOUT_BIL};
    const struct rst_shape in = {RST_U16, 37, 21, 4, -1, 3, false, false, {0}, {0}};
    struct rst_pipeline *pipeline = NULL;
    (void)state;
    assert_int_equal(rst_pipeline_parse("invert", &pipeline, NULL), RST_OK);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct rst_raster *raster = layout_make(kinds[i], RST_SHARED, &in, seed);
        uint16_t *before = layout_pixels(raster), *after;
        struct rst_error err = {0};
        if (rst_run(pipeline, raster, raster, NULL, &err)) fail_msg("%s: %s", layout_name(kinds[i]), err.message);
        after = layout_pixels(raster);
        for (size_t k = 0; k < samples_of(&in); k++)
            assert_int_equal(after[k], k % 4 == 3 ? before[k] : before[k] ^ 0xffff);
        free(after);
        free(before);
        rst_close(&raster);
    }
    rst_pipeline_free(&pipeline);
}

static void refused(const char *text, enum rst_type type, const char *words)
{
    const struct rst_shape in = {type, 4, 4, 1, -1, -1, false, false, {0}, {0}};
    struct rst_error err = {0};
    assert_int_equal(oprun(text, &in, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, words)) fail_msg("%s: '%s' lacks '%s'", text, err.message, words);
}

static void test_refusals(void **state)
{
    char text[2000] = "lut --table '";
    const size_t head = strlen(text);
    (void)state;
    refused("clamp", RST_U8, "clamp needs --min, --max or both");
    refused("clamp --min 5 --max 4", RST_U8, "clamp --min 5 is above --max 4");
    refused("gamma --exponent 0", RST_U8, "--exponent");
    refused("lut --table '1 2'", RST_I16, "lut takes images of u8 and u16");
    refused("lut --table '1 2'", RST_F32, "cast it before");
    refused("lut --table '1 256'", RST_U8, "number 1, 256, is no value of u8");
    refused("lut --table '0.5'", RST_U16, "number 0, 0.5, is no value of u16");
    refused("lut --table '-1'", RST_U16, "0 to 65535");
    for (size_t i = 0; i < 257; i++)
        memcpy(text + head + 2 * i, i < 256 ? "1 " : "1'", 3);
    refused(text, RST_U8, "257 numbers, and u8 has only 256");
}

static void test_cast_shape(void **state)
{
    struct rst_shape in = {RST_F32, 4, 4, 1, -1, -1, false, true, {.f32 = -9999}, {0}}, out;
    (void)state;
    assert_int_equal(oprun("cast --type i16", &in, NULL, NULL, NULL, &out, NULL), RST_OK);
    assert_int_equal(out.nodata.i16, -9999);
    assert_int_equal(oprun("cast --type u8", &in, NULL, NULL, NULL, &out, NULL), RST_OK);
    assert_true(out.has_nodata);
    assert_int_equal(out.nodata.u8, 0);
    in = (struct rst_shape){RST_U8, 4, 4, 1, -1, -1, true, false, {0}, {0}};
    assert_int_equal(oprun("cast --type u8", &in, NULL, NULL, NULL, &out, NULL), RST_OK);
    assert_true(out.palette);
    assert_int_equal(oprun("cast --type u16", &in, NULL, NULL, NULL, &out, NULL), RST_OK);
    assert_false(out.palette);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definitions),   cmocka_unit_test(test_all_values), cmocka_unit_test(test_invert_twice),
        cmocka_unit_test(test_alpha_ignored), cmocka_unit_test(test_many_bands), cmocka_unit_test(test_planes),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_cast_shape),
    };
    seed = layout_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
