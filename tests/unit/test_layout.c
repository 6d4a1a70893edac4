/* Layouts: proofs against the file's length, shared bytes, and merging strips into one block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raster/image/layout.h"
#include "tests/support/layouts.h"

/* 40 x 30 u16 RGB in chunky tiles of 16 x 16, end to end from byte 8 on: 3 x 2 tiles of 1536 bytes. */
static struct rst_layout tiles(uint64_t offsets[6])
{
    for (uint64_t i = 0; i < 6; i++)
        offsets[i] = 8 + i * 1536;
    return (struct rst_layout){.type = RST_U16,
                               .width = 40,
                               .height = 30,
                               .bands = 3,
                               .block_width = 16,
                               .block_height = 16,
                               .tail = true,
                               .planes = 1,
                               .pixel_stride = 6,
                               .row_stride = 96,
                               .band_stride = 2,
                               .offsets = offsets};
}

/* `planes` planes of 10 x 8 u8 in strips of 3 rows: 3 strips a plane, the last of 2 rows. */
static struct rst_layout strips(uint64_t *offsets, int32_t planes, uint64_t from, uint64_t distance)
{
    struct rst_layout layout = {.type = RST_U8,
                                .width = 10,
                                .height = 8,
                                .bands = planes > 1 ? planes : 2,
                                .block_width = 10,
                                .block_height = 3,
                                .planes = planes,
                                .strip_rows = 3,
                                .offsets = offsets};
    layout.pixel_stride = planes > 1 ? 1 : 2;
    layout.row_stride = layout.pixel_stride * 10;
    layout.band_stride = 1;
    for (int32_t i = 0; i < 3 * planes; i++)
        offsets[i] = from + (uint64_t)(i / 3) * distance + (uint64_t)(i % 3) * 3 * (uint64_t)layout.row_stride;
    return layout;
}

static void the_last_byte_must_be_in_the_file(void **unused)
{
    (void)unused;
    uint64_t offsets[6];
    struct rst_layout layout = tiles(offsets);
    struct rst_error err = {0};
    assert_int_equal(rst_layout_columns(&layout), 3);
    assert_int_equal(rst_layout_rows(&layout), 2);
    assert_int_equal(rst_layout_check(&layout, 8 + 6 * 1536, "a.tif", &err), RST_OK);
    assert_int_equal(rst_layout_check(&layout, 8 + 6 * 1536 - 1, "a.tif", &err), RST_E_TRUNCATED);
    assert_non_null(strstr(err.message, "a.tif"));
    assert_non_null(strstr(err.message, "column 2, row 1"));
    assert_non_null(strstr(err.message, "9223"));

    layout.tail = false; /* the last tile is 8 x 14 pixels: its last sample ends 13 rows and 8 pixels on */
    uint64_t end = 8 + 5 * 1536 + 13 * 96 + 8 * 6;
    offsets[2] = 8; /* the same for the end of the first row, which would come too late otherwise */
    assert_int_equal(rst_layout_check(&layout, end, "a.tif", NULL), RST_OK);
    assert_int_equal(rst_layout_check(&layout, end - 1, "a.tif", NULL), RST_E_TRUNCATED);

    offsets[3] = UINT64_MAX - 100; /* must not wrap around */
    assert_int_equal(rst_layout_check(&layout, UINT64_MAX, "a.tif", NULL), RST_E_TRUNCATED);
    offsets[3] = RST_NO_BLOCK;
    assert_int_equal(rst_layout_check(&layout, end, "a.tif", NULL), RST_OK);
}

static void impossible_geometry_is_refused(void **unused)
{
    (void)unused;
    uint64_t offsets[6];
    const struct rst_layout good = tiles(offsets);
    struct rst_layout bad[18];
    size_t count = 0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        bad[i] = good;
    bad[count++].width = 0;
    bad[count++].height = -5;
    bad[count++].width = RST_MAX_SIDE + 1;
    bad[count++].bands = 0;
    bad[count++].bands = RST_MAX_BANDS + 1;
    bad[count++].type = RST_TYPE_COUNT;
    bad[count++].planes = 2;
    bad[count++].block_width = 0;
    bad[count++].block_height = INT64_MAX;
    bad[count++].pixel_stride = -6; /* to byte -82 */
    bad[count++].row_stride = -96;
    bad[count++].row_stride = INT64_MIN;
    bad[count++].band_stride = 1;                        /* samples of a pixel overlap */
    bad[count++].pixel_stride = 5;                       /* pixels overlap */
    bad[count++].row_stride = 95;                        /* rows overlap */
    bad[count++].row_stride = 0;                         /* all rows are one */
    bad[count++].row_stride = INT64_MAX;                 /* 15 of them overflow */
    bad[count].width = bad[count].height = RST_MAX_SIDE; /* more blocks than can be counted */
    bad[count].block_width = bad[count].block_height = 1;
    for (size_t i = 0; i <= count; i++) {
        struct rst_error err = {0};
        assert_int_equal(rst_layout_check(&bad[i], UINT64_MAX - 1, "a.tif", &err), RST_E_FORMAT);
        assert_non_null(strstr(err.message, "a.tif"));
    }
}

