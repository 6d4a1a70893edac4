/* The run of a point operation: a row is got, the kernel goes over all of its samples, and where the image has nodata
 * those samples are put back with their own bits. As input and output may be the same memory, the mask and a copy of
 * the row are made before the kernel runs.
 *
 * Operations on 8- and 16-bit samples can be turned into a lookup: the kernel then runs once over all samples there
 * are, so the table holds what the arithmetic gives by construction. */
#include "raster/ops/point/point.h"

#include <stdlib.h>
#include <string.h>

#include "raster/ops/common/nodata.h"

struct point_work {
    const struct rst_point *point;
    struct rst_tally *tally;
    uint8_t *mask;  /* NULL where the image has no nodata */
    void *original; /* the row before; NULL where the type changes */
};

enum rst_status rst_point_new(const struct rst_stage *stage, size_t table_bytes, struct rst_point **out,
                              struct rst_error *err)
{
    struct rst_point *point = calloc(1, sizeof *point);
    void *table = table_bytes ? malloc(table_bytes) : NULL;
    if (!point || (table_bytes && !table)) {
        free(table);
        free(point);
        return rst_fail(err, RST_E_NOMEM, "no memory for a table of %zu bytes", table_bytes);
    }
    point->table = table;
    point->table_bytes = table_bytes;
    point->unit = rst_type_size(stage->in.type);
    point->kept_band = -1;
    *out = point;
    return RST_OK;
}

void rst_point_finish(void *shared)
{
    struct rst_point *point = shared;
    free(point->table);
    free(point);
}

size_t rst_point_table_bytes(enum rst_type type)
{
    switch (rst_type_size(type)) {
    case 1:
        return 256;
    case 2:
        return 65536 * sizeof(uint16_t);
    default:
        return 0;
    }
}

void rst_point_tabulate(struct rst_point *point, const struct rst_stage *stage)
{
    if (!point->table) return;
    size_t count = point->table_bytes / point->unit;
    if (point->unit == 1)
        for (size_t i = 0; i < count; i++)
            ((uint8_t *)point->table)[i] = (uint8_t)i;
    else
        for (size_t i = 0; i < count; i++)
            ((uint16_t *)point->table)[i] = (uint16_t)i;
    point->kernel(point, point->table, point->table, count);
    point->kernel = rst_point_kernels_of(stage->isa)->lookup[stage->in.type];
}

static size_t row_samples(const struct rst_stage *stage, const struct rst_tile *tile)
{
    return (size_t)tile->out.width * (size_t)stage->bands;
}

enum rst_status rst_point_begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                                struct rst_arena *arena, struct rst_tally *tally, void **work)
{
    struct point_work *mine = rst_arena_get(arena, sizeof *mine);
    if (!mine) return RST_E_NOMEM;
    *mine = (struct point_work){.point = shared, .tally = tally};
    if (stage->in.has_nodata) {
        size_t count = row_samples(stage, tile);
        mine->mask = rst_arena_get(arena, count);
        if (!mine->mask) return RST_E_NOMEM;
        if (stage->in.type == stage->out.type) {
            mine->original = rst_arena_get(arena, count * mine->point->unit);
            if (!mine->original) return RST_E_NOMEM;
        }
    }
    *work = mine;
    return RST_OK;
}

void rst_point_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                   int64_t y, void *to)
{
    const struct point_work *mine = work;
    const struct rst_point *point = mine->point;
    const void *from = rst_rows_get(rows, y);
    size_t count = row_samples(stage, tile);
    if (point->kept_band == tile->band && stage->bands < stage->in.bands) {
        if (to != from) memcpy(to, from, count * point->unit);
        return;
    }
    if (!mine->mask) {
        point->kernel(point, from, to, count);
        return;
    }
    (void)rst_nodata_mask(stage, from, count, mine->mask);
    if (mine->original) memcpy(mine->original, from, count * point->unit);
    point->kernel(point, from, to, count);
    rst_tally_collisions(mine->tally, rst_nodata_restore(stage, to, count, mine->mask, mine->original));
}
