/* Merging is bitonic (Batcher 1968): the one list and behind it the other one turned round are compared with strides of
 * half their length, a quarter and so on. That takes more comparisons than the odd-even merge, but three rounds of them
 * are eight rows that go through registers at once, and what rows of keys cost is getting them in and out of memory.
 *
 * Lists are made up to a power of two with elements that are below or above all others. Comparisons with those, and
 * those that nothing wanted comes from, are left out; how many stand below is chosen so that most is. */
#include "raster/ops/rank/rank_merge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BELOW = -2, ABOVE = -1, TRIES = 32 };

double rst_rank_step_cost(enum rst_rank_code code)
{
    static const double costs[RST_RANK_CODES] = {2, 1, 2, 1.4, 1.4, 2.4, 4.4, 8.6, 3.5};
    return costs[code];
}

/* A merge being laid out: `length` places, and for each round whether what is in a place after it matters. */
struct layout {
    struct rst_rank_plan *plan; /* NULL: only the cost is wanted */
    int32_t length, rounds;
    struct rst_rank_ref *at; /* elements, or BELOW and ABOVE */
    bool *wanted;            /* [rounds + 1][length] */
    char *kinds;             /* [rounds + 1][length] 0 for elements, or BELOW and ABOVE, before each round */
    double cost;
};

/* ---- what matters ---- */

static char *kinds_of(const struct layout *layout, int32_t round)
{
    return layout->kinds + (size_t)round * (size_t)layout->length;
}

static bool *wanted_of(const struct layout *layout, int32_t round)
{
    return layout->wanted + (size_t)round * (size_t)layout->length;
}

/* Whether the element of place i, to be compared with that of place k, goes there unseen. */
static bool is_swapped(const char *kinds, int32_t i, int32_t k)
{
    return kinds[i] == ABOVE || kinds[k] == BELOW;
}

static bool is_compared(const char *kinds, int32_t i, int32_t k)
{
    return !kinds[i] && !kinds[k];
}

static void spread_kinds(struct layout *layout)
{
    for (int32_t round = 0; round < layout->rounds; round++) {
        const char *before = kinds_of(layout, round);
        char *after = kinds_of(layout, round + 1);
        int32_t stride = layout->length >> (round + 1);
        for (int32_t i = 0; i < layout->length; i++) {
            if (i & stride) continue;
            bool swapped = is_swapped(before, i, i + stride);
            after[i] = before[swapped ? i + stride : i];
            after[i + stride] = before[swapped ? i : i + stride];
        }
    }
}

static void spread_wants(struct layout *layout)
{
    for (int32_t round = layout->rounds; round-- > 0;) {
        const char *kinds = kinds_of(layout, round);
        const bool *after = wanted_of(layout, round + 1);
        bool *before = wanted_of(layout, round);
        int32_t stride = layout->length >> (round + 1);
        for (int32_t i = 0; i < layout->length; i++) {
            if (i & stride) continue;
            int32_t k = i + stride;
            bool swapped = is_swapped(kinds, i, k), both = is_compared(kinds, i, k) && (after[i] || after[k]);
            before[i] = both || after[swapped ? k : i];
            before[k] = both || after[swapped ? i : k];
        }
    }
}

/* ---- comparing ---- */

static void compare(struct layout *layout, int32_t round, int32_t i, int32_t k)
{
    const char *kinds = kinds_of(layout, round);
    const bool *after = wanted_of(layout, round + 1);
    struct rst_rank_ref pair[2] = {layout->at[i], layout->at[k]};
    if (!is_compared(kinds, i, k)) {
        if (!is_swapped(kinds, i, k)) return;
        layout->at[i] = pair[1];
        layout->at[k] = pair[0];
        return;
    }
    if (!after[i] && !after[k]) return;
    layout->at[i] = rst_rank_node_add(layout->plan, RST_RANK_SORT, pair, 2, 2);
    layout->at[k] = (struct rst_rank_ref){layout->at[i].at + 1, layout->at[i].shift};
}

