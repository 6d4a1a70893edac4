/* mask against its rule, sample by sample. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

struct job {
    struct rst_shape shape, mask;
    void *pixels, *marks;
    bool keep_zero;
    const char *value; /* NULL: nodata */
};

static bool is_hidden(const struct job *job, size_t at)
{
    const struct rst_shape *mask = &job->mask;
    size_t place = mask->bands == job->shape.bands ? at : at / (size_t)job->shape.bands;
    union rst_sample sample = neighbour_sample(mask, job->marks, place);
    double value = rst_sample_to_double(sample, mask->type);
    if (mask->has_nodata && rst_sample_equal(sample, mask->nodata, mask->type)) return true;
    return isnan(value) || (value == 0) != job->keep_zero;
}

static union rst_sample expected_at(const struct job *job, size_t at)
{
    const struct rst_shape *shape = &job->shape;
    union rst_sample sample = neighbour_sample(shape, job->pixels, at), value = shape->nodata;
    if (shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type)) return sample;
    if (job->value) assert_true(rst_sample_parse(job->value, shape->type, &value));
    return is_hidden(job, at) ? value : sample;
}

static void check(const struct job *job)
{
    char pipeline[100];
    struct rst_raster *other = oprun_raster(&job->mask, job->marks);
    struct rst_run_options options = {.threads = 1, .others = &other, .other_count = 1};
    snprintf(pipeline, sizeof pipeline, "mask%s%s%s", job->keep_zero ? " --keep zero" : "",
             job->value ? " --value " : "", job->value ? job->value : "");
    void *result = neighbour_run_each(pipeline, &job->shape, job->pixels, &options, NULL);
    for (size_t at = 0; at < (size_t)(job->shape.width * job->shape.height * job->shape.bands); at++) {
        union rst_sample got = neighbour_sample(&job->shape, result, at), expected = expected_at(job, at);
        if (memcmp(got.bytes, expected.bytes, rst_type_size(job->shape.type)) != 0)
            fail_msg("%s, %s x %d by %s x %d: %.17g instead of %.17g, sample %zu", pipeline,
                     rst_type_name(job->shape.type), (int)job->shape.bands, rst_type_name(job->mask.type),
                     (int)job->mask.bands, rst_sample_to_double(got, job->shape.type),
                     rst_sample_to_double(expected, job->shape.type), at);
    }
    free(result);
    rst_close(&other);
}

/* A third of it 0, one of both signs among floats, and some NaN. */
static void *marks_of(const struct rst_shape *mask, uint64_t *seed)
{
    size_t size = rst_type_size(mask->type);
    void *marks = average_pixels(mask, AVERAGE_NOISE, *seed);
    for (size_t i = 0; i < (size_t)(mask->width * mask->height * mask->bands); i++) {
        uint64_t luck = layout_random(seed) % 9;
        double value = luck == 3 ? (double)NAN : luck == 2 ? -0.0 : 0;
        union rst_sample sample = rst_sample_from_double(value, mask->type);
        if (luck < 4) memcpy((char *)marks + i * size, sample.bytes, size);
    }
    return marks;
}

static void test_reference(void **state)
{
    static const int64_t widths[] = {1, 37, 300};
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    (void)state;
    for (int type = 0; type < RST_TYPE_COUNT; type++)
        for (int other = 0; other < RST_TYPE_COUNT; other++)
            for (int way = 0; way < 4; way++, turn++) {
                struct job job = {.keep_zero = way & 1, .value = way & 2 ? "7" : NULL};
                job.shape = (struct rst_shape){.type = (enum rst_type)type,
                                               .width = widths[turn % 3],
                                               .height = 3,
                                               .bands = 1 + (int32_t)(turn / 3 % 4),
                                               .alpha = -1,
                                               .opacity = -1};
                job.mask = job.shape;
                job.mask.type = (enum rst_type)other;
                if (turn % 5 < 3) job.mask.bands = 1;
                job.shape.has_nodata = !job.value || turn % 7 < 4;
                job.shape.nodata = rst_sample_from_double(
                    rst_type_is_float(job.shape.type) && turn % 2 ? (double)NAN : 99, job.shape.type);
                job.mask.has_nodata = turn % 2;
                job.mask.nodata = rst_sample_from_double(turn % 4 == 1 ? 0 : 5, job.mask.type);
                job.pixels = average_pixels(&job.shape, AVERAGE_NOISE, seed + turn);
                job.marks = marks_of(&job.mask, &seed);
                check(&job);
                free(job.marks);
                free(job.pixels);
            }
}

/* Samples of 64 bits and their hiding value are exact. */
static void test_wide(void **state)
{
    uint64_t pixels[2] = {UINT64_MAX - 1, 9007199254740993}, marks[2] = {1, 0};
    struct job job = {.value = "18446744073709551615", .pixels = pixels, .marks = marks};
    (void)state;
    job.shape = job.mask =
        (struct rst_shape){.type = RST_U64, .width = 2, .height = 1, .bands = 1, .alpha = -1, .opacity = -1};
    check(&job);
}

/* The same bytes for any threads and tiles, in place too. */
static void test_promise(void **state)
{
    uint64_t seed = 5;
    (void)state;
    for (int turn = 0; turn < 4; turn++) {
        struct rst_shape shape = {.type = RST_U16,
                                  .width = 131,
                                  .height = 40,
                                  .bands = 3,
                                  .alpha = -1,
                                  .opacity = -1,
                                  .has_nodata = turn & 1};
        struct rst_shape mask = shape;
        mask.type = RST_F32;
        mask.has_nodata = false;
        if (turn & 2) mask.bands = 1;
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8), *marks = marks_of(&mask, &seed);
        struct rst_raster *other = oprun_raster(&mask, marks);
        struct rst_run_options whole = {.threads = 1, .others = &other, .other_count = 1}, tiles = whole;
        tiles.threads = 3;
        tiles.tile_width = 11;
        tiles.tile_height = 5;
        void *expected = neighbour_run("mask --value 8", &shape, pixels, &whole, NULL);
        assert_int_equal(oprun_in_place("mask --value 8", &shape, pixels, &tiles, NULL), RST_OK);
        assert_memory_equal(expected, pixels, oprun_bytes(&shape));
        rst_close(&other);
        free(expected);
        free(marks);
        free(pixels);
    }
}

static void test_refused(void **state)
{
    struct rst_shape shape = {.type = RST_U8, .width = 2, .height = 2, .bands = 3, .alpha = -1, .opacity = -1};
    struct rst_shape two = shape;
    (void)state;
    two.bands = 2;
    oprun_refuses_beside("mask", &shape, &shape, "no nodata value for what is hidden");
    oprun_refuses_beside("mask --value 0", &shape, &two, "the mask has 2 bands and the image 3");
    oprun_refuses_beside("mask --value 256", &shape, &shape, "no value of u8");
    oprun_refuses_beside("mask --value 1.5", &shape, &shape, "no value of u8");
    oprun_refuses_beside("mask --value much", &shape, &shape, "'much' is not a number");
    oprun_refuses_beside("mask --keep some --value 1", &shape, &shape, "nonzero|zero");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_promise),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
