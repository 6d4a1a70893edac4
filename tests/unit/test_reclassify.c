/* reclassify against a search through the entries, one after another, for every sample. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

/* An entry, and the map's text made of it: a range, or a value where both ends are the same text. */
struct entry {
    const char *low, *high, *result; /* result NULL: keep */
};

struct map {
    const struct entry *entries;
    int count;
    const char *nan, *other; /* NULL: none is given; "keep" */
};

static void write_map(const struct map *map, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < map->count; i++) {
        const struct entry *entry = &map->entries[i];
        const char *result = entry->result ? entry->result : "keep";
        if (entry->high)
            used += (size_t)snprintf(text + used, size - used, "%s%s-%s=%s", i ? ", " : "", entry->low, entry->high,
                                     result);
        else
            used += (size_t)snprintf(text + used, size - used, "%s%s = %s", i ? "," : "", entry->low, result);
    }
    if (map->nan) used += (size_t)snprintf(text + used, size - used, "%snan=%s", used ? "," : "", map->nan);
    if (map->other) snprintf(text + used, size - used, "%selse=%s", used ? "," : "", map->other);
}

/* -1, 0, 1: the sample is below the number, is it, or is above it. Numbers are samples of the type, or far off. */
static int compared(union rst_sample sample, const char *number, enum rst_type type)
{
    union rst_sample limit;
    double a = rst_sample_to_double(sample, type), b = strtod(number, NULL);
    if (!rst_sample_parse(number, type, &limit)) return a < b ? -1 : a > b;
    if (type == RST_U64) return sample.u64 < limit.u64 ? -1 : sample.u64 > limit.u64;
    if (type == RST_I64) return sample.i64 < limit.i64 ? -1 : sample.i64 > limit.i64;
    b = rst_sample_to_double(limit, type);
    return a < b ? -1 : a > b;
}

static const char *result_for(const struct map *map, union rst_sample sample, enum rst_type type)
{
    double value = rst_sample_to_double(sample, type);
    if (isnan(value)) return map->nan ? map->nan : map->other ? map->other : "keep";
    for (int i = 0; i < map->count; i++) {
        const struct entry *entry = &map->entries[i];
        bool in = entry->high ? compared(sample, entry->low, type) >= 0 &&
                                    (strcmp(entry->high, "inf") == 0 || compared(sample, entry->high, type) < 0)
                              : compared(sample, entry->low, type) == 0;
        if (in) return entry->result ? entry->result : "keep";
    }
    return map->other ? map->other : "keep";
}

static union rst_sample converted(union rst_sample sample, enum rst_type from, enum rst_type to)
{
    union rst_sample result;
    char text[64];
    rst_sample_format(sample, from, text, sizeof text);
    if (!rst_type_is_float(from) && rst_sample_parse(text, to, &result)) return result;
    return rst_sample_from_double(rst_sample_to_double(sample, from), to);
}

static void check(const struct map *map, const struct rst_shape *shape, enum rst_type to, const void *pixels)
{
    char text[400], line[480];
    struct rst_run_options options = {.threads = 1};
    struct rst_shape out;
    write_map(map, text, sizeof text);
    snprintf(line, sizeof line, "reclassify --map '%s'%s%s", text, to == shape->type ? "" : " --type ",
             to == shape->type ? "" : rst_type_name(to));
    void *result = neighbour_run_each(line, shape, pixels, &options, &out);
    assert_int_equal(out.type, to);
    for (size_t at = 0; at < (size_t)(shape->width * shape->height * shape->bands); at++) {
        union rst_sample sample = neighbour_sample(shape, pixels, at), got = neighbour_sample(&out, result, at), wanted;
        const char *name = result_for(map, sample, shape->type);
        bool missing = shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type);
        if (missing || strcmp(name, "keep") == 0)
            wanted = converted(sample, shape->type, to);
        else
            assert_true(rst_sample_parse(name, to, &wanted));
        if (!rst_sample_equal(got, wanted, to)) {
            char from_text[40], got_text[40];
            fail_msg("%s on %s: %s becomes %s", line, rst_type_name(shape->type),
                     rst_sample_format(sample, shape->type, from_text, sizeof from_text),
                     rst_sample_format(got, to, got_text, sizeof got_text));
        }
    }
    free(result);
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static const struct entry some[] = {{"10", "20", "1"},  {"-inf", "-3", "2"}, {"20", "30", "3"}, {"77", NULL, "4"},
                                    {"30", "31", NULL}, {"100", "inf", "5"}, {"0", "10", "6"},  {"-1", NULL, "7"}};
static const struct entry one[] = {{"-inf", "inf", "9"}};
static const struct entry far[] = {{"-1e30", "1000000", "1"}, {"3000000000", "1e30", "2"}};
static const struct map maps[] = {{some, 8, NULL, NULL}, {some, 8, NULL, "8"}, {some, 8, "11", "keep"},
                                  {some, 3, "12", NULL}, {one, 1, NULL, "3"},  {far, 2, "4", "0"},
                                  {NULL, 0, NULL, "5"}};

