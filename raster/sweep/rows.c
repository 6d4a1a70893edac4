/* Rows on demand. An operation asks for row y of its input; the row is pulled out of the raster or out of the
 * operation before, and the border rule of THIS operation's input is applied to it: an intermediate image has
 * borders of its own, just as if it had been stored. A row that lies in the mapping as kernels want it is handed out as
 * it is; others are made in one of `hold` slots, found by row number, so that a row asked for again is not made again.
 *
 * The columns that the operation before must compute are the smallest range that holds every column the border rule
 * points at. Mostly that is the window's part inside the image, and the row is computed straight into its slot with the
 * border filled in on both sides. Where it is not (a wrapping border at an edge), it is computed on a line and
 * rearranged. */
#include "raster/sweep/rows.h"

#include <assert.h>
#include <string.h>

#include "raster/base/size.h"

struct rst_rect rst_rows_inner(struct rst_rect window, int64_t width, int64_t height, enum rst_border_rule rule)
{
    int64_t left, right, top, bottom;
    if (!rst_border_range(window.x, window.width, width, rule, &left, &right) ||
        !rst_border_range(window.y, window.height, height, rule, &top, &bottom))
        return (struct rst_rect){0, 0, 0, 0};
    return (struct rst_rect){left, top, right - left + 1, bottom - top + 1};
}

static void fill_constant(char *row, int64_t samples, size_t size, const unsigned char *bytes)
{
    for (int64_t i = 0; i < samples; i++)
        memcpy(row + (size_t)i * size, bytes, size);
}

static enum rst_status no_memory(struct rst_rows *rows)
{
    return rst_fail(rows->err, RST_E_NOMEM, "no memory for %d rows of %zu bytes", (int)rows->hold, rows->slot_bytes);
}

enum rst_status rst_rows_open(struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                              struct rst_arena *arena)
{
    size_t size = rst_type_size(stage->in.type);
    rows->window = tile->in;
    rows->width = stage->in.width;
    rows->height = stage->in.height;
    rows->rule = stage->border.rule;
    rows->pixel = size * (size_t)stage->bands;
    rows->inner = rst_rows_inner(tile->in, rows->width, rows->height, rows->rule);
    int64_t left = rst_max64(tile->in.x, 0), right = rst_min64(tile->in.x + tile->in.width, rows->width);
    rows->adjoining = rows->inner.x == left && rows->inner.width == right - left;
    rows->hold = stage->hold > 0 ? stage->hold : 1;
    rows->slot_bytes = (size_t)tile->in.width * rows->pixel;
    rows->band = tile->band;
    rows->slots = rst_arena_get(arena, (size_t)rows->hold * rows->slot_bytes);
    rows->tags = rst_arena_get(arena, (size_t)rows->hold * sizeof *rows->tags);
    rows->line = rows->adjoining ? NULL : rst_arena_get(arena, (size_t)rows->inner.width * rows->pixel + 1);
    rows->constant = rows->rule == RST_CONSTANT ? rst_arena_get(arena, rows->slot_bytes) : NULL;
    if (!rows->slots || !rows->tags || (!rows->adjoining && !rows->line)) return no_memory(rows);
    if (rows->rule == RST_CONSTANT) {
        if (!rows->constant) return no_memory(rows);
        union rst_sample value = rst_sample_from_double(stage->border.value, stage->in.type);
        fill_constant(rows->constant, tile->in.width * stage->bands, size, value.bytes);
    }
    for (int32_t i = 0; i < rows->hold; i++)
        rows->tags[i] = INT64_MIN;
    return RST_OK;
}

const void *rst_source_at(const struct rst_source *source, int32_t band, int64_t x, int64_t y)
{
    if (source->zeros) return source->zeros;
    const void *held = source->originals ? rst_originals_at(source->originals, band, x, y) : NULL;
    return held ? held : rst_port_at(source->port, band, x, y);
}

