/* The kernels of the rank filters (median, rank, despeckle): the sample of a given rank among those of a window.
 *
 * Samples are compared by keys, integers of the sample's size that are ordered as samples are: bytes without sign,
 * wider ones with sign. A float's key is its bits, the lower ones turned over where it is negative, so that -0.0 comes
 * before 0.0; every NaN has the key of the quiet one, above infinity. Since a key stands for one sample alone, results
 * do not depend on the order in which samples are looked at.
 *
 * Small windows go through a sorting network (rank_network.h), whose steps work on rows of keys; large ones, and what
 * lies around missing samples, are counted (rank_count.h).
 */
#ifndef RASTER_OPS_RANK_RANK_H
#define RASTER_OPS_RANK_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"

enum {
    RST_RANK_MOST = 255, /* pixels to a window's side: counts fit a byte in a column, 16 bits in a window */
    RST_RANK_LINE = 64,  /* rows of keys start at, and are worked on in, multiples of so many bytes */
    RST_RANK_BUCKETS = 256,
    RST_RANK_CHUNK = 32 /* places of samples that are looked at in one go */
};

/* ---- networks ---- */

enum { RST_RANK_INPUTS = 8 };

enum rst_rank_code {
    RST_RANK_LOAD,  /* to[0] = keys of input row `row` */
    RST_RANK_FILL,  /* to[0] = the least key; or, where `row` is 1, the greatest */
    RST_RANK_STORE, /* output row `row` = samples of keys from[0] */
    RST_RANK_LESS,  /* to[0] = min(from[0], from[1]) */
    RST_RANK_MORE,  /* to[1] = max(from[0], from[1]) */
    RST_RANK_SORT,  /* both */
    RST_RANK_FLY4,  /* what is bitonic, sorted: 0 is compared with 2, 1 with 3, then 0 with 1, 2 with 3 */
    RST_RANK_FLY8,  /* the same of eight: 0 is compared with 4 and so on, then each half goes on as above */
    RST_RANK_PICK,  /* to[0] = the least of max(from[0], from[1]), max(from[2], from[3]) ... of four pairs */
    RST_RANK_CODES
};

/* Where rows of keys begin is told in bytes from the block's memory. A result may lie where an operand does. */
struct rst_rank_step {
    enum rst_rank_code code;
    uint32_t from[RST_RANK_INPUTS], to[RST_RANK_INPUTS];
    uint32_t extra; /* bytes that are wanted beyond the block's samples */
    uint32_t row;
};

/* Samples side by side in some rows, as a network takes them. */
struct rst_rank_block {
    const struct rst_rank_step *steps;
    size_t step_count;
    char *memory;
    const char *const *rows; /* input rows, from the left upper sample of the first window on */
    char *const *to;         /* output rows */
    size_t samples;          /* of an output row */
    void (*load)(void *keys, const void *samples, size_t count);
    void (*store)(void *samples, const void *keys, size_t count);
};

/* ---- counting ---- */

/* One band of a rectangle of output samples, and the input that it needs. */
struct rst_rank_area {
    int width, height;           /* of the window */
    uint32_t index;              /* of the sample that is wanted, from 0 for the least, of a full window */
    size_t columns, lines;       /* of the output */
    size_t wide, high;           /* of the input: columns + width - 1, lines + height - 1 */
    const char *const *rows;     /* [high] input rows */
    const uint8_t *const *masks; /* [high] 1 where a sample is missing; NULL: none is */
    char *const *to;             /* [lines] output rows */
    size_t from, step, place;    /* samples: where the input and the output begin in their rows, between pixels */
};

/* Working memory of such an area: sizes in the order of the members, by rst_rank_count_room(). */
struct rst_rank_counts {
    uint8_t *plane;   /* [high][wide] bytes in the order of the samples: keys, or numbers of buckets */
    uint8_t *missing; /* [high][wide] */
    uint8_t *coarse;  /* [wide][16] of a column: how many bytes are there up to 16 k + 15 */
    uint8_t *fine;    /* [wide][16][16] how many from 16 k up to 16 k + l */
    uint8_t *found;   /* [columns] the byte with the wanted rank */
    uint16_t *rest;   /* [columns] its rank among the bytes like it, or RST_RANK_NONE */
    void *keys[2];    /* [wide * high] wider samples: to sort them, and sorted */
    uint32_t *places[2];
    uint16_t *x, *y; /* [wide * high + RST_RANK_CHUNK] columns and lines of the sorted samples */
    size_t sorted;
    int shift; /* sample i of the sorted ones is in bucket i >> shift */
};

enum { RST_RANK_NONE = UINT16_MAX }; /* nothing in the window is there */

struct rst_rank_kernels {
    /* The whole of a network. By bytes of a key: 1, 2, 4, 8. */
    void (*run[4])(const struct rst_rank_block *block);
    void (*load[RST_TYPE_COUNT])(void *keys, const void *samples, size_t count);
    void (*store[RST_TYPE_COUNT])(void *samples, const void *keys, size_t count);

    /* n medians of 3 x 3: sample i has its left upper neighbour at rows[0][i]. */
    void (*median3[RST_TYPE_COUNT])(const void *const rows[3], size_t step, size_t n, void *to);

    /* Counting. `order` fills plane, and for wider types sorts the samples; `start` counts the columns of the first
     * line, `move` goes on to the next one; `find` makes found and rest of a line; `pick` makes samples of them. */
    void (*order[RST_TYPE_COUNT])(const struct rst_rank_area *area, struct rst_rank_counts *counts);
    void (*mark)(const struct rst_rank_area *area, struct rst_rank_counts *counts);
    void (*start)(const struct rst_rank_area *area, struct rst_rank_counts *counts);
    void (*move)(const struct rst_rank_area *area, struct rst_rank_counts *counts, size_t line);
    void (*find)(const struct rst_rank_area *area, struct rst_rank_counts *counts);
    void (*pick[RST_TYPE_COUNT])(const struct rst_rank_area *area, const struct rst_rank_counts *counts, size_t line);

    /* Puts sample i of `row` into `to` where it does not differ from the one there by more than a limit: integers by
     * `whole`, floats by `real`, where a NaN differs from all but NaN and nothing differs from a NaN. */
    void (*keep[RST_TYPE_COUNT])(const void *row, void *to, size_t n, uint64_t whole, double real);
};

RST_KERNEL_TABLES(struct rst_rank_kernels, rst_rank_kernels)

#endif