/* What rounds `round` to round + depth - 1 of 2^depth places cost one comparison at a time, or as steps of less depth.
 */
static double cost_of(const struct layout *layout, int32_t round, int32_t first, int32_t apart, int32_t depth);

static double cost_apart(const struct layout *layout, int32_t round, int32_t first, int32_t apart, int32_t depth)
{
    const char *kinds = kinds_of(layout, round);
    const bool *after = wanted_of(layout, round + 1);
    assert(depth >= 1 && depth <= 3);
    int32_t half = (1 << depth) / 2;
    double cost = 0;
    for (int32_t i = 0; i < half; i++) {
        int32_t p = first + i * apart, q = p + half * apart;
        if (!is_compared(kinds, p, q) || (!after[p] && !after[q])) continue;
        cost += rst_rank_step_cost(after[p] && after[q] ? RST_RANK_SORT : RST_RANK_LESS);
    }
    if (depth == 1) return cost;
    return cost + cost_of(layout, round + 1, first, apart, depth - 1) +
           cost_of(layout, round + 1, first + half * apart, apart, depth - 1);
}

static enum rst_rank_code code_of(int32_t depth)
{
    return depth == 1 ? RST_RANK_SORT : depth == 2 ? RST_RANK_FLY4 : RST_RANK_FLY8;
}

static double cost_of(const struct layout *layout, int32_t round, int32_t first, int32_t apart, int32_t depth)
{
    double cost = cost_apart(layout, round, first, apart, depth), whole = rst_rank_step_cost(code_of(depth));
    return depth > 1 && whole < cost ? whole : cost;
}

/* All of these places in one step: those that nothing is in are fed with the ends of what keys there are. */
static void fly_at_once(struct layout *layout, int32_t round, int32_t first, int32_t apart, int32_t depth)
{
    const char *after = kinds_of(layout, round + depth);
    assert(depth >= 1 && depth <= 3);
    int32_t count = 1 << depth;
    struct rst_rank_ref from[RST_RANK_INPUTS];
    for (int32_t i = 0; i < count; i++) {
        struct rst_rank_ref at = layout->at[first + i * apart];
        from[i] = at.at < 0 ? rst_rank_node_end(layout->plan, at.at == ABOVE) : at;
    }
    struct rst_rank_ref to = rst_rank_node_add(layout->plan, code_of(depth), from, count, count);
    for (int32_t i = 0; i < count; i++) {
        int32_t place = first + i * apart;
        layout->at[place] = (struct rst_rank_ref){to.at + i, to.shift};
        if (after[place]) layout->at[place] = (struct rst_rank_ref){after[place], 0};
    }
}

/* Rounds `round` to round + depth - 1 of 2^depth places that are compared with one another alone. */
static void fly(struct layout *layout, int32_t round, int32_t first, int32_t apart, int32_t depth)
{
    assert(depth >= 1 && depth <= 3);
    int32_t half = (1 << depth) / 2;
    if (depth > 1 && rst_rank_step_cost(code_of(depth)) < cost_apart(layout, round, first, apart, depth)) {
        fly_at_once(layout, round, first, apart, depth);
        return;
    }
    for (int32_t i = 0; i < half; i++)
        compare(layout, round, first + i * apart, first + (i + half) * apart);
    if (depth == 1) return;
    fly(layout, round + 1, first, apart, depth - 1);
    fly(layout, round + 1, first + half * apart, apart, depth - 1);
}

/* Rounds by threes and twos: fewer do not pay for their way through memory. */
static void compare_all(struct layout *layout)
{
    for (int32_t round = 0, depth; round < layout->rounds; round += depth) {
        int32_t left = layout->rounds - round, apart;
        depth = left == 4 || left == 2 ? 2 : left < 3 ? left : 3;
        apart = layout->length >> (round + depth);
        for (int32_t i = 0; i < layout->length; i++)
            if (i / apart % (1 << depth) == 0) {
                if (layout->plan)
                    fly(layout, round, i, apart, depth);
                else
                    layout->cost += cost_of(layout, round, i, apart, depth);
            }
    }
}

