/* Reading and writing windows of a raster.
 *
 * A window inside the image is cut along the grid of blocks, and each piece is one strided copy between the block and
 * the caller's view. Callers come with single rows that cross many small blocks, so finding a block costs one division
 * per window and nothing is allocated.
 *
 * A window that reaches out is cut into runs of columns and rows (run.h): each is a piece of the image, read forwards,
 * backwards (into a flipped view) or once and then spread. What the window's own inner part already holds is copied
 * from there. First the inner rows are filled over the whole width, then the rows above and below.
 */
#include "raster/image/raster.h"

#include <inttypes.h>

#include "raster/base/size.h"
#include "raster/image/copy.h"
#include "raster/image/drain.h"
#include "raster/image/handle.h"
#include "raster/image/hold.h"
#include "raster/image/holes.h"
#include "raster/image/lazy.h"
#include "raster/image/run.h"

/* A window that lies inside the image, and the caller's view of the same size. */
struct window {
    const struct rst_raster *raster;
    char *data; /* of the mapping */
    int64_t x, y;
    int32_t band; /* first one */
    struct rst_view view;
};

static uint64_t offset_of(const struct rst_raster *raster, int32_t plane, int64_t column, int64_t row)
{
    return raster->layout.offsets[(plane * raster->rows + row) * raster->columns + column];
}

/* Moves what one row of blocks holds of one plane. `part` is the caller's view of these rows and bands, y the image row
 * of its first, band the block's band of its first. Only a store into a sparse output can fail. */
static enum rst_status move_row(const struct window *window, struct rst_view part, int32_t plane, int64_t y,
                                int32_t band, bool store, struct rst_error *err)
{
    const struct rst_raster *raster = window->raster;
    const struct rst_layout *layout = &raster->layout;
    int64_t row = y / layout->block_height, column = window->x / layout->block_width;
    int64_t inside = window->x - column * layout->block_width, left = part.width;
    ptrdiff_t within = (y - row * layout->block_height) * layout->row_stride + band * layout->band_stride;
    struct rst_view block = part;
    block.pixel_stride = layout->pixel_stride;
    block.row_stride = layout->row_stride;
    block.band_stride = layout->band_stride;
    for (;;) {
        part.width = rst_min64(layout->block_width - inside, left);
        uint64_t offset = offset_of(raster, plane, column, row);
        if (offset == RST_NO_BLOCK) {
            rst_copy_fill(&part, raster->meta.has_nodata ? raster->meta.nodata : (union rst_sample){0});
        } else {
            block.width = part.width;
            block.data = window->data + offset + within + inside * layout->pixel_stride;
            if (store && raster->holes)
                RST_TRY(rst_holes_store(raster->holes, &block, &part, layout->swapped, err));
            else
                rst_copy_samples(store ? &block : &part, store ? &part : &block, layout->swapped);
        }
        left -= part.width;
        if (left == 0) return RST_OK;
        part.data = (char *)part.data + part.width * part.pixel_stride;
        inside = 0;
        column++;
    }
}

/* Moves a window that lies inside the image. */
static enum rst_status move(const struct window *window, bool store, struct rst_error *err)
{
    const struct rst_layout *layout = &window->raster->layout;
    bool planar = layout->planes > 1;
    int32_t turns = planar ? window->view.bands : 1;
    for (int64_t y = 0, height; y < window->view.height; y += height) {
        int64_t place = (window->y + y) % layout->block_height;
        height = rst_min64(layout->block_height - place, window->view.height - y);
        for (int32_t i = 0; i < turns; i++) {
            struct rst_view part = window->view;
            part.data = rst_view_at(&part, 0, y, i);
            part.height = height;
            part.bands = planar ? 1 : part.bands;
            RST_TRY(move_row(window, part, planar ? window->band + i : 0, window->y + y, planar ? 0 : window->band,
                             store, err));
        }
    }
    return RST_OK;
}

/* move(), of which reading is the part that cannot fail. */
static void move_in(const struct window *window)
{
    enum rst_status status = move(window, false, NULL);
    (void)status;
}

/* A window that reaches out of the image, and what is seen there. */
struct outreach {
    struct window window; /* x and y may lie outside */
    enum rst_border_rule rule;
    union rst_sample value;
    int64_t inner_from, inner_to; /* the image's columns that the window holds; none where from >= to */
};

/* Spreads the first column of a view over the others. */
static void spread_column(struct rst_view view)
{
    struct rst_view from = view;
    if (view.width == 1) return;
    view.data = rst_view_at(&view, 1, 0, 0);
    view.width = from.width = view.width - 1;
    from.pixel_stride = 0;
    rst_copy_samples(&view, &from, false);
}

static void spread_row(struct rst_view view)
{
    spread_column(rst_view_transpose(view));
}

/* The part of a run's source that is read: its lowest place and how many there are. */
static void source_of(struct rst_run run, int64_t *from, int64_t *length)
{
    *length = run.step == 0 ? 1 : run.length;
    *from = run.step < 0 ? run.source - run.length + 1 : run.source;
}

