/* Bytes are counted as they are. Of wider samples all those of an area are sorted, and cut, as sorted, into buckets of
 * the same number: which bucket the wanted sample lies in is counted as for bytes, and then those in the bucket are
 * gone through. Areas are so large that their histograms, or their sorted samples, stay in the second-level cache. */
#include "raster/ops/rank/rank_count.h"

#include <string.h>

struct rst_rank_extent rst_rank_count_extent(enum rst_type type, int width)
{
    const bool bytes = rst_type_size(type) == 1;
    const int32_t least = bytes ? 256 : 64;
    return (struct rst_rank_extent){width > least ? width : least, 64};
}

bool rst_rank_count_room(struct rst_rank_counts *counts, enum rst_type type, int width, int height,
                         struct rst_rank_extent extent, struct rst_arena *arena)
{
    const size_t wide = (size_t)(extent.columns + width - 1), high = (size_t)(extent.lines + height - 1);
    const size_t samples = wide * high, size = rst_type_size(type);
    *counts = (struct rst_rank_counts){.plane = rst_arena_get(arena, samples),
                                       .missing = rst_arena_get(arena, samples),
                                       .coarse = rst_arena_get(arena, wide * 16),
                                       .fine = rst_arena_get(arena, wide * 256),
                                       .found = rst_arena_get(arena, (size_t)extent.columns),
                                       .rest = rst_arena_get(arena, (size_t)extent.columns * sizeof(uint16_t))};
    if (!counts->plane || !counts->missing || !counts->coarse || !counts->fine || !counts->found || !counts->rest)
        return false;
    if (size == 1) return true;
    for (int i = 0; i < 2; i++) {
        counts->keys[i] = rst_arena_get(arena, samples * size);
        counts->places[i] = rst_arena_get(arena, samples * sizeof(uint32_t));
        if (!counts->keys[i] || !counts->places[i]) return false;
    }
    counts->x = rst_arena_get(arena, (samples + RST_RANK_CHUNK) * sizeof(uint16_t));
    counts->y = rst_arena_get(arena, (samples + RST_RANK_CHUNK) * sizeof(uint16_t));
    return counts->x && counts->y;
}

static void count_area(const struct rst_rank_kernels *kernels, enum rst_type type, const struct rst_rank_area *area,
                       struct rst_rank_counts *counts)
{
    if (area->masks) kernels->mark(area, counts);
    kernels->order[type](area, counts);
    kernels->start(area, counts);
    for (size_t line = 0; line < area->lines; line++) {
        if (line) kernels->move(area, counts, line);
        kernels->find(area, counts);
        kernels->pick[type](area, counts, line);
    }
}

void rst_rank_count(const struct rst_rank_kernels *kernels, enum rst_type type, const struct rst_rank_area *area,
                    struct rst_rank_extent extent, struct rst_rank_counts *counts)
{
    struct rst_rank_area part = *area;
    part.high = area->lines + (size_t)area->height - 1;
    for (size_t done = 0; done < area->columns; done += part.columns) {
        size_t left = area->columns - done, pieces = (left + (size_t)extent.columns - 1) / (size_t)extent.columns;
        part.columns = (left + pieces - 1) / pieces;
        part.wide = part.columns + (size_t)area->width - 1;
        part.from = area->from + done * area->step;
        part.place = area->place + done * area->step;
        count_area(kernels, type, &part, counts);
    }
}
