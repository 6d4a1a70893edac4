/* From a plan of lists to steps: comparisons that nothing comes from are left out, and rows of keys take over the
 * memory of those that are used up, so that all of them stay in a core's first-level cache. */
#include "raster/ops/rank/rank_network.h"

#include <assert.h>
#include <stdlib.h>

#include "raster/base/size.h"
#include "raster/ops/rank/rank_lists.h"
#include "raster/ops/rank/rank_merge.h"

enum {
    CACHE = 24 << 10,  /* what the rows of a block may come to */
    LEAST_BLOCK = 512, /* bytes of output in a row of a block; shorter ones do not pay for their steps */
    MOST_BLOCK = 2048
};

/* ---- the lists ---- */

/* The samples of rows from ... to - 1, of the window's whole width. */
static struct rst_rank_ref whole_rows(struct rst_rank_plan *plan, int from, int to, int width)
{
    struct rst_rank_ref column, powers[9] = {{0, 0}}, all = {0, 0}, sorted[16] = {{0, 0}};
    int depth = 0;
    /* columns: runs of 1, 2, 4 ... rows, as a counter would carry */
    for (int i = 0; i < to - from; i++) {
        sorted[depth++] = rst_rank_list_row(plan, from + i);
        for (int bits = i + 1; bits % 2 == 0; bits /= 2, depth--)
            sorted[depth - 2] = rst_rank_list_merged(plan, sorted[depth - 2], sorted[depth - 1]);
    }
    column = sorted[--depth];
    while (depth > 0)
        column = rst_rank_list_merged(plan, sorted[--depth], column);
    /* 1, 2, 4 ... columns side by side */
    int levels = 0;
    for (powers[0] = column; 2 << levels <= width; levels++) {
        struct rst_rank_ref next = powers[levels];
        next.shift += 1 << levels;
        powers[levels + 1] = rst_rank_list_merged(plan, powers[levels], next);
    }
    for (int level = 0, x = width; level <= levels; level++) {
        if (!(width >> level & 1)) continue;
        x -= 1 << level;
        struct rst_rank_ref one = {powers[level].at, powers[level].shift + x};
        all = x + (1 << level) == width ? one : rst_rank_list_merged(plan, one, all);
    }
    return all;
}

struct builder {
    const struct rst_rank_order *order;
    struct rst_rank_plan plan;
    struct rst_rank_ref *outputs; /* lists of whole windows, then their wanted elements */
};

/* Lists of the windows of output rows from ... to - 1, given the list of what all of them have in common, if that is
 * anything. */
static void split(struct builder *builder, int from, int to, const struct rst_rank_ref *common)
{
    struct rst_rank_plan *plan = &builder->plan;
    int height = builder->order->height, width = builder->order->width, middle = (from + to) / 2;
    if (to - from == 1) {
        assert(common);
        builder->outputs[from] = *common;
        return;
    }
    for (int i = 0; i < 2; i++) {
        int first = i ? middle : from, end = i ? to : middle; /* output rows of this half */
        int low = end - 1, high = first + height;             /* rows that its windows have in common */
        struct rst_rank_ref all;
        if (common && i == 0)
            all = rst_rank_list_merged(plan, *common, whole_rows(plan, low, to - 1, width));
        else if (common)
            all = rst_rank_list_merged(plan, *common, whole_rows(plan, from + height, high, width));
        else if (low < high)
            all = whole_rows(plan, low, high, width);
        split(builder, first, end, low < high ? &all : NULL);
    }
}

static void make_plan(struct builder *builder)
{
    const struct rst_rank_order *order = builder->order;
    struct rst_rank_plan *plan = &builder->plan;
    struct rst_rank_ref common = {0, 0};
    bool has_common = order->rows - 1 < order->height;
    if (has_common) common = whole_rows(plan, order->rows - 1, order->height, order->width);
    split(builder, 0, order->rows, has_common ? &common : NULL);
    for (int i = 0; i < order->rows; i++)
        rst_rank_list_want(plan, builder->outputs[i], order->index, order->index);
    rst_rank_lists_make(plan);
    for (int i = 0; i < order->rows && !plan->failed; i++)
        builder->outputs[i] = rst_rank_list_element(plan, builder->outputs[i], order->index);
}

