/* Lists are first only named, so that from the last to the first it can be told which of their elements matter: element
 * i of a list of n has n - 1 - i above it, so when it goes into a list with m more it has there a place from i to
 * i + m, and is left out where no such place is wanted. Then the elements are made, from the first list to the last,
 * by merging (rank_merge.c). */
#include "raster/ops/rank/rank_lists.h"

#include <stdlib.h>

#include "raster/ops/rank/rank_merge.h"

/* Makes room for one more in an array. */
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room) return array;
    size_t more = *room ? 2 * *room : 256;
    void *bigger = more > SIZE_MAX / size ? NULL : realloc(array, more * size);
    if (bigger) *room = more;
    return bigger;
}

static struct rst_rank_ref moved(struct rst_rank_ref ref, int32_t shift)
{
    return (struct rst_rank_ref){ref.at, ref.shift + shift};
}

static bool same(struct rst_rank_ref a, struct rst_rank_ref b)
{
    return a.at == b.at && a.shift == b.shift;
}

/* ---- naming lists ---- */

static struct rst_rank_ref add_list(struct rst_rank_plan *plan, const struct rst_rank_list *list)
{
    for (size_t i = 0; i < plan->list_count; i++) {
        const struct rst_rank_list *old = &plan->lists[i];
        if (old->row == list->row && same(old->a, list->a) && same(old->b, list->b))
            return (struct rst_rank_ref){(int32_t)i, 0};
    }
    struct rst_rank_list *lists = grown(plan->lists, plan->list_count, &plan->list_room, sizeof *lists);
    if (!lists) {
        plan->failed = true;
        return (struct rst_rank_ref){0, 0};
    }
    plan->lists = lists;
    lists[plan->list_count] = *list;
    return (struct rst_rank_ref){(int32_t)plan->list_count++, 0};
}

struct rst_rank_ref rst_rank_list_row(struct rst_rank_plan *plan, int row)
{
    return add_list(plan, &(struct rst_rank_list){.row = row, .size = 1, .low = 1});
}

struct rst_rank_ref rst_rank_list_merged(struct rst_rank_plan *plan, struct rst_rank_ref a, struct rst_rank_ref b)
{
    if (plan->failed) return a;
    int32_t shift = a.shift < b.shift ? a.shift : b.shift;
    struct rst_rank_list list = {.row = -1, .a = moved(a, -shift), .b = moved(b, -shift)};
    list.size = plan->lists[a.at].size + plan->lists[b.at].size;
    list.low = list.size;
    return moved(add_list(plan, &list), shift);
}

/* ---- what is wanted ---- */

void rst_rank_list_want(struct rst_rank_plan *plan, struct rst_rank_ref ref, int64_t low, int64_t high)
{
    if (plan->failed) return;
    struct rst_rank_list *list = &plan->lists[ref.at];
    bool first = list->low == list->size;
    if (low < 0) low = 0;
    if (high > list->size - 1) high = list->size - 1;
    if (first || low < list->low) list->low = (int32_t)low;
    if (first || high > list->high) list->high = (int32_t)high;
}

/* ---- making elements ---- */

struct rst_rank_ref rst_rank_node_add(struct rst_rank_plan *plan, enum rst_rank_code code,
                                      const struct rst_rank_ref *from, int32_t inputs, int32_t outputs)
{
    struct rst_rank_node *nodes = grown(plan->nodes, plan->node_count, &plan->node_room, sizeof *nodes);
    if (!nodes) {
        plan->failed = true;
        return (struct rst_rank_ref){0, 0};
    }
    plan->nodes = nodes;
    struct rst_rank_node *node = &nodes[plan->node_count++];
    *node = (struct rst_rank_node){code, -1, plan->element_count, inputs, outputs, {{0, 0}}};
    int32_t shift = inputs ? from[0].shift : 0;
    for (int32_t i = 1; i < inputs; i++)
        if (from[i].shift < shift) shift = from[i].shift;
    for (int32_t i = 0; i < inputs; i++)
        node->from[i] = moved(from[i], -shift);
    plan->element_count += outputs;
    return (struct rst_rank_ref){node->first, shift};
}

