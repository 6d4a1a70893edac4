/* clahe: contrast-limited adaptive histogram equalisation (Zuiderveld 1994). A survey counts the samples of every tile
 * of a grid; then a sample depends on itself and its place alone: the tables of the four tiles whose middles are around
 * it are mixed by its distance from them. */
#include "raster/ops/contrast/clahe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"
#include "raster/ops/common/classes.h"
#include "raster/ops/common/nodata.h"
#include "raster/ops/contrast/clahe_tables.h"

struct state {
    struct rst_clahe_settings settings;
    struct rst_reduction survey; /* with these settings */
};

struct clahe {
    struct rst_clahe_tables tables;
    const struct rst_clahe_kernels *kernels;
    int32_t kept_band;
};

/* The columns of a tile of the sweep between the middles of two columns of tiles of the grid. */
struct stretch {
    int64_t start, count; /* from the first column of the sweep's tile */
    int64_t column;       /* of the grid's tiles, the right one */
};

struct clahe_work {
    const struct clahe *shared;
    struct rst_tally *tally;
    float *right;
    struct stretch *stretches;
    size_t stretch_count;
    uint8_t *mask; /* with nodata */
    void *original;
};

static const struct rst_param params[] = {
    {.name = "tiles",
     .kind = RST_PARAM_SIZE,
     .min = 1,
     .max = RST_CLAHE_MOST_TILES,
     .preset = "8x8",
     .summary = "how many tiles the image is cut into, across and down"},
    {.name = "clip",
     .kind = RST_PARAM_REAL,
     .min = 0,
     .max = 1e6,
     .preset = "2",
     .summary = "how many times its even share a value may count at most; 0: no limit"},
};

static enum rst_status bind(const struct rst_value *values, void *bound, struct rst_error *err)
{
    struct state *state = bound;
    (void)err;
    state->settings =
        (struct rst_clahe_settings){(int32_t)values[0].rect.width, (int32_t)values[0].rect.height, values[1].real};
    state->survey = rst_clahe_reduction;
    state->survey.settings = &state->settings;
    return RST_OK;
}

static const struct rst_reduction *surveys(const void *state)
{
    return &((const struct state *)state)->survey;
}

static enum rst_status plan(const void *bound, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct rst_clahe_settings *settings = &((const struct state *)bound)->settings;
    struct rst_clahe_grid grid;
    (void)out, (void)to_source;
    if (!rst_clahe_grid_of(settings, in, &grid))
        return rst_fail(err, RST_E_ARGUMENT,
                        "clahe --tiles %dx%d: tiles of %lld x %lld pixels, and 4294967295 in each can be counted: "
                        "take more tiles",
                        (int)settings->columns, (int)settings->rows, (long long)grid.tile_width,
                        (long long)grid.tile_height);
    size_t bytes = rst_clahe_counts_bytes(in, &grid);
    if (bytes > RST_CLAHE_MOST)
        return rst_fail(err, RST_E_ARGUMENT,
                        "clahe --tiles %dx%d: the counts of %d bands of %s take %zu bytes in each thread, and %d are "
                        "allowed: take fewer tiles",
                        (int)settings->columns, (int)settings->rows, (int)in->bands, rst_type_name(in->type), bytes,
                        RST_CLAHE_MOST);
    return RST_OK;
}

static void finish(void *shared)
{
    struct clahe *clahe = shared;
    rst_clahe_tables_clear(&clahe->tables);
    free(clahe);
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct clahe *clahe = calloc(1, sizeof *clahe);
    if (!clahe) return rst_fail(err, RST_E_NOMEM, "no memory for clahe");
    clahe->kernels = rst_clahe_kernels_of(stage->isa);
    clahe->kept_band = stage->in.opacity;
    enum rst_status status =
        rst_clahe_tables_make(stage->survey, &stage->in, &((const struct state *)state)->settings, &clahe->tables, err);
    if (status)
        free(clahe);
    else
        *shared = clahe;
    return status;
}

/* ---- places ---- */

/* In tiles, from the middle of the first one; single precision as in OpenCV. */
static float place_of(int64_t at, int64_t side)
{
    return (float)at * (1.0f / (float)side) - 0.5f;
}

/* Which tile is the next one behind a place, from 0 to the number of tiles, and how far the place is from the one
 * before: both count it where there is but one. */
static int64_t next_tile(int64_t at, int64_t side, int64_t tiles, float *share)
{
    float place = place_of(at, side), before = floorf(place);
    *share = place - before;
    return rst_clamp64((int64_t)before + 1, 0, tiles);
}

static void find_stretches(struct clahe_work *work, const struct rst_tile *tile)
{
    const struct rst_clahe_grid *grid = &work->shared->tables.grid;
    struct stretch *last = NULL;
    for (int64_t i = 0; i < tile->out.width; i++) {
        int64_t column = next_tile(tile->out.x + i, grid->tile_width, grid->columns, &work->right[i]);
        if (!last || last->column != column) {
            last = &work->stretches[work->stretch_count++];
            *last = (struct stretch){i, 0, column};
        }
        last->count++;
    }
}

