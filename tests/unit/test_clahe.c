/* clahe against tables made tile by tile out of the image and its mirrored edge, and looked up sample by sample. On 8
 * and 16 bits the result must be the very one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/sweep/pipeline.h"
#include "tests/support/average.h"
#include "tests/support/layouts.h"
#include "tests/support/neighbours.h"
#include "tests/support/oprun.h"

enum { WIDE_BINS = 4096 };

struct grid {
    int64_t columns, rows, width, height;
    double clip;
};

static struct grid grid_of(const struct rst_shape *shape, int64_t columns, int64_t rows, double clip)
{
    struct grid grid = {columns, rows, shape->width / columns, shape->height / rows, clip};
    if (shape->width % columns || shape->height % rows) {
        grid.width = (shape->width + columns - shape->width % columns) / columns;
        grid.height = (shape->height + rows - shape->height % rows) / rows;
    }
    return grid;
}

static bool is_narrow(const struct rst_shape *shape)
{
    return rst_type_size(shape->type) <= 2;
}

static union rst_sample sample_at(const struct rst_shape *shape, const void *pixels, int64_t x, int64_t y, int32_t band)
{
    return neighbour_sample(shape, pixels, (size_t)((y * shape->width + x) * shape->bands + band));
}

static bool counts(const struct rst_shape *shape, union rst_sample sample)
{
    return isfinite(rst_sample_to_double(sample, shape->type)) &&
           !(shape->has_nodata && rst_sample_equal(sample, shape->nodata, shape->type));
}

static double least_of(const struct rst_shape *shape)
{
    return rst_type_is_signed(shape->type) ? -ldexp(1, 8 * (int)rst_type_size(shape->type) - 1) : 0;
}

/* The range of a band. */
struct range {
    double low, high;
};

static struct range range_of(const struct rst_shape *shape, const void *pixels, int32_t band)
{
    struct range range = {(double)INFINITY, -(double)INFINITY};
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++) {
            union rst_sample sample = sample_at(shape, pixels, x, y, band);
            if (!counts(shape, sample)) continue;
            range.low = fmin(range.low, rst_sample_to_double(sample, shape->type));
            range.high = fmax(range.high, rst_sample_to_double(sample, shape->type));
        }
    return range;
}

static double place_in(struct range range, double value)
{
    return (value / 2 - range.low / 2) / (range.high / 2 - range.low / 2) * WIDE_BINS;
}

static int bins_of(const struct rst_shape *shape)
{
    return is_narrow(shape) ? 1 << 8 * rst_type_size(shape->type) : WIDE_BINS;
}

static int bin_of(const struct rst_shape *shape, struct range range, union rst_sample sample)
{
    double value = rst_sample_to_double(sample, shape->type);
    return (int)(is_narrow(shape) ? value - least_of(shape) : fmin(place_in(range, value), WIDE_BINS - 1));
}

/* Counts of columns x0 ... x1 - 1 and rows y0 ... y1 - 1 of the image with its mirrored edge. */
static double count_bins(const struct rst_shape *shape, const void *pixels, int32_t band, struct range range,
                         const int64_t box[4], double *bins)
{
    double total = 0;
    for (int i = 0; i < bins_of(shape); i++)
        bins[i] = 0;
    for (int64_t y = box[1]; y < box[3]; y++)
        for (int64_t x = box[0]; x < box[2]; x++) {
            union rst_sample sample = sample_at(shape, pixels, rst_border_index(x, shape->width, RST_REFLECT101),
                                                rst_border_index(y, shape->height, RST_REFLECT101), band);
            if (!counts(shape, sample)) continue;
            bins[bin_of(shape, range, sample)]++;
            total++;
        }
    return total;
}

static void clip_narrow(double *bins, int count, double total, double clip)
{
    double limit = fmax(floor(clip * total / count), 1), clipped = 0;
    for (int i = 0; i < count; i++) {
        clipped += fmax(bins[i] - limit, 0);
        bins[i] = fmin(bins[i], limit);
    }
    int left = (int)fmod(clipped, count), step = left ? count / left : 1;
    for (int i = 0; i < count; i++)
        bins[i] += floor(clipped / count) + (left && i % step == 0 && i / step < left);
}

