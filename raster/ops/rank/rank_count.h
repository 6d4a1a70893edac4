/* Ranks by counting: for windows of any size, and around missing samples. */
#ifndef RASTER_OPS_RANK_RANK_COUNT_H
#define RASTER_OPS_RANK_RANK_COUNT_H

#include "raster/ops/rank/rank.h"

/* How large the areas are that samples of the type are best counted in. */
struct rst_rank_extent {
    int32_t columns, lines; /* of output, at most */
};

struct rst_rank_extent rst_rank_count_extent(enum rst_type type, int width);

/* Room for areas of that extent; false where there is none. */
RST_MUST_USE bool rst_rank_count_room(struct rst_rank_counts *counts, enum rst_type type, int width, int height,
                                      struct rst_rank_extent extent, struct rst_arena *arena);

/* Computes an area of any number of columns, and of the extent's lines at most. */
void rst_rank_count(const struct rst_rank_kernels *kernels, enum rst_type type, const struct rst_rank_area *area,
                    struct rst_rank_extent extent, struct rst_rank_counts *counts);

#endif
