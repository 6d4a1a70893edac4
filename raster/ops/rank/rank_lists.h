/* The plan of a network: sorted lists, merged from shorter ones, and the comparisons that make their elements. */
#ifndef RASTER_OPS_RANK_RANK_LISTS_H
#define RASTER_OPS_RANK_RANK_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/rank/rank.h"

/* Something at another place along the row: `shift` pixels to the right. */
struct rst_rank_ref {
    int32_t at, shift;
};

/* How elements are made: from an input row, or by one of the steps of a network; RST_RANK_SORT may become LESS or MORE.
 * Its elements are numbered from `first` on; nodes come after what they are made from. */
struct rst_rank_node {
    enum rst_rank_code code;
    int32_t row;
    int32_t first, inputs, outputs;
    struct rst_rank_ref from[RST_RANK_INPUTS]; /* elements */
};

/* Ascending. Elements low to high are made; there are `size`. */
struct rst_rank_list {
    int32_t row;              /* it is that input row alone; negative: it is merged from a and b */
    struct rst_rank_ref a, b; /* lists */
    int32_t size, low, high;
    struct rst_rank_ref *elements; /* of high - low + 1 */
};

struct rst_rank_plan {
    struct rst_rank_list *lists;
    size_t list_count, list_room;
    struct rst_rank_node *nodes;
    size_t node_count, node_room;
    int32_t element_count;
    struct rst_rank_ref ends[2]; /* rows of the least and the greatest key, where has_ends is set */
    bool has_ends[2];
    bool failed; /* for want of memory */
};

/* The list of an input row. */
struct rst_rank_ref rst_rank_list_row(struct rst_rank_plan *plan, int row);

/* The list of all that a and b have. The same lists asked for twice are one list. */
struct rst_rank_ref rst_rank_list_merged(struct rst_rank_plan *plan, struct rst_rank_ref a, struct rst_rank_ref b);

/* Element `index` of the list will be wanted. */
void rst_rank_list_want(struct rst_rank_plan *plan, struct rst_rank_ref list, int64_t low, int64_t high);

/* Makes the nodes of all elements that are wanted, and of those that these come from. */
void rst_rank_lists_make(struct rst_rank_plan *plan);

/* After that. */
struct rst_rank_ref rst_rank_list_element(const struct rst_rank_plan *plan, struct rst_rank_ref list, int64_t index);

void rst_rank_plan_free(struct rst_rank_plan *plan);

#endif