/* table[bins] of values, or [bins + 1] of shares. */
static void make_table(const struct rst_shape *shape, double *bins, double total, double clip, double *table)
{
    int count = bins_of(shape);
    double sum = 0, clipped = 0, limit = clip > 0 ? clip * total / count : total;
    if (is_narrow(shape)) {
        if (clip > 0 && total > 0) clip_narrow(bins, count, total, clip);
        for (int i = 0; i < count; i++) {
            sum += bins[i];
            float value = (float)sum * ((float)(count - 1) / (float)total);
            table[i] = total > 0 ? fmin((double)rintf(value), count - 1) : i;
        }
        return;
    }
    for (int i = 0; i < count; i++)
        clipped += fmax(bins[i] - limit, 0);
    table[0] = 0;
    for (int i = 0; i < count; i++) {
        sum += fmin(bins[i], limit) + clipped / count;
        table[i + 1] = sum / total;
    }
}

static double *make_tables(const struct rst_shape *shape, const void *pixels, int32_t band, struct range range,
                           const struct grid *grid)
{
    size_t step = (size_t)bins_of(shape) + 1;
    double *tables = calloc((size_t)(grid->columns * grid->rows) * step, sizeof *tables);
    double *bins = calloc(step, sizeof *bins);
    const int64_t whole[4] = {0, 0, grid->columns * grid->width, grid->rows * grid->height};
    assert_non_null(tables);
    assert_non_null(bins);
    for (int64_t tile = 0; tile < grid->columns * grid->rows; tile++) {
        int64_t x = tile % grid->columns * grid->width, y = tile / grid->columns * grid->height;
        const int64_t box[4] = {x, y, x + grid->width, y + grid->height};
        double total = count_bins(shape, pixels, band, range, box, bins);
        if (total == 0) total = count_bins(shape, pixels, band, range, whole, bins);
        make_table(shape, bins, total, grid->clip, tables + (size_t)tile * step);
    }
    free(bins);
    return tables;
}

/* Between which tiles, and how far from the first. */
struct between {
    int64_t first, second;
    float share;
};

static struct between between_of(int64_t at, int64_t side, int64_t tiles)
{
    float place = (float)at * (1.0f / (float)side) - 0.5f;
    int64_t before = (int64_t)floorf(place);
    return (struct between){before < 0 ? 0 : before, before + 1 < tiles ? before + 1 : tiles - 1,
                            place - (float)before};
}

static double looked_up(const struct rst_shape *shape, const double *table, struct range range, union rst_sample sample)
{
    int bin = bin_of(shape, range, sample);
    if (is_narrow(shape)) return table[bin];
    double part = place_in(range, rst_sample_to_double(sample, shape->type)) - bin;
    return table[bin] * (1 - part) + table[bin + 1] * part;
}

static double expected_at(const struct rst_shape *shape, const double *tables, struct range range,
                          const struct grid *grid, union rst_sample sample, int64_t x, int64_t y)
{
    size_t step = (size_t)bins_of(shape) + 1;
    struct between across = between_of(x, grid->width, grid->columns), down = between_of(y, grid->height, grid->rows);
    double of[4];
    for (int k = 0; k < 4; k++) {
        int64_t tile = (k / 2 ? down.second : down.first) * grid->columns + (k % 2 ? across.second : across.first);
        of[k] = looked_up(shape, tables + (size_t)tile * step, range, sample);
    }
    if (is_narrow(shape)) {
        float a = across.share, d = down.share, a1 = 1.0f - a, d1 = 1.0f - d;
        float mixed = ((float)of[0] * a1 + (float)of[1] * a) * d1 + ((float)of[2] * a1 + (float)of[3] * a) * d;
        return (double)rintf(mixed) + least_of(shape);
    }
    double a = (double)across.share, d = (double)down.share;
    double share = (of[0] * (1 - a) + of[1] * a) * (1 - d) + (of[2] * (1 - a) + of[3] * a) * d;
    return range.low * (1 - share) + range.high * share;
}

