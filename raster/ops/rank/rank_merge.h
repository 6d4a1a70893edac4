/* Merging two sorted lists by comparisons. */
#ifndef RASTER_OPS_RANK_RANK_MERGE_H
#define RASTER_OPS_RANK_RANK_MERGE_H

#include "raster/ops/rank/rank_lists.h"

/* Elements in ascending order. */
struct rst_rank_run {
    const struct rst_rank_ref *items;
    int32_t count;
};

/* Adds a node, whose elements then are the one returned and those numbered after it, at the same shift. */
struct rst_rank_ref rst_rank_node_add(struct rst_rank_plan *plan, enum rst_rank_code code,
                                      const struct rst_rank_ref *from, int32_t inputs, int32_t outputs);

/* A row that is all the least key, or the greatest. */
struct rst_rank_ref rst_rank_node_end(struct rst_rank_plan *plan, bool greatest);

/* What a step costs, about: row operations, of which the stores count most. */
double rst_rank_step_cost(enum rst_rank_code code);

/* Elements low to high of a and b together go to `to`. */
void rst_rank_merge(struct rst_rank_plan *plan, struct rst_rank_run a, struct rst_rank_run b, int32_t low, int32_t high,
                    struct rst_rank_ref *to);

#endif