static enum rst_status begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **made)
{
    const struct clahe *clahe = shared;
    size_t count = (size_t)tile->out.width * (size_t)stage->bands;
    struct clahe_work *work = rst_arena_get(arena, sizeof *work);
    if (!work) return RST_E_NOMEM;
    *work = (struct clahe_work){.shared = shared, .tally = tally};
    work->right = rst_arena_get(arena, (size_t)tile->out.width * sizeof *work->right);
    work->stretches = rst_arena_get(arena, ((size_t)clahe->tables.grid.columns + 1) * sizeof *work->stretches);
    if (!work->right || !work->stretches) return RST_E_NOMEM;
    if (stage->in.has_nodata) {
        work->mask = rst_arena_get(arena, count);
        work->original = rst_arena_get(arena, count * rst_type_size(stage->in.type));
        if (!work->mask || !work->original) return RST_E_NOMEM;
    }
    find_stretches(work, tile);
    *made = work;
    return RST_OK;
}

/* ---- rows ---- */

static void copy_band(const char *from, char *to, size_t width, size_t step, size_t size)
{
    if (from == to) return;
    for (size_t i = 0; i < width; i++)
        memcpy(to + i * step * size, from + i * step * size, size);
}

static void band_row(const struct clahe_work *work, const struct rst_stage *stage, int32_t band, int64_t y,
                     const char *from, char *to)
{
    const struct clahe *clahe = work->shared;
    const struct rst_clahe_grid *grid = &clahe->tables.grid;
    enum rst_type type = stage->in.type;
    size_t step = (size_t)stage->bands, pixel = step * rst_type_size(type);
    struct rst_clahe_part part = {.step = step};
    if (type == RST_I8 || type == RST_I16) part.turn = UINT32_C(1) << (8 * rst_type_size(type) - 1);
    int64_t row = next_tile(y, grid->tile_height, grid->rows, &part.below);
    for (size_t i = 0; i < work->stretch_count; i++) {
        const struct stretch *stretch = &work->stretches[i];
        part.from = from + (size_t)stretch->start * pixel;
        part.to = to + (size_t)stretch->start * pixel;
        part.count = (size_t)stretch->count;
        part.right = work->right + stretch->start;
        rst_clahe_tables_at(&clahe->tables, band, stretch->column, row, part.tables);
        if (rst_type_size(type) == 1)
            clahe->kernels->mix_bytes(&part);
        else if (rst_type_size(type) == 2)
            clahe->kernels->mix_words(&part);
        else
            clahe->kernels->mix[type](&part, &clahe->tables.scales[band]);
    }
}

static void row(void *made, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    struct clahe_work *work = made;
    size_t size = rst_type_size(stage->in.type), count = (size_t)tile->out.width * (size_t)stage->bands;
    const void *from = rst_rows_get(rows, y);
    if (work->mask) {
        (void)rst_nodata_mask(stage, from, count, work->mask);
        memcpy(work->original, from, count * size);
    }
    for (int32_t i = 0; i < stage->bands; i++) {
        const char *in = (const char *)from + (size_t)i * size;
        char *out = (char *)to + (size_t)i * size;
        if (tile->band + i == work->shared->kept_band)
            copy_band(in, out, (size_t)tile->out.width, (size_t)stage->bands, size);
        else
            band_row(work, stage, tile->band + i, y, in, out);
    }
    if (work->mask) rst_tally_collisions(work->tally, rst_nodata_restore(stage, to, count, work->mask, work->original));
}

const struct rst_op_class rst_clahe_class = {
    .name = "clahe",
    .summary = "even out contrast tile by tile, within a limit (CLAHE)",
    .details =
        "The image is cut into a grid of tiles. In each the histogram is clipped at --clip times its mean height, what "
        "was cut off is given to all values alike, and a table is made that equalises it. A sample is looked up in the "
        "tables of the four tiles whose middles are around it, and the results are mixed by its distance from them "
        "(Zuiderveld 1994).\n\n"
        "On 8 and 16 bits every value is counted, and results are those of OpenCV's createCLAHE with the same numbers, "
        "to the bit: an image whose sides are no multiples of the tiles' numbers is mirrored at its right and lower "
        "edge until they are. Wider types are counted in 4096 bins between the least and the greatest finite sample "
        "of the band, the table is linear within a bin, and results stay in that range; this is done in double, where "
        "64-bit integers beyond 2^53 lose their last bits. A band whose samples are all alike stays.\n\n"
        "Each band is equalised by itself; opacity is left alone. Palettes are refused.\n\n"
        "Nodata is not counted, and stays; so are NaN and infinity. A tile without any sample takes the table of the "
        "whole band.\n\n"
        "Each thread counts in memory of its own: 4 bytes for each value, tile and band (for bytes up to 12 times as "
        "much), 256 MiB at most; beyond that the number of tiles is refused.",
    .example = "clahe gray.tif out.tif --tiles 4x4 --clip 3",
    .params = params,
    .param_count = 2,
    .flags = RST_OP_POINT | RST_OP_LEVELS,
    .state_size = sizeof(struct state),
    .bind = bind,
    .plan = plan,
    .prepare = prepare,
    .finish = finish,
    .begin = begin,
    .row = row,
    .surveys = surveys,
};
