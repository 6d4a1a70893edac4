/* reclassify: ranges of samples become classes. The entries of the map, sorted, cut the samples of a type into spans,
 * each with a result, or none where samples are kept; a sample's span is found by binary search. On 8 and 16 bits that
 * is done once for every sample there is, and looked up. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raster/ops/common/classes.h"
#include "raster/ops/common/keys.h"
#include "raster/ops/point/reclassify.h"
#include "raster/ops/point/reclassify_map.h"

struct reclassify {
    struct rst_class_map map;
    bool has_type;
    enum rst_type type;
};

/* Spans of one type of samples, in one piece of memory. */
struct classes {
    const struct rst_reclassify_kernels *kernels;
    rst_point_kernel *cast; /* of samples that are kept; NULL where the type stays */
    enum rst_type from, to;
    size_t count;           /* a power of two */
    unsigned char *starts;  /* [count] of `from` */
    unsigned char *results; /* [count + 1] of `to`; the last is that of NaN */
    uint8_t *kept;          /* [count + 1] */
};

static const struct rst_param params[] = {
    {.name = "map",
     .kind = RST_PARAM_TEXT,
     .summary = "ranges LOW-HIGH=RESULT (HIGH left out), and V=RESULT, nan=RESULT, else=RESULT; with commas"},
    {.name = "type",
     .kind = RST_PARAM_TYPE,
     .preset = "",
     .summary = "the type of the result; the image's if not given"},
};

static enum rst_status bind(const struct rst_value *values, void *state, struct rst_error *err)
{
    struct reclassify *reclassify = state;
    reclassify->has_type = values[1].given;
    reclassify->type = values[1].type;
    enum rst_status status = rst_class_map_read(values[0].text, &reclassify->map, err);
    if (status) rst_class_map_clear(&reclassify->map);
    return status;
}

static void unbind(void *state)
{
    rst_class_map_clear(&((struct reclassify *)state)->map);
}

static enum rst_type type_of(const struct reclassify *reclassify, enum rst_type in)
{
    return reclassify->has_type ? reclassify->type : in;
}

static enum rst_status check_results(const struct reclassify *reclassify, enum rst_type type, struct rst_error *err)
{
    union rst_sample sample;
    for (int i = 0; i < reclassify->map.count; i++) {
        const struct rst_class_entry *entry = &reclassify->map.entries[i];
        if (entry->result && !rst_sample_parse(entry->result, type, &sample))
            return rst_fail(
                err, RST_E_ARGUMENT,
                "reclassify --map: column %d, '%.60s' is no value of %s: --type gives the result another type",
                entry->result_column, entry->result, rst_type_name(type));
    }
    return RST_OK;
}

static enum rst_status plan(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err)
{
    const struct reclassify *reclassify = state;
    enum rst_type type = type_of(reclassify, in->type);
    int count;
    (void)to_source;
    struct rst_class_span *spans = calloc((size_t)reclassify->map.count, sizeof *spans);
    if (!spans) return rst_fail(err, RST_E_NOMEM, "reclassify: no memory for its map");
    enum rst_status status = rst_class_map_spans(&reclassify->map, in->type, spans, &count, err);
    free(spans);
    RST_TRY(status);
    RST_TRY(check_results(reclassify, type, err));
    out->type = type;
    out->nodata = (union rst_sample){.u64 = 0};
    rst_cast_kernels_of(RST_ISA_BASE)->cast[in->type][type](NULL, &in->nodata, &out->nodata, 1);
    if (type != in->type) out->palette = false;
    return RST_OK;
}

/* ---- spans and results ---- */

static void set_result(struct classes *classes, size_t place, const struct rst_class_entry *entry)
{
    size_t size = rst_type_size(classes->to);
    union rst_sample sample = {.u64 = 0};
    classes->kept[place] = !entry || !entry->result;
    if (!classes->kept[place]) (void)rst_sample_parse(entry->result, classes->to, &sample);
    memcpy(classes->results + place * size, sample.bytes, size);
}