struct rst_rank_ref rst_rank_node_end(struct rst_rank_plan *plan, bool greatest)
{
    if (!plan->has_ends[greatest]) {
        plan->ends[greatest] = rst_rank_node_add(plan, RST_RANK_FILL, NULL, 0, 1);
        if (!plan->failed) plan->nodes[plan->node_count - 1].row = greatest;
        plan->has_ends[greatest] = true;
    }
    return plan->ends[greatest];
}

/* The part of list `ref` that can have a place from low to high in a list with `others` more: copied to `to`. */
static struct rst_rank_run part(const struct rst_rank_plan *plan, struct rst_rank_ref ref, int32_t low, int32_t high,
                                int32_t others, struct rst_rank_ref *to, int32_t *dropped)
{
    const struct rst_rank_list *list = &plan->lists[ref.at];
    int32_t first = low - others > 0 ? low - others : 0, last = high < list->size - 1 ? high : list->size - 1;
    *dropped += first;
    for (int32_t i = first; i <= last; i++)
        to[i - first] = moved(list->elements[i - list->low], ref.shift);
    return (struct rst_rank_run){to, last - first + 1};
}

static void make_merged(struct rst_rank_plan *plan, struct rst_rank_list *list, struct rst_rank_ref *room)
{
    int32_t dropped = 0;
    struct rst_rank_run a = part(plan, list->a, list->low, list->high, plan->lists[list->b.at].size, room, &dropped);
    struct rst_rank_run b =
        part(plan, list->b, list->low, list->high, plan->lists[list->a.at].size, room + a.count, &dropped);
    rst_rank_merge(plan, a, b, list->low - dropped, list->high - dropped, list->elements);
}

static void make_list(struct rst_rank_plan *plan, struct rst_rank_list *list, struct rst_rank_ref *room)
{
    if (list->low == list->size) return; /* never wanted */
    list->elements = calloc((size_t)list->high - (size_t)list->low + 1, sizeof *list->elements);
    if (!list->elements) {
        plan->failed = true;
    } else if (list->row >= 0) {
        list->elements[0] = rst_rank_node_add(plan, RST_RANK_LOAD, NULL, 0, 1);
        if (!plan->failed) plan->nodes[plan->node_count - 1].row = list->row;
    } else {
        make_merged(plan, list, room);
    }
}

void rst_rank_lists_make(struct rst_rank_plan *plan)
{
    size_t most = 1;
    for (size_t i = plan->list_count; i-- > 0 && !plan->failed;) {
        const struct rst_rank_list *list = &plan->lists[i];
        if ((size_t)list->size > most) most = (size_t)list->size;
        if (list->row >= 0 || list->low == list->size) continue;
        int32_t in_a = plan->lists[list->a.at].size, in_b = plan->lists[list->b.at].size;
        rst_rank_list_want(plan, list->a, list->low - in_b, list->high);
        rst_rank_list_want(plan, list->b, list->low - in_a, list->high);
    }
    struct rst_rank_ref *room = calloc(most, sizeof *room);
    if (!room) plan->failed = true;
    for (size_t i = 0; i < plan->list_count && !plan->failed; i++)
        make_list(plan, &plan->lists[i], room);
    free(room);
}

struct rst_rank_ref rst_rank_list_element(const struct rst_rank_plan *plan, struct rst_rank_ref ref, int64_t index)
{
    const struct rst_rank_list *list = &plan->lists[ref.at];
    return moved(list->elements[index - list->low], ref.shift);
}

void rst_rank_plan_free(struct rst_rank_plan *plan)
{
    for (size_t i = 0; i < plan->list_count; i++)
        free(plan->lists[i].elements);
    free(plan->lists);
    free(plan->nodes);
    *plan = (struct rst_rank_plan){0};
}