static void check_band(const struct rst_shape *shape, const void *pixels, const void *result, int32_t band,
                       const struct grid *grid)
{
    struct range range = range_of(shape, pixels, band);
    bool stays = band == shape->opacity || (!is_narrow(shape) && !(range.low < range.high));
    double *tables = stays ? NULL : make_tables(shape, pixels, band, range, grid);
    double apart = 0;
    if (!is_narrow(shape) && !stays)
        apart = (range.high / 2 - range.low / 2) * (shape->type == RST_F32 ? 1e-6 : 1e-9) +
                (rst_type_is_float(shape->type) ? fmax(fabs(range.low), fabs(range.high)) * 1e-7 : 0.51);
    for (int64_t y = 0; y < shape->height; y++)
        for (int64_t x = 0; x < shape->width; x++) {
            union rst_sample sample = sample_at(shape, pixels, x, y, band), got = sample_at(shape, result, x, y, band);
            if (stays || !counts(shape, sample)) {
                if (!rst_sample_equal(sample, got, shape->type)) fail_msg("%d, %d was to stay", (int)x, (int)y);
                continue;
            }
            double expected = expected_at(shape, tables, range, grid, sample, x, y);
            double value = rst_sample_to_double(got, shape->type);
            if (!(fabs(value - expected) <= apart))
                fail_msg("%s, %dx%dx%d, %dx%d tiles: %.17g instead of %.17g at %d, %d, band %d",
                         rst_type_name(shape->type), (int)shape->width, (int)shape->height, (int)shape->bands,
                         (int)grid->columns, (int)grid->rows, value, expected, (int)x, (int)y, (int)band);
        }
    free(tables);
}

static void check(const struct rst_shape *shape, const void *pixels, int64_t columns, int64_t rows, double clip)
{
    char line[80];
    struct rst_run_options options = {.threads = 1};
    struct grid grid = grid_of(shape, columns, rows, clip);
    snprintf(line, sizeof line, "clahe --tiles %dx%d --clip %g", (int)columns, (int)rows, clip);
    void *result = neighbour_run_each(line, shape, pixels, &options, NULL);
    for (int32_t band = 0; band < shape->bands; band++)
        check_band(shape, pixels, result, band, &grid);
    free(result);
}

static struct rst_shape shape_of(enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    return (struct rst_shape){
        .type = type, .width = width, .height = height, .bands = bands, .alpha = -1, .opacity = -1};
}

static void each(bool has_nodata)
{
    static const int64_t tiles[][2] = {{8, 8}, {1, 1}, {2, 3}, {5, 1}};
    uint64_t seed = layout_seed();
    unsigned turn = 0;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int size = 0; size < neighbour_size_count; size++, turn++) {
            const int64_t *grid = tiles[rst_type_size(type) == 2 ? 1 + turn % 3 : turn % 4];
            struct rst_shape shape =
                shape_of(type, neighbour_sizes[size].width, neighbour_sizes[size].height, 1 + (int32_t)turn % 4);
            shape.has_nodata = has_nodata;
            shape.nodata = rst_sample_from_double(rst_type_is_float(type) && turn % 2 ? (double)NAN : 77, type);
            void *pixels = average_pixels(&shape, (enum average_fill)(turn / 3 % AVERAGE_FILLS), seed + turn);
            check(&shape, pixels, grid[0], grid[1], turn % 5 ? 2 : 0);
            free(pixels);
        }
}

static void test_reference(void **state)
{
    (void)state;
    each(false);
}

static void test_nodata(void **state)
{
    (void)state;
    each(true);
}

/* Smooth images, where clipping matters: on one value in a row it cuts off most. */
static void test_smooth(void **state)
{
    (void)state;
    for (enum rst_type type = 0; type < RST_TYPE_COUNT; type++)
        for (int clip = 0; clip < 4; clip++) {
            struct rst_shape shape = shape_of(type, 101, 67, 1);
            size_t size = rst_type_size(type);
            char *pixels = malloc(oprun_bytes(&shape));
            assert_non_null(pixels);
            for (int64_t i = 0; i < shape.width * shape.height; i++) {
                int64_t x = i % shape.width, y = i / shape.width, ramp = x / 7 + y;
                union rst_sample sample = rst_sample_from_double((double)ramp + 3 * sin((double)x), type);
                memcpy(pixels + (size_t)i * size, sample.bytes, size);
            }
            check(&shape, pixels, size == 2 ? 2 : 8, size == 2 ? 2 : 6, clip * clip * 1.3);
            free(pixels);
        }
}