static void add_span(struct classes *classes, size_t *place, union rst_sample start,
                     const struct rst_class_entry *entry)
{
    size_t size = rst_type_size(classes->from);
    memcpy(classes->starts + *place * size, start.bytes, size);
    set_result(classes, (*place)++, entry);
}

/* The sample that nothing is below of, and the one that nothing is above of. */
static union rst_sample extreme(enum rst_type type, double sign)
{
    return rst_sample_from_double(sign * (double)INFINITY, type);
}

/* The first span starts below all samples. Where there are fewer than `count`, the last is repeated from the greatest
 * sample on. */
static void fill_spans(struct classes *classes, const struct rst_class_map *map, const struct rst_class_span *spans,
                       int count)
{
    const struct rst_class_entry *other = rst_class_map_find(map, RST_CLASS_ELSE), *last = other;
    const struct rst_class_entry *nan = rst_class_map_find(map, RST_CLASS_NAN);
    uint64_t most = rst_key_of(extreme(classes->from, 1), classes->from);
    size_t place = 0;
    add_span(classes, &place, extreme(classes->from, -1), other);
    for (int i = 0; i < count; i++) {
        add_span(classes, &place, rst_key_sample(spans[i].first, classes->from), spans[i].entry);
        last = spans[i].entry;
        if (spans[i].last >= most || (i + 1 < count && spans[i + 1].first == spans[i].last + 1)) continue;
        add_span(classes, &place, rst_key_sample(spans[i].last + 1, classes->from), other);
        last = other;
    }
    while (place < classes->count)
        add_span(classes, &place, extreme(classes->from, 1), last);
    set_result(classes, classes->count, nan ? nan : other);
}