/* Rows from the bottom up, bands and columns backwards: both ends of a block must lie in the file. */
static void strides_may_go_backwards(void **unused)
{
    (void)unused;
    uint64_t offset = 12 + 7 * 40;
    struct rst_layout layout = {.type = RST_U16,
                                .width = 5,
                                .height = 8,
                                .bands = 3,
                                .block_width = 5,
                                .block_height = 8,
                                .planes = 1,
                                .pixel_stride = 6,
                                .row_stride = -40,
                                .band_stride = 2,
                                .offsets = &offset};
    struct rst_error err = {0};
    assert_int_equal(rst_layout_check(&layout, 12 + 7 * 40 + 30, "a", NULL), RST_OK);
    assert_int_equal(rst_layout_check(&layout, 12 + 7 * 40 + 29, "a", &err), RST_E_TRUNCATED);
    assert_non_null(strstr(err.message, "30 bytes from byte 292"));

    offset = 7 * 40;
    assert_int_equal(rst_layout_check(&layout, 7 * 40 + 30, "a", NULL), RST_OK);
    offset = 7 * 40 - 1;
    memset(&err, 0, sizeof err);
    assert_int_equal(rst_layout_check(&layout, 1000, "a.pfm", &err), RST_E_FORMAT);
    assert_non_null(
        strstr(err.message, "a.pfm: block at column 0, row 0, plane 0 reaches 280 bytes back from byte 279"));

    layout.pixel_stride = -6, layout.band_stride = -2; /* the first sample is the last of all */
    offset = 7 * 40 + 28;
    assert_int_equal(rst_layout_check(&layout, 7 * 40 + 30, "a", NULL), RST_OK);
    assert_int_equal(rst_layout_check(&layout, 7 * 40 + 29, "a", NULL), RST_E_TRUNCATED);
    offset--;
    assert_int_equal(rst_layout_check(&layout, 1000, "a", NULL), RST_E_FORMAT);

    layout.row_stride = -29; /* rows overlap */
    offset = 500;
    assert_int_equal(rst_layout_check(&layout, 1000, "a", NULL), RST_E_FORMAT);
}

static void backward_blocks_share_what_they_cover(void **unused)
{
    (void)unused;
    uint64_t offset = 12 + 7 * 40;
    struct rst_layout layout = {.type = RST_U16,
                                .width = 5,
                                .height = 8,
                                .bands = 3,
                                .block_width = 5,
                                .block_height = 8,
                                .planes = 1,
                                .pixel_stride = 6,
                                .row_stride = -40,
                                .band_stride = 2,
                                .offsets = &offset};
    static const uint64_t beside[][2] = {{0, 12}, {42, 10}, {82, 10}, {322, 100}};
    static const uint64_t within[][2] = {{11, 2}, {12, 1}, {41, 1}, {52, 1}, {292, 30}, {321, 1}};
    assert_int_equal(rst_layout_check_disjoint(&layout, beside, 4, "a", NULL), RST_OK);
    for (size_t i = 0; i < sizeof within / sizeof *within; i++)
        assert_int_equal(rst_layout_check_disjoint(&layout, &within[i], 1, "a", NULL), RST_E_FORMAT);

    uint64_t two[2] = {12 + 3 * 40, 12 + 7 * 40}; /* blocks of 4 rows, each from the bottom up */
    layout.block_height = 4;
    layout.offsets = two;
    assert_int_equal(rst_layout_check_disjoint(&layout, beside, 4, "a", NULL), RST_OK);
    rst_layout_merge(&layout);
    assert_int_equal(rst_layout_rows(&layout), 2);
    two[1] = 12 + 6 * 40;
    assert_int_equal(rst_layout_check_disjoint(&layout, beside, 4, "a", NULL), RST_E_FORMAT);
}

static void without_offsets_only_the_size_counts(void **unused)
{
    (void)unused;
    struct rst_layout layout = {.type = RST_U8, .width = 7, .height = 7, .bands = 1};
    assert_int_equal(rst_layout_check(&layout, 0, "a.png", NULL), RST_OK);
    layout.bands = 0;
    assert_int_equal(rst_layout_check(&layout, 0, "a.png", NULL), RST_E_FORMAT);
}

