/* Statistics without taking pixels apart: a row is added, lap by lap, to as many lanes as a lap has samples. A lap is a
 * whole number of pixels, so that each lane sees one band alone; lanes are folded into bands after many laps, for that
 * is slow. Lanes that lie in memory cost less than shuffling bands apart, and any number of bands goes the same way.
 *
 * How many lanes there are, and when they are folded, follows from width, bands and type alone: sums of floats come out
 * the same whatever the instruction set. */
#include "raster/ops/survey/stats_sums.h"

#include <math.h>
#include <string.h>

/* Samples of a lap: about LAP_BYTES times the bands, but not more than MOST_BYTES. */
#define LAP_BYTES 64
#define MOST_BYTES 512
/* Of floats that are looked at twice. */
#define BLOCK_BYTES 16384

/* A band of a block of floats. */
struct block {
    uint64_t valid;
    double sum;
};

/* Some of the bands that lie side by side in a row. */
struct stripe {
    size_t bands;  /* of them */
    size_t lanes;  /* samples of a lap */
    size_t stride; /* from lap to lap */
    size_t laps;
    size_t rest; /* samples after the last lap: fewer than lanes */
};

static struct stripe stripe_of(int64_t width, size_t some, size_t bands, size_t size)
{
    size_t pixels = LAP_BYTES / size;
    if (pixels * some > MOST_BYTES / size) pixels = MOST_BYTES / size / some;
    if (some < bands) pixels = 1;
    return (struct stripe){.bands = some,
                           .lanes = pixels * some,
                           .stride = pixels * bands,
                           .laps = (size_t)width / pixels,
                           .rest = (size_t)width % pixels * some};
}

#define RST_TEMPLATE "raster/ops/survey/stats_tmpl.h"
#include "raster/ops/common/each_type.h"

#define ROW_ENTRY(UPPER, lower, ctype) [RST_##UPPER] = row_##lower,

extern const struct rst_stats_kernels RST_KERNELS(rst_stats_kernels);
const struct rst_stats_kernels RST_KERNELS(rst_stats_kernels) = {
    .row = {RST_TYPES(ROW_ENTRY)},
};
