/* Views and their free transformations.
 *
 * Each transformation is a change of the origin and of signs and places of the strides; no pixel is read. A view
 * always has at least one sample, so the address of its last column or row is a valid one to start from.
 */
#include "raster/image/view.h"

#include <inttypes.h>

#include "raster/image/copy.h"

struct rst_view rst_view_packed(void *data, enum rst_type type, int64_t width, int64_t height, int32_t bands)
{
    ptrdiff_t size = (ptrdiff_t)rst_type_size(type);
    return (struct rst_view){.data = data,
                             .type = type,
                             .width = width,
                             .height = height,
                             .bands = bands,
                             .pixel_stride = size * bands,
                             .row_stride = size * bands * width,
                             .band_stride = size};
}

/* Whether `length` places from `from` on lie in 0 ... size - 1; no sum that could overflow. */
static bool lies_inside(int64_t from, int64_t length, int64_t size)
{
    return from >= 0 && length >= 1 && length <= size && from <= size - length;
}

enum rst_status rst_view_crop(struct rst_view *view, struct rst_rect window, struct rst_error *err)
{
    if (!lies_inside(window.x, window.width, view->width) || !lies_inside(window.y, window.height, view->height))
        return rst_fail(err, RST_E_ARGUMENT,
                        "window %" PRId64 "x%" PRId64 " at %" PRId64 ",%" PRId64 " does not lie inside %" PRId64
                        "x%" PRId64 " pixels",
                        window.width, window.height, window.x, window.y, view->width, view->height);
    view->data = rst_view_at(view, window.x, window.y, 0);
    view->width = window.width;
    view->height = window.height;
    return RST_OK;
}

struct rst_view rst_view_flip_horizontal(struct rst_view view)
{
    view.data = rst_view_at(&view, view.width - 1, 0, 0);
    view.pixel_stride = -view.pixel_stride;
    return view;
}

struct rst_view rst_view_flip_vertical(struct rst_view view)
{
    view.data = rst_view_at(&view, 0, view.height - 1, 0);
    view.row_stride = -view.row_stride;
    return view;
}

struct rst_view rst_view_transpose(struct rst_view view)
{
    struct rst_view turned = view;
    turned.width = view.height;
    turned.height = view.width;
    turned.pixel_stride = view.row_stride;
    turned.row_stride = view.pixel_stride;
    return turned;
}

struct rst_view rst_view_rotate(struct rst_view view, int quarter_turns)
{
    switch (quarter_turns & 3) { /* two's complement: -1 is three turns clockwise */
    case 1:
        return rst_view_flip_horizontal(rst_view_transpose(view));
    case 2:
        return rst_view_flip_horizontal(rst_view_flip_vertical(view));
    case 3:
        return rst_view_flip_vertical(rst_view_transpose(view));
    default:
        return view;
    }
}

enum rst_status rst_view_bands(struct rst_view *view, const int32_t *list, int32_t count, struct rst_error *err)
{
    if (count < 1) return rst_fail(err, RST_E_ARGUMENT, "a list of bands needs at least one band, not %" PRId32, count);
    for (int32_t i = 0; i < count; i++)
        if (list[i] < 0 || list[i] >= view->bands)
            return rst_fail(err, RST_E_ARGUMENT, "band %" PRId32 " does not exist: there are bands 0 to %" PRId32,
                            list[i], view->bands - 1);
    int64_t step = count > 1 ? (int64_t)list[1] - list[0] : 1;
    for (int32_t i = 2; i < count; i++)
        if ((int64_t)list[i] - list[i - 1] != step)
            return rst_fail(err, RST_E_UNSUPPORTED,
                            "bands %" PRId32 ", %" PRId32 ", %" PRId32
                            " are not evenly spaced: a view cannot pick them, copy them instead",
                            list[i - 2], list[i - 1], list[i]);
    view->data = rst_view_at(view, 0, 0, list[0]);
    view->band_stride *= step;
    view->bands = count;
    return RST_OK;
}

enum rst_status rst_view_subsample(struct rst_view *view, int64_t step_x, int64_t step_y, struct rst_error *err)
{
    if (step_x < 1 || step_y < 1)
        return rst_fail(err, RST_E_ARGUMENT, "subsampling steps must be 1 or more, not %" PRId64 " and %" PRId64,
                        step_x, step_y);
    view->width = (view->width - 1) / step_x + 1;
    view->height = (view->height - 1) / step_y + 1;
    /* A step beyond the image leaves one column or row, whose stride is never used; it must not overflow. */
    if (view->width > 1) view->pixel_stride *= step_x;
    if (view->height > 1) view->row_stride *= step_y;
    return RST_OK;
}

enum rst_status rst_view_copy(const struct rst_view *to, const struct rst_view *from, bool swap, struct rst_error *err)
{
    if (to->type != from->type)
        return rst_fail(err, RST_E_ARGUMENT, "cannot copy %s samples to a view of %s", rst_type_name(from->type),
                        rst_type_name(to->type));
    if (to->width != from->width || to->height != from->height || to->bands != from->bands)
        return rst_fail(err, RST_E_ARGUMENT,
                        "cannot copy %" PRId64 "x%" PRId64 "x%" PRId32 " samples to a view of %" PRId64 "x%" PRId64
                        "x%" PRId32,
                        from->width, from->height, from->bands, to->width, to->height, to->bands);
    rst_copy_samples(to, from, swap);
    return RST_OK;
}