static void copies_are_deep(void **unused)
{
    (void)unused;
    uint64_t offsets[6];
    struct rst_layout layout = tiles(offsets), copy;
    assert_int_equal(rst_layout_copy(&copy, &layout, NULL), RST_OK);
    assert_ptr_not_equal(copy.offsets, offsets);
    assert_memory_equal(copy.offsets, offsets, sizeof offsets);
    assert_int_equal(copy.row_stride, 96);
    rst_layout_clear(&copy);
    assert_null(copy.offsets);
    assert_int_equal(copy.width, 0);
}

static void shared_bytes_are_found(void **unused)
{
    (void)unused;
    uint64_t offsets[6], kept;
    struct rst_layout layout = tiles(offsets);
    struct rst_error err = {0};
    static const uint64_t free_ranges[][2] = {{8 + 6 * 1536, 100}, {0, 8}, {0, 4}, {500, 0}};
    assert_int_equal(rst_layout_check_disjoint(&layout, free_ranges, 4, "a.tif", NULL), RST_OK);
    assert_int_equal(rst_layout_check_disjoint(&layout, NULL, 0, "a.tif", NULL), RST_OK);

    static const uint64_t taken[][2] = {{8 + 6 * 1536 - 1, 1}, {7, 2}, {0, 100000}, {8 + 1536, 1}, {4000, 10}};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        memset(&err, 0, sizeof err);
        assert_int_equal(rst_layout_check_disjoint(&layout, &taken[i], 1, "a.tif", &err), RST_E_FORMAT);
        assert_non_null(strstr(err.message, "a.tif"));
    }
    kept = offsets[0]; /* in another order, all is still well */
    offsets[0] = offsets[5];
    offsets[5] = kept;
    assert_int_equal(rst_layout_check_disjoint(&layout, free_ranges, 4, "a.tif", NULL), RST_OK);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        assert_int_equal(rst_layout_check_disjoint(&layout, &taken[i], 1, "a.tif", NULL), RST_E_FORMAT);

    memset(&err, 0, sizeof err);
    offsets[2] += 1; /* one byte into the next */
    assert_int_equal(rst_layout_check_disjoint(&layout, NULL, 0, "a.tif", &err), RST_E_FORMAT);
    assert_non_null(strstr(err.message, "column 2, row 0"));
    offsets[2] = offsets[4];
    assert_int_equal(rst_layout_check_disjoint(&layout, NULL, 0, "a.tif", NULL), RST_E_FORMAT);
    offsets[2] = RST_NO_BLOCK;
    assert_int_equal(rst_layout_check_disjoint(&layout, NULL, 0, "a.tif", NULL), RST_OK);
}

/* Against a map of bytes: random blocks and reserved ranges in a small file. */
static void sharing_is_what_a_map_of_bytes_says(void **unused)
{
    (void)unused;
    uint64_t state = layout_seed();
    int found = 0;
    for (int round = 0; round < 3000; round++) {
        uint64_t offsets[8], reserved[3][2];
        unsigned char taken[400] = {0};
        struct rst_layout layout = {.type = RST_U8,
                                    .width = 7,
                                    .height = 3,
                                    .bands = 2,
                                    .block_width = 4,
                                    .block_height = 2,
                                    .tail = layout_random(&state) % 2,
                                    .planes = layout_random(&state) % 2 ? 2 : 1,
                                    .pixel_stride = 2,
                                    .row_stride = 8 + (ptrdiff_t)(layout_random(&state) % 2) * 5,
                                    .band_stride = 1,
                                    .offsets = offsets};
        bool shared = false, ascending = layout_random(&state) % 2;
        for (int i = 0; i < 3; i++) {
            reserved[i][0] = layout_random(&state) % 300;
            reserved[i][1] = layout_random(&state) % 8;
            memset(taken + reserved[i][0], 2, reserved[i][1]);
        }
        for (int i = 0; i < 4 * layout.planes; i++) {
            offsets[i] = ascending ? (uint64_t)i * 40 + layout_random(&state) % 30 : layout_random(&state) % 300;
            if (layout_random(&state) % 8 == 0) offsets[i] = RST_NO_BLOCK;
            if (offsets[i] == RST_NO_BLOCK) continue;
            int width = !layout.tail && i % 2 == 1 ? 3 : 4, height = !layout.tail && i / 2 % 2 == 1 ? 1 : 2;
            int pixel = layout.planes == 1 ? 2 : 1;
            layout.pixel_stride = pixel;
            bool gaps = height > 1 && layout.row_stride > (ptrdiff_t)width * pixel;
            for (int y = 0; y < height; y++)
                for (int x = 0; x < (gaps || y == height - 1 ? width * pixel : (int)layout.row_stride); x++) {
                    unsigned char *byte = &taken[offsets[i] + (uint64_t)(y * layout.row_stride + x)];
                    shared |= *byte != 0;
                    *byte = 1;
                }
        }
        found += shared;
        assert_int_equal(rst_layout_check_disjoint(&layout, (const uint64_t(*)[2])reserved, 3, "a", NULL),
                         shared ? RST_E_FORMAT : RST_OK);
    }
    assert_in_range(found, 300, 2700); /* both answers were asked for */
}

