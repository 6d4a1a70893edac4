/* The line that a band's samples are put through is made once per run, from the survey. */
#include "tests/support/stretchop.h"

#include <stdlib.h>
#include <string.h>

#include "raster/ops/survey/stats.h"

enum { TO_RANGE, TO_DEVIATION, TO_NOTHING };

int stretch_prepared_for_nothing, stretch_prepared_without;

struct line {
    double scale, offset;
};

static enum rst_status stretch_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    *(int64_t *)state = values[0].integer;
    return RST_OK;
}

static const struct rst_reduction *stretch_surveys(const void *state)
{
    return *(const int64_t *)state == TO_NOTHING ? NULL : &rst_stats_reduction;
}

static struct line line_of(int64_t to, const struct rst_band_stats *stats)
{
    double scale = to == TO_RANGE ? 200 / (stats->max_value - stats->min_value) : 10 / stats->deviation;
    if (stats->valid == 0 || stats->min_value == stats->max_value) scale = 0;
    return (struct line){scale, to == TO_RANGE ? -stats->min_value * scale : 100 - stats->mean * scale};
}

static enum rst_status stretch_prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct rst_band_stats *stats = stage->survey;
    struct line *lines = calloc((size_t)stage->in.bands, sizeof *lines);
    if (!lines) return rst_fail(err, RST_E_NOMEM, "no memory for %d lines", (int)stage->in.bands);
    if (!stats) stretch_prepared_without++;
    if (stats && stats->valid + stats->nodata + stats->nan == 0) stretch_prepared_for_nothing++;
    for (int32_t band = 0; band < stage->in.bands; band++)
        lines[band] = stats ? line_of(*(const int64_t *)state, &stats[band]) : (struct line){1, 0};
    *shared = lines;
    return RST_OK;
}

static void stretch_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                        int64_t y, void *to)
{
    const struct line *lines = (const struct line *)work + tile->band;
    const char *row = rst_rows_get(rows, y);
    size_t size = rst_type_size(stage->in.type);
    for (int64_t i = 0; i < tile->out.width * stage->bands; i++) {
        union rst_sample sample = {.u64 = 0};
        const struct line *line = &lines[i % stage->bands];
        memcpy(&sample, row + (size_t)i * size, size);
        double value = rst_sample_to_double(sample, stage->in.type) * line->scale + line->offset;
        sample = rst_sample_from_double(value, stage->in.type);
        memcpy((char *)to + (size_t)i * size, &sample, size);
    }
}

static const struct rst_param stretch_params[] = {
    {"to", RST_PARAM_CHOICE, 0, 0, "range", "range|deviation|nothing", NULL, "what is made the same for all images"},
};

const struct rst_op_class stretch_class = {.name = "stretch",
                                           .summary = "spread values",
                                           .params = stretch_params,
                                           .param_count = 1,
                                           .flags = RST_OP_POINT,
                                           .state_size = sizeof(int64_t),
                                           .bind = stretch_bind,
                                           .prepare = stretch_prepare,
                                           .finish = free,
                                           .row = stretch_row,
                                           .surveys = stretch_surveys};
