/* Exact counts of samples of 8 and 16 bits: how often each value occurs in each band. Flat memory, as an accumulator of
 * a reduction is; zeroes are counts of nothing. Private to histograms and percentiles. */
#ifndef RASTER_OPS_SURVEY_COUNTS_H
#define RASTER_OPS_SURVEY_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "raster/ops/common/isa.h"

struct rst_counts;

/* Values of a type of 8 or 16 bits: 256 or 65536; 0 of others. */
int32_t rst_counts_values(enum rst_type type);

size_t rst_counts_bytes(const struct rst_shape *shape);
void rst_counts_row(struct rst_counts *counts, const struct rst_shape *shape, enum rst_isa isa, const void *samples,
                    int64_t width);
void rst_counts_merge(struct rst_counts *to, const struct rst_shape *shape, const struct rst_counts *from);

/* Once, after the last row: puts the type's least value first, and takes nodata out. */
void rst_counts_finish(struct rst_counts *counts, const struct rst_shape *shape);

/* After that. Of a band [values], and of its nodata samples. */
uint64_t *rst_counts_of(const struct rst_counts *counts, const struct rst_shape *shape, int32_t band);
uint64_t rst_counts_nodata(const struct rst_counts *counts, int32_t band);

/* Bytes are counted in several arrays by turns: two equal ones after each other would have to wait for each other. */
enum { RST_COUNTS_BYTES = 256 };

struct rst_counts_kernels {
    /* lanes[RST_COUNTS_BYTES * rst_counts_lanes(bands)] */
    void (*bytes)(const uint8_t *samples, size_t width, size_t bands, uint32_t *lanes);
    /* counts[65536 * bands] */
    void (*words)(const uint16_t *samples, size_t width, size_t bands, uint64_t *counts);
};

RST_KERNEL_TABLES(struct rst_counts_kernels, rst_counts_kernels)

/* How many arrays the bytes of so many bands are counted in: a multiple of the bands. Sample i of a row is counted in
 * array i modulo that. */
static inline size_t rst_counts_lanes(size_t bands)
{
    return bands == 1 || bands == 2 || bands == 4 ? 8 : bands == 3 ? 12 : bands;
}

#endif
