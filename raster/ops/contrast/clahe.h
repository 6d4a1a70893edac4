/* Contrast-limited adaptive equalisation: the grid of tiles, what is counted in it, and the kernels. */
#ifndef RASTER_OPS_CONTRAST_CLAHE_H
#define RASTER_OPS_CONTRAST_CLAHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"
#include "raster/sweep/reduction.h"

enum {
    RST_CLAHE_BINS = 4096,      /* of types of more than 16 bits */
    RST_CLAHE_MOST = 256 << 20, /* bytes of counts */
    RST_CLAHE_MOST_TILES = 256, /* along one side */
    RST_CLAHE_BLOCK = 256       /* samples mixed at a time */
};

struct rst_clahe_settings {
    int32_t columns, rows; /* of tiles */
    double clip;
};

/* Of an image whose sides are no multiples of the tiles' numbers, the right and the lower edge are mirrored until they
 * are. */
struct rst_clahe_grid {
    int64_t columns, rows, tile_width, tile_height;
    int32_t bins;
    size_t arrays; /* of counts in a tile: one for each band; more where bytes are counted by turns */
};

/* false where a tile has more than 2^32 - 1 pixels. */
bool rst_clahe_grid_of(const struct rst_clahe_settings *settings, const struct rst_shape *shape,
                       struct rst_clahe_grid *grid);

/* Finite samples of a band that are not nodata; low > high where there is none. */
struct rst_clahe_range {
    double low, high;
};

/* Where bins lie in a range: (sample / 2 - start) * scale, so that no difference overflows. `flat`: no bins, all
 * samples are alike. */
struct rst_clahe_scale {
    double low, high, start, scale;
    bool flat;
};
struct rst_clahe_scale rst_clahe_scale_of(const struct rst_clahe_range *range);

/* ---- the survey: its settings are a struct rst_clahe_settings ---- */

extern const struct rst_reduction rst_clahe_reduction;

size_t rst_clahe_counts_bytes(const struct rst_shape *shape, const struct rst_clahe_grid *grid);
const struct rst_clahe_range *rst_clahe_ranges(const void *counts);

/* Adds the counts of a tile to bins[grid->bins], those of the least samples first, nodata left out. Returns their sum.
 */
uint64_t rst_clahe_add_tile(const void *counts, const struct rst_shape *shape, const struct rst_clahe_grid *grid,
                            int64_t tile, int32_t band, uint64_t *bins);

/* ---- kernels ---- */

/* The part of a row between the middles of two columns of tiles. Samples of the band are `step` apart. */
struct rst_clahe_part {
    const void *from;
    void *to;
    size_t count, step;
    const float *right;    /* [count]: how much the right one of two tiles weighs */
    float below;           /* ... the lower one */
    uint32_t turn;         /* of bytes and words: the sign bit of a signed type, else 0 */
    const void *tables[4]; /* of the tiles left and right above, and left and right below; of bytes one, of all four */
};

struct rst_clahe_kernels {
    void (*words)(const uint16_t *samples, size_t width, size_t bands, uint32_t *counts);
    void (*range[RST_TYPE_COUNT])(const void *samples, size_t count, size_t step, const union rst_sample *nodata,
                                  struct rst_clahe_range *range);
    void (*bins[RST_TYPE_COUNT])(const void *samples, size_t count, size_t step, const union rst_sample *nodata,
                                 const struct rst_clahe_scale *scale, uint32_t *counts);

    void (*mix_bytes)(const struct rst_clahe_part *part);
    void (*mix_words)(const struct rst_clahe_part *part);
    void (*mix[RST_TYPE_COUNT])(const struct rst_clahe_part *part, const struct rst_clahe_scale *scale);
};

RST_KERNEL_TABLES(struct rst_clahe_kernels, rst_clahe_kernels)

#endif