/* Fills `part`, the window's columns of one run, from image rows y ... of its height. `rows` are the window's same rows
 * over its whole width, of which the inner columns are filled already unless this is them. */
static void fill_run(const struct outreach *reach, struct rst_view rows, struct rst_view part, struct rst_run run,
                     int64_t y, bool inner)
{
    if (run.source < 0) {
        rst_copy_fill(&part, reach->value);
        return;
    }
    int64_t from, length;
    source_of(run, &from, &length);
    struct rst_view to = part;
    to.width = length;
    if (run.step < 0) to = rst_view_flip_horizontal(to);
    if (!inner && from >= reach->inner_from && from + length <= reach->inner_to) {
        rows.data = rst_view_at(&rows, from - reach->window.x, 0, 0);
        rows.width = length;
        rst_copy_samples(&to, &rows, false);
    } else {
        struct window piece = reach->window;
        piece.x = from;
        piece.y = y;
        piece.view = to;
        move_in(&piece);
    }
    if (run.step == 0) spread_column(part);
}

/* Fills whole rows of the window from image rows y ... y + rows.height - 1: the inner columns, then those beside. */
static void fill_rows(const struct outreach *reach, struct rst_view rows, int64_t y)
{
    int64_t x = reach->window.x, width = reach->window.raster->layout.width;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t at = 0; at < rows.width;) {
            struct rst_run run = rst_border_run(x + at, width, rows.width - at, reach->rule);
            bool inner = x + at >= 0 && x + at < width;
            struct rst_view part = rows;
            part.data = rst_view_at(&rows, at, 0, 0);
            part.width = run.length;
            at += run.length;
            if (inner == (pass == 0)) fill_run(reach, rows, part, run, y, inner);
        }
    }
}

/* Fills the window's rows of one run of rows. */
static void fill_row_run(const struct outreach *reach, struct rst_view part, struct rst_run run, bool inner)
{
    if (run.source < 0) {
        rst_copy_fill(&part, reach->value);
        return;
    }
    const struct window *window = &reach->window;
    int64_t from, length;
    source_of(run, &from, &length);
    struct rst_view to = part;
    to.height = length;
    if (run.step < 0) to = rst_view_flip_vertical(to);
    if (!inner && from >= window->y && from + length <= window->y + window->view.height) {
        struct rst_view rows = to;
        rows.data = rst_view_at(&window->view, 0, from - window->y, 0);
        rows.row_stride = window->view.row_stride;
        rst_copy_samples(&to, &rows, false);
    } else {
        fill_rows(reach, to, from);
    }
    if (run.step == 0) spread_row(part);
}

static void read_outreach(const struct outreach *reach)
{
    const struct rst_view *view = &reach->window.view;
    int64_t y = reach->window.y, height = reach->window.raster->layout.height;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t at = 0; at < view->height;) {
            struct rst_run run = rst_border_run(y + at, height, view->height - at, reach->rule);
            bool inner = y + at >= 0 && y + at < height;
            struct rst_view part = *view;
            part.data = rst_view_at(view, 0, at, 0);
            part.height = run.length;
            at += run.length;
            if (inner == (pass == 0)) fill_row_run(reach, part, run, inner);
        }
    }
}

static bool lies_inside(const struct rst_layout *layout, int64_t x, int64_t y, const struct rst_view *view)
{
    return x >= 0 && y >= 0 && view->width <= layout->width && view->height <= layout->height &&
           x <= layout->width - view->width && y <= layout->height - view->height;
}

static enum rst_status check_view(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                  const struct rst_view *view, struct rst_error *err)
{
    const struct rst_layout *layout = &raster->layout;
    RST_TRY(rst_raster_need_map(raster, err));
    if (view->type != layout->type)
        return rst_fail(err, RST_E_ARGUMENT, "%s: a window of %s samples cannot be moved through a view of %s",
                        raster->path, rst_type_name(layout->type), rst_type_name(view->type));
    if (band < 0 || view->bands < 1 || view->bands > layout->bands - band)
        return rst_fail(err, RST_E_ARGUMENT, "%s: %" PRId32 " bands from band %" PRId32 " on: there are %" PRId32,
                        raster->path, view->bands, band, layout->bands);
    int64_t end;
    if (view->width < 1 || view->height < 1 || __builtin_add_overflow(x, view->width, &end) ||
        __builtin_add_overflow(y, view->height, &end))
        return rst_fail(err, RST_E_ARGUMENT, "%s: no window of %" PRId64 "x%" PRId64 " pixels at %" PRId64 ",%" PRId64,
                        raster->path, view->width, view->height, x, y);
    return RST_OK;
}