/* Small numbers around the ends of ranges, and infinities and NaN. */
static void make_small(const struct rst_shape *shape, void *pixels, uint64_t seed)
{
    size_t size = rst_type_size(shape->type);
    static const double specials[] = {NAN, INFINITY, -INFINITY, 1e30, -1e30, -0.0};
    for (size_t at = 0; at < oprun_bytes(shape) / size; at++) {
        uint64_t luck = layout_random(&seed);
        double value = (double)(int64_t)(luck >> 8 & 255) - 100;
        if (rst_type_is_float(shape->type) && (luck & 3) == 0) value += 0.25;
        if (rst_type_is_float(shape->type) && (luck & 15) == 1) value = specials[(luck >> 20) % 6];
        union rst_sample sample = rst_sample_from_double(value, shape->type);
        memcpy((char *)pixels + at * size, sample.bytes, size);
    }
}

static void test_reference(void **state)
{
    (void)state;
    uint64_t seed = layout_seed();
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
            for (enum rst_type to = (enum rst_type)((i + type) % 3); to < RST_TYPE_COUNT; to += 3)
                for (int holes = 0; holes < 2; holes++) {
                    struct rst_shape shape = shape_of(type, 211, 3, 1 + (int32_t)((i + to) % 3));
                    shape.has_nodata = holes;
                    shape.nodata = rst_sample_from_double(15, type);
                    void *pixels = average_pixels(&shape, i % 2 ? AVERAGE_EXTREMES : AVERAGE_NOISE, seed + i);
                    check(&maps[i], &shape, to, pixels);
                    make_small(&shape, pixels, seed + i);
                    check(&maps[i], &shape, to, pixels);
                    free(pixels);
                }
}

/* Every sample of 8 and of 16 bits, one end after another. */
static void test_all_samples(void **state)
{
    (void)state;
    static const struct entry ends[] = {{"-129", "-128", "1"},     {"-128", "-127.5", "2"}, {"-0.5", "0.5", "3"},
                                        {"126", "127", "4"},       {"127", "128", "5"},     {"254.01", "255", "6"},
                                        {"255", "256", "7"},       {"32767", "inf", "8"},   {"-32768", NULL, "9"},
                                        {"32766.5", "32767", "10"}};
    static const struct map map = {ends, 10, NULL, "77"};
    for (enum rst_type type = RST_U8; type <= RST_I16; type++) {
        struct rst_shape shape = shape_of(type, 65536, 1, 1);
        uint16_t *pixels = malloc(oprun_bytes(&shape));
        assert_non_null(pixels);
        for (int i = 0; i < 65536; i++)
            if (rst_type_size(type) == 1)
                ((uint8_t *)pixels)[i] = (uint8_t)i;
            else
                pixels[i] = (uint16_t)i;
        check(&map, &shape, type, pixels);
        check(&map, &shape, RST_F32, pixels);
        free(pixels);
    }
}

/* What doubles cannot tell apart. */
static void test_exact(void **state)
{
    (void)state;
    static const struct entry ends[] = {{"9007199254740993", NULL, "18446744073709551615"},
                                        {"9007199254740994", "9007199254740995", "2"},
                                        {"9007199254740995.5", "9007199254740997", "3"},
                                        {"18446744073709551614", "inf", "4"}};
    static const uint64_t samples[] = {9007199254740992, 9007199254740993, 9007199254740994,
                                       9007199254740995, 9007199254740996, 9007199254740997,
                                       UINT64_MAX - 2,   UINT64_MAX - 1,   UINT64_MAX};
    static const uint64_t wanted[] = {9007199254740992, UINT64_MAX, 2, 9007199254740995, 3, 9007199254740997,
                                      UINT64_MAX - 2,   4,          4};
    struct rst_shape shape = shape_of(RST_U64, 9, 1, 1);
    struct rst_run_options options = {.threads = 1};
    char text[400], line[480];
    write_map(&(struct map){ends, 4, NULL, NULL}, text, sizeof text);
    snprintf(line, sizeof line, "reclassify --map '%s'", text);
    uint64_t *result = neighbour_run_each(line, &shape, samples, &options, NULL);
    assert_memory_equal(result, wanted, sizeof wanted);
    free(result);
}

/* A number means the float that is written so: 0.7f is below the double 0.7. */
static void test_floats(void **state)
{
    (void)state;
    const float samples[] = {0.7f, 0.8f, 0.1f, -0.0f, 0, 1e-45f, -1e-45f, INFINITY, -INFINITY, 3e38f};
    const float wanted[] = {1, 0.8f, 2, 3, 3, 5, 4, 7, 6, 6.5f};
    struct rst_shape shape = shape_of(RST_F32, 10, 1, 1);
    struct rst_run_options options = {.threads = 1};
    float *result = neighbour_run_each(
        "reclassify --map '0.7-0.8=1,0.1=2,0=3,-0.05-0=4,1e-45-0.05=5,-inf=6,3e38-1e300=6.5,1e300-inf=7'", &shape,
        samples, &options, NULL);
    assert_memory_equal(result, wanted, sizeof wanted);
    free(result);
}