/* ---- merging ---- */

static void lay_out(struct layout *layout, struct rst_rank_run a, struct rst_rank_run b, int32_t below, int32_t low,
                    int32_t high)
{
    const struct rst_rank_ref least = {BELOW, 0}, most = {ABOVE, 0};
    int32_t length = layout->length, above = length - below - a.count - b.count, at = 0;
    bool *wanted = wanted_of(layout, layout->rounds);
    for (int32_t i = 0; i < below; i++)
        layout->at[at++] = least;
    for (int32_t i = 0; i < a.count; i++)
        layout->at[at++] = a.items[i];
    for (int32_t i = 0; i < above; i++)
        layout->at[at++] = most;
    for (int32_t i = b.count; i-- > 0;)
        layout->at[at++] = b.items[i];
    for (int32_t i = 0; i < length; i++) {
        layout->kinds[i] = (char)(layout->at[i].at < 0 ? layout->at[i].at : 0);
        wanted[i] = i >= below + low && i <= below + high;
    }
    spread_kinds(layout);
    spread_wants(layout);
    layout->cost = 0;
    compare_all(layout);
}

/* Element k of the merged list alone: the least of all max(a[i], b[j]) with i + j = k - 1, where a list that ends does
 * not count. */
static struct rst_rank_ref pick(struct rst_rank_plan *plan, struct rst_rank_run a, struct rst_rank_run b, int32_t k)
{
    struct rst_rank_ref pairs[RST_RANK_INPUTS];
    int32_t filled = 0;
    for (int32_t i = 0; i <= a.count && i <= k + 1; i++) {
        int32_t j = k + 1 - i;
        if (j > b.count) continue;
        if (filled == RST_RANK_INPUTS) {
            pairs[0] = pairs[1] = rst_rank_node_add(plan, RST_RANK_PICK, pairs, RST_RANK_INPUTS, 1);
            filled = 2;
        }
        pairs[filled++] = i ? a.items[i - 1] : b.items[j - 1];
        pairs[filled++] = j ? b.items[j - 1] : a.items[i - 1];
    }
    if (filled == 2 && pairs[0].at == pairs[1].at && pairs[0].shift == pairs[1].shift) return pairs[0];
    for (int32_t i = filled; i < RST_RANK_INPUTS; i++)
        pairs[i] = pairs[i - 2];
    return rst_rank_node_add(plan, RST_RANK_PICK, pairs, RST_RANK_INPUTS, 1);
}

static bool open_layout(struct layout *layout, int32_t count)
{
    layout->length = 1;
    while (layout->length < count) {
        layout->length *= 2;
        layout->rounds++;
    }
    size_t length = (size_t)layout->length, all = length * (size_t)(layout->rounds + 1);
    layout->at = calloc(length, sizeof *layout->at);
    layout->wanted = calloc(all, sizeof *layout->wanted);
    layout->kinds = calloc(all, 1);
    return layout->at && layout->wanted && layout->kinds;
}

void rst_rank_merge(struct rst_rank_plan *plan, struct rst_rank_run a, struct rst_rank_run b, int32_t low, int32_t high,
                    struct rst_rank_ref *to)
{
    if (low == high) {
        *to = pick(plan, a, b, low);
        return;
    }
    struct layout layout = {0};
    if (open_layout(&layout, a.count + b.count)) {
        int32_t room = layout.length - a.count - b.count, step = room / TRIES + 1, best = 0;
        double least = 0;
        for (int32_t below = 0; below <= room; below += step) {
            lay_out(&layout, a, b, below, low, high);
            if (below == 0 || layout.cost < least) {
                least = layout.cost;
                best = below;
            }
        }
        layout.plan = plan;
        lay_out(&layout, a, b, best, low, high);
        memcpy(to, layout.at + best + low, (size_t)(high - low + 1) * sizeof *to);
    } else {
        plan->failed = true;
    }
    free(layout.at);
    free(layout.wanted);
    free(layout.kinds);
}