static void test_specials(void **state)
{
    (void)state;
    double pixels[30] = {0, -0.0, 1, 2.5, (double)NAN, (double)INFINITY, 3, -(double)INFINITY, 1e308, -1e308};
    struct rst_shape shape = shape_of(RST_F64, 6, 5, 1), empty = shape_of(RST_U8, 40, 40, 1);
    check(&shape, pixels, 2, 2, 3);
    for (int i = 0; i < 30; i++)
        pixels[i] = i % 2 ? 7 : (double)NAN;
    check(&shape, pixels, 2, 2, 3);
    for (int i = 0; i < 30; i++)
        pixels[i] = (double)NAN;
    check(&shape, pixels, 2, 2, 3);

    /* tiles without a sample, and a band without any */
    uint8_t holes[1600] = {0};
    empty.has_nodata = true;
    check(&empty, holes, 4, 4, 2);
    for (int i = 0; i < 600; i++)
        holes[i] = (uint8_t)(1 + i % 200);
    check(&empty, holes, 4, 4, 2);
}

static void test_opacity(void **state)
{
    (void)state;
    for (int bands = 2; bands <= 4; bands += 2) {
        struct rst_shape shape = shape_of(bands == 2 ? RST_I16 : RST_U8, 40, 30, bands);
        shape.alpha = shape.opacity = bands - 1;
        void *pixels = average_pixels(&shape, AVERAGE_NOISE, 5);
        check(&shape, pixels, 2, 2, 2);
        free(pixels);
    }
}

/* The place in the image counts, not that in a window, a tile or a pipeline; and the whole image is surveyed. */
static void test_promise(void **state)
{
    (void)state;
    static const char *const lines[] = {"clahe --tiles 3x2", "invert ! clahe --tiles 4x4 --clip 5 ! clahe --tiles 2"};
    static const enum rst_type types[] = {RST_U8, RST_I8, RST_U16, RST_F32};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (int holes = 0; holes < 4; holes++) {
            struct rst_shape shape = shape_of(types[i], 131, 40, 3);
            const struct rst_rect window = {17, 9, 50, 20};
            struct rst_run_options whole = {.threads = 1}, tiles = {.threads = 3, .tile_width = 11, .tile_height = 5},
                                   part = {.threads = 2, .window = &window};
            struct rst_error err = {0};
            shape.has_nodata = holes / 2;
            size_t pixel = 3 * rst_type_size(types[i]);
            void *pixels = average_pixels(&shape, AVERAGE_NOISE, 8);
            char *expected = neighbour_run(lines[holes % 2], &shape, pixels, &whole, NULL);
            char *cut = neighbour_run(lines[holes % 2], &shape, pixels, &part, NULL);
            for (int64_t y = 0; y < window.height; y++)
                assert_memory_equal(cut + (size_t)(y * window.width) * pixel,
                                    expected + (size_t)((y + window.y) * shape.width + window.x) * pixel,
                                    (size_t)window.width * pixel);
            assert_int_equal(oprun_in_place(lines[holes % 2], &shape, pixels, &tiles, &err), RST_OK);
            assert_memory_equal(expected, pixels, oprun_bytes(&shape));
            free(cut);
            free(expected);
            free(pixels);
        }
}

static void refused(const struct rst_shape *shape, const char *line, const char *part)
{
    struct rst_error err = {0};
    assert_int_equal(oprun(line, shape, NULL, NULL, NULL, NULL, &err), RST_E_ARGUMENT);
    if (!strstr(err.message, part)) fail_msg("%s: '%s', not '%s'", line, err.message, part);
}

static void test_errors(void **state)
{
    (void)state;
    struct rst_shape shape = shape_of(RST_U16, 100, 100, 3), large = shape_of(RST_U8, 1 << 20, 1 << 20, 1);
    refused(&shape, "clahe --tiles 40x40", "the counts of 3 bands of u16 take 1258291");
    refused(&large, "clahe --tiles 8x8", "tiles of 131072 x 131072 pixels");
    refused(&shape, "clahe --tiles 0x4", "out of range");
    refused(&shape, "clahe --tiles 257", "out of range");
    refused(&shape, "clahe --clip -1", "out of range");
    shape.palette = true;
    refused(&shape, "clahe", "colour map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_nodata),  cmocka_unit_test(test_smooth),
        cmocka_unit_test(test_specials),  cmocka_unit_test(test_opacity), cmocka_unit_test(test_promise),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, neighbour_setup, NULL);
}