static void refused(const char *map, const char *type, enum rst_type image, const char *part)
{
    char line[400];
    struct rst_error err = {0};
    struct rst_shape shape = shape_of(image, 2, 2, 1);
    snprintf(line, sizeof line, "reclassify --map '%s'%s", map, type);
    assert_int_equal(oprun(line, &shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, part)) fail_msg("%s: '%s', not '%s'", line, err.message, part);
}

static void test_errors(void **state)
{
    (void)state;
    refused("", "", RST_U8, "column 1, ''");
    refused("0-10=1,", "", RST_U8, "column 8, ''");
    refused("0-10=1,x=2", "", RST_U8, "column 8, 'x=2'");
    refused("0-10=1, 20-=2", "", RST_U8, "column 12, '=2'");
    refused("0-10", "", RST_U8, "column 1, '0-10': '=' and the result");
    refused("0-10:1", "", RST_U8, "column 1, '0-10:1': '='");
    refused("0-10=", "", RST_U8, "column 6, ''");
    refused("0-10=1 2", "", RST_U8, "column 6, '1 2'");
    refused("0-10=keepit", "", RST_U8, "column 6, 'keepit'");
    refused("1=2,10-5=1", "", RST_U8, "column 5, '10-5=1': no range");
    refused("5-5=1", "", RST_U8, "no range");
    refused("nan-5=1", "", RST_F32, "no range");
    refused("0-1e999=1", "", RST_F32, "column 3, '1e999=1'");
    refused("0-10=1,5-20=2", "", RST_U8, "column 1, '0-10=1', and column 8, '5-20=2', overlap");
    refused("5-20=2, 0-10=1", "", RST_U8, "column 1, '5-20=2', and column 9, '0-10=1', overlap");
    refused("0-10=1,3=2", "", RST_F64, "column 1, '0-10=1', and column 8, '3=2', overlap");
    refused("3=1,4=1,3.0=2", "", RST_U8, "column 1, '3=1', and column 9, '3.0=2', overlap");
    refused("9007199254740993-9007199254740995=1,9007199254740994=2", "", RST_I64, "overlap");
    refused("else=1,else=2", "", RST_U8, "column 1, 'else=1', and column 8, 'else=2', overlap");
    refused("nan=1,0=1,nan=2", "", RST_F32, "column 11, 'nan=2'");
    refused("0-10=256", "", RST_U8, "column 6, '256' is no value of u8");
    refused("0-10=1,else=-1", " --type u16", RST_F32, "column 13, '-1' is no value of u16");
    refused("0-10=nan", "", RST_I32, "is no value of i32");
    refused("0-10=0.5", "", RST_I32, "is no value of i32");
}

/* A colour map stays with its type; nodata is converted; results that meet it are counted. */
static void test_shapes(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U8, 5, 1, 1), out;
    struct rst_error err = {0};
    struct rst_report report = {0};
    struct rst_run_options options = {.threads = 1, .report = &report};
    const uint8_t pixels[5] = {0, 5, 6, 200, 255};
    const float wanted[5] = {255, 255, 2, 2, 255};
    shape.palette = true;
    assert_int_equal(oprun("reclassify --map 0=1", &shape, NULL, NULL, NULL, &out, &err), RST_OK);
    assert_true(out.palette);
    assert_int_equal(oprun("reclassify --map 0=1 --type i8", &shape, NULL, NULL, NULL, &out, &err), RST_OK);
    assert_false(out.palette);
    shape.palette = false;
    shape.has_nodata = true;
    shape.nodata.u8 = 255;
    float *result = neighbour_run("reclassify --map '0-6=255,else=2' --type f32", &shape, pixels, &options, &out);
    assert_memory_equal(result, wanted, sizeof wanted);
    assert_true(out.nodata.f32 == 255);
    assert_int_equal(report.collisions, 2);
    free(result);
}

static void test_promise(void **state)
{
    (void)state;
    for (enum rst_type type = RST_U8; type < RST_TYPE_COUNT; type++)
        for (int holes = 0; holes < 2; holes++) {
            static const char line[] = "reclassify --map '-inf-0=1,0-30=2,60-90=3,else=4'";
            struct rst_shape shape = shape_of(type, 131, 40, 3);
            struct rst_run_options whole = {.threads = 1}, tiles = {.threads = 3, .tile_width = 11, .tile_height = 5};
            struct rst_error err = {0};
            shape.has_nodata = holes;
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
            void *expected = neighbour_run(line, &shape, pixels, &whole, NULL);
            assert_int_equal(oprun_in_place(line, &shape, pixels, &tiles, &err), RST_OK);
            assert_memory_equal(expected, pixels, oprun_bytes(&shape));
            free(expected);
            free(pixels);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_all_samples), cmocka_unit_test(test_exact),
        cmocka_unit_test(test_floats),    cmocka_unit_test(test_errors),      cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_promise),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
