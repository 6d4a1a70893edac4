/* Layouts: proving that a grid of blocks lies in its file, and making it as coarse as it can be.
 *
 * Inside a block the three axes must nest: sorted by stride, each stride covers all that the shorter ones span. So no
 * two samples of a block share a byte, and the last byte of a block is the sum of the last steps along each axis. Steps
 * back (a negative stride) reach the same way below the block's offset, so both ends are proven. A block's size depends
 * only on whether it stands in the last column and row, so there are four sizes to reckon, not one per block.
 */
#include "raster/image/layout.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/image/block.h"

int64_t rst_layout_columns(const struct rst_layout *layout)
{
    if (layout->block_width < 1 || layout->width < 1) return 0;
    return (layout->width - 1) / layout->block_width + 1;
}

int64_t rst_layout_rows(const struct rst_layout *layout)
{
    if (layout->block_height < 1 || layout->height < 1) return 0;
    return (layout->height - 1) / layout->block_height + 1;
}

uint64_t rst_block_count(const struct rst_layout *layout)
{
    return (uint64_t)rst_layout_columns(layout) * (uint64_t)rst_layout_rows(layout) * (uint64_t)layout->planes;
}

/* Sorts by stride, longest first; an axis of one place has no stride to speak of and goes last. */
static void sort_axes(struct rst_block_axis axes[3])
{
    for (int i = 0; i < 3; i++)
        if (axes[i].count == 1) axes[i].stride = 0;
    for (int i = 1; i < 3; i++)
        for (int j = i; j > 0 && axes[j].stride > axes[j - 1].stride; j--) {
            struct rst_block_axis other = axes[j];
            axes[j] = axes[j - 1];
            axes[j - 1] = other;
        }
}

/* An axis; what its steps reach below the first sample is added to *before. false where that does not fit. */
static bool make_axis(int64_t count, ptrdiff_t stride, struct rst_block_axis *axis, uint64_t *before)
{
    *axis = (struct rst_block_axis){(uint64_t)count, stride < 0 ? 0 - (uint64_t)stride : (uint64_t)stride};
    return stride >= 0 || rst_mul_add(axis->count - 1, axis->stride, *before, before);
}

bool rst_block_form(const struct rst_layout *layout, bool last_column, bool last_row, struct rst_block_form *form)
{
    int64_t width = layout->block_width, height = layout->block_height;
    if (!layout->tail) {
        if (last_column) width = layout->width - (rst_layout_columns(layout) - 1) * layout->block_width;
        if (last_row) height = layout->height - (rst_layout_rows(layout) - 1) * layout->block_height;
    }
    int64_t bands = layout->planes == 1 ? layout->bands : 1;
    struct rst_block_axis axes[3];
    form->before = 0;
    if (!make_axis(height, layout->row_stride, &axes[0], &form->before) ||
        !make_axis(bands, layout->band_stride, &axes[1], &form->before) ||
        !make_axis(width, layout->pixel_stride, &axes[2], &form->before))
        return false;
    sort_axes(axes);
    uint64_t span = rst_type_size(layout->type);
    for (int i = 2; i >= 0; i--) {
        form->inner = span;
        if (axes[i].count > 1 && axes[i].stride < span) return false;
        if (!rst_mul_add(axes[i].count - 1, axes[i].stride, span, &span)) return false;
    }
    form->outer = axes[0];
    form->span = span;
    return true;
}

enum rst_status rst_layout_copy(struct rst_layout *to, const struct rst_layout *from, struct rst_error *err)
{
    *to = *from;
    if (!from->offsets) return RST_OK;
    uint64_t count = rst_block_count(from), bytes;
    to->offsets = rst_mul(count, sizeof *from->offsets, &bytes) && bytes <= SIZE_MAX ? malloc((size_t)bytes) : NULL;
    if (!to->offsets) {
        *to = (struct rst_layout){0};
        return rst_fail(err, RST_E_NOMEM, "no memory for the offsets of %" PRIu64 " blocks", count);
    }
    memcpy(to->offsets, from->offsets, (size_t)bytes);
    return RST_OK;
}