static size_t rounded_up(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

/* For point->table. */
static size_t classes_bytes(enum rst_type from, enum rst_type to, size_t count)
{
    return sizeof(struct classes) + rounded_up(count * rst_type_size(from)) +
           rounded_up((count + 1) * rst_type_size(to)) + count + 1;
}

static size_t span_room(const struct rst_class_map *map)
{
    size_t count = 1;
    while (count < 2 * (size_t)map->count + 1)
        count *= 2;
    return count;
}

static void fill_classes(struct classes *classes, const struct reclassify *reclassify, const struct rst_stage *stage)
{
    enum rst_type from = stage->in.type, to = stage->out.type;
    size_t count = span_room(&reclassify->map);
    unsigned char *at = (unsigned char *)(classes + 1);
    *classes =
        (struct classes){.kernels = rst_reclassify_kernels_of(stage->isa), .from = from, .to = to, .count = count};
    if (from != to) classes->cast = rst_cast_kernels_of(stage->isa)->cast[from][to];
    classes->starts = at;
    classes->results = at += rounded_up(count * rst_type_size(from));
    classes->kept = at + rounded_up((count + 1) * rst_type_size(to));
}

static unsigned log_size(enum rst_type type)
{
    return (unsigned)__builtin_ctzl(rst_type_size(type));
}

/* Classes first: the samples may be overwritten where results go. */
static void classify(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const struct classes *classes = point->table;
    size_t in_size = rst_type_size(classes->from), out_size = rst_type_size(classes->to);
    uint32_t places[RST_CLASS_BLOCK];
    for (size_t at = 0; at < count; at += RST_CLASS_BLOCK) {
        size_t some = count - at < RST_CLASS_BLOCK ? count - at : RST_CLASS_BLOCK;
        const char *in = (const char *)from + at * in_size;
        char *out = (char *)to + at * out_size;
        classes->kernels->find[classes->from](classes->starts, classes->count, in, places, some);
        if (classes->cast)
            classes->cast(point, in, out, some);
        else if (in != out)
            memcpy(out, in, some * out_size);
        classes->kernels->put[log_size(classes->to)](out, places, classes->results, classes->kept, some);
    }
}

/* ---- running ---- */

static enum rst_status make_classes(const struct reclassify *reclassify, const struct rst_stage *stage,
                                    struct rst_point **out, struct rst_error *err)
{
    int count;
    size_t bytes = classes_bytes(stage->in.type, stage->out.type, span_room(&reclassify->map));
    struct rst_class_span *spans = calloc((size_t)reclassify->map.count, sizeof *spans);
    if (!spans) return rst_fail(err, RST_E_NOMEM, "reclassify: no memory for its map");
    enum rst_status status = rst_class_map_spans(&reclassify->map, stage->in.type, spans, &count, err);
    if (!status) status = rst_point_new(stage, bytes, out, err);
    if (!status) {
        fill_classes((*out)->table, reclassify, stage);
        fill_spans((*out)->table, &reclassify->map, spans, count);
        (*out)->kernel = classify;
    }
    free(spans);
    return status;
}

/* A result for every sample that there is. */
static enum rst_status tabulate(const struct rst_stage *stage, struct rst_point **point, struct rst_error *err)
{
    const enum rst_type type = stage->in.type;
    const size_t values = (size_t)1 << 8 * rst_type_size(type);
    struct rst_point *table = NULL;
    uint16_t block[RST_CLASS_BLOCK];
    RST_TRY(rst_point_new(stage, values * rst_type_size(stage->out.type), &table, err));
    assert(table);
    for (size_t at = 0; at < values; at += RST_CLASS_BLOCK) {
        size_t some = values < RST_CLASS_BLOCK ? values : RST_CLASS_BLOCK;
        for (size_t i = 0; i < some; i++)
            if (rst_type_size(type) == 1)
                ((uint8_t *)block)[i] = (uint8_t)i;
            else
                block[i] = (uint16_t)(at + i);
        classify(*point, block, (char *)table->table + at * rst_type_size(stage->out.type), some);
    }
    table->kernel = rst_reclassify_kernels_of(stage->isa)->lookup[log_size(type)][log_size(stage->out.type)];
    if (!table->kernel) table->kernel = rst_point_kernels_of(stage->isa)->lookup[type];
    rst_point_finish(*point);
    *point = table;
    return RST_OK;
}

static enum rst_status prepare(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err)
{
    struct rst_point *point = NULL;
    RST_TRY(make_classes(state, stage, &point, err));
    assert(point);
    enum rst_status status = rst_type_size(stage->in.type) <= 2 ? tabulate(stage, &point, err) : RST_OK;
    if (status)
        rst_point_finish(point);
    else
        *shared = point;
    return status;
}

const struct rst_op_class rst_reclassify_class = {
    .name = "reclassify",
    .summary = "make classes of ranges of samples",
    .details =
        "--map \"0-10=1,10-20=2,25=7,else=0\" makes 1 of samples from 0 to below 10, 2 of those from 10 to below 20, 7 "
        "of 25, and 0 of all others. A range LOW-HIGH takes LOW <= sample < HIGH; -inf-0 takes all that are negative, "
        "20-inf all from 20 on, infinity too. The order of entries does not matter; two that share a sample are "
        "refused.\n\n"
        "nan=RESULT is for NaN, which no range takes. else=RESULT is for what nothing else names, NaN among it; "
        "without it such samples are kept. RESULT may be keep.\n\n"
        "Samples and results are read in the types of the image and of the result: exact for integers of 64 bits, and "
        "0.7 is the float that is written so. A result that its type does not have is refused. Samples that are kept "
        "are converted to --type as cast does it.\n\n"
        "All bands are treated alike, alpha too. Nodata samples stay nodata, whatever the map says. Indices into a "
        "colour map become other indices into it; another type ends its use.",
    .example = "reclassify height.tif out.tif --map \"-inf-0=0,0-500=1,500-inf=2\" --type u8",
    .params = params,
    .param_count = 2,
    .flags = RST_OP_POINT,
    .state_size = sizeof(struct reclassify),
    .bind = bind,
    .unbind = unbind,
    .plan = plan,
    .prepare = prepare,
    .finish = rst_point_finish,
    .begin = rst_point_begin,
    .row = rst_point_row,
};