enum rst_status rst_source_load(const struct rst_source *source, int32_t band, int64_t x, int64_t y, int64_t width,
                                void *to, struct rst_error *err)
{
    const void *at = rst_source_at(source, band, x, y);
    if (!at) return rst_port_load(source->port, band, x, y, width, to, err);
    memcpy(to, at, (size_t)width * source->port->pixel);
    return RST_OK;
}

/* Makes inner row y at `to`. */
static void produce(struct rst_rows *rows, int64_t y, char *to)
{
    struct rst_link *link = rows->producer;
    if (link) {
        link->kind->row(link->work, &link->rows, link->stage, &link->tile, y, to);
        return;
    }
    if (rst_source_load(&rows->source, rows->band, rows->inner.x, y, rows->inner.width, to, rows->err))
        memset(to, 0, (size_t)rows->inner.width * rows->pixel);
}

/* Columns [from, to) of the window, which lie beyond the image, from the row's inner columns. */
static void fill_border(const struct rst_rows *rows, char *slot, const char *inner, int64_t from, int64_t to)
{
    for (int64_t column = from; column < to; column++) {
        int64_t inside = rst_border_index(rows->window.x + column, rows->width, rows->rule);
        const char *pixel = inside < 0 ? rows->constant : inner + (size_t)(inside - rows->inner.x) * rows->pixel;
        memcpy(slot + (size_t)column * rows->pixel, pixel, rows->pixel);
    }
}

static void fill_slot(struct rst_rows *rows, int64_t y, char *slot)
{
    int64_t left = rst_clamp64(-rows->window.x, 0, rows->window.width);
    int64_t right = rst_clamp64(rows->width - rows->window.x, left, rows->window.width);
    char *inside = slot + (size_t)left * rows->pixel, *inner = rows->adjoining ? inside : rows->line;
    produce(rows, y, inner);
    if (!rows->adjoining && right > left)
        memcpy(inside, inner + (size_t)(rows->window.x + left - rows->inner.x) * rows->pixel,
               (size_t)(right - left) * rows->pixel);
    fill_border(rows, slot, inner, 0, left);
    fill_border(rows, slot, inner, right, rows->window.width);
}

const void *rst_rows_other(struct rst_rows *rows, int other, int64_t y)
{
    const struct rst_side_row *side = &rows->sides[other];
    const void *direct = rst_port_at(side->port, 0, side->x, y);
    if (direct) return direct;
    if (rst_port_load(side->port, 0, side->x, y, side->width, side->line, rows->err))
        memset(side->line, 0, (size_t)side->width * side->port->pixel);
    return side->line;
}

const void *rst_rows_get(struct rst_rows *rows, int64_t y)
{
    assert(y >= rows->window.y && y < rows->window.y + rows->window.height);
    int64_t inside = rst_border_index(y, rows->height, rows->rule);
    if (inside < 0 || rows->inner.width == 0) return rows->constant;
    if (!rows->producer && rows->inner.width == rows->window.width && rows->adjoining) {
        const void *direct = rst_source_at(&rows->source, rows->band, rows->window.x, inside);
        if (direct) return direct;
    }
    int64_t slot = y % rows->hold;
    if (slot < 0) slot += rows->hold;
    char *row = rows->slots + (size_t)slot * rows->slot_bytes;
    if (rows->tags[slot] != y) {
        rows->tags[slot] = y;
        fill_slot(rows, inside, row);
    }
    return row;
}

const void *rst_rows_get_inside(struct rst_rows *rows, int64_t y)
{
    assert(rows->adjoining && rows->inner.width > 0);
    int64_t inside = rst_border_index(y, rows->height, rows->rule);
    if (inside >= 0 && !rows->producer) {
        const void *direct = rst_source_at(&rows->source, rows->band, rows->inner.x, inside);
        if (direct) return direct;
    }
    return (const char *)rst_rows_get(rows, y) + (size_t)(rows->inner.x - rows->window.x) * rows->pixel;
}
