/* Statistics of a window that moves over the image: what its parts share.
 *
 *     focal_sums.c    exact sums: sum and mean of integers of up to 32 bits, deviations of those of up to 16
 *     focal_reals.c   sums and deviations of all others, in double
 *     focal_counts.c  how often each value occurs: mode and entropy
 *     extreme.h       least, greatest and range
 *
 * Each makes a row of doubles, or of samples, of what the window holds; focal.c converts it to the result's type, and
 * puts back what is missing.
 */
#ifndef RASTER_OPS_RANK_FOCAL_H
#define RASTER_OPS_RANK_FOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/gaps.h"
#include "raster/ops/common/isa.h"
#include "raster/ops/point/cast.h"

enum rst_focal_stat {
    RST_FOCAL_MEAN,
    RST_FOCAL_SUM,
    RST_FOCAL_LEAST,
    RST_FOCAL_GREATEST,
    RST_FOCAL_RANGE,
    RST_FOCAL_DEVIATION,
    RST_FOCAL_VARIANCE,
    RST_FOCAL_MODE,
    RST_FOCAL_ENTROPY
};

/* Values of a window, by their numbers in ascending order, and how often they occur. */
struct rst_focal_counter {
    uint16_t *counts; /* [values] */
    uint16_t *most;   /* [values / RST_FOCAL_BUCKET]: no count of a bucket is greater; may be too much */
    size_t buckets;
    uint32_t total;
    uint32_t mode; /* while not stale: the least of the values that occur most often */
    bool stale;
    int64_t spread;          /* the sum of terms[count] over all values */
    const int64_t *terms;    /* count * log2(count) * 2^RST_FOCAL_PLACES, rounded */
    const double *logarithm; /* log2(count) */
};

enum { RST_FOCAL_BUCKET = 256, RST_FOCAL_PLACES = 40, RST_FOCAL_LANES = 3 };

/* A row of windows of one band. */
struct rst_focal_walk {
    struct rst_focal_counter *counter;
    const void *const *rows;    /* [height] from the left of the first window */
    const uint8_t *const *gaps; /* [height] 1 where a sample is missing; NULL: none is */
    size_t step, count, width, height;
    uint32_t turn;     /* XORed to a sample it is its number */
    uint32_t *modes;   /* [count], one after another; NULL: entropies are asked for */
    double *entropies; /* [count] */
};

/* Rows of doubles: of sums the sum, and the number of samples where some may be missing; of deviations the number, the
 * mean, and the squared distances from it. */
struct rst_focal_lanes {
    double *lane[RST_FOCAL_LANES];
};

typedef void rst_focal_join(const struct rst_focal_lanes *to, const struct rst_focal_lanes *a,
                            const struct rst_focal_lanes *b, size_t shift, size_t count);

struct rst_focal_kernels {
    /* sums[i] += the square of enters[i], and -= that of leaves[i] (NULL: none), as unsigned numbers whose sign bit is
     * turned over. NULL for types of more than 16 bits. */
    void (*squares[RST_TYPE_COUNT])(uint64_t *sums, const void *enters, const void *leaves, size_t count);

    /* The row with an integer's least value, or a float's 0, where it is missing; `to` may be `from`. */
    void (*blank[RST_TYPE_COUNT])(void *to, const void *from, const uint8_t *missing, size_t count);

    /* of[i] = greatest[i] - least[i]; of 64-bit integers a uint64_t, else a double. */
    void (*range[RST_TYPE_COUNT])(void *of, const void *least, const void *greatest, size_t count);

    void (*walk[4])(const struct rst_focal_walk *walk); /* by the logarithm of a number's bytes: 1, 2 and 4 */

    /* From sums of whole numbers, and of how many are missing (NULL: none), of `samples` in a window; a number is the
     * true one less `offset`. */
    void (*finish)(double *to, const uint64_t *sums, const uint64_t *squares, const uint64_t *missing, size_t count,
                   uint64_t samples, int64_t offset, enum rst_focal_stat stat);

    /* to = what a and b come to together, b being `shift` further; to may be a. */
    rst_focal_join *add, *add_counted, *chan;

    /* From lanes; `samples` in a window where there is one lane. */
    void (*finish_lanes)(double *to, const struct rst_focal_lanes *from, size_t count, double samples,
                         enum rst_focal_stat stat);
};

RST_KERNEL_TABLES(struct rst_focal_kernels, rst_focal_kernels)

/* What all tiles share. */
struct rst_focal {
    enum rst_focal_stat stat;
    int32_t width, height; /* both odd */
    const struct rst_focal_kernels *kernels;
    int64_t *terms; /* of entropy */
    double *logarithm;
};

/* A tile, for its parts. */
struct rst_focal_tile {
    const struct rst_focal *focal;
    const struct rst_stage *stage;
    const struct rst_tile *tile;
    struct rst_arena *arena;
    struct rst_gaps *gaps;      /* NULL without nodata */
    size_t step, size;          /* samples of a pixel, bytes of a sample */
    size_t count, wide, margin; /* samples of an output row, of an input row, of what the window reaches to the left */
};

/* Each part: memory from the arena (NULL: there is none), and one row. */
bool rst_focal_is_exact(enum rst_focal_stat stat, enum rst_type type);
struct rst_focal_sums *rst_focal_sums_new(const struct rst_focal_tile *tile);
void rst_focal_sums_row(struct rst_focal_sums *sums, const struct rst_focal_tile *tile, struct rst_rows *rows,
                        int64_t y, double *to);

struct rst_focal_reals *rst_focal_reals_new(const struct rst_focal_tile *tile);
void rst_focal_reals_row(struct rst_focal_reals *reals, const struct rst_focal_tile *tile, struct rst_rows *rows,
                         int64_t y, double *to);

/* `to` has samples of the image's type for the mode, doubles for the entropy. */
struct rst_focal_counts *rst_focal_counts_new(const struct rst_focal_tile *tile);
void rst_focal_counts_row(struct rst_focal_counts *counts, const struct rst_focal_tile *tile, struct rst_rows *rows,
                          int64_t y, void *to);

#endif