static uint64_t *owned(const uint64_t *offsets, size_t count)
{
    uint64_t *copy = malloc(count * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, offsets, count * sizeof *copy);
    return copy;
}

static void strips_end_to_end_become_one(void **unused)
{
    (void)unused;
    uint64_t offsets[3];
    struct rst_layout layout = strips(offsets, 1, 99, 0);
    layout.offsets = owned(offsets, 3);
    rst_layout_merge(&layout);
    assert_int_equal(rst_layout_rows(&layout), 1);
    assert_int_equal(layout.block_height, 8);
    assert_int_equal(layout.row_stride, 20);
    assert_int_equal(layout.strip_rows, 3);
    assert_int_equal(layout.offsets[0], 99);
    assert_int_equal(rst_layout_check(&layout, 99 + 160, "a", NULL), RST_OK);
    rst_layout_clear(&layout);
}

static void even_planes_become_one(void **unused)
{
    (void)unused;
    static const uint64_t between[][2] = {{99 + 80, 7}};
    uint64_t offsets[9];
    struct rst_layout layout = strips(offsets, 3, 99, 87);
    layout.offsets = owned(offsets, 9);
    rst_layout_merge(&layout);
    assert_int_equal(rst_layout_rows(&layout), 1);
    assert_int_equal(layout.planes, 1);
    assert_int_equal(layout.band_stride, 87);
    assert_int_equal(layout.strip_rows, 3);
    assert_int_equal(rst_layout_check(&layout, 99 + 2 * 87 + 80, "a", NULL), RST_OK);
    assert_int_equal(rst_layout_check(&layout, 99 + 2 * 87 + 79, "a", NULL), RST_E_TRUNCATED);
    /* What stands between two planes shares nothing with them. */
    assert_int_equal(rst_layout_check_disjoint(&layout, between, 1, "a", NULL), RST_OK);
    rst_layout_clear(&layout);
}

static void assert_stays(struct rst_layout layout)
{
    int64_t rows = rst_layout_rows(&layout), columns = rst_layout_columns(&layout);
    int32_t planes = layout.planes;
    ptrdiff_t band_stride = layout.band_stride;
    rst_layout_merge(&layout);
    assert_int_equal(rst_layout_rows(&layout), rows);
    assert_int_equal(rst_layout_columns(&layout), columns);
    assert_int_equal(layout.planes, planes);
    assert_int_equal(layout.band_stride, band_stride);
}

static void other_layouts_stay(void **unused)
{
    (void)unused;
    uint64_t offsets[9];
    for (int i = 0; i < 6; i++) {
        struct rst_layout layout = strips(offsets, i < 3 ? 1 : 3, 99, 87);
        if (i == 0) offsets[2]++;
        if (i == 1) offsets[1] = RST_NO_BLOCK;
        if (i == 2) offsets[0] = 99 + 180; /* backwards */
        if (i == 3) offsets[6] += 1, offsets[7] += 1, offsets[8] += 1;
        if (i == 4) offsets[4] += 500;
        if (i == 5) layout = strips(offsets, 3, 99, 79); /* planes reach into each other */
        layout.offsets = owned(offsets, 9);
        assert_stays(layout);
        assert_memory_equal(layout.offsets, offsets, (i < 3 ? 3 : 9) * sizeof *offsets);
        rst_layout_clear(&layout);
    }
    uint64_t grid[6];
    assert_stays(tiles(grid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_byte_must_be_in_the_file),
        cmocka_unit_test(impossible_geometry_is_refused),
        cmocka_unit_test(strides_may_go_backwards),
        cmocka_unit_test(backward_blocks_share_what_they_cover),
        cmocka_unit_test(without_offsets_only_the_size_counts),
        cmocka_unit_test(copies_are_deep),
        cmocka_unit_test(shared_bytes_are_found),
        cmocka_unit_test(sharing_is_what_a_map_of_bytes_says),
        cmocka_unit_test(strips_end_to_end_become_one),
        cmocka_unit_test(even_planes_become_one),
        cmocka_unit_test(other_layouts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