/* ---- the steps ---- */

struct emitter {
    const struct rst_rank_order *order;
    const struct rst_rank_plan *plan;
    const struct rst_rank_ref *outputs;
    struct rst_rank_network *network;
    int32_t *uses;   /* [elements] that are left; 0 for what nothing comes from */
    int32_t *extra;  /* [elements] pixels wanted beyond the block */
    int32_t *place;  /* [elements] number of its row of keys */
    int32_t *spare;  /* rows that are free, the last one used first */
    int32_t *shifts; /* [nodes + rows][RST_RANK_INPUTS] of a step's operands */
    int32_t spare_count, place_count;
};

static bool is_used(const struct emitter *emitter, const struct rst_rank_node *node)
{
    for (int32_t i = 0; i < node->outputs; i++)
        if (emitter->uses[node->first + i]) return true;
    return false;
}

static int32_t extra_of(const struct emitter *emitter, const struct rst_rank_node *node)
{
    int32_t extra = 0;
    for (int32_t i = 0; i < node->outputs; i++)
        if (emitter->extra[node->first + i] > extra) extra = emitter->extra[node->first + i];
    return extra;
}

static void use(struct emitter *emitter, struct rst_rank_ref ref, int32_t extra)
{
    int32_t *most = &emitter->extra[ref.at];
    emitter->uses[ref.at]++;
    if (ref.shift + extra > *most) *most = ref.shift + extra;
}

static void count_uses(struct emitter *emitter)
{
    for (int i = 0; i < emitter->order->rows; i++)
        use(emitter, emitter->outputs[i], 0);
    for (size_t i = emitter->plan->node_count; i-- > 0;) {
        const struct rst_rank_node *node = &emitter->plan->nodes[i];
        if (!is_used(emitter, node)) continue;
        for (int32_t k = 0; k < node->inputs; k++)
            use(emitter, node->from[k], extra_of(emitter, node));
    }
}

static int32_t take_place(struct emitter *emitter)
{
    return emitter->spare_count ? emitter->spare[--emitter->spare_count] : emitter->place_count++;
}

static void free_place(struct emitter *emitter, int32_t element)
{
    emitter->spare[emitter->spare_count++] = emitter->place[element];
}

/* One use less. A result must not take the place of what is read farther along the row. */
static void release(struct emitter *emitter, struct rst_rank_ref ref, bool shifted)
{
    if ((ref.shift != 0) == shifted && --emitter->uses[ref.at] == 0) free_place(emitter, ref.at);
}

/* Rows of keys are told by number, and shifts apart, until it is known how many there are. */
static struct rst_rank_step *add_step(struct emitter *emitter, enum rst_rank_code code)
{
    struct rst_rank_step *step = &emitter->network->steps[emitter->network->step_count++];
    *step = (struct rst_rank_step){.code = code};
    emitter->network->cost += rst_rank_step_cost(code) / emitter->order->rows;
    return step;
}

static size_t row_bytes(const struct rst_rank_order *order, int64_t pixels)
{
    return (size_t)pixels * order->bands * order->key;
}

static void set_operand(struct emitter *emitter, struct rst_rank_step *step, int32_t number, struct rst_rank_ref ref)
{
    step->from[number] = (uint32_t)emitter->place[ref.at];
    emitter->shifts[(step - emitter->network->steps) * RST_RANK_INPUTS + number] = ref.shift;
}

static void emit_stores(struct emitter *emitter, int32_t element)
{
    for (int i = 0; i < emitter->order->rows; i++) {
        struct rst_rank_ref output = emitter->outputs[i];
        if (output.at != element) continue;
        struct rst_rank_step *step = add_step(emitter, RST_RANK_STORE);
        set_operand(emitter, step, 0, output);
        step->row = (uint32_t)i;
        release(emitter, output, output.shift != 0);
    }
}

/* Of two that are compared one may be wanted alone. */
static enum rst_rank_code code_of(const struct emitter *emitter, const struct rst_rank_node *node)
{
    if (node->code != RST_RANK_SORT) return node->code;
    if (!emitter->uses[node->first + 1]) return RST_RANK_LESS;
    return emitter->uses[node->first] ? RST_RANK_SORT : RST_RANK_MORE;
}

