/* Proves that no byte of a file belongs to two blocks, or to a block and to something else.
 *
 * A block is one range of bytes, or, where gaps are left along its longest stride (the planes of a merged planar image,
 * padded rows), one range per place along it: something else may stand in the gaps. Blocks mostly lie in ascending
 * order already, so ranges are first walked as they come, without a copy; only where one starts before the last are
 * they sorted, n log n in their number.
 */
#include "raster/image/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/block.h"

#define NOT_A_BLOCK UINT64_MAX

struct range {
    uint64_t from, length;
    uint64_t block; /* its place in the offsets, NOT_A_BLOCK for a reserved range */
};

/* Goes through the ranges of a layout. */
struct walk {
    const struct rst_layout *layout;
    struct rst_block_form forms[2][2];
    uint64_t count, columns, rows;
    uint64_t block, part; /* the next range */
};

static const struct rst_block_form *form_at(const struct walk *walk, uint64_t block)
{
    uint64_t column = block % walk->columns, row = block / walk->columns % walk->rows;
    return &walk->forms[row == walk->rows - 1][column == walk->columns - 1];
}

static uint64_t parts_of(const struct rst_block_form *form)
{
    return form->outer.stride > form->inner ? form->outer.count : 1;
}

static bool walk_start(struct walk *walk, const struct rst_layout *layout)
{
    *walk = (struct walk){.layout = layout,
                          .count = rst_block_count(layout),
                          .columns = (uint64_t)rst_layout_columns(layout),
                          .rows = (uint64_t)rst_layout_rows(layout)};
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 2; column++)
            if (!rst_block_form(layout, column, row, &walk->forms[row][column])) return false;
    return true;
}

