/* Laying out blocks in a file that is ours alone: end to end, in the order of `offsets`. */
#include <inttypes.h>
#include <stdlib.h>

#include "raster/base/size.h"
#include "raster/image/block.h"
#include "raster/image/layout.h"

enum { ALIGNMENT = 64 }; /* of a block: no sample is misaligned, no two blocks share a cache line */

enum rst_status rst_layout_place(struct rst_layout *layout, const char *path, uint64_t *length, struct rst_error *err)
{
    uint64_t count = rst_block_count(layout), at = 0;
    layout->offsets =
        count <= SIZE_MAX / sizeof *layout->offsets ? calloc((size_t)count, sizeof *layout->offsets) : NULL;
    if (!layout->offsets)
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for the places of %" PRIu64 " blocks", path, count);
    int64_t columns = rst_layout_columns(layout), rows = rst_layout_rows(layout);
    for (uint64_t index = 0; index < count; index++) {
        struct rst_block_place place = rst_block_place(layout, index);
        struct rst_block_form form;
        uint64_t end;
        layout->offsets[index] = at;
        if (!rst_block_form(layout, place.column == columns - 1, place.row == rows - 1, &form) ||
            !rst_add(at, form.span, &end) || !rst_align_up(end, ALIGNMENT, &at) || at > INT64_MAX)
            return rst_fail(err, RST_E_UNSUPPORTED,
                            "%s: %" PRId64 "x%" PRId64 " pixels of %" PRId32 " bands are more than any file holds",
                            path, layout->width, layout->height, layout->bands);
    }
    *length = at;
    return RST_OK;
}
