/* Curves: patterns of parameters for lines and limits, tables for what has few values or was divided into parts. A
 * pattern repeats the parameters of all bands as their samples lie side by side, so that kernels run over a row without
 * taking pixels apart. */
#include "raster/ops/contrast/curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/ops/common/nodata.h"
#include "raster/ops/survey/counts.h"

enum { LAP = 512, BLOCK = 512 };

struct curves_work {
    const struct rst_curves *curves;
    struct rst_tally *tally;
    uint8_t *mask;  /* NULL where the image has no nodata */
    void *original; /* the row before; NULL where the type changes */
    void *kept;     /* the samples of bands that are left alone; NULL where there are none */
};

static void *alloc(size_t count, size_t size)
{
    return calloc(count > 0 ? count : 1, size);
}

enum rst_status rst_curves_new(const struct rst_stage *stage, int32_t parts, struct rst_curves **out,
                               struct rst_error *err)
{
    size_t bands = (size_t)stage->in.bands;
    struct rst_curves *curves = alloc(1, sizeof *curves);
    if (!curves) return rst_fail(err, RST_E_NOMEM, "no memory for curves");
    *curves =
        (struct rst_curves){.bands = stage->in.bands, .parts = parts, .in = stage->in.type, .out = stage->out.type};
    curves->kernels = rst_curves_kernels_of(stage->isa);
    curves->table_bytes = (size_t)parts * rst_type_size(stage->out.type);
    curves->of = alloc(bands, sizeof *curves->of);
    curves->tables = alloc(bands, curves->table_bytes);
    *out = curves;
    if (curves->of && curves->tables) return RST_OK;
    size_t bytes = curves->table_bytes;
    rst_curves_finish(curves);
    return rst_fail(err, RST_E_NOMEM, "no memory for %zu tables of %zu bytes", bands, bytes);
}

void rst_curves_finish(void *shared)
{
    struct rst_curves *curves = shared;
    free(curves->of);
    free(curves->tables);
    free(curves->patterns);
    free(curves);
}

void rst_curves_put(struct rst_curves *curves, int32_t band, int32_t i, union rst_sample sample)
{
    size_t size = rst_type_size(curves->out);
    memcpy(curves->tables + (size_t)band * curves->table_bytes + (size_t)i * size, sample.bytes, size);
}

/* Room for patterns of parameters of `size` bytes: one for rows of all bands, else one per band. */
static enum rst_status make_patterns(struct rst_curves *curves, const struct rst_stage *stage, size_t size,
                                     struct rst_error *err)
{
    size_t step = (size_t)stage->bands;
    size_t patterns = step == (size_t)curves->bands ? 1 : (size_t)curves->bands;
    curves->lap = step < LAP ? LAP / step * step : step;
    curves->pattern_bytes = curves->lap * size;
    curves->patterns = alloc(patterns, curves->pattern_bytes);
    return curves->patterns ? RST_OK : rst_fail(err, RST_E_NOMEM, "no memory for patterns of %zu bytes", size);
}

static int32_t band_at(const struct rst_curves *curves, const struct rst_stage *stage, size_t i)
{
    size_t in_lap = i % curves->lap;
    return (int32_t)(stage->bands == curves->bands ? in_lap % (size_t)curves->bands : i / curves->lap);
}

static size_t pattern_length(const struct rst_curves *curves, const struct rst_stage *stage)
{
    return stage->bands == curves->bands ? curves->lap : curves->lap * (size_t)curves->bands;
}

static void note_kept(struct rst_curves *curves)
{
    for (int32_t band = 0; band < curves->bands; band++)
        curves->any_kept |= curves->of[band].kept;
}

/* ---- lines ---- */

static void run_lines(const struct rst_curves *curves, int32_t band, size_t step, const void *from, void *to,
                      size_t width)
{
    double samples[BLOCK];
    const struct rst_curve_line *lines = (const struct rst_curve_line *)curves->patterns + (size_t)band * curves->lap;
    const char *in = from;
    char *out = to;
    size_t count = width * step, some, in_lap = 0;
    for (size_t i = 0; i < count; i += some) {
        some = count - i < BLOCK ? count - i : BLOCK;
        if (some > curves->lap - in_lap) some = curves->lap - in_lap;
        curves->kernels->load[curves->in](in + i * rst_type_size(curves->in), samples, some);
        curves->kernels->line(lines + in_lap, samples, some);
        curves->kernels->store[curves->out](samples, out + i * rst_type_size(curves->out), some);
        in_lap = in_lap + some == curves->lap ? 0 : in_lap + some;
    }
}

static struct rst_curve_line line_of(const struct rst_curve *curve)
{
    struct rst_ruler ruler = rst_ruler_of(curve->low, curve->high, curve->to_high - curve->to_low);
    return (struct rst_curve_line){.low = ruler.low,
                                   .high = ruler.high,
                                   .pre = ruler.pre,
                                   .start = ruler.start,
                                   .scale = ruler.scale,
                                   .to_low = curve->to_low,
                                   .to_high = curve->high > curve->low ? curve->to_high : curve->to_low};
}