static void emit_node(struct emitter *emitter, const struct rst_rank_node *node)
{
    struct rst_rank_step *step = add_step(emitter, code_of(emitter, node));
    if (node->row >= 0) step->row = (uint32_t)node->row;
    step->extra = (uint32_t)row_bytes(emitter->order, extra_of(emitter, node));
    for (int32_t i = 0; i < node->inputs; i++)
        set_operand(emitter, step, i, node->from[i]);
    for (int32_t i = 0; i < node->inputs; i++)
        release(emitter, node->from[i], false);
    for (int32_t i = 0; i < node->outputs; i++)
        step->to[i] = (uint32_t)(emitter->place[node->first + i] = take_place(emitter));
    for (int32_t i = 0; i < node->inputs; i++)
        release(emitter, node->from[i], true);
    for (int32_t i = 0; i < node->outputs; i++) {
        if (!emitter->uses[node->first + i]) free_place(emitter, node->first + i);
        emit_stores(emitter, node->first + i);
    }
}

/* From numbers of rows to bytes. */
static void place_rows(struct emitter *emitter)
{
    struct rst_rank_network *network = emitter->network;
    const struct rst_rank_order *order = emitter->order;
    assert(emitter->place_count > 0); /* there is an input row */
    size_t block = (size_t)rst_clamp64(CACHE / emitter->place_count, LEAST_BLOCK, MOST_BLOCK) / RST_RANK_LINE;
    size_t halo = row_bytes(order, order->width - 1) + RST_RANK_LINE;
    size_t stride = (block + 1 + (halo + RST_RANK_LINE - 1) / RST_RANK_LINE) * RST_RANK_LINE;
    network->samples = block * RST_RANK_LINE / order->key;
    network->memory = stride * (size_t)emitter->place_count;
    for (size_t i = 0; i < network->step_count; i++)
        for (size_t k = 0; k < RST_RANK_INPUTS; k++) {
            struct rst_rank_step *step = &network->steps[i];
            int32_t shift = emitter->shifts[i * RST_RANK_INPUTS + k];
            step->from[k] = (uint32_t)(step->from[k] * stride + row_bytes(order, shift));
            step->to[k] = (uint32_t)(step->to[k] * stride);
        }
}

static bool make_steps(struct emitter *emitter)
{
    const struct rst_rank_plan *plan = emitter->plan;
    struct rst_rank_network *network = emitter->network;
    size_t elements = (size_t)plan->element_count, steps = plan->node_count + (size_t)emitter->order->rows;
    int32_t *numbers = calloc(4 * elements, sizeof *numbers);
    emitter->shifts = calloc(steps * RST_RANK_INPUTS, sizeof *emitter->shifts);
    network->steps = calloc(steps, sizeof *network->steps);
    bool made = numbers && emitter->shifts && network->steps;
    if (made) {
        emitter->uses = numbers;
        emitter->place = numbers + elements;
        emitter->spare = numbers + 2 * elements;
        emitter->extra = numbers + 3 * elements;
        count_uses(emitter);
        for (size_t i = 0; i < plan->node_count; i++)
            if (is_used(emitter, &plan->nodes[i])) emit_node(emitter, &plan->nodes[i]);
        place_rows(emitter);
    }
    free(emitter->shifts);
    free(numbers);
    return made;
}

enum rst_status rst_rank_network_make(const struct rst_rank_order *order, struct rst_rank_network *network,
                                      struct rst_error *err)
{
    struct builder builder = {.order = order};
    *network = (struct rst_rank_network){.rows = order->rows};
    builder.outputs = calloc((size_t)order->rows, sizeof *builder.outputs);
    bool made = builder.outputs != NULL;
    if (made) make_plan(&builder);
    struct emitter emitter = {.order = order, .plan = &builder.plan, .outputs = builder.outputs, .network = network};
    made = made && !builder.plan.failed && make_steps(&emitter);
    rst_rank_plan_free(&builder.plan);
    free(builder.outputs);
    if (made) return RST_OK;
    free(network->steps);
    network->steps = NULL;
    return rst_fail(err, RST_E_NOMEM, "no memory for the sorting network of a window of %d x %d pixels", order->width,
                    order->height);
}
