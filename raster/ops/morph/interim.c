/* A ring of rows by their number inside the image: rows that a reflecting border shows a second time are still there,
 * and the step that makes them goes from top to bottom only. */
#include "raster/ops/morph/interim.h"

#include <string.h>

#include "raster/base/size.h"
#include "raster/image/border.h"

static bool reflects(const struct rst_interim *interim)
{
    enum rst_border_rule rule = interim->stage->border.rule;
    return rule == RST_REFLECT || rule == RST_REFLECT101;
}

static struct rst_rect inside(struct rst_rect window, const struct rst_shape *image)
{
    int64_t left = rst_max64(window.x, 0), right = rst_min64(window.x + window.width, image->width);
    int64_t top = rst_max64(window.y, 0), bottom = rst_min64(window.y + window.height, image->height);
    return (struct rst_rect){left, top, right - left, bottom - top};
}

static void fill_constant(struct rst_interim *interim)
{
    const struct rst_stage *stage = interim->stage;
    size_t size = rst_type_size(stage->in.type);
    union rst_sample value = rst_sample_from_double(stage->border.value, stage->in.type);
    for (size_t at = 0; at < interim->row_bytes; at += size)
        memcpy(interim->constant + at, value.bytes, size);
}

enum rst_status rst_interim_begin(struct rst_interim *interim, const struct rst_stage *stage, struct rst_rect window,
                                  int32_t down, int32_t hold, struct rst_arena *arena)
{
    bool wraps = stage->border.rule == RST_WRAP;
    *interim = (struct rst_interim){.window = window, .made = wraps ? window : inside(window, &stage->in)};
    interim->stage = stage;
    interim->pixel = (size_t)stage->bands * rst_type_size(stage->in.type);
    interim->row_bytes = (size_t)window.width * interim->pixel;
    interim->slots = reflects(interim) ? rst_max64(hold, (int64_t)down + 1) : hold;
    interim->ring = rst_arena_get(arena, (size_t)interim->slots * interim->row_bytes);
    interim->tags = rst_arena_get(arena, (size_t)interim->slots * sizeof *interim->tags);
    if (!interim->ring || !interim->tags) return RST_E_NOMEM;
    for (int64_t i = 0; i < interim->slots; i++)
        interim->tags[i] = INT64_MIN;
    if (stage->border.rule != RST_CONSTANT) return RST_OK;
    interim->constant = rst_arena_get(arena, interim->row_bytes);
    if (!interim->constant) return RST_E_NOMEM;
    fill_constant(interim);
    return RST_OK;
}

/* Columns from ... to - 1 of the window, which lie beyond the image. */
static void fill_border(const struct rst_interim *interim, char *row, int64_t from, int64_t to)
{
    const struct rst_stage *stage = interim->stage;
    for (int64_t column = from; column < to; column++) {
        int64_t x = rst_border_index(interim->window.x + column, stage->in.width, stage->border.rule);
        const char *pixel = x < 0 ? interim->constant : row + (size_t)(x - interim->window.x) * interim->pixel;
        memcpy(row + (size_t)column * interim->pixel, pixel, interim->pixel);
    }
}

/* Row y of what is made, in its slot. */
static const void *slot_with(struct rst_interim *interim, int64_t y)
{
    int64_t slot = (y % interim->slots + interim->slots) % interim->slots;
    char *row = interim->ring + (size_t)slot * interim->row_bytes;
    if (interim->tags[slot] == y) return row;
    interim->tags[slot] = y;
    int64_t left = interim->made.x - interim->window.x, right = left + interim->made.width;
    interim->make(interim->user, y, row + (size_t)left * interim->pixel);
    fill_border(interim, row, 0, left);
    fill_border(interim, row, right, interim->window.width);
    return row;
}

const void *rst_interim_row(void *interim, int64_t y)
{
    struct rst_interim *self = interim;
    const struct rst_stage *stage = self->stage;
    if (stage->border.rule == RST_WRAP) return slot_with(self, y);
    int64_t row = rst_border_index(y, stage->in.height, stage->border.rule);
    if (row < 0) return self->constant;
    /* above a reflecting border's upper edge rows come in falling order: let them be made in rising order */
    if (y < 0 && reflects(self))
        for (int64_t above = 0; above < row; above++)
            (void)slot_with(self, above);
    return slot_with(self, row);
}