/* What the lines make of every value there is, as a table. */
static void tabulate(struct rst_curves *curves)
{
    size_t in_size = rst_type_size(curves->in), out_size = rst_type_size(curves->out);
    for (int32_t band = 0; band < curves->bands; band++)
        for (int32_t value = 0; value < curves->parts; value++) {
            const struct rst_curve_line line = line_of(&curves->of[band]);
            const union rst_sample sample = {.u16 = (uint16_t)value};
            union rst_sample result = {.u64 = 0};
            const uint8_t byte = (uint8_t)value;
            double v;
            curves->kernels->load[curves->in](in_size == 1 ? (const void *)&byte : &sample, &v, 1);
            curves->kernels->line(&line, &v, 1);
            curves->kernels->store[curves->out](&v, &result, 1);
            memcpy(curves->tables + (size_t)band * curves->table_bytes + (size_t)value * out_size, &result, out_size);
        }
}

enum rst_status rst_curves_use_lines(struct rst_curves *curves, const struct rst_stage *stage, struct rst_error *err)
{
    if (curves->parts > 0) {
        tabulate(curves);
        rst_curves_use_tables(curves, stage);
        return RST_OK;
    }
    RST_TRY(make_patterns(curves, stage, sizeof(struct rst_curve_line), err));
    for (size_t i = 0; i < pattern_length(curves, stage); i++)
        ((struct rst_curve_line *)curves->patterns)[i] = line_of(&curves->of[band_at(curves, stage, i)]);
    curves->kernel = run_lines;
    note_kept(curves);
    return RST_OK;
}

/* ---- limits and tables ---- */

enum rst_status rst_curves_use_limits(struct rst_curves *curves, const struct rst_stage *stage, struct rst_error *err)
{
    size_t size = rst_type_size(curves->in);
    RST_TRY(make_patterns(curves, stage, 2 * size, err)); /* limits, then what is below */
    for (size_t i = 0; i < pattern_length(curves, stage); i++) {
        const struct rst_curve *of = &curves->of[band_at(curves, stage, i)];
        char *pattern = (char *)curves->patterns + i / curves->lap * curves->pattern_bytes;
        memcpy(pattern + i % curves->lap * size, &of->limit, size);
        memcpy(pattern + (curves->lap + i % curves->lap) * size, &of->below, size);
    }
    curves->kernel = curves->kernels->limit[curves->in];
    note_kept(curves);
    return RST_OK;
}

static int log2_of(size_t size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
}

void rst_curves_use_tables(struct rst_curves *curves, const struct rst_stage *stage)
{
    (void)stage;
    size_t in = rst_type_size(curves->in), out = rst_type_size(curves->out);
    curves->kernel = in <= 2 ? curves->kernels->lookup[log2_of(in)][log2_of(out)] : curves->kernels->parts[curves->in];
    note_kept(curves);
}

/* ---- for the class ---- */

static size_t row_samples(const struct rst_stage *stage, const struct rst_tile *tile)
{
    return (size_t)tile->out.width * (size_t)stage->bands;
}

enum rst_status rst_curves_begin(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                                 struct rst_arena *arena, struct rst_tally *tally, void **work)
{
    struct curves_work *mine = rst_arena_get(arena, sizeof *mine);
    const struct rst_curves *curves = shared;
    if (!mine) return RST_E_NOMEM;
    *mine = (struct curves_work){.curves = curves, .tally = tally};
    size_t count = row_samples(stage, tile), bytes = count * rst_type_size(stage->in.type);
    if (stage->in.has_nodata && !(mine->mask = rst_arena_get(arena, count))) return RST_E_NOMEM;
    if (stage->in.has_nodata && stage->in.type == stage->out.type && !(mine->original = rst_arena_get(arena, bytes)))
        return RST_E_NOMEM;
    if (curves->any_kept && !(mine->kept = rst_arena_get(arena, bytes))) return RST_E_NOMEM;
    *work = mine;
    return RST_OK;
}

/* Every step-th sample of a row into another place, as far as its band is left alone. */
static void copy_kept(const struct rst_curves *curves, int32_t first, size_t step, const void *from, void *to,
                      size_t width)
{
    size_t size = rst_type_size(curves->in);
    for (size_t band = 0; band < step; band++)
        for (size_t x = 0; x < width && curves->of[(size_t)first + band].kept; x++)
            memcpy((char *)to + (x * step + band) * size, (const char *)from + (x * step + band) * size, size);
}

static void run_kernel(const struct curves_work *mine, const struct rst_stage *stage, const struct rst_tile *tile,
                       const void *from, void *to)
{
    const struct rst_curves *curves = mine->curves;
    size_t step = (size_t)stage->bands, width = (size_t)tile->out.width;
    int32_t band = stage->bands == curves->bands ? 0 : tile->band;
    if (mine->kept) copy_kept(curves, band, step, from, mine->kept, width);
    curves->kernel(curves, band, step, from, to, width);
    if (mine->kept) copy_kept(curves, band, step, mine->kept, to, width);
}

void rst_curves_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                    int64_t y, void *to)
{
    const struct curves_work *mine = work;
    const void *from = rst_rows_get(rows, y);
    size_t count = row_samples(stage, tile);
    if (mine->mask) (void)rst_nodata_mask(stage, from, count, mine->mask);
    if (mine->original) memcpy(mine->original, from, count * rst_type_size(stage->in.type));
    run_kernel(mine, stage, tile, from, to);
    if (mine->mask) rst_tally_collisions(mine->tally, rst_nodata_restore(stage, to, count, mine->mask, mine->original));
}
