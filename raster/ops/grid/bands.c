/* bands: some of an image's bands, in any order. Samples are copied; nothing is computed. Which band of the result is
 * which of the input is told to the planner, so that what the metadata say of single bands follows them. */
#include <stdlib.h>
#include <string.h>

#include "raster/image/layout.h"
#include "raster/ops/common/classes.h"

struct bands {
    int32_t *list; /* from 0 on; owned */
    int32_t count;
};

static const struct rst_param params[] = {
    {.name = "pick",
     .kind = RST_PARAM_NUMBERS,
     .min = 1,
     .max = RST_MAX_BANDS,
     .summary = "the bands of the result in their order, counted from 1 on, as in 3,2,1"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct bands *bands = state;
    const double *numbers = values[0].numbers;
    int32_t count = values[0].columns;
    if (values[0].rows != 1)
        return rst_fail(err, RST_E_ARGUMENT, "bands --pick: one row of band numbers is wanted, %d were given",
                        (int)values[0].rows);
    if (count < 1 || count > RST_MAX_BANDS)
        return rst_fail(err, RST_E_ARGUMENT, "bands --pick: %d bands: an image has from 1 to %d", (int)count,
                        RST_MAX_BANDS);
    for (int32_t i = 0; i < count; i++)
        if (numbers[i] != (double)(int32_t)numbers[i])
            return rst_fail(err, RST_E_ARGUMENT, "bands --pick: %.15g is no number of a band: 1, 2, 3 ... are",
                            numbers[i]);
    bands->list = calloc((size_t)count, sizeof *bands->list);
    if (!bands->list) return rst_fail(err, RST_E_NOMEM, "bands: no memory for a list of %d bands", (int)count);
    bands->count = count;
    for (int32_t i = 0; i < count; i++)
        bands->list[i] = (int32_t)numbers[i] - 1;
    return RST_OK;
}

static void unbind(void *state)
{
    free(((struct bands *)state)->list);
}

static int32_t source_band(const void *state, const struct rst_shape *in, int32_t band)
{
    (void)in;
    return ((const struct bands *)state)->list[band];
}

/* Where a band of alpha comes to stand: behind the first band, which always shows something else. -1: nowhere. */
static int32_t find(const struct bands *bands, int32_t alpha)
{
    for (int32_t i = 1; alpha >= 0 && i < bands->count; i++)
        if (bands->list[i] == alpha) return i;
    return -1;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct bands *bands = state;
    (void)to_source;
    for (int32_t i = 0; i < bands->count; i++)
        if (bands->list[i] >= in->bands)
            return rst_fail(err, RST_E_ARGUMENT, "bands --pick: there is no band %d: the image has %d, counted from 1",
                            (int)bands->list[i] + 1, (int)in->bands);
    out->bands = bands->count;
    out->alpha = find(bands, in->alpha);
    out->opacity = find(bands, in->opacity);
    out->palette = in->palette && bands->list[0] == 0;
    return RST_OK;
}

/* `size` is a constant wherever the call is worth it. */
static inline void pick(const struct bands *bands, const char *from, char *to, int64_t pixels, int32_t in_bands,
                        size_t size)
{
    for (int64_t x = 0; x < pixels; x++, from += (size_t)in_bands * size)
        for (int32_t i = 0; i < bands->count; i++, to += size)
            memcpy(to, from + (size_t)bands->list[i] * size, size);
}

static void row(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to)
{
    const struct bands *bands = work;
    const char *from = rst_rows_get(rows, y);
    switch (rst_type_size(stage->in.type)) {
    case 1:
        pick(bands, from, to, tile->out.width, stage->in.bands, 1);
        break;
    case 2:
        pick(bands, from, to, tile->out.width, stage->in.bands, 2);
        break;
    case 4:
        pick(bands, from, to, tile->out.width, stage->in.bands, 4);
        break;
    default:
        pick(bands, from, to, tile->out.width, stage->in.bands, 8);
        break;
    }
}

const struct rst_op_class rst_bands_class = {
    .name = "bands",
    .summary = "pick bands, or put them into another order",
    .details =
        "A band may be picked more than once. Names and other metadata of a band go with it. Three colour bands of an "
        "RGB image are RGB in any order; one of them alone, or an alpha band that comes first, is gray; gray picked "
        "three times is RGB.\n\n"
        "In place, where the number of bands must stay, the samples change and the file's metadata do not.",
    .example = "bands photo.tif out.tif --pick 3,2,1",
    .params = params,
    .param_count = 1,
    .flags = RST_OP_LOCAL | RST_OP_ALL_BANDS,
    .state_size = sizeof(struct bands),
    .bind = bind,
    .unbind = unbind,
    .plan = plan,
    .row = row,
    .source_band = source_band,
};