static bool walk_next(struct walk *walk, struct range *range)
{
    const uint64_t *offsets = walk->layout->offsets;
    while (walk->block < walk->count && offsets[walk->block] == RST_NO_BLOCK)
        walk->block++;
    if (walk->block >= walk->count) return false;
    const struct rst_block_form *form = form_at(walk, walk->block);
    uint64_t parts = parts_of(form);
    *range = (struct range){.from = offsets[walk->block] - form->before + walk->part * form->outer.stride,
                            .length = parts > 1 ? form->inner : form->span,
                            .block = walk->block};
    if (++walk->part == parts) {
        walk->part = 0;
        walk->block++;
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct range *left = a, *right = b;
    return (left->from > right->from) - (left->from < right->from);
}

static void describe(const struct rst_layout *layout, const struct range *range, char *text, size_t size)
{
    if (range->block == NOT_A_BLOCK) {
        snprintf(text, size, "what the format keeps at byte %" PRIu64 " (%" PRIu64 " bytes)", range->from,
                 range->length);
        return;
    }
    struct rst_block_place at = rst_block_place(layout, range->block);
    snprintf(text, size,
             "the block at column %" PRId64 ", row %" PRId64 ", plane %" PRId32 " (bytes %" PRIu64 " to %" PRIu64 ")",
             at.column, at.row, at.plane, range->from, range->from + range->length - 1);
}

static enum rst_status fail_shared(const struct rst_layout *layout, const struct range *a, const struct range *b,
                                   const char *path, struct rst_error *err)
{
    char first[120], second[120];
    describe(layout, a, first, sizeof first);
    describe(layout, b, second, sizeof second);
    return rst_fail(err, RST_E_FORMAT, "%s: %s and %s share bytes; copy the image to a new file to write it", path,
                    first, second);
}

/* Of ranges in ascending order, where any two share bytes two neighbours do. */
static bool overlap(const struct range *before, const struct range *after)
{
    return after->from - before->from < before->length;
}

/* Blocks as they come, with the sorted reserved ranges put between them. */
struct merge {
    struct walk walk;
    const struct range *reserved;
    size_t left;
    struct range block;
    bool has_block;
};

static bool merge_next(struct merge *merge, struct range *range)
{
    if (merge->left && (!merge->has_block || merge->reserved->from <= merge->block.from)) {
        *range = *merge->reserved++;
        merge->left--;
        return true;
    }
    if (!merge->has_block) return false;
    *range = merge->block;
    merge->has_block = walk_next(&merge->walk, &merge->block);
    return true;
}

/* Without a copy, for as long as the blocks ascend; *sorted tells whether they did to the end. */
static enum rst_status check_in_order(struct walk walk, const struct range *reserved, size_t count, const char *path,
                                      bool *sorted, struct rst_error *err)
{
    struct merge merge = {.walk = walk, .reserved = reserved, .left = count};
    struct range last = {0}, range;
    merge.has_block = walk_next(&merge.walk, &merge.block);
    *sorted = true;
    for (; merge_next(&merge, &range); last = range) {
        if (range.from < last.from) {
            *sorted = false;
            return RST_OK;
        }
        if (overlap(&last, &range)) return fail_shared(walk.layout, &last, &range, path, err);
    }
    return RST_OK;
}

/* The same for blocks in any order. */
static enum rst_status check_sorted(struct walk walk, const struct range *reserved, size_t count, const char *path,
                                    struct rst_error *err)
{
    struct walk counter = walk;
    struct range range;
    uint64_t total = count, bytes;
    while (walk_next(&counter, &range))
        total++;
    struct range *all = rst_mul(total, sizeof *all, &bytes) && bytes <= SIZE_MAX ? malloc((size_t)bytes) : NULL;
    if (!all) return rst_fail(err, RST_E_NOMEM, "%s: no memory to sort %" PRIu64 " blocks", path, total);

    if (count) memcpy(all, reserved, count * sizeof *all);
    size_t filled = count;
    while (walk_next(&walk, &range))
        all[filled++] = range;
    qsort(all, filled, sizeof *all, compare);
    enum rst_status status = RST_OK;
    for (size_t i = 1; i < filled && status == RST_OK; i++)
        if (overlap(&all[i - 1], &all[i])) status = fail_shared(walk.layout, &all[i - 1], &all[i], path, err);
    free(all);
    return status;
}

/* Sorts the reserved ranges into `ranges`, empty ones left out, those that touch or overlap made one: among themselves
 * they may share bytes. Returns how many are left. */
static size_t gather_reserved(const uint64_t (*reserved)[2], size_t count, struct range *ranges)
{
    size_t filled = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        if (reserved[i][1] > 0) ranges[filled++] = (struct range){reserved[i][0], reserved[i][1], NOT_A_BLOCK};
    if (filled == 0) return 0;
    qsort(ranges, filled, sizeof *ranges, compare);
    for (size_t i = 1; i < filled; i++) {
        uint64_t gap = ranges[i].from - ranges[kept].from;
        if (gap > ranges[kept].length)
            ranges[++kept] = ranges[i];
        else if (ranges[i].length > ranges[kept].length - gap)
            ranges[kept].length = gap + ranges[i].length;
    }
    return kept + 1;
}

enum rst_status rst_layout_check_disjoint(const struct rst_layout *layout, const uint64_t (*reserved)[2], size_t count,
                                          const char *path, struct rst_error *err)
{
    struct walk walk;
    if (!layout->offsets) return RST_OK;
    if (!walk_start(&walk, layout)) return rst_fail(err, RST_E_FORMAT, "%s: the samples of a block share bytes", path);
    struct range *ranges = count ? calloc(count, sizeof *ranges) : NULL;
    if (count && !ranges) return rst_fail(err, RST_E_NOMEM, "%s: no memory for %zu reserved ranges", path, count);
    count = gather_reserved(reserved, count, ranges);

    bool sorted;
    enum rst_status status = check_in_order(walk, ranges, count, path, &sorted, err);
    if (status == RST_OK && !sorted) status = check_sorted(walk, ranges, count, path, err);
    free(ranges);
    return status;
}
