/* Both are modulo the type, so that what is read at the wrong place changes the result. */
#include "tests/support/besideop.h"

#include <stdlib.h>

#include "raster/ops/survey/stats.h"

static uint32_t sample_get(enum rst_type type, const void *row, int64_t index)
{
    return type == RST_U8 ? ((const uint8_t *)row)[index] : ((const uint16_t *)row)[index];
}

static void sample_put(enum rst_type type, void *row, int64_t index, uint32_t value)
{
    if (type == RST_U8)
        ((uint8_t *)row)[index] = (uint8_t)value;
    else
        ((uint16_t *)row)[index] = (uint16_t)value;
}

static enum rst_status beside_bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    (void)err;
    *(int64_t *)state = values[0].integer;
    return RST_OK;
}

static int beside_others(const void *state)
{
    return (int)*(const int64_t *)state;
}

static void beside_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                       int64_t y, void *to)
{
    const void *from = rst_rows_get(rows, y);
    (void)work;
    for (int64_t i = 0; i < tile->out.width * stage->bands; i++)
        sample_put(stage->in.type, to, i, 3 * sample_get(stage->in.type, from, i));
    for (int other = 0; other < stage->other_count; other++) {
        const struct rst_shape *shape = &stage->others[other].shape;
        const void *row = rst_rows_other(rows, other, y);
        for (int64_t x = 0; x < tile->out.width; x++) {
            uint32_t sum = 0;
            for (int32_t band = 0; band < shape->bands; band++)
                sum += sample_get(shape->type, row, x * shape->bands + band);
            for (int64_t i = x * stage->bands; i < (x + 1) * stage->bands; i++)
                sample_put(stage->in.type, to, i, sample_get(stage->in.type, to, i) + 2 * sum + (uint32_t)other + 1);
        }
    }
}

static enum rst_status limit_prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    const struct rst_band_stats *stats = stage->others[0].survey;
    uint32_t *most = malloc(sizeof *most);
    (void)state;
    if (!most) return rst_fail(err, RST_E_NOMEM, "no memory for a limit");
    *most = (uint32_t)stats->max_value;
    *shared = most;
    return RST_OK;
}

static void limit_row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                      int64_t y, void *to)
{
    const void *from = rst_rows_get(rows, y);
    uint32_t most = *(const uint32_t *)work;
    for (int64_t i = 0; i < tile->out.width * stage->bands; i++) {
        uint32_t value = sample_get(stage->in.type, from, i);
        sample_put(stage->in.type, to, i, value < most ? value : most);
    }
}

static int limit_others(const void *state)
{
    (void)state;
    return 1;
}

static const struct rst_reduction *limit_survey(const void *state)
{
    (void)state;
    return &rst_stats_reduction;
}

static const struct rst_param beside_params[] = {
    {.name = "count", .kind = RST_PARAM_INT, .min = 0, .max = 4, .preset = "1", .summary = "further rasters"}};

const struct rst_op_class beside_class = {
    .name = "beside",
    .summary = "adds what lies beside",
    .params = beside_params,
    .param_count = 1,
    .flags = RST_OP_POINT | RST_OP_ALL_BANDS,
    .state_size = sizeof(int64_t),
    .bind = beside_bind,
    .row = beside_row,
    .others = beside_others,
};

const struct rst_op_class limit_class = {
    .name = "limit",
    .summary = "keeps below the greatest of another image",
    .flags = RST_OP_POINT,
    .prepare = limit_prepare,
    .finish = free,
    .row = limit_row,
    .others = limit_others,
    .other_survey = limit_survey,
};