static void read_window(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                        const struct rst_border *border, const struct rst_view *to)
{
    const struct rst_layout *layout = &raster->layout;
    struct window window = {raster, rst_map_data(raster->map), x, y, band, *to};
    if (lies_inside(layout, x, y, to)) {
        move_in(&window);
        return;
    }
    struct outreach reach = {.window = window,
                             .rule = border ? border->rule : RST_REPLICATE,
                             .inner_from = rst_max64(x, 0),
                             .inner_to = rst_min64(x + to->width, layout->width)};
    if (reach.rule == RST_CONSTANT) reach.value = rst_sample_from_double(border->value, layout->type);
    read_outreach(&reach);
}

/* The part of the image that a window is read from. */
static struct rst_rect seen_by(const struct rst_raster *raster, int64_t x, int64_t y, const struct rst_border *border,
                               const struct rst_view *to)
{
    enum rst_border_rule rule = border ? border->rule : RST_REPLICATE;
    int64_t left, right, top, bottom;
    if (!rst_border_range(x, to->width, raster->layout.width, rule, &left, &right) ||
        !rst_border_range(y, to->height, raster->layout.height, rule, &top, &bottom))
        return (struct rst_rect){0};
    return (struct rst_rect){left, top, right - left + 1, bottom - top + 1};
}

enum rst_status rst_raster_read_bands(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                      const struct rst_border *border, const struct rst_view *to, struct rst_error *err)
{
    RST_TRY(check_view(raster, x, y, band, to, err));
    if (raster->drain) RST_TRY(rst_drain_check(raster->drain, seen_by(raster, x, y, border, to), raster->path, err));
    if (!raster->lazy) {
        read_window(raster, x, y, band, border, to);
        return RST_OK;
    }
    struct rst_rect seen = seen_by(raster, x, y, border, to);
    RST_TRY(rst_lazy_hold(raster->lazy, seen, err));
    read_window(raster, x, y, band, border, to);
    rst_lazy_unhold(raster->lazy, seen);
    return RST_OK;
}

enum rst_status rst_raster_read_held(const struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                     const struct rst_view *to, struct rst_error *err)
{
    RST_TRY(check_view(raster, x, y, band, to, err));
    read_window(raster, x, y, band, NULL, to);
    return RST_OK;
}

enum rst_status rst_raster_read(const struct rst_raster *raster, int64_t x, int64_t y, const struct rst_border *border,
                                const struct rst_view *to, struct rst_error *err)
{
    if (to->bands != raster->layout.bands)
        return rst_fail(err, RST_E_ARGUMENT, "%s: a view of %" PRId32 " bands for an image of %" PRId32, raster->path,
                        to->bands, raster->layout.bands);
    return rst_raster_read_bands(raster, x, y, 0, border, to, err);
}

/* That every block the window touches is stored, before the first is written. */
static enum rst_status check_stored(const struct window *window, struct rst_error *err)
{
    const struct rst_raster *raster = window->raster;
    const struct rst_layout *layout = &raster->layout;
    bool planar = layout->planes > 1;
    int32_t first = planar ? window->band : 0, count = planar ? window->view.bands : 1;
    int64_t right = (window->x + window->view.width - 1) / layout->block_width;
    int64_t bottom = (window->y + window->view.height - 1) / layout->block_height;
    for (int32_t plane = first; plane < first + count; plane++)
        for (int64_t row = window->y / layout->block_height; row <= bottom; row++)
            for (int64_t column = window->x / layout->block_width; column <= right; column++)
                if (offset_of(raster, plane, column, row) == RST_NO_BLOCK)
                    return rst_fail(err, RST_E_UNSUPPORTED,
                                    "%s: the block at column %" PRId64 ", row %" PRId64 ", plane %" PRId32
                                    " is not stored and cannot be written; write to a new file",
                                    raster->path, column, row, plane);
    return RST_OK;
}

enum rst_status rst_raster_write(struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                 const struct rst_view *from, struct rst_error *err)
{
    const struct rst_rect window = {x, y, from->width, from->height};
    if (raster->drain) RST_TRY(rst_drain_room(raster->drain, window, raster->path, err));
    return rst_raster_write_held(raster, x, y, band, from, err);
}

enum rst_status rst_raster_write_held(struct rst_raster *raster, int64_t x, int64_t y, int32_t band,
                                      const struct rst_view *from, struct rst_error *err)
{
    const struct rst_layout *layout = &raster->layout;
    RST_TRY(check_view(raster, x, y, band, from, err));
    if (rst_raster_mode(raster) == RST_READ)
        return rst_fail(err, RST_E_READONLY, "%s: opened for reading only", raster->path);
    if (!lies_inside(layout, x, y, from))
        return rst_fail(err, RST_E_ARGUMENT,
                        "%s: the window %" PRId64 "x%" PRId64 " at %" PRId64 ",%" PRId64
                        " reaches out of the image of %" PRId64 "x%" PRId64,
                        raster->path, from->width, from->height, x, y, layout->width, layout->height);
    struct window window = {raster, rst_map_data(raster->map), x, y, band, *from};
    if (raster->sparse) RST_TRY(check_stored(&window, err));
    return move(&window, true, err);
}