void rst_layout_clear(struct rst_layout *layout)
{
    if (!layout) return;
    free(layout->offsets);
    *layout = (struct rst_layout){0};
}

static enum rst_status check_size(const struct rst_layout *layout, const char *path, struct rst_error *err)
{
    if ((unsigned)layout->type >= RST_TYPE_COUNT)
        return rst_fail(err, RST_E_FORMAT, "%s: there is no pixel type %u", path, (unsigned)layout->type);
    if (layout->width < 1 || layout->height < 1 || layout->width > RST_MAX_SIDE || layout->height > RST_MAX_SIDE)
        return rst_fail(err, RST_E_FORMAT,
                        "%s: an image of %" PRId64 "x%" PRId64 " pixels: sides go from 1 to %" PRId64, path,
                        layout->width, layout->height, RST_MAX_SIDE);
    if (layout->bands < 1 || layout->bands > RST_MAX_BANDS)
        return rst_fail(err, RST_E_FORMAT, "%s: %" PRId32 " bands: they go from 1 to %d", path, layout->bands,
                        RST_MAX_BANDS);
    return RST_OK;
}

static enum rst_status check_grid(const struct rst_layout *layout, const char *path, struct rst_error *err)
{
    if (layout->planes != 1 && layout->planes != layout->bands)
        return rst_fail(err, RST_E_FORMAT, "%s: %" PRId32 " planes for %" PRId32 " bands", path, layout->planes,
                        layout->bands);
    if (layout->block_width < 1 || layout->block_height < 1 || layout->block_width > RST_MAX_SIDE ||
        layout->block_height > RST_MAX_SIDE)
        return rst_fail(err, RST_E_FORMAT, "%s: blocks of %" PRId64 "x%" PRId64 " pixels: sides go from 1 to %" PRId64,
                        path, layout->block_width, layout->block_height, RST_MAX_SIDE);
    uint64_t count;
    if (!rst_mul((uint64_t)rst_layout_columns(layout), (uint64_t)rst_layout_rows(layout), &count) ||
        !rst_mul(count, (uint64_t)layout->planes, &count) || !rst_mul(count, sizeof(uint64_t), &count))
        return rst_fail(err, RST_E_FORMAT,
                        "%s: blocks of %" PRId64 "x%" PRId64 " pixels are too many to count on %" PRId64 "x%" PRId64,
                        path, layout->block_width, layout->block_height, layout->width, layout->height);
    return RST_OK;
}

static enum rst_status fail_short(const struct rst_layout *layout, uint64_t index, uint64_t span, uint64_t file_length,
                                  const char *path, struct rst_error *err)
{
    struct rst_block_place at = rst_block_place(layout, index);
    uint64_t from = layout->offsets[index];
    return rst_fail(err, RST_E_TRUNCATED,
                    "%s: block at column %" PRId64 ", row %" PRId64 ", plane %" PRId32 " needs %" PRIu64
                    " bytes from byte %" PRIu64 " on, the file has %" PRIu64 " bytes",
                    path, at.column, at.row, at.plane, span, from, file_length);
}

static enum rst_status fail_early(const struct rst_layout *layout, uint64_t index, uint64_t before, const char *path,
                                  struct rst_error *err)
{
    struct rst_block_place at = rst_block_place(layout, index);
    return rst_fail(err, RST_E_FORMAT,
                    "%s: block at column %" PRId64 ", row %" PRId64 ", plane %" PRId32 " reaches %" PRIu64
                    " bytes back from byte %" PRIu64 ", before the file's first",
                    path, at.column, at.row, at.plane, before, layout->offsets[index]);
}

struct rst_block_place rst_block_place(const struct rst_layout *layout, uint64_t index)
{
    uint64_t columns = (uint64_t)rst_layout_columns(layout), rows = (uint64_t)rst_layout_rows(layout);
    assert(columns > 0 && rows > 0);
    return (struct rst_block_place){.column = (int64_t)(index % columns),
                                    .row = (int64_t)(index / columns % rows),
                                    .plane = (int32_t)(index / columns / rows)};
}

