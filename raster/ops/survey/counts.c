/* Exact counts. Bytes are counted in lanes of 32 bits, which are added to counts of 64 bits before one can overflow;
 * words go to counts of 64 bits at once. Samples with a sign are counted as the bits that they are, and put in order in
 * the end. */
#include "raster/ops/survey/counts.h"

#include <string.h>

struct rst_counts {
    uint64_t waiting;  /* pixels that are in lanes only */
    uint64_t counts[]; /* [bands] of nodata, [bands][values], and of bytes uint32_t [lanes][256] */
};

int32_t rst_counts_values(enum rst_type type)
{
    switch (rst_type_size(type)) {
    case 1:
        return RST_COUNTS_BYTES;
    case 2:
        return 65536;
    default:
        return 0;
    }
}

static uint64_t *counts_of(struct rst_counts *counts, const struct rst_shape *shape, int32_t band)
{
    return counts->counts + shape->bands + (size_t)band * (size_t)rst_counts_values(shape->type);
}

/* NULL where there are none. */
static uint32_t *lanes_of(struct rst_counts *counts, const struct rst_shape *shape)
{
    return rst_type_size(shape->type) == 1 ? (uint32_t *)(void *)counts_of(counts, shape, shape->bands) : NULL;
}

static size_t lanes_bytes(const struct rst_shape *shape)
{
    if (rst_type_size(shape->type) != 1) return 0;
    return rst_counts_lanes((size_t)shape->bands) * RST_COUNTS_BYTES * sizeof(uint32_t);
}

size_t rst_counts_bytes(const struct rst_shape *shape)
{
    size_t values = (size_t)rst_counts_values(shape->type) + 1;
    return sizeof(struct rst_counts) + (size_t)shape->bands * values * sizeof(uint64_t) + lanes_bytes(shape);
}

/* Lanes to the counts of their bands. */
static void pour(struct rst_counts *to, const struct rst_shape *shape, const uint32_t *lanes)
{
    size_t bands = (size_t)shape->bands;
    for (size_t lane = 0; lane < rst_counts_lanes(bands); lane++) {
        uint64_t *counts = counts_of(to, shape, (int32_t)(lane % bands));
        for (size_t i = 0; i < RST_COUNTS_BYTES; i++)
            counts[i] += lanes[lane * RST_COUNTS_BYTES + i];
    }
}

static void empty_lanes(struct rst_counts *counts, const struct rst_shape *shape)
{
    uint32_t *lanes = lanes_of(counts, shape);
    if (!lanes || counts->waiting == 0) return;
    pour(counts, shape, lanes);
    memset(lanes, 0, lanes_bytes(shape));
    counts->waiting = 0;
}

void rst_counts_row(struct rst_counts *counts, const struct rst_shape *shape, enum rst_isa isa, const void *samples,
                    int64_t width)
{
    const struct rst_counts_kernels *kernels = rst_counts_kernels_of(isa);
    uint32_t *lanes = lanes_of(counts, shape);
    if (!lanes) {
        kernels->words(samples, (size_t)width, (size_t)shape->bands, counts_of(counts, shape, 0));
        return;
    }
    counts->waiting += (uint64_t)width; /* a row has fewer pixels than 2^31 */
    if (counts->waiting > UINT32_MAX) {
        counts->waiting -= (uint64_t)width;
        empty_lanes(counts, shape);
        counts->waiting = (uint64_t)width;
    }
    kernels->bytes(samples, (size_t)width, (size_t)shape->bands, lanes);
}

void rst_counts_merge(struct rst_counts *to, const struct rst_shape *shape, const struct rst_counts *from)
{
    size_t all = (size_t)shape->bands * (size_t)rst_counts_values(shape->type);
    struct rst_counts *more = (struct rst_counts *)from; /* is not changed */
    uint64_t *counts = counts_of(to, shape, 0);
    const uint64_t *others = counts_of(more, shape, 0);
    for (size_t i = 0; i < all; i++)
        counts[i] += others[i];
    if (from->waiting > 0) pour(to, shape, lanes_of(more, shape));
}

static void swap_halves(uint64_t *counts, int32_t values)
{
    for (int32_t i = 0; i < values / 2; i++) {
        uint64_t least = counts[values / 2 + i];
        counts[values / 2 + i] = counts[i];
        counts[i] = least;
    }
}

void rst_counts_finish(struct rst_counts *counts, const struct rst_shape *shape)
{
    int32_t values = rst_counts_values(shape->type);
    empty_lanes(counts, shape);
    for (int32_t band = 0; band < shape->bands; band++) {
        uint64_t *of = counts_of(counts, shape, band);
        if (rst_type_is_signed(shape->type)) swap_halves(of, values);
        if (!shape->has_nodata) continue;
        int32_t least = rst_type_is_signed(shape->type) ? -(values / 2) : 0;
        int32_t at = (int32_t)rst_sample_to_double(shape->nodata, shape->type) - least;
        counts->counts[band] = of[at];
        of[at] = 0;
    }
}

uint64_t *rst_counts_of(const struct rst_counts *counts, const struct rst_shape *shape, int32_t band)
{
    return counts_of((struct rst_counts *)counts, shape, band);
}

uint64_t rst_counts_nodata(const struct rst_counts *counts, int32_t band)
{
    return counts->counts[band];
}
