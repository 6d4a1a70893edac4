/* From samples in scratch to filtered bytes.
 *
 * A row may be longer than any buffer should be, so it is copied out and filtered piece by piece. Which filter a row
 * gets follows from its samples and those above it, and from nothing else: not from where a walk began.
 */
#include "codecs/png/rows.h"

#include <string.h>

#include "codecs/codec.h"
#include "raster/base/size.h"

static size_t step_of(const struct rst_view *view)
{
    return (size_t)view->bands * rst_type_size(view->type);
}

uint64_t rst_png_band_bytes(const struct rst_png_band *band)
{
    return (uint64_t)band->view.height * ((uint64_t)band->view.width * step_of(&band->view) + 1);
}

/* Copies `count` pixels of row y from x on to `to`, and the pixel before them, or zeros, in front of `to`. */
static void copy_pixels(const struct rst_png_band *band, int64_t y, int64_t x, int64_t count, unsigned char *to)
{
    struct rst_view from = band->view, packed;
    size_t step = step_of(&from);
    if (y < 0 && band->first) {
        memset(to - step, 0, (size_t)(count + 1) * step);
        return;
    }
    if (x == 0)
        memset(to - step, 0, step);
    else
        x--, count++, to -= step;
    from.data = rst_view_at(&from, x, y, 0);
    from.width = count;
    from.height = 1;
    packed = rst_view_packed(to, from.type, count, 1, from.bands);
    bool swap = rst_type_size(from.type) > 1 && !RST_BIG_ENDIAN;
    enum rst_status status = rst_view_copy(&packed, &from, swap, NULL);
    (void)status; /* it copies between equal shapes */
}

static struct rst_png_piece next_piece(struct rst_png_rows *rows, int64_t x, int64_t most)
{
    const struct rst_view *view = &rows->band->view;
    size_t step = step_of(view);
    int64_t room = (int64_t)(RST_PNG_PIECE / step), count = rst_min64(rst_min64(view->width - x, most), room);
    copy_pixels(rows->band, rows->y, x, count, rows->row + RST_PNG_STEP);
    copy_pixels(rows->band, rows->y - 1, x, count, rows->above + RST_PNG_STEP);
    return (struct rst_png_piece){rows->row + RST_PNG_STEP, rows->above + RST_PNG_STEP, (size_t)count * step, step};
}

static enum rst_png_filter choose_filter(struct rst_png_rows *rows)
{
    int64_t width = rows->band->view.width;
    uint64_t cost[RST_PNG_FILTERS] = {0};
    int best = 0;
    if (!rows->filter) return RST_PNG_FILTER_NONE;
    for (int64_t x = 0; x < width;) {
        struct rst_png_piece piece = next_piece(rows, x, width);
        rst_png_forward_cost(&piece, cost);
        x += (int64_t)(piece.size / piece.step);
    }
    for (int filter = 1; filter < RST_PNG_FILTERS; filter++)
        if (cost[filter] < cost[best]) best = filter;
    return (enum rst_png_filter)best;
}

void rst_png_rows_start(struct rst_png_rows *rows, const struct rst_png_band *band, bool filter, int64_t y, int64_t x)
{
    rows->band = band;
    rows->filter = filter;
    rows->y = y;
    rows->x = x;
    rows->begun = x > 0;
    if (rows->begun) rows->chosen = choose_filter(rows);
}

size_t rst_png_rows_take(struct rst_png_rows *rows, unsigned char *to, size_t most)
{
    const struct rst_view *view = &rows->band->view;
    size_t step = step_of(view), size = 0;
    while (rows->y < view->height && most - size >= step + 1) {
        if (!rows->begun) {
            rows->chosen = choose_filter(rows);
            rows->begun = true;
            to[size++] = (unsigned char)rows->chosen;
        }
        struct rst_png_piece piece = next_piece(rows, rows->x, (int64_t)((most - size) / step));
        rst_png_forward(rows->chosen, &piece, to + size);
        size += piece.size;
        rows->x += (int64_t)(piece.size / step);
        if (rows->x < view->width) continue;
        rows->begun = false;
        rows->x = 0;
        rows->y++;
    }
    return size;
}