enum rst_status rst_layout_check(const struct rst_layout *layout, uint64_t file_length, const char *path,
                                 struct rst_error *err)
{
    RST_TRY(check_size(layout, path, err));
    if (!layout->offsets) return RST_OK;
    RST_TRY(check_grid(layout, path, err));

    struct rst_block_form forms[2][2];
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 2; column++)
            if (!rst_block_form(layout, column, row, &forms[row][column]))
                return rst_fail(err, RST_E_FORMAT,
                                "%s: in blocks of %" PRId64 "x%" PRId64 " pixels strides of %td (pixel), %td (row) and "
                                "%td (band) bytes let samples overlap",
                                path, layout->block_width, layout->block_height, layout->pixel_stride,
                                layout->row_stride, layout->band_stride);

    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    uint64_t index = 0;
    for (int32_t plane = 0; plane < layout->planes; plane++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++, index++) {
                uint64_t from = layout->offsets[index], end;
                const struct rst_block_form *form = &forms[row == rows - 1][column == columns - 1];
                uint64_t behind = form->span - form->before;
                if (from == RST_NO_BLOCK) continue;
                if (from < form->before) return fail_early(layout, index, form->before, path, err);
                if (!rst_add(from, behind, &end) || end > file_length)
                    return fail_short(layout, index, behind, file_length, path, err);
            }
    return RST_OK;
}

/* True where every block starts `distance` bytes after the one above it. */
static bool strips_touch(const uint64_t *offsets, int64_t rows, uint64_t distance)
{
    for (int64_t row = 1; row < rows; row++)
        if (offsets[row] == RST_NO_BLOCK || offsets[row] < offsets[row - 1] ||
            offsets[row] - offsets[row - 1] != distance)
            return false;
    return offsets[0] != RST_NO_BLOCK;
}

/* The even distance from plane to plane, where planes are whole and do not reach into each other; else false. */
static bool planes_are_even(const struct rst_layout *layout, int64_t rows, uint64_t *distance)
{
    const uint64_t *offsets = layout->offsets;
    uint64_t plane_bytes;
    if (offsets[0] == RST_NO_BLOCK || offsets[rows] == RST_NO_BLOCK || offsets[rows] <= offsets[0]) return false;
    *distance = offsets[rows] - offsets[0];
    if (*distance > PTRDIFF_MAX) return false;
    if (!rst_mul((uint64_t)layout->height, (uint64_t)layout->row_stride, &plane_bytes)) return false;
    if (*distance < plane_bytes) return false;
    for (int32_t plane = 2; plane < layout->planes; plane++) {
        uint64_t here = offsets[plane * rows], before = offsets[(plane - 1) * rows];
        if (here == RST_NO_BLOCK || here < before || here - before != *distance) return false;
    }
    return true;
}

void rst_layout_merge(struct rst_layout *layout)
{
    int64_t rows = rst_layout_rows(layout);
    if (!layout->offsets || rst_layout_columns(layout) != 1 || (rows == 1 && layout->planes == 1)) return;
    if (layout->row_stride < 0 || layout->band_stride < 0) return;
    uint64_t strip_bytes, distance = (uint64_t)layout->band_stride;
    if (!rst_mul((uint64_t)layout->block_height, (uint64_t)layout->row_stride, &strip_bytes)) return;
    for (int32_t plane = 0; plane < layout->planes; plane++)
        if (!strips_touch(layout->offsets + plane * rows, rows, strip_bytes)) return;
    if (layout->planes > 1 && !planes_are_even(layout, rows, &distance)) return;

    layout->block_width = layout->width;
    layout->block_height = layout->height;
    layout->tail = false;
    layout->planes = 1;
    layout->band_stride = (ptrdiff_t)distance;
    uint64_t *offsets = realloc(layout->offsets, sizeof *offsets);
    if (offsets) layout->offsets = offsets;
}
